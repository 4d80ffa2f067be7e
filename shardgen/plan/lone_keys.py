"""
A foreign key by itself → its bound relation: what shape it has, and where it is null.

The shape is that of the schema, or what other keys and the columns beside it ask for.
"""

from __future__ import annotations

from collections.abc import Mapping

from shardgen.errors import NotEnoughValuesError
from shardgen.plan.fan_out_laws import exponent_of, half_of
from shardgen.plan.followers import grouped_by_need
from shardgen.plan.nulls import AllNull, FirstRow, Mask, either_null, null_mask, null_share
from shardgen.plan.reach import Reach
from shardgen.plan.times_read import time_read
from shardgen.random.permutation import Permutation
from shardgen.random.streams import stream_key
from shardgen.schema.catalog_tables import CatalogTable, may_be_null
from shardgen.schema.model import (
    GroupedFanOut,
    PresentFanOut,
    RandomFanOut,
    Shape,
    TreeFanOut,
    UniqueFanOut,
)
from shardgen.schema.references import Reference
from shardgen.schema.shared_keys import SharedKeys
from shardgen.tables import relations, self_references
from shardgen.tables.batch import BoundTable, Relation
from shardgen.tables.counted import CountedFanOut, CountedRelation
from shardgen.tables.fan_out import FanOutError, RepeatedFanOut, fan_out
from shardgen.tables.grouped import GroupedRelation, InOrder, grouped_relation
from shardgen.tables.presence import PresentParents, Times, age_of_recent
from shardgen.tables.relations import RandomParents, UniqueParents
from shardgen.tables.relations_within import OtherParents, Within
from shardgen.tables.selection import SelectedParents, SelectedRange, Selection, selected
from shardgen.tables.self_references import Tree
from shardgen.tables.validity import HeldPlaces, ValidParents


class LoneKeys:
    """Binds foreign keys one by one, whatever else their columns are in."""

    def __init__(
        self, tables: Mapping[str, BoundTable], seed: int, shared_keys: SharedKeys, reach: Reach
    ) -> None:
        """Begin with tables that have no relations yet."""
        self.tables = tables
        self.seed = seed
        self._shared = shared_keys
        self.reach = reach
        self.selections: dict[tuple[str, str], Selection] = {}
        """The rows that keys with a condition lead to."""
        self._views: dict[tuple[str, str], BoundTable] = {}
        self.bases: set[tuple[str, str]] = set()
        """Keys that are grouped, as several sets of columns have them in common."""

    def refer(self, table: CatalogTable, reference: Reference, relation: Relation) -> None:
        """Let a table refer to its parent along the key by this relation."""
        selection = self.selections.get((table.name, reference.name))
        if selection is not None:
            selection = selection if len(selection) else SelectedRange(0, 1)  # the key is null
            relation = self._selected(table, reference, selection, relation)
        self.tables[table.name].refer(reference.name, self.tables[reference.table], relation)

    def _selected(
        self, table: CatalogTable, reference: Reference, selection: Selection, inner: Relation
    ) -> Relation:
        parent = self.tables[reference.table]
        if not isinstance(selection, HeldPlaces):
            return selected(parent, selection, inner)
        read = time_read(table, reference)
        assert read is not None, "the checks admit only keys whose time is found"
        return ValidParents(parent, selection, inner, read[0].name, read[1])

    def select(self, table: CatalogTable, reference: Reference, selection: Selection) -> None:
        """Let a key lead to some rows of its parent alone."""
        self.selections[table.name, reference.name] = selection
        view = BoundTable(reference.table, len(selection))
        self._views[table.name, reference.name] = view

    def parent(self, table: CatalogTable, reference: Reference) -> BoundTable:
        """Return the rows that a key is drawn among: its parent, or those selected of it."""
        return self._views.get((table.name, reference.name)) or self.tables[reference.table]

    def key(self, table: CatalogTable, reference: Reference, purpose: str = "parent") -> int:
        """Return the key of the key's own stream of words for that purpose."""
        return stream_key(self.seed, table.name, reference.name, purpose)

    def shape(self, table: CatalogTable, reference: Reference) -> Shape:
        """Return the shape of a key: as the schema says, or by what it is part of."""
        if reference.shape is not None and (table.name, reference.name) not in self.bases:
            return reference.shape
        if table.is_key_together(reference.columns):
            return UniqueFanOut()
        if (table.name, reference.name) in self._shared.grouped:
            rows, parents = self.tables[table.name].rows, self.parent(table, reference).rows
            return grouped_by_need(rows, parents)
        if (table.name, reference.name) in self.bases:
            return GroupedFanOut(distribution="poisson")
        return RandomFanOut()

    def relation(  # noqa: PLR0911 -- a shape each
        self, table: CatalogTable, reference: Reference, grouped: dict[str, GroupedRelation]
    ) -> Relation:
        """
        Return the relation of a key that follows none; NotEnoughValuesError where there is none.

        `grouped` has the relations of the table that are made already, and gets those made here.
        """
        shape, key = self.shape(table, reference), self.key(table, reference)
        if isinstance(shape, GroupedFanOut) and reference.name not in grouped:
            grouped[reference.name] = self.grouped(table, reference, shape)
        if reference.name in grouped:
            return grouped[reference.name]
        parent = self.parent(table, reference)
        if reference.table == table.name:
            return self._to_itself(table, reference, shape)
        match shape:
            case RandomFanOut(distribution="zipf"):
                return relations.popular_parents(parent, key, exponent_of(shape))
            case RandomFanOut(distribution="recent"):
                return relations.recent_parents(parent, key, half_of(shape))
            case UniqueFanOut():
                return self._unique(table, reference)
        if isinstance(shape, PresentFanOut):
            return self._present(table, reference, shape)
        return relations.RandomParents(parent, key)

    def stand_in(self, table: CatalogTable, reference: Reference) -> Relation:
        """Return a relation of the same shape that can be made for any numbers of rows."""
        shape, key = self.shape(table, reference), self.key(table, reference)
        parent, children = self.parent(table, reference), self.tables[table.name].rows
        if isinstance(shape, GroupedFanOut):
            few = RepeatedFanOut(min(children, 1 << 20), parent.rows)
            return grouped_relation(parent, few, key)
        return relations.unique_parents(parent, children, key)

    def grouped(
        self, table: CatalogTable, reference: Reference, shape: GroupedFanOut
    ) -> GroupedRelation:
        """Return the relation of a key whose children are shared out by a law."""
        parent, children = self.parent(table, reference), self.tables[table.name].rows
        if shape.counts is not None:
            key = self.key(table, reference, "fan-out")
            counted = CountedFanOut(parent, shape.counts, children, key)
            return CountedRelation(parent, counted, InOrder())
        try:
            shares = fan_out(shape, children, parent.rows, self.key(table, reference, "fan-out"))
        except FanOutError as error:
            hint = f"change the rows of {table.name!r} or {parent.name!r}, or min and max"
            raise NotEnoughValuesError(str(error), hint) from None
        except OverflowError as error:
            raise NotEnoughValuesError(str(error), "ask for fewer rows of either") from None
        order = None
        if reference.name != self._first_grouped(table, reference):
            order = Permutation(children, self.key(table, reference, "order"))
        if shape.in_order or (table.name, reference.name) in self._shared.in_order:
            return GroupedRelation(parent, shares, InOrder(), order)
        return grouped_relation(parent, shares, self.key(table, reference), order)

    def _unique(self, table: CatalogTable, reference: Reference) -> UniqueParents:
        """Return the relation of a key each of whose rows has a parent of its own."""
        parent, children = self.parent(table, reference), self.tables[table.name].rows
        before = self.reach.rows_before(table.name, reference.table)
        if before + children > parent.rows and not may_be_null(table, reference):
            what = f"{before + children} rows need a parent of their own, "
            what += f"and {reference.table!r} has {parent.rows}"
            hint = f"ask for at most {parent.rows} rows, or more of {reference.table!r}, "
            hint += "or make the key nullable"
            raise NotEnoughValuesError(what, hint, parent.rows)
        key = self.key(table, reference)
        return relations.unique_parents(parent, children, key, before)

    def _present(
        self, table: CatalogTable, reference: Reference, shape: PresentFanOut
    ) -> PresentParents:
        """Return the relation of a key to those that are there by the time of each row."""
        parent = self.tables[reference.table]
        age = age_of_recent(half_of(shape)) if shape.distribution == "recent" else None
        return PresentParents(
            parent,
            Times(parent, shape.since),
            shape.at,
            self.key(table, reference),
            age,
            shape.newest,
            self.key(table, reference, "newest"),
        )

    def _first_grouped(self, table: CatalogTable, otherwise: Reference) -> str:
        """Return the key whose children lie in runs: the first that is grouped, if there is any."""
        grouped = [r.name for r in table.references if isinstance(r.shape, GroupedFanOut)]
        needed = (r.name for r in table.references if (table.name, r.name) in self._shared.grouped)
        return next(iter([*grouped, *needed]), otherwise.name)

    def _to_itself(self, table: CatalogTable, reference: Reference, shape: Shape) -> Relation:
        """
        Refer to no later row, which a database would not know yet.

        So a unique key makes a chain, whose first row has none; where that must not be null, only
        each row itself is left for it.
        """
        own, nullable = self.tables[table.name], may_be_null(table, reference)
        key = self.key(table, reference)
        if isinstance(shape, UniqueFanOut):
            return self_references.PreviousRows(own) if nullable else self_references.SameRows(own)
        if isinstance(shape, TreeFanOut) and shape.max_depth is not None:
            share = self._root_share(table, reference)
            return self_references.depth_tree(own, key, share, shape.max_depth)
        sound = [each.name for each in table.references]  # a key with a mistake is not among them
        if isinstance(shape, TreeFanOut) and shape.within in sound:
            return self_references.tree_within(own, key, reference.name, shape)
        if (table.name, reference.name) not in self.selections:
            return self_references.EarlierRows(own, key)
        if len(self.selections[table.name, reference.name]) > own.first:
            del self.selections[table.name, reference.name]
            return self_references.EarlierRows(own, key, own.first)
        return RandomParents(self.parent(table, reference), key)

    def has_no_parents(self, table: CatalogTable, reference: Reference) -> bool:
        """Return whether rows refer to a table without any."""
        return self.parent(table, reference).is_empty and not self.tables[table.name].is_empty

    def null(self, table: CatalogTable, reference: Reference) -> Mask | None:
        """Return where a foreign key is null, its nullable columns at once; None when never."""
        if not may_be_null(table, reference):
            return None
        missing = self.missing(table, reference)
        if isinstance(missing, AllNull) or isinstance(
            self.tables[table.name].relations[reference.name],
            self_references.DepthTree | self_references.Episodes,
        ):
            return missing
        key = stream_key(self.seed, table.name, reference.columns[0], "null")
        return either_null(missing, null_mask(key, self._root_share(table, reference)))

    def missing(self, table: CatalogTable, reference: Reference) -> Mask | None:
        """Return where a nullable foreign key has no parent to lead to; None when nowhere."""
        if self.has_no_parents(table, reference):
            return AllNull()
        relation = self.tables[table.name].relations[reference.name]
        if isinstance(relation, SelectedParents):
            relation = relation.inner
        if reference.table == table.name:
            if isinstance(relation, RandomParents) or (
                isinstance(relation, self_references.EarlierRows) and relation.before
            ):
                return None
            return relation.is_root if isinstance(relation, Tree) else FirstRow()
        if isinstance(relation, Within | OtherParents):
            return relation.is_missing
        if isinstance(relation, UniqueParents):
            all_children = relation.before + relation.children
            return relation.is_missing if all_children > relation.parent.rows else None
        return None

    def _root_share(self, table: CatalogTable, reference: Reference) -> float:
        """Return the share of rows that refer to none; all columns that say one say the same."""
        shape = reference.shape
        if isinstance(shape, TreeFanOut) and shape.roots is not None:
            return shape.roots
        columns = [table.column(name) for name in reference.columns]
        return null_share(max(columns, key=lambda c: "null_probability" in c.generator_params))
