"""Lending: loans, scores, and payments that amortise their loan to the cent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec
from msgspec import Meta

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext
from shardgen.generators.families.choice import Listed, bind_choice
from shardgen.generators.families.date_functions import DatesFunction, as_dates
from shardgen.generators.families.numbers import RangedNumber, bind_multiples, bind_number
from shardgen.generators.functions import DrawnIndices
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.registry import generator
from shardgen.generators.sources import ColumnFunction
from shardgen.generators.value_functions import RowNumbers, TextFunction
from shardgen.random.distributions import (
    Distribution,
    Lognormal,
    Normal,
    Weighted,
    WeightedRange,
    WeightedRanges,
)
from shardgen.random.draws import UniformDraw
from shardgen.random.overriding import override
from shardgen.tables.casts import MIN_DAY
from shardgen.tables.values import Dates

if TYPE_CHECKING:
    from shardgen.generators.generator import Source
    from shardgen.tables.batch import Batch

W = Weighted
R = WeightedRange


@generator("loan_amount")
class LoanAmount(RangedNumber, frozen=True):
    """Principal of a loan: lognormal around 50,000, from 5,000 to 500,000, in hundreds."""

    min: float = 5_000
    max: float = 500_000
    step: Annotated[float, Meta(gt=0)] = 100
    distribution: Distribution = Lognormal(median=50_011.08, sigma=0.8)  # exp(10.82)

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return bind_multiples(context, self.distribution, self.min, self.max, self.step)


@generator("annual_income")
class AnnualIncome(LoanAmount, frozen=True):
    """Yearly income: lognormal around 65,000, from 25,000 to 500,000, in thousands."""

    min: float = 25_000
    max: float = 500_000
    step: Annotated[float, Meta(gt=0)] = 1000
    distribution: Distribution = Lognormal(median=64_860.88, sigma=0.6)  # exp(11.08)


@generator("credit_score")
class CreditScore(RangedNumber, frozen=True):
    """A FICO-like score: normal, 680 ± 80, from 300 to 850."""

    min: float = 300
    max: float = 850
    distribution: Distribution = Normal(mean=680, std_dev=80)

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return bind_number(context, self.distribution, self.min, self.max, 0)


_RATES = WeightedRanges(ranges=(R(3, 6, 60), R(6.01, 10, 30), R(10.01, 15, 10)))


@generator("interest_rate")
class InterestRate(RangedNumber, frozen=True):
    """
    Percent a year, two decimals: 3–6 in 60 of 100 loans, 6–10 in 30, 10–15 in 10.

    Ranges that are given replace the bounds; bounds that are given narrow or widen those ranges.
    """

    min: float = 3
    max: float = 15
    distribution: Distribution = _RATES

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        law = self.distribution
        if law == _RATES and self.min <= self.max:
            law = WeightedRanges(ranges=_within(_RATES.ranges, self.min, self.max))
        return bind_number(context, law, self.min, self.max, max(context.scale, 2))


def _within(ranges: tuple[R, ...], low: float, high: float) -> tuple[R, ...]:
    """Return those of the ranges that reach into other bounds, from one of these to the other."""
    kept = [r for r in ranges if r.min <= high and r.max >= low] or [ranges[-1]]
    starts = [low, *(r.min for r in kept[1:])]
    ends = [*(r.max for r in kept[:-1]), high]
    return tuple(R(a, b, r.weight) for a, b, r in zip(starts, ends, kept, strict=True))


class _Preset(Generator, frozen=True):
    """Base of choices with values of their own, which a schema may replace."""

    values: Listed = ()

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return bind_choice(context, self.values)


@generator("loan_status")
class LoanStatus(_Preset, frozen=True):
    """State of a loan: active 70, paid_off 25, delinquent 5."""

    values: Listed = (W("active", 70), W("paid_off", 25), W("delinquent", 5))


@generator("loan_term")
class LoanTerm(_Preset, frozen=True):
    """Months to maturity: 12 (15), 24 (20), 36 (30), 48 (20), 60 (15)."""

    values: Listed = (W(12, 15), W(24, 20), W(36, 30), W(48, 20), W(60, 15))


@generator("employment_status")
class EmploymentStatus(_Preset, frozen=True):
    """State of a borrower: employed 75, self_employed 15, unemployed 5, retired 5."""

    values: Listed = (
        W("employed", 75), W("self_employed", 15), W("unemployed", 5), W("retired", 5),
    )  # fmt: skip


@generator("credit_bureau")
class CreditBureau(_Preset, frozen=True):
    """The bureau that made a score: Experian 33, Equifax 33, TransUnion 34."""

    values: Listed = (W("Experian", 33), W("Equifax", 33), W("TransUnion", 34))


@generator("loan_number")
class LoanNumber(Generator, frozen=True):
    """
    `LN-YYYYMMDD-NNNNN`: the day the loan was funded, and the row's number, which makes it unique.

    The date is the column `date_column`; without one, the date in `funded_date`, and without that a
    day within two years before as-of. Numbers above 99,999 have more digits.
    """

    named: ClassVar[tuple[str, ...]] = ("funded_date",)

    prefix: Annotated[str, Meta(max_length=20)] = "LN"
    date_column: str | None = None

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        days, *sources = self._days(context)
        number = RowNumbers(1, 1, 1, context.rows, digits=5)
        text = TextFunction((f"{self.prefix}-", CompactDates(days), "-", number))
        return BoundGenerator.of(text, *sources)

    def _days(self, context: ColumnContext) -> tuple[ColumnFunction, *tuple[Source, ...]]:
        """Return the dates of the numbers, and what they are made from."""
        name = self.date_column
        if name is None and any(c.name == "funded_date" for c in context.table.columns):
            name = "funded_date"
        if name is not None:
            read = context.read_column(name, "date", "timestamp")
            return read.compute, read
        low, high, words = context.as_of - 730, context.as_of - 1, context.words("day")
        if low < MIN_DAY:
            what = "loan numbers have dates of the two years before as-of: too early for a date"
            raise BindError(what, "choose a later as-of")
        return (DatesFunction(DrawnIndices(UniformDraw(high - low + 1, low), words), low, high),)


class CompactDates(msgspec.Struct, frozen=True, eq=False):
    """The dates of a column, to be written without hyphens."""

    column: ColumnFunction

    def __call__(self, batch: Batch) -> Dates:
        """Return the date of each row."""
        dates = as_dates(self.column(batch))
        return Dates(dates.days, dates.low, dates.high, compact=True)
