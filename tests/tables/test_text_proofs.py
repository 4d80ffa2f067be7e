"""What is proven of all texts of a column: JSON, UUIDs, and what no database stores."""

from __future__ import annotations

import itertools
import json
import random
import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shardgen.errors import BindError
from shardgen.tables import values as c
from shardgen.tables.json_reader import MAX_DEPTH, JsonReader
from shardgen.tables.json_texts import facts_of_texts, json_facts
from shardgen.tables.text_proofs import is_storable, unstorable_text
from shardgen.tables.uuid_texts import wrong_uuid

ROW = np.zeros(1, np.int64)
WORD = np.zeros(1, np.uint64)


def picks(*texts: str) -> c.Dictionary:
    return c.Dictionary(ROW, c.Pool(texts))


def whole(low: int, high: int, digits: int = 1) -> c.Integers:
    return c.Integers(ROW + low, low, high, digits)


def either(*branches: tuple[c.Element, ...]) -> c.Union:
    return c.Union(branches, ROW)


DAY = c.Dates(ROW, 0, 20_000)
HEX = c.HexDigits(WORD, 8)


@pytest.mark.parametrize(
    "parts",
    [
        ('{"id": ', whole(1, 9999), ', "tag": "', picks("a", "b"), '"}'),
        ('"', whole(0, 99999, 5), '"'),
        ('"', DAY, " ", HEX, '"'),
        (whole(0, 5),),
        (whole(10, 99, 2),),
        (picks("", "-"), whole(0, 9), ".", whole(0, 99, 2)),
        ("[", whole(0, 9), "e-", whole(0, 9), "]"),
        ("[", picks("1", "true", '"a"', "[]"), ", ", either(("null",), ('"', DAY, '"')), "]"),
        ('{"a":', either((whole(1, 9),), ("[", whole(1, 9), "]")), "}"),
        ('"', picks("\\n", "\\ud83d\\ude00", "\\\\"), '"'),
        (" { } ",),
        (c.Dates(ROW, 0, 9, compact=True),),
    ],
)
def test_texts_that_are_always_json(parts):
    """Whatever their strings and numbers are."""
    assert json_facts(c.Text(parts)).wrong is None


@pytest.mark.parametrize(
    ("parts", "wrong"),
    [
        (('{"label":"', picks("plain", '24" screen'), '"}'), '{"label":"24" screen"}'),
        (('"', picks("a", "b\n"), '"'), '"b\n"'),
        (('"', picks("a", "b\\"), '"'), '"b\\"'),
        ((whole(0, 99999, 5),), "00000"),
        ((whole(100, 99999, 5),), "00100"),
        ((picks("02108", "1"),), "02108"),
        ((picks("-", ""), whole(0, 9, 2)), "-00"),
        ((DAY,), "1970-01-01"),
        ((HEX,), "00000000"),
        (("[", picks("1", ""), ",2]"), "[,2]"),
        (('"\\u', whole(0, 9999, 4), '"'), '"\\u?"'),
        (('"', picks("\\ud83d", "a"), '"'), '"\\ud83d"'),
        (("[", either(("1",), ("1]",)), "]"), "[1]]"),
        (('{"a":1', picks(",", "")), '{"a":1,'),
        (("1e", whole(0, 999)), "1e999"),
        ((whole(-5, 5, 3),), None),
    ],
)
def test_texts_of_which_one_is_no_json(parts, wrong):
    """One that is not is shown, be it the rarest."""
    found = json_facts(c.Text(parts)).wrong
    assert found is not None
    assert wrong in (found, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text()
    | st.floats(allow_nan=False, allow_infinity=False, min_value=-1e90, max_value=1e90),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)  # fmt: skip


def reads(text: str) -> bool:
    reader = JsonReader()
    state = reader.read(reader.start, text)
    return state is not None and reader.may_end(state)


@settings(deadline=None)
@given(JSON, st.booleans(), st.sampled_from([None, 1]))
def test_the_reader_takes_what_a_decoder_takes(value, ascii_only, indent):
    """Every JSON text that Python writes, and none that is cut anywhere but within a number."""
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    if not is_storable(json.dumps(value, ensure_ascii=False)):
        return
    tiny = re.search(r"e-\d{3}", text) is not None
    assert reads(text) != tiny
    if text[0] in '[{"':
        assert not any(reads(text[:end]) for end in range(len(text)))


@settings(max_examples=300, deadline=None)
@given(JSON, st.randoms(use_true_random=False), st.sampled_from('"\\{}[],:0.e-+ua \n\x01'))
@example({"a": "\\"}, random.Random(1), '"')
def test_the_reader_refuses_what_a_decoder_refuses(value, chance, letter):
    """A letter put in the place of another makes the same difference to both."""
    text = json.dumps(value)
    place = chance.randrange(len(text))
    spoilt = text[:place] + letter + text[place + 1 :]
    expected = facts_of_texts([spoilt]).wrong is None
    if not re.search(r"e[-+]?\d{3}", spoilt):
        assert expected == reads(spoilt), spoilt


@given(
    st.lists(
        st.sampled_from(
            ["[", "]", '"', ",", "1", '{"a":', "}", whole(0, 2), whole(8, 11, 2), picks("1", '"'),
             picks("a", "b"), picks("]", ",1]"), picks("", "-"), either(("1",), ('"x"', ","))]
        ),
        max_size=5,
    )
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_what_is_proven_holds_for_every_text(parts):
    """All texts of the parts, made one by one, are JSON where that was proven, else one is not."""
    proven = json_facts(c.Text((*parts,))).wrong is None
    texts = map("".join, itertools.product(*map(all_texts, parts)))
    assert proven == all(facts_of_texts([text]).wrong is None for text in texts)


def all_texts(part: c.Element) -> list[str]:
    match part:
        case c.Dictionary(pool=pool):
            return [*pool.values]
        case c.Integers(low=low, high=high, digits=digits):
            return [f"{n:0{digits}d}" for n in range(low, high + 1)]
        case c.Union(branches=branches):
            return ["".join(map(str, branch)) for branch in branches]
    assert isinstance(part, str)
    return [part]


@pytest.mark.parametrize("depth", [1, 17, 99, 400, MAX_DEPTH, 1500, 100_000])
def test_depth_is_counted_without_recursion(depth):
    """However deep a text is; brackets within strings do not count."""
    text = "[" * depth + '"[[[[{{\\"[["' + "]" * depth
    facts = facts_of_texts([text])
    assert facts.wrong is None
    assert depth == facts.depth or depth <= facts.depth <= 16
    assert (depth <= MAX_DEPTH) == (json_facts(c.Text((text, whole(0, 1), ""))).depth <= MAX_DEPTH)


def test_the_escape_of_a_nul_is_seen():
    """Wherever it may come from; an escaped backslash before the letters is none."""
    for texts, expected in ((['"\\u0000"'], True), (['"\\\\u0000"', "1"], False)):
        assert expected == facts_of_texts(texts).has_nul
        assert expected == json_facts(c.Text((picks(*texts), " "))).has_nul


UUID = "00000000-0000-4000-8000-0000000000ff"


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        (picks(UUID), None),
        (picks(UUID, "x"), "x"),
        (picks(UUID.upper()), UUID.upper()),
        (c.Text((HEX, "-0000-4000-8000-", whole(0, 10**12 - 1, 12))), None),
        (c.Text((HEX, "-0000-4000-8000-", whole(10**11, 10**12 - 1))), None),
        (c.Text((HEX, "-0000-4000-8000-", whole(0, 10**11))), f"{UUID[:24]}0"),
        (c.Text((HEX, "-0000-4000-8000-0000", c.Dates(ROW, 0, 9, compact=True))), None),
        (c.Text((HEX, DAY)), "000000001970-01-01"),
        (c.Text((picks("0", "g"), UUID[1:])), f"g{UUID[1:]}"),
        (c.Text((either((HEX,), ("0000", "ffff")), UUID[8:])), None),
        (c.Text((HEX, UUID[8:], "0")), f"{UUID[:24]}0000000000ff0"),
    ],
)
def test_uuids_are_proven(values, wrong):
    """By the length of each part and the digits that it can have."""
    assert wrong == wrong_uuid(values)


def test_texts_in_too_many_ways_are_refused():
    """What cannot be looked through in a moment is not believed."""
    with pytest.raises(BindError, match="more ways"):
        json_facts(c.Text((picks("[", '{"a":'),) * 20))
    with pytest.raises(BindError, match="more ways"):
        json_facts(c.Text((picks("1" * 3_000_000, "2"), "")))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (picks("a", "b\0"), "b\0"),
        (picks("a", "\ud800"), "\ud800"),
        (c.Text((whole(0, 1), "\0")), "\0"),
        (c.Text((either(("a",), (picks("x", "\0y"),)),)), "\0y"),
        (c.Text((picks("ü", "\U0001f600"), DAY)), None),
    ],
)
def test_a_text_that_nothing_can_write_is_found(values, expected):
    """In pools, in what stands between them, and in branches."""
    assert expected == unstorable_text(values)
