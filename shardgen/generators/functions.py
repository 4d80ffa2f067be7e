"""Functions of a batch that many generators draw with: words, and whole numbers by them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.generators.sources import IndexFunction, WordsFunction
from shardgen.random.copula import GaussianCopula
from shardgen.random.mixed_radix import digits_of
from shardgen.random.permutation import Permutation
from shardgen.random.streams import below, chance

if TYPE_CHECKING:
    from shardgen.random.streams import Draw, Indices, Truths, Words
    from shardgen.tables.batch import Batch

Edges = Callable[["Batch"], "tuple[Indices, Truths]"]
"""Which rows of a batch take an extreme, as positions, and for each of them whether the upper."""
Combination = Callable[["Batch"], "list[Indices]"]
"""Several whole numbers for each row of a batch: an array of int64 for each of the numbers."""


class StreamWords(msgspec.Struct, frozen=True, eq=False):
    """The words of one stream."""

    key: int

    def __call__(self, batch: Batch) -> Words:
        """Return a new array of words."""
        return batch.words(self.key)


class FallingWords(msgspec.Struct, frozen=True, eq=False):
    """The mirror image of words: the greater one of them, the less its image."""

    words: WordsFunction

    def __call__(self, batch: Batch) -> Words:
        """Return a new array of words."""
        return ~self.words(batch)


class LatentWords(msgspec.Struct, frozen=True, eq=False):
    """The words by which the values of a column rise, made once for each batch."""

    column: str

    def __call__(self, batch: Batch) -> Words:
        """Return words that are not to be changed."""
        return batch.latent(self.column)


class CoupledWords(msgspec.Struct, frozen=True, eq=False):
    """Words that follow those of another column, with a stream of their own for the rest."""

    couple: GaussianCopula
    followed: WordsFunction
    key: int

    def __call__(self, batch: Batch) -> Words:
        """Return a new array of words."""
        return self.couple(self.followed(batch), batch.words(self.key))


class DrawnIndices(msgspec.Struct, frozen=True, eq=False):
    """Whole numbers that follow a law, by words."""

    draw: Draw
    words: WordsFunction

    def __call__(self, batch: Batch) -> Indices:
        """Return a new array of numbers."""
        return self.draw(self.words(batch))


class UniformIndices(msgspec.Struct, frozen=True, eq=False):
    """Whole numbers below `size`, each as likely, by the words of a stream."""

    key: int
    size: int

    def __call__(self, batch: Batch) -> Indices:
        """Return a new array of numbers."""
        return below(batch.words(self.key), self.size)


class PermutedRows(msgspec.Struct, frozen=True, eq=False):
    """The image of each row's index under a permutation: no two rows have the same."""

    permutation: Permutation

    def __call__(self, batch: Batch) -> Indices:
        """Return a new array of numbers."""
        return self.permutation(batch.numbers)


class ShiftedIndices(msgspec.Struct, frozen=True, eq=False):
    """Whole numbers, each greater by `by`."""

    indices: IndexFunction
    by: int

    def __call__(self, batch: Batch) -> Indices:
        """Return a new array of numbers."""
        return self.indices(batch) + self.by


class TimesIndices(msgspec.Struct, frozen=True, eq=False):
    """Whole numbers, each times `factor`."""

    indices: IndexFunction
    factor: int

    def __call__(self, batch: Batch) -> Indices:
        """Return a new array of numbers."""
        return self.indices(batch) * self.factor


class DigitsOfIndices(msgspec.Struct, frozen=True, eq=False):
    """Several whole numbers below `sizes`, the digits of one below their product."""

    indices: IndexFunction
    sizes: tuple[int, ...]

    def __call__(self, batch: Batch) -> list[Indices]:
        """Return one array of numbers for each size."""
        return digits_of(self.indices(batch), self.sizes)


class EdgeRows(msgspec.Struct, frozen=True, eq=False):
    """The rows that take an extreme, a share of all by the words of a stream."""

    key: int
    share: float

    def __call__(self, batch: Batch) -> tuple[Indices, Truths]:
        """Return their positions in the batch, and whether each takes the upper extreme."""
        words = batch.words(self.key)
        chosen = np.flatnonzero(chance(words, self.share))
        return chosen, (words[chosen] & np.uint64(1)).astype(bool)


class WithEdges(msgspec.Struct, frozen=True, eq=False):
    """Whole numbers of which some are an extreme: `lower` or `upper`."""

    indices: IndexFunction
    edges: Edges
    lower: int
    upper: int

    def __call__(self, batch: Batch) -> Indices:
        """Return a new array of numbers."""
        values = self.indices(batch)
        rows, is_upper = self.edges(batch)
        values[rows] = np.where(is_upper, self.upper, self.lower)
        return values
