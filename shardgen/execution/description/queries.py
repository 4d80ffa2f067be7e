"""
The queries that a description is made of, as SQL of each database.

Each reads a table once, and answers with few rows however many there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

import msgspec

from shardgen.execution.description.description import Kind
from shardgen.execution.description.shapes import ColumnShape, KeyShape, TableShape

BELOW, ABOVE = -1, -2
"""The steps of values that lie beyond the ends of a histogram."""
_FINITE = "1e300"  # PostgreSQL has infinite dates and numbers, and numbers that are none


class Dialect(msgspec.Struct, frozen=True):
    """How SQLite writes what databases write otherwise."""

    quote: ClassVar[str] = '"'
    integer: ClassVar[str] = "INTEGER"
    settings: ClassVar[tuple[str, ...]] = ()
    """What a session is told before it is asked: times are in UTC."""
    counts_truths: ClassVar[bool] = True
    """Whether true is the number 1."""

    def name(self, *names: str) -> str:
        """Return a name, with that of its schema before it."""
        quote = self.quote
        return ".".join(quote + name.replace(quote, quote * 2) + quote for name in names)

    def number(self, column: str, kind: Kind) -> str:
        """Return the values of a quoted column as double precision; times in seconds."""
        if kind in ("date", "timestamp"):
            return f"((julianday({column}) - 2440587.5) * 86400.0)"
        return f"CAST({column} AS REAL)"

    def text(self, column: str) -> str:
        """Return the values as texts, and those of bytes as their digits."""
        return f"CASE typeof({column}) WHEN 'blob' THEN hex({column}) ELSE {column} || '' END"

    def letters(self, column: str) -> str:
        """Return the number of characters."""
        return f"length({self.text(column)})"

    def whole(self, number: str) -> str:
        """Return a number that is not negative without its fraction."""
        return f"CAST({number} AS {self.integer})"

    def grouped(self, column: str, kind: Kind) -> str:
        """Return values that can be counted, ordered and read."""
        return self.text(column) if kind == "other" else column


class Postgres(Dialect, frozen=True):
    """That of PostgreSQL."""

    integer: ClassVar[str] = "bigint"
    settings: ClassVar[tuple[str, ...]] = ("SET TIME ZONE 'UTC'", "SET DateStyle = 'ISO'")
    counts_truths: ClassVar[bool] = False

    def number(self, column: str, kind: Kind) -> str:
        """Money is no number there, and is cast as one."""
        if kind in ("date", "timestamp"):
            return f"extract(epoch FROM {column})::double precision"
        return f"{column}::numeric::double precision"

    def text(self, column: str) -> str:
        """Any type is a text there."""
        return f"{column}::text"

    def whole(self, number: str) -> str:
        """A cast would round."""
        return f"floor({number})::bigint"

    def grouped(self, column: str, kind: Kind) -> str:
        """Enums are in the order of their labels, and days may be of no year that Python has."""
        return column if kind in ("number", "boolean") else self.text(column)


class MySQL(Dialect, frozen=True):
    """That of MySQL and MariaDB."""

    quote: ClassVar[str] = "`"
    settings: ClassVar[tuple[str, ...]] = ("SET time_zone = '+00:00'",)

    def number(self, column: str, kind: Kind) -> str:
        """A sum with a double is one."""
        if kind in ("date", "timestamp"):
            return f"(TIMESTAMPDIFF(SECOND, '1970-01-01', {column}) + 0e0)"
        return f"({column} + 0e0)"

    def text(self, column: str) -> str:
        """CHAR is as long as it has to be."""
        return f"CAST({column} AS CHAR)"

    def letters(self, column: str) -> str:
        """LENGTH counts bytes."""
        return f"CHAR_LENGTH({column})"

    def whole(self, number: str) -> str:
        """A cast would round."""
        return f"FLOOR({number})"


DIALECTS: dict[str, Dialect] = {"sqlite": Dialect(), "postgres": Postgres(), "mysql": MySQL()}


def is_on_a_line(kind: Kind) -> bool:
    """Return whether values have a histogram."""
    return kind in ("number", "date", "timestamp")


class Queries(msgspec.Struct, frozen=True):
    """The queries for one database."""

    dialect: Dialect

    def overview(self, table: TableShape) -> str:
        """One row: the rows, then of each column five facts, as `overview_facts` names them."""
        facts = [fact for column in table.columns for fact in self._facts(column)]
        return f"SELECT {', '.join(['count(*)', *facts])} FROM {self._table(table)}"

    def _facts(self, column: ColumnShape) -> Iterable[str]:
        """Not null; least, greatest and mean of numbers; the lengths of texts."""
        name = self.dialect.name(column.name)
        if is_on_a_line(column.kind):
            value = self._finite(column)
            return (f"count({name})", f"min({value})", f"max({value})", f"avg({value})")
        if column.kind == "boolean":
            return (f"count({name})", "NULL", "NULL", "NULL")
        letters = self.dialect.letters(name)
        return (f"count({name})", f"min({letters})", f"max({letters})", "NULL")

    def _finite(self, column: ColumnShape) -> str:
        value = self.dialect.number(self.dialect.name(column.name), column.kind)
        return f"CASE WHEN {value} BETWEEN -{_FINITE} AND {_FINITE} THEN {value} END"

    def top(self, table: TableShape, column: ColumnShape, most: int) -> str:
        """The most frequent values, each with its rows and the number of different values."""
        value = self.dialect.grouped(self.dialect.name(column.name), column.kind)
        groups = (
            f"SELECT {value} AS v, count(*) AS n FROM {self._table(table)} "
            f"WHERE {self.dialect.name(column.name)} IS NOT NULL GROUP BY {value}"
        )
        of = "SELECT v, n, count(*) OVER () AS k"
        return f"{of} FROM ({groups}) AS g ORDER BY n DESC, v LIMIT {most}"

    def histogram(
        self, table: TableShape, column: ColumnShape, low: float, width: float, steps: int
    ) -> str:
        """The rows of each step, of BELOW and of ABOVE."""
        value, end = self._finite(column), low + width * steps
        step = self.dialect.whole(f"(x - {_real(low)}) / {_real(width)}")
        case = f"CASE WHEN x < {_real(low)} THEN {BELOW} WHEN x > {_real(end)} THEN {ABOVE} "
        values = f"SELECT {value} AS x FROM {self._table(table)}"
        of = f"SELECT {case} ELSE {step} END AS b FROM ({values}) AS v WHERE x IS NOT NULL"
        return f"SELECT b, count(*) FROM ({of}) AS g GROUP BY b"

    def sample(
        self, table: TableShape, parents: Sequence[tuple[KeyShape, TableShape]], step: int
    ) -> str:
        """
        Every so many-th row: the values of its columns on a line, and those of its parents.

        Columns are those of `sampled_columns`, of the table and then of each parent.
        """
        keys = dict.fromkeys(name for key, _ in parents for name in key.columns)
        own = dict.fromkeys([*(c.name for c in sampled_columns(table)), *keys])
        names = ", ".join(map(self.dialect.name, own))
        numbered = f"SELECT row_number() OVER () AS nth{', ' + names if names else ''} "
        rows = f"({numbered}FROM {self._table(table)}) AS c"
        values = [self._of("c", column) for column in sampled_columns(table)]
        for n, (key, parent) in enumerate(parents):
            values += [self._of(f"p{n}", column) for column in sampled_columns(parent)]
            rows += f" LEFT JOIN {self._table(parent)} AS p{n} ON {self._joined(key, f'p{n}')}"
        return f"SELECT {', '.join(values)} FROM {rows} WHERE c.nth % {step} = 0"

    def _of(self, alias: str, column: ColumnShape) -> str:
        return self.dialect.number(f"{alias}.{self.dialect.name(column.name)}", column.kind)

    def _joined(self, key: KeyShape, alias: str) -> str:
        pairs = zip(key.columns, key.parent_columns, strict=True)
        name = self.dialect.name
        return " AND ".join(f"{alias}.{name(p)} = c.{name(c)}" for c, p in pairs)

    def children(self, table: TableShape, key: KeyShape) -> str:
        """How many parents have so many children, of those that have any."""
        names = ", ".join(map(self.dialect.name, key.columns))
        groups = (
            f"SELECT count(*) AS n FROM {self._table(table)} WHERE {self._given(key.columns)} "
            f"GROUP BY {names}"
        )
        return f"SELECT n, count(*) FROM ({groups}) AS g GROUP BY n ORDER BY n"

    def orphans(self, table: TableShape, key: KeyShape, parent: TableShape) -> str:
        """How many parents that are not there have so many children."""
        names = ", ".join(f"c.{self.dialect.name(name)}" for name in key.columns)
        given = self._given(key.columns, "c.")
        there = f"SELECT 1 FROM {self._table(parent)} AS p WHERE {self._joined(key, 'p')}"
        groups = (
            f"SELECT count(*) AS n FROM {self._table(table)} AS c WHERE {given} "
            f"AND NOT EXISTS ({there}) GROUP BY {names}"
        )
        return f"SELECT n, count(*) FROM ({groups}) AS g GROUP BY n"

    def repeated(self, table: TableShape, columns: Sequence[str]) -> str:
        """How many values of a key stand in more than one row."""
        names = ", ".join(map(self.dialect.name, columns))
        groups = (
            f"SELECT 1 AS one FROM {self._table(table)} WHERE {self._given(columns)} "
            f"GROUP BY {names} HAVING count(*) > 1"
        )
        return f"SELECT count(*) FROM ({groups}) AS g"

    def broken(self, table: TableShape, condition: str) -> str:
        """How many rows do not keep a condition."""
        return f"SELECT count(*) FROM {self._table(table)} WHERE NOT ({condition})"

    def head(self, table: TableShape, most: int) -> str:
        """The first rows, in the order of the primary key where there is one."""
        columns = ", ".join(
            self.dialect.grouped(self.dialect.name(column.name), column.kind)
            for column in table.columns
        )
        order = ", ".join(map(self.dialect.name, table.primary_key))
        by = f" ORDER BY {order}" if order else ""
        return f"SELECT {columns} FROM {self._table(table)}{by} LIMIT {most}"

    def _table(self, table: TableShape) -> str:
        return self.dialect.name(*table.place)

    def _given(self, columns: Sequence[str], before: str = "") -> str:
        return " AND ".join(f"{before}{self.dialect.name(name)} IS NOT NULL" for name in columns)


def sampled_columns(table: TableShape) -> list[ColumnShape]:
    """Return the columns whose correlations mean something: on a line, and no keys."""
    keys = {name for key in table.keys for name in key.columns} | {*table.primary_key}
    return [c for c in table.columns if is_on_a_line(c.kind) and c.name not in keys]


def _real(value: float) -> str:
    """Return a number as SQL that is a double in every database."""
    return f"({value!r})" if "e" in repr(value) else f"({value!r}e0)"
