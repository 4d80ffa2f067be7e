"""What ends a command, as one object: for `--json`, for the log, and for the exit code."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any

import click
import msgspec

from shardgen.cli.streams import BROKEN_PIPE, UNWRITABLE
from shardgen.errors import (
    DatabaseError,
    InputError,
    InputWarning,
    Mistake,
    OutputError,
    ShardgenError,
)


class Failure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    An error as machines read it.

    `kind` is such as "schema", `message` what standard error would say. Where the input is the
    reason, `mistakes` has all of them, as `check` has them, and `source` the name of its file.
    """

    kind: str
    exit_code: int
    message: str
    source: str = ""
    mistakes: list[dict[str, Any]] = []
    warnings: tuple[InputWarning, ...] = ()


def failure_of(error: BaseException) -> Failure:
    """Return what an error is to whoever called the command; a bug is one of the kind "bug"."""
    if isinstance(error, InputError):
        return Failure(
            kind=error.kind,
            exit_code=error.exit_code,
            message=str(error),
            source=error.source,
            mistakes=placed_mistakes(error.mistakes, error.lines),
            warnings=error.warnings,
        )
    if isinstance(error, ShardgenError):
        found = error.mistakes if isinstance(error, DatabaseError) else ()
        return Failure(
            kind=error.kind,
            exit_code=error.exit_code,
            message=str(error),
            mistakes=placed_mistakes(found, ()),
        )
    if isinstance(error, click.ClickException):
        return Failure(kind="usage", exit_code=error.exit_code, message=error.format_message())
    if isinstance(error, BrokenPipeError):
        message = "whoever read standard output has left"
        return Failure(kind="broken_pipe", exit_code=BROKEN_PIPE, message=message)
    known = of_system(error) if isinstance(error, (MemoryError, OSError)) else None
    if known is not None:
        return failure_of(known)
    message = f"{type(error).__name__}: {error}"
    return Failure(kind="bug", exit_code=1, message=message)


def of_system(error: MemoryError | OSError) -> ShardgenError | None:
    """Return what can happen anywhere as an error of ours; None for what is a bug."""
    if isinstance(error, MemoryError):
        return ShardgenError("out of memory; use fewer --workers or smaller --shard-rows")
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return ShardgenError(f"{error.strerror}; raise the limit on open files (ulimit -n)")
    if error.filename is None and error.errno in UNWRITABLE:
        return OutputError(f"cannot write standard output: {error.strerror}")
    return None


def placed_mistakes(mistakes: Iterable[Mistake], lines: Sequence[int]) -> list[dict[str, Any]]:
    """Return mistakes with the line of each in its file, where it is in one."""
    found = [msgspec.structs.asdict(mistake) for mistake in mistakes]
    for entry, line in zip(found, lines, strict=False):
        if line:
            entry["line"] = line
    return found


def failure_json(error: BaseException) -> str:
    """Return an error as one line of JSON."""
    return msgspec.json.encode(failure_of(error)).decode()


def asks_for_json(arguments: Sequence[str], environment: Mapping[str, str]) -> bool:
    """
    Return whether a command line has --json, or the environment says so.

    It may be one that cannot be read: an error in it is told as JSON too.
    """
    if "--json" in takewhile(lambda argument: argument != "--", arguments):
        return True
    try:
        return bool(click.BOOL.convert(environment.get("SHARDGEN_JSON") or "0", None, None))
    except click.UsageError:
        return False
