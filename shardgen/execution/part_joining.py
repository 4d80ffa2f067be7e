"""
join(): the parts of a run made one, after a look that all are there and belong together.

Parts of one dump become the dump, in constant memory. Parts that are files of tables stay where
they are: what tells of the whole folder is written beside them.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from shardgen.errors import Mistake, PlanError, ShardFileError, cannot_write
from shardgen.execution.events import Tell, finished, ignore, join_started
from shardgen.execution.locks import IfLocked, locked
from shardgen.execution.names import PARTIAL, unused_name
from shardgen.execution.part_manifests import differences, manifest_paths, read_part_manifest
from shardgen.execution.signals import raise_stop
from shardgen.execution.sinks import Sink
from shardgen.execution.targets import open_sink
from shardgen.output import manifest
from shardgen.output.manifest import DumpEntry, FileEntry, Manifest, PartManifest, TableEntry

READ_BYTES = 1 << 20
_LISTED = 10  # numbers of parts in a message


class FoundPart(msgspec.Struct, frozen=True):
    """A part, and the folder with its files."""

    folder: Path
    manifest: PartManifest


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """What became of so many `parts`: `out` is a file, "-", or the folder of the parts' files."""

    schema: str
    format: str
    seed: int
    out: str
    parts: int
    rows: int
    bytes: int


def join(
    folders: Sequence[str | Path],
    out: str | None = None,
    *,
    if_locked: IfLocked = "wait",
    tell: Tell = ignore,
) -> Joined:
    """
    Make one of all parts in these folders, and return what it is.

    Those of one dump are written to `out`, a path or "-", with the bytes of a run that is not
    divided. Those of files of tables, which have to be in one folder, get its manifest; `out` is
    None then. ShardFileError where a part is missing, there twice, damaged or of another run.
    Where another run writes what this one does, `if_locked` says whether it will "wait" for its
    end or "fail" with a LockedError. `tell` is told of events when they happen.
    """
    began = time.perf_counter()
    parts = found_parts([Path(folder) for folder in folders])
    first = parts[0].manifest
    is_dump = first.dump is not None
    if is_dump and out is None:
        what = "the parts are those of one dump"
        raise PlanError([Mistake("", what, f"name its file with --out {first.schema}.sql")])
    if not is_dump and out is not None:
        what = f"the parts are files of tables, and {out} is asked for"
        raise PlanError([Mistake("", what, "leave --out out: they stay where they are")])
    out = str(folders[0]) if out is None else out
    facts = {name: getattr(first, name) for name in ("schema", "seed", "as_of", "rows", "parts")}
    tell(join_started(out=out, **facts))
    size = (
        _join_dump(parts, out, if_locked, tell) if is_dump else _join_folder(parts, if_locked, tell)
    )
    tell(finished(out=out, rows=first.rows, size=size, seconds=time.perf_counter() - began))
    return Joined(
        schema=first.schema,
        format=first.format["name"],
        seed=first.seed,
        out=out,
        parts=first.parts,
        rows=first.rows,
        bytes=size,
    )


def found_parts(folders: Sequence[Path]) -> list[FoundPart]:
    """
    Return all parts that lie in these folders, in order, each once.

    ShardFileError where some are missing, there twice, or of different runs.
    """
    parts: dict[int, FoundPart] = {}
    for path in _manifests(folders):
        found = FoundPart(path.parent, read_part_manifest(path))
        one = next(iter(parts.values()), found)
        clauses = differences(found.manifest, one.manifest)
        if clauses:
            name = one.folder / manifest.part_manifest_name(_name(one.manifest))
            raise ShardFileError(f"{path} and {name} are of different runs: {'; '.join(clauses)}")
        twice = parts.setdefault(found.manifest.part, found)
        if twice is not found:
            what = f"part {found.manifest.part}/{found.manifest.parts} is there twice"
            raise ShardFileError(f"{what}: in {twice.folder} and in {found.folder}; take one away")
    _refuse_missing(parts, folders)
    return [parts[number] for number in sorted(parts)]


def _manifests(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        try:
            yield from manifest_paths(folder)
        except OSError as error:
            raise ShardFileError(f"{folder}: cannot be read ({error.strerror})") from None


def _refuse_missing(parts: dict[int, FoundPart], folders: Sequence[Path]) -> None:
    where = ", ".join(map(str, folders))
    if not parts:
        raise ShardFileError(f"{where}: no parts, which `shardgen run --part 1/16 -o DIR` makes")
    count = next(iter(parts.values())).manifest.parts
    missing = [number for number in range(1, count + 1) if number not in parts]
    if missing:
        listed = ", ".join(map(str, missing[:_LISTED]))
        more = f" and {len(missing) - _LISTED} more" if len(missing) > _LISTED else ""
        what = f"of {count} parts {len(missing)} are missing: {listed}{more}"
        raise ShardFileError(
            f"{where}: {what}; `shardgen run --part {missing[0]}/{count}` makes one"
        )


def _name(made: PartManifest) -> str:
    from shardgen.output.file_names import part_name

    return part_name(made.part, made.parts)


def _join_dump(parts: Sequence[FoundPart], out: str, if_locked: IfLocked, tell: Tell) -> int:
    """Write the files of all parts to one, and return its bytes."""
    entries = [(part.folder, part.manifest.dump) for part in parts]
    for folder, entry in entries:
        assert entry is not None, "all parts are of one plan"
        _check_size(folder / entry.name, entry.bytes)
    with open_sink(out, (), tell, if_locked=if_locked) as sink:
        for folder, entry in entries:
            assert entry is not None, "as above"
            _copy(folder / entry.name, entry, sink)
        return sink.size


def _copy(path: Path, entry: DumpEntry, sink: Sink) -> None:
    """Write a part's file to a sink; ShardFileError when it is not what its manifest says."""
    digest = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            while text := file.read(READ_BYTES):
                raise_stop()
                digest.update(text)
                sink.write("", text)
    except OSError as error:
        raise ShardFileError(f"{path}: cannot be read ({error.strerror})") from None
    if digest.hexdigest() != entry.sha256:
        raise ShardFileError(f"{path}: it was changed after it was made; make the part again")


def _check_size(path: Path, size: int) -> None:
    try:
        found = path.stat().st_size
    except OSError as error:
        what = f"cannot be read ({error.strerror})"
        raise ShardFileError(f"{path}: {what}; make the part again") from None
    if found != size:
        raise ShardFileError(f"{path}: {found} bytes, and not {size}; make the part again")


def _join_folder(parts: Sequence[FoundPart], if_locked: IfLocked, tell: Tell) -> int:
    """Write the manifest of a folder with the files of all parts, and return their bytes."""
    folder = parts[0].folder
    other = next((part.folder for part in parts if part.folder != folder), None)
    if other is not None:
        what = f"the parts are in {folder} and in {other}"
        raise PlanError([Mistake("", what, "move their files to one folder")])
    path = folder / manifest.NAME
    made = whole_manifest([part.manifest for part in parts])
    files = [file for table in made.tables for file in table.files]
    with locked(path, path, if_locked, tell):
        for file in files:
            _check_size(folder / file.name, file.bytes)
        _replace(path, manifest.encoded(made))
    return sum(file.bytes for file in files)


def whole_manifest(parts: Sequence[PartManifest]) -> Manifest:
    """Return the manifest of all files of all parts."""
    first = parts[0]
    facts = {name: getattr(first, name) for name in Manifest.__struct_fields__}
    tables = (
        TableEntry(name=table.name, rows=table.rows, columns=table.columns, files=_files(parts, n))
        for n, table in enumerate(first.tables)
    )
    return Manifest(**facts | {"tables": tuple(tables)})


def _files(parts: Sequence[PartManifest], table: int) -> tuple[FileEntry, ...]:
    return tuple(file for part in parts for file in part.tables[table].files)


def _replace(path: Path, text: bytes) -> None:
    """Write a small file, which appears when it is complete."""
    partial = path.with_name(unused_name(path.name, PARTIAL))
    try:
        try:
            with partial.open("xb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from None
