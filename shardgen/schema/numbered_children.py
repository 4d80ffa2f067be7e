"""
Unique indexes over some rows that no two rows of a parent are among, as their number says.

`unique (user_id) where is_primary` holds where `is_primary` is true for one child of each user: the
column, or one that its expression compares, numbers the children, and is equal to one number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from shardgen.schema.index_elements import CatalogIndex
from shardgen.schema.model import Column, GroupedFanOut
from shardgen.schema.references import Reference
from shardgen.schema.sql_text import sql_texts

_NAME = r"(?:\"(?P<quoted>[^\"]+)\"|`(?P<back>[^`]+)`|(?P<bare>[A-Za-z_]\w*))"
_IS_TRUE = re.compile(rf"{_NAME}(?:\s*=\s*(?:true|1)|\s+is\s+true)?", re.IGNORECASE)
_IS_NUMBER = re.compile(rf"{_NAME}\s*=\s*[+-]?\d+")
_AND = re.compile(r"\band\b", re.IGNORECASE)
_NOT_JOINED = re.compile(r"['(]|\b(?:or|xor|not|between|case)\b", re.IGNORECASE)
_OUTER = re.compile(r"\(((?:[^()])*)\)")


def is_met_by_numbers(
    index: CatalogIndex, columns: Mapping[str, Column], keys: Sequence[Reference]
) -> bool:
    """
    Return whether an index is over rows of which no parent has two, its key among the columns.

    The key is `grouped`. SQL of several databases has to say so in each.
    """
    if index.where is None or index.nulls_not_distinct or index.has_expressions:
        return False
    over = set(index.columns)
    counted = {name for name, key in _numbering_columns(columns, keys) if set(key.columns) <= over}
    return all(_holds_once(text, columns, counted) for _, text, _ in sql_texts(index.where))


def _numbering_columns(
    columns: Mapping[str, Column], keys: Sequence[Reference]
) -> Iterator[tuple[str, Reference]]:
    """Yield the columns that number children, each with the key whose children they are."""
    grouped = {key.name: key for key in keys if isinstance(key.shape, GroupedFanOut)}
    only = next(iter(grouped)) if len(grouped) == 1 else ""
    for name, column in columns.items():
        if column.generator == "ordinal" and column.generator_params.get("step", 1) != 0:
            key = grouped.get(column.generator_params.get("relation", only))
            if key is not None:
                yield name, key


def _holds_once(text: str, columns: Mapping[str, Column], counted: set[str]) -> bool:
    """Return whether a condition, or one that it has joined by AND, holds for one number."""
    parts = [text] if _NOT_JOINED.search(text) else _AND.split(text)
    return any(_is_one_number(part, columns, counted) for part in parts)


def _is_one_number(text: str, columns: Mapping[str, Column], counted: set[str]) -> bool:
    bare = _without_parentheses(text)
    number = _IS_NUMBER.fullmatch(bare)
    if number is not None and _named(number, columns) in counted:
        return True
    flag = _IS_TRUE.fullmatch(bare)
    column = columns.get(_named(flag, columns)) if flag is not None else None
    if column is None or column.generator != "expression" or column.edge_case_probability:
        return False
    said = column.generator_params.get("expression")
    compared = _IS_NUMBER.fullmatch(_without_parentheses(said)) if isinstance(said, str) else None
    return compared is not None and _named(compared, columns) in counted


def _named(match: re.Match[str], columns: Mapping[str, Column]) -> str:
    """Return the column that is named, whatever its case where it has no quotes; "" for none."""
    quoted = match["quoted"] or match["back"]
    if quoted:
        return quoted if quoted in columns else ""
    found = [name for name in columns if name.casefold() == match["bare"].casefold()]
    return found[0] if len(found) == 1 else ""


def _without_parentheses(text: str) -> str:
    bare = text.strip()
    while (inner := _OUTER.fullmatch(bare)) is not None:
        bare = inner[1].strip()
    return bare
