"""Holidays by rule: the eleven of the US federal government, and the days when shops are full."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from shardgen.tables.calendar import days_of

Rule = Callable[[int], dt.date]
"""The day of a holiday in a year."""
_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6


def _on(month: int, day: int) -> Rule:
    return lambda year: dt.date(year, month, day)


def _nth(month: int, weekday: int, n: int) -> Rule:
    """Return the n-th such weekday of a month."""

    def day(year: int) -> dt.date:
        first = dt.date(year, month, 1)
        return first + dt.timedelta((weekday - first.weekday()) % 7 + 7 * (n - 1))

    return day


def _last_monday_of_may(year: int) -> dt.date:
    last = dt.date(year, 5, 31)
    return last - dt.timedelta(last.weekday())


def _after(rule: Rule, days: int) -> Rule:
    return lambda year: rule(year) + dt.timedelta(days)


_THANKSGIVING = _nth(11, _THURSDAY, 4)
US_FEDERAL: Mapping[str, Rule] = {
    "new_years_day": _on(1, 1),
    "martin_luther_king_day": _nth(1, _MONDAY, 3),
    "washingtons_birthday": _nth(2, _MONDAY, 3),
    "memorial_day": _last_monday_of_may,
    "juneteenth": _on(6, 19),
    "independence_day": _on(7, 4),
    "labor_day": _nth(9, _MONDAY, 1),
    "columbus_day": _nth(10, _MONDAY, 2),
    "veterans_day": _on(11, 11),
    "thanksgiving": _THANKSGIVING,
    "christmas": _on(12, 25),
}
"""5 U.S.C. 6103, as of 2021."""
OTHERS: Mapping[str, Rule] = {
    "black_friday": _after(_THANKSGIVING, 1),
    "cyber_monday": _after(_THANKSGIVING, 4),
    "christmas_eve": _on(12, 24),
    "new_years_eve": _on(12, 31),
}
NAMES = ("us_federal", *US_FEDERAL, *OTHERS)


def holidays(name: str, years: range) -> list[int]:
    """
    Return the days since 1970-01-01 of a holiday, one of NAMES, that lie in some years.

    `us_federal` are all eleven on the days when offices are closed: that of a Saturday is the
    Friday before it, that of a Sunday the Monday after. Juneteenth is among them from 2021 on.
    """
    around = range(max(years.start, 2), min(years.stop, 9998))
    if name == "us_federal":
        days = [_observed(rule(year)) for year in around for rule in _federal_rules(year)]
    else:
        rule = US_FEDERAL.get(name) or OTHERS[name]
        days = [rule(year) for year in around]
    return [days_of(day) for day in days]


def _federal_rules(year: int) -> list[Rule]:
    return [rule for name, rule in US_FEDERAL.items() if name != "juneteenth" or year >= 2021]


def _observed(day: dt.date) -> dt.date:
    shift = {_SATURDAY: -1, _SUNDAY: 1}.get(day.weekday(), 0)
    return day + dt.timedelta(shift)
