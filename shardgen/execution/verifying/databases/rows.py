"""The rows of a table held against those that are wanted, a shard at a time."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from shardgen.execution.signals import raise_stop
from shardgen.execution.verifying.databases.facts import unique_columns
from shardgen.execution.verifying.databases.looking import Looking
from shardgen.execution.verifying.difference import Difference, cut
from shardgen.plan.plan import Shard
from shardgen.plan.source import Source
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable


class Compared(msgspec.Struct, frozen=True):
    """How many rows were compared, and the first that differs."""

    rows: int
    difference: Difference | None = None


class Rows:
    """Compares the rows of one table; `place` is what messages call the database."""

    def __init__(self, looking: Looking, source: Source, table: CatalogTable, place: str) -> None:
        """Compare nothing yet."""
        self._looking, self._source, self._table, self._place = looking, source, table, place
        self._there, self._wanted = looking.there(table), looking.wanted(table)
        self._columns = table.row_columns
        self._key = _key_of(table)

    def compare(self, shards: Iterable[Shard], *, are_all: bool, count: int) -> Compared:
        """Compare these shards; where they are all, what is beyond them of `count` rows too."""
        self._looking.begin(self._table)
        try:
            if self._key is None:
                return self._by_digest(list(shards), are_all=are_all)
            compared = 0
            for shard in shards:
                raise_stop()
                self._looking.bring(shard, self._source.render)
                difference = self._first_difference(shard)
                if difference is not None:
                    return Compared(compared, difference)
                compared += shard.rows
            return Compared(compared, self._surplus(count) if are_all else None)
        finally:
            self._looking.end(self._table)

    def _first_difference(self, shard: Shard) -> Difference | None:
        """Return the first row of a shard that is not there, or has another value."""
        looking, key = self._looking, self._key or ()
        row = looking.row(self._table, "w")
        differing = [
            looking.differs(column, self._cell("w", column), self._cell("t", column))
            for column in self._columns
        ]
        lost = f"t.{looking.sql.quote(key[0])} IS NULL"
        query = (
            f"SELECT {', '.join([row, *self._pairs()])}, CASE WHEN {lost} THEN 1 ELSE 0 END "
            f"FROM {self._wanted} AS w LEFT JOIN {self._there} AS t ON {self._same(shard)} "
            f"WHERE {' OR '.join([lost, *differing])} ORDER BY {row} LIMIT 1"
        )
        for number, *values, is_lost in looking.ask(query):
            return self._of_row(shard.start + int(number) - 1, values, is_lost=bool(is_lost))
        return None

    def _of_row(self, row: int, values: list[Any], *, is_lost: bool) -> Difference:
        wanted, found = values[::2], values[1::2]
        named = dict(zip((column.name for column in self._columns), wanted, strict=True))
        name = self._table.name
        if is_lost:
            key = _said((n, named[n]) for n in self._key or ())
            what = f"row {row} of table {name!r} is not there"
            return Difference(file=self._place, what=what, table=name, row=row, wanted=cut(key))
        both = zip(self._columns, found, wanted, strict=True)
        differing = [each for each in both if each[1] != each[2]]
        column, there, made = (differing or [(self._columns[0], found[0], wanted[0])])[0]
        what = f"row {row} of table {name!r} differs in column {column.name!r}"
        return Difference(
            file=self._place,
            what=what,
            table=name,
            row=row,
            column=column.name,
            found=_text(there),
            wanted=_text(made),
        )

    def _surplus(self, count: int) -> Difference | None:
        """Return that there are rows beyond those that are wanted, once all of these are there."""
        plan, name = self._source.plan, self._table.name
        wanted = plan.counts[name] + plan.firsts.get(name, 0)
        if count <= wanted:
            return None
        return self._doubled() or self._beyond() or Difference(
            file=self._place,
            what=f"table {name!r} has {count - wanted:,} rows beside those that are wanted",
            table=name,
            found=str(count),
            wanted=str(wanted),
        )  # fmt: skip

    def _doubled(self) -> Difference | None:
        looking, key = self._looking, self._key or ()
        quoted = [looking.sql.quote(name) for name in key]
        texts = (looking.text(self._table.column(name), looking.sql.quote(name)) for name in key)
        query = f"SELECT {', '.join(texts)} FROM {self._there} GROUP BY {', '.join(quoted)} "
        for row in looking.ask(f"{query}HAVING count(*) > 1 LIMIT 1"):
            said = _said(zip(key, row, strict=True))
            what = f"a row of table {self._table.name!r} is there more than once"
            return self._of_key(what, said, row)
        return None

    def _beyond(self) -> Difference | None:
        """Return a row whose counting key is none of those that are wanted."""
        counted = self._counted
        if counted is None:
            return None
        looking = self._looking
        first, total = counted.first_number, self._source.bound[self._table.name].total
        own = looking.sql.quote(counted.name)
        outside = f"NOT ({own} BETWEEN {first} AND {first + total - 1})"
        text = looking.text(counted, own)
        query = f"SELECT {text} FROM {self._there} WHERE {outside} ORDER BY {own} LIMIT 1"
        for row in looking.ask(query):
            what = f"table {self._table.name!r} has a row that is not wanted"
            return self._of_key(what, _said([(counted.name, row[0])]), row)
        return None

    def _of_key(self, what: str, said: str, row: tuple[Any, ...]) -> Difference:
        table, counted = self._table, self._counted
        number = None
        if counted is not None and self._key == (counted.name,):
            number = int(row[0]) - counted.first_number - self._source.bound[table.name].first
        column = (self._key or ("",))[0]
        return Difference(
            file=self._place,
            what=what,
            table=table.name,
            row=number,
            column=column,
            found=cut(said),
        )

    @property
    def _counted(self) -> CatalogColumn | None:
        return next((column for column in self._columns if column.counts_rows), None)

    def _same(self, shard: Shard) -> str:
        """Return which row there is the one that is wanted; the range of a counter is narrower."""
        looking, key = self._looking, self._key or ()
        quoted = [looking.sql.quote(name) for name in key]
        same = [f"w.{name} = t.{name}" for name in quoted]
        counted = self._counted
        if counted is not None and counted.name in key:
            first = counted.first_number + self._source.bound[self._table.name].first
            own = f"t.{looking.sql.quote(counted.name)}"
            same.append(f"{own} BETWEEN {first + shard.start} AND {first + shard.stop - 1}")
        return " AND ".join(same)

    def _pairs(self) -> list[str]:
        return [
            self._looking.text(column, self._cell(of, column))
            for column in self._columns
            for of in ("w", "t")
        ]

    def _cell(self, of: str, column: CatalogColumn) -> str:
        return f"{of}.{self._looking.sql.quote(column.name)}"

    # Tables whose rows nothing tells apart

    def _by_digest(self, shards: list[Shard], *, are_all: bool) -> Compared:
        """Compare all rows as a heap, and look for the first that is missing where it differs."""
        if are_all and self._digest(self._there, "t") == self._digest_of(shards):
            return Compared(sum(shard.rows for shard in shards))
        compared = 0
        for shard in shards:
            raise_stop()
            self._looking.bring(shard, self._source.render)
            difference = self._first_missing(shard)
            if difference is not None:
                return Compared(compared, difference)
            compared += shard.rows
        if not are_all:
            return Compared(compared)
        what = f"table {self._table.name!r} has other rows than those that are wanted beside them, "
        what += "or some of them more or less often"
        return Compared(compared, Difference(file=self._place, what=what, table=self._table.name))

    def _digest_of(self, shards: Iterable[Shard]) -> tuple[int, int]:
        rows, total = 0, 0
        for shard in shards:
            raise_stop()
            self._looking.bring(shard, self._source.render)
            some, digest = self._digest(self._wanted, "w")
            rows, total = rows + some, total + digest
        return rows, total

    def _digest(self, name: str, of: str) -> tuple[int, int]:
        looking = self._looking
        digests = looking.digests(looking.row_text(self._columns, of))
        ((rows, digest),) = looking.ask(f"SELECT count(*), {digests} FROM {name} AS {of}")
        return int(rows), int(Decimal(str(digest)))

    def _first_missing(self, shard: Shard) -> Difference | None:
        looking, row = self._looking, self._looking.row(self._table, "w")
        own, other = (looking.row_text(self._columns, of) for of in ("w", "t"))
        texts = [looking.text(column, self._cell("w", column)) for column in self._columns]
        query = (
            f"SELECT {', '.join([row, *texts])} FROM {self._wanted} AS w WHERE {own} NOT IN "
            f"(SELECT {other} FROM {self._there} AS t) ORDER BY {row} LIMIT 1"
        )
        for number, *values in looking.ask(query):
            at, name = shard.start + int(number) - 1, self._table.name
            said = _said(zip((c.name for c in self._columns), values, strict=True))
            what = f"row {at} of table {name!r} is not there as it is wanted"
            return Difference(file=self._place, what=what, table=name, row=at, wanted=cut(said))
        return None


def _key_of(table: CatalogTable) -> tuple[str, ...] | None:
    """Return columns that tell all rows apart, the fewest; None where there are none."""
    rows = {column.name for column in table.row_columns}
    sets = [
        names
        for names in unique_columns(table)
        if rows.issuperset(names) and not any(table.column(name).may_be_null for name in names)
    ]
    if set(table.primary_key) <= rows and table.primary_key:
        return table.primary_key
    return min(sets, key=len, default=None)


def _said(pairs: Iterable[tuple[str, Any]]) -> str:
    return ", ".join(f"{name} = {_text(value)}" for name, value in pairs)


def _text(value: Any) -> str:
    return "NULL" if value is None else cut(str(value))
