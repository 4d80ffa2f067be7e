"""CREATE TABLE, with what stands before, within and behind its parentheses."""

from __future__ import annotations

from typing import Any

import msgspec

from shardgen.importing.ddl.columns import charset_collation, read_column, read_column_of
from shardgen.importing.ddl.draft import Bound, Draft
from shardgen.importing.ddl.partitions import cut, read_bound
from shardgen.importing.ddl.parts import is_part, read_part
from shardgen.importing.ddl.tokens import Cursor, NotReadError
from shardgen.importing.ddl.types import TypeRead
from shardgen.importing.described import Column, Name, Table

_TEXTS = ("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set")


def create_table(cursor: Cursor, draft: Draft) -> None:
    """Read a table behind the words CREATE TABLE."""
    unless = cursor.takes("IF NOT EXISTS")
    path = cursor.path()
    name = draft.made(path)
    if draft.language.database == "sqlite" and name.name.lower().startswith("sqlite_"):
        draft.skip("tables of the database's own")
        return
    if draft.key(name) in draft.tables:
        if unless:
            draft.skip("tables that are there already")
            return
        raise NotReadError(f"the table {name} is there already")
    before = len(draft.unread)
    draft.put(Table(name=name, columns=()))
    try:
        _whole(cursor, draft, name)
    except NotReadError:
        del draft.tables[draft.key(name)]
        draft.partitions.pop(draft.key(name), None)
        del draft.unread[before:]  # all of it is one thing that is not read
        raise


def _whole(cursor: Cursor, draft: Draft, name: Name) -> None:
    if cursor.takes("PARTITION OF"):
        _partition(cursor, draft, name)
    elif cursor.takes("OF"):
        _typed(cursor, draft, name)
    elif cursor.takes("LIKE"):
        _like(cursor, draft, name, everything=True)
    elif cursor.key() == "(" and not _is_query(cursor):
        elements(cursor.enclosed(), draft, name)
        _without_doubles(draft, name)
    if not cursor.done:
        _behind(cursor, draft, name)
    if not draft.tables[draft.key(name)].columns and draft.language.database != "postgres":
        raise NotReadError("it names no columns")


def _without_doubles(draft: Draft, name: Name) -> None:
    """Drop unique sets that are the primary key once more, as PostgreSQL does."""
    table = draft.tables[draft.key(name)]
    kept = tuple(index for index in table.indexes if index.columns != table.primary_key)
    if draft.language.database == "postgres" and len(kept) < len(table.indexes):
        draft.change(name, indexes=kept)


def _is_query(cursor: Cursor) -> bool:
    return cursor.key(1) in ("SELECT", "WITH", "VALUES")


def elements(cursor: Cursor, draft: Draft, name: Name) -> None:
    """Read what stands between the parentheses of a table; what is not known is kept as such."""
    late = []
    for element in cursor.by_commas():
        if is_part(element):
            late.append(element)  # it may stand before the columns that it names
        else:
            _element(element, draft, name)
    for element in late:
        _element(element, draft, name)


def _element(element: Cursor, draft: Draft, name: Name) -> None:
    first = element.at
    try:
        if element.sees("LIKE") and draft.language.database == "postgres":
            element.takes("LIKE")
            _like(element, draft, name, everything=False)
        elif element.takes("PERIOD FOR"):
            element.skip_all()
        elif is_part(element):
            if part := read_part(element):
                draft.add_part(name, part)
            else:
                reason = "the constraint is not enforced"
                draft.miss(element, reason, _text(element, first), name)
        else:
            _column(element, draft, name)
    except NotReadError as error:
        draft.miss(element, str(error), _text(element, first), name)


def _text(element: Cursor, first: int) -> str:
    element.at = first
    text = element.rest()
    element.at = first
    return text


def _column(element: Cursor, draft: Draft, name: Name) -> None:
    read = read_column(element)
    draft.add_column(name, read)
    if read.unread:
        draft.miss(element, f"{read.unread!r} is not known here", _text(element, 0), name)


def _typed(cursor: Cursor, draft: Draft, name: Name) -> None:
    """Read a table whose columns are the fields of a composite type."""
    path = cursor.path()
    known = draft.composites.get(draft.key(draft.found(path, draft.composites)))
    if known is None:
        raise NotReadError(f"no type {'.'.join(path)} is there")
    draft.change(name, columns=tuple(Column(name=n, type=t) for n, t in known.fields))
    if cursor.key() == "(":
        _options_of_columns(cursor.enclosed(), draft, name)


def _options_of_columns(cursor: Cursor, draft: Draft, name: Name) -> None:
    """Read what a partition, or a table of a type, says of columns that it has already."""
    for element in cursor.by_commas():
        if is_part(element):
            _element(element, draft, name)
            continue
        column = draft.column(draft.tables[draft.key(name)], element.name())
        element.takes("WITH OPTIONS")
        read = read_column_of(element, column.name, TypeRead(text=column.type))
        given = msgspec.structs.asdict(read.column)
        defaults = msgspec.structs.asdict(Column(name=column.name, type=column.type))
        changed = {field: value for field, value in given.items() if value != defaults[field]}
        draft.change_column(name, column.name, **changed)
        for part in read.parts:
            draft.add_part(name, part)


def _partition(cursor: Cursor, draft: Draft, name: Name) -> None:
    parent = draft.table(cursor.path())
    draft.change(name, columns=parent.columns)
    if cursor.key() == "(":
        _options_of_columns(cursor.enclosed(), draft, name)
    draft.partitions[draft.key(name)] = Bound(parent.name, read_bound(cursor))


def _like(cursor: Cursor, draft: Draft, name: Name, *, everything: bool) -> None:
    """Take over the columns of another table: in MySQL with all but its foreign keys."""
    other = draft.table(cursor.path())
    taken = {"DEFAULTS", "GENERATED", "IDENTITY", "INDEXES", "CONSTRAINTS"} if everything else set()
    while found := cursor.takes("INCLUDING", "EXCLUDING"):
        words = {cursor.next().key}
        if words == {"ALL"}:
            words = {*("DEFAULTS", "GENERATED", "IDENTITY", "INDEXES", "CONSTRAINTS", "COMMENTS")}
        taken = taken | words if found == "INCLUDING" else taken - words
    table = draft.tables[draft.key(name)]
    columns = (
        *table.columns,
        *(_copied(column, taken, all_of_it=everything) for column in other.columns),
    )
    draft.change(name, columns=columns)
    if "CONSTRAINTS" in taken:
        draft.change(name, checks=(*table.checks, *other.checks))
    if everything:
        kept = {"primary_key": other.primary_key, "primary_key_name": other.primary_key_name}
        draft.change(name, indexes=other.indexes, comment=other.comment, **kept)
    elif "INDEXES" in taken:
        _copy_indexes(other, draft, name)


def _copied(column: Column, taken: set[str], *, all_of_it: bool) -> Column:
    """Return a column as another table takes it over."""
    if all_of_it:
        return column
    fields: dict[str, Any] = {}
    if "DEFAULTS" not in taken:
        fields |= {"default": None, "sequence": None}
    if "IDENTITY" not in taken or column.identity is None:
        fields |= {"identity": None, "counts": False}
    if "GENERATED" not in taken:
        fields |= {"generated": None}
    if "COMMENTS" not in taken:
        fields |= {"comment": ""}
    return msgspec.structs.replace(column, **fields)


def _copy_indexes(other: Table, draft: Draft, name: Name) -> None:
    if other.primary_key:
        draft.change(name, primary_key=other.primary_key, primary_key_name=f"{name.name}_pkey")
    for index in other.indexes:
        draft.add_part(name, msgspec.structs.replace(index, name=""))
    for exclusion in other.exclusions:
        draft.add_part(name, msgspec.structs.replace(exclusion, name=""))


# -- behind the parentheses


def _behind(cursor: Cursor, draft: Draft, name: Name) -> None:
    """Read what stands behind the columns."""
    options: list[str] = []
    while not cursor.done:
        if cursor.takes("INHERITS"):
            _inherit(cursor.enclosed(), draft, name)
        elif cursor.takes("PARTITION BY"):
            cut(cursor, draft, name)
        elif (
            cursor.takes("AS")
            or (cursor.key() in ("SELECT", "WITH") and cursor.key(1) != "(")
            or (cursor.key() == "(" and _is_query(cursor))
        ):
            raise NotReadError("its columns come from a query")
        elif not _known_option(cursor, draft, name, options):
            cursor.skip_all()
    _set_options(draft, name, options)


def _known_option(cursor: Cursor, draft: Draft, name: Name, options: list[str]) -> bool:
    """Read one of the words behind a table; one that is not known costs no more than itself."""
    try:
        known = _option(cursor, draft, name, options)
    except NotReadError as error:
        draft.miss(cursor, str(error), table=name)
        return False
    if not known:
        draft.miss(cursor, f"{cursor.shown()} is not known here", table=name)
    return known


def _set_options(draft: Draft, name: Name, options: list[str]) -> None:
    if options:
        draft.change(name, options=tuple(options))
    if "WITHOUT ROWID" in options:
        table = draft.tables[draft.key(name)]
        for column in table.primary_key:
            draft.change_column(name, column, nullable=False, counts=False)


_ONE_WORD = (
    *("AUTO_INCREMENT", "AVG_ROW_LENGTH", "CHECKSUM", "TABLE_CHECKSUM", "COMPRESSION"),
    *("CONNECTION", "DELAY_KEY_WRITE", "ENCRYPTION", "INSERT_METHOD", "KEY_BLOCK_SIZE"),
    *("MAX_ROWS", "MIN_ROWS", "PACK_KEYS", "PASSWORD", "ROW_FORMAT", "STATS_AUTO_RECALC"),
    *("STATS_PERSISTENT", "STATS_SAMPLE_PAGES", "PAGE_CHECKSUM", "PAGE_COMPRESSED", "TYPE"),
    *("TRANSACTIONAL", "TABLESPACE", "UNION", "SEQUENCE", "ENCRYPTED", "ENCRYPTION_KEY_ID"),
    *("PAGE_COMPRESSION_LEVEL", "SECONDARY_ENGINE", "AUTOEXTEND_SIZE", "STORAGE", "USING"),
)
_TWO_WORDS = ("DATA DIRECTORY", "INDEX DIRECTORY")


def _option(cursor: Cursor, draft: Draft, name: Name, options: list[str]) -> bool:
    """Read one of the words behind a table; False where it is not known."""
    if found := cursor.takes("STRICT", "WITHOUT ROWID"):
        options.append(found)
    elif cursor.takes("COMMENT"):
        cursor.takes("=")
        draft.change(name, comment=cursor.string())
    elif cursor.takes("ENGINE", "TYPE"):
        cursor.takes("=")
        engine = cursor.next().text.strip("'\"`")
        if engine.lower() != "innodb":
            options.append(f"ENGINE={_ENGINES.get(engine.lower(), engine)}")
    elif cursor.sees("DEFAULT ENCRYPTION"):
        cursor.next()
    elif cursor.sees("DEFAULT") or cursor.key() in ("CHARSET", "CHARACTER", "COLLATE"):
        cursor.takes("DEFAULT")
        _collate(cursor, draft, name)
    else:
        return _without_meaning(cursor)
    return True


def _without_meaning(cursor: Cursor) -> bool:
    """Read one of the words behind a table that change no row."""
    if cursor.takes(",", "WITHOUT OIDS", "WITH OIDS", "WITH SYSTEM VERSIONING"):
        return True
    if cursor.takes("WITH", "OPTIONS"):
        cursor.skip()
    elif cursor.takes("ON COMMIT"):
        cursor.takes("PRESERVE ROWS", "DELETE ROWS", "DROP")
    elif cursor.takes(*_ONE_WORD, *_TWO_WORDS):
        cursor.takes("=")
        cursor.skip()
    else:
        return False
    return True


_ENGINES = {"myisam": "MyISAM", "memory": "MEMORY", "heap": "MEMORY", "aria": "Aria", "csv": "CSV"}


def _collate(cursor: Cursor, draft: Draft, name: Name) -> None:
    """Read the charset or the collation of a table, which its texts have too."""
    named = cursor.takes("COLLATE")
    if not named and not cursor.takes("CHARACTER SET", "CHARSET"):
        raise NotReadError(f"{cursor.shown()} is no default of a table")
    cursor.takes("=")
    found = cursor.word().lower()
    collation = found if named else charset_collation(found)
    if not named and cursor.sees("COLLATE"):
        return  # which says more
    table = draft.tables[draft.key(name)]
    columns = [
        msgspec.structs.replace(column, collation=collation)
        if column.collation is None and column.type.split("(")[0] in _TEXTS
        else column
        for column in table.columns
    ]
    draft.change(name, columns=tuple(columns))


def _inherit(cursor: Cursor, draft: Draft, name: Name) -> None:
    """Add the columns and checks of the tables that one inherits from, before its own."""
    parents = [draft.table(part.path()) for part in cursor.by_commas()]
    inherit(draft, name, parents)


def inherit(draft: Draft, name: Name, parents: list[Table]) -> None:
    """Let a table have the columns and checks of others, before its own."""
    table = draft.tables[draft.key(name)]
    columns: dict[str, Column] = {}
    for column in (*(c for parent in parents for c in parent.columns), *table.columns):
        known = columns.get(column.name)
        if known is not None:
            nullable = known.nullable and column.nullable
            default = known.default if column.default is None else column.default
            column = msgspec.structs.replace(column, nullable=nullable, default=default)  # noqa: PLW2901
        columns[column.name] = column
    own = {check.name for check in table.checks}
    checks = [c for parent in parents for c in parent.checks if c.name not in own]
    draft.change(
        name,
        columns=tuple(
            msgspec.structs.replace(
                column, identity=None, counts=column.counts and not column.identity
            )
            if column.name not in {c.name for c in table.columns}
            else column
            for column in columns.values()
        ),
        checks=(*checks, *table.checks),
        inherits=(*table.inherits, *(parent.name for parent in parents)),
    )
