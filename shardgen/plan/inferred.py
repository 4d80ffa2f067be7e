"""
Columns that name no generator → the one that their name asks for, if its values fit: proven.

All candidates are bound as a run binds them, with their keys, types and databases. A column that
refuses its candidate gets the next one, and at last a value of its type, which is what it would
have without its name. So a name that misleads breaks nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from shardgen.errors import Mistake, is_within
from shardgen.generators.inference import Candidate, candidates
from shardgen.generators.sources import Cell
from shardgen.plan.asked import asking_columns
from shardgen.plan.bind import Attempt, try_to_bind
from shardgen.plan.job import Job
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn
from shardgen.schema.model import Column, Schema

BY_TYPE = "by_type"
_NO_RULE = "no rule knows the name of a column of this type"
_UNUSED = ("unused-edge-cases", "unused-locale")
"""Warnings that what the column says has no effect on a generator, which another one may heed."""
_LEFT = "no generator by its name fits"


class Refusal(msgspec.Struct, frozen=True):
    """A generator that did not fit a column, and why."""

    rule: str
    generator: str
    why: str


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """
    The generator that a column without one got: by a rule, or by its type where `rule` is empty.

    `refused` has those that were tried before it.
    """

    table: str
    column: str
    type: str
    rule: str
    generator: str
    reason: str
    refused: tuple[Refusal, ...] = ()


class Inferred(msgspec.Struct, frozen=True, eq=False):
    """A schema with its generators, how each was chosen, and what was bound last."""

    schema: Schema
    choices: tuple[Choice, ...]
    attempt: Attempt


class _Asking:
    """A column that asks for a generator, and which of its candidates it has."""

    def __init__(self, cell: Cell, column: CatalogColumn, found: tuple[Candidate, ...]) -> None:
        self.cell = cell
        self.column = column
        self.left = list(found)
        self.refused: list[Refusal] = []

    @property
    def candidate(self) -> Candidate | None:
        """The one to try; None for a value of the column's type."""
        return self.left[0] if self.left else None

    def refuse(self, why: str) -> None:
        """Go on to the next candidate."""
        first = self.left.pop(0)
        self.refused.append(Refusal(first.rule, first.generator, why))

    def choice(self) -> Choice:
        """Return what was chosen."""
        candidate = self.candidate
        table, column = self.cell
        reason = _LEFT if self.refused else _NO_RULE
        return Choice(
            table=table,
            column=column,
            type=self.column.type,
            rule="" if candidate is None else candidate.rule,
            generator=BY_TYPE if candidate is None else candidate.generator,
            reason=reason if candidate is None else candidate.reason,
            refused=tuple(self.refused),
        )


def infer_generators(catalog: Catalog, job: Job) -> Inferred:
    """Return the schema of a catalog with a generator for each column that asks for one."""
    asking = [
        _Asking((table.name, column.name), column, candidates(table, column))
        for table, column in asking_columns(catalog)
    ]
    schema, attempt = _settled(catalog, job, asking)
    if attempt.mistakes and any(each.left for each in asking):
        schema, attempt = _without_culprits(catalog, job, asking, attempt)
    return Inferred(schema, tuple(each.choice() for each in asking), attempt)


def _settled(catalog: Catalog, job: Job, asking: list[_Asking]) -> tuple[Schema, Attempt]:
    """Bind the schema until no column refuses its candidate."""
    while True:
        schema = _filled(catalog.schema, asking)
        attempt = try_to_bind(Catalog(schema), job)
        refused = [
            (each, why)
            for each in asking
            if each.left and (why := _refusal_at(each.column.path, attempt))
        ]
        if not refused:
            return schema, attempt
        for each, why in refused:
            each.refuse(why)


def _without_culprits(
    catalog: Catalog, job: Job, asking: list[_Asking], attempt: Attempt
) -> tuple[Schema, Attempt]:
    """
    Return the schema with values by type where a mistake elsewhere comes from generators by name.

    Columns that are unique together may have too few values, and a column that names its generator
    may read its neighbours or those of its parents: all of these that were given one are suspects.
    Where values by type leave the mistakes as they are, these are the schema's own.
    """
    kept = [(each, list(each.left), list(each.refused)) for each in asking]
    for mistake in attempt.mistakes:
        suspects = _suspects(catalog, mistake)
        for each in asking:
            while each.left and each.cell in suspects:
                each.refuse(f"{mistake.path}: {mistake.what}")
    schema, without = _settled(catalog, job, asking)
    if len(without.mistakes) < len(attempt.mistakes):
        return schema, without
    for each, left, refused in kept:
        each.left, each.refused = left, refused
    return _filled(catalog.schema, asking), attempt


def _suspects(catalog: Catalog, mistake: Mistake) -> set[Cell]:
    """Return the columns that a mistake may come from: those of a set, else of tables near it."""
    for table in catalog.tables:
        together, path = [table.primary_key, *table.unique_sets], mistake.path
        for names in together:
            if path == f"{table.path} ({', '.join(names)})":
                return {(table.name, name) for name in names}
        if path.startswith(f"{table.path} (") or is_within(path, table.path):
            tables = {table.name, *(reference.table for reference in table.references)}
            return {(name, c.name) for name in tables for c in catalog.table(name).columns}
    return set()


def _refusal_at(path: str, attempt: Attempt) -> str:
    """Return why the column at a path does not take its candidate; "" where it does."""
    mistake = _mistake_at(path, attempt.mistakes)
    if mistake is not None:
        return mistake.what
    unused = (w for w in attempt.warnings if w.name in _UNUSED and is_within(w.path, path))
    return next((warning.what for warning in unused), "")


def _mistake_at(path: str, mistakes: Iterable[Mistake]) -> Mistake | None:
    """Return the first mistake at a path, or within what stands there."""
    return next((m for m in mistakes if is_within(m.path, path)), None)


def _filled(schema: Schema, asking: list[_Asking]) -> Schema:
    """Return the schema with the generators that its columns have now."""
    chosen = {each.cell: each.candidate for each in asking}
    tables = []
    for table in schema.tables:
        columns = tuple(
            _with(column, chosen[table.name, column.name])
            if (table.name, column.name) in chosen
            else column
            for column in table.columns
        )
        tables.append(msgspec.structs.replace(table, columns=columns))
    return msgspec.structs.replace(schema, tables=tuple(tables), infer=False)


def _with(column: Column, candidate: Candidate | None) -> Column:
    if candidate is None:
        return msgspec.structs.replace(column, generator=None)
    parameters = {**candidate.parameters, **column.generator_params}
    return msgspec.structs.replace(
        column, generator=candidate.generator, generator_params=parameters
    )
