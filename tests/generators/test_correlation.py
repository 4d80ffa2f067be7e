"""Correlation: a column follows another by rank, and keeps its own law."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.statistics import assert_uniform, correlation
from support.tables import bind, bound, cells, schema_of

from shardgen.errors import SchemaError
from shardgen.random.copula import gaussian_copula
from shardgen.random.streams import stream_key, words
from shardgen.tables.batch import Batch

MANY = 30_000
NEAR = 0.02


def ranks(values: Any) -> np.ndarray:
    """Return ranks from 0; equal values share the mean of theirs."""
    _, index, counts = np.unique(numbers(values), return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts + 1) / 2)[index]


def numbers(values: Any) -> np.ndarray:
    """Return numbers in the order of the values: microseconds for dates, or their own."""
    if isinstance(values[0], dt.date):
        return np.array(values, "datetime64[us]").astype(np.int64)
    return np.array(values, np.float64)


def spearman(a: Any, b: Any) -> float:
    return correlation(ranks(a), ranks(b))


def apart(a: Any, b: Any) -> float:
    """Return Kolmogorov and Smirnov's distance of two samples, times √(n/2)."""
    a, b = (np.sort(numbers(each)) for each in (a, b))
    places = np.concatenate((a, b))
    shares = [each.searchsorted(places, "right") / len(each) for each in (a, b)]
    return float(np.abs(shares[0] - shares[1]).max()) * (len(a) / 2) ** 0.5


ALIKE = 2.63  # what the distance of samples of one law exceeds once in a million


def follows(column: str, rho: float) -> dict[str, Any]:
    return {"correlation": {"column": column, "rho": rho}}


def number(law: str = "uniform", **parameters: Any) -> dict[str, Any]:
    bounds = {"min": parameters.pop("min", 0), "max": parameters.pop("max", 1_000_000)}
    distribution = {"type": law, "params": parameters}
    given = {**bounds, "distribution": distribution} if law != "uniform" else bounds
    return {"type": "int", "generator": "int_range", "generator_params": given}


def made(kind: str, by: str, **parameters: Any) -> dict[str, Any]:
    return {"type": kind, "generator": by, "generator_params": parameters}


SPREAD = [{"min": 1, "max": 999, "weight": 3}, {"min": 5000, "max": 90_000, "weight": 2}]
KINDS = {
    "uniform": number(),
    "normal": number("normal", mean=500_000, std_dev=100_000),
    "lognormal": number("lognormal", median=5000, sigma=0.8),
    "exponential": number("exponential", mean=50_000),
    "ranges": number("weighted_ranges", ranges=SPREAD),
    "annual_income": made("decimal(12,2)", "annual_income"),
    "loan_amount": made("decimal(12,2)", "loan_amount"),
    "credit_score": made("int", "credit_score"),
    "interest_rate": made("decimal(5,2)", "interest_rate"),
    "decimal_range": made("decimal(9,2)", "decimal_range", min=0, max=5000),
    "float_range": made("double", "float_range", min=0, max=1, precision=6),
    "date_past": made("date", "date_past", years_ago=30),
    "date_past by law": made(
        "date", "date_past", years_ago=30, distribution="exponential", mean=3000
    ),
    "date_between": made("date", "date_between", start_date="1990-01-01", end_date="2020-01-01"),
    "date_of_birth": made("date", "date_of_birth"),
    "date_of_birth by law": made(
        "date", "date_of_birth", min_age=0, max_age=99, distribution="normal", mean=50, std_dev=15
    ),
    "timestamp_past": made("timestamp", "timestamp_past"),
    "timestamp_past by law": made(
        "timestamp", "timestamp_past", distribution="normal", mean=150, std_dev=40
    ),
    "timestamp_future": made("timestamp", "timestamp_future"),
    "timestamp_between": made(
        "timestamp", "timestamp_between", start_date="2020-01-01", end_date="2020-03-01"
    ),
    "seasonal": made("date", "date_past", years_ago=30, seasonal={"months": {"december": 5}}),
    "by type": {"type": "int"},
}
"""Columns that can follow and be followed, with values enough for ranks to be nearly apart."""


def pair(first: dict[str, Any], second: dict[str, Any], rho: float, rows: int = MANY) -> Any:
    """Return a table of two columns, `b` following `a`."""
    return bound({"a": first, "b": second | follows("a", rho)}, rows)


# --- What a correlation promises


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_follows_by_rank(kind):
    """Spearman's correlation of the values is rho, whatever the law of the one that follows."""
    table = pair(KINDS["normal"], KINDS[kind], -0.7)
    assert spearman(cells(table, "a"), cells(table, "b")) == pytest.approx(-0.7, abs=NEAR)


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_is_followed_by_rank(kind):
    """The same, whatever the law of the one that is followed; a later date is more."""
    table = pair(KINDS[kind], KINDS["lognormal"], 0.6)
    assert spearman(cells(table, "a"), cells(table, "b")) == pytest.approx(0.6, abs=NEAR)


@pytest.mark.parametrize("rho", [-0.9, -0.5, -0.1, 0, 0.3, 0.8, 0.9])
def test_any_rho(rho):
    """Of either sign, and 0, between two laws that look nothing alike."""
    table = pair(KINDS["exponential"], KINDS["ranges"], rho)
    assert spearman(cells(table, "a"), cells(table, "b")) == pytest.approx(rho, abs=NEAR)


@pytest.mark.parametrize("rho", [-1, 1])
def test_columns_that_follow_wholly(rho):
    """At rho 1 the two have the same order, at -1 the opposite one."""
    table = pair(KINDS["uniform"], KINDS["normal"], rho)
    assert spearman(cells(table, "a"), cells(table, "b")) == pytest.approx(rho, abs=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_keeps_its_own_law(kind):
    """Its values are as often each as they are without a correlation."""
    table = bound(
        {"a": KINDS["normal"], "b": KINDS[kind] | follows("a", 0.8), "c": KINDS[kind]}, MANY
    )
    assert apart(cells(table, "b"), cells(table, "c")) < ALIKE


@pytest.mark.parametrize("rho", [-1.0, -0.9, -0.3, 0.0, 0.5, 0.95, 1.0])
def test_words_stay_uniform(rho):
    """A million words that follow cannot be told from a million that do not."""
    rows = np.arange(1_000_000)
    pair = (words(stream_key("copula", name), rows) for name in "ab")
    shares = np.sort((gaussian_copula(rho)(*pair) >> np.uint64(11)).astype(np.float64)) * 2.0**-53
    distance = np.abs(shares - (rows + 0.5) / len(rows)).max() * len(rows) ** 0.5
    assert distance < ALIKE
    assert_uniform((shares * 2.0**53).astype(np.int64), 0, 2**53 - 1, bins=5000)
    for tail in (1e-3, 1e-4, 1e-5):
        expected = tail * len(rows)
        for count in ((shares < tail).sum(), (shares > 1 - tail).sum()):
            assert abs(count - expected) < 5 * expected**0.5


def test_nothing_else_changes():
    """The column that is followed, and all others, are as they were without the correlation."""
    columns = {"a": KINDS["normal"], "b": KINDS["lognormal"], "c": KINDS["uniform"]}
    plain, tied = bound(columns), bound(columns | {"b": columns["b"] | follows("a", 0.5)})
    assert cells(plain, "a") == cells(tied, "a")
    assert cells(plain, "c") == cells(tied, "c")
    assert cells(plain, "b") != cells(tied, "b")


def test_chains():
    """A column follows one that follows, and so the first one: ranks are as of linked normals."""
    table = bound(
        {
            "a": KINDS["normal"],
            "b": KINDS["date_past"] | follows("a", -0.8),
            "c": KINDS["interest_rate"] | follows("b", -0.8),
        },
        MANY,
    )
    a, b, c = (cells(table, name) for name in "abc")
    assert spearman(a, b) == pytest.approx(-0.8, abs=NEAR)
    assert spearman(b, c) == pytest.approx(-0.8, abs=NEAR)
    r = (2 * np.sin(np.pi * 0.8 / 6)) ** 2
    assert spearman(a, c) == pytest.approx(6 / np.pi * np.arcsin(r / 2), abs=NEAR)


def test_edge_cases_apply_on_top():
    """A tenth of the cells are at the bounds, as without a correlation."""
    table = bound(
        {"a": KINDS["normal"], "b": number() | follows("a", 0.9)}, MANY, edge_case_probability=0.1
    )
    values = cells(table, "b")
    ends = sum(value in (0, 1_000_000) for value in values)
    assert ends == pytest.approx(MANY / 10, rel=0.05)


def test_nulls_hide_values_that_still_count():
    """A cell that is null is followed as if it were shown."""
    first = KINDS["normal"] | {"nullable": True}
    hidden = pair(first, KINDS["uniform"], 0.5, 1000)
    shown = pair(KINDS["normal"], KINDS["uniform"], 0.5, 1000)
    assert None in cells(hidden, "a")
    assert cells(shown, "b") == cells(hidden, "b")


# --- Booleans and choices


def test_booleans_follow_and_are_followed():
    """True is more than false; the share of it stays."""
    flag = made("boolean", "weighted_boolean", true_weight=0.3)
    table = bound(
        {
            "score": KINDS["credit_score"],
            "late": flag | follows("score", -0.8),
            "fee": KINDS["uniform"] | follows("late", 0.8),
        },
        MANY,
    )
    score, late, fee = (cells(table, name) for name in ("score", "late", "fee"))
    assert sum(late) / MANY == pytest.approx(0.3, abs=0.01)
    assert spearman(score, late) < -0.5
    assert spearman(late, fee) > 0.5


LEVELS = ["low", "medium", "high"]


def test_a_choice_follows_in_the_order_of_its_list():
    """Its values are as often each as their weights say, the last of them with the greatest."""
    listed = [{"value": "low", "weight": 50}, {"value": "medium", "weight": 30}, "high"]
    listed[2] = {"value": "high", "weight": 20}
    table = pair(KINDS["credit_score"], made("varchar(10)", "enum", values=listed), 0.9)
    levels = [LEVELS.index(value) for value in cells(table, "b")]
    shares = np.bincount(levels) / MANY
    assert shares.tolist() == pytest.approx([0.5, 0.3, 0.2], abs=0.01)
    assert spearman(cells(table, "a"), levels) > 0.75
    whole = pair(KINDS["uniform"], made("varchar(10)", "enum", values=listed), 1.0)
    numbers = np.array(cells(whole, "a"))
    places = np.array([LEVELS.index(value) for value in cells(whole, "b")])
    assert numbers[places == 0].max() <= numbers[places == 1].min()
    assert numbers[places == 1].max() <= numbers[places == 2].min()


def test_a_choice_that_follows_can_be_followed():
    """Its values are drawn in the order of the list then, and so the chain goes on."""
    columns = {
        "a": KINDS["normal"],
        "b": made("varchar(10)", "enum", values=LEVELS) | follows("a", 0.9),
        "c": KINDS["uniform"] | follows("b", 0.9),
    }
    table = bound(columns, MANY)
    levels = [LEVELS.index(value) for value in cells(table, "b")]
    assert spearman(levels, cells(table, "c")) > 0.8


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("int", [36, 12, 60, 24]),
        ("decimal(5,2)", [2.5, -1, 0.25]),
        ("date", ["2024-05-01", "2020-01-01", "2022-03-04"]),
    ],
)
def test_listed_numbers_and_dates_follow_by_value(kind, values):
    """However they are listed: the greatest number goes with the greatest."""
    table = pair(KINDS["normal"], made(kind, "enum", values=values), 0.95)
    assert spearman(cells(table, "a"), cells(table, "b")) > 0.85
    assert len(values) == len(set(cells(table, "b")))


def test_presets_of_lending_follow():
    """Listed values with weights, such as terms of loans, have an order to follow by."""
    table = pair(KINDS["credit_score"], made("int", "loan_term"), -0.9)
    assert spearman(cells(table, "a"), cells(table, "b")) < -0.8


# --- Across tables


def key(to: str, **facts: Any) -> dict[str, Any]:
    shape = {"fan_out": facts.pop("fan_out")} if "fan_out" in facts else {}
    return {"type": "bigint", "foreign_key": {"table": to, "column": "id", **shape}, **facts}


@pytest.mark.parametrize(
    "fan_out", ["random", "grouped", {"type": "random", "distribution": "recent"}]
)
@pytest.mark.parametrize("parents", [5000, 60_000])
def test_a_column_follows_one_of_its_parent(fan_out, parents):
    """Of any shape of key, with a few children a parent and with many."""
    tables = bind(
        schema_of(
            borrowers=(parents, {"income": KINDS["annual_income"]}),
            loans=(
                MANY,
                {
                    "borrower_id": key("borrowers", fan_out=fan_out),
                    "amount": KINDS["loan_amount"] | follows("borrower.income", 0.6),
                },
            ),
        )
    )
    batch = Batch.of_range(tables["loans"], 0, MANY)
    incomes = batch.parent("borrower_id").column("income").python()
    amounts = batch.column("amount").python()
    few = 3 / parents**0.5  # some parents have many children, and their chance counts for all
    assert spearman(incomes, amounts) == pytest.approx(0.6, abs=max(NEAR, few))


@pytest.mark.parametrize("path", ["loan.borrower.income", "loans.borrower_id.income"])
def test_a_column_follows_one_of_a_grandparent(path):
    """Over two keys, named by the column or by the table that it leads to."""
    tables = bind(
        schema_of(
            borrowers=(40_000, {"income": KINDS["annual_income"]}),
            loans=(60_000, {"borrower_id": key("borrowers")}),
            payments=(
                MANY,
                {
                    "loan_id": key("loans", fan_out="grouped"),
                    "late_fee": KINDS["decimal_range"] | follows(path, -0.5),
                },
            ),
        )
    )
    batch = Batch.of_range(tables["payments"], 0, MANY)
    incomes = batch.parent("loan_id").parent("borrower_id").column("income").python()
    assert spearman(incomes, batch.column("late_fee").python()) == pytest.approx(-0.5, abs=NEAR)


FAN_OUTS = [
    {"type": "grouped", "distribution": "poisson"},
    {"type": "grouped", "distribution": "lognormal", "sigma": 1.2},
    {"type": "grouped", "distribution": "uniform", "min": 0, "max": 19},
    {"type": "grouped", "distribution": "pareto", "alpha": 1.5},
]


def clinic(fan_out: Any, rho: float, patients: int = 20_000, path: str = "count(visits)") -> Any:
    age = KINDS["date_of_birth"] | follows(path, rho)
    return schema_of(
        patients=(patients, {"born": age, "plain": KINDS["date_of_birth"]}),
        visits=(10 * patients, {"patient_id": key("patients", fan_out=fan_out)}),
    )


@pytest.mark.parametrize("path", ["count(visits)", "count( visits.patient_id )"])
@pytest.mark.parametrize("fan_out", FAN_OUTS, ids=lambda each: each["distribution"])
def test_a_column_follows_the_number_of_children(fan_out, path):
    """Who has many visits is older; ages and numbers of visits keep their laws."""
    patients = bind(clinic(fan_out, -0.7, path=path))["patients"]
    batch = Batch.of_range(patients, 0, patients.rows)
    counts = batch.children("visits", "patient_id").count
    born = batch.column("born").python()
    assert spearman(counts, born) == pytest.approx(-0.7, abs=NEAR)
    assert apart(born, batch.column("plain").python()) < ALIKE
    assert abs(spearman(counts, batch.column("plain").python())) < NEAR


# --- Slices


def every_way() -> Any:
    """Return a schema with every kind of correlation."""
    return schema_of(
        patients=(
            3000,
            {
                "born": KINDS["date_of_birth by law"] | follows("count(visits)", -0.7),
                "income": KINDS["annual_income"] | follows("born", 0.3),
                "plan": made("varchar(9)", "enum", values=LEVELS) | follows("income", 0.6),
            },
        ),
        visits=(
            20_000,
            {
                "patient_id": key(
                    "patients", fan_out={"type": "grouped", "distribution": "poisson"}
                ),
                "cost": KINDS["lognormal"] | follows("patient.income", 0.5),
                "paid": {"type": "boolean"} | follows("cost", -0.5),
                "earlier": key("visits", fan_out="tree", nullable=True),
                "again": KINDS["ranges"] | follows("patient.plan", 0.4),
                "next": KINDS["timestamp_past"] | follows("earlier.cost", 0.4),
            },
        ),
    )


WHOLE = {
    name: {column: cells(table, column) for column in table.columns}
    for name, table in bind(every_way()).items()
}


@given(
    st.sampled_from(["patients", "visits"]),
    st.lists(st.integers(0, 2999), max_size=40),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_any_rows_alone_are_those_of_the_whole(name, rows, is_range):
    """Any index array, of no row, of one or with repeats, gives the cells of the whole table."""
    table = bind(every_way())[name]
    if is_range:
        rows = range(min(rows, default=0), max(rows, default=0))
    for column, whole in WHOLE[name].items():
        assert [whole[row] for row in rows] == cells(table, column, rows)


# --- Refusals


def refused(columns: dict[str, Any], **tables: Any) -> str:
    with pytest.raises(SchemaError) as caught:
        bind(schema_of(t=(100, columns), **tables))
    return str(caught.value)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (made("varchar(20)", "constant", value="x"), "constant cannot follow"),
        (made("varchar(40)", "first_name"), "first_name cannot follow"),
        (made("varchar(99)", "email"), "email cannot follow"),
        (made("uuid", "uuid"), "uuid cannot follow"),
        (made("int", "sequence"), "sequence cannot follow"),
        ({"type": "varchar(100)"}, r"a column of type varchar(100) cannot follow"),
        (KINDS["uniform"] | {"unique": True}, "values of a key are spread evenly"),
        ({"type": "int", "primary_key": True}, "values of a key are spread evenly"),
        (key("parents"), "a foreign key follows its parent"),
    ],
)
def test_columns_that_cannot_follow_are_refused(facts, says):
    """Values without an order, and keys, which have a law of their own; the column is named."""
    message = refused({"a": KINDS["normal"], "v": facts | follows("a", 0.5)}, parents=(9, {}))
    assert says in message
    assert "tables.t.columns.v" in message


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (made("varchar(20)", "enum", values=LEVELS), "values of enum are drawn in no order"),
        (made("varchar(40)", "first_name"), "values of first_name are drawn in no order"),
        ({"type": "varchar(100)"}, "values of a column of type varchar(100) are drawn in no order"),
        (made("uuid", "uuid"), "drawn in no order"),
        (KINDS["uniform"] | {"unique": True}, "t.v is a key"),
        ({"type": "int", "primary_key": True}, "t.v is a key"),
        (key("parents"), "t.v is a foreign key"),
    ],
)
def test_columns_that_cannot_be_followed_are_refused(facts, says):
    """The mistake is at the column that asks, and says which column is meant."""
    message = refused({"v": facts, "b": KINDS["normal"] | follows("v", 0.5)}, parents=(9, {}))
    assert says in message
    assert "tables.t.columns.b.correlation" in message


def test_what_comes_from_other_columns_does_not_follow():
    """A correlation that would be without effect is refused: these digits are those of the ssn."""
    columns = {"a": KINDS["normal"], "ssn": made("char(11)", "ssn")}
    columns["v"] = made("char(4)", "ssn_last_4") | follows("a", 0.5)
    assert "ssn_last_4 cannot follow another column" in refused(columns)


def test_what_comes_from_other_columns_is_not_followed():
    """It has no random number of its own; the message points to the columns that it is made of."""
    dates = {
        "funded_date": KINDS["date_past"],
        "term_months": made("int", "loan_term"),
        "due": made("date", "maturity_date"),
    }
    message = refused({**dates, "b": KINDS["normal"] | follows("due", 0.5)})
    assert "t.due comes from other columns" in message
    assert "follow one of those" in message


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("v", "the column would follow itself"),
        ("scor", "column 'scor' is not in table 't' at tables.t.columns.v; did you mean 'score'?"),
        ("", "column '' is not in table"),
        ("parent.x", "column 'x' is not in table 'parents'"),
        ("paren.x", "'paren' is no foreign key of table 't'"),
        ("parent.parent.x", "'parent' is no foreign key of table 'parents'"),
        ("count(visits)", "there is no table 'visits'"),
        ("count(parents)", "0 foreign keys of 'parents' lead to 't'"),
        ("count(random)", "do not lie together"),
        ("count(even)", "each row of 't' has as many even as any other"),
        ("count(fixed)", "each row of 't' has as many fixed as any other"),
        ("count(even.parent_id)", "0 foreign keys of 'even' lead to 't'"),
    ],
)
def test_paths_that_mean_nothing_are_refused(path, says):
    """Each step is checked; counts must be of a grouped key whose groups differ in size."""
    fixed = {"type": "grouped", "distribution": "poisson", "min": 2, "max": 2}
    message = refused(
        {
            "score": KINDS["normal"],
            "parent_id": key("parents"),
            "v": KINDS["uniform"] | follows(path, 0.5),
        },
        parents=(9, {}),
        random=(9, {"t_id": key("t")}),
        even=(200, {"t_id": key("t", fan_out="grouped")}),
        fixed=(200, {"t_id": key("t", fan_out=fixed)}),
    )
    assert says in message


def test_columns_in_a_unique_set_do_not_follow():
    """The set chooses their values, so that none repeats."""
    schema = schema_of(
        t=(100, {"a": KINDS["normal"], "b": KINDS["uniform"] | follows("a", 0.5), "c": number()})
    )
    table = replace(schema.tables[0], unique=(("b", "c"),))
    with pytest.raises(SchemaError, match="cannot follow another column"):
        bind(replace(schema, tables=(table,)))


@pytest.mark.parametrize(
    "columns",
    [
        {"a": number() | follows("b", 0.5), "b": number() | follows("a", 0.5)},
        {
            "a": number() | follows("b", 0.5),
            "b": number() | follows("c", 0.5),
            "c": number() | follows("a", 0.5),
        },
        {"a": number() | follows("up.a", 0.5), "up": key("t", nullable=True)},
    ],
)
def test_columns_that_follow_each_other_are_refused(columns):
    """Circles of two and three columns, and one over a key to the own table."""
    assert "columns that need each other: t.a → " in refused(columns)


@pytest.mark.parametrize("rho", [-1.01, 2, "high"])
def test_rho_is_from_minus_one_to_one(rho):
    """Beyond it no correlation exists; refused where the schema is read."""
    with pytest.raises(msgspec.ValidationError, match="rho"):
        schema_of(t=(9, {"a": number(), "b": number() | follows("a", rho)}))


@pytest.mark.parametrize("fan_out", ["unique", "grouped"])
def test_a_column_follows_one_of_the_only_child_of_its_parent(fan_out):
    """The rate of a loan by the score of its borrower, which is a row of another table."""
    key = {"type": "bigint", "foreign_key": {"table": "borrowers", "column": "id"}}
    score = {"type": "int", "generator": "credit_score"}
    rate = {
        "type": "decimal(5,2)",
        "generator": "interest_rate",
        "correlation": {"column": "borrower.scores.score", "rho": -0.7},
    }
    alone = key | {"foreign_key": key["foreign_key"] | {"fan_out": fan_out}}
    tables = bind(
        schema_of(
            borrowers=(20_000, {}),
            scores=(20_000, {"borrower_id": alone, "score": score}),
            loans=(50_000, {"borrower_id": key, "rate": rate}),
        )
    )
    scores = dict(
        zip(cells(tables["scores"], "borrower_id"), cells(tables["scores"], "score"), strict=True)
    )
    loans = tables["loans"]
    of_borrower = [scores[key] for key in cells(loans, "borrower_id")]
    assert abs(spearman(of_borrower, cells(loans, "rate")) + 0.7) < 0.03
    some = [0, 49_999, 7, 7, 31_000]
    whole = cells(loans, "rate")
    assert [whole[row] for row in some] == cells(loans, "rate", some)
