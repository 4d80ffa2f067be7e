"""A folder that a run wrote, described: what is in its files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from shardgen.errors import DifferenceError, Mistake, PlanError, SchemaError
from shardgen.execution.description.description import Description, Promise
from shardgen.execution.description.file_rows import TableRows
from shardgen.execution.description.measuring import Measurer
from shardgen.execution.description.queries import DIALECTS, Queries
from shardgen.execution.description.rules import broken_rules
from shardgen.execution.description.shapes import (
    TableShape,
    shapes_of_catalog,
    shapes_of_database,
)
from shardgen.execution.description.staging import Stage, stage
from shardgen.execution.part_manifests import manifest_paths
from shardgen.execution.verifying.made_from import manifest_options
from shardgen.importing.described import Database
from shardgen.output import manifest
from shardgen.output.manifest import Manifest, TableEntry
from shardgen.plan.load import SchemaSource, bundled_schemas, find_schema, load_schema
from shardgen.plan.plan import Options, Plan, build_plan

_SCRIPTS = ("load-postgres.sql", "load-mysql.sql")


def describe_folder(
    folder: Path, schema: SchemaSource | None = None, *, like: Description | None = None
) -> Description:
    """
    Return what is in a folder with a manifest, all of it.

    Keys and types are those of `schema`, or of the bundled one that it was made from, or of the
    script in it that makes the tables; else types are those that the values have. PlanError where
    the folder has no manifest, or files that are not what it says.
    """
    made = _manifest(folder)
    plan = None if schema is None else _plan(made, schema)
    if plan is None and made.schema in bundled_schemas():
        plan = _same(made, _plan(made, made.schema))
        schema = made.schema
    shapes, notes = _by_script(folder) if plan is None else (_by_plan(plan), [])
    try:
        files = {t.name: TableRows(folder, made, t, shapes.get(t.name)) for t in made.tables}
        found = {name: rows.shape for name, rows in files.items()}
        found = {name: _closed(shape, found) for name, shape in found.items()}
        with stage() as staged:
            for name, shape in found.items():
                staged.fill(shape, files[name].rows())
            staged.index(found)
            measurer = Measurer(staged.ask, Queries(DIALECTS["sqlite"]), found, like)
            tables = measurer.tables()
            promises = (*measurer.promises(tables), *_rules(made, plan, schema, staged))
    except DifferenceError as error:  # a file that cannot be opened, or is damaged
        raise PlanError([Mistake("", str(error))]) from None
    notes += [_other_count(t, table.rows) for t, table in zip(made.tables, tables, strict=True)]
    return Description(
        name=made.schema,
        source="folder",
        origin=str(folder),
        about=f"What is in the files of a run at seed {made.seed} and as of {made.as_of}.",
        tables=tables,
        promises=promises,
        notes=tuple(note for note in notes if note),
    )


def _manifest(folder: Path) -> Manifest:
    path = folder / manifest.NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        hint = "name a folder that `shardgen run` wrote, a schema, or a database's URL"
        if manifest_paths(folder):
            hint = f"it has parts: shardgen join {folder}"
        raise PlanError([Mistake("", f"{folder} has no {manifest.NAME}", hint)]) from None
    except OSError as error:
        what = f"{path} cannot be read: {error.strerror}"
        raise PlanError([Mistake("", what)]) from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PlanError([Mistake("", f"{path} is no manifest of shardgen: {error}")]) from None


def _plan(made: Manifest, schema: SchemaSource) -> Plan:
    """Return the plan of the run that made a folder, if it was of this schema."""
    loaded = load_schema(schema)
    names = {table.name for table in loaded.tables}
    unknown = [table.name for table in made.tables if table.name not in names]
    if unknown:
        what = f"the folder has a table {unknown[0]!r}, and the schema {loaded.name!r} has none"
        raise PlanError([Mistake("", what, f"name the schema of {made.schema!r}")])
    return build_plan(loaded, Options(**manifest_options(made)))


def _same(made: Manifest, plan: Plan) -> Plan | None:
    """Return the plan if its schema is the very one that the folder was made from."""
    digest = hashlib.sha256(msgspec.json.encode(plan.schema)).hexdigest()
    return plan if digest == made.schema_sha256 else None


def _by_plan(plan: Plan) -> dict[str, TableShape]:
    return shapes_of_catalog(plan.catalog.as_written, plan.databases[0])


def _by_script(folder: Path) -> tuple[dict[str, TableShape], list[str]]:
    """Return the tables that a script in the folder makes, and what is not known."""
    hint = "say the schema with --schema"
    for name in _SCRIPTS:
        path = folder / name
        if path.is_file():
            try:
                from shardgen.importing.ddl.reading import read

                database = read(path.read_bytes(), name=name, dialect=None)
            except (PlanError, SchemaError, ImportError) as error:
                return {}, [f"Keys are not known, as {name} was not read ({error}): {hint}."]
            if database.tables:
                return _without_sql(database), []
    return {}, [f"Keys are not known, and types are guessed from the values: {hint}."]


def _without_sql(database: Database) -> dict[str, TableShape]:
    """Return the shapes, whose checks are for another database than reads the rows."""
    return {
        name: msgspec.structs.replace(
            shape,
            place=(shape.name,),
            checks=tuple(msgspec.structs.replace(check, sql="") for check in shape.checks),
        )
        for name, shape in shapes_of_database(database).items()
    }


def _closed(shape: TableShape, known: dict[str, TableShape]) -> TableShape:
    """Return the shape without keys to tables and columns that are not in the folder."""
    own = {column.name for column in shape.columns}
    keys = tuple(
        key
        for key in shape.keys
        if own.issuperset(key.columns)
        and key.table in known
        and {column.name for column in known[key.table].columns}.issuperset(key.parent_columns)
    )
    return msgspec.structs.replace(
        shape,
        keys=keys,
        primary_key=shape.primary_key if own.issuperset(shape.primary_key) else (),
        uniques=tuple(names for names in shape.uniques if own.issuperset(names)),
    )


def _rules(
    made: Manifest, plan: Plan | None, schema: SchemaSource | None, staged: Stage
) -> Iterator[Promise]:
    """Yield the rules of the schema's file, where all tables are there."""
    if plan is None or made.others or not isinstance(schema, (str, Path)):
        return
    path = find_schema(schema).with_suffix(".rules.sql")
    if path.is_file():
        yield from broken_rules(path.read_text(encoding="utf-8"), made.as_of, staged)


def _other_count(table: TableEntry, rows: int) -> str:
    if rows == table.rows:
        return ""
    return f"{table.name} has {rows:,} rows, and the manifest says {table.rows:,}."
