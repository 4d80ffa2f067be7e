"""The rows that keys by a time lead to: when each of a parent's rows is valid, looked through."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from shardgen.errors import BindError, NotEnoughValuesError
from shardgen.generators.sources import Cell
from shardgen.plan.conditions import MOST_ROWS, Conditions
from shardgen.plan.times_read import by_time, time_cell
from shardgen.random.streams import stream_key
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.references import Reference
from shardgen.tables.batch import BATCH_ROWS, Batch, BoundTable
from shardgen.tables.presence import seconds_of
from shardgen.tables.selection import SelectedRange, Selection
from shardgen.tables.validity import FOREVER, NoneValidError, Spans, held_places
from shardgen.tables.values import DAY, Dates, Timestamps


class ValidRows:
    """Finds the places of keys by a time, of tables whose columns are bound."""

    def __init__(self, tables: Mapping[str, BoundTable], conditions: Conditions, seed: int) -> None:
        """Begin with tables that are not bound yet; the mapping fills up."""
        self._tables = tables
        self._conditions = conditions
        self._seed = seed

    def places(
        self,
        table: CatalogTable,
        reference: Reference,
        span: range,
        done: Collection[str],
        failed: Collection[Cell],
    ) -> Selection:
        """
        Return the places that a key leads to, of the rows of its parent in `span`.

        `done` are the tables that are bound. BindError where these rows are not known yet, or none
        is valid at some time that there may be; FollowsFromMistakeError where it reads a column
        that has a mistake.
        """
        shape, cell = by_time(reference), time_cell(table, reference)
        assert shape is not None, "asked for keys by a time only"
        assert shape.since is not None, "the checks admit no such key without since"
        assert cell is not None, "the checks admit only keys whose time is found"
        parent = self._tables[reference.table]
        if not span or self._tables[table.name].is_empty:
            return SelectedRange(span.start, span.stop)
        later = {reference.table, cell[0]}.difference(done)
        if later:
            what = f"{min(later)!r} comes later, and its rows are not known yet"
            raise BindError(what, "leave out at, since and until of a key in a circle")
        if len(span) > MOST_ROWS:
            what = (
                f"{parent.name!r} has {len(span)} rows, and at most {MOST_ROWS} are looked through"
            )
            raise NotEnoughValuesError(what, "ask for fewer", MOST_ROWS)
        names = [name for name in (shape.since, shape.until) if name is not None]
        read = [cell, *((reference.table, name) for name in names)]
        self._conditions.check_known(read, (), done, failed)
        first, last = bounds_of(self._tables[cell[0]], cell[1])
        spans = _spans(parent, shape.since, shape.until, span)
        key = stream_key(self._seed, table.name, reference.name, "places")
        try:
            return held_places(spans, first, last, key)
        except NoneValidError as error:
            what = f"no row of {parent.name!r} is valid at {error}, and {shape.at} may be that"
            hint = f"let {shape.since} of some rows be earlier, or {shape.at} have nearer bounds"
            raise BindError(what, hint) from None


def bounds_of(table: BoundTable, name: str) -> tuple[int, int]:
    """Return the first and the last second that a column of times may have in any row."""
    values = Batch.of_range(table, 0, 1).column(name)
    if isinstance(values, Dates):
        return values.low * DAY, values.high * DAY
    assert isinstance(values, Timestamps), "the checks admit dates and timestamps"
    return values.low, values.high


def _spans(parent: BoundTable, since: str, until: str | None, span: range) -> Spans:
    begins, ends = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for start in range(span.start, span.stop, BATCH_ROWS):
        batch = Batch.of_range(parent, start, min(start + BATCH_ROWS, span.stop))
        begins.append(seconds_of(batch.column(since)))
        end = np.full(len(batch), FOREVER)
        if until is not None:
            null = batch.null(until)
            end = seconds_of(batch.column(until))
            end = end if null is None else np.where(null, FOREVER, end)
        ends.append(end)
    rows = np.arange(span.start, span.stop)
    return Spans(rows, np.concatenate(begins), np.concatenate(ends))
