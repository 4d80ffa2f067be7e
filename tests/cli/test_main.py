"""The command line as a whole: exit codes, messages, help, and what a command imports."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.processes import loaded_by
from support.schemas import right

from shardgen.cli import main as cli


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "nope"], 3, "nope: no file and no bundled schema has that name; bundled are "),
        (["run", "fintech-laons"], 3, "did you mean 'fintech-loans'?"),
        (["run", "."], 3, ".: it is a folder, not a schema file"),
        (["run", "-n", "loan=5"], 4, "unknown table 'loan'; did you mean 'loans'?"),
        (["run", "-n", "loans=-5"], 4, "-5 rows of 'loans' are asked for; ask for 0 or more"),
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
            ["preview", "fintech-loans", "loans", "--range", "5"],
            2,
            "'5' is not A..B with 0 <= A < B",
        ),
        (["preview", "fintech-loans", "loans", "--range", "5..5"], 2, "'5..5' is not A..B"),
        (["preview", "fintech-loans", "loans", "--range", "1000..1001"], 4, "has rows 0 to 999"),
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
    """With what a report of a mistake needs: Python, NumPy, and whether rows are compiled."""
    from shardgen import __version__

    first, second = shardgen("--version").stdout.splitlines()
    assert f"shardgen {__version__}" == first
    assert f"Python {platform.python_version()}, NumPy {np.__version__}; rows by" in second
    assert shardgen("--version", SHARDGEN_NATIVE="0").stdout.endswith(
        "without the compiled module\n"
    )


def test_completion_after_version_offers_commands_only():
    """Completion runs the line up to the word, and must not print the version into the list."""
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


def test_a_command_imports_the_file_that_it_stands_in_alone():
    """So that a run starts without what others need."""
    code = (
        "from shardgen.cli.main import cli, FILES\n"
        "assert 'shardgen.cli.run' not in sys.modules\n"
        "assert 'run' == cli.get_command(None, 'run').name"
    )
    loaded = {name for name in loaded_by(code) if name.startswith("shardgen.cli.")}
    assert {f"shardgen.cli.{name}" for name in ("main", "options", "run", "streams")} == loaded


def test_every_command_stands_in_the_file_that_is_said():
    """Under its own name, and a name that no command has is found nowhere."""
    assert sorted(cli.FILES) == sorted(cli.cli.commands) == cli.cli.list_commands(None)
    assert list(cli.FILES) == [command.name for command in cli.cli.commands.values()]
    assert cli.cli.get_command(None, "nope") is None


def test_a_mistyped_command_is_told_the_nearest(call):
    """Though commands are not imported before they are used."""
    code, _, err = call("rn")
    assert (2, True) == (code, "No such command 'rn'. Did you mean 'run'?" in err)


def test_every_command_has_help_with_an_example(call):
    """Without an error, with its own name in the usage, and without click's own marks."""
    for name in ("", *cli.cli.commands):
        code, out, err = call(*([name] if name else []), "--help")
        assert (0, "") == (code, err)
        assert f"shardgen {name}".strip() in out.split("Options:")[0].split("\n", 1)[1]
        assert "\\b" not in out
        assert name == "" or "Examples:\n" in out or "Example:\n" in out


def test_a_deleted_current_folder_is_an_error_of_ours(tmp_path):
    """A path that counts from it leads nowhere; one that does not is written."""
    folder = tmp_path / "gone"
    code = (
        "import os, sys\n"
        f"os.mkdir({str(folder)!r}); os.chdir({str(folder)!r}); os.rmdir({str(folder)!r})\n"
        "from shardgen.cli.main import main\n"
        "sys.argv = ['shardgen', 'run', 'example-unique', '-q', '-o', sys.argv[1]]\n"
        "main()\n"
    )
    for out, expected in (("x.sql", 8), (str(tmp_path / "x.sql"), 0)):
        done = subprocess.run(
            [sys.executable, "-c", code, out], capture_output=True, text=True, check=False
        )
        assert expected == done.returncode
        assert "Traceback" not in done.stderr
