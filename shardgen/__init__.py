"""
shardgen: realistic relational test data, as an ordered SQL dump or as rows in memory.

    >>> import shardgen
    >>> schema = shardgen.load_schema("fintech-loans")
    >>> dataset = shardgen.generate(schema, rows={"borrowers": 10}, seed=42)
    >>> len(dataset.tables["borrowers"].rows)
    10
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from shardgen.output.version import VERSION

if TYPE_CHECKING:
    from shardgen.errors import PlanError, SchemaError, ShardgenError
    from shardgen.execution.dataset import Dataset, TableData, generate
    from shardgen.execution.pipeline import Summary, run
    from shardgen.generators.context import Generator, generator
    from shardgen.plan.load import load_schema
    from shardgen.plan.plan import Options
    from shardgen.schema.model import Schema

__version__ = VERSION

_HOMES = {
    "Dataset": "execution.dataset",
    "Generator": "generators.context",
    "Options": "plan.plan",
    "PlanError": "errors",
    "Schema": "schema.model",
    "SchemaError": "errors",
    "ShardgenError": "errors",
    "Summary": "execution.pipeline",
    "TableData": "execution.dataset",
    "generate": "execution.dataset",
    "generator": "generators.context",
    "load_schema": "plan.load",
    "run": "execution.pipeline",
}

__all__ = [
    "Dataset",
    "Generator",
    "Options",
    "PlanError",
    "Schema",
    "SchemaError",
    "ShardgenError",
    "Summary",
    "TableData",
    "__version__",
    "generate",
    "generator",
    "load_schema",
    "run",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: the command line pays for what it runs."""
    if name not in _HOMES:
        raise AttributeError(f"module 'shardgen' has no attribute {name!r}")
    return getattr(import_module(f"shardgen.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
