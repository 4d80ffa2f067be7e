"""One data set has one digest, whoever makes it: processes, parts, an engine, a run broken off."""

from __future__ import annotations

import hashlib
import random
import warnings
from collections.abc import Iterator

import pytest
from support.engines import Killer, children
from support.places import IN_CI
from support.processes import needs_proc
from support.run_kills import Job, Tally, kill_until_complete
from support.stores import BUCKET, body, empty_bucket, s3_server

import shardgen
from shardgen.execution.engines.choosing import open_engine
from shardgen.execution.part_joining import join

pytestmark = [needs_proc, pytest.mark.slow]
ASKED = {"scale": 60, "shard_rows": 10_000}
"""30 shards of 0.9 MB; of each six a store makes a part."""


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the digest of what one process makes."""
    path = tmp_path_factory.mktemp("alone") / "out.sql"
    shardgen.run("fintech-loans", path, workers=1, **ASKED)
    return digest(path.read_bytes())


def test_eight_processes(alone, tmp_path):
    """As of one process."""
    shardgen.run("fintech-loans", tmp_path / "out.sql", workers=8, **ASKED)
    assert alone == digest((tmp_path / "out.sql").read_bytes())


def test_sixteen_parts(alone, tmp_path):
    """Made in any order, and joined."""
    for part in random.Random(0).sample(range(1, 17), 16):
        shardgen.run("fintech-loans", tmp_path / "parts", part=f"{part}/16", workers=1, **ASKED)
    join([tmp_path / "parts"], str(tmp_path / "out.sql"))
    assert alone == digest((tmp_path / "out.sql").read_bytes())


@pytest.fixture
def ray() -> Iterator[None]:
    """Give a Ray of this machine, connected."""
    if not IN_CI:
        pytest.importorskip("ray")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # of processes that Ray leaves to end
        with open_engine("ray", 2):
            yield


@pytest.mark.usefixtures("ray")
def test_an_engine_whose_workers_are_killed(alone, tmp_path):
    """Ray makes again what is lost."""
    killer = Killer(lambda: children("^ray::(do_task|IDLE)"), 60_000)
    out = tmp_path / "out.sql"
    shardgen.run("fintech-loans", out, engine="ray", progress=killer, **ASKED)
    assert killer.killed
    assert alone == digest(out.read_bytes())


def test_gone_on_with_after_kills(alone, tmp_path):
    """Killed at random moments, and gone on with."""
    words = [f"--{name.replace('_', '-')}={value}" for name, value in ASKED.items()]
    job, tally = Job(tmp_path, "out.sql", tuple(words)), Tally()
    kill_until_complete(job, 5, 2.0, random.Random(5), tally)
    assert alone == digest(job.target.read_bytes())
    assert [] == job.left()


def test_object_storage(alone, monkeypatch):
    """One object, of parts that workers put."""
    with s3_server() as server, empty_bucket(server, monkeypatch) as store:
        shardgen.run("fintech-loans", f"s3://{BUCKET}/out.sql", workers=3, **ASKED)
        assert alone == digest(body(store, "out.sql"))
