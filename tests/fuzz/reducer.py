"""A greedy reducer: takes away what a finding does not need, and makes smaller what is left."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from fuzz.cases import Case
from fuzz.mutation import places

Change = Callable[[Any, Any], None]
"""Changes the entry of an object or a list under a key."""


def reduced(case: Case, still: Callable[[Case], bool], *, seconds: float = 30) -> Case:
    """Return the smallest case found within that time of which `still` holds as of the first."""
    if isinstance(case.schema, bytes):
        return case
    end = time.monotonic() + seconds
    smaller = True
    while smaller and time.monotonic() < end:
        smaller = False
        for change in (_delete, _simplify):
            at = 0
            while time.monotonic() < end:
                tried, at = _next(case, change, at)
                if tried is None:
                    break
                if still(tried):
                    case, smaller = tried, True
                    at -= 1  # what stood behind it has its place now
    return case


def _next(case: Case, change: Change, at: int) -> tuple[Case | None, int]:
    """Return the case after the next change that changes anything; None when there is none."""
    count = len(places(case.schema))
    while at < count:
        raw = copy.deepcopy(case.schema)
        holder, key = places(raw)[at]
        at += 1
        before = copy.deepcopy(holder)
        change(holder, key)
        if holder != before:
            return msgspec.structs.replace(case, schema=raw), at
    return None, at


def _delete(holder: Any, key: Any) -> None:
    del holder[key]


def _simplify(holder: Any, key: Any) -> None:
    """Put the simplest thing of its kind in its place: one step at each pass."""
    holder[key] = next(_simpler(holder[key]), holder[key])


def _simpler(value: Any) -> Iterator[Any]:
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, (int, float)):
        if abs(value) > 1:
            yield int(value / 2) if abs(value) < 1e15 else value / 2
    elif isinstance(value, str):
        if len(value) > 8:
            yield value[: len(value) // 2]
    elif isinstance(value, list) and len(value) > 3:
        yield value[: len(value) // 2]
