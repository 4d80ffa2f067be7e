"""Texts that PostgreSQL reads as values of its own: addresses, ranges, points, XML, sets."""

from __future__ import annotations

import datetime as dt
import ipaddress
import itertools
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from shardgen.errors import BindError, shown
from shardgen.tables import values as c

if TYPE_CHECKING:
    from shardgen.schema.types import ColumnType

_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
_DATE = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_MOMENT = rf'"{_DATE} (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]'
_PAIR = rf"\({_NUMBER},{_NUMBER}\)"


class _Range:
    """
    Ranges between two bounds, either of which may be missing.

    Where `steps` says that one value follows another, PostgreSQL writes the first, and the one
    after the last, and takes them in any brackets.
    """

    def __init__(self, bound: str, read: Callable[[str], Any], *, steps: bool) -> None:
        sides = rf"(?P<low>{bound})?,(?P<high>{bound})?"
        self._form = re.compile(rf"empty|(?P<first>[\[(]){sides}(?P<after>[\])])")
        self._read = read
        self._steps = steps

    def __call__(self, text: str) -> bool:
        """Return whether PostgreSQL writes a range so; ValueError where a bound is none."""
        low, high = self._bounds(text)
        match = self._form.fullmatch(text)
        if match is None or text == "empty":
            return match is not None
        first, after = match["first"], match["after"]
        usual = (first == ("(" if low is None else "["), after == ")")
        ends = (low is None and first == "[", high is None and after == "]")
        return (all(usual) if self._steps else not any(ends)) and self._rise(
            low, high, first + after
        )

    def has_form(self, text: str) -> bool:
        """Return whether a text has bounds, in whatever order."""
        return self._form.fullmatch(text) is not None

    def rises(self, text: str) -> bool:
        """Return whether PostgreSQL takes the bounds: the lower one is not above the upper."""
        low, high = self._bounds(text)
        return low is None or high is None or bool(low <= high)

    def _rise(self, low: Any, high: Any, brackets: str) -> bool:
        if low is None or high is None:
            return True
        return bool(low < high) or (low == high and brackets == "[]")

    def _bounds(self, text: str) -> tuple[Any, Any]:
        match = self._form.fullmatch(text)
        found = (None, None) if match is None else match.group("low", "high")
        low, high = (None if each is None else self._read(each) for each in found)
        return low, high


_MAC = re.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_LEXEME = re.compile(r"'[^'\\]+'")
_TAG = re.compile(r'<([a-z_]\w*)((?: [a-z_]\w*="[^"<&]*")*)(?:/>|>[^<>&]*</\1>)', re.ASCII)


def check_spelled(values: c.Dictionary | c.Text, to: ColumnType) -> None:
    """
    Raise BindError where a text of the column is none that the type reads.

    Of texts that are put together those are tried that have a least or a greatest part everywhere,
    and each listed part in turn.
    """
    check = _CHECKS.get(to.name)
    if to.name == "set":
        known = to.values
        check = lambda text: _is_subset(text, known)  # noqa: E731 -- not kept
    if isinstance(check, _Range) and isinstance(values, c.Text):
        check = check.has_form  # its ends are not those of one row
    if check is None:
        return
    for text in _samples(values):
        try:
            fits = check(text)
        except ValueError:
            fits = False
        if not fits:
            what = f"yields {shown(text)}, which is no {to}"
            raise BindError(what, "leave out the generator, or list values")


def _is_subset(text: str, labels: tuple[str, ...]) -> bool:
    parts = text.split(",") if text else []
    places = [labels.index(part) for part in parts]  # ValueError for any other
    return places == sorted(set(places))


def _samples(values: c.Dictionary | c.Text) -> Iterator[str]:
    if isinstance(values, c.Dictionary):
        yield from values.pool.values
        return
    choices = [list(_ends(element)) for element in values.elements]
    for n in range(max(map(len, choices))):
        yield "".join(each[min(n, len(each) - 1)] for each in choices)
    for ends in itertools.product(*({each[0]: 0, each[-1]: 0} for each in choices[:8])):
        yield "".join((*ends, *(each[0] for each in choices[8:])))


def _ends(element: c.Element) -> Iterator[str]:
    match element:
        case str():
            yield element
        case c.Dictionary(pool=pool):
            yield from pool.values
        case c.Integers(low=low, high=high, digits=digits):
            yield from (f"{n:0{digits}d}" for n in (low, high))
        case c.Dates(low=low, high=high):
            ends = np.array([low, high], np.int64)
            yield from c.Dates(ends, low, high, element.compact).strings()
        case c.HexDigits(digits=digits):
            yield from ("0" * digits, "f" * digits)
        case c.Union(branches=branches):
            for branch in branches:
                yield from _samples(c.Text(branch)) if branch else ("",)


def _is_address(text: str) -> bool:
    """Return whether PostgreSQL writes an address so: with the length of a network of many."""
    address = ipaddress.ip_interface(text)
    alone = address.network.prefixlen == address.max_prefixlen
    return text == (str(address.ip) if alone else str(address))


def _is_network(text: str) -> bool:
    return "/" in text and str(ipaddress.ip_network(text)) == text


def _whole(text: str, *, bits: int) -> int:
    number = int(text)
    if not -(1 << bits) <= number < 1 << bits:
        raise ValueError(text)
    return number


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text.strip('"').removesuffix("+00"))


_CHECKS: dict[str, Callable[[str], object]] = {
    "inet": _is_address,
    "cidr": _is_network,
    "macaddr": _MAC.fullmatch,
    "xml": _TAG.fullmatch,
    "tsvector": _LEXEME.fullmatch,
    "point": re.compile(_PAIR).fullmatch,
    "line": re.compile(rf"\{{{_NUMBER},{_NUMBER},{_NUMBER}\}}").fullmatch,
    "lseg": re.compile(rf"\[{_PAIR},{_PAIR}\]").fullmatch,
    "box": re.compile(f"{_PAIR},{_PAIR}").fullmatch,
    "path": re.compile(rf"\[{_PAIR}(?:,{_PAIR})*\]|\({_PAIR}(?:,{_PAIR})*\)").fullmatch,
    "polygon": re.compile(rf"\({_PAIR}(?:,{_PAIR})*\)").fullmatch,
    "circle": re.compile(f"<{_PAIR},{_NUMBER}>").fullmatch,
    "tsrange": _Range(f'{_MOMENT}"', _moment, steps=False),
    "tstzrange": _Range(f'{_MOMENT}[+]00"', _moment, steps=False),
    "int4range": _Range("-?[0-9]+", partial(_whole, bits=31), steps=True),
    "int8range": _Range("-?[0-9]+", partial(_whole, bits=63), steps=True),
    "numrange": _Range(_NUMBER, Decimal, steps=False),
    "daterange": _Range(_DATE, dt.date.fromisoformat, steps=True),
}
RANGES = tuple(name for name, check in _CHECKS.items() if isinstance(check, _Range))
"""The types of ranges."""


def range_rises(text: str, name: str) -> bool:
    """Return whether the bounds of a range that was put together rise, or are equal."""
    check = _CHECKS[name]
    assert isinstance(check, _Range), name
    return check.rises(text)
