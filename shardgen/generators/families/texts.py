"""Texts: words, phrases, sentences, paragraphs, product names."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec
from msgspec import Meta

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.locales.pools import load_pool
from shardgen.generators.registry import generator
from shardgen.generators.text_parts import picks, serial_length
from shardgen.generators.value_functions import ElementFunction, TextFunction
from shardgen.generators.weighted_strings import WeightedStrings, shorten
from shardgen.random.overriding import override
from shardgen.tables.values import Dictionary, Element, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from shardgen.tables.batch import Batch

_USUAL_SENTENCES = 3
_MOST_SENTENCES = 400  # 20 paragraphs of 20
_MOST_UNIQUE = 7  # sentences of 204: 204^8 is beyond 62 bits


def _bind_pool(context: ColumnContext, name: str) -> BoundGenerator:
    pick = context.pick(load_pool(name))
    return BoundGenerator.of(pick.compute, pick)


@generator("word")
class Word(Generator, frozen=True):
    """A word of Lorem ipsum."""

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return _bind_pool(context, "lorem_word")


@generator("phrase")
class Phrase(Generator, frozen=True):
    """Two or three English words, such as "amber lantern"."""

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return _bind_pool(context, "phrase")


@generator("sentence")
class Sentence(Generator, frozen=True):
    """A short English remark, such as "Customer asked for a call back next week."."""

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return _bind_pool(context, "sentence")


@generator("text", "paragraph")
class Paragraph(Generator, frozen=True):
    """
    `sentences` short English remarks, one to five.

    Not given, it is three, or as many as the column holds. No remark comes twice in a
    text; on a unique column it may, but no text comes twice.
    """

    sentences: Annotated[int, Meta(ge=1, le=5)] | None = None

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        pool = load_pool("sentence")
        count = self._count(context, pool.longest)
        if count == 1:
            return _bind_pool(context, "sentence")
        drawn = picks(context, *self._pools(context, pool, count))
        return BoundGenerator.of(SpacedText(drawn.compute), drawn)

    def _pools(
        self, context: ColumnContext, pool: WeightedStrings, count: int
    ) -> list[WeightedStrings]:
        """Return one pool for each sentence, without overlap unless the column is unique."""
        if context.unique:
            return [pool] * count
        return [
            WeightedStrings(pool.values[n::count], pool.weights[n::count]) for n in range(count)
        ]

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


class SpacedText(msgspec.Struct, frozen=True, eq=False):
    """Picks with a space between any two, or an empty line after every `paragraph` of them."""

    picks: Callable[[Batch], list[Dictionary]]
    paragraph: int = 1 << 30

    def __call__(self, batch: Batch) -> Text:
        """Return the text of each row."""
        first, *rest = self.picks(batch)
        elements: list[Element] = [first]
        for n, sentence in enumerate(rest, start=1):
            elements += (" " if n % self.paragraph else "\n\n", sentence)
        return Text(tuple(elements))


@cache
def _lorem_sentences() -> WeightedStrings:
    """Return sentences of Lorem ipsum, of four to nine words, each word in every place once."""
    words = load_pool("lorem_word").values
    made = []
    for n in range(len(words)):
        count = 4 + n % 6
        line = [words[(n * 7 + k * 31) % len(words)] for k in range(count)]
        made.append(" ".join(line).capitalize() + ".")
    return WeightedStrings(tuple(dict.fromkeys(made)))


@generator("lorem_paragraph", "lorem_ipsum")
class LoremIpsum(Generator, frozen=True):
    """
    Lorem ipsum: `paragraphs` of `sentences` each, with an empty line between.

    Not given, it is one paragraph of four sentences, or as many as the column holds. On a unique
    column no text comes twice.
    """

    paragraphs: Annotated[int, Meta(ge=1, le=20)] = 1
    sentences: Annotated[int, Meta(ge=1, le=20)] | None = None

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        pool = _lorem_sentences()
        limit = context.max_length
        fitting = _MOST_SENTENCES if limit is None else max(1, (limit + 2) // (pool.longest + 2))
        each = self.sentences or max(1, min(4, fitting // self.paragraphs))
        count = self.paragraphs * each
        if 1 < count > fitting:
            what = f"{count} sentences of up to {pool.longest} characters do not fit {context.type}"
            raise BindError(what, f"ask for at most {fitting}, or choose a longer type")
        if count == 1:
            pick = context.pick(pool)
            return BoundGenerator.of(pick.compute, pick)
        if context.unique and count > _MOST_UNIQUE:
            what = f"{count} sentences have more combinations than 64 bits count"
            raise BindError(what, f"ask for at most {_MOST_UNIQUE}, or leave out unique")
        drawn = picks(context, *[pool] * count)
        return BoundGenerator.of(SpacedText(drawn.compute, each), drawn)


@generator("product_name")
class ProductName(Generator, frozen=True):
    """
    A product name, such as "Rugged Backpack".

    A unique column has a model number that no other row has: "Rugged Backpack 4821". In a row with
    a `category`, `price` or `sku` it is a product that they fit: "Soundvale Wireless Earbuds".
    """

    beside: ClassVar[tuple[str, ...]] = ("category", "price", "sku")

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        if any(c.generator in ("category", "price", "sku") for c in context.table.columns):
            from shardgen.generators.families.retail import LONGEST_PRODUCT, product_of_row

            length = LONGEST_PRODUCT + (1 + serial_length(context) if context.unique else 0)
            if length <= (context.max_length or 1 << 30):
                return product_of_row(context)
        return self._invented(context)

    @staticmethod
    def _invented(context: ColumnContext) -> BoundGenerator:
        number: tuple[str | ElementFunction, ...] = ()
        if context.unique:
            number = " ", context.serial()
        fixed = 1 + (1 + serial_length(context) if number else 0)
        pools = load_pool("product_adjective"), load_pool("product_word")
        words = shorten(context.max_length, fixed, *pools)
        adjective = context.pick_word(words[0], "adjective")
        noun = context.pick_word(words[1], "noun")
        elements = (adjective.compute, " ", noun.compute, *number)
        return BoundGenerator.of(TextFunction(elements), adjective, noun)
