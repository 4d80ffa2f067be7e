"""What leaves the choice of a generator to shardgen: by the column's name and type, or its type."""

from __future__ import annotations

from shardgen.generators.context import ColumnContext
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.registry import generator
from shardgen.random.overriding import override


@generator("by_type")
class ByType(Generator, frozen=True):
    """
    A plausible value of the column's type, whatever the column's name.

    It is what a column without a generator gets where no rule knows its name, or where the schema
    says `"infer": false`.
    """

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        from shardgen.generators.by_type import default_generator

        return default_generator(context.column, unique=context.column.is_key).bind(context)


@generator("auto")
class Auto(ByType, frozen=True):
    """
    The generator that [the column's name and type](schema.md#generators-by-name) ask for.

    It is what a column without a generator gets, and is for schemas that say `"infer": false`.
    Where no rule knows the name, it is `by_type`.
    """
