"""Keys that read columns: of parents which are there by a time, or that say how many children."""

from __future__ import annotations

from collections.abc import Iterator

from shardgen.errors import Mistake, nearest, shown
from shardgen.plan.check_times import check_time
from shardgen.plan.times_read import time_cell
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable, may_be_null
from shardgen.schema.model import GroupedFanOut, PresentFanOut
from shardgen.schema.references import Reference
from shardgen.tables.batch import BoundTable, RowCheck
from shardgen.tables.presence import NoneThere, PresentParents

_IN_ORDER = 'give it "order": "rising", in a table without a grouped key'


def check_presence(
    catalog: Catalog, table: CatalogTable, reference: Reference, shape: PresentFanOut
) -> Iterator[Mistake]:
    """Check the columns that say when a row and its parent are there, and what else is said."""
    path = f"{reference.path}.fan_out"
    others = [*table.unique_sets, *([table.primary_key] if len(table.primary_key) > 1 else [])]
    if reference.table == table.name:
        what = "a key to the table itself leads to earlier rows, whichever they are"
        yield Mistake(path, what, "leave out fan_out")
    elif reference.within or reference.differs_from or reference.where is not None:
        what = "the key's parents follow from the time, and nothing else chooses among them"
        yield Mistake(path, what, "leave out within, differs_from and where")
    elif any(set(names) & set(reference.columns) for names in others):
        what = "the key is unique together with other columns, and the time decides its parents"
        yield Mistake(path, what, "leave out fan_out, or what is unique")
    elif reference.target_of:
        what = "a polymorphic key leads to any row of its targets"
        yield Mistake(path, what, "leave out fan_out")
    elif reference.table in catalog.by_name:
        yield from check_time(table, shape.at, f"{path}.at")
        yield from _check_since(catalog.table(reference.table), shape.since, f"{path}.since")
        if shape.newest and not is_in_order(table, shape.at):
            what = f"{shown(shape.at)} does not rise from row to row, and newest goes by the row"
            yield Mistake(f"{path}.newest", f"{what} before", _IN_ORDER)


def _check_since(parent: CatalogTable, name: str, path: str) -> Iterator[Mistake]:
    found = [*check_time(parent, name, path)]
    yield from found
    if not found and not is_in_order(parent, name):
        what = f"{parent.name}.{name} does not rise from row to row"
        yield Mistake(path, what, _IN_ORDER)


def check_counts(catalog: Catalog, reference: Reference, shape: GroupedFanOut) -> Iterator[Mistake]:
    """Check the column that says how many children each parent has, and what else says it."""
    path, name = f"{reference.path}.fan_out.counts", shape.counts
    if name is None or reference.table not in catalog.by_name:
        return
    parent = catalog.table(reference.table)
    names = [column.name for column in parent.columns]
    if name not in names:
        what = f"there is no column {shown(name)} in table {parent.name!r}"
        yield Mistake(path, what, nearest(name, names))
        return
    column = parent.column(name)
    if column.has_type and column.sql_type.family != "integer":
        yield Mistake(path, f"{name!r} is {column.sql_type}, and no whole number")
    elif column.nullable:
        yield Mistake(
            path, f"{name!r} may be null, and then there is no number", "make it not null"
        )
    elif shape.distribution != "even" or shape.min or shape.max is not None or reference.where:
        what = "the column says how many children each parent has"
        yield Mistake(path, what, "leave out distribution, min, max and where")


def is_in_order(table: CatalogTable, name: str) -> bool:
    """Return whether a column of a table rises over all of its rows."""
    column = next((column for column in table.columns if column.name == name), None)
    grouped = any(isinstance(each.shape, GroupedFanOut) for each in table.declared_references)
    return column is not None and column.order == "rising" and not grouped


def cells_read(table: CatalogTable, reference: Reference) -> list[tuple[str, str]]:
    """Return the columns, with their tables, that a key reads to know its parents."""
    shape = reference.shape
    if isinstance(shape, GroupedFanOut) and shape.counts is not None:
        return [(reference.table, shape.counts)]
    cell = time_cell(table, reference)
    if cell is not None:
        return [cell]
    if not isinstance(shape, PresentFanOut):
        return []
    return [(table.name, shape.at), (reference.table, shape.since)]


def presence_checks(table: CatalogTable, bound: BoundTable) -> Iterator[RowCheck]:
    """Yield for each key to parents that are there the law that there is one by each row's time."""
    for reference in table.references:
        relation = bound.relations[reference.name]
        if isinstance(reference.shape, PresentFanOut) and isinstance(relation, PresentParents):
            key, at = reference.columns[0], reference.shape.at
            law = (
                f"a row of {reference.table!r} is there by {at}: let {at} begin later, such as by "
            )
            law += f'"seasonal": {{"per": "{reference.name}.{reference.shape.since}"}}'
            broken = NoneThere(relation, key if may_be_null(table, reference) else None)
            yield RowCheck(f"the key {reference.name!r}", law, reference.path, (key, at), broken)
