"""Expressions computed: the answers of SQLite and of Python, nulls, bounds, parents, children."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from decimal import ROUND_FLOOR, Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.expressions import decimals, expression, half_up, integers
from support.places import ROOT
from support.tables import AS_OF, bound, cells, month_later, rows_of

from shardgen.errors import InputError
from shardgen.generators.expressions.compiler import FUNCTIONS
from shardgen.output.sql.dialects import DIALECTS
from shardgen.output.text.render import Renderer, StatementText
from shardgen.random.streams import words
from shardgen.tables import values as c
from shardgen.tables.batch import Batch

ROWS = 400


COLUMNS = {
    "a": integers(-9, 9, nullable=True),
    "b": integers(-3, 12, nullable=True),
    "n": integers(1, 40),
    "price": decimals(-50, 99.99),
    "rate": decimals(0.125, 7, 3),
    "day": {"type": "date", "generator": "date_past", "generator_params": {"years_ago": 3}},
    "at": {"type": "timestamp"},
    "due": {"type": "date", "nullable": True},
    "flag": {"type": "boolean", "nullable": True},
    "word": {"type": "varchar(40)", "generator": "word", "nullable": True},
    "name": {"type": "varchar(80)", "generator": "full_name"},
    "code": {"type": "uuid"},
    "state": {"type": "enum('new','paid','late')"},
}


def computed(text: str, kind: str = "bigint", **facts):
    """Return the rows of a table with an expression, and what it is in each of them."""
    table = bound(COLUMNS | {"v": expression(text, kind, nullable=True, **facts)}, ROWS)
    rows = rows_of(table)
    return [dict(zip(rows, row, strict=True)) for row in zip(*rows.values(), strict=True)]


def refused(text: str, kind: str = "bigint", **facts) -> str:
    with pytest.raises(InputError) as caught:
        bound(COLUMNS | {"v": expression(text, kind, **facts)}, ROWS)
    (mistake,) = caught.value.mistakes
    assert "tables.t.columns.v" == mistake.path
    return f"{mistake.what}; {mistake.hint}"


# --- Against SQLite

ints = st.sampled_from(["a", "b", "n", "0", "1", "7", "-3"])


def numeric(inner):
    number, truth = inner
    binary = st.tuples(number, st.sampled_from(["+", "-", "*"]), number)
    return (
        binary.map(lambda t: f"({t[0]} {t[1]} {t[2]})")
        | number.map(lambda x: f"(- {x})")
        | number.map(lambda x: f"abs({x})")
        | st.tuples(number, number).map(lambda t: f"coalesce({t[0]}, {t[1]})")
        | st.tuples(number, number).map(lambda t: f"nullif({t[0]}, {t[1]})")
        | st.tuples(number, number).map(lambda t: f"({t[0]} % nullif({t[1]}, 0))")
        | st.tuples(truth, number, number).map(
            lambda t: "case when {} then {} else {} end".format(*t)
        )
        | st.tuples(number, number, number, number).map(
            lambda t: "case {} when {} then {} when 2 then {} end".format(*t)
        )
    )


def logic(inner):
    number, truth = inner
    compared = st.tuples(number, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), number)
    return (
        compared.map(lambda t: f"({t[0]} {t[1]} {t[2]})")
        | st.tuples(truth, st.sampled_from(["and", "or"]), truth).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        )
        | truth.map(lambda x: f"(not {x})")
        | number.map(lambda x: f"({x} is null)")
        | number.map(lambda x: f"({x} is not null)")
        | st.tuples(number, number, number).map(lambda t: "({} between {} and {})".format(*t))
        | st.tuples(number, number, number).map(lambda t: "({} in ({}, {}, 5))".format(*t))
        | st.tuples(number, number).map(lambda t: "({} not in ({}, 2))".format(*t))
    )


truths = st.sampled_from(["flag", "(a > b)", "(b is null)", "true"])
for _ in range(3):
    ints, truths = ints | numeric((ints, truths)), truths | logic((ints, truths))

RAW = rows_of(bound({name: COLUMNS[name] for name in ("a", "b", "n", "flag")}, ROWS))


def by_sqlite(text: str) -> list:
    with sqlite3.connect(":memory:") as connection:
        connection.execute(
            "create table t (id integer, a integer, b integer, n integer, flag boolean)"
        )
        connection.executemany("insert into t values (?,?,?,?,?)", zip(*RAW.values(), strict=True))
        return [row[0] for row in connection.execute(f"select {text} from t order by id")]


def by_us(text: str, kind: str) -> list:
    columns = {name: COLUMNS[name] for name in ("a", "b", "n", "flag")}
    table = bound(columns | {"v": expression(text, kind, nullable=True)}, ROWS)
    values = Batch.of_range(table, 0, ROWS).column("v")
    if isinstance(values, c.Integers):
        assert values.low <= min(values.values) <= max(values.values) <= values.high
    return cells(table, "v")


@given(ints)
@settings(max_examples=150, deadline=None)
def test_numbers_are_those_of_sqlite(text):
    """With nulls in every operand, and never outside the bounds that they carry."""
    if text in ("0", "1", "7", "-3") or not re.search(r"[abn]\b", text):
        return
    try:
        made = by_us(text, "bigint")
    except InputError as error:
        assert "18 digits" in str(error)  # noqa: PT017 -- bounds are wider than values
        return
    assert by_sqlite(text) == made


@given(truths)
@settings(max_examples=150, deadline=None)
def test_conditions_are_those_of_sqlite(text):
    """Three-valued: true, false and null."""
    try:
        made = by_us(text, "boolean")
    except InputError as error:
        assert "18 digits" in str(error)  # noqa: PT017 -- bounds are wider than values
        return
    assert [None if x is None else bool(x) for x in by_sqlite(text)] == made


# --- Numbers


@pytest.mark.parametrize(
    ("text", "expected", "places"),
    [
        ("n * price", lambda r: r["n"] * r["price"], 2),
        ("n * price * (1 - 0.05)", lambda r: r["n"] * r["price"] * Decimal("0.95"), 4),
        ("price + rate", lambda r: r["price"] + r["rate"], 3),
        ("price - 1", lambda r: r["price"] - 1, 2),
        ("price / n", lambda r: half_up(r["price"] / r["n"], 6), 6),
        ("n / 7", lambda r: half_up(Decimal(r["n"]) / 7, 6), 6),
        ("price / rate", lambda r: half_up(r["price"] / r["rate"], 6), 6),
        ("price / -n", lambda r: half_up(r["price"] / -r["n"], 6), 6),
        ("price % rate", lambda r: r["price"] % r["rate"], 3),
        ("round(price, 1)", lambda r: half_up(r["price"], 1), 1),
        ("abs(price)", lambda r: abs(r["price"]), 2),
        ("least(price, rate, 3)", lambda r: min(r["price"], r["rate"], 3), 3),
        ("greatest(price, n)", lambda r: max(r["price"], r["n"]), 2),
        ("case when n > 9 then price else 0.5 end",
         lambda r: r["price"] if r["n"] > 9 else Decimal("0.5"), 2),
    ],
)  # fmt: skip
def test_decimals_are_exact(text, expected, places):
    """Those of Python's decimal module, to the last place."""
    for row in computed(text, f"decimal(18,{places})"):
        assert expected(row) == row["v"]
        assert -places == row["v"].as_tuple().exponent


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("floor(price)", lambda r: int(r["price"].to_integral_value(ROUND_FLOOR))),
        ("ceil(price)", lambda r: -int((-r["price"]).to_integral_value(ROUND_FLOOR))),
        ("round(price)", lambda r: int(half_up(r["price"], 0))),
        ("sign(price)", lambda r: (r["price"] > 0) - (r["price"] < 0)),
        ("mod(n, 7)", lambda r: r["n"] % 7),
        ("year(day) * 100 + month(at)", lambda r: r["day"].year * 100 + r["at"].month),
        ("day(day)", lambda r: r["day"].day),
        ("weekday(day)", lambda r: r["day"].isoweekday()),
        ("hour(at) * 60 + minute(at)", lambda r: r["at"].hour * 60 + r["at"].minute),
        ("second(at)", lambda r: r["at"].second),
        ("day - date('2020-01-01')", lambda r: (r["day"] - dt.date(2020, 1, 1)).days),
        ("at - timestamp(day)", lambda r: int((r["at"] - midnight(r["day"])).total_seconds())),
        ("years_between(day, as_of)", lambda r: age(r["day"], AS_OF)),
        ("row_number", lambda r: r["id"]),
        ("length(name)", lambda r: len(r["name"])),
        ("length(n || '-' || name || day)", lambda r: len(f"{r['n']}-{r['name']}{r['day']}")),
        ("length(code)", lambda r: len(r["code"])),
    ],
)
def test_whole_numbers_of_anything(text, expected):
    rows = computed(text)
    assert [expected(row) for row in rows] == [row["v"] for row in rows]


def midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())


def age(born: dt.date, on: dt.date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def later(day: dt.date, months: int = 0, days: int = 0) -> dt.date:
    return month_later(day, months) + dt.timedelta(days)


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("day + months(1)", "date", lambda r: later(r["day"], 1)),
        ("day + months(n)", "date", lambda r: later(r["day"], r["n"])),
        ("day - months(n * 3)", "date", lambda r: later(r["day"], -3 * r["n"])),
        ("day + months(n - 20)", "date", lambda r: later(r["day"], r["n"] - 20)),
        ("day + years(1) - days(n)", "date", lambda r: later(r["day"], 12, -r["n"])),
        ("day + (months(2) + days(n))", "date", lambda r: later(r["day"], 2, r["n"])),
        ("day - (weeks(1) - 0 * weeks(0))", "date", None),
        ("day - weeks(n)", "date", lambda r: later(r["day"], 0, -7 * r["n"])),
        ("day + 3", "date", lambda r: later(r["day"], 0, 3)),
        ("day - n", "date", lambda r: later(r["day"], 0, -r["n"])),
        ("date(at)", "date", lambda r: r["at"].date()),
        ("day + hours(30)", "timestamp", lambda r: midnight(r["day"]) + dt.timedelta(hours=30)),
        ("at - minutes(n)", "timestamp", lambda r: r["at"] - dt.timedelta(minutes=r["n"])),
        ("at + seconds(90)", "timestamp", lambda r: r["at"] + dt.timedelta(seconds=90)),
        ("at + months(n)", "timestamp",
         lambda r: dt.datetime.combine(later(r["at"].date(), r["n"]), r["at"].time())),
        ("least(day, '2023-06-01')", "date", lambda r: min(r["day"], dt.date(2023, 6, 1))),
        ("greatest(day, at)", "timestamp", lambda r: max(midnight(r["day"]), r["at"])),
        ("case when n > 5 then day else at end", "timestamp",
         lambda r: midnight(r["day"]) if r["n"] > 5 else r["at"]),
    ],
)  # fmt: skip
def test_dates_are_those_of_python(text, kind, expected):
    """A month's last day stands for those that it has not."""
    if expected is None:
        assert "an interval is only added" in refused(text, kind)
        return
    rows = computed(text, kind)
    assert [expected(row) for row in rows] == [row["v"] for row in rows]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("day < '2023-06-01'", lambda r: r["day"] < dt.date(2023, 6, 1)),
        ("at >= day", lambda r: r["at"] >= midnight(r["day"])),
        ("day between '2023-01-01' and '2023-12-31'", lambda r: r["day"].year == 2023),
        ("state in ('paid', 'late')", lambda r: r["state"] in ("paid", "late")),
        ("state <> 'new' and n > 3", lambda r: r["state"] != "new" and r["n"] > 3),
        ("name < 'M'", lambda r: r["name"] < "M"),
        ("left(state, 1) = lower('L')", lambda r: r["state"] == "late"),
        ("(n > 20) = (price > 0)", lambda r: (r["n"] > 20) == (r["price"] > 0)),
        ("price = 0.1 or price <> 0.10", lambda _: True),
    ],
)
def test_conditions_of_any_kind(text, expected):
    if "name" in text:
        assert "put together" in refused(text, "boolean")
        return
    rows = computed(text, "boolean")
    assert [expected(row) for row in rows] == [row["v"] for row in rows]


# --- Text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'No. ' || n", lambda r: f"No. {r['n']}"),
        ("price || ' EUR'", lambda r: f"{r['price']} EUR"),
        ("concat(day, ' ', at, ' ', flag is null)",
         lambda r: f"{r['day']} {r['at']} {str(r['flag'] is None).lower()}"),
        ("upper(state) || lower(name)", lambda r: r["state"].upper() + r["name"].lower()),
        ("initcap(state || '')", lambda r: r["state"].capitalize()),
        ("left(state, 2) || right(state, 2)", lambda r: r["state"][:2] + r["state"][-2:]),
        ("substr(state, 2, 2) || substr(state, 3)", lambda r: r["state"][1:3] + r["state"][2:]),
        ("lpad(n, 5)", lambda r: f"{r['n']:05d}"),
        ("lpad(state, 6, '.')", lambda r: r["state"].rjust(6, ".")),
        ("to_text(a * 0 + 5)", lambda r: None if r["a"] is None else "5"),
        ("coalesce(word, 'none')", lambda r: r["word"] or "none"),
        ("coalesce(word, name)", lambda r: r["word"] or r["name"]),
        ("case when n > 20 then name || '!' when n > 10 then 'few: ' || n else 'none' end",
         lambda r: r["name"] + "!" if r["n"] > 20 else f"few: {r['n']}" if r["n"] > 10 else "none"),
        ("'<' || case when n > 20 then to_text(day) else code end || '>'",
         lambda r: f"<{r['day'] if r['n'] > 20 else r['code']}>"),
        ("case state when 'paid' then 'x' when 'late' then state end",
         lambda r: {"paid": "x", "late": "late"}.get(r["state"])),
        ("upper(case when n > 20 then name else 'is ' || n end)",
         lambda r: r["name"].upper() if r["n"] > 20 else f"IS {r['n']}"),
        ("nullif(state, 'new')", lambda r: None if r["state"] == "new" else r["state"]),
        ("'it''s'", lambda _: "it's"),
        ("'a' || 1 || 2.50 || true || as_of", lambda _: f"a12.50true{AS_OF}"),
    ],
)  # fmt: skip
def test_text_is_put_together(text, expected):
    rows = computed(text, "text")
    assert [expected(row) for row in rows] == [row["v"] for row in rows]


def test_the_length_of_text_is_that_of_its_longest_branch():
    """So that it is held against the column's type, not the sum of all branches."""
    both = "case when n > 5 then 'abcde' || n else 'fghij' || n end"
    bound(COLUMNS | {"v": expression(both, "varchar(7)")}, 10)
    assert "up to 7 characters, and varchar(6) holds 6" in refused(both, "varchar(6)")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("case when n > 20 then 'it''s ' || n when n > 9 then day || '' else 'x' end", "text"),
        ("'[' || case when n > 20 then code else case when n > 9 then price || '' else '' end end",
         "text"),
        ("price * n", "decimal(12,2)"),
        ("coalesce(word, name)", "varchar(80)"),
        ("case when n > 20 then at else day end", "timestamp"),
        ("-n", "int"),
    ],
)  # fmt: skip
def test_what_is_computed_is_written_as_it_is(text, kind):
    """The dump has the values that the library gives, whichever way each row's text is made."""
    table = bound(COLUMNS | {"v": expression(text, kind)}, ROWS)
    renderer = Renderer(
        table, DIALECTS["postgres"].notation("copy"), StatementText(b"", b"", b""), None
    )
    written = b"".join(bytes(text) for text in renderer.render(0, ROWS)).decode()
    last = [line.split("\t")[-1] for line in written.split("\n")]
    assert list(map(str, cells(table, "v"))) == [text for text in last if text]


# --- Nulls


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a + 1", "t.a is nullable"),
        ("coalesce(a, b)", "t.a is nullable"),
        ("nullif(n, 3)", "nullif gives null"),
        ("case when n > 3 then 1 end", "the case has no else"),
        ("case when n > 3 then n else null end", "it is null"),
        ("round(price / nullif(n - 1, 0))", "nullif gives null"),
    ],
)
def test_a_column_that_is_not_nullable_refuses_what_may_be_null(text, why):
    """With what makes it null, and the ways out."""
    message = refused(text)
    assert f"the column is not nullable, and {why}" in message
    assert '"nullable": true' in message
    assert "coalesce" in message


def test_what_is_never_null_is_not():
    for text in ("coalesce(a, 0)", "coalesce(a, n)", "case when a > 1 then 1 else 0 end"):
        assert None not in cells(bound(COLUMNS | {"v": expression(text)}, ROWS), "v")
    assert None not in cells(bound(COLUMNS | {"v": expression("a is null", "boolean")}, ROWS), "v")


def test_a_nullable_expression_is_null_where_it_says_and_nowhere_else():
    """The default share of nulls of other generators is not added."""
    for row in computed("n + 1"):
        assert row["n"] + 1 == row["v"]
    for row in computed("a + b"):
        assert (row["a"] is None or row["b"] is None) == (row["v"] is None)


def test_a_null_probability_comes_on_top():
    columns = COLUMNS | {"v": expression("a + 1", nullable=True)}
    columns["v"]["generator_params"]["null_probability"] = 0.5
    rows = rows_of(bound(columns, 4000))
    nulls = [v is None for v in rows["v"]]
    assert all(n for n, a in zip(nulls, rows["a"], strict=True) if a is None)
    assert 0.50 < sum(nulls) / 4000 < 0.60


# --- Random


def test_random_reaches_both_ends_and_nothing_else():
    assert {3, 4, 5, 6} == set(cells(bound({"v": expression("random(3, 6)")}, 500), "v"))
    steps = set(cells(bound({"v": expression("random(0, 0.05)", "decimal(4,2)")}, 900), "v"))
    assert {Decimal(n).scaleb(-2) for n in range(6)} == steps


def test_random_between_columns():
    for row in computed("random(n, a)"):
        if row["a"] is not None:
            assert row["n"] <= row["v"] <= max(row["n"], row["a"])
        assert (row["a"] is None) == (row["v"] is None)
    for row in computed("random(day, as_of)", "date"):
        assert row["day"] <= row["v"] <= AS_OF
    for row in computed("random(at, at + hours(2))", "timestamp"):
        assert row["at"] <= row["v"] <= row["at"] + dt.timedelta(hours=2)
    for row in computed("random(day, at)", "timestamp"):
        assert midnight(row["day"]) <= row["v"] <= max(row["at"], midnight(row["day"]))


def test_each_random_has_words_of_its_own():
    pairs = cells(bound({"v": expression("random(0, 9) * 10 + random(0, 9)")}, 2000), "v")
    assert set(range(100)) == set(pairs)
    alone = cells(bound({"v": expression("random(0, 9)")}, 2000), "v")
    assert alone == [pair // 10 for pair in pairs]


def test_chance_is_true_as_often_as_it_says():
    for text, share in (("chance(0.3)", 0.3), ("chance(0)", 0), ("chance(1)", 1)):
        assert (
            abs(share - np.mean(cells(bound({"v": expression(text, "boolean")}, 20_000), "v")))
            < 0.02
        )
    columns = {"n": integers(0, 1), "v": expression("chance(n / 2)", "boolean")}
    rows = rows_of(bound(columns, 20_000))
    assert not any(v for n, v in zip(rows["n"], rows["v"], strict=True) if n == 0)
    assert abs(0.25 - np.mean(rows["v"])) < 0.02


# --- Bounds

BOUNDED = [
    *("a + b", "a - b * n", "a * b", "n % 7", "a % nullif(b, 0)", "abs(a)", "sign(b)", "-a"),
    *("least(a, b, 5)", "greatest(a, n)", "nullif(n, 1)", "case when a > 0 then a else n end"),
    *("round(price / rate)", "floor(price)", "ceil(price)", "round(price * n / 7)", "year(day)"),
    *("weekday(day)", "day - as_of", "years_between(day, as_of)", "random(a, n)", "length(word)"),
    *("coalesce(a, 100)", "hour(at)", "round(a / nullif(b, 0))"),
]


@pytest.mark.parametrize("text", BOUNDED)
def test_values_lie_within_their_bounds_which_are_those_of_every_batch(text):
    """A renderer lays out all rows by the bounds of the first batch it sees."""
    table = bound(COLUMNS | {"v": expression(text, nullable=True)}, ROWS)
    whole = Batch.of_range(table, 0, ROWS).column("v")
    assert whole.low <= whole.values.min() <= whole.values.max() <= whole.high
    for rows in (np.arange(0), np.array([5]), np.array([7, 7, 3])):
        some = Batch(table, rows).column("v")
        assert (whole.low, whole.high) == (some.low, some.high)


TEXTS = [
    *("n || ' of ' || name", "case when n > 9 then name when a > 0 then 'a' || a else code end"),
    *("coalesce(word, upper(state))", "lpad(n, 4) || at", "case state when 'new' then word end"),
]


@pytest.mark.parametrize(
    ("text", "kind"), [*((text, "bigint") for text in BOUNDED), *((text, "text") for text in TEXTS)]
)
def test_any_rows_alone_have_the_values_they_have_among_all(text, kind):
    table = bound(COLUMNS | {"v": expression(text, kind, nullable=True)}, ROWS)
    whole = cells(table, "v")
    scattered = (words(17, np.arange(50)) >> np.uint64(1)).astype(np.int64) % ROWS
    assert [whole[row] for row in scattered] == cells(table, "v", scattered)
    assert whole[37:38] == cells(table, "v", range(37, 38))
    assert [] == cells(table, "v", range(0))
    assert [whole[row] for row in (9, 9, 2)] == [
        None if null else value
        for value, null in zip(
            Batch.of_range(table, 0, ROWS).column("v").take(np.array([9, 9, 2])).python(),
            [whole[row] is None for row in (9, 9, 2)],
            strict=True,
        )
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("n * 100000000000000000 * n", "more than 18 digits"),
        ("round(price / coalesce(a, 1))", "divides by a number that may be 0; nullif(x, 0)"),
        ("n % (n - 1)", "divides by a number that may be 0"),
        (
            "round(price / rate / rate / rate * price / rate * rate * rate * rate * rate)",
            "18 digits",
        ),
        ("year(day + years(n * 1000))", "adds up to"),
        ("year(day + days(n * 1000000))", "outside the years 1 to 9999"),
        ("length(name || word) + (name = word)", "+ does not take"),
    ],
)
def test_what_cannot_be_computed_is_refused_before_a_row_is_made(text, what):
    message = refused(text)
    assert what in message
    assert "^" in message


def test_long_division_is_exact():
    """Where the dividend with all its places is longer than 64 bits."""
    columns = {
        "p": decimals(-9e9, 9e9, 4, type="decimal(18,4)"),
        "q": decimals(0.0001, 99999, 4, type="decimal(18,4)"),
        "v": expression("p / q * 0 + round(p / greatest(q, 10), 6)", "decimal(18,6)"),
    }
    columns["v"]["generator_params"]["expression"] = "p / greatest(q, 10)"
    rows = rows_of(bound(columns, ROWS))
    for p, q, v in zip(rows["p"], rows["q"], rows["v"], strict=True):
        top, bottom = int(p * 10**10), int(max(q, Decimal(10)) * 10**4)
        assert (2 * top + bottom) // (2 * bottom) == int(v.scaleb(6))


# --- Kinds


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        ("n + name", "bigint", "+ does not take a whole number and text; to join text, write ||"),
        ("flag + 1", "bigint", "+ does not take a condition and a whole number"),
        ("n and flag", "boolean", "a condition is wanted here, not a whole number"),
        ("n = 'x'", "boolean", "= does not take a whole number and text"),
        ("word = null", "boolean", "null is no operand"),
        ("day - at", "bigint", "- does not take a date and a timestamp"),
        ("days(1)", "date", "this is an interval, and the column is date; add it to a date"),
        ("days(1.5)", "date", "days does not take a decimal number; it takes a whole number"),
        ("n / 2", "bigint", "this is a decimal number, and the column is bigint; round(x)"),
        ("'2024-01-01'", "date", "this is text, and the column is date; write date('2024-12-31')"),
        ("day < 'soon'", "boolean", "'soon' is no date; write '2024-12-31'"),
        ("case when n > 1 then 1 else 'a' end", "text", "a value is a whole number, and this one"),
        ("coalesce(null, null)", "bigint", "all of these values are null"),
        ("null", "bigint", "this is null, and the column is bigint"),
        ("case when n > 1 then days(1) else days(2) end", "date", "choose the number in it"),
        ("left(word, n)", "text", "left does not take text and a whole number; it takes text, a"),
        ("lpad(n - 9, 3)", "text", "zeros only"),
        ("upper(code)", "text", "have one form"),
        ("substr(name, 1)", "text", "needs text that is picked from a list"),
        ("chance(1.5)", "boolean", "1.5 is not between 0 and 1"),
        ("chance('x')", "boolean", "chance takes a number"),
        ("random('a', 'b')", "text", "random takes numbers, dates or timestamps"),
        ("round(n) from t", "bigint", "expected an operator or the end, got 'from'"),
        ("round(n where a > 1)", "bigint", "round takes no from and no where; these do: sum"),
        ("abs()", "bigint", "abs takes 1 argument, got 0"),
        ("round(n, 1, 2)", "bigint", "round takes 1 or 2 arguments, got 3"),
        ("coalesce(a)", "bigint", "coalesce takes 2 arguments, got 1"),
        ("rond(n)", "bigint", "there is no function 'rond'; did you mean 'round'?"),
        ("n + pricee", "bigint", "column 'pricee' is not in table 't'; did you mean 'price'?"),
        ("owner.price", "bigint", "'owner' is no foreign key of table 't'"),
        ("sum(visits.cost)", "bigint", "there is no table 'visits'"),
        ("sum(n)", "bigint", "sum of which table's rows?; write sum(order_items.amount)"),
        ("count()", "bigint", "count of which table's rows?; write count(order_items)"),
        ("max(n, 3)", "bigint", "max takes one argument, got 2; of several values: greatest"),
    ],
)
def test_what_does_not_go_together_is_refused(text, kind, what):
    """With the place, and the way out where there is one."""
    message = refused(text, kind)
    assert what in message
    assert message.count("\n") == 2
    assert "^" in message.split("\n")[2]


def test_a_unique_column_cannot_be_computed():
    assert "follows from other columns, and the column is unique" in refused("n", unique=True)


def test_columns_that_need_each_other_are_refused():
    with pytest.raises(InputError, match=r"columns that need each other: t.v → t.w → t.v"):
        bound({"v": expression("w + 1"), "w": expression("v + 1")})
    with pytest.raises(InputError, match=r"columns that need each other: t.v → t.v"):
        bound({"v": expression("v + 1")})


def test_an_expression_is_made_once_for_its_values_and_nulls():
    table = bound(COLUMNS | {"v": expression("a + b", nullable=True)}, ROWS)
    batch = Batch.of_range(table, 0, ROWS)
    before = len(batch._shared)
    batch.column("v")
    batch.null("v")
    assert before + 1 == len(batch._shared)


# --- The page

PAGE = ROOT / "docs" / "expressions.md"


def test_the_page_lists_every_function():
    page = PAGE.read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(\w+)\b", page, re.MULTILINE))
    assert FUNCTIONS == listed & FUNCTIONS
