"""
The log of a command: a line for each event, appended to a file, or on standard error.

A line goes out in one call as its event happens, so that several runs may share a file.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import click
import msgspec

from shardgen.cli.failures import failure_of
from shardgen.cli.streams import say, tell_people
from shardgen.errors import Mistake, OutputError, PlanError
from shardgen.execution.events import Event
from shardgen.output.target_names import asked_for, target_name

LogFormat = Literal["text", "json"]
STANDARD_ERROR = "-"
_OURS = {
    "text": re.compile(rb"\d{4}-\d\d-\d\dT[\d:.]+Z \d+ [a-z_]+"),
    "json": re.compile(rb'{"time":"'),
}
"""How the first line of a log begins, by its format."""
_FIELDS = {"date": "as_of", "schema": "schema", "seed": "seed"}
"""The field of an event that has what stands in braces."""
_BARE = re.compile(r"[^\s\"'={}\[\],]+")


class Log:
    """
    Where a command's events go; used as a context, it tells of the error that ends the command.

    OutputError where the first line cannot be written. What comes in the way of a later one is said
    at once, and is an error when all is done: the command goes on, as its dump is worth more.
    """

    def __init__(self, name: str, form: LogFormat, known: Mapping[str, Any]) -> None:
        """
        Open the log, "-" for standard error; in its name may stand braces, as in a target's.

        `known` has `as_of` and `seed`, where they are options. A log whose name has a word that is
        not known yet is opened when it is, with the first event.
        """
        self._template = name
        self._form = form
        self.is_standard_error = name == STANDARD_ERROR
        self._name = ""
        self._descriptor: int | None = None
        self._has_lines = False
        self._error: OSError | None = None
        if all(_FIELDS[word] in known for word in asked_for(name)):
            self._open(known)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """
        Tell of the error that ends the command, if any, and close the log.

        What is on standard error then is not said once more.
        """
        if error is not None and not isinstance(error, (SystemExit, click.exceptions.Exit)):
            with contextlib.suppress(OutputError):
                self._tell_failure(error)
        if self._descriptor is not None and not self.is_standard_error:
            os.close(self._descriptor)
        if error is None and self._error is not None:
            raise OutputError(f"all is complete, but {self._cannot(self._error)}")
        if self.is_standard_error and isinstance(error, Exception) and self._error is None:
            code = failure_of(error)
            if code.kind != "bug":
                raise click.exceptions.Exit(code.exit_code)

    def tell(self, event: Event) -> None:
        """Write a line; say it too where people should know of it, unless they read it there."""
        if self._descriptor is None:
            self._open(event.fields)
        if event.name == "started":
            self._check_target(str(event.fields["out"]))
        self._write(self._line(event))
        if not self.is_standard_error:
            tell_people(event)

    def _tell_failure(self, error: BaseException) -> None:
        if self._descriptor is not None:
            failure: dict[str, Any] = msgspec.to_builtins(failure_of(error))
            self._write(self._line(Event("failed", failure)))

    def _open(self, known: Mapping[str, Any]) -> None:
        if self.is_standard_error:
            self._name, self._descriptor = "standard error", 2
            return
        name = target_name(
            self._template,
            date=str(known.get("as_of", "")),
            seed=known.get("seed", 0),
            schema=str(known.get("schema", "")),
        )
        self._name = name
        try:
            self._check_lines()
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            self._descriptor = os.open(name, flags, 0o666)
        except (OSError, ValueError) as error:
            raise OutputError(self._cannot(error)) from None

    def _check_lines(self) -> None:
        """Refuse to append to what is no log of this format: it may be a schema, or a dump."""
        try:
            with open(self._name, "rb", opener=_without_waiting) as file:
                is_file = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
                first = file.read(99) if is_file else b""
        except (FileNotFoundError, PermissionError):
            return
        if first and not _OURS[self._form].match(first):
            other = next((form for form, ours in _OURS.items() if ours.match(first)), None)
            what = f"the log {self._name} is there already, and is no log of ours"
            if other:
                what = f"the log {self._name} has lines of the format {other}, not {self._form}"
            raise PlanError([Mistake("", what, "name another file with --log")])

    def _check_target(self, out: str) -> None:
        """Refuse a log that is what the run writes, or lies in the folder that it writes."""
        if self.is_standard_error or out == "-":
            return
        log, target = Path(os.path.realpath(self._name)), Path(os.path.realpath(out))
        if target in (log, *log.parents):
            what = f"the log {self._name} is what the run writes, or is within it"
            raise PlanError([Mistake("", what, "name another file with --log")])

    def _line(self, event: Event) -> bytes:
        now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if self._form == "json":
            head = {"time": now, "pid": os.getpid(), "event": event.name}
            return msgspec.json.encode(head | dict(event.fields)) + b"\n"
        fields = "".join(f" {name}={_text(value)}" for name, value in event.fields.items())
        return f"{now} {os.getpid()} {event.name}{fields}\n".encode(errors="backslashreplace")

    def _write(self, line: bytes) -> None:
        if self._error is not None:
            return
        assert self._descriptor is not None, "the log is open"
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as error:
            if not self._has_lines:
                raise OutputError(self._cannot(error)) from None
            self._error = error
            say(f"shardgen: {self._cannot(error)}; the run goes on")
        self._has_lines = True

    def _cannot(self, error: OSError | ValueError) -> str:
        reason = (isinstance(error, OSError) and error.strerror) or error
        return f"cannot write the log {self._name}: {reason}; name another file with --log"


def _without_waiting(path: str, flags: int) -> int:
    """Open a file to read it; a pipe is opened without a writer."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _text(value: Any) -> str:
    """Return a value as a line has it: bare where it is a plain word, else as JSON."""
    if isinstance(value, str) and _BARE.fullmatch(value):
        return value
    text = msgspec.json.encode(value).decode()
    return text.strip('"') if isinstance(value, dt.date) else text
