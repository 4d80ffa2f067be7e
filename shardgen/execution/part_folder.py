"""
A folder that several runs fill at once, each with the files of its part.

A part's files take their places when all of them are complete, its manifest last: a part whose
manifest is there is whole.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from shardgen.errors import Mistake, OutputError, PlanError, cannot_write
from shardgen.execution.describing import identity
from shardgen.execution.events import Tell
from shardgen.execution.folders import growing_folder
from shardgen.execution.locks import IfLocked, locked
from shardgen.execution.names import LOCK, PARTIAL, SHARDS
from shardgen.execution.part_manifests import differences, manifest_paths, read_part_manifest
from shardgen.execution.remains import Remains
from shardgen.execution.sinks import Sink
from shardgen.output import manifest
from shardgen.output.endings import FORMATS_BY_ENDING, ending_of
from shardgen.output.file_names import part_of_name
from shardgen.plan.part import Part
from shardgen.plan.source import Source


def check_part_target(out: str) -> None:
    """Refuse a target that is no folder: PlanError, with the way out."""
    name = Path(out.rstrip(os.sep)).name
    is_file = out == "-" or (
        not out.endswith(os.sep)
        and ending_of(name).format in FORMATS_BY_ENDING
        and not Path(out).is_dir()
    )
    if is_file:
        what = f"a part is asked for, and {out} is no folder"
        hint = "name the folder of all parts; `shardgen join` makes one file of them"
        raise PlanError([Mistake("", what, hint)])


@contextlib.contextmanager
def filling_folder(
    out: str, source: Source, part: Part, tell: Tell, if_locked: IfLocked, remains: Remains
) -> Iterator[Sink]:
    """
    Give a new folder whose files take their places in the folder `out`, which is made if need be.

    OutputError where anything is in it that is not of this plan. Another run that makes the same
    part is waited for, or a LockedError.
    """
    path = _folder(out)
    files = [source.file] if source.file else [file.name for _, file in source.files()]
    beside = path / part.name
    try:
        is_new = not path.exists()
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise cannot_write(out, error) from None
    try:
        with locked(beside, out, if_locked, tell, makes_folder=True):
            _check_others(path, out, source, part)
            with (
                remains.beside(beside, is_folder=True, tell=tell),
                growing_folder(
                    beside, out, files, lambda partial: _move(partial, path, part), remains
                ) as folder,
            ):
                yield folder
    finally:
        if is_new:
            with contextlib.suppress(OSError):  # another part is in it, or this one
                path.rmdir()


def _folder(out: str) -> Path:
    try:
        path = Path(os.path.realpath(out))
        if path.exists() and not stat.S_ISDIR(path.stat().st_mode):
            raise OutputError(f"cannot write a part to {out}: it is no folder; name one with --out")
    except OSError as error:
        raise cannot_write(out, error) from None
    return path


def _check_others(path: Path, out: str, source: Source, part: Part) -> None:
    """Refuse a folder in which files of other plans are: they would be taken for ours."""
    ours = {file.name for files in source.plan.files.values() for file in files}
    folders = {name.partition("/")[0] for name in ours if "/" in name}
    try:
        for name in sorted(os.listdir(path)):  # noqa: PTH208 -- quicker than paths
            for other in _others_in(path, name, ours, folders, part.parts):
                what = f"cannot write part {part} to {out}: {other!r} is in it"
                raise OutputError(f"{what}, which is not of this run; name another folder")
        _check_manifests(path, out, source, part)
    except OSError as error:
        raise cannot_write(out, error) from None


def _others_in(
    path: Path, name: str, ours: set[str], folders: set[str], parts: int
) -> Iterator[str]:
    """Yield the names of what is not ours, of an entry of the folder and of what is in it."""
    if name.startswith(".") or name.endswith((PARTIAL, SHARDS, LOCK)):
        return
    said = part_of_name(name)
    if name in folders:
        within = (f"{name}/{each}" for each in sorted(os.listdir(path / name)))  # noqa: PTH208
        yield from (each for each in within if each not in ours)
    elif name == manifest.NAME:
        listed = manifest.listed_files((path / name).read_bytes())
        if not listed <= ours:
            yield name
    elif name not in manifest.BESIDE and (said is None or said[1] != parts):
        yield name


def _check_manifests(path: Path, out: str, source: Source, part: Part) -> None:
    """Refuse a folder with parts of another plan; one is looked at beside the own."""
    mine = identity(source, part)
    own = path / manifest.part_manifest_name(part.name)
    found = manifest_paths(path)
    for each in {*[each for each in found if each != own][:1], *[own] * (own in found)}:
        clauses = differences(read_part_manifest(each), mine)
        if clauses:
            what = f"cannot write part {part} to {out}: {each.name} is of another run"
            raise OutputError(f"{what} ({'; '.join(clauses)}); name another folder")


def _move(partial: Path, path: Path, part: Part) -> None:
    """Move the files of a part into the folder, its manifest at the end."""
    name = manifest.part_manifest_name(part.name)
    (path / name).unlink(missing_ok=True)
    for found in sorted(partial.rglob("*")):
        within = found.relative_to(partial)
        if found.is_dir():
            (path / within).mkdir(exist_ok=True)
        elif within.name != name:
            found.replace(path / within)
    (partial / name).replace(path / name)
