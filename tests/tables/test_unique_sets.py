"""Columns that are unique together: no combination repeats, whatever they are made of."""

from __future__ import annotations

import math
from collections import Counter
from itertools import groupby
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.keys import ID, bind, composite, key, table, tuples
from support.statistics import assert_counts_fit, assert_uniform
from support.tables import GENERATED, cells, generated

from shardgen.errors import InputError, PlanError, SchemaError
from shardgen.random.streams import words

FEW = settings(max_examples=60, deadline=None)


def listed(n: int) -> dict[str, Any]:
    """A column of n different words."""
    values = [f"w{i}" for i in range(n)]
    return {"type": "varchar(9)", "generator": "choice", "generator_params": {"values": values}}


def ranged(n: int, **facts: Any) -> dict[str, Any]:
    """A column of n different numbers."""
    return {
        "type": "int",
        "generator": "int_range",
        "generator_params": {"min": 5, "max": 4 + n},
        **facts,
    }


def dated(n: int) -> dict[str, Any]:
    """A column of n different days."""
    return {"type": "date", "generator": "date_past", "generator_params": {"days_ago": n - 1}}


MEMBERS = {
    "choice": (listed, 7),
    "int_range": (ranged, 9),
    "date": (dated, 11),
    "boolean": (lambda _: {"type": "boolean"}, 2),
    "weighted": (lambda n: listed(n) | {"generator": "weighted"}, 5),
    "enum": (lambda _: {"type": "enum('a','b','c')"}, 3),
}
"""A column that has so many different values."""


def made(rows: int, columns: dict[str, Any], **options: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a table whose columns are unique together."""
    bound = bind(table("t", rows, {"id": ID, **columns}, unique=[list(columns)]), **options)
    return tuples(bound["t"], *columns)


def refusal(*tables: dict[str, Any], kind: type[InputError] = PlanError, **rows: int) -> str:
    """Return the one mistake of these tables."""
    with pytest.raises(kind) as caught:
        bind(*tables, **rows)
    (mistake,) = caught.value.mistakes
    return str(mistake)


# --- Values among values


@pytest.mark.parametrize(
    "names",
    [
        ("choice", "int_range"),
        ("date", "boolean", "enum"),
        ("weighted", "choice"),
        ("boolean", "int_range", "date"),
    ],
)
def test_as_many_rows_as_combinations_are_all_of_them(names):
    """Exactly as many rows as there are combinations, and not one more."""
    columns = {name: MEMBERS[name][0](MEMBERS[name][1]) for name in names}
    total = math.prod(MEMBERS[name][1] for name in names)
    rows = made(total, columns)
    assert total == len(set(rows))
    for n, name in enumerate(names):
        assert MEMBERS[name][1] == len({row[n] for row in rows})
    sizes = " × ".join(f"{MEMBERS[name][1]} of {name}" for name in names)
    columns_named = {"id": ID, **columns}
    said = refusal(table("t", total + 1, columns_named, unique=[list(columns)]))
    assert said == (
        f"{total + 1} rows are asked for, and there are {sizes} = {total} combinations "
        f"at tables.t ({', '.join(names)}); "
        f"ask for at most {total} rows, or let these columns have more values"
    )


@given(st.lists(st.integers(1, 40), min_size=2, max_size=4), st.data())
@FEW
def test_no_combination_comes_twice(sizes, data):
    """For any sizes and any number of rows that they allow."""
    total = math.prod(sizes)
    rows = made(
        data.draw(st.integers(1, min(total, 3000))),
        {f"c{n}": (listed, ranged, dated)[n % 3](size) for n, size in enumerate(sizes)},
        seed=data.draw(st.integers(0, 9)),
    )
    assert len(rows) == len(set(rows))


def test_combinations_are_spread_evenly():
    """Each column is uniform, and the columns do not follow each other."""
    rows = made(20_000, {"a": ranged(100), "b": listed(50), "c": ranged(100)})
    assert_uniform([row[0] for row in rows], 5, 104)
    pairs = Counter((row[0] % 10, row[1][-1]) for row in rows)
    assert_counts_fit(list(pairs.values()), [1] * len(pairs))
    assert 100 == len(pairs)


@pytest.mark.parametrize(
    "facts",
    [
        {"type": "uuid"},
        {"type": "varchar(255)", "generator": "email"},
        {"type": "bigint", "generator": "sequence"},
        {"type": "varchar(40)", "generator": "loan_number"},
    ],
)
def test_a_column_that_never_repeats_leaves_the_others_free(facts):
    """Two values of the other column do for any number of rows, as either may come up."""
    rows = made(5000, {"a": facts, "b": {"type": "boolean"}})
    assert 5000 == len({row[0] for row in rows})
    assert 2200 < sum(row[1] for row in rows) < 2800


@pytest.mark.parametrize("name", sorted(GENERATED))
def test_every_generator_keeps_it_or_says_that_it_cannot(name):
    """Beside a column of 50 numbers, as a column of a set does not repeat by itself."""
    facts = generated(name)
    refused = []
    for rows in (40, 3000):
        try:
            found = made(rows, {"a": facts, "b": ranged(50)})
        except InputError as error:
            refused.append(str(error))
            continue
        assert rows == len(set(found)), name
    assert all("unique" in text or "combinations" in text for text in refused)


@pytest.mark.parametrize(
    "kind",
    [
        *("tinyint", "smallint", "int", "bigint", "decimal(4,2)", "decimal(18,2)", "float"),
        *("double", "varchar(1)", "varchar(5)", "varchar(20)", "varchar(200)", "text", "date"),
        *("datetime", "timestamp", "boolean", "uuid", "json", "enum('a','b')"),
    ],
)
def test_every_type_keeps_it_or_says_that_it_cannot(kind):
    """Columns without a generator, too."""
    refused = []
    for rows in (40, 3000):
        try:
            found = made(rows, {"a": {"type": kind}, "b": ranged(50)})
        except PlanError as error:
            refused.append(str(error))
            continue
        assert rows == len(set(found)), kind
    assert all("combinations" in text for text in refused)


def test_times_that_become_days_are_refused():
    """Two of them may be one day."""
    times = {"type": "date", "generator": "timestamp_past"}
    said = refusal(
        table("t", 50, {"id": ID, "a": times, "b": ranged(50)}, unique=[["a", "b"]]),
        kind=SchemaError,
    )
    assert "finer values than date" in said


def test_more_combinations_than_62_bits():
    """The smallest columns that are enough are joined; others are drawn freely, and evenly."""
    wide = {"type": "bigint", "generator": "int_range"}
    ends = {"min": -(1 << 63), "max": (1 << 63) - 1}
    rows = made(20_000, {"a": wide | {"generator_params": ends}, "b": {"type": "boolean"}})
    assert 20_000 == len(set(rows))
    shifted = [(row[0] >> 40) + (1 << 23) for row in rows]
    assert_uniform(shifted, 0, (1 << 24) - 1, bins=16)
    assert 9500 < sum(row[1] for row in rows) < 10_500
    billions = {"generator_params": {"min": 0, "max": (1 << 40) - 1}}
    rows = made(20_000, {"a": wide | billions, "b": wide | billions, "c": ranged(100)})
    assert 20_000 == len(set(rows))
    for n in (0, 1):
        assert_uniform([row[n] >> 30 for row in rows], 0, 1023, bins=16)


def test_a_set_that_another_one_implies_asks_for_nothing():
    """In another order, or with more columns, it is unique already."""
    columns = {"id": ID, "a": ranged(9), "b": ranged(9), "c": listed(2)}
    sets = [["a", "b", "c"], ["b", "a"], ["a", "b"]]
    bound = bind(table("t", 81, columns, unique=sets))
    assert 81 == len(set(tuples(bound["t"], "a", "b")))
    assert 25 < [c for (c,) in tuples(bound["t"], "c")].count("w0") < 56
    bound = bind(table("t", 81, columns | {"b": ranged(81, unique=True)}, unique=sets))
    assert 81 == len(set(tuples(bound["t"], "b")))


def test_indexes_make_sets_as_well():
    """A unique index over two columns is kept as a `unique` of them is: all 81 pairs come."""
    index = {"name": "i", "columns": ["a", "b"], "unique": True}
    bound = bind(table("t", 81, {"id": ID, "a": ranged(9), "b": ranged(9)}, indexes=[index]))
    assert 81 == len(set(tuples(bound["t"], "a", "b")))


def test_columns_of_a_set_may_be_null():
    """A combination with a null in it equals no other."""
    rows = made(700, {"a": ranged(9) | {"nullable": True}, "b": ranged(100)})
    whole = [row for row in rows if None not in row]
    assert len(whole) == len(set(whole))
    assert 30 < sum(row[0] is None for row in rows) < 120


# --- Keys among keys


def junction(a: int, b: int, rows: int, *, own_key: bool = False, **more: Any) -> list[Any]:
    """Two tables, and one of pairs of them; `a_id` and `b_id` are facts of its columns."""
    part = {} if own_key else {"primary_key": True}
    columns = {
        "a_id": key("a", **part, **more.pop("a_id", {})),
        "b_id": key("b", **part, **more.pop("b_id", {})),
    }
    if own_key:
        columns, more = {"id": ID, **columns}, {"unique": [["a_id", "b_id"]], **more}
    parents = [table("a", a, {"id": ID}), table("b", b, {"id": ID})]
    return [*parents, table("j", rows, columns, **more)]


@pytest.mark.parametrize("own_key", [False, True])
@pytest.mark.parametrize(
    ("a", "b", "rows"), [(1, 1, 1), (3, 5, 15), (70, 90, 6300), (900, 900, 5000)]
)
def test_pairs_of_parents_come_once_each(a, b, rows, own_key):
    """From one pair to a full table; each side is uniform, with and without a key of its own."""
    bound = bind(*junction(a, b, rows, own_key=own_key))
    pairs = tuples(bound["j"], "a_id", "b_id")
    assert rows == len(set(pairs))
    for side, size in ((0, a), (1, b)):
        drawn = [pair[side] for pair in pairs]
        assert set(drawn) <= set(range(1, size + 1))
        assert_uniform(drawn, 1, size, bins=min(size, 10))


def test_one_pair_too_many_is_refused_with_the_numbers():
    """3 × 5 parents give 15 pairs: the sixteenth row is refused before the first is made."""
    assert refusal(*junction(3, 5, 16)) == (
        "16 rows are asked for, and there are 3 of a_id × 5 of b_id = 15 combinations "
        "at tables.j (a_id, b_id); ask for at most 15 rows, or let these columns have more values"
    )


@pytest.mark.parametrize(
    "shape",
    [
        {"type": "grouped"},
        {"type": "grouped", "distribution": "lognormal", "sigma": 1.5},
        {"type": "grouped", "distribution": "uniform", "min": 1, "max": 9},
    ],
)
@pytest.mark.parametrize("rows", [1, 200, 1000])
def test_within_a_grouped_key_the_other_differs(shape, rows):
    """The grouped key keeps its runs and their lengths, and no pair comes twice."""
    if shape.get("min"):
        rows = 200
    bound = bind(*junction(40, 30, rows, a_id={"fan_out": shape}))
    pairs = tuples(bound["j"], "a_id", "b_id")
    assert rows == len(set(pairs))
    runs = [(parent, len(list(run))) for parent, run in groupby(pair[0] for pair in pairs)]
    assert len(runs) == len({parent for parent, _ in runs})
    lengths = [length for _, length in runs]
    assert max(lengths) <= shape.get("max", 30)
    assert min(lengths) >= shape.get("min", 1)
    if rows == 1000:
        assert_uniform([pair[1] for pair in pairs], 1, 30, bins=10)


def test_a_full_group_has_every_other_parent():
    """All 40 × 30 pairs under a grouped key, and a row more is refused with these numbers."""
    bound = bind(*junction(40, 30, 1200, a_id={"fan_out": "grouped"}))
    assert 1200 == len(set(tuples(bound["j"], "a_id", "b_id")))
    said = refusal(*junction(40, 30, 1201, a_id={"fan_out": "grouped"}))
    assert (
        "1201 rows are asked for, and there are 40 of 'a' × 30 of 'b' = 1200 combinations" in said
    )


def test_all_pairs_are_as_likely_within_a_group():
    """Over many parents, any two of the others come together as often as any other two."""
    bound = bind(*junction(30_000, 6, 60_000, a_id={"fan_out": "grouped"}))
    pairs: Counter[tuple[int, ...]] = Counter()
    rows = tuples(bound["j"], "a_id", "b_id")
    for _, run in groupby(rows, key=lambda pair: pair[0]):
        pairs[tuple(sorted(pair[1] for pair in run))] += 1
    assert 15 == len(pairs)
    assert max(pairs.values()) < 1.25 * min(pairs.values())


ZIPF = {"type": "random", "distribution": "zipf", "exponent": 1.0}
RECENT = {"type": "random", "distribution": "recent", "half": 0.1}


@pytest.mark.parametrize("plain", [{}, {"fan_out": "grouped"}, {"fan_out": "random"}])
@pytest.mark.parametrize("side", ["a_id", "b_id"])
def test_a_skewed_key_keeps_its_skew(plain, side):
    """As many of the pairs as of free draws have the most popular parents, but for doubles."""
    other = "b_id" if side == "a_id" else "a_id"
    tables = junction(3000, 3000, 6000, **{side: {"fan_out": ZIPF}, other: plain})
    pairs = tuples(bind(*tables)["j"], side, other)
    assert 6000 == len(set(pairs))
    counts = sorted(Counter(pair[0] for pair in pairs).values(), reverse=True)
    whole = sum(1 / k for k in range(1, 3001))
    for k in (1, 2, 3, 10, 30):
        assert counts[k - 1] == pytest.approx(6000 / k / whole, rel=0.25)


def test_a_recent_key_keeps_its_skew():
    """Half of the pairs have one of the newest tenth of parents, as without the uniqueness."""
    tables = junction(3000, 3000, 6000, b_id={"fan_out": RECENT})
    pairs = tuples(bind(*tables)["j"], "a_id", "b_id")
    assert 6000 == len(set(pairs))
    assert sum(b > 2700 for _, b in pairs) == pytest.approx(3000, rel=0.05)


@pytest.mark.parametrize("b_id", [ZIPF, RECENT])
def test_two_skewed_keys_keep_both(b_id):
    """The most popular parent of one and the recent ones of the other have their free shares."""
    tables = junction(2000, 2000, 6000, a_id={"fan_out": ZIPF}, b_id={"fan_out": b_id})
    pairs = tuples(bind(*tables)["j"], "a_id", "b_id")
    assert 6000 == len(set(pairs))
    first = sorted(Counter(a for a, _ in pairs).values(), reverse=True)
    assert first[0] == pytest.approx(6000 / sum(1 / k for k in range(1, 2001)), rel=0.1)
    if b_id is RECENT:
        assert sum(b > 1800 for _, b in pairs) == pytest.approx(3000, rel=0.1)


def three(rows: int, **shapes: Any) -> list[dict[str, Any]]:
    """Three tables of 200 rows, and one of triples of them."""
    columns = {f"{n}_id": key(n, primary_key=True, **shapes.get(n, {})) for n in "abc"}
    return [*(table(n, 200, {"id": ID}) for n in "abc"), table("j", rows, columns)]


@pytest.mark.parametrize(
    "shapes",
    [
        {},
        {"a": {"fan_out": "grouped"}},
        {"c": {"fan_out": ZIPF}},
        {"a": {"fan_out": ZIPF}},
        {"a": {"fan_out": "grouped"}, "c": {"fan_out": ZIPF}},
        {"a": {"fan_out": ZIPF}, "c": {"fan_out": RECENT}},
    ],
)
def test_triples_come_once_each(shapes):
    """And it is the skewed key that is skewed, wherever it stands."""
    rows = tuples(bind(*three(5000, **shapes))["j"], "a_id", "b_id", "c_id")
    assert 5000 == len(set(rows))
    for n, name in enumerate("abc"):
        most = Counter(row[n] for row in rows).most_common(1)[0][1]
        if shapes.get(name, {}).get("fan_out") == ZIPF:
            assert 700 < most < 1000, name
        elif shapes.get(name, {}).get("fan_out") != RECENT:
            assert most < 60, name


@pytest.mark.parametrize(
    ("shapes", "says"),
    [
        (dict.fromkeys("ab", "grouped"), "'a_id' and 'b_id' are grouped, and unique together"),
        (dict.fromkeys("ab", RECENT) | {"c": ZIPF}, "'a_id' and 'b_id' and 'c_id' are skewed"),
        (dict.fromkeys("abc", RECENT), "'a_id' and 'b_id' and 'c_id' are skewed"),
    ],
)
def test_keys_that_cannot_all_have_their_way(shapes, says):
    """Two runs in one table, or a skew too many: the message names the keys and the set."""
    tables = three(50, **{n: {"fan_out": shape} for n, shape in shapes.items()})
    said = refusal(*tables, kind=SchemaError)
    assert said.startswith(says)
    assert "at tables.j (a_id, b_id, c_id); " in said


def test_two_keys_by_recency_alone_are_refused():
    """Neither can be the one within which the other differs, as one by zipf could."""
    tables = junction(9, 9, 9, a_id={"fan_out": RECENT}, b_id={"fan_out": RECENT})
    assert "skewed by recency" in refusal(*tables, kind=SchemaError)


# --- Keys among values


def coloured(rows: int, values: dict[str, Any], **facts: Any) -> list[dict[str, Any]]:
    columns = {"id": ID, "a_id": key("a", **facts), "v": values}
    return [table("a", 50, {"id": ID}), table("j", rows, columns, unique=[["a_id", "v"]])]


@pytest.mark.parametrize(
    "facts", [{}, {"fan_out": "grouped"}, {"fan_out": ZIPF}, {"nullable": True}]
)
@pytest.mark.parametrize("name", ["choice", "int_range", "date", "weighted"])
def test_a_parent_has_each_value_once(facts, name):
    """A key of any shape beside values of any kind; rows with a null key do not count."""
    make, _ = MEMBERS[name]
    bound = bind(*coloured(400, make(200), **facts))
    rows = [row for row in tuples(bound["j"], "a_id", "v") if row[0] is not None]
    assert len(rows) == len(set(rows))
    assert 340 < len(rows) <= 400


def test_a_full_table_of_parents_and_values():
    """All 50 × 7 combinations, with a random key and with a grouped one."""
    bound = bind(*coloured(350, listed(7)))
    assert 350 == len(set(tuples(bound["j"], "a_id", "v")))
    bound = bind(*coloured(350, listed(7), fan_out="grouped"))
    assert 350 == len(set(tuples(bound["j"], "a_id", "v")))


def test_groups_larger_than_the_values_are_refused_with_the_way_out():
    """A run of 13 cannot differ in 7 values; the `max` that the message proposes does work."""
    shape = {"type": "grouped", "distribution": "uniform", "min": 1, "max": 13}
    said = refusal(*coloured(350, listed(7), fan_out=shape))
    assert said == (
        "13 rows with the same a_id are asked for, and there are 7 values of v "
        'at tables.j (a_id, v); let the fan_out of a_id be "grouped" with "max": 7, '
        "or let these columns have more values"
    )
    bound = bind(*coloured(300, listed(7), fan_out=shape | {"max": 7}))
    assert 300 == len(set(tuples(bound["j"], "a_id", "v")))


def test_groups_that_ask_for_more_than_the_other_parents_are_refused():
    """A `min` of 4 rows a parent, where the other key has 3 to choose from."""
    shape = {"type": "grouped", "distribution": "poisson", "min": 4}
    said = refusal(*junction(5, 3, 30, a_id={"fan_out": shape}))
    assert said.startswith(
        "at least 4 rows with the same a_id are asked for, and there are 3 of 'b' to differ in"
    )


def test_a_key_of_several_columns_is_one_member():
    """Each pair of it and a value comes once; the parent's pairs are those of the parent."""
    parents = [table("a", 5, {"id": ID}), table("b", 6, {"id": ID})]
    pairs = table("p", 30, {n: key(n[0], primary_key=True) for n in ("a_id", "b_id")})
    columns = {"id": ID, "x": {"type": "bigint"}, "y": {"type": "bigint"}, "v": listed(4)}
    refers = composite(["x", "y"], "p", ["a_id", "b_id"])
    child = table("c", 120, columns, foreign_keys=[refers], unique=[["x", "y", "v"]])
    bound = bind(*parents, pairs, child)
    rows = tuples(bound["c"], "x", "y", "v")
    assert 120 == len(set(rows))
    assert {(x, y) for x, y, _ in rows} == set(tuples(bound["p"], "a_id", "b_id"))
    part = table("c", 20, columns, foreign_keys=[refers], unique=[["x", "v"]])
    said = refusal(*parents, pairs, part, kind=SchemaError)
    assert "unique together only in part" in said
    assert "add y to the unique columns" in said


def test_columns_in_two_sets_are_refused():
    """A shared column would have to serve both; the message says how the schema can."""
    columns = {"id": ID, "a": ranged(9), "b": ranged(9), "c": ranged(9)}
    said = refusal(table("t", 20, columns, unique=[["a", "b"], ["b", "c"]]), kind=SchemaError)
    assert said == (
        "column 'b' is unique together with two sets of others at tables.t (b, c); "
        "leave out one of them, or group a foreign key that is in both"
    )


def test_a_name_is_unique_within_its_folder():
    """A key to the table itself leads to earlier rows as ever, and the names are unique."""
    columns = {"id": ID, "up": key("t", nullable=True), "name": ranged(500)}
    bound = bind(table("t", 500, columns, unique=[["up", "name"]]))
    made = tuples(bound["t"], "id", "up", "name")
    assert 500 == len({name for _, _, name in made})
    assert all(up is None or up < own for own, up, _ in made)
    said = refusal(table("t", 501, columns, unique=[["up", "name"]]))
    assert "501 rows are asked for, and there are 500 values of name" in said


def test_keys_to_the_own_table_alone_are_no_set():
    """A row can refer to earlier rows alone: one column must be free to make the difference."""
    columns = {"id": ID, "up": key("t"), "of": key("t")}
    said = refusal(table("t", 20, columns, unique=[["up", "of"]]), kind=SchemaError)
    assert "all of these columns refer to their own table" in said


# --- Any rows


@pytest.mark.parametrize(
    "tables",
    [
        junction(70, 90, 5000),
        junction(70, 90, 5000, a_id={"fan_out": "grouped"}),
        junction(9000, 9000, 20_000, a_id={"fan_out": {"type": "grouped", "distribution": "zipf"}}),
        junction(9000, 9000, 20_000, b_id={"fan_out": ZIPF}),
        coloured(400, ranged(100), fan_out=ZIPF),
        three(5000, a={"fan_out": "grouped"}, c={"fan_out": RECENT}),
    ],
)
def test_any_rows_alone_are_those_of_the_whole(tables):
    """In ranges, scattered, one by one, or none."""
    names = [c["name"] for c in tables[-1]["columns"]]
    whole = tuples(bind(*tables)["j"], *names)
    alone = bind(*tables)["j"]
    scattered = (words(5, np.arange(300)) >> np.uint64(1)).astype(np.int64) % len(whole)
    spans = [range(0), range(1), range(17, 200), range(len(whole) - 1, len(whole)), scattered]
    for rows in spans:
        made = zip(*(cells(alone, name, rows) for name in names), strict=True)
        assert [whole[row] for row in rows] == list(made)


def test_a_generator_that_a_foreign_key_ignores_numbers_nothing():
    """The key takes its values from a parent, whatever generator stands beside it."""
    pair = {
        "x": key("a", fan_out="grouped", primary_key=True),
        "y": key("b", primary_key=True, generator="ordinal"),
    }
    tables = bind(*(table(name, 10, {"id": ID}) for name in "ab"), table("j", 80, pair))
    assert 80 == len(set(tuples(tables["j"], "x", "y")))
