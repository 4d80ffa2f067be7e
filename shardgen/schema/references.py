"""
Foreign keys as the catalog has them, of one column and of several alike.

Keys that have columns in common are a group, in which one leads: it draws its parent as ever, and
what the others refer to follows from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec

from shardgen.errors import join_path
from shardgen.schema.model import (
    SHAPES,
    CompositeForeignKey,
    Deferral,
    ForeignKey,
    GroupedFanOut,
    PolymorphicTarget,
    ReferentialAction,
    Shape,
    ShapeName,
    Table,
    UniqueFanOut,
    Where,
)


class Reference(msgspec.Struct, frozen=True):
    """
    A foreign key of one column or several: `columns` refer to `parent_columns` of `table`.

    `name` is that of the relation: the column's own for a key of one column. `path` is where the
    schema says it. `shape` is None where the schema says none. `within` has columns of the table
    that its parent has too, each with the parent's name for it, "" where that is to be found;
    `differs_from` is another relation of the table, "" for none. `target_of` is the column of a
    polymorphic key that the reference is one target of, "" for a foreign key: it has a hidden
    column, and the database knows nothing of it. `where` is a condition on the parents.
    """

    name: str
    columns: tuple[str, ...]
    table: str
    parent_columns: tuple[str, ...]
    on_delete: ReferentialAction | None
    on_update: ReferentialAction | None
    shape: Shape | None
    path: str
    deferrable: Deferral | None = None
    within: tuple[tuple[str, str], ...] = ()
    differs_from: str = ""
    target_of: str = ""
    where: Where | None = None

    def __hash__(self) -> int:
        return hash((self.path, self.name))

    @property
    def names(self) -> set[str]:
        """The columns of the table whose values the parent has too."""
        return {*self.columns, *(name for name, _ in self.within)}


def references_of(table: Table, path: str) -> Iterable[Reference]:
    """Yield all foreign keys of a table at `path`, those of one column first."""
    for column in table.columns:
        if column.foreign_key is not None:
            at = join_path(path, "columns", column.name, "foreign_key")
            yield _single_reference(column.name, column.foreign_key, at)
        targets = () if column.polymorphic is None else column.polymorphic.targets
        for n, target in enumerate(targets):
            at = join_path(path, "columns", column.name, "polymorphic")
            yield _target_reference(column.name, n, target, f"{at}.targets[{n}]")
    for n, key in enumerate(table.foreign_keys):
        yield _composite_reference(key, f"{path}.foreign_keys[{n}]")


def _single_reference(column: str, key: ForeignKey, path: str) -> Reference:
    return _reference(column, (column,), (key.column,), key, path)


def _target_reference(column: str, n: int, target: PolymorphicTarget, path: str) -> Reference:
    name = target_name(column, n)
    return Reference(
        name=name,
        columns=(name,),
        table=target.table,
        parent_columns=(target.column,),
        on_delete=None,
        on_update=None,
        shape=shape_of(target.fan_out),
        path=path,
        within=_pairs(target.within),
        target_of=column,
        where=target.where,
    )


def target_name(column: str, n: int) -> str:
    """Return what the n-th target of a polymorphic key is called, as a key and as a column."""
    return f"{column} to target {n + 1}"


def _composite_reference(key: CompositeForeignKey, path: str) -> Reference:
    return _reference(key.name or "_".join(key.columns), key.columns, key.references, key, path)


def _reference(
    name: str,
    columns: tuple[str, ...],
    parent_columns: tuple[str, ...],
    key: ForeignKey | CompositeForeignKey,
    path: str,
) -> Reference:
    return Reference(
        name=name,
        columns=columns,
        table=key.table,
        parent_columns=parent_columns,
        on_delete=key.on_delete,
        on_update=key.on_update,
        shape=shape_of(key.fan_out),
        path=path,
        deferrable=key.deferrable,
        within=_pairs(key.within),
        differs_from=key.differs_from or "",
        where=key.where,
    )


def _pairs(within: str | dict[str, str] | None) -> tuple[tuple[str, str], ...]:
    """Return the columns that a key lies within, each with the parent's name for it or ""."""
    return ((within, ""),) if isinstance(within, str) else tuple((within or {}).items())


def shape_of(fan_out: ShapeName | Shape | None) -> Shape | None:
    """Return the shape that a schema names or describes."""
    return SHAPES[fan_out] if isinstance(fan_out, str) else fan_out


def key_groups(
    references: Sequence[Reference], table: str, one_to_one: Collection[str]
) -> Iterator[tuple[Reference, ...]]:
    """
    Yield the keys of a table that have columns in common, two and more each, the leader first.

    Each of the others comes after one that it has a column in common with. `one_to_one` has the
    names of the keys whose columns are unique together.
    """
    first: dict[str, str] = {}  # of each column, one of those that it is linked with by keys

    def root(name: str) -> str:
        while (above := first.setdefault(name, name)) != name:
            first[name] = name = first[above]
        return name

    for reference in references:
        for name in reference.names:
            first[root(name)] = root(reference.columns[0])
    groups: dict[str, list[Reference]] = {}
    for reference in references:
        groups.setdefault(root(reference.columns[0]), []).append(reference)
    for group in groups.values():
        if len(group) > 1:
            leader = min(group, key=lambda key: _rank(key, table, one_to_one, group))
            yield tuple(_placed(leader, group))


def _rank(
    reference: Reference, table: str, one_to_one: Collection[str], group: Sequence[Reference]
) -> tuple[int, bool]:
    """
    Return what a key counts when the leader is chosen, the least first.

    One that differs from another of the group needs that one's parent first.
    """
    waits = any(reference.differs_from == other.name for other in group)
    if reference.table == table:
        return 2, waits
    leads = isinstance(reference.shape, GroupedFanOut | UniqueFanOut)
    return 0 if leads or reference.name in one_to_one else 1, waits


def _placed(leader: Reference, group: Sequence[Reference]) -> Iterator[Reference]:
    """Yield a group in its order: first those that the columns so far say all of."""
    yield leader
    left = [reference for reference in group if reference is not leader]
    names = set(leader.names)
    while left:
        known = next((r for r in left if set(r.columns) <= names), None)
        following = known or next(r for r in left if names & r.names)
        left.remove(following)
        names |= following.names
        yield following
