"""Datasets: values of one row belong together, come by weight, and fit what is given."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.binding import parse_schema
from support.schemas import all_mistakes, load_mistakes, right
from support.statistics import assert_uncorrelated, assert_values_fit
from support.tables import PLACES, bind, cells, rows_of, schema_with

from shardgen.errors import PlanError, SchemaError
from shardgen.execution.pipeline import run
from shardgen.plan.load import load_schema
from shardgen.plan.plan import Options
from shardgen.schema.datasets import MAX_BYTES

ROWS = [tuple(row) for row in PLACES["rows"]]


def drawn(column: str, kind: str = "text", **facts: Any) -> dict[str, Any]:
    """Return a column that takes its values from a column of the dataset `d`."""
    given = {n: facts.pop(n) for n in ("draw", "given") if n in facts}
    parameters = {"dataset": "d", "column": column, **given, **facts.pop("generator_params", {})}
    return {"type": kind, "generator": "dataset", "generator_params": parameters, **facts}


def listed(*values: Any, kind: str = "text") -> dict[str, Any]:
    return {"type": kind, "generator": "enum", "generator_params": {"values": list(values)}}


def tables(dataset: Any = PLACES, **of: Any) -> Any:
    return bind(schema_with({"datasets": {"d": dataset}}, **of))


def table(columns: Any, rows: int = 1000, dataset: Any = PLACES) -> Any:
    return tables(dataset, t=(rows, columns))["t"]


def of(kind: str, values: list[Any], **facts: Any) -> list[Any]:
    """Return a column of that type from a dataset of these values."""
    one = {"columns": ["v"], "rows": [[v] for v in values]}
    return cells(table({"v": drawn("v", kind, **facts)}, 200, one), "v")


# --- Rows by weight


def test_values_of_one_row_belong_together():
    """Columns of one dataset show the combinations of its rows, all of them and no others."""
    made = table(
        {n: drawn(n) for n in ("city", "state", "zip")} | {"people": drawn("people", "int")}
    )
    rows = rows_of(made)
    assert set(ROWS) == set(zip(*(rows[n] for n in PLACES["columns"]), strict=True))


def test_rows_come_by_their_weight():
    """The weight column of the dataset is the share of the row."""
    made = cells(table({"city": drawn("city")}, 100_000), "city")
    assert_values_fit(made, {row[0]: row[3] for row in ROWS})


def test_without_weights_all_rows_are_alike():
    """Those with the same values too."""
    made = cells(table({"state": drawn("state")}, 100_000, PLACES | {"weight": None}), "state")
    assert_values_fit(made, {"MA": 2, "CO": 1, "NV": 1})


def test_weights_of_many_sizes():
    """Fifteen orders of magnitude, in 5,005 rows: each share holds."""
    weights = [1e-9, 3, 1e6, 2.5e6, 0.5, *[100.0] * 5000]
    many = {"columns": ["v", "w"], "rows": [[n, w] for n, w in enumerate(weights)], "weight": "w"}
    made = cells(table({"v": drawn("v", "int")}, 200_000, many), "v")
    rest = 5000 * 100.0 + 1e-9 + 3 + 0.5
    assert_values_fit((min(v, 5) if v > 3 else v for v in made if v not in (0, 1)),
                      {2: 1e6, 3: 2.5e6, 5: rest})  # fmt: skip


def test_another_draw_is_another_row():
    """Columns with a named draw belong to each other, and not to those without."""
    columns = {"a": drawn("people", "int"), "b": drawn("people", "int", draw="second")}
    made = table(columns | {"c": drawn("people", "int", draw="second")}, 50_000)
    a, b, c = (cells(made, name) for name in "abc")
    assert_uncorrelated(a, b)
    assert b == c


def test_the_column_has_the_name_of_the_datasets():
    """Where no column of the dataset is named, the table's column says which."""
    facts = {"type": "text", "generator": "dataset", "generator_params": {"dataset": "d"}}
    assert {row[1] for row in ROWS} == set(cells(table({"state": facts}), "state"))


@given(st.lists(st.integers(0, 2999), max_size=40))
@settings(max_examples=30, deadline=None)
def test_any_rows_alone_are_those_of_the_whole(rows):
    """Rows that fit a given value, and free ones, in any order and with repeats."""
    columns = {
        "state": listed("MA", "CO"),
        "city": drawn("city", given={"state": "state"}),
        "other": drawn("zip"),
    }
    made = table(columns, 3000)
    whole = rows_of(made)
    assert {n: [v[row] for row in rows] for n, v in whole.items()} == rows_of(made, rows)


# --- What is given


def test_rows_fit_a_value_of_the_same_row():
    """And come by their weight among those that do."""
    columns = {"s": listed("MA", "NV", "CO"), "city": drawn("city", given={"state": "s"})}
    columns |= {"state": drawn("state", given={"state": "s"})}
    rows = rows_of(table(columns, 50_000))
    assert rows["s"] == rows["state"]
    of_ma = [c for s, c in zip(rows["s"], rows["city"], strict=True) if s == "MA"]
    assert_values_fit(of_ma, {"Boston": 10, "Worcester": 3})


@pytest.mark.parametrize("path", ["p.s", "p_id.s"])
def test_rows_fit_a_value_of_the_parent(path):
    """Named by the key's table or its column: each child's city lies in its parent's state."""
    child = {
        "p_id": {"type": "bigint", "foreign_key": {"table": "p", "column": "id"}},
        "city": drawn("city", given={"state": path}),
    }
    made = tables(p=(50, {"s": listed("MA", "NV")}), c=(500, child))
    states = cells(made["p"], "s")
    known = {row[0]: row[1] for row in ROWS}
    expected = [states[p - 1] for p in cells(made["c"], "p_id")]
    assert expected == [known[city] for city in cells(made["c"], "city")]


@pytest.mark.parametrize(
    "base",
    [
        listed(5, 10, 700, kind="int"),
        {"type": "int", "generator": "constant", "generator_params": {"value": 10}},
        drawn("k", "int", draw="other"),
    ],
)
@pytest.mark.parametrize("keys", [[5, 10, 700], ["05", "10.0", "7e2"]])
def test_rows_fit_a_whole_number(base, keys):
    """Only those that are listed can occur, whatever lies between them."""
    numbers = {"columns": ["k", "v"], "rows": [[k, str(k)] for k in keys] * 2}
    rows = rows_of(table({"k": base, "v": drawn("v", given={"k": "k"})}, 500, numbers))
    by_text = {str(key): int(float(key)) for key in keys}
    assert rows["k"] == [by_text[v] for v in rows["v"]]


def test_rows_fit_any_whole_number_of_a_range():
    """Negative ones too; a number that the dataset has not is refused before a row is made."""
    span = {"type": "int", "generator": "int_range", "generator_params": {"min": -2, "max": 3}}
    numbers = {"columns": ["k", "v"], "rows": [[k, f"v{k}"] for k in range(-2, 4)]}
    columns = {"k": span, "v": drawn("v", given={"k": "k"})}
    rows = rows_of(table(columns, 500, numbers))
    assert [f"v{k}" for k in rows["k"]] == rows["v"]
    numbers["rows"].pop()
    with pytest.raises(SchemaError, match="finds no row of 'd' that has the k '3'"):
        table(columns, 500, numbers)


def test_rows_fit_several_values_at_once():
    """State and city together; combinations that are missing are named, and the others counted."""
    columns = {"s": listed("MA"), "c": listed("Boston", "Worcester")}
    columns |= {"zip": drawn("zip", given={"state": "s", "city": "c"})}
    rows = rows_of(table(columns))
    assert {("Boston", "02108"), ("Worcester", "01602")} == set(
        zip(rows["c"], rows["zip"], strict=True)
    )
    with pytest.raises(SchemaError, match="has the state and city 'Reno' with 'MA', nor 2 others"):
        table(columns | {"s": listed("MA", "NV"), "c": listed("Reno", "Boston", "Worcester")})


def test_too_many_values_at_once_are_refused():
    """A table of all combinations is made: it is bounded, and the bound is in the message."""
    many = {"columns": ["a", "b"], "rows": [[n, n] for n in range(1100)]}
    columns = {"n": listed(1, kind="int"), "v": drawn("a", "int", given={"a": "n", "b": "n"})}
    with pytest.raises(SchemaError, match="a and b have more than 1048576 combinations"):
        table(columns, 5, many)


def test_rows_fit_a_truth_and_a_label():
    """Booleans in any case of letters, and enums by their labels."""
    truths = {"columns": ["k", "v"], "rows": [["TRUE", "yes"], [False, "no"]]}
    columns = {"k": {"type": "boolean"}, "v": drawn("v", given={"k": "k"})}
    rows = rows_of(table(columns, 300, truths))
    assert ["yes" if k else "no" for k in rows["k"]] == rows["v"]
    label = {"k": {"type": "enum('MA','NV')"}, "v": drawn("state", given={"state": "k"})}
    rows = rows_of(table(label, 300))
    assert rows["k"] == rows["v"]


def test_a_value_that_may_occur_and_has_no_row_is_refused():
    """Naming some of them."""
    columns = {"s": listed(*"ABCDEFGH", "MA"), "city": drawn("city", given={"state": "s"})}
    says = "has the state 'A', 'B', 'C', 'D', 'E' and 3 more at .*; add a row for each"
    with pytest.raises(SchemaError, match=says):
        table(columns)


@pytest.mark.parametrize(
    ("base", "facts", "says"),
    [
        ({"type": "text", "generator": "uuid"}, {"given": {"state": "s"}}, "composed text"),
        ({"type": "date"}, {"given": {"state": "s"}}, "'s' is date, not text or enum"),
        ({"type": "bigint", "generator": "int_range", "generator_params": {"min": 0, "max": 10**9}},
         {"given": {"people": "s"}}, "at most 1048576 different"),
        (listed("MA"), {"given": {"stat": "s"}}, "no column 'stat' at .*did you mean 'state'"),
        (listed("MA"), {"given": {"state": "x"}}, "'x' is not in table"),
        (listed("MA"), {"given": {"state": "x.y"}}, "'x' is no foreign key"),
        (listed("MA"), {"given": {"state": "s", "zip": "s"}}, "that has the zip 'MA'"),
        (listed("MA"), {"given": {"state": "v"}}, "need each other"),
        (listed("MA"), {"given": {"state": "s"}, "unique": True}, "cannot be given"),
        (listed("MA"), {"given": {"state": 5}}, r"5 is not text at .*\.given\.state"),
    ],
)  # fmt: skip
def test_what_cannot_be_given_is_refused(base, facts, says):
    """Values that are not few and known before, unknown names, circles and unique columns."""
    with pytest.raises(SchemaError, match=says):
        table({"s": base, "v": drawn("city", **facts)}, 2)


# --- Types


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("text", ["a", 5, True, 2.5, ""], {"a", "5", "true", "2.5", ""}),
        ("int", [5, "-7", "08", 3.0, " 9 "], {5, -7, 8, 3, 9}),
        ("bigint", [(1 << 62) + 1, str((1 << 62) + 3)], {(1 << 62) + 1, (1 << 62) + 3}),
        ("decimal(8,2)", ["0.07", 2.5, 3, "1e2"],
         {Decimal("0.07"), Decimal("2.50"), Decimal("3.00"), Decimal("100.00")}),
        ("double", ["0.125", "3"], {Decimal("0.125"), Decimal("3.000")}),
        ("boolean", [True, "false", "1", 0], {True, False}),
        ("date", ["2024-02-29", "1999-12-31"], {dt.date(2024, 2, 29), dt.date(1999, 12, 31)}),
        ("timestamp", ["2024-02-29", "1999-12-31 23:59:59"],
         {dt.datetime(2024, 2, 29), dt.datetime(1999, 12, 31, 23, 59, 59)}),
        ("enum('a','b')", ["b"], {"b"}),
        ("json", ['{"a": 1}', 5], {'{"a": 1}', "5"}),
        ("uuid", ["00000000-0000-4000-8000-00000000000A"],
         {"00000000-0000-4000-8000-00000000000a"}),
    ],
)  # fmt: skip
def test_values_become_the_type_of_their_column(kind, values, expected):
    """Texts of a CSV file and values of JSON are read alike, and exactly."""
    assert expected == set(of(kind, values))


@pytest.mark.parametrize(
    ("kind", "values", "says"),
    [
        ("int", [1, "x"], "row 2 of dataset 'd' has 'x', which is no int"),
        ("int", ["2.5"], "2.5 is not a number that int holds"),
        ("int", [True], "'true', which is no int"),
        ("int", ["١"], "which is no int"),
        ("int", ["1_0"], "which is no int"),
        ("tinyint", [300], "300"),
        ("decimal(5,2)", ["1e999"], "which is no decimal"),
        ("decimal(5,2)", ["0.001"], "0.001 is not a number"),
        ("boolean", ["yes"], "which is no boolean"),
        ("date", ["2024-02-30"], "which is no date"),
        ("varchar(2)", ["abc"], r"'abc', 3 characters, and the column is varchar\(2\)"),
        ("text", ["a\0b"], "NUL"),
        ("enum('a')", ["b"], "'b', which is none of"),
        ("json", ["{"], "no JSON"),
        ("uuid", ["x"], "no uuid"),
        ("text", ["a", None], 'row 2 of dataset .d. has no value.*set "nullable": true'),
        ("text", [None], "no value for the column in any row"),
    ],
)
def test_values_that_cannot_stand_in_the_column_are_refused(kind, values, says):
    """With the row of the dataset and the value; nothing is rounded or cut to fit."""
    with pytest.raises(SchemaError, match=says):
        of(kind, values)


def test_a_row_without_a_value_is_null():
    """Besides the nulls that the column's own share asks for."""
    made = of("int", [1, None, 3, None], nullable=True)
    assert {1, 3, None} == set(made)
    made = of("int", [1, None], nullable=True, generator_params={"null_probability": 0.9})
    assert made.count(None) > 170


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"dataset": "e"}, "there is no dataset 'e' at .*; there are d"),
        ({"dataset": "d", "column": "citi"}, "no column 'citi' at .*; did you mean 'city'"),
        ({"dataset": "d"}, "no column 'v' at .*; it has city, state, zip, people"),
    ],
)
def test_datasets_that_are_not_there_are_refused(parameters, says):
    """Datasets and columns: with the nearest name, or with all there are."""
    facts = {"type": "text", "generator": "dataset", "generator_params": parameters}
    with pytest.raises(SchemaError, match=says):
        table({"v": facts})


# --- Unique


def test_a_unique_column_takes_each_row_once():
    """And the other columns of the row follow it, before it or after it."""
    columns = {
        "city": drawn("city"),
        "zip": drawn("zip", unique=True),
        "state": drawn("state"),
        "again": drawn("city", draw="other"),
    }
    rows = rows_of(table(columns, 4))
    assert {row[:3] for row in ROWS} == set(
        zip(rows["city"], rows["state"], rows["zip"], strict=True)
    )
    with pytest.raises(PlanError, match="5 unique values asked for, and only 4 exist"):
        table(columns, 5)


def test_values_of_two_rows_are_not_unique():
    """Equal once stored is equal: '5' and '05' are one int. The row is named."""
    with pytest.raises(SchemaError, match="row 2 of dataset 'd' has MA a second time"):
        table({"state": drawn("state", unique=True)}, 2)
    with pytest.raises(SchemaError, match="row 2 of dataset 'd' has 5 a second time"):
        of("int", ["5", "05"], unique=True)
    with pytest.raises(SchemaError, match="row 2 of dataset 'd' has MA a second time"):
        table({"zip": drawn("zip", unique=True), "state": drawn("state", unique=True)}, 2)


@pytest.mark.parametrize("names", [("zip", "n"), ("city", "state", "n"), ("n", "state", "city")])
def test_rows_are_unique_together_with_other_columns(names):
    """All 12 combinations come; columns of one draw count as one, in any order."""
    columns = {"state": drawn("state"), "city": drawn("city"), "zip": drawn("zip"),
               "n": listed(1, 2, 3, kind="int")}  # fmt: skip
    schema = schema_with({"datasets": {"d": PLACES}}, t=(12, columns))
    table = msgspec.structs.replace(schema.tables[0], unique=(names,))
    rows = rows_of(bind(msgspec.structs.replace(schema, tables=(table,)))["t"])
    assert 12 == len(set(zip(*(rows[n] for n in names), strict=True)))
    together = Counter(zip(rows["city"], rows["state"], rows["zip"], strict=True))
    assert {row[:3]: 3 for row in ROWS} == together


def test_rows_come_by_weight_where_a_key_makes_them_unique():
    """A set that the primary key is in asks nothing of the dataset: its rows repeat, together."""
    columns = {"city": drawn("city"), "zip": drawn("zip"), "state": drawn("state")}
    schema = schema_with({"datasets": {"d": PLACES}}, t=(22_000, columns))
    table = msgspec.structs.replace(schema.tables[0], unique=(("id", "zip"),))
    rows = rows_of(bind(msgspec.structs.replace(schema, tables=(table,)))["t"])
    made = list(zip(rows["city"], rows["state"], rows["zip"], strict=True))
    assert_values_fit(made, {row[:3]: row[3] for row in ROWS})


# --- In a schema


def with_dataset(dataset: Any, **parameters: Any) -> Any:
    raw = right()
    raw["datasets"] = {"zips": dataset}
    facts = {"generator": "dataset", "generator_params": {"dataset": "zips", **parameters}}
    raw["tables"][0]["columns"].append({"name": "city", "type": "text", **facts})
    return raw


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        ({"rows": [["a"]]}, ["the dataset has no columns at datasets.zips.columns",
                             "the row has 1 values, and the dataset 0 columns"]),
        ({"columns": ["city"]}, ["the dataset has no rows at datasets.zips.rows"]),
        ({"columns": ["city", "city"], "rows": [["a", "b"]]},
         ["two columns of the dataset are named 'city' at datasets.zips.columns"]),
        ({"columns": ["city", ""], "rows": [["a", "b"]]}, ["column 2 of the dataset has no name"]),
        ({"columns": ["city", "b"], "rows": [["a", "b"], ["c"]]},
         ["the row has 1 values, and the dataset 2 columns at datasets.zips.rows[1]"]),
        ({"columns": ["city"], "rows": [["a"]], "weight": "citi"},
         ["the dataset has no column 'citi' at datasets.zips.weight; did you mean 'city'?"]),
        *(({"columns": ["city", "w"], "rows": [["a", 1], ["b", weight]], "weight": "w"},
           ["is no positive number at datasets.zips.rows[1]"])
          for weight in (0, -1, "x", None, True, "1e400", "")),
        ({"columns": ["city"], "rows": [[["a"]]]}, ["datasets.zips.rows[0][0]"]),
        ({"colums": ["city"]}, ["unknown field 'colums' at datasets.zips.colums"]),
        (5, ["5 is not an object at datasets.zips"]),
        ({"file": "zips.csv"}, ["the file 'zips.csv' is not read", "comes from no folder"]),
    ],
)  # fmt: skip
def test_mistakes_of_a_dataset_say_where(dataset, expected):
    """Columns, rows and weights are checked on loading, with a path down to the cell."""
    lines = "\n".join(load_mistakes(with_dataset(dataset)))
    assert [] == [part for part in expected if part not in lines]


def test_a_mistake_of_a_dataset_is_reported_once(tmp_path):
    """Columns that draw from it have no mistake of their own."""
    raw = with_dataset({"columns": ["city"], "rows": [["a", "b"]]})
    assert 1 == len(all_mistakes(raw, tmp_path))
    assert 1 == len(all_mistakes(with_dataset({"file": "none.csv"}), tmp_path))
    assert 1 == len(all_mistakes(with_dataset({"columns": ["a"], "rows": [["a"]]}), tmp_path))


def saved(tmp_path, raw, data: bytes | None, name="zips.csv"):
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(raw), encoding="utf-8")
    if data is not None:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return path


CSV = b'city,state,pop\r\nBoston,MA,10\r\n"New York, NY",NY,30\r\n\r\n'


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("name", ["zips.csv", "more/zips.csv"])
def test_a_file_beside_the_schema_is_read_with_it(tmp_path, start, name):
    """With or without a byte order mark; empty lines are no rows."""
    raw = with_dataset({"file": name, "weight": "pop"})
    schema = load_schema(saved(tmp_path, raw, start + CSV, name))
    dataset = schema.datasets["zips"]
    assert ("city", "state", "pop") == dataset.columns
    assert (("Boston", "MA", "10"), ("New York, NY", "NY", "30")) == dataset.rows
    made = cells(bind(schema, users=20_000)["users"], "city")
    assert_values_fit(made, {"Boston": 10, "New York, NY": 30})
    assert schema == load_schema(schema)


def test_workers_need_no_file(tmp_path):
    """The plan carries the rows: the same bytes from one process and from two."""
    path = saved(tmp_path, with_dataset({"file": "zips.csv"}), CSV)
    options = Options(rows={"users": 3000}, shard_rows=500)
    for workers in (1, 2):
        run(path, tmp_path / f"{workers}.sql", options=options, workers=workers)
    assert (tmp_path / "1.sql").read_bytes() == (tmp_path / "2.sql").read_bytes()


def test_an_empty_field_is_no_value(tmp_path):
    """CSV has no null: an empty field stands for it."""
    schema = load_schema(saved(tmp_path, with_dataset({"file": "zips.csv"}), b"city,b\na,\n"))
    assert (("a", None),) == schema.datasets["zips"].rows


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (None, "there is no file 'zips.csv' at datasets.zips.file; its path counts from"),
        (b"", "the file has no header"),
        (b"\n\n", "the file has no header"),
        (b"city\n", "the dataset has no rows at datasets.zips.file"),
        (b"city,b\na,b\nc\n", "line 3 has 1 fields, not 2 at datasets.zips.file"),
        (b'city,b\n"a\nb",c\nd,e,f\n', "line 4 has 3 fields, not 2"),
        (b"city,city\na,b\n", "two columns of the dataset are named 'city' at datasets.zips.file"),
        (b"city,\na,b\n", "column 2 of the dataset has no name"),
        (b"city\n\xff\n", "line 2 is not UTF-8 text"),
        (b"city\na\nb\0\n", "line 3 has a NUL, which no database stores at datasets.zips.file"),
        (b'city\n"a\n', "line 2 is no CSV"),
        (b"city\n" + b"a" * 200_000, "line 2 is no CSV"),
        (b"a" * (MAX_BYTES + 1), "'zips.csv' has more than 16 MiB"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_mistakes_of_a_file_say_where(tmp_path, data, expected):
    """One line for each file."""
    path = saved(tmp_path, with_dataset({"file": "zips.csv"}), data)
    with pytest.raises(SchemaError) as caught:
        load_schema(path)
    assert 1 == len(caught.value.mistakes)
    assert expected in str(caught.value)


def test_weights_of_a_file_are_positive_numbers(tmp_path):
    """The row is counted as a reader of the file counts: after the header."""
    path = saved(tmp_path, with_dataset({"file": "zips.csv", "weight": "b"}), b"city,b\na,1\nb,x\n")
    with pytest.raises(SchemaError, match="row 2 after the header: the weight 'x' is no positive"):
        load_schema(path)


def test_a_dataset_has_rows_or_a_file(tmp_path):
    """Both would leave open which of them holds."""
    both = {"file": "zips.csv", "columns": ["city"], "rows": [["a"]]}
    with pytest.raises(SchemaError, match="has a file, and columns or rows too"):
        load_schema(saved(tmp_path, with_dataset(both), CSV))


def test_files_outside_the_folder_are_not_read(tmp_path):
    """A schema may come from strangers: not by an absolute path, dots or a link."""
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret.csv").write_bytes(CSV)
    (inside / "link.csv").symlink_to(tmp_path / "secret.csv")
    for name in (str(tmp_path / "secret.csv"), "../secret.csv", "link.csv", "x/../../secret.csv"):
        with pytest.raises(SchemaError, match="lies outside the schema's folder"):
            load_schema(saved(inside, with_dataset({"file": name}), None))
    for name in (".", "a\0b", "n" * 300):
        with pytest.raises(SchemaError, match=r"datasets\.zips\.file"):
            load_schema(saved(inside, with_dataset({"file": name}), None))


def test_a_loaded_schema_is_complete():
    """Written as JSON again, it needs no file any more, and makes the same rows."""
    schema = load_schema("retail-ecommerce")
    again = parse_schema(msgspec.json.encode(schema))
    assert schema == again
    assert schema == load_schema(schema)
