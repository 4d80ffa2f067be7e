"""What holds of a table as a whole, as queries: its columns, nulls, ranges, keys and CHECKs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from shardgen.execution.verifying.databases.looking import Looking
from shardgen.execution.verifying.difference import Difference
from shardgen.plan.source import Source
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.references import Reference
from shardgen.tables.batch import Batch
from shardgen.tables.calendar import EPOCH
from shardgen.tables.values import ColumnValues, Dates, Decimals, Integers, Timestamps


class Facts:
    """Asks what is to hold of the tables of a source; messages call the database `place`."""

    def __init__(self, looking: Looking, source: Source, place: str) -> None:
        """Ask nothing yet."""
        self._looking, self._source, self._place = looking, source, place
        self._catalog: Catalog = source.plan.catalog.as_written

    def missing(self, table: CatalogTable) -> Difference | None:
        """Return the table, or its first column, that is not there."""
        looking, there = self._looking, self._looking.there(table)
        names = [column.name for column in looking.columns(table)]
        cells = ", ".join(f"t.{looking.sql.quote(name)}" for name in names)
        if looking.succeeds(f"SELECT {cells} FROM {there} AS t LIMIT 0"):
            return None
        if not looking.succeeds(f"SELECT 1 FROM {there} LIMIT 0"):
            return self._differs(table, f"there is no table {table.name!r}")
        for name in names:
            own = looking.sql.quote(name)
            if not looking.succeeds(f"SELECT t.{own} FROM {there} AS t LIMIT 0"):
                what = f"table {table.name!r} has no column {name!r}"
                return self._differs(table, what, column=name)
        return None

    def count(self, table: CatalogTable) -> int:
        """Return how many rows there are."""
        ((count,),) = self._looking.ask(f"SELECT count(*) FROM {self._looking.there(table)}")
        return int(count)

    def wrong_count(self, table: CatalogTable, count: int) -> Difference | None:
        """Return that there are more or fewer rows than wanted."""
        wanted = self.wanted_rows(table)
        if count == wanted:
            return None
        what = f"table {table.name!r} has {count:,} rows, and not {wanted:,}"
        return self._differs(table, what, found=str(count), wanted=str(wanted))

    def wanted_rows(self, table: CatalogTable) -> int:
        """Return how many rows there are to be, those before the run's among them."""
        plan = self._source.plan
        return plan.counts[table.name] + plan.firsts.get(table.name, 0)

    def broken(self, table: CatalogTable) -> Iterator[Difference]:
        """Yield what does not hold of a table's rows."""
        yield from self._nulls_and_ranges(table)
        yield from self._repeated(table)
        for reference in table.references:
            if not reference.target_of:
                yield from self._orphan(table, reference)
        yield from self._checks(table)

    def _nulls_and_ranges(self, table: CatalogTable) -> Iterator[Difference]:
        """Ask in one query for all columns: it reads the table once."""
        looking, quote = self._looking, self._looking.sql.quote
        filled = [c for c in looking.columns(table) if not c.may_be_null]
        bounded = [*self._bounded(table)]
        asked = ["count(*)", *(f"count({quote(column.name)})" for column in filled)]
        asked += (
            looking.text(column, f"{function}({quote(column.name)})")
            for column, _, _ in bounded
            for function in ("min", "max")
        )
        (found,) = looking.ask(f"SELECT {', '.join(asked)} FROM {looking.there(table)}")
        for column, count in zip(filled, found[1:], strict=False):
            if int(count) < int(found[0]):
                what = f"column {column.name!r} of table {table.name!r} is null in "
                what += f"{int(found[0]) - int(count):,} rows, and never wanted so"
                yield self._differs(table, what, column=column.name, found="NULL")
        ends = iter(found[1 + len(filled) :])
        for column, low, high in bounded:
            for end, bound, is_beyond in ((next(ends), low, _below), (next(ends), high, _above)):
                if end is not None and is_beyond(_read(end, bound), bound):
                    side = "below" if is_beyond is _below else "above"
                    what = f"column {column.name!r} of table {table.name!r} has a value {side} all"
                    yield self._differs(
                        table, what, column=column.name, found=str(end), wanted=str(bound)
                    )

    def _bounded(self, table: CatalogTable) -> Iterator[tuple[CatalogColumn, Any, Any]]:
        """Yield the columns of numbers and days with the bounds that all their rows keep."""
        bound = self._source.bound[table.name]
        if bound.first or bound.is_empty:
            return  # rows that were there may be others
        batch = Batch.of_range(bound, 0, 0)
        for column in table.row_columns:
            found = _bounds(batch.column(column.name), column)
            if found is not None:
                yield column, *found

    def _repeated(self, table: CatalogTable) -> Iterator[Difference]:
        looking = self._looking
        for names in unique_columns(table):
            quoted = ", ".join(map(looking.sql.quote, names))
            given = " AND ".join(f"{looking.sql.quote(name)} IS NOT NULL" for name in names)
            query = f"SELECT {self._texts(table, names)} FROM {looking.there(table)} WHERE {given} "
            query += f"GROUP BY {quoted} HAVING count(*) > 1 LIMIT 1"
            for row in looking.ask(query):
                what = f"rows of table {table.name!r} have the same {', '.join(names)}"
                yield self._differs(table, what, column=names[0], found=_said(row))

    def _orphan(self, table: CatalogTable, reference: Reference) -> Iterator[Difference]:
        looking, quote = self._looking, self._looking.sql.quote
        parent = self._catalog.table(reference.table)
        pairs = list(zip(reference.columns, reference.parent_columns, strict=True))
        same = " AND ".join(f"p.{quote(b)} = c.{quote(a)}" for a, b in pairs)
        given = " AND ".join(f"c.{quote(a)} IS NOT NULL" for a, _ in pairs)
        values = self._texts(table, reference.columns, "c.")
        query = (
            f"SELECT {values} FROM {looking.there(table)} AS c "
            f"LEFT JOIN {looking.there(parent)} AS p ON {same} "
            f"WHERE {given} AND p.{quote(pairs[0][1])} IS NULL LIMIT 1"
        )
        for row in looking.ask(query):
            what = f"the key {reference.name} of table {table.name!r} leads to no row of "
            what += repr(reference.table)
            yield self._differs(table, what, column=reference.columns[0], found=_said(row))

    def _checks(self, table: CatalogTable) -> Iterator[Difference]:
        looking = self._looking
        for check in table.checks:
            text = looking.check(table, check)
            if text is None:
                continue
            keys = (column.name for column in table.columns if column.primary_key)
            names = [*keys] or [table.columns[0].name]
            query = f"SELECT {self._texts(table, names)} FROM {looking.there(table)} "
            for row in looking.ask(f"{query}WHERE NOT ({text}) LIMIT 1"):
                what = f"a row of table {table.name!r} does not keep the check {check.name!r}"
                yield self._differs(table, what, column=names[0], found=_said(row), wanted=text)

    def _texts(self, table: CatalogTable, names: tuple[str, ...] | list[str], of: str = "") -> str:
        looking = self._looking
        cells = ((table.column(name), f"{of}{looking.sql.quote(name)}") for name in names)
        return ", ".join(looking.text(column, cell) for column, cell in cells)

    def _differs(
        self,
        table: CatalogTable,
        what: str,
        *,
        column: str | None = None,
        found: str | None = None,
        wanted: str | None = None,
    ) -> Difference:
        return Difference(
            file=self._place,
            what=what,
            table=table.name,
            column=column,
            found=found,
            wanted=wanted,
        )


def unique_columns(table: CatalogTable) -> Iterator[tuple[str, ...]]:
    """Yield the columns that are unique alone, and the sets that are together."""
    yield from ((c.name,) for c in table.columns if c.is_key or c.counts_rows)
    yield from table.unique_sets


def _said(row: tuple[Any, ...]) -> str:
    return ", ".join("NULL" if each is None else str(each) for each in row)


def _below(value: Any, bound: Any) -> bool:
    return bool(value < bound)


def _above(value: Any, bound: Any) -> bool:
    return bool(value > bound)


def _bounds(values: ColumnValues, column: CatalogColumn) -> tuple[Any, Any] | None:
    """Return the least and greatest value of a column, in the form in which it is compared."""
    family = column.sql_type.family
    match values:
        case Integers() if family in ("integer", "decimal"):
            return Decimal(values.low), Decimal(values.high)
        case Decimals() if family in ("integer", "decimal"):
            step = -values.scale
            return Decimal(values.low).scaleb(step), Decimal(values.high).scaleb(step)
        case Dates() if family == "date":
            return _day(values.low), _day(values.high)
        case Timestamps() if family == "timestamp":
            return _moment(values.low), _moment(values.high)
    return None


def _day(number: int) -> str:
    return (EPOCH + dt.timedelta(number)).isoformat()


def _moment(seconds: int) -> str:
    moment = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=seconds)
    return moment.isoformat(" ")


def _read(text: Any, bound: Any) -> Any:
    """Return what a database says in the form of a bound."""
    if isinstance(bound, Decimal):
        return Decimal(str(text))
    return str(text).replace("T", " ")[: len(bound)]
