"""Where columns are null: masks over the rows of a batch, drawn or put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.errors import BindError
from shardgen.random.streams import chance
from shardgen.schema.catalog_tables import CatalogColumn
from shardgen.tables.batch import Batch

if TYPE_CHECKING:
    from shardgen.random.streams import Truths


Mask = Callable[[Batch], "Truths"]
"""Where a column is null in a batch: one truth for each row."""


NULL_SHARE = 0.10  # of the cells of a nullable column, where the schema does not say


def null_share(column: CatalogColumn) -> float:
    """Return the share of a nullable column's rows that are null; BindError unless it is 0 to 1."""
    share = column.generator_params.get("null_probability", NULL_SHARE)
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
        raise BindError(f"null_probability {share!r} is not between 0 and 1")
    return share


def null_mask(key: int, share: float) -> DrawnNulls | None:
    """Return nulls in that share of the rows; None for a share of 0."""
    return DrawnNulls(key, share) if share else None


class DrawnNulls(msgspec.Struct, frozen=True, eq=False):
    """Nulls in a share of all rows, by the words of a stream."""

    key: int
    share: float

    def __call__(self, batch: Batch) -> Truths:
        """Return one truth for each row."""
        return chance(batch.words(self.key), self.share)


class AllNull(msgspec.Struct, frozen=True, eq=False):
    """Null in every row: a key to a table that has none."""

    def __call__(self, batch: Batch) -> Truths:
        """Return one truth for each row."""
        return np.ones(len(batch), bool)


class FirstRow(msgspec.Struct, frozen=True, eq=False):
    """Null in the first row of a table, which has no earlier one to refer to."""

    def __call__(self, batch: Batch) -> Truths:
        """Return one truth for each row."""
        first: Truths = batch.rows == 0
        return first


class EitherNull(msgspec.Struct, frozen=True, eq=False):
    """Null where one of two masks says so."""

    first: Mask
    second: Mask

    def __call__(self, batch: Batch) -> Truths:
        """Return one truth for each row."""
        return self.first(batch) | self.second(batch)


def either_null(first: Mask | None, second: Mask | None) -> Mask | None:
    """Return where one of two masks says null, of which each may be None for nowhere."""
    if first is None or second is None:
        return second if first is None else first
    return EitherNull(first, second)
