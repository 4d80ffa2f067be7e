"""How long the texts of a column can be, by its kind: in characters, or as a database counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shardgen.random.overriding import override
from shardgen.tables.values import (
    Dates,
    Dictionary,
    Element,
    HexDigits,
    Integers,
    Pool,
    PoolFunction,
    Text,
    Union,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def max_length(values: Dictionary | Text) -> int:
    """Return the most characters that any row of this column can have."""
    if isinstance(values, Dictionary):
        return values.pool.max_length
    return sum(element_length(element) for element in values.elements)


def element_length(element: Element) -> int:
    """Return the most characters that any row of this element can have."""
    match element:
        case str():
            return len(element)
        case Dictionary():
            return element.pool.max_length
        case Integers():
            return max(element.digits, len(str(element.high)))
        case Dates():
            return 8 if element.compact else 10
        case HexDigits():
            return element.digits
        case Union():
            return max(sum(map(element_length, branch)) for branch in element.branches)


def may_end_in_space(elements: Sequence[Element]) -> bool:
    """Return whether a text of these elements may end in a space."""
    for element in reversed(elements):
        ends: tuple[str, ...]
        match element:
            case str():
                ends = (element,)
            case Dictionary():
                ends = element.pool.values
            case Union():
                if any(may_end_in_space(branch) for branch in element.branches):
                    return True
                ends = ("x",) if least_length(element) else ("",)
            case _:
                return False
        if any(text.endswith(" ") for text in ends):
            return True
        if "" not in ends:
            return False
    return False


def has_one_length(elements: Sequence[Element]) -> bool:
    """Return whether all texts of these elements have as many characters."""
    return all(least_length(element) == element_length(element) for element in elements)


def least_length(element: Element) -> int:
    """Return the fewest characters that any row of this element can have."""
    match element:
        case Dictionary():
            return min(map(len, element.pool.values))
        case Integers(low=low, digits=digits):
            return max(digits, len(str(low)))
        case Union():
            return min(sum(map(least_length, branch)) for branch in element.branches)
    return element_length(element)


class LongestText(PoolFunction[int], frozen=True):
    """The most that a string of a pool measures."""

    measure: Callable[[str], int]

    @override
    def __call__(self, pool: Pool) -> int:
        return max(map(self.measure, pool.values))


def longest(values: Dictionary | Text, measure: LongestText) -> int:
    """
    Return the most that the text of any row of this column can measure.

    Two texts that are joined must measure no more than both.
    """
    elements = (values,) if isinstance(values, Dictionary) else values.elements
    return sum(_longest(element, measure) for element in elements)


def _longest(element: Element, measure: LongestText) -> int:
    match element:
        case str():
            return measure.measure(element)
        case Dictionary():
            return element.pool.mapped(measure)
        case Union():
            return max(sum(_longest(e, measure) for e in branch) for branch in element.branches)
    return measure.measure("0" * element_length(element))


def utf8_bytes(text: str) -> int:
    """Return the bytes of a text in UTF-8."""
    return len(text.encode(errors="surrogatepass"))


UTF8_BYTES = LongestText(utf8_bytes)
