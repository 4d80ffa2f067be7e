"""Which parent each child row has, and what is read of it."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.statistics import assert_uniform
from support.tables import bind, cells, rows_of, schema_of

from shardgen.errors import PlanError, SchemaError
from shardgen.random.streams import words
from shardgen.tables.batch import BATCH_ROWS, Batch
from shardgen.tables.relations import recent_share

PARENTS = {
    "id": {"type": "bigint", "primary_key": True},
    "name": {"type": "varchar(40)", "generator": "full_name"},
    "at": {"type": "date", "generator": "date_past", "nullable": True},
    "up": {"type": "bigint", "nullable": True, "foreign_key": {"table": "p", "column": "id"}},
}


def family(parents: int, children: int, **key):
    """Return the bound tables p and c, and c with a foreign key of this shape."""
    facts = {"nullable": False, "unique": False} | {
        k: v for k, v in key.items() if k in ("nullable", "unique")
    }
    shape = {k: v for k, v in key.items() if k == "fan_out"}
    column = {"type": "bigint", "foreign_key": {"table": "p", "column": "id", **shape}, **facts}
    return bind(schema_of(p=(parents, PARENTS), c=(children, {"p_id": column})))


def scattered(rows: int, count: int) -> np.ndarray:
    """Rows in no order, with repeats."""
    return (words(17, np.arange(count)) >> np.uint64(1)).astype(np.int64) % rows


# --- Shapes


@pytest.mark.parametrize("parents", [1, 2, 100, 4096, 4097, 50_000])
def test_random_parents_are_uniform(parents):
    """Any parent is as likely as any other, and none is outside the table."""
    drawn = cells(family(parents, 100_000)["c"], "p_id")
    assert_uniform(drawn, 1, parents)


@pytest.mark.parametrize(("parents", "children"), [(1, 1), (300, 300), (5000, 5000), (10**6, 3000)])
def test_unique_parents_have_at_most_one_child(parents, children):
    """One to one: no parent twice, and parents from everywhere in the table."""
    drawn = cells(family(parents, children, unique=True)["c"], "p_id")
    assert children == len(set(drawn))
    assert_uniform(drawn, 1, parents, bins=10)


def test_more_children_than_parents_of_their_own_are_refused():
    """A unique key with a row more than its parent table, with both numbers."""
    with pytest.raises(PlanError, match=r"11 rows need a parent of their own, and 'p' has 10"):
        family(10, 11, unique=True)


COUNTS = [
    *((1, 1), (1, 10), (10, 1), (7, 3), (3, 7), (10, 10), (1000, 3500), (3500, 1000)),
    *((4096, 10_000), (4097, 10_000), (5000, 20_001), (10_000, 9_999), (20_000, 200)),
]


@pytest.mark.parametrize(("parents", "children"), COUNTS)
def test_grouped_children_lie_in_runs_as_long_as_each_other(parents, children):
    """One run per parent, contiguous, even to within one child, and exact in sum."""
    drawn = cells(family(parents, children, fan_out="grouped")["c"], "p_id")
    runs = [(parent, len(list(run))) for parent, run in groupby(drawn)]
    assert len(runs) == len({parent for parent, _ in runs}) == min(parents, children)
    lengths = {length for _, length in runs}
    assert children == sum(length for _, length in runs)
    assert {children // parents, -(-children // parents)} | {1} >= lengths
    assert set(drawn) <= set(range(1, parents + 1))


@pytest.mark.parametrize(("parents", "children"), COUNTS)
def test_ordinals_number_the_children_of_a_parent(parents, children):
    """From 0, in the order of the rows."""
    table = family(parents, children, fan_out="grouped")["c"]
    drawn = cells(table, "p_id")
    ordinals = Batch.of_range(table, 0, children).ordinal("p_id").python()
    expected = [n for _, run in groupby(drawn) for n, _ in enumerate(run)]
    assert expected == ordinals


@given(st.integers(1, 200), st.integers(1, 600))
@settings(max_examples=60, deadline=None)
def test_runs_are_even_for_any_counts(parents, children):
    """Run lengths differ by one at most and add up, with more parents than children too."""
    drawn = cells(family(parents, children, fan_out="grouped")["c"], "p_id")
    counts = Counter(drawn)
    most, least = max(counts.values()), min(counts[p] for p in range(1, parents + 1))
    assert most - least <= 1
    assert children == counts.total()
    assert len(counts) == len(list(groupby(drawn)))


def test_runs_are_scattered_over_the_parents():
    """The first run is not the first parent's."""
    drawn = cells(family(5000, 5000, fan_out="grouped")["c"], "p_id")
    assert drawn != sorted(drawn)
    assert_uniform(drawn[:2000], 1, 5000, bins=20)


def test_more_pairs_than_64_bits_hold_are_refused():
    """A grouped key too large to compute with is a planning error before the first row."""
    schema = schema_of(
        p=(1 << 32, PARENTS),
        c=(
            1 << 32,
            {
                "p_id": {
                    "type": "bigint",
                    "foreign_key": {"table": "p", "column": "id", "fan_out": "grouped"},
                }
            },
        ),
    )
    with pytest.raises(PlanError, match=r"more than 2\^63 pairs"):
        bind(schema)


# --- A table that refers to itself

SELF = {
    "id": PARENTS["id"],
    "up": {"type": "bigint", "foreign_key": {"table": "t", "column": "id"}},
}


@pytest.mark.parametrize("nullable", [False, True])
@pytest.mark.parametrize("rows", [1, 2, 3, 20_000])
def test_a_row_refers_to_an_earlier_row_of_its_table(rows, nullable):
    """The first row, which has none, has null, or itself where it must have one."""
    columns = SELF | {"up": SELF["up"] | {"nullable": nullable}}
    made = rows_of(bind(schema_of(t=(rows, columns)))["t"])
    assert made["up"][0] == (None if nullable else 1)
    later = list(zip(made["id"], made["up"], strict=True))[1:]
    assert all(up is None or 1 <= up < key for key, up in later)
    if rows > 1000:
        assert nullable == (None in made["up"][1:])
        shares = [(up - 1) / (key - 1) for key, up in later[1000:] if up is not None]
        assert_uniform([int(share * 1000) for share in shares], 0, 999, bins=20)


@pytest.mark.parametrize("key", [{"unique": True}, {"fan_out": "unique"}])
def test_a_unique_key_to_its_own_table_makes_a_chain(key):
    """Each row refers to the row before it, and no row to a later one; the first has none."""
    shape = {k: v for k, v in key.items() if k == "fan_out"}
    up = {
        "type": "bigint",
        "nullable": True,
        "unique": "unique" in key,
        "foreign_key": {"table": "t", "column": "id", **shape},
    }
    made = rows_of(bind(schema_of(t=(20_000, SELF | {"up": up})))["t"])
    assert made["up"][0] is None
    pairs = list(zip(made["id"], made["up"], strict=True))[1:]
    assert {1} == {key - up for key, up in pairs if up is not None}
    assert 1500 < made["up"].count(None) < 2500


def test_a_unique_key_that_is_never_null_can_only_lead_to_its_own_row():
    """A database would not know a later row yet, and earlier ones are one too few."""
    columns = SELF | {"up": SELF["up"] | {"unique": True}}
    made = rows_of(bind(schema_of(t=(5000, columns)))["t"])
    assert made["id"] == made["up"]


def test_runs_within_a_table_are_refused():
    """They would lead to rows that are not there yet."""
    key = {"table": "t", "column": "id", "fan_out": "grouped"}
    with pytest.raises(SchemaError, match=r"cannot be grouped.*tables\.t\.columns\.up"):
        bind(schema_of(t=(5, SELF | {"up": SELF["up"] | {"foreign_key": key}})))


def test_a_column_of_its_own_table_that_follows_from_itself_is_refused():
    """Through a foreign key too: a cycle is found when the schema is bound, not by recursion."""
    a = {"type": "bigint", "unique": True, "foreign_key": {"table": "t", "column": "b"}}
    b = {"type": "bigint", "unique": True, "foreign_key": {"table": "t", "column": "a"}}
    with pytest.raises(SchemaError, match=r"t\.a → t\.b → t\.a"):
        bind(schema_of(t=(5, {"a": a, "b": b})))


# --- Nulls


@pytest.mark.parametrize("fan_out", [None, "random", "grouped"])
def test_a_nullable_key_is_null_in_a_tenth_of_the_rows(fan_out):
    """Whatever shape the key has: a tenth is the default of every nullable column."""
    key = {"nullable": True} | ({"fan_out": fan_out} if fan_out else {})
    drawn = cells(family(100, 50_000, **key)["c"], "p_id")
    assert 4500 < drawn.count(None) < 5500


def test_a_key_to_a_column_that_may_be_null_is_refused():
    """There would be children whose parent has no key."""
    parents = PARENTS | {"code": {"type": "varchar(20)", "unique": True, "nullable": True}}
    child = {"type": "varchar(20)", "foreign_key": {"table": "p", "column": "code"}}
    with pytest.raises(SchemaError, match=r"p\.code.* null"):
        schema_of(p=(5, parents), c=(5, {"code": child}))


@pytest.mark.parametrize("fan_out", ["random", "grouped"])
def test_a_unique_key_does_not_share_parents(fan_out):
    """Asked for both, the schema contradicts itself."""
    with pytest.raises(SchemaError, match="unique"):
        family(5, 5, unique=True, fan_out=fan_out)


def test_a_key_that_numbers_rows_is_no_foreign_key():
    """Row numbers are keys of the parent only by chance."""
    child = {
        "type": "bigint",
        "primary_key": True,
        "auto_increment": True,
        "foreign_key": {"table": "p", "column": "id"},
    }
    with pytest.raises(SchemaError, match="auto_increment"):
        schema_of(p=(5, PARENTS), c=(5, {"id": child}))


# --- Keys of every type

KEYS = {
    "number": {
        "type": "int",
        "generator": "int_range",
        "generator_params": {"min": 0, "max": 10**6},
    },
    "uuid": {"type": "uuid"},
    "code": {"type": "varchar(20)"},
    "email": {"type": "varchar(255)", "generator": "email"},
    "sequence": {"type": "bigint", "generator": "sequence", "generator_params": {"step": -7}},
    "date": {"type": "date", "generator": "date_past", "generator_params": {"years_ago": 100}},
    "decimal": {
        "type": "decimal(12,3)",
        "generator": "decimal_range",
        "generator_params": {"min": 0, "max": 10**6},
    },
    "timestamp": {"type": "timestamp", "generator": "timestamp_past"},
    "tag": {"type": "enum('a','b','c')"},
}


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("shape", ["random", "grouped", "unique"])
@pytest.mark.parametrize("parents", [3, 6000])
def test_every_child_points_to_a_parent_there_is(kind, shape, parents):
    """Natural keys are recomputed at the parent's row, to the same value."""
    if kind == "tag" and parents > 3:
        pytest.skip("an enum has no 6,000 values")
    children = 3 if shape == "unique" else 10_000
    facts = {"type": KEYS[kind]["type"]}
    key = {"table": "p", "column": "k", "fan_out": shape}
    tables = bind(
        schema_of(
            p=(parents, {"k": KEYS[kind] | {"unique": True}}),
            c=(children, {"k": facts | {"foreign_key": key}}),
        )
    )
    keys, drawn = cells(tables["p"], "k"), cells(tables["c"], "k")
    assert parents == len(set(keys))
    assert set() == set(drawn) - set(keys)


# --- Reading parents


def read_parents(tables, rows) -> list[tuple]:
    """What three generations say of these children."""
    table = tables["c"]
    if isinstance(rows, range):
        batch = Batch.of_range(table, rows.start, rows.stop)
    else:
        batch = Batch(table, rows)
    parent, null = batch.parent("p_id"), batch.parent("p_id").null("at")
    grand = parent.parent("up")
    columns = [batch.column("p_id"), parent.column("id"), parent.column("name")]
    columns += [parent.column("at"), grand.column("name"), grand.parent("up").column("id")]
    return list(zip(*(c.python() for c in columns), null.tolist(), strict=True))


@pytest.mark.parametrize("parents", [7, BATCH_ROWS - 1, BATCH_ROWS, BATCH_ROWS + 1, 30_000])
@pytest.mark.parametrize(
    "key",
    [
        {},
        {"fan_out": "grouped"},
        {"unique": True},
        {"fan_out": {"type": "grouped", "distribution": "lognormal", "sigma": 2}},
        {"fan_out": {"type": "random", "distribution": "zipf"}},
        {"fan_out": {"type": "random", "distribution": "recent"}},
    ],
    ids=str,
)
@pytest.mark.parametrize("children", [7, 5000])
def test_parents_are_the_same_however_they_are_reached(parents, key, children):
    """In one batch, in batches, alone, or scattered: each child reads the same parent."""
    if key.get("unique"):
        children = min(children, parents)
    tables = family(parents, children, **key)
    names = cells(tables["p"], "name")
    ups = cells(tables["p"], "up", range(parents))
    whole = read_parents(tables, range(children))
    for p_id, parent_id, name, *_ in whole:
        assert p_id == parent_id
        assert names[p_id - 1] == name
    for p_id, _, _, _, grand_name, _, _ in whole:
        if ups[p_id - 1] is not None:
            assert names[ups[p_id - 1] - 1] == grand_name
    cut = children * 2 // 3
    fresh = family(parents, children, **key)
    assert whole[cut:] == read_parents(fresh, range(cut, children))
    assert whole[:cut] == read_parents(fresh, range(cut))
    rows = scattered(children, 300)
    assert [whole[row] for row in rows] == read_parents(fresh, rows)
    rows = np.sort(rows)
    assert [whole[row] for row in rows] == read_parents(tables, rows)
    rows = np.arange(0, children, 3)
    assert [whole[row] for row in rows] == read_parents(fresh, rows)
    assert whole[-1:] == read_parents(fresh, range(children - 1, children))


LAWS = ("even", "poisson", "uniform", "lognormal", "pareto", "zipf")


@given(st.sampled_from(LAWS), st.data())
@settings(max_examples=40, deadline=None)
def test_grouped_parents_are_the_same_in_any_order_of_ranges(law, data):
    """What is kept of earlier batches changes nothing, whichever came before."""
    shape = {"type": "grouped", "distribution": law}
    children, parents = data.draw(
        st.sampled_from([(40_000, 20_000), (12_000, 30_000), (500, 5000)])
    )
    tables = family(parents, children, fan_out=shape)
    starts = data.draw(st.lists(st.integers(0, children - 1), min_size=1, max_size=5))
    for start in starts:
        stop = min(children, start + data.draw(st.integers(1, 5000)))
        rows = range(start, stop)
        fresh = family(parents, children, fan_out=shape)
        few = np.arange(start, stop, max(1, (stop - start) // 7))
        expected = dict(zip(few, read_parents(fresh, few), strict=True))
        got = read_parents(tables, rows)
        assert [expected[row] for row in few] == [got[row - start] for row in few]


@pytest.mark.parametrize("key", [{}, {"fan_out": "grouped"}, {"unique": True}])
def test_no_rows_have_no_parents(key):
    """An empty slice is empty, not an error."""
    tables = family(10_000, 10_000, **key)
    assert [] == cells(tables["c"], "p_id", range(5, 5))
    assert [] == cells(tables["c"], "p_id", np.arange(0))


def test_two_keys_of_a_table_draw_different_parents():
    """Their streams differ by the column's name: of 1,000 rows few have the same parent twice."""
    key = {"type": "bigint", "foreign_key": {"table": "p", "column": "id"}}
    made = rows_of(bind(schema_of(p=(1000, PARENTS), c=(1000, {"a": key, "b": key})))["c"])
    assert sum(a == b for a, b in zip(made["a"], made["b"], strict=True)) < 20


@pytest.mark.parametrize("half", [1e-9, 0.1, 0.5, 0.99, 1 - 2**-53])
@pytest.mark.parametrize("rows", [1, 2, 1000, 100_000])
def test_shares_of_recent_parents_reach_from_0_to_1(rows, half):
    """The skewed share rises with the plain one and stays a share, for extreme skews too."""
    made = recent_share(rows, half)(np.linspace(0, 1, 1000))
    assert (np.diff(made) >= 0).all()
    assert 0 <= made[0] <= made[-1] <= 1
