"""
Correlation: what a column costs that follows another one, beside the same column alone.

The followed column is not made, only the words that say where its values stand. Bytes are 8 for a
word or a value.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from support.tables import bind, schema_of

from shardgen.random.copula import gaussian_copula
from shardgen.random.streams import stream_key, words
from shardgen.tables.batch import BATCH_ROWS, Batch, BoundTable

ROWS = pytest.mark.parametrize("rows", [BATCH_ROWS], ids="rows={}".format)
PARENTS, CHILDREN = 100_000, 1_000_000
LAW = {"distribution": "lognormal", "median": 5000, "sigma": 0.8, "max": 1_000_000}
NUMBER = {"type": "int", "generator": "int_range", "generator_params": LAW}
LEVELS = {"values": ["low", "medium", "high"]}
CASES: dict[str, tuple[str, str]] = {  # id: table and column
    "alone": ("child", "alone"),
    "column": ("child", "of_column"),
    "chain-of-2": ("child", "of_follower"),
    "parent": ("child", "of_parent"),
    "grandparent": ("grandchild", "of_grandparent"),
    "count": ("parent", "of_count"),
    "choice-alone": ("child", "level"),
    "choice": ("child", "level_of_column"),
}


def follows(column: str, facts: dict[str, Any] = NUMBER) -> dict[str, Any]:
    return {**facts, "correlation": {"column": column, "rho": -0.7}}


def key(table: str) -> dict[str, Any]:
    fan_out = {"type": "grouped", "distribution": "poisson"}
    foreign = {"table": table, "column": "id", "fan_out": fan_out}
    return {"type": "bigint", "foreign_key": foreign}


def tables() -> dict[str, BoundTable]:
    """Three tables in a row whose columns follow each other."""
    level = {"type": "varchar(9)", "generator": "enum", "generator_params": LEVELS}
    child = {
        "parent_id": key("parent"),
        "alone": NUMBER,
        "of_column": follows("alone"),
        "of_follower": follows("of_column"),
        "of_parent": follows("parent.score"),
        "level": level,
        "level_of_column": follows("alone", level),
    }
    made: dict[str, BoundTable] = bind(
        schema_of(
            parent=(PARENTS, {"score": NUMBER, "of_count": follows("count(child)")}),
            child=(CHILDREN, child),
            grandchild=(
                CHILDREN,
                {"child_id": key("child"), "of_grandparent": follows("child.parent.score")},
            ),
        )
    )
    return made


@ROWS
@pytest.mark.parametrize("case", CASES)
def test_column(measure, batches, rows, case):
    """Relations are drawn as well where a parent is followed."""
    name, column = CASES[case]
    table = tables()[name]
    batch = batches(table)
    made = measure(lambda: batch().column(column), rows=rows, size=8 * rows)
    assert rows == len(made.python())
    half = Batch(table, np.arange(1, rows, 2)).column(column).python()
    assert Batch.of_range(table, 0, rows).column(column).python()[1::2] == half


@ROWS
def test_couple(measure, rows):
    """Two words to one that follows the first."""
    followed, own = (words(stream_key("bench", name), np.arange(rows)) for name in "ab")
    couple = gaussian_copula(-0.7)
    made = measure(lambda: couple(followed, own), rows=rows, size=8 * rows)
    shares = np.corrcoef([word.astype(np.float64) for word in (followed, made)])
    assert shares[0, 1] == pytest.approx(-0.7, abs=0.03)


def test_prepare(measure):
    """What the first correlation of a process costs before its first row; the rest cost less."""
    from shardgen.random import copula

    def first() -> Any:
        copula._tail_nodes.cache_clear()
        copula._phi_nodes.cache_clear()
        word = np.zeros(1, np.uint64)
        return gaussian_copula(-0.7)(word, word)

    made = measure(first, rows=1, size=8)
    assert made.shape == (1,)
