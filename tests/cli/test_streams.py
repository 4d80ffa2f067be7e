"""Standard streams that are closed, full or left: the exit code is that of what was asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.schemas import with_column

FULL = Path("/dev/full")
pytestmark = pytest.mark.skipif(not FULL.exists(), reason="needs a device that is full, as Linux's")


@pytest.fixture
def redirected(tmp_path):
    """Run the command line as a shell does with such redirections; see what it says elsewhere."""

    def call(arguments: str, redirections: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "bad.json").write_text(json.dumps(with_column(type="nothing")))
        return subprocess.run(
            ["sh", "-c", f'exec "$0" -m shardgen {arguments} {redirections}', sys.executable],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return call


STREAMS = ["", *("{0}/dev/full", "{0}&-")]
COMBINATIONS = [
    " ".join(filter(None, (out.format("1>"), err.format("2>"), "0<&-" * ((m + n) % 2))))
    for m, out in enumerate(STREAMS)
    for n, err in enumerate(STREAMS)
]
"""
Standard output and error each as they are, full or closed, and standard input closed or not.

Any two of the three are there in all ways together.
"""
PRINTING = (
    "plan",
    "preview",
    "check fintech-loans",
    "generators",
    "generators email",
    "schemas",
    "json-schema",
    "--version",
    "--help",
    "run --help",
)


@pytest.mark.parametrize("redirections", COMBINATIONS)
def test_a_dump_that_was_written_is_a_success(redirected, tmp_path, redirections):
    """Whatever became of its summary, which is said to be missing where anybody can hear it."""
    done = redirected("run -o out.sql", redirections)
    assert 0 == done.returncode, done.stderr
    assert (tmp_path / "out.sql").read_text().endswith("COMMIT;\n")
    reasons = {"1>/dev/full": "No space left on device", "1>&-": "Bad file descriptor"}
    reason = next((why for how, why in reasons.items() if how in redirections), None)
    told = f"out.sql is complete, but its summary cannot be written to standard output: {reason}"
    heard = reason is not None and "2>" not in redirections
    assert done.stderr == (f"shardgen: {told}\n" if heard else "")
    assert done.stdout.startswith("Wrote out.sql: ") == ("1>" not in redirections)


@pytest.mark.parametrize("redirections", ["2>/dev/full", "2>&-", "2>/dev/full 0<&-"])
def test_a_dump_on_standard_output_needs_no_standard_error(redirected, redirections):
    """Its summary would go there."""
    done = redirected("run -o -", redirections)
    assert (0, True) == (done.returncode, done.stdout.endswith("COMMIT;\n"))


@pytest.mark.parametrize("redirections", [c for c in COMBINATIONS if "1>" in c])
def test_a_dump_for_a_standard_output_that_takes_none_fails(redirected, redirections):
    """With exit code 8."""
    done = redirected("run -o -", redirections)
    assert 8 == done.returncode
    if "2>" not in redirections:
        assert done.stderr.startswith("shardgen: cannot write standard output: ")
        assert 1 == done.stderr.count("\n")


@pytest.mark.parametrize("redirections", ["1>/dev/full", "1>&-", "1>/dev/full 2>/dev/full"])
def test_a_summary_that_was_asked_for_fails_without_hiding_the_dump(
    redirected, tmp_path, redirections
):
    """With --json the run has failed, and says that the dump is complete."""
    done = redirected("run -o out.sql --json", redirections)
    assert 8 == done.returncode
    assert (tmp_path / "out.sql").read_text().endswith("COMMIT;\n")
    if "2>" not in redirections:
        message = json.loads(done.stderr)["message"]
        assert message.startswith("out.sql is complete, but its summary cannot be ")
        assert 1 == done.stderr.count("\n")


@pytest.mark.parametrize(
    ("command", "redirections"),
    [
        *((command, "1>/dev/full") for command in PRINTING),
        *(("schemas", c) for c in COMBINATIONS if "1>" in c),
        *((command, "1>&-") for command in ("plan", "--help")),
    ],
)
def test_what_cannot_be_printed_is_an_error(redirected, command, redirections):
    """In one line, with exit code 8, where printing was all that was asked for."""
    done = redirected(command, redirections)
    assert 8 == done.returncode
    reason = "Bad file descriptor" if "1>&-" in redirections else "No space left on device"
    told = "" if "2>" in redirections else f"shardgen: cannot write standard output: {reason}\n"
    assert told == done.stderr


@pytest.mark.parametrize(
    ("command", "redirections"),
    [*((command, "2>&- 0<&-") for command in PRINTING), ("plan", "2>/dev/full")],
)
def test_what_is_printed_needs_no_other_stream(redirected, command, redirections):
    """Neither standard error nor standard input."""
    done = redirected(command, redirections)
    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.strip()


@pytest.mark.parametrize(
    ("command", "code", "redirections"),
    [
        ("check bad.json", 3, "1>/dev/full"),
        ("check bad.json", 3, "2>/dev/full"),
        ("run bad.json", 3, "1>&- 2>&-"),
        ("run -n loan=5", 4, "2>/dev/full"),
        ("run --nothing", 2, "1>/dev/full"),
        ("run --nothing", 2, "1>&- 2>&-"),
        ("run -o no/such/folder", 8, "2>/dev/full"),
        ("nothing", 2, "2>/dev/full"),
    ],
)
def test_a_failure_has_its_code_whoever_hears_of_it(redirected, command, code, redirections):
    """Without standard error too."""
    done = redirected(command, redirections)
    assert code == done.returncode, done.stderr
    assert "Traceback" not in done.stderr
    assert bool(done.stderr) == ("2>" not in redirections)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        *((command, 141) for command in ("plan", "json-schema", "--help")),
        *(("run -o -", 141), ("run -o out.sql --json", 141), ("run -o out.sql", 0)),
    ],
)
def test_a_reader_that_left_is_told_nothing(tmp_path, command, code):
    """As of other programs, 141 is the end of what it was to read; a dump in a file is written."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "shardgen", *command.split()],
            cwd=tmp_path,
            stdout=pipe,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (code, b"") == (done.returncode, done.stderr)
    assert (tmp_path / "out.sql").exists() == ("out.sql" in command)


def test_a_terminal_that_goes_away_takes_no_dump_along(tmp_path):
    """Bars that cannot be drawn any more are not drawn."""
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "shardgen", "run", "--scale", "100", "-o", "out.sql"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        start_new_session=True,  # no terminal controls it: it gets no SIGHUP
    )
    os.close(theirs)
    assert os.read(ours, 1)  # the first bar begins
    os.close(ours)
    assert 0 == process.wait(60)
    assert (tmp_path / "out.sql").read_text().endswith("COMMIT;\n")
