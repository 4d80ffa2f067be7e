"""Contradictions of what a schema says in SQL: checks, exclusions, generated columns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shardgen.errors import Mistake, join_path
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.index_elements import keyed_by
from shardgen.schema.model import Schema
from shardgen.schema.sql_text import SqlText, sql_texts, unsafe_sql, words_of

_WORD = re.compile(r"[A-Za-z_][\w]*")
_BY_DATABASE = 'give each database its own: {"postgres": "…", "mysql": "…"}'


def check_sql(schema: Schema, table: CatalogTable) -> Iterator[Mistake]:
    """Yield what is wrong with the SQL of a table that was read."""
    for check in table.checks:
        at = join_path(table.path, "checks", check.name)
        yield from unsafe_texts(schema, check.expression, f"{at}.expression")
    for each in table.exclude:
        at = join_path(table.path, "exclude", each.name)
        yield from unsafe_texts(schema, each.elements, f"{at}.elements")
        yield from unsafe_texts(schema, each.where, f"{at}.where")
        if not _WORD.fullmatch(each.using):
            yield Mistake(f"{at}.using", f"{each.using!r} is no kind of index", "such as gist")
    for column in table.columns:
        if column.generated is not None:
            yield from _check_generated(schema, table, column)
        elif not column.stored:
            what = "stored is said of a column that is not generated"
            yield Mistake(f"{column.path}.stored", what, "leave it out")


def reads_in_sql(table: CatalogTable, name: str) -> bool:
    """Return whether a column stands in SQL that the database has of a table."""
    said: list[SqlText | None] = [check.expression for check in table.checks]
    said += [text for each in table.exclude for text in (each.elements, each.where)]
    said += [column.generated for column in table.columns]
    said += [index.where for index in table.indexes]
    said += [each.expression for index in table.indexes for each in index.elements]
    function = re.compile(rf"\b{re.escape(name)}\s*\(", re.IGNORECASE)
    texts = (function.sub("(", text) for each in said for _, text, _ in sql_texts(each))
    return any(name.casefold() in words_of(text) for text in texts)


def unsafe_texts(schema: Schema, text: SqlText | None, path: str) -> Iterator[Mistake]:
    """Yield the texts of SQL that could end the place where they stand."""
    for inside, said, databases in sql_texts(text):
        known = databases if inside else tuple(schema.database_type)
        why = unsafe_sql(said, known)
        if why is not None:
            hint = _BY_DATABASE if "MySQL" in why else "write one condition or value of SQL"
            yield Mistake(path + inside, f"the SQL is not carried: {why}", hint)


def _check_generated(
    schema: Schema, table: CatalogTable, column: CatalogColumn
) -> Iterator[Mistake]:
    path = f"{column.path}.generated"
    yield from unsafe_texts(schema, column.generated, path)
    if isinstance(column.generated, dict):
        for name in schema.database_type:
            if name not in column.generated:
                yield Mistake(path, f"there is no expression for {name}", _BY_DATABASE)
    said = {
        "a generator": column.generator is not None,
        "a default": column.default is not None,
        "a correlation": column.correlation is not None,
        "an order": column.order is not None,
        "numbers that count": column.counts_rows,
        "a foreign key": table.refers(column.name),
        "alternatives in one_of": any(column.name in names.columns for names in table.one_of),
    }
    for what, is_said in said.items():
        if is_said:
            yield Mistake(path, f"the column has {what} too", "leave one of them out")
    yield from _check_unique(table, column, path)
    if column.hidden:
        yield Mistake(path, "the column is hidden, and no database computes it", "leave one out")
    if column.primary_key:
        yield Mistake(path, "the column is part of the primary key", "use another column")
    if all(each.generated is not None or each.hidden for each in table.columns):
        yield Mistake(path, "no column of the table is left to be written", "write one of them")


def _check_unique(table: CatalogTable, column: CatalogColumn, path: str) -> Iterator[Mistake]:
    """Check that what makes a generated column unique is known."""
    if any(column.name in names for names in table.unique_sets):
        what = "the column is unique together with others, which is not known of its expression"
        yield Mistake(path, what, "leave out unique")
    elif column.is_key:
        names = [each.name for each in table.columns]
        for inside, text, _ in sql_texts(column.generated):
            if keyed_by(text, names) is None:
                what = "whether rows are unique by the expression is not known"
                hint = "write lower(column) or upper(column), or leave out unique"
                yield Mistake(path + inside, what, hint)
