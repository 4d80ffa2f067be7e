"""
fintech-loans with Faker, row by row.

As its documentation teaches it: Faker for names, phones, dates, timestamps and weighted choices.
With --lean, as someone writes it who has profiled that: Faker for names and phones only, the rest by
the random module.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import OrderedDict
from collections.abc import Mapping
from typing import TypeVar

import job
import rowwise
from faker import Faker

T = TypeVar("T")
MIDNIGHT = dt.datetime.combine(job.AS_OF, dt.time())


class FakerCells:
    """Cells by Faker's own methods."""

    def __init__(self, seed: int, *, lean: bool) -> None:
        fake = Faker("en_US")
        Faker.seed(seed)
        self.fake = fake
        self.first_name, self.last_name, self.phone = (
            fake.first_name,
            fake.last_name,
            fake.phone_number,
        )
        if lean:
            self.day, self.moment, self.pick = _day, _moment, _pick  # type: ignore[method-assign]

    def day(self, most: int, least: int) -> dt.date:
        start, end = job.AS_OF - dt.timedelta(most), job.AS_OF - dt.timedelta(least)
        return self.fake.date_between(start_date=start, end_date=end)

    def moment(self, most: int, least: int) -> dt.datetime:
        start, end = MIDNIGHT - dt.timedelta(most), MIDNIGHT - dt.timedelta(least)
        return self.fake.date_time_between(start_date=start, end_date=end).replace(microsecond=0)

    def pick(self, weights: Mapping[T, int]) -> T:
        return self.fake.random_element(OrderedDict(weights))


def _day(most: int, least: int) -> dt.date:
    return job.AS_OF - dt.timedelta(random.randint(least, most))


def _moment(most: int, least: int) -> dt.datetime:
    return MIDNIGHT - dt.timedelta(seconds=random.randint(least * 86_400, most * 86_400))


def _pick(weights: Mapping[T, int]) -> T:
    return random.choices(list(weights), list(weights.values()))[0]


if __name__ == "__main__":
    rowwise.main(__doc__, FakerCells)
