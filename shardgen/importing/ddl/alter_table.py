"""ALTER TABLE: each of its actions changes the table, and is read or not read by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from shardgen.importing.ddl.columns import read_column, read_default
from shardgen.importing.ddl.create_table import inherit
from shardgen.importing.ddl.draft import Bound, Draft
from shardgen.importing.ddl.partitions import cut, read_bound
from shardgen.importing.ddl.parts import PrimaryKey, is_part, read_part
from shardgen.importing.ddl.renaming import rename_column, rename_table
from shardgen.importing.ddl.tokens import Cursor, NotReadError
from shardgen.importing.ddl.types import read_type
from shardgen.importing.described import Identity, Name, Table

Action = Callable[[Cursor, Draft, Name], None]


def alter_table(cursor: Cursor, draft: Draft) -> None:
    """Read the actions behind the words ALTER TABLE."""
    there = cursor.takes("IF EXISTS")
    cursor.takes("ONLY")
    path = cursor.path()
    cursor.takes("*")
    name = draft.found(path, draft.tables)
    if draft.key(name) not in draft.tables:
        if there or cursor.sees("OWNER TO"):
            draft.skip("what is of no table here")
            return
        raise NotReadError(f"no table {'.'.join(path)} is there")
    for action in cursor.by_commas():
        # The name is looked up again: RENAME TO may stand before other actions.
        name = _act(action, draft, name)


def _act(cursor: Cursor, draft: Draft, name: Name) -> Name:
    first = cursor.at
    table = draft.tables[draft.key(name)]
    try:
        if cursor.sees("RENAME"):
            return _rename(cursor, draft, table)
        _ACTIONS[cursor.takes(*_ACTIONS)](cursor, draft, name)
    except NotReadError as error:
        cursor.at = first
        text = f"ALTER TABLE {name} {cursor.rest()}"
        cursor.at = first
        draft.miss(cursor, str(error), text, name)
    return name


# -- adding


def _add(cursor: Cursor, draft: Draft, name: Name) -> None:
    table = draft.tables[draft.key(name)]
    if cursor.key() == "(":
        for part in cursor.enclosed().by_commas():
            _add(part, draft, name)
    elif is_part(cursor):
        _add_part(cursor, draft, table)
    else:
        cursor.takes("COLUMN")
        if cursor.takes("IF NOT EXISTS") and _has(table, cursor, draft):
            return
        if cursor.key() == "(":
            _add(cursor, draft, name)
            return
        if _has(table, cursor, draft):
            raise NotReadError(f"{name} has this column already")
        read = read_column(cursor)
        draft.add_column(name, read)
        if read.unread:
            raise NotReadError(f"{read.unread!r} is not known here")


def _has(table: Table, cursor: Cursor, draft: Draft) -> bool:
    first = cursor.at
    name = draft.language.same(cursor.name())
    cursor.at = first
    return any(draft.language.same(column.name) == name for column in table.columns)


def _add_part(cursor: Cursor, draft: Draft, table: Table) -> None:
    first = cursor.at
    given = cursor.name() if cursor.takes("CONSTRAINT") else ""
    kind = cursor.takes("PRIMARY KEY USING INDEX", "UNIQUE USING INDEX")
    if kind:
        _promote(cursor, draft, table, given, primary=kind.startswith("PRIMARY"))
        return
    cursor.at = first
    part = read_part(cursor)
    if part is None:
        raise NotReadError("the constraint is not enforced")
    draft.add_part(table.name, part)


def _promote(cursor: Cursor, draft: Draft, table: Table, given: str, *, primary: bool) -> None:
    """Make a constraint of an index that is there."""
    name = cursor.name()
    index = next((index for index in table.indexes if index.name == name), None)
    if index is None or index.columns is None:
        raise NotReadError(f"no index {name} is there")
    deferrable = cursor.takes("DEFERRABLE") != ""
    others = tuple(known for known in table.indexes if known is not index)
    if primary:
        draft.change(table.name, indexes=others)
        draft.add_part(table.name, PrimaryKey(name=given or name, columns=index.columns))
    else:
        made = msgspec.structs.replace(
            index, name=given or name, constraint=True, deferrable=deferrable
        )
        draft.change(table.name, indexes=(*others, made))


# -- dropping


def _drop(cursor: Cursor, draft: Draft, name: Name) -> None:
    table = draft.tables[draft.key(name)]
    found = cursor.takes(
        *(
            "PRIMARY KEY",
            "FOREIGN KEY",
            "CONSTRAINT",
            "INDEX",
            "KEY",
            "CHECK",
            "COLUMN",
            "PARTITION",
        )
    )
    if found == "PRIMARY KEY":
        draft.change(name, primary_key=(), primary_key_name="")
        return
    cursor.takes("IF EXISTS")
    dropped = cursor.name()
    if found in ("COLUMN", ""):
        draft.change(name, **without_column(table, dropped, draft))
    elif found == "PARTITION":
        raise NotReadError("partitions that are dropped are not followed")
    else:
        draft.change(name, **_without_part(table, dropped, draft))


def _without_part(table: Table, name: str, draft: Draft) -> dict[str, Any]:
    same = draft.language.same
    kinds = ("indexes", "foreign_keys", "checks", "exclusions")
    fields: dict[str, Any] = {
        kind: tuple(part for part in getattr(table, kind) if same(part.name) != same(name))
        for kind in kinds
    }
    if same(table.primary_key_name) == same(name):
        fields |= {"primary_key": (), "primary_key_name": ""}
    return fields


def without_column(table: Table, name: str, draft: Draft) -> dict[str, Any]:
    """Return the parts of a table that stay when a column is dropped."""
    column = draft.column(table, name).name
    fields: dict[str, Any] = {
        "columns": tuple(known for known in table.columns if known.name != column),
        "indexes": tuple(
            index for index in table.indexes if all(part.column != column for part in index.parts)
        ),
        "foreign_keys": tuple(key for key in table.foreign_keys if column not in key.columns),
        "checks": tuple(
            check for check in table.checks if not draft.reads(check.expression, column)
        ),
    }
    if column in table.primary_key:
        fields |= {"primary_key": (), "primary_key_name": ""}
    return fields


# -- changing a column


def _alter(cursor: Cursor, draft: Draft, name: Name) -> None:
    cursor.takes("COLUMN")
    if cursor.takes("CONSTRAINT", "INDEX", "CHECK"):
        cursor.skip_all()  # when it is checked, whether it is enforced or used
        return
    column = draft.column(draft.tables[draft.key(name)], cursor.name())
    while not cursor.done:
        _alter_column(cursor, draft, name, column.name)


def _alter_column(cursor: Cursor, draft: Draft, name: Name, column: str) -> None:
    if cursor.takes("SET STATISTICS", "SET STORAGE", "SET COMPRESSION", "RESTART"):
        cursor.skip_all()
    elif found := cursor.takes(*_CHANGES):
        draft.change_column(name, column, **_CHANGES[found])
    elif cursor.takes("SET DEFAULT"):
        draft.change_column(name, column, default=read_default(cursor))
    elif cursor.takes("SET DATA TYPE", "TYPE"):
        draft.change_column(name, column, **_new_type(cursor, draft))
    elif found := cursor.takes(*_IDENTITIES):
        draft.change_column(name, column, identity=_IDENTITIES[found], counts=True, nullable=False)
        if cursor.key() == "(":
            cursor.skip()
    elif cursor.takes("SET", "RESET"):
        cursor.skip_all()  # options of the column, or of its sequence
    elif not cursor.takes("IF EXISTS", "CASCADE", "RESTRICT"):
        raise NotReadError(f"{cursor.shown()} is no change of a column that is known here")


_CHANGES: dict[str, dict[str, Any]] = {
    "DROP DEFAULT": {"default": None, "counts": False, "sequence": None},
    "SET NOT NULL": {"nullable": False},
    "DROP NOT NULL": {"nullable": True},
    "DROP IDENTITY": {"identity": None, "counts": False},
    "DROP EXPRESSION": {"generated": None},
}
_IDENTITIES: dict[str, Identity] = {
    "ADD GENERATED ALWAYS AS IDENTITY": "always",
    "ADD GENERATED BY DEFAULT AS IDENTITY": "by default",
    "SET GENERATED ALWAYS": "always",
    "SET GENERATED BY DEFAULT": "by default",
}


def _new_type(cursor: Cursor, draft: Draft) -> dict[str, Any]:
    fields: dict[str, Any] = {"type": draft.type_text(read_type(cursor))}
    if cursor.takes("COLLATE"):
        fields["collation"] = cursor.path()[-1]
    if cursor.takes("USING"):
        cursor.skip_all()
    return fields


def _modify(cursor: Cursor, draft: Draft, name: Name) -> None:
    """Read MODIFY of MySQL: the column is written anew."""
    cursor.takes("COLUMN")
    cursor.takes("IF EXISTS")
    _rewrite(cursor, draft, name, draft.column(draft.tables[draft.key(name)], _seen(cursor)).name)


def _change(cursor: Cursor, draft: Draft, name: Name) -> None:
    """Read CHANGE of MySQL: the column is written anew, under another name."""
    cursor.takes("COLUMN")
    cursor.takes("IF EXISTS")
    old = draft.column(draft.tables[draft.key(name)], cursor.name()).name
    new = _seen(cursor)
    if old != new:
        rename_column(draft, name, old, new)
    _rewrite(cursor, draft, name, new)


def _seen(cursor: Cursor) -> str:
    first = cursor.at
    name = cursor.name()
    cursor.at = first
    return name


def _rewrite(cursor: Cursor, draft: Draft, name: Name, column: str) -> None:
    read = read_column(cursor)
    table = draft.tables[draft.key(name)]
    nullable = read.column.nullable and column not in table.primary_key
    changed = msgspec.structs.replace(
        read.column, name=column, type=draft.type_text(read.type), nullable=nullable
    )
    columns = [changed if known.name == column else known for known in table.columns]
    if read.after is not None:
        columns.remove(changed)
        place = next((n for n, known in enumerate(columns, 1) if known.name == read.after), 0)
        columns.insert(place, changed)
    draft.change(name, columns=tuple(columns))
    for part in read.parts:
        draft.add_part(name, part)
    if read.unread:
        raise NotReadError(f"{read.unread!r} is not known here")


# -- names, and what stands beside the columns


def _rename(cursor: Cursor, draft: Draft, table: Table) -> Name:
    cursor.expect("RENAME")
    if cursor.takes("CONSTRAINT", "INDEX", "KEY"):
        old = cursor.name()
        cursor.expect("TO")
        rename_part(draft, table, old, cursor.name())
        return table.name
    to_table = cursor.takes("TO", "AS", "=") or cursor.key(1) not in ("TO", ".")
    if to_table and not cursor.takes("COLUMN"):
        return rename_table(draft, table.name, draft.made(_in_schema(cursor.path(), table)))
    cursor.takes("COLUMN")
    old = draft.column(table, cursor.name()).name
    cursor.expect("TO")
    rename_column(draft, table.name, old, cursor.name())
    return table.name


def _in_schema(path: tuple[str, ...], table: Table) -> tuple[str, ...]:
    return (table.name.schema, *path) if len(path) == 1 and table.name.schema else path


def rename_part(draft: Draft, table: Table, old: str, new: str) -> None:
    """Give a constraint or an index of a table another name."""
    fields: dict[str, Any] = {
        kind: tuple(
            msgspec.structs.replace(part, name=new) if part.name == old else part
            for part in getattr(table, kind)
        )
        for kind in ("indexes", "foreign_keys", "checks", "exclusions")
    }
    if table.primary_key_name == old:
        fields["primary_key_name"] = new
    draft.change(table.name, **fields)


def _attach(cursor: Cursor, draft: Draft, name: Name) -> None:
    child = draft.table(cursor.path())
    draft.partitions[draft.key(child.name)] = Bound(name, read_bound(cursor))


def _detach(cursor: Cursor, draft: Draft, _: Name) -> None:
    draft.partitions.pop(draft.key(draft.table(cursor.path()).name), None)


def _inherit(cursor: Cursor, draft: Draft, name: Name) -> None:
    inherit(draft, name, [draft.table(cursor.path())])


def _set_schema(cursor: Cursor, draft: Draft, name: Name) -> None:
    rename_table(draft, name, draft.made((cursor.name(), name.name)))


def _trigger(enabled: bool) -> Action:  # noqa: FBT001 -- two actions that differ in it
    def act(cursor: Cursor, draft: Draft, name: Name) -> None:
        chosen = cursor.name().lower()
        table = draft.tables[draft.key(name)]
        draft.change(
            name,
            triggers=tuple(
                msgspec.structs.replace(trigger, enabled=enabled)
                if chosen in ("all", "user", trigger.name.lower())
                else trigger
                for trigger in table.triggers
            ),
        )

    return act


def _comment(cursor: Cursor, draft: Draft, name: Name) -> None:
    cursor.takes("=")
    draft.change(name, comment=cursor.string())


def _unknown(cursor: Cursor, draft: Draft, name: Name) -> None:
    assert draft.key(name) in draft.tables
    raise NotReadError(f"{cursor.shown()} is no change that is known here")


def _nothing(cursor: Cursor, draft: Draft, name: Name) -> None:
    """Read what changes neither columns nor constraints."""
    assert draft.key(name) in draft.tables
    cursor.skip_all()


_ACTIONS: dict[str, Action] = {
    "": _unknown,
    "ADD GENERATED": _nothing,
    "ADD PARTITION": _nothing,
    "ADD": _add,
    "DROP": _drop,
    "ALTER": _alter,
    "MODIFY": _modify,
    "CHANGE": _change,
    "ATTACH PARTITION": _attach,
    "DETACH PARTITION": _detach,
    "INHERIT": _inherit,
    "SET SCHEMA": _set_schema,
    "ENABLE TRIGGER": _trigger(enabled=True),
    "ENABLE ALWAYS TRIGGER": _trigger(enabled=True),
    "ENABLE REPLICA TRIGGER": _trigger(enabled=False),
    "DISABLE TRIGGER": _trigger(enabled=False),
    "COMMENT": _comment,
    "PARTITION BY": cut,
}
for _words in (
    *("OWNER TO", "VALIDATE CONSTRAINT", "CLUSTER ON", "SET WITHOUT", "REPLICA IDENTITY", "SET"),
    *("ENABLE ROW LEVEL SECURITY", "DISABLE ROW LEVEL SECURITY", "FORCE ROW LEVEL SECURITY"),
    *("NO FORCE ROW LEVEL SECURITY", "RESET", "ENABLE KEYS", "DISABLE KEYS", "ENGINE", "ORDER BY"),
    *("AUTO_INCREMENT", "DEFAULT", "CHARSET", "CHARACTER SET", "COLLATE", "ROW_FORMAT", "FORCE"),
    *("CONVERT TO", "ALGORITHM", "LOCK", "PACK_KEYS", "CHECKSUM", "KEY_BLOCK_SIZE", "MAX_ROWS"),
    *("STATS_PERSISTENT", "ENABLE REPLICA RULE", "DISABLE RULE", "ENABLE RULE", "VALIDATE"),
):
    _ACTIONS.setdefault(_words, _nothing)
