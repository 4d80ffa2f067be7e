"""Scripts that load CSV or TSV: psql's own COPY, LOAD DATA of MySQL, and one of DuckDB."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from shardgen.output.format import Contents
from shardgen.output.loading import duckdb
from shardgen.output.loading.commands import COMMANDS, MYSQL, POSTGRES
from shardgen.output.sql import dump
from shardgen.output.sql.dialect import Dialect
from shardgen.output.sql.dialects import DIALECTS
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.types import ColumnType

_NULL_OF_MYSQL = "NULL"
_BITS_OF_MYSQL = 64
_STAGE = "shardgen_stage"
_SCRIPTS = {"postgres": POSTGRES, "mysql": MYSQL}


class Reading(msgspec.Struct, frozen=True):
    """
    How files are to be read: what separates values, and what stands for NULL.

    `program` decompresses them, "" where they are plain. `ddl` says whether to make the tables.
    """

    separator: str
    null: str
    program: str
    ddl: bool


def scripts(
    contents: Contents,
    files: Mapping[str, Sequence[str]],
    databases: Sequence[str],
    reading: Reading,
) -> dict[str, bytes]:
    """
    Return the scripts for those of the databases that read such files, and for DuckDB.

    MySQL reads no compressed files.
    """
    made = {}
    if "postgres" in databases:
        made[POSTGRES] = _script(contents, "postgres", reading, _copies(contents, files, reading))
    if "mysql" in databases and not reading.program:
        made[MYSQL] = _script(contents, "mysql", reading, _loads(contents, files, reading))
    csv = duckdb.csv(reading.separator, reading.null)
    return made | duckdb.scripts(contents, files, csv, ddl=reading.ddl)


def _script(contents: Contents, database: str, reading: Reading, loads: Iterator[str]) -> bytes:
    dialect = DIALECTS[database]
    lines = [dialect.comment(f"run it in this folder: {COMMANDS[_SCRIPTS[database]]}")]
    if database == "mysql" and reading.null != _NULL_OF_MYSQL:
        what = 'LOAD DATA takes "" for NULL where a column may be NULL'
        lines.append(dialect.comment(f"{what}; files made with --null NULL tell them apart"))
    header = dump.dump_header(contents, dialect, ddl=reading.ddl, load="")
    footer = dump.dump_footer(contents, dialect, ddl=reading.ddl)
    return "\n".join([*lines, header.decode(), *loads]).encode() + b"\n" + footer


def _copies(
    contents: Contents, files: Mapping[str, Sequence[str]], reading: Reading
) -> Iterator[str]:
    dialect = DIALECTS["postgres"]
    tab = r", DELIMITER E'\t'" if reading.separator == "\t" else ""
    options = f"FORMAT csv, HEADER, ENCODING 'UTF8', NULL {dialect.string(reading.null)}{tab}"
    for table in contents.tables():
        has_arrays = any(column.sql_type.element is not None for column in table.row_columns)
        name = _STAGE if has_arrays else dialect.table_name(table.name)
        if has_arrays:
            yield from _stage(table, dialect)
        for file in files[table.name]:
            command = f'{reading.program} -dc "{file}"'
            source = f"PROGRAM {_text(command)}" if reading.program else _text(file)
            yield f"\\copy {name} ({dialect.names(table)}) FROM {source} WITH ({options})"
        if has_arrays:
            yield from _from_stage(table, dialect)


def _stage(table: CatalogTable, dialect: Dialect) -> Iterator[str]:
    """Yield what makes a table for rows whose arrays are read as text: files have them as JSON."""
    yield f"CREATE TEMPORARY TABLE {_STAGE} (LIKE {dialect.table_name(table.name)});"
    for column in table.columns:
        name = dialect.quote(column.name)
        if column.generated is not None:
            yield f"ALTER TABLE {_STAGE} DROP {name};"
        elif column.sql_type.element is not None:
            yield f"ALTER TABLE {_STAGE} ALTER {name} TYPE text USING NULL;"


def _from_stage(table: CatalogTable, dialect: Dialect) -> Iterator[str]:
    """Yield what brings those rows into the table itself."""
    values = ", ".join(_unpacked(column, dialect) for column in table.row_columns)
    into = f"{dialect.table_name(table.name)} ({dialect.names(table)}) OVERRIDING SYSTEM VALUE"
    yield f"INSERT INTO {into}\n  SELECT {values} FROM {_STAGE};"
    yield f"DROP TABLE {_STAGE};"


def _unpacked(column: CatalogColumn, dialect: Dialect) -> str:
    """Return a column of the stage; an array with its elements, in their order."""
    name = dialect.quote(column.name)
    if column.sql_type.element is None:
        return name
    array = _array(f"{name}::json", column.sql_type.element, dialect, 1)
    return f"CASE WHEN {name} IS NOT NULL THEN {array}::{dialect.type_name(column.sql_type)} END"


def _array(json: str, element: ColumnType, dialect: Dialect, level: int) -> str:
    """Return an array from JSON; the elements of one may be arrays themselves."""
    each, unpacking = f"e{level}", "json_array_elements"
    if element.element is not None:
        value = _array(each, element.element, dialect, level + 1)
    elif element.family == "json":
        value = f"NULLIF({each}::text, 'null')::{dialect.type_name(element)}"
    else:
        unpacking += "_text"
        value = f"{each}::{dialect.type_name(element)}"
        value = f"decode({each}, 'hex')" if element.family == "bytes" else value
    source = f"{unpacking}({json}) WITH ORDINALITY AS x{level}({each}, n{level})"
    return f"ARRAY(SELECT {value} FROM {source} ORDER BY n{level})"


def _text(text: str) -> str:
    """Return a text as psql's own commands take it."""
    return "'" + text.replace("'", "''") + "'"


def _loads(
    contents: Contents, files: Mapping[str, Sequence[str]], reading: Reading
) -> Iterator[str]:
    dialect = DIALECTS["mysql"]
    separator = r"\t" if reading.separator == "\t" else reading.separator
    how = (
        f"CHARACTER SET utf8mb4\n  FIELDS TERMINATED BY '{separator}' "
        "OPTIONALLY ENCLOSED BY '\"' ESCAPED BY ''\n  LINES TERMINATED BY '\\n' IGNORE 1 LINES"
    )
    for table in contents.tables():
        columns = _columns(table, dialect, reading.null)
        for file in files[table.name]:
            yield (
                f"LOAD DATA LOCAL INFILE {dialect.string(file)} INTO TABLE "
                f"{dialect.table_name(table.name)} {how}\n  {columns};"
            )


def _columns(table: CatalogTable, dialect: Dialect, null: str) -> str:
    """Return the columns of a LOAD DATA, and what those are set to that are not read as text."""
    names, sets = [], []
    for n, column in enumerate(table.row_columns):
        value = _value(column, f"@v{n}", dialect, null)
        name = dialect.quote(column.name)
        names.append(name if value is None else f"@v{n}")
        if value is not None:
            sets.append(f"{name} = {value}")
    listed = f"({', '.join(names)})"
    return f"{listed}\n  SET {', '.join(sets)}" if sets else listed


def _value(column: CatalogColumn, read: str, dialect: Dialect, null: str) -> str | None:
    """Return a column's value from what was read of it; None where that is the value itself."""
    is_read_as_null = null == _NULL_OF_MYSQL or not column.nullable
    # As bytes: most collations take a space for nothing, and some a letter for another.
    is_null = f"CAST({read} AS BINARY) = {dialect.string(null)}"
    value = read if is_read_as_null else f"IF({is_null}, NULL, {read})"
    kind = column.sql_type
    match kind.family:
        case "boolean":
            return f"{value} = 'true'"
        case "bytes":
            return f"UNHEX(SUBSTR({value}, 3))"
        case "bits" if kind.name == "bit" and (kind.length or 1) <= _BITS_OF_MYSQL:
            return f"CAST(CONV({value}, 2, 10) AS UNSIGNED)"
    return None if value == read else value
