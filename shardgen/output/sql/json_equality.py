"""JSON that is equal once it is read: whatever its spaces, the order of its keys and its zeros."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from decimal import Decimal
from typing import Any

from shardgen.errors import BindError
from shardgen.tables.text_lengths import element_length
from shardgen.tables.values import Dictionary, Element, Integers, Text, Union


class _RepeatedKeyError(ValueError):
    """An object names a key twice: what stood first is lost."""


def meaning(text: str) -> Hashable:
    """Return what a JSON text says, equal to that of all texts that say the same."""
    try:
        return _hashable(json.loads(text, parse_int=Decimal, parse_float=Decimal))
    except RecursionError:
        raise BindError("yields JSON that is nested too deep to be compared") from None


def _hashable(value: Any) -> Hashable:
    """Return a value that can be a key: 1 and true differ, as in JSON, and 1 and 1.0 do not."""
    if isinstance(value, dict):
        return "object", frozenset((key, _hashable(each)) for key, each in value.items())
    if isinstance(value, list):
        return "array", tuple(map(_hashable, value))
    return type(value).__name__, value


def may_be_equal(values: Text) -> bool:
    """
    Return whether two composed texts that differ may say the same.

    They cannot where the parts that differ are numbers, or letters within strings that have one
    form, in an object whose keys are all its own.
    """
    if not _are_told_apart(values.elements):
        return True
    rows = values.python()
    return bool(rows) and _repeats_key(rows[0])


def _are_told_apart(elements: Sequence[Element]) -> bool:
    inside, before = False, ""
    for element in elements:
        if isinstance(element, str):
            inside ^= element.count('"') % 2 == 1
            if "\\" in element:
                return False
        elif not (_is_plain(element) if inside else _is_number(element, before)):
            return False
        before = element if isinstance(element, str) else ""
    return True


def _is_plain(element: Element) -> bool:
    """Return whether an element within a string is written in one way alone."""
    if isinstance(element, Dictionary):
        return not any('"' in text or "\\" in text for text in element.pool.values)
    return not isinstance(element, Union)


def _is_number(element: Element, before: str) -> bool:
    """Return whether an element is a number in one form: also all places after a point, signed."""
    if isinstance(element, Union):
        signs = sum(branch[:1] == ("-",) for branch in element.branches)
        return (
            signs == 1
            and len(element.branches) == 2
            and all(map(_are_told_apart, element.branches))
        )
    if not isinstance(element, Integers):
        return False
    return element.digits == (element_length(element) if before == "." else 1)


def _repeats_key(text: str) -> bool:
    try:
        json.loads(text, object_pairs_hook=_once)
    except _RepeatedKeyError:
        return True
    return False


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise _RepeatedKeyError
    return dict(pairs)
