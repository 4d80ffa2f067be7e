"""
Columns that are unique together, and how the foreign keys among them take part.

A key that is unique together with other columns takes part in their bijection, or differs from
child to child of the key that it follows.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from shardgen.errors import BindError, NotEnoughValuesError
from shardgen.plan.fan_out_laws import exponent_of, half_of
from shardgen.plan.followers import Followers
from shardgen.plan.lone_keys import LoneKeys
from shardgen.plan.mistakes import Mistakes
from shardgen.plan.polymorphic import target_sizes, targets_of
from shardgen.plan.reach import taken
from shardgen.plan.unique_columns import (
    OverlapError,
    base_of,
    is_skewed,
    numbers_children,
)
from shardgen.random.permutation import Permutation
from shardgen.random.zipf import zipf_share
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.model import GroupedFanOut, RandomFanOut, UniqueFanOut
from shardgen.schema.references import Reference
from shardgen.schema.shared_keys import SharedKeys
from shardgen.tables import relations
from shardgen.tables.alternatives import RowOfIndex
from shardgen.tables.batch import BoundTable, Relation
from shardgen.tables.grouped import GroupedRelation
from shardgen.tables.relations_within import JoinedWithin
from shardgen.tables.unique_sets import NotEnoughCombinationsError, UniqueSet


class KeySets:
    """Begins the sets of columns that are unique together, and gives the keys in them relations."""

    def __init__(
        self,
        tables: Mapping[str, BoundTable],
        seed: int,
        mistakes: Mistakes,
        *,
        alone: LoneKeys,
        followers: Followers,
        shared_keys: SharedKeys,
    ) -> None:
        """Begin without sets; `alone` has the laws of keys, and `followers` those within others."""
        self._tables = tables
        self._seed = seed
        self._mistakes = mistakes
        self._alone = alone
        self._reach = alone.reach
        self._followers = followers
        self._shared = shared_keys
        self._members: dict[str, dict[str, UniqueSet]] = {}
        self._sets: list[tuple[str, UniqueSet]] = []

    def of(self, table: CatalogTable) -> Mapping[str, UniqueSet]:
        """Return the sets of columns unique together by the names of the columns in them."""
        return self._members.get(table.name, {})

    def leave(self, table: str, column: str) -> None:
        """Let a column that is unique by itself be in no set."""
        unique_set = self._members.get(table, {}).pop(column, None)
        if unique_set is not None:
            unique_set.release()

    def fix(self) -> None:
        """Fix what is unique together of the tables so far, so that their rows can be made."""
        for _, unique_set in self._sets:
            with contextlib.suppress(NotEnoughCombinationsError):
                unique_set.close()

    def close(self) -> None:
        """Fix what is unique together, now that every column has joined its set."""
        for at, unique_set in self._sets:
            try:
                unique_set.close()
            except NotEnoughCombinationsError as error:
                refused = NotEnoughValuesError(str(error), error.hint, error.most)
                self._mistakes.refuse(at, refused)

    def still_open(self, table: CatalogTable) -> Iterator[tuple[str, tuple[str, ...]]]:
        """
        Yield the sets of columns that nothing in them makes unique yet, with their places.

        A key to the table itself is left out: it refers to earlier rows, whatever they are,
        so that the other columns are unique without it.
        """
        other = {n for r in table.references if r.table != table.name for n in r.columns}
        own = {n for r in table.references if r.table == table.name for n in r.columns} - other
        done: list[set[str]] = []
        for names in sorted(table.unique_sets, key=len):
            columns = [table.column(name) for name in names]
            alone = any(c.is_key or c.counts_rows for c in columns)
            one_to_one = any(
                isinstance(self._alone.shape(table, r), UniqueFanOut)
                and (set(r.columns) <= set(names) or self._is_told_apart(r, names))
                for r in table.references
            )
            implied = any(other <= set(names) for other in done)
            done.append(set(names))
            if not (alone or one_to_one or implied or numbers_children(table, columns)):
                others = tuple(name for name in names if name not in own)
                yield f"{table.path} ({', '.join(names)})", others

    def unique_followers(
        self, table: CatalogTable
    ) -> Iterator[tuple[str, tuple[str, ...], list[Reference]]]:
        """
        Yield keys that follow another, and are unique by themselves, as sets with that one.

        Parents of two ancestors are never the same, so a key that differs within each is unique.
        """
        for reference in table.references:
            following = self._shared.following.get((table.name, reference.name))
            alone = table.is_key_together(reference.columns)
            unique = alone or isinstance(reference.shape, UniqueFanOut)
            if following is None or not following.down or not unique:
                continue
            leader = table.leader_of(reference)
            if len(reference.columns) > 1 and alone and self._is_passed(table):
                what = f"{reference.name!r} is unique, and follows {following.guide!r}, while keys "
                what += f"of other tables are found by the rows of {table.name!r}"
                hint = f"let {reference.name!r} lead, by no fan_out of {following.guide!r}"
                self._mistakes.refuse(reference.path, BindError(what, hint))
            elif following.guide != leader.name or following.up:
                what = f"{reference.name!r} is unique, and follows {following.guide!r}, "
                what += f"which does not lead to {following.ancestor!r} itself"
                hint = f"refer to {following.ancestor!r} by a grouped key, or leave out unique"
                self._mistakes.refuse(reference.path, BindError(what, hint))
            elif not isinstance(self._alone.shape(table, leader), UniqueFanOut):
                names = dict.fromkeys((*leader.columns, *reference.columns))
                yield reference.path, tuple(names), [leader, reference]

    def _is_passed(self, table: CatalogTable) -> bool:
        """Return whether keys of other tables are found by the runs of a table."""
        steps = (step for each in self._shared.following.values() for step in each.down)
        return any(step.table == table.name for step in steps)

    def keys_inside(self, table: CatalogTable, names: tuple[str, ...]) -> list[Reference]:
        """Return the keys to other tables that say one of these columns, and are drawn for it."""
        said = {key.name for n in names if (key := table.column(n).reference) is not None}
        return [
            reference
            for reference in table.references
            if reference.name in said
            and reference.table != table.name
            and not self._followers.is_found(table, reference)
        ]

    def begin(
        self,
        table: CatalogTable,
        names: tuple[str, ...],
        inside: list[Reference],
        free: dict[str, Reference],
        grouped: dict[str, GroupedRelation],
    ) -> None:
        """Begin a set; the foreign keys in it get their relations, and are free no longer."""
        self._check_members(table, names, inside, free)
        members = [reference for reference in inside if self._followers.descends(table, reference)]
        if members:
            self._refuse_taken(table, names, inside, members[0])
            self._begin_within(table, members, inside, free, grouped)
            return
        unique_set = self._new_set(table, names, inside)
        shapes = {
            r: GroupedFanOut() if r.name in grouped else self._alone.shape(table, r) for r in inside
        }
        base = base_of(shapes)
        in_keys = {name for reference in inside for name in reference.columns}
        if base is not None:
            self._refuse_taken(table, names, inside, base)
            others = [reference for reference in inside if reference is not base]
            only_keys = in_keys == set(names)
            grouped[base.name] = self._base(table, base, others if only_keys else [], grouped)
            most = grouped[base.name].fan_out.most
            if only_keys and not others and most > 1:
                what = f"{most} rows have the same {base.name}, and nothing else in it may differ"
                hint = f'set "fan_out": "unique" on {base.name}, or add a column'
                raise NotEnoughValuesError(what, hint)
            unique_set.group_by(base.name, most)
            if only_keys and not others:
                unique_set.release()  # a parent has one child at most
        for reference in inside:
            if reference is not base:
                self._alone.refer(table, reference, self._member(table, reference, unique_set))
                del free[reference.name]
        for name in names:
            if name not in in_keys:
                self._members.setdefault(table.name, {})[name] = unique_set
            if name in table.polymorphic:
                unique_set.join(sum(target_sizes(table, name, self._alone)), name)
        self._sets.append((f"{table.path} ({', '.join(names)})", unique_set))

    def joined_target(self, table: CatalogTable, reference: Reference) -> Relation | None:
        """Return the relation of a polymorphic key's target, where the key joins a set."""
        name = reference.target_of
        unique_set = self.of(table).get(name)
        parent = self._alone.parent(table, reference)
        if unique_set is None or parent.is_empty:
            return None
        before = [key.name for key in table.references if key.target_of == name]
        sizes = target_sizes(table, name, self._alone)
        start = sum(sizes[: before.index(reference.name)])
        row = RowOfIndex(unique_set.index_of(name), start, parent.rows)
        return relations.JoinedParents(parent, row)

    def taken(self, table: CatalogTable) -> Iterator[tuple[str, tuple[str, ...], Reference]]:
        """
        Yield sets of a table that gets rows beside others, in which these have the same values.

        They number the children of a key to a table that gets no rows; with their places.
        """
        if not self._tables[table.name].first or self._reach.is_settled(table.name):
            return
        for names in table.unique_sets:
            columns = [table.column(name) for name in names]
            inside = self.keys_inside(table, names)
            alone = any(c.is_key or c.counts_rows for c in columns)
            if alone or not inside or not numbers_children(table, columns):
                continue
            if all(self._reach.is_settled(reference.table) for reference in inside):
                yield f"{table.path} ({', '.join(names)})", names, inside[0]

    def _is_by_number(
        self, table: CatalogTable, names: tuple[str, ...], inside: list[Reference]
    ) -> bool:
        """Return whether rows and those that are there may have the same parents."""
        targets = [key for name in names for key in targets_of(table, name)]
        is_new = any(self._reach.grows(key.table) for key in (*inside, *targets))
        return bool(self._tables[table.name].first) and not is_new

    def _new_set(
        self, table: CatalogTable, names: tuple[str, ...], inside: list[Reference]
    ) -> UniqueSet:
        own, by_number = self._tables[table.name], self._is_by_number(table, names, inside)
        rows = own.total if by_number else own.rows
        return UniqueSet(rows, (self._seed, table.name, *names), by_number=by_number)

    def _refuse_taken(
        self,
        table: CatalogTable,
        names: tuple[str, ...],
        inside: list[Reference],
        base: Reference,
    ) -> None:
        """Refuse a set that differs within each parent, where rows that are there have these."""
        if self._is_by_number(table, names, inside):
            raise taken(table, base, names)

    def _check_members(
        self,
        table: CatalogTable,
        names: tuple[str, ...],
        inside: list[Reference],
        free: dict[str, Reference],
    ) -> None:
        if not names:
            what = "all of these columns refer to their own table"
            raise BindError(what, "add a column that differs from row to row")
        for name in names:
            if name in self.of(table):
                what = f"column {name!r} is unique together with two sets of others"
                hint = "leave out one of them, or group a foreign key that is in both"
                raise OverlapError(what, hint)
        for reference in inside:
            outside = sorted(set(reference.columns) - set(names))
            if outside and not self._is_told_apart(reference, names):
                what = f"the foreign key {reference.name!r} is unique together only in part"
                raise OverlapError(what, f"add {', '.join(outside)} to the unique columns")
            if reference.name not in free:
                what = f"the foreign key {reference.name!r} is unique together with two sets"
                hint = f'set "fan_out": "grouped" on {reference.name}, or leave out one of them'
                raise OverlapError(what, hint)
        for reference in inside:
            if reference.differs_from:
                what = f"{reference.name} is unique together with others, and differs from one"
                raise BindError(what, "leave out differs_from")

    def _is_told_apart(self, reference: Reference, names: tuple[str, ...]) -> bool:
        """Return whether the columns of a key among `names` are enough to know the parent."""
        parent = self._shared.tables[reference.table]
        both = zip(reference.columns, reference.parent_columns, strict=True)
        inside = [above for own, above in both if own in names]
        return parent.is_key_together(inside) or any(parent.column(n).counts_rows for n in inside)

    def _begin_within(
        self,
        table: CatalogTable,
        members: list[Reference],
        inside: list[Reference],
        free: dict[str, Reference],
        grouped: dict[str, GroupedRelation],
    ) -> None:
        """Let keys within an ancestor differ from child to child of the key that they follow."""
        skewed = [reference.name for reference in members if is_skewed(reference.shape)]
        if skewed:
            what = f"{skewed[0]!r} follows another key, and is skewed and unique together"
            raise BindError(what, "leave out the distribution")
        base = table.leader_of(members[0])
        if base not in inside:
            names = ", ".join(name for name in base.columns if name not in members[0].columns)
            what = f"the foreign key {members[0].name!r} follows {base.name!r}"
            raise BindError(what, f"add {names} to the unique columns")
        joint, room = self._followers.joint(
            table, base, members, self._alone.key(table, base, "joint")
        )
        self._group_within(table, base, room, grouped)
        for number, reference in enumerate(members):
            parent = self._tables[reference.table]
            self._alone.refer(table, reference, JoinedWithin(parent, joint, number))
            del free[reference.name]

    def _group_within(
        self,
        table: CatalogTable,
        base: Reference,
        room: int,
        grouped: dict[str, GroupedRelation],
    ) -> None:
        """Group the key that others differ beside, with no more than `room` children a parent."""
        shape = self._alone.shape(table, base)
        if isinstance(shape, UniqueFanOut):
            return
        if isinstance(shape, RandomFanOut):
            law: Literal["zipf", "poisson"] = "zipf" if shape.distribution == "zipf" else "poisson"
            shape = GroupedFanOut(distribution=law, exponent=shape.exponent)
        assert isinstance(shape, GroupedFanOut), "a tree leads nobody"
        rows, parents = self._tables[table.name].rows, self._alone.parent(table, base).rows
        made = grouped.get(base.name)
        least = shape.min if made is None else made.fan_out.most
        if rows > parents * room or least > room:
            asked = f"{least} rows with the same {base.name}"
            asked = f"{rows} rows of {parents} {base.name}" if rows > parents * room else asked
            what = f"{asked} are to differ, and some have only {room} to differ in"
            hint = "ask for fewer rows, or for more in each ancestor by the min of its fan_out"
            raise NotEnoughValuesError(what, hint, min(rows - 1, parents * room))
        if made is None:
            most = room if shape.max is None else min(shape.max, room)
            shape = msgspec.structs.replace(shape, max=most)
            grouped[base.name] = self._alone.grouped(table, base, shape)

    def _base(
        self,
        table: CatalogTable,
        base: Reference,
        others: list[Reference],
        grouped: dict[str, GroupedRelation],
    ) -> GroupedRelation:
        """
        Return the shape of the key that others differ within.

        No parent has more children than the `others` have combinations, where they are all.
        """
        if base.name in grouped:
            return grouped[base.name]
        shape = self._alone.shape(table, base)
        if isinstance(shape, RandomFanOut):
            is_zipf = shape.distribution == "zipf"
            shape = GroupedFanOut(
                distribution="zipf" if is_zipf else "poisson", exponent=shape.exponent
            )
        assert isinstance(shape, GroupedFanOut), "others are not open, or of their own table"
        if others:
            sizes_of = {r: self._alone.parent(table, r).rows for r in others}
            room = math.prod(sizes_of.values())
            if shape.min > room:
                sizes = " × ".join(f"{size} of {r.table!r}" for r, size in sizes_of.items())
                what = f"at least {shape.min} rows with the same {base.name} are asked for"
                hint = f'set "min" to at most {room} in the fan_out of {base.name}'
                raise NotEnoughValuesError(f"{what}, and there are {sizes} to differ in", hint)
            rows, parents = self._tables[table.name].rows, self._alone.parent(table, base).rows
            if rows > parents * room and shape.max is None:
                all_sizes = {base: parents, **sizes_of}
                each = " × ".join(f"{size} of {r.table!r}" for r, size in all_sizes.items())
                what = f"{rows} rows are asked for, and there are {each} = "
                most = parents * room
                what = f"{what}{most} combinations"
                raise NotEnoughValuesError(what, "ask for fewer rows", most)
            most = room if shape.max is None else min(shape.max, room)
            shape = msgspec.structs.replace(shape, max=most)
        return self._alone.grouped(table, base, shape)

    def _member(self, table: CatalogTable, reference: Reference, unique_set: UniqueSet) -> Relation:
        """Return the relation of a key that joins a set."""
        parent, name, shape = self._alone.parent(table, reference), reference.name, reference.shape
        rows = parent.rows
        if isinstance(shape, RandomFanOut) and shape.alike is not None:
            unique_set.draw_alike(shape.alike)
        if isinstance(shape, RandomFanOut) and shape.distribution == "zipf":
            index = unique_set.join_skewed(rows, name, zipf_share(rows, exponent_of(shape)))
            row = Permutation(rows, self._alone.key(table, reference))
            return relations.PopularJoinedParents(parent, index, row)
        if isinstance(shape, RandomFanOut) and shape.distribution == "recent":
            skew = relations.recent_share(rows, half_of(shape))
            return relations.RecentJoinedParents(parent, unique_set.join_skewed(rows, name, skew))
        return relations.JoinedParents(parent, unique_set.join(rows, name))
