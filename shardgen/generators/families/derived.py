"""Computed values: an expression of the row's columns, its parents' and its children's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from msgspec import Meta

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext, ColumnFunction, Generator, generator
from shardgen.generators.expressions.tokens import MAX_LENGTH, ExpressionError
from shardgen.tables.values import Values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.generators.expressions.typed import Computed, Typed
    from shardgen.tables.batch import Batch

    Mask = NDArray[np.bool_]


@generator("expression")
class Expression(Generator, frozen=True):
    """
    What `expression` says: `quantity * product.price * (1 - discount)`.

    It may name columns of the row, those of its parents as `product.price`, and aggregates of its
    children as `sum(order_items.amount)`; docs/expressions.md has the language. The column is null
    where the expression is, and nowhere else unless `null_probability` is given.
    """

    expression: Annotated[str, Meta(min_length=1, max_length=MAX_LENGTH)]

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator. The compiler is imported for schemas that have expressions."""
        from shardgen.generators.expressions.compiler import Compiler
        from shardgen.generators.expressions.parser import parse

        context.refuse_unique()
        try:
            of = self._of_type(context, Compiler(context).compile(parse(self.expression)))
            self._check_null(context, of)
        except ExpressionError as error:
            raise self._refused(error) from None
        return _Column(self, of)

    def compute(self, of: Typed, batch: Batch) -> Computed:
        """Return what the expression is in a batch; BindError where its bounds are too wide."""
        try:
            return of.run(batch)
        except ExpressionError as error:
            raise self._refused(error) from None

    def _refused(self, error: ExpressionError) -> BindError:
        return BindError(str(error), error.shown(self.expression))

    def _of_type(self, context: ColumnContext, of: Typed) -> Typed:
        """Return the expression as what the column stores; ExpressionError when it is no such value."""
        from shardgen.generators.expressions.nodes import as_text
        from shardgen.generators.expressions.typed import FAMILIES, WORDS

        wanted = FAMILIES[context.type.family]
        if wanted == "text" and of.kind != "null":
            return as_text(of)
        if of.kind not in _STORED[wanted]:
            hint = _HINTS.get((of.kind, wanted), "")
            raise of.node.wrong(f"this is {WORDS[of.kind]}, and the column is {context.type}", hint)
        return of

    def _check_null(self, context: ColumnContext, of: Typed) -> None:
        column = context.column
        if of.null is not None and not (column.nullable and not column.primary_key):
            node, reason = of.null
            hint = 'set "nullable": true, or say what stands for null: coalesce(x, 0)'
            raise node.wrong(f"the column is not nullable, and {reason}", hint)


class _Column:
    """The maker of an expression's column, which knows where it is null too."""

    def __init__(self, generator: Expression, of: Typed) -> None:
        from shardgen.generators.expressions.typed import values_of

        self._generator = generator
        self._of = of
        self._values_of = values_of
        self.null = None if of.null is None else self._null

    def __call__(self, batch: Batch) -> Values:
        value, _ = batch.shared(self, self._computed)
        return self._values_of(self._of.kind, value, len(batch))

    def _null(self, batch: Batch) -> Mask:
        _, null = batch.shared(self, self._computed)
        return np.broadcast_to(np.asarray(False if null is None else null), (len(batch),))

    def _computed(self, batch: Batch) -> Computed:
        return self._generator.compute(self._of, batch)


_STORED = {
    "integer": {"integer", "boolean"},
    "decimal": {"integer", "decimal"},
    "date": {"date", "timestamp"},
    "timestamp": {"date", "timestamp"},
    "boolean": {"boolean", "integer"},
    "text": {"text"},
}
"""The kinds of expressions that a kind of column stores."""
_HINTS = {
    ("decimal", "integer"): "round(x), floor(x) or ceil(x) makes it a whole number",
    ("text", "date"): "write date('2024-12-31')",
    ("text", "timestamp"): "write timestamp('2024-12-31 23:59:59')",
    ("interval", "date"): "add it to a date",
    ("interval", "timestamp"): "add it to a date or a timestamp",
    ("time interval", "timestamp"): "add it to a date or a timestamp",
}
