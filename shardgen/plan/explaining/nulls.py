"""Why a cell is null, or is not."""

from __future__ import annotations

from shardgen.plan.columns import Columns
from shardgen.plan.explaining.explanation import Null, Stream
from shardgen.plan.explaining.keys import stream_at
from shardgen.plan.nulls import null_share
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.model import TreeFanOut
from shardgen.tables.batch import Batch


def null_of(
    columns: Columns, table: CatalogTable, column: CatalogColumn, batch: Batch
) -> tuple[Null, tuple[Stream, ...]]:
    """Return whether the first row of a batch is null, with the stream that was drawn by."""
    mask = batch.null(column.name)
    is_null = bool(mask is not None and mask[0])
    if not column.may_be_null and not is_null:
        return Null(is_null=False, share=None, why=_never(column)), ()
    if (table.name, column.name) in columns.of_database:
        why = "only the database computes it, and so whether it is null"
        return Null(is_null=False, share=None, why=why), ()
    given = next((each for each in table.one_of if column.name in each.columns), None)
    if given is not None:
        others = ", ".join(given.columns)
        kind = given.given.replace("_", " ")
        why = f"of {others} {kind} is given in each row, which is drawn by weight"
        return Null(is_null=is_null, share=None, why=why), ()
    share, own, streams = _drawn(columns, table, column, batch)
    is_drawn = share is not None and bool(streams) and streams[0].share < share
    if is_null:
        why = f"it is one of the {share:.4g} of the rows that are null" if is_drawn else own
    elif share is not None:
        why = f"{share:.4g} of the rows are null, and this is none of them"
    else:
        why = f"{own}: not here"
    return Null(is_null=is_null, share=share, why=why), streams


def _never(column: CatalogColumn) -> str:
    if column.primary_key:
        return "never null: it is part of the primary key"
    if not column.nullable:
        return "never null: the column is not nullable"
    return "never null: an index takes null for a value like others"


def _drawn(
    columns: Columns, table: CatalogTable, column: CatalogColumn, batch: Batch
) -> tuple[float | None, str, tuple[Stream, ...]]:
    """Return the share of nulls that is drawn, why else it may be null, and the stream."""
    reference, name, seed = column.reference, column.name, columns.job.seed
    own = "what it is made from is null, or its generator says so"
    share: float | None = null_share(column)
    if reference is not None:
        name, own = reference.columns[0], "there is no row that the key could lead to"
        members = [table.column(each) for each in reference.columns]
        share = null_share(max(members, key=lambda c: "null_probability" in c.generator_params))
        if isinstance(reference.shape, TreeFanOut):
            own = "the row is a root of a tree"
            share = share if reference.shape.roots is None else reference.shape.roots
            if reference.shape.max_depth is not None:
                share = None
    elif name in table.polymorphic or name in table.key_of_type:
        name, own = table.key_of_type.get(name, name), "no target has a row to lead to"
        share = null_share(table.column(name))
    else:
        bound = columns.generated.get((table.name, name))
        asked = "null_probability" in column.generator_params
        if bound is not None and not bound.draws_nulls and not asked:
            share = None
    if not share:
        return None, own, ()
    return share, own, (stream_at(batch, (seed, table.name, name, "null")),)
