"""Columns that the database computes, computed here too for those that read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from shardgen.errors import BindError
from shardgen.generators.generator import Nulls
from shardgen.schema.sql_text import sql_for

if TYPE_CHECKING:
    from shardgen.generators.context import ColumnContext
    from shardgen.generators.generator import BoundGenerator
    from shardgen.schema.catalog_tables import CatalogColumn


def bind_generated(
    context: ColumnContext, column: CatalogColumn, databases: Sequence[str]
) -> BoundGenerator | None:
    """
    Return what computes a generated column; None where only the database can.

    BindError where it would be null, and must not be.
    """
    # only schemas that have such columns pay for the import of the compiler
    from shardgen.generators.expressions.column import bind_tree
    from shardgen.generators.expressions.of_sql import SqlReader
    from shardgen.generators.expressions.tokens import ExpressionError

    found: list[BoundGenerator | None] = []
    context.column = msgspec.structs.replace(column, nullable=True)
    for database in databases:
        text = sql_for(column.generated, database)
        if text is None:
            continue
        try:
            tree = SqlReader(context.table, database).tree(text)
            found.append(bind_tree(context, tree, text))
        except (ExpressionError, BindError):
            found.append(None)
    null = any(each is not None and each.nulls is not Nulls.NEVER for each in found)
    if null and not column.nullable:
        what = "the database computes null in some rows, and the column is not nullable"
        raise BindError(what, 'set "nullable": true, or say what stands for null: coalesce(x, 0)')
    return found[0] if found and None not in found else None
