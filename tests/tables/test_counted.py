"""Children in runs as long as a column of their parent says."""

from __future__ import annotations

import pickle
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.tables import bind, cells, schema_of

import shardgen
from shardgen.errors import SchemaError
from shardgen.tables.counted import fitted

NUMBER = {"type": "int", "generator": "int_range", "generator_params": {"min": 0, "max": 20}}


def schema(parents: int, children: int, number: Any = None, **shape: Any) -> Any:
    shape = {"type": "grouped", "counts": "n", **shape}
    key = {"table": "p", "column": "id", "fan_out": shape}
    columns = {
        "p_id": {"type": "bigint", "foreign_key": key},
        "nth": {"type": "int", "generator": "sequence"},
    }
    return schema_of(p=(parents, {"n": number or NUMBER}), c=(children, columns))


@pytest.mark.parametrize(
    ("parents", "children"), [(1000, 3000), (50, 60), (40_000, 90_000), (8 * 16_384 + 3, 20_000)]
)
def test_a_parent_has_all_of_its_children_or_none(parents, children):
    """In their order, to the last row; of many parents but for one in each block."""
    tables = bind(schema(parents, children))
    keys = cells(tables["c"], "p_id")
    assert keys == sorted(keys)
    asked, counts = cells(tables["p"], "n"), Counter(keys)
    cut = [key for key, count in counts.items() if asked[key - 1] != count]
    assert len(cut) <= parents // 16_384
    assert children == counts.total()


def test_any_range_alone_has_the_rows_of_the_whole():
    """A range, rows in any order, and a table that was pickled."""
    table = bind(schema(30_000, 90_000))["c"]
    whole = cells(table, "p_id")
    assert whole[40_000:40_100] == cells(table, "p_id", range(40_000, 40_100))
    rows = np.random.default_rng(3).permutation(90_000)[:500]
    assert [whole[n] for n in rows] == cells(table, "p_id", rows)
    copied = pickle.loads(pickle.dumps(table))
    assert whole[:50] == cells(copied, "p_id", range(50))


def test_more_rows_than_are_asked_for_are_shared_out():
    """Each parent has what it asks for, and as many beyond that as any other, to within one."""
    tables = bind(schema(30, 900))
    counts = Counter(cells(tables["c"], "p_id"))
    beyond = [counts[n + 1] - asked for n, asked in enumerate(cells(tables["p"], "n"))]
    assert max(beyond) - min(beyond) <= 1


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.data())
def test_counts_have_the_sum_that_is_wanted(asked, data):
    """At most one place has another count than it asks for, where fewer are wanted."""
    total = data.draw(st.integers(0, sum(asked)))
    order = np.array(data.draw(st.permutations(range(len(asked)))))
    counts = fitted(np.array(asked), order, total)
    assert total == counts.sum()
    assert 1 >= sum(1 for n, count in enumerate(counts) if count not in (0, asked[n]))


@pytest.mark.parametrize(
    ("number", "shape", "says"),
    [
        (None, {"counts": "m"}, "no column 'm' in table 'p'"),
        ({"type": "text"}, {}, "'n' is text, and no whole number"),
        ({**NUMBER, "nullable": True}, {}, "'n' may be null"),
        (None, {"min": 1}, "the column says how many"),
    ],
)
def test_what_says_no_number_is_refused(number, shape, says):
    """With the column, and the way out."""
    with pytest.raises(SchemaError, match=says):
        bind(schema(9, 20, number, **shape))


def test_a_number_that_is_broken_is_the_only_mistake():
    """Its rows are bound all the same, and so is what counts them."""
    key = {"table": "p", "column": "id", "fan_out": {"type": "grouped", "counts": "n"}}
    number = {"name": "id", "type": "int", "primary_key": True}
    child = [number, {"name": "p_id", "type": "int", "foreign_key": key}]
    child += [{"name": "nth", "type": "int", "generator": "ordinal"}]
    tables = [
        {"name": "p", "record_count": 9, "columns": [number, {"name": "n"}]},
        {"name": "c", "record_count": 20, "columns": child},
    ]
    raw = {"schema_version": "1.0", "name": "s", "database_type": ["sqlite"], "tables": tables}
    with pytest.raises(SchemaError) as told:
        shardgen.generate(raw)
    assert ["tables.p.columns.n.type"] == [mistake.path for mistake in told.value.mistakes]
