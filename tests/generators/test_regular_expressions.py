"""Texts of a regular expression match it, whatever its form; what is not read is refused."""

from __future__ import annotations

import math
import re
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shardgen.errors import BindError
from shardgen.generators.regular_expressions import parts_of_regex

PATTERNS = [
    r"^[A-Z]{3}-\d{4}$", r"^[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}$", r"(foo|ba[rz])+", r"a?b*c+",
    r"^(?:\+\d{1,3} )?\(\d{3}\) \d{3}-\d{4}$", r"^#[0-9a-fA-F]{6}$", r"^[^@ ]+@[^@ ]+$",
    r"\w+\s\S+",
    r"^([01]\d|2[0-3]):[0-5]\d$", r"x{2}|y{3,}|", r"[]a-]+", r"a.c", r"\.\\\[", r"^.{3,}$",
    r"[\d.]+?",
]  # fmt: skip


def texts(parts, most=300):
    """Return texts of parts: as many as `most`, of choices far apart."""
    count = math.prod(map(len, parts))
    made = []
    for n in range(min(count, most)):
        at, text = n * count // min(count, most), ""
        for part in reversed(parts):
            at, digit = divmod(at, len(part))
            text = part[digit] + text
        made.append(text)
    return made


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("longest", [None, 12])
@pytest.mark.parametrize("unique", [False, True])
def test_every_text_matches(pattern, longest, unique):
    """Python's own expressions say so, and no text is longer than there is room for."""
    least = {PATTERNS[4]: 14}.get(pattern, 0)
    if longest is not None and least > longest:
        with pytest.raises(BindError, match="at least 14 characters"):
            parts_of_regex(pattern, longest=longest)
        return
    found = texts(parts_of_regex(pattern, longest=longest, unique=unique))
    assert [] == [text for text in found if not re.search(pattern, text)]
    assert longest is None or max(map(len, found)) <= longest


@pytest.mark.parametrize("pattern", PATTERNS)
def test_different_choices_are_different_texts_where_unique(pattern):
    """All of some thousand choices."""
    found = texts(parts_of_regex(pattern, unique=True), 3000)
    assert len(found) == len(set(found))


def test_posix_classes_are_known():
    """As PostgreSQL and MySQL write them."""
    assert [tuple("0123456789")] == parts_of_regex("[[:digit:]]")


@pytest.mark.parametrize(("shortest", "longest"), [(3, 5), (5, 5), (1, 40), (30, 40)])
def test_lengths_are_kept(shortest, longest):
    """Of repeats, alternatives and groups."""
    for pattern in (r"[a-z]{1,40}", r"(ab|cde)[0-9]{0,60}", r"x*(y|z{0,50})[a-c]{0,60}"):
        found = texts(parts_of_regex(pattern, shortest=shortest, longest=longest))
        assert {True} == {shortest <= len(text) <= longest for text in found}


@pytest.mark.parametrize(
    "pattern",
    ["(?=a)b", r"(a)\1", "a{3,1}", "[z-a]", "(", ")", "[", "a{", "*a", "a^b", "a$b", "[[:what:]]",
     "a{99999}", "(" * 60 + ")" * 60, r"\b", "(?<n>a)", "\\"],
)  # fmt: skip
def test_what_is_not_read_is_refused(pattern):
    """By name and place, and never misread."""
    with pytest.raises(BindError):
        parts_of_regex(pattern)


@given(st.text(alphabet="ab01[](){}|*+?.^$\\d-,", max_size=12))
def test_any_pattern_is_answered(pattern):
    """By texts that match, or by a refusal."""
    try:
        parts = parts_of_regex(pattern, longest=30)
    except BindError:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of `[[`, as if it were a set in a set
            form = re.compile(pattern)
    except re.error:  # what databases take and Python does not
        return
    for text in texts(parts, 20):
        assert form.search(text), text
