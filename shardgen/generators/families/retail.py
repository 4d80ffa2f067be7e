"""A shop: categories, prices, stock keeping units, states of orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec
import numpy as np

from shardgen.generators.bundled_lines import load_lines
from shardgen.generators.context import ColumnContext
from shardgen.generators.families.bundled import (
    BundledColumn,
    GivenLine,
    LineOfRow,
    LinesOfGroups,
    field_of,
)
from shardgen.generators.families.choice import Listed, bind_choice
from shardgen.generators.families.numbers import bind_number, units_within
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.registry import generator
from shardgen.generators.sources import IndexFunction
from shardgen.generators.text_parts import TextForm, first_that_fits, serial_length
from shardgen.generators.value_functions import DecimalsFunction, IntegersFunction, TextFunction
from shardgen.random.distributions import Distribution, Lognormal, Uniform, Weighted
from shardgen.random.overriding import override

if TYPE_CHECKING:
    from shardgen.random.streams import Indices
    from shardgen.tables.batch import Batch

W = Weighted
PRODUCTS = "retail-products"


@generator("category")
class Category(BundledColumn, frozen=True):
    """A category of products, such as "Cookware"; the row's `price`, `sku` and name fit it."""

    dataset: ClassVar[str] = PRODUCTS
    field: ClassVar[str] = "category"
    beside: ClassVar[tuple[str, ...]] = ("category",)


@generator("price")
class Price(Generator, frozen=True):
    """
    What a product of the row's `category` costs, from `min` to `max`, most of them ending in .99.

    With a `distribution` it is a number that follows it. On a unique column, or one that follows
    another, it does not depend on the category.
    """

    beside: ClassVar[tuple[str, ...]] = ("category",)

    min: float = 5
    max: float = 2000
    distribution: Distribution | None = None

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        if self.distribution is not None or context.unique or context.column.correlation:
            law = self.distribution or (Uniform() if context.unique else _PRICES)
            return bind_number(context, law, self.min, self.max, context.scale)
        scale = min(context.scale, _MAX_PLACES)
        line = LineOfRow(context, PRODUCTS)
        market = np.array([round(float(v) * 10**scale) for v in line.values("market_price")])
        factor = context.other_units("value", _AROUND, 500, 2000)
        low, high = units_within(self.min, self.max, scale)
        units = ChargedUnits(line.index, market, factor.compute, (10**scale, low, high))
        if scale == 0:
            return BoundGenerator.of(IntegersFunction(units, low, high), *line.sources)
        return BoundGenerator.of(DecimalsFunction(units, scale, low, high), *line.sources)


_MAX_PLACES = 9  # so that a price times a thousandth fits into 64 bits
_PRICES = Lognormal(median=40, sigma=1.1)
_AROUND = Lognormal(median=1000, sigma=0.2)
"""A thousandth of the market price, that of a product of the same type."""


class ChargedUnits(msgspec.Struct, frozen=True, eq=False):
    """Market prices times thousandths, just below a whole number of dollars, within bounds."""

    index: IndexFunction
    market: Indices
    factor: IndexFunction
    bounds: tuple[int, int, int]

    def __call__(self, batch: Batch) -> Indices:
        """Return the price of each row in units."""
        dollar, low, high = self.bounds
        units = self.market.take(self.index(batch)) * self.factor(batch) // 1000
        units = units // dollar * dollar + dollar * 99 // 100
        return np.clip(units, low, high, out=units)


@generator("sku")
class Sku(Generator, frozen=True):
    """
    A stock keeping unit, such as "COO-4821": letters of the row's `category`, and a number.

    No other row has the number. Where that is too long for the column, it is the number alone.
    """

    beside: ClassVar[tuple[str, ...]] = ("category",)

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        def of_category() -> BoundGenerator:
            line = LineOfRow(context, PRODUCTS)
            letters = field_of([v[:3].upper() for v in line.values("category")], line.index)
            text = TextFunction((letters, "-", context.serial()))
            return BoundGenerator.of(text, *line.sources)

        def of_number() -> BoundGenerator:
            return BoundGenerator(compute=TextFunction((context.serial(),)))

        digits = serial_length(context)
        return first_that_fits(
            context, TextForm(4 + digits, of_category), TextForm(digits, of_number)
        )


def product_of_row(context: ColumnContext) -> BoundGenerator:
    """Return the brand and the type of the product that the row's category and price are of."""
    line, brands = LineOfRow(context, PRODUCTS), load_lines("retail-brands")
    categories = tuple(dict.fromkeys(fields["category"] for fields in brands.fields))
    number = {category: n for n, category in enumerate(categories)}
    group_of = np.array([number[category] for category in line.values("category")], np.int64)
    groups = LinesOfGroups(brands, "category", categories)
    given = GivenLine(groups, line.index, group_of, context.words("brand"))
    brand = field_of([fields["brand"] for fields in brands.fields], given)
    kind = field_of(line.values("product_type"), line.index)
    end = (" ", context.serial()) if context.unique else ()
    return BoundGenerator.of(TextFunction((brand, " ", kind, *end)), *line.sources)


LONGEST_PRODUCT = 43  # characters: a brand, a space and a type


@generator("order_status")
class OrderStatus(Generator, frozen=True):
    """State of an order: pending 10, shipped 40, delivered 40, returned 10."""

    values: Listed = (
        W("pending", 10), W("shipped", 40), W("delivered", 40), W("returned", 10),
    )  # fmt: skip

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return bind_choice(context, self.values)
