"""Grids: columns line up in a terminal, whatever is written in them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.schemas import parsed, with_column
from wcwidth import wcswidth

from shardgen.cli.grid import grid
from shardgen.cli.preview_report import preview_report
from shardgen.plan.plan import build_plan
from shardgen.plan.source import Source

WIDE = ["日本語", "ｱﾊﾟｰﾄ", "a", "-"]
COMBINING = ["e\u0301te\u0301", "o\u0308", "été", "x"]
ARABIC = ["مُحَمَّد", "علي", "a", "لا"]


def prefixes(text: str, cells: list[list[str]]) -> Iterator[list[int]]:
    """Yield, for each column, the display width of what stands before its cell in each line."""
    lines = text.split("\n")
    lines = [lines[0], *lines[2:]]
    seen = [0] * len(lines)
    for column in zip(*cells, strict=True):
        for n, (line, cell) in enumerate(zip(lines, column, strict=True)):
            seen[n] = line.index(cell, seen[n])
        yield [wcswidth(line[:at]) for line, at in zip(lines, seen, strict=True)]
        seen = [at + len(cell) for at, cell in zip(seen, column, strict=True)]


def test_a_grid_is_a_head_a_rule_and_rows():
    """Two spaces between columns, numbers to the right, nothing at the end of a line."""
    rows = [("1", "one", "a"), ("1000", "thousand", "bc")]
    assert [
        "   n  name      c",
        "----  --------  --",
        "   1  one       a",
        "1000  thousand  bc",
    ] == grid(("n", "name", "c"), rows, to_right={0}).split("\n")


def test_cells_stay_as_they_are():
    """Spaces at their ends too, and text that looks like a number."""
    text = grid(("a", "b"), [("  x", "1e5"), ("007", "1.50"), ("nan", "0x1F")])
    assert ["a    b", "---  ----", "  x  1e5", "007  1.50", "nan  0x1F"] == text.split("\n")


@pytest.mark.parametrize("words", [WIDE, COMBINING, ARABIC], ids=["wide", "combining", "arabic"])
def test_columns_begin_at_the_same_place_of_a_terminal(words):
    """After cells of any width: two columns for a kanji, none for an accent by itself."""
    rows = [[word, f"<{n}", word, "|"] for n, word in enumerate(words)]
    cells = [["first", "n", "third", "last"], *rows]
    for starts in prefixes(grid(cells[0], rows), cells):
        assert 1 == len(set(starts)), starts


@given(
    st.lists(
        st.tuples(*[st.text("aé日ｱ\u0301مُ🙂-", max_size=6).map(lambda t: f"[{t}]")] * 3),
        min_size=1,
    )
)
def test_columns_begin_at_the_same_place_for_any_text(rows):
    """Whatever stands in the cells before."""
    cells = [["[head]"] * 3, *map(list, rows)]
    for starts in prefixes(grid(cells[0], rows), cells):
        assert 1 == len(set(starts)), starts


@pytest.mark.parametrize("locale", ["ja_JP", "ar_EG", "de_DE"])
def test_a_preview_in_any_script_lines_up(locale):
    """Names of Japan are twice as wide as their number of characters, and dates follow them."""
    raw = with_column(type="varchar(60)", generator="full_name", locale=locale)
    raw["tables"][0]["columns"].append({"name": "day", "type": "date", "generator": "date_past"})
    source = Source.bind(build_plan(parsed(raw)))
    _, head, rule, *rows = preview_report(source, "users", (0, 20)).split("\n")
    starts = {wcswidth(row[: -len("2024-12-31")]) for row in rows}
    assert {wcswidth(head[: -len("day")])} == starts
    assert {len(rule) - len("2024-12-31")} == starts
    if locale == "ja_JP":
        assert max(map(len, rows)) < max(map(wcswidth, rows))
