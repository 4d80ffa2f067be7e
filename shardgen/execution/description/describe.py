"""The way in: a schema, a folder or a database, described; or two of them, compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from shardgen.errors import Mistake, PlanError
from shardgen.execution.description.description import Description
from shardgen.execution.description.differing import Comparison, compare
from shardgen.execution.description.schema_rows import SAMPLE_ROWS, describe_schema
from shardgen.plan.load import bundled_schemas
from shardgen.plan.plan import Options


def kind_of_source(source: str) -> str:
    """Return what a source is by its name: "database", "folder" or "schema"."""
    if "://" in source:
        return "database"
    if source and source not in bundled_schemas() and Path(source).is_dir():
        return "folder"
    return "schema"


class Asked:
    """What was asked for beside the sources; PlanError where it is about none of them."""

    def __init__(
        self,
        sources: Sequence[str],
        options: Mapping[str, Any],
        *,
        schema: str | None = None,
        tables: Sequence[str] = (),
        sample_rows: int | None = None,
    ) -> None:
        """Keep it; `options` has those of a run that were given."""
        kinds = {kind_of_source(source) for source in sources}
        given = [f"--{name.replace('_', '-')}" for name in options]
        given += ["--sample-rows"] if sample_rows is not None else []
        if given and "schema" not in kinds:
            what = f"{given[0]} is about rows that are made of a schema, and there is none"
            raise PlanError([Mistake("", what, "leave it out, or name a schema")])
        if schema is not None and "folder" not in kinds:
            what = f"--schema {schema} says what a folder was made from, and there is none"
            raise PlanError([Mistake("", what, "leave it out, or name a folder")])
        if tables and "database" not in kinds:
            what = "--tables is about a database, and there is none"
            raise PlanError([Mistake("", what, "leave it out, or name a database's URL")])
        self._options, self._schema, self._tables = Options(**options), schema, tuple(tables)
        self._sample_rows = SAMPLE_ROWS if sample_rows is None else sample_rows

    def describe(self, source: str, like: Description | None = None) -> Description:
        """Return what a source is like; histograms have the steps of another where it has them."""
        kind = kind_of_source(source)
        if kind == "database":
            from shardgen.execution.description.database import describe_database

            return describe_database(source, tables=self._tables, like=like)
        if kind == "folder":
            from shardgen.execution.description.folder import describe_folder

            return describe_folder(Path(source), self._schema, like=like)
        return describe_schema(source, self._options, sample_rows=self._sample_rows, like=like)

    def compare(self, source: str, other: str) -> Comparison:
        """Return how another source differs from the first."""
        here = self.describe(source)
        return compare(here, self.describe(other, here))
