"""Texts that PostgreSQL reads as values of its own: addresses, ranges, points, XML, sets."""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from shardgen.errors import BindError, shown
from shardgen.tables import values as c

if TYPE_CHECKING:
    from shardgen.schema.types import ColumnType

_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
_DATE = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_MOMENT = rf'"{_DATE} (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]'
_PAIR = rf"\({_NUMBER},{_NUMBER}\)"


def _range_of(bound: str, ends: str = r"[\])]") -> re.Pattern[str]:
    """Return the form of ranges between two bounds, either of which may be missing."""
    return re.compile(rf"empty|[\[(]{bound},{bound}{ends}|\(,{bound}{ends}|[\[(]{bound},\)|\(,\)")


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
    return bool(ipaddress.ip_interface(text)) and str(ipaddress.ip_interface(text)).startswith(
        text.partition("/")[0]
    )


def _is_network(text: str) -> bool:
    return "/" in text and str(ipaddress.ip_network(text)) == text


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
    "tsrange": _range_of(f'{_MOMENT}"').fullmatch,
    "tstzrange": _range_of(f'{_MOMENT}[+]00"').fullmatch,
    "int4range": _range_of("-?[0-9]+").fullmatch,
    "int8range": _range_of("-?[0-9]+").fullmatch,
    "numrange": _range_of(_NUMBER).fullmatch,
    "daterange": _range_of(_DATE).fullmatch,
}
