"""Contradictions of indexes and collations, as a schema alone shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shardgen.errors import Mistake, nearest, shown
from shardgen.plan.check_sql import unsafe_texts
from shardgen.schema.index_elements import IndexElement, read_element
from shardgen.schema.model import Column, Index, Schema, Table
from shardgen.schema.sql_text import sql_texts
from shardgen.schema.types import SPELLED, parse_type

_COLLATION = re.compile(r"[A-Za-z][\w.-]{0,62}")
_MOST_LETTERS = 3072  # of MySQL's index, in bytes


def check_index(schema: Schema, table: Table, index: Index, path: str) -> Iterator[Mistake]:
    """Check what an index is over, and the SQL that it has."""
    names = [column.name for column in table.columns]
    if not index.columns:
        yield Mistake(path, "the index has no columns")
    for text in dict.fromkeys(index.columns):
        element = read_element(text, names)
        if element is None:
            what = f"there is no column {text!r} in the table"
            yield Mistake(path, what, nearest(text, names))
        elif index.columns.count(text) > 1:
            yield Mistake(path, f"the index has the column {text!r} twice")
        else:
            yield from _check_element(schema, table, index, element, path)
    yield from unsafe_texts(schema, index.where, f"{path}.where")
    if index.nulls_not_distinct and not index.unique:
        what = "nulls_not_distinct is said of an index that is not unique"
        yield Mistake(f"{path}.nulls_not_distinct", what, "leave it out")


def _check_element(
    schema: Schema, table: Table, index: Index, element: IndexElement, path: str
) -> Iterator[Mistake]:
    at = f"{path}.columns"
    if element.expression:
        yield from unsafe_texts(schema, element.expression, at)
        if index.unique and element.keyed is None:
            what = f"whether rows are unique by {shown(element.expression)} is not known"
            hint = "name a column, lower(column) or upper(column), or leave out unique"
            yield Mistake(at, what, hint)
    elif element.length is not None:
        column = next(each for each in table.columns if each.name == element.column)
        if _family(column) not in ("text", "bytes"):
            what = f"{column.name!r} is {column.type}, and has no first {element.length} letters"
            yield Mistake(at, what, "name the whole column")
        elif not 1 <= element.length <= _MOST_LETTERS:
            yield Mistake(at, f"{element.length} letters are no beginning", "1 to 768")


def check_collation(schema: Schema, column: Column, path: str) -> Iterator[Mistake]:
    """Check the collation of a column."""
    at = f"{path}.collation"
    for inside, name, _ in sql_texts(column.collation):
        if not _COLLATION.fullmatch(name):
            yield Mistake(at + inside, f"{shown(name)} is no name of a collation")
    if column.collation is not None and not _has_collation(column):
        what = f"{column.type} is no type of texts, and has no collation"
        yield Mistake(at, what, "leave it out")
    elif isinstance(column.collation, str) and len(schema.database_type) > 1:
        what = f"{shown(column.collation)} is no collation of every database"
        hint = 'give each its own: {"mysql": "utf8mb4_general_ci", "sqlite": "NOCASE"}'
        yield Mistake(at, what, hint)


def _has_collation(column: Column) -> bool:
    """Return whether the values are texts that a database compares by a collation."""
    if _family(column) not in ("text", "enum", "given"):
        return False
    try:
        name = parse_type(column.type).scalar.name
    except ValueError:
        return True
    return column.stands_for is not None or name == "citext" or name not in SPELLED


def _family(column: Column) -> str:
    if column.stands_for is not None:
        return "given"
    try:
        return parse_type(column.type).family
    except ValueError:
        return "given"
