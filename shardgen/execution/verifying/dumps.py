"""A file that is verified: a dump by what its header says, or a table's by what is asked for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shardgen.errors import DifferenceError, Mistake, PlanError, SchemaError
from shardgen.execution.verifying.made_from import (
    HEAD_BYTES,
    Header,
    contradictions,
    read_header,
    refuse_other_version,
    schema_names,
)
from shardgen.execution.verifying.reading import reading
from shardgen.execution.verifying.targets import DumpFile, RowsFile, Stored, Target, uncompressed
from shardgen.output.endings import FORMATS_BY_ENDING, ending_of
from shardgen.plan.load import SchemaSource, load_schema, located
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source
from shardgen.schema.model import Schema


def dump_targets(
    path: Path, schema: SchemaSource | None, given: Mapping[str, Any]
) -> Iterator[Target]:
    """Yield what a file may be, the likeliest first: a header does not say everything."""
    ending = ending_of(path.name)
    form = given.get("format") or FORMATS_BY_ENDING.get(ending.format, "sql")
    compression = given.get("compress") or ending.compression or "none"
    if form in ("sql", "insert", "copy"):
        yield from _dumps(path, compression, schema, given)
    else:
        if schema is None:
            raise _no_schema(path)
        yield _table_file(path, form, compression, load_schema(schema), given)


def _dumps(
    path: Path, compression: str, schema: SchemaSource | None, given: Mapping[str, Any]
) -> Iterator[Target]:
    with reading(path, compression) as reader:
        header = read_header(reader.read(HEAD_BYTES), path)
    refuse_other_version(f"shardgen {header.version}", path)
    loaded = _schema(path, header, schema)
    said = header.options(loaded)
    wrong = [*contradictions(said, given)]
    if given.get("dialect", header.dialect) != header.dialect:
        wrong.append(f"it is for {header.dialect}, and {given['dialect']} is wanted")
    if wrong:
        raise DifferenceError(f"{path}: {'; '.join(wrong)}")
    rows = {**given.get("rows", {}), **said.pop("rows")}
    options = {**given, **said, "rows": rows, "compress": "none"}
    for more in _unsaid(header, loaded, given):
        chosen = {**options, **more}
        try:
            with located(schema if schema is not None else loaded):
                source = Source.bind(build_plan(loaded, Options(**chosen)))
        except PlanError:  # such as copy for a database that has none
            continue
        file = DumpFile(Stored(path, compression), source)
        yield Target(source, (file,))


def _unsaid(header: Header, schema: Schema, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what a header does not say: formats, tables or none, and for which databases."""
    dialects = [header.dialect]
    if "dialect" not in given and schema.database_type[0] == header.dialect:
        dialects = [] if len(schema.database_type) == 1 else dialects
        dialects = [None, *dialects]  # type: ignore[list-item]
    forms = [given["format"]] if given.get("format") else ["sql", "copy"]
    ddl = [given["ddl"]] if "ddl" in given else [True, False]
    triggers = [given["triggers"]] if "triggers" in given else [True, False]
    for dialect, has_ddl, form, runs in itertools.product(dialects, ddl, forms, triggers):
        if runs or not has_ddl:
            yield {"dialect": dialect, "format": form, "ddl": has_ddl, "triggers": runs}


def _schema(path: Path, header: Header, schema: SchemaSource | None) -> Schema:
    if schema is None:
        for name in schema_names(header.name):
            try:
                return load_schema(name)
            except SchemaError:
                continue
        raise _no_schema(path, header.name)
    loaded = load_schema(schema)
    if _on_one_line(loaded.name) not in schema_names(header.name):
        raise DifferenceError(f"{path}: it is of {header.name!r}, and {loaded.name!r} is wanted")
    return loaded


def _on_one_line(name: str) -> str:
    return " ".join(name.split())


def _no_schema(path: Path, name: str = "") -> PlanError:
    what = f"{path} does not say its schema" if not name else f"{path} is of the schema {name!r}"
    return PlanError([Mistake("", what, "name the schema's file after it")])


def _table_file(
    path: Path, form: str, compression: str, schema: Schema, given: Mapping[str, Any]
) -> Target:
    """Return the file of one table, which says nothing of itself."""
    options = {**given, "format": form}
    if form not in ("parquet", "arrow"):
        options["compress"] = compression
    if not options.get("tables") and len(schema.tables) > 1:
        what = f"{path} has one table, and {schema.name!r} has {len(schema.tables)}"
        raise PlanError([Mistake("", what, "name it with --tables")])
    source = Source.bind(build_plan(schema, Options(**options)))
    files = [*source.files()]
    if len(files) != 1:
        what = f"{path} is one file, and {len(files)} are asked for"
        raise PlanError([Mistake("", what, "name one table with --tables, or verify a folder")])
    ((table, rows),) = files
    plain = Source(uncompressed(source.plan), source.bound, source.warnings)
    file = RowsFile(Stored(path, compression), plain, table, rows, 0)
    return Target(source, (file,))
