"""The queries that rows are learned from, as SQL of each database: aggregates, and a sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from shardgen.execution.description.description import Kind
from shardgen.execution.description.queries import Dialect, MySQL, Postgres
from shardgen.execution.description.shapes import ColumnShape, KeyShape, TableShape
from shardgen.random.overriding import override

_SEED = 1
_OTHERS = "[^Aa9 ._:/@#+()-]"  # than the signs of codes


class Sampling(Dialect, frozen=True):
    """How SQLite takes a share of the rows, and writes the shape of a text."""

    shape_function: ClassVar[str] = "shardgen_shape"
    """A function of the connection: ASCII letters become A and a, digits 9, odd signs `?`."""

    def sample(self, table: str, share: float) -> str:
        """Return a query of about a share of the rows of a table, the same ones each time."""
        most = round(share * 1_000_003)
        return f"SELECT * FROM {table} WHERE abs(rowid * 2654435761 % 1000003) < {most}"

    def shape(self, text: str) -> str:
        """Return the shape of a text."""
        return f"{self.shape_function}({text})"


class WithoutRowids(Sampling, frozen=True):
    """SQLite for a table that has no rowid."""

    @override
    def sample(self, table: str, share: float) -> str:
        return f"SELECT * FROM {table} WHERE abs(random() % 1000003) < {round(share * 1_000_003)}"


class PostgresSampling(Postgres, Sampling, frozen=True):
    """That of PostgreSQL."""

    @override
    def sample(self, table: str, share: float) -> str:
        share = min(100.0, 100 * share)
        return f"SELECT * FROM {table} TABLESAMPLE BERNOULLI ({share:.6f}) REPEATABLE ({_SEED})"

    @override
    def shape(self, text: str) -> str:
        return _replaced(text, ", 'g'")


class MySQLSampling(MySQL, Sampling, frozen=True):
    """That of MySQL and MariaDB, whose classes of letters need a collation that knows the case."""

    @override
    def sample(self, table: str, share: float) -> str:
        return f"SELECT * FROM {table} WHERE rand({_SEED}) < {share:.8f}"

    @override
    def shape(self, text: str) -> str:
        return _replaced(f"(CONVERT({text} USING utf8mb4) COLLATE utf8mb4_bin)", "")


class DuckDBSampling(PostgresSampling, frozen=True):
    """That of DuckDB."""

    settings: ClassVar[tuple[str, ...]] = ("SET TimeZone = 'UTC'",)

    @override
    def sample(self, table: str, share: float) -> str:
        share = min(100.0, 100 * share)
        how = f"bernoulli({share:.6f} PERCENT) REPEATABLE ({_SEED})"
        return f"SELECT * FROM {table} TABLESAMPLE {how}"

    @override
    def number(self, column: str, kind: Kind) -> str:
        if kind in ("date", "timestamp"):
            return f"epoch({column})"
        return f"CAST({column} AS DOUBLE)"

    @override
    def text(self, column: str) -> str:
        return f"CAST({column} AS VARCHAR)"


SAMPLINGS: dict[str, Sampling] = {
    "sqlite": Sampling(), "postgres": PostgresSampling(), "mysql": MySQLSampling(),
    "duckdb": DuckDBSampling(),
}  # fmt: skip


def _replaced(text: str, flags: str) -> str:
    for letters, sign in (("[A-Z]", "A"), ("[a-z]", "a"), ("[0-9]", "9"), (_OTHERS, "?")):
        text = f"regexp_replace({text}, '{letters}', '{sign}'{flags})"
    return text


class ProfileQueries:
    """The queries about one table."""

    def __init__(self, sampling: Sampling, table: TableShape, share: float) -> None:
        """Keep what they are about; `share` of the rows is looked at where not all are."""
        self.sampling = sampling
        self._table = table
        self._name = sampling.name(*table.place)
        self._rows = sampling.sample(self._name, share) if share < 1 else ""

    @property
    def looked_at(self) -> str:
        """The rows that are looked at, as they stand behind FROM."""
        return f"({self._rows}) AS c" if self._rows else f"{self._name} AS c"

    def counts(self) -> str:
        """One row: how many rows there are, and in how many each column is not null."""
        given = [f"count({self.sampling.name(c.name)})" for c in self._table.columns]
        return f"SELECT {', '.join(['count(*)', *given])} FROM {self._name}"

    def numbers(
        self,
        columns: Sequence[ColumnShape],
        parents: Sequence[tuple[KeyShape, TableShape, Sequence[ColumnShape]]],
    ) -> str:
        """Return the numbers of columns and of those of parents, of the rows looked at."""
        of = self.sampling
        values = [of.number(f"c.{of.name(c.name)}", c.kind) for c in columns]
        rows = self.looked_at
        for n, (key, parent, theirs) in enumerate(parents):
            values += [of.number(f"p{n}.{of.name(c.name)}", c.kind) for c in theirs]
            pairs = zip(key.columns, key.parent_columns, strict=True)
            on = " AND ".join(f"p{n}.{of.name(p)} = c.{of.name(c)}" for c, p in pairs)
            rows += f" LEFT JOIN {of.name(*parent.place)} AS p{n} ON {on}"
        return f"SELECT {', '.join(values)} FROM {rows}"

    def standing(self, columns: Sequence[ColumnShape], child: TableShape, key: KeyShape) -> str:
        """Return the numbers of columns of the rows that are looked at, and of their children."""
        of = self.sampling
        values = [of.number(f"c.{of.name(c.name)}", c.kind) for c in columns]
        names = ", ".join(map(of.name, key.columns))
        groups = f"SELECT {names}, count(*) AS n FROM {of.name(*child.place)} GROUP BY {names}"
        pairs = zip(key.columns, key.parent_columns, strict=True)
        on = " AND ".join(f"g.{of.name(c)} = c.{of.name(p)}" for c, p in pairs)
        listed = ", ".join([*values, "coalesce(g.n, 0)"])
        return f"SELECT {listed} FROM {self.looked_at} LEFT JOIN ({groups}) AS g ON {on}"

    def values(self, column: ColumnShape, least_rows: int) -> str:
        """
        Return the values that enough rows share, their rows, and 1.

        The others are one row together: null, in how many rows, and how many there are.
        """
        name = f"c.{self.sampling.name(column.name)}"
        value = name if column.kind == "boolean" else self.sampling.text(name)
        return self._shared(value, name, least_rows)

    def shapes(self, column: ColumnShape, least_rows: int) -> str:
        """Return the shapes of texts, and else as `values` does."""
        name = f"c.{self.sampling.name(column.name)}"
        return self._shared(self.sampling.shape(self.sampling.text(name)), name, least_rows)

    def _shared(self, value: str, name: str, least_rows: int) -> str:
        groups = (
            f"SELECT {value} AS v, count(*) AS n FROM {self.looked_at} "
            f"WHERE {name} IS NOT NULL GROUP BY {value}"
        )
        shown = f"CASE WHEN n >= {least_rows} THEN v END"
        of = f"SELECT {shown} AS v, n, 1 AS one FROM ({groups}) AS g"
        return f"SELECT v, sum(n), count(*) FROM ({of}) AS h GROUP BY v"

    def children(self, key: KeyShape) -> str:
        """How many parents have so many children, of those that have any."""
        names = [self.sampling.name(name) for name in key.columns]
        given = " AND ".join(f"{name} IS NOT NULL" for name in names)
        groups = f"SELECT count(*) AS n FROM {self._name} WHERE {given} GROUP BY {', '.join(names)}"
        return f"SELECT n, count(*) FROM ({groups}) AS g GROUP BY n ORDER BY n"


def shape_of(text: object) -> str | None:
    """Return the shape of a text, as the databases' own functions do."""
    if text is None:
        return None
    return "".join(map(_sign, str(text)))


def _sign(letter: str) -> str:
    if letter.isascii() and letter.isalnum():
        return "9" if letter.isdigit() else "A" if letter.isupper() else "a"
    return letter if letter in " ._:/@#+()-" else "?"
