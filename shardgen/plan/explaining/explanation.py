"""What is said of a row: data that a report shows, or JSON has."""

from __future__ import annotations

from typing import Any

import msgspec


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """
    A stream of random words and its word at the row, of which `share` is the place among all words.

    `path` is what the stream is named by: seed, table, column or key, purpose. `key` and `word` are
    64 bits in hexadecimal digits.
    """

    path: tuple[str | int, ...]
    key: str
    word: str
    share: float


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter of a generator, and whether it has another value than its default."""

    name: str
    value: Any
    is_given: bool


class GeneratorUsed(msgspec.Struct, frozen=True, kw_only=True):
    """
    The generator of a column: `makes` says what it makes, `draws` how it was drawn.

    `why` says which rule chose it, where the schema names none. `name` is "" where one is chosen by
    the column's type.
    """

    name: str
    makes: str
    why: str = ""
    parameters: tuple[Parameter, ...] = ()
    draws: tuple[str, ...] = ()


class ReadCell(msgspec.Struct, frozen=True, kw_only=True):
    """
    A cell that the value is made from: `along` has the foreign keys that lead there.

    Where it is many cells, those of children, or one that no key leads to, `row` and `value` are
    None.
    """

    table: str
    column: str
    along: tuple[str, ...] = ()
    row: int | None = None
    value: Any = None


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """What a column follows, and with which rank correlation; `share` is where the other stands."""

    column: str
    rho: float
    share: float


class ParentRow(msgspec.Struct, frozen=True, kw_only=True):
    """
    The parent along a foreign key: row `row` of `table`, None where the key leads nowhere.

    `law` says how it was chosen. Among its children the row is number `ordinal` from 0 of
    `siblings`, where the key knows.
    """

    key: str
    columns: tuple[str, ...]
    table: str
    row: int | None
    law: str
    ordinal: int | None = None
    siblings: int | None = None


class Children(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows of a table lead here along its key; None where only making all would say."""

    table: str
    key: str
    count: int | None
    law: str


class Null(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a cell is null, in which share of the rows it is by a draw, and why."""

    is_null: bool
    share: float | None
    why: str


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """
    A cell and why it has its value, which `words` say in sentences, the chief one first.

    `kind` is how the column comes about. Without `is_known` only the database computes the value.
    `share` is where the cell stands among all values of its column, 0 to 1, where they have an
    order.
    """

    column: str
    type: str
    kind: str
    value: Any
    is_known: bool
    null: Null
    unique: str
    words: tuple[str, ...]
    generator: GeneratorUsed | None = None
    parents: tuple[ParentRow, ...] = ()
    reads: tuple[ReadCell, ...] = ()
    follows: Followed | None = None
    share: float | None = None
    streams: tuple[Stream, ...] = ()


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a table that has so many, its cells, or the one that was asked for, and its kin."""

    schema: str
    table: str
    row: int
    rows: int
    seed: int
    as_of: str
    cells: tuple[Cell, ...]
    children: tuple[Children, ...]
