"""What a case can show, and where: the place of an exception, or a promise that is broken."""

from __future__ import annotations

import contextlib
import re
import signal
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

import shardgen

PACKAGE = Path(shardgen.__file__).parent


class Finding(msgspec.Struct, frozen=True):
    """
    A broken promise: its `kind`, the `place` by which findings are grouped, and what happened.

    Kinds are `crash`, `slow`, `memory`, `check`, `load`, `values`, `writers`, `slices`, `workers`,
    `doors` (of files and of Python objects), `refused` (for one of the databases alone that all
    together were accepted for), and `died`.
    """

    kind: str
    place: str
    what: str

    @property
    def group(self) -> str:
        return f"{self.kind}: {self.place}"


class FoundError(Exception):
    """Ends a case with a finding."""

    def __init__(self, kind: str, place: str, what: str = "") -> None:
        super().__init__(kind, place, what)
        self.finding = Finding(kind, place, what[:2000])


class TooSlowError(BaseException):
    """Raised by the alarm; no `except Exception` holds it."""


REAL_SECONDS = 12
"""Seconds by the clock for each of the CPU's, after which a case that waits is ended too."""


@contextlib.contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise TooSlowError when the block takes longer, in seconds of the CPU: others use it too."""

    def ring(_number: int, _frame: Any) -> None:
        raise TooSlowError

    timers = (signal.ITIMER_PROF, signal.SIGPROF, 1), (
        signal.ITIMER_REAL, signal.SIGALRM, REAL_SECONDS,
    )  # fmt: skip
    before = {number: signal.signal(number, ring) for _, number, _ in timers}
    for timer, _, factor in timers:  # again and again: a finally may have swallowed the first
        signal.setitimer(timer, seconds * factor, 0.5)
    try:
        yield
    finally:
        for timer, number, _ in timers:
            signal.setitimer(timer, 0)
            signal.signal(number, before[number])


def of_exception(kind: str, error: BaseException) -> Finding:
    """Return the finding of an exception: its class, and the innermost function of ours."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if PACKAGE in Path(f.filename).parents]
    lines = [f"{Path(f.filename).relative_to(PACKAGE)}:{f.lineno} {f.name}" for f in ours]
    place = "outside shardgen"
    if ours:
        last = ours[-1]
        place = f"{Path(last.filename).relative_to(PACKAGE)} {last.name}"
        if isinstance(error, RecursionError):  # it ends anywhere along the circle
            place = str(Path(last.filename).relative_to(PACKAGE).parent)
    name = type(error).__name__
    what = f"{name}: {str(error)[:300]} ({' ← '.join(reversed(lines[-4:]))})"
    return Finding(kind, f"{place}: {name}" if kind == "crash" else place, what)


def without_names(message: str) -> str:
    """Return a database's message without what differs from case to case."""
    message = re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`", "…", message)
    return re.sub(r"\d+", "N", message)[:120]
