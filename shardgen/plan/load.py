"""
A schema by name or path → Schema, or every mistake in it at once.

Where a schema has mistakes, what is sound of it is bound all the same, so that one report has also
what only binding finds.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from shardgen.schema.files.decoding import FileFormat, decode_file, format_of
from shardgen.schema.files.marked import unusable
from shardgen.schema.model import Schema
from shardgen.schema.reader import ParsedSchema, parse_object, parse_schema

if TYPE_CHECKING:
    from shardgen.plan.inferred import Choice

_COUNTS = range(MAX_COUNT + 1)
MAX_BYTES = 16 << 20  # of a schema file

SchemaSource = Schema | str | Path | Mapping[str, Any]
"""A schema: as it is, a bundled one's name, the path of a file, or what such a file holds."""

# msgspec 0.22 crashes when two threads build the decoder of one type at once.
_ONE_AT_A_TIME = threading.Lock()

_MOST_KEPT = 8
_found_right: list[Schema] = []
"""The schemas that were checked last: tests make many small data sets of one."""

_PACKAGE = Path(__file__).parent.parent
_FOLDERS = (_PACKAGE / "schemas", _PACKAGE.parent / "schemas")


def bundled_schemas() -> dict[str, Path]:
    """
    Return the schemas that come with shardgen, by name: in the wheel, or in a checkout.

    Those that teach one idea each come after the others.
    """
    for folder in _FOLDERS:
        if folder.is_dir():
            found = (path for form in ("json", "yaml") for path in folder.glob(f"*.{form}"))
            paths = {path.stem: path for path in found}
            return {name: paths[name] for name in sorted(paths, key=lambda n: (is_example(n), n))}
    return {}


def is_example(name: str) -> bool:
    """Return whether the bundled schema of that name is one that teaches one idea."""
    return name.startswith("example-")


def load_schema(source: SchemaSource) -> Schema:
    """
    Return the schema named `source`, a bundled one's name or a file's path, or checked as it is.

    A dict is what a file of JSON, YAML or TOML would hold. SchemaError lists everything that is
    wrong with it, whatever rows are asked for.
    """
    return load_with_files(source)[0]


def load_with_files(source: SchemaSource) -> tuple[Schema, tuple[Path, ...]]:
    """Return the schema as `load_schema` does, and the files that it was read from."""
    with _ONE_AT_A_TIME:
        if isinstance(source, Schema) and any(source is known for known in _found_right):
            return source, ()
        if isinstance(source, (str, Path)):
            path = find_schema(source)
            parsed = _read(path, str(source))
            named = (dataset.file for dataset in parsed.schema.datasets.values() if dataset.file)
            files = (path, *(path.parent / name for name in named))
            return _kept(checked(parsed, str(source))), files
        parsed = ParsedSchema(source) if isinstance(source, Schema) else parse_mapping(source)
        return _kept(checked(parsed, parsed.schema.name)), ()


def _kept(schema: Schema) -> Schema:
    """Remember that there is nothing wrong with a schema, which nobody can change."""
    _found_right.append(schema)
    del _found_right[:-_MOST_KEPT]
    return schema


def parse_mapping(source: Mapping[str, Any]) -> ParsedSchema:
    """Return what can be read of a schema that Python code has put together."""
    from shardgen.schema.building import as_object

    return parse_object(as_object(source), Path())


@contextlib.contextmanager
def located(source: SchemaSource) -> Iterator[None]:
    """Give mistakes of a schema that are found while it is bound their places in its file."""
    try:
        yield
    except InputError as error:
        if error.lines or not isinstance(source, (str, Path)):
            raise
        if not any(mistake.path for mistake in error.mistakes):
            raise
        try:
            parsed = _read(find_schema(source), str(source))
        except SchemaError:  # the file is not what it was
            raise error from None
        mistakes = parsed.sorted(error.mistakes)
        lines = parsed.lines(mistakes)
        raise type(error)(mistakes, str(source), error.warnings, lines) from None


class Findings(msgspec.Struct, frozen=True):
    """Everything that a run of a schema with its own counts would refuse, or warn of."""

    mistakes: tuple[Mistake, ...]
    warnings: tuple[InputWarning, ...]
    lines: tuple[int, ...] = ()


def inspect_schema(source: SchemaSource) -> Findings:
    """Return what is wrong with a schema, and what has no effect."""
    from shardgen.plan.plan import build_plan
    from shardgen.plan.source import Source

    try:
        with located(source):
            return Findings((), Source.bind(build_plan(load_schema(source))).warnings)
    except InputError as error:
        return Findings(error.mistakes, error.warnings, error.lines)


def explain_schema(source: SchemaSource) -> tuple[Choice, ...]:
    """Return how columns without a generator got theirs; nothing for a schema with mistakes."""
    from shardgen.plan.plan import build_plan

    try:
        return build_plan(load_schema(source)).choices
    except InputError:
        return ()


def find_mistakes(source: SchemaSource) -> tuple[Mistake, ...]:
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
        placed = parsed.sorted(mistakes)
        raise SchemaError(placed, name, warnings, parsed.lines(placed))
    return _self_contained(parsed.schema)


def _static_mistakes(parsed: ParsedSchema) -> list[Mistake]:
    """Return what the schema alone shows; what is inside a thing that was not read is left out."""
    unread = [mistake.path for mistake in parsed.mistakes if mistake.path]
    catalog = Catalog(parsed.schema)
    found = check_schema(catalog)
    unstorable = unstorable_texts(parsed.schema, [mistake.path for mistake in found])
    if not unstorable_texts(parsed.schema, []):  # else no database has a literal, or such a name
        found += unsupported_schema(catalog.as_written, parsed.schema.database_type)
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


def converted(source: str | Path, form: FileFormat) -> tuple[str, tuple[Path, ...]]:
    """Return a schema as a file of a format has it, and the files that it was read from."""
    from shardgen.schema.files.encoding import file_text

    _, files = load_with_files(source)
    raw, _ = decode_file(_bytes(files[0], str(source)), format_of(files[0].name), str(source))
    return file_text(raw, form, str(source)), files


def _read(path: Path, name: str) -> ParsedSchema:
    return parse_schema(_bytes(path, name), name, path.parent, format_of(path.name))


def _bytes(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise unusable(f"cannot read it: {_reason(error)}", name) from None
    if len(data) > MAX_BYTES:
        raise unusable(f"the file has more than {MAX_BYTES >> 20} MiB", name, "is it a schema?")
    return data


def find_schema(source: str | Path) -> Path:
    """Return the file of a schema, by its path or the name of a bundled one."""
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
