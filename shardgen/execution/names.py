"""Names of what a run makes beside its target and takes away, or renames, at the end."""

from __future__ import annotations

import os

PARTIAL = ".partial"
SHARDS = ".shards"


def unused_name(name: str, ending: str) -> str:
    """Return a name that nothing has, told apart by 64 random bits; `name` may be a long one."""
    return f"{name[:40]}.{os.urandom(8).hex()}{ending}"
