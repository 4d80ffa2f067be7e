"""
Which interval a word lies in: the guide table of Chen and Asau (1974).

Intervals lie side by side from 0 on. A table over the high bits of words says which interval a word
has at least; nearly always it is that one or the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.random.streams import Draw, Indices, Words

_ONE = np.uint64(1)
_DOUBLINGS = 5  # of a guide table, beyond one cell for each interval
_LONG = 17  # bits of a cell's number, from which on two doublings are enough: memory counts
_FEW_DOUBLINGS = 2


class GuideTable(msgspec.Struct, frozen=True, eq=False):
    """
    Finds the first interval whose last word is not below a word; built by `guide_table`.

    `least` has the least interval of each cell, `shift` the bits below a cell's number. In cells
    that are `crowded` one step from the least may be too few; None where no cell is.
    """

    last: Words
    shift: np.uint64
    least: Indices
    crowded: NDArray[np.bool_] | None

    def __call__(self, word: Words) -> Indices:
        """Return the interval of each word: int64, same shape. No word is above the last of all."""
        cell = (word >> self.shift).view(np.int64)
        index = self.least.take(cell)
        index += word > self.last.take(index)
        if self.crowded is not None:
            many = np.flatnonzero(self.crowded.take(cell))
            index[many] = self.last.searchsorted(word[many])
        return index


class FirstOfOne(msgspec.Struct, frozen=True, eq=False):
    """The draw among a single possibility: index 0 for every word."""

    def __call__(self, word: Words) -> Indices:
        """Return zeros."""
        return np.zeros(word.shape, np.int64)


def guide_table(last: Words) -> Draw:
    """
    Return the function from words to the index of the interval that each lies in.

    `last` has the last word of every interval, uint64 and rising. The table is doubled until no
    cell has more than two intervals, up to 32 cells for each; long tables up to 4.
    """
    if len(last) == 1:
        return FirstOfOne()
    top = int(last[-1]).bit_length()
    fewest = max(1, (len(last) - 1).bit_length())
    doublings = _DOUBLINGS if fewest + _DOUBLINGS <= _LONG else _FEW_DOUBLINGS
    for bits in range(fewest, fewest + doublings + 1):
        shift = np.uint64(max(0, top - bits))
        lowest = np.arange((int(last[-1]) >> int(shift)) + 1, dtype=np.uint64) << shift
        least = last.searchsorted(lowest)
        crowded = last.searchsorted(lowest | ((_ONE << shift) - _ONE)) > least + 1
        if not crowded.any():
            return GuideTable(last, shift, least, None)
    return GuideTable(last, shift, least, crowded)
