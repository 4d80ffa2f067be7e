"""What expressions compute, held against Python: numbers, dates, conditions and text."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import pytest
from support.expressions import COLUMNS, ROWS, computed, expression, midnight, refused, rounded
from support.tables import AS_OF, bound, cells, month_later

from shardgen.errors import SchemaError
from shardgen.output.sql.dialects import DIALECTS
from shardgen.output.text.render import Renderer, StatementText

# --- Numbers and dates


@pytest.mark.parametrize(
    ("text", "expected", "places"),
    [
        ("n * price", lambda r: r["n"] * r["price"], 2),
        ("n * price * (1 - 0.05)", lambda r: r["n"] * r["price"] * Decimal("0.95"), 4),
        ("price + rate", lambda r: r["price"] + r["rate"], 3),
        ("price - 1", lambda r: r["price"] - 1, 2),
        ("price / n", lambda r: rounded(r["price"] / r["n"], 6), 6),
        ("n / 7", lambda r: rounded(Decimal(r["n"]) / 7, 6), 6),
        ("price / rate", lambda r: rounded(r["price"] / r["rate"], 6), 6),
        ("price / -n", lambda r: rounded(r["price"] / -r["n"], 6), 6),
        ("price % rate", lambda r: r["price"] % r["rate"], 3),
        ("round(price, 1)", lambda r: rounded(r["price"], 1), 1),
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
        ("round(price)", lambda r: int(rounded(r["price"], 0))),
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
        ("months_between(day, as_of)", lambda r: months_passed(r["day"], AS_OF)),
        ("months_between(as_of, day)", lambda r: months_passed(AS_OF, r["day"])),
        ("row_number", lambda r: r["id"]),
        ("length(name)", lambda r: len(r["name"])),
        ("length(written)", lambda r: len(r["written"])),
        ("length(cents)", lambda r: len(r["cents"])),
        ("length(n || '-' || name || day)", lambda r: len(f"{r['n']}-{r['name']}{r['day']}")),
        ("length(code)", lambda r: len(r["code"])),
    ],
)
def test_whole_numbers_of_anything(text, expected):
    """Python makes the same of numbers, dates, times and text."""
    rows = computed(text)
    assert [expected(row) for row in rows] == [row["v"] for row in rows]


def age(born: dt.date, on: dt.date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def months_passed(day: dt.date, on: dt.date) -> int:
    """Return how many months after a day, at most a month's last, have passed by another."""
    if day > on:
        return -months_passed(on, day)
    return next(n for n in range(5000) if month_later(day, n + 1) > on)


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
    """Python says the same; text that is put together is refused."""
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
        ("replace(name, 'a', '')", lambda r: r["name"].replace("a", "")),
        ("replace(state || n, 'a', '4')", lambda r: f"{r['state']}{r['n']}".replace("a", "4")),
        ("replace(state, 'ai', 'AI')", lambda r: r["state"].replace("ai", "AI")),
        ("slug(name || ' & Söhne ' || n)",
         lambda r: re.sub("[^a-z0-9]+", "-", f"{r['name']} & sohne {r['n']}".lower())),
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
    """Python's strings are the same, whatever the values are picked or computed from."""
    rows = computed(text, "text")
    assert [expected(row) for row in rows] == [row["v"] for row in rows]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name", lambda r: r["name"]),
        ("'a \"b\" \\ c' || name", lambda r: 'a "b" \\ c' + r["name"]),
        ("'\n\t' || n", lambda r: f"\n\t{r['n']}"),
        ("n", lambda r: r["n"]),
        ("price", lambda r: r["price"]),
        ("n > 20", lambda r: r["n"] > 20),
        ("day", lambda r: str(r["day"])),
        ("at", lambda r: str(r["at"])),
        ("code", lambda r: r["code"]),
        ("case when n > 20 then name || '\"' else to_text(day) end",
         lambda r: r["name"] + '"' if r["n"] > 20 else str(r["day"])),
        ("5", lambda _: 5),
        ("as_of", lambda _: str(AS_OF)),
    ],
)  # fmt: skip
def test_any_value_is_json(text, expected):
    """Alone and inside an array, whatever letters are in it; a JSON column takes it."""
    for row in computed(f"'[' || to_json({text}) || ', ' || to_json({text}) || ']'", "jsonb"):
        assert [expected(row)] * 2 == json.loads(row["v"], parse_float=Decimal)


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("'{\"a\":\"' || case when n = 7 then 'x\"y' else 'z' end || '\"}'", "json", 'x"y'),
        ("name", "json", "which is no JSON"),
        ("day", "jsonb", "which is no JSON"),
        ("lpad(n, 5)", "json", "which is no JSON"),
        ("code || 'x'", "uuid", "which is no uuid"),
        ("left(state, 2)", "uuid", "which is no uuid"),
    ],
)
def test_text_with_one_wrong_letter_is_refused(text, kind, shown):
    """However rare it is: no row is looked at."""
    said = refused(text, kind)
    assert shown in said
    assert ("to_json" in said) == (kind != "uuid")


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


def test_times_are_read_to_the_second():
    """Digits of a second are left out, whatever the column has of them."""
    columns = {"at": {"type": "timestamp(3)"}, "v": expression("to_text(at)", "varchar(40)")}
    table = bound(columns, ROWS)
    moments = cells(table, "at")
    assert any(moment.microsecond for moment in moments)
    read = [str(moment.replace(microsecond=0, tzinfo=None)) for moment in moments]
    assert read == cells(table, "v")


WIDE = {
    "a": {
        "type": "decimal(38,20)",
        "generator": "decimal_range",
        "generator_params": {"min": -5000, "max": 5000},
    },
    "b": {
        "type": "decimal(38,20)",
        "generator": "decimal_range",
        "generator_params": {"min": -9, "max": 9},
    },
}


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("a", "decimal(38,20)", lambda a, _: a),
        ("round(a, 2)", "decimal(12,2)", lambda a, _: rounded(a, 2)),
        ("round(a, 2) + 1", "decimal(12,2)", lambda a, _: rounded(a, 2) + 1),
        ("round(a)", "int", lambda a, _: rounded(a, 0)),
        ("floor(a)", "int", lambda a, _: a.to_integral_value(ROUND_FLOOR)),
        ("ceil(a)", "int", lambda a, _: a.to_integral_value(ROUND_CEILING)),
        ("sign(a) + 1", "int", lambda a, _: (a > 0) - (a < 0) + 1),
        ("least(a, b)", "decimal(38,20)", min),
        ("case when a < b then b else a end", "decimal(38,20)", max),
        ("a between b and b", "boolean", lambda a, b: a == b),
        ("to_text(a)", "varchar(40)", lambda a, _: str(a)),
    ],
)
def test_numbers_of_more_than_18_digits_are_compared_and_rounded(text, kind, expected):
    """What is rounded is a number like others."""
    table = bound(WIDE | {"v": expression(text, kind=kind)}, ROWS)
    assert [*map(expected, cells(table, "a"), cells(table, "b"))] == cells(table, "v")


def test_nothing_is_added_to_numbers_of_more_than_18_digits():
    """The way out is one that works."""
    with pytest.raises(SchemaError) as caught:
        bound(WIDE | {"v": expression("a + 1", kind="decimal(38,20)")}, ROWS)
    said = str(caught.value)
    assert "more than 18 digits" in said
    assert "round() what has more places than are needed" in said
