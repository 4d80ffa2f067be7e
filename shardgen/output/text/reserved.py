"""Whether text that is put together may be a word that means something else without quotes."""

from __future__ import annotations

import re

from shardgen.random.overriding import override
from shardgen.tables import values as c
from shardgen.tables.text_lengths import element_length, least_length

_OF_NUMBERS = re.compile(r"[0-9a-f-]+")


class _Texts(c.PoolFunction[frozenset[str]], frozen=True):
    """The strings of a pool, to look one up."""

    @override
    def __call__(self, pool: c.Pool) -> frozenset[str]:
        return frozenset(pool.values)


_TEXTS = _Texts()


def may_be(elements: tuple[c.Element, ...], word: str) -> bool:
    """Return whether the text of any row may be this word, as far as pools and literals say."""
    least, most = (sum(map(of, elements)) for of in (least_length, element_length))
    return least <= len(word) <= most and len(word) in _ends_of_all(elements, word, {0})


def _ends_of_all(elements: tuple[c.Element, ...], word: str, starts: set[int]) -> set[int]:
    """Return where in the word the elements may end that begin at one of `starts`."""
    for element in elements:
        starts = {end for start in starts for end in _ends(element, word, start)}
    return starts


def _ends(element: c.Element, word: str, start: int) -> set[int]:
    match element:
        case str():
            return {start + len(element)} if word.startswith(element, start) else set()
        case c.Union():
            return {end for each in element.branches for end in _ends_of_all(each, word, {start})}
        case c.Dictionary():
            texts = element.pool.mapped(_TEXTS)
            return {end for end in range(start, len(word) + 1) if word[start:end] in texts}
    ends = range(start + 1, len(word) + 1)
    return {end for end in ends if _OF_NUMBERS.fullmatch(word[start:end])}
