"""What the names of an expression mean: columns of the row and of its parents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from shardgen.errors import FollowsFromMistakeError
from shardgen.generators.expressions.column_values import from_column
from shardgen.generators.expressions.syntax import Node, Path
from shardgen.generators.expressions.tokens import ExpressionError
from shardgen.generators.expressions.typed import (
    KIND_OF_FAMILY,
    Computed,
    NullReason,
    Typed,
    either_null,
)
from shardgen.schema.catalog_tables import nullable_column
from shardgen.schema.qualified_names import bare_name

if TYPE_CHECKING:
    from shardgen.generators.context import ColumnContext
    from shardgen.generators.expressions.typed import Nulls
    from shardgen.generators.sources import Cell
    from shardgen.tables.batch import Batch


@contextmanager
def refused_at(node: Node) -> Iterator[None]:
    """Turn what a context refuses into an ExpressionError at the place of a node."""
    try:
        yield
    except (ExpressionError, FollowsFromMistakeError):
        raise
    except ValueError as error:
        raise node.wrong(str(error), getattr(error, "hint", "")) from None


class ForeignKeyStep(NamedTuple):
    """One foreign key of a path, and a column that is null where it leads nowhere, if it may."""

    relation: str
    nullable_column: str | None


class ColumnReader(msgspec.Struct, frozen=True, eq=False):
    """Reads a column at the end of foreign keys; without any, a column of the row itself."""

    steps: tuple[ForeignKeyStep, ...]
    column: str

    def __call__(self, batch: Batch) -> Computed:
        """Return the values in a batch, null where a step leads nowhere."""
        nulls: Nulls = None
        for relation, nullable in self.steps:
            nulls = either_null(nulls, None if nullable is None else batch.null(nullable))
            batch = batch.parent(relation)
        values = from_column(batch.column(self.column))
        return values, either_null(nulls, batch.null(self.column))


def column(context: ColumnContext, path: Path) -> tuple[Typed, tuple[str, ...], Cell]:
    """
    Return the column that a path leads to from the context's table, its keys and its cell.

    All of its words except the last are foreign keys, by any name that
    `ColumnContext.relation_called` takes; the table's own name may stand before them.
    ExpressionError where the path leads nowhere.
    """
    words = path.words
    if len(words) > 1 and words[0] in (context.table.name, bare_name(context.table.name)):
        words = words[1:]
    *keys, name = words
    steps: list[ForeignKeyStep] = []
    reason: NullReason | None = None
    for word in keys:
        with refused_at(path):
            key = context.relation_called(word)
        step = ForeignKeyStep(key.name, nullable_column(context.table, key))
        if reason is None and step.nullable_column is not None:
            why = f"{context.table.name}.{step.nullable_column} is nullable"
            reason = NullReason(path, why)
        steps.append(step)
        context = context.seen_from(key.table)
    with refused_at(path):
        read = context.read_column(name)
    found = read.column
    if reason is None and found.may_be_null:
        reason = NullReason(path, f"{context.table.name}.{name} is nullable")
    kind = KIND_OF_FAMILY.get(found.sql_type.family)
    if kind is None:
        raise path.wrong(f"{name} is {found.sql_type}, which no expression reads")
    reader = ColumnReader(tuple(steps), name)
    return Typed(path, kind, reader, reason), tuple(s.relation for s in steps), read.cell
