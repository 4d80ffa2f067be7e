"""Columns of which one is given in each row → where each of them is null."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

import msgspec

from shardgen.errors import BindError
from shardgen.generators.generator import BoundGenerator
from shardgen.generators.sources import Cell
from shardgen.plan.nulls import AllNull, Mask
from shardgen.random.streams import stream_key
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.model import OneOf
from shardgen.schema.references import Reference
from shardgen.tables.alternatives import NotChosen, NotNeeded, Share, WeightedChoice
from shardgen.tables.batch import BoundTable

_NONE = 0.1  # of the rows have none of the columns, where the schema does not say


class Missing(Protocol):
    """Where a nullable foreign key of a table has no parent to lead to; None when nowhere."""

    def __call__(self, table: CatalogTable, reference: Reference) -> Mask | None:
        """Return the mask."""


class Alternative(msgspec.Struct, frozen=True, eq=False):
    """One of several columns, or a foreign key of several that are null together."""

    names: tuple[str, ...]
    weight: float
    missing: Mask | None


def columns_null_together(table: CatalogTable, name: str) -> tuple[str, ...]:
    """Return the column, or all nullable ones of its foreign key."""
    reference = table.column(name).reference
    if reference is None:
        return (name,)
    return tuple(n for n in reference.columns if table.column(n).may_be_null)


def weights_of(one_of: OneOf) -> dict[str, float]:
    """Return the columns with their weights."""
    listed = one_of.columns
    return dict(listed) if isinstance(listed, dict) else dict.fromkeys(listed, 1.0)


def _listed(one_of: OneOf) -> str:
    return ", ".join(map(repr, one_of.columns))


class Alternatives:
    """Binds what a table says of columns of which one is given; all columns are bound before."""

    def __init__(
        self,
        tables: Mapping[str, BoundTable],
        seed: int,
        missing: Missing,
        generated: Mapping[Cell, BoundGenerator],
    ) -> None:
        """Bind nothing yet."""
        self._tables = tables
        self._seed = seed
        self._missing = missing
        self._generated = generated

    def bind(self, table: CatalogTable, one_of: OneOf) -> None:
        """Replace where the columns are null; BindError where a row may have none of them."""
        members = [*self._members(table, one_of)]
        if not all(member.names for member in members):
            return  # one is not nullable, which is a mistake of its own
        columns = self._tables[table.name].columns
        if not any(member.weight for member in members):
            if one_of.given != "at_most_one" and not self._tables[table.name].is_empty:
                what = f"none of {_listed(one_of)} can be given: they lead to tables without rows"
                raise BindError(what, "ask for rows of one")
            return  # all of them are null in every row already
        key = stream_key(self._seed, table.name, members[0].names[0], "one of")
        choice = WeightedChoice(
            key, tuple(m.weight for m in members), tuple(m.missing for m in members)
        )
        if choice.may_be_missing and one_of.given != "at_most_one":
            what = f"in some rows none of {_listed(one_of)} may have a value"
            hint = "add a column that always may, such as one that reads no other"
            raise BindError(what, hint)
        for n, member in enumerate(members):
            null = self._null(table, one_of, choice, n)
            for name in member.names:
                columns[name] = msgspec.structs.replace(columns[name], null=null(name))

    def reads(self, table: CatalogTable, one_of: OneOf) -> Iterator[tuple[Cell, Cell]]:
        """
        Yield each column with what it reads, as others have values where they may be null.

        What is read along one of the columns, a foreign key, is null where that key is.
        """
        names = list(weights_of(one_of))
        along = {
            column.name: self._read_along(table, column.name, names) for column in table.columns
        }
        for name, keys in along.items():
            yield from (((table.name, name), key) for key in keys)
        for name in names:
            bound = self._generated.get((table.name, name))
            if bound is not None and callable(bound.nulls):
                cells = ((table.name, other) for other in names if other != name)
                reads = (*bound.reads, *along[name])
                yield from ((cell, read) for cell in cells for read in reads)

    def _read_along(self, table: CatalogTable, name: str, keys: Iterable[str]) -> list[Cell]:
        """Return those of the foreign keys along which the column is read from elsewhere."""
        bound = self._generated.get((table.name, name))
        first = {relations[0] for relations, _ in (bound.ways if bound else ()) if relations}
        references = ((key, table.column(key).reference) for key in keys)
        return [(table.name, key) for key, r in references if r is not None and r.name in first]

    def _members(self, table: CatalogTable, one_of: OneOf) -> Iterator[Alternative]:
        for name, weight in weights_of(one_of).items():
            reference = table.column(name).reference
            if reference is not None:
                missing = self._missing(table, reference)
            else:
                bound = self._generated.get((table.name, name))
                missing = bound.nulls if bound is not None and callable(bound.nulls) else None
            never = isinstance(missing, AllNull)
            names = columns_null_together(table, name)
            yield Alternative(names, 0.0 if never else weight, None if never else missing)

    def _null(
        self, table: CatalogTable, one_of: OneOf, choice: WeightedChoice, number: int
    ) -> Callable[[str], Mask]:
        """Return the function from a column of an alternative to where it is null."""
        columns = self._tables[table.name].columns
        if one_of.given == "at_least_one":
            return lambda name: NotNeeded(choice, number, columns[name].null)
        none = None
        if one_of.given == "at_most_one":
            share = _NONE if one_of.none is None else one_of.none
            none = Share(choice.key ^ 1, share) if share else None
        return lambda _: NotChosen(choice, number, none)
