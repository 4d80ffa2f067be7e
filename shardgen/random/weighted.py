"""WeightedIntervals: integer weights side by side, to draw one of a stretch of them by weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shardgen.random.streams import below, below_each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shardgen.random.streams import Indices, Words

_BITS = 61  # of all widths together: sums and products of them fit in 64


class WeightedIntervals:
    """
    A step for each weight, as wide as the weight says, one after the other from 0.

    A weight of 0 is the least width there is: such a step is met only where no other is near.
    """

    def __init__(self, weights: Sequence[float] | Any, parts: int = 1) -> None:
        """
        Lay out the steps, at least one; weights are numbers from 0 up.

        Every width is a multiple of `parts`. Step n lies from `ends[n]` to `ends[n + 1]`.
        """
        given = np.asarray(weights, np.float64)
        most = float(given.max()) or 1.0
        unit = float(1 << (_BITS - len(given).bit_length() - (parts - 1).bit_length()))
        widths = np.rint(given / most * unit).astype(np.int64)
        self.ends = np.concatenate(([0], (np.maximum(widths, 1) * parts).cumsum()))
        total = int(self.ends[-1])
        self._shift = np.uint64(max(0, total.bit_length() - len(given).bit_length() - 2))
        starts = np.arange((total >> int(self._shift)) + 1) << self._shift.astype(np.int64)
        self._guide = self.ends.searchsorted(starts, "right") - 1

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self.ends) - 1

    def draw(self, words: Words) -> Indices:
        """Return a step for each word, by weight."""
        return self.at(below(words, int(self.ends[-1])))

    def draw_within(self, words: Words, first: Indices, stop: Indices) -> Indices:
        """Return a step from `first` to `stop` - 1 for each word, by weight; first < stop."""
        start = self.ends.take(first)
        place = below_each(words, (self.ends.take(stop) - start).view(np.uint64))
        place += start
        return self.at(place)

    def at(self, place: Indices) -> Indices:
        """Return the step at each place: the guide leads to it, or mostly to the one before."""
        step = self._guide.take(place.view(np.uint64) >> self._shift)
        step += self.ends.take(step + 1) <= place
        before = np.flatnonzero(self.ends.take(step + 1) <= place)
        if before.size:
            step[before] = self.ends.searchsorted(place[before], "right") - 1
        return step
