"""
Stated parents → relations in which some rows have them, and all others one as before.

Where children lie in runs, a stated row changes places with a child of the parent that it is to
have; a parent with too few children gets more of another one's. So whatever counts or adds up
children finds the stated ones too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec
import numpy as np

from shardgen.errors import BindError
from shardgen.random.permutation import Bijection
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.model import GroupedFanOut
from shardgen.schema.references import Reference
from shardgen.schema.shared_keys import SharedKeys
from shardgen.tables.batch import BoundTable, Relation
from shardgen.tables.fan_out import FanOut
from shardgen.tables.grouped import GroupedRelation, InOrder, Window
from shardgen.tables.relations import UniqueParents
from shardgen.tables.relations_within import TreeWithin
from shardgen.tables.selection import SelectedParents
from shardgen.tables.self_references import TreeWithinGroup
from shardgen.tables.stated_rows import (
    ByRow,
    ChangedFanOut,
    ExchangedRows,
    StatedParents,
    Unmoved,
    richest,
)


def with_stated(
    table: CatalogTable,
    reference: Reference,
    bound: BoundTable,
    parent: BoundTable,
    wanted: Mapping[int, int],
    shared: SharedKeys,
) -> Relation:
    """
    Return the relation of a key of the bound table where rows have the parents that are wanted.

    `wanted` has the parent's row by the row. BindError where a row cannot have its parent.
    """
    relation = bound.relations[reference.name]
    inner = relation.inner if isinstance(relation, SelectedParents) else relation
    asked = dict(wanted)
    if isinstance(relation, SelectedParents):
        ranks, inside = relation.selection.ranks_of(np.array([*wanted.values()], np.int64))
        if not inside.all():
            what = f"a parent is stated that does not satisfy where of {reference.name}"
            raise BindError(what, "state another one")
        asked = dict(zip(wanted, ranks.tolist(), strict=True))
    made: Relation
    if isinstance(inner, GroupedRelation):
        regrouped = _Regrouped(table, reference, inner, asked)
        stay = _stay(table, reference, bound, shared)
        made = regrouped.with_other_ranks() if stay else regrouped.relation()
    elif isinstance(inner, UniqueParents):
        made = _one_to_one(reference, inner, asked)
    else:
        return StatedParents(parent, relation, ByRow(wanted))
    if isinstance(relation, SelectedParents):
        return msgspec.structs.replace(relation, inner=made)
    return made


def _stay(table: CatalogTable, reference: Reference, bound: BoundTable, shared: SharedKeys) -> bool:
    """Return whether rows have to lie in the order of a grouped key, as others are found by it."""
    steps = (step for each in shared.following.values() for step in each.down[1:])
    if any((step.table, step.relation) == (table.name, reference.name) for step in steps):
        return True
    return any(isinstance(each, TreeWithin | TreeWithinGroup) for each in bound.relations.values())


def _one_to_one(
    reference: Reference, relation: UniqueParents, wanted: Mapping[int, int]
) -> UniqueParents:
    """Return a unique key's relation after exchanges of parents."""
    twice = [row for row, count in Counter(wanted.values()).items() if count > 1]
    if twice:
        what = f"two rows are stated with one parent, and {reference.name} is unique"
        raise BindError(what, "state another parent for one of them")
    permutation = ExchangedRows(relation.permutation)
    for row, parent in wanted.items():
        other = int(permutation.inverse(np.array([parent]))[0])
        permutation.exchange(row + relation.before, other)
    return msgspec.structs.replace(relation, permutation=permutation)


class _Regrouped:
    """A grouped key whose stated rows lie among the children of their parents."""

    def __init__(
        self,
        table: CatalogTable,
        reference: Reference,
        relation: GroupedRelation,
        wanted: Mapping[int, int],
    ) -> None:
        self._table = table
        self._reference = reference
        self._made = relation
        ranks = relation.permutation.inverse(np.array([*wanted.values()], np.int64))
        self._ranks = dict(zip(wanted, ranks.tolist(), strict=True))
        self._parents = dict(wanted)

    def relation(self) -> GroupedRelation:
        """Return it after rows have changed places; BindError where a parent has not so many."""
        fan_out = self._fan_out()
        self._made = msgspec.structs.replace(self._made, fan_out=fan_out, window=Window())
        return msgspec.structs.replace(self._made, order=self._order(fan_out))

    def with_other_ranks(self) -> GroupedRelation:
        """
        Return it after parents have exchanged all of their children, where rows have to stay.

        BindError where that gives not all rows the parents that are wanted.
        """
        relation = self._made
        base = relation.permutation
        in_order = isinstance(base, InOrder)
        rows = np.array([*self._ranks], np.int64)
        ranks = relation.fan_out.rank(relation.positions_of(rows)).tolist()
        unmoved = Unmoved(relation.fan_out.parents)
        permutation = ExchangedRows(unmoved if isinstance(base, InOrder) else base)
        for rank, parent in zip(ranks, self._parents.values(), strict=True):
            permutation.exchange(rank, int(permutation.inverse(np.array([parent]))[0]))
        found = permutation(np.array(ranks, np.int64)).tolist()
        if found != [*self._parents.values()] or (in_order and ranks != found):
            name = self._table.name
            what = f"rows of {name!r} lie in the order of {self._reference.name}, by which others"
            hint = "state the parent of fewer rows, or those of another table"
            raise BindError(f"{what} are found, and not all of these can be moved", hint)
        if in_order:
            return relation
        return msgspec.structs.replace(relation, permutation=permutation, window=Window())

    def _count(self, fan_out: FanOut, rank: int) -> int:
        start, stop = fan_out.start(np.array([rank, rank + 1])).tolist()
        return int(stop - start)

    def _position(self, row: int) -> int:
        return int(self._made.positions_of(np.array([row]))[0])

    def _fan_out(self) -> FanOut:
        """Return a fan-out in which each parent has as many children as are stated, or more."""
        fan_out = self._made.fan_out
        needed = Counter(self._ranks.values())
        changes: Counter[int] = Counter()
        left: dict[int, int] = {}
        givers = [int(fan_out.rank(np.array([self._position(row)]))[0]) for row in self._ranks]
        for rank, count in needed.items():
            missing = count - self._count(fan_out, rank)
            if missing <= 0:
                continue
            self._check_most(count, fan_out)
            changes[rank] += missing
            for _ in range(missing):
                giver = self._giver(fan_out, givers, needed, left)
                changes[giver] -= 1
        return ChangedFanOut(fan_out, changes) if changes else fan_out

    def _check_most(self, count: int, fan_out: FanOut) -> None:
        shape, names = self._reference.shape, set(self._reference.columns)
        bounded = isinstance(shape, GroupedFanOut) and shape.max is not None
        together = (self._table.primary_key, *self._table.unique_sets)
        bounded |= any(names <= set(unique) for unique in together)
        if count > fan_out.most and bounded:
            what = f"{count} rows are stated with one parent, and a parent has {fan_out.most}"
            what += f" by {self._reference.name} at most"
            raise BindError(what, "state fewer, or raise max in the fan_out of the key")

    def _giver(
        self, fan_out: FanOut, givers: list[int], needed: Counter[int], left: dict[int, int]
    ) -> int:
        """Return the rank that has a child less: one that a stated row leaves, or the richest."""
        shape = self._reference.shape
        least = shape.min if isinstance(shape, GroupedFanOut) else 0

        def spare(rank: int) -> int:
            count = left.setdefault(rank, self._count(fan_out, rank))
            return count - max(least, needed[rank])

        while givers:
            rank = givers.pop(0)
            if rank not in needed and spare(rank) > 0:
                left[rank] -= 1
                return rank
        spared: set[int] = set()
        while True:
            rank, count = richest(fan_out, spared)
            if count <= 0:
                what = f"no parent has a child to spare for those stated by {self._reference.name}"
                raise BindError(what, "ask for more rows, or state fewer")
            if spare(rank) > 0:
                left[rank] -= 1
                return rank
            spared.add(rank)

    def _order(self, fan_out: FanOut) -> Bijection | None:
        """Return which position each row has: stated ones are in the runs of their parents."""
        relation, taken = self._made, set[int]()
        inner = Unmoved(fan_out.children) if relation.order is None else relation.order
        order = ExchangedRows(inner)
        exchanged = False
        for row, rank in self._ranks.items():
            position = int(order(np.array([row]))[0])
            if int(fan_out.rank(np.array([position]))[0]) == rank:
                taken.add(position)
        for row, rank in self._ranks.items():
            position = int(order(np.array([row]))[0])
            if position in taken and int(fan_out.rank(np.array([position]))[0]) == rank:
                continue
            start, stop = fan_out.start(np.array([rank, rank + 1])).tolist()
            free = next(each for each in range(start, stop) if each not in taken)
            other = int(order.inverse(np.array([free]))[0])
            order.exchange(row, other)
            taken.add(free)
            exchanged = True
        if not exchanged:
            return relation.order
        return order
