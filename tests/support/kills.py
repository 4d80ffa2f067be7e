"""Loads that are killed at any moment, and gone on with until they are complete."""

from __future__ import annotations

import random
import signal
import subprocess
import sys

import pytest
from support.databases import Database

from shardgen.execution.loading.load import _Watch

TABLES = ("borrowers", "loans", "payments", "credit_scores")
_POOL = """
import shardgen.execution.executors as executors, shardgen.execution.makers as makers
makers.SMALL_JOB = executors.SMALL_TABLE = 0
from shardgen.__main__ import main
main()
"""
"""The command line, whose workers make small tables too."""


_KILLED = """
import os, signal, shardgen.execution.loading.load as loading
real = loading._Watch.__call__
def call(self, step):
    real(self, step)
    if step.number >= {step}:
        os.kill(os.getpid(), signal.SIGKILL)
loading._Watch.__call__ = call
"""
"""The same, killed as soon as it hears of a step that is done."""


def failing_after(monkeypatch: pytest.MonkeyPatch, error: BaseException | type, steps: int) -> None:
    """Have a load in this process end by this error, after so many steps."""
    real, done = _Watch.__call__, []

    def call(self, step):
        real(self, step)
        done.append(step)
        if len(done) == steps:
            raise error

    monkeypatch.setattr(_Watch, "__call__", call)


def killed_after(step: int, url: str, scale: float, *more: str) -> None:
    """Load until that step is done, while workers do others, and be killed then."""
    command = load_command(url, scale, *more)
    command[2] = _KILLED.format(step=step) + command[2]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert (-signal.SIGKILL, "") == (done.returncode, done.stdout)


def load_command(url: str, scale: float, *more: str) -> list[str]:
    """Return the command of a load of many small shards, by three workers."""
    asked = ("--scale", f"{scale}", "--shard-rows", "2000", "--workers", "3", "--resume", "--quiet")
    return [sys.executable, "-c", _POOL, "load", "fintech-loans", url, *asked, *more]


def kill_at_random(
    url: str, scale: float, kills: int, seconds: float, chance: random.Random, *more: str
) -> int:
    """
    Load, killed by SIGKILL within so many seconds again and again, until the load is complete.

    The last of at most so many `kills` is followed by a load that nobody kills. `more` are options
    of all of them. Returns how many kills there were.
    """
    for killed in range(kills):
        try:
            done = subprocess.run(
                load_command(url, scale, *more),
                stdout=subprocess.PIPE,  # open in workers too: whoever reads it waits for their end
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=chance.uniform(0, seconds),
            )
        except subprocess.TimeoutExpired:
            continue
        assert 0 == done.returncode or is_complete(done), done.stdout
        return killed
    done = subprocess.run(
        load_command(url, scale, *more), capture_output=True, text=True, check=False, timeout=300
    )
    assert 0 == done.returncode or is_complete(done), done.stderr
    return kills


def is_complete(done: subprocess.CompletedProcess[str]) -> bool:
    """Return whether a load found that the one before was killed after its last word."""
    said = f"{done.stdout}{done.stderr}"
    return done.returncode == 9 and "has rows in borrowers" in said


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of each table, the tables and their indexes."""
    found = {name: database.query(f"SELECT * FROM {name} ORDER BY id") for name in TABLES}
    found["tables"] = sorted((name,) for name in database.tables())
    found["indexes"] = [(n, *sorted(database.indexes(n))) for n in sorted(TABLES)]
    return found
