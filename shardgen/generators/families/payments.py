"""Payments that amortise their loan to the cent, in its order and its state."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import numpy as np

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext
from shardgen.generators.families.amortisation import (
    Annuity,
    Instalment,
    annuities,
    cents,
    instalments,
    whole,
)
from shardgen.generators.families.choice import Listed, bind_choice
from shardgen.generators.families.date_functions import as_dates
from shardgen.generators.families.of_loan import EqualStrings, HasStatus, OfLoan
from shardgen.generators.generator import BoundGenerator
from shardgen.generators.registry import generator
from shardgen.generators.sources import ColumnFunction, WordsFunction
from shardgen.random.alias import alias_draw
from shardgen.random.distributions import Weighted
from shardgen.random.overriding import override
from shardgen.random.streams import below_each
from shardgen.schema.model import GroupedFanOut
from shardgen.tables.calendar import MonthTable, month_table
from shardgen.tables.values import Dates, Decimals, Dictionary, Integers, Pool

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.random.streams import Draw, Indices
    from shardgen.tables.batch import Batch

W = Weighted


@generator("payment_number")
class PaymentNumber(OfLoan, frozen=True):
    """
    Which payment of its loan this is, 1 … term.

    Where the foreign key is grouped it counts the loan's payments in order: its first ones, 1, 2, 3
    …, or those up to the last where the loan's `status_column` says "paid_off", unless `from_first`
    is true. Should there be more of them than months it starts again. Where it is not grouped, it
    is drawn from the term.
    """

    named: ClassVar[tuple[str, ...]] = ("loan.status",)

    from_first: bool = False

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        context.refuse_unique()
        relation = self.relation(context)
        term = context.read_parent(relation, self.term_column)
        if not isinstance(context.relation(relation).shape, GroupedFanOut):
            context.note_idle("from_first", "the foreign key is not grouped")
            return BoundGenerator.of(DrawnNumbers(term.compute, context.words("value")), term)
        if self.from_first or not self.has_status(context, relation):
            return BoundGenerator.of(FirstNumbers(relation, term.compute), term)
        status = self.read_status(context, relation)
        paid_off = HasStatus(status.compute, EqualStrings("paid_off"), self.status_column)
        return BoundGenerator.of(LastNumbers(relation, term.compute, paid_off), term, status)


class DrawnNumbers(msgspec.Struct, frozen=True, eq=False):
    """Payment numbers of which each from 1 to the loan's term is as likely."""

    term: ColumnFunction
    words: WordsFunction

    def __call__(self, batch: Batch) -> Integers:
        """Return the number of each row."""
        months = whole(self.term(batch))
        number = below_each(self.words(batch), np.maximum(months.values, 1).astype(np.uint64))
        number += 1
        return Integers(number, 1, max(1, months.high))


class FirstNumbers(msgspec.Struct, frozen=True, eq=False):
    """The first payments of each loan in their order."""

    relation: str
    term: ColumnFunction

    def __call__(self, batch: Batch) -> Integers:
        """Return the number of each row."""
        return _counted(batch.ordinal(self.relation), whole(self.term(batch)))


class LastNumbers(msgspec.Struct, frozen=True, eq=False):
    """The last payments of each loan that is paid off in their order; of others the first ones."""

    relation: str
    term: ColumnFunction
    is_paid_off: HasStatus

    def __call__(self, batch: Batch) -> Integers:
        """Return the number of each row."""
        months, number = whole(self.term(batch)), batch.ordinal(self.relation)
        ahead = months.values - batch.siblings(self.relation).values
        ahead *= self.is_paid_off(batch)
        np.maximum(ahead, 0, out=ahead)
        ahead += number.values
        return _counted(Integers(ahead, 0, max(number.high, months.high - 1)), months)


def _counted(ordinal: Integers, term: Integers) -> Integers:
    """Return payment numbers from 1; where a loan has more payments than months, from 1 again."""
    number = ordinal.values
    if ordinal.high >= term.low:
        beyond = np.flatnonzero(number >= term.values)
        if beyond.size:
            number = number.copy()
            number[beyond] %= np.maximum(term.values[beyond], 1)
    return Integers(number + 1, 1, max(1, min(ordinal.high + 1, term.high)))


@generator("payment_date")
class PaymentDate(OfLoan, frozen=True):
    """
    The day the loan was funded plus as many months as the payment's number.

    `based_on_loan` is another name of `date_column`, and `monthly_interval` may say what is so.
    """

    monthly_interval: bool = True

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        context.refuse_unique()
        if not self.monthly_interval:
            raise BindError("monthly_interval is false", "a loan is paid back month by month")
        relation = self.relation(context)
        funded = context.read_parent(relation, self.date_column)
        number = context.read_column(self.number_column, "integer")
        dates = PaymentDates(relation, self.date_column, number.compute)
        return BoundGenerator.of(dates, funded, number)


class PaymentDates(msgspec.Struct, frozen=True, eq=False):
    """The dates of loans, each as many months later as its payment's number says."""

    relation: str
    date: str
    number: ColumnFunction

    def __call__(self, batch: Batch) -> Dates:
        """Return the date of each row; what is the same for all payments of a loan is made once."""
        loans, months = batch.parents(self.relation), whole(self.number(batch))
        dates = as_dates(loans.batch.column(self.date))
        table = month_table(dates.low, dates.high, months.high)
        month, day = loans.batch.shared((table, self), SplitDates(table, dates))
        if loans.index is not None:
            month, day = month.take(loans.index), day.take(loans.index)
        days = table.join(month + months.values, day)
        return Dates(days, dates.low, dates.high + 31 * months.high)


class SplitDates(msgspec.Struct, frozen=True, eq=False):
    """Dates as positions in a table of months, and the days since the first of these."""

    table: MonthTable
    dates: Dates

    def __call__(self, batch: Batch) -> tuple[Indices, Indices]:
        """Return both for each row."""
        del batch
        return self.table.split(self.dates.days)


@generator("payment_status")
class PaymentStatus(OfLoan, frozen=True):
    """
    State of a payment: pending, paid, late or missed.

    Where the table has a date in `date_of_payment` and leads to a loan with a status, a payment
    after as-of is pending. Of the others, those of a loan that is "delinquent" are late or missed,
    its first one always and further ones in two of three rows; those of other loans are late in 15
    of 1,000. Without these columns, or with `values` of one's own: paid 85, pending 10, late 4,
    missed 1. With `follows_loan` those that are due have their share of values of one's own, and
    none after as-of is paid.
    """

    named: ClassVar[tuple[str, ...]] = ("payment_date", "payment_number", "loan.status")

    values: Listed | None = None
    date_of_payment: str = "payment_date"
    follows_loan: bool = False

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        names = {column.name for column in context.table.columns}
        weights = self._weights() if self.follows_loan else None
        linked = self.values is None or weights is not None
        linked = linked and {self.date_of_payment, self.number_column} <= names
        if linked and context.table.references and not context.unique:
            relation = self.relation(context)
            if self.has_status(context, relation) or weights is not None:
                return self._linked(context, relation, weights)
        context.note_idle("loan", "the state is drawn by itself")
        context.note_idle("follows_loan", "the state is drawn by itself")
        return bind_choice(context, self.values or _PAYMENT_STATUS)

    def _weights(self) -> tuple[float, ...] | None:
        """Return the weights of paid, late and missed among the values; None for other values."""
        listed = (
            v if isinstance(v, Weighted) else Weighted(v) for v in self.values or _PAYMENT_STATUS
        )
        weights = {entry.value: entry.weight for entry in listed}
        if not {"paid", "pending"} <= weights.keys() <= set(_STATUSES.values):
            return None
        return tuple(weights.get(name, _NEVER) for name in ("paid", "late", "missed"))

    def _linked(
        self, context: ColumnContext, relation: str, weights: tuple[float, ...] | None
    ) -> BoundGenerator:
        paid_on = context.read_column(self.date_of_payment, "date", "timestamp")
        number = context.read_column(self.number_column, "integer")
        limit = context.max_length or _STATUSES.max_length
        if _STATUSES.max_length > limit:
            raise BindError(f"'pending' is longer than {context.type}", "choose a longer type")
        sources, is_delinquent = [paid_on, number], None
        if self.has_status(context, relation):
            status = self.read_status(context, relation)
            name = self.status_column
            is_delinquent = HasStatus(status.compute, EqualStrings("delinquent"), name)
            sources.append(status)
        statuses = StatusOfLoan(
            paid_on.compute,
            number.compute,
            is_delinquent,
            context.words("value"),
            context.as_of,
            _USUAL if weights is None else alias_draw(weights),
        )
        return BoundGenerator.of(statuses, *sources)


class StatusOfLoan(msgspec.Struct, frozen=True, eq=False):
    """States of payments that fit the state of their loan and the day `as_of`."""

    paid_on: ColumnFunction
    number: ColumnFunction
    is_delinquent: HasStatus | None
    words: WordsFunction
    as_of: int
    usual: Draw

    def __call__(self, batch: Batch) -> Dictionary:
        """Return the state of each row."""
        word = self.words(batch)
        status = self.usual(word)
        late = self.is_delinquent
        rows = np.flatnonzero(late(batch)) if late is not None else np.zeros(0, np.int64)
        if rows.size:
            status[rows] = _OF_DELINQUENT(word[rows])
            rows = rows[whole(self.number(batch)).values[rows] == 1]
            status[rows] = _FIRST_OF_DELINQUENT(word[rows])
        status[as_dates(self.paid_on(batch)).days > self.as_of] = len(_STATUSES) - 1
        return Dictionary(status, _STATUSES)


_STATUSES = Pool(("paid", "late", "missed", "pending"))
_NEVER = 1e-9  # a weight of next to nothing
_PAYMENT_STATUS: Listed = (W("paid", 85), W("pending", 10), W("late", 4), W("missed", 1))
_USUAL, _OF_DELINQUENT, _FIRST_OF_DELINQUENT = (
    alias_draw(weights) for weights in ((985, 15), (34, 44, 22), (1e-9, 2, 1))
)
"""Draws of a status by its index, pending left out."""


class OfInstalment(OfLoan, frozen=True):
    """Base of the amounts of a payment, which are computed together."""

    last_column: str | None = None

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        context.refuse_unique()
        relation = self.relation(context)
        names = self.amount_column, self.rate_column, self.term_column
        reads = [context.read_parent(relation, name) for name in names]
        if self.last_column is not None:
            reads.append(context.read_parent(relation, self.last_column, "integer"))
        number = context.read_column(self.number_column, "integer")
        key = (OfInstalment, relation, *msgspec.structs.astuple(self)[1:])
        instalments_ = Instalments(relation, *names, number.compute, key, self.last_column)
        return BoundGenerator.of(AmountOf(instalments_, type(self).amount_of), *reads, number)

    @staticmethod
    def amount_of(instalment: Instalment) -> Indices:
        """Return the amount of the instalment that the column shows, in cents."""
        raise NotImplementedError


class Instalments(msgspec.Struct, frozen=True, eq=False):
    """
    The instalment of each payment, computed once for all columns with the same `key`.

    What all payments of a loan have in common is computed once for them.
    """

    relation: str
    amount: str
    rate: str
    term: str
    number: ColumnFunction
    key: tuple[Any, ...]
    last: str | None = None

    def __call__(self, batch: Batch) -> Instalment:
        """Return the instalments of the rows."""
        return batch.shared(self.key, self._computed)

    def _computed(self, batch: Batch) -> Instalment:
        loans = batch.parents(self.relation)
        annuity, powers = loans.batch.shared(self.key, self._annuities)
        return instalments(annuity, powers, loans.index, whole(self.number(batch)))

    def _annuities(self, loans: Batch) -> tuple[Annuity, NDArray[np.float64]]:
        return annuities(
            cents(loans.column(self.amount)),
            loans.column(self.rate),
            whole(loans.column(self.term)),
            None if self.last is None else whole(loans.column(self.last)),
        )


class AmountOf(msgspec.Struct, frozen=True, eq=False):
    """An amount of each instalment, in cents."""

    instalments: Instalments
    amount: Callable[[Instalment], Indices]

    def __call__(self, batch: Batch) -> Decimals:
        """Return the amount of each row."""
        instalment = self.instalments(batch)
        return Decimals(self.amount(instalment), 2, 0, instalment.most)


@generator("payment_amount")
class PaymentAmount(OfInstalment, frozen=True):
    """What is paid: principal plus interest, to the cent."""

    @override
    @staticmethod
    def amount_of(instalment: Instalment) -> Indices:
        return instalment.principal + instalment.interest


@generator("payment_principal")
class PaymentPrincipal(OfInstalment, frozen=True):
    """
    How much of the payment reduces the loan; over the full term these sum to its amount.

    Where the loan is paid off early, its `last_column` says by which payment: that has all that is
    owed. So it is of the amount and the interest too.
    """

    @override
    @staticmethod
    def amount_of(instalment: Instalment) -> Indices:
        return instalment.principal


@generator("payment_interest")
class PaymentInterest(OfInstalment, frozen=True):
    """How much of the payment is interest on what was still owed."""

    @override
    @staticmethod
    def amount_of(instalment: Instalment) -> Indices:
        return instalment.interest
