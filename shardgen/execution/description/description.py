"""
What data is like, as data: tables, columns with summaries, relations, promises.

It is what every report is drawn from, and knows nothing of where it came from. Shares are 0 to 1,
times are seconds since 1970 in UTC, and values are texts as a person reads them.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Source = Literal["schema", "folder", "database"]
Kind = Literal["number", "date", "timestamp", "boolean", "text", "other"]
"""What may be said of a column's values: those of the first three lie on a line."""
PromiseKind = Literal["unique", "not null", "foreign key", "check", "rule"]


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is described."""


class TopValue(_Part, frozen=True, kw_only=True):
    """A value, and in how many rows it is."""

    value: str
    rows: int


class Histogram(_Part, frozen=True, kw_only=True):
    """
    Rows by equal steps: step k holds values from `low + k * width`, up to where the next begins.

    The last step holds its end too. `below` and `above` are rows beyond both ends.
    """

    low: float
    width: float
    rows: tuple[int, ...]
    below: int = 0
    above: int = 0

    @property
    def high(self) -> float:
        """Where the last step ends."""
        return self.low + self.width * len(self.rows)


class ColumnDescription(_Part, frozen=True, kw_only=True):
    """
    A column: what it is said to be, and what its values are.

    `made_by` says what makes it, "" where that is not known. `distinct` is None where it was not
    counted; `quantiles` are those of 5, 25, 50, 75 and 95 %, of a sample. `low` and `high` are the
    least and the greatest value, `lengths` of texts the least and the most characters.
    """

    name: str
    type: str
    kind: Kind
    is_nullable: bool
    is_whole: bool = False
    made_by: str = ""
    about: str = ""
    nulls: int = 0
    distinct: int | None = None
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    quantiles: tuple[float, ...] = ()
    lengths: tuple[int, int] | None = None
    histogram: Histogram | None = None
    top: tuple[TopValue, ...] = ()


class Fan(_Part, frozen=True, kw_only=True):
    """How many parents have `low` to `high` children, both included."""

    low: int
    high: int
    parents: int


class Relation(_Part, frozen=True, kw_only=True):
    """
    A foreign key: where it leads, and how many children the parents have.

    `is_unique` says that a parent has one child at most. `law` is how a schema spreads children.
    """

    columns: tuple[str, ...]
    table: str
    parent_columns: tuple[str, ...]
    is_unique: bool
    law: str = ""
    parents: int = 0
    nulls: int = 0
    orphans: int = 0
    fans: tuple[Fan, ...] = ()
    mean: float = 0.0
    most: int = 0


class Correlation(_Part, frozen=True, kw_only=True):
    """
    Spearman's rank correlation of two columns, `other` being of the same row or of its parent.

    It is that of `rows` rows of a sample where neither is null. `asked` is what a schema asks for.
    """

    column: str
    other: str
    rho: float
    rows: int
    asked: float | None = None


class TableDescription(_Part, frozen=True, kw_only=True):
    """
    A table. `rows` are those that were looked at, of `planned` that there are or will be.

    `head` has the first rows, a text for each column; None is null.
    """

    name: str
    rows: int
    planned: int
    primary_key: tuple[str, ...]
    columns: tuple[ColumnDescription, ...]
    relations: tuple[Relation, ...]
    correlations: tuple[Correlation, ...]
    head: tuple[tuple[str | None, ...], ...]
    about: str = ""

    def column(self, name: str) -> ColumnDescription | None:
        """Return the column of that name, None where there is none."""
        return next((column for column in self.columns if column.name == name), None)


class Promise(_Part, frozen=True, kw_only=True):
    """
    What is said to hold of a table, and for how many rows or keys it does not.

    `broken` is None where nobody looked; `note` says then why.
    """

    kind: PromiseKind
    table: str
    what: str
    broken: int | None
    note: str = ""


class Description(_Part, frozen=True, kw_only=True):
    """
    All of it. `origin` is what was described, as a person calls it, without a password.

    `sample` says what was looked at where that is not all, else it is "". `notes` are sentences on
    what is not known.
    """

    name: str
    source: Source
    origin: str
    about: str
    tables: tuple[TableDescription, ...]
    promises: tuple[Promise, ...]
    sample: str = ""
    notes: tuple[str, ...] = ()

    def table(self, name: str) -> TableDescription | None:
        """Return the table of that name, None where there is none."""
        return next((table for table in self.tables if table.name == name), None)
