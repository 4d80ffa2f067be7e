"""The folder of shards that a run has, and what this process makes by it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from shardgen.execution.events import Tell
from shardgen.execution.executors import Executor, Here, HereByFiles
from shardgen.execution.shard_folder import ShardFolder, shard_folder
from shardgen.plan.source import Source

if TYPE_CHECKING:
    from shardgen.execution.resuming.resuming import Resuming


@contextlib.contextmanager
def opened_folder(
    beside: Path | None,
    keep_at: Path | None,
    tell: Tell,
    resuming: Resuming | None,
    kind: type[ShardFolder],
) -> Iterator[ShardFolder]:
    """Give the folder that `resuming` has open, or a new one as `shard_folder` does."""
    if resuming is not None:
        from shardgen.execution.resuming.folder import ResumableFolder

        yield ResumableFolder(resuming, kind)
        return
    with shard_folder(beside, keep_at, tell, kind) as folder:
        yield folder


def here_by(
    source: Source,
    folder: ShardFolder,
    keep_at: Path | None,
    resuming: Resuming | None,
    *,
    is_alone: bool,
) -> Executor:
    """Return what makes shards in this process: all of them where it `is_alone`."""
    if keep_at is not None or (resuming is not None and resuming.by_files):
        return HereByFiles(source, folder)
    if is_alone and resuming is not None:
        from shardgen.execution.resuming.here import HereResuming

        return HereResuming(source, folder)
    return Here(source)
