"""The bounds of a table's partitions → the condition that each of its rows has one."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from shardgen.importing.described import Partitioning

_LIST = re.compile(r"(?:FOR )?VALUES IN \((.*)\)", re.IGNORECASE | re.DOTALL)
_RANGE = re.compile(r"FOR VALUES FROM \((.*)\) TO \((.*)\)", re.IGNORECASE | re.DOTALL)
_BELOW = re.compile(r"VALUES LESS THAN \(?(.*?)\)?", re.IGNORECASE | re.DOTALL)
_VALUE = re.compile(r"\s*((?:'(?:[^']|'')*'|\([^()]*\)|[^,'()])+)\s*(?:,|$)")
_OF_DAYS = re.compile(r"(year|to_days)\s*\(\s*([`\"]?\w+[`\"]?)\s*\)", re.IGNORECASE)
_NUMBER_OF_DAYS = re.compile(r"to_days\s*\(\s*('[^']*')\s*\)?", re.IGNORECASE)
_DAYS_BEFORE_US = 365
"""MySQL's TO_DAYS counts from the year 0, Python's ordinals from the year 1."""
NOWHERE = "1 = 0"


def partition_condition(cut: Partitioning | None) -> str | None:
    """
    Return a condition in SQL by which rows have a partition; None where all of them have one.

    It is sufficient: of partitions by several columns, rows within the first one's bounds.
    """
    if cut is None or cut.method == "hash" or any(b.upper() == "DEFAULT" for b in cut.bounds):
        return None
    columns = _values(cut.by)
    within = dict(cut.within)
    ways = []
    listed: list[str] = []
    for bound in _joined(cut):
        inner = partition_condition(within.get(bound))
        match = _LIST.fullmatch(bound)
        if match is not None and inner is None:
            listed += (value for value in _values(match[1]) if value.upper() != "NULL")
            continue
        ways.append(" AND ".join(filter(None, (_of_bound(bound, columns), inner))))
    if listed:
        ways.insert(0, f"{cut.by} IN ({', '.join(listed)})")
    if cut.method == "range" and cut.bounds and all(map(_BELOW.fullmatch, cut.bounds)):
        ways = ways[-1:]  # each has what is below it and no other
        if match := _OF_DAYS.fullmatch(cut.by):
            ways = list(_before(match[1].lower(), match[2], cut.bounds[-1]))
            columns = [match[2]]
    given = [f"{column} IS NOT NULL" for column in columns]
    if "" in ways:  # one of them takes what the others do not
        return " AND ".join(given)
    found = " OR ".join(f"({way})" for way in ways)
    return " AND ".join([f"({found or NOWHERE})", *given])


def _before(function: str, column: str, bound: str) -> Iterator[str]:
    """Yield the condition that rows are of days before a bound, which counts years or days."""
    below = _BELOW.fullmatch(bound)
    text = below[1].strip() if below is not None else ""
    if text.upper() == "MAXVALUE":
        yield ""
    elif match := _NUMBER_OF_DAYS.fullmatch(text):
        yield f"{column} < {match[1]}"
    elif text.isdecimal() and function == "year":
        yield f"{column} < '{int(text):04}-01-01'"
    elif text.isdecimal() and int(text) > _DAYS_BEFORE_US:
        yield f"{column} < '{dt.date.fromordinal(int(text) - _DAYS_BEFORE_US)}'"


def _joined(cut: Partitioning) -> tuple[str, ...]:
    """Return bounds with ranges of one column that end where the next begins as one."""
    cuts = {bound for bound, _ in cut.within}
    ends: dict[str, str] = {}
    for bound in cut.bounds:
        match = _RANGE.fullmatch(bound)
        if match is not None and len(_values(cut.by)) == 1 and bound not in cuts:
            ends[match[1]] = match[2]
    if len(ends) + len(cuts) < len(cut.bounds):
        return cut.bounds
    made = []
    for low in [each for each in ends if each not in ends.values()]:
        high, seen = ends[low], 0
        while high in ends and seen < len(ends):
            high, seen = ends[high], seen + 1
        made.append(f"FOR VALUES FROM ({low}) TO ({high})")
    return (*made, *(bound for bound in cut.bounds if bound in cuts))


def _of_bound(bound: str, columns: list[str]) -> str:
    """Return the condition on rows of one partition, "" where there is none."""
    if match := _LIST.fullmatch(bound):
        return f"{columns[0]} IN ({match[1]})"
    if match := _BELOW.fullmatch(bound):
        first = next(iter(_values(match[1])), "MAXVALUE")
        return "" if first.upper() == "MAXVALUE" else f"{columns[0]} < {first}"
    match = _RANGE.fullmatch(bound)
    if match is None:
        return NOWHERE
    return " AND ".join(_range(columns, _values(match[1]), _values(match[2])))


def _range(columns: list[str], lows: list[str], highs: list[str]) -> Iterator[str]:
    """Yield conditions on columns in order, until one of them is apart from the bounds."""
    is_single = len(columns) == 1
    for column, low, high in zip(columns, lows, highs, strict=False):
        if low == high and not is_single:
            yield f"{column} = {low}"
            continue
        if low.upper() != "MINVALUE":
            yield f"{column} {'>=' if is_single else '>'} {low}"
        if high.upper() != "MAXVALUE":
            yield f"{column} < {high}"
        return


def _values(text: str) -> list[str]:
    """Return what stands between commas; those in quotes and parentheses are none."""
    return [match[1].strip() for match in _VALUE.finditer(text) if match[1].strip()]
