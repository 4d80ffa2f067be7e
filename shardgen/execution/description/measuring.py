"""A description from the answers of a database: pure, but for what the queries are asked of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from shardgen.execution.description.cells import cell
from shardgen.execution.description.correlating import correlations
from shardgen.execution.description.description import (
    ColumnDescription,
    Correlation,
    Description,
    Histogram,
    Promise,
    Relation,
    TableDescription,
    TopValue,
)
from shardgen.execution.description.queries import (
    ABOVE,
    BELOW,
    Queries,
    is_on_a_line,
    sampled_columns,
)
from shardgen.execution.description.shapes import (
    CheckShape,
    ColumnShape,
    KeyShape,
    TableShape,
    with_kinds_of,
)
from shardgen.execution.description.steps import fans, steps

Ask = Callable[[str], Sequence[Sequence[Any]]]
"""Runs a query and returns its rows."""

SAMPLED = 5000
"""Rows of a table that quantiles and correlations are of, at most about twice as many."""
TOP = 50
HEAD = 10
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_TAIL = 0.995
_FACTS = 4  # of a column in an overview


class Measurer:
    """Asks for everything of some tables. With `like`, histograms have the steps of those there."""

    def __init__(
        self,
        ask: Ask,
        queries: Queries,
        shapes: Mapping[str, TableShape],
        like: Description | None = None,
    ) -> None:
        """Keep whom to ask, and what about."""
        self._ask = ask
        self._queries = queries
        self._shapes = _alike(shapes, like, queries)
        self._like = like
        self._rows: dict[str, int] = {}

    def tables(self) -> tuple[TableDescription, ...]:
        """Return all tables, described."""
        overviews = {
            name: [*self._ask(self._queries.overview(shape))[0]]
            for name, shape in self._shapes.items()
        }
        self._rows = {name: int(facts[0]) for name, facts in overviews.items()}
        return tuple(
            self._table(shape, overviews[name][1:]) for name, shape in self._shapes.items()
        )

    def _table(self, shape: TableShape, facts: list[Any]) -> TableDescription:
        rows = self._rows[shape.name]
        parents = [
            (key, self._shapes[key.table])
            for key in shape.keys
            if key.table != shape.name and key.table in self._shapes
        ]
        sample = self._sample(shape, parents, rows)
        sampled = {c.name: sample[:, n] for n, c in enumerate(sampled_columns(shape))}
        columns = tuple(
            self._column(shape, column, facts[_FACTS * n : _FACTS * (n + 1)], sampled)
            for n, column in enumerate(shape.columns)
        )
        head = self._ask(self._queries.head(shape, HEAD)) if rows else ()
        return TableDescription(
            name=shape.name,
            rows=rows,
            planned=rows if shape.planned is None else shape.planned,
            primary_key=shape.primary_key,
            columns=columns,
            relations=tuple(self._relation(shape, key) for key in shape.keys),
            correlations=_correlations(shape, parents, sample),
            head=tuple(
                tuple(cell(value, column) for value, column in zip(row, shape.columns, strict=True))
                for row in head
            ),
            about=shape.about,
        )

    def _sample(
        self, shape: TableShape, parents: list[tuple[KeyShape, TableShape]], rows: int
    ) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return every so many-th row, its columns on a line and those of its parents."""
        width = len(sampled_columns(shape)) + sum(len(sampled_columns(p)) for _, p in parents)
        if not rows or not sampled_columns(shape):
            return np.empty((0, width))
        found = self._ask(self._queries.sample(shape, parents, max(1, rows // SAMPLED)))
        values = np.array([tuple(row) for row in found], dtype=np.float64).reshape(-1, width)
        return np.where(np.abs(values) < 1e300, values, np.nan)

    def _column(
        self, shape: TableShape, column: ColumnShape, facts: list[Any], sampled: Mapping[str, Any]
    ) -> ColumnDescription:
        rows, (given, low, high, mean) = self._rows[shape.name], facts
        made: dict[str, Any] = {}
        if low is not None and is_on_a_line(column.kind):
            values = sampled.get(column.name, np.empty(0))
            values = values[~np.isnan(values)]
            found = (
                tuple(map(float, np.quantile(values, (*_QUANTILES, _TAIL)))) if len(values) else ()
            )
            made |= {"low": float(low), "high": float(high), "mean": float(mean)}
            made["quantiles"] = tuple(_rounded(value) for value in found[:-1])
            if column.kind != "number" or column.name not in _keys(shape):
                made["histogram"] = self._histogram(shape, column, made, found, int(given))
        elif low is not None:
            made["lengths"] = int(low), int(high)
        if (column.name,) not in shape.uniques:
            made |= self._top(shape, column)
        return ColumnDescription(
            name=column.name,
            type=column.type,
            kind=column.kind,
            is_nullable=column.is_nullable,
            is_whole=column.is_whole,
            made_by=column.made_by,
            about=column.about,
            nulls=rows - int(given),
            **made,
        )

    def _top(self, shape: TableShape, column: ColumnShape) -> dict[str, Any]:
        found = self._ask(self._queries.top(shape, column, TOP))
        distinct = int(found[0][2]) if found else 0
        top = [TopValue(value=cell(v, column) or "", rows=int(n)) for v, n, _ in found]
        if distinct > TOP and top[0].rows == 1:
            top = []
        return {"distinct": distinct, "top": tuple(top)}

    def _histogram(
        self,
        shape: TableShape,
        column: ColumnShape,
        made: Mapping[str, Any],
        quantiles: tuple[float, ...],
        given: int,
    ) -> Histogram:
        same = None if self._like is None else self._like.table(shape.name)
        other = None if same is None else same.column(column.name)
        if other is not None and other.histogram is not None and other.kind == column.kind:
            h = other.histogram
            low, width, count = h.low, h.width, len(h.rows)
        else:
            low, width, count = steps(column, made["low"], made["high"], quantiles, given)
        asked = self._ask(self._queries.histogram(shape, column, low, width, count))
        found = {int(step): int(rows) for step, rows in asked}
        rows = [found.get(step, 0) for step in range(count)]
        rows[-1] += found.get(count, 0)  # the end itself
        return Histogram(
            low=low,
            width=width,
            rows=tuple(rows),
            below=found.get(BELOW, 0),
            above=found.get(ABOVE, 0),
        )

    def _relation(self, shape: TableShape, key: KeyShape) -> Relation:
        parent = self._shapes[key.table]
        asked = self._ask(self._queries.orphans(shape, key, parent))
        nowhere = {int(n): int(p) for n, p in asked}
        found = [(int(n), int(p)) for n, p in self._ask(self._queries.children(shape, key))]
        lost, children = (sum(n * p for n, p in each) for each in (nowhere.items(), found))
        counts = [(n, p - nowhere.get(n, 0)) for n, p in found]
        parents = self._rows[key.table]
        without = parents - sum(p for _, p in counts)
        return Relation(
            columns=key.columns,
            table=key.table,
            parent_columns=key.parent_columns,
            is_unique=key.is_unique,
            law=key.law,
            parents=parents,
            nulls=self._rows[shape.name] - children,
            orphans=lost,
            fans=fans([(0, without), *counts], self._most(shape.name, key)),
            mean=round((children - lost) / parents, 4) if parents else 0.0,
            most=max((n for n, p in counts if p), default=0),
        )

    def _most(self, table: str, key: KeyShape) -> int | None:
        """Return the most children in the other description, where there is one with the key."""
        other = None if self._like is None else self._like.table(table)
        same = () if other is None else other.relations
        return next(
            (r.most for r in same if (r.columns, r.table) == (key.columns, key.table)), None
        )

    def promises(self, tables: Sequence[TableDescription]) -> tuple[Promise, ...]:
        """Return all that is said to hold of these tables, looked at."""
        found = (self._promises(self._shapes[table.name], table) for table in tables)
        return tuple(promise for promises in found for promise in promises)

    def _promises(self, shape: TableShape, table: TableDescription) -> Iterator[Promise]:
        for names in shape.uniques:
            broken = int(self._ask(self._queries.repeated(shape, names))[0][0])
            what = f"{', '.join(names)}"
            yield Promise(kind="unique", table=shape.name, what=what, broken=broken)
        for column in table.columns:
            if not column.is_nullable:
                yield Promise(
                    kind="not null", table=shape.name, what=column.name, broken=column.nulls
                )
        for key in table.relations:
            to = f"{', '.join(key.columns)} → {key.table}.{', '.join(key.parent_columns)}"
            yield Promise(kind="foreign key", table=shape.name, what=to, broken=key.orphans)
        yield from (self._check(shape, check) for check in shape.checks)

    def _check(self, shape: TableShape, check: CheckShape) -> Promise:
        broken, note = None, "left to the database"
        if check.sql:
            broken, note = int(self._ask(self._queries.broken(shape, check.sql))[0][0]), ""
        elif check.holds:
            broken, note = 0, "held against each row as it is made"
        return Promise(kind="check", table=shape.name, what=check.text, broken=broken, note=note)


def _alike(
    shapes: Mapping[str, TableShape], like: Description | None, queries: Queries
) -> dict[str, TableShape]:
    """Return the shapes with the kinds of another description where a database reads both alike."""
    found = {}
    for name, shape in shapes.items():
        other = None if like is None or not queries.dialect.counts_truths else like.table(name)
        found[name] = shape if other is None else with_kinds_of(shape, other)
    return found


def _keys(shape: TableShape) -> set[str]:
    """Return the columns that refer, or are referred to."""
    return {name for key in shape.keys for name in key.columns} | {*shape.primary_key}


def _rounded(value: float) -> float:
    return float(f"{value:.12g}")


def _correlations(
    shape: TableShape,
    parents: list[tuple[KeyShape, TableShape]],
    sample: np.ndarray[Any, np.dtype[np.float64]],
) -> tuple[Correlation, ...]:
    own = [column.name for column in sampled_columns(shape)]
    names = list(own)
    asked = {(c.name, c.asked[0]): c.asked[1] for c in shape.columns if c.asked is not None}
    for key, parent in parents:
        way = "_".join(key.columns)
        for column in sampled_columns(parent):
            names.append(f"{way}.{column.name}")
            called = {f"{word}.{column.name}" for word in (way.removesuffix("_id"), parent.name)}
            asked |= {(one, names[-1]): rho for (one, to), rho in asked.items() if to in called}
    return tuple(correlations(names, sample, len(own), asked))
