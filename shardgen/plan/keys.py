"""
Foreign keys → bound relations.

Each key gets its shape, from the schema or by what it is part of: columns that are unique together,
an ancestor that it lies within, or nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from shardgen.errors import BindError, InputWarning, NotEnoughValuesError
from shardgen.plan.followers import Followers
from shardgen.plan.key_sets import KeySets
from shardgen.plan.lone_keys import LoneKeys
from shardgen.plan.mistakes import Mistakes
from shardgen.plan.nulls import Mask
from shardgen.plan.reach import Reach, is_free, only_new, taken
from shardgen.plan.unique_columns import OverlapError, is_skewed, keys_in_several
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable, may_be_null
from shardgen.schema.model import RandomFanOut
from shardgen.schema.references import Reference
from shardgen.schema.shared_keys import SharedKeys
from shardgen.tables.batch import BoundTable
from shardgen.tables.grouped import GroupedRelation
from shardgen.tables.selection import Selection
from shardgen.tables.unique_sets import UniqueSet


class Keys:
    """Binds the foreign keys of all tables, and the sets of columns that are unique together."""

    def __init__(
        self,
        tables: Mapping[str, BoundTable],
        seed: int,
        mistakes: Mistakes,
        shared_keys: SharedKeys,
        reach: Reach,
    ) -> None:
        """Begin with tables that have no relations yet."""
        self.tables = tables
        self.seed = seed
        self._reach = reach
        self.alone = LoneKeys(tables, seed, shared_keys, reach)
        self.mistakes = mistakes
        self._followers = Followers(tables, shared_keys)
        self._key_sets = KeySets(
            tables,
            seed,
            mistakes,
            alone=self.alone,
            followers=self._followers,
            shared_keys=shared_keys,
        )
        self._failed: set[tuple[str, str]] = set()
        self._without_parents: set[str] = set()  # paths of keys that are refused for it
        self.overlaps: list[tuple[CatalogTable, str, tuple[str, ...], OverlapError]] = []
        """Sets, with their places, that are unique only where one of their columns is."""
        self.unique: set[tuple[str, str]] = set()
        """Columns that are unique by themselves, so that sets are."""
        self.warnings: list[InputWarning] = []
        """Keys that lead to added rows alone, where others are asked for."""

    def bind(self, table: CatalogTable) -> None:
        """Bind the foreign keys of a table, and begin its sets of columns."""
        grouped: dict[str, GroupedRelation] = {}
        free = {reference.name: reference for reference in table.references}
        sets = self._key_sets
        open_sets = [(at, n, sets.keys_inside(table, n)) for at, n in sets.still_open(table)]
        open_sets += sets.unique_followers(table)
        joined = {key.name for _, _, inside in open_sets for key in inside}
        self._lead(table, joined.union(*(names for _, names, _ in open_sets)))
        for reference in keys_in_several([inside for _, _, inside in open_sets]):
            if isinstance(reference.shape, RandomFanOut | None) and not is_skewed(reference.shape):
                self.alone.bases.add((table.name, reference.name))
        for at, names, inside in open_sets:
            try:
                sets.begin(table, names, inside, free, grouped)
            except OverlapError as error:
                self.overlaps.append((table, at, names, error))
            except BindError as error:
                if not any(reference.path in self._without_parents for reference in inside):
                    self.mistakes.refuse(at, error)
        for reference in free.values():
            if (table.name, reference.name) in self._failed:
                self.alone.refer(table, reference, self.alone.stand_in(table, reference))
                continue
            try:
                key = self.alone.key(table, reference)
                relation = (
                    sets.joined_target(table, reference)
                    or self._followers.relation(table, reference, key)
                    or self.alone.relation(table, reference, grouped)
                )
                self.alone.refer(table, reference, relation)
            except NotEnoughValuesError as error:
                self.mistakes.refuse(reference.path, error)
                self._failed.add((table.name, reference.name))
                self.alone.refer(table, reference, self.alone.stand_in(table, reference))

    def _lead(self, table: CatalogTable, joined: Collection[str]) -> None:
        """
        Let keys lead to the rows that they are to, of those that are there and others.

        `joined` has the names of keys and columns that are unique together.
        """
        for reference in table.references:
            try:
                is_joined = reference.name in joined or reference.target_of in joined
                self._lead_one(table, reference, is_joined=is_joined)
            except NotEnoughValuesError as error:
                self.mistakes.refuse(reference.path, error)
                self._failed.add((table.name, reference.name))
            self._check_parents(table, reference)
        for at, names, base in self._key_sets.taken(table):
            self.mistakes.refuse(at, taken(table, base, names))

    def _lead_one(self, table: CatalogTable, reference: Reference, *, is_joined: bool) -> None:
        free = not self._followers.follows(table, reference)
        if not self._reach.is_settled(table.name):
            free &= not is_joined and is_free(reference, self.alone.shape(table, reference))
        selection = self._reach.selection(table.name, reference, is_free=free)
        if selection is not None and reference.where is None:
            self.alone.select(table, reference, selection)
        choice = self._reach.is_choice(table.name, reference.table)
        if choice and self._reach.asks_for_old and selection is None:
            self.warnings.append(only_new(reference))

    def _check_parents(self, table: CatalogTable, reference: Reference) -> None:
        if self._reach.is_settled(table.name):
            return
        if self.alone.has_no_parents(table, reference) and not may_be_null(table, reference):
            rows = self.tables[table.name].rows
            has = "has none" if reference.where is None else "has no row that satisfies where"
            what = f"{rows} rows need a parent each, and {reference.table!r} {has}"
            hint = f"ask for rows of {reference.table!r}, or make the key nullable"
            self.mistakes.refuse(reference.path, NotEnoughValuesError(what, hint, 0))
            self._without_parents.add(reference.path)

    def select(self, table: CatalogTable, reference: Reference, selection: Selection) -> None:
        """Let a key of a table that is not bound yet lead to some rows of its parent alone."""
        self.alone.select(table, reference, selection)

    def make_unique(self, table: CatalogTable, column: CatalogColumn) -> None:
        """Note that a column is unique by itself, so that every set that it is in is unique too."""
        self._key_sets.leave(table.name, column.name)
        self.unique.add((table.name, column.name))

    def fix_sets(self) -> None:
        """Fix what is unique together of the tables so far, so that their rows can be made."""
        self._key_sets.fix()

    def close(self) -> None:
        """Fix what is unique together, now that every column has joined its set."""
        for path, error in self._followers.check():
            if path not in self._without_parents:
                self.mistakes.refuse(path, error)
        self._key_sets.close()

    def null(self, table: CatalogTable, reference: Reference) -> Mask | None:
        """Return where a foreign key is null, its nullable columns at once; None when never."""
        return self.alone.null(table, reference)

    def missing(self, table: CatalogTable, reference: Reference) -> Mask | None:
        """Return where a nullable foreign key may have no parent to lead to; None when nowhere."""
        missing = self.alone.missing(table, reference)
        proven = missing is not None and self._followers.has_parents(table, reference)
        return None if proven else missing

    def unique_sets_of(self, table: CatalogTable) -> Mapping[str, UniqueSet]:
        """Return the sets of columns unique together by the names of the columns in them."""
        return self._key_sets.of(table)

    def has_failed(self, table: CatalogTable, column: CatalogColumn) -> bool:
        """Return whether the column's foreign key has a mistake of its own."""
        return column.reference is not None and (table.name, column.reference.name) in self._failed
