"""Lists: offsets and elements in one column, as Arrow has them."""

from __future__ import annotations

import numpy as np
import pytest

from shardgen.schema.types import parse_type
from shardgen.tables.casts import cast, check_fit
from shardgen.tables.list_values import Lists, offsets_of
from shardgen.tables.values import Decimals, Dictionary, Integers, Pool


def integers(*lists: list[int | None]) -> Lists:
    """Return lists of small numbers."""
    flat = [0 if n is None else n for each in lists for n in each] or [0]
    null = np.array([n is None for each in lists for n in each] or [False])
    counts = np.array([len(each) for each in lists], np.int64)
    values = Integers(np.array(flat, np.int64), 0, 9)
    return Lists(offsets_of(counts), values, 3, null if null.any() else None)


def test_offsets_say_which_elements_are_a_rows():
    """One more of them than rows, from 0, as Arrow lays lists out."""
    made = integers([1, 2], [], [3])
    assert [0, 2, 2, 3] == made.offsets.tolist()
    assert [[1, 2], [], [3]] == made.python()


@pytest.mark.parametrize("index", [[2, 0, 2], [1], [], [1, 1], [0, 1, 2, 3]])
def test_rows_are_taken_with_their_elements(index):
    """Any rows in any order, each as often as asked, NULLs where they were."""
    lists = [[1, None], [], [None], [3, 4, 5]]
    made = integers(*lists).take(np.array(index, np.int64))
    assert [lists[n] for n in index] == made.python()
    assert len(made.values.values) > 0, "there is an element, so that its bounds are known"


def test_lists_of_lists_are_taken():
    """An element may be a list itself."""
    inner = integers([1, 2], [3, 4], [5, 6])
    made = Lists(np.array([0, 2, 2, 3]), inner, 2)
    assert [[[1, 2], [3, 4]], [], [[5, 6]]] == made.python()
    assert [[[5, 6]], [], [[1, 2], [3, 4]]] == made.take(np.array([2, 1, 0])).python()


def test_elements_are_cast_to_the_type_of_the_array():
    """What may fill a column of a type may fill its arrays; what may not is refused as there."""
    made = cast(integers([1], [2, 3]), parse_type("decimal(6,2)[]"))
    assert isinstance(made, Lists)
    assert isinstance(made.values, Decimals)
    with pytest.raises(ValueError, match="yields text, and the column is int"):
        cast(
            Lists(np.array([0, 1]), Dictionary(np.zeros(1, int), Pool(["a"])), 1),
            parse_type("int[]"),
        )
    with pytest.raises(ValueError, match="yields whole numbers, and the column is int\\[\\]"):
        cast(Integers(np.zeros(1, np.int64), 0, 0), parse_type("int[]"))


def test_elements_beyond_their_type_are_refused():
    """By their bounds, which hold in every batch."""
    made = Lists(np.array([0, 1]), Integers(np.array([5]), 0, 200), 1)
    with pytest.raises(ValueError, match="values such as 200, and tinyint holds -128 to 127"):
        check_fit(made, parse_type("tinyint[]"))
