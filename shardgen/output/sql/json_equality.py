"""JSON that is equal once it is read: whatever its spaces, the order of its keys and its zeros."""

from __future__ import annotations

import json
from collections.abc import Hashable
from decimal import Decimal
from typing import Any

from shardgen.errors import BindError
from shardgen.tables.values import Decimals, Dictionary, Element, Integers, Text, Union


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
    inside = False
    for element in values.elements:
        if isinstance(element, str):
            inside ^= element.count('"') % 2 == 1
            if "\\" in element:
                return True
        elif not (_is_plain(element) if inside else _is_number(element)):
            return True
    return _repeats_key(values.python()[0]) if values.python() else False


def _is_plain(element: Element) -> bool:
    """Return whether an element within a string is written in one way alone."""
    if isinstance(element, Dictionary):
        return not any('"' in text or "\\" in text for text in element.pool.values)
    return not isinstance(element, Union)


def _is_number(element: Element) -> bool:
    return isinstance(element, Decimals) or (isinstance(element, Integers) and element.digits == 1)


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
