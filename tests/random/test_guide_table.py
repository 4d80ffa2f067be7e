"""The guide table finds the interval that a search by halves finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shardgen.random.guide_table import guide_table
from shardgen.random.streams import words

TOP = (1 << 64) - 1


@given(st.lists(st.integers(0, TOP), min_size=1, max_size=80, unique=True), st.integers(0, 1 << 20))
@settings(max_examples=150, deadline=None)
def test_a_word_is_in_the_first_interval_that_does_not_end_before_it(ends, seed):
    """For intervals of any widths, whatever the last word of all."""
    last = np.array(sorted(ends), np.uint64)
    inside = [end for end in ends if end > 0]
    probes = [0, *ends, *(end - 1 for end in inside), *(e + 1 for e in ends if e < max(ends))]
    word = np.array(probes, np.uint64)
    word = np.concatenate((word, words(seed, np.arange(100)) % (last[-1] or np.uint64(1))))
    assert last.searchsorted(word).tolist() == guide_table(last)(word).tolist()


@pytest.mark.parametrize("count", [2, 1000, 300_000])
def test_a_long_table_takes_little_memory(count):
    """At most 32 cells for each interval, 8 where they are very many; also if all are crowded."""
    last = np.append(np.arange(count - 1, dtype=np.uint64), np.uint64(TOP))
    table = guide_table(last)
    assert len(table.least) <= (64 if count < 10_000 else 8) * count
    word = np.concatenate((last, words(3, np.arange(1000))))
    assert last.searchsorted(word).tolist() == table(word).tolist()
