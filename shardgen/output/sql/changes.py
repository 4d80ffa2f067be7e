"""What a database has otherwise than the schema says: the same for all dialects, then its own."""

from __future__ import annotations

from collections.abc import Iterator

from shardgen.errors import InputWarning, join_path, shown
from shardgen.output.sql.defaults import sets_on_update
from shardgen.output.sql.dialect import Dialect
from shardgen.output.sql.table_keys import PLAIN_KINDS, covered_by_key
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.index_elements import CatalogIndex


def changes(dialect: Dialect, catalog: Catalog) -> Iterator[InputWarning]:
    """Yield what the database does not have as the schema says it."""
    for table in catalog.tables:
        for column in table.columns:
            if not column.broken:
                yield from _changed_default(dialect, column)
                if column.enum_name and not dialect.names_enums:
                    what = f"{dialect.title} gives no enum a name"
                    yield InputWarning(f"{column.path}.enum_name", "unused-enum-name", what)
                yield from _changed_words(dialect, column)
                yield from dialect.column_changes(column, table, catalog)
        yield from _changed_constraints(dialect, table)
        if table.comment is not None and not dialect.has_comments:
            yield _dropped_comment(dialect, table.path)
        for reference in table.references:
            yield from dialect.reference_changes(table, reference, catalog)
        yield from _superfluous_indexes(dialect, table)
        for index in table.indexes:
            if not covered_by_key(table, index):
                yield from _changed_kind(dialect, table, index)
                yield from dialect.index_changes(table, index)
                if dialect.can_index(table, index):
                    yield from _changed_parts(dialect, table, index)


def _changed_words(dialect: Dialect, column: CatalogColumn) -> Iterator[InputWarning]:
    if column.identity == "always" and not dialect.has_identities:
        what = f"{dialect.title} takes other values for the key than those that it counts"
        yield InputWarning(f"{column.path}.identity", "changed-key", what, 'use "by default"')
    if column.comment is not None and not dialect.has_comments:
        yield _dropped_comment(dialect, column.path)

    if column.generated is not None and not (column.stored or dialect.has_virtual):
        what = f"{dialect.title} stores every column that it computes"
        yield InputWarning(f"{column.path}.stored", "changed-generated", what, "leave it out")
    if column.generated is not None and not (column.nullable or dialect.generated_not_null):
        what = f"{dialect.title} has no NOT NULL for a column that it computes"
        hint = 'set "nullable": true'
        yield InputWarning(f"{column.path}.nullable", "changed-generated", what, hint)


def _changed_constraints(dialect: Dialect, table: CatalogTable) -> Iterator[InputWarning]:
    for check in table.checks:
        if not dialect.has_check(table, check):
            path = join_path(table.path, "checks", check.name)
            what = f"{dialect.title} has no CHECK over a key that it counts or changes"
            yield InputWarning(path, "dropped-constraint", what, "the check is left out there")
    for each in table.exclude:
        path = join_path(table.path, "exclude", each.name)
        if dialect.has_exclusions:
            what = f"whether the rows keep {each.name!r} is not known before they are loaded"
            yield InputWarning(path, "unread-constraint", what)
        else:
            what = f"{dialect.title} has no constraint that excludes rows"
            yield InputWarning(path, "dropped-constraint", what, "leave it out")


def _dropped_comment(dialect: Dialect, path: str) -> InputWarning:
    what = f"{dialect.title} has no comments"
    return InputWarning(f"{path}.comment", "dropped-comment", what, "leave it out")


def _superfluous_indexes(dialect: Dialect, table: CatalogTable) -> Iterator[InputWarning]:
    """Yield the indexes of which nothing is left: a key does it, and has another name."""
    named: set[tuple[str, ...]] = set()
    for index in table.indexes:
        if covered_by_key(table, index):
            is_named = dialect.names_key(table, index.columns) and index.columns not in named
            if not (is_named or index.unique):
                what = (
                    f"the index is left out: {dialect.title} has one for the key over its columns"
                )
                at = join_path(table.path, "indexes", index.name)
                yield InputWarning(at, "superfluous-index", what, "leave it out")
            named.add(index.columns)


def _changed_default(dialect: Dialect, column: CatalogColumn) -> Iterator[InputWarning]:
    if column.default is None or column.counts_rows:
        return
    path, said = f"{column.path}.default", shown(column.default)
    is_null = isinstance(column.default, str) and column.default.upper() == "NULL"
    if not is_null and dialect.default(column) is None:
        what = f"{dialect.title} has no function for the default {said}, which is not written"
        yield InputWarning(path, "dropped-default", what, "leave it out")
    elif sets_on_update(column) and "ON UPDATE" not in (dialect.default(column) or ""):
        what = f"{dialect.title} sets no column on UPDATE, as {said} asks for"
        yield InputWarning(path, "dropped-default", what, "write a trigger, or leave it out")


def _changed_parts(
    dialect: Dialect, table: CatalogTable, index: CatalogIndex
) -> Iterator[InputWarning]:
    """Yield the words of an index that the database does not read."""
    path = join_path(table.path, "indexes", index.name)
    for each in index.elements:
        if dialect.index_suffix(each).lower() != each.suffix.lower():
            what = f"{dialect.title} reads not all of {shown(each.suffix)}"
            yield InputWarning(f"{path}.columns", "changed-index", what, "leave it out")
    if index.nulls_not_distinct and not dialect.index_nulls(index):
        what = f"{dialect.title} takes any nulls for different"
        hint = "leave it out, or make the columns not nullable"
        yield InputWarning(f"{path}.nulls_not_distinct", "changed-index", what, hint)


def _changed_kind(
    dialect: Dialect, table: CatalogTable, index: CatalogIndex
) -> Iterator[InputWarning]:
    path = join_path(table.path, "indexes", index.name)
    if not dialect.can_index(table, index):
        over = "such as this" if not index.is_over_columns else "over these columns"
        what = f"the index is left out: {dialect.title} has none {over}"
        yield InputWarning(path, "dropped-index", what, "leave it out")
        return
    kind = index.type.lower()
    if kind not in (*PLAIN_KINDS, dialect.index_kind(table, index)):
        what = f"{dialect.title} has no index {shown(kind)} over these columns, and makes a btree"
        yield InputWarning(f"{path}.type", "changed-index", what, "use btree")
