"""Units of an address, such as "Apt 4B": on the street's own line, or on a second one."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated

import msgspec
import numpy as np
from msgspec import Meta

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext
from shardgen.generators.functions import FallingWords
from shardgen.generators.generator import BoundGenerator, Generator, Nulls
from shardgen.generators.locales.locale import Locale, locale_of
from shardgen.generators.registry import generator
from shardgen.generators.sources import ColumnFunction, WordsFunction
from shardgen.generators.weighted_strings import WeightedStrings
from shardgen.random.overriding import override
from shardgen.random.streams import chance
from shardgen.tables.values import Dictionary, Pool, Text

if TYPE_CHECKING:
    from shardgen.generators.value_functions import PickFunction
    from shardgen.random.streams import Truths
    from shardgen.tables.batch import Batch

Share = Annotated[float, Meta(ge=0, le=1)]
_KINDS = (
    ("Apt ", 56),
    ("Unit ", 22),
    ("#", 18),
    ("Lot ", 4),
)  # of US Postal Service Publication 28


@cache
def units_of(locale: Locale) -> WeightedStrings:
    """Return units by how common they are; BindError for a country whose units are not known."""
    if locale.name != "en_US":
        what = f"units of addresses are not known in locale {locale.name!r}"
        raise BindError(what, "leave them out, or choose en_US")
    low = [(str(n), 4.0 / (3 + n)) for n in range(1, 41)]
    lettered = [(f"{n}{letter}", 0.12) for n in range(1, 13) for letter in "ABCDEF"]
    of_floors = [(str(100 * f + n), 0.5 / (2 + f)) for f in range(1, 10) for n in range(1, 13)]
    texts, weights = [], []
    for kind, share in _KINDS:
        numbers = low if kind == "Lot " else low + lettered + of_floors
        total = sum(weight for _, weight in numbers)
        texts += [kind + number for number, _ in numbers]
        weights += [share * weight / total for _, weight in numbers]
    return WeightedStrings(texts, weights)


@cache
def _after_street(locale: Locale) -> Pool:
    return Pool(["", *(f" {unit}" for unit in units_of(locale).values)])


def longest_unit(locale: Locale) -> int:
    """Return the most characters that a unit has behind a street, with the space before it."""
    return 1 + units_of(locale).longest


def with_units(context: ColumnContext, street: BoundGenerator, share: float) -> BoundGenerator:
    """Return addresses of which a share has a unit behind the street."""
    locale = locale_of(context)
    unit = context.pick_word(units_of(locale), "unit")
    words = context.shared_words("unit")
    text = StreetsWithUnits(street.compute, unit.compute, words, share, _after_street(locale))
    return BoundGenerator.of(text, street, unit)


class StreetsWithUnits(msgspec.Struct, frozen=True, eq=False):
    """Streets, a share of them with a unit behind."""

    street: ColumnFunction
    unit: PickFunction
    words: WordsFunction
    share: float
    pool: Pool

    def __call__(self, batch: Batch) -> Text:
        """Return the address of each row."""
        street = self.street(batch)
        assert isinstance(street, Text), "streets are put together"
        has_unit = chance(self.words(batch), self.share)
        index = np.where(has_unit, self.unit(batch).indices + 1, 0)
        return Text((*street.elements, Dictionary(index, self.pool)))


@generator("secondary_address")
class SecondaryAddress(Generator, frozen=True):
    """
    The second line of an address, "Apt 4B", "Unit 12" or "#305", in a `share` of the rows.

    The others are null; a column that is not nullable has one in every row. No row has a unit
    here and on the line of an `address` with `units`, as long as both shares add up to 1 at most.
    In en_US alone.
    """

    share: Share = 0.2

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        pick = context.pick(units_of(locale_of(context)))
        if not context.column.nullable or context.unique:
            context.note_idle("share", "every row has a unit, as the column is never null")
            return BoundGenerator.of(pick.compute, pick, nulls=Nulls.NEVER)
        missing = MissingUnits(FallingWords(context.shared_words("unit")), self.share)
        return BoundGenerator.of(pick.compute, pick, nulls=missing)


class MissingUnits(msgspec.Struct, frozen=True, eq=False):
    """Which rows have no second line: all but those whose words are below a share."""

    words: WordsFunction
    share: float

    def __call__(self, batch: Batch) -> Truths:
        """Return it for each row."""
        has_unit: Truths = chance(self.words(batch), self.share)
        return ~has_unit
