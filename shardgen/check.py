"""
Every contradiction that a schema alone shows: names, keys, types, order, generators.

Each check looks at one thing and yields a `Mistake` for every fault, so that a user sees all of
them at once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from shardgen.errors import Mistake, nearest
from shardgen.generators import Refused, decode_generator
from shardgen.schema import FORMAT_MAJOR, Column, ForeignKey, Schema, Table
from shardgen.types import ALIASES, NAMES, ColumnType, parse_type

MAX_NAME = 63  # bytes: what PostgreSQL keeps of an identifier


def check_schema(schema: Schema) -> list[Mistake]:
    """Return every mistake in `schema`, in the order of the file."""
    mistakes = list(_check_head(schema))
    for table in schema.tables:
        mistakes += _check_table(schema, table)
    if not any(m.where.endswith(".foreign_key") for m in mistakes):
        mistakes += _check_order(schema)
    return mistakes


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


def _check_head(schema: Schema) -> Iterator[Mistake]:
    major = schema.schema_version.split(".")[0]
    if major != FORMAT_MAJOR:
        what = f"schema_version {schema.schema_version!r} is not supported"
        yield Mistake("schema_version", what, f"shardgen reads {FORMAT_MAJOR}.x")
    if not schema.name:
        yield Mistake("name", "the schema's name is empty")
    elif any(ord(letter) < 32 for letter in schema.name) or "/" in schema.name:
        yield Mistake("name", f"the name {schema.name!r} cannot name a file", "use kebab-case")
    if not schema.database_type:
        yield Mistake("database_type", "no database is named", "use mysql, postgres or sqlite")
    if not schema.tables:
        yield Mistake("tables", "the schema has no tables")
    yield from _check_names("table", "tables", [t.name for t in schema.tables])
    index_names = [i.name for t in schema.tables for i in t.indexes]
    yield from _duplicates("index", "tables", index_names)


def _check_names(kind: str, place: str, names: Sequence[str]) -> Iterator[Mistake]:
    for name in names:
        if not name:
            yield Mistake(place, f"a {kind} has an empty name")
        elif any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
            what = f"{kind} name {name!r} has a control character"
            yield Mistake(f"{place}.{name!r}", what, "databases refuse these")
        elif len(name.encode()) > MAX_NAME:
            what = f"{kind} name {name!r} has {len(name.encode())} bytes"
            yield Mistake(f"{place}.{name}", what, f"databases keep at most {MAX_NAME}")
    yield from _duplicates(kind, place, names)


def _duplicates(kind: str, place: str, names: Iterable[str]) -> Iterator[Mistake]:
    """Databases compare names without case, so two that differ only in it are the same."""
    seen: dict[str, str] = {}
    for name in names:
        first = seen.get(name.casefold())
        if first is not None:
            also = "" if first == name else f" (and {first!r})"
            yield Mistake(f"{place}.{name}", f"two {_plural(kind)} are named {name!r}{also}")
        seen[name.casefold()] = name


def _plural(kind: str) -> str:
    return "indexes" if kind == "index" else f"{kind}s"


def _check_table(schema: Schema, table: Table) -> Iterator[Mistake]:
    place = f"tables.{table.name}"
    if table.record_count <= 0:
        what = f"record_count is {table.record_count}"
        yield Mistake(f"{place}.record_count", what, "it must be above 0")
    if not table.columns:
        yield Mistake(f"{place}.columns", "the table has no columns")
        return
    names = [column.name for column in table.columns]
    yield from _check_names("column", f"{place}.columns", names)
    keys = [column.name for column in table.columns if column.primary_key]
    if not keys:
        yield Mistake(place, "the table has no primary key", 'set "primary_key": true on a column')
    if len(keys) > 1:
        yield Mistake(place, f"the table has {len(keys)} primary keys: {', '.join(keys)}")
    counted = [column.name for column in table.columns if column.auto_increment]
    if len(counted) > 1:
        yield Mistake(place, f"the table has {len(counted)} auto_increment columns: {counted}")
    for column in table.columns:
        yield from _check_column(schema, table, column)
    for index in table.indexes:
        for name in index.columns:
            if name not in names:
                yield Mistake(
                    f"{place}.indexes.{index.name}", f"no column {name!r}", nearest(name, names)
                )
        if not index.columns:
            yield Mistake(f"{place}.indexes.{index.name}", "the index has no columns")


def _check_column(schema: Schema, table: Table, column: Column) -> Iterator[Mistake]:
    place = f"tables.{table.name}.columns.{column.name}"
    try:
        kind = parse_type(column.type)
    except ValueError as error:
        word = column.type.split("(")[0].strip().lower()
        yield Mistake(place, str(error), nearest(word, (*NAMES, *ALIASES)))
        return
    if column.primary_key and column.nullable:
        yield Mistake(place, "a primary key cannot be nullable")
    if column.auto_increment and (kind.family != "integer" or not column.primary_key):
        yield Mistake(place, f"auto_increment on {kind} wants an integer primary key")
    if column.foreign_key is not None:
        yield from _check_foreign_key(schema, column, kind, f"{place}.foreign_key")
    elif column.generator is not None:
        try:
            decode_generator(column)
        except Refused as error:
            inside = "" if str(error).startswith("unknown generator") else ".generator_params"
            yield Mistake(place + inside, str(error), error.hint)
    elif column.generator_params.keys() - {"null_probability", "edge_case_probability"}:
        names = ", ".join(sorted(column.generator_params))
        what = f"generator_params without a generator: {names}"
        yield Mistake(place, what, 'name one with "generator"')


def _check_foreign_key(
    schema: Schema, column: Column, kind: ColumnType, place: str
) -> Iterator[Mistake]:
    key = column.foreign_key
    assert key is not None, "called for foreign keys only"
    tables = [t.name for t in schema.tables]
    if key.table not in tables:
        yield Mistake(place, f"no table {key.table!r}", nearest(key.table, tables))
        return
    parent = schema.table(key.table)
    names = [c.name for c in parent.columns]
    if key.column not in names:
        what = f"no column {key.column!r} in table {key.table!r}"
        yield Mistake(place, what, nearest(key.column, names))
        return
    target = parent.column(key.column)
    if not target.is_key:
        what = f"{key.table}.{key.column} is not a key, so it cannot be referred to"
        yield Mistake(place, what, "make it unique or the primary key")
    try:
        other = parse_type(target.type)
    except ValueError:
        return  # reported where that column stands
    if (other.family, other.scale) != (kind.family, kind.scale) or _narrower(kind, other):
        yield Mistake(place, f"{kind} cannot hold {key.table}.{key.column}, which is {other}")
    yield from _check_actions(column, key, place)


def _narrower(kind: ColumnType, other: ColumnType) -> bool:
    if kind.family == "integer":
        return kind.integer_bounds[1] < other.integer_bounds[1]
    if kind.family == "text":
        return kind.length is not None and (other.length is None or kind.length < other.length)
    return False


def _check_actions(column: Column, key: ForeignKey, place: str) -> Iterator[Mistake]:
    for name, action in (("on_delete", key.on_delete), ("on_update", key.on_update)):
        if action == "SET NULL" and not column.nullable:
            what = f"{name} is SET NULL, and {column.name!r} is not nullable"
            yield Mistake(place, what, "make it nullable, or choose another action")


def _check_order(schema: Schema) -> Iterator[Mistake]:
    tables = [t.name for t in schema.tables]
    order = schema.generation_order
    if order is None:
        yield from _check_cycles(schema)
        return
    place = "generation_order"
    for name in order:
        if name not in tables:
            yield Mistake(place, f"unknown table {name!r}", nearest(name, tables))
    for name in tables:
        if name not in order:
            yield Mistake(place, f"table {name!r} is missing")
        elif order.count(name) > 1:
            yield Mistake(place, f"table {name!r} is named twice")
    for table in schema.tables:
        for parent in sorted(_parents(table)):
            late = table.name in order and parent in order
            if late and order.index(parent) > order.index(table.name):
                what = f"{table.name!r} comes before its parent {parent!r}"
                yield Mistake(place, what, "put parents first, or leave out generation_order")


def _check_cycles(schema: Schema) -> Iterator[Mistake]:
    parents = {t.name: _parents(t) for t in schema.tables}
    order = table_order(schema)
    done: set[str] = set()
    for name in order:
        if parents[name] <= done:
            done.add(name)
            continue
        path = [name]
        while (ahead := min(parents[path[-1]] - done)) not in path:
            path.append(ahead)
        cycle = " → ".join([*path[path.index(ahead) :], ahead])
        yield Mistake("tables", f"tables refer to each other in a circle: {cycle}")
        return


def _parents(table: Table) -> set[str]:
    keys = (column.foreign_key for column in table.columns)
    return {key.table for key in keys if key is not None} - {table.name}
