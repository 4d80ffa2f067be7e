"""Relations: the parent of every row of a batch, and the key that stands in the child's row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from support.tables import bind, schema_of

from shardgen.tables.batch import BATCH_ROWS, Batch, BoundTable

CHILDREN = 1_000_000
SHAPES = ("random", "unique", "grouped", "self")
ROWS = pytest.mark.parametrize("rows", [BATCH_ROWS], ids="rows={}".format)
PARENTS = pytest.mark.parametrize("parents", [1000, 250_000], ids="parents={}".format)
KEYS = {
    "number": {"type": "bigint", "primary_key": True},
    "uuid": {"type": "uuid", "primary_key": True, "generator": "uuid"},
}


def child_table(shape: str, parents: int, key: str = "number") -> BoundTable:
    """A table of a million rows that refer to `parents` others, or to their own."""
    foreign: dict[str, Any] = {"table": "parent", "column": "id"}
    children = min(CHILDREN, parents) if shape == "unique" else CHILDREN
    if shape == "self":
        foreign["table"] = "child"
    else:
        foreign["fan_out"] = shape
    own = {"id": KEYS["number"], "p": {"type": KEYS[key]["type"], "foreign_key": foreign}}
    if shape == "self":
        return bind(schema_of(child=(children, own)))["child"]
    return bind(schema_of(parent=(parents, {"id": KEYS[key]}), child=(children, own)))["child"]


def parent_rows(batch: Batch) -> Any:
    drawn = batch.parents("p")
    return drawn.batch.rows if drawn.index is None else drawn.batch.rows[drawn.index]


def check(table: BoundTable, shape: str, parents: int) -> None:
    """What the shape promises holds for a whole batch."""
    size = min(BATCH_ROWS, table.rows)
    rows = parent_rows(Batch.of_range(table, 0, size))
    assert 0 <= rows.min() <= rows.max() < (table.rows if shape == "self" else parents)
    distinct = len(np.unique(rows))
    if shape == "self":
        assert (rows[1:] < np.arange(1, size)).all()
    elif shape == "unique":
        assert distinct == size
    elif shape == "grouped":
        assert np.count_nonzero(np.diff(rows)) + 1 == distinct, "runs, one for each parent"
    else:
        assert distinct > min(parents, size) * 0.9


@ROWS
@PARENTS
@pytest.mark.parametrize("shape", SHAPES)
def test_draw(measure, batches, rows, shape, parents):
    """For a unique relation there are as many children as parents."""
    table = child_table(shape, parents)
    check(table, shape, parents)
    batch, rows = batches(table), min(rows, table.rows)
    measure(lambda: batch().parents("p"), rows=rows, size=8 * rows)


@ROWS
@PARENTS
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("shape", ["random", "grouped"])
def test_key(measure, batches, rows, shape, parents, key):
    """A counted key is the parent's row + 1; any other is made again for the rows drawn."""
    table = child_table(shape, parents, key)
    batch = batches(table)
    width = 8 if key == "number" else 36
    made = measure(lambda: batch().column("p"), rows=rows, size=rows * width)
    assert len(made.python()) == rows
    first = Batch.of_range(table, 0, rows)
    parent = Batch(first.parents("p").batch.table, parent_rows(first))
    assert parent.column("id").python() == first.column("p").python()


@ROWS
@PARENTS
def test_ordinal(measure, batches, rows, parents):
    """Only grouped rows know which child of their parent they are."""
    table = child_table("grouped", parents)
    batch = batches(table)
    measure(lambda: batch().ordinal("p"), rows=rows, size=8 * rows)
    ordinal = Batch.of_range(table, 0, rows).ordinal("p")
    each = CHILDREN // parents
    assert (np.arange(rows) % each == ordinal.values).all()
