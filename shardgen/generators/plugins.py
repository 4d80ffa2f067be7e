"""
Generators of other packages, found by the entry-point group `shardgen.generators`.

An entry point names a module that registers generators with `@generator("name")` when it is
imported, or a Generator class, which is registered under the entry point's own name. Plugins are
loaded when a schema names a generator that is not built in, and when generators are listed.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from shardgen.generators.foreign import foreign_code, foreign_errors, told
from shardgen.generators.generator import Generator
from shardgen.generators.registry import GENERATORS, generator

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "shardgen.generators"


@cache
def load_plugins() -> tuple[str, ...]:
    """Register the generators of all plugins; return a line for each plugin that is broken."""
    from importlib.metadata import entry_points

    found = sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value))
    return tuple(line for point in found if (line := _load(point)))


def _load(point: EntryPoint) -> str:
    try:
        with foreign_code():
            made = point.load()
        if isinstance(made, type):
            _register(point.name, made)
    except foreign_errors() as error:
        return f"plugin {point.name!r}{_package(point)} cannot be loaded: {told(error)}"
    return ""


def _register(name: str, made: type) -> None:
    if not issubclass(made, Generator):
        raise TypeError(f"{made.__qualname__} is no shardgen Generator")
    if not GENERATORS.has_kind(made):  # else its module has registered it already
        generator(name)(made)


def _package(point: EntryPoint) -> str:
    return "" if point.dist is None else f" of {point.dist.name} {point.dist.version}"
