"""
Stops from outside: Ctrl-C, SIGTERM and a terminal that closes become one error, at a fit moment.

A stop must reach the code that waits, and must not break into the code that cleans up.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator

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


@contextlib.contextmanager
def signals_raise() -> Iterator[None]:
    """
    Raise StoppedError in the main thread when a stop arrives.

    Within a second of the first, more stops are dropped: two quick Ctrl-C are one wish, and the
    second must not break into the cleanup that the first began. A stop that was ignored before, as
    SIGHUP is under nohup, stays ignored. Outside the main thread nothing changes.
    """
    last = -REPEAT_GRACE_SECONDS

    def stop(number: int, _frame: object) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= REPEAT_GRACE_SECONDS:
            last = now
            raise StoppedError(STOP_SIGNALS[signal.Signals(number)], 128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heeded = [number for number in STOP_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
