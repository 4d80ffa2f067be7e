"""Bound tables can be pickled: a copy in another process makes the same rows."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from support.binding import bind_tables
from support.tables import AS_OF, everything, rows_of

from shardgen.plan.load import bundled_schemas, load_schema
from shardgen.schema.model import Schema

ROWS = 500
BUNDLED = sorted(path.stem for path in bundled_schemas().values())


def tables_of(schema: Schema) -> Any:
    """Return the tables of a schema, bound for at most 500 rows each, with edge cases."""
    counts = {t.name: min(t.record_count, ROWS) for t in schema.tables}
    return bind_tables(schema, counts, as_of=AS_OF, seed=7, edge_case_probability=0.1)


@pytest.mark.parametrize("name", BUNDLED)
def test_a_pickled_table_makes_the_same_rows(name):
    """Each table of a bundled schema alone, with all that it reads of others."""
    for table in tables_of(load_schema(name)).values():
        assert rows_of(table) == rows_of(pickle.loads(pickle.dumps(table))), table.name


def test_pickled_tables_of_every_generator_make_the_same_rows():
    """All generators, laws, types and kinds of foreign keys, as one pickle."""
    tables = tables_of(everything(ROWS))
    copies = pickle.loads(pickle.dumps(tables))
    for name, table in tables.items():
        assert rows_of(table) == rows_of(copies[name]), name


def test_rows_that_were_made_are_not_pickled():
    """A pickle is as long after rows have been made as before."""
    tables = tables_of(load_schema("fintech-loans"))
    before = len(pickle.dumps(tables))
    for table in tables.values():
        rows_of(table)
    assert before == len(pickle.dumps(tables))
