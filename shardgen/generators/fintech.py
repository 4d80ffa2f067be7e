"""Lending: loans, scores, and payments that amortise their loan to the cent."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

from shardgen.columns import Dates, Decimals, Integers, Text, Values
from shardgen.dates import month_table
from shardgen.distributions import Distribution, Lognormal, Normal, Ranges, Weighted, WeightedRange
from shardgen.generators.base import Generator, Maker, Refused, Site, generator
from shardgen.generators.choice import Listed, bind_choice
from shardgen.generators.numbers import RangedNumber, bind_number
from shardgen.generators.times import as_dates
from shardgen.rng import below
from shardgen.schema import GroupedFanOut

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
            compact = Dates(dates.days, dates.low, dates.high, compact=True)
            return Text((prefix, compact, "-", number))

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
        if self.loan is not None:
            return site.relation(self.loan).name
        keys = [reference.name for reference in site.table.references]
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
        site.refuse_unique()
        relation = self.relation(site)
        term = site.reads_parent(relation, self.term_column)
        if isinstance(site.relation(relation).shape, GroupedFanOut):
            return lambda batch: _counted(batch.ordinal(relation), whole(term(batch)))
        words = site.words("value")

        def drawn(batch: Batch) -> Integers:
            months = whole(term(batch))
            number = below(words(batch), np.maximum(months.values, 1).astype(np.uint64))
            number += 1
            return Integers(number, 1, max(1, months.high))

        return drawn


def _counted(ordinal: Integers, term: Integers) -> Integers:
    """Return payment numbers from 1; where a loan has more payments than months, from 1 again."""
    number = ordinal.values
    if ordinal.high >= term.low:
        number = number % np.maximum(term.values, 1)
    return Integers(number + 1, 1, max(1, min(ordinal.high + 1, term.high)))


@generator("payment_date")
class PaymentDate(OfLoan, frozen=True):
    """The day the loan was funded plus as many months as the payment's number."""

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        site.refuse_unique()
        relation = self.relation(site)
        site.reads_parent(relation, self.date_column)
        number = site.reads_column(self.number_column, "integer")

        def make(batch: Batch) -> Dates:
            loans, months = batch.parents(relation), whole(number(batch))
            dates = as_dates(loans.batch.column(self.date_column))
            table = month_table(dates.low, dates.high, months.high)
            month, day = loans.batch.shared((table, self), lambda _: table.split(dates.days))
            if loans.index is not None:
                month, day = month.take(loans.index), day.take(loans.index)
            days = table.join(month + months.values, day)
            return Dates(days, dates.low, dates.high + 31 * months.high)

        return make


class Instalment(msgspec.Struct, frozen=True, eq=False):
    """Principal and interest of each payment, in cents, and the most that both can be."""

    principal: Indices
    interest: Indices
    most: int


class OfInstalment(OfLoan, frozen=True):
    """Base of the amounts of a payment, which are computed together."""

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        site.refuse_unique()
        relation = self.relation(site)
        for name in (self.amount_column, self.rate_column, self.term_column):
            site.reads_parent(relation, name)
        number = site.reads_column(self.number_column, "integer")
        key = (OfInstalment, relation, *msgspec.structs.astuple(self)[1:])

        def schedules(loans: Batch) -> tuple[Annuity, NDArray[np.float64]]:
            return annuities(
                cents(loans.column(self.amount_column)),
                loans.column(self.rate_column),
                whole(loans.column(self.term_column)),
            )

        def compute(batch: Batch) -> Instalment:
            loans = batch.parents(relation)
            annuity, powers = loans.batch.shared(key, schedules)
            return instalments(annuity, powers, loans.index, whole(number(batch)))

        def make(batch: Batch) -> Decimals:
            instalment = batch.shared(key, compute)
            return Decimals(self.share_of(instalment), 2, 0, instalment.most)

        return make

    def share_of(self, instalment: Instalment) -> Indices:
        """Return the part of the instalment that the column shows, in cents."""
        raise NotImplementedError


@generator("payment_amount")
class PaymentAmount(OfInstalment, frozen=True):
    """What is paid: principal plus interest, to the cent."""

    def share_of(self, instalment: Instalment) -> Indices:
        """See OfInstalment."""
        return instalment.principal + instalment.interest


@generator("payment_principal")
class PaymentPrincipal(OfInstalment, frozen=True):
    """How much of the payment reduces the loan; over the full term these sum to its amount."""

    def share_of(self, instalment: Instalment) -> Indices:
        """See OfInstalment."""
        return instalment.principal


@generator("payment_interest")
class PaymentInterest(OfInstalment, frozen=True):
    """How much of the payment is interest on what was still owed."""

    def share_of(self, instalment: Instalment) -> Indices:
        """See OfInstalment."""
        return instalment.interest


class Annuity(msgspec.Struct, frozen=True, eq=False):
    """
    Loans that are paid back in equal parts: what their payments have in common.

    For each loan: where its rate begins in the table of powers, its months, qⁿ, the cents owed per
    unit of qⁿ - qᵏ, the monthly rate and the payment in cents. `most` bounds a payment, in cents.
    """

    start: Indices
    months: Indices
    grown: NDArray[np.float64]
    owed: NDArray[np.float64]
    monthly: NDArray[np.float64]
    payment: NDArray[np.float64]
    most: int


def annuities(
    amount: Decimals, rate: Values, term: Integers
) -> tuple[Annuity, NDArray[np.float64]]:
    """
    Return the loans and the table of powers qᵏ; `amount` in cents, `rate` in percent a year.

    q = 1 + rate/1200, and the payment is A·(q - 1)·qⁿ/(qⁿ - 1), rounded to the cent. A rate of zero
    has k in the place of qᵏ, which makes equal parts of the amount.
    """
    units, scale, low, high = _rate_units(rate)
    longest = max(1, term.high)
    if low < 0 or (high - low + 1) * (longest + 1) > _MAX_POWERS:
        raise Refused(f"rates of {low} to {high} units over {longest} months cannot be tabulated")
    powers = _power_table(low, high, scale, longest)
    start = (units - low) * (longest + 1)
    months = np.maximum(term.values, 1)
    monthly = units / (1200.0 * 10**scale)
    grown = powers[start + months]
    owed = amount.units / (grown - powers[start])
    payment = np.floor(owed * monthly * grown + 0.5)
    most = int(amount.high * (1 + high / (1200 * 10**scale))) + 1
    return Annuity(start, months, grown, owed, monthly, payment, most), powers


def instalments(
    annuity: Annuity, powers: NDArray[np.float64], loan: Indices | None, number: Integers
) -> Instalment:
    """
    Return payment `number` of the loan at position `loan` (of the same row, where that is None).

    What is owed after k of n payments is A·(qⁿ - qᵏ)/(qⁿ - 1), rounded to the cent, and principal
    is the difference of two of these: so over the term it sums to A exactly. Interest is what
    principal leaves of the payment; the last payment carries what rounding left over.
    """
    if number.low < 1:
        raise Refused(f"payments are numbered from 1, and here from {number.low}")

    def each(values: NDArray[Any]) -> NDArray[Any]:
        return values if loan is None else values.take(loan)

    months, grown, owed = each(annuity.months), each(annuity.grown), each(annuity.owed)
    k = np.minimum(number.values, months)
    at = each(annuity.start)
    at += k
    after = _owed(grown, powers.take(at), owed)
    at -= 1
    before = _owed(grown, powers.take(at), owed)
    principal = before - after
    interest = each(annuity.payment) - principal
    np.maximum(interest, 0.0, out=interest)
    last = np.flatnonzero(k == months)
    interest[last] = np.floor(before[last] * each(annuity.monthly)[last] + 0.5)
    return Instalment(principal.astype(np.int64), interest.astype(np.int64), annuity.most)


def _owed(
    grown: NDArray[np.float64], paid: NDArray[np.float64], owed: NDArray[np.float64]
) -> NDArray[np.float64]:
    left = grown - paid
    left *= owed
    left += 0.5
    return np.floor(left, out=left)


_MAX_POWERS = 1 << 23  # entries, 64 MiB


@lru_cache(maxsize=8)
def _power_table(low: int, high: int, scale: int, months: int) -> NDArray[np.float64]:
    """
    Return qᵏ for the rates low … high (units of 10^-scale percent a year) and 0 <= k <= months.

    Flat, `months` + 1 entries to a rate; by repeated multiplication, so that it has the same bits
    on every machine.
    """
    q = np.arange(low, high + 1) / (1200.0 * 10**scale) + 1.0
    columns = [np.ones(len(q))]
    for _ in range(months):
        columns.append(columns[-1] * q)
    table = np.column_stack(columns)
    if low == 0:
        table[0] = np.arange(months + 1)
    return table.ravel()


def _rate_units(rate: Values) -> tuple[Indices, int, int, int]:
    if isinstance(rate, Integers):
        return rate.values, 0, rate.low, rate.high
    if not isinstance(rate, Decimals):
        raise Refused("the loan's rate is no number")
    return rate.units, rate.scale, rate.low, rate.high


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
