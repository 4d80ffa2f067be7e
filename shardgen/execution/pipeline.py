"""
run(): the stages in order, and nothing else.

schema → plan → shards, made by workers or here → shard files → merge → dump.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, Unpack

import msgspec

from shardgen.errors import Mistake, PlanError
from shardgen.execution.merge import Dump, open_dump
from shardgen.output.sql import dump
from shardgen.plan.load import load_schema
from shardgen.plan.plan import (
    SMALL_JOB,
    SMALL_TABLE,
    OptionArguments,
    Options,
    Plan,
    Shard,
    build_plan,
    options_with,
)
from shardgen.plan.source import Source
from shardgen.schema.model import Schema

MAX_WORKERS = 256
Append = Callable[[Shard], None]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a run wrote: `out` is a path or "-", `workers` 0 when no process was started."""

    schema: str
    dialect: str
    seed: int
    out: str
    rows: int
    bytes: int
    seconds: float
    workers: int
    tables: dict[str, int]


class Progress(Protocol):
    """Is told of each table and of the rows that reached the dump."""

    def begin(self, table: str, rows: int) -> None:
        """Begin a table of that many rows."""

    def advance(self, rows: int) -> None:
        """Note rows of the current table."""


def run(  # noqa: PLR0913 -- keyword-only, each of them for a user
    schema: Schema | str | Path,
    out: str | Path | None = None,
    *,
    workers: int | None = None,
    keep_shards: bool = False,
    start_method: str | None = None,
    progress: Progress | None = None,
    options: Options | None = None,
    **arguments: Unpack[OptionArguments],
) -> Summary:
    """
    Write the dump of `schema` to `out` and return what was written.

    `schema` is a Schema, a bundled schema's name or a path; `out` is a path, "-" for standard
    output, by default `<schema name>.sql`. `workers` is the number of worker processes, by default
    the CPUs this process may use; a job too small to gain from them starts none. The bytes do not
    depend on it. All fields of `Options` are arguments too, as in `seed=42`; they go before those
    of `options`. A SchemaError or PlanError is raised before a process is started or a file opened,
    and an earlier file at `out` stays until the new one is complete.
    """
    started = time.perf_counter()
    schema = load_schema(schema)
    plan = build_plan(schema, options_with(options, arguments))
    tables = Source.bind(plan)
    target = str(out) if out is not None else f"{schema.name}.sql"
    pool = _pool_size(plan, workers)
    keep_at = _kept_folder(target, schema.name) if keep_shards else None
    with (
        open_dump(target) as dumped,
        _shards_into(dumped, tables, pool, target, keep_at, start_method) as append,
    ):
        _write(dumped, plan, append, progress)
    return Summary(
        schema=schema.name,
        dialect=plan.dialect,
        seed=plan.seed,
        out=target,
        rows=plan.rows,
        bytes=dumped.size,
        seconds=time.perf_counter() - started,
        workers=pool,
        tables=plan.counts,
    )


def _write(dumped: Dump, plan: Plan, append: Append, progress: Progress | None) -> None:
    """Write a whole dump, from its first comment to its COMMIT."""
    dumped.write(dump.head(plan))
    counts = plan.counts
    for shard in plan.shards():
        if progress is not None and shard.start == 0:
            progress.begin(shard.table, counts[shard.table])
        append(shard)
        if progress is not None:
            progress.advance(shard.rows)
    dumped.write(dump.foot(plan))


@contextlib.contextmanager
def _shards_into(
    dumped: Dump,
    tables: Source,
    pool: int,
    target: str,
    keep_at: Path | None,
    start_method: str | None,
) -> Iterator[Append]:
    """
    Give the function that appends a shard to the dump.

    Without a pool it makes the shard on the spot. With one it makes those of small tables, while
    the workers are busy with the large ones, and fetches theirs.
    """

    def make_here(shard: Shard) -> None:
        for text in tables.render(shard):
            dumped.write(text)

    if not pool and keep_at is None:
        yield make_here
        return

    from shardgen.execution.processes import start_workers, write_shard_of
    from shardgen.execution.shard_folder import shard_folder

    plan = tables.plan
    digest = plan.digest()
    with shard_folder(target, keep_at) as folder:

        def from_file(shard: Shard) -> None:
            dumped.append_shard(folder, shard, plan=digest)

        def make_and_keep(shard: Shard) -> None:
            write_shard_of(tables, shard, folder)
            from_file(shard)

        here = make_here if keep_at is None else make_and_keep
        if not pool:
            yield here
            return
        large = _large_tables(plan)
        far = (shard for shard in plan.shards() if shard.table in large)
        with start_workers(tables, far, folder, workers=pool, start_method=start_method) as workers:

            def append(shard: Shard) -> None:
                if shard.table in large:
                    from_file(workers.finished())
                    if keep_at is None:
                        workers.reuse(shard)
                else:
                    here(shard)

            yield append


def _kept_folder(target: str, schema_name: str) -> Path:
    from shardgen.execution.shard_folder import kept_folder

    return kept_folder(target, schema_name)


def _large_tables(plan: Plan) -> set[str]:
    return {table.name for table in plan.tables if table.rows > SMALL_TABLE}


def _pool_size(plan: Plan, workers: int | None) -> int:
    """Return how many workers to start: 0 when one process does as well."""
    if workers is not None and not 1 <= workers <= MAX_WORKERS:
        what = f"{workers} workers are asked for"
        raise PlanError([Mistake("", what, f"choose 1 to {MAX_WORKERS}")])
    if plan.rows < SMALL_JOB or workers == 1:
        return 0
    from shardgen.execution.processes import usable_cpus

    large = _large_tables(plan)
    shards = sum(-(-t.rows // plan.shard_rows) for t in plan.tables if t.name in large)
    size = min(usable_cpus() if workers is None else workers, shards)
    return 0 if size == 1 else size
