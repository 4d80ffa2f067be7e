"""Texts are composed of the same parts in every batch, which is what proofs of them build on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from support.expressions import COLUMNS, ROWS, expression
from support.tables import bind, bound, everything

from shardgen.tables import values as c
from shardgen.tables.batch import Batch, BoundTable

TEXTS = {
    "x": expression("name || ' ' || lpad(n, 5) || price", "text"),
    "y": expression("case when n > 20 then 'it''s ' || n when n > 9 then day || '' else 'x' end",
                    "text"),
    "z": expression("upper(left(state, 2)) || coalesce(word, name) || case when chance(0.1) "
                    "then to_json(name) else to_text(at) end", "text"),
    "j": expression("'[' || to_json(name) || ',' || to_json(price) || ']'", "json"),
}  # fmt: skip


def parts(of: Any) -> Any:
    """Return all of a column's values but what differs from row to row."""
    match of:
        case c.Pool():
            return of.values
        case c.ColumnValues():
            fields = {name: getattr(of, name) for name in of.__struct_fields__}
            kept = {k: parts(v) for k, v in fields.items() if not isinstance(v, np.ndarray)}
            return type(of).__name__, kept
        case tuple():
            return tuple(map(parts, of))
    return of


def assert_composed_alike(table: BoundTable) -> None:
    first = Batch.of_range(table, 0, 1)
    others = [Batch.of_range(table, 1, table.rows), Batch(table, np.array([5, 0, table.rows - 1]))]
    for name in table.columns:
        expected = parts(first.column(name))
        for batch in others:
            assert expected == parts(batch.column(name)), name


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_every_generator_composes_alike(share):
    """Of every generator, type and foreign key, in the first row and in any others, with bounds."""
    for table in bind(everything(600), edge_case_probability=share).values():
        assert_composed_alike(table)


def test_expressions_compose_alike():
    """Be they joined, chosen, cut or padded."""
    assert_composed_alike(bound(COLUMNS | TEXTS, ROWS))
