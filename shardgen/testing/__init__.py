"""
Data sets for tests: a pytest plug-in, factories of rows, strategies for Hypothesis.

    @pytest.mark.shardgen("shop.yaml", rows=100)
    def test_orders(shardgen_dataset):
        assert shardgen_dataset["orders"].rows

pytest loads the plug-in, `plugin.py`, by itself; it imports nothing heavy until a test asks for
data. docs/testing.md shows all of it.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # pytest imports this module at every start
if TYPE_CHECKING:
    from typing import Any

    from shardgen.testing.factory import Factory as Factory
    from shardgen.testing.factory import Row as Row
    from shardgen.testing.sizes import shared_out as shared_out

_HOMES = {"Factory": "factory", "Row": "factory", "shared_out": "sizes"}


def __dir__() -> list[str]:
    """List the public names."""
    return sorted([*_HOMES, "strategies"])


if not TYPE_CHECKING:  # a type checker would take any name for a public one

    def __getattr__(name: str) -> Any:
        """Import a public name when it is first used."""
        if name == "strategies":
            return import_module("shardgen.testing.strategies")
        if name not in _HOMES:
            raise AttributeError(f"module 'shardgen.testing' has no attribute {name!r}")
        return getattr(import_module(f"shardgen.testing.{_HOMES[name]}"), name)
