"""Ray, on this machine or a cluster of it: https://docs.ray.io."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

from shardgen.errors import WorkerError, missing_package
from shardgen.execution.signals import signals_kept

_TRIES = 20  # of a task whose worker or node is lost, one after another


class RayEngine:
    """A connection to Ray; a call is a task of it."""

    name = "Ray"

    def __init__(self, ray: Any) -> None:
        """Use Ray, which is connected."""
        self._ray = ray
        self._remote: dict[Callable[..., bytes], Any] = {}
        self._references: dict[Future[bytes], Any] = {}

    def share(self, data: bytes) -> Any:
        """See Engine: an object of Ray's store, which each node fetches once."""
        return self._ray.put(data)

    def submit(self, function: Callable[..., bytes], /, *arguments: Any) -> Future[bytes]:
        """See Engine."""
        remote = self._remote.get(function)
        if remote is None:
            remote = self._ray.remote(num_cpus=1, max_retries=_TRIES)(function)
            self._remote[function] = remote
        reference = remote.remote(*arguments)
        future: Future[bytes] = reference.future()
        self._references[future] = reference
        future.add_done_callback(self._forget)
        return future

    def _forget(self, future: Future[bytes]) -> None:
        self._references.pop(future, None)

    def cancel(self, future: Future[bytes]) -> None:
        """See Engine."""
        reference = self._references.pop(future, None)
        if reference is not None:
            with contextlib.suppress(Exception):  # it may be done, or Ray be gone
                self._ray.cancel(reference, force=True)


@contextlib.contextmanager
def open_ray(address: str | None) -> Iterator[tuple[RayEngine, int]]:
    """
    Give Ray at an address, or a Ray of this machine's own for None, and the CPUs that it has.

    Where this process is connected to one already, it is that one for None. PlanError where it is
    not installed, WorkerError where it cannot be reached. What is connected here ends with the
    block, and so does a Ray that is started here.
    """
    try:
        import ray
    except ImportError:
        raise missing_package("the engine ray", "ray", "ray") from None
    if address is None and ray.is_initialized():
        yield _engine_and_cpus(ray)
        return
    try:
        with signals_kept():
            ray.init(
                address=address or "local",
                include_dashboard=False if address is None else None,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
    except Exception as error:  # of many kinds
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        where = f"Ray at {address}" if address else "Ray"
        raise WorkerError(f"cannot connect to {where}: {reason}") from error
    try:
        yield _engine_and_cpus(ray)
    finally:
        ray.shutdown()


def _engine_and_cpus(ray: Any) -> tuple[RayEngine, int]:
    return RayEngine(ray), max(1, int(ray.cluster_resources().get("CPU", 1)))
