"""Keys of every kind, through the binder: valid, unique, and the same in any rows."""

from __future__ import annotations

import math
from collections import Counter
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.keys import ID, bind, composite, key, load, table, tuples
from support.statistics import assert_counts_fit, assert_uniform
from support.tables import cells, rows_of, schema_of

from shardgen.errors import InputError, PlanError, SchemaError
from shardgen.random.streams import words
from shardgen.tables.batch import BATCH_ROWS, Batch, BoundTable

INT = {"type": "int"}
COUNTED = ("ordinal", "siblings")
LAWS: dict[str, dict[str, Any]] = {
    "even": {},
    "poisson": {},
    "uniform": {"min": 1},
    "lognormal": {"sigma": 1.2},
    "pareto": {"alpha": 1.3},
    "zipf": {"exponent": 0.9},
}


def grouped(law: str = "even", **more: Any) -> dict[str, Any]:
    """A grouped fan-out by a law."""
    return {"type": "grouped", "distribution": law, **LAWS[law], **more}


def refusal(*tables: dict[str, Any], kind: type[InputError] = SchemaError, **rows: int) -> str:
    """Return the one mistake of these tables."""
    with pytest.raises(kind) as caught:
        bind(*tables, **rows)
    (mistake,) = caught.value.mistakes
    return str(mistake)


def scattered(rows: int, count: int = 300) -> np.ndarray:
    """Rows in no order, with repeats."""
    return (words(3, np.arange(count)) >> np.uint64(1)).astype(np.int64) % rows


def family(parents: int, children: int, **facts: Any) -> dict[str, BoundTable]:
    """Bound tables p and c, c with a key to p."""
    columns = {"id": ID, "p_id": key("p", **facts)}
    return bind(table("p", parents, {"id": ID}), table("c", children, columns))


# --- GroupedRelation keys


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(
    ("parents", "children"), [(1, 50), (50, 50), (300, 2000), (4097, 9000), (20_000, 25_000)]
)
def test_ordinals_and_siblings_agree_with_the_rows(law, parents, children):
    """Each parent's children lie together, know their number, and how many they are."""
    child = family(parents, children, fan_out=grouped(law))["c"]
    drawn = cells(child, "p_id")
    runs = [len(list(run)) for _, run in groupby(drawn)]
    assert len(runs) == len(set(drawn))
    batch = Batch.of_range(child, 0, children)
    ordinals, siblings = batch.ordinal("p_id"), batch.siblings("p_id")
    assert [n for run in runs for n in range(run)] == ordinals.python()
    assert [run for run in runs for _ in range(run)] == siblings.python()
    assert (0, max(runs) - 1) == (ordinals.low, ordinals.high)
    assert (1, max(runs)) == (siblings.low, siblings.high)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("parents", [30, BATCH_ROWS + 1])
def test_any_rows_have_the_ordinals_and_siblings_of_the_whole(law, parents):
    """In ranges, alone, scattered, or none."""
    child = family(parents, 20_000, fan_out=grouped(law))["c"]
    whole = Batch.of_range(child, 0, 20_000)
    drawn = np.array(whole.column("p_id").python())
    counted = {each: np.array(getattr(whole, each)("p_id").python()) for each in COUNTED}
    alone = family(parents, 20_000, fan_out=grouped(law))["c"]
    for rows in (np.arange(0), np.arange(7, 8), np.arange(8000, 9000), scattered(20_000)):
        made = [Batch(alone, rows)]
        if len(rows) and (np.diff(rows) == 1).all():
            made.append(Batch.of_range(alone, int(rows[0]), int(rows[-1]) + 1))
        for batch in made:
            for each, numbers in counted.items():
                assert numbers[rows].tolist() == getattr(batch, each)("p_id").python()
            assert drawn[rows].tolist() == batch.column("p_id").python()


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("parents", "children"), [(30, 2000), (5000, 9000), (300, 100_000)])
def test_children_of_a_row_are_those_whose_parent_it_is(law, parents, children):
    """Any parents in any order, those without children too, however many children there are."""
    tables = family(parents, children, fan_out=grouped(law))
    drawn = np.array(cells(tables["c"], "p_id"))
    rows = scattered(parents, 200) if children < 10_000 else np.arange(parents)
    parent = Batch(tables["p"], rows)
    of = parent.children("c", "p_id")
    assert np.bincount(drawn, minlength=parents + 1)[1:][rows].tolist() == of.count.tolist()
    found: list[tuple[int, int]] = []
    for piece, owner in of.batches():
        assert len(piece) == len(owner) <= 65_536
        assert (drawn[piece.rows] == rows[owner] + 1).all()
        own = piece.parent("p_id").column("id").python()
        assert own == piece.column("p_id").python()
        found += zip(owner.tolist(), piece.rows.tolist(), strict=True)
    assert of.count.sum() == len(found) == len(set(found))
    assert [] == list(Batch(tables["p"], np.arange(0)).children("c", "p_id").batches())


def test_standing_is_uniform_and_follows_the_counts():
    """Of bound tables, whose parents are permuted: the rank of a parent is that of its count."""
    tables = family(5000, 50_000, fan_out=grouped("lognormal"))
    relation, rows = tables["c"].relations["p_id"], np.arange(5000)
    assert relation.percentile_rank is not None
    percentile_rank = relation.percentile_rank(rows, words(1, rows))
    assert_uniform((percentile_rank * 1000).astype(int), 0, 999, bins=10)
    counts = Batch(tables["p"], rows).children("c", "p_id").count
    assert 0.99 < np.corrcoef(counts.argsort().argsort(), percentile_rank.argsort().argsort())[0, 1]


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ({"min": 6}, "10 parents with at least 6 each need 60 rows, and there are 50"),
        ({"max": 4}, "10 parents with at most 4 each have 40 rows, and there are 50"),
    ],
)
def test_bounds_that_leave_no_way_are_refused_with_the_numbers(shape, says):
    """The message has the key's path and says what to change."""
    columns = {"id": ID, "p_id": key("p", fan_out=grouped("poisson", **shape))}
    said = refusal(table("p", 10, {"id": ID}), table("c", 50, columns), kind=PlanError)
    assert said == (
        f"{says} at tables.c.columns.p_id.foreign_key; "
        "change the rows of 'c' or 'p', or min and max"
    )


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ({"min": 5, "max": 4}, "min 5 is above max 4"),
        ({"distribution": "quantiles"}, "has no points"),
        ({"distribution": "quantiles", "points": [[0, 1], [1, 0]]}, "no quantiles"),
        ({"points": [[0, 1], [1, 2]]}, "takes no points"),
        ({"alpha": 2}, "the distribution 'even' takes no alpha at"),
        ({"distribution": "zipf", "sigma": 2}, "the distribution 'zipf' takes no sigma at"),
        ({"distribution": "normal"}, "'normal'"),
        ({"sigma": -1, "distribution": "lognormal"}, "-1"),
        ({"min": -3}, "-3"),
    ],
)
def test_shapes_that_contradict_themselves(shape, says):
    """Wrong values and parameters of another law are refused on loading, at the fan-out."""
    columns = {"id": ID, "p_id": key("p", fan_out={"type": "grouped", **shape})}
    with pytest.raises(SchemaError) as caught:
        load(table("p", 10, {"id": ID}), table("c", 50, columns))
    assert says in str(caught.value)
    assert "tables.c.columns.p_id.foreign_key.fan_out" in str(caught.value)


# --- Draws


@pytest.mark.parametrize("parents", [1, 2, 50, 3000, 100_000])
@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_popular_parents_have_their_shares(parents, exponent):
    """The k-th most popular has a share ∝ 1/k^exponent, and it may be any row."""
    shape = {"type": "random", "distribution": "zipf", "exponent": exponent}
    drawn = cells(family(parents, 50_000, fan_out=shape)["c"], "p_id")
    assert set(drawn) <= set(range(1, parents + 1))
    counts = sorted(Counter(drawn).values(), reverse=True)
    shares = [k**-exponent for k in range(1, parents + 1)]
    for k in range(min(5, parents)):
        expected = 50_000 * shares[k] / math.fsum(shares)
        assert abs(counts[k] - expected) < 6 * math.sqrt(expected) + 5
    top = [parent for parent, _ in Counter(drawn).most_common(3)]
    assert parents < 50 or top != [1, 2, 3]


@pytest.mark.parametrize("half", [0.01, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("parents", [1000, 50_000])
def test_recent_parents_have_half_of_the_children(parents, half):
    """The newest share `half` of the parents has half of them, and the newest the most."""
    shape = {"type": "random", "distribution": "recent", "half": half}
    drawn = np.array(cells(family(parents, 50_000, fan_out=shape)["c"], "p_id"))
    assert 1 <= drawn.min() <= drawn.max() <= parents
    power = math.log(half) / math.log(0.5)
    cuts = np.linspace(0, 1, 21) ** power
    ages = (parents - drawn) / parents
    observed = [int(((ages >= a) & (ages < b)).sum()) for a, b in pairwise(cuts)]
    wide = [n for n in range(20) if (cuts[n + 1] - cuts[n]) * parents > 50]
    for n in wide:
        assert observed[n] == pytest.approx(2500, abs=350)
    assert (ages < half).mean() == pytest.approx(0.5, abs=0.02)


def test_a_skew_within_the_own_table_is_refused():
    """A row refers to earlier rows alone: the law over all of them could not be kept."""
    shape = {"type": "random", "distribution": "zipf"}
    said = refusal(table("t", 9, {"id": ID, "up": key("t", fan_out=shape)}))
    assert "a table that refers to itself cannot follow 'zipf'" in said


# --- Trees


def tree(rows: int, *, nullable: bool = True, **shape: Any) -> list[tuple[int, int | None]]:
    """The keys of a table, and those of the rows it refers to."""
    up = key("t", nullable=nullable, fan_out={"type": "tree", **shape})
    return tuples(bind(table("t", rows, {"id": ID, "up": up}))["t"], "id", "up")


def depths(rows: list[tuple[int, int | None]]) -> list[int]:
    """Return how far each row lies below its root."""
    found: dict[int, int] = {}
    for own, up in rows:
        found[own] = 0 if up in (None, own) else found[up] + 1
    return list(found.values())


@pytest.mark.parametrize("rows", [1, 2, 3, 10, 500, 20_000])
@pytest.mark.parametrize("depth", [0, 1, 3, 1000])
@pytest.mark.parametrize("nullable", [False, True])
def test_no_row_lies_deeper_than_asked_for(rows, depth, nullable):
    """And each refers to an earlier one; roots to none, or to themselves."""
    made = tree(rows, max_depth=depth, nullable=nullable)
    assert all(up is None or up < own or (up == own and not nullable) for own, up in made)
    below = depths(made)
    assert max(below) <= depth
    roots = below.count(0)
    assert roots == (rows if depth == 0 else max(1, round(rows * 0.1)))
    if rows > 400 and depth == 3:
        assert [0, 1, 2, 3] == sorted(set(below))
        sizes = [below.count(level) for level in range(4)]
        growth = [b / a for a, b in pairwise(sizes)]
        assert growth == pytest.approx([growth[0]] * 3, rel=0.1)


@pytest.mark.parametrize("roots", [0.001, 0.2, 1.0])
@pytest.mark.parametrize("depth", [None, 4])
def test_roots_are_the_share_asked_for(roots, depth):
    """By chance where the depth is free, and exactly where it is bounded."""
    made = tree(20_000, roots=roots, **({} if depth is None else {"max_depth": depth}))
    count = sum(up is None for _, up in made)
    assert count == pytest.approx(20_000 * roots, abs=5 * math.sqrt(20_000 * roots) + 1)
    assert depth is None or count == 20_000 * roots


def test_children_of_a_level_spread_over_the_level_above():
    """With one level below the roots, each root is as likely as another."""
    made = tree(20_000, roots=0.1, max_depth=1)
    assert_uniform([up for _, up in made if up is not None], 1, 2000)


@given(st.integers(1, 400), st.integers(0, 12), st.floats(0.001, 1))
@settings(max_examples=60, deadline=None)
def test_trees_of_any_size(rows, depth, roots):
    """Depth within the bound, parents before children and at least one root, from one row on."""
    made = tree(rows, max_depth=depth, roots=roots)
    assert max(depths(made)) <= depth
    assert all(up is None or up < own for own, up in made)
    assert 1 <= sum(up is None for _, up in made)


def test_any_rows_of_a_tree_are_those_of_the_whole():
    """Levels need no row before them: ranges and scattered rows alone are the same."""
    up = key("t", nullable=True, fan_out={"type": "tree", "max_depth": 5})
    tables = [table("t", 9000, {"id": ID, "up": up})]
    whole, alone = cells(bind(*tables)["t"], "up"), bind(*tables)["t"]
    for rows in (range(0), range(1), range(800, 1300), scattered(9000)):
        assert [whole[row] for row in rows] == cells(alone, "up", rows)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"fan_out": {"type": "tree", "roots": 0.1}}, "roots refer to no row, and the column is"),
        (
            {
                "fan_out": {"type": "tree", "roots": 0.1},
                "nullable": True,
                "generator_params": {"null_probability": 0.2},
            },
            "roots and null_probability say the same",
        ),
    ],
)
def test_trees_that_contradict_themselves(facts, says):
    """Roots in a column that may not be null, and two shares of nulls."""
    assert says in refusal(table("t", 9, {"id": ID, "up": key("t", **facts)}))


def test_a_tree_of_another_table_is_refused():
    """The message names the table that the key leads to."""
    columns = {"id": ID, "p_id": key("p", fan_out="tree")}
    said = refusal(table("p", 9, {"id": ID}), table("c", 9, columns))
    assert "a tree is of one table, and the key leads to 'p'" in said


# --- Keys of several columns


def lines(rows: int = 400, **facts: Any) -> list[dict[str, Any]]:
    """Orders, and their lines, numbered within each order by the primary key."""
    order = key("orders", primary_key=True, fan_out=facts.pop("fan_out", "grouped"))
    columns = {"order_id": order, "line_no": INT | {"primary_key": True}, **facts}
    return [table("orders", 100, {"id": ID}), table("lines", rows, columns)]


@pytest.mark.parametrize("law", LAWS)
def test_a_bare_number_in_a_grouped_key_numbers_the_children(law):
    """From 1, parent by parent; the key is unique, and its type holds the greatest number."""
    made = tuples(bind(*lines(fan_out=grouped(law)))["lines"], "order_id", "line_no")
    assert 400 == len(set(made))
    for _, run in groupby(made, key=lambda row: row[0]):
        numbers = [number for _, number in run]
        assert list(range(1, len(numbers) + 1)) == numbers


def test_the_generator_ordinal_does_the_same():
    """With a start and a step, and outside the primary key: the numbers of a run are distinct."""
    number = INT | {"generator": "ordinal", "generator_params": {"start": 10, "step": 10}}
    columns = {"id": ID, "order_id": key("orders", fan_out="grouped"), "n": number}
    tables = [table("orders", 100, {"id": ID})]
    tables.append(table("lines", 400, columns, unique=[["order_id", "n"]]))
    made = tuples(bind(*tables)["lines"], "order_id", "n")
    assert 400 == len(set(made))
    assert {10, 20, 30, 40} == {n for _, n in made}


def test_a_key_that_is_unique_is_so_beside_any_other():
    """Also where a part of it is enough to know the parent, and the other key follows it."""
    part = {"org_id": key("org", primary_key=True), "id": ID}
    keys = [composite(["org_id", "a_id"], "a", ["org_id", "id"], fan_out="unique"),
            composite(["org_id", "b_id"], "b", ["org_id", "id"])]  # fmt: skip
    columns = {"id": ID} | {name: {"type": "bigint"} for name in ("org_id", "a_id", "b_id")}
    made = bind(table("org", 3, {"id": ID}), table("a", 40, part), table("b", 30, part),
                table("c", 25, columns, foreign_keys=keys, unique=[["a_id", "b_id"]]))  # fmt: skip
    assert 25 == len(set(tuples(made["c"], "a_id", "b_id")))
    assert 25 == len(set(tuples(made["c"], "org_id", "a_id")))


@pytest.mark.parametrize("shape", ["grouped", "random", None])
def test_numbers_of_one_key_s_children_are_not_unique_beside_another(shape):
    """Children of two orders may have the same number and the same product."""
    orders, child = lines(product_id=key("products", fan_out=shape))
    products = table("products", 50, {"id": ID})
    said = refusal(products, orders, child | {"unique": [["product_id", "line_no"]]})
    assert "numbers the children of 'order_id', and is unique beside another" in said
    assert "add order_id to the unique columns" in said


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({}, "has not exactly one grouped foreign key"),
        ({"generator_params": {"relation": "order_id"}}, "do not lie together"),
        ({"generator_params": {"relation": "orderid"}}, "did you mean 'order_id'?"),
    ],
)
def test_an_ordinal_without_a_grouped_key_is_refused(facts, says):
    """It numbers children that lie together: no such key, a random one, or a misspelt one."""
    columns = {"id": ID, "order_id": key("orders"), "n": INT | {"generator": "ordinal"} | facts}
    assert says in refusal(table("orders", 9, {"id": ID}), table("lines", 9, columns))


def test_a_number_that_its_type_does_not_hold_is_refused():
    """200 children of one parent do not go into a tinyint; it is known before the first row."""
    columns = {
        "p_id": key("p", primary_key=True, fan_out="grouped"),
        "n": {"type": "tinyint", "primary_key": True},
    }
    said = refusal(table("p", 1, {"id": ID}), table("c", 200, columns))
    assert "200" in said
    assert "tinyint" in said


def test_without_a_grouped_key_a_bare_number_counts_the_rows():
    """There are no runs to number, and the row number keeps the primary key unique."""
    columns = {"p_id": key("p", primary_key=True), "n": INT | {"primary_key": True}}
    made = tuples(bind(table("p", 9, {"id": ID}), table("c", 50, columns))["c"], "p_id", "n")
    assert list(range(1, 51)) == [n for _, n in made]


SHAPES = [
    None,
    "random",
    "grouped",
    "unique",
    grouped("zipf"),
    {"type": "random", "distribution": "zipf"},
]


def shipped(rows: int, shape: Any, **facts: Any) -> list[dict[str, Any]]:
    """Children of the lines of orders: a key of two columns to a key of two columns."""
    columns = {"id": ID, "o": {"type": "bigint", **facts}, "n": INT | facts}
    more = {} if shape is None else {"fan_out": shape}
    refers = composite(["n", "o"], "lines", ["line_no", "order_id"], **more)
    return [*lines(), table("shipped", rows, columns, foreign_keys=[refers])]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("nullable", [False, True])
def test_all_columns_of_a_key_come_from_one_parent(shape, nullable):
    """In whatever order they are named, and null all at once."""
    tables = bind(*shipped(300, shape, **({"nullable": True} if nullable else {})))
    parents = set(tuples(tables["lines"], "order_id", "line_no"))
    made = tuples(tables["shipped"], "o", "n")
    nulls = made.count((None, None))
    whole = [row for row in made if row != (None, None)]
    assert set(whole) <= parents
    assert 10 < nulls < 60 if nullable else nulls == 0
    if shape == "unique":
        assert len(whole) == len(set(whole))


def test_only_the_columns_of_a_key_that_may_be_null_are():
    """A null in one column is enough for it to lead nowhere; the others have a value."""
    tenant = {"type": "bigint", "primary_key": True}
    up = {"type": "bigint", "nullable": True}
    refers = composite(["tenant", "up"], "t", ["tenant", "n"])
    columns = {"tenant": tenant, "n": tenant, "other": {"type": "bigint"}, "up": up}
    refers = composite(["other", "up"], "t", ["tenant", "n"])
    made = rows_of(bind(table("t", 900, columns, foreign_keys=[refers]))["t"])
    assert None not in made["other"]
    assert 40 < made["up"].count(None) < 150
    keys = set(zip(made["tenant"], made["n"], strict=True))
    drawn = list(zip(made["other"], made["up"], strict=True))
    assert {pair for pair in drawn if pair[1] is not None} <= keys


def test_what_is_read_along_a_key_is_null_where_it_leads_nowhere():
    """Whichever of its columns is the null one; and such a child counts for no parent."""
    by = {"generator": "expression", "nullable": True, "type": "bigint"}
    columns = {
        "id": ID,
        "a": {"type": "bigint"},
        "b": {"type": "bigint", "nullable": True},
        "twice": by | {"generator_params": {"expression": "up.y * 2"}},
    }
    refers = composite(["a", "b"], "p", ["x", "y"], name="up", fan_out="grouped")
    counted = {"type": "int", "generator": "expression"}
    parents = {n: {"type": "bigint", "primary_key": True} for n in ("x", "y")}
    parents["n"] = counted | {"generator_params": {"expression": "count(c)"}}
    tables = bind(table("p", 60, parents), table("c", 500, columns, foreign_keys=[refers]))
    made = tuples(tables["c"], "a", "b", "twice")
    assert all(twice == (None if b is None else 2 * b) for _, b, twice in made)
    shown = Counter((a, b) for a, b, _ in made if b is not None)
    assert 400 < shown.total() < 500
    assert [(x, y, shown[x, y]) for x, y, _ in tuples(tables["p"], "x", "y", "n")] == tuples(
        tables["p"], "x", "y", "n"
    )


def test_a_key_of_several_columns_in_a_primary_key():
    """Notes of lines of orders: the key of a child is its parent's, and a number within it."""
    columns = {n: {"type": "bigint", "primary_key": True} for n in ("o", "n", "k")}
    shape = grouped("uniform", min=0, max=4)
    refers = composite(["o", "n"], "lines", ["order_id", "line_no"], fan_out=shape)
    tables = bind(*lines(), table("notes", 800, columns, foreign_keys=[refers]))
    made = tuples(tables["notes"], "o", "n", "k")
    assert 800 == len(set(made))
    counts = Counter(row[:2] for row in made)
    assert set(counts) <= set(tuples(tables["lines"], "order_id", "line_no"))
    assert all(k == n % counts[row] + 1 for row, run in groupby(made, lambda r: r[:2])
               for n, (*_, k) in enumerate(run))  # fmt: skip
    of = Batch.of_range(tables["lines"], 0, 400).children("notes", "o_n")
    assert sorted(counts.values()) == sorted(n for n in of.count.tolist() if n)


def test_keys_of_text_and_of_uuids_are_parents_too():
    """A composite key of text and a date: each child has a pair that the parent has."""
    parts = {
        "code": {"type": "varchar(20)", "generator": "choice", "primary_key": True,
                 "generator_params": {"values": ["x", "y", "z"]}},
        "at": {"type": "date", "generator": "date_past", "primary_key": True},
    }  # fmt: skip
    columns = {"id": {"type": "uuid", "primary_key": True}, "c": {"type": "varchar(20)"}}
    refers = composite(["c", "a"], "p", ["code", "at"], name="of_p")
    child = table("c", 500, columns | {"a": {"type": "date"}}, foreign_keys=[refers])
    tables = bind(table("p", 60, parts), child)
    assert 60 == len(set(tuples(tables["p"], "code", "at")))
    assert set(tuples(tables["c"], "c", "a")) == set(tuples(tables["p"], "code", "at"))
    assert ["of_p"] == list(tables["c"].relations)


def test_a_key_to_more_parents_than_there_are_is_refused_with_the_numbers():
    """For a composite key as for a simple one."""
    said = refusal(*shipped(401, "unique"), kind=PlanError)
    assert said == (
        "401 rows need a parent of their own, and 'lines' has 400 at "
        "tables.shipped.foreign_keys[0]; ask for at most 400 rows, or more of 'lines', "
        "or make the key nullable"
    )


@pytest.mark.parametrize(("kind", "wanted"), [("float", "double"), ("double", "float")])
def test_a_key_has_as_many_bits_as_its_parents(kind, wanted):
    """0.1 in 24 bits is not 0.1 in 53: a row would find no parent."""
    parents = {"x": {"type": wanted, "unique": True}}
    with pytest.raises(SchemaError, match=f"{kind} does not hold p.x, which is {wanted}"):
        schema_of(p=(5, parents), c=(5, {"x": key("p.x", type=kind)}))


TWO = {n: {"type": "bigint", "primary_key": True} for n in ("a", "b")}


@pytest.mark.parametrize(
    ("columns", "more", "says"),
    [
        ({"x": ID | {"primary_key": False}}, composite(["x", "y"], "p", ["a", "b"]),
         "there is no column 'y' in the table"),
        ({"x": {"type": "bigint"}, "y": {"type": "bigint"}}, composite(["x", "y"], "p", ["a"]),
         "2 columns refer to 1"),
        ({"x": {"type": "bigint"}, "y": {"type": "bigint"}}, composite(["x", "y"], "q", ["a", "b"]),
         "there is no table 'q'"),
        ({"x": {"type": "bigint"}, "y": {"type": "int"}}, composite(["x", "y"], "p", ["a", "b"]),
         "int does not hold p.b, which is bigint"),
        ({"x": {"type": "bigint"}}, composite(["x"], "p", ["a"]),
         "p.a is not a key, so it cannot be referred to"),
        ({"x": {"type": "bigint"}, "y": {"type": "bigint"}}, composite(["x", "y"], "p", ["a", "c"]),
         "p.(a, c) is not a key, so it cannot be referred to"),
        ({"x": {"type": "bigint", "unique": True}, "y": {"type": "bigint"}},
         composite(["x", "y"], "p", ["a", "b"]),
         "column 'x' is unique by itself, and refers together with others"),
        ({"x": key("p.c", type="bigint"), "y": {"type": "bigint"}},
         composite(["x", "y"], "p", ["a", "b"]), "would follow 'x' too, and they lead apart"),
        ({"x": {"type": "bigint", "nullable": True, "generator_params": {"null_probability": 0.2}},
          "y": {"type": "bigint", "nullable": True, "generator_params": {"null_probability": 1}}},
         composite(["x", "y"], "p", ["a", "b"]), "null_probability is 0.2 and 1 in one"),
        ({"x": {"type": "bigint", "nullable": True}, "y": {"type": "bigint"}},
         composite(["x", "y"], "p", ["a", "b"], on_delete="SET NULL"),
         "on_delete is SET NULL, and 'y' is not nullable"),
    ],
    ids=str,
)  # fmt: skip
def test_keys_that_contradict_the_schema(columns, more, says):
    """Each of ten ways is refused with what is wrong, somewhere in the child table."""
    parent = table("p", 9, TWO | {"c": {"type": "bigint", "unique": True}})
    said = refusal(parent, table("c", 9, {"id": ID} | columns, foreign_keys=[more]))
    assert says in said
    assert "tables.c" in said


def test_null_probability_holds_for_all_columns_of_a_key():
    """Wherever it stands."""
    columns = {
        "id": ID,
        "x": {"type": "bigint", "nullable": True},
        "y": {"type": "bigint", "nullable": True, "generator_params": {"null_probability": 0.5}},
    }
    refers = composite(["x", "y"], "p", ["a", "b"])
    made = bind(table("p", 9, TWO), table("c", 2000, columns, foreign_keys=[refers]))["c"]
    assert 900 < tuples(made, "x", "y").count((None, None)) < 1100


# --- Circles


def test_tables_in_a_circle_refer_to_each_other():
    """Every key finds its row, whichever table comes first."""
    tables = bind(
        table("staff", 900, {"id": ID, "office_id": key("offices", fan_out=grouped("zipf"))}),
        table("offices", 40, {"id": ID, "head_id": key("staff", nullable=True)}),
    )
    offices, heads = cells(tables["staff"], "office_id"), cells(tables["offices"], "head_id")
    assert set(offices) <= set(range(1, 41))
    assert {head for head in heads if head is not None} <= set(range(1, 901))
    batch = Batch.of_range(tables["offices"], 0, 40)
    assert heads == [None if null else head for null, head in zip(
        batch.null("head_id").tolist(), batch.parent("head_id").column("id").python(), strict=True
    )]  # fmt: skip
    back = batch.parent("head_id").parent("office_id").column("id").python()
    assert back == [offices[head - 1] for head in batch.column("head_id").python()]


def test_keys_that_are_made_of_each_other_are_refused():
    """A circle of keys whose values would follow from themselves."""
    tables = [
        table("a", 9, {"id": key("b", primary_key=True)}),
        table("b", 9, {"id": key("a", primary_key=True)}),
    ]
    assert "columns that need each other: a.id → b.id → a.id" in refusal(*tables)


# --- Growth


def test_unique_children_of_few_parents_are_spread_over_all():
    """500 of 10,000 parents come from everywhere, not from the first rows."""
    drawn = cells(family(10_000, 500, unique=True)["c"], "p_id")
    assert_counts_fit(np.histogram(drawn, np.linspace(1, 10_001, 11))[0].tolist(), [1] * 10)


def test_rows_added_at_the_end_change_no_earlier_key_of_a_random_shape():
    """The key draws from the same parents, and each row by itself."""
    for shape in ("random", {"type": "random", "distribution": "recent"}, "unique"):
        few = cells(family(5000, 1000, fan_out=shape)["c"], "p_id")
        assert few == cells(family(5000, 4000, fan_out=shape)["c"], "p_id")[:1000]


def test_more_children_than_parents_leave_a_nullable_one_to_one_key_null():
    """Every parent has a child, but for nulls that are asked for; no parent has two."""
    never = {"generator_params": {"null_probability": 0}}
    child = table("c", 50, {"id": ID, "of": key("p", unique=True, nullable=True, **never)})
    made = [parent for (parent,) in tuples(bind(table("p", 20, {"id": ID}), child)["c"], "of")]
    given = [parent for parent in made if parent is not None]
    assert len(given) == 20 == len(set(given))
    assert made[:20] != given


def test_a_unique_part_of_a_primary_key_numbers_all_rows():
    """Not the children of each parent, whose numbers come again."""
    columns = {
        "of": key("p", fan_out="grouped", primary_key=True),
        "line": {"type": "int", "primary_key": True, "unique": True},
    }
    made = tuples(bind(table("p", 5, {"id": ID}), table("c", 20, columns))["c"], "line")
    assert [line for (line,) in made] == [*range(1, 21)]


def test_a_number_within_a_parent_is_not_made_unique_alone():
    """It makes sets unique that its parent's key is in; others are refused, or have another way."""
    drawn = {**ID, "generator": "int_range", "generator_params": {"max": 9}}
    parent = table("p", 3, {"v": drawn, "w": drawn})
    others = {n: {"type": "bigint"} for n in ("other_v", "other_w")}
    columns = {"v": ID, "w": ID, "line": ID, **others}
    keys = [
        composite(["v", "w"], "p", ["v", "w"], fan_out="grouped"),
        composite(["other_v", "other_w"], "p", ["v", "w"]),
    ]
    child = table("c", 9, columns, foreign_keys=keys, unique=[["line", "other_w"]])
    with pytest.raises((SchemaError, PlanError), match="unique together only in part"):
        bind(parent, child)


def test_a_grouped_key_alone_beside_one_to_its_own_table_is_not_unique():
    """A key to the table itself has no part in a set, and nothing else is left to differ."""
    columns = {"id": ID, "up": {**key("c"), "nullable": True}, "of": key("p", fan_out="grouped")}
    child = table("c", 9, columns, unique=[["up", "of"]])
    with pytest.raises(PlanError, match="3 rows have the same of, and nothing else in it may"):
        bind(table("p", 3, {"id": ID}), child)
