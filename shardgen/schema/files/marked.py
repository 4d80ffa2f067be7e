"""
A decoded file whose values know their lines: what all three formats have in common.

Lines are asked for only by mistakes. JSON and TOML are then read once more, for their lines alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from shardgen.errors import Mistake, SchemaError, join_path, shown

MAX_DEPTH = 64  # of objects and lists in each other: the format needs 8, and no stack overflows


class Marked(msgspec.Struct, frozen=True):
    """
    A value of a file: an object or a list of others, or a plain one.

    `line`, from 1, is that of its key, or its own in a list. `fault` is what is wrong with how it
    is written, and the way out.
    """

    line: int
    value: Any = None
    fault: tuple[str, str] | None = None

    def plain(self) -> Any:
        """Return the value without the lines."""
        if isinstance(self.value, dict):
            return {key: inner.plain() for key, inner in self.value.items()}
        if isinstance(self.value, list):
            return [inner.plain() for inner in self.value]
        return self.value

    def faults(self) -> Iterator[Mistake]:
        """Yield what is wrong with how values are written, in the order of the file."""
        for path, marked in walk(self):
            if marked.fault is not None:
                yield Mistake(path, *marked.fault)


def walk(marked: Marked, path: str = "") -> Iterator[tuple[str, Marked]]:
    """Yield everything in a file with its path, as mistakes have it."""
    yield path.lstrip("."), marked
    if isinstance(marked.value, dict):
        for key, inner in marked.value.items():
            yield from walk(inner, path + join_path("", key))
    elif isinstance(marked.value, list):
        for n, inner in enumerate(marked.value):
            yield from walk(inner, path + _place(inner, n))


def _place(marked: Marked, position: int) -> str:
    """Return the place of an entry in a list: by its name, if it has one."""
    name = marked.value.get("name") if isinstance(marked.value, dict) else None
    named = isinstance(name, Marked) and isinstance(name.value, str) and name.value
    return join_path("", name.value) if named and name else f"[{position}]"


def unusable(what: str, name: str, hint: str = "") -> SchemaError:
    """Return the error for a file of which nothing can be read."""
    return SchemaError([Mistake("", what, hint)], shown(name) if len(name) > 250 else name)


def too_deep(name: str, form: str) -> SchemaError:
    """Return the error for a file that would overflow a stack."""
    return unusable(f"the {form} is nested more than {MAX_DEPTH} deep", name)
