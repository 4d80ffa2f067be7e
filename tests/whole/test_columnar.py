"""Parquet and Arrow as whole runs: any workers, one file or several, complete or not at all."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.doors import every_cell, write
from support.schemas import parsed, right

import shardgen
from shardgen.errors import PlanError

OPTIONS = shardgen.Options(scale=110, shard_rows=50_000, seed=3)


@pytest.mark.usefixtures("clean_children")
@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_workers_change_nothing(form, tmp_path):
    """One process, two workers and kept shards give the same bytes, with one version of pyarrow."""
    made = []
    for workers, keep in ((1, False), (2, False), (2, True)):
        shardgen.run(
            "fintech-loans", tmp_path / "out/", options=OPTIONS, format=form, workers=workers,
            keep_shards=keep,
        )  # fmt: skip
        made.append({p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()})
    assert made[0] == made[1] == made[2]


def test_parquet_compresses_what_becomes_smaller(tmp_path):
    """And writes numbers as they are that come in runs; the same for any number of workers."""
    orders = {"foreign_key": {"table": "orders", "column": "id",
                              "fan_out": {"type": "grouped", "min": 1, "max": 7}}}  # fmt: skip
    tables = {
        "orders": {"rows": 12_000, "columns": {"id": "bigint pk"}},
        "items": {
            "rows": 40_000,
            "columns": {
                "id": "bigint pk",
                "order_id": {"type": "bigint", **orders},
                "part": {
                    "type": "bigint",
                    "generator": "int_range",
                    "generator_params": {"min": 1, "max": 1_000_000_000},
                },
                "name": {"type": "varchar(80)", "generator": "email"},
            },
        },
    }
    raw = {"schema_version": "1.0", "name": "shop", "database_type": ["postgres"]}
    written = []
    for workers in (1, 2):
        out = tmp_path / f"{workers}.parquet"
        shardgen.run(raw | {"tables": tables}, out, tables=["items"], workers=workers,
                     shard_rows=10_000)  # fmt: skip
        written.append(out.read_bytes())
    assert written[0] == written[1]
    groups = pq.read_metadata(tmp_path / "1.parquet")
    assert 4 == groups.num_row_groups
    for n in range(4):
        found = {
            column.path_in_schema: (column.compression, "DELTA_BINARY_PACKED" in column.encodings)
            for column in map(groups.row_group(n).column, range(4))
        }
        assert {
            "order_id": ("ZSTD", False),
            "part": ("UNCOMPRESSED", True),
        }.items() <= found.items()
        assert ("ZSTD", False) == found["name"]


def test_arrow_imports_no_pandas(tmp_path):
    """Which takes longer than the rows of a small table."""
    code = (
        "import sys, shardgen\n"
        f"shardgen.run('fintech-loans', {str(tmp_path / 'out')!r} + '/', format='parquet')\n"
        "assert 'pyarrow' in sys.modules and 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_an_only_table_goes_to_a_file_or_a_pipe(form, tmp_path, shardgen):
    """As its ending says, or --format."""
    arguments = ("run", "--tables", "loans", "-q")
    assert 0 == shardgen(*arguments, "-o", f"loans.{form}").returncode
    with (tmp_path / f"piped.{form}").open("wb") as pipe:
        command = [sys.executable, "-m", "shardgen", *arguments, "--format", form, "-o", "-"]
        subprocess.run(command, stdout=pipe, check=True)
    assert (tmp_path / f"piped.{form}").read_bytes() == (tmp_path / f"loans.{form}").read_bytes()
    path = tmp_path / f"loans.{form}"
    read = pq.read_table(path) if form == "parquet" else pa.ipc.open_file(path).read_all()
    assert 1000 == read.num_rows


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_a_table_without_rows_has_a_file_with_its_schema(form, tmp_path):
    """The same as one with rows."""
    schema = every_cell()
    write(schema, tmp_path / "full", format=form)
    write(schema, tmp_path / "empty", format=form, rows={"cells": 0})
    schemas = [_schema(tmp_path / name / f"cells.{form}") for name in ("full", "empty")]
    assert schemas[0] == schemas[1]


def _schema(path):
    if path.suffix == ".parquet":
        return pq.read_schema(path)
    with pa.ipc.open_file(path) as file:
        return file.schema


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"format": "arrow", "compress": "gzip"}, "gzip is asked for; arrow knows none, zstd"),
        ({"format": "parquet", "null": "x"}, "parquet has one of its own"),
        ({"format": "parquet", "rows_per_statement": 5}, "parquet has no statements"),
    ],
)
def test_what_a_format_does_not_have_is_refused(options, says):
    """Nothing asked for is passed over."""
    with pytest.raises(PlanError, match=says):
        shardgen.generate(parsed(right()), **options)


def test_a_parquet_file_is_not_compressed_again(tmp_path):
    """Its pages are: a name that ends in .zst is refused."""
    with pytest.raises(PlanError, match=r"promises \.zst, and parquet is compressed within"):
        shardgen.run("fintech-loans", tmp_path / "x.parquet.zst", tables=["loans"])


@pytest.mark.parametrize("package", ["pyarrow", "pandas", "polars"])
def test_what_is_missing_is_told_with_what_installs_it(package, monkeypatch, tmp_path):
    """Before anything is written."""
    monkeypatch.setitem(sys.modules, package, None)
    calls = {"pandas": "to_pandas", "polars": "to_polars", "pyarrow": "to_arrow"}
    with pytest.raises(PlanError, match=rf"{package} is not installed; pip install"):
        getattr(shardgen.generate(parsed(right())), calls[package])()
    if package == "pyarrow":
        with pytest.raises(PlanError, match=r"pip install 'shardgen\[arrow\]'"):
            shardgen.run(parsed(right()), tmp_path / "x", format="parquet")
        with pytest.raises(PlanError, match=r"pip install 'shardgen\[arrow\]'"):
            shardgen.batches(parsed(right()), "users")
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("user",), "there is no table 'user'; did you mean 'users'"),
        (("users", (-1, 5)), "count from 0"),
        (("users", range(0, 9, 2)), "in steps of 1"),
    ],
)
def test_batches_that_cannot_be_are_refused_at_once(arguments, says):
    """Before the first is asked for."""
    with pytest.raises(PlanError, match=says):
        shardgen.batches(parsed(right()), *arguments)


def test_batches_are_made_one_by_one():
    """The end of a billion rows comes as soon as the beginning of ten."""
    options = shardgen.Options(rows={"payments": 10**9})
    found = shardgen.batches("fintech-loans", "payments", (10**9 - 3, 10**9), options=options)
    (batch,) = found
    assert 3 == len(batch)
    assert 10**9 == batch.column("id")[2].as_py()
