"""Patterns: codes of fixed length, such as `AB-4821-QX`, by a pattern of what stands where."""

from __future__ import annotations

import math
import re
import string
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from typing import TYPE_CHECKING

import msgspec

from shardgen.errors import BindError, shown
from shardgen.generators.context import ColumnContext
from shardgen.generators.functions import Combination, StreamWords
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.registry import generator
from shardgen.generators.sources import ColumnDraw
from shardgen.random.mixed_radix import digits_of
from shardgen.random.overriding import override
from shardgen.random.streams import below
from shardgen.tables.values import Dictionary, Element, Integers, Pool, Text

if TYPE_CHECKING:
    from shardgen.random.streams import Indices
    from shardgen.tables.batch import Batch

Choices = tuple[str, ...]
"""The characters that may stand in one position; a single one is a fixed character."""

_MOST = 1 << 62  # of the combinations that one word chooses among: what a permutation takes
_RUN = 6  # digits that are made as one number
_LONGEST = 1000  # characters of a value
_LONGEST_PATTERN = 10_000
_MOST_LISTED = 0x11_0000  # characters that all lists of a pattern have: every one there is, once
_DIGITS = tuple(string.digits)
_SIGNS: dict[str, Choices] = {
    "#": _DIGITS,
    "?": tuple(string.ascii_uppercase),
    "*": tuple(string.ascii_uppercase + string.digits),
}
_COUNT = re.compile(r"\{([0-9]{1,4})\}")
_CLASS = re.compile(r"\[((?:\\.|[^\]\\])*)\]", re.DOTALL)
_SPAN = re.compile(r"(\\.|[^\\])(?:-(\\.|[^\\]))?", re.DOTALL)


@generator("pattern")
class Pattern(Generator, frozen=True):
    r"""
    Text by a `pattern`, such as "AB-####-??": `#` is a digit, `?` a capital letter, `*` either.

    `[a-f0-9]` is one of the characters listed, and `{4}` after any of these repeats it: `[01]{8}`.
    After `\` a character stands for itself, as all others do. On a unique column no text comes
    twice.
    """

    pattern: str

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        positions = list(_positions(self.pattern))
        if not positions:
            raise BindError("the pattern is empty", 'give it one such as "AB-####"')
        limit = context.max_length
        if limit is not None and len(positions) > limit:
            what = (
                f"{self.pattern!r} makes {len(positions)} characters, "
                f"and the column is {context.type}"
            )
            raise BindError(what, "choose a longer type, or a shorter pattern")
        elements = tuple(elements_of(positions))
        indices = indices_of(context, [e.size for e in elements if isinstance(e, PatternElement)])
        return BoundGenerator.of(PatternText(elements, indices.compute), indices)


class PatternElement(msgspec.Struct, frozen=True, eq=False):
    """An element of text with `size` possible values: digits as a number where it has no pool."""

    size: int
    digits: int = 0
    pool: Pool | None = None

    def values(self, index: Indices) -> Element:
        """Return the values of these indices."""
        if self.pool is not None:
            return Dictionary(index, self.pool)
        return Integers(index, 0, self.size - 1, digits=self.digits)


class PatternText(msgspec.Struct, frozen=True, eq=False):
    """Text of fixed elements and of others, which have an index each."""

    elements: tuple[str | PatternElement, ...]
    indices: Combination

    def __call__(self, batch: Batch) -> Text:
        """Return the text of each row."""
        drawn = iter(self.indices(batch))
        return Text(
            tuple(e if isinstance(e, str) else e.values(next(drawn)) for e in self.elements)
        )


def elements_of(positions: Sequence[Choices]) -> Iterator[str | PatternElement]:
    """Yield fixed text, runs of digits, and other positions one by one; one of them has values."""
    pools: dict[Choices, Pool] = {}
    if all(len(choices) == 1 for choices in positions):
        yield PatternElement(1, pool=Pool(["".join(choices[0] for choices in positions)]))
        return
    for choices, run in groupby(positions, lambda c: "" if len(c) == 1 else c):
        same = list(run)
        if choices == "":
            yield "".join(each[0] for each in same)
        elif choices == _DIGITS:
            for start in range(0, len(same), _RUN):
                digits = min(_RUN, len(same) - start)
                yield PatternElement(10**digits, digits)
        else:
            pool = pools.setdefault(same[0], Pool(same[0]))
            yield from [PatternElement(len(pool), pool=pool)] * len(same)


def indices_of(context: ColumnContext, sizes: Sequence[int]) -> ColumnDraw[list[Indices]]:
    """
    Return the draw of an index below each size.

    One draw serves as many of them as it has room for. On a unique column the first does not repeat
    a combination: with all sizes it is every one there is, and else more than a table has rows.
    """
    groups: list[list[int]] = [[]]
    total = 1
    for size in sizes:
        if total * size >= _MOST:
            groups.append([])
            total = 1
        groups[-1].append(size)
        total *= size
    first, *others = groups
    combination = context.combination(*first)
    if not others:
        return combination
    more = tuple((context.words(f"more {n}"), tuple(group)) for n, group in enumerate(others))
    return combination.then(LongCombination(combination.compute, more))


class LongCombination(msgspec.Struct, frozen=True, eq=False):
    """Indices of a combination, then those of words, each of which chooses among some sizes."""

    first: Combination
    more: tuple[tuple[StreamWords, tuple[int, ...]], ...]

    def __call__(self, batch: Batch) -> list[Indices]:
        """Return one array of indices for each size."""
        indices = self.first(batch)
        for words, sizes in self.more:
            combined = below(words(batch), math.prod(sizes))
            indices += reversed(digits_of(combined, sizes[::-1]))
        return indices


def _positions(pattern: str) -> Iterator[Choices]:
    """Yield what may stand in each position of the text; BindError for an unreadable pattern."""
    if len(pattern) > _LONGEST_PATTERN:
        raise BindError(f"the pattern has more than {_LONGEST_PATTERN} characters", "shorten it")
    if "\0" in pattern:
        raise BindError("the pattern has a NUL, which no database stores")
    position, length, listed = 0, 0, 0
    while position < len(pattern):
        choices, position = _choices_at(pattern, position, _MOST_LISTED - listed)
        listed += len(choices)
        count = 1
        if pattern.startswith("{", position):
            match = _COUNT.match(pattern, position)
            if match is None or int(match[1]) < 1:
                raise _unreadable(pattern, position, r'write a count such as "{4}", or "\{"')
            count, position = int(match[1]), match.end()
        length += count
        if length > _LONGEST:
            raise BindError(f"the pattern makes more than {_LONGEST} characters", "shorten it")
        yield from [choices] * count


def _choices_at(pattern: str, position: int, most: int) -> tuple[Choices, int]:
    """
    Return what may stand in the position that begins there, and where the next one begins.

    BindError for an unreadable pattern, or a list of more than `most` characters.
    """
    sign = pattern[position]
    if sign == "\\":
        if position + 1 == len(pattern):
            raise _unreadable(pattern, position, r'write "\\" for the character itself')
        return (pattern[position + 1],), position + 2
    if sign == "[":
        match = _CLASS.match(pattern, position)
        if match is None or not match[1]:
            raise _unreadable(pattern, position, r'write a list such as "[a-f0-9]", or "\["')
        few = tuple(islice(_listed(match[1]), most + 1))
        if len(few) > most:
            raise BindError(f"the pattern lists more than {_MOST_LISTED} characters", "list fewer")
        return tuple(dict.fromkeys(few)), match.end()
    if sign == "{":
        raise _unreadable(pattern, position, r'a count follows what it repeats; or write "\{"')
    return _SIGNS.get(sign, (sign,)), position + 1


def _listed(text: str) -> Iterator[str]:
    for match in _SPAN.finditer(text):
        first, last = (end[-1] if end else "" for end in match.groups())
        if last and first > last:
            raise BindError(f"[{match[0]}] runs backwards", f"write [{last}-{first}]")
        yield from map(chr, range(ord(first), ord(last or first) + 1))


def _unreadable(pattern: str, position: int, hint: str) -> BindError:
    what = f"cannot read {shown(pattern[position:])} in the pattern {shown(pattern)}"
    return BindError(what, hint)
