"""A folder that is verified: by its manifest, or by those of all parts in it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from shardgen.errors import DifferenceError, Mistake, PlanError, SchemaError, ShardFileError
from shardgen.execution.names import PARTIAL, SHARDS
from shardgen.execution.part_joining import FoundPart, found_parts, whole_manifest
from shardgen.execution.part_manifests import manifest_paths
from shardgen.execution.verifying.difference import Difference
from shardgen.execution.verifying.made_from import (
    contradictions,
    manifest_options,
    refuse_other_version,
)
from shardgen.execution.verifying.targets import (
    DumpFile,
    File,
    RowsFile,
    Stored,
    Target,
    uncompressed,
)
from shardgen.output import manifest
from shardgen.output.endings import ending_of
from shardgen.output.manifest import FileEntry, Manifest
from shardgen.plan.load import SchemaSource, load_schema, located
from shardgen.plan.part import Part
from shardgen.plan.parts import PartSource, divided
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source


def folder_target(path: Path, schema: SchemaSource | None, given: Mapping[str, Any]) -> Target:
    """
    Return the files that a folder has by its manifests; DifferenceError where it has none.

    A file that is missing, too many or of another size is the target's difference.
    """
    parts = _parts(path)
    made = whole_manifest([part.manifest for part in parts]) if parts else _manifest(path)
    refuse_other_version(made.made_by, path)
    said = manifest_options(made)
    wrong = [*contradictions(said, given)]
    if wrong:
        raise DifferenceError(f"{path}: {'; '.join(wrong)}")
    if parts:
        said["shard_rows"] = parts[0].manifest.rows_of_shard
    source = _source(path, made, schema, {**given, **said})
    if parts:
        plan = divided(source, len(parts))
        if plan.digest().hex() != parts[0].manifest.plan:
            raise DifferenceError(f"{path}: its parts are cut otherwise than this version would")
        source = Source(plan, source.bound, source.warnings)
    entries = {file.name: file for table in made.tables for file in table.files}
    expected = _expected(source, parts)
    dumps = [part.manifest.dump for part in parts if part.manifest.dump is not None]
    sizes = {file.name: file.bytes for file in entries.values()}
    sizes |= {dump.name: dump.bytes for dump in dumps}
    difference = _first_difference(path, source, entries, sizes, expected)
    return Target(source, tuple(_files(path, source, parts, sizes)), difference)


def _parts(path: Path) -> list[FoundPart]:
    """Return the parts in a folder, where there are any; all are there then."""
    try:
        return found_parts([path]) if manifest_paths(path) else []
    except ShardFileError as error:
        raise DifferenceError(str(error)) from None
    except OSError as error:
        raise DifferenceError(f"{path}: cannot be read ({error.strerror})") from None


def _manifest(path: Path) -> Manifest:
    name = path / manifest.NAME
    try:
        found = msgspec.json.decode(name.read_bytes(), type=Manifest)
    except OSError as error:
        what = f"cannot be read ({error.strerror}); a folder is verified by its manifest"
        raise DifferenceError(f"{name}: {what}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DifferenceError(f"{name}: no manifest of shardgen ({error})") from None
    return found


def _source(
    path: Path, made: Manifest, schema: SchemaSource | None, options: dict[str, Any]
) -> Source:
    try:
        loaded = load_schema(made.schema if schema is None else schema)
    except SchemaError:
        if schema is not None:
            raise
        what = f"{path} is of the schema {made.schema!r}"
        raise PlanError([Mistake("", what, "name the schema's file after it")]) from None
    with located(made.schema if schema is None else schema):
        source = Source.bind(build_plan(loaded, Options(**options)))
    digest = hashlib.sha256(msgspec.json.encode(source.plan.schema)).hexdigest()
    if digest != made.schema_sha256:
        raise DifferenceError(f"{path}: it was made from another schema than {loaded.name!r} is")
    return source


def _expected(source: Source, parts: list[FoundPart]) -> set[str]:
    """Return the names of all files that a folder has, but for what stands beside them."""
    names = {file.name for _, file in source.files()}
    for found in parts:
        part = Part(found.manifest.part, found.manifest.parts)
        names.add(manifest.part_manifest_name(part.name))
        if found.manifest.dump is not None:
            names.add(found.manifest.dump.name)
    return names


def _first_difference(
    path: Path,
    source: Source,
    entries: Mapping[str, FileEntry],
    sizes: Mapping[str, int],
    expected: set[str],
) -> Difference | None:
    """Return what is wrong with the files before any is read."""
    for table, file in source.files():
        entry = entries.get(file.name)
        if entry is None or (entry.start, entry.stop) != (file.start, file.stop):
            what = "the manifest lists it with other rows" if entry else "no manifest lists it"
            return Difference(file=str(path / file.name), what=what, table=table)
    for name, size in sizes.items():
        difference = _of_size(path / name, size)
        if difference is not None:
            return difference
    for name in _names(path):
        if name not in expected and name not in manifest.BESIDE:
            return Difference(file=str(path / name), what="it is not of this run")
    for name, text in source.load_scripts().items():
        found = (path / name).read_bytes() if (path / name).is_file() else b""
        if found != text:
            return Difference(
                file=str(path / name), what="it is not the script that loads the rest"
            )
    return None


def _of_size(path: Path, size: int) -> Difference | None:
    try:
        found = path.stat().st_size
    except OSError as error:
        return Difference(file=str(path), what=f"cannot be read ({error.strerror})")
    if found == size:
        return None
    what = f"it has {found} bytes, and its manifest says {size}"
    return Difference(file=str(path), what=what)


def _names(path: Path) -> Iterator[str]:
    """Yield the names of all files, within folders too, that a reader may take for rows."""
    for folder, folders, files in os.walk(path):
        folders[:] = [
            f for f in folders if not f.startswith(".") and not f.endswith((PARTIAL, SHARDS))
        ]
        for name in sorted(files):
            if not name.startswith("."):
                yield Path(folder, name).relative_to(path).as_posix()


def _files(
    path: Path, source: Source, parts: Iterable[FoundPart], sizes: Mapping[str, int]
) -> Iterator[File]:
    plain = Source(uncompressed(source.plan), source.bound, source.warnings)
    first = 0
    for table, rows in source.files():
        compression = "none"
        if not source.plan.format.is_compressed_within:
            compression = ending_of(rows.name).compression or "none"
        stored = Stored(path / rows.name, compression, sizes.get(rows.name))
        yield RowsFile(stored, plain, table, rows, first)
        first += -(-(rows.stop - rows.start) // source.plan.shard_rows)
    for found in parts:
        dump = found.manifest.dump
        if dump is not None:
            part = Part(found.manifest.part, found.manifest.parts)
            of_part = PartSource(plain.plan, plain.bound, (), part)
            compression = ending_of(dump.name).compression or "none"
            yield DumpFile(Stored(path / dump.name, compression, dump.bytes), of_part)
