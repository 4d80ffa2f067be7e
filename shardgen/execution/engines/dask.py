"""Dask, on this machine or a cluster of it: https://distributed.dask.org."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

from shardgen.errors import WorkerError, missing_package
from shardgen.execution.signals import signals_kept

SECONDS_TO_CONNECT = 10.0


class DaskEngine:
    """A connection to Dask; a call is a task of it."""

    name = "Dask"

    def __init__(self, client: Any) -> None:
        """Use a client, which is connected."""
        self._client = client
        self._executor = client.get_executor(retries=2)

    def share(self, data: bytes) -> Any:
        """See Engine: a future of Dask's, which a worker fetches once."""
        return self._client.scatter(data, broadcast=True)

    def submit(self, function: Callable[..., bytes], /, *arguments: Any) -> Future[bytes]:
        """See Engine."""
        future: Future[bytes] = self._executor.submit(function, *arguments)
        return future

    def cancel(self, future: Future[bytes]) -> None:
        """See Engine."""
        future.cancel()


@contextlib.contextmanager
def open_dask(address: str | None) -> Iterator[tuple[DaskEngine, int]]:
    """
    Give Dask at `host:port`, or a Dask of this machine's own for None, and the threads it has.

    PlanError where it is not installed, WorkerError where it cannot be reached. A Dask that is
    started here ends with the block.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise missing_package("the engine dask", "distributed", "dask") from None
    with contextlib.ExitStack() as stack:
        try:
            with signals_kept():
                if address is None:
                    cluster = LocalCluster(threads_per_worker=1, dashboard_address=None)
                    stack.enter_context(cluster)
                    client = Client(cluster)
                else:
                    client = Client(f"tcp://{address}", timeout=SECONDS_TO_CONNECT)
            stack.enter_context(client)
        except Exception as error:  # of many kinds
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
            where = f"Dask at {address}" if address else "Dask"
            raise WorkerError(f"cannot connect to {where}: {reason}") from error
        yield DaskEngine(client), max(1, sum(client.nthreads().values()))
