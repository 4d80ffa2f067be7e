"""Patterns: what may stand in each place, and no text twice on a unique column."""

from __future__ import annotations

import re
import string
from collections import Counter
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.statistics import assert_values_fit
from support.tables import bind, bound, cells, schema_of, values_of

from shardgen.errors import PlanError, SchemaError


def made_by(pattern, rows=2000, kind="text", **facts):
    return values_of(rows, type=kind, generator="pattern", generator_params={"pattern": pattern},
                     **facts)  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "form"),
    [
        ("AB-####-??", r"AB-\d{4}-[A-Z]{2}"),
        ("***", r"[A-Z0-9]{3}"),
        (r"\#\?\*\\#", r"#\?\*\\\d"),
        ("[a-cX]-[0-9a-f]{8}", r"[a-cX]-[0-9a-f]{8}"),
        (r"[\]\-\[]", r"[\]\-\[]"),
        ("#{20}?{20}", r"\d{20}[A-Z]{20}"),
        ("x{3}#", r"xxx\d"),
        ("SKU", "SKU"),
        ("[ä-ö]😀#", "[ä-ö]😀[0-9]"),
        ("a-b #", r"a-b \d"),
        ("it's ##%", r"it's \d\d%"),
    ],
)
def test_texts_have_the_form_of_their_pattern(pattern, form):
    """Classes, ranges, counts and escapes; other characters stand for themselves."""
    assert all(re.fullmatch(form, text) for text in made_by(pattern))


@pytest.mark.parametrize("pattern", ["###", "#?*", "?{30}", "#{30}", "*{9}#{20}?{20}"])
@pytest.mark.parametrize("unique", [False, True])
def test_every_character_is_as_likely_as_any_other(pattern, unique):
    """In each place, however many places there are."""
    signs = re.sub(r"(.)\{(\d+)\}", lambda m: m[1] * int(m[2]), pattern)
    known = {"#": string.digits, "?": string.ascii_uppercase}
    known["*"] = string.ascii_uppercase + string.digits
    texts = made_by(pattern, 900 if pattern == "###" else 9000, unique=unique)
    for sign, column in zip(signs, zip(*texts, strict=True), strict=True):
        assert_values_fit(column, dict.fromkeys(known[sign], 1))


def test_places_know_nothing_of_each_other():
    """All pairs of a first and a last character are as likely as each other."""
    texts = made_by("#{7}?{9}*{9}#", 50_000)
    pairs = Counter((t[0], t[-1]) for t in texts)
    assert_values_fit(pairs.elements(), {(a, b): 1 for a in string.digits for b in string.digits})


@pytest.mark.parametrize(
    ("pattern", "rows"), [("##", 100), ("?#", 260), ("[ab]{10}", 1024), ("#{30}", 5000)]
)
def test_a_unique_column_has_no_text_twice(pattern, rows):
    """Up to all that there are."""
    assert rows == len(set(made_by(pattern, rows, unique=True)))


def test_more_unique_texts_than_there_are_are_refused_with_the_numbers():
    """A pattern of two digits gives 100 texts."""
    with pytest.raises(PlanError, match="101 unique values asked for, and only 100 exist"):
        made_by("A##", 101, unique=True)


def test_columns_that_are_unique_together():
    """Two patterns of 10 and 3 texts make 30 rows without a repeat."""
    columns = {
        "a": {"type": "text", "generator": "pattern", "generator_params": {"pattern": "#"}},
        "b": {"type": "text", "generator": "pattern", "generator_params": {"pattern": "[xyz]"}},
    }
    raw = schema_of(t=(30, columns))
    table = msgspec.structs.replace(raw.tables[0], unique=(("a", "b"),))
    table = bind(msgspec.structs.replace(raw, tables=(table,)))["t"]
    assert 30 == len(set(zip(cells(table, "a"), cells(table, "b"), strict=True)))


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("", "empty"),
        ("AB\\", "cannot read"),
        ("[abc", r"cannot read '\[abc'"),
        ("[]", "cannot read"),
        ("[z-a]", "runs backwards"),
        ("{3}", "a count follows what it repeats"),
        ("#{x}", "write a count"),
        ("#{0}", "write a count"),
        ("#{1001}", "more than 1000 characters"),
        ("#{9999}#{9999}", "more than 1000 characters"),
        ("a\0b", "NUL"),
        ("[a\0]", "NUL"),
        ("\\\0", "NUL"),
    ],
)
def test_patterns_that_mean_nothing_are_refused(pattern, says):
    """Half a class, a count of nothing, a text too long, and NUL, which databases refuse."""
    with pytest.raises(SchemaError, match=says):
        made_by(pattern, 5)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("varchar(5)", r"'AB-###' makes 6 characters, and the column is varchar\(5\)"),
        ("int", "yields text"),
        ("uuid", r"yields 'AB-...', which is no uuid"),
        ("json", r"yields 'AB-...', which is no JSON"),
        ("enum('a')", "free text|makes 6"),
    ],
)
def test_columns_that_cannot_hold_the_text_are_refused(kind, says):
    """The longest text of the pattern is measured, and types with a form of their own say no."""
    with pytest.raises(SchemaError, match=says):
        made_by("AB-###", 5, kind)


def test_a_pattern_of_uuids_fills_a_uuid_column():
    """That each text is one follows from the pattern; a capital letter is too much."""
    digits = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert all(str(UUID(text)) == text for text in made_by(digits, 50, "uuid"))
    with pytest.raises(SchemaError, match="small letters"):
        made_by(digits.replace("f]{12}", "fA]{12}"), 50, "uuid")


@given(st.lists(st.integers(0, 9999), max_size=40), st.booleans())
@settings(max_examples=40, deadline=None)
def test_any_rows_alone_are_those_of_the_whole(rows, unique):
    """Unique or not, in any order and with repeats, for texts of more than 64 bits of choice."""
    facts = {"type": "text", "generator": "pattern", "unique": unique,
             "generator_params": {"pattern": "?#-[a-f0-9]{18}#{8}"}}  # fmt: skip
    table = bound({"v": facts}, 10_000)
    whole = cells(table, "v")
    assert [whole[row] for row in rows] == cells(table, "v", rows)
