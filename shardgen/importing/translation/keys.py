"""Foreign keys of a database → those of the format, each with a fan-out that suits its tables."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from shardgen.generators.inference import singular, words_of
from shardgen.importing.described import ForeignKey, Table
from shardgen.importing.translation.flagged import flagged_children
from shardgen.importing.translation.selection import Selection
from shardgen.schema import model

_PARTS = frozenset(
    ("line", "item", "detail", "entry", "member", "row", "part", "step", "position", "line item",
     "installment", "reading", "message", "comment", "reply", "attachment", "version", "revision")
)  # fmt: skip
"""What the tables are called whose rows are parts of another table's."""


class ImportedKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of a table: those of one column by its name, and the others."""

    by_column: dict[str, model.ForeignKey]
    composite: tuple[model.CompositeForeignKey, ...]


def imported_keys(table: Table, selection: Selection) -> ImportedKeys:
    """Return the keys of a table that lead to imported tables."""
    by_column: dict[str, model.ForeignKey] = {}
    composite: list[model.CompositeForeignKey] = []
    # Of keys that have columns in common the first leads, and one that may be null leads badly.
    by_need = sorted(selection.keys(table), key=lambda key: _is_optional(table, key))
    for key in by_need:
        ends = selection.references(key)
        if len(key.columns) == 1 and key.columns[0] not in by_column:
            by_column[key.columns[0]] = model.ForeignKey(
                table=selection.called[key.table],
                column=ends[0],
                on_delete=_action(key.on_delete, table, key),
                on_update=_action(key.on_update, table, key),
                fan_out=_fan_out(table, key, selection),
            )
        else:
            composite.append(_composite(table, key, selection))
    return ImportedKeys(by_column=by_column, composite=tuple(_named(composite)))


def _composite(table: Table, key: ForeignKey, selection: Selection) -> model.CompositeForeignKey:
    return model.CompositeForeignKey(
        columns=key.columns,
        table=selection.called[key.table],
        references=selection.references(key),
        on_delete=_action(key.on_delete, table, key),
        on_update=_action(key.on_update, table, key),
        fan_out=_fan_out(table, key, selection),
    )


def _named(keys: list[model.CompositeForeignKey]) -> Iterator[model.CompositeForeignKey]:
    """Yield keys with a name where two would have the same."""
    seen: dict[str, int] = {}
    for key in keys:
        name = "_".join(key.columns)
        seen[name] = seen.get(name, 0) + 1
        yield key if seen[name] == 1 else msgspec.structs.replace(key, name=f"{name}_{seen[name]}")


def _action(said: str, table: Table, key: ForeignKey) -> model.ReferentialAction | None:
    """Return an action that the format has, and that the columns can take."""
    if said == "SET NULL" and not all(_may_be_null(table, name) for name in key.columns):
        return None
    known: dict[str, model.ReferentialAction] = {
        "CASCADE": "CASCADE", "SET NULL": "SET NULL", "RESTRICT": "RESTRICT",
    }  # fmt: skip
    return known.get(said)


def _fan_out(
    table: Table, key: ForeignKey, selection: Selection
) -> model.ShapeName | model.Shape | None:
    """Return how the children of a key spread; None where the format's own default suits."""
    if key.table == table.name:
        return "tree" if _is_optional(table, key) else None
    if _is_unique(table, key.columns):
        return None
    flagged = any((each.key,) == key.columns for each in flagged_children(table))
    if flagged or _numbers_rows_within(table, key) or _is_part_of(table, selection.parent(key)):
        least = 1 if _has_children_within(table, key, selection) else 0
        return model.GroupedFanOut(distribution="poisson", min=least)
    return None


def _is_optional(table: Table, key: ForeignKey) -> bool:
    return any(_may_be_null(table, name) for name in key.columns)


def _has_children_within(table: Table, key: ForeignKey, selection: Selection) -> bool:
    """Return whether other tables refer to this one by the columns of the key and others."""
    return any(
        other.table == table.name and set(key.columns) < set(selection.references(other))
        for child in selection.tables.values()
        for other in selection.keys(child)
    )


def _may_be_null(table: Table, name: str) -> bool:
    return table.column(name).nullable and name not in table.primary_key


def _is_unique(table: Table, columns: tuple[str, ...]) -> bool:
    sets = [table.primary_key, *(index.columns for index in table.unique_sets if not index.where)]
    return any(names and set(names) <= set(columns) for names in sets)


def _numbers_rows_within(table: Table, key: ForeignKey) -> bool:
    """Return whether the primary key is this key and one number: `(order_id, line_no)`."""
    rest = [name for name in table.primary_key if name not in key.columns]
    in_keys = {name for other in table.foreign_keys for name in other.columns}
    is_within = set(key.columns) < set(table.primary_key)
    return is_within and len(rest) == 1 and rest[0] not in in_keys


def _is_part_of(table: Table, parent: Table) -> bool:
    """Return whether rows are called parts of the parent's: `order_lines` of `orders`."""
    own, other = words_of(table.name.name), words_of(parent.name.name)
    if not own or not other or len(own) <= len(other):
        return False
    starts = [singular(word) for word in own[: len(other)]] == [singular(word) for word in other]
    return starts and singular(own[-1]) in _PARTS
