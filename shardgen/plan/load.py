"""
A schema by name or path → Schema, or every mistake in it at once.

Where a schema has mistakes, what is sound of it is bound all the same, so that one report has also
what only binding finds.
"""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec

from shardgen.errors import (
    MAX_MISTAKES,
    InputError,
    InputWarning,
    Mistake,
    SchemaError,
    is_within,
    nearest,
)
from shardgen.output.sql.dialects import unsupported_schema
from shardgen.plan.check import check_schema
from shardgen.plan.check_texts import unstorable_texts
from shardgen.plan.job import DEFAULT_AS_OF, MAX_COUNT, Job
from shardgen.schema.catalog import Catalog
from shardgen.schema.model import Schema
from shardgen.schema.reader import ParsedSchema, parse_schema, unusable

_COUNTS = range(MAX_COUNT + 1)
MAX_BYTES = 16 << 20  # of a schema file

# msgspec 0.22 crashes when two threads build the decoder of one type at once.
_ONE_AT_A_TIME = threading.Lock()

_PACKAGE = Path(__file__).parent.parent
_FOLDERS = (_PACKAGE / "schemas", _PACKAGE.parent / "schemas")


def bundled_schemas() -> dict[str, Path]:
    """
    Return the schemas that come with shardgen, by name: in the wheel, or in a checkout.

    Those that teach one idea each come after the others.
    """
    for folder in _FOLDERS:
        if folder.is_dir():
            paths = {path.stem: path for path in folder.glob("*.json")}
            return {name: paths[name] for name in sorted(paths, key=lambda n: (is_example(n), n))}
    return {}


def is_example(name: str) -> bool:
    """Return whether the bundled schema of that name is one that teaches one idea."""
    return name.startswith("example-")


def load_schema(source: str | Path | Schema) -> Schema:
    """
    Return the schema named `source`, a bundled one's name or a file's path, or checked as it is.

    SchemaError lists everything that is wrong with it, whatever rows are asked for.
    """
    return load_with_files(source)[0]


def load_with_files(source: str | Path | Schema) -> tuple[Schema, tuple[Path, ...]]:
    """Return the schema as `load_schema` does, and the files that it was read from."""
    with _ONE_AT_A_TIME:
        if isinstance(source, Schema):
            return checked(ParsedSchema(source), source.name), ()
        path = _find(source)
        parsed = _read(path, str(source))
        named = (dataset.file for dataset in parsed.schema.datasets.values() if dataset.file)
        files = (path, *(path.parent / name for name in named))
        return checked(parsed, str(source)), files


class Findings(msgspec.Struct, frozen=True):
    """Everything that a run of a schema with its own counts would refuse, or warn of."""

    mistakes: tuple[Mistake, ...]
    warnings: tuple[InputWarning, ...]


def inspect_schema(source: str | Path | Schema) -> Findings:
    """Return what is wrong with a schema, and what has no effect."""
    from shardgen.plan.plan import build_plan
    from shardgen.plan.source import Source

    try:
        return Findings((), Source.bind(build_plan(load_schema(source))).warnings)
    except InputError as error:
        return Findings(error.mistakes, error.warnings)


def find_mistakes(source: str | Path | Schema) -> tuple[Mistake, ...]:
    """Return everything that a run of the schema with its own counts would refuse."""
    return inspect_schema(source).mistakes


def checked(parsed: ParsedSchema, name: str) -> Schema:
    """Return a schema without mistakes; SchemaError with all that there are in `name`."""
    mistakes = _static_mistakes(parsed)
    if mistakes:
        warnings: tuple[InputWarning, ...] = ()
        if len(mistakes) < MAX_MISTAKES:
            more, warnings = _binding_mistakes(parsed.schema, mistakes)
            mistakes += more
        raise SchemaError(parsed.sorted(mistakes), name, warnings)
    return _self_contained(parsed.schema)


def _static_mistakes(parsed: ParsedSchema) -> list[Mistake]:
    """Return what the schema alone shows; what is inside a thing that was not read is left out."""
    unread = [mistake.path for mistake in parsed.mistakes if mistake.path]
    catalog = Catalog(parsed.schema)
    found = check_schema(catalog)
    unstorable = unstorable_texts(parsed.schema, [mistake.path for mistake in found])
    if unstorable == []:  # else a database has no literal to ask about
        found += unsupported_schema(catalog, parsed.schema.database_type)
    news = [m for m in found if not any(is_within(m.path, path) for path in unread)]
    return [*parsed.mistakes, *news, *unstorable][:MAX_MISTAKES]


def _binding_mistakes(
    schema: Schema, known: list[Mistake]
) -> tuple[list[Mistake], tuple[InputWarning, ...]]:
    """Return what binding finds beside what is known already, and what has no effect."""
    from shardgen.plan.bind import binding_mistakes  # late: nearly no schema has mistakes

    catalog = Catalog(schema, [mistake.path for mistake in known])
    counts = {t.name: t.record_count if t.record_count in _COUNTS else 1 for t in catalog.tables}
    paths = {mistake.path for mistake in known}
    databases = () if unstorable_texts(schema, []) else schema.database_type
    found, warnings = binding_mistakes(
        catalog, Job(counts=counts, as_of=DEFAULT_AS_OF, databases=databases)
    )
    return [mistake for mistake in found if mistake.path not in paths], warnings


def _self_contained(schema: Schema) -> Schema:
    """Return the schema with the rows of its datasets in it, and no file named any more."""
    if not any(dataset.file for dataset in schema.datasets.values()):
        return schema
    inside = {
        name: msgspec.structs.replace(dataset, file="") for name, dataset in schema.datasets.items()
    }
    return msgspec.structs.replace(schema, datasets=inside)


def _read(path: Path, name: str) -> ParsedSchema:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise unusable(f"cannot read it: {_reason(error)}", name) from None
    if len(data) > MAX_BYTES:
        raise unusable(f"the file has more than {MAX_BYTES >> 20} MiB", name, "is it a schema?")
    return parse_schema(data, name, path.parent)


def _find(source: str | Path) -> Path:
    path, name, bundled = Path(source), str(source), bundled_schemas()
    if name in bundled:
        return bundled[name]
    try:
        if name and path.is_dir():
            raise unusable("it is a folder, not a schema file", name)
        found = bool(name) and path.exists()
    except OSError as error:
        raise unusable(f"cannot read it: {_reason(error)}", name) from None
    if not found:
        hint = nearest(name, bundled) or f"bundled are {', '.join(bundled)}"
        raise unusable("no file and no bundled schema has that name", name or "''", hint)
    return path


def _reason(error: OSError | ValueError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
