"""
Values of arrays: for each row a list, in the layout that Arrow has for lists.

All elements of a batch stand one after the other in a column of their own, and offsets say which of
them are a row's. So whatever makes, casts and writes values of the elements' type serves lists too.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import msgspec
import numpy as np

from shardgen.random.overriding import override
from shardgen.tables.rare_values import Bits, Bytes
from shardgen.tables.text_lengths import LongestText, longest, max_length
from shardgen.tables.values import ColumnValues, Dictionary, Text

if TYPE_CHECKING:
    from shardgen.random.streams import Indices, Truths
    from shardgen.schema.types import ColumnType

_OTHER_LETTERS = 24  # of a number or a time
_PUNCTUATION = 4  # quotes, a comma and what a NULL needs more


class Lists(ColumnValues, frozen=True, eq=False):
    """
    Lists of up to `most` elements: those of row i are `values[offsets[i] : offsets[i + 1]]`.

    `offsets` begin with 0 and are one more than the rows. `null` says which elements are null; None
    where none ever is. `values` has at least one element, be it of no row, so that its kind and its
    bounds are known. Elements that are documents (`is_json`) are texts of JSON. What is a list of
    lists has `values` that are Lists.
    """

    offsets: Indices
    values: ColumnValues
    most: int
    null: Truths | None = None
    is_json: bool = False

    @property
    def lengths(self) -> Indices:
        """How many elements each row has."""
        return np.diff(self.offsets)

    @override
    def take(self, index: Indices) -> Self:
        starts = self.offsets[:-1].take(index)
        counts = self.lengths.take(index)
        offsets = offsets_of(counts)
        chosen = np.repeat(starts - offsets[:-1], counts) + np.arange(offsets[-1])
        if not len(chosen):
            chosen = np.zeros(1, np.int64)
        null = None if self.null is None else self.null.take(chosen)
        values = self.values.take(chosen)
        return msgspec.structs.replace(self, offsets=offsets, values=values, null=null)

    @override
    def python(self) -> list[list[Any]]:
        elements: list[Any] = self.values.python()
        if self.null is not None:
            for n in np.flatnonzero(self.null).tolist():
                elements[n] = None
        return [elements[start:end] for start, end in pairwise(self.offsets.tolist())]


def offsets_of(counts: Indices) -> Indices:
    """Return the offsets of lists of so many elements: 0, and where each of them ends."""
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def cast_lists(
    values: Lists, to: ColumnType, cast: Callable[[ColumnValues, ColumnType], ColumnValues]
) -> Lists:
    """Return lists whose elements are as the array type `to` stores them; errors as of `cast`."""
    assert to.element is not None, "only arrays are stored as lists"
    made = cast(values.values, to.element)
    return msgspec.structs.replace(values, values=made, is_json=to.element.family == "json")


def most_letters(values: Lists, measure: LongestText | None = None) -> int:
    """Return the most letters of a list as text without escapes; `measure` says their sizes."""
    element = values.values
    match element:
        case Lists():
            size = most_letters(element, measure)
        case Bytes(digits=text) | Bits(digits=text):
            size = max_length(text)
        case Dictionary() | Text():
            size = max_length(element) if measure is None else longest(element, measure)
        case _:
            size = _OTHER_LETTERS
    return 2 + values.most * (size + _PUNCTUATION)
