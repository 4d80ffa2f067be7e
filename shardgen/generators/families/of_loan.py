"""What the columns of a payment have in common: the loan that they are of, and its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec
import numpy as np

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext
from shardgen.generators.generator import Generator
from shardgen.generators.sources import ColumnFunction, ColumnRead
from shardgen.random.overriding import override
from shardgen.tables.values import Dictionary, Pool, PoolFunction

if TYPE_CHECKING:
    from shardgen.random.streams import Truths
    from shardgen.tables.batch import Batch


class OfLoan(Generator, frozen=True):
    """
    Base of the columns of a payment that follow from its loan.

    `loan` is the foreign key to it, by default the table's only one; the other fields name the
    loan's columns, and the payment's own number.
    """

    spellings: ClassVar[dict[str, str]] = {
        "based_on_loan": "date_column",
        "calculated_from": "amount_column",
        "term": "term_column",
        "rate": "rate_column",
    }

    loan: str | None = None
    amount_column: str = "amount"
    rate_column: str = "interest_rate"
    term_column: str = "term_months"
    date_column: str = "funded_date"
    number_column: str = "payment_number"
    status_column: str = "status"

    names_columns: ClassVar[tuple[str, ...]] = (
        "amount_column", "rate_column", "term_column", "date_column", "number_column",
        "status_column", "date_of_payment",
    )  # fmt: skip

    def has_status(self, context: ColumnContext, relation: str) -> bool:
        """Return whether the loan has a column of text with its status."""
        loan = context.catalog.table(context.relation(relation).table)
        return any(
            c.name == self.status_column and c.sql_type.family in ("text", "enum")
            for c in loan.columns
        )

    def read_status(self, context: ColumnContext, relation: str) -> ColumnRead:
        """Return the column of the loan with its status."""
        return context.read_parent(relation, self.status_column)

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


class EqualStrings(PoolFunction["Truths"], frozen=True):
    """Which strings of a pool are this one."""

    string: str

    @override
    def __call__(self, pool: Pool) -> Truths:
        return np.array([value == self.string for value in pool.values])


class HasStatus(msgspec.Struct, frozen=True, eq=False):
    """Whether each row's loan has a status; BindError when that is not one of a list of texts."""

    column: ColumnFunction
    status: EqualStrings
    name: str

    def __call__(self, batch: Batch) -> Truths:
        """Return one truth for each row of the batch."""
        values = self.column(batch)
        if not isinstance(values, Dictionary):
            raise BindError(f"the loan's {self.name} is not one of a list of texts")
        return values.pool.mapped(self.status).take(values.indices)
