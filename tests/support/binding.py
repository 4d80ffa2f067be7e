"""Schemas from text, and tables bound for a test."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from shardgen.plan import bind
from shardgen.plan.job import Job
from shardgen.plan.load import checked
from shardgen.schema import reader
from shardgen.schema.catalog import Catalog
from shardgen.schema.model import Schema
from shardgen.tables.batch import BoundTable


def parse_schema(data: bytes, name: str = "schema") -> Schema:
    """Return the schema that the JSON text `data` holds; `name` is for error messages."""
    return checked(reader.parse_schema(data, name), name)


def bind_tables(
    schema: Schema, counts: Mapping[str, int], *, as_of: dt.date, **more: object
) -> dict[str, BoundTable]:
    """Return the tables of a schema, bound for so many rows."""
    return bind.bind_tables(Catalog(schema), Job(counts=counts, as_of=as_of, **more))
