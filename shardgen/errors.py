"""
Every error a user can meet, one class per exit code.

    ShardgenError          1   the root; never raised itself
    ├── InputError             what was asked for, with every mistake found in it
    │   ├── SchemaError    3   the schema file
    │   └── PlanError      4   counts and options that do not go together
    ├── GenerationError    5   a generator that yields what no database can store
    ├── WorkerError        6   a worker process that died
    ├── ShardFileError     7   a shard file or a part that is damaged, missing or of another run
    ├── OutputError        8   the dump cannot be written (full disk, no permission)
    ├── DatabaseError      9   a database that cannot be reached, or not be read
    ├── LockedError       10   another run writes to the same target
    ├── DifferenceError   11   what was verified is not what a run would write
    └── StoppedError      130   Ctrl-C (130), SIGTERM (143) or a closed terminal (129)

A message says what, where and the way out, with the refused value in it. All of them can be
pickled, because they cross processes.
"""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


MAX_MISTAKES = 1000
"""Mistakes of a report: looking for more stops, as these are to be mended first."""
_LISTED = 100  # of them in its text
_SHOWN = 60  # characters of a refused value in a message
_LONG_NAME = re.compile(r"([^.]{63})[^.]+")  # in a path: longer than any database allows


class ShardgenError(Exception):
    """Root of all errors that are not a bug in shardgen."""

    exit_code: ClassVar[int] = 1
    kind: ClassVar[str] = "error"
    """What reports for machines call it."""


class Mistake(msgspec.Struct, frozen=True, order=True):
    """
    One thing wrong with the input.

    `path` is one such as `tables.loans.columns.amount`, `what` a clause with the refused
    value in it, `hint` the way out, empty where `what` already says it.
    """

    path: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        """One line: what, where, and the way out."""
        path = _LONG_NAME.sub(r"\1…", self.path)
        at = f" at {path}" if path else ""
        return f"{self.what}{at}" + (f"; {self.hint}" if self.hint else "")


class InputWarning(msgspec.Struct, frozen=True, order=True):
    """
    One thing that the input says and that does nothing, or something else than it says.

    `name` is that of its kind, such as `changed-type`; the rest is as for a Mistake.
    """

    path: str
    name: str
    what: str
    hint: str = ""

    def as_mistake(self) -> Mistake:
        """Return what it is to whoever is strict."""
        return Mistake(self.path, f"{self.what} ({self.name})", self.hint)

    def __str__(self) -> str:
        """One line: what, its name, where, and the way out."""
        return str(self.as_mistake())


class InputError(ShardgenError):
    """
    What was asked for has mistakes; `mistakes` holds all of them, in the order of the file.

    `warnings` are those that were found beside them. `lines` has the line of each mistake in the
    file, from 1, or 0 where it is in none; it is empty where there is no file.
    """

    def __init__(
        self,
        mistakes: Sequence[Mistake],
        source: str = "",
        warnings: Sequence[InputWarning] = (),
        lines: Sequence[int] = (),
    ) -> None:
        """Keep the mistakes, at least one, and the name of the file they were found in."""
        super().__init__(mistakes, source, warnings, lines)
        self.mistakes = tuple(mistakes)
        self.source = source
        self.warnings = tuple(warnings)
        self.lines = tuple(lines)

    def __str__(self) -> str:
        """One line for a single mistake, else a line for each below a headline."""
        start = f"{self.source}: " if self.source else ""
        if len(self.mistakes) == 1:
            return (self._at_line(0) or start) + str(self.mistakes[0])
        count = len(self.mistakes)
        listed = enumerate(self.mistakes[:_LISTED])
        lines = "".join(f"\n  {self._at_line(n)}{mistake}" for n, mistake in listed)
        more = f"\n  … and {count - _LISTED} more" if count > _LISTED else ""
        at_least = "at least " if count >= MAX_MISTAKES else ""
        return f"{start}{at_least}{count} mistakes{lines}{more}"

    def _at_line(self, position: int) -> str:
        """Return where a mistake stands, as editors and terminals link it."""
        line = self.lines[position] if self.lines else 0
        return f"{self.source}:{line}: " if line else ""


class SchemaError(InputError):
    """The schema contradicts the format or itself."""

    exit_code = 3
    kind = "schema"


class PlanError(InputError):
    """Counts or options that do not fit the schema or each other."""

    exit_code = 4
    kind = "plan"


def missing_package(what: str, package: str, extra: str) -> PlanError:
    """Return the error that `what` was asked for needs a package; an extra of shardgen has it."""
    return PlanError([Mistake("", f"{what} needs {package}", f"pip install 'shardgen[{extra}]'")])


class BindError(ValueError):
    """A column or a foreign key cannot be made; the binder turns it into a Mistake."""

    def __init__(self, what: str, hint: str = "") -> None:
        """Keep what is wrong, with the refused value in it, and the way out."""
        super().__init__(what)
        self.hint = hint


class NotEnoughValuesError(BindError):
    """
    More rows are asked for than the column has different values, or the key parents.

    `most` is how many rows there may be, where that is known.
    """

    def __init__(self, what: str, hint: str = "", most: int | None = None) -> None:
        """Keep what is wrong, the way out, and how many rows there may be."""
        super().__init__(what, hint)
        self.most = most


class FollowsFromMistakeError(BindError):
    """A column reads one that has a mistake itself: that one is reported, and this is not."""


class GenerationError(ShardgenError):
    """A generator made a value that no dump can carry, such as text with a NUL in it."""

    exit_code = 5
    kind = "generation"


class WorkerError(ShardgenError):
    """A worker process ended without handing over its shard."""

    exit_code = 6
    kind = "worker"


class ShardFileError(ShardgenError):
    """A shard file or a part is missing, cut, changed, out of place or of another plan."""

    exit_code = 7
    kind = "shard_file"


class OutputError(ShardgenError):
    """The dump or a shard file cannot be written."""

    exit_code = 8
    kind = "output"


class DatabaseError(ShardgenError):
    """
    A live database cannot be reached or read, or has not what was asked for.

    `mistakes` has each thing for which a database does not take the rows of a schema.
    """

    exit_code = 9
    kind = "database"

    def __init__(self, message: str = "", mistakes: Iterable[Mistake] = ()) -> None:
        """Take what is said, all of it; the mistakes are in it already."""
        super().__init__(message)
        self.mistakes = tuple(mistakes)


class LockedError(ShardgenError):
    """Another run writes to the same target, and this one was asked not to wait for it."""

    exit_code = 10
    kind = "locked"


class DifferenceError(ShardgenError):
    """What was verified is not what a run would write; the message says where it differs."""

    exit_code = 11
    kind = "difference"


class StoppedError(ShardgenError):
    """The run was stopped from outside, by Ctrl-C or SIGTERM."""

    exit_code = 130
    kind = "stopped"

    def __init__(self, message: str = "interrupted", exit_code: int = 130) -> None:
        """Keep the exit code a shell expects: 128 + the signal's number."""
        super().__init__(message, exit_code)
        self.message = message
        self.exit_code = exit_code  # type: ignore[misc]  # the one class with two codes

    def __str__(self) -> str:
        """Only the message; the exit code is for the shell."""
        return self.message


def cannot_write(path: object, error: OSError) -> OutputError:
    """Return the error for a file that cannot be written, with what can be done about it."""
    reason = error.strerror or str(error)
    hint = _HINTS.get(error.errno or 0)
    return OutputError(f"cannot write {path}: {reason}" + (f"; {hint}" if hint else ""))


_HINTS = {
    errno.ENOSPC: "make room, or choose another place with --out",
    errno.EDQUOT: "make room, or choose another place with --out",
    errno.EFBIG: "raise the limit on file sizes (ulimit -f), or ask for fewer rows",
    errno.EACCES: "choose a place you may write to with --out",
    errno.EPERM: "choose a place you may write to with --out",
    errno.EROFS: "choose a place you may write to with --out",
    errno.ENOENT: "make the folder first, or choose another place with --out",
    errno.ENOTDIR: "part of the path is a file; choose another place with --out",
    errno.ENAMETOOLONG: "choose a shorter name with --out",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
}


def nearest(name: str, known: Iterable[str]) -> str:
    """Return "did you mean '…'?" for the closest of `known`, or "" when nothing is close."""
    import difflib

    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else ""


def join_path(start: str, *names: str) -> str:
    """Return the path of something inside `start`, such as `tables.loans.columns.amount`."""
    for name in names:
        start += "." + (name if name and name.isprintable() else repr(name))
    return start


def is_within(path: str, other: str) -> bool:
    """Return whether a path is `other`, or of something inside it."""
    return path == other or path.startswith((f"{other}.", f"{other}["))


def shown(value: Any) -> str:
    """Return a value as a message quotes it: on one line, and not endlessly long."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return repr(text) if isinstance(value, str) else text
