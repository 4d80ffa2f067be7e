"""CSV: what was written comes back from any reader, and quotes stand only where they must."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.csv_text import csv_rows
from support.schemas import parsed, right, with_column

from shardgen.errors import PlanError
from shardgen.execution.dataset import generate
from shardgen.output.csv import SYNTAX, CsvFormat, notation
from shardgen.output.text import native_writer as native
from shardgen.output.text.fields import LiteralSyntax
from shardgen.output.text.render import Renderer
from shardgen.plan.plan import Options, Shard, build_plan
from shardgen.plan.source import Source
from shardgen.schema.catalog import Catalog
from shardgen.schema.model import Schema
from shardgen.schema.types import parse_type
from shardgen.tables import values as c
from shardgen.tables.batch import BoundColumn, BoundTable

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
ROWS = 6


@pytest.fixture(params=["numpy", "compiled"], autouse=True)
def writer(request, monkeypatch):
    """Write the rows of every test both ways."""
    if request.param == "numpy":
        monkeypatch.setattr(native, "compiled", None)
    elif native.compiled is None:
        pytest.skip("the compiled module is missing: there was no C compiler")


def picks(*texts: str) -> c.Dictionary:
    """Return picks of these strings in turn."""
    return c.Dictionary(np.arange(ROWS) % len(texts), c.Pool(texts))


def written(
    *columns: c.Values, null: np.ndarray | None = None, syntax: LiteralSyntax = SYNTAX
) -> str:
    """Return the lines of a table with these columns, the first of which has the nulls."""
    table = BoundTable("t", ROWS)
    for n, values in enumerate(columns):
        table.columns[f"c{n}"] = BoundColumn(
            f"c{n}",
            parse_type("text"),
            lambda batch, values=values: values.take(batch.rows),
            (lambda batch: null[batch.rows]) if n == 0 and null is not None else None,
        )
    schema = parsed(right())
    frame = CsvFormat().statement_text(Catalog(schema).tables[0])
    text = b"".join(map(bytes, Renderer(table, syntax, frame, None).render(0, ROWS))).decode()
    return text.removeprefix(frame.start.decode())


def in_csv(schema: Schema, **options: Any) -> dict[str, str]:
    """Return the text of each table's file."""
    source = Source.bind(build_plan(schema, Options(format="csv", **options)))
    made: dict[str, str] = dict.fromkeys(source.plan.counts, "")
    for shard in source.shards():
        made[shard.table] += b"".join(map(bytes, source.render(shard))).decode()
    return made


@given(st.lists(TEXTS, min_size=1, max_size=ROWS), st.lists(TEXTS, min_size=1, max_size=3))
@example([""], ["plain"])
@example(["a,b", 'say "so"', "two\nlines", "a\rb"], ["", "x"])
def test_any_text_comes_back(texts: list[str], more: list[str]) -> None:
    """Picked and composed text is read as it was, empty text as empty text and not as NULL."""
    composed = c.Text((more[0], picks(*texts), *more[1:]))
    expected = list(map(list, zip(picks(*texts).python(), composed.python(), strict=True)))
    text = written(picks(*texts), composed)
    assert expected == csv_rows(text)
    assert expected == list(csv.reader(io.StringIO(text, newline="")))


@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=3), st.lists(TEXTS, min_size=1, max_size=3))
@example("", ["", "x"], [""])
@example("", ["x"], [","])
def test_text_of_several_branches_comes_back(
    literal: str, texts: list[str], others: list[str]
) -> None:
    """Whichever branch a row takes."""
    either = c.Union(((picks(*texts),), (picks(*others), literal)), np.arange(ROWS) % 2)
    composed = c.Text((literal, either))
    assert [[text] for text in composed.python()] == csv_rows(written(composed))


def test_quotes_stand_only_where_they_must():
    """Around a comma, a quote, an end of line and nothing at all."""
    texts = ("plain", "it's; a\ttab", "a,b", 'a"b', "a\nb", "")
    assert 'plain\nit\'s; a\ttab\n"a,b"\n"a""b"\n"a\nb"\n""\n' == written(picks(*texts))


@pytest.mark.parametrize(
    ("elements", "quoted"),
    [
        (("AB-", picks("x", "")), False),
        ((picks("x", "y"), "@", picks("a.example", "b.example")), False),
        ((picks("x", ""), picks("y", "")), True),
        ((picks("x, y"), "!"), True),
        (("say ", picks('"so"', "no")), True),
        ((c.Integers(np.arange(ROWS), 0, ROWS, digits=4), picks("", "a")), False),
        ((c.Dates(np.arange(ROWS), 0, ROWS), " "), False),
        (("#", c.HexDigits(np.arange(ROWS, dtype="u8"), 4)), False),
    ],
    ids=["text", "picks", "maybe empty", "comma", "quote", "digits", "date", "hex"],
)
def test_composed_text_is_quoted_in_all_rows_or_in_none(elements, quoted):
    """It is seen from the pools and literals alone whether any row could need quotes."""
    lines = csv_rows(written(c.Text(elements)).replace('"', "'"))
    assert {quoted} == {str(line[0]).startswith("'") for line in lines}


def test_null_is_an_empty_field_and_empty_text_is_not():
    """NULL has no quotes, empty text has two."""
    null = np.arange(ROWS) % 2 == 0
    assert '\n""\n' * 3 == written(picks(""), null=null)


@pytest.mark.parametrize("word", ["NULL", r"\N", "n/a", "None", "a"])
def test_null_may_be_a_word_that_no_text_reads_as(word):
    """Text that is that word has quotes, also where it is put together; so has empty text."""
    null = np.arange(ROWS) % 2 == 0
    text = written(picks(word, "x", ""), null=null, syntax=notation(",", word))
    assert f'{word}\nx\n{word}\n"{word}"\n{word}\n""\n' == text
    parts = c.Text((picks(word[:1]), word[1:])) if word[1:] else c.Text((picks(word),))
    text = written(parts, syntax=notation(",", word))
    assert f'"{word}"\n' * ROWS == text


def test_a_text_that_mysql_reads_as_null_has_quotes():
    """LOAD DATA takes the word NULL for one, where it has none."""
    assert '"NULL"\nnull\n' * 3 == written(picks("NULL", "null"))


def test_tabs_separate_as_commas_do():
    """The same quotes, around text with a tab in it."""
    text = written(picks("a\tb", "a,b"), picks("x"), syntax=notation("\t", ""))
    assert '"a\tb"\tx\na,b\tx\n' * 3 == text


def test_the_first_line_names_the_columns():
    """Names are quoted like text."""
    raw = with_column(name='odd, "name"', type="int")
    header, *lines = csv_rows(in_csv(parsed(raw))["users"])
    assert ["id", "email", "born", 'odd, "name"'] == header
    assert 20 == len(lines)
    assert "\r" not in in_csv(parsed(raw))["users"]


def as_text(value: Any) -> str | None:
    """Return a value of the library as CSV has it."""
    match value:
        case bool():
            return "true" if value else "false"
        case dt.datetime():
            return value.isoformat(" ")
        case float():
            return repr(value)
        case None:
            return None
    return str(value)


@pytest.mark.parametrize("shard_rows", [65_536, 333])
def test_a_file_has_the_cells_of_the_library(shard_rows):
    """Every cell of a bundled schema, however the rows are cut into shards."""
    made = generate("healthcare-patients", edge_case_probability=0.2)
    texts = in_csv(made.schema, edge_case_probability=0.2, shard_rows=shard_rows)
    assert list(made.tables) == list(texts)
    for name, table in made.tables.items():
        header, *lines = csv_rows(texts[name])
        assert list(table.columns) == header
        rows = [[as_text(row[column]) for column in header] for row in table.rows]
        assert rows == lines


def test_any_rows_alone_are_those_of_the_whole_file():
    """A shard of one row has the bytes that this row has in the file."""
    source = Source.bind(build_plan(parsed(right()), Options(format="csv")))
    whole = in_csv(parsed(right()))["orders"].splitlines(keepends=True)[1:]
    alone = [
        b"".join(map(bytes, source.render(Shard(0, "orders", row, row + 1)))).decode()
        for row in range(1, 50)
    ]
    assert "".join(whole[1:]) == "".join(alone)


def test_a_dialect_changes_no_byte():
    """It says which database the values have to suit."""
    assert in_csv(parsed(right())) == in_csv(parsed(right()), dialect="mysql")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"rows_per_statement": 7}, "7 rows per statement are asked for; csv has no statements"),
        ({"null": "a,b"}, "the word 'a,b' is asked for in the place of NULL; leave separators"),
        ({"null": "-1"}, "the word '-1' is asked for in the place of NULL; a value may read so"),
        ({"null": "true"}, "a value may read so: choose a word, such as NULL"),
        ({"format": "sql", "null": "x"}, "sql has one of its own: leave it out, or use csv or tsv"),
        ({"format": "jsonl", "null": "x"}, "jsonl has one of its own"),
        ({"format": "jsonl", "rows_per_statement": 7}, "jsonl has no statements"),
        ({"format": "sql", "file_rows": 7}, "sql has one file for all: leave file_rows out"),
        ({"file_rows": 0}, "file_rows is 0; it must be at least 1"),
        ({"compress": "lzma"}, "unknown compression 'lzma'"),
        ({"format": "copy", "rows_per_statement": 7}, "copy has no statements"),
    ],
)
def test_what_a_format_does_not_have_is_refused_where_it_is_asked_for(options, says):
    """Nothing asked for is passed over in silence."""
    with pytest.raises(PlanError, match=says):
        build_plan(parsed(right()), Options(**{"format": "csv"} | options))


@pytest.mark.parametrize(("dialect", "refused"), [("postgres", False), ("mysql", True)])
def test_a_dialect_chooses_the_database_that_values_must_suit(
    tmp_path: Path, dialect: str, refused: bool
) -> None:
    """With CSV, --dialect says which database's limits hold: MySQL's timestamp has no year 1800."""
    column = {"name": "a", "type": "timestamp", "generator": "constant"}
    column["generator_params"] = {"value": "1800-01-01 00:00:00"}
    key = {"name": "id", "type": "integer", "primary_key": True, "generator": "sequence"}
    table = {"name": "t", "record_count": 3, "columns": [key, column]}
    schema = {"schema_version": "1.0", "name": "x", "database_type": ["postgres", "mysql"]}
    path = tmp_path / "x.json"
    path.write_text(json.dumps(schema | {"tables": [table]}))
    arguments = ["run", str(path), "--format", "csv", "--dialect", dialect, "-q"]
    done = subprocess.run(
        [sys.executable, "-m", "shardgen", *arguments, "-o", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ("MySQL's timestamp" in done.stderr) is refused
    assert (tmp_path / "out").exists() is not refused
