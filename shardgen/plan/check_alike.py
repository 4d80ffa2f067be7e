"""Contradictions of keys whose rows draw alike where their parents say so."""

from __future__ import annotations

from collections.abc import Iterator

from shardgen.errors import Mistake, nearest, shown
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.model import GroupedFanOut, RandomFanOut
from shardgen.schema.references import Reference


def check_alike(catalog: Catalog, table: CatalogTable, reference: Reference) -> Iterator[Mistake]:
    """Check that `alike` is a column of whole numbers of the grouped key that it lies beside."""
    shape = reference.shape
    if not isinstance(shape, RandomFanOut) or shape.alike is None:
        return
    path, name = f"{reference.path}.fan_out.alike", shape.alike
    base = group_beside(table, reference)
    if base is None:
        what = "rows draw alike within a grouped key, and this one is unique beside none"
        yield Mistake(path, what, "list both in unique, and group the other, or leave out alike")
    elif base.table in catalog.by_name:
        parent = catalog.table(base.table)
        if not parent.has([name]):
            what = f"there is no column {shown(name)} in table {parent.name!r}"
            yield Mistake(path, what, nearest(name, [column.name for column in parent.columns]))
        elif parent.column(name).has_type and parent.column(name).sql_type.family != "integer":
            what = f"{shown(name)} is {parent.column(name).sql_type}, and no whole number"
            yield Mistake(path, what, "name a column of whole numbers")


def group_beside(table: CatalogTable, reference: Reference) -> Reference | None:
    """Return the grouped key that a key is unique together with; None where there is none."""
    for names in table.unique_sets:
        if set(reference.columns) <= set(names):
            for other in table.references:
                grouped = isinstance(other.shape, GroupedFanOut) and other is not reference
                if grouped and set(other.columns) & set(names):
                    return other
    return None
