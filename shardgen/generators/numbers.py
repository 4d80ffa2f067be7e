"""Numbers: integers, decimals, booleans, UUIDs, sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from msgspec import Meta

from shardgen.columns import Booleans, Decimals, Hex, Integers, Text
from shardgen.distributions import Distribution, Uniform
from shardgen.generators.base import (
    Generator,
    IndexMaker,
    Maker,
    Refused,
    Site,
    chance,
    generator,
)
from shardgen.schema import GroupedFanOut
from shardgen.types import INTEGER_BITS

if TYPE_CHECKING:
    from shardgen.batch import Batch
    from shardgen.schema import Table

MAX_UNITS = 10**18 - 1
_COLUMN_BITS = np.uint64(60)


def bind_number(
    site: Site,
    distribution: Distribution,
    low: float,
    high: float,
    *,
    scale: int,
    step: float | None = None,
) -> Maker:
    """
    Return the maker of numbers within low … high, in 10^-scale or in multiples of `step`.

    Integers at scale 0, else decimals. Refused when a bound has more than 18 digits.
    """
    if step is not None:
        return _bind_steps(site, distribution, low, high, scale=scale, step=step)
    least, most = round(low * 10**scale), round(high * 10**scale)
    if max(abs(least), abs(most)) > MAX_UNITS and not site.type.name == "bigint":
        raise Refused(f"{max(abs(low), abs(high)):g} with {scale} decimal places is too large")
    units = site.units(distribution, least, most, scale)
    if scale == 0:
        return lambda batch: Integers(units(batch), least, most)
    return lambda batch: Decimals(units(batch), scale, least, most)


def _bind_steps(
    site: Site,
    distribution: Distribution,
    low: float,
    high: float,
    *,
    scale: int,
    step: float,
) -> Maker:
    """Round to the nearest multiple of `step` after drawing at the column's own scale."""
    width = max(1, round(step * 10**scale))
    least, most = round(low * 10**scale), round(high * 10**scale)
    bottom, top = -(-least // width) * width, most // width * width
    if bottom > top:
        raise Refused(f"no multiple of {step:g} lies within {low:g} to {high:g}")
    if site.unique:  # rounding would bring two of them together
        multiples = site.units(distribution, bottom // width, top // width, 0)
        units: IndexMaker = lambda batch: multiples(batch) * width  # noqa: E731
    else:
        units = site.units(distribution, least, most, scale)

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

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        units = site.units(self.distribution, self.min, self.max, 0)
        return lambda batch: Integers(units(batch), self.min, self.max)


@generator("decimal_range")
class DecimalRange(RangedNumber, frozen=True):
    """A number from `min` to `max` with as many decimal places as the column has."""

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        return bind_number(site, self.distribution, self.min, self.max, scale=site.scale)


@generator("float_range")
class FloatRange(RangedNumber, frozen=True):
    """A number from `min` to `max` with `precision` decimal places."""

    precision: Annotated[int, Meta(ge=0, le=12)] = 2

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        return bind_number(site, self.distribution, self.min, self.max, scale=self.precision)


@generator("boolean")
class Boolean(Generator, frozen=True):
    """True or false, each in half of the rows."""

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        return WeightedBoolean(true_weight=0.5).bind(site)


@generator("weighted_boolean")
class WeightedBoolean(Generator, frozen=True):
    """True in a share `true_weight` of the rows."""

    true_weight: Annotated[float, Meta(ge=0, le=1)] = 0.5

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        if site.unique:
            units = site.units(Uniform(), 0, 1, 0)
            return lambda batch: Booleans(units(batch) == 1)
        words = site.value_words(falling=True)
        return lambda batch: Booleans(chance(words(batch), self.true_weight))


@generator("uuid")
class Uuid(Generator, frozen=True):
    """
    A random UUID, version 4.

    No two rows of a column share one: the word of a row is a bijection of its index, and all 64 of
    its bits stand in the UUID.
    """

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        first, second = site.words("first"), site.words("second")

        def make(batch: Batch) -> Text:
            a, b = first(batch), second(batch)
            version = ((a >> np.uint64(4)) & np.uint64(0x0FFF)) | np.uint64(0x4000)
            low_bits = (a & np.uint64(0xF)) | ((b >> np.uint64(48)) & np.uint64(0x3FF0))
            variant = low_bits | np.uint64(0x8000)
            return Text(
                (
                    Hex(a >> np.uint64(32), 8), "-",
                    Hex(a >> np.uint64(16), 4), "-",
                    Hex(version, 4), "-",
                    Hex(variant, 4), "-",
                    Hex(b, 12),
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

    def numbers_children(self, table: Table) -> str | None:
        """See Generator."""
        if self.relation is not None or self.step == 0:
            return self.relation if self.step else None
        grouped = [r.name for r in table.references if isinstance(r.shape, GroupedFanOut)]
        return grouped[0] if len(grouped) == 1 else None

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        site.refuse_unique()
        name = self.relation or self.numbers_children(site.table)
        if name is None:
            what = f"table {site.table.name!r} has not exactly one grouped foreign key"
            raise Refused(what, 'set "fan_out": "grouped" on it, or name one with "relation"')
        site.grouped(name)

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

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        if site.unique and self.step == 0:
            raise Refused("a sequence with step 0 repeats, and the column is unique")
        last = self.start + self.step * (site.rows - 1)
        low, high = min(self.start, last), max(self.start, last)
        bound = 1 << (INTEGER_BITS["bigint"] - 1)
        if low < -bound or high >= bound:
            raise Refused(f"the sequence ends at {last}, beyond 64 bits")
        return lambda batch: Integers(batch.rows * self.step + self.start, low, high)
