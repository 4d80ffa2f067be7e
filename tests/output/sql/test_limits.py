"""What goes beyond a number of a database is refused with that number, and what does not is not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest
from support.limits import BOUNDARIES, columns, constant, schema
from support.schemas import all_mistakes, parsed

import shardgen
from shardgen.output.sql.dialects import DIALECTS, MySQL
from shardgen.output.sql.limits import STATEMENT_BYTES, Limits
from shardgen.schema.types import ColumnType

RETURNS = (0, 1, 399, 400, 401, 499, 500, 5000)


@pytest.mark.parametrize("what", BOUNDARIES)
def test_what_is_beyond_a_limit_is_refused(what, tmp_path):
    """The mistake has both numbers; at the limit there is none."""
    assert all_mistakes(BOUNDARIES[what](0), tmp_path) == []
    (mistake,) = all_mistakes(BOUNDARIES[what](1), tmp_path)
    assert what.partition(":")[0] in mistake


def dump(raw, tmp_path, dialect, **options):
    shardgen.run(parsed(raw), tmp_path / "dump.sql", dialect=dialect, **options)
    return (tmp_path / "dump.sql").read_bytes().decode()


def test_a_row_longer_than_a_statement_may_be_is_refused(tmp_path, monkeypatch):
    """Its escaped text counts, which may be twice as long."""
    monkeypatch.setattr(MySQL, "limits", Limits(statement_bytes=1000))
    assert all_mistakes(schema("mysql", constant("x" * 800)), tmp_path) == []
    assert "MySQL takes 1000" in all_mistakes(schema("mysql", constant("\\" * 800)), tmp_path)[
        0
    ].replace(" or MariaDB", "")


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (65_535, "text"),
        (65_536, "mediumtext"),
        (16_777_215, "mediumtext"),
        (16_777_216, "longtext"),
    ],
)
def test_a_long_text_is_of_a_type_of_mysql_that_holds_it(length, expected, tmp_path):
    """MySQL's text has 65,535 bytes; that of other databases stays what it is."""
    kind = ColumnType("text", length)
    assert expected == DIALECTS["mysql"].type_name(kind)
    assert {DIALECTS[name].type_name(kind) for name in ("postgres", "sqlite")} == {"text"}
    if length < 70_000:
        made = dump(schema("mysql", constant("x" * (length - 2) + "é")), tmp_path, "mysql")
        assert f"`c` {expected} NOT NULL" in made


@pytest.mark.parametrize("dialect", DIALECTS)
def test_statements_have_a_million_bytes_at_most(dialect, tmp_path):
    """However long the rows are; one that is longer stands alone."""
    raw = schema(dialect, constant("it's " * 3000), record_count=500)
    made = dump(raw, tmp_path, dialect)
    statements = [part for part in made.split(";\n") if part.startswith("INSERT")]
    assert 8 <= len(statements) <= 12
    assert max(len(each.encode()) for each in statements) <= STATEMENT_BYTES
    again = dump(raw, tmp_path, dialect, shard_rows=7, workers=1)
    assert made == again


@pytest.mark.parametrize("count", RETURNS)
def test_texts_have_any_number_of_carriage_returns(count, tmp_path):
    """SQLite takes 1,000 operators in one another: in rows, composed texts, defaults, enums."""
    text = "~1'" + "\r\n~2" * count
    label = text.replace("'", "''")
    joined = {"generator": "expression", "generator_params": {"expression": "concat(c, id)"}}
    raw = schema(
        "sqlite",
        constant(text),
        {"name": "joined", "type": "text", **joined},
        {"name": "listed", "type": f"enum('{label}')"},
        {"name": "defaulted", "type": "text", "default": text},
    )
    database = sqlite3.connect(":memory:")
    database.executescript(dump(raw, tmp_path, "sqlite"))
    database.execute("INSERT INTO t (id, c, joined, listed) VALUES (9, '', '', ?)", [text])
    assert [(text, f"{text}1", text)] == database.execute(
        "SELECT c, joined, listed FROM t WHERE id = 1"
    ).fetchall()
    assert [(text,)] == database.execute("SELECT defaulted FROM t WHERE id = 9").fetchall()


def test_few_carriage_returns_are_written_as_ever(tmp_path):
    """Another way is needed beyond 400 alone."""
    made = dump(schema("sqlite", constant("a\rb")), tmp_path, "sqlite")
    assert "(1,'a'||char(13)||'b')" in made
    assert "replace(" not in made


def test_nothing_is_refused_of_a_wide_table_of_short_texts(tmp_path):
    """What a text may have by its type does not count, where its values are short."""
    wide = columns(300, type="text", generator="constant", generator_params={"value": "x"})
    assert all_mistakes(schema("postgres", *wide), tmp_path) == []


def test_the_page_of_limits_has_every_number():
    """docs/limits.md has each limit of each dialect, in the table under the database's name."""
    page = (Path(__file__).parents[3] / "docs" / "limits.md").read_text(encoding="utf-8")
    sections = dict(part.split("\n", 1) for part in page.split("\n## ")[1:])
    for sql in DIALECTS.values():
        numbers = [row.split(" | ")[1] for row in sections[sql.title].splitlines()[3:] if row]
        limits = [n for n in msgspec.structs.astuple(sql.limits) if n is not None]
        assert sorted(f"{n:,}" for n in limits) == sorted(numbers)
    assert f"{STATEMENT_BYTES:,} bytes" in page


def test_labels_are_indexed_by_their_start_and_make_no_longer_a_key(tmp_path):
    """An enum whose labels MySQL's cannot have is a varchar, and an index holds 768 letters."""
    enum = f"enum('{'x' * 769}','b ')"
    listed_column = {"name": "c", "type": enum}
    made = dump(
        schema("mysql", listed_column, indexes=[{"name": "i", "columns": ["c"]}]), tmp_path, "mysql"
    )
    assert "ADD KEY `i` (`c`(768))" in made
    (mistake,) = all_mistakes(schema("mysql", {**listed_column, "unique": True}), tmp_path)
    assert "a label has 769 characters, and a key of MySQL's holds 768" in mistake
