"""A run that is killed at any moment, or whose disk fills, is gone on with: no byte differs."""

from __future__ import annotations

import os
import random

import pytest
from support.processes import needs_proc
from support.run_kills import Job, Tally, fill_until_complete, finish, kill_until_complete

pytestmark = [
    needs_proc,
    pytest.mark.skipif(os.name != "posix", reason="signals, limits and locks of POSIX"),
]
SECONDS = 1.0
"""About what an undisturbed run takes; nothing depends on it but where it is killed."""
TARGETS = {
    "dump": ("out.sql", ()),
    "folder": ("out", ("--format", "csv", "--file-rows", "30000")),
    "parquet": ("out", ("--format", "parquet")),
}


@pytest.fixture(params=TARGETS)
def job(request, tmp_path):
    """A run of 25 shards."""
    name, more = TARGETS[request.param]
    return Job(tmp_path, name, ("--scale", "10", "--shard-rows", "2000", *more))


@pytest.fixture
def undisturbed(job, tmp_path_factory):
    """The same run, complete, in a folder of its own."""
    whole = Job(tmp_path_factory.mktemp("whole"), job.name, job.asked)
    finish(whole, Tally())
    return whole


def test_killed_at_any_moment(job, undisturbed):
    """By SIGKILL or SIGTERM: the run, a worker, or all; `scripts/kill-runs` does it 200 times."""
    kill_until_complete(job, 4, SECONDS, random.Random(job.name), Tally())
    assert [] == job.left()
    assert undisturbed.digest() == job.digest()


def test_a_file_that_may_not_grow(job, undisturbed):
    """As on a disk that fills: what is made stays, and is kept when there is room."""
    tally, largest = Tally(), undisturbed.largest()
    fill_until_complete(job, [largest // 2, largest * 3 // 4], tally)
    assert tally.kept
    assert [] == job.left()
    assert undisturbed.digest() == job.digest()
