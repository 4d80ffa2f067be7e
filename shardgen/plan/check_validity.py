"""Contradictions of keys that lead to rows which are valid at a time."""

from __future__ import annotations

from collections.abc import Iterator

from shardgen.errors import Mistake, nearest, shown
from shardgen.plan.check_times import check_time
from shardgen.plan.times_read import by_time, time_cell, time_read
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.model import RandomFanOut
from shardgen.schema.references import Reference


def check_validity(
    catalog: Catalog, table: CatalogTable, reference: Reference
) -> Iterator[Mistake]:
    """Check the columns that say when rows are valid, and what else is said of the key."""
    shape, path = reference.shape, f"{reference.path}.fan_out"
    if not isinstance(shape, RandomFanOut):
        return
    for name in ("at", "since", "until"):
        needs = "since" if name == "at" else "at"
        if getattr(shape, name) is not None and getattr(shape, needs) is None:
            what = f"{name} is given, and no {needs}"
            yield Mistake(f"{path}.{name}", what, "give both, or neither")
            return
    if shape.at is None or shape.since is None or reference.table not in catalog.by_name:
        return
    if reference.table == table.name:
        what = "a key to the table itself leads to earlier rows, whichever they are"
        yield Mistake(path, what, "leave out at, since and until")
    elif reference.within or reference.differs_from or reference.where is not None:
        what = "the key leads to rows that are valid at a time, and nothing else chooses among them"
        yield Mistake(path, what, "leave out within, differs_from and where")
    elif reference.target_of:
        what = "a polymorphic key leads to any row of its targets"
        yield Mistake(path, what, "leave out at, since and until")
    elif (table.name, reference.name) in catalog.shared_keys.following:
        what = "the key's parents follow from another key, and no time chooses among them"
        yield Mistake(path, what, "leave out at, since and until, or let this key lead")
    else:
        yield from _check_at(catalog, table, reference, shape.at)
        parent = catalog.table(reference.table)
        yield from check_time(parent, shape.since, f"{path}.since")
        if shape.until is not None:
            yield from check_time(parent, shape.until, f"{path}.until", may_be_null=True)


def _check_at(
    catalog: Catalog, table: CatalogTable, reference: Reference, at: str
) -> Iterator[Mistake]:
    path = f"{reference.path}.fan_out.at"
    read, cell = time_read(table, reference), time_cell(table, reference)
    if read is None or cell is None:
        keys = [key.name for key in table.references if key.name != reference.name]
        what = f"{shown(at)} is no date of another key's parent"
        hint = nearest(at.partition(".")[0], keys) or "write such a key and a column of its parent"
        yield Mistake(path, what, hint)
    elif by_time(read[0]) is not None:
        what = f"{read[0].name!r} leads to rows that are valid at a time itself"
        yield Mistake(path, what, "read the time along another key")
    elif cell[0] in catalog.by_name:
        yield from check_time(catalog.table(cell[0]), cell[1], path)
