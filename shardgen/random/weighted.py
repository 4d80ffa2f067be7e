"""Integer weights side by side, to draw one of a stretch of them by weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shardgen.random.guide_table import guide_table
from shardgen.random.streams import below, below_each, words_of_shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shardgen.random.streams import Indices, Words

_BITS = 61  # of all widths together: sums and products of them fit in 64
_ONE = np.uint64(1)


class WeightedIntervals:
    """
    An interval for each weight, as wide as the weight says, one after the other from 0.

    A weight of 0 has the least width there is: its interval is met only where no other is near.
    Interval n lies from `ends[n]` to `ends[n + 1]`; their number is `len`.
    """

    def __init__(self, weights: Sequence[float] | Any, multiple: int = 1) -> None:
        """
        Lay out the intervals, at least one; weights are numbers from 0 up.

        Every width is a multiple of `multiple`.
        """
        given = np.asarray(weights, np.float64)
        most = float(given.max()) or 1.0
        unit = float(1 << (_BITS - len(given).bit_length() - (multiple - 1).bit_length()))
        widths = np.rint(given / most * unit).astype(np.int64)
        self.ends: Indices = np.concatenate(([0], (np.maximum(widths, 1) * multiple).cumsum()))
        self._find = guide_table(self.ends[1:].astype(np.uint64) - _ONE)

    def __len__(self) -> int:
        """Return the number of intervals."""
        return len(self.ends) - 1

    def draw(self, words: Words) -> Indices:
        """Return an interval for each word, by weight: int64, same shape."""
        return self.at(below(words, int(self.ends[-1])))

    def split(self, words: Words) -> tuple[Indices, Words]:
        """
        Return an interval for each word as `draw` does, and where in it the word lies as a word.

        Of words in one interval, the greater ones have the greater words within it.
        """
        position = below(words, int(self.ends[-1]))
        interval = self.at(position)
        start = self.ends.take(interval)
        share = (position - start) / (self.ends.take(interval + 1) - start)
        return interval, words_of_shares(share)

    def draw_within(self, words: Words, first: Indices, stop: Indices) -> Indices:
        """Return an interval from `first` to `stop` - 1 for each word, by weight; first < stop."""
        start = self.ends.take(first)
        position = below_each(words, (self.ends.take(stop) - start).view(np.uint64))
        position += start
        return self.at(position)

    def at(self, positions: Indices) -> Indices:
        """Return the interval that each position lies in, from 0 to below `ends[-1]`."""
        return self._find(positions.view(np.uint64))
