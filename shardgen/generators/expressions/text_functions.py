"""
What is computed of text: cutting and changing, length, comparing and choosing.

A function of picked text is computed once for each string of the pool; the last results are kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.generators.expressions.numbers import (
    ArithmeticBoundsError,
    Numbers,
    add,
    select_rows,
    whole_numbers,
)
from shardgen.generators.expressions.texts import Texts, joined, literal_text, picked
from shardgen.tables.text_lengths import element_length
from shardgen.tables.values import Dates, Dictionary, Element, HexDigits, Integers, Pool, Union

if TYPE_CHECKING:
    from shardgen.generators.expressions.numbers import Truths
    from shardgen.random.streams import Indices

_KEPT_RESULTS = 1024  # of pools; a column asks for the same ones in every batch
_NOT_IN_SLUG = re.compile(r"[^a-z0-9]+")
_OF_NUMBERS = "0123456789-"
_HEXADECIMAL = "0123456789abcdef"
_MAX_MERGED = 1_000_000  # strings of a pool that is merged from others


# Every string, every letter


class EachString(msgspec.Struct, frozen=True, eq=False):
    """A function of a string applied to picked text: to every string of its pool."""

    function: Callable[..., str]

    def __call__(self, text: Texts, *args: int | str) -> Texts:
        """Return function(text, *args); ArithmeticBoundsError unless the text is picked."""
        if text.literal is not None:
            return literal_text(self.function(text.literal, *args))
        picks = text.picks
        return Texts((Dictionary(picks.indices, _mapped(self.function, picks.pool, *args)),))


class EachLetter(msgspec.Struct, frozen=True, eq=False):
    """A function of letters, such as `str.lower`, applied to any text; digits stay as they are."""

    function: Callable[[str], str]

    def __call__(self, text: Texts) -> Texts:
        """Return function(text); ArithmeticBoundsError for the capital letters of a UUID."""
        return Texts(tuple(map(self._changed, text.elements)))

    def _changed(self, part: Element) -> Element:
        match part:
            case str():
                return self.function(part)
            case Dictionary():
                return Dictionary(part.indices, _mapped(self.function, part.pool))
            case HexDigits() if self.function in (str.upper, upper_of_ascii):
                raise ArithmeticBoundsError(
                    "changes the letters of a UUID or a hash, which have one form"
                )
            case Union():
                branches = (tuple(map(self._changed, branch)) for branch in part.branches)
                return Union(tuple(branches), part.which)
        return part


@lru_cache(maxsize=_KEPT_RESULTS)
def _mapped(function: Callable[..., str], pool: Pool, *args: int | str) -> Pool:
    return Pool(function(value, *args) for value in pool.values)


class Replaced(msgspec.Struct, frozen=True, eq=False):
    """One text in place of another, wherever that stands; of one character, in any text."""

    def __call__(self, text: Texts, old: str, new: str) -> Texts:
        """Return the text changed; ArithmeticBoundsError unless it is picked, or `old` is short."""
        if len(old) == 1 and text.literal is None:
            return Texts(tuple(self._changed(part, old, new) for part in text.elements))
        return EachString(replaced)(text, old, new)

    def _changed(self, part: Element, old: str, new: str) -> Element:
        match part:
            case str():
                return part.replace(old, new)
            case Dictionary():
                return Dictionary(part.indices, _mapped(replaced, part.pool, old, new))
            case Union():
                branches = (
                    tuple(self._changed(each, old, new) for each in branch)
                    for branch in part.branches
                )
                return Union(tuple(branches), part.which)
        if old in (_HEXADECIMAL if isinstance(part, HexDigits) else _OF_NUMBERS):
            raise ArithmeticBoundsError("replaces digits of a number, a date or a UUID")
        return part


# Functions of a string


def replaced(text: str, old: str, new: str) -> str:
    """Return the text with `new` in place of each `old`."""
    return text.replace(old, new)


def lower_of_ascii(text: str) -> str:
    """Return small letters; ArithmeticBoundsError for letters of which databases know no others."""
    return _of_ascii(text).lower()


def upper_of_ascii(text: str) -> str:
    """Return capitals; ArithmeticBoundsError for letters of which databases know no others."""
    return _of_ascii(text).upper()


def _of_ascii(text: str) -> str:
    if not text.isascii():
        raise ArithmeticBoundsError("changes letters of which not every database knows the other")
    return text


def slug(text: str) -> str:
    """Return small letters without accents and digits, a hyphen in place of anything else."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _NOT_IN_SLUG.sub("-", plain.lower())


def capitalised(text: str) -> str:
    """Return the text with a capital at the start of every word, and small letters after it."""
    return _WORD.sub(_capitalised_word, text)


def _capitalised_word(word: re.Match[str]) -> str:
    return word[0].capitalize()


def in_json(text: str) -> str:
    """Return the text as it stands between the quotes of a JSON string."""
    return msgspec.json.encode(text).decode()[1:-1]


def json_string(text: Texts) -> Texts:
    """Return the text as a JSON string, with its quotes."""
    quote = literal_text('"')
    return joined(quote, EachLetter(in_json)(text), quote)


class JsonOf(msgspec.Struct, frozen=True, eq=False):
    """Values as JSON strings, of what makes them text."""

    to_text: Callable[..., Texts]

    def __call__(self, value: Numbers) -> Texts:
        """Return the values with quotes."""
        return json_string(self.to_text(value))


def left(text: str, count: int) -> str:
    """Return the first characters."""
    return text[:count]


def right(text: str, count: int) -> str:
    """Return the last characters."""
    return text[max(0, len(text) - count) :]


def substring(text: str, start: int, count: int | None = None) -> str:
    """Return `count` characters, or all, from the one at `start` on; the first is at 1."""
    first = max(0, start - 1)
    return text[first:] if count is None else text[first : max(0, start - 1 + count)]


def padded(text: str, length: int, fill: str = " ") -> str:
    """Return the text with at least `length` characters, filled from the left."""
    missing = max(0, length - len(text))
    return (fill * missing)[:missing] + text


# Length


def length(text: Texts) -> Numbers:
    """Return the number of characters."""
    total, *others = map(_part_length, text.elements or ("",))
    for other in others:
        total = add(total, other)
    return total


def _part_length(part: Element) -> Numbers:
    match part:
        case Dictionary():
            lengths = _lengths(part.pool)
            return whole_numbers(lengths.take(part.indices), int(lengths.min()), int(lengths.max()))
        case Integers():
            digits = 1 + np.searchsorted(_POWERS, part.values, "right")
            low, high = (max(part.digits, len(str(n))) for n in (part.low, part.high))
            return whole_numbers(np.maximum(digits, part.digits), low, high)
        case Union():
            each = [length(Texts(parts)) for parts in part.branches]
            units = np.choose(part.which, [number.units for number in each])
            return whole_numbers(units, min(n.low for n in each), max(n.high for n in each))
        case str() | Dates() | HexDigits():
            count = element_length(part)
            return whole_numbers(np.int64(count), count, count)
    raise TypeError(part)


@lru_cache(maxsize=_KEPT_RESULTS)
def _lengths(pool: Pool) -> Indices:
    return np.array([len(value) for value in pool.values], np.int64)


# Comparing


class TextComparison(msgspec.Struct, frozen=True, eq=False):
    """Where a comparison such as `np.less` of two texts holds, by the codes of their characters."""

    compare: np.ufunc

    def __call__(self, a: Texts, b: Texts) -> Truths:
        """Return the rows in which it holds; ArithmeticBoundsError unless both are picked."""
        first, second = a.picks, b.picks
        ranks, others = _ranks(first.pool, second.pool)
        truths: Truths
        if b.literal is not None and len(first.pool) <= len(np.atleast_1d(first.indices)):
            truths = self.compare(ranks, others[0]).take(first.indices)
        else:
            truths = self.compare(ranks.take(first.indices), others.take(second.indices))
        return truths


@lru_cache(maxsize=_KEPT_RESULTS)
def _ranks(a: Pool, b: Pool) -> tuple[Indices, Indices]:
    """Return the rank of each string of both pools among all of them."""
    rank = {value: n for n, value in enumerate(sorted({*a.values, *b.values}))}
    first, second = ([rank[value] for value in pool.values] for pool in (a, b))
    return np.array(first, np.int64), np.array(second, np.int64)


# Choosing


def select_texts(conditions: Sequence[Truths], values: Sequence[Texts]) -> Texts:
    """Return each row's text of the first condition that holds, else of the last."""
    pools = [value.picks.pool for value in values if value.is_picked]
    if len(pools) == len(values) and sum(map(len, pools)) <= _MAX_MERGED:
        merged, moved = _merged(tuple(pools))
        indices = [new.take(value.picks.indices) for new, value in zip(moved, values, strict=True)]
        return picked(select_rows(conditions, indices), merged)
    which = select_rows(conditions, list(map(np.int64, range(len(values)))))
    if np.ndim(which) == 0:
        return values[int(which)]
    return Texts((Union(tuple(value.elements for value in values), which),))


@lru_cache(maxsize=_KEPT_RESULTS)
def _merged(pools: tuple[Pool, ...]) -> tuple[Pool, list[Indices]]:
    """Return one pool of all strings, and for each pool the new indices of its strings."""
    index: dict[str, int] = {}
    moved = [
        np.array([index.setdefault(value, len(index)) for value in pool.values], np.int64)
        for pool in pools
    ]
    return Pool(index), moved


_WORD = re.compile(r"\w+")
_POWERS = np.array([10**n for n in range(1, 19)], np.int64)
"""A number has one digit more than there are powers that it reaches."""
