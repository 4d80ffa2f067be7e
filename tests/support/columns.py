"""Tables of a few columns, bound, and the values of their columns."""

import datetime as dt

import numpy as np
from support.binding import bind_tables

from shardgen.schema.model import Column, Schema, Table
from shardgen.tables.batch import Batch, BoundTable


def bound(
    rows: int, *, seed: int = 7, edge_case_probability: float = 0.0, **columns: dict
) -> BoundTable:
    """Return a table of these columns: generator, type, unique and generator_params by name."""
    made = tuple(
        Column(name=name, **{"type": "varchar(255)", **facts}) for name, facts in columns.items()
    )
    table = Table(name="t", record_count=rows, columns=made)
    schema = Schema(schema_version="1.0", name="s", database_type=("sqlite",), tables=(table,))
    as_of = dt.date(2025, 1, 1)
    tables = bind_tables(
        schema, {"t": rows}, seed=seed, as_of=as_of, edge_case_probability=edge_case_probability
    )
    return tables["t"]


def made(table: BoundTable, name: str, start: int = 0, end: int | None = None) -> list:
    return Batch(table, np.arange(start, table.rows if end is None else end)).column(name).python()
