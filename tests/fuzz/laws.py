"""Distributions, seasons and weighted lists, nearly all of them right."""

from __future__ import annotations

from typing import Any

from fuzz import odd
from fuzz.drafts import Raw
from fuzz.draw import Draw

from shardgen.random.distributions import DISTRIBUTIONS

MONTHS = ("january", "february", "11", "12", "june")
WEEKDAYS = ("monday", "saturday", "sunday", "3")
HOURS = ("0", "9", "10-17", "23")


def number(draw: Draw, low: float, high: float) -> float:
    """Return a number within bounds, or an odd one."""
    return odd.number(draw) if draw.odd() else draw.number(low, high)


def whole(draw: Draw, low: int, high: int) -> int | float:
    return odd.number(draw) if draw.odd() else draw.whole(low, high)


def weight(draw: Draw) -> float:
    return odd.number(draw) if draw.odd() else draw.among([1, 2, 0.5, 3, 1000, 1e-9, 1e15])


def distribution(draw: Draw, low: float, high: float, *, whole_numbers: bool) -> Raw:
    """Return the parameters of a law between two bounds, the name of it among them."""
    name = draw.among([*DISTRIBUTIONS])
    span = max(high - low, 1e-6)
    spread = number(draw, span / 1000, span)

    def inside() -> float:
        made = number(draw, low, high)
        inside = whole_numbers and abs(made) < 1e18 and low <= round(made) <= high
        return round(made) if inside else made

    facts: dict[str, Any] = {
        "uniform": {},
        "normal": {"mean": inside(), "std_dev": spread},
        "lognormal": {"median": max(inside(), 1e-6), "sigma": number(draw, 0.01, 3)},
        "exponential": {"mean": spread / 2, "start": low},
        "zipf": {"exponent": number(draw, 0.1, 3)} if draw.chance(0.7) else {},
        "weighted": {"values": [listed(draw, inside()) for _ in range(draw.whole(1, 4))]},
        "quantiles": {"points": _points(draw, [inside() for _ in range(draw.whole(2, 5))])},
        "weighted_ranges": {
            "ranges": [_range(draw, inside(), inside()) for _ in range(draw.whole(1, 3))]
        },
    }[name]
    return _spelt(draw, name, facts)


def _points(draw: Draw, values: list[float]) -> list[list[float]]:
    """Return values in order, nearly always, with shares from 0 to 1."""
    ordered = values if draw.odd() else sorted(values)
    return [[n / (len(values) - 1), value] for n, value in enumerate(ordered)]


def _range(draw: Draw, one: float, other: float) -> Raw:
    ordered = (one, other) if draw.odd() else sorted([one, other])
    made: Raw = dict(zip(("min", "max"), ordered, strict=True))
    return made | {"weight": weight(draw)} if draw.chance(0.7) else made


def _spelt(draw: Draw, name: str, facts: Raw) -> Raw:
    """Return a law in one of the spellings that mean the same."""
    spelling = draw.whole(0, 3)
    if spelling == 0:
        return {"distribution": name, **facts}
    if spelling == 1:
        return {"distribution": {"type": name, "params": facts}}
    if spelling == 2:
        return {"distribution": {"type": name, **facts}}
    return facts if name in ("weighted", "weighted_ranges") else {"distribution": name, **facts}


def listed(draw: Draw, value: Any) -> Any:
    """Return a value as lists of them have it, with a weight or without."""
    return {"value": value, "weight": weight(draw)} if draw.chance(0.5) else value


def seasons(draw: Draw, *, hours: bool) -> Raw:
    """Return weights of months, weekdays, holidays and hours, and growth."""
    made: Raw = {}
    for part, names in (("months", MONTHS), ("weekdays", WEEKDAYS), ("hours", HOURS)):
        if draw.chance(0.5) and (hours or part != "hours" or draw.odd()):
            chosen = draw.sample(names, 3)
            made[part] = {name: draw.among([0.1, 1, 2, 5, 0, 1.5]) for name in chosen}
            if draw.odd():
                made[part][odd.text(draw)] = odd.number(draw)
    if draw.chance(0.3):
        made["growth"] = draw.among([0.2, -0.5, 0, 3])
    if draw.chance(0.3):
        made["holidays"] = {draw.among(["us_federal", "christmas"]): draw.among([0, 0.2, 5])}
    return made
