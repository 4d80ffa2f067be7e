"""Texts: words, phrases, sentences, paragraphs, product names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext, ColumnFunction, Generator, generator
from shardgen.generators.locales.pools import load_pool
from shardgen.generators.text_parts import Strings, longest, picks, serial_length, shorten
from shardgen.tables.values import Part, Text

if TYPE_CHECKING:
    from shardgen.tables.batch import Batch

_USUAL_SENTENCES = 3


@generator("word")
class Word(Generator, frozen=True):
    """A word of Lorem ipsum."""

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        return context.pick(*load_pool("lorem_word"))


@generator("phrase")
class Phrase(Generator, frozen=True):
    """Two or three English words, such as "amber lantern"."""

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        return context.pick(*load_pool("phrase"))


@generator("sentence")
class Sentence(Generator, frozen=True):
    """A short English remark, such as "Customer asked for a call back next week."."""

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        return context.pick(*load_pool("sentence"))


@generator("text", "paragraph")
class Paragraph(Generator, frozen=True):
    """
    `sentences` short English remarks, one to five.

    Not given, it is three, or as many as the column holds. No remark comes twice in a
    text; on a unique column it may, but no text comes twice.
    """

    sentences: Annotated[int, Meta(ge=1, le=5)] | None = None

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        pool = load_pool("sentence")
        count = self._count(context, longest(pool))
        if count == 1:
            return context.pick(*pool)
        draw = picks(context, *self._pools(context, pool, count))

        def make(batch: Batch) -> Text:
            first, *rest = draw(batch)
            parts: list[Part] = [first]
            for sentence in rest:
                parts += (" ", sentence)
            return Text(tuple(parts))

        return make

    def _pools(self, context: ColumnContext, pool: Strings, count: int) -> list[Strings]:
        """Return one pool for each sentence, without overlap unless the column is unique."""
        if context.unique:
            return [pool] * count
        values, weights = pool
        return [(values[n::count], weights[n::count]) for n in range(count)]

    def _count(self, context: ColumnContext, each: int) -> int:
        limit = context.max_length
        fitting = 5 if limit is None else (limit + 1) // (each + 1)
        if self.sentences is None:
            return max(1, min(_USUAL_SENTENCES, fitting))
        if 1 < self.sentences > fitting:
            what = (
                f"{self.sentences} sentences of up to {each} characters do not fit {context.type}"
            )
            raise BindError(what, f"ask for at most {max(1, fitting)}, or choose a longer type")
        return self.sentences


@generator("product_name")
class ProductName(Generator, frozen=True):
    """
    A product name, such as "Rugged Backpack".

    A unique column has a model number that no other row has: "Rugged Backpack 4821".
    """

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        number = (context.serial(),) if context.unique else ()
        fixed = 1 + (1 + serial_length(context) if number else 0)
        pools = load_pool("product_adjective"), load_pool("product_word")
        fitting = shorten(context.max_length, fixed, *pools)
        adjective, noun = (
            context.pick(*strings, purpose=purpose, whole=False)
            for strings, purpose in zip(fitting, ("adjective", "noun"), strict=True)
        )

        def make(batch: Batch) -> Text:
            parts: tuple[Part, ...] = adjective(batch), " ", noun(batch)
            for serial in number:
                parts += (" ", serial(batch))
            return Text(parts)

        return make
