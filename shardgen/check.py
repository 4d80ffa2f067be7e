"""
Every contradiction that a schema alone shows: names, keys, types, order, generators.

Each check looks at one thing and yields a `Mistake` for every fault, so that a user sees all of
them at once. Where a name or a type could not be read, an empty one stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec

from shardgen.errors import Mistake, nearest, place
from shardgen.generators import decode_generator
from shardgen.generators.params import COMMON, Unfit, shown
from shardgen.schema import FORMAT_MAJOR, Column, ForeignKey, Index, Schema, Table
from shardgen.types import ALIASES, NAMES, ColumnType, parse_type

MAX_NAME = 63  # bytes: what PostgreSQL keeps of an identifier
MAX_COUNT = 1 << 40  # rows of a table
_FILE_NAME = re.compile(r"\w[\w.-]{0,99}")


def check_schema(schema: Schema) -> list[Mistake]:
    """Return every mistake in `schema`, in the order of the file."""
    mistakes = list(_check_head(schema))
    for table, where in _entries("tables", schema.tables):
        mistakes += _check_table(schema, table, where)
    if all(table.name for table in schema.tables):
        mistakes += _check_order(schema)
    return mistakes


def with_unique_indexes(schema: Schema) -> Schema:
    """Return the schema with `unique` set on each column that has a unique index of its own."""
    return msgspec.structs.replace(schema, tables=tuple(map(_with_unique_indexes, schema.tables)))


def _with_unique_indexes(table: Table) -> Table:
    alone = {i.columns[0] for i in table.indexes if i.unique and len(i.columns) == 1}
    if not alone:
        return table
    columns = (
        msgspec.structs.replace(column, unique=True) if column.name in alone else column
        for column in table.columns
    )
    return msgspec.structs.replace(table, columns=tuple(columns))


def table_order(schema: Schema) -> tuple[str, ...]:
    """Return the names of all tables, parents before children, else in the order of the file."""
    if schema.generation_order:
        return schema.generation_order
    order: list[str] = []
    waiting = {t.name: _parents(t) for t in schema.tables}
    while waiting:
        ready = next((t for t, needs in waiting.items() if needs <= set(order)), None)
        if ready is None:
            return (*order, *waiting)  # a cycle: `check_schema` refuses it
        order.append(ready)
        del waiting[ready]
    return tuple(order)


Named = TypeVar("Named", Table, Column, Index)


def _entries(start: str, named: Iterable[Named]) -> Iterator[tuple[Named, str]]:
    """Yield each with its path: by name, or by position where it has none."""
    for n, entry in enumerate(named):
        yield entry, place(start, entry.name) if entry.name else f"{start}[{n}]"


def column_place(table: str, column: str) -> str:
    """Return the path of a column."""
    return place("tables", table, "columns", column)


def _check_head(schema: Schema) -> Iterator[Mistake]:
    version = schema.schema_version
    if version.split(".")[0] != FORMAT_MAJOR:
        what = f"schema_version {shown(version)} is not supported"
        yield Mistake("schema_version", what, f"shardgen reads {FORMAT_MAJOR}.0")
    yield from _check_schema_name(schema.name)
    if not schema.database_type:
        yield Mistake("database_type", "no database is named", "use mysql, postgres or sqlite")
    if not schema.tables:
        yield Mistake("tables", "the schema has no tables")
    yield from _check_names("table", _entries("tables", schema.tables))
    indexes = [
        entry
        for table, where in _entries("tables", schema.tables)
        for entry in _entries(f"{where}.indexes", table.indexes)
    ]
    yield from _check_names("index", indexes)


def _check_schema_name(name: str) -> Iterator[Mistake]:
    """The name becomes that of a file, and stands in a shell command that loads it."""
    if not name:
        yield Mistake("name", "the schema has no name", 'give it one such as "my-data"')
    elif not _FILE_NAME.fullmatch(name):
        kebab = re.sub(r"[\W_]+", "-", name[:100]).strip("-").lower()
        hint = f"use letters, digits and hyphens: {kebab!r}" if kebab else "use kebab-case"
        yield Mistake("name", f"the name {shown(name)} cannot name a file", hint)


def _check_names(kind: str, entries: Iterable[tuple[Named, str]]) -> Iterator[Mistake]:
    seen: dict[str, str] = {}
    for name, where in ((entry.name, where) for entry, where in entries):
        if not name:
            article = "an" if kind == "index" else "a"
            yield Mistake(f"{where}.name", f"{article} {kind} has no name", 'give it a "name"')
            continue
        if not name.isprintable():
            what = f"the {kind} name {shown(name)} has characters that cannot be seen"
            yield Mistake(where, what, "use letters, digits and underscores")
        elif len(name.encode()) > MAX_NAME:
            what = f"the {kind} name {shown(name)} has {len(name.encode())} bytes"
            yield Mistake(where, what, f"databases keep at most {MAX_NAME}")
        # Databases compare names without case, so two that differ only in it are the same.
        first = seen.get(name.casefold())
        if first is not None:
            also = "" if first == name else f" (the other is {first!r}, and case does not count)"
            yield Mistake(where, f"two {_plural(kind)} are named {shown(name)}{also}")
        seen[name.casefold()] = name


def _plural(kind: str) -> str:
    return "indexes" if kind == "index" else f"{kind}s"


def _check_table(schema: Schema, table: Table, where: str) -> Iterator[Mistake]:
    if not 1 <= table.record_count <= MAX_COUNT:
        what = f"record_count is {table.record_count}"
        yield Mistake(f"{where}.record_count", what, f"it must be from 1 to {MAX_COUNT}")
    if not table.columns:
        yield Mistake(f"{where}.columns", "the table has no columns")
        return
    yield from _check_names("column", _entries(f"{where}.columns", table.columns))
    yield from _check_keys(table, where)
    for column, inside in _entries(f"{where}.columns", table.columns):
        yield from _check_column(schema, column, inside)
    for index, inside in _entries(f"{where}.indexes", table.indexes):
        yield from _check_index(table, index, inside)


def _check_keys(table: Table, where: str) -> Iterator[Mistake]:
    keys = [column.name for column in table.columns if column.primary_key]
    if not keys:
        yield Mistake(where, "the table has no primary key", 'set "primary_key": true on a column')
    if len(keys) > 1:
        what = f"the table has {len(keys)} primary keys, {', '.join(keys)}"
        yield Mistake(where, what, "keep one, and make the others unique")
    counted = [column.name for column in table.columns if column.auto_increment]
    if len(counted) > 1:
        what = f"the table has {len(counted)} auto_increment columns, {', '.join(counted)}"
        yield Mistake(where, what, "databases allow one")


def _check_index(table: Table, index: Index, where: str) -> Iterator[Mistake]:
    names = [column.name for column in table.columns]
    if not index.columns:
        yield Mistake(where, "the index has no columns")
    for name in dict.fromkeys(index.columns):
        if name not in names:
            yield Mistake(where, f"there is no column {name!r} in the table", nearest(name, names))
        elif index.columns.count(name) > 1:
            yield Mistake(where, f"the index has the column {name!r} twice")
    keys = {column.name for column in table.columns if column.is_key}
    known = set(index.columns) <= set(names)
    if index.unique and len(index.columns) > 1 and known and keys.isdisjoint(index.columns):
        together = " and ".join(index.columns)
        what = f"the index is unique over {together} together, and their combinations may repeat"
        hint = "columns are made unique one by one: make one of these so, or the index not unique"
        yield Mistake(where, what, hint)


def _check_column(schema: Schema, column: Column, where: str) -> Iterator[Mistake]:
    kind: ColumnType | None = None
    try:
        kind = parse_type(column.type)
    except ValueError as error:
        if column.type:
            word = column.type.split("(")[0].strip().lower()
            unknown = str(error).startswith("unknown")
            hint = nearest(word, (*NAMES, *ALIASES)) if unknown else ""
            hint = hint or (f"known are {', '.join(NAMES)}" if unknown else "")
            yield Mistake(f"{where}.type", str(error), hint)
        else:
            yield Mistake(f"{where}.type", "the column has no type", 'give it a "type"')
    if column.primary_key and column.nullable:
        what = "a primary key cannot be nullable"
        yield Mistake(f"{where}.nullable", what, "leave out nullable")
    if kind is not None:
        yield from _check_use(column, kind, where)
    if column.foreign_key is not None:
        yield from _check_foreign_key(schema, column, kind, f"{where}.foreign_key")
    elif column.generator is not None:
        try:
            decode_generator(column)
        except Unfit as error:
            yield from (Mistake(where + at, what, hint) for at, what, hint in error.faults)
    yield from _check_probabilities(column, where)
    yield from _check_idle_parameters(column, where)


def _check_probabilities(column: Column, where: str) -> Iterator[Mistake]:
    for name in COMMON:
        share = column.generator_params.get(name, 0)
        number = isinstance(share, (int, float)) and not isinstance(share, bool)
        if not number or not 0 <= share <= 1:
            what = f"{shown(share)} is not a number from 0 to 1"
            yield Mistake(f"{where}.generator_params.{name}", what)


def _check_use(column: Column, kind: ColumnType, where: str) -> Iterator[Mistake]:
    """Hold what is said of a column against its type."""
    if column.auto_increment and not (kind.family == "integer" and column.primary_key):
        what = f"auto_increment on a column of type {kind}"
        if kind.family == "integer":
            what = "auto_increment on a column that is not the primary key"
        yield Mistake(f"{where}.auto_increment", what, "only an integer primary key can have it")
    if column.default is not None and not _is_default(column.default, kind):
        what = f"the default {shown(column.default)} is no {kind}"
        yield Mistake(f"{where}.default", what)


_DEFAULTS = {
    "integer": r"[+-]?[0-9]+",
    "decimal": r"[+-]?[0-9]+(\.[0-9]*)?(e[+-]?[0-9]+)?",
    "float": r"[+-]?[0-9]+(\.[0-9]*)?(e[+-]?[0-9]+)?",
    "boolean": r"true|false|0|1",
}


def _is_default(value: object, kind: ColumnType) -> bool:
    """Return whether the databases take `value` for a default of that type."""
    text = str(value).strip()
    if kind.family in _DEFAULTS:
        fits = re.fullmatch(_DEFAULTS[kind.family], text, re.IGNORECASE) is not None
        return fits and (kind.family == "boolean" or not isinstance(value, bool))
    if kind.family == "enum":
        return value in kind.values
    if kind.family in ("date", "timestamp"):
        return isinstance(value, str)
    return "\0" not in text and (kind.length is None or len(str(value)) <= kind.length)


def _check_idle_parameters(column: Column, where: str) -> Iterator[Mistake]:
    """Yield what is said about values that nothing reads: it would be ignored silently."""
    if column.generator is not None and column.foreign_key is None:
        return
    reason = "a foreign key" if column.foreign_key is not None else "a column without a generator"
    hint = 'name a generator with "generator"' if column.foreign_key is None else "leave it out"
    for name in column.generator_params:
        if name not in COMMON:
            at = place(f"{where}.generator_params", name)
            yield Mistake(at, f"{reason} takes no parameter {shown(name)}", hint)
    if column.distribution is not None:
        yield Mistake(f"{where}.distribution", f"{reason} takes no distribution", hint)


def _check_foreign_key(
    schema: Schema, column: Column, kind: ColumnType | None, where: str
) -> Iterator[Mistake]:
    key = column.foreign_key
    assert key is not None, "called for foreign keys only"
    yield from _check_actions(column, key, where)
    yield from _check_shape(column, key, where)
    tables = [t.name for t in schema.tables]
    if key.table not in tables:
        if all(tables):
            what = f"there is no table {shown(key.table)}"
            yield Mistake(f"{where}.table", what, nearest(key.table, tables))
        return
    parent = schema.table(key.table)
    names = [c.name for c in parent.columns]
    if key.column not in names:
        if all(names):
            what = f"there is no column {shown(key.column)} in table {key.table!r}"
            yield Mistake(f"{where}.column", what, nearest(key.column, names))
        return
    target = parent.column(key.column)
    name = f"{key.table}.{key.column}"
    if not target.is_key:
        what = f"{name} is not a key, so it cannot be referred to"
        yield Mistake(f"{where}.column", what, "make it unique or the primary key")
    elif target.nullable and not target.primary_key:
        what = f"{name} may be null, and then there is nothing to refer to"
        yield Mistake(f"{where}.column", what, "make it not nullable, or refer to another key")
    try:
        other = parse_type(target.type)
    except ValueError:
        return  # reported where that column stands
    if kind is not None and not _holds(kind, other):
        what = f"{kind} does not hold {name}, which is {other}"
        yield Mistake(where, what, f"make the column {other}")


def _check_shape(column: Column, key: ForeignKey, where: str) -> Iterator[Mistake]:
    if column.is_key and key.fan_out in ("random", "grouped"):
        what = f"the column is unique, and with fan_out {key.fan_out!r} parents come up again"
        yield Mistake(f"{where}.fan_out", what, "leave out fan_out, or the key")
    if column.auto_increment:
        what = "auto_increment numbers the rows, and a foreign key takes its values from a parent"
        yield Mistake(where, what, "leave out one of them")


def _holds(kind: ColumnType, other: ColumnType) -> bool:
    """Return whether every value of type `other` is one of type `kind`."""
    if kind.family != other.family or kind.scale != other.scale:
        return False
    if kind.family == "integer":
        return kind.integer_bounds[1] >= other.integer_bounds[1]
    if kind.family == "decimal":
        return kind.unit_bounds[1] >= other.unit_bounds[1]
    if kind.family == "enum":
        return set(kind.values) >= set(other.values)
    if kind.length is None:
        return True
    return other.length is not None and kind.length >= other.length


def _check_actions(column: Column, key: ForeignKey, where: str) -> Iterator[Mistake]:
    for name, action in (("on_delete", key.on_delete), ("on_update", key.on_update)):
        if action == "SET NULL" and not column.nullable:
            what = f"{name} is SET NULL, and {column.name!r} is not nullable"
            hint = 'set "nullable": true, or choose another action'
            yield Mistake(f"{where}.{name}", what, hint)


def _check_order(schema: Schema) -> Iterator[Mistake]:
    tables = [t.name for t in schema.tables]
    order = schema.generation_order
    if order is None:
        yield from _check_cycles(schema)
        return
    where = "generation_order"
    for name in dict.fromkeys(order):
        if name not in tables:
            yield Mistake(where, f"there is no table {shown(name)}", nearest(name, tables))
        elif order.count(name) > 1:
            yield Mistake(where, f"table {name!r} stands there {_times(order.count(name))}")
    for name in dict.fromkeys(tables):
        if name not in order:
            yield Mistake(where, f"table {name!r} is missing", "name each table once")
    cycles = list(_check_cycles(schema))
    yield from cycles or _check_parents_first(schema, order)


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def _check_parents_first(schema: Schema, order: tuple[str, ...]) -> Iterator[Mistake]:
    for table in schema.tables:
        for parent in sorted(_parents(table)):
            both = table.name in order and parent in order
            if both and order.index(parent) > order.index(table.name):
                what = f"{table.name!r} comes before its parent {parent!r}"
                hint = "put parents first, or leave out generation_order"
                yield Mistake("generation_order", what, hint)


def _check_cycles(schema: Schema) -> Iterator[Mistake]:
    """Yield one circle of tables, if there is any; keys that lead nowhere are left aside."""
    tables = {t.name for t in schema.tables}
    waiting = {t.name: _parents(t) & tables for t in schema.tables}
    while ready := [name for name, parents in waiting.items() if not parents & waiting.keys()]:
        for name in ready:
            del waiting[name]
    if waiting:
        path = [next(iter(waiting))]
        while (ahead := min(waiting[path[-1]] & waiting.keys())) not in path:
            path.append(ahead)
        cycle = " → ".join([*path[path.index(ahead) :], ahead])
        what = f"tables refer to each other in a circle: {cycle}"
        yield Mistake("tables", what, "leave out one of these foreign keys")


def _parents(table: Table) -> set[str]:
    keys: Iterable[ForeignKey | None] = (column.foreign_key for column in table.columns)
    return {key.table for key in keys if key is not None} - {table.name}
