"""Errors as JSON: one object on standard error, for every command that has --json."""

from __future__ import annotations

import contextlib
import json
import sqlite3

import click
import pytest

from shardgen.cli import main as cli
from shardgen.cli.failures import asks_for_json, failure_of
from shardgen.errors import DifferenceError, LockedError, StoppedError


@pytest.fixture
def failed(call):
    """Run a command that fails: what it says, as JSON, and its exit code in it and as it is."""

    def run(*arguments: str, **environment: str) -> dict:
        code, out, err = call(*arguments, **environment)
        (line,) = err.splitlines()
        failure = json.loads(line)
        assert ("", code) == (out, failure["exit_code"])
        return failure

    return run


def test_every_command_with_json_fails_in_json(failed, tmp_path):
    """With its kind, its exit code, what standard error would say, and each mistake."""
    (tmp_path / "wrong.json").write_text('{"name": "w",\n"tables": {"t": {"rows": -1}}}')
    with_json = {
        name
        for name, command in cli.cli.commands.items()
        if any(parameter.name == "as_json" for parameter in command.params)
    }
    of_a_schema = {"run": (), "plan": (), "load": ("sqlite:///none.db",), "explain": ("t", "0")}
    of_others = {"import": "sqlite:///none.db", "profile": "sqlite:///none.db", "join": "none",
                 "verify": "none"}  # fmt: skip
    assert {*of_a_schema, *of_others, "check"} == with_json
    for name, more in of_a_schema.items():
        failure = failed(name, "wrong.json", *more, "--json")
        assert ("schema", 3, "wrong.json") == tuple(
            failure[field] for field in ("kind", "exit_code", "source")
        )
        assert {"path", "what", "hint"} <= set(failure["mistakes"][0])
        assert all(mistake["what"] in failure["message"] for mistake in failure["mistakes"])
    for name, source in of_others.items():
        assert failed(name, source, "--json")["exit_code"] in (4, 7, 8, 9, 11)
    assert ("usage", 2) == tuple(
        failed("check", "--json", "--nope")[field] for field in ("kind", "exit_code")
    )


def test_a_database_that_does_not_take_rows_says_each_reason(failed, tmp_path):
    """As one says it that takes them, in its own words."""
    with contextlib.closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        database.execute("CREATE TABLE borrowers (id int PRIMARY KEY, age int NOT NULL)")
    load = ("load", "fintech-loans", "sqlite:///shop.db", "--no-ddl", "--json")
    failure = failed(*load, "--tables", "borrowers")
    assert ("database", 9) == (failure["kind"], failure["exit_code"])
    mistakes = {mistake["path"]: mistake["what"] for mistake in failure["mistakes"]}
    assert "borrowers has no column 'email'" == mistakes["tables.borrowers.columns.email"]
    assert "borrowers.age is NOT NULL without a default" in mistakes["tables.borrowers"]
    assert all(what in failure["message"] for what in mistakes.values())
    with contextlib.closing(sqlite3.connect(tmp_path / "loans.db")) as database:
        database.execute("CREATE TABLE loans (id int)")
    failure = failed("load", "fintech-loans", "sqlite:///loans.db", "--json")
    assert "has the tables loans already" in failure["message"]
    assert "mistakes" not in failure


def test_mistakes_have_their_lines(failed, tmp_path):
    """As `check --json` has them."""
    (tmp_path / "wrong.json").write_text(
        '{"schema_version": "1.0", "name": "w", "database_type": ["postgres"], "tables": {\n'
        '"t": {"rows": 1, "columns": {"id": "int pk",\n"x": "inte"}}}}'
    )
    (mistake,) = failed("run", "wrong.json", "--json")["mistakes"]
    assert ("tables.t.columns.x.type", 3) == (mistake["path"], mistake["line"])


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("run", "--json", "-o", "none/x.sql"), "output"),
        (("run", "--json", "--scale", "-1"), "plan"),
        (("run", "--json", "--scale", "x"), "usage"),
        (("nope", "--json"), "usage"),
        (("run", "--json", "--log-format", "text"), "usage"),
    ],
)
def test_an_error_has_its_kind(failed, arguments, kind):
    """Of the input, of the output, and of the command line itself."""
    assert kind == failed(*arguments)["kind"]


def test_a_variable_asks_for_json_as_the_option_does(failed, call):
    """And what stands after a -- is no option."""
    assert "plan" == failed("run", "--scale", "-1", SHARDGEN_JSON="1")["kind"]
    assert call("run", "--scale", "-1", SHARDGEN_JSON="0")[2].startswith("shardgen: ")
    assert not asks_for_json(["run", "--", "--json"], {})
    assert not asks_for_json(["run"], {"SHARDGEN_JSON": "perhaps"})


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (LockedError("x"), "locked", 10),
        (DifferenceError("x"), "difference", 11),
        (StoppedError("terminated", 143), "stopped", 143),
        (click.UsageError("x"), "usage", 2),
        (BrokenPipeError(), "broken_pipe", 141),
        (MemoryError(), "error", 1),
        (OSError(24, "Too many open files"), "error", 1),
        (OSError(28, "No space left on device"), "output", 8),
        (ZeroDivisionError("x"), "bug", 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_whatever_ends_a_command_is_a_failure(error, kind, code):
    """With the exit code that the command line has for it."""
    assert (kind, code) == (failure_of(error).kind, failure_of(error).exit_code)
