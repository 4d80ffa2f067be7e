"""First names that fit the sex and the year of birth which other columns of a row have."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext
from shardgen.generators.generator import BoundGenerator
from shardgen.generators.locales.locale import Locale, locale_of
from shardgen.generators.sources import (
    ColumnDraw,
    ColumnFunction,
    ColumnRead,
    IndexFunction,
    WordsFunction,
)
from shardgen.generators.value_functions import Picks
from shardgen.generators.weighted_strings import WeightedStrings
from shardgen.random.overriding import override
from shardgen.random.streams import below
from shardgen.random.weighted import WeightedIntervals
from shardgen.tables.calendar import civil
from shardgen.tables.values import Dates, Dictionary, Integers, Pool, PoolFunction, Timestamps

if TYPE_CHECKING:
    from shardgen.random.streams import Indices, Words
    from shardgen.tables.batch import Batch
    from shardgen.tables.values import ColumnValues

SEXES = ("female", "male")
FIRST_DECADE = 1920
"""The decade of birth that the pools by decade begin with; one of their columns is ten years."""
_YEARS = 10
_SECONDS_PER_DAY = 86_400
_FEMALE, _MALE, _EITHER = range(3)
_LETTERS = {"f": _FEMALE, "w": _FEMALE, "m": _MALE}  # female, woman, male, and in German
_ISO_5218 = (_EITHER, _MALE, _FEMALE)  # ISO/IEC 5218: 1 male, 2 female, others not known


@cache
def names_by_decade(locale: Locale) -> tuple[tuple[WeightedStrings, ...], ...]:
    """
    Return the first names of women, then those of men: for each decade of birth its own.

    BindError where they are not known for the locale.
    """
    if locale.name != "en_US":
        what = f"first names by year of birth are not known in locale {locale.name!r}"
        raise BindError(what, "leave born out, or choose en_US")
    return tuple(_by_decade(locale.rows(f"first_name_{sex}_by_decade")) for sex in SEXES)


def _by_decade(rows: Sequence[tuple[str, ...]]) -> tuple[WeightedStrings, ...]:
    names, *births = zip(*rows, strict=True)
    return tuple(WeightedStrings(names, [float(number) for number in of]) for of in births)


def bind_by_birth(context: ColumnContext, sex: str, born: str | None) -> BoundGenerator:
    """
    Return first names by what other columns of the row say.

    `sex` is "any", one of SEXES, or a column that says it; `born` a column of dates or timestamps.
    BindError for a unique column, or one of these that says something else.
    """
    context.refuse_unique()
    locale = locale_of(context)
    by_sex: tuple[tuple[WeightedStrings, ...], ...]
    if born is None:
        by_sex = tuple((locale.pool(f"first_name_{each}"),) for each in SEXES)
    else:
        by_sex = names_by_decade(locale)
    periods = len(by_sex[0])
    pools = GroupedNames(context, [pool for of_sex in by_sex for pool in of_sex])
    sexes, of_sex = _sexes(context, sex)
    decades, of_birth = _decades(context, born, periods)
    names = NamesOfGroups(sexes, decades, periods, pools, context.words("value"))
    indices = context.with_edges(ColumnDraw(compute=names), *pools.ends)
    return BoundGenerator.of(Picks(indices.compute, pools.pool), *of_sex, *of_birth)


class GroupedNames:
    """Groups of names with weights of their own, of one pool, of those that fit a column."""

    def __init__(self, context: ColumnContext, groups: Sequence[WeightedStrings]) -> None:
        """Keep the groups in their order."""
        fitting = [group.up_to(context.max_length) for group in groups]
        names = list(dict.fromkeys(name for group in fitting for name in group.values))
        position = {name: n for n, name in enumerate(names)}
        self.pool = Pool(names)
        self.ends = tuple(f(range(len(names)), key=lambda n: len(names[n])) for f in (min, max))
        """Where the shortest and the longest name stand."""
        self._name = np.array([position[name] for group in fitting for name in group.values])
        self._first = np.array([*accumulate(map(len, fitting), initial=0)], np.int64)
        self._intervals = WeightedIntervals(np.concatenate([_shares(each) for each in fitting]))

    def draw(self, words: Words, group: Indices) -> Indices:
        """Return a name of each group by weight, as its index in the pool."""
        first, stop = self._first.take(group), self._first.take(group + 1)
        return self._name.take(self._intervals.draw_within(words, first, stop))


def _shares(strings: WeightedStrings) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    weights = np.array(strings.weights)
    shares: np.ndarray[tuple[int], np.dtype[np.float64]] = weights / weights.sum()
    return shares


class NamesOfGroups(msgspec.Struct, frozen=True, eq=False):
    """Names of a sex and a period, by their index in the pool."""

    sexes: IndexFunction
    decades: IndexFunction | None
    periods: int
    names: GroupedNames
    words: WordsFunction

    def __call__(self, batch: Batch) -> Indices:
        """Return the index of each row's name."""
        group = self.sexes(batch) * self.periods
        if self.decades is not None:
            group += self.decades(batch)
        return self.names.draw(self.words(batch), group)


def _sexes(context: ColumnContext, sex: str) -> tuple[IndexFunction, tuple[ColumnRead, ...]]:
    """Return the draw of each row's sex, 0 or 1 as in SEXES, and what it reads."""
    drawn = context.words("sex")
    if sex == "any":
        return KnownSexes(None, drawn), ()
    if sex in SEXES:
        return SameSex(SEXES.index(sex)), ()
    read = context.read_path(sex, "text", "enum", "integer")
    return KnownSexes(SexesOfColumn(read.compute, sex), drawn), (read,)


class SameSex(msgspec.Struct, frozen=True, eq=False):
    """The same sex in every row."""

    sex: int

    def __call__(self, batch: Batch) -> Indices:
        """Return it for each row."""
        return np.full(len(batch), self.sex, np.int64)


class KnownSexes(msgspec.Struct, frozen=True, eq=False):
    """The sex that is known of a row, else either, as likely."""

    known: IndexFunction | None
    words: WordsFunction

    def __call__(self, batch: Batch) -> Indices:
        """Return 0 or 1 for each row, as in SEXES."""
        drawn = below(self.words(batch), len(SEXES))
        if self.known is None:
            return drawn
        known = self.known(batch)
        return np.where(known == _EITHER, drawn, known)


class SexOfEach(PoolFunction["Indices"], frozen=True):
    """The sex that each string of a pool says by its first letter, `F`, `W` or `M`; else either."""

    @override
    def __call__(self, pool: Pool) -> Indices:
        letters = (text[:1].lower() for text in pool.values)
        return np.array([_LETTERS.get(letter, _EITHER) for letter in letters], np.int64)


_SEX_OF_EACH = SexOfEach()  # a pool keeps its sexes as long as this is there


class SexesOfColumn(msgspec.Struct, frozen=True, eq=False):
    """What a column says of sex: words, or numbers of ISO/IEC 5218."""

    column: ColumnFunction
    path: str

    def __call__(self, batch: Batch) -> Indices:
        """Return the sex of each row; BindError where the column is composed text."""
        match self.column(batch):
            case Dictionary(indices, pool):
                return pool.mapped(_SEX_OF_EACH).take(indices)
            case Integers(values):
                known = (values >= 0) & (values < len(_ISO_5218))
                return np.array(_ISO_5218).take(np.where(known, values, 0))
        what = f"{self.path} is composed text, which says no sex"
        raise BindError(what, "name a column that is picked from a list, such as F and M")


def _decades(
    context: ColumnContext, born: str | None, count: int
) -> tuple[IndexFunction | None, tuple[ColumnRead, ...]]:
    if born is None:
        return None, ()
    read = context.read_path(born, "date", "timestamp")
    return DecadesOfBirth(read.compute, context.words("decade"), count), (read,)


class DecadesOfBirth(msgspec.Struct, frozen=True, eq=False):
    """
    The decade of names for each row's birth, of `count`.

    Names of a decade stand for its middle: who is born between two of these has a name of either,
    the likelier the nearer it is.
    """

    born: ColumnFunction
    words: WordsFunction
    count: int

    def __call__(self, batch: Batch) -> Indices:
        """Return the number of a decade for each row."""
        year = civil(birthdays(self.born(batch)))[0]
        moved = year - _YEARS // 2 + below(self.words(batch), _YEARS)
        return ((moved - FIRST_DECADE) // _YEARS).clip(0, self.count - 1)


def birthdays(values: ColumnValues) -> Indices:
    """Return dates, or the dates of timestamps, as days since 1970-01-01."""
    match values:
        case Dates(days):
            return days
        case Timestamps(seconds):
            return seconds // _SECONDS_PER_DAY
    raise AssertionError("a column of dates or timestamps has either")
