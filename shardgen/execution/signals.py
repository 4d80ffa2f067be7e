"""
Stops from outside: Ctrl-C, SIGTERM and a terminal that closes become one error, at a fit moment.

A stop must reach the code that waits, and must not break into the code that cleans up. What is
raised is no `Exception`, so that foreign code lets it through: Faker's, or a plug-in's, which may
catch all errors. Where it catches even that, the stop is remembered, and raised again.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from shardgen.errors import StoppedError

STOP_SIGNALS = {
    number: what
    for name, what in (
        ("SIGINT", "interrupted"),
        ("SIGTERM", "terminated"),
        ("SIGHUP", "the terminal was closed"),
    )
    if (number := getattr(signal, name, None)) is not None  # Windows has no SIGHUP
}
REPEAT_GRACE_SECONDS = 1.0


class _Stop(BaseException):
    """A stop on its way to `signals_raise`, which makes a StoppedError of it."""


class _Stops:
    """The handler of stops, and the first of them, which nobody can lose."""

    def __init__(self) -> None:
        self.first: signal.Signals | None = None
        self.is_over = False
        self._last = -REPEAT_GRACE_SECONDS
        self._hook = sys.unraisablehook

    def arrive(self, number: int, _frame: object) -> None:
        now = time.monotonic()
        if now - self._last >= REPEAT_GRACE_SECONDS:
            self._last = now
            self.first = self.first or signal.Signals(number)
            if not self.is_over:  # else nothing is left that it could break off
                raise _Stop

    def say_nothing(self, unraisable: Any) -> None:
        """Take the place of `sys.unraisablehook`: a stop that a destructor lost is not lost."""
        if not isinstance(unraisable.exc_value, _Stop):
            self._hook(unraisable)

    def error(self) -> StoppedError:
        assert self.first is not None, "an error is asked for after a stop"
        return StoppedError(STOP_SIGNALS[self.first], 128 + self.first)


_stops: _Stops | None = None


@contextlib.contextmanager
def signals_raise() -> Iterator[None]:
    """
    Raise StoppedError from the block, and early, when a stop arrives in the main thread.

    It is raised whatever became of the block: an error that foreign code has made of the stop says
    less, and an end as if nothing had been would be none. Within a second of the first, more stops
    are dropped: two quick Ctrl-C are one wish, and the second must not break into the cleanup that
    the first began. A stop that was ignored before, as SIGHUP is under nohup, stays ignored.
    Outside the main thread nothing changes.
    """
    global _stops  # noqa: PLW0603 -- as signals are the process's, so is what they said
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    outer, stops, hook = _stops, _Stops(), sys.unraisablehook
    before: dict[signal.Signals, Any] = {}
    try:
        try:
            _stops = stops
            sys.unraisablehook = stops.say_nothing
            for number in STOP_SIGNALS:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    before[number] = signal.signal(number, stops.arrive)
            yield
        finally:
            stops.is_over = True
    except BaseException:
        if stops.first is None:
            raise
    finally:
        _stops = outer
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)
    if stops.first is not None:
        raise stops.error()


def raise_stop() -> None:
    """Raise the stop that has arrived, if any, again: foreign code may have caught it."""
    if _stops is not None and _stops.first is not None:
        raise _Stop


@contextlib.contextmanager
def signals_blocked() -> Iterator[None]:
    """Hold stops back until the block has ended; a process started in it begins with them held."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def signals_kept() -> Iterator[None]:
    """Set the handlers of stops again as they are now, whatever foreign code makes of them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            if handler is not None:  # else it was not set by Python
                signal.signal(number, handler)


def begin_worker() -> None:
    """
    Set the signals of a worker: Ctrl-C goes to all, and the parent ends the rest.

    What the parent was told to ignore, as by nohup, the worker ignores too.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in STOP_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
