"""The shape of what is described: tables, columns, keys; of a schema or of a database's catalog."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from shardgen.execution.description.description import Kind, TableDescription
from shardgen.execution.description.made_by import law_of, made_by
from shardgen.importing.described import Column as DescribedColumn
from shardgen.importing.described import Database, Name
from shardgen.importing.described import Table as DescribedTable
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.sql_text import sql_for
from shardgen.schema.types import ColumnType, parse_type

_KINDS: dict[str, Kind] = {
    "integer": "number", "decimal": "number", "float": "number", "date": "date",
    "timestamp": "timestamp", "boolean": "boolean", "text": "text", "enum": "text", "uuid": "text",
}  # fmt: skip


class ColumnShape(msgspec.Struct, frozen=True, kw_only=True):
    """A column: `scale` is the digits behind the point of a decimal; `asked` correlations."""

    name: str
    type: str
    kind: Kind
    is_nullable: bool = True
    is_whole: bool = False
    scale: int | None = None
    made_by: str = ""
    about: str = ""
    asked: tuple[str, float] | None = None


class KeyShape(msgspec.Struct, frozen=True, kw_only=True):
    """A foreign key, by the names of tables as they are described."""

    columns: tuple[str, ...]
    table: str
    parent_columns: tuple[str, ...]
    is_unique: bool = False
    law: str = ""


class CheckShape(msgspec.Struct, frozen=True, kw_only=True):
    """A condition in SQL; `sql` is "" where it is not for the database that is asked."""

    name: str
    text: str
    sql: str = ""
    holds: bool | None = None


class TableShape(msgspec.Struct, frozen=True, kw_only=True):
    """
    A table: `place` is its name for queries, with that of its schema before it where it has one.

    `uniques` are the sets of columns of which no two rows have the same values, the primary key
    first; those of the schema that hold for some rows alone are not among them.
    """

    name: str
    place: tuple[str, ...]
    columns: tuple[ColumnShape, ...]
    primary_key: tuple[str, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()
    keys: tuple[KeyShape, ...] = ()
    checks: tuple[CheckShape, ...] = ()
    about: str = ""
    planned: int | None = None

    def column(self, name: str) -> ColumnShape:
        """Return the column of that name; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def shapes_of_catalog(catalog: Catalog, database: str) -> dict[str, TableShape]:
    """Return the shapes of a schema's tables by name; `catalog` has no hidden columns."""
    return {table.name: _of_catalog(table, database) for table in catalog.tables}


def _of_catalog(table: CatalogTable, database: str) -> TableShape:
    keys = tuple(
        KeyShape(
            columns=key.columns,
            table=key.table,
            parent_columns=key.parent_columns,
            is_unique=table.is_key_together(key.columns),
            law=law_of(table, key),
        )
        for key in table.references
        if not key.target_of
    )
    checks = ((c.name, sql_for(c.expression, database)) for c in table.checks)
    return TableShape(
        name=table.name,
        place=(table.name,),
        columns=tuple(_catalog_column(table, column) for column in table.columns),
        primary_key=table.primary_key,
        uniques=tuple(dict.fromkeys(_uniques(table))),
        keys=keys,
        checks=tuple(CheckShape(name=n, text=text) for n, text in checks if text is not None),
        about=table.description,
    )


def _uniques(table: CatalogTable) -> Iterator[tuple[str, ...]]:
    """Yield the sets that are unique over all rows, as the schema says them."""
    whole = {i.columns for i in table.indexes if i.unique and i.is_over_columns and not i.where}
    if table.primary_key:
        yield table.primary_key
    yield from ((column.name,) for column in table.columns if column.unique)
    yield from (s for s in table.unique_sets if s in table.said_unique or s in whole)


def _catalog_column(table: CatalogTable, column: CatalogColumn) -> ColumnShape:
    kind, follows = column.sql_type, column.correlation
    return ColumnShape(
        name=column.name,
        type=column.type,
        kind=kind_of(kind),
        is_nullable=column.nullable and not column.primary_key,
        is_whole=kind.family == "integer" or (kind.family == "decimal" and not kind.scale),
        scale=kind.scale if kind.family == "decimal" else None,
        made_by=made_by(table, column),
        about=column.description,
        asked=None if follows is None else (follows.column, follows.rho),
    )


def kind_of(kind: ColumnType) -> Kind:
    """Return what may be said of the values of a type."""
    return _KINDS.get(kind.family, "other")


def shapes_of_database(database: Database) -> dict[str, TableShape]:
    """Return the shapes of a database's tables by name."""
    known = {table.name for table in database.tables}
    return {str(table.name): _of_database(table, database, known) for table in database.tables}


def _of_database(table: DescribedTable, database: Database, known: set[Name]) -> TableShape:
    uniques = [table.primary_key] if table.primary_key else []
    uniques += [i.columns for i in table.unique_sets if i.columns is not None and i.where is None]
    keys = tuple(
        KeyShape(
            columns=key.columns,
            table=str(key.table),
            parent_columns=key.references,
            is_unique=any(set(key.columns) == set(names) for names in uniques),
        )
        for key in table.foreign_keys
        if key.table in known
    )
    return TableShape(
        name=str(table.name),
        place=tuple(name for name in table.name if name),
        columns=tuple(_database_column(column, table, database) for column in table.columns),
        primary_key=table.primary_key,
        uniques=tuple(dict.fromkeys(uniques)),
        keys=keys,
        checks=tuple(
            CheckShape(name=c.name, text=c.expression, sql=c.expression) for c in table.checks
        ),
        about=table.comment,
    )


def _database_column(
    column: DescribedColumn, table: DescribedTable, database: Database
) -> ColumnShape:
    kind = _type_of(column.type, database)
    family = "" if kind is None else kind.family
    return ColumnShape(
        name=column.name,
        type=column.type,
        kind="other" if kind is None else kind_of(kind),
        is_nullable=column.nullable and column.name not in table.primary_key,
        is_whole=family == "integer",
        scale=kind.scale if kind is not None and family == "decimal" and kind.scale else None,
        about=column.comment,
    )


def with_kinds_of(shape: TableShape, like: TableDescription) -> TableShape:
    """Return the shape with truths as truths or as numbers, as another description has them."""
    columns = []
    for column in shape.columns:
        same = like.column(column.name)
        if same is not None and {column.kind, same.kind} == {"boolean", "number"}:
            columns.append(msgspec.structs.replace(column, kind=same.kind, is_whole=True))
        else:
            columns.append(column)
    return msgspec.structs.replace(shape, columns=tuple(columns))


def _type_of(text: str, database: Database) -> ColumnType | None:
    """Return a type of a database, or that of its domain; None for one that is not known here."""
    domains = {name: d.type for d in database.domains for name in (str(d.name), d.name.name)}
    enums = {name: e for e in database.enums for name in (str(e.name), e.name.name)}
    text = domains.get(text, text)
    if text in enums:
        return ColumnType("text")
    try:
        return parse_type(text)
    except ValueError:
        return None
