"""Numbers: integers, decimals, booleans, UUIDs, sequences."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec
import numpy as np
from msgspec import Meta

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext
from shardgen.generators.functions import StreamWords, TimesIndices
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.registry import generator
from shardgen.generators.sources import (
    ColumnDraw,
    ColumnFunction,
    IndexFunction,
    WordsFunction,
)
from shardgen.generators.value_functions import (
    ChildNumbers,
    DecimalsFunction,
    IntegersFunction,
    RowNumbers,
)
from shardgen.random.bounds import describe_none, least_units, most_units
from shardgen.random.distributions import Distribution, Uniform
from shardgen.random.overriding import override
from shardgen.random.streams import chance
from shardgen.schema.model import GroupedFanOut
from shardgen.schema.types import INTEGER_BITS, ColumnType
from shardgen.tables.casts import cast
from shardgen.tables.values import Booleans, Decimals, HexDigits, Text

if TYPE_CHECKING:
    from shardgen.random.streams import Indices
    from shardgen.schema.catalog_tables import CatalogTable
    from shardgen.tables.batch import Batch

MAX_UNITS = 10**18 - 1
_USUAL_DIGITS = 18
_ABSURD = 1e36  # units: more than any column holds, and far from what floats overflow at


def bind_number(
    context: ColumnContext, distribution: Distribution, low: float, high: float, scale: int
) -> BoundGenerator:
    """
    Return numbers within low … high that follow `distribution`, with `scale` decimal places.

    Integers at scale 0, else decimals, of no more places than a decimal column has. BindError when
    a bound has more than 18 digits, or nothing lies between them.
    """
    kept = context.scale if context.type.family == "decimal" else scale
    if context.unique:  # rounding would bring two of them together
        scale = min(scale, kept)
    is_wide = context.type.family == "decimal" and (context.type.precision or 0) > _USUAL_DIGITS
    least, most = units_within(low, high, scale, wide=is_wide)
    if max(abs(least), abs(most)) > MAX_UNITS and is_wide:
        from shardgen.generators.families.wide_numbers import bind_wide  # late: few are as wide

        return bind_wide(context, distribution, least, most, scale)
    if max(abs(least), abs(most)) > MAX_UNITS and not context.type.name == "bigint":
        raise _too_large(low, high, scale)
    made = _number(context.units(distribution, least, most, scale), scale, least, most)
    if scale <= kept:
        return made
    bounds = units_within(low, high, kept)
    return BoundGenerator.of(RoundedWithin(made.compute, context.type, *bounds), made)


def units_within(low: float, high: float, scale: int, *, wide: bool = False) -> tuple[int, int]:
    """
    Return bounds in units of 10^-scale, rounded inwards; BindError where none is left.

    They are below 10^36, but where they may be `wide`.
    """
    if not wide:
        _refuse_absurd(low, high, scale)
    least, most = least_units(low, scale), most_units(high, scale)
    if least > most:
        raise BindError(describe_none(low, high, scale))
    return least, most


def bind_multiples(
    context: ColumnContext, distribution: Distribution, low: float, high: float, step: float
) -> BoundGenerator:
    """
    Return multiples of `step` within low … high, with the decimal places of the column.

    Numbers are drawn at the column's own scale, and rounded. BindError where there is no multiple.
    """
    scale = context.scale
    least, most = units_within(low, high, scale)
    _refuse_absurd(step, step, scale)
    width = max(1, round(step * 10**scale))
    bottom, top = -(-least // width) * width, most // width * width
    if bottom > top:
        raise BindError(f"no multiple of {step:g} lies within {low:g} to {high:g}")
    if context.unique:  # rounding would bring two of them together
        units = context.units(distribution, bottom // width, top // width, 0)
        units = units.then(TimesIndices(units.compute, width))
        apart = (units.apart or Decimal(1)) * Decimal(width).scaleb(-scale)
        units = msgspec.structs.replace(units, apart=apart)
    else:
        units = context.units(distribution, least, most, scale)
        units = units.then(RoundedIndices(units.compute, width, bottom, top))
    return _number(units, scale, bottom, top)


def _refuse_absurd(low: float, high: float, scale: int) -> None:
    """BindError where a bound is not below 10^36 units of 10^-scale."""
    if not max(abs(low), abs(high)) * 10**scale < _ABSURD:
        raise _too_large(low, high, scale)


def _too_large(low: float, high: float, scale: int) -> BindError:
    places = f" with {scale} decimal places" if scale else ""
    return BindError(f"{max(low, high, key=abs):g}{places} is too large")


def _number(units: ColumnDraw[Indices], scale: int, low: int, high: int) -> BoundGenerator:
    if scale == 0:
        return BoundGenerator.of(IntegersFunction(units.compute, low, high), units)
    return BoundGenerator.of(DecimalsFunction(units.compute, scale, low, high), units)


class RoundedIndices(msgspec.Struct, frozen=True, eq=False):
    """Whole numbers, each as the nearest multiple of `width` within low … high."""

    indices: IndexFunction
    width: int
    low: int
    high: int

    def __call__(self, batch: Batch) -> Indices:
        """Return a new array of numbers."""
        values = (self.indices(batch) + self.width // 2) // self.width * self.width
        return np.clip(values, self.low, self.high, out=values)


class RoundedWithin(msgspec.Struct, frozen=True, eq=False):
    """Numbers as a decimal type of fewer places stores them, each within low … high units of it."""

    numbers: ColumnFunction
    type: ColumnType
    low: int
    high: int

    def __call__(self, batch: Batch) -> Decimals:
        """Return the number of each row."""
        stored = cast(self.numbers(batch), self.type)
        assert isinstance(stored, Decimals), "a decimal type stores decimals"
        units = stored.units.clip(self.low, self.high)
        return Decimals(units, stored.scale, self.low, self.high)


class RangedNumber(Generator, frozen=True):
    """
    Base of the number generators: bounds, both included, and a distribution between them.

    Bounds with more places than the numbers are rounded inwards: 0.001 with two places is 0.01.
    """

    min: float = 0
    max: float = 1000
    distribution: Distribution = Uniform()


@generator("int_range")
class IntRange(RangedNumber, frozen=True):
    """
    A whole number from `min` to `max`, both included.

    Neither is given without the other. Without both, a distribution has its own bounds: those of
    its ranges or values, and for a law such that next to nothing lies beyond.
    """

    own_bounds = False

    min: int = 0
    max: int = 1000

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        units = context.units(self.distribution, self.min, self.max, 0)
        return BoundGenerator.of(IntegersFunction(units.compute, self.min, self.max), units)


@generator("decimal_range")
class DecimalRange(RangedNumber, frozen=True):
    """
    A number from `min` to `max` with as many decimal places as the column has.

    Neither is given without the other, as for `int_range`. `scale` is another number of decimal
    places, and `precision` the number of all digits; the column must hold them.
    """

    own_bounds = False

    precision: Annotated[int, Meta(ge=1, le=18)] | None = None
    scale: Annotated[int, Meta(ge=0, le=18)] | None = None

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        scale = context.scale if self.scale is None else self.scale
        self._check_digits(context, scale)
        return bind_number(context, self.distribution, self.min, self.max, scale)

    def _check_digits(self, context: ColumnContext, scale: int) -> None:
        """Refuse digits that the column does not hold, and bounds that do not fit the digits."""
        digits = self.precision
        if digits is not None and scale > digits:
            raise BindError(f"scale {scale} is more than precision {digits}")
        if context.type.family in ("decimal", "integer") and scale > context.scale:
            raise BindError(f"scale {scale} is more than {context.type} holds")
        held = context.type.precision
        if digits is not None and held is not None and digits - scale > held - context.type.scale:
            raise BindError(f"precision {digits} is more than {context.type} holds")
        largest = max(abs(self.min), abs(self.max))
        if digits is not None and round(largest * 10**scale) >= 10**digits:
            raise BindError(
                f"{largest:g} has more than precision {digits} less scale {scale} digits"
            )


@generator("float_range")
class FloatRange(RangedNumber, frozen=True):
    """
    A number from `min` to `max` with `precision` decimal places.

    Neither is given without the other, as for `int_range`.
    """

    own_bounds = False

    precision: Annotated[int, Meta(ge=0, le=12)] = 2

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return bind_number(context, self.distribution, self.min, self.max, self.precision)


@generator("boolean")
class Boolean(Generator, frozen=True):
    """True or false, each in half of the rows."""

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return WeightedBoolean(true_weight=0.5).bind(context)


@generator("weighted_boolean", "boolean_random")
class WeightedBoolean(Generator, frozen=True):
    """True in a share `true_weight` of the rows, also called `probability_true`."""

    spellings: ClassVar[dict[str, str]] = {"probability_true": "true_weight"}

    true_weight: Annotated[float, Meta(ge=0, le=1)] = 0.5

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        if context.unique:
            units = context.units(Uniform(), 0, 1, 0)
            return BoundGenerator.of(BooleansFunction(units.compute), units)
        words = context.falling_words()
        return BoundGenerator.of(ChanceFunction(words.compute, self.true_weight), words)


class BooleansFunction(msgspec.Struct, frozen=True, eq=False):
    """True for 1, false for 0."""

    units: IndexFunction

    def __call__(self, batch: Batch) -> Booleans:
        """Return the truth of each row."""
        return Booleans(self.units(batch) == 1)


class ChanceFunction(msgspec.Struct, frozen=True, eq=False):
    """True for the lowest `share` of all words."""

    words: WordsFunction
    share: float

    def __call__(self, batch: Batch) -> Booleans:
        """Return the truth of each row."""
        return Booleans(chance(self.words(batch), self.share))


@generator("uuid")
class Uuid(Generator, frozen=True):
    """
    A random UUID, version 4.

    No two rows of a column share one: the word of a row is a bijection of its index, and all 64 of
    its bits stand in the UUID.
    """

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return BoundGenerator(compute=UuidText(context.words("first"), context.words("second")))


class UuidText(msgspec.Struct, frozen=True, eq=False):
    """UUIDs of version 4 from two words each."""

    first: StreamWords
    second: StreamWords

    def __call__(self, batch: Batch) -> Text:
        """Return the UUID of each row."""
        a, b = self.first(batch), self.second(batch)
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


@generator("ordinal")
class Ordinal(Generator, frozen=True):
    """
    The row's number among the children of its parent: `start`, `start` + `step`, and so on.

    `relation` is the foreign key, a grouped one; by default the table's only grouped one.
    """

    relation: str | None = None
    start: int = 1
    step: int = 1

    @override
    def numbers_children(self, table: CatalogTable) -> str | None:
        if self.relation is not None or self.step == 0:
            return self.relation if self.step else None
        grouped = [r.name for r in table.references if isinstance(r.shape, GroupedFanOut)]
        return grouped[0] if len(grouped) == 1 else None

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        context.refuse_unique()
        name = self.relation or self.numbers_children(context.table)
        if name is None:
            what = f"table {context.table.name!r} has not exactly one grouped foreign key"
            raise BindError(what, 'set "fan_out": "grouped" on it, or name one with "relation"')
        context.grouped(name)
        return BoundGenerator(compute=ChildNumbers(name, self.start, self.step))


@generator("sequence")
class Sequence(Generator, frozen=True):
    """`start`, `start` + `step`, and so on, by row."""

    start: int = 1
    step: int = 1

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        if context.unique and self.step == 0:
            raise BindError("a sequence with step 0 repeats, and the column is unique")
        last = self.start + self.step * (context.rows - 1)
        low, high = min(self.start, last), max(self.start, last)
        bound = 1 << (INTEGER_BITS["bigint"] - 1)
        if low < -bound or high >= bound:
            raise BindError(f"the sequence ends at {last}, beyond 64 bits")
        numbers = RowNumbers(self.start, self.step, low, high)
        return BoundGenerator(compute=numbers, apart=Decimal(abs(self.step) or 1))
