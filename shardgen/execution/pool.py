"""
What whoever has tasks sees of a pool: workers that do them, and the answers.

The workers are processes of this machine, or what an engine runs somewhere.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

import msgspec

Task = TypeVar("Task", bound=msgspec.Struct)


class TaskWorker(Protocol[Task]):
    """A worker that answers for its tasks in their order."""

    @property
    def given(self) -> deque[Task]:
        """The tasks it has not answered for."""

    def give(self, task: Task) -> None:
        """Have it do a task, after those that it was given before."""


class TaskPool(Protocol[Task]):
    """A pool of workers, as long as it is open."""

    @property
    def workers(self) -> Sequence[TaskWorker[Task]]:
        """All of them."""

    def receive(self, *, block: bool) -> Iterator[tuple[TaskWorker[Task], Task, int]]:
        """
        Yield the answers that are there, or wait for one, each with its worker and its task.

        What a task has raised is raised; WorkerError when one cannot be done.
        """
