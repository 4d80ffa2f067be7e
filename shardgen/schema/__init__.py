"""
The schema format: its structs, its types, its files, and the order of its tables.

The package can be called: `shardgen.schema(...)` is `shardgen.schema.building.schema(...)`. A
function of that name in shardgen would be hidden by this package once anything imports it.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shardgen.schema.building import schema as schema
    from shardgen.schema.model import Schema
else:

    class _CallablePackage(ModuleType):
        """A package that makes a schema when it is called."""

        def __call__(self, *args: Any, **fields: Any) -> Schema:
            """Return the schema of some tables; see `shardgen.schema.building.schema`."""
            from shardgen.schema.building import schema as build

            return build(*args, **fields)

    sys.modules[__name__].__class__ = _CallablePackage
    schema = sys.modules[__name__]
