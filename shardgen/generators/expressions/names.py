"""What the names of an expression mean: columns of the row, of its parents, and of its children."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shardgen.errors import FollowsFromMistakeError
from shardgen.generators.expressions.parser import Node, Path
from shardgen.generators.expressions.tokens import ExpressionError
from shardgen.generators.expressions.typed import FAMILIES, Computed, Typed, either_null, value_of
from shardgen.schema.catalog_tables import nullable_column

if TYPE_CHECKING:
    from shardgen.generators.context import ColumnContext
    from shardgen.generators.expressions.typed import Null
    from shardgen.schema.catalog_tables import CatalogTable
    from shardgen.tables.batch import Batch


@contextmanager
def refusing(node: Node) -> Iterator[None]:
    """Give what a context refuses the place of a node."""
    try:
        yield
    except (ExpressionError, FollowsFromMistakeError):
        raise
    except ValueError as error:
        raise node.wrong(str(error), getattr(error, "hint", "")) from None


def column(context: ColumnContext, path: Path) -> Typed:
    """
    Return the column that a path leads to from the context's table; ExpressionError when there is none.

    All of its words but the last are foreign keys, by any name that `ColumnContext.relation_called` takes;
    the table's own name may stand before them.
    """
    words = path.words
    if len(words) > 1 and words[0] == context.table.name:
        words = words[1:]
    keys: list[tuple[str, str | None]] = []
    null: tuple[Node, str] | None = None
    for word in words[:-1]:
        with refusing(path):
            key = context.relation_called(word)
        own = nullable_column(context.table, key)
        if null is None and own is not None:
            null = path, f"{context.table.name}.{own} is nullable"
        keys.append((key.name, own))
        context = context.seen_from(key.table)
    name = words[-1]
    with refusing(path):
        context.reads_column(name)
    if null is None and is_nullable(context.table, name):
        null = path, f"{context.table.name}.{name} is nullable"
    kind = FAMILIES[context.table.column(name).sql_type.family]
    return Typed(path, kind, _reader(keys, name), null)


def is_nullable(table: CatalogTable, name: str) -> bool:
    """Return whether a column is null in some rows."""
    column = table.column(name)
    return column.nullable and not column.primary_key


def _reader(keys: list[tuple[str, str | None]], name: str) -> Callable[[Batch], Computed]:
    """Return what reads a column along foreign keys, each with a column that is null with it."""

    def run(batch: Batch) -> Computed:
        null: Null = None
        for relation, column in keys:
            null = either_null(null, None if column is None else batch.null(column))
            batch = batch.parent(relation)
        return value_of(batch.column(name)), either_null(null, batch.null(name))

    return run
