"""The generator of a column that names none: a plausible value that fits its type."""

from __future__ import annotations

import math
import string
from typing import TYPE_CHECKING, Any

from shardgen.generators.context import ColumnContext
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.registry import GENERATORS
from shardgen.generators.value_functions import (
    CombinedPicks,
    SeparatePicks,
    TextFunction,
    TextOfList,
)
from shardgen.generators.weighted_strings import WeightedStrings
from shardgen.random.overriding import override
from shardgen.schema.types import SPELLED, is_serial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shardgen.schema.catalog_tables import CatalogColumn
    from shardgen.schema.types import ColumnType

_SENTENCE_LENGTH = 80  # characters: what the longest bundled sentence needs
_MOST_INT64 = (1 << 63) - 1
_USUAL_YEARS = 1980, 2030
_DAY = 86_400  # seconds
_LONGEST = (1 << 31) - 1  # seconds that all databases' intervals have
_MOST_IN_SETS = 8  # labels
_MOST_LETTERS = 11  # of a code of digits and letters: 36^11 is below 2^62
_PHRASE_LENGTH = 12  # with enough phrases to choose from


def default_generator(  # noqa: PLR0911 -- one for each family
    column: CatalogColumn, *, unique: bool = False
) -> Generator:
    """Return the generator for a column by its type; a time is in the year before as-of."""
    kind = column.sql_type
    if kind.family in _FIXED:
        return _made(_FIXED[kind.family])
    match kind.family:
        case "integer" | "interval":
            return _whole(column, unique=unique)
        case "decimal":
            return _made("decimal_range", max=_decimal_bound(kind))
        case "enum":
            return _made("choice", values=kind.values)
        case "json":
            return JsonObject()
    if kind.name in SPELLED and kind.name != "citext":
        return _made("spelled")
    if kind.name == "set":
        return _made("choice", values=subsets(kind.values))
    return Code() if unique else _text(kind.length or _SENTENCE_LENGTH)


def subsets(labels: Sequence[str]) -> tuple[str, ...]:
    """Return sets of labels as MySQL writes them, in their order: all of the first eight's."""
    few = labels[:_MOST_IN_SETS]
    masks = range(1 << len(few))
    some = [",".join(x for n, x in enumerate(few) if mask >> n & 1) for mask in masks]
    return (*some, *labels[_MOST_IN_SETS:])


def _whole(column: CatalogColumn, *, unique: bool) -> Generator:
    """Return the generator of whole numbers, those of an interval in seconds."""
    kind = column.sql_type
    if kind.family == "interval":
        return _made("int_range", min=0, max=_LONGEST if unique else _DAY)
    if is_serial(column.type):
        return _made("sequence")
    if kind.name == "year":
        years = kind.integer_bounds if unique else _USUAL_YEARS
        return _made("int_range", min=years[0], max=years[1])
    most = min(kind.integer_bounds[1], _MOST_INT64)
    return _made("int_range", min=1, max=most if unique else min(1000, most))


def stand_in_generator(column: CatalogColumn) -> Generator:
    """Return a generator that fills a column of the type in any case, for one with a mistake."""
    if column.sql_type.family == "text" and column.sql_type.name not in SPELLED:
        return _made("constant", value="")
    return default_generator(column)


def _made(name: str, **parameters: Any) -> Generator:
    kind: Any = GENERATORS[name]
    made: Generator = kind(**parameters)
    return made


def _text(length: int) -> Generator:
    if length >= _SENTENCE_LENGTH:
        return _made("sentence")
    return _made("phrase") if length >= _PHRASE_LENGTH else Letters(length=length)


def _decimal_bound(kind: ColumnType) -> float:
    """Return 1000, or the greatest float that a smaller type holds."""
    most = kind.unit_bounds[1]
    if most >= 1000 * 10**kind.scale:
        return 1000.0
    bound: float = most / 10**kind.scale
    while _units(bound, kind.scale) > most:
        bound = math.nextafter(bound, 0)
    return bound


def _units(number: float, scale: int) -> int:
    """Return a positive number in units of 10^-scale, rounded, however many there are."""
    over, under = number.as_integer_ratio()
    units: int = (2 * over * 10**scale + under) // (2 * under)
    return units


class JsonObject(Generator, frozen=True):
    """A small JSON object: `{"id": 4821, "tag": "harbor"}`."""

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        from shardgen.generators.locales.pools import load_pool

        word = context.pick_word(load_pool("domain_word"), "tag")
        elements = ('{"id": ', context.serial(), ', "tag": "', word.compute, '"}')
        return BoundGenerator.of(TextFunction(elements), word)


class Letters(Generator, frozen=True):
    """As many capital letters as fit, up to three: `QX`. For columns too short for words."""

    length: int

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        count = min(3, self.length)
        letters = WeightedStrings(string.ascii_uppercase)
        if context.unique:
            return _code(context, letters, count)
        drawn = [context.pick_word(letters, f"letter {n}") for n in range(count)]
        text = TextOfList(SeparatePicks(tuple(letter.compute for letter in drawn)))
        return BoundGenerator.of(text, *drawn)


class Code(Generator, frozen=True):
    """
    A short code that no other row has: `k4821`.

    Where the column is too short for one, it is of digits and letters as long as fit: `x7`.
    """

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        limit = context.max_length
        if limit is not None and limit < len(f"k{context.rows + 999}"):
            symbols = WeightedStrings(string.digits + string.ascii_lowercase)
            return _code(context, symbols, min(limit, _MOST_LETTERS))
        return BoundGenerator(compute=TextFunction(("k", context.serial())))


def _code(context: ColumnContext, symbols: WeightedStrings, length: int) -> BoundGenerator:
    """Return text of so many symbols that no other row has."""
    indices = context.combination(*[len(symbols)] * length)
    text = TextOfList(CombinedPicks(indices.compute, (symbols.pool,) * length))
    return BoundGenerator.of(text, indices)


_FIXED = {
    "float": "float_range",
    "date": "date_past",
    "timestamp": "timestamp_past",
    "boolean": "boolean",
    "uuid": "uuid",
    "time": "time_between",
    "bytes": "random_bytes",
    "bits": "random_bits",
    "array": "array",
}
"""By family, where neither the type's arguments nor its being a key matter."""
