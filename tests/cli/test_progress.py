"""Progress: bars where somebody watches, silence elsewhere."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys

import pytest
from support.processes import terminal_signals

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")


def on_a_terminal(tmp_path, *arguments: str, columns: int = 0, stop_at: bytes = b"") -> str:
    """
    Run with standard error on a pseudo-terminal; return what it shows.

    A width of 0 is what a terminal has that nobody told its size. Ctrl-C follows on `stop_at`.
    """
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24 * bool(columns), columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "shardgen", "run", "-o", "out.sql", *arguments],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        preexec_fn=terminal_signals,  # noqa: PLW1509 -- no threads then
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # how Linux says that the other end is closed
        while more := os.read(ours, 65_536):
            shown += more
            if stop_at and stop_at in shown:
                process.send_signal(signal.SIGINT)
                stop_at = b""
    os.close(ours)
    assert process.wait(60) in {0, 130}, shown
    return shown.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("arguments", "columns"),
    [
        *((("--scale", "1"), columns) for columns in (0, 70, 200)),
        (("--scale", "100", "-w", "2"), 70),
    ],
)
def test_a_terminal_shows_a_bar_for_each_table(tmp_path, arguments, columns):
    """Each table has a bar that ends at 100 %, in the order of the dump, with its rows and rate."""
    shown = on_a_terminal(tmp_path, *arguments, columns=columns)
    full = re.findall(r"([\w]+): 100%\|[^|]+\| (\S+)/(\S+) \[[^\]]*rows/s\]", shown)
    order = list(dict.fromkeys(name for name, _, _ in full))
    assert order == load_tables()
    assert all(done == total for _, done, total in full)
    assert shown.endswith("\n")
    assert "Traceback" not in shown


def load_tables() -> list[str]:
    """Return the tables of the bundled schema in the order of a dump."""
    from shardgen.plan.load import load_schema
    from shardgen.plan.plan import build_plan

    return [table.name for table in build_plan(load_schema("fintech-loans")).tables]


def test_ctrl_c_is_told_on_a_line_of_its_own(tmp_path):
    """The message stands below the bar that was cut short, and nothing else does."""
    shown = on_a_terminal(tmp_path, "--scale", "1000", "-w", "2", stop_at=b"loans:   0%")
    *bars, last = shown.rstrip("\n").split("\n")
    assert last == "shardgen: interrupted"
    assert all("rows/s]" in line for line in bars)
    assert list(tmp_path.iterdir()) == []


def test_quiet_shows_nothing(tmp_path):
    """With --quiet a terminal shows nothing at all."""
    assert on_a_terminal(tmp_path, "--quiet") == ""


def test_a_file_gets_no_bars(shardgen):
    """Where standard error is no terminal, nothing is said when all went well."""
    done = shardgen("run", "-o", "out.sql")
    assert (done.returncode, done.stderr) == (0, "")


def test_bars_start_no_thread_and_no_process():
    """Progress leaves the process alone with one thread, so that workers can be forked."""
    code = (
        "import threading, multiprocessing.resource_tracker as t\n"
        "from shardgen.cli.progress import Bars\n"
        "with Bars() as bars:\n"
        "    bars.begin('loans', 10)\n"
        "    bars.advance(10)\n"
        "print(threading.active_count(), t._resource_tracker._fd)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1 None\n"


def test_no_bars_close_without_a_table():
    """A run that fails before its first table leaves no half line."""
    from shardgen.cli.progress import Bars

    with Bars():
        pass
