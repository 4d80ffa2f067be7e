"""What a user names as an engine → a pool of its workers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import Executor as FuturesExecutor

from shardgen.errors import Mistake, PlanError
from shardgen.execution.cpus import usable_cpus
from shardgen.execution.engines.futures import Engine, ExecutorEngine

ENGINES = ("ray", "dask")


@contextlib.contextmanager
def open_engine(named: str | FuturesExecutor, workers: int | None) -> Iterator[tuple[Engine, int]]:
    """
    Give an engine, and how many tasks it is to do at once.

    `named` is `ray` or `dask`, which start one of this machine's own, `ray://host:10001` or
    `dask://host:8786`, one that runs, or an executor of `concurrent.futures`. `workers` says how
    many; where it is None, as many as the engine has CPUs or, of an executor, as this machine has.
    PlanError for another name, or where its package is missing, WorkerError where it
    cannot be reached.
    """
    if not isinstance(named, str):
        yield ExecutorEngine(named), workers or usable_cpus()
        return
    kind, _, address = named.partition("://")
    check_engine(named)
    if kind == "ray":
        from shardgen.execution.engines.ray import open_ray

        with open_ray(named if address else None) as (ray, cpus):
            yield ray, workers or cpus
    else:
        from shardgen.execution.engines.dask import open_dask

        with open_dask(address or None) as (dask, threads):
            yield dask, workers or threads


def check_engine(named: str) -> None:
    """Refuse what names no engine; PlanError."""
    kind, mark, address = named.partition("://")
    if kind in ENGINES and bool(mark) == bool(address):
        return
    hint = "choose ray, dask, ray://host:10001 or dask://host:8786"
    raise PlanError([Mistake("", f"{named!r} is no engine", hint)])
