"""No run writes over what it reads, or under a name that says something else."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from support.schemas import right

import shardgen
from shardgen.errors import PlanError
from shardgen.plan.load import bundled_schemas


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    """A schema file in a folder of its own, with a dataset in a file named after a table."""
    raw: dict[str, Any] = right()
    raw["datasets"] = {"d": {"file": "users.csv"}}
    raw["tables"][0]["columns"].append(
        {
            "name": "city", "type": "text", "generator": "dataset",
            "generator_params": {"dataset": "d", "column": "city"},
        }
    )  # fmt: skip
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "users.csv").write_text("city\nRome\nOslo\n")
    path = folder / "shop.json"
    path.write_text(json.dumps(raw))
    return path


def refused(schema: Any, out: Any, **options: Any) -> str:
    """Return what is said about a target that is refused, with every file as it was."""
    folder = Path(out).parent
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    with pytest.raises(PlanError) as caught:
        shardgen.run(schema, out, workers=1, **options)
    assert before == {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    return str(caught.value)


def test_the_schema_is_not_written_over(schema: Path) -> None:
    """By its own name, another spelling, a symbolic link or a hard one."""
    folder = schema.parent
    (folder / "soft").symlink_to(schema)
    os.link(schema, folder / "hard")
    for name in ("shop.json", "../in/shop.json", "soft", "hard"):
        message = refused(schema, folder / name)
        assert f"{schema}, and would be written over; name another file" in message
    for name in ("soft", "hard"):
        assert "would be written over" in refused(folder / name, schema)


def test_a_bundled_schema_is_not_written_over(tmp_path: Path) -> None:
    """A schema that is run by its name is a file too."""
    bundled = bundled_schemas()["example-unique"]
    (tmp_path / "link").symlink_to(bundled)
    assert "would be written over" in refused("example-unique", tmp_path / "link")


def test_a_dataset_is_not_written_over(schema: Path) -> None:
    """A file from which values are drawn is an input as the schema is, for a folder too."""
    folder = schema.parent
    (folder / "link").symlink_to("users.csv")
    assert "users.csv, and would be written over" in refused(schema, folder / "link")
    schema.rename(folder / ".shop.json")
    (folder / "link").unlink()
    message = refused(folder / ".shop.json", folder, format="csv")
    assert "users.csv, and would be written over" in message


@pytest.mark.parametrize(
    ("name", "options", "way_out"),
    [
        ("x.CSV", {"format": "copy"}, "x.sql, or add --format csv"),
        ("x.sql.bz2", {}, "x.sql.gz or {0}/x.sql.zst; or compress what is written to -o -, a pipe"),
        ("x.xz", {}, "x.sql.gz or {0}/x.sql.zst"),
        ("x.db", {"dialect": "sqlite"}, "x.sql and load it"),
        ("x.json", {}, "x.sql"),
        ("x.orc", {}, "x.sql"),
        ("x.parquet", {"format": "csv"}, "x, or add --format parquet"),
        ("x.sql", {"format": "csv"}, "x, or add --format sql"),
        ("x.zip", {"format": "csv"}, "x.gz or {0}/x.zst"),
        ("x.csv.lz4", {"format": "csv"}, "x.csv.gz or {0}/x.csv.zst"),
        ("x.jsonl.gz", {"format": "csv"}, "x, or add --format jsonl"),
        ("x.json.zst", {}, "x.sql"),
    ],
)
def test_a_name_that_promises_another_format_is_refused(
    schema: Path, tmp_path: Path, name: str, options: dict[str, Any], way_out: str
) -> None:
    """What a file's name ends in is what is in it, or nothing is written."""
    message = refused(schema, tmp_path / name, **options)
    ending = Path(name.removesuffix(".gz").removesuffix(".zst")).suffix.lower()
    assert f"promises {ending}, and the format" in message
    assert f"write {tmp_path}/{way_out.format(tmp_path)}" in message


@pytest.mark.parametrize("name", ["x", "x.txt", "x.dump", "x.2024", "x.SQL", "shop.json.sql"])
def test_other_names_are_taken(schema: Path, tmp_path: Path, name: str) -> None:
    """A name that promises nothing, or the right thing, is the user's own business."""
    summary = shardgen.run(schema, tmp_path / name, workers=1)
    assert str(tmp_path / name) == summary.out
