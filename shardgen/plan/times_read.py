"""Which date a key to rows that are valid at a time goes by."""

from __future__ import annotations

from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.model import RandomFanOut
from shardgen.schema.references import Reference


def by_time(reference: Reference) -> RandomFanOut | None:
    """Return the shape of a key to rows that are valid at a time; None for any other key."""
    shape = reference.shape
    return shape if isinstance(shape, RandomFanOut) and shape.at is not None else None


def time_read(table: CatalogTable, reference: Reference) -> tuple[Reference, str] | None:
    """
    Return the other key of a table along which the time is read, and the column there.

    None where there is no such key: it is called by its own name, with `_id` or without.
    """
    shape = by_time(reference)
    if shape is None or shape.at is None:
        return None
    word, _, name = shape.at.rpartition(".")
    for other in table.references:
        if other is not reference and word in (other.name, other.name.removesuffix("_id")):
            return other, name
    return None


def time_cell(table: CatalogTable, reference: Reference) -> tuple[str, str] | None:
    """Return the table and the column that the time is read of; None for any other key."""
    read = time_read(table, reference)
    return None if read is None else (read[0].table, read[1])
