"""Names of what a run makes beside its target and takes away, or renames, at the end."""

from __future__ import annotations

import os
import re
from binascii import crc32
from pathlib import Path

PARTIAL = ".partial"
SHARDS = ".shards"
LOCK = ".lock"
EARLIER = "earlier"
"""A folder in a partial one, for the files of before while the new ones take their places."""
_KEPT = 40  # characters of a target's name


def unused_name(name: str, ending: str) -> str:
    """Return a name that nothing has, told apart by 64 random bits; `name` may be a long one."""
    return f"{name[:_KEPT]}.{os.urandom(8).hex()}{ending}"


def name_pattern(name: str, ending: str) -> str:
    """Return the regular expression of all names that `unused_name` may return."""
    return rf"{re.escape(name[:_KEPT])}\.[0-9a-f]{{16}}{re.escape(ending)}"


def lock_name(name: str) -> str:
    """
    Return the name of a target's lock, which no file of a user has: its ending is like a run's own.

    It is always the same; two long names may share one, and then one run waits without need.
    """
    return f"{name[:_KEPT]}.{crc32(name.encode(errors='surrogateescape')):016x}{LOCK}"


def within(folder: Path) -> Path:
    """Return the path beside which lies what a run makes within a folder that is there."""
    return folder / (folder.name or "root")
