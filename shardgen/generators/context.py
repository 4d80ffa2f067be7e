"""
What a generator is, and what it may ask of the column it fills.

A generator is a frozen struct whose fields are its parameters. Binding it to a column gives a
`ColumnFunction`, a function from a batch to the column's values; all tables are made then, once. Everything
random, unique or extreme comes from the `ColumnContext`, so that no generator has its own way of it.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

import msgspec
import numpy as np

from shardgen.errors import BindError, NotEnoughValuesError
from shardgen.generators.lookups import SchemaLookups
from shardgen.generators.registry import GENERATORS, generator
from shardgen.random.alias import alias_draw
from shardgen.random.copula import gaussian_copula
from shardgen.random.distributions import DISTRIBUTION_NAMES, Distribution, Uniform
from shardgen.random.inverse_cdf import inverse_cdf_draw
from shardgen.random.permutation import Permutation
from shardgen.random.streams import below, stream_key
from shardgen.schema.types import ColumnType
from shardgen.tables.calendar import days_of
from shardgen.tables.values import Dictionary, Integers, Pool, Values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.generators.correlation import CorrelationSource
    from shardgen.random.streams import Indices, Words
    from shardgen.schema.catalog import Catalog
    from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
    from shardgen.tables.batch import Batch
    from shardgen.tables.unique_sets import UniqueSet

__all__ = [
    "DEFAULT_LOCALE",
    "GENERATORS",
    "BindError",
    "ColumnContext",
    "ColumnFunction",
    "Generator",
    "IndexFunction",
    "NotEnoughValuesError",
    "chance",
    "generator",
]

DEFAULT_LOCALE = "en_US"
_64_BITS = (1 << 64) - 1

ColumnFunction = Callable[["Batch"], Values]
IndexFunction = Callable[["Batch"], "Indices"]


class Generator(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    The parameters of one generator.

    `spellings` maps other names a schema may use for a parameter to the field's own.
    """

    spellings: ClassVar[dict[str, str]] = {}

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """Return the function that makes this column; BindError when it cannot be made."""
        raise NotImplementedError

    def numbers_children(self, table: CatalogTable) -> str | None:
        """Return the foreign key whose children the column numbers, each parent's apart."""
        del table
        return None


class ColumnContext(SchemaLookups):
    """
    The column a generator is bound to: its facts, and the makers every generator builds on.

    `rows` is the row count of the table, `edge_case_probability` the share of cells that take an extreme.
    `unique` says that no value may occur twice, or none `together` with those of other columns: the
    same generators fill such columns, as every one of them draws what it needs by `ticket`.
    """

    def __init__(  # noqa: PLR0913 -- facts, each by name
        self,
        catalog: Catalog,
        table: CatalogTable,
        column: CatalogColumn,
        *,
        rows: int,
        seed: int,
        as_of: dt.date,
        edge_case_probability: float = 0.0,
        together: UniqueSet | None = None,
    ) -> None:
        """Describe the column; `reads` collects the other columns its generator needs."""
        self.catalog = catalog
        self.table = table
        self.column = column
        self.type: ColumnType = column.sql_type
        self.rows = rows
        self.as_of = days_of(as_of)
        self.together = together
        self.unique = column.is_key or together is not None
        self.edge_case_probability = 0.0 if self.unique else edge_case_probability
        self.reads: list[tuple[str, str]] = []
        """The other cells that this one is made from: table and column."""
        self.latent: Callable[[Batch], Words] | None = None
        """Words that rise with the column's values, by which another column can follow them."""
        self.follows: CorrelationSource | None = None
        """What the column follows, once its generator has asked for words that do."""
        self._path = (seed, table.name, column.name)

    @property
    def is_derived(self) -> bool:
        """Whether the column is made from others than the one that it follows."""
        follows = None if self.follows is None else self.follows.cell
        return any(cell != follows for cell in self.reads)

    @property
    def locale(self) -> str:
        """The language and country of names, addresses and phone numbers, such as `de_DE`."""
        return self.column.locale or self.catalog.locale or DEFAULT_LOCALE

    @property
    def scale(self) -> int:
        """Decimal places of the column: 0 for whole numbers, 2 where the type does not say."""
        if self.type.family == "integer":
            return 0
        return self.type.scale if self.type.family == "decimal" else 2

    @property
    def max_length(self) -> int | None:
        """Most characters the column holds; None when there is no limit."""
        return self.type.max_length

    def key(self, purpose: str) -> int:
        """Return the key of this column's stream for `purpose`."""
        return stream_key(*self._path, purpose)

    def seen_from(self, table: str) -> ColumnContext:
        """Return the context as if its table were another: names are looked up there, reads noted."""
        other = copy.copy(self)
        other.table = self.catalog.table(table)
        return other

    def words(self, purpose: str) -> Callable[[Batch], Words]:
        """Return the words of this column's stream for `purpose`."""
        key = self.key(purpose)
        return lambda batch: batch.words(key)

    def value_words(self, *, falling: bool = False) -> Callable[[Batch], Words]:
        """
        Return the words for a draw that rises with them: the greater the word, the greater a value.

        Such a column can be followed by others; where it has a correlation itself, the words follow
        what it says. `falling` draws make lesser values of greater words, as of days ago. The
        caller must not change the words.
        """
        key, correlation = self.key("value"), self.column.correlation
        if correlation is None:
            self.latent = lambda batch: _turned(batch.words(key), falling)
            return lambda batch: batch.words(key)
        from shardgen.generators.correlation import resolve_followed

        self.follows = follows = resolve_followed(self, correlation.column)
        couple, name = gaussian_copula(correlation.rho), self.column.name
        self.latent = lambda batch: couple(follows.words(batch), batch.words(key))
        return lambda batch: _turned(batch.latent(name), falling)

    def shared_words(self, purpose: str) -> Callable[[Batch], Words]:
        """Return words that all columns of this table have in common, for choices that must fit."""
        seed, table, _ = self._path
        key = stream_key(seed, table, "", purpose)
        return lambda batch: batch.words(key)

    def units(
        self,
        distribution: Distribution,
        low: int,
        high: int,
        scale: int,
        *,
        purpose: str = "value",
        falling: bool = False,
    ) -> IndexFunction:
        """
        Return the maker of units of 10^-scale within low … high that follow `distribution`.

        On a unique column it is a bijection from rows to units; on edge cells it is `low` or
        `high`. Those for the purpose "value" are the column's order: its values rise with them, or
        fall where `falling`.
        """
        if low > high:
            msg = f"min {low / 10**scale:g} is above max {high / 10**scale:g}"
            raise BindError(msg)
        if low < -(1 << 63) or high >= 1 << 63:
            msg = f"{low / 10**scale:g} to {high / 10**scale:g} is more than 64 bits hold"
            raise BindError(msg)
        if self.unique:
            if not isinstance(distribution, Uniform):
                kind = DISTRIBUTION_NAMES[type(distribution)]
                msg = f"a unique column cannot follow a {kind} distribution"
                raise BindError(msg, "use uniform, or leave out unique")
            ticket = self.ticket(high - low + 1, purpose=purpose)
            return lambda batch: ticket(batch) + low
        try:
            draw = distribution.prepare(low, high, scale)
        except ValueError as error:
            raise BindError(str(error)) from None
        words = self.value_words(falling=falling) if purpose == "value" else self.words(purpose)
        edges = self.edges()

        def make(batch: Batch) -> Indices:
            values = draw(words(batch))
            if edges is not None:
                rows, upper = edges(batch)
                values[rows] = np.where(upper, high, low)
            return values

        return make

    def ticket(self, size: int, *, purpose: str = "value") -> IndexFunction:
        """
        Return the maker of one of `size` possibilities: any, or each at most once where unique.

        BindError when a unique column has more rows than there are possibilities.
        """
        key = self.key(purpose)
        if not self.unique:
            return lambda batch: below(batch.words(key), size)
        if self.together is not None:
            return self.together.join(size, self.column.name)
        if self.rows > size:
            msg = f"{self.rows} unique values asked for, and only {size} exist"
            raise NotEnoughValuesError(msg, f"ask for at most {size} rows, or leave out unique")
        permutation = Permutation(size, key)
        return lambda batch: permutation(batch.rows)

    def weighted(
        self,
        weights: Sequence[float],
        *,
        purpose: str = "value",
        order: Sequence[int] | None = None,
    ) -> IndexFunction:
        """
        Return the maker of indices by weight.

        `order` has all indices from the least value to the greatest, where values have an order: a
        column that follows another is drawn along it.
        """
        if order is not None and self.column.correlation is not None and len(weights) > 1:
            draw, words = inverse_cdf_draw([weights[n] for n in order]), self.value_words()
            table = np.array(order)
            return lambda batch: table.take(draw(words(batch)))
        draw, words = alias_draw(weights), self.words(purpose)
        return lambda batch: draw(words(batch))

    def combination(self, *sizes: int) -> Callable[[Batch], list[Indices]]:
        """Return the maker of one index below each size; unique columns repeat no combination."""
        total = 1
        for size in sizes:
            total *= size
        ticket = self.ticket(total)

        def make(batch: Batch) -> list[Indices]:
            rest = ticket(batch)
            indices: list[Indices] = []
            for size in reversed(sizes[1:]):
                whole = rest // size
                indices.append(rest - whole * size)
                rest = whole
            return [rest, *reversed(indices)]

        return make

    def pick(
        self,
        values: Sequence[str],
        weights: Sequence[float] | None = None,
        *,
        purpose: str = "value",
        whole: bool = True,
        in_order: bool = False,
    ) -> Callable[[Batch], Dictionary]:
        """
        Return the maker of picks from `values` by weight.

        Picks that are the `whole` cell are made from the values that fit the column. On a unique
        column each is picked at most once, weights aside; on edge cells it is the shortest or the
        longest. Values that are `in_order` mean more the later they stand, so that the column can
        follow another.
        """
        if weights is None:
            weights = [1.0] * len(values)
        limit = self.max_length if whole else None
        if limit is not None and max(map(len, values)) > limit:
            fitting = [(v, w) for v, w in zip(values, weights, strict=True) if len(v) <= limit]
            if not fitting:
                shortest = min(values, key=len)
                msg = f"no value is as short as {limit} characters ({shortest!r} is not)"
                raise BindError(msg, "choose a longer type")
            values, weights = zip(*fitting, strict=True)
        pool = Pool(values)
        if self.unique and whole:
            ticket = self.ticket(len(pool), purpose=purpose)
            return lambda batch: Dictionary(ticket(batch), pool)
        order = range(len(pool)) if in_order else None
        draw, edges = self.weighted(weights, purpose=purpose, order=order), self.edges()
        if edges is None:
            return lambda batch: Dictionary(draw(batch), pool)
        ends = [f(range(len(pool)), key=lambda i: len(pool.values[i])) for f in (min, max)]

        def make(batch: Batch) -> Dictionary:
            indices = draw(batch)
            rows, upper = edges(batch)
            indices[rows] = np.where(upper, ends[1], ends[0])
            return Dictionary(indices, pool)

        return make

    def serial(self) -> Callable[[Batch], Integers]:
        """
        Return the maker of a number that no other row has, of four digits or more.

        Row r gets as many digits as r + 1000 has; within each number of digits the rows are
        shuffled. So the numbers look drawn, and rows added at the end change none of them.
        """
        key = self.key("serial")
        highest = 10 ** len(str(self.rows + 999)) - 1
        decades = range(3, len(str(highest)))
        shuffles = {d: Permutation(9 * 10**d, (key + d) & _64_BITS) for d in decades}

        def make(batch: Batch) -> Integers:
            place = batch.rows + 1000
            numbers = np.empty_like(place)
            for digits, shuffle in shuffles.items():
                start = 10**digits
                inside = np.flatnonzero((place >= start) & (place < 10 * start))
                if inside.size:
                    numbers[inside] = start + shuffle(place[inside] - start)
            return Integers(numbers, 1000, highest)

        return make

    def refuse_unique(self) -> None:
        """Refuse a unique column: for values that follow from other columns, and may repeat."""
        if self.unique:
            what = "follows from other columns, and the column is unique"
            raise BindError(
                what, 'leave out unique, or use a generator of its own, such as "pattern"'
            )

    def edges(self) -> Callable[[Batch], tuple[Indices, NDArray[np.bool_]]] | None:
        """Return which rows take an extreme and whether the upper one; None when none ever do."""
        if not self.edge_case_probability:
            return None
        share, key = self.edge_case_probability, self.key("edge")

        def make(batch: Batch) -> tuple[Indices, NDArray[np.bool_]]:
            words = batch.words(key)
            chosen = np.flatnonzero(chance(words, share))
            return chosen, (words[chosen] & np.uint64(1)).astype(bool)

        return make


def _turned(words: Words, falling: bool) -> Words:  # noqa: FBT001 -- of a private pair
    return ~words if falling else words


def chance(words: Words, share: float) -> NDArray[np.bool_]:
    """Return where a uniform word falls into the first `share` (0 to 1) of all words."""
    if share >= 1:
        return np.ones(words.shape, bool)
    return words < np.uint64(int(share * 2.0**64))
