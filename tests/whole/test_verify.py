"""verify: what a run has written is right, and any damage to it is found and named."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from support.doors import every_cell
from support.places import ROOT
from support.schemas import RIGHT, parsed, right

import shardgen
from shardgen.errors import DifferenceError, PlanError
from shardgen.execution.verifying.texts import value_of
from shardgen.execution.verifying.verify import Verified, verify

COUNTS = {"users": 90, "orders": 300}


@pytest.fixture
def schema(tmp_path) -> Path:
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(RIGHT))
    return path


def write(out: Path, **options) -> Path:
    shardgen.run(parsed(right()), out, **{"rows": COUNTS, "shard_rows": 40, "seed": 5} | options)
    return out


def looked(out: Path, schema: Path | None, **more) -> Verified:
    return verify(out, schema, options={"shard_rows": 40} | more.pop("options", {}), **more)


DUMPS = {
    "x.sql": {},
    "x.copy.sql": {"format": "copy", "ddl": False},
    "x.sql.zst": {"dialect": "mysql"},
    "x.sql.gz": {"dialect": "sqlite", "edge_case_probability": 0.05},
    "some.sql": {"tables": ("orders",), "ddl": False, "triggers": False, "dialect": "postgres"},
}


@pytest.mark.parametrize("name", DUMPS)
def test_a_dump_is_right_by_what_its_header_says(tmp_path, schema, name):
    """Seed, date, counts, dialect; what it does not say is found by what the file has."""
    options = DUMPS[name]
    out = write(tmp_path / name, **options)
    others = {"rows": {"users": 90}} if "tables" in options else {}
    for more in ({}, {"quick": True}, {"sample": 0.3}):
        found = looked(out, schema, options=others, **more)
        assert found.difference is None
        assert 5 == found.seed
    assert found.compared < found.rows
    assert 390 == found.rows or "tables" in options


FOLDERS = [
    ("csv", {}), ("tsv", {"compress": "gzip", "null": "NULL"}), ("jsonl", {"file_rows": 35}),
    ("parquet", {}), ("arrow", {"compress": "zstd"}), ("csv", {"tables": ("orders",)}),
    ("csv", {"rows": {"users": 20, "orders": 0}}), ("csv", {"dialect": "mysql"}),
]  # fmt: skip


@pytest.mark.parametrize(("form", "options"), FOLDERS)
def test_a_folder_is_right_by_its_manifest(tmp_path, schema, form, options):
    """In every format, with parts or without, quickly and as a sample too."""
    (tmp_path / "whole").mkdir()  # else an only table were a file
    out = write(tmp_path / "whole", format=form, **options)
    for part in (1, 2, 3):
        write(tmp_path / "parts", format=form, part=f"{part}/3", **options)
    for folder in (out, tmp_path / "parts"):
        for more in ({}, {"quick": True}, {"sample": 0.3}):
            found = looked(folder, schema, **more)
            assert found.difference is None
            assert form == found.format


def test_the_parts_of_a_dump_are_right(tmp_path, schema):
    """Compressed ones too, before they are joined; a part that is not there is named."""
    for part in (1, 2, 3):
        write(tmp_path / "parts", part=f"{part}/3", compress="zstd")
    assert looked(tmp_path / "parts", schema).difference is None
    (tmp_path / "parts" / "part-2-of-3.json").unlink()
    with pytest.raises(DifferenceError, match="of 3 parts 1 are missing: 2"):
        looked(tmp_path / "parts", schema)


def test_every_kind_of_value_is_compared(tmp_path):
    """Odd texts, nulls and arrays, in every format."""
    made = every_cell("postgres")
    for form in ("csv", "jsonl", "parquet"):
        shardgen.run(made, tmp_path / form, format=form, edge_case_probability=0.1)
        assert verify(tmp_path / form, made).difference is None
    shardgen.run(made, tmp_path / "x.sql", format="copy")
    assert verify(tmp_path / "x.sql", made).difference is None


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def test_a_flipped_byte_is_named(tmp_path, schema):
    """Table, row and column, with what is there and what should be."""
    out = write(tmp_path / "x.sql")
    text = out.read_bytes()
    at = text.index(b'INSERT INTO "orders"')
    place = text.index(b"\n(50,", at) + len("\n(50,")
    out.write_bytes(text[:place] + b"7" + text[place:])
    difference = looked(out, schema).difference
    assert ("orders", 49, "user_id") == (difference.table, difference.row, difference.column)
    assert difference.found == f"7{difference.wanted}"


@pytest.mark.parametrize("place", range(0, 20_000, 977))
def test_no_flipped_byte_is_overlooked(tmp_path, schema, place):
    """Wherever it stands: in the header, a value, a quote, an end of line, or the footer."""
    out = write(tmp_path / "x.sql", ddl=False)
    text = bytearray(out.read_bytes())
    place %= len(text)
    text[place] ^= 1
    out.write_bytes(text)
    try:
        assert looked(out, schema).difference is not None
    except DifferenceError:
        assert place < 200, "what the header says is not what was meant"


def test_lost_and_doubled_rows_are_named(tmp_path, schema):
    """As what they are, and not as a row that differs in all its columns."""
    out = write(tmp_path / "out", format="csv") / "orders.csv"
    lines = lines_of(out)
    for changed, what in (
        ([*lines[:100], *lines[101:]], "row 99 of table 'orders' is missing"),
        ([*lines[:101], *lines[100:]], "row 99 of table 'orders' is there twice"),
        (lines[:200], "it ends in row 199 of table 'orders'"),
        ([*lines, b"x\n"], "2 bytes follow its end"),
        ([b"id\n", *lines[1:]], "what stands before row 0 of table 'orders' differs"),
    ):
        out.write_bytes(b"".join(changed))
        difference = verify(out, schema, options=_of_orders()).difference
        assert what == difference.what
    assert "its manifest says" in looked(out.parent, schema).difference.what


def _of_orders() -> dict:
    return {"tables": ("orders",), "rows": COUNTS, "seed": 5, "shard_rows": 40}


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_a_changed_value_of_a_columnar_file_is_named(tmp_path, schema, form):
    """And files of another number of groups are refused."""
    pyarrow = pytest.importorskip("pyarrow")
    feather, parquet = map(pytest.importorskip, ("pyarrow.feather", "pyarrow.parquet"))
    write(tmp_path / "out", format=form)
    path = tmp_path / "out" / f"orders.{form}"
    read = parquet.read_table if form == "parquet" else feather.read_table
    rows = read(path)
    keys = rows.column("user_id").to_pylist()
    keys[45] += 1
    changed = rows.set_column(1, rows.schema.field(1), [pyarrow.array(keys, "int32")])
    if form == "parquet":
        parquet.write_table(changed, path, row_group_size=40)
    else:
        feather.write_feather(changed, str(path), chunksize=40)
    difference = verify(path, schema, options=_of_orders()).difference
    assert ("orders", 45, "user_id") == (difference.table, difference.row, difference.column)
    assert (str(keys[45]), str(keys[45] - 1)) == (difference.found, difference.wanted)
    assert (
        "groups of rows"
        in verify(path, schema, options=_of_orders() | {"shard_rows": 50}).difference.what
    )


def test_files_that_are_missing_or_too_many_are_named(tmp_path, schema):
    """A doubled part, a lost file, a script or manifest that was changed: quickly too."""
    for part in (1, 2, 3):
        write(tmp_path / "out", format="csv", part=f"{part}/3")
    orders = tmp_path / "out" / "orders"
    first = min(orders.iterdir())
    more = orders / "more.csv"
    more.write_bytes(first.read_bytes())
    for quick in (True, False):
        assert (
            "it is not of this run" == looked(tmp_path / "out", schema, quick=quick).difference.what
        )
    more.unlink()
    text = first.read_bytes()
    first.unlink()
    assert "cannot be read" in looked(tmp_path / "out", schema, quick=True).difference.what
    first.write_bytes(text)
    script = tmp_path / "out" / "load-postgres.sql"
    script.write_bytes(script.read_bytes() + b"\n")
    assert str(script) == looked(tmp_path / "out", schema).difference.file


def test_a_sample_that_finds_something_names_the_first_difference(tmp_path, schema):
    """It looks at all then; what lies between may be worse."""
    out = write(tmp_path / "x.sql")
    lines = lines_of(out)
    at = next(n for n, line in enumerate(lines) if b'INTO "orders"' in line) + 70
    out.write_bytes(b"".join([*lines[:at], *lines[at + 200 :]]))
    whole, found = looked(out, schema), looked(out, schema, sample=0.5)
    assert whole.difference == found.difference
    assert "row 69 of table 'orders'" in found.difference.what


def test_damaged_compression_is_a_difference(tmp_path, schema):
    """And no error of a library."""
    for name in ("x.sql.gz", "x.sql.zst"):
        out = write(tmp_path / name)
        text = bytearray(out.read_bytes())
        text[-30] ^= 255
        out.write_bytes(text)
        assert looked(out, schema).difference is not None
        out.write_bytes(text[: len(text) // 2])
        assert looked(out, schema).difference is not None


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"seed": 6}, "seed is 5, and 6 is wanted"),
        ({"rows": {"users": 91}}, "90 rows of 'users' are said, and 91 wanted"),
        ({"dialect": "mysql"}, "it is for postgres, and mysql is wanted"),
    ],
)
def test_what_is_wanted_otherwise_is_said(tmp_path, schema, options, what):
    """An option that contradicts the header is no way to verify it."""
    with pytest.raises(DifferenceError, match=what):
        verify(write(tmp_path / "x.sql"), schema, options=options)


def test_what_cannot_be_known_is_asked_for(tmp_path, schema):
    """A schema of the user's own, a table of several, a file that is none of ours."""
    out = write(tmp_path / "x.sql")
    with pytest.raises(PlanError, match="name the schema's file"):
        verify(out)
    with pytest.raises(DifferenceError, match="is wanted"):
        verify(out, "fintech-loans")
    with pytest.raises(PlanError, match="name it with --tables"):
        verify(write(tmp_path / "out", format="csv") / "orders.csv", schema)
    with pytest.raises(PlanError, match="name the schema's file"):
        verify(tmp_path / "out")
    (tmp_path / "y.sql").write_text("SELECT 1;\n")
    with pytest.raises(DifferenceError, match="does not begin as a dump"):
        verify(tmp_path / "y.sql", schema)
    with pytest.raises(DifferenceError, match="cannot be read"):
        verify(tmp_path / "none.sql", schema)
    with pytest.raises(PlanError, match="a sample of 2"):
        verify(out, schema, sample=2)


def test_another_version_and_another_schema_are_said(tmp_path, schema):
    """Rather than a difference in the first row."""
    out = write(tmp_path / "x.sql")
    out.write_bytes(out.read_bytes().replace(b"shardgen ", b"shardgen 9.", 1))
    with pytest.raises(DifferenceError, match=r"made by shardgen 9\."):
        verify(out, schema)
    write(tmp_path / "out", format="csv")
    schema.write_text(schema.read_text().replace('"max": 500', '"max": 501'))
    with pytest.raises(DifferenceError, match="made from another schema"):
        verify(tmp_path / "out", schema)


def test_the_commands_of_the_page_run(shardgen):
    """One after another, each without an error."""
    page = (ROOT / "docs" / "files.md").read_text(encoding="utf-8").partition("## Verify")[2]
    commands = re.findall(r"^\$ shardgen (.*)$", page, re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        ran = shardgen(*command.split())
        assert (0, "") == (ran.returncode, ran.stderr)


@pytest.mark.usefixtures("schema")
def test_the_command_has_an_exit_code_and_a_report(shardgen, tmp_path):
    """0 and a line, or 11 and the difference; as JSON too."""
    out = write(tmp_path / "x.sql")
    ran = shardgen("verify", "x.sql", "shop.json")
    assert (0, "") == (ran.returncode, ran.stderr)
    assert ran.stdout.startswith("x.sql: all 390 rows are those of seed 5 (shop, sql, ")
    out.write_bytes(out.read_bytes()[:-9])
    ran = shardgen("verify", "x.sql", "shop.json")
    assert (11, "") == (ran.returncode, ran.stdout)
    assert ran.stderr.startswith("shardgen: x.sql: line ")
    ran = shardgen("verify", "x.sql", "shop.json", "--json")
    assert 11 == ran.returncode
    assert "x.sql" == json.loads(ran.stdout)["difference"]["file"]


@pytest.mark.parametrize(
    ("text", "after", "value"),
    [(b"12,'a'", b",", b"12"), (b"'it''s, so','b'", b",", b"'it''s, so'"), (b"5),\n(", b"),", b"5"),
     (b"", b",", b""), (b"'open", b",", b"'open")],
)  # fmt: skip
def test_a_value_ends_where_the_next_begins(text, after, value):
    """Or with its closing quote."""
    assert value == value_of(text, after)
