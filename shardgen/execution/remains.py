"""What runs to a target have left that were broken off, as whoever opens the target sees it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from shardgen.execution.claims import Claimed, remove_stale
from shardgen.execution.events import Tell


class Remains:
    """Those of a run that goes on with nothing: all that is left is removed, and nothing stays."""

    partial: Claimed | None = None
    """The unfinished target to go on with, claimed, within `beside`."""

    def check_stream(self, name: str) -> None:
        """Refuse a target whose bytes cannot be found again, where that is asked for."""

    @contextlib.contextmanager
    def beside(self, *paths: Path, is_folder: bool, tell: Tell) -> Iterator[None]:
        """
        See to what lies beside these paths, the first of which is beside the unfinished target.

        The block makes the target, which is a folder or a file; when it has ended well, nothing is
        left that another run could go on with.
        """
        del is_folder
        for path in paths:
            remove_stale(path, tell)
        yield

    def begin(self, partial: Path) -> None:
        """Note where the unfinished target grows, before there is a byte in it."""

    def stays(self) -> bool:
        """Return whether the unfinished target stays where the run fails."""
        return False
