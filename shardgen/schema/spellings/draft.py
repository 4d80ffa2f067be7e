"""What is written while a decoded file is brought into its normal form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shardgen.errors import Mistake, is_within, join_path

Raw = dict[str, Any]
"""An object of a decoded file. One that others may hold is not changed, but replaced."""


class Draft:
    """
    The mistakes of spelling, and where things stood that have been moved.

    `moved` has the path in the file of each thing, by the path that the model has for it.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.mistakes: list[Mistake] = []
        self.moved: dict[str, str] = {}

    def refuse(self, path: str, what: str, hint: str = "") -> None:
        """Note a mistake at a path in the file."""
        self.mistakes.append(Mistake(path, what, hint))


def in_file(path: str, moved: dict[str, str]) -> str:
    """Return the path in the file of what the model has at `path`."""
    holders = [place for place in moved if is_within(path, place)]
    if not holders:
        return path
    holder = max(holders, key=len)
    return moved[holder] + path.removeprefix(holder)


def place_in_list(value: Any, position: int) -> str:
    """Return the place of an entry in a list: by its name, if it has one."""
    name = value.get("name") if isinstance(value, dict) else None
    return join_path("", name) if isinstance(name, str) and name else f"[{position}]"


def nested(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what an object or a list holds, with the place of each in it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield join_path("", str(key)), inner
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield place_in_list(inner, n), inner


def paths_by_id(value: Any, path: str = "") -> Iterator[tuple[int, str]]:
    """Yield the id and the path of everything in a decoded file, in its order."""
    yield id(value), path.lstrip(".")
    for name, inner in nested(value):
        yield from paths_by_id(inner, path + name)
