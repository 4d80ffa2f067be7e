"""Progress bars on standard error, one for each table while it is written."""

from __future__ import annotations

import os
import sys
import threading
from types import TracebackType
from typing import Never, Self

from tqdm import tqdm

from shardgen.execution.signals import signals_blocked

tqdm.monitor_interval = 0  # no thread of tqdm's own, so that workers may be forked
tqdm.set_lock(threading.RLock())  # else it makes a named semaphore, and a process to watch over it

FALLBACK_COLUMNS, FALLBACK_LINES = 80, 24


class Bars:
    """Draws a bar for each table; used as a context, so that no half line stays behind."""

    def __init__(self) -> None:
        """Draw nothing yet."""
        self._bar: tqdm[Never] | None = None

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
        if self._bar is not None:
            self._bar.close()

    def begin(self, table: str, rows: int) -> None:
        """End the bar of the table before, and begin one."""
        if self._bar is not None:
            self._bar.close()
        columns, lines = _terminal_size()
        with signals_blocked():  # a bar that is drawn and not yet ours would never be ended
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
        assert self._bar is not None, "a table begins before its rows"
        self._bar.update(rows)


def _terminal_size() -> tuple[int, int]:
    """Return columns and lines of the terminal; some say 0, and tqdm would draw nothing."""
    try:
        size = os.get_terminal_size(sys.stderr.fileno())
    except OSError:
        size = os.terminal_size((0, 0))
    return size.columns or FALLBACK_COLUMNS, size.lines or FALLBACK_LINES
