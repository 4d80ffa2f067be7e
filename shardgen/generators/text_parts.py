"""What the families of text share: weighted strings, layouts, slugs, forms that fit the column."""

from __future__ import annotations

import math
import string
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext, ColumnFunction
from shardgen.tables.values import Dictionary, Integers, Part, Pool, Text

if TYPE_CHECKING:
    from shardgen.random.streams import Indices
    from shardgen.schema.catalog_tables import CatalogColumn
    from shardgen.tables.batch import Batch

Strings = tuple[Sequence[str], Sequence[float]]
"""Values and their weights, as `load_pool` returns them."""
PickMaker = Callable[["Batch"], Dictionary]
Form = tuple[int, Callable[[], ColumnFunction]]
"""A way to write a value: its greatest length, and what binds it."""
Slot = tuple[str, ...] | int
"""What varies in a number: one of these strings, or so many digits."""


def mix(*shares: tuple[Strings, float]) -> Strings:
    """Return pools as one, each with its share of all picks; a value in several adds up."""
    weight_of: dict[str, float] = {}
    for (values, weights), share in shares:
        total = math.fsum(weights)
        for value, weight in zip(values, weights, strict=True):
            weight_of[value] = weight_of.get(value, 0.0) + share * weight / total
    return tuple(weight_of), tuple(weight_of.values())


def longest(strings: Strings) -> int:
    """Return the length of the longest value."""
    return max(map(len, strings[0]))


def shorten(limit: int | None, fixed: int, *pools: Strings) -> list[Strings]:
    """
    Return the pools without their longest values, so that one of each and `fixed` more fit.

    The longest values of all pools go first. BindError when the shortest do not fit either.
    """
    caps = [longest(pool) for pool in pools]
    least = [min(map(len, values)) for values, _ in pools]
    if limit is not None and sum(least) + fixed > limit:
        what = f"even the shortest value has {sum(least) + fixed} characters, above {limit}"
        raise BindError(what, "choose a longer type")
    while limit is not None and sum(caps) + fixed > limit:
        reducible = [n for n in range(len(pools)) if caps[n] > least[n]]
        caps[max(reducible, key=lambda n: caps[n])] -= 1
    return [_up_to(cap, pool) for cap, pool in zip(caps, pools, strict=True)]


def _up_to(length: int, strings: Strings) -> Strings:
    kept = [(v, w) for v, w in zip(*strings, strict=True) if len(v) <= length]
    return tuple(v for v, _ in kept), tuple(w for _, w in kept)


def picks(context: ColumnContext, *pools: Strings) -> Callable[[Batch], list[Dictionary]]:
    """
    Return the maker of one pick from each pool, which together are the cell.

    By weight; on a unique column, where no combination occurs twice, weights aside.
    """
    if context.unique:
        made = [Pool(values) for values, _ in pools]
        combine = context.combination(*map(len, made))
        return lambda batch: [Dictionary(i, p) for i, p in zip(combine(batch), made, strict=True)]
    makers = [
        context.pick(values, weights, purpose=f"word {n}", whole=False)
        for n, (values, weights) in enumerate(pools)
    ]
    return lambda batch: [make(batch) for make in makers]


def first_that_fits(context: ColumnContext, *forms: Form) -> ColumnFunction:
    """Return the first form that fits the column, in the order given; BindError when none does."""
    limit = context.max_length
    for length, bind in forms:
        if limit is None or length <= limit:
            return bind()
    shortest = min(length for length, _ in forms)
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
        self._parts: list[tuple[str, bool]] = []
        for literal, slot, _, _ in fields:
            self._parts += [(literal, False)] if literal else []
            self._parts += [(slot, True)] if slot is not None else []

    def text(self, filled: Mapping[str, Part]) -> Text:
        """Return the text with what each slot is filled with."""
        return Text(tuple(filled[part] if is_slot else part for part, is_slot in self._parts))

    def place(self, slot: str) -> int:
        """Return which part of the text a slot is."""
        return self._parts.index((slot, True))


def slot_size(slot: Slot) -> int:
    """Return how many values a slot can have."""
    return 10**slot if isinstance(slot, int) else len(slot)


def slot_length(slot: Slot) -> int:
    """Return the most characters of a slot."""
    return slot if isinstance(slot, int) else max(map(len, slot))


def slot_filler(
    slots: Mapping[str, Slot] | Sequence[Slot],
) -> Callable[[Sequence[Indices]], dict[str, Part]]:
    """
    Return the function that fills a layout's slots by the indices of their values.

    Slots without names are called 0, 1 and so on.
    """
    named = slots if isinstance(slots, Mapping) else {str(n): s for n, s in enumerate(slots)}
    pools = {name: s if isinstance(s, int) else Pool(s) for name, s in named.items()}

    def fill(indices: Sequence[Indices]) -> dict[str, Part]:
        return {
            name: Dictionary(index, pool)
            if isinstance(pool, Pool)
            else Integers(index, 0, 10**pool - 1, digits=pool)
            for (name, pool), index in zip(pools.items(), indices, strict=True)
        }

    return fill


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
    """Return the letters of `text` as a–z: by `letters`, else without accents; "user" for none."""
    lower = text.lower()
    if lower.isascii() and lower.isalpha():
        return lower  # as nearly all names are
    spelled = "".join(letters.get(letter, letter) for letter in lower)
    plain = unicodedata.normalize("NFKD", spelled).lower()
    return "".join(c for c in plain if "a" <= c <= "z") or "user"


class Derived:
    """A function of strings applied to picks: to each pool once, so that it costs rows nothing."""

    def __init__(self, function: Callable[[str], str]) -> None:
        """Keep the function, which must be pure."""
        self._function = function
        self._made: WeakKeyDictionary[Pool, Pool] = WeakKeyDictionary()

    def __call__(self, values: Dictionary) -> Dictionary:
        """Return the function of each value."""
        pool = self._made.get(values.pool)
        if pool is None:
            pool = self._made[values.pool] = Pool(map(self._function, values.pool.values))
        return Dictionary(values.indices, pool)
