"""Options: their names, their defaults, and the environment variables that set them."""

from __future__ import annotations

import inspect
import json

import click
import msgspec
import pytest

from shardgen.cli import main as cli
from shardgen.cli.options import PLAN_OPTIONS, ROW_OPTIONS, takes
from shardgen.execution.pipeline import run
from shardgen.plan.plan import Options

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


OF_THE_REPORT = {"quiet", "as_json", "log", "log_format"}
_IN_PYTHON = {"with_rows"}
"""The options that have no form on a command line."""
_OF_CALLERS = {"schema", "progress", "tell", "options", "arguments"}


def settings(*declarations) -> dict:
    """Return what a command with these options hands on when none of them is given."""
    command = click.command()(takes(*declarations)(lambda **given: given))
    return command.main([], standalone_mode=False)


def test_the_options_of_a_plan_have_the_names_and_defaults_of_its_fields():
    """A command hands them on as they are: nothing is said twice that could be said apart."""
    defaults = msgspec.structs.asdict(Options())
    assert {name: defaults[name] for name in defaults.keys() - _IN_PYTHON} == settings(
        *PLAN_OPTIONS
    )
    assert settings(*ROW_OPTIONS).items() <= settings(*PLAN_OPTIONS).items()


def test_every_argument_of_run_is_an_option_of_run():
    """All but the schema, which is an argument there too, and what tells of the progress."""
    own = set(inspect.signature(run).parameters) - _OF_CALLERS
    names = {parameter.name for parameter in cli.cli.commands["run"].params} - {"schema"}
    options = set(Options.__struct_fields__) - _IN_PYTHON
    assert own | options | OF_THE_REPORT == names


def test_options_that_decide_rows_are_those_of_every_command_that_makes_some():
    """With the same names, defaults and help."""
    of_rows = settings(*ROW_OPTIONS)
    for name in ("run", "plan", "preview"):
        shown = {parameter.name: parameter for parameter in cli.cli.commands[name].params}
        assert set(of_rows) <= set(shown)
        for option in of_rows:
            assert shown[option].to_info_dict() == cli_option("run", option).to_info_dict()


def cli_option(command: str, name: str) -> click.Parameter:
    return next(p for p in cli.cli.commands[command].params if p.name == name)


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
    """Flags, negated flags and arguments are set outside as options with values are."""
    assert "" == call("run", shop, SHARDGEN_QUIET="1")[1]
    assert 70 == json.loads(call("run", shop, SHARDGEN_JSON="1")[1])["rows"]
    call("run", shop, SHARDGEN_DDL="0")
    assert "CREATE TABLE" not in (tmp_path / "shop.sql").read_text()
    call("run", shop, SHARDGEN_KEEP_SHARDS="1")
    assert 2 == len(list((tmp_path / "shop.sql.shards").iterdir()))
    assert 0 == call("run", SHARDGEN_SCHEMA=shop, SHARDGEN_OUT="x.sql")[0]
    assert (tmp_path / "x.sql").exists()


def test_several_counts_by_environment_variable(call, shop):
    """An option that can be repeated takes a list parted by spaces."""
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


@pytest.mark.parametrize("given", ["3..5", "0..1", "5..3"])
@pytest.mark.parametrize("way", ["option", "variable"])
def test_a_range_given_as_rows_is_refused_with_the_right_name(call, given, way):
    """--rows are counts of tables in every command, and the message says what rows A..B are."""
    arguments = ["preview", "fintech-loans", "loans"]
    if way == "option":
        code, out, err = call(*arguments, "--rows", given)
    else:
        code, out, err = call(*arguments, SHARDGEN_ROWS=given)
    assert (2, "") == (code, out)
    assert f"'{given}' is not TABLE=COUNT; for rows A to B use --range" in err


def test_help_names_each_environment_variable(call):
    """Nobody has to guess the spelling."""
    out = call("run", "--help")[1]
    for option in OPTIONS:
        assert "SHARDGEN_" + option.strip("-").replace("-", "_").upper() in out
