"""Engines: the shards of a run made by workers that are not this program's, with the same bytes."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import pickle
import re
import signal
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.engines import Killer, children, children_of
from support.places import IN_CI, ROOT
from support.processes import Run, needs_proc, until

import shardgen as package
from shardgen.errors import GenerationError, PlanError, WorkerError
from shardgen.execution.engines import dask
from shardgen.execution.engines.choosing import open_engine
from shardgen.execution.engines.executor import SharedShardFiles
from shardgen.execution.engines.futures import PackedJob, do_task
from shardgen.execution.events import Event
from shardgen.execution.processes import result_of

PAGE = (ROOT / "docs" / "more-than-one-machine.md").read_text(encoding="utf-8")
JOB = package.Options(scale=20, shard_rows=5000, seed=3)
"""15 shards of payments that workers make; the other tables are small."""


BREAKING = {
    "schema_version": "1.0",
    "name": "s",
    "database_type": ["sqlite"],
    "tables": {
        "t": {
            "rows": 60_000,
            "columns": {"id": "int pk", "v": "int"},
            "checks": [{"name": "few", "expression": "id < 50000"}],
        },
    },
}
"""A table whose later shards break a law of it."""


def digest(path: Path) -> str:
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return hashlib.sha256(b"".join(f.read_bytes() for f in files if f.is_file())).hexdigest()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the digest of the dump that one process makes."""
    path = tmp_path_factory.mktemp("alone") / "dump.sql"
    package.run("fintech-loans", path, workers=1, options=JOB)
    return digest(path)


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("kind", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_any_executor_makes_the_same_bytes(kind, workers, undisturbed, tmp_path):
    """Of concurrent.futures: threads or processes, one or several tasks at once."""
    with kind(2) as executor:
        summary = package.run(
            "fintech-loans", tmp_path / "dump.sql", engine=executor, workers=workers, options=JOB
        )
    assert summary.workers == workers
    assert digest(tmp_path / "dump.sql") == undisturbed
    assert [path.name for path in tmp_path.iterdir()] == ["dump.sql"]


@pytest.mark.parametrize("out", ["data/", "dump.sql.gz"])
def test_an_engine_fills_folders_and_compresses(out, tmp_path):
    """A folder of CSV and a compressed dump are those of one process too."""
    options = msgspec.structs.replace(JOB, format="csv" if out == "data/" else None)
    for name, engine in (("alone", None), ("engine", ThreadPoolExecutor(2))):
        (tmp_path / name).mkdir()
        package.run(
            "fintech-loans", f"{tmp_path / name}/{out}", workers=1, engine=engine, options=options
        )
    assert digest(tmp_path / "alone") == digest(tmp_path / "engine")


def test_shards_that_are_kept_are_those_of_an_engine(tmp_path, undisturbed):
    """`keep_shards` leaves the files that its workers made."""
    with ThreadPoolExecutor(2) as executor:
        package.run(
            "fintech-loans", tmp_path / "dump.sql", engine=executor, keep_shards=True, options=JOB
        )
    assert digest(tmp_path / "dump.sql") == undisturbed
    assert len(list((tmp_path / "dump.sql.shards").iterdir())) >= 15


def test_an_executor_whose_process_dies_ends_the_run(tmp_path):
    """ProcessPoolExecutor does no task again: the error says so, and nothing is left."""
    with ProcessPoolExecutor(2) as executor:
        killer = Killer(lambda: [*executor._processes], 5000)
        with pytest.raises(WorkerError, match="the executor could not do a task"):
            package.run(
                "fintech-loans",
                tmp_path / "dump.sql",
                engine=executor,
                progress=killer,
                options=JOB,
            )
    assert not list(tmp_path.iterdir())


def test_what_a_task_raises_is_raised(tmp_path):
    """A row that breaks a law, in a shard that a worker makes, is the run's own error."""
    with ThreadPoolExecutor(2) as executor, pytest.raises(GenerationError, match="check"):
        package.run(BREAKING, tmp_path / "dump.sql", engine=executor, shard_rows=5000)
    assert not list(tmp_path.iterdir())


def test_small_tables_start_no_engine(tmp_path):
    """The parent makes them before one could start; the run says so."""
    notes: list[Event] = []
    summary = package.run("fintech-loans", tmp_path / "dump.sql", engine="ray", tell=notes.append)
    assert summary.workers == 0
    assert re.search("engine is not started", "".join(note.line for note in notes))


@pytest.mark.parametrize("name", ["spark", "ray://", "ray:", "dask:8786", "", "RAY"])
def test_what_names_no_engine_is_refused(name, tmp_path):
    """With those that there are; nothing is opened."""
    with pytest.raises(PlanError, match=r"is no engine; choose ray, dask"):
        package.run("fintech-loans", tmp_path / "dump.sql", engine=name, options=JOB)
    assert not list(tmp_path.iterdir())


def test_an_engine_starts_its_workers_itself(tmp_path):
    """So a start method beside it is refused, and not ignored."""
    with pytest.raises(PlanError, match="an engine starts its own"):
        package.run("fintech-loans", tmp_path / "dump.sql", engine="ray", start_method="spawn")


def test_a_worker_of_another_version_says_so():
    """Instead of making other bytes, or failing at some field of the plan."""
    job = msgspec.msgpack.encode(PackedJob("0.0.0", pickle.dumps(None)))
    with pytest.raises(WorkerError, match=r"the run 0\.0\.0; install the same version"):
        result_of(do_task(job, b""))


def test_a_worker_without_the_folder_says_so(tmp_path):
    """As on a node that does not share the disk: with the ways out."""
    job = SharedShardFiles(b"", str(tmp_path / "gone"))
    with pytest.raises(WorkerError, match="does not reach") as caught:
        result_of(do_task(PackedJob.of(job), b""))
    assert "TMPDIR" in str(caught.value)
    assert "--part" in str(caught.value)


def test_a_package_that_is_missing_is_named(monkeypatch, tmp_path):
    """With what installs it."""
    for name, missing in (("ray", "ray"), ("dask", "distributed")):
        monkeypatch.setitem(sys.modules, missing, None)
        with pytest.raises(PlanError, match=rf"pip install 'shardgen\[{name}\]'"):
            package.run("fintech-loans", tmp_path / "dump.sql", engine=name, options=JOB)
        assert not list(tmp_path.iterdir())


def test_the_function_for_spark_makes_the_table():
    """Its partitions together have all rows of the table, as `generate` has them."""
    import pyarrow as pa

    (code,) = re.findall(r"```python\n(import shardgen\n\nROWS.*?)```", PAGE, re.DOTALL)
    code = code.replace("350_000, 16", "3_500, 3").replace("scale=100", "scale=1")
    names: dict[str, Any] = {}
    exec(code, names)
    made = [
        batch
        for number in range(3)
        for batch in names["payments"]([pa.record_batch({"id": [number]})])
    ]
    wanted = package.generate("fintech-loans").tables["payments"]
    assert pa.Table.from_batches(made).to_pylist() == wanted.to_arrow().to_pylist()
    assert [field.split()[0] for field in names["schema"].split(", ")] == list(wanted.columns)


def test_the_pages_executor_writes_a_dump(tmp_path, monkeypatch):
    """The example of Python does what it says."""
    (code,) = re.findall(r"```python\n(from concurrent.*?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    package.run("fintech-loans", tmp_path / "alone.sql", workers=1, scale=100)
    assert digest(tmp_path / "loans.sql") == digest(tmp_path / "alone.sql")


# Ray and Dask


def imported(name: str) -> None:
    """Skip the test where a package is missing; in CI, where it must be there, fail it."""
    if IN_CI:
        __import__(name)
    else:
        pytest.importorskip(name)


def is_alive(pid: int) -> bool:
    """Return whether a process runs: it is neither gone nor a zombie."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.fixture(scope="module")
def ray() -> Iterator[None]:
    """Give a Ray of this machine, connected."""
    imported("ray")
    with open_engine("ray", 2):
        yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # of processes that Ray leaves to end
        gc.collect()


@pytest.mark.usefixtures("ray")
def test_ray_makes_the_same_bytes_while_its_workers_are_killed(undisturbed, tmp_path):
    """What a worker had is made again by another; what is at the target is whole and in order."""
    path = tmp_path / "dump.sql"
    killer = Killer(lambda: children("^ray::(do_task|IDLE)"), 10_000)
    summary = package.run("fintech-loans", path, engine="ray", progress=killer, options=JOB)
    assert digest(path) == undisturbed
    assert summary.workers >= 1
    assert killer.killed
    assert [each.name for each in tmp_path.iterdir()] == ["dump.sql"]


@pytest.mark.usefixtures("ray")
def test_ray_tells_what_a_task_raises(tmp_path):
    """An error of ours crosses as it is."""
    path = tmp_path / "dump.sql"
    with pytest.raises(GenerationError, match="check"):
        package.run(BREAKING, path, engine="ray", shard_rows=5000)
    assert not list(tmp_path.iterdir())


def test_dask_makes_the_same_bytes_while_its_workers_are_killed(undisturbed, tmp_path):
    """By nothing but its executor; Dask gives the tasks of a worker that is lost to another."""
    imported("distributed")
    from distributed import Client, LocalCluster

    path = tmp_path / "dump.sql"
    with (
        LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        killer = Killer(lambda: [*client.run(os.getpid).values()], 40_000)
        executor = client.get_executor()
        package.run("fintech-loans", path, engine=executor, progress=killer, options=JOB)
    assert killer.killed
    assert digest(path) == undisturbed
    assert [each.name for each in tmp_path.iterdir()] == ["dump.sql"]


def test_an_engine_is_named_at_the_command_line(shardgen, undisturbed, tmp_path):
    """A new one is started, makes the same bytes, says nothing, and ends with the run."""
    imported("ray")
    arguments = ["--scale", "20", "--shard-rows", "5000", "--seed", "3", "--json"]
    made = shardgen("run", "--engine", "ray", "-o", "dump.sql", *arguments)
    assert (made.returncode, made.stderr) == (0, "")
    assert msgspec.json.decode(made.stdout)["workers"] >= 1
    assert digest(tmp_path / "dump.sql") == undisturbed
    assert [each.name for each in tmp_path.iterdir()] == ["dump.sql"]


def test_an_engine_that_cannot_be_reached_is_an_error(monkeypatch, tmp_path):
    """It says where it is not, after a while, and nothing is left."""
    imported("distributed")
    monkeypatch.setattr(dask, "SECONDS_TO_CONNECT", 0.5)
    with pytest.raises(WorkerError, match=r"cannot connect to Dask at 127\.0\.0\.1:9: "):
        package.run("fintech-loans", tmp_path / "x.sql", engine="dask://127.0.0.1:9", options=JOB)
    assert not list(tmp_path.iterdir())


@needs_proc
@pytest.mark.parametrize("engine", ["ray", "dask"])
def test_ctrl_c_ends_a_run_of_an_engine(engine, tmp_path, tmp_path_factory):
    """While shards are made: nothing is left beside the target, and no process of the engine."""
    imported("distributed" if engine == "dask" else engine)
    temporary = tmp_path_factory.mktemp("temporary")
    arguments = ("run", "--scale", "2000", "--engine", engine, "-o", "dump.sql")
    # Ray's sockets lie below, and the paths of sockets are short.
    run = Run(tmp_path, temporary, *arguments, environment={"RAY_TMPDIR": "/tmp"})
    run.until_shards()
    group = children_of(run.process.pid)
    assert group
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(60) == 130
    assert not list(run.folder.iterdir())
    until(lambda: not any(map(is_alive, group)), "the engine's processes have ended")
