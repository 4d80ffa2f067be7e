"""Computed values: an expression of the row's columns, its parents' and its children's."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from shardgen.generators.context import ColumnContext
from shardgen.generators.expressions.tokens import MAX_LENGTH
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.registry import generator
from shardgen.random.overriding import override


@generator("expression")
class Expression(Generator, frozen=True):
    """
    What `expression` says: `quantity * product.price * (1 - discount)`.

    It may name columns of the row, those of its parents as `product.price`, and aggregates of its
    children as `sum(order_items.amount)`; docs/expressions.md has the language. The column is null
    where the expression is, and nowhere else unless `null_probability` is given.
    """

    expression: Annotated[str, Meta(min_length=1, max_length=MAX_LENGTH)]

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        # only schemas that have expressions pay for the import of the compiler
        from shardgen.generators.expressions.column import bind_expression

        return bind_expression(context, self.expression)
