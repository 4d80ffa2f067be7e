"""Annuities: what each payment of a loan is, to the cent, without the payments before it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from shardgen.errors import BindError
from shardgen.tables.values import ColumnValues, Decimals, Integers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.random.streams import Indices


class Instalment(msgspec.Struct, frozen=True, eq=False):
    """Principal and interest of each payment, in cents, and the most that both can be."""

    principal: Indices
    interest: Indices
    most: int


class Annuity(msgspec.Struct, frozen=True, eq=False):
    """
    Loans that are paid back in equal payments: what these have in common.

    For each loan: where its rate begins in the table of powers, its months, qⁿ, the cents owed per
    unit of qⁿ - qᵏ, the monthly rate and the payment in cents, and the number of the payment by
    which it is paid off. `most` bounds a payment, in cents.
    """

    start: Indices
    months: Indices
    grown: NDArray[np.float64]
    owed: NDArray[np.float64]
    monthly: NDArray[np.float64]
    payment: NDArray[np.float64]
    last: Indices
    most: int


def annuities(
    amount: Decimals, rate: ColumnValues, term: Integers, last: Integers | None = None
) -> tuple[Annuity, NDArray[np.float64]]:
    """
    Return the loans and the table of powers qᵏ; `amount` in cents, `rate` in percent a year.

    q = 1 + rate/1200, and the payment is A·(q - 1)·qⁿ/(qⁿ - 1), rounded to the cent. A rate of zero
    has k for qᵏ, which makes all payments equal. `last` are the payments by which loans are paid
    off, where that may be before their term.
    """
    units, scale, low, high = _rate_units(rate)
    longest = max(1, term.high)
    if low < 0 or (high - low + 1) * (longest + 1) > _MAX_POWERS:
        raise BindError(f"rates of {low} to {high} units over {longest} months cannot be tabulated")
    powers = _power_table(low, high, scale, longest)
    start = (units - low) * (longest + 1)
    months = np.maximum(term.values, 1)
    monthly = units / (1200.0 * 10**scale)
    grown = powers[start + months]
    owed = amount.units / (grown - powers[start])
    payment = np.floor(owed * monthly * grown + 0.5)
    most = int(amount.high * (1 + high / (1200 * 10**scale))) + 1
    ends = months if last is None else np.clip(last.values, 1, months)
    return Annuity(start, months, grown, owed, monthly, payment, ends, most), powers


def instalments(
    annuity: Annuity, powers: NDArray[np.float64], loan: Indices | None, number: Integers
) -> Instalment:
    """
    Return payment `number` of the loan at position `loan` (of the same row, where that is None).

    What is owed after k of n payments is A·(qⁿ - qᵏ)/(qⁿ - 1), rounded to the cent, and principal
    is the difference of two of these: so over the term it sums to A exactly. Interest is what
    principal leaves of the payment; the last payment carries what rounding left over. That by which
    a loan is paid off early has all that is owed, and there is nothing after it.
    """
    if number.low < 1:
        raise BindError(f"payments are numbered from 1, and here from {number.low}")

    def each(values: NDArray[Any]) -> NDArray[Any]:
        return values if loan is None else values.take(loan)

    months, grown, owed = each(annuity.months), each(annuity.grown), each(annuity.owed)
    k = np.minimum(number.values, months)
    at = each(annuity.start)
    at += k
    after = _owed(grown, powers.take(at), owed)
    at -= 1
    before = _owed(grown, powers.take(at), owed)
    ends = each(annuity.last)
    after[k >= ends] = 0.0
    before[k > ends] = 0.0
    principal = before - after
    interest = each(annuity.payment) - principal
    np.maximum(interest, 0.0, out=interest)
    last = np.flatnonzero(k >= ends)
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


def _rate_units(rate: ColumnValues) -> tuple[Indices, int, int, int]:
    if isinstance(rate, Integers):
        return rate.values, 0, rate.low, rate.high
    if not isinstance(rate, Decimals):
        raise BindError("the loan's rate is no number")
    return rate.units, rate.scale, rate.low, rate.high


def cents(values: ColumnValues) -> Decimals:
    """Return money in cents."""
    from shardgen.schema.types import ColumnType
    from shardgen.tables.casts import cast

    made = cast(values, ColumnType("decimal", precision=18, scale=2))
    assert isinstance(made, Decimals), "cast returns what it is asked for"
    return made


def whole(values: ColumnValues) -> Integers:
    """Return whole numbers; BindError when the column has decimals."""
    if not isinstance(values, Integers):
        raise BindError("whole numbers wanted, in an integer column")
    return values
