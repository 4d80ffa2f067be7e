"""
A unique index over the rows of a flag → one child of each parent that has it.

`UNIQUE (user_id) WHERE is_primary`: a user's addresses lie together, and the first is primary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from shardgen.importing.described import Column, Index, Table
from shardgen.importing.translation.selection import Selection
from shardgen.schema import model

_FLAG = re.compile(
    r"\(*\s*[\"`]?(?P<name>\w+)[\"`]?\s*(?:=\s*(?:true|1)|is\s+true)?\s*\)*", re.IGNORECASE
)
_BOOLEAN = frozenset({"boolean", "bool", "tinyint(1)"})


class Flagged(msgspec.Struct, frozen=True, kw_only=True):
    """An index by which one child at most of each parent, which `key` leads to, has a flag."""

    index: str
    key: str
    flag: str
    number: str


def with_flags(schema: model.Schema, selection: Selection) -> model.Schema:
    """Return a schema in which the first child of each parent has the flag that one may have."""
    tables = (_with_flags(table, selection) for table in schema.tables)
    return msgspec.structs.replace(schema, tables=tuple(tables))


def _with_flags(made: model.Table, selection: Selection) -> model.Table:
    table = selection.tables[made.name]
    led = {name for key in selection.keys(table) for name in key.columns}
    for each in flagged_children(table):
        if each.key not in led:
            continue  # the key leads to a table that is left out
        number = model.Column(
            name=each.number,
            type="int",
            hidden=True,
            generator="ordinal",
            generator_params={"relation": each.key},
        )
        flag = {"generator": "expression", "generator_params": {"expression": f"{number.name} = 1"}}
        columns = tuple(
            msgspec.structs.replace(column, **flag) if column.name == each.flag else column
            for column in made.columns
        )
        index = model.Index(name=each.index, columns=(each.key,), unique=True, where=each.flag)
        indexes = (*made.indexes, index)
        made = msgspec.structs.replace(made, columns=(*columns, number), indexes=indexes)
    return made


def flagged_children(table: Table) -> tuple[Flagged, ...]:
    """Return the indexes of a table that flags of its children meet, each flag and key once."""
    found: dict[str, Flagged] = {}
    for index in table.unique_sets:
        columns, flag = index.columns, _flag_of(table, index)
        if flag is None or columns is None or len(columns) != 1:
            continue
        if _is_free_key(table, columns[0]) and flag.name not in found:
            number = f"{columns[0]}_number"
            if all(column.name.casefold() != number.casefold() for column in table.columns):
                found[flag.name] = Flagged(
                    index=index.name, key=columns[0], flag=flag.name, number=number
                )
    return tuple({each.key: each for each in found.values()}.values())


def _flag_of(table: Table, index: Index) -> Column | None:
    """Return the column that is the index's condition, a boolean that nothing else is said of."""
    match = _FLAG.fullmatch(index.where) if index.where and not index.nulls_not_distinct else None
    found = [c for c in table.columns if match and c.name.casefold() == match["name"].casefold()]
    if len(found) != 1 or found[0].type.casefold() not in _BOOLEAN or found[0].generated:
        return None
    return None if found[0].name in _bound_columns(table) else found[0]


def _bound_columns(table: Table) -> Iterator[str]:
    """Yield the columns that are in keys, in unique sets or in conditions."""
    yield from table.primary_key
    for key in table.foreign_keys:
        yield from key.columns
    for index in table.unique_sets:
        yield from (part.column for part in index.parts)
    for check in table.checks:
        yield from re.findall(r"\w+", check.expression)


def _is_free_key(table: Table, name: str) -> bool:
    """Return whether the column is a key to another table by itself, and in no other unique set."""
    keys = [key for key in table.foreign_keys if name in key.columns]
    others = [i for i in table.unique_sets if not i.where and name in (i.columns or ())]
    alone = len(keys) == 1 and len(keys[0].columns) == 1 and keys[0].table != table.name
    return alone and not others and name not in table.primary_key
