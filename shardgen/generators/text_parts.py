"""What the families of text share: picks from several pools, layouts, slugs, forms that fit."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext
from shardgen.generators.generator import BoundGenerator
from shardgen.generators.sources import ColumnDraw
from shardgen.generators.value_functions import CombinedPicks, SeparatePicks
from shardgen.generators.weighted_strings import WeightedStrings
from shardgen.tables.values import Dictionary, Element, Integers, Pool, Text

if TYPE_CHECKING:
    from shardgen.random.streams import Indices
    from shardgen.schema.catalog_tables import CatalogColumn
    from shardgen.tables.batch import Batch


class TextForm(msgspec.Struct, frozen=True, eq=False):
    """A way to write a value: its greatest length, and what binds it."""

    length: int
    bind: Callable[[], BoundGenerator]


SlotValues = tuple[str, ...] | int
"""What varies in a number: one of these strings, or so many digits."""


def picks(context: ColumnContext, *pools: WeightedStrings) -> ColumnDraw[list[Dictionary]]:
    """
    Return the draw of one string of each pool, which together are the cell.

    By weight; on a unique column, where no combination occurs twice, weights aside.
    """
    if context.unique:
        indices = context.combination(*map(len, pools))
        return indices.then(CombinedPicks(indices.compute, tuple(pool.pool for pool in pools)))
    drawn = [context.pick_word(pool, f"word {n}") for n, pool in enumerate(pools)]
    return ColumnDraw(compute=SeparatePicks(tuple(draw.compute for draw in drawn)))


def first_that_fits(context: ColumnContext, *forms: TextForm) -> BoundGenerator:
    """Return the first form that fits the column, in the order given; BindError when none does."""
    limit = context.max_length
    for form in forms:
        if limit is None or form.length <= limit:
            return form.bind()
    shortest = min(form.length for form in forms)
    what = f"the shortest form has {shortest} characters, and {context.type} holds {limit}"
    raise BindError(what, "choose a longer type")


def serial_length(context: ColumnContext) -> int:
    """Return the most digits that `context.serial()` has."""
    return len(str(context.rows + 999))


class Layout:
    """Text around named slots, such as `{last} {first}`, each of which occurs once."""

    def __init__(self, layout: str) -> None:
        """Read the text."""
        fields = list(string.Formatter().parse(layout))
        self.slots = tuple(slot for _, slot, _, _ in fields if slot is not None)
        self.fixed = sum(len(literal) for literal, _, _, _ in fields)
        """Characters around the slots."""
        self._elements: list[tuple[str, bool]] = []
        for literal, slot, _, _ in fields:
            self._elements += [(literal, False)] if literal else []
            self._elements += [(slot, True)] if slot is not None else []

    def text(self, filled: Mapping[str, Element]) -> Text:
        """Return the text with what each slot is filled with."""
        return Text(tuple(filled[name] if is_slot else name for name, is_slot in self._elements))

    def position(self, slot: str) -> int:
        """Return which element of the text a slot is."""
        return self._elements.index((slot, True))


class LayoutText(msgspec.Struct, frozen=True, eq=False):
    """Text by a layout; what fills its slots is made together, in the order of `slots`."""

    layout: Layout
    slots: Sequence[str]
    elements: Callable[[Batch], Sequence[Element]]

    def __call__(self, batch: Batch) -> Text:
        """Return the text of each row."""
        return self.layout.text(dict(zip(self.slots, self.elements(batch), strict=True)))


def slot_size(slot: SlotValues) -> int:
    """Return how many values a slot can have."""
    return 10**slot if isinstance(slot, int) else len(slot)


def slot_length(slot: SlotValues) -> int:
    """Return the most characters of a slot."""
    return slot if isinstance(slot, int) else max(map(len, slot))


class SlotFiller:
    """Fills slots of a layout by the indices of their values."""

    def __init__(self, slots: Mapping[str, SlotValues]) -> None:
        """Make a pool for each slot of strings."""
        self._pools = {
            n: slot if isinstance(slot, int) else Pool(slot) for n, slot in slots.items()
        }

    def fill(self, indices: Sequence[Indices]) -> dict[str, Element]:
        """Return what stands in each slot, by the slot's name; an array of indices for each."""
        return {
            name: Dictionary(index, pool)
            if isinstance(pool, Pool)
            else Integers(index, 0, 10**pool - 1, digits=pool)
            for (name, pool), index in zip(self._pools.items(), indices, strict=True)
        }


def text_sibling(
    context: ColumnContext, *generators: str, accept: Callable[[CatalogColumn], bool] | None = None
) -> str | None:
    """Return the first other column that one of `generators` makes, where it holds that text."""
    table = context.table
    for column in table.columns:
        if column.generator not in generators or column.name == context.column.name:
            continue
        made_here = column.reference is None and not column.counts_rows
        is_text = made_here and column.sql_type.family == "text"
        if is_text and (accept is None or accept(column)):
            return column.name
    return None


def slug(text: str, letters: Mapping[str, str] = {}) -> str:
    """
    Return the letters of `text` as a–z; "user" where none are left.

    `letters` says how some are spelled; others lose their accents.
    """
    lower = text.lower()
    if lower.isascii() and lower.isalpha():
        return lower  # as nearly all names are
    spelled = "".join(letters.get(letter, letter) for letter in lower)
    plain = unicodedata.normalize("NFKD", spelled).lower()
    return "".join(c for c in plain if "a" <= c <= "z") or "user"
