"""Unique indexes of every kind → columns that are unique, alone or together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from shardgen.importing.described import Index, KeyPart, Table
from shardgen.importing.translation.flagged import flagged_children

_OF_A_COLUMN = re.compile(
    r"\(?(?:lower|upper|trim|btrim|coalesce|ifnull|nullif|unaccent|\(+)*\(?\s*[\"`]?(\w+)[\"`]?\)?"
    r"(?:::[\w ]+)?(?:\)|,\s*[^,()]*\)(?:::[\w ]+)?)*",
    re.IGNORECASE,
)
_LINEAR = re.compile(r"\(*\s*[\"`]?(\w+)[\"`]?\s*\)?\s*(?:[-+]\s*\d+|\*\s*[1-9]\d*)\s*\)*")
_NEVER_NULL = re.compile(r"coalesce|ifnull", re.IGNORECASE)


class UniqueColumns(msgspec.Struct, frozen=True, kw_only=True):
    """
    Columns that are unique together, so that an index is met.

    They are `not_null` where rows without a value count as the same. `lengths` has how many first
    characters of a column differ. `note` says what is asked for beyond the index.
    """

    columns: tuple[str, ...]
    index: str
    not_null: frozenset[str] = frozenset()
    lengths: tuple[tuple[str, int], ...] = ()
    note: str = ""


class Unmet(msgspec.Struct, frozen=True, kw_only=True):
    """An index that only a table of one row is sure to meet, and why."""

    index: str
    why: str


def unique_columns(table: Table) -> Iterator[UniqueColumns | Unmet]:
    """Yield what meets each unique index of a table, without its primary key and flags."""
    computed = {c.name: c.generated.expression for c in table.columns if c.generated}
    flagged = {each.index for each in flagged_children(table)}
    for written in table.unique_sets:
        if written.name in flagged:
            continue
        index = _without_computed(written, computed)
        if index.columns and not index.where and not index.nulls_not_distinct:
            yield UniqueColumns(columns=index.columns, index=index.name)
        else:
            yield _met(table, index)


def _without_computed(index: Index, computed: Mapping[str, str]) -> Index:
    """Return an index on what its generated columns are computed of, in their place."""
    if not any(part.column in computed for part in index.parts):
        return index
    parts = (
        KeyPart(expression=computed[part.column]) if part.column in computed else part
        for part in index.parts
    )
    return msgspec.structs.replace(index, parts=tuple(parts))


def _met(table: Table, index: Index) -> UniqueColumns | Unmet:
    names = {column.name for column in table.columns}
    columns, not_null = [], set()
    for part in index.parts:
        column = part.column or _column_of(part.expression, names)
        if column is None:
            return Unmet(index=index.name, why=f"{part.expression} is unique")
        columns.append(column)
        if _NEVER_NULL.search(part.expression) or index.nulls_not_distinct:
            not_null.add(column)
    said = [f"where {index.where}"] if index.where else []
    said += [part.expression for part in index.parts if part.expression]
    return UniqueColumns(
        columns=tuple(dict.fromkeys(columns)),
        index=index.name,
        not_null=frozenset(not_null),
        lengths=tuple(_lengths(index.parts)),
        note=f"unique in all rows, the index {index.name}: {', '.join(said)}" if said else "",
    )


def _lengths(parts: tuple[KeyPart, ...]) -> Iterator[tuple[str, int]]:
    for part in parts:
        if part.length is not None:
            yield part.column, part.length


def _column_of(expression: str, names: set[str]) -> str | None:
    """Return the column whose different values give different values of an expression."""
    bare = expression.strip()
    if bare in names:
        return bare
    match = _OF_A_COLUMN.fullmatch(bare) or _LINEAR.fullmatch(bare)
    return match[1] if match is not None and match[1] in names else None
