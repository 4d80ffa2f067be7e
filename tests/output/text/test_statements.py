"""Statements that are cut by their bytes: as a reader would cut them, in ranges of any length."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from shardgen.output.text import native_writer as native
from shardgen.output.text.fields import LiteralSyntax
from shardgen.output.text.render import Renderer, StatementText
from shardgen.random.streams import words
from shardgen.schema.types import parse_type
from shardgen.tables import values as c
from shardgen.tables.batch import BoundColumn, BoundTable

SYNTAX = LiteralSyntax(
    "NULL", "TRUE", "FALSE", "'", lambda text: text.replace("'", "''"), ",", "),\n("
)
FRAME = StatementText(b"INSERT (", b");\nINSERT (", b");\n")
POOL = c.Pool(["", "a", "it's", "é" * 40, "x" * 300, "y" * 3000])
WRITERS = ("numpy", "compiled") if native.compiled else ("numpy",)


def table_of(rows: int) -> BoundTable:
    """Return a table of texts, most of them short and some of them long, and of numbers."""
    drawn = (words(3, np.arange(rows, dtype=np.int64)) >> np.uint64(40)).astype(np.int64)
    picks = np.where(drawn % 50 == 0, 5, np.where(drawn % 9 == 0, 4, drawn % 4))
    columns = [c.Dictionary(picks, POOL), c.Integers(drawn, 0, 1 << 24)]
    nulls = [drawn % 7 == 0, None]
    table = BoundTable("t", rows)
    for n, (values, null) in enumerate(zip(columns, nulls, strict=True)):
        table.columns[f"c{n}"] = BoundColumn(
            f"c{n}",
            parse_type("text" if n == 0 else "bigint"),
            lambda batch, values=values: values.take(batch.rows),
            None if null is None else lambda batch, null=null: null[batch.rows],
        )
    return table


def rows_of(text: bytes) -> list[bytes]:
    """Return the rows of a text that has one statement."""
    return text.removeprefix(FRAME.start).removesuffix(FRAME.end).split(b"),\n(")


def cut(rows: list[bytes], most_rows: int, most_bytes: int) -> bytes:
    """Put as many rows as fit into one statement after the other."""
    statements: list[list[bytes]] = []
    for n, row in enumerate(rows):
        joined = len(FRAME.start + b"),\n(".join([*(statements or [[]])[-1], row]) + FRAME.end)
        if n % most_rows == 0 or joined > most_bytes:
            statements.append([])
        statements[-1].append(row)
    texts = (b"),\n(".join(statement) for statement in statements)
    return FRAME.start + FRAME.next_statement.join(texts) + FRAME.end


def rendered(renderer: Renderer, *bounds: int) -> bytes:
    ranges = itertools.pairwise(bounds)
    return b"".join(bytes(part) for each in ranges for part in renderer.render(*each))


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("most_rows", [1, 7, 100, 1000, 1001])
@pytest.mark.parametrize("most_bytes", [10, 400, 3100, 50_000])
def test_statements_have_as_many_rows_as_fit(most_rows, most_bytes, writer, monkeypatch):
    """
    No more than R rows and B bytes, in one range or several; a long row stands alone.

    Where R rows are always too long, the rule begins anew after as many as never fit.
    """
    if writer == "numpy":
        monkeypatch.setattr(native, "compiled", None)
    table = table_of(1001)
    rows = rows_of(rendered(Renderer(table, SYNTAX, FRAME, None), 0, 1001))
    expected = cut(rows, min(most_rows, most_bytes // 4 + 1), most_bytes)
    renderer = Renderer(table, SYNTAX, FRAME, most_rows, most_bytes)
    assert expected == rendered(renderer, 0, 1001)
    assert expected == rendered(renderer, 0, 1, 2, 99, 100, 101, 500, 999, 1001)
    assert expected == rendered(renderer, *range(0, 1001, 77), 1001)


def test_statements_that_fit_stay_as_they_are():
    """Where R rows have few bytes, the limit changes nothing, even where they could have more."""
    table = table_of(20_000)
    plain = Renderer(table, SYNTAX, FRAME, 1000)
    limited = Renderer(table, SYNTAX, FRAME, 1000, 1_000_000)
    assert rendered(plain, 0, 20_000) == rendered(limited, 0, 7, 8191, 8192, 16_384, 20_000)


def test_many_rows_of_a_statement_need_not_be_made_again():
    """Of a million rows a statement, a range makes only as many before it as could fit in one."""
    table = table_of(20_000)
    renderer = Renderer(table, SYNTAX, FRAME, 1_000_000, 10_000)
    text = rendered(renderer, 0, 20_000)
    assert text == rendered(renderer, 0, 12_345, 12_346, 20_000)
    assert all(len(s) <= 10_010 for s in text.split(FRAME.end))
    made = []
    keep = table.columns["c1"].compute
    table.columns["c1"] = BoundColumn(
        "c1", parse_type("bigint"), lambda batch: made.append(len(batch.rows)) or keep(batch)
    )
    rendered(renderer, 12_345, 12_346)
    assert sum(made) <= 10_000 // 4 + 10
