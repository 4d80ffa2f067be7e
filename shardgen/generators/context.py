"""
The column that a generator is bound to: its facts, and the functions that every generator draws by.

Everything random, unique or extreme comes from here, so that no generator has its own way of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.errors import BindError, NotEnoughValuesError
from shardgen.generators.column_streams import ColumnStreams
from shardgen.generators.facts import (
    EdgeFact,
    IndexFact,
    JointFact,
    NumberFact,
    UniqueFact,
    WeightsFact,
)
from shardgen.generators.functions import (
    DigitsOfIndices,
    DrawnIndices,
    EdgeRows,
    Edges,
    PermutedRows,
    ShiftedIndices,
    TimesIndices,
    UniformIndices,
    WithEdges,
)
from shardgen.generators.sources import (
    ColumnDraw,
)
from shardgen.generators.value_functions import Picks, SerialNumbers
from shardgen.generators.weighted_strings import WeightedStrings
from shardgen.random.alias import alias_draw
from shardgen.random.distributions import (
    DISTRIBUTION_NAMES,
    Distribution,
    Uniform,
)
from shardgen.random.draws import ListedDraw
from shardgen.random.inverse_cdf import inverse_cdf_draw
from shardgen.random.permutation import Permutation
from shardgen.tables.precision import least_gap

if TYPE_CHECKING:
    from shardgen.random.streams import Draw, Indices, Words
    from shardgen.tables.values import Dictionary

_FINER = {"float": "use double or decimal", "double": "use decimal"}
_64_BITS = (1 << 64) - 1


class ColumnContext(ColumnStreams):
    """The column a generator is bound to, and what it draws: numbers, picks, unique values."""

    # Whole numbers

    def units(
        self, distribution: Distribution, low: int, high: int, scale: int
    ) -> ColumnDraw[Indices]:
        """
        Return the draw of units of 10^-scale within low … high that follow `distribution`.

        The column's values have to rise with them. On a unique column it is a bijection from rows
        to units; on edge cells it is `low` or `high`. BindError when the bounds contradict each
        other, the distribution or 64 bits, or a unique column has another distribution than
        uniform.
        """
        if self.unique:
            return self._unique_units(distribution, low, high, scale)
        self._note(NumberFact(distribution, low, high, scale))
        return self._drawn_units(self.value_words(), distribution, low, high, scale)

    def falling_units(
        self, distribution: Distribution, low: int, high: int, scale: int
    ) -> ColumnDraw[Indices]:
        """Return the draw of units where the column's values fall with them; else as `units`."""
        if self.unique:
            return self._unique_units(distribution, low, high, scale)
        self._note(NumberFact(distribution, low, high, scale))
        return self._drawn_units(self.falling_words(), distribution, low, high, scale)

    def other_units(
        self, purpose: str, distribution: Distribution, low: int, high: int
    ) -> ColumnDraw[Indices]:
        """
        Return the draw of whole numbers for `purpose`, which do not say the order of the values.

        Else as `units`.
        """
        if self.unique:
            return self._unique_units(distribution, low, high, 0, purpose)
        self._note(NumberFact(distribution, low, high, 0))
        words: ColumnDraw[Words] = ColumnDraw(compute=self.words(purpose))
        return self._drawn_units(words, distribution, low, high, 0)

    def _unique_units(
        self,
        distribution: Distribution,
        low: int,
        high: int,
        scale: int,
        purpose: str = "value",
    ) -> ColumnDraw[Indices]:
        _check_bounds(low, high, scale)
        if not isinstance(distribution, Uniform):
            kind = DISTRIBUTION_NAMES[type(distribution)]
            msg = f"a unique column cannot follow a {kind} distribution"
            raise BindError(msg, "use uniform, or leave out unique")
        width = self._unique_width(low, high, scale)
        bottom, top = -(-low // width), high // width
        if width > 1:
            self._check_grid(top - bottom + 1, Decimal(width).scaleb(-scale))
        index = self.unique_index(top - bottom + 1, purpose=purpose)
        units = index.then(ShiftedIndices(index.compute, bottom))
        if width > 1:
            units = units.then(TimesIndices(units.compute, width))
        return msgspec.structs.replace(units, apart=Decimal(width).scaleb(-scale))

    def _unique_width(self, low: int, high: int, scale: int) -> int:
        """
        Return of which power of ten unique units are multiples.

        A float type keeps only so many bits: units that are closer may become one in a database.
        """
        bits = self.type.float_bits
        if bits is None:
            return 1
        gap = least_gap(max(-low, high), scale, bits)
        return 10 ** len(str(gap - 1)) if gap > 1 else 1

    def _check_grid(self, size: int, step: Decimal) -> None:
        if size < 1 or (self.unique_set is None and self.rows > size):
            msg = (
                f"{self.rows} unique values asked for, and of these bounds a {self.type} keeps "
                f"only {size} apart, {step.normalize():f} from each other"
            )
            raise NotEnoughValuesError(
                msg, f"{_FINER[self.type.name]}, or ask for fewer rows", max(size, 0)
            )

    def _drawn_units(
        self,
        words: ColumnDraw[Words],
        distribution: Distribution,
        low: int,
        high: int,
        scale: int,
    ) -> ColumnDraw[Indices]:
        _check_bounds(low, high, scale)
        try:
            draw = distribution.prepare(low, high, scale)
        except ValueError as error:
            raise BindError(str(error)) from None
        return self.with_edges(words.then(DrawnIndices(draw, words.compute)), low, high)

    def unique_index(self, size: int, *, purpose: str = "value") -> ColumnDraw[Indices]:
        """
        Return the draw of one of `size` possibilities: any, or each at most once where unique.

        NotEnoughValuesError when a unique column has more rows than there are possibilities.
        """
        key = self.key(purpose)
        if not self.unique:
            self._note(IndexFact(size))
            return ColumnDraw(compute=UniformIndices(key, size))
        if self.unique_set is not None:
            self._note(JointFact(size))
            index = self.unique_set.join(size, self.column.name)
            return ColumnDraw(compute=index, joins_unique_set=True)
        if self.rows > size:
            msg = f"{self.rows} unique values asked for, and only {size} exist"
            raise NotEnoughValuesError(
                msg, f"ask for at most {size} rows, or leave out unique", size
            )
        self._note(UniqueFact(size, self.rows))
        return ColumnDraw(compute=PermutedRows(Permutation(size, key)))

    def combination(self, *sizes: int) -> ColumnDraw[list[Indices]]:
        """Return the draw of one index below each size; unique columns repeat no combination."""
        total = 1
        for size in sizes:
            total *= size
        index = self.unique_index(total)
        return index.then(DigitsOfIndices(index.compute, sizes))

    def weighted(self, weights: Sequence[float], *, purpose: str = "value") -> ColumnDraw[Indices]:
        """Return the draw of indices by weight, in no order."""
        self._note(WeightsFact(len(weights)))
        return ColumnDraw(compute=DrawnIndices(alias_draw(weights), self.words(purpose)))

    def weighted_in_order(
        self, weights: Sequence[float], order: Sequence[int]
    ) -> ColumnDraw[Indices]:
        """
        Return the draw of indices by weight, where values have an order.

        `order` has all indices from the least value to the greatest: a column that follows another
        is drawn along it.
        """
        if self._follows is None or len(weights) == 1:
            return self.weighted(weights)
        self._note(WeightsFact(len(weights)))
        words = self.value_words()
        draw = ListedDraw(np.array(order), inverse_cdf_draw([weights[n] for n in order]))
        return words.then(DrawnIndices(draw, words.compute))

    def with_edges(
        self, indices: ColumnDraw[Indices], lower: int, upper: int
    ) -> ColumnDraw[Indices]:
        """Return a draw that is `lower` or `upper` on edge cells."""
        edges = self.edges()
        if edges is None:
            return indices
        return indices.then(WithEdges(indices.compute, edges, lower, upper))

    def edges(self) -> Edges | None:
        """Return which rows take an extreme and whether the upper one; None when none ever do."""
        if not self.edge_case_probability:
            return None
        self._note(EdgeFact(self.edge_case_probability))
        return EdgeRows(self.key("edge"), self.edge_case_probability)

    # Strings and numbers of rows

    def pick(self, strings: WeightedStrings) -> ColumnDraw[Dictionary]:
        """
        Return the draw of a cell that is one of `strings`, by weight, of those that fit the column.

        On a unique column each is picked at most once, weights aside; on edge cells it is the
        shortest or the longest. BindError when not one of them fits.
        """
        strings = strings.up_to(self.max_length)
        if self.unique:
            return self._unique_pick(strings)
        self._note(WeightsFact(len(strings)))
        return self._pick(strings, ColumnDraw(compute=self._drawn(strings.draw, "value")))

    def pick_in_order(self, strings: WeightedStrings) -> ColumnDraw[Dictionary]:
        """
        Return the draw of a cell where strings mean more the later they stand; else as `pick`.

        So the column can follow another.
        """
        strings = strings.up_to(self.max_length)
        if self.unique:
            return self._unique_pick(strings)
        return self._pick(strings, self.weighted_in_order(strings.weights, range(len(strings))))

    def pick_word(self, strings: WeightedStrings, purpose: str) -> ColumnDraw[Dictionary]:
        """Return the draw of one of `strings` by weight that is not all of the cell."""
        self._note(WeightsFact(len(strings)))
        return self._pick(strings, ColumnDraw(compute=self._drawn(strings.draw, purpose)))

    def _drawn(self, draw: Draw, purpose: str) -> DrawnIndices:
        return DrawnIndices(draw, self.words(purpose))

    def _unique_pick(self, strings: WeightedStrings) -> ColumnDraw[Dictionary]:
        index = self.unique_index(len(strings))
        return index.then(Picks(index.compute, strings.pool))

    def _pick(self, strings: WeightedStrings, index: ColumnDraw[Indices]) -> ColumnDraw[Dictionary]:
        if self.edge_case_probability:
            ends = [
                f(range(len(strings)), key=lambda i: len(strings.values[i])) for f in (min, max)
            ]
            index = self.with_edges(index, *ends)
        return index.then(Picks(index.compute, strings.pool))

    def serial(self) -> SerialNumbers:
        """Return a number that no other row has, of four digits or more, on any column."""
        key = self.key("serial")
        highest = 10 ** len(str(self.rows + 999)) - 1
        decades = range(3, len(str(highest)))
        shuffles = {d: Permutation(9 * 10**d, (key + d) & _64_BITS) for d in decades}
        return SerialNumbers(shuffles, highest)

    def refuse_unique(self) -> None:
        """Refuse a unique column: for values that follow from other columns, and may repeat."""
        if self.unique:
            what = "follows from other columns, and the column is unique"
            raise BindError(
                what, 'leave out unique, or use a generator of its own, such as "pattern"'
            )


def _check_bounds(low: int, high: int, scale: int) -> None:
    if low > high:
        msg = f"min {low / 10**scale:g} is above max {high / 10**scale:g}"
        raise BindError(msg)
    if low < -(1 << 63) or high >= 1 << 63:
        msg = f"{low / 10**scale:g} to {high / 10**scale:g} is more than 64 bits hold"
        raise BindError(msg)
