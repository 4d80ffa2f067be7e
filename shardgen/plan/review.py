"""
Every mistake of a schema file in one report: what loading finds, and what only binding finds.

Binding stops at a schema that contradicts itself, and finds some mistakes only once others are
gone. So columns with a mistake are replaced by plain ones of their type, and it is tried again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from shardgen.errors import InputError, Mistake, place
from shardgen.output.sql.dialects import DIALECTS
from shardgen.plan.bind import bind_tables
from shardgen.plan.check import MAX_COUNT, column_place
from shardgen.plan.load import read_schema
from shardgen.plan.plan import DEFAULT_AS_OF
from shardgen.schema.model import Column, Reference, Schema, Table
from shardgen.schema.types import parse_type


def review(source: str | Path) -> list[Mistake]:
    """Return every mistake in the schema of that name or path."""
    try:
        draft = read_schema(source)
    except InputError as error:
        return list(error.mistakes)
    mistakes, schema, left_out = list(draft.mistakes), draft.schema, set[str]()
    consequences: list[Mistake] = []
    for _ in range(1 + sum(len(table.columns) for table in schema.tables)):
        schema = _sound_part(schema, [*mistakes, *consequences], left_out)
        known = {mistake.where for mistake in (*mistakes, *consequences)}
        found = [mistake for mistake in _bind_mistakes(schema) if mistake.where not in known]
        if not found:
            break
        for mistake in found:
            (consequences if _follows(mistake, left_out) else mistakes).append(mistake)
    return list(draft.sorted(mistakes))


def _bind_mistakes(schema: Schema) -> list[Mistake]:
    counts = {t.name: min(max(t.record_count, 1), MAX_COUNT) for t in schema.tables}
    try:
        dialects = [DIALECTS[name] for name in schema.database_type]
        bind_tables(schema, counts, as_of=DEFAULT_AS_OF, dialects=dialects)
    except InputError as error:
        return list(error.mistakes)
    return []


def _follows(mistake: Mistake, left_out: Iterable[str]) -> bool:
    """Return whether a mistake is only that a column which had to be left out is not there."""
    return any(repr(name) in mistake.what for name in left_out)


def _sound_part(schema: Schema, mistakes: list[Mistake], left_out: set[str]) -> Schema:
    """Return the schema with plain columns where mistakes are; what has no type is left out."""
    tables = []
    for table in schema.tables:
        columns = [_sound_column(table, column, mistakes) for column in table.columns]
        left_out |= {c.name for c, kept in zip(table.columns, columns, strict=True) if not kept}
        kept: dict[str, Column] = {}
        for column in columns:
            if column is not None and column.name:
                kept.setdefault(column.name, column)  # as Table.column finds them: the first
        if table.name and kept:
            sound = msgspec.structs.replace(table, columns=tuple(kept.values()))
            tables.append(sound)
    unique: dict[str, Table] = {}
    for table in tables:
        unique.setdefault(table.name, table)  # as Schema.table finds them
    return _without_broken_keys(msgspec.structs.replace(schema, tables=tuple(unique.values())))


def _sound_column(table: Table, column: Column, mistakes: list[Mistake]) -> Column | None:
    where = column_place(table.name, column.name)
    try:
        parse_type(column.type)
    except ValueError:
        return None
    if any(_is_within(m.where, at) for m in mistakes for at in (where, *_dataset_of(column))):
        return _plain(column)
    return column


def _is_within(where: str, other: str) -> bool:
    return where == other or where.startswith((f"{other}.", f"{other}["))


def _dataset_of(column: Column) -> Iterator[str]:
    """Yield the place of the dataset that makes a column."""
    name = column.generator_params.get("dataset")
    if column.generator == "dataset" and isinstance(name, str):
        yield place("datasets", name)


def _plain(column: Column) -> Column:
    """Return a column of the same name and type that can be made in any case."""
    if column.sql_type.family != "text":
        return Column(name=column.name, type=column.type)
    return Column(
        name=column.name, type=column.type, generator="constant", generator_params={"value": ""}
    )


def _without_broken_keys(schema: Schema) -> Schema:
    """Return the schema with plain columns for foreign keys to what is not there."""
    known = {(table.name, column.name) for table in schema.tables for column in table.columns}

    def leads_somewhere(reference: Reference) -> bool:
        if len(reference.columns) != len(reference.parent_columns):
            return False
        return all((reference.table, name) in known for name in reference.parent_columns)

    def sound(table: Table) -> Table:
        names = {column.name for column in table.columns}
        broken = [r for r in table.references if not leads_somewhere(r)]
        columns = [
            _plain(c) if any(c.name in r.columns for r in broken) else c for c in table.columns
        ]
        kept = (
            key
            for key in table.foreign_keys
            if names >= set(key.columns)
            and 0 < len(key.columns) == len(key.references)
            and all((key.table, n) in known for n in key.references)
        )
        unique = (listed for listed in table.unique if names >= set(listed))
        return msgspec.structs.replace(
            table,
            columns=tuple(columns),
            foreign_keys=tuple(kept),
            unique=tuple(unique),
            indexes=tuple(index for index in table.indexes if names >= set(index.columns)),
        )

    return msgspec.structs.replace(schema, tables=tuple(map(sound, schema.tables)))
