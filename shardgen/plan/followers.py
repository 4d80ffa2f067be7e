"""Foreign keys that follow another one → bound relations."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from shardgen.errors import BindError, NotEnoughValuesError
from shardgen.plan.fan_out_laws import exponent_of, half_of
from shardgen.plan.unique_columns import is_skewed
from shardgen.schema.catalog_tables import CatalogTable, may_be_null
from shardgen.schema.model import GroupedFanOut, RandomFanOut
from shardgen.schema.references import Reference
from shardgen.schema.shared_keys import Following, SharedKeys
from shardgen.tables.batch import BoundTable, Relation
from shardgen.tables.grouped import GroupedRelation
from shardgen.tables.laws_within import MOST_ROWS, recent_within, zipf_within
from shardgen.tables.relations_within import (
    Ancestors,
    Descent,
    JointWithin,
    LawWithin,
    Lineage,
    OtherParents,
    TreeWithin,
    Within,
)

_ENOUGH = 1 << 31  # combinations within an ancestor: more are not counted on


def grouped_by_need(rows: int, parents: int) -> GroupedFanOut:
    """
    Return the shape of a key that is grouped only since other keys find rows by it.

    No parent has less than half of the mean number of children, so that there are some to find.
    """
    return GroupedFanOut(distribution="poisson", min=-(-(rows // parents) // 2))


class Followers:
    """Binds the keys that follow others; `check` says in the end which cannot always do so."""

    def __init__(self, tables: Mapping[str, BoundTable], shared_keys: SharedKeys) -> None:
        """Begin with tables that have no relations yet."""
        self._tables = tables
        self._shared = shared_keys
        self._bound: list[tuple[CatalogTable, Reference, Following, int]] = []

    def is_found(self, table: CatalogTable, reference: Reference) -> bool:
        """Return whether a key's parent follows wholly from that of another key."""
        following = self._shared.following.get((table.name, reference.name))
        return following is not None and not following.down

    def follows(self, table: CatalogTable, reference: Reference) -> bool:
        """Return whether a key follows, or differs from, another one, or leads others to rows."""
        following = self._shared.following
        is_led = (table.name, reference.name) in following or reference.differs_from
        leads = any(reference.table == each.ancestor for each in following.values())
        guides = any(
            name == table.name and each.guide == reference.name
            for (name, _), each in following.items()
        )
        return bool(is_led) or leads or guides

    def descends(self, table: CatalogTable, reference: Reference) -> bool:
        """Return whether a key's parent is one of those that descend from an ancestor."""
        following = self._shared.following.get((table.name, reference.name))
        return following is not None and bool(following.down)

    def relation(self, table: CatalogTable, reference: Reference, key: int) -> Relation | None:
        """Return the relation of a key that follows, or differs from, another; else None."""
        following = self._shared.following.get((table.name, reference.name))
        parent = self._tables[reference.table]
        differs_from = reference.differs_from
        if differs_from and (
            all(other.name != differs_from for other in table.references)
            or self._shared.needs_itself(table, reference)
        ):
            differs_from = ""  # of broken keys, which are left out
        if following is None:
            if not differs_from:
                return None
            if parent.rows < 2 and not may_be_null(table, reference):
                what = f"{reference.table!r} has one row, and two that differ are asked for"
                raise NotEnoughValuesError(what, f"ask for more rows of {reference.table!r}")
            return OtherParents(parent, key, differs_from)
        lineage = Lineage(following.guide, following.up)
        if not following.down:
            return Ancestors(lineage)
        descent = self._descent(following)
        if reference.table == table.name:
            return TreeWithin(self._tables[table.name], key, lineage, descent)
        wanted = 2 if differs_from else 1
        self._bound.append((table, reference, following, wanted))
        law = self._law(table, reference, descent, key)
        return Within(parent, key, lineage, descent, differs_from, law)

    def joint(
        self, table: CatalogTable, base: Reference, members: Sequence[Reference], key: int
    ) -> tuple[JointWithin, int]:
        """
        Return keys that are unique together beside the grouped key `base`.

        With it comes how many combinations there are at least within any ancestor.
        """
        made: list[tuple[Lineage, Descent]] = []
        room = 1
        for reference in members:
            following = self._shared.following[table.name, reference.name]
            descent = self._descent(following)
            made.append((Lineage(following.guide, following.up), descent))
            room *= self._least(following, descent)
        return JointWithin(base.name, key, tuple(made)), min(room, _ENOUGH)

    def check(self) -> Iterator[tuple[str, BindError]]:
        """Yield what is wrong with keys that must have a parent, and have none in some rows."""
        for table, reference, following, wanted in self._bound:
            if may_be_null(table, reference):
                continue
            least = self._least(following, self._descent(following))
            if least >= wanted:
                continue
            step = following.down[-1]
            what = (
                f"some rows of {following.ancestor!r} have "
                f"{least or 'no'} rows of {reference.table!r}, and {wanted} must be there"
            )
            hint = (
                f'set "min" to {wanted} in the fan_out of {step.table}.{step.relation}, '
                f"ask for more rows of {step.table!r}, or make the key nullable"
            )
            yield reference.path, NotEnoughValuesError(what, hint)

    def _law(
        self, table: CatalogTable, reference: Reference, descent: Descent, key: int
    ) -> LawWithin:
        """Return by which law a key chooses among the rows of its ancestor."""
        shape = reference.shape
        if not is_skewed(shape):
            return LawWithin()
        assert isinstance(shape, RandomFanOut), "only such are skewed"
        if shape.distribution == "recent":
            return recent_within(half_of(shape))
        most, rows = 1, self._tables[reference.table].rows
        for above, relation in descent.steps:
            bound = above.relations.get(relation)
            if bound is None:  # in a circle, where it is bound later
                most = rows
            most *= bound.fan_out.most if isinstance(bound, GroupedRelation) else 1
        most = min(most, rows)
        if most > MOST_ROWS:
            what = f"some ancestor may have {most} rows of {reference.table!r}, "
            what += f"and a key of {table.name!r} is skewed by zipf among at most {MOST_ROWS}"
            hint = "use recent, or leave out the distribution"
            raise NotEnoughValuesError(what, hint, MOST_ROWS)
        return zipf_within(most, exponent_of(shape), key)

    def has_parents(self, table: CatalogTable, reference: Reference) -> bool:
        """Return whether a key that follows another is known to have a parent in every row."""
        for bound, key, following, wanted in self._bound:
            if (bound.name, key.name) == (table.name, reference.name):
                try:
                    return self._least(following, self._descent(following)) >= wanted
                except BindError:
                    return False
        return False

    def _descent(self, following: Following) -> Descent:
        steps = [(self._tables[step.table], step.relation) for step in reversed(following.down)]
        return Descent(tuple(steps))

    def _least(self, following: Following, descent: Descent) -> int:
        """Return the least number of rows below any ancestor."""
        keys = [table.relations.get(relation) for table, relation in descent.steps]
        if None in keys:
            what = f"{following.ancestor!r} and the table refer to each other in a circle"
            raise BindError(what, "leave the columns out of the unique ones")
        if all(isinstance(key, GroupedRelation) for key in keys):
            bound = math.prod(k.fan_out.least for k in keys if isinstance(k, GroupedRelation))
            if bound or len(keys) == 1:
                return bound
        return descent.least(self._tables[following.ancestor])
