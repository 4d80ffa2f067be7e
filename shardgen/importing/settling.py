"""
A schema that a database was read as → one that can be run: what cannot be met gives way.

The schema is bound as a run binds it, and each mistake takes one step back at what it is of: fewer
rows, a value by type in place of one by name, NULL, at last a table without rows. A note says of
each what gave way to what. So one table that cannot be made costs no other its rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from shardgen.errors import Mistake, join_path
from shardgen.importing.notes import Kind, Note
from shardgen.output.sql.dialects import unsupported_schema
from shardgen.plan.bind import Attempt, try_to_bind
from shardgen.plan.check import check_schema
from shardgen.plan.inferred import Choice, infer_generators
from shardgen.plan.job import DEFAULT_AS_OF, Job
from shardgen.schema.catalog import Catalog
from shardgen.schema.model import Column, Schema, Table

_MOST_ROUNDS = 60
_IN_TABLE = re.compile(r"(?:\.(columns|foreign_keys|indexes)[.\[](.*)|.*)", re.DOTALL)


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """A schema without mistakes, the notes of what gave way, and how its generators were chosen."""

    schema: Schema
    notes: tuple[Note, ...]
    choices: tuple[Choice, ...]


def settle(schema: Schema, spare: Mapping[tuple[str, str], Column] | None = None) -> Settled:
    """
    Return a schema of the same tables that can be run, with a generator for each column.

    Columns that have a generator keep it: without it their table has no rows. One that `spare` has
    by its table and its name takes its place first.
    """
    settling = _Settling(schema, spare or {})
    settling.mend_static()
    catalog = Catalog(settling.schema)
    inferred = infer_generators(catalog, _job(settling.schema))
    settling.schema = inferred.schema
    settling.mend(inferred.attempt)
    return Settled(schema=settling.schema, notes=tuple(settling.notes), choices=inferred.choices)


def _job(schema: Schema) -> Job:
    counts = {table.name: table.record_count for table in schema.tables}
    return Job(counts=counts, as_of=DEFAULT_AS_OF, databases=schema.database_type)


class _Settling:
    """A schema while it is mended, and how many steps back each part of it has taken."""

    def __init__(self, schema: Schema, spare: Mapping[tuple[str, str], Column]) -> None:
        self.schema = schema
        self._spare = dict(spare)
        self.notes: list[Note] = []
        self._steps: Counter[str] = Counter()
        self._lawful = {
            (table.name, column.name)
            for table in schema.tables
            for column in table.columns
            if column.generator is not None or "null_probability" in column.generator_params
        }

    def mend_static(self) -> None:
        """Mend what the schema alone shows."""
        for _ in range(_MOST_ROUNDS):
            catalog = Catalog(self.schema)
            mistakes = check_schema(catalog)
            if not mistakes:
                mistakes = list(unsupported_schema(catalog.as_written, self.schema.database_type))
            if not mistakes:
                return
            self._take_steps(mistakes, {}, is_static=True)

    def mend(self, attempt: Attempt) -> None:
        """Mend what binding shows."""
        for _ in range(_MOST_ROUNDS):
            if not attempt.mistakes:
                return
            self._take_steps(attempt.mistakes, dict(attempt.room), is_static=False)
            self.mend_static()
            attempt = try_to_bind(Catalog(self.schema), _job(self.schema))

    def _take_steps(
        self,
        mistakes: Sequence[Mistake],
        room: dict[str, int],
        *,
        is_static: bool,
    ) -> None:
        by_table: dict[str, list[Mistake]] = {}
        for mistake in mistakes:
            name = self._table_of(mistake.path)
            by_table.setdefault(name, []).append(mistake)
        tables = []
        for table in self.schema.tables:
            made: Table | None = table
            for mistake in by_table.get(table.name, ()):
                is_emptied = made is not None and made.record_count == 0 < table.record_count
                if made is not None and not is_emptied:  # else others may be no mistakes any more
                    made = self._step(made, mistake, room.get(mistake.path), is_static=is_static)
            if made is not None:
                tables.append(made)
        self.schema = msgspec.structs.replace(self.schema, tables=tuple(tables))

    def _table_of(self, path: str) -> str:
        """Return the table that a path is of; the longest name, as names may have dots."""
        names = [
            table.name
            for table in self.schema.tables
            if path.startswith(join_path("tables", table.name))
        ]
        return max(names, key=len, default="")

    def _step(
        self, table: Table, mistake: Mistake, most: int | None, *, is_static: bool
    ) -> Table | None:
        """Return a table after one step back; None where it is left out."""
        start = join_path("tables", table.name)
        rest = mistake.path.removeprefix(start)
        match = _IN_TABLE.match(rest)
        part, inside = (match[1], match[2]) if match else (None, None)
        self._steps[mistake.path] += 1
        step = self._steps[mistake.path]
        if most is not None and most < table.record_count and step == 1:
            kind: Kind = "simplified" if most else "refused"
            self._say(kind, table, "", f"it has {most or 'no'} rows: {mistake.what}")
            return msgspec.structs.replace(table, record_count=most)
        if part == "indexes":
            return self._without_index(table, inside or "", mistake)
        if part == "columns":
            return self._column_step(table, inside or "", mistake, step, is_static=is_static)
        return self._table_step(table, mistake, step, is_static=is_static)

    def _say(self, kind: Kind, table: Table, column: str, what: str) -> None:
        self.notes.append(Note(table.name, column, kind, what))

    def _without_index(self, table: Table, name: str, mistake: Mistake) -> Table:
        kept = tuple(i for i in table.indexes if join_path("", i.name).lstrip(".") not in name)
        kept = kept if len(kept) < len(table.indexes) else ()
        self._say("dropped", table, "", f"an index: {mistake.what}")
        return msgspec.structs.replace(table, indexes=kept)

    def _column_step(
        self, table: Table, inside: str, mistake: Mistake, step: int, *, is_static: bool
    ) -> Table | None:
        found = [
            c
            for c in table.columns
            if f"{inside}.".startswith((f"{c.name}.", f"{join_path('', c.name)}."))
        ]
        if not found:
            return self._table_step(table, mistake, step, is_static=is_static)
        column = max(found, key=lambda c: len(c.name))
        spare = self._spare.pop((table.name, column.name), column)
        if spare != column:
            self._say(
                "simplified", table, column.name, f"its generator is chosen anew: {mistake.what}"
            )
            return _with(table, spare)
        if column.generated is not None:
            return self._without_generated(table, column, mistake)
        steps = _COLUMN_STEPS
        if (table.name, column.name) in self._lawful:
            steps = tuple(step for step in steps if step[0] in _HARMLESS)
        for give_way, kind, what in steps:
            less = give_way(column, mistake)
            if less is not None and less != column:
                if what:
                    self._say(kind, table, column.name, f"{what}: {mistake.what}")
                return _with(table, less)
        return self._table_step(table, mistake, step, is_static=is_static)

    def _without_generated(self, table: Table, column: Column, mistake: Mistake) -> Table:
        """Leave out a column that the database computes, whatever the schema says of it."""
        self._say("dropped", table, column.name, f"the database computes it: {mistake.what}")
        columns = tuple(each for each in table.columns if each is not column)
        indexes = tuple(each for each in table.indexes if column.name not in each.columns)
        return msgspec.structs.replace(table, columns=columns, indexes=indexes)

    def _table_step(
        self, table: Table, mistake: Mistake, step: int, *, is_static: bool
    ) -> Table | None:
        """Take away rows: half of them each time, and where they are not the fault, all."""
        if step == 1:
            less = _without_fan_outs(table)
            if less != table:
                return less
        if table.record_count > 0 and not is_static:
            count = table.record_count // 2 if step < 12 else 0
            kind: Kind = "simplified" if count else "refused"
            self._say(kind, table, "", f"it has {count or 'no'} rows: {mistake.what}")
            return msgspec.structs.replace(table, record_count=count)
        if table.record_count > 0:
            self._say("refused", table, "", f"it has no rows: {mistake.what}")
            return msgspec.structs.replace(table, record_count=0)
        if table.one_of:
            return msgspec.structs.replace(table, one_of=())
        if table.unique or table.foreign_keys or any(c.foreign_key for c in table.columns):
            columns = tuple(
                msgspec.structs.replace(c, foreign_key=None, unique=False) for c in table.columns
            )
            return msgspec.structs.replace(table, unique=(), foreign_keys=(), columns=columns)
        self._say("refused", table, "", f"it is left out: {mistake.what}")
        return None


def _with(table: Table, column: Column) -> Table:
    columns = tuple(column if c.name == column.name else c for c in table.columns)
    return msgspec.structs.replace(table, columns=columns)


def _without_fan_outs(table: Table) -> Table:
    """Return a table whose keys have the fan-outs of the format's own; trees stay."""
    keys = tuple(msgspec.structs.replace(key, fan_out=None) for key in table.foreign_keys)
    columns = tuple(
        column
        if column.foreign_key is None or column.foreign_key.table == table.name
        else msgspec.structs.replace(
            column, foreign_key=msgspec.structs.replace(column.foreign_key, fan_out=None)
        )
        for column in table.columns
    )
    return msgspec.structs.replace(table, foreign_keys=keys, columns=columns)


def _nulls_of(column: Column) -> dict[str, Any]:
    return {k: v for k, v in column.generator_params.items() if k == "null_probability"}


def _without_default(column: Column, mistake: Mistake) -> Column | None:
    is_at_fault = mistake.path.endswith(".default")
    return msgspec.structs.replace(column, default=None) if is_at_fault else None


def _by_type(column: Column, mistake: Mistake) -> Column:
    del mistake
    nulls = _nulls_of(column)
    return msgspec.structs.replace(column, generator=None, generator_params=nulls)


def _without_fan_out(column: Column, mistake: Mistake) -> Column | None:
    del mistake
    if column.foreign_key is None:
        return None
    key = msgspec.structs.replace(column.foreign_key, fan_out=None)
    return msgspec.structs.replace(column, foreign_key=key)


def _always_null(column: Column, mistake: Mistake) -> Column | None:
    del mistake
    if not column.nullable:
        return None
    return msgspec.structs.replace(
        column, generator=None, foreign_key=None, generator_params={"null_probability": 1}
    )


_COLUMN_STEPS: tuple[tuple[Callable[[Column, Mistake], Column | None], Kind, str], ...] = (
    (_without_default, "dropped", "its default"),
    (_by_type, "simplified", "a value by its type"),
    (_without_fan_out, "simplified", ""),
    (_always_null, "simplified", "it is always null"),
)
"""How a column gives way: the first that changes it is taken."""
_HARMLESS = (_without_default, _without_fan_out)
"""Steps after which values are still those that a law asks for."""
