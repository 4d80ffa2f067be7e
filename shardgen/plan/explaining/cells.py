"""One cell of a row explained: how its column comes about, and what that made of this row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from shardgen.generators.generator import BoundGenerator, Generator, first_sentence
from shardgen.generators.sources import Way
from shardgen.plan.columns import Columns
from shardgen.plan.explaining.explanation import (
    Cell,
    Followed,
    GeneratorUsed,
    Parameter,
    ParentRow,
    ReadCell,
    Stream,
)
from shardgen.plan.explaining.keys import key_streams, parent_row, stream_at
from shardgen.plan.explaining.nulls import null_of
from shardgen.plan.explaining.sentences import sentences
from shardgen.plan.inferred import Choice
from shardgen.plan.polymorphic import targets_of
from shardgen.random.distributions import Distribution
from shardgen.random.streams import unit_floats
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.references import Reference
from shardgen.tables.batch import Batch
from shardgen.tables.python_values import stored_values


class CellExplainer:
    """Explains cells of one row of a table."""

    def __init__(
        self, columns: Columns, choices: tuple[Choice, ...], table: CatalogTable, row: int
    ) -> None:
        """Stand for the row; `choices` say how columns without a generator got theirs."""
        self._columns = columns
        self._table = table
        self._choices = {c.column: c for c in choices if c.table == table.name}
        self.batch = Batch.of_range(columns.tables[table.name], row, row + 1)

    def cell(self, column: CatalogColumn) -> Cell:
        """Return why a column of the row has its value."""
        cell = self._bare(column)
        return msgspec.structs.replace(cell, words=tuple(sentences(cell, self._table, column)))

    def _bare(self, column: CatalogColumn) -> Cell:
        """Return the facts of a cell, without words."""
        name, table = column.name, self._table
        null, null_streams = null_of(self._columns, table, column, self.batch)
        is_known = (table.name, name) not in self._columns.of_database
        bound = self._columns.generated.get((table.name, name))
        parents, streams = self._keys(column, is_null=null.is_null)
        if bound is not None:
            streams = self._streams(column)
        return Cell(
            column=name,
            type=column.type,
            kind=self._kind(column),
            value=stored_values(self.batch, name)[0] if is_known else None,
            is_known=is_known,
            null=null,
            unique=self._unique(column),
            words=(),
            generator=self._generator(column) if bound is not None else None,
            parents=parents,
            reads=tuple(self._reads(bound)) if bound is not None else (),
            follows=self._followed(column, bound) if bound is not None else None,
            share=self._share(column),
            streams=(*streams, *null_streams),
        )

    def _kind(self, column: CatalogColumn) -> str:  # noqa: PLR0911 -- one for each kind
        """Return how the column comes about, in the order in which the binder asks."""
        table = self._table
        if column.counts_rows:
            return "counted"
        if column.generated is not None:
            return "computed"
        if column.reference is not None:
            return "foreign key"
        if column.name in table.polymorphic:
            return "polymorphic key"
        if column.name in table.key_of_type:
            return "type of a polymorphic key"
        if column.numbers_children is not None:
            return "numbers children"
        return "generated"

    def _keys(
        self, column: CatalogColumn, *, is_null: bool
    ) -> tuple[tuple[ParentRow, ...], tuple[Stream, ...]]:
        """Return the parents that the column leads to, and the streams that chose them."""
        table, seed = self._table, self._columns.job.seed
        key = table.key_of_type.get(column.name, column.name)
        if key in table.polymorphic:
            choice = stream_at(self.batch, (seed, table.name, key, "target"))
            drawn = () if key in self._columns.keys.unique_sets_of(table) else (choice,)
            targets = () if is_null else self._chosen_target(key)
            more = tuple(s for r in targets for s in key_streams(self.batch, seed, r))
            rows = tuple(parent_row(self.batch, r, is_null=False) for r in targets)
            return rows, (*drawn, *more)
        keys = [r for r in table.references if column.name in r.columns and not r.target_of]
        parents = tuple(parent_row(self.batch, r, is_null=self._is_null(r)) for r in keys)
        return parents, tuple(s for r in keys for s in key_streams(self.batch, seed, r))

    def _is_null(self, reference: Reference) -> bool:
        masks = (self.batch.null(name) for name in reference.columns)
        return any(mask is not None and bool(mask[0]) for mask in masks)

    def _chosen_target(self, key: str) -> tuple[Reference, ...]:
        """Return the target that a polymorphic key has in the row."""
        of_type = self._columns.polymorphic.target(self._table, key, self.batch)
        return (targets_of(self._table, key)[of_type],)

    def _generator(self, column: CatalogColumn) -> GeneratorUsed:
        made = self._columns.made[self._table.name, column.name]
        draws = tuple(dict.fromkeys(fact.words() for fact in made.context.facts))
        if made.made_by is None:
            text = str(msgspec.to_builtins(column.generated))
            parameter = Parameter(name="generated", value=text, is_given=True)
            makes = "What the database computes of the row, computed here as well."
            return GeneratorUsed(name="", makes=makes, parameters=(parameter,), draws=draws)
        choice = self._choices.get(column.name)
        why = "" if choice is None or not choice.rule else f"{choice.rule}: {choice.reason}"
        return GeneratorUsed(
            name=column.generator or "",
            makes=first_sentence(type(made.made_by)),
            why=why,
            parameters=tuple(_parameters(made.made_by)),
            draws=draws,
        )

    def _streams(self, column: CatalogColumn) -> tuple[Stream, ...]:
        """Return the streams that the generator asked for."""
        made = self._columns.made[self._table.name, column.name]
        return tuple(stream_at(self.batch, path) for path in made.context.streams)

    def _reads(self, bound: BoundGenerator) -> Iterator[ReadCell]:
        """Yield the cells that a value is made from, each along the keys that lead there."""
        ways = dict.fromkeys(bound.ways)
        told = {cell for _, cell in ways}
        followed = None if bound.follows is None else bound.follows.cell
        for cell in dict.fromkeys(bound.reads):
            if cell not in told and cell != followed:
                ways[(), cell] = None
        for way in ways:
            yield self._read(way)

    def _read(self, way: Way) -> ReadCell:
        along, (table, column) = way
        batch: Batch | None = self.batch
        for key in along:
            if batch is None or key not in batch.table.relations:
                batch = None
                break
            batch = batch.parent(key)
        if batch is None or batch.table.name != table or column not in batch.table.columns:
            return ReadCell(table=table, column=column, along=along)
        value = stored_values(batch, column)[0]
        return ReadCell(
            table=table, column=column, along=along, row=int(batch.rows[0]), value=value
        )

    def _followed(self, column: CatalogColumn, bound: BoundGenerator) -> Followed | None:
        if bound.follows is None:
            return None
        share = _share(bound.follows.words, self.batch)
        if column.correlation is None:
            return Followed(column="the order of the rows", rho=1.0, share=share)
        return Followed(column=column.correlation.column, rho=column.correlation.rho, share=share)

    def _share(self, column: CatalogColumn) -> float | None:
        """Return where the row stands among the values of its column, if they have an order."""
        if self.batch.table.columns[column.name].latent is None:
            return None
        return _share(lambda batch: batch.latent(column.name), self.batch)

    def _unique(self, column: CatalogColumn) -> str:
        """Return by what the column is unique, "" where it is not."""
        table = self._table
        if (
            column.is_key
            or column.counts_rows
            or (table.name, column.name) in (self._columns.keys.unique)
        ):
            return "no two rows have the same value"
        others = [
            ", ".join(name for name in names if name != column.name)
            for names in table.unique_sets
            if column.name in names
        ]
        return (
            f"no two rows have the same together with {' or with '.join(others)}" if others else ""
        )


def _share(words: Callable[[Batch], Any], batch: Batch) -> float:
    return round(float(unit_floats(words(batch))[0]), 9)


def _parameters(made_by: Generator) -> Iterator[Parameter]:
    """Yield the parameters of a generator, those that have no value left out."""
    for field in msgspec.structs.fields(made_by):
        value = getattr(made_by, field.name)
        default = field.default
        if default is msgspec.NODEFAULT and field.default_factory is not msgspec.NODEFAULT:
            default = field.default_factory()
        is_given = bool(field.required or value != default)
        if value is None or (not is_given and value in ((), {}, "")):
            continue
        said = value.words() if isinstance(value, Distribution) else _plain(value)
        yield Parameter(name=field.name, value=said, is_given=is_given)


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value, enc_hook=str)
