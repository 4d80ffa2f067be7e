"""CREATE of what is no table: types, domains, indexes, sequences, triggers, functions, schemas."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from shardgen.importing.ddl.columns import read_default
from shardgen.importing.ddl.draft import Draft, Sequence
from shardgen.importing.ddl.parts import (
    bare,
    read_check,
    read_index_options,
    read_key_parts,
    read_method,
)
from shardgen.importing.ddl.tokens import Cursor, NotReadError
from shardgen.importing.ddl.types import read_type
from shardgen.importing.described import (
    Check,
    Collation,
    Composite,
    Domain,
    Enum,
    Function,
    Index,
    Trigger,
)


def create_type(cursor: Cursor, draft: Draft) -> None:
    """Read an enum or a composite type; others are not described."""
    name = draft.made(cursor.path())
    if cursor.takes("AS ENUM"):
        labels = tuple(part.string() for part in cursor.enclosed().by_commas())
        draft.enums[draft.key(name)] = Enum(name=name, labels=labels)
    elif cursor.takes("AS") and cursor.key() == "(":
        fields = []
        for part in cursor.enclosed().by_commas():
            field = part.name()
            fields.append((field, draft.type_text(read_type(part))))
        draft.composites[draft.key(name)] = Composite(name=name, fields=tuple(fields))
    elif cursor.done:
        draft.skip("types without a body")
    else:
        kind = "a range type" if cursor.sees("RANGE") else "a base type"
        raise NotReadError(f"{kind} of the database's own is not described")


def create_domain(cursor: Cursor, draft: Draft) -> None:
    """Read a type that is another with a condition."""
    name = draft.made(cursor.path())
    cursor.takes("AS")
    of_type = draft.type_text(read_type(cursor))
    fields: dict[str, Any] = {}
    checks: list[Check] = []
    label = ""
    while not cursor.done:
        if cursor.takes("CONSTRAINT"):
            label = cursor.name()
            continue
        if cursor.takes("CHECK"):
            if check := read_check(cursor, label or _free(name.name, checks)):
                checks.append(check)
        elif found := cursor.takes("NOT NULL", "NULL"):
            fields["nullable"] = found == "NULL"
        elif cursor.takes("DEFAULT"):
            fields["default"] = read_default(cursor)
        elif cursor.takes("COLLATE"):
            fields["collation"] = cursor.path()[-1]
        else:
            raise NotReadError(f"{cursor.shown()} is not known here")
        label = ""
    draft.domains[draft.key(name)] = Domain(name=name, type=of_type, checks=tuple(checks), **fields)


def _free(name: str, checks: list[Check]) -> str:
    taken = {check.name for check in checks}
    count = 0
    while (free := f"{name}_check{count or ''}") in taken:
        count += 1
    return free


def alter_domain(cursor: Cursor, draft: Draft) -> None:
    """Read the change of a domain."""
    path = cursor.path()
    domain = draft.domains.get(draft.key(draft.found(path, draft.domains)))
    if domain is None:
        raise NotReadError(f"no domain {'.'.join(path)} is there")
    key = draft.key(domain.name)
    fields: dict[str, Any] = {}
    if cursor.takes("ADD"):
        label = cursor.name() if cursor.takes("CONSTRAINT") else ""
        cursor.expect("CHECK")
        check = read_check(cursor, label or _free(domain.name.name, list(domain.checks)))
        fields = {"checks": (*domain.checks, *([check] if check else []))}
    elif cursor.takes("DROP CONSTRAINT"):
        cursor.takes("IF EXISTS")
        dropped = cursor.name()
        fields = {"checks": tuple(check for check in domain.checks if check.name != dropped)}
    elif found := cursor.takes("SET NOT NULL", "DROP NOT NULL"):
        fields = {"nullable": found.startswith("DROP")}
    elif cursor.takes("SET DEFAULT"):
        fields = {"default": read_default(cursor)}
    elif cursor.takes("DROP DEFAULT"):
        fields = {"default": None}
    elif cursor.takes("OWNER TO", "VALIDATE CONSTRAINT"):
        return
    else:
        raise NotReadError(f"{cursor.shown()} is no change of a domain that is known here")
    draft.domains[key] = msgspec.structs.replace(domain, **fields)


def alter_type(cursor: Cursor, draft: Draft) -> None:
    """Read the change of a type: labels of an enum that are added or renamed."""
    path = cursor.path()
    if cursor.takes("OWNER TO"):
        return
    enum = draft.enums.get(draft.key(draft.found(path, draft.enums)))
    if enum is None:
        raise NotReadError(f"no enum {'.'.join(path)} is there")
    key = draft.key(enum.name)
    labels = list(enum.labels)
    if cursor.takes("ADD VALUE"):
        cursor.takes("IF NOT EXISTS")
        label = cursor.string()
        place = len(labels)
        if found := cursor.takes("BEFORE", "AFTER"):
            place = labels.index(cursor.string()) + (found == "AFTER")
        if label not in labels:
            labels.insert(place, label)
        draft.enums[key] = msgspec.structs.replace(enum, labels=tuple(labels))
    elif cursor.takes("RENAME VALUE"):
        old = cursor.string()
        cursor.expect("TO")
        new = cursor.string()
        changed = tuple(new if label == old else label for label in labels)
        draft.enums[key] = msgspec.structs.replace(enum, labels=changed)
    elif cursor.takes("RENAME TO", "SET SCHEMA"):
        _move_enum(cursor, draft, enum)
    else:
        raise NotReadError(f"{cursor.shown()} is no change of a type that is known here")


def _move_enum(cursor: Cursor, draft: Draft, enum: Enum) -> None:
    """Give an enum another name, in the columns of that type too."""
    to_schema = cursor.tokens[cursor.at - 1].key == "SCHEMA"
    given = cursor.name()
    path = (given, enum.name.name) if to_schema else (*filter(None, [enum.name.schema]), given)
    name = draft.made(path)
    del draft.enums[draft.key(enum.name)]
    draft.enums[draft.key(name)] = msgspec.structs.replace(enum, name=name)
    texts = {str(enum.name): str(name), f"{enum.name}[]": f"{name}[]"}
    for table in list(draft.tables.values()):
        columns = tuple(
            msgspec.structs.replace(column, type=texts.get(column.type, column.type))
            for column in table.columns
        )
        draft.change(table.name, columns=columns)


def create_collation(cursor: Cursor, draft: Draft) -> None:
    """Read a collation; those by which different texts differ need not be known."""
    cursor.takes("IF NOT EXISTS")
    name = draft.made(cursor.path())
    if cursor.key() != "(":
        draft.skip("collations")
        return
    said = {}
    for part in cursor.enclosed().by_commas():
        option = part.name().lower()
        part.expect("=")
        said[option] = part.string() if part.token().kind == "string" else part.rest()
    if said.get("deterministic", "true").lower() in ("false", "off", "0"):
        locale = said.get("locale", said.get("lc_collate", ""))
        draft.collations[draft.key(name)] = Collation(name=name, locale=locale)
    else:
        draft.skip("collations")


def create_index(cursor: Cursor, draft: Draft, *, unique: bool, method: str) -> None:
    """Read an index behind its words."""
    cursor.takes("CONCURRENTLY")
    unless = cursor.takes("IF NOT EXISTS")
    path = ("",) if cursor.sees("ON") and cursor.key(1) != "ON" else cursor.path()
    method = read_method(cursor) or method
    cursor.expect("ON")
    cursor.takes("ONLY")
    on = cursor.path()
    if draft.is_view(on):
        draft.skip("indexes of views")
        return
    table = draft.table(on)
    method = read_method(cursor) or method
    parts = read_key_parts(cursor)
    options = read_index_options(cursor)
    cursor.ends()
    name = path[-1]
    if any(index.name == name for index in table.indexes) and name:
        if unless:
            return
        raise NotReadError(f"the index {name} is there already")
    constraint = unique and draft.language.database == "mysql"
    draft.add_part(
        table.name,
        Index(
            name=name,
            parts=parts,
            unique=unique,
            constraint=constraint,
            method=options.pop("method", method),
            **options,
        ),
    )


def create_sequence(cursor: Cursor, draft: Draft) -> None:
    """Read a sequence."""
    cursor.takes("IF NOT EXISTS")
    name = draft.made(cursor.path())
    draft.sequences[draft.key(name)] = Sequence(name)
    _owned(cursor, draft, Sequence(name))


def alter_sequence(cursor: Cursor, draft: Draft) -> None:
    """Read who owns a sequence, and its name; nothing else of it counts."""
    cursor.takes("IF EXISTS")
    name = draft.found(cursor.path(), draft.sequences)
    sequence = draft.sequences.get(draft.key(name), Sequence(name))
    if cursor.takes("RENAME TO"):
        draft.sequences.pop(draft.key(name), None)
        new = draft.made((*filter(None, [name.schema]), cursor.name()))
        draft.sequences[draft.key(new)] = msgspec.structs.replace(sequence, name=new)
    else:
        _owned(cursor, draft, sequence)


def _owned(cursor: Cursor, draft: Draft, sequence: Sequence) -> None:
    while not cursor.done:
        if not cursor.takes("OWNED BY"):
            cursor.skip()
        elif not cursor.takes("NONE"):
            *path, column = cursor.path()
            table = draft.table(tuple(path))
            owned = Sequence(sequence.name, table.name, draft.column(table, column).name)
            draft.sequences[draft.key(sequence.name)] = owned


def create_function(cursor: Cursor, draft: Draft) -> None:
    """Keep the body of a function: of one without arguments as what a trigger may run."""
    draft.skip("functions")
    name = draft.made(cursor.path())
    if cursor.key() != "(":
        return
    parameters = tuple(_parameter(part) for part in cursor.enclosed().by_commas())
    body, language = "", "sql"
    while not cursor.done:
        if cursor.takes("AS") and cursor.token().kind == "string":
            body = cursor.string().strip()
        elif cursor.takes("LANGUAGE"):
            language = cursor.next().text.strip("'").lower()
        else:
            cursor.skip()
    draft.called[draft.key(name), parameters] = Function(
        name=name.name, parameters=parameters, language=language, body=body
    )
    if not parameters:
        draft.functions[draft.key(name)] = body


def _parameter(cursor: Cursor) -> str:
    """Return the name of a parameter, "" where it has a type alone."""
    cursor.takes("IN", "INOUT", "VARIADIC")
    is_named = (
        len(cursor.tokens) - cursor.at > 1 and cursor.sees_name() and cursor.key(1) not in _SIGNS
    )
    return cursor.name() if is_named else ""


_SIGNS = ("(", "[", ".", "VARYING", "PRECISION", "WITH", "WITHOUT")
"""What stands behind the first word of a type."""
_BY_ROW = re.compile(r"\bFOR (?:EACH )?ROW\b")
_EVENTS = ("INSERT", "DELETE", "UPDATE", "TRUNCATE")


def create_trigger(cursor: Cursor, draft: Draft) -> None:
    """Read a trigger behind its word."""
    cursor.takes("IF NOT EXISTS")
    path = cursor.path()
    timing = cursor.takes("BEFORE", "AFTER", "INSTEAD OF") or "BEFORE"
    events = _trigger_events(cursor)
    cursor.expect("ON")
    on = cursor.path()
    if draft.is_view(on):
        draft.skip("triggers of views")
        return
    table = draft.table(on)
    words = " ".join(token.key for token in cursor.tokens)
    is_by_row = draft.language.database != "postgres" or bool(_BY_ROW.search(words))
    condition, body = _trigger_body(cursor, draft)
    made = Trigger(
        name=path[-1], timing=timing, events=events, condition=condition, body=body,
        each_row=is_by_row,
    )  # fmt: skip
    draft.add_trigger(table.name, made)


def _trigger_events(cursor: Cursor) -> tuple[str, ...]:
    events = set()
    while True:
        events.add(cursor.takes(*_EVENTS))
        if cursor.takes("OF"):
            while not cursor.sees("ON") and not cursor.sees("OR"):
                cursor.next()
        if not cursor.takes("OR"):
            break
    if "" in events:
        raise NotReadError(f"{cursor.shown()} is no event of a trigger")
    return tuple(event for event in _EVENTS if event in events)


def _trigger_body(cursor: Cursor, draft: Draft) -> tuple[str | None, str]:
    """Read the condition of a trigger and what it runs."""
    condition = None
    while not cursor.done:
        if cursor.takes("WHEN"):
            condition = _condition(cursor)
        elif cursor.takes("FOR EACH ROW", "FOR EACH STATEMENT"):
            if draft.language.database == "mysql":
                if cursor.takes("FOLLOWS", "PRECEDES"):
                    cursor.name()
                return None, _as_written(cursor)
        elif cursor.takes("EXECUTE FUNCTION", "EXECUTE PROCEDURE"):
            name = draft.found(cursor.path(), draft.functions)
            return condition, f"{name}{cursor.rest()}"  # the function may be replaced later
        elif cursor.sees("BEGIN"):
            return condition, f"CREATE TRIGGER {_behind_the_word(cursor)}"
        else:
            cursor.next()
    raise NotReadError("it runs nothing")


def _condition(cursor: Cursor) -> str:
    if cursor.language.database == "postgres":
        return bare(cursor.enclosed())
    first = cursor.at
    while not cursor.done and not cursor.sees("BEGIN"):
        cursor.skip()
    return cursor.text_from(first)


def _behind_the_word(cursor: Cursor) -> str:
    """Return a trigger of SQLite from its name on, as it is written and as that keeps it."""
    cursor.at = 0
    while not cursor.takes("TRIGGER"):
        cursor.next()
    cursor.takes("IF NOT EXISTS")
    return _as_written(cursor)


def _as_written(cursor: Cursor) -> str:
    start, end = cursor.token().start, cursor.tokens[-1].end
    cursor.skip_all()
    return cursor.statement.text[start:end]


def create_rule(cursor: Cursor, draft: Draft) -> None:
    """Say of a rule of INSERT that it is there; others change nothing that is loaded."""
    words = [token.key for token in cursor.tokens]
    if "TO" not in words or "INSERT" not in words[: words.index("TO")]:
        draft.skip("rules")
        return
    cursor.at = words.index("TO") + 1
    path = cursor.path()
    name = draft.found(path, draft.tables)
    if draft.key(name) in draft.tables:
        draft.miss(cursor, "a rule changes what INSERT does", table=name)
    else:
        draft.skip("rules")


def comment_on(cursor: Cursor, draft: Draft) -> None:
    """Read the comment on a table or column."""
    if cursor.takes("TABLE"):
        table = draft.table(cursor.path())
        cursor.expect("IS")
        draft.change(table.name, comment="" if cursor.takes("NULL") else cursor.string())
    elif cursor.takes("COLUMN"):
        *path, column = cursor.path()
        if draft.key(draft.found(tuple(path), draft.views, draft.composites)) not in draft.tables:
            draft.skip("comments")
            return
        table = draft.table(tuple(path))
        cursor.expect("IS")
        text = "" if cursor.takes("NULL") else cursor.string()
        draft.change_column(table.name, draft.column(table, column).name, comment=text)
    else:
        draft.skip("comments")
