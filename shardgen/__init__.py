"""
shardgen: realistic relational test data, as an ordered SQL dump or as rows in memory.

    >>> import shardgen
    >>> schema = shardgen.load_schema("fintech-loans")
    >>> dataset = shardgen.generate(schema, rows={"borrowers": 10}, seed=42)
    >>> len(dataset.tables["borrowers"].rows)
    10

docs/extending.md shows a generator of your own, and what it is made of.
"""

from __future__ import annotations

from importlib import import_module

from shardgen.output.version import VERSION

TYPE_CHECKING = False  # `typing` is most of what is imported before the command can see to Ctrl-C
if TYPE_CHECKING:  # for type checkers what _PUBLIC is at run time; a test compares them
    from typing import Any

    from shardgen.errors import BindError as BindError
    from shardgen.errors import DatabaseError as DatabaseError
    from shardgen.errors import DifferenceError as DifferenceError
    from shardgen.errors import GenerationError as GenerationError
    from shardgen.errors import InputError as InputError
    from shardgen.errors import InputWarning as InputWarning
    from shardgen.errors import LockedError as LockedError
    from shardgen.errors import Mistake as Mistake
    from shardgen.errors import OutputError as OutputError
    from shardgen.errors import PlanError as PlanError
    from shardgen.errors import SchemaError as SchemaError
    from shardgen.errors import ShardFileError as ShardFileError
    from shardgen.errors import ShardgenError as ShardgenError
    from shardgen.errors import StoppedError as StoppedError
    from shardgen.errors import WorkerError as WorkerError
    from shardgen.execution.arrow_data import batches as batches
    from shardgen.execution.dataset import Dataset as Dataset
    from shardgen.execution.dataset import TableData as TableData
    from shardgen.execution.dataset import generate as generate
    from shardgen.execution.loading.load import LoadProgress as LoadProgress
    from shardgen.execution.loading.load import LoadSummary as LoadSummary
    from shardgen.execution.loading.load import load as load
    from shardgen.execution.pipeline import Progress as Progress
    from shardgen.execution.pipeline import Summary as Summary
    from shardgen.execution.pipeline import run as run
    from shardgen.generators.context import ColumnContext as ColumnContext
    from shardgen.generators.generator import BoundGenerator as BoundGenerator
    from shardgen.generators.generator import Generator as Generator
    from shardgen.generators.generator import Nulls as Nulls
    from shardgen.generators.registry import generator as generator
    from shardgen.generators.weighted_strings import WeightedStrings as WeightedStrings
    from shardgen.plan.load import load_schema as load_schema
    from shardgen.plan.plan import OptionArguments as OptionArguments
    from shardgen.plan.plan import Options as Options
    from shardgen.schema import schema as schema
    from shardgen.schema.model import Column as Column
    from shardgen.schema.model import CompositeForeignKey as CompositeForeignKey
    from shardgen.schema.model import Correlation as Correlation
    from shardgen.schema.model import ForeignKey as ForeignKey
    from shardgen.schema.model import Index as Index
    from shardgen.schema.model import ReferenceDataset as ReferenceDataset
    from shardgen.schema.model import Schema as Schema
    from shardgen.schema.model import Table as Table
    from shardgen.tables.batch import Batch as Batch
    from shardgen.tables.list_values import Lists as Lists
    from shardgen.tables.rare_values import Bits as Bits
    from shardgen.tables.rare_values import Bytes as Bytes
    from shardgen.tables.rare_values import Intervals as Intervals
    from shardgen.tables.rare_values import Times as Times
    from shardgen.tables.values import Booleans as Booleans
    from shardgen.tables.values import ColumnValues as ColumnValues
    from shardgen.tables.values import Dates as Dates
    from shardgen.tables.values import Decimals as Decimals
    from shardgen.tables.values import Dictionary as Dictionary
    from shardgen.tables.values import HexDigits as HexDigits
    from shardgen.tables.values import Integers as Integers
    from shardgen.tables.values import Pool as Pool
    from shardgen.tables.values import Text as Text
    from shardgen.tables.values import Timestamps as Timestamps

__version__ = VERSION

_PUBLIC = {
    "errors": (
        "BindError",
        "DatabaseError",
        "GenerationError",
        "InputError",
        "InputWarning",
        "DifferenceError",
        "LockedError",
        "Mistake",
        "OutputError",
        "PlanError",
        "SchemaError",
        "ShardFileError",
        "ShardgenError",
        "StoppedError",
        "WorkerError",
    ),
    "execution.arrow_data": ("batches",),
    "execution.dataset": ("Dataset", "TableData", "generate"),
    "execution.loading.load": ("LoadProgress", "LoadSummary", "load"),
    "execution.pipeline": ("Progress", "Summary", "run"),
    "generators.context": ("ColumnContext",),
    "generators.generator": ("BoundGenerator", "Generator", "Nulls"),
    "generators.registry": ("generator",),
    "generators.weighted_strings": ("WeightedStrings",),
    "plan.load": ("load_schema",),
    "plan.plan": ("OptionArguments", "Options"),
    "schema": ("schema",),
    "schema.model": (
        "Column",
        "CompositeForeignKey",
        "Correlation",
        "ForeignKey",
        "Index",
        "ReferenceDataset",
        "Schema",
        "Table",
    ),
    "tables.batch": ("Batch",),
    "tables.list_values": ("Lists",),
    "tables.rare_values": ("Bits", "Bytes", "Intervals", "Times"),
    "tables.values": (
        "Booleans",
        "Dates",
        "Decimals",
        "Dictionary",
        "HexDigits",
        "Integers",
        "Pool",
        "Text",
        "Timestamps",
        "ColumnValues",
    ),
}
"""The public names by the module that has them."""
_HOMES = {name: home for home, names in _PUBLIC.items() for name in names}


def __dir__() -> list[str]:
    """List the public names."""
    return sorted([*_HOMES, "__version__"])


if not TYPE_CHECKING:  # a type checker would take any name for a public one

    def __getattr__(name: str) -> Any:
        """Import a public name when it is first used: the command line pays for what it runs."""
        if name == "__all__":  # not written out: type checkers read the imports above
            return __dir__()
        if name not in _HOMES:
            raise AttributeError(f"module 'shardgen' has no attribute {name!r}")
        return getattr(import_module(f"shardgen.{_HOMES[name]}"), name)
