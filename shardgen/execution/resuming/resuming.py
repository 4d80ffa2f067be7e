"""
Runs that are broken off, and go on: what stays of one, and what the next one finds.

A run that has a folder of shards keeps a record of whose they are in it, and a journal of those
that have their places in the unfinished target. So one that was killed can be gone on with; of one
that fails in order nothing stays, unless that is asked for.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Self

from shardgen.errors import Mistake, PlanError, ShardFileError
from shardgen.execution.claims import Claimed, claim_left, claimed_folder, remove_stale
from shardgen.execution.describing import identity
from shardgen.execution.events import Tell, kept, nothing_left, resuming, stays
from shardgen.execution.names import EARLIER, PARTIAL, SHARDS, name_pattern
from shardgen.execution.part_manifests import differences
from shardgen.execution.remains import Remains
from shardgen.execution.resuming.record import (
    JOURNAL_NAME,
    RECORD_NAME,
    Journal,
    Record,
    read_journal,
    read_record,
    write_record,
)
from shardgen.execution.shard_file import SUFFIX
from shardgen.execution.shard_folder import KeptShardFolder, ShardFolder, keep
from shardgen.plan.part import Part
from shardgen.plan.source import Source
from shardgen.random.overriding import override


class _Found(NamedTuple):
    """A folder of shards that another run has left, and the record in it."""

    folder: Claimed
    record: Record


class Resuming(Remains):
    """
    Those of a run that another one may go on with; and of a run that goes on, where it `is_asked`.

    Shard files stay until the end where they are to be kept at `keep_at`, or where nothing else of
    a format that joins them stays. `kept` and `damaged` count shards that were found whole, and
    those that were not.
    """

    def __init__(self, source: Source, *, is_asked: bool, keep_at: Path | None) -> None:
        """Find nothing yet."""
        self._source = source
        self._identity = identity(source, source.part or Part(1, 1))
        self._is_asked = is_asked
        self._keep_at = keep_at
        self._is_folder = False
        self.by_files = keep_at is not None or (is_asked and source.plan.format.join() is not None)
        self.path: Path | None = None
        """The folder of shards, while there is one."""
        self.journal: Journal | None = None
        self.files: set[int] = set()
        """The indices of shards that had a file when the run began."""
        self.target = Path()
        self.kept = self.damaged = 0

    @override
    def check_stream(self, name: str) -> None:
        if self._is_asked:
            what = f"a run is to go on, and bytes that went to {name} cannot be found again"
            raise PlanError([Mistake("", what, "leave resume out, or write a file or a folder")])

    @override
    @contextlib.contextmanager
    def beside(self, *paths: Path, is_folder: bool, tell: Tell) -> Iterator[None]:
        self._is_folder = is_folder
        found = self._find(paths) if self._is_asked else None
        for path in paths:
            remove_stale(path, tell)
        if self._is_asked and found is None:
            tell(nothing_left())
        near = paths[0]
        if self._keep_at is not None:
            near = self._keep_at.with_name(self._keep_at.stem)
        mode = 0o700 if self._keep_at is None else 0o777
        left = None if found is None else found.folder
        with claimed_folder(near, SHARDS, mode, near.parent, left, self.stays) as folder:
            with self._opened(folder, found, tell):
                yield
            if self._keep_at is not None:
                keep(folder, self._keep_at)
        if self._is_asked:
            made = sum(1 for _ in self._source.shards()) - self.kept
            tell(kept(self.kept, made, self.damaged))

    @override
    def begin(self, partial: Path) -> None:
        assert self.path is not None, "the target grows beside the folder of shards"
        assert self.journal is not None, "and so does its journal"
        self.target = partial
        if self.partial is None:
            self.journal.clear()
            write_record(self.path, Record(partial=partial.name, made_from=self._identity))

    @override
    def stays(self) -> bool:
        return (self._is_asked or self._keep_at is not None) and self._count() > 0

    @property
    def if_open(self) -> Self | None:
        """Itself while it has a folder of shards; a target that is on no disk has none."""
        return None if self.path is None else self

    def shard_folder(self, kind: type[ShardFolder]) -> ShardFolder:
        """Return what becomes of the files in the folder, which is of that kind."""
        assert self.path is not None, "the target is open"
        return (KeptShardFolder if self.by_files else kind)(self.path)

    def _count(self) -> int:
        """Return how many shards are there."""
        if self.path is None or self.journal is None:
            return 0
        names = {path.name for path in self.path.glob(f"*{SUFFIX}")} if self.by_files else ()
        return len(names) or len(self.journal.entries)

    @contextlib.contextmanager
    def _opened(self, folder: Path, found: _Found | None, tell: Tell) -> Iterator[None]:
        """Have the journal open, and know which shards are there."""
        self.path = folder
        is_kept = False
        try:
            self.journal = Journal(folder)
            if found is not None:
                self._look(folder, tell)
            yield
        except BaseException:
            is_kept = self.stays()
            if is_kept:
                tell(stays(folder, self._count()))
            raise
        finally:
            if self.journal is not None:
                self.journal.close()
            for name in () if is_kept else (RECORD_NAME, JOURNAL_NAME):
                with contextlib.suppress(OSError):  # the removal of a folder needs a descriptor
                    (folder / name).unlink()

    def _look(self, folder: Path, tell: Tell) -> None:
        """See what is in the folder of a run that is gone on with."""
        assert self.journal is not None, "it is open"
        if self.partial is None or self._keep_at is not None:
            self.journal.clear()
        for path in sorted(folder.iterdir()):
            if path.suffix == SUFFIX and path.stem.isdecimal():
                if int(path.stem) not in self.journal.entries:
                    self.files.add(int(path.stem))
                    continue
            elif path.name in (RECORD_NAME, JOURNAL_NAME):
                continue
            with contextlib.suppress(OSError):
                path.unlink()
        count = len(self.journal.entries.keys() | self.files)
        tell(resuming(folder, count, sum(1 for _ in self._source.shards())))

    def _find(self, paths: tuple[Path, ...]) -> _Found | None:
        """
        Claim what a run of the same plan has left, the one with most shards.

        ShardFileError where others have left something, and none of this plan.
        """
        best: _Found | None = None
        most, others = -1, []
        for folder in sorted(_named(paths, SHARDS)):
            record = read_record(folder)
            if record is None:
                continue
            clauses = differences(record.made_from, self._identity)
            if clauses:
                others.append(f"{folder} is of another run: {'; '.join(clauses)}")
                continue
            claimed = claim_left(folder)
            if claimed is None:
                continue
            count = len(read_journal(folder)) + len([*folder.glob(f"*{SUFFIX}")])
            if count > most:
                best, claimed = _Found(claimed, record), None if best is None else best.folder
                most = count
            if claimed is not None:
                claimed.claim.release()
        if best is None and others:
            way_out = "run again as it was, or without --resume, which removes it"
            raise ShardFileError(f"cannot go on: {others[0]}; {way_out}")
        if best is not None:
            self.partial = self._claim_partial(paths, best.record.partial)
        return best

    def _claim_partial(self, paths: tuple[Path, ...], name: str) -> Claimed | None:
        """Claim the unfinished target of a record; None where there is none to go on with."""
        for path in _named(paths, PARTIAL):
            if path.name != name or path.is_dir() is not self._is_folder:
                continue
            with contextlib.suppress(OSError):
                if self._is_folder and (path / EARLIER).exists():
                    (path / EARLIER).rmdir()  # where files of before are in it, it stays as it is
                return claim_left(path)
        return None


def _named(paths: tuple[Path, ...], ending: str) -> Iterator[Path]:
    """Yield what lies beside paths under a name of a run's own."""
    for path in paths:
        names = re.compile(name_pattern(path.name, ending))
        with contextlib.suppress(OSError):
            for name in os.listdir(path.parent):  # noqa: PTH208 -- quicker than paths
                if names.fullmatch(name):
                    yield path.parent / name
