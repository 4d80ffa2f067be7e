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

_AFTER = "keys, indexes, statistics"
FALLBACK_COLUMNS, FALLBACK_LINES = 80, 24


class _Drawing:
    """Bars on a terminal that may go; used as a context, so that no half line stays behind."""

    def __init__(self) -> None:
        """Draw nothing yet."""
        self._bars: dict[str, tqdm[Never]] = {}
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

    def _draw(self, name: str, total: int, unit: str, done: int = 0) -> None:
        """Draw a bar beside those that are there."""
        if self._is_lost:
            return
        columns, lines = _terminal_size()
        with self._on_terminal(), signals_blocked():  # drawn and not yet ours, it would never end
            self._bars[name] = tqdm(
                total=total,
                initial=done,
                desc=name,
                unit=unit,
                unit_scale=True,
                file=sys.stderr,
                ncols=columns,
                nrows=lines,
            )

    def _move(self, name: str, by: int) -> None:
        """Move a bar."""
        bar = self._bars.get(name)
        if bar is not None:
            with self._on_terminal():
                bar.update(by)

    def _close(self) -> None:
        """End all bars."""
        for name in [*self._bars]:
            self._end(name)

    def _end(self, name: str) -> None:
        bar = self._bars.pop(name, None)
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
            for bar in self._bars.values():
                bar.disable = True  # nothing more, not even when it is deleted
            self._bars = {}
            leave(2)


class Bars(_Drawing):
    """A bar for each table, one after another."""

    _table = ""

    def begin(self, table: str, rows: int) -> None:
        """End the bar of the table before, and begin one."""
        self._close()
        self._table = table
        self._draw(table, rows, " rows")

    def advance(self, rows: int) -> None:
        """Move the current bar."""
        self._move(self._table, rows)


class TableBars(_Drawing):
    """A bar for each table that is being filled, and one for what follows; see LoadProgress."""

    def begin(self, table: str, rows: int, done: int) -> None:
        """Begin the bar of a table."""
        self._draw(table, rows, " rows", done)

    def advance(self, table: str, rows: int) -> None:
        """Move the bar of a table, and end it with its last row."""
        self._move(table, rows)
        bar = self._bars.get(table)
        if bar is not None and bar.n >= (bar.total or 0):
            self._end(table)

    def finish(self, steps: int) -> None:
        """End all bars of tables, and begin that of the steps which follow."""
        self._close()
        self._draw(_AFTER, steps, " steps")

    def finished(self) -> None:
        """Move the bar of those steps."""
        self._move(_AFTER, 1)


def _terminal_size() -> tuple[int, int]:
    """Return columns and lines of the terminal; some say 0, and tqdm would draw nothing."""
    try:
        size = os.get_terminal_size(sys.stderr.fileno())
    except OSError:
        size = os.terminal_size((0, 0))
    return size.columns or FALLBACK_COLUMNS, size.lines or FALLBACK_LINES
