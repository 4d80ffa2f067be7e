"""The table of types in docs/schema.md, held against the dialects."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shardgen.output.sql.dialects import DIALECTS
from shardgen.schema.types import NAMES, parse_type

ROOT = Path(__file__).parents[3]
_TEXT = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")
_ARGUMENTS = {"(n)": "(9)", "(p,s)": "(9,2)"}


def numbered(text: str) -> str:
    """Return a type with numbers for its arguments."""
    for word, number in _ARGUMENTS.items():
        text = text.replace(word, number)
    return text


def table() -> list[tuple[str, ...]]:
    """Return the rows of the table of types."""
    start = _TEXT.index("## Types")
    end = _TEXT.index("## Unique values")
    return re.findall(
        r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", _TEXT[start:end], re.MULTILINE
    )


@pytest.mark.parametrize("row", table(), ids=lambda row: row[0])
def test_the_docs_say_what_a_type_is_in_each_database(row):
    """Each dialect writes the type that the table has for it."""
    kind = parse_type(numbered(row[0]))
    for name, said in zip(("postgres", "mysql", "sqlite"), row[1:], strict=True):
        if kind.name in ("enum", "set"):
            continue  # the table has words for their labels
        assert numbered(said) == DIALECTS[name].type_name(kind), (row[0], name)


def test_the_docs_have_every_type():
    """No type is missing in the table."""
    assert set(NAMES) == {parse_type(numbered(row[0])).name for row in table()}
