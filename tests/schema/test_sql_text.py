"""SQL that a schema carries never ends the place where it stands."""

from __future__ import annotations

import contextlib
import random
import sqlite3

import pytest

from shardgen.schema.databases import DATABASES
from shardgen.schema.sql_text import MAX_SQL, one_line, sql_for, unsafe_sql

CARRIED = [
    "a > 0",
    "a = 'x)' AND b <> ';'",
    "a = 'it''s'",
    "a::text = ANY (ARRAY['x'::text, 'y'])",
    "x ~ '^[a-z]+$'",
    '"odd; name" > 1',
    "`a b` IS NOT NULL",
    "a @> '{}' AND a -> 'k' IS NOT NULL",
    "CASE WHEN a > (1 + (2)) THEN 1 END = 1",
]


@pytest.mark.parametrize("text", CARRIED)
def test_plain_conditions_are_carried(text: str) -> None:
    """As they are, but for space."""
    assert unsafe_sql(text, DATABASES) is None
    assert text == one_line(text)


REFUSED = [
    "", "  ", "a)", "(a", "a) OR (b", "a]", "f(a]", "a; DROP TABLE t", "a -- b", "a /* b", "a */ b",
    "'it", "'it''", '"a', "`a", "`a;`", "x = '\\'", "x = 'a\\' || b'", "$1", "$$a$$", "\\! ls",
    ":name", ":'name'", "a = 'x\ny'", "a = 'x\0'", "a\0b", "a = '\x1b'", "b = ANY (ARRAY[']'])",
    "a" * (MAX_SQL + 1),
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_what_could_end_its_place_is_refused(text: str) -> None:
    """Comments, ends of statements and of parentheses, what clients read as their own."""
    assert unsafe_sql(text, DATABASES) is not None


def test_what_is_a_comment_in_one_database_is_refused_there() -> None:
    """A hash is an operator in PostgreSQL."""
    assert unsafe_sql("a #> '{b}' IS NULL", ("postgres",)) is None
    assert "comment in MySQL" in str(unsafe_sql("a #> '{b}' IS NULL", DATABASES))


def test_space_is_a_space() -> None:
    """Outside of texts: clients read lines, and some of these as commands."""
    assert "a > 0 AND b = '  '" == one_line("\n a >\t0\r\nAND   b = '  '\n")
    assert sql_for({"mysql": "a\n/\n2"}, "mysql") == "a / 2"
    assert sql_for({"mysql": "a"}, "sqlite") is None


PIECES = (
    "'", "''", '"', "`", "\\", ")", "(", "[", "]", ";", "--", "/*", "*/", "#", "\n", "$$", " ",
    "a", "= 1", "DROP TABLE kept", "); DROP TABLE kept; --", "x'", "OR", ":", "::",
)  # fmt: skip


def test_nothing_that_is_carried_ends_a_statement() -> None:
    """Of many thousand texts of such pieces: SQLite sees one statement, or none at all."""
    draw = random.Random(7)
    database, carried = sqlite3.connect(":memory:", isolation_level=None), 0
    database.execute("CREATE TABLE kept (a)")
    for _ in range(40_000):
        text = "".join(draw.choices(PIECES, k=draw.randint(1, 7)))
        if unsafe_sql(text, DATABASES) is not None:
            continue
        carried += 1
        script = f"CREATE TABLE made (a, CHECK ({one_line(text)}));\nCREATE TABLE after (b);"
        with contextlib.suppress(sqlite3.Error):
            database.executescript(script)
        names = {name for (name,) in database.execute("SELECT name FROM sqlite_schema")}
        assert names in ({"kept"}, {"kept", "made", "after"}), text
        for name in names - {"kept"}:
            database.execute(f"DROP TABLE {name}")
    assert carried > 500
