"""Ids that rise with time, in any order of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext
from shardgen.generators.generator import BoundGenerator, Generator, Nulls
from shardgen.generators.registry import generator
from shardgen.generators.sources import ColumnFunction
from shardgen.random.overriding import override
from shardgen.tables.presence import seconds_of
from shardgen.tables.values import DAY, Dates, Integers, Timestamps

if TYPE_CHECKING:
    from shardgen.tables.batch import Batch

EPOCH = 1_288_834_974
"""2010-11-04 01:42:54 UTC, the second from which Twitter's Snowflake ids count."""
_BITS = 22  # below the milliseconds: a machine's 10 and a sequence of 12
_IN_A_SECOND = 1000 << _BITS
_STEP = 2_592_222_671  # near the golden section of them, so that rows lie far apart
_FIRST, _LAST = EPOCH - (1 << 41) // 1000 + 1, EPOCH + (1 << 41) // 1000 - 1


@generator("snowflake")
class Snowflake(Generator, frozen=True):
    """
    A Snowflake id: 41 bits of milliseconds, then 22 bits of a machine and a sequence.

    The milliseconds count from 4 November 2010, and are of the second in the column `at`, a date or
    timestamp of the row, or of its parent as in `order.placed_at`; so ids rise with it over the
    whole table, whatever the order of the rows. No two are alike. Times before that day have ids
    below zero; those before 1941 or after 2080 have none, and are refused.
    """

    at: str

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        read = context.read_path(self.at, "date", "timestamp")
        if context.type.name != "bigint":
            raise BindError(f"an id has 63 bits, and {context.type} fewer", "use bigint")
        begin = context.key("in a second") % _IN_A_SECOND
        compute = TimeOrderedIds(read.compute, begin, context.column.name)
        return BoundGenerator.of(compute, read, nulls=Nulls.NEVER)


class TimeOrderedIds(msgspec.Struct, frozen=True, eq=False):
    """
    Ids of the second of a column's value.

    Within a second row r has the id number `begin` + r·_STEP, which is another for each row: the
    step has no factor in common with how many there are.
    """

    at: ColumnFunction
    begin: int
    name: str

    def __call__(self, batch: Batch) -> Integers:
        """Return the id of each row; BindError where its time may have none."""
        times = self.at(batch)
        seconds = seconds_of(times)
        assert isinstance(times, Dates | Timestamps), "so seconds_of says"
        unit = DAY if isinstance(times, Dates) else 1
        for bound in (times.low * unit, times.high * unit):
            if not _FIRST <= bound <= _LAST:
                when, first = np.datetime64(bound, "s"), np.datetime64(_FIRST, "s")
                what = f"the time of the Snowflake id {self.name!r} may be {when}, and it counts "
                raise BindError(what + f"from {first} to 2080", "bound the time")
        places = batch.numbers.astype(np.uint64) * np.uint64(_STEP)
        places += np.uint64(self.begin)
        places %= np.uint64(_IN_A_SECOND)
        ids = (seconds - EPOCH) * _IN_A_SECOND + places.view(np.int64)
        return Integers(ids, -(1 << 63) + 1, (1 << 63) - 1)
