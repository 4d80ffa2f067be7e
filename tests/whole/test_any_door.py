"""Any door, same rows: each format is read by programs that are not ours, cell by cell."""

from __future__ import annotations

import contextlib
import csv
import gzip
import hashlib
import json
import re
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.databases import Database, MariaDB, SQLite, new_database, python_value
from support.doors import ROWS, Rows, differences, every_cell, expected, write

import shardgen
from shardgen.errors import OutputError
from shardgen.output.file_names import table_stems
from shardgen.schema.model import Column, Schema

COMPRESSIONS = ("none", "gzip", "zstd")


def of_tables(schema: Schema, folder: Path, ending: str) -> dict[str, Path]:
    """Return each table's file."""
    stems = table_stems(table.name for table in schema.tables)
    return {name: folder / f"{stem}{ending}" for name, stem in stems.items()}


def read_value(text: str | None, column: Column) -> Any:  # noqa: PLR0911 -- one for each kind
    """Return the value that a text of CSV or JSON means."""
    kind = column.type.split("(")[0]
    if text is None or not isinstance(text, str) or column.type.endswith("[]"):
        return python_value(text, column)
    match kind:
        case "tinyint" | "smallint" | "int" | "bigint" | "bigint unsigned" | "smallint unsigned":
            return int(text)
        case "float" | "double":
            return python_value(float(text), column)
        case "decimal":
            return Decimal(text)
        case "boolean":
            return {"true": True, "false": False}[text]
        case "varbinary":
            assert text.startswith("\\x")
            return bytes.fromhex(text[2:])
    return python_value(text.removesuffix("Z") if kind == "timestamp" else text, column)


def decompressed(path: Path) -> bytes:
    """Return the bytes of a file, by the program that its ending asks for."""
    if path.suffix == ".gz":
        subprocess.run(["gzip", "-t", path], check=True)
        return gzip.decompress(path.read_bytes())
    if path.suffix == ".zst":
        program = shutil.which("zstd")
        if program is None:
            pytest.skip("no zstd on PATH")
        subprocess.run([program, "-qt", path], check=True)
        return subprocess.run([program, "-qdc", path], check=True, capture_output=True).stdout
    return path.read_bytes()


ENDINGS = {"none": "", "gzip": ".gz", "zstd": ".zst"}


@pytest.mark.parametrize("compress", COMPRESSIONS)
@pytest.mark.parametrize(("form", "separator"), [("csv", ","), ("tsv", "\t")])
def test_python_reads_every_cell_of_csv(form, separator, compress, tmp_path):
    """With a word for NULL, its reader, which knows no quotes, tells all but that word apart."""
    schema = every_cell()
    write(schema, tmp_path / "out", format=form, null="<null>", compress=compress)
    rows = expected(schema)
    files = of_tables(schema, tmp_path / "out", f".{form}{ENDINGS[compress]}")
    for table in schema.tables:
        lines = decompressed(files[table.name]).decode().splitlines(keepends=True)
        text = "".join(lines).split("\n")
        found = list(csv.reader((line + "\n" for line in text[:-1]), delimiter=separator))
        assert [column.name for column in table.columns] == found[0]
        read = [
            {
                c.name: read_value(None if cell == "<null>" else cell, c)
                for c, cell in zip(table.columns, cells, strict=True)
            }
            for cells in found[1:]
        ]
        assert [] == differences(rows[table.name], read)


@pytest.mark.parametrize("compress", COMPRESSIONS)
def test_python_reads_every_cell_of_json_lines(compress, tmp_path):
    """Each line is an object with all columns in order; JSON is no text in it."""
    schema = every_cell()
    write(schema, tmp_path / "out", format="jsonl", compress=compress)
    rows = expected(schema)
    files = of_tables(schema, tmp_path / "out", f".jsonl{ENDINGS[compress]}")
    for table in schema.tables:
        lines = decompressed(files[table.name]).decode().split("\n")
        assert "" == lines.pop()
        cells = [json.loads(line, parse_float=Decimal) for line in lines]
        assert all([c.name for c in table.columns] == [*each] for each in cells)
        read = [{c.name: read_json(row[c.name], c) for c in table.columns} for row in cells]
        assert [] == differences(rows[table.name], read)


NUMBERS = ("tinyint", "smallint", "int", "bigint", "decimal", "float", "double")


def read_json(cell: Any, column: Column) -> Any:
    """Return what a value of JSON means, of the kind that its column has there."""
    if column.type.endswith("[]"):
        return python_value(cell, column)
    if cell is None or column.type == "json":
        return json.loads(json.dumps(cell, default=float))
    is_number = re.match(r"[a-z]*", column.type)[0] in NUMBERS
    kinds: Any = (int, Decimal) if is_number else str
    assert isinstance(cell, bool if column.type == "boolean" else kinds)
    return cell if column.type == "boolean" else read_value(str(cell), column)


def assert_loaded(database: Database, schema: Schema) -> None:
    """Every cell of every table is that of the library."""
    for name, rows in expected(schema).items():
        assert [] == differences(rows, database.rows(name, schema))


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("csv", {}),
        ("csv", {"null": "NULL", "file_rows": 70}),
        ("tsv", {}),
        ("csv", {"compress": "gzip"}),
        ("tsv", {"compress": "zstd", "file_rows": 100}),
    ],
)
def test_postgres_loads_every_cell_by_the_script(form, options, request, tmp_path):
    """As it lies in the folder, and with all keys."""
    schema = every_cell("postgres", "mysql")
    write(schema, tmp_path / "out", format=form, **options)
    with new_database("postgres", request, tmp_path) as database:
        database.load(tmp_path / "out" / "load-postgres.sql")
        assert_loaded(database, schema)
        assert 1 == len(database.foreign_keys(schema.tables[1].name))


def arrays_in_a_schema() -> dict[str, Any]:
    """Return arrays of many kinds, beside what is in no file, in a table of a schema."""
    kinds = {"words": "text[]", "docs": "jsonb[]", "times": "timestamp[]", "blobs": "bytea[]"}
    some = [{"name": name, "type": kind} for name, kind in kinds.items()]
    given = {
        "grid": [[[1, 2], [3, 4]], [[5, 6]], []],
        "cube": [[[[1, 2]], [[3, 4]]], []],
        "gaps": [[None, 1], [None], []],
    }
    deep = [
        {
            "name": name,
            "type": {"grid": "int[][]", "cube": "int[][][]", "gaps": "int[]"}[name],
            "nullable": name == "gaps",
            "generator": "weighted",
            "generator_params": {"values": [{"value": v, "weight": 1} for v in values]},
        }
        for name, values in given.items()
    ]
    key = {"name": "id", "type": "int", "primary_key": True}
    twice = {"name": "twice", "type": "int", "generated": "id * 2"}
    note = {"name": "app.notes", "record_count": 40, "columns": [key, *some, *deep, twice]}
    plain = {"name": "app.plain", "record_count": 3, "columns": [key]}
    return {
        "schema_version": "1.0",
        "name": "arrays",
        "database_type": ["postgres"],
        "tables": [note, plain],
        "generation_order": ["app.notes", "app.plain"],
    }


@pytest.mark.postgres
@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_postgres_reads_arrays_from_files_as_from_a_dump(form, request, tmp_path):
    """Of every kind, in tables of schemas, beside columns that the database computes."""
    schema = arrays_in_a_schema()
    shardgen.run(schema, tmp_path / "dump.sql")
    shardgen.run(schema, tmp_path / "out", format=form)
    query = "SELECT n::text FROM app.notes n ORDER BY id"
    with new_database("postgres", request, tmp_path) as database:
        database.load(tmp_path / "dump.sql")
        dumped = database.query(query)
        database.execute("DROP SCHEMA app CASCADE")
        database.load(tmp_path / "out" / "load-postgres.sql")
        assert 40 == len(dumped)
        assert dumped == database.query(query)
        assert [(3,)] == database.query("SELECT count(*) FROM app.plain")


@pytest.mark.mariadb
@pytest.mark.parametrize(
    ("form", "options"), [("csv", {}), ("tsv", {"file_rows": 70}), ("csv", {"ddl": False})]
)
def test_mariadb_loads_every_cell_by_the_script(form, options, request, tmp_path, monkeypatch):
    """With NULL for NULL, which LOAD DATA tells from every text."""
    monkeypatch.setattr(MariaDB, "options", ("--local-infile=1",))
    schema = every_cell("postgres", "mysql")
    write(schema, tmp_path / "out", format=form, null="NULL", **options)
    with new_database("mysql", request, tmp_path) as database:
        if not options.get("ddl", True):
            shardgen.run(
                schema,
                tmp_path / "empty.sql",
                dialect="mysql",
                rows={t.name: 0 for t in schema.tables},
            )
            database.load(tmp_path / "empty.sql")
        database.load(tmp_path / "out" / "load-mysql.sql")
        assert_loaded(database, schema)


@pytest.mark.mariadb
def test_mariadb_takes_empty_text_for_null_where_null_has_no_word(request, tmp_path, monkeypatch):
    """As the script says; where a column is not null, empty text is empty text."""
    monkeypatch.setattr(MariaDB, "options", ("--local-infile=1",))
    schema = every_cell("mysql")
    write(schema, tmp_path / "out", format="csv")
    assert "--null NULL tell them apart" in (tmp_path / "out" / "load-mysql.sql").read_text()
    with new_database("mysql", request, tmp_path) as database:
        database.load(tmp_path / "out" / "load-mysql.sql")
        rows = expected(schema)["cells"]
        for row in rows:
            row["maybe odd"] = row["maybe odd"] or None
        assert [] == differences(rows, database.rows("cells", schema))


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("csv", {}),
        ("csv", {"null": "NULL", "compress": "zstd"}),
        ("tsv", {"file_rows": 70, "compress": "gzip"}),
        ("jsonl", {}),
        ("jsonl", {"compress": "zstd", "file_rows": 100}),
    ],
)
def test_duckdb_loads_every_cell_by_the_script(form, options, tmp_path, monkeypatch):
    """With the types of its own, keys and NOT NULL."""
    schema = every_cell()
    write(schema, tmp_path / "out", format=form, **options)
    monkeypatch.chdir(tmp_path / "out")
    assert_in_duckdb(schema, (tmp_path / "out" / "load-duckdb.sql").read_text())


def hard_for_duckdb() -> Schema:
    """Return what DuckDB reads from no file as it stands, in a table of a schema."""
    kinds = ("bytea[]", "bytea[][]", "bit(5)[]", "varbit(9)[]", "interval[]", "interval")
    columns: dict[str, Any] = {"id": {"type": "int", "primary_key": True}}
    for n, kind in enumerate(kinds):
        columns[f"c{n}"] = {"type": kind}
        columns[f"n{n}"] = {"type": kind, "nullable": True}
    values = [{"value": text, "weight": 1} for text in ("null", "[1]")]
    columns["json"] = {"type": "json", "generator": "weighted"}
    columns["json"]["generator_params"] = {"values": values}
    tables = {"app.hard": {"rows": 40, "columns": columns}, "app.empty": {"rows": 0}}
    tables["app.empty"]["columns"] = {"id": {"type": "int", "primary_key": True}}
    return shardgen.schema("hard", tables, database_type=["postgres"], infer=False)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_duckdb_reads_from_files_what_a_load_brings(form, tmp_path, monkeypatch):
    """Arrays of bytes, bits and intervals, JSON's own null, and tables in schemas."""
    schema = hard_for_duckdb()
    shardgen.load(schema, f"duckdb:///{tmp_path}/loaded.duckdb")
    shardgen.run(schema, tmp_path / "out", format=form)
    monkeypatch.chdir(tmp_path / "out")
    import duckdb

    with duckdb.connect(tmp_path / "loaded.duckdb") as connection:
        loaded = connection.execute("FROM app.hard ORDER BY id").fetchall()
    with duckdb.connect() as connection:
        connection.execute(Path("load-duckdb.sql").read_text())
        assert 40 == len(loaded)
        assert loaded == connection.execute("FROM app.hard ORDER BY id").fetchall()
        assert [(0,)] == connection.execute("SELECT count(*) FROM app.empty").fetchall()


def assert_in_duckdb(schema: Schema, script: str) -> None:
    """Run a script in DuckDB; every cell is that of the library then."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(script)
        connection.execute("SET TimeZone = 'UTC'")
        for table in schema.tables:
            quoted = '"' + table.name.replace('"', '""') + '"'
            names = ", ".join(_in_duckdb(column) for column in table.columns)
            found = connection.execute(f"SELECT {names} FROM {quoted} ORDER BY id").fetchall()
            read = [
                {c.name: python_value(cell, c) for c, cell in zip(table.columns, row, strict=True)}
                for row in found
            ]
            assert [] == differences(expected(schema)[table.name], read)


def _in_duckdb(column: Column) -> str:
    """Return a column as Python gets it whole: times with a zone need a package of their own."""
    name = '"' + column.name.replace('"', '""') + '"'
    if column.type.startswith("timestamp"):
        return f"{name}::TIMESTAMP"
    return f"{name}::VARCHAR" if column.type.startswith("bit(") else name


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_a_dump_is_compressed_as_its_name_says(ending, tmp_path):
    """What comes out is the dump, and the summary says how to load it."""
    shardgen.run("fintech-loans", tmp_path / "plain.sql", workers=1)
    summary = shardgen.run("fintech-loans", tmp_path / f"x.sql{ending}", workers=1)
    assert (tmp_path / "plain.sql").read_bytes() == decompressed(tmp_path / f"x.sql{ending}")
    program = {".gz": "gzip", ".zst": "zstd"}[ending]
    assert summary.load.startswith(f"{program} -dc {tmp_path}/x.sql{ending} | psql")


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_manifest_says_what_is_in_each_file(form, tmp_path):
    """Rows, bytes and SHA-256 of files, and what they were made from; nothing of the run itself."""
    schema = every_cell()
    texts = []
    for name, workers in (("a", 1), ("b", 2)):
        write(schema, tmp_path / name, format=form, file_rows=70, workers=workers, seed=3)
        texts.append((tmp_path / name / "manifest.json").read_bytes())
    assert texts[0] == texts[1]
    manifest = json.loads(texts[0])
    assert (3, "doors", form) == (manifest["seed"], manifest["schema"], manifest["format"]["name"])
    assert ["cells", schema.tables[1].name] == [table["name"] for table in manifest["tables"]]
    stop = 0
    for file in manifest["tables"][0]["files"]:
        data = (tmp_path / "a" / file["name"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])
        assert stop == file["start"]
        stop = file["stop"]
    assert manifest["tables"][0]["rows"] == stop == 300


def assert_read(schema: Schema, name: str, rows: Rows) -> None:
    """Rows of Python objects, as some library has them, are those of the library."""
    columns = {column.name: column for column in schema.table(name).columns}
    read = [{n: python_value(value, columns[n]) for n, value in row.items()} for row in rows]
    assert [] == differences(expected(schema)[name], read)


@pytest.mark.parametrize(
    ("form", "options"),
    [("parquet", {"shard_rows": 70}), ("arrow", {"shard_rows": 70}),
     ("parquet", {"compress": "gzip", "file_rows": 100}), ("arrow", {"compress": "zstd"}),
     ("parquet", {"compress": "none"})],
)  # fmt: skip
def test_arrow_reads_every_cell(form, options, tmp_path):
    """Parquet with a row group for each shard, Arrow with a batch for each."""
    schema = every_cell()
    write(schema, tmp_path / "out", format=form, **options)
    for table in schema.tables:
        stem = table_stems([table.name])[table.name]
        paths = sorted((tmp_path / "out").glob(f"{stem}*/*")) or [
            tmp_path / "out" / f"{stem}.{form}"
        ]
        rows = [row for path in paths for row in _arrow_rows(path)]
        assert_read(schema, table.name, rows)


def _arrow_rows(path: Path) -> Rows:
    if path.suffix == ".arrow":
        with pa.ipc.open_file(path) as file:
            return file.read_all().to_pylist()
    return pq.ParquetFile(path).read().to_pylist()


def test_parquet_has_types_statistics_and_dictionaries(tmp_path):
    """A row group for each shard, zstd, statistics of each column, dictionaries for picks alone."""
    schema = every_cell()
    write(schema, tmp_path / "out", format="parquet", shard_rows=128)
    file = pq.ParquetFile(tmp_path / "out" / "cells.parquet")
    assert [128, 128, 44] == [file.metadata.row_group(n).num_rows for n in range(3)]
    kinds = {field.name: field.type for field in file.schema_arrow}
    assert pa.decimal128(12, 2) == kinds["c4"]
    assert (pa.timestamp("us"), pa.timestamp("us", "UTC")) == (kinds["c12"], kinds["c13"])
    groups = [file.metadata.row_group(n) for n in range(3)]
    for group in groups:
        for n in range(group.num_columns):
            column = group.column(n)
            is_pick = pa.types.is_dictionary(kinds[column.path_in_schema.split(".")[0]])
            assert is_pick is ("RLE_DICTIONARY" in column.encodings)
            assert column.compression == "ZSTD"
            assert column.statistics is not None
            assert column.statistics.null_count is not None
    odd = [row["odd"] for row in expected(schema)["cells"]]
    number = file.schema_arrow.get_field_index("odd")
    for n, group in enumerate(groups):
        found = group.column(number).statistics
        texts = sorted(text.encode() for text in odd[n * 128 : (n + 1) * 128])
        assert (texts[0].decode(), texts[-1].decode(), 0) == (
            found.min,
            found.max,
            found.null_count,
        )
    maybe = [row["maybe odd"] for row in expected(schema)["cells"][:128]]
    found = groups[0].column(number + 1).statistics
    assert maybe.count(None) == found.null_count > 0
    ids = [group.column(0).statistics for group in groups]
    assert [(1, 128), (129, 256), (257, 300)] == [(each.min, each.max) for each in ids]


@pytest.mark.parametrize("options", [{}, {"file_rows": 70, "shard_rows": 30}])
def test_duckdb_loads_every_cell_of_parquet(options, tmp_path, monkeypatch):
    """By the script, with its own types."""
    schema = every_cell()
    write(schema, tmp_path / "out", format="parquet", **options)
    monkeypatch.chdir(tmp_path / "out")
    assert_in_duckdb(schema, (tmp_path / "out" / "load-duckdb.sql").read_text())


def test_pandas_and_polars_read_parquet(tmp_path):
    """A directory of files opens as one table."""
    schema = every_cell()
    write(schema, tmp_path / "out", format="parquet", file_rows=70)
    frame = pd.read_parquet(tmp_path / "out" / "cells", dtype_backend="pyarrow")
    assert_read(schema, "cells", pa.Table.from_pandas(frame).to_pylist())
    assert_read(schema, "cells", pl.read_parquet(tmp_path / "out" / "cells").to_dicts())


def test_a_dataset_becomes_frames_and_tables():
    """pandas, Polars and Arrow hold every cell of every table."""
    schema = every_cell()
    dataset = shardgen.generate(schema, edge_case_probability=0.1)
    for name in dataset.tables:
        assert_read(schema, name, dataset.to_arrow()[name].to_pylist())
        assert_read(schema, name, dataset.to_polars()[name].to_dicts())
        frame = dataset.to_pandas()[name]
        assert_read(schema, name, pa.Table.from_pandas(frame).to_pylist())


def test_a_dataset_becomes_a_sqlite_database(tmp_path):
    """With every cell and every key; what is there already stays."""
    schema = every_cell("postgres", "sqlite")
    dataset = shardgen.generate(schema, edge_case_probability=0.1)
    path = tmp_path / "made.db"
    dataset.to_sqlite(path)
    assert [path] == list(tmp_path.iterdir())
    with contextlib.closing(SQLite(path)) as database:
        assert_loaded(database, schema)
        assert [] == database.query("PRAGMA foreign_key_check")
    with pytest.raises(OutputError, match="is there already"):
        dataset.to_sqlite(path)


@pytest.mark.parametrize("kind", [pytest.param("postgres", marks=pytest.mark.postgres), "sqlite"])
@pytest.mark.parametrize("options", [{}, {"shard_rows": 70}])
def test_a_database_is_loaded_with_every_cell(kind, options, request, tmp_path):
    """In one shard or several, and with its key."""
    schema = every_cell("postgres", "sqlite")
    with new_database(kind, request, tmp_path) as database:
        shardgen.load(schema, database.url, edge_case_probability=0.1, **options)
        assert_loaded(database, schema)
        assert 1 == len(database.foreign_keys(schema.tables[1].name))


@pytest.mark.parametrize(
    ("rows", "start", "stop"),
    [(None, 0, ROWS), (range(50, 131), 50, 131), ((0, 1), 0, 1), ((290, 999), 290, ROWS),
     ((300, 300), 0, 0)],
)  # fmt: skip
def test_batches_have_any_rows(rows, start, stop):
    """Of any range, a batch at a time, whatever the size of a batch."""
    schema = every_cell()
    made = [*shardgen.batches(schema, "cells", rows, batch_rows=40, edge_case_probability=0.1)]
    assert all(len(batch) == 40 for batch in made[:-1])
    columns = {column.name: column for column in schema.table("cells").columns}
    read = [
        {n: python_value(value, columns[n]) for n, value in row.items()}
        for batch in made
        for row in batch.to_pylist()
    ]
    assert [] == differences(expected(schema)["cells"][start:stop], read)
