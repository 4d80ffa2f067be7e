"""Lending: loans, scores, and payments that amortise their loan to the cent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import numpy as np
from msgspec import Meta

from shardgen.columns import Dates, Decimals, Integers, Text, Values, add_months
from shardgen.distributions import Distribution, Lognormal, Normal, Ranges, Weighted, WeightedRange
from shardgen.generators.base import Generator, Maker, Refused, Site, generator
from shardgen.generators.choice import Listed, bind_choice
from shardgen.generators.numbers import RangedNumber, bind_number
from shardgen.generators.times import as_dates

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from shardgen.batch import Batch
    from shardgen.rng import Indices

W = Weighted
R = WeightedRange


@generator("loan_amount")
class LoanAmount(RangedNumber, frozen=True):
    """Principal of a loan: lognormal around 50,000, from 5,000 to 500,000, in hundreds."""

    min: float = 5_000
    max: float = 500_000
    step: Annotated[float, Meta(gt=0)] = 100
    distribution: Distribution = Lognormal(median=50_011.08, sigma=0.8)  # exp(10.82)

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        return bind_number(
            site, self.distribution, self.min, self.max, scale=site.scale, step=self.step
        )


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

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        return bind_number(site, self.distribution, self.min, self.max, scale=0)


@generator("interest_rate")
class InterestRate(RangedNumber, frozen=True):
    """Percent a year, two decimals: 3–6 in 60 of 100 loans, 6–10 in 30, 10–15 in 10."""

    min: float = 3
    max: float = 15
    distribution: Distribution = Ranges(
        ranges=(R(3, 6, 60), R(6.01, 10, 30), R(10.01, 15, 10)),
    )

    def bind(self, site: Site) -> Maker:
        """See Generator. Ranges that were given replace the bounds."""
        low, high = self.min, self.max
        if isinstance(self.distribution, Ranges):
            low = min(low, *(r.min for r in self.distribution.ranges))
            high = max(high, *(r.max for r in self.distribution.ranges))
        return bind_number(site, self.distribution, low, high, scale=max(site.scale, 2))


class _Preset(Generator, frozen=True):
    """Base of choices with values of their own, which a schema may replace."""

    values: Listed = ()

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        return bind_choice(site, self.values)


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


@generator("payment_status")
class PaymentStatus(_Preset, frozen=True):
    """State of a payment: paid 85, pending 10, late 4, missed 1."""

    values: Listed = (W("paid", 85), W("pending", 10), W("late", 4), W("missed", 1))


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

    prefix: Annotated[str, Meta(max_length=20)] = "LN"
    date_column: str | None = None

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        day = self._day(site)
        prefix = f"{self.prefix}-"

        def make(batch: Batch) -> Text:
            dates = day(batch)
            number = Integers(batch.rows + 1, 1, site.rows, digits=5)
            return Text((prefix, Dates(dates.days, dates.low, dates.high, True), "-", number))

        return make

    def _day(self, site: Site) -> Callable[[Batch], Dates]:
        name = self.date_column
        if name is None and any(c.name == "funded_date" for c in site.table.columns):
            name = "funded_date"
        if name is not None:
            column = site.reads_column(name, "date", "timestamp")
            return lambda batch: as_dates(column(batch))
        words = site.words("day")
        low, high = site.as_of - 730, site.as_of - 1

        def make(batch: Batch) -> Dates:
            days = (words(batch) >> np.uint64(32)) * np.uint64(high - low + 1) >> np.uint64(32)
            return Dates(days.astype(np.int64) + low, low, high)

        return make


class OfLoan(Generator, frozen=True):
    """
    Base of the columns of a payment that follow from its loan.

    `loan` is the foreign key to it, by default the table's only one; the other fields name the
    loan's columns, and the payment's own number.
    """

    loan: str | None = None
    amount_column: str = "amount"
    rate_column: str = "interest_rate"
    term_column: str = "term_months"
    date_column: str = "funded_date"
    number_column: str = "payment_number"

    def relation(self, site: Site) -> str:
        """Return the name of the foreign key to the loan; Refused when it is not clear which."""
        keys = [c.name for c in site.table.columns if c.foreign_key is not None]
        if self.loan is not None:
            if self.loan not in keys:
                raise Refused(f"loan {self.loan!r} is no foreign key of {site.table.name!r}")
            return self.loan
        if len(keys) != 1:
            raise Refused(
                f"table {site.table.name!r} has {len(keys)} foreign keys, not one",
                'say which one leads to the loan with "loan"',
            )
        return keys[0]


@generator("payment_number")
class PaymentNumber(OfLoan, frozen=True):
    """
    Which payment of its loan this is, 1 … term.

    Where the foreign key is grouped it counts the loan's payments in order, starting again should
    there be more of them than months; else it is drawn from the months of the term.
    """

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        relation = self.relation(site)
        term = site.reads_parent(relation, self.term_column)
        foreign_key = site.table.column(relation).foreign_key
        assert foreign_key is not None, "relation() returns foreign keys only"
        if foreign_key.fan_out == "grouped":
            place: Callable[[Batch, Indices], Indices] = lambda batch, months: (  # noqa: E731
                batch.ordinal(relation) % months
            )
        else:
            words = site.words("value")
            place = lambda batch, months: (  # noqa: E731
                ((words(batch) >> np.uint64(32)) * months.astype(np.uint64)) >> np.uint64(32)
            ).astype(np.int64)

        def make(batch: Batch) -> Integers:
            months = whole(term(batch))
            number = place(batch, np.maximum(months.values, 1))
            number += 1
            return Integers(number, 1, max(1, months.high))

        return make


@generator("payment_date")
class PaymentDate(OfLoan, frozen=True):
    """The day the loan was funded plus as many months as the payment's number."""

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        funded = site.reads_parent(self.relation(site), self.date_column)
        number = site.reads_column(self.number_column, "integer")

        def make(batch: Batch) -> Dates:
            dates, months = as_dates(funded(batch)), whole(number(batch))
            later = add_months(dates.days, months.values)
            return Dates(later, dates.low, dates.high + 31 * months.high)

        return make


class _Instalment(msgspec.Struct, frozen=True, eq=False):
    """Principal and interest of each payment, in cents, and the most that either can be."""

    principal: Indices
    interest: Indices
    most: int


class OfInstalment(OfLoan, frozen=True):
    """Base of the amounts of a payment, which are computed together."""

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        relation = self.relation(site)
        loan = (
            site.reads_parent(relation, self.amount_column),
            site.reads_parent(relation, self.rate_column),
            site.reads_parent(relation, self.term_column),
        )
        number = site.reads_column(self.number_column, "integer")
        factors = _GrowthTable()
        key = (OfInstalment, relation, *msgspec.structs.astuple(self)[1:])

        def compute(batch: Batch) -> _Instalment:
            amount, rate, term = (read(batch) for read in loan)
            return amortise(cents(amount), rate, whole(term), whole(number(batch)), factors)

        def make(batch: Batch) -> Decimals:
            instalment = batch.shared(key, compute)
            return Decimals(self.share_of(instalment), 2, 0, instalment.most)

        return make

    def share_of(self, instalment: _Instalment) -> Indices:
        """Return the part of the instalment that the column shows, in cents."""
        raise NotImplementedError


@generator("payment_amount")
class PaymentAmount(OfInstalment, frozen=True):
    """What is paid: principal plus interest, to the cent."""

    def share_of(self, instalment: _Instalment) -> Indices:
        """See OfInstalment."""
        return instalment.principal + instalment.interest


@generator("payment_principal")
class PaymentPrincipal(OfInstalment, frozen=True):
    """How much of the payment reduces the loan; over the full term these sum to its amount."""

    def share_of(self, instalment: _Instalment) -> Indices:
        """See OfInstalment."""
        return instalment.principal


@generator("payment_interest")
class PaymentInterest(OfInstalment, frozen=True):
    """How much of the payment is interest on what was still owed."""

    def share_of(self, instalment: _Instalment) -> Indices:
        """See OfInstalment."""
        return instalment.interest


class _GrowthTable:
    """
    (1 + r/12)^k for every rate r of a column and 0 <= k <= its longest term.

    Built by repeated multiplication, so that it has the same bits on every machine.
    """

    def __init__(self) -> None:
        self._table: NDArray[np.float64] | None = None

    def __call__(self, rate: Values, months: int) -> tuple[NDArray[np.float64], Indices]:
        """Return the flat table and, for each row, where its rate begins in it."""
        units, scale, low, high = _rate_units(rate)
        if self._table is None:
            monthly = np.arange(low, high + 1) / (1200.0 * 10**scale) + 1.0
            columns = [np.ones(len(monthly))]
            for _ in range(months):
                columns.append(columns[-1] * monthly)
            self._table = np.column_stack(columns).ravel()
        return self._table, (units - low) * (months + 1)


_MAX_GROWTH = 1 << 23  # entries, 64 MiB


def _rate_units(rate: Values) -> tuple[Indices, int, int, int]:
    if isinstance(rate, Integers):
        return rate.values, 0, rate.low, rate.high
    assert isinstance(rate, Decimals), "the binder admits only numbers"
    return rate.units, rate.scale, rate.low, rate.high


def amortise(
    amount: Decimals, rate: Values, term: Integers, number: Integers, growth: _GrowthTable
) -> _Instalment:
    """
    Return the instalments of annuity loans: `amount` in cents, `rate` in percent a year.

    The balance after k of n payments is A·(qⁿ - qᵏ)/(qⁿ - 1) with q = 1 + rate/1200, rounded to the
    cent, and principal is the difference of two balances: so principals sum to A exactly. The
    payment is A·(q - 1)·qⁿ/(qⁿ - 1), rounded, and interest is what principal leaves of it; the last
    payment carries the rounding.
    """
    _, scale, low, high = _rate_units(rate)
    if (high - low + 1) * (term.high + 1) > _MAX_GROWTH:
        raise Refused(f"rates from {low} to {high} and terms to {term.high} are too many to tabulate")
    powers, start = growth(rate, term.high)
    n = np.maximum(term.values, 1)
    k = np.minimum(number.values, n)
    owed = amount.units.astype(np.float64)
    grown = powers[start + n]
    free = grown <= 1.0  # no interest: equal parts
    over = np.where(free, 1.0, grown - 1.0)
    previous = np.where(free, (n - k + 1) / n, (grown - powers[start + k - 1]) / over)
    following = np.where(free, (n - k) / n, (grown - powers[start + k]) / over)
    before = np.floor(owed * previous + 0.5)
    after = np.floor(owed * following + 0.5)
    principal = before - after
    monthly = powers[start + 1] - 1.0
    payment = np.floor(owed * monthly * grown / over + 0.5)
    last = np.floor(before * monthly + 0.5)
    interest = np.where(k == n, last, np.maximum(payment - principal, 0.0))
    most = int(amount.high * (1 + max(high, 0) / (1200 * 10**scale))) + 1
    return _Instalment(principal.astype(np.int64), interest.astype(np.int64), most)


def cents(values: Values) -> Decimals:
    """Return money in cents."""
    from shardgen.conform import conform
    from shardgen.types import ColumnType

    made = conform(values, ColumnType("decimal", precision=18, scale=2))
    assert isinstance(made, Decimals), "conform returns what it is asked for"
    return made


def whole(values: Values) -> Integers:
    """Return whole numbers; Refused when the column has decimals."""
    if not isinstance(values, Integers):
        raise Refused("whole numbers wanted, in an integer column")
    return values
