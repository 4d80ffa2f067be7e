"""Progress bars on standard error, one for each table while it is written."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Never, Self

from tqdm import tqdm

from shardgen.cli.streams import leave
from shardgen.execution.signals import signals_blocked

tqdm.monitor_interval = 0  # no thread of tqdm's own, so that workers may be forked
tqdm.set_lock(threading.RLock())  # else it makes a named semaphore, and a process to watch over it

FALLBACK_COLUMNS, FALLBACK_LINES = 80, 24


class Bars:
    """Draws a bar for each table; used as a context, so that no half line stays behind."""

    def __init__(self) -> None:
        """Draw nothing yet."""
        self._bar: tqdm[Never] | None = None
        self._is_lost = False

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the last bar."""
        self._close()

    def begin(self, table: str, rows: int) -> None:
        """End the bar of the table before, and begin one."""
        self._close()
        if self._is_lost:
            return
        columns, lines = _terminal_size()
        with self._on_terminal(), signals_blocked():  # drawn and not yet ours, it would never end
            self._bar = tqdm(
                total=rows,
                desc=table,
                unit=" rows",
                unit_scale=True,
                file=sys.stderr,
                ncols=columns,
                nrows=lines,
            )

    def advance(self, rows: int) -> None:
        """Move the current bar."""
        if self._bar is not None:
            with self._on_terminal():
                self._bar.update(rows)

    def _close(self) -> None:
        bar, self._bar = self._bar, None
        if bar is not None:
            with self._on_terminal():
                bar.close()

    @contextlib.contextmanager
    def _on_terminal(self) -> Iterator[None]:
        """Draw, or never again where the terminal has gone: the dump does not depend on it."""
        try:
            yield
        except OSError:
            self._is_lost = True
            if self._bar is not None:
                self._bar.disable = True  # nothing more, not even when it is deleted
                self._bar = None
            leave(2)


def _terminal_size() -> tuple[int, int]:
    """Return columns and lines of the terminal; some say 0, and tqdm would draw nothing."""
    try:
        size = os.get_terminal_size(sys.stderr.fileno())
    except OSError:
        size = os.terminal_size((0, 0))
    return size.columns or FALLBACK_COLUMNS, size.lines or FALLBACK_LINES
