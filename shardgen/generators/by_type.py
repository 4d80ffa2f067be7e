"""The generator of a column that names none: a plausible value that fits its type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shardgen.columns import Integers, Text
from shardgen.generators.base import Generator, Maker, Site
from shardgen.generators.choice import Choice
from shardgen.generators.numbers import Boolean, DecimalRange, FloatRange, IntRange, Uuid
from shardgen.generators.texts import Phrase, Sentence
from shardgen.generators.times import DatePast, TimestampPast

if TYPE_CHECKING:
    from shardgen.batch import Batch
    from shardgen.schema import Column

_SENTENCE_LENGTH = 80  # characters: what the longest bundled sentence needs


def default_generator(column: Column) -> Generator:
    """Return the generator for a column by its type, in the year before as-of where it is a time."""
    kind = column.sql_type
    match kind.family:
        case "integer":
            most = kind.integer_bounds[1]
            return IntRange(min=1, max=most if column.is_key else min(1000, most))
        case "decimal":
            return DecimalRange(max=min(1000, kind.unit_bounds[1] / 10**kind.scale))
        case "float":
            return FloatRange()
        case "date":
            return DatePast()
        case "timestamp":
            return TimestampPast()
        case "boolean":
            return Boolean()
        case "uuid":
            return Uuid()
        case "json":
            return JsonObject()
        case "enum":
            return Choice(values=kind.values)
    if column.is_key:
        return Code()
    return Sentence() if (kind.length or _SENTENCE_LENGTH) >= _SENTENCE_LENGTH else Phrase()


class JsonObject(Generator, frozen=True):
    """A small JSON object: `{"id": 4821, "tag": "harbor"}`."""

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        from shardgen.pools import load_pool

        number = site.serial()
        word = site.pick(*load_pool("domain_word"), purpose="tag", whole=False)

        def make(batch: Batch) -> Text:
            return Text(('{"id": ', number(batch), ', "tag": "', word(batch), '"}'))

        return make


class Code(Generator, frozen=True):
    """A short code that no other row has: `k4821`."""

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        number = site.serial()

        def make(batch: Batch) -> Text:
            digits: Integers = number(batch)
            return Text(("k", digits))

        return make
