"""Files of DuckDB, and folders of files that DuckDB reads, described as a database is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shardgen.errors import DatabaseError, Mistake, PlanError, missing_package
from shardgen.execution.profiling.door import AT_ONCE, Door, Rows
from shardgen.execution.profiling.sql import SAMPLINGS
from shardgen.importing.described import Column, Database, ForeignKey, Index, KeyPart, Name, Table
from shardgen.importing.filtering import Filters, filtered

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_READERS = {
    ".csv": "read_csv", ".tsv": "read_csv", ".csv.gz": "read_csv", ".tsv.gz": "read_csv",
    ".csv.zst": "read_csv", ".tsv.zst": "read_csv", ".parquet": "read_parquet",
    ".jsonl": "read_json_auto", ".jsonl.gz": "read_json_auto",
}  # fmt: skip
_TYPES = {
    "hugeint": "numeric(38,0)", "uhugeint": "numeric(38,0)", "ubigint": "numeric(20,0)",
    "uinteger": "bigint", "usmallint": "integer", "utinyint": "smallint", "tinyint": "smallint",
    "float": "real", "double": "double precision", "varchar": "text", "blob": "bytea",
    "timestamp_s": "timestamp", "timestamp_ms": "timestamp", "timestamp_ns": "timestamp",
}  # fmt: skip
"""What PostgreSQL calls types of DuckDB that it has otherwise."""
_NESTED = re.compile(r"(STRUCT|MAP|UNION)\b|\)\[|\]\[")


@contextmanager
def duckdb_file(url: str, filters: Filters) -> Iterator[Door]:
    """Give a file of DuckDB by its URL, duckdb:///shop.duckdb."""
    path = url.removeprefix("duckdb://").partition("?")[0].removeprefix("/")
    path = f"/{path}" if url.startswith("duckdb:////") else path
    if not path or not Path(path).is_file():
        raise DatabaseError(f"there is no file {path or url}; write duckdb:///FILE")
    with _connected(path) as connection:
        yield _door(connection, Path(path).stem, url, filters, (), ())


@contextmanager
def folder(path: Path, filters: Filters) -> Iterator[Door]:
    """Give the tables of a folder: a file each, or a folder of files with the table's name."""
    found = dict(_files(path))
    if not found:
        what = f"{path} has no files of rows"
        raise PlanError([Mistake("", what, "CSV, TSV, JSON lines and Parquet are read")])
    with _connected(":memory:") as connection:
        import duckdb

        errors: type[Exception] = duckdb.Error
        for name, files in found.items():
            reader = _READERS[_ending(files[0])]
            listed = ", ".join(_quoted(str(file)) for file in files)
            sql = f"CREATE VIEW {_name(name)} AS SELECT * FROM {reader}([{listed}])"
            try:
                connection.execute(sql)
            except errors as error:
                raise DatabaseError(f"cannot read {files[0]}: {_first_line(error)}") from None
        yield _door(connection, path.resolve().name, str(path), filters, tuple(found), ())


def _files(path: Path) -> Iterator[tuple[str, list[Path]]]:
    for each in sorted(path.iterdir()):
        if each.is_file() and _ending(each):
            yield each.name.removesuffix(_ending(each)), [each]
        elif each.is_dir():
            files = [file for file in sorted(each.iterdir()) if _ending(file)]
            files = [file for file in files if _ending(file) == _ending(files[0])]
            if files:
                yield each.name, files


def _ending(path: Path) -> str:
    return next((e for e in sorted(_READERS, key=len, reverse=True) if path.name.endswith(e)), "")


@contextmanager
def _connected(path: str) -> Iterator[DuckDBPyConnection]:
    try:
        import duckdb
    except ImportError:
        raise missing_package("reading such files", "DuckDB", "duckdb") from None
    try:
        connection = duckdb.connect(path, read_only=path != ":memory:")
    except duckdb.Error as error:
        raise DatabaseError(f"cannot read {path}: {_first_line(error)}") from None
    try:
        yield connection
    except duckdb.Error as error:
        raise DatabaseError(f"cannot read {path}: {_first_line(error)}") from None
    finally:
        connection.close()


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def _door(
    connection: DuckDBPyConnection,
    name: str,
    origin: str,
    filters: Filters,
    views: Sequence[str],
    notes: tuple[str, ...],
) -> Door:
    for setting in SAMPLINGS["duckdb"].settings:
        connection.execute(setting)

    def ask(query: str) -> Rows:
        rows: Rows = connection.execute(query).fetchall()
        return rows

    def stream(query: str) -> Iterator[Rows]:
        cursor = connection.execute(query)
        while rows := cursor.fetchmany(AT_ONCE):
            yield rows

    tables = [*_tables(ask, views)]
    if not tables:
        raise DatabaseError(f"{origin} has no tables")
    database = Database(dialect="postgres", name=name, tables=tuple(tables), notes=notes)
    return Door(
        database=filtered(database, filters),
        origin=origin,
        sampling=SAMPLINGS["duckdb"],
        ask=ask,
        stream=stream,
    )


def _tables(ask: Any, views: Sequence[str]) -> Iterator[Table]:
    """Yield the tables as DuckDB's catalog has them; of views the key that values show."""
    columns: dict[Name, list[Column]] = {}
    listed = ask(
        "SELECT schema_name, table_name, column_name, data_type, is_nullable, table_oid "
        "FROM duckdb_columns() WHERE NOT internal ORDER BY 1, 2, column_index"
    )
    for schema, table, column, kind, nullable, _ in listed:
        made = Column(name=column, type=_type(kind), nullable=bool(nullable))
        columns.setdefault(_of(schema, table), []).append(made)
    constraints: dict[Name, list[Sequence[Any]]] = {}
    for schema, table, *rest in ask(
        "SELECT schema_name, table_name, constraint_type, constraint_column_names, "
        "referenced_table, referenced_column_names FROM duckdb_constraints()"
    ):
        constraints.setdefault(_of(schema, table), []).append(rest)
    for name, of in sorted(columns.items()):
        if name.name in views:
            yield _of_view(ask, name, of)
        else:
            yield _table(name, of, constraints.get(name, ()))


def _of(schema: str, name: str) -> Name:
    return Name("" if schema == "main" else schema, name)


def _table(name: Name, columns: list[Column], said: Sequence[Sequence[Any]]) -> Table:
    primary: tuple[str, ...] = ()
    indexes, keys = [], []
    for kind, names, table, ends in said:
        if kind == "PRIMARY KEY":
            primary = tuple(names)
        elif kind == "UNIQUE":
            parts = tuple(KeyPart(column=each) for each in names)
            indexes.append(Index(name="", parts=parts, unique=True, constraint=True))
        elif kind == "FOREIGN KEY":
            end = Name(name.schema, table)
            keys.append(
                ForeignKey(name="", columns=tuple(names), table=end, references=tuple(ends))
            )
    return Table(
        name=name,
        columns=tuple(columns),
        primary_key=primary,
        indexes=tuple(indexes),
        foreign_keys=tuple(keys),
    )


def _of_view(ask: Any, name: Name, columns: list[Column]) -> Table:
    """Return a table of a file: what is never null is so, and `id` is its key where it is one."""
    facts = [f"count({_name(c.name)})" for c in columns]
    own = [c.name for c in columns if c.name.lower() in _key_names(name.name)][:1]
    distinct = [f"count(DISTINCT {_name(each)})" for each in own]
    ((rows, *found),) = ask(
        f"SELECT {', '.join(['count(*)', *facts, *distinct])} FROM {_name(name.name)}"
    )
    given: Mapping[str, int] = dict(zip((c.name for c in columns), found, strict=False))
    is_key = bool(own) and rows > 0 and found[-1] == rows == given[own[0]]
    made = tuple(
        Column(name=c.name, type=c.type, nullable=given[c.name] < rows or not rows) for c in columns
    )
    return Table(name=name, columns=made, primary_key=tuple(own) if is_key else (), rows=rows)


def _key_names(table: str) -> tuple[str, ...]:
    from shardgen.generators.inference import singular, words_of

    words = [*words_of(table)]
    one = "_".join([*words[:-1], singular(words[-1])]) if words else table.lower()
    return "id", f"{one}_id", f"{one}id", f"{one.replace('_', '')}id"


def _type(kind: str) -> str:
    """Return a type of DuckDB as PostgreSQL calls one that holds its values."""
    if _NESTED.search(kind):
        return "json"
    base, array = (kind[:-2], "[]") if kind.endswith("[]") else (kind, "")
    if base.startswith("ENUM("):
        return "text" + array
    return _TYPES.get(base.lower(), base.lower()) + array


def _name(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _quoted(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
