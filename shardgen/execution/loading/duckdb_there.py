"""Tables of DuckDB that are there, held against the schema: its catalog, and what it casts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from shardgen.errors import InputWarning, Mistake, nearest
from shardgen.execution.loading.duckdb_replacing import DEFAULT_SCHEMA
from shardgen.importing.comparing.differences import ChildKey, Differences
from shardgen.importing.described import Name
from shardgen.output.loading.duckdb import type_name
from shardgen.plan.source import Source
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.qualified_names import split_name

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_COLUMNS = """
    SELECT column_name, data_type, is_nullable, column_default, coalesce(is_generated, false)
    FROM duckdb_columns() JOIN duckdb_tables() USING (database_name, schema_name, table_name)
    WHERE database_name = current_database()
    AND lower(schema_name) = lower(?) AND lower(table_name) = lower(?) ORDER BY column_index
"""
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_DIGITS = {
    "TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19,
    "UTINYINT": 3, "USMALLINT": 5, "UINTEGER": 10, "UBIGINT": 20,
}  # fmt: skip
"""The most digits of whole numbers."""
_EXACT = {"DOUBLE": 15, "FLOAT": 7}
"""The digits of whole numbers that are exact as others."""


class Column(msgspec.Struct, frozen=True):
    """A column that is there."""

    name: str
    kind: str
    nullable: bool
    default: str | None
    is_generated: bool


def columns_there(connection: DuckDBPyConnection, table: str) -> dict[str, Column]:
    """Return the columns of a table by their names in lower case; none where it is not there."""
    schema, own = split_name(table)
    found = connection.execute(_COLUMNS, (schema or DEFAULT_SCHEMA, own)).fetchall()
    return {row[0].lower(): Column(*row) for row in found}


def find_differences(connection: DuckDBPyConnection, source: Source) -> Differences:
    """Return in what the tables of a source differ from those that are there."""
    catalog, plan = source.plan.catalog.as_written, source.plan
    mistakes: list[Mistake] = []
    warnings: list[InputWarning] = []
    out: dict[str, tuple[str, ...]] = {}
    for name in plan.counts:
        table, there = catalog.table(name), columns_there(connection, name)
        if not there:
            what = f"there is no table {name!r} in the database"
            mistakes.append(Mistake(table.path, what, "make it, or leave the tables to shardgen"))
            continue
        nulls = {c for c, bound in source.bound[name].columns.items() if bound.null is not None}
        for column in table.row_columns:
            mistakes += _refused(connection, table, column, there, has_nulls=column.name in nulls)
        computed = [c for c in table.row_columns if _is_computed(c, there)]
        if computed:
            out[name] = tuple(c.name for c in computed)
            what = "it is computed there, and is left out of the rows"
            warnings += (InputWarning(c.path, "left-out-column", what) for c in computed)
        for found in _extra(table, there):
            if isinstance(found, Mistake):
                mistakes.append(found)
            else:
                warnings.append(found)
    return Differences(
        mistakes=tuple(mistakes),
        warnings=tuple(warnings),
        left_out=out,
        children=tuple(children_there(connection, source)),
    )


def children_there(connection: DuckDBPyConnection, source: Source) -> Iterator[ChildKey]:
    """Yield the keys to tables that get rows, of tables that are there and get none."""
    counts = source.plan.counts
    for table in source.plan.catalog.as_written.tables:
        if table.name in counts or not columns_there(connection, table.name):
            continue
        for key in table.references:
            if key.table in counts:
                name = Name(*split_name(table.name))
                yield ChildKey(name, tuple(key.columns), key.table, tuple(key.parent_columns))


def _is_computed(column: CatalogColumn, there: Mapping[str, Column]) -> bool:
    return column.name.lower() in there and there[column.name.lower()].is_generated


def _refused(
    connection: DuckDBPyConnection,
    table: CatalogTable,
    column: CatalogColumn,
    there: Mapping[str, Column],
    *,
    has_nulls: bool,
) -> Iterator[Mistake]:
    """Yield why a column would not have its values, if so."""
    found = there.get(column.name.lower())
    if found is None:
        names = [each.name for each in there.values()]
        hint = nearest(column.name, names) or 'add it there, or say "hidden" in the schema'
        yield Mistake(column.path, f"{table.name} has no column {column.name!r}", hint)
        return
    if found.is_generated:
        return
    made = type_name(column.sql_type)
    if not _takes(connection, made, found.kind):
        what = f"it is {found.kind} in the database, and not every {made} is one"
        yield Mistake(column.path, what, "widen the type there, or change it in the schema")
    if has_nulls and not found.nullable:
        what = f"it is NOT NULL in {table.name}, and some rows have NULL"
        yield Mistake(column.path, what, 'leave out "nullable", or let the database take NULL')


def _takes(connection: DuckDBPyConnection, made: str, there: str) -> bool:
    """Return whether a type has all values of another, as they are."""
    if made == there or (made == "VARCHAR" and there.startswith("ENUM(")):
        return True  # another label is an error
    wide, own = _DECIMAL.fullmatch(there), _DECIMAL.fullmatch(made)
    if made in _DIGITS and there in _EXACT:
        return _DIGITS[made] <= _EXACT[there]
    if wide is not None and (own is not None or made in _DIGITS):
        digits, scale = map(int, own.groups()) if own else (_DIGITS[made], 0)
        whole = int(wide[1]) - int(wide[2])
        return scale <= int(wide[2]) and digits - scale <= whole
    if own is not None or wide is not None:
        return False
    query = f"SELECT can_cast_implicitly(CAST(NULL AS {made}), CAST(NULL AS {there}))"
    ((castable,),) = connection.execute(query).fetchall()
    return bool(castable)


def _extra(table: CatalogTable, there: Mapping[str, Column]) -> Iterator[Any]:
    """Yield a mistake or a warning for each column that the schema does not have."""
    known = {column.name.lower() for column in table.columns}
    for name, found in there.items():
        if name in known or found.is_generated:
            continue
        if not found.nullable and found.default is None:
            what = f"{table.name}.{found.name} is NOT NULL without a default, and not in the schema"
            yield Mistake(table.path, what, "add it to the schema, or give it a default there")
        else:
            what = f"{table.name}.{found.name} is not in the schema, and gets "
            what += f"{found.default or 'NULL'} in every row"
            yield InputWarning(table.path, "left-to-default", what)
