"""The generator of a column that names none: a plausible value that fits its type."""

from __future__ import annotations

import math
import string
from typing import TYPE_CHECKING, Any

from shardgen.generators.context import GENERATORS, ColumnContext, ColumnFunction, Generator
from shardgen.tables.values import Dictionary, Integers, Pool, Text

if TYPE_CHECKING:
    from shardgen.schema.catalog_tables import CatalogColumn
    from shardgen.schema.types import ColumnType
    from shardgen.tables.batch import Batch

_SENTENCE_LENGTH = 80  # characters: what the longest bundled sentence needs
_MOST_LETTERS = 11  # of a code of digits and letters: 36^11 is below 2^62
_PHRASE_LENGTH = 12  # with enough phrases to choose from


def default_generator(column: CatalogColumn, *, unique: bool = False) -> Generator:
    """Return the generator for a column by its type; a time is in the year before as-of."""
    kind = column.sql_type
    if kind.family in _FIXED:
        return _made(_FIXED[kind.family])
    match kind.family:
        case "integer":
            most = kind.integer_bounds[1]
            return _made("int_range", min=1, max=most if unique else min(1000, most))
        case "decimal":
            return _made("decimal_range", max=_decimal_bound(kind))
        case "enum":
            return _made("choice", values=kind.values)
        case "json":
            return JsonObject()
    return Code() if unique else _text(kind.length or _SENTENCE_LENGTH)


def stand_in_generator(column: CatalogColumn) -> Generator:
    """Return a generator that fills a column of the type in any case, for one with a mistake."""
    if column.sql_type.family == "text":
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
    bound: float = min(1000.0, most / 10**kind.scale)
    while round(bound * 10**kind.scale) > most:
        bound = math.nextafter(bound, 0)
    return bound


class JsonObject(Generator, frozen=True):
    """A small JSON object: `{"id": 4821, "tag": "harbor"}`."""

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        from shardgen.generators.locales.pools import load_pool

        number = context.serial()
        word = context.pick(*load_pool("domain_word"), purpose="tag", whole=False)

        def make(batch: Batch) -> Text:
            return Text(('{"id": ', number(batch), ', "tag": "', word(batch), '"}'))

        return make


class Letters(Generator, frozen=True):
    """As many capital letters as fit, up to three: `QX`. For columns too short for words."""

    length: int

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        if context.unique:
            pool = Pool(string.ascii_uppercase)
            code = context.combination(*[len(pool)] * min(3, self.length))
            return lambda batch: Text(tuple(Dictionary(index, pool) for index in code(batch)))
        letters = [
            context.pick(string.ascii_uppercase, purpose=f"letter {n}", whole=False)
            for n in range(min(3, self.length))
        ]
        return lambda batch: Text(tuple(letter(batch) for letter in letters))


class Code(Generator, frozen=True):
    """
    A short code that no other row has: `k4821`.

    Where the column is too short for one, it is of digits and letters as long as fit: `x7`.
    """

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        limit = context.max_length
        if limit is not None and limit < len(f"k{context.rows + 999}"):
            return self._bind_short(context, min(limit, _MOST_LETTERS))
        number = context.serial()

        def make(batch: Batch) -> Text:
            digits: Integers = number(batch)
            return Text(("k", digits))

        return make

    def _bind_short(self, context: ColumnContext, length: int) -> ColumnFunction:
        letters = Pool(string.digits + string.ascii_lowercase)
        code = context.combination(*[len(letters)] * length)
        return lambda batch: Text(tuple(Dictionary(index, letters) for index in code(batch)))


_FIXED = {
    "float": "float_range",
    "date": "date_past",
    "timestamp": "timestamp_past",
    "boolean": "boolean",
    "uuid": "uuid",
}
"""By family, where neither the type's arguments nor its being a key matter."""
