"""Factories: one row of a table with its parents, as a test asks for it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from shardgen.errors import Mistake, PlanError, nearest
from shardgen.execution.dataset import Dataset, generate
from shardgen.output.sql.dialects import DIALECTS
from shardgen.plan.job import DEFAULT_AS_OF
from shardgen.plan.load import SchemaSource, load_schema
from shardgen.plan.plan import Options
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.model import GroupedFanOut
from shardgen.tables.batch import Batch

_PARENTS = (1, 2, 4, 8)  # of each table above a row's, the first number that is enough
_FEW = 2  # parents of a batch, for keys that differ


class Row(dict[str, Any]):
    """
    A row: its values by column, `table`, and its `parents` by the names of its foreign keys.

    A key that is null has no parent here.
    """

    def __init__(self, table: str, values: Mapping[str, Any], parents: Mapping[str, Row]) -> None:
        """Keep them."""
        super().__init__(values)
        self.table = table
        self.parents = dict(parents)

    def with_parents(self) -> Iterator[Row]:
        """Yield the rows that it leads to, over any number of keys, then itself; none twice."""
        seen: set[int] = set()

        def rows(row: Row) -> Iterator[Row]:
            if id(row) not in seen:
                seen.add(id(row))
                for parent in row.parents.values():
                    yield from rows(parent)
                yield row

        return rows(self)


class Connection(Protocol):
    """A DB-API connection: of sqlite3, psycopg or PyMySQL."""

    def cursor(self) -> Any:
        """Return a cursor."""


class Factory:
    """
    Makes rows of a schema, each with its parents: the first that is made, the second, and so on.

    What is generated for a unique column comes only once among all rows of a factory.
    """

    def __init__(
        self,
        schema: SchemaSource,
        *,
        seed: int = 0,
        as_of: dt.date = DEFAULT_AS_OF,
        there: Mapping[str, int] | None = None,
    ) -> None:
        """
        Begin without rows, or behind those that are `there`, by table, of the same seed.

        SchemaError where the schema has mistakes.
        """
        self.schema = load_schema(schema)
        self._catalog = Catalog(self.schema)
        self._options = Options(seed=seed, as_of=as_of)
        self._made: dict[str, int] = dict(there or {})
        self._parents: dict[str, int] = {}
        self._inserted: dict[int, Row] = {}

    def build(self, table: str, /, **values: Any) -> Row:
        """
        Return a row with these values, and parents of its own; all else is generated.

        A foreign key is said as the values of its parent in a dict, `build("orders",
        user={"role": "admin"})`, or as a row that was built, `build("orders", user=alice)`.
        PlanError lists what cannot be.
        """
        named = self._table(table)
        refused: PlanError | None = None
        for parents in (n for n in _PARENTS if n >= self._parents.get(table, 0)):
            try:
                made = self._build(named, [values], dict.fromkeys(self._above(named), parents))
            except PlanError as error:
                if any(mistake.path.startswith("with_rows") for mistake in error.mistakes):
                    raise
                refused = refused or error  # some keys need several parents to choose among
            else:
                self._parents[table] = parents
                return made[0]
        assert refused is not None, "there is a number of parents to try"
        raise refused

    def build_batch(self, table: str, size: int, /, **values: Any) -> list[Row]:
        """Return so many rows with these values, which share parents as in the schema."""
        named = self._table(table)
        own = max(named.record_count, 1)
        shares = {name: self._table(name).record_count / own for name in self._above(named)}
        parents = {name: max(_FEW, math.ceil(size * share)) for name, share in shares.items()}
        return self._build(named, [values] * size, parents) if size else []

    def _build(
        self, table: CatalogTable, said: Sequence[Mapping[str, Any]], parents: dict[str, int]
    ) -> list[Row]:
        """Return a row for each of those that are said, among so many new parents."""
        adopted = {id(r): r for row in said for p in row.values() for r in _adopted(p)}
        stated: dict[str, list[Mapping[str, Any]]] = {}
        known: dict[tuple[str, int], Row] = {}
        for row in adopted.values():
            listed = stated.setdefault(row.table, [])
            known[row.table, len(listed)] = row
            listed.append(self._said(row))
        own = stated.setdefault(table.name, [])
        first = len(own)
        own += [{n: self._said(v) if isinstance(v, Row) else v for n, v in r.items()} for r in said]
        counts = {each.name: 0 for each in self._catalog.tables} | parents
        more = _nested(said)
        counts = {n: c + len(stated.get(n, ())) + more * (n in parents) for n, c in counts.items()}
        counts |= self._needed(counts)
        options = msgspec.structs.replace(
            self._options, rows=counts, there=dict(self._made), with_rows=stated
        )
        reader = _Reader(generate(self.schema, options=options), self._catalog, known)
        for name, count in counts.items():
            self._made[name] = self._made.get(name, 0) + count
        return [reader.row(table.name, first + n) for n in range(len(said))]

    def _said(self, row: Row) -> dict[str, Any]:
        """Return a row as it is stated: its values, and its parents where keys lead to them."""
        keys = {key.name: key for key in self._table(row.table).references}
        led = {column for name in row.parents for column in keys[name].columns}
        values = {name: value for name, value in row.items() if name not in led}
        return values | {name: self._said(parent) for name, parent in row.parents.items()}

    def create(self, connection: Connection, table: str, /, **values: Any) -> Row:
        """Build a row, and insert it with those of its parents that were not inserted yet."""
        made = self.build(table, **values)
        self.insert(connection, [made])
        return made

    def create_batch(
        self, connection: Connection, table: str, size: int, /, **values: Any
    ) -> list[Row]:
        """Build so many rows and insert them, parents first, in the connection's transaction."""
        made = self.build_batch(table, size, **values)
        self.insert(connection, made)
        return made

    def insert(self, connection: Connection, rows: list[Row]) -> None:
        """Insert rows that were built, with those of their parents that were not inserted yet."""
        module = type(connection).__mro__
        quote, sign = _dialect({each.__module__.partition(".")[0] for each in module})
        cursor = connection.cursor()
        try:
            for row in (each for built in rows for each in built.with_parents()):
                if id(row) in self._inserted:
                    continue
                self._inserted[id(row)] = row  # kept, so that no other row gets its address
                names = [c.name for c in self._table(row.table).row_columns if not c.hidden]
                columns, signs = ", ".join(map(quote, names)), ", ".join(sign for _ in names)
                text = f"INSERT INTO {quote(row.table)} ({columns}) VALUES ({signs})"
                cursor.execute(text, [_bound(row[name], as_text=sign == "?") for name in names])
        finally:
            cursor.close()

    def _table(self, name: str) -> CatalogTable:
        if name not in self._catalog.by_name:
            hint = nearest(name, self._catalog.by_name)
            raise PlanError([Mistake("", f"there is no table {name!r}", hint)], self.schema.name)
        return self._catalog.table(name)

    def _needed(self, counts: Mapping[str, int]) -> dict[str, int]:
        """Return how many rows other tables need, of which each row of these has some at least."""
        needed: dict[str, int] = {}
        for _ in self._catalog.tables:
            found = dict(needed)
            for table in self._catalog.tables:
                for key in table.references:
                    above = counts[key.table] or found.get(key.table, 0)
                    if isinstance(key.shape, GroupedFanOut) and not counts[table.name]:
                        least = key.shape.min * above
                        found[table.name] = max(found.get(table.name, 0), least)
            for name in [name for name, count in found.items() if count]:
                for each in self._above(self._table(name)):
                    if not counts[each]:
                        found[each] = max(found.get(each, 0), 1)
            if found == needed:
                break
            needed = found
        return needed

    def _above(self, table: CatalogTable) -> set[str]:
        """Return the tables that a table leads to, over any number of keys."""
        found: set[str] = set()
        ahead = [table.name]
        while ahead:
            for key in self._catalog.table(ahead.pop()).references:
                if key.table not in found:
                    found.add(key.table)
                    ahead.append(key.table)
        return found


class _Reader:
    """Reads rows of a data set with their parents, each of them once."""

    def __init__(
        self, dataset: Dataset, catalog: Catalog, known: dict[tuple[str, int], Row]
    ) -> None:
        """Read nothing yet; `known` are rows that there are already."""
        self._dataset = dataset
        self._catalog = catalog
        self._rows = known

    def row(self, table: str, number: int) -> Row:
        """Return a row by its index."""
        if (table, number) in self._rows:
            return self._rows[table, number]
        data = self._dataset[table]
        made = Row(table, data.slice(number, number + 1)[0], {})
        self._rows[table, number] = made
        batch = Batch.of_range(data.source.bound[table], number, number + 1)
        for key in self._catalog.table(table).references:
            nulls = (batch.null(name) for name in key.columns)
            parent = batch.parent(key.name).rows.tolist()[0]
            leads = not key.target_of and not any(null is not None and null[0] for null in nulls)
            if leads and parent >= 0 and (key.table, parent) != (table, number):
                made.parents[key.name] = self.row(key.table, parent)
        return made


def _adopted(value: Any) -> Iterator[Row]:
    """Yield the rows that were built before among those that a value says, parents first."""
    if isinstance(value, Row):
        yield from value.with_parents()
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _adopted(each)


def _nested(said: Sequence[Mapping[str, Any]]) -> int:
    """Return how many parents are said by values, at most."""

    def count(value: Any) -> int:
        is_said = isinstance(value, Mapping) and not isinstance(value, Row)
        return 1 + sum(map(count, value.values())) if is_said else 0

    return sum(count(value) for row in said for value in row.values())


def _dialect(modules: set[str]) -> tuple[Callable[[str], str], str]:
    """Return how a connection's database quotes names, and the sign for a value."""
    for name, dialect, sign in (("psycopg", "postgres", "%s"), ("pymysql", "mysql", "%s")):
        if name in modules:
            return DIALECTS[dialect].quote, sign
    return DIALECTS["sqlite"].quote, "?"


def _bound(value: Any, *, as_text: bool) -> Any:
    """Return a value as a driver takes it."""
    if as_text and isinstance(value, Decimal | dt.date | dt.time | dt.timedelta):
        return value.isoformat(" ") if isinstance(value, dt.datetime) else str(value)
    return value
