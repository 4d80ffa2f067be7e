"""
fintech-loans with Mimesis, row by row.

Mimesis for names, phones and weighted choices; its dates know only years, so dates and timestamps
come from its Random (a random.Random). --lean changes nothing here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TypeVar

import job
import rowwise
from mimesis import Person
from mimesis.locales import Locale

T = TypeVar("T")
MIDNIGHT = dt.datetime.combine(job.AS_OF, dt.time())


class MimesisCells:
    """Cells by Mimesis' own methods."""

    def __init__(self, seed: int, *, lean: bool) -> None:
        del lean
        person = Person(Locale.EN, seed=seed)
        self.random = person.random
        self.first_name, self.last_name, self.phone = (
            person.first_name,
            person.last_name,
            person.phone_number,
        )

    def day(self, most: int, least: int) -> dt.date:
        return job.AS_OF - dt.timedelta(self.random.randint(least, most))

    def moment(self, most: int, least: int) -> dt.datetime:
        return MIDNIGHT - dt.timedelta(seconds=self.random.randint(least * 86_400, most * 86_400))

    def pick(self, weights: Mapping[T, int]) -> T:
        return self.random.choices(list(weights), list(weights.values()))[0]


if __name__ == "__main__":
    rowwise.main(__doc__, MimesisCells)
