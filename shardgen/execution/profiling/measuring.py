"""Facts from the answers of a source: pure, but for what the queries are asked of."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from shardgen.execution.description.queries import is_on_a_line
from shardgen.execution.description.shapes import ColumnShape, KeyShape, TableShape
from shardgen.execution.profiling.allowing import Allowed
from shardgen.execution.profiling.door import Door
from shardgen.execution.profiling.facts import (
    ColumnFacts,
    CorrelationFacts,
    KeyFacts,
    TableFacts,
    ValueShare,
)
from shardgen.execution.profiling.following import gaps_of, rising_column
from shardgen.execution.profiling.privacy import counts_points, quantile_points
from shardgen.execution.profiling.ranking import chosen, pair_correlation
from shardgen.execution.profiling.sql import ProfileQueries
from shardgen.execution.profiling.times import (
    are_midnights,
    day_points,
    hour_weights,
    weekday_weights,
)

Numbers = npt.NDArray[np.float64]

_FEW_NUMBERS = 60
_MOST_VALUES = 200
_COVERED = 0.95
_COVERED_BY_SHAPES = 0.9
_MOST_SHAPES = 8
_LONGEST_SHAPE = 40
_FINITE = 1e300


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """How much is looked at: rows of a sample, and how many rows share what is taken."""

    sample_rows: int
    least_rows: int


class Measured(msgspec.Struct, frozen=True):
    """
    The sample of a table: its columns on a line and those of its parents, NaN for null.

    Those of parents are called `borrower_id.income`, and `parents` says where they stand.
    """

    numbers: Mapping[str, Numbers]
    rows: int
    parents: Mapping[str, tuple[TableShape, ColumnShape]] = {}


def measured_table(
    door: Door,
    shapes: Mapping[str, TableShape],
    shape: TableShape,
    allowed: Allowed,
    asked: Asked,
    known: Mapping[str, TableFacts],
) -> TableFacts:
    """Return what is learned of a table; `known` has its parents' facts, but in a circle."""
    return _Measuring(door, shapes, shape, allowed, asked, known).made()


class _Measuring:
    """One table while it is measured."""

    def __init__(
        self,
        door: Door,
        shapes: Mapping[str, TableShape],
        shape: TableShape,
        allowed: Allowed,
        asked: Asked,
        known: Mapping[str, TableFacts],
    ) -> None:
        self._known = known
        self._door, self._shapes, self._shape = door, shapes, shape
        self._allowed, self._asked = allowed, asked
        sampling = allowed.sampling(shape.name)
        ((rows, *given),) = door.ask(ProfileQueries(sampling, shape, 1).counts())
        self._rows = int(rows)
        self._given = {c.name: int(n) for c, n in zip(shape.columns, given, strict=True)}
        share = asked.sample_rows / max(1, self._rows)
        self._queries = ProfileQueries(sampling, shape, share)

    def made(self) -> TableFacts:
        if not self._rows:
            columns = tuple(
                ColumnFacts(name=c.name, nulls=0.0, why="the table has no rows")
                for c in self._shape.columns
            )
            return TableFacts(name=self._shape.name, rows=0, sampled=0, columns=columns)
        sample = self._sample()
        columns = tuple(self._column(column, sample) for column in self._shape.columns)
        times = {
            name: self._may_be_followed(parent, column)
            for name, (parent, column) in sample.parents.items()
            if column.kind in ("date", "timestamp")
        }
        columns = gaps_of(columns, self._shape, sample.numbers, times, self._asked.least_rows)
        columns = rising_column(columns, self._shape, sample.numbers)
        return TableFacts(
            name=self._shape.name,
            rows=self._rows,
            sampled=sample.rows,
            columns=columns,
            keys=tuple(self._key(key) for key in self._shape.keys),
            correlations=self._correlations(columns, sample),
        )

    # --- The sample

    def _sample(self) -> Measured:
        """Return the numbers of a sample, in chunks as they come."""
        own = [c for c in self._shape.columns if is_on_a_line(c.kind)]
        parents = [
            (key, parent, [c for c in parent.columns if _is_law(parent, c)])
            for key in self._shape.keys
            if key.table != self._shape.name and (parent := self._shapes.get(key.table)) is not None
        ]
        parents = [each for each in parents if each[2]]
        of_parents = {
            f"{'_'.join(key.columns)}.{c.name}": (parent, c)
            for key, parent, theirs in parents
            for c in theirs
        }
        names = [*(c.name for c in own), *of_parents]
        if not own:
            return Measured({}, min(self._rows, self._asked.sample_rows))
        values = self._streamed(self._queries.numbers(own, parents), len(names))
        numbers = {name: values[:, n] for n, name in enumerate(names)}
        return Measured(numbers, len(values), of_parents)

    def _streamed(self, query: str, width: int) -> Numbers:
        """Return the rows of a query as numbers, fetched in chunks; NaN for null."""
        chunks = [
            np.array([tuple(row) for row in rows], dtype=np.float64)
            for rows in self._door.stream(query)
        ]
        values = np.concatenate(chunks) if chunks else np.empty((0, width))
        return np.where(np.abs(values) < _FINITE, values, np.nan)

    def _may_be_followed(self, parent: TableShape, column: ColumnShape) -> bool:
        """Return whether a column of a parent is drawn by a law of its own."""
        facts = self._known.get(parent.name)
        return (
            facts is not None
            and facts.column(column.name).taken in ("quantiles", "values")
            and not self._allowed.is_computed(parent.name, column.name)
        )

    # --- Columns

    def _column(self, column: ColumnShape, sample: Measured) -> ColumnFacts:
        nulls = round(1 - self._given[column.name] / self._rows, 5)
        facts = ColumnFacts(name=column.name, nulls=nulls)
        why = self._allowed.why_nothing(self._shape.name, column.name)
        if why:
            return msgspec.structs.replace(facts, why=why)
        if not self._given[column.name]:
            return msgspec.structs.replace(facts, why="it is always null")
        if column.kind == "number":
            return self._number(facts, column, sample.numbers[column.name])
        if is_on_a_line(column.kind):
            return self._time(facts, column, sample.numbers[column.name])
        if column.kind in ("text", "boolean"):
            return self._text(facts, column)
        return msgspec.structs.replace(facts, why="nothing is taken of such a type")

    def _number(self, facts: ColumnFacts, column: ColumnShape, values: Numbers) -> ColumnFacts:
        values = values[~np.isnan(values)]
        least = self._asked.least_rows
        different, counts = np.unique(values, return_counts=True)
        if len(values) < 2 * least:
            return msgspec.structs.replace(facts, why=f"fewer than {2 * least} rows have a value")
        if len(different) == len(values) and column.is_whole:
            return msgspec.structs.replace(facts, why="no value comes twice")
        shared = counts >= least
        if len(different) <= _FEW_NUMBERS and counts[shared].sum() >= 0.99 * len(values):
            listed = tuple(
                ValueShare(value=_number_of(value, column), share=_share(n, counts[shared].sum()))
                for value, n in zip(different[shared], counts[shared], strict=True)
            )
            covered = round(float(counts[shared].sum() / len(values)), 4)
            return msgspec.structs.replace(facts, taken="values", values=listed, covered=covered)
        points = quantile_points(values, least, _unit(column))
        if not points:
            return msgspec.structs.replace(facts, why=f"fewer than {2 * least} rows have a value")
        return msgspec.structs.replace(facts, taken="quantiles", points=points)

    def _time(self, facts: ColumnFacts, column: ColumnShape, seconds: Numbers) -> ColumnFacts:
        seconds = seconds[~np.isnan(seconds)]
        least = self._asked.least_rows
        points = day_points(seconds, least)
        if not points:
            return msgspec.structs.replace(facts, why=f"fewer than {2 * least} rows have a value")
        seasonal = {"weekdays": weekday_weights(seconds, points, least)}
        is_day = column.kind == "date" or are_midnights(seconds)
        if not is_day:
            seasonal["hours"] = hour_weights(seconds, least)
        seasonal = {name: weights for name, weights in seasonal.items() if weights}
        return msgspec.structs.replace(
            facts, taken="quantiles", points=points, seasonal=seasonal, is_day=is_day
        )

    def _text(self, facts: ColumnFacts, column: ColumnShape) -> ColumnFacts:
        least, name = self._asked.least_rows, column.name
        why = self._allowed.why_no_values(self._shape.name, name)
        if not why:
            asked = self._door.ask(self._queries.values(column, least))
            values, covered = _shared(asked)
            if values and covered >= _COVERED and len(values) <= _MOST_VALUES:
                kind = "share" if column.kind == "boolean" else "values"
                return msgspec.structs.replace(
                    facts, taken=kind, values=values, covered=round(covered, 4)
                )
            why = f"less than {_COVERED:.0%} of its rows have a value that {least} rows share"
        if column.kind == "boolean" or not self._allowed.may_have_shape(self._shape.name, name):
            return msgspec.structs.replace(facts, why=why)
        shapes, covered = _shared(self._door.ask(self._queries.shapes(column, least)))
        shapes = tuple(
            s
            for s in shapes
            if len(s.value) <= _LONGEST_SHAPE and "9" in s.value
            if "?" not in s.value
        )
        covered = sum(s.share for s in shapes) * covered
        if covered >= _COVERED_BY_SHAPES and len(shapes) <= _MOST_SHAPES:
            return msgspec.structs.replace(
                facts, taken="shapes", shapes=shapes, covered=round(covered, 4), why=why
            )
        return msgspec.structs.replace(facts, why=why)

    # --- Keys and correlations

    def _key(self, key: KeyShape) -> KeyFacts:
        found = [(int(n), int(p)) for n, p in self._door.ask(self._queries.children(key))]
        parents = self._parents_of(key)
        counts = [(0, max(0, parents - sum(p for _, p in found))), *found]
        total = sum(p for _, p in counts)
        children = sum(n * p for n, p in counts)
        mean = children / total if total else 0.0
        spread = sum(p * (n - mean) ** 2 for n, p in counts)
        points = counts_points(counts) if total >= self._asked.least_rows else ()
        return KeyFacts(
            columns=key.columns,
            table=key.table,
            nulls=round(1 - children / self._rows, 5),
            parents=total,
            mean=round(mean, 5),
            deviation=round(math.sqrt(spread / total), 5) if total else 0.0,
            points=points,
            standing=self._standing(key, parents) if points and spread else None,
        )

    def _parents_of(self, key: KeyShape) -> int:
        """Return how many rows a key's parents are."""
        if key.table == self._shape.name:
            return self._rows
        if key.table in self._known:
            return self._known[key.table].rows
        parent = self._shapes[key.table]
        counted = ProfileQueries(self._allowed.sampling(key.table), parent, 1).counts()
        return int(self._door.ask(counted)[0][0])

    def _standing(self, key: KeyShape, parents: int) -> CorrelationFacts | None:
        """Return the column of the parents that hangs most on how many children they have."""
        parent = self._shapes[key.table]
        columns = [
            c for c in parent.columns if _is_law(parent, c) and self._may_be_followed(parent, c)
        ]
        alone = [other for other in self._shape.keys if other.table == key.table]
        if not columns or key.table == self._shape.name or len(alone) > 1:
            return None
        share = self._asked.sample_rows / max(1, parents)
        queries = ProfileQueries(self._allowed.sampling(key.table), parent, share)
        values = self._streamed(queries.standing(columns, self._shape, key), len(columns) + 1)
        least, word = self._asked.least_rows, f"count({self._shape.name})"
        found = [
            fact
            for n, column in enumerate(columns)
            if (fact := pair_correlation(column.name, word, values[:, n], values[:, -1], least))
        ]
        return max(found, key=lambda fact: abs(fact.rho), default=None)

    def _correlations(
        self, columns: Sequence[ColumnFacts], sample: Measured
    ) -> tuple[CorrelationFacts, ...]:
        lawful = {
            c.name
            for c in columns
            if c.taken in ("quantiles", "values")
            if not self._allowed.is_computed(self._shape.name, c.name)
        }
        own = [c.name for c in self._shape.columns if c.name in lawful and _is_law(self._shape, c)]
        theirs = [n for n, end in sample.parents.items() if self._may_be_followed(*end)]
        found = []
        for n, name in enumerate(own):
            for other in (*own[n + 1 :], *theirs):
                fact = pair_correlation(
                    name, other, sample.numbers[name], sample.numbers[other], self._asked.least_rows
                )
                if fact is not None:
                    found.append(fact)
        free = {c.name: not c.after and not c.rises for c in columns}
        return chosen(own, found, free)


def _is_law(shape: TableShape, column: ColumnShape) -> bool:
    """Return whether a column is on a line and no key."""
    keys = {name for key in shape.keys for name in key.columns} | {*shape.primary_key}
    alone = {names[0] for names in shape.uniques if len(names) == 1}
    return is_on_a_line(column.kind) and column.name not in keys | alone


def _shared(rows: Sequence[Sequence[Any]]) -> tuple[tuple[ValueShare, ...], float]:
    """Return the values that enough rows share, the most frequent first, and their share."""
    total = sum(int(n) for _, n, _ in rows)
    given = sorted(
        ((v, int(n)) for v, n, _ in rows if v is not None), key=lambda r: (-r[1], str(r[0]))
    )
    shown = sum(n for _, n in given)
    listed = tuple(ValueShare(value=v, share=_share(n, shown)) for v, n in given)
    return listed, shown / total if total else 0.0


def _share(rows: float, total: float) -> float:
    return round(float(rows / total), 5)


def _number_of(value: float, column: ColumnShape) -> int | float:
    if column.is_whole or value == int(value):
        return int(value)
    return round(float(value), 9)


def _unit(column: ColumnShape) -> float:
    if column.scale is not None:
        return float(10.0**-column.scale)
    return 1.0 if column.is_whole else 0.0
