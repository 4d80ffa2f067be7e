"""Draws of which others are made: numbers each as likely, shifted, or of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from shardgen.random.streams import below

if TYPE_CHECKING:
    from shardgen.random.streams import Draw, Indices, Words


class UniformDraw(msgspec.Struct, frozen=True, eq=False):
    """Draws `size` numbers from `low` on, each as likely."""

    size: int
    low: int

    def __call__(self, word: Words) -> Indices:
        """Return a number for each word: int64, same shape, rising with the word."""
        value = below(word, self.size)
        value += self.low
        return value


class ShiftedDraw(msgspec.Struct, frozen=True, eq=False):
    """The numbers of another draw, each greater by `low`."""

    draw: Draw
    low: int

    def __call__(self, word: Words) -> Indices:
        """Return a number for each word: int64, same shape."""
        value = self.draw(word)
        value += self.low
        return value


class ListedDraw(msgspec.Struct, frozen=True, eq=False):
    """Numbers of a table, by the indices that another draw gives."""

    table: Indices
    draw: Draw

    def __call__(self, word: Words) -> Indices:
        """Return a number for each word: int64, same shape."""
        return self.table.take(self.draw(word))
