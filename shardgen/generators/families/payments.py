"""Payments that amortise their loan to the cent, in its order and its state."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import msgspec
import numpy as np

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext, ColumnFunction, Generator, generator
from shardgen.generators.families.amortisation import (
    Annuity,
    Instalment,
    annuities,
    cents,
    instalments,
    whole,
)
from shardgen.generators.families.choice import Listed, bind_choice
from shardgen.generators.families.times import as_dates
from shardgen.random.alias import alias_draw
from shardgen.random.distributions import Weighted
from shardgen.random.streams import below_each
from shardgen.schema.model import GroupedFanOut
from shardgen.tables.calendar import month_table
from shardgen.tables.values import Dates, Decimals, Dictionary, Integers, Pool

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from shardgen.random.streams import Indices
    from shardgen.tables.batch import Batch

    Truths = NDArray[np.bool_]

W = Weighted


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
    status_column: str = "status"

    def has_status(self, context: ColumnContext, relation: str) -> bool:
        """Return whether the loan has a column of text with its status."""
        loan = context.catalog.table(context.relation(relation).table)
        return any(
            c.name == self.status_column and c.sql_type.family in ("text", "enum")
            for c in loan.columns
        )

    def is_status(
        self, context: ColumnContext, relation: str, status: str
    ) -> Callable[[Batch], Truths]:
        """Return the maker of whether each row's loan has that status."""
        read = context.reads_parent(relation, self.status_column)
        truths: WeakKeyDictionary[Pool, Truths] = WeakKeyDictionary()

        def make(batch: Batch) -> Truths:
            values = read(batch)
            if not isinstance(values, Dictionary):
                raise BindError(f"the loan's {self.status_column} is not one of a list of texts")
            table = truths.get(values.pool)
            if table is None:
                table = np.array([value == status for value in values.pool.values])
                truths[values.pool] = table
            return table.take(values.indices)

        return make

    def relation(self, context: ColumnContext) -> str:
        """Return the name of the foreign key to the loan; BindError when it is not clear which."""
        if self.loan is not None:
            return context.relation(self.loan).name
        keys = [reference.name for reference in context.table.references]
        if len(keys) != 1:
            raise BindError(
                f"table {context.table.name!r} has {len(keys)} foreign keys, not one",
                'say which one leads to the loan with "loan"',
            )
        return keys[0]


@generator("payment_number")
class PaymentNumber(OfLoan, frozen=True):
    """
    Which payment of its loan this is, 1 … term.

    Where the foreign key is grouped it counts the loan's payments in order: its first ones, 1, 2, 3
    …, or those up to the last where the loan's `status_column` says "paid_off". Should there be
    more of them than months it starts again. Where it is not grouped, it is drawn from the term.
    """

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        context.refuse_unique()
        relation = self.relation(context)
        term = context.reads_parent(relation, self.term_column)
        if isinstance(context.relation(relation).shape, GroupedFanOut):
            closed = None
            if self.has_status(context, relation):
                closed = self.is_status(context, relation, "paid_off")

            def counted(batch: Batch) -> Integers:
                months, number = whole(term(batch)), batch.ordinal(relation)
                if closed is None:
                    return _counted(number, months)
                ahead = months.values - batch.siblings(relation).values
                ahead *= closed(batch)
                np.maximum(ahead, 0, out=ahead)
                ahead += number.values
                return _counted(Integers(ahead, 0, max(number.high, months.high - 1)), months)

            return counted
        words = context.words("value")

        def drawn(batch: Batch) -> Integers:
            months = whole(term(batch))
            number = below_each(words(batch), np.maximum(months.values, 1).astype(np.uint64))
            number += 1
            return Integers(number, 1, max(1, months.high))

        return drawn


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
    """The day the loan was funded plus as many months as the payment's number."""

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        context.refuse_unique()
        relation = self.relation(context)
        context.reads_parent(relation, self.date_column)
        number = context.reads_column(self.number_column, "integer")

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


@generator("payment_status")
class PaymentStatus(OfLoan, frozen=True):
    """
    State of a payment: pending, paid, late or missed.

    Where the table has a date in `date_of_payment` and leads to a loan with a status, a payment
    after as-of is pending. Of the others, those of a loan that is "delinquent" are late or missed,
    its first one always and further ones in two of three rows; those of other loans are late in 15
    of 1,000. Without these columns, or with `values` of one's own: paid 85, pending 10, late 4,
    missed 1.
    """

    values: Listed | None = None
    date_of_payment: str = "payment_date"

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        names = {column.name for column in context.table.columns}
        linked = self.values is None and {self.date_of_payment, self.number_column} <= names
        if linked and context.table.references and not context.unique:
            relation = self.relation(context)
            if self.has_status(context, relation):
                return self._linked(context, relation)
        return bind_choice(context, self.values or _PAYMENT_STATUS)

    def _linked(self, context: ColumnContext, relation: str) -> ColumnFunction:
        paid_on = context.reads_column(self.date_of_payment, "date", "timestamp")
        number = context.reads_column(self.number_column, "integer")
        troubled = self.is_status(context, relation, "delinquent")
        words, as_of = context.words("value"), context.as_of
        limit = context.max_length or max(map(len, _STATUSES.values))
        if max(map(len, _STATUSES.values)) > limit:
            raise BindError(f"'pending' is longer than {context.type}", "choose a longer type")
        usual, late, first = (alias_draw(w) for w in ((985, 15), (34, 44, 22), (1e-9, 2, 1)))

        def make(batch: Batch) -> Dictionary:
            word = words(batch)
            status = usual(word)
            rows = np.flatnonzero(troubled(batch))
            if rows.size:
                status[rows] = late(word[rows])
                rows = rows[whole(number(batch)).values[rows] == 1]
                status[rows] = first(word[rows])
            status[as_dates(paid_on(batch)).days > as_of] = len(_STATUSES) - 1
            return Dictionary(status, _STATUSES)

        return make


_STATUSES = Pool(("paid", "late", "missed", "pending"))
_PAYMENT_STATUS: Listed = (W("paid", 85), W("pending", 10), W("late", 4), W("missed", 1))


class OfInstalment(OfLoan, frozen=True):
    """Base of the amounts of a payment, which are computed together."""

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        context.refuse_unique()
        relation = self.relation(context)
        for name in (self.amount_column, self.rate_column, self.term_column):
            context.reads_parent(relation, name)
        number = context.reads_column(self.number_column, "integer")
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
