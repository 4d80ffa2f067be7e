"""File names of tables: safe, short enough, and different for any two tables."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shardgen.output.file_names import table_stems

LETTERS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
NAMES = st.lists(st.text(LETTERS, min_size=1, max_size=63), min_size=1, max_size=8, unique=True)


def file_names(tables):
    return {table: f"{stem}.csv" for table, stem in table_stems(tables).items()}


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("loans", "loans.csv"),
        ("Order_Items-2", "Order_Items-2.csv"),
        ("größe", "größe.csv"),
        ("order items", "order items.csv"),
        (" a ", "%20a%20.csv"),
        ("a/b", "a%2Fb.csv"),
        ("..", "%2E%2E.csv"),
        (".hidden", "%2Ehidden.csv"),
        ("100%", "100%25.csv"),
        ("😀", "%F0%9F%98%80.csv"),
        ("con", "con~2.csv"),
        ("LPT1", "LPT1~2.csv"),
    ],
)
def test_a_table_gives_its_file_the_name(table, name):
    """As it is where every system takes it, else with the bytes of odd characters."""
    assert {table: name} == file_names([table])


def test_names_that_some_system_takes_for_one_are_told_apart():
    """Cases and ways to write an accent make no difference to some."""
    names = file_names(["Loans", "loans", "LOANS", "é", "e\u0301"])
    assert ["Loans.csv", "loans~2.csv", "LOANS~3.csv", "é.csv"] == list(names.values())[:4]
    assert 5 == len({unicodedata.normalize("NFC", name).casefold() for name in names.values()})


@given(NAMES)
def test_any_tables_have_files_of_their_own(tables):
    """Whatever they are called; no name leads out of the folder, hides, or is too long."""
    names = file_names(tables)
    assert tables == list(names)
    folded = {unicodedata.normalize("NFKC", name).casefold() for name in names.values()}
    assert len(tables) == len(folded)
    for name in names.values():
        assert len(name.encode()) <= 255
        assert name.endswith(".csv")
        assert not set(name) & set('/\\:*?"<>|\n\t')
        assert name[0] not in ". "
        assert name.isprintable()


def test_long_names_stay_apart():
    """Those that are cut to the same beginning are numbered."""
    tables = [letter * 63 + end for letter in "😀" for end in "ab"]
    assert 2 == len(set(file_names(tables).values()))
