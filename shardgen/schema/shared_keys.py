"""
Foreign keys that have columns in common, or lie within each other: which leads, which follow.

The parents of such keys have the values of the common columns in common, as they descend from one
*ancestor*: a task's project and its assignee belong to one organisation. One key of a row leads:
it draws its parent as ever. A key that follows finds the ancestor of another key's parent, and
draws a parent among the rows that descend from it; where it has no column of its own, its parent is
that ancestor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from shardgen.errors import Mistake, nearest, shown
from shardgen.schema.catalog_tables import CatalogTable, may_be_null
from shardgen.schema.model import GroupedFanOut, RandomFanOut, TreeFanOut, UniqueFanOut
from shardgen.schema.references import Reference

_MOST_STEPS = 16  # from a table to an ancestor
_MOST_WAYS = 256  # from one table to all of its ancestors
Columns = tuple[tuple[str, str], ...]
"""Columns of a row with what a table above it calls them, in the order of the row's names."""


class Step(msgspec.Struct, frozen=True):
    """From a table to a parent of it, along a foreign key: `relation` is the key's name."""

    table: str
    relation: str


class Following(msgspec.Struct, frozen=True):
    """
    How a foreign key of a table follows another one, its `guide`.

    The ancestor is reached from the guide's parent along the relations `up`. `down` are the steps
    from the key's own parent up to the ancestor, the nearest to the key first; without any, the
    ancestor is the parent.
    """

    guide: str
    up: tuple[str, ...]
    down: tuple[Step, ...]
    ancestor: str


class SharedKeys:
    """All foreign keys that have columns in common, and how they follow each other."""

    def __init__(self, tables: Mapping[str, CatalogTable]) -> None:
        """Find the way of each; what has none is a mistake."""
        self.tables = tables
        self.following: dict[tuple[str, str], Following] = {}
        """How each key that follows does so, by its table and name."""
        self.mistakes: list[Mistake] = []
        grouped: set[tuple[str, str]] = set()
        in_order: set[tuple[str, str]] = set()
        for table in tables.values():
            wrong = {r.name for r in table.references if self._has_mistake(table, r)}
            for group in table.key_groups:
                if wrong.isdisjoint(reference.name for reference in group):
                    self._resolve(table, group)
        self._leave_what_passes_unique_keys()
        for followed in self.following.values():
            for n, step in enumerate(followed.down):
                key = self._key(step)
                if key.shape is None and not tables[step.table].is_key_together(key.columns):
                    grouped.add((step.table, step.relation))
                if n < len(followed.down) - 1:
                    in_order.add((step.table, step.relation))
        self.grouped = frozenset(grouped)
        """Keys of no stated shape that are grouped, as others find rows by them."""
        self.in_order = frozenset(in_order)
        """Grouped keys whose runs lie in the order of the parents' rows."""

    def _leave_what_passes_unique_keys(self) -> None:
        """Refuse keys that are found through a unique one: its children lie in no runs."""
        for (table, name), followed in [*self.following.items()]:
            for step in followed.down[:-1]:
                key = self._key(step)
                if not self._is_unique(step, key):
                    continue
                what = f"the key is found by {step.table}.{key.name}, which is unique"
                hint = f"give {step.table!r} a grouped key to {key.table!r}, or leave out unique"
                path = self.tables[table].declared_by_name[name].path
                self.mistakes.append(Mistake(path, what, hint))
                del self.following[table, name]
                break

    def _is_unique(self, step: Step, key: Reference) -> bool:
        together = self.tables[step.table].is_key_together(key.columns)
        return isinstance(key.shape, UniqueFanOut) or (key.shape is None and together)

    def needs_itself(self, table: CatalogTable, reference: Reference) -> bool:
        """Return whether what a key differs from, or follows, needs the key's own parent first."""
        seen: set[str] = set()
        ahead = [reference.differs_from]
        while ahead:
            key = table.declared_by_name.get(ahead.pop())
            if key is not None and key.name not in seen:
                seen.add(key.name)
                following = self.following.get((table.name, key.name))
                ahead += [key.differs_from, *([following.guide] if following else [])]
        return reference.name in seen

    def _resolve(self, table: CatalogTable, group: Sequence[Reference]) -> None:
        placed = [group[0]]
        for reference in group[1:]:
            try:
                following = self._follow(table, reference, placed)
                if following is not None:
                    self.following[table.name, reference.name] = following
            except _NoWayError as error:
                self.mistakes.append(Mistake(reference.path, str(error), error.hint))
            placed.append(reference)

    def _has_mistake(self, table: CatalogTable, reference: Reference) -> bool:
        found = list(_check_within(table, reference, self.tables))
        self.mistakes += found
        return bool(found)

    def _follow(
        self, table: CatalogTable, reference: Reference, placed: Sequence[Reference]
    ) -> Following | None:
        """Return how a key follows those before it; None where it does so by its own fan_out."""
        taken = {name for other in placed for name, _ in self._pairs(table, other)}
        shared = tuple(sorted(pair for pair in self._pairs(table, reference) if pair[0] in taken))
        names = [name for name, _ in shared]
        _check_shape(reference, names)
        if isinstance(reference.shape, TreeFanOut) and reference.shape.within is not None:
            if any(r.name == reference.shape.within and set(names) <= r.names for r in placed):
                return None
            raise _not_found(table, reference, placed, names)
        is_found = set(reference.columns) <= set(names)
        for guide in placed:
            theirs = _restricted(self._pairs(table, guide), names)
            if len(theirs) < len(names):
                continue
            ups = list(self._ways(guide.table, theirs))
            if is_found:
                for up in ups:
                    if (up.table, up.columns) == (reference.table, shared):
                        return Following(guide.name, up.relations, (), up.table)
                continue
            found = self._descend(table, reference, shared, ups)
            if found is not None:
                return Following(guide.name, found[0].relations, found[1].steps, found[1].table)
        raise _not_found(table, reference, placed, names)

    def _descend(
        self, table: CatalogTable, reference: Reference, shared: Columns, ups: Sequence[_Way]
    ) -> tuple[_Way, _Way] | None:
        """Return the ways from the guide's parent and from the key's own to one ancestor."""
        downs = [way for way in self._ways(reference.table, shared) if way.steps]
        met = [
            (up, down)
            for down in downs
            for up in ups
            if (up.table, up.columns) == (down.table, down.columns)
        ]
        tops = {(up.table, up.columns) for up, _ in met}
        highest = [
            (up, down)
            for up, down in met
            if not any(
                way.steps and (way.table, way.columns) in tops
                for way in self._ways(up.table, up.columns)
            )
        ]
        if not highest:
            return None
        reasons = [(self._why_not(table, reference, down), (up, down)) for up, down in highest]
        usable = [pair for why, pair in reasons if why is None]
        if not usable:
            why = next(why for why, _ in reasons if why is not None)
            raise why
        return min(usable, key=lambda pair: (self._unstated(pair[1]), len(pair[1].steps)))

    def _ways(self, table: str, columns: Columns) -> Iterator[_Way]:
        """Yield the ways from a table to each ancestor that has these columns too, itself first."""
        ahead = [_Way((), table, columns)]
        for n, way in enumerate(ahead):
            if n == _MOST_WAYS:
                return
            yield way
            if len(way.steps) == _MOST_STEPS:
                continue
            here = self.tables[way.table]
            for reference in here.references:
                if reference.table == here.name:
                    continue
                pairs = dict(self._pairs(here, reference))
                if all(name in pairs for _, name in way.columns):
                    step = Step(here.name, reference.name)
                    above = tuple((own, pairs[name]) for own, name in way.columns)
                    ahead.append(_Way((*way.steps, step), reference.table, above))

    def _pairs(self, table: CatalogTable, reference: Reference) -> tuple[tuple[str, str], ...]:
        """Return the columns of the table that a key's parent has too, with the parent's names."""
        return shared_columns(table, reference, self.tables)

    def _why_not(self, table: CatalogTable, reference: Reference, way: _Way) -> _NoWayError | None:
        """Return what keeps the rows below an ancestor from being found, None when they can be."""
        for n, step in enumerate(way.steps):
            below, key = self.tables[step.table], self._key(step)
            where = f"{step.table}.{step.relation}"
            what = f"its parents of one {key.table} cannot be found: {where} "
            if may_be_null(below, key):
                return _NoWayError(f"{what}may be null", "make it not nullable")
            if key.differs_from or key.where is not None:
                why = f"differs from {key.differs_from!r}"
                hint = f"let {key.differs_from} differ from it instead"
                if not key.differs_from:
                    why, hint = "has a condition", "leave out where there"
                return _NoWayError(what + why, hint)
            leader = below.leader_of(key)
            if leader is not key:
                hint = f'set "fan_out": "grouped" on {below.name}.{leader.name}'
                return _NoWayError(f"{what}follows {leader.name!r}", hint)
            shape = key.shape
            plain = shape is None or isinstance(shape, GroupedFanOut)
            if not plain and not (isinstance(shape, UniqueFanOut) and n == len(way.steps) - 1):
                return _NoWayError(f"{what}is not grouped", f'set "fan_out": "grouped" on {where}')
            first = next((r for r in below.references if isinstance(r.shape, GroupedFanOut)), key)
            if (n or reference.table == table.name) and first is not key:
                hint = f"group {below.name} by {step.relation} first"
                return _NoWayError(f"{what}has its children in no runs", hint)
        return None

    def _unstated(self, way: _Way) -> int:
        return sum(self._key(step).shape is None for step in way.steps)

    def _key(self, step: Step) -> Reference:
        return next(r for r in self.tables[step.table].references if r.name == step.relation)


class _Way(msgspec.Struct, frozen=True):
    """Steps from a table up to another, and what that one calls the columns."""

    steps: tuple[Step, ...]
    table: str
    columns: Columns

    @property
    def relations(self) -> tuple[str, ...]:
        return tuple(step.relation for step in self.steps)


class _NoWayError(ValueError):
    """A key cannot follow another one; `hint` is the way out."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.hint = hint


def shared_columns(
    table: CatalogTable, reference: Reference, tables: Mapping[str, CatalogTable]
) -> tuple[tuple[str, str], ...]:
    """Return the columns of a row that a key's parent has the same values of, with its names."""
    pairs = dict(zip(reference.columns, reference.parent_columns, strict=True))
    for name, given in reference.within:
        parent_name = given or _name_in_parent(table, reference, name, tables)
        if parent_name:
            pairs.setdefault(name, parent_name)
    return tuple(sorted(pairs.items()))


def _check_within(
    table: CatalogTable, reference: Reference, tables: Mapping[str, CatalogTable]
) -> Iterator[Mistake]:
    """Yield what is wrong with the columns that a key says it lies within."""
    if not reference.within:
        return
    path = f"{reference.path}.within"
    names = [column.name for column in table.columns]
    others = [r for r in table.references if r is not reference]
    above = [column.name for column in tables[reference.table].columns]
    for name, given in reference.within:
        if name not in names:
            what = f"there is no column {shown(name)} in the table"
            yield Mistake(path, what, nearest(name, names) or f"it has {', '.join(names)}")
        elif not any(name in other.names for other in others):
            what = f"{shown(name)} is in no other foreign key"
            yield Mistake(path, what, "name a column of a foreign key")
        elif given and given not in above:
            what = f"there is no column {shown(given)} in table {reference.table!r}"
            yield Mistake(path, what, nearest(given, above) or f"it has {', '.join(above)}")
        elif not given and not _name_in_parent(table, reference, name, tables):
            what = f"{reference.table!r} has no column that stands for {shown(name)}"
            hint = f'say which: "within": {{"{name}": "…"}}'
            yield Mistake(path, what, hint)


def _name_in_parent(
    table: CatalogTable,
    reference: Reference,
    name: str,
    tables: Mapping[str, CatalogTable],
) -> str:
    """Return what the parent calls a column: the same, or its only one that refers to the same."""
    parent = tables[reference.table]
    if any(column.name == name for column in parent.columns):
        return name
    leads = {
        (key.table, at)
        for key in table.references
        for own, at in zip(key.columns, key.parent_columns, strict=True)
        if own == name
    }
    found = [
        own
        for key in parent.references
        for own, at in zip(key.columns, key.parent_columns, strict=True)
        if (key.table, at) in leads
    ]
    return found[0] if len(set(found)) == 1 else ""


def _check_shape(reference: Reference, shared: Sequence[str]) -> None:
    """A key that is drawn among rows of an ancestor may be skewed; one that is found has no law."""
    shape, is_found = reference.shape, set(reference.columns) <= set(shared)
    is_plain = isinstance(shape, RandomFanOut) and shape.distribution == "uniform"
    drawn = not is_found and isinstance(shape, RandomFanOut)
    if shape is None or is_plain or drawn or isinstance(shape, TreeFanOut | UniqueFanOut):
        return
    what = "the key has columns in common with another, and a fan_out of its own"
    raise _NoWayError(what, "leave out fan_out: the other key leads")


def _restricted(pairs: Iterable[tuple[str, str]], names: Sequence[str]) -> Columns:
    return tuple(pair for pair in pairs if pair[0] in names)


def _not_found(
    table: CatalogTable, reference: Reference, placed: Sequence[Reference], names: Sequence[str]
) -> _NoWayError:
    others = " and ".join(repr(r.name) for r in placed if set(names) & r.names)
    what = f"{', '.join(names)} of {table.name!r} would follow {others} too, and they lead apart"
    hint = f"let {reference.table!r} refer to the table that they have in common"
    return _NoWayError(what, hint)
