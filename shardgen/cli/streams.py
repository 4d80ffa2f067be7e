"""Standard streams, which may be closed, full, or left by whoever read them."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from shardgen.execution.events import Event

BROKEN_PIPE = 128 + signal.SIGPIPE
"""The exit code where whoever read standard output has left."""
UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
"""What the system says of a stream that takes no more: a full one, one that was closed."""


def fill_standard_streams() -> None:
    """
    Open what was closed of 0, 1 and 2, or a file of ours gets the number and others' text.

    What is printed to a closed standard output is an error then, as what is printed to a full one.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # the lowest number free; writing to it fails
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that has no "→"


def leave(number: int) -> None:
    """Write nothing more to standard output (1) or standard error (2), not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)


def say(line: str) -> None:
    """Write a line to standard error; nobody may be there to read it."""
    try:
        click.echo(line, err=True)
    except OSError:
        leave(2)


def tell_people(event: Event) -> None:
    """Say an event that people should know of."""
    if event.line:
        say(f"shardgen: {event.line}")


def show_usage(error: click.ClickException) -> None:
    """Say how a command is used, as click does, where that is possible."""
    if sys.stderr is None:
        return
    try:
        error.show()
    except OSError:
        leave(2)


def offer(text: str, *, err: bool) -> OSError | None:
    """Write text to a standard stream; return what came in the way, after which it is left."""
    try:
        click.echo(text, err=err)
    except OSError as error:
        leave(2 if err else 1)
        return error
    return None
