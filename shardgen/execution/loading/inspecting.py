"""What somebody who knows the tables that are there says of them to a load."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from shardgen.errors import InputWarning
from shardgen.execution.loading.ledger import Way
from shardgen.plan.source import Source
from shardgen.schema.model import Schema, Table


class Inspected(msgspec.Struct, frozen=True):
    """What is to be known of tables, and the columns of each that are not to be written."""

    warnings: tuple[InputWarning, ...] = ()
    left_out: Mapping[str, tuple[str, ...]] = {}


Inspect = Callable[[Source, Sequence[str], Way], Inspected]
"""Looks at the tables of a database for a source; PlanError with all that keeps its rows out."""


def without_columns(schema: Schema, left_out: Mapping[str, tuple[str, ...]]) -> Schema:
    """Return the schema with these columns made for others alone, as hidden ones are."""
    tables = tuple(_without(table, left_out.get(table.name, ())) for table in schema.tables)
    return msgspec.structs.replace(schema, tables=tables)


def _without(table: Table, names: Sequence[str]) -> Table:
    columns = tuple(
        msgspec.structs.replace(column, hidden=True, default=None)
        if column.name in names
        else column
        for column in table.columns
    )
    return msgspec.structs.replace(table, columns=columns)
