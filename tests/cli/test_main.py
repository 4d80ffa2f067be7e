"""The command line: commands, options, environment variables, exit codes."""

from __future__ import annotations

import json
import os
import platform
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import pytest
from support.places import TESTS
from support.schemas import RIGHT, right

from shardgen.cli import main as cli
from shardgen.generators.context import GENERATORS
from shardgen.plan.load import bundled_schemas
from shardgen.tables.batch import BATCH_ROWS

SHOP = json.dumps(RIGHT)


@pytest.fixture
def call(tmp_path, monkeypatch, capfd):
    """Run the command line in an empty folder, in this process: exit code, output, errors."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["shardgen", *arguments])
            for name, value in environment.items():
                patch.setenv(name, value)
            capfd.readouterr()
            try:
                code = cli._exit_code()
            except SystemExit as left:
                code = left.code
        out, err = capfd.readouterr()
        return code, out, err

    return run


@pytest.fixture
def shop(tmp_path):
    """A schema file of the user's own, by its name in the empty folder."""
    (tmp_path / "shop.json").write_text(SHOP)
    return "shop.json"


# run


def test_run_without_arguments_writes_the_bundled_schema(call, tmp_path):
    """And says what it wrote, how fast, and how to load it."""
    code, out, err = call("run")
    assert (0, "") == (code, err)
    size = (tmp_path / "fintech-loans.sql").stat().st_size
    wrote, load = out.splitlines()
    assert wrote.startswith(f"Wrote fintech-loans.sql: 5,000 rows, {size:,} bytes in ")
    assert re.search(r" s \([\d,]+ rows/s, [\d.,]+ MB/s\)$", wrote)
    assert "Load it: psql -v ON_ERROR_STOP=1 -f fintech-loans.sql DATABASE" == load
    assert ["fintech-loans.sql"] == [path.name for path in tmp_path.iterdir()]


def test_run_names_the_dump_after_the_schema(call, shop, tmp_path):
    assert 0 == call("run", shop)[0]
    assert (tmp_path / "shop.sql").exists()


def test_quiet_says_nothing(call, shop):
    assert (0, "", "") == call("run", shop, "-q")


def test_json_is_one_object(call, shop, tmp_path):
    code, out, err = call("run", shop, "--json", "-s", "7", "--dialect", "sqlite")
    summary = json.loads(out)
    assert (0, "") == (code, err)
    assert ["shop", "sqlite", 7, "shop.sql", 70, {"users": 20, "orders": 50}] == [
        summary[name] for name in ("schema", "dialect", "seed", "out", "rows", "tables")
    ]
    assert (tmp_path / "shop.sql").stat().st_size == summary["bytes"]


@pytest.mark.parametrize("as_json", [True, False])
def test_standard_output_is_the_dump_alone(call, shop, tmp_path, as_json):
    """The summary goes to standard error."""
    call("run", shop, "-q")
    code, out, err = call("run", shop, "-o", "-", *(["--json"] if as_json else []))
    assert (0, (tmp_path / "shop.sql").read_text()) == (code, out)
    assert (json.loads(err)["out"] == "-") if as_json else err.startswith("Wrote standard output: ")


def test_the_load_hint_can_be_pasted_into_a_shell(call, shop):
    _, out, _ = call("run", shop, "-o", "a b;rm x.sql")
    assert "Load it: psql -v ON_ERROR_STOP=1 -f 'a b;rm x.sql' DATABASE" == out.splitlines()[1]


OPTIONS = {
    "--out": "o.sql",
    "--seed": "5",
    "--rows": "users=7",
    "--scale": "2",
    "--dialect": "mysql",
    "--format": "copy",
    "--rows-per-statement": "3",
    "--as-of": "2024-02-29",
    "--shard-rows": "9",
    "--edge-case-probability": "0.5",
    "--workers": "1",
    "--start-method": "spawn",
}


@pytest.mark.parametrize(("option", "value"), OPTIONS.items())
def test_an_environment_variable_does_what_the_option_does(call, shop, tmp_path, option, value):
    """The same bytes at the same place."""
    variable = "SHARDGEN_" + option.strip("-").replace("-", "_").upper()
    assert 0 == call("run", shop, option, value)[0]
    by_option = {path.name: path.read_text() for path in tmp_path.glob("*.sql")}
    for path in tmp_path.glob("*.sql"):
        path.unlink()
    assert 0 == call("run", shop, **{variable: value})[0]
    assert by_option == {path.name: path.read_text() for path in tmp_path.glob("*.sql")}


def test_flags_by_environment_variable(call, shop, tmp_path):
    assert "" == call("run", shop, SHARDGEN_QUIET="1")[1]
    assert 70 == json.loads(call("run", shop, SHARDGEN_JSON="1")[1])["rows"]
    call("run", shop, SHARDGEN_DDL="0")
    assert "CREATE TABLE" not in (tmp_path / "shop.sql").read_text()
    call("run", shop, SHARDGEN_KEEP_SHARDS="1")
    assert 2 == len(list((tmp_path / "shop.sql.shards").iterdir()))
    assert 0 == call("run", SHARDGEN_SCHEMA=shop, SHARDGEN_OUT="x.sql")[0]
    assert (tmp_path / "x.sql").exists()


def test_several_counts_by_environment_variable(call, shop):
    _, out, _ = call("run", shop, "--json", SHARDGEN_ROWS="users=3 orders=1_000")
    assert {"users": 3, "orders": 1000} == json.loads(out)["tables"]


def test_every_option_has_an_environment_variable():
    """All of them start with SHARDGEN_, and one name means one thing."""
    meanings: dict[str, set] = {}
    for command in cli.cli.commands.values():
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.name != "help":
                assert str(parameter.envvar).startswith("SHARDGEN_"), parameter
                meanings.setdefault(parameter.envvar, set()).add(parameter.type.name)
    assert [] == [name for name, types in meanings.items() if len(types) > 1]


# Errors and exit codes


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "nope"], 3, "nope: no file and no bundled schema has that name; bundled are "),
        (["run", "fintech-laons"], 3, "did you mean 'fintech-loans'?"),
        (["run", "."], 3, ".: it is a folder, not a schema file"),
        (["run", "-n", "loan=5"], 4, "unknown table 'loan'; did you mean 'loans'?"),
        (["run", "-n", "loans=0"], 4, "0 rows of 'loans' are asked for; ask for at least 1"),
        (["run", "-n", "loans=-5"], 4, "-5 rows of 'loans' are asked for; ask for at least 1"),
        (["run", "-n", "loans=1.5"], 2, "'1.5' in 'loans=1.5' is not a whole number"),
        (["run", "-n", "loans"], 2, "'loans' is not TABLE=COUNT"),
        (["run", "-n", "loans=5", "-n", "loans=6"], 4, "5 and 6 rows of 'loans' are asked for"),
        (["run", "--scale", "0"], 4, "the scale is 0; it must be above 0"),
        (["run", "--scale", "nan"], 4, "the scale is nan; it must be above 0"),
        (["run", "--scale", "x"], 2, "'x' is not a valid float"),
        (["run", "--seed", "1.5"], 2, "'1.5' is not a valid integer"),
        (["run", "--seed", str(1 << 70)], 4, "it must fit in 64 bits"),
        (["run", "--dialect", "oracle"], 2, "'oracle' is not one of"),
        (["run", "--dialect", "mysql", "--format", "copy"], 4, "mysql has no format 'copy'"),
        (["run", "--workers", "0"], 4, "0 workers are asked for; choose 1 to 256"),
        (["run", "--workers", "1000"], 4, "1000 workers are asked for"),
        (["run", "--rows-per-statement", "0"], 4, "rows_per_statement is 0"),
        (["run", "--shard-rows", "-1"], 4, "shard_rows is -1"),
        (["run", "--edge-cases", "2"], 4, "the share of edge cases is 2"),
        (["run", "--as-of", "2025-02-30"], 2, "'2025-02-30' is no day: day "),
        (["run", "--as-of", "01-02-03"], 2, "'01-02-03' is not a day as YYYY-MM-DD"),
        (["run", "--as-of", "2025-01"], 2, "'2025-01' is not a day"),
        (["run", "--as-of", "2025-01-99999999999999999999"], 2, "is no day: "),
        (["run", "--as-of", "2025-01-+1"], 2, "'2025-01-+1' is not a day"),
        (["run", "--as-of", "0001-01-01"], 3, "before the year 1"),
        (["run", "-o", "no/such/folder/x.sql"], 8, "cannot write no/such/folder/x.sql"),
        (["run", "-o", "."], 8, "cannot write .: it is a folder"),
        (["run", "-n", "borrowers=5", "nope.json"], 3, "nope.json: no file"),
        (["preview", "fintech-loans", "loan"], 4, "no table 'loan' in fintech-loans; did you mean"),
        (
            ["preview", "fintech-loans", "loans", "--rows", "5"],
            2,
            "'5' is not A..B with 0 <= A < B",
        ),
        (["preview", "fintech-loans", "loans", "--rows", "5..5"], 2, "'5..5' is not A..B"),
        (["preview", "fintech-loans", "loans", "--rows", "1000..1001"], 4, "has rows 0 to 999"),
        (["generators", "int_rnge"], 4, "unknown generator 'int_rnge'; did you mean 'int_range'?"),
        (["generators", "faker.nope"], 0, "Faker has no method 'nope'"),
        (["nope"], 2, "No such command 'nope'"),
        (["check"], 2, "Missing argument"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_errors_are_short_and_have_an_exit_code_of_their_kind(
    call, tmp_path, arguments, code, message
):
    """No traceback, nothing written; 2 is a wrong use of the command line."""
    got, out, err = call(*arguments)
    assert (code, True) == (got, message in out + err), err
    assert "Traceback" not in err
    if code not in (0, 2):
        assert err.startswith("shardgen: ")
        assert 3 >= err.count("\n")
    assert [] == list(tmp_path.iterdir())


def test_an_error_shows_an_end_to_end_process(shardgen):
    """The same through a process of its own, with the exit code a shell sees."""
    ended = shardgen("run", "nope.json")
    assert (3, "") == (ended.returncode, ended.stdout)
    assert ended.stderr.startswith("shardgen: nope.json: no file")


def test_python_minus_m_shows_the_version(shardgen):
    from shardgen import __version__

    first, second = shardgen("--version").stdout.splitlines()
    assert f"shardgen {__version__}" == first
    assert f"Python {platform.python_version()}, NumPy {np.__version__}; rows by" in second
    assert shardgen("--version", SHARDGEN_NATIVE="0").stdout.endswith(
        "without the compiled module\n"
    )


def test_completion_after_version_offers_commands_only():
    ask = {
        "_SHARDGEN_COMPLETE": "bash_complete",
        "COMP_WORDS": "shardgen --version ",
        "COMP_CWORD": "2",
    }
    offered = subprocess.run(
        [Path(sys.executable).with_name("shardgen")],
        env=os.environ | ask, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "plain,run" in offered.stdout
    assert "NumPy" not in offered.stdout


def test_output_in_a_narrow_encoding_is_escaped(shardgen, tmp_path):
    r"""A terminal without Unicode gets \\u2192 for an arrow, not a traceback."""
    raw = right()
    raw["tables"][0]["columns"].append({"name": "c", "type": "enum('→')"})
    (tmp_path / "s.json").write_text(json.dumps(raw))
    ended = shardgen("preview", "s.json", "users", PYTHONIOENCODING="latin-1")
    assert (0, True) == (ended.returncode, r"\u2192" in ended.stdout), ended.stderr


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
    code, out, _ = call("plan", "--json", "--dialect", dialect, *options)
    planned = json.loads(out)
    summary = json.loads(call("run", "--json", "--dialect", dialect, "-o", "x.sql", *options)[1])
    assert (0, summary["rows"]) == (code, planned["rows"])
    assert pytest.approx(summary["bytes"], rel=0.03) == planned["estimated_bytes"]


def test_the_plan_shows_tables_in_order(call):
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
    code, out, err = call("preview", schema, "child", "--rows", rows, *options)
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
    code, out, _ = call("preview")
    assert 0 == code
    assert {"borrowers": 10, "loans": 10, "payments": 10, "credit_scores": 10} == {
        name: len(rows) for name, rows in grids(out).items()
    }


def test_preview_counts_with_the_full_run(call):
    """The payments of 500 loans are others than those of 1,000."""
    few = call("preview", "fintech-loans", "payments", "-n", "loans=500")[1]
    assert few != call("preview", "fintech-loans", "payments")[1]
    assert few == call("preview", "fintech-loans", "payments", SHARDGEN_ROWS="loans=500")[1]


def test_previews_options_by_environment_variable(call):
    arguments = ["preview", "fintech-loans", "loans"]
    asked = call(*arguments, "--rows", "3..5", "--seed", "9", "--as-of", "2024-01-01")
    variables = {"SHARDGEN_RANGE": "3..5", "SHARDGEN_SEED": "9", "SHARDGEN_AS_OF": "2024-01-01"}
    assert asked == call(*arguments, **variables)


# check


def test_check_reports_on_each_schema(call, shop, tmp_path):
    """Right ones on standard output, mistakes on standard error, and the code of the worst."""
    assert (0, f"{shop}: no mistakes\n", "") == call("check", shop)
    raw = right()
    raw["tables"][0]["record_count"] = 0
    raw["tables"][0]["columns"][1]["type"] = "varchar(3)"
    (tmp_path / "wrong.json").write_text(json.dumps(raw))
    code, out, err = call("check", shop, "wrong.json", "nope.json", "fintech-loans")
    assert (3, f"{shop}: no mistakes\nfintech-loans: no mistakes\n") == (code, out)
    first, count, email, missing = err.splitlines()
    assert "shardgen: wrong.json: 2 mistakes" == first
    assert count.startswith("  record_count is 0 at tables.users.record_count; ")
    assert email.endswith(" at tables.users.columns.email; choose a longer type")
    assert missing.startswith("shardgen: nope.json: no file and no bundled schema has that name")


def test_check_counts_unique_values_too(call, tmp_path):
    """A run of it would be refused."""
    raw = right()
    raw["tables"][1]["columns"][1]["unique"] = True
    (tmp_path / "s.json").write_text(json.dumps(raw))
    code, _, err = call("check", "s.json")
    assert (3, True) == (code, "50 rows need a parent of their own" in err)


# schemas, generators, json-schema, help


def test_schemas_lists_what_is_bundled(call):
    """Whole schemas first, then those that teach one idea each."""
    code, out, _ = call("schemas")
    listed = [line.split()[0] for line in out.splitlines()[2:]]
    assert (0, list(bundled_schemas())) == (code, listed)
    assert sorted(listed, key=lambda name: (name.startswith("example-"), name)) == listed
    assert re.search(r"^fintech-loans +4 +5,000 +A consumer lender", out, re.MULTILINE)


def test_generators_lists_all_with_a_sentence_each(call):
    _, out, _ = call("generators")
    lines = [line.split(maxsplit=1) for line in out.splitlines()[2:]]
    assert sorted([*GENERATORS, "faker.<method>"]) == sorted(name for name, _ in lines)
    assert [] == [line for line in lines if not line[1].endswith(".")]


@pytest.mark.parametrize("name", [*sorted(GENERATORS), "faker.color_name", "faker.date_object"])
def test_every_generator_shows_three_examples(call, name):
    code, out, err = call("generators", name)
    examples = next(line for line in out.splitlines() if line.startswith("examples: "))
    assert (0, "") == (code, err)
    assert 3 == len(examples.split(" · "))
    assert "NULL" not in examples
    assert "null_probability" in out


def test_every_command_has_help_with_an_example(call):
    for name in ("", *cli.cli.commands):
        code, out, err = call(*([name] if name else []), "--help")
        assert (0, "") == (code, err)
        assert f"shardgen {name}".strip() in out.split("Options:")[0].split("\n", 1)[1]
        assert "\\b" not in out
        assert name == "" or "Examples:\n" in out or "Example:\n" in out


def test_help_names_each_environment_variable(call):
    out = call("run", "--help")[1]
    for option in OPTIONS:
        assert "SHARDGEN_" + option.strip("-").replace("-", "_").upper() in out
