"""
Tables of ready bytes, which fields are looked up in: any texts, dates, hexadecimal digits.

A table is made once for a column's bounds and kept from batch to batch.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from shardgen.tables.calendar import civil

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

CHUNK = 16  # bytes that are copied at once


class LookupTable:
    """Ready bytes: the rows of a byte matrix, each a text padded with NULs."""

    def __init__(self, matrix: Bytes, lengths: NDArray[np.uint32] | None = None) -> None:
        """Keep a matrix with a row for each entry; `lengths` where NULs are a part of them."""
        self.matrix = matrix
        self.width = matrix.shape[1]
        self._lengths = lengths

    @classmethod
    def of(cls, texts: list[bytes]) -> LookupTable:
        """Return the table of these texts, at least one byte wide."""
        padded = np.array(texts, np.bytes_)
        return cls(padded.view(np.uint8).reshape(len(texts), padded.itemsize))

    @classmethod
    def of_bytes(cls, entries: list[bytes]) -> LookupTable:
        """Return the table of any bytes, NULs included; only the compiled writer takes it."""
        lengths = np.fromiter(map(len, entries), np.uint32, len(entries))
        return cls(cls.of(entries).matrix, lengths)

    @cached_property
    def padded(self) -> Bytes:
        """The matrix with rows of whole chunks."""
        padded = np.zeros((len(self.matrix), -(-self.width // CHUNK) * CHUNK), np.uint8)
        padded[:, : self.width] = self.matrix
        return padded

    @cached_property
    def lengths(self) -> NDArray[np.uint32]:
        """The bytes of each entry's text."""
        if self._lengths is not None:
            return self._lengths
        lengths: NDArray[np.uint32] = np.count_nonzero(self.matrix, axis=1).astype(np.uint32)
        return lengths


def date_table(days: Any, hyphen: str, before: str, after: str) -> LookupTable:
    """Return these days as YYYY, MM and DD with hyphens between, each between two texts."""
    year, month, day = civil(days)
    digits = [*_two(year // 100), *_two(year % 100), *_two(month), *_two(day)]
    hyphens = [np.full(len(days), ord(h), np.uint8) for h in hyphen]
    body = [*digits[:4], *hyphens, *digits[4:6], *hyphens, *digits[6:]]
    return _framed(np.column_stack(body), before, after)


def day_table(hyphen: str, after: str) -> LookupTable:
    """Return "-MM-DD" at month * 32 + day."""
    month, day = np.divmod(np.arange(13 * 32), 32)
    hyphens = [np.full(len(month), ord(h), np.uint8) for h in hyphen]
    return _framed(np.column_stack([*hyphens, *_two(month), *hyphens, *_two(day)]), "", after)


def _two(number: Any) -> list[Bytes]:
    return [(n + ord("0")).astype(np.uint8) for n in (number // 10, number % 10)]


def _framed(body: Bytes, before: str, after: str) -> LookupTable:
    sides = [np.frombuffer(text.encode(), np.uint8) for text in (before, after)]
    left, right = (np.broadcast_to(s, (len(body), len(s))) for s in sides)
    return LookupTable(np.hstack((left, body, right)))


def hex_table(after: str) -> LookupTable:
    """Return 0000 to ffff, each followed by a text."""
    alphabet = np.frombuffer(b"0123456789abcdef", np.uint8)
    digits = alphabet[np.arange(65_536)[:, None] >> np.array([12, 8, 4, 0]) & 15]
    return _framed(digits, "", after)
