"""What a generator yields, as the values of its column's type."""

from __future__ import annotations

import msgspec

from shardgen.errors import BindError
from shardgen.generators.sources import ColumnFunction
from shardgen.schema.types import ColumnType
from shardgen.tables.batch import Batch
from shardgen.tables.casts import cast, is_coarser
from shardgen.tables.values import ColumnValues


class CastValues(msgspec.Struct, frozen=True, eq=False):
    """
    The values of a generator as the type of their column.

    BindError when they do not fit, or those of a key lose what makes them differ.
    """

    generated: ColumnFunction
    type: ColumnType
    is_key: bool

    def __call__(self, batch: Batch) -> ColumnValues:
        """Return the value of each row."""
        made = self.generated(batch)
        try:
            values = cast(made, self.type)
        except ValueError as error:
            raise BindError(str(error)) from None
        if self.is_key and is_coarser(values, made):
            raise BindError(f"yields finer values than {self.type}, where they may repeat")
        return values
