"""
What a user names as the target of a run → a sink, put in place when it is complete.

A file or a folder grows beside its target under another name, and takes the target's name by a
rename once its bytes are on the disk: a reader never sees half of it. Whatever ends a run early
removes it, and leaves what was there before as it was.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from shardgen.errors import Mistake, OutputError, PlanError, cannot_write
from shardgen.execution.claims import Claim
from shardgen.execution.events import Tell, ignore
from shardgen.execution.locks import IfLocked, locked
from shardgen.execution.names import PARTIAL, unused_name, within
from shardgen.execution.remains import Remains
from shardgen.execution.signals import signals_blocked
from shardgen.execution.sinks import FileSink, Sink, StreamSink
from shardgen.output.endings import COMPRESSED, FORMATS_BY_ENDING, Ending, ending_of
from shardgen.output.format import Format

STANDARD_OUTPUT = "-"
OBJECT_STORES = ("s3", "gs", "az")
"""How addresses of object storage begin: Amazon's or what speaks as it does, Google's, Azure's."""


_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".zip", ".7z", ".br", ".tgz", ".zstd")
_DATABASES = (".db", ".db3", ".sqlite", ".sqlite3", ".duckdb", ".mdb")
_OTHERS = (
    ".sql", ".csv", ".tsv", ".psv", ".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".toml", ".xml",
    ".html", ".md", ".xls", ".xlsx", ".ods", ".parquet", ".avro", ".arrow", ".feather", ".orc",
    ".tar", ".py",
)  # fmt: skip
"""Endings of names that say what is in a file."""


def promised(out: str | None) -> tuple[str | None, str | None]:
    """Return the format and the compression that the name of a target promises, where it does."""
    ending = ending_of(Path(out.rstrip(os.sep)).name) if out else Ending("", None)
    return FORMATS_BY_ENDING.get(ending.format), ending.compression


def check_target(out: str, form: Format, files: Sequence[str], inputs: Collection[Path]) -> None:
    """
    Refuse a target that is one of the `inputs`, or whose ending promises another format.

    `files` is as for `open_sink`. PlanError, with the way out.
    """
    if out == STANDARD_OUTPUT:
        return
    for path in (Path(out), *(Path(out, file) for file in files)):
        for read in inputs:
            with contextlib.suppress(OSError, ValueError):  # there is no such file to lose
                if path.samefile(read):
                    what = f"{path} is what the run reads, {read}, and would be written over"
                    raise PlanError([Mistake("", what, "name another file with --out")])
    _check_ending(out, form)


def _check_ending(out: str, form: Format) -> None:
    """Refuse a name that promises what is not written."""
    name = out.rstrip(os.sep)
    found = ending_of(Path(name).name)
    compression = COMPRESSED.get(found.compression or "", "")
    is_other = form.is_compressed_within or compression != COMPRESSED.get(form.compression)
    if compression and is_other:
        promise = f"the name {out} promises {compression}"
        what = f"{promise}, and --compress {form.compression} is asked for"
        if form.is_compressed_within:
            what = f"{promise}, and {form.name} is compressed within"
        way_out = f"write {name.removesuffix(compression)}, or leave --compress out"
        raise PlanError([Mistake("", what, way_out)])
    wanted = "" if form.is_compressed_within else COMPRESSED.get(form.compression, "")
    if wanted and not compression and found.format in FORMATS_BY_ENDING:
        what = f"the name {out} promises {found.format} that is not compressed"
        way_out = f"write {name}{wanted}, or leave --compress out"
        raise PlanError([Mistake("", what, way_out)])
    ending = found.format
    is_right = ending == form.ending or FORMATS_BY_ENDING.get(ending) == form.name
    if not is_right and ending in (*_COMPRESSED, *_DATABASES, *_OTHERS):
        what = f"the name {out} promises {ending}, and the format {form.name} is {form.title}"
        raise PlanError([Mistake("", what, _way_out(name, ending, form))])


def _way_out(name: str, ending: str, form: Format) -> str:
    """Return what to ask for instead of a name that ends in something else."""
    path = Path(name)
    if form.compression != "none" and path.suffix == COMPRESSED[form.compression]:
        path = path.with_suffix("")
    plain = path.with_suffix("")
    if plain.suffix != form.ending:
        plain = path.with_suffix("" if form.has_table_files else form.file_ending)
    if ending in _COMPRESSED:
        pipe = "" if form.has_table_files else "; or compress what is written to -o -, a pipe"
        return f"write {plain}.gz or {plain}.zst{pipe}"
    if ending in _DATABASES:
        return f"write {plain} and load it"
    chosen = FORMATS_BY_ENDING.get(ending)
    return f"write {plain}" + (f", or add --format {chosen}" if chosen else "")


@contextlib.contextmanager
def open_sink(
    out: str,
    files: Sequence[str],
    tell: Tell = ignore,
    ending: str = "",
    if_locked: IfLocked = "wait",
    remains: Remains | None = None,
) -> Iterator[Sink]:
    """
    Open the sink at path `out`, in object storage for `s3://…`, or standard output for "-".

    `files` has the names of all files, for a format with files for each table, which end in
    `ending`; it is empty for a dump. A regular file or a folder appears under its name when the
    block ends without an error, and is locked until then: `if_locked` says what is done where
    another run has it. A device or a pipe is written to directly. What a run to the same
    path that was killed has left is removed, and `tell` is told; or `remains` sees to it.
    OutputError where the target is not fit.
    """
    remains = remains or Remains()
    if out == STANDARD_OUTPUT:
        _refuse_several(files, "standard output")
        remains.check_stream("standard output")
        with _streaming(lambda: os.dup(1), "standard output") as stream:  # fails when it is closed
            yield stream
        return
    if is_object(out):
        from shardgen.execution.object_sink import open_objects

        with open_objects(out, files) as objects:
            yield objects
        return
    device, mode = _target(out)
    if not (files and _is_folder(out, mode, files, ending)):
        _refuse_folder(out, mode)
    if not (mode is None or stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        remains.check_stream(out)
        with _streaming(lambda: os.open(device, os.O_WRONLY), out) as stream:
            yield stream
        return
    with _locked_target(out, if_locked, tell) as (path, now):
        if files and _is_folder(out, now, files, ending):
            from shardgen.execution.folders import replacing_folder

            with replacing_folder(path, out, files, tell, remains, is_new=now is None) as folder:
                yield folder
        else:
            _refuse_folder(out, now)  # another run may have made it meanwhile
            with (
                remains.beside(path, is_folder=False, tell=tell),
                _replacing_file(path, out, now, remains) as file,
            ):
                yield file


@contextlib.contextmanager
def _locked_target(out: str, if_locked: IfLocked, tell: Tell) -> Iterator[tuple[Path, int | None]]:
    """
    Lock a file or a folder, which need not be there; give it as `_target` does.

    The lock of a folder that is there lies within: what it is in may not be writable. So where a
    folder has come or gone while the lock was waited for, it is taken once more.
    """
    while True:
        found = _target(out)
        near = _near(*found)
        with locked(near, out, if_locked, tell):
            found = _target(out)
            if _near(*found) == near:
                yield found
                return


def _near(path: Path, mode: int | None) -> Path:
    """Return the path beside which a target's lock lies."""
    return within(path) if mode is not None and stat.S_ISDIR(mode) else path


def _target(out: str) -> tuple[Path, int | None]:
    """
    Return the file to write, which is what a link points to, with its kind and permissions.

    Those are None when there is no such file yet.
    """
    if not out or "\0" in out:
        raise OutputError(f"cannot write {out!r}: that is no name; name a file with --out")
    try:
        path = Path(os.path.realpath(out))  # fails where the current folder is deleted
        mode: int | None = None
        with contextlib.suppress(FileNotFoundError):
            mode = path.stat().st_mode
    except OSError as error:
        raise cannot_write(out, error) from None
    return path, mode


def is_folder(out: str, files: Sequence[str], ending: str) -> bool:
    """Return whether a format with files for each table makes a folder of this target."""
    if is_object(out):
        return out.endswith("/")
    return out != STANDARD_OUTPUT and _is_folder(out, _target(out)[1], files, ending)


def is_object(out: str) -> bool:
    """Return whether a target is in object storage; PlanError for a store that is not known."""
    scheme, mark, _ = out.partition("://")
    if not mark or not scheme.isalnum():
        return False
    if scheme not in OBJECT_STORES:
        what = f"{out} names no place that rows can be written to"
        hint = "name a file or a folder, or s3://, gs:// or az:// with bucket/path"
        raise PlanError([Mistake("", what, hint)])
    return True


def _is_folder(out: str, mode: int | None, files: Sequence[str], ending: str) -> bool:
    if out.endswith(os.sep) or (mode is not None and stat.S_ISDIR(mode)):
        return True
    if mode is not None or (ending and out.lower().endswith(ending)):
        _refuse_several(files, out)
    return mode is None and len(files) > 1


def _refuse_several(files: Sequence[str], name: str) -> None:
    """Refuse what can hold one file alone, where there are more."""
    if len(files) > 1:
        what = f"cannot write {len(files)} files to {name}: each table has its own"
        raise OutputError(f"{what}; name a folder with --out, or one table with --tables")


def _refuse_folder(out: str, mode: int | None) -> None:
    if out.endswith(os.sep) or (mode is not None and stat.S_ISDIR(mode)):
        raise OutputError(f"cannot write {out}: it is a folder; name a file with --out")


@contextlib.contextmanager
def _streaming(open_it: Callable[[], int], name: str) -> Iterator[Sink]:
    try:
        descriptor = open_it()
    except OSError as error:
        raise cannot_write(name, error) from None
    try:
        yield StreamSink(descriptor, name)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _replacing_file(path: Path, out: str, mode: int | None, remains: Remains) -> Iterator[Sink]:
    """
    Give a new file beside `path` that takes its place and permissions when it is complete.

    It may be one of the `remains`; where the block fails, it is removed, unless these stay.
    """
    claim, is_kept = None, False
    try:
        if remains.partial is not None:
            partial, claim = remains.partial
            file = FileSink(partial, out, path, is_left=True)
        while claim is None or claim.is_lost:
            partial = path.with_name(unused_name(path.name, PARTIAL))
            file = FileSink(partial, out, path, 0o666 if mode is None else 0o600)
            claim = Claim(partial)
            if claim.is_lost:
                file.close()
        try:
            if mode is not None:
                with contextlib.suppress(OSError):  # a file system without permissions
                    partial.chmod(stat.S_IMODE(mode))
            remains.begin(partial)
            yield file
            file.sync()
        finally:
            file.close()
        try:
            partial.replace(path)
        except OSError as error:
            raise cannot_write(out, error) from None
    except BaseException:
        is_kept = remains.stays()
        raise
    finally:
        with signals_blocked():
            if not is_kept:
                with contextlib.suppress(OSError):
                    partial.unlink()
            if claim is not None:
                claim.release()
