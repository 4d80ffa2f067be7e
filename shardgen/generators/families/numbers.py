"""Numbers: integers, decimals, booleans, UUIDs, sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from msgspec import Meta

from shardgen.errors import BindError
from shardgen.generators.context import (
    ColumnContext,
    ColumnFunction,
    Generator,
    IndexFunction,
    chance,
    generator,
)
from shardgen.random.distributions import Distribution, Uniform
from shardgen.schema.model import GroupedFanOut
from shardgen.schema.types import INTEGER_BITS
from shardgen.tables.values import Booleans, Decimals, HexDigits, Integers, Text

if TYPE_CHECKING:
    from shardgen.schema.catalog_tables import CatalogTable
    from shardgen.tables.batch import Batch

MAX_UNITS = 10**18 - 1
_COLUMN_BITS = np.uint64(60)


def bind_number(
    context: ColumnContext,
    distribution: Distribution,
    low: float,
    high: float,
    *,
    scale: int,
    step: float | None = None,
) -> ColumnFunction:
    """
    Return the maker of numbers within low … high, in 10^-scale or in multiples of `step`.

    Integers at scale 0, else decimals. BindError when a bound has more than 18 digits.
    """
    if step is not None:
        return _bind_steps(context, distribution, low, high, scale=scale, step=step)
    least, most = round(low * 10**scale), round(high * 10**scale)
    if max(abs(least), abs(most)) > MAX_UNITS and not context.type.name == "bigint":
        raise BindError(f"{max(abs(low), abs(high)):g} with {scale} decimal places is too large")
    units = context.units(distribution, least, most, scale)
    if scale == 0:
        return lambda batch: Integers(units(batch), least, most)
    return lambda batch: Decimals(units(batch), scale, least, most)


def _bind_steps(
    context: ColumnContext,
    distribution: Distribution,
    low: float,
    high: float,
    *,
    scale: int,
    step: float,
) -> ColumnFunction:
    """Round to the nearest multiple of `step` after drawing at the column's own scale."""
    width = max(1, round(step * 10**scale))
    least, most = round(low * 10**scale), round(high * 10**scale)
    bottom, top = -(-least // width) * width, most // width * width
    if bottom > top:
        raise BindError(f"no multiple of {step:g} lies within {low:g} to {high:g}")
    if context.unique:  # rounding would bring two of them together
        multiples = context.units(distribution, bottom // width, top // width, 0)
        units: IndexFunction = lambda batch: multiples(batch) * width  # noqa: E731
    else:
        units = context.units(distribution, least, most, scale)

    def make(batch: Batch) -> Integers | Decimals:
        values = (units(batch) + width // 2) // width * width
        np.clip(values, bottom, top, out=values)
        if scale == 0:
            return Integers(values, bottom, top)
        return Decimals(values, scale, bottom, top)

    return make


class RangedNumber(Generator, frozen=True):
    """Base of the number generators: bounds, both included, and a distribution between them."""

    min: float = 0
    max: float = 1000
    distribution: Distribution = Uniform()


@generator("int_range")
class IntRange(RangedNumber, frozen=True):
    """A whole number from `min` to `max`, both included."""

    min: int = 0
    max: int = 1000

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        units = context.units(self.distribution, self.min, self.max, 0)
        return lambda batch: Integers(units(batch), self.min, self.max)


@generator("decimal_range")
class DecimalRange(RangedNumber, frozen=True):
    """A number from `min` to `max` with as many decimal places as the column has."""

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        return bind_number(context, self.distribution, self.min, self.max, scale=context.scale)


@generator("float_range")
class FloatRange(RangedNumber, frozen=True):
    """A number from `min` to `max` with `precision` decimal places."""

    precision: Annotated[int, Meta(ge=0, le=12)] = 2

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        return bind_number(context, self.distribution, self.min, self.max, scale=self.precision)


@generator("boolean")
class Boolean(Generator, frozen=True):
    """True or false, each in half of the rows."""

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        return WeightedBoolean(true_weight=0.5).bind(context)


@generator("weighted_boolean")
class WeightedBoolean(Generator, frozen=True):
    """True in a share `true_weight` of the rows."""

    true_weight: Annotated[float, Meta(ge=0, le=1)] = 0.5

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        if context.unique:
            units = context.units(Uniform(), 0, 1, 0)
            return lambda batch: Booleans(units(batch) == 1)
        words = context.value_words(falling=True)
        return lambda batch: Booleans(chance(words(batch), self.true_weight))


@generator("uuid")
class Uuid(Generator, frozen=True):
    """
    A random UUID, version 4.

    No two rows of a column share one: the word of a row is a bijection of its index, and all 64 of
    its bits stand in the UUID.
    """

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        first, second = context.words("first"), context.words("second")

        def make(batch: Batch) -> Text:
            a, b = first(batch), second(batch)
            version = ((a >> np.uint64(4)) & np.uint64(0x0FFF)) | np.uint64(0x4000)
            low_bits = (a & np.uint64(0xF)) | ((b >> np.uint64(48)) & np.uint64(0x3FF0))
            variant = low_bits | np.uint64(0x8000)
            return Text(
                (
                    HexDigits(a >> np.uint64(32), 8), "-",
                    HexDigits(a >> np.uint64(16), 4), "-",
                    HexDigits(version, 4), "-",
                    HexDigits(variant, 4), "-",
                    HexDigits(b, 12),
                )
            )  # fmt: skip

        return make


@generator("ordinal")
class Ordinal(Generator, frozen=True):
    """
    The row's number among the children of its parent: `start`, `start` + `step`, and so on.

    `relation` is the foreign key, a grouped one; by default the table's only grouped one.
    """

    relation: str | None = None
    start: int = 1
    step: int = 1

    def numbers_children(self, table: CatalogTable) -> str | None:
        """See Generator."""
        if self.relation is not None or self.step == 0:
            return self.relation if self.step else None
        grouped = [r.name for r in table.references if isinstance(r.shape, GroupedFanOut)]
        return grouped[0] if len(grouped) == 1 else None

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        context.refuse_unique()
        name = self.relation or self.numbers_children(context.table)
        if name is None:
            what = f"table {context.table.name!r} has not exactly one grouped foreign key"
            raise BindError(what, 'set "fan_out": "grouped" on it, or name one with "relation"')
        context.grouped(name)

        def make(batch: Batch) -> Integers:
            ordinal = batch.ordinal(name)
            ends = self.start, self.start + self.step * ordinal.high
            return Integers(ordinal.values * self.step + self.start, min(ends), max(ends))

        return make


@generator("sequence")
class Sequence(Generator, frozen=True):
    """`start`, `start` + `step`, and so on, by row."""

    start: int = 1
    step: int = 1

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        if context.unique and self.step == 0:
            raise BindError("a sequence with step 0 repeats, and the column is unique")
        last = self.start + self.step * (context.rows - 1)
        low, high = min(self.start, last), max(self.start, last)
        bound = 1 << (INTEGER_BITS["bigint"] - 1)
        if low < -bound or high >= bound:
            raise BindError(f"the sequence ends at {last}, beyond 64 bits")
        return lambda batch: Integers(batch.rows * self.step + self.start, low, high)
