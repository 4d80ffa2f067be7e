"""
Strategies for Hypothesis: rows and data sets that shrink by row.

What is drawn is which rows, never what is in them: a failing example has as few rows as fail, and
the first ones of their table.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from shardgen.errors import Mistake, PlanError
from shardgen.execution.dataset import Dataset, generate
from shardgen.plan.load import SchemaSource, load_schema
from shardgen.plan.plan import Options
from shardgen.schema.model import Schema
from shardgen.testing.sizes import shared_out

try:
    from hypothesis import strategies as st
except ImportError as missing:
    what = "strategies are for Hypothesis, which is missing"
    raise PlanError([Mistake("", what, "pip install 'shardgen[testing]'")]) from missing

_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500)  # of data sets; for each it is found once
USUAL_ROWS = 100  # in all tables together, where nothing says how many


def row(
    table: str, schema: SchemaSource, *, rows: int = USUAL_ROWS, seed: int = 0
) -> st.SearchStrategy[dict[str, Any]]:
    """
    Return a strategy for one row of a table, of a data set with `rows` rows in all.

    It shrinks to the first row. PlanError where there is no such data set, or no row in the table.
    """
    data = _dataset(load_schema(schema), rows, seed)[table]
    if not len(data):
        raise PlanError([Mistake("", f"table {table!r} has no rows", "ask for more")])
    return st.integers(0, len(data) - 1).map(lambda n: dict(data.rows[n]))


def rows(
    table: str,
    schema: SchemaSource,
    *,
    min_size: int = 0,
    max_size: int | None = None,
    rows: int = USUAL_ROWS,
    seed: int = 0,
) -> st.SearchStrategy[list[dict[str, Any]]]:
    """
    Return a strategy for rows of a table, different ones in any order; else as `row`.

    It shrinks to fewer rows, and to the first ones.
    """
    data = _dataset(load_schema(schema), rows, seed)[table]
    most = len(data) if max_size is None else min(max_size, len(data))
    if min_size > most:
        what = f"{min_size} rows of {table!r} are asked for, and there are {most}"
        raise PlanError([Mistake("", what, "ask for more rows in all")])
    if not most:
        return st.just([])
    numbers = st.lists(st.integers(0, len(data) - 1), min_size=min_size, max_size=most, unique=True)
    return numbers.map(lambda chosen: [dict(data.rows[n]) for n in chosen])


def datasets(
    schema: SchemaSource, *, max_rows: int = USUAL_ROWS, seeds: bool = True
) -> st.SearchStrategy[Dataset]:
    """
    Return a strategy for whole data sets of at most about `max_rows` rows, every key valid.

    It shrinks to the fewest rows that a data set can have, one in each table, and to the seed 0;
    without `seeds`, the seed is 0 always.
    """
    loaded = load_schema(schema)
    seed = st.integers(0, 2**31 - 1) if seeds else st.just(0)
    sizes = st.sampled_from([*(size for size in _SIZES if size < max_rows), max_rows])
    return st.builds(lambda size, number: _dataset(loaded, size, number), sizes, seed)


def _dataset(schema: Schema, rows: int, seed: int) -> Dataset:
    options = Options(rows=_sizes(_Same(schema), rows), seed=seed)
    return generate(schema, options=options)


class _Same:
    """A schema, equal to itself alone: as the key of a cache."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return id(self.schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.schema is self.schema


@lru_cache(maxsize=1024)
def _sizes(schema: _Same, rows: int) -> dict[str, int]:
    return shared_out(schema.schema, rows)
