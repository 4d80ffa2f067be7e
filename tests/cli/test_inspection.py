"""The commands that look at a schema: plan, preview and check."""

from __future__ import annotations

import json
import re
import sqlite3

import pytest
from support.places import TESTS
from support.schemas import right

from shardgen.tables.batch import BATCH_ROWS

# plan


@pytest.mark.parametrize("dialect", ["postgres", "mysql", "sqlite"])
@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--scale", "40"],
        ["-n", "payments=7"],
        ["--no-ddl"],
        ["--rows-per-statement", "1"],
        ["--edge-cases", "0.5"],
    ],
    ids=" ".join,
)
def test_the_plans_estimate_is_within_three_percent(call, dialect, options):
    """Compared with the dump that the same options write, in each dialect."""
    code, out, _ = call("plan", "--json", "--dialect", dialect, *options)
    planned = json.loads(out)
    summary = json.loads(call("run", "--json", "--dialect", dialect, "-o", "x.sql", *options)[1])
    assert (0, summary["rows"]) == (code, planned["rows"])
    assert pytest.approx(summary["bytes"], rel=0.03) == planned["estimated_bytes"]


def test_the_plan_shows_tables_in_order(call):
    """In the order of the dump, with scaled rows and spans of keys, and the sum at the end."""
    code, out, err = call("plan", "--scale", "1000", "--seed", "3")
    lines = out.splitlines()
    assert (0, "") == (code, err)
    assert ["table", "rows", "keys", "parents", "shards", "about", "bytes"] == lines[0].split()
    assert ["borrowers", "250,000", "id", "1..250000"] == lines[2].split()[:4]
    assert ["loans", "payments", "credit_scores"] == [line.split()[0] for line in lines[3:6]]
    assert re.fullmatch(
        r"5,000,000 rows, \d+ shards, about [\d,]+ bytes of PostgreSQL SQL "
        r"\(seed 3, as of 2025-01-01\)",
        lines[-1],
    )


def test_the_plan_writes_nothing(call, tmp_path):
    """It is for looking before a large run: no dump, no shard file, no folder."""
    call("plan")
    assert [] == list(tmp_path.iterdir())


# preview


def grids(text: str) -> dict[str, list[dict[str, str]]]:
    """Return the rows of each grid of a preview, by the columns that its dashes span."""
    tables = {}
    for block in text.strip().split("\n\n"):
        title, head, dashes, *lines = block.split("\n")
        spans = [match.span() for match in re.finditer("-+", dashes)]
        spans[-1] = (spans[-1][0], 10_000)
        names = [head[a:b].strip() for a, b in spans]
        tables[title.split(":")[0]] = [
            dict(zip(names, [line[a:b].strip() for a, b in spans], strict=True)) for line in lines
        ]
    return tables


@pytest.fixture
def loaded(call, tmp_path):
    """The dump of tests/schemas/sourcebox-minimal.json, with a float and nulls, in SQLite."""
    schema = str(TESTS / "schemas" / "sourcebox-minimal.json")
    options = ["-n", "child=17000", "--seed", "4"]
    call("run", schema, "-o", "x.sql", "--dialect", "sqlite", *options)
    database = sqlite3.connect(":memory:")
    database.executescript((tmp_path / "x.sql").read_text())
    database.row_factory = sqlite3.Row
    yield schema, options, database
    database.close()


@pytest.mark.parametrize(
    "rows", ["0..10", f"{BATCH_ROWS - 2}..{BATCH_ROWS + 2}", "16995..17000", "16999..99999", "0..1"]
)
def test_preview_shows_the_rows_of_the_dump(call, loaded, rows):
    """Any range of them, as they stand in the dump."""
    schema, options, database = loaded
    start, stop = map(int, rows.split(".."))
    code, out, err = call("preview", schema, "child", "--range", rows, *options)
    shown = grids(out)["child"]
    assert (0, "") == (code, err)
    truth = database.execute(f"select * from child limit {stop - start} offset {start}").fetchall()
    assert [str(start + n) for n in range(len(truth))] == [row.pop("row") for row in shown]
    for want, got in zip(truth, shown, strict=True):
        for name in want.keys():  # noqa: SIM118 -- a Row iterates over values
            value = "NULL" if want[name] is None else want[name]
            if isinstance(value, float):
                assert value == float(got[name])
            elif name == "flag":
                assert ("true" if value else "false") == got[name]
            else:
                assert str(value) == got[name]


def test_preview_shows_the_first_ten_rows_of_all_tables(call):
    """Without a table and a range, each table is shown."""
    code, out, _ = call("preview")
    assert 0 == code
    assert {"borrowers": 10, "loans": 10, "payments": 10, "credit_scores": 10} == {
        name: len(rows) for name, rows in grids(out).items()
    }


def test_preview_counts_with_the_full_run(call):
    """The payments of 500 loans are others than those of 1,000."""
    few = call("preview", "fintech-loans", "payments", "-n", "loans=500")[1]
    assert few == call("preview", "fintech-loans", "payments", "--rows", "loans=500")[1]
    assert few != call("preview", "fintech-loans", "payments")[1]
    assert few == call("preview", "fintech-loans", "payments", SHARDGEN_ROWS="loans=500")[1]


def test_previews_options_by_environment_variable(call):
    """Each option of `preview` can be set outside, with the same result."""
    arguments = ["preview", "fintech-loans", "loans"]
    asked = call(*arguments, "--range", "3..5", "--seed", "9", "--as-of", "2024-01-01")
    variables = {"SHARDGEN_RANGE": "3..5", "SHARDGEN_SEED": "9", "SHARDGEN_AS_OF": "2024-01-01"}
    assert asked == call(*arguments, **variables)


# check


def test_check_reports_on_each_schema(call, shop, tmp_path):
    """Right ones on standard output, mistakes on standard error, and the code of the worst."""
    assert (0, f"{shop}: no mistakes\n", "") == call("check", shop)
    raw = right()
    raw["tables"][0]["record_count"] = -1
    raw["tables"][0]["columns"][1]["type"] = "varchar(3)"
    (tmp_path / "wrong.json").write_text(json.dumps(raw))
    code, out, err = call("check", shop, "wrong.json", "nope.json", "fintech-loans")
    assert (3, f"{shop}: no mistakes\nfintech-loans: no mistakes\n") == (code, out)
    first, count, email, missing = err.splitlines()
    assert "shardgen: wrong.json: 2 mistakes" == first
    assert count.startswith("  wrong.json:1: record_count is -1 at tables.users.record_count; ")
    assert email.endswith(" at tables.users.columns.email; choose a longer type")
    assert missing.startswith("shardgen: nope.json: no file and no bundled schema has that name")


def test_check_counts_unique_values_too(call, tmp_path):
    """A run of it would be refused."""
    raw = right()
    raw["tables"][1]["columns"][1]["unique"] = True
    (tmp_path / "s.json").write_text(json.dumps(raw))
    code, _, err = call("check", "s.json")
    assert (3, True) == (code, "50 rows need a parent of their own" in err)


def test_check_explains_generators_by_name(call, tmp_path):
    """Which rule gave which generator and why, and what did not fit; as text and as JSON."""
    raw = right()
    raw["tables"][0]["columns"] += [
        {"name": "age", "type": "int"},
        {"name": "country", "type": "varchar(3)"},
    ]
    (tmp_path / "s.json").write_text(json.dumps(raw))
    code, out, _ = call("check", "--explain", "s.json")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert (0, "s.json: no mistakes") == (code, lines[0])
    assert "users.age int int_range age years of a grown-up" in lines
    assert "users.country varchar(3) by_type no generator by its name fits" in lines
    assert any(line.startswith("country country does not fit: no value is") for line in lines)
    code, out, _ = call("check", "--explain", "--json", "s.json")
    age, country = json.loads(out)[0]["inferred"][-2:]
    assert ("age", "int_range", []) == (age["rule"], age["generator"], age["refused"])
    assert ["country"] == [refusal["rule"] for refusal in country["refused"]]
    assert "inferred" not in json.loads(call("check", "--json", "s.json")[1])[0]


def test_check_explains_that_nothing_was_to_choose(call):
    """A schema that names all its generators has nothing to explain."""
    assert "every column has a generator" in call("check", "--explain", "fintech-loans")[1]
