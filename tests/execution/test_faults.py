"""
What goes wrong from outside: real signals, limits and full disks.

Whatever happens, a run ends soon, says why in a line, has the exit code of what happened, leaves an
earlier dump as it was, and leaves nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.processes import GUARD, Run, needs_proc, plain_lines, runs, state, until

import shardgen
from shardgen.output import manifest

pytestmark = needs_proc

EARLIER = b"-- an earlier dump\n" * 100
LONG = ("run", "--scale", "20000", "-w", "2", "-o", "out.sql")  # a minute, if nobody stops it
MIDDLE = ("run", "--scale", "100", "-w", "2", "-o", "out.sql")
DIES_OF_SIGINT = -signal.SIGINT  # which a shell calls 130


@pytest.fixture
def start(tmp_path):
    """Start runs in a folder with an earlier dump in it."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "out.sql").write_bytes(EARLIER)
    with runs(tmp_path) as start_run:
        yield start_run


def nothing_happened(run: Run) -> bool:
    """Say whether only the earlier dump is there, as it was."""
    return run.files() == ["out.sql"] and (run.folder / "out.sql").read_bytes() == EARLIER


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def limited(kind: int, limit: int):
    """Return what sets a limit in a new process."""
    return lambda: resource.setrlimit(kind, (limit, limit))


def patched(tmp_path: Path, code: str) -> dict[str, str]:
    """Return an environment in which Python runs `code` before anything else."""
    folder = tmp_path / "patches"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(code, encoding="utf-8")
    return {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}


@pytest.mark.parametrize("whom", ["all", "the parent"])
@pytest.mark.parametrize(
    ("number", "code", "what"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated"),
        (signal.SIGHUP, 129, "the terminal was closed"),
    ],
)
def test_a_stop_ends_a_run(start, number, code, what, whom):
    """Ctrl-C, SIGTERM and a closed terminal end a run, sent to the group or to the parent alone."""
    run = start(*LONG)
    run.until_merging()
    (run.kill_group if whom == "all" else run.kill)(number)
    assert run.end() == code
    assert run.said == f"shardgen: {what}\n"
    assert nothing_happened(run)


@pytest.mark.parametrize("gap", [0, 0.002, 0.05])
def test_an_impatient_user_breaks_no_cleanup(start, gap):
    """Ctrl-C again and again while the first one is at work leaves as little behind."""
    run = start(*LONG)
    run.until_merging()
    for _ in range(3):
        run.kill_group(signal.SIGINT)
        time.sleep(gap)  # the gap between two keystrokes is what is tested, no wait for anything
    assert run.end() in {130, DIES_OF_SIGINT}  # the second when all was cleaned up already
    plain_lines(run.said)
    assert nothing_happened(run)


def test_two_kinds_of_stop_at_once_break_no_cleanup(start):
    """SIGTERM and Ctrl-C in the same moment end a run as one of them does."""
    run = start(*LONG)
    run.until_merging()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        run.kill_group(number)
    assert run.end() in {129, 130, 143, DIES_OF_SIGINT, -signal.SIGHUP, -signal.SIGTERM}
    assert len(plain_lines(run.said)) == 1
    assert nothing_happened(run)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_ctrl_c_while_workers_start(start, method):
    """Ctrl-C that reaches workers before they are ready makes none of them say anything."""
    run = start(*LONG, "--start-method", method)
    run.until(lambda: len(run.workers()) >= (3 if method == "spawn" else 2), "workers")
    run.kill_group(signal.SIGINT)
    assert run.end() == 130
    assert run.said == "shardgen: interrupted\n"
    assert nothing_happened(run)


@pytest.mark.parametrize(
    "module",
    [
        "click",
        "msgspec",
        "shardgen.cli.main",
        "shardgen.cli.run",
        "shardgen.execution.pipeline",
        "numpy",
        "shardgen.plan.load",
    ],
)
def test_ctrl_c_while_modules_are_imported(start, tmp_path, module):
    """Ctrl-C before a run has begun ends the process at once, and without a word."""
    run = start(*LONG, environment=patched(tmp_path, SIGNAL_AT_IMPORT.format(module=module)))
    assert run.end() == DIES_OF_SIGINT
    assert run.said == ""
    assert nothing_happened(run)


@pytest.mark.parametrize(
    "module", ["shardgen.execution.processes", "multiprocessing.popen_fork", "tempfile"]
)
def test_ctrl_c_while_modules_are_imported_late(start, tmp_path, module):
    """Ctrl-C in an import after the dump was opened is Ctrl-C in a run."""
    where = ("-o", "-") if module == "tempfile" else ()
    environment = patched(tmp_path, SIGNAL_AT_IMPORT.format(module=module))
    run = start(*LONG, *where, environment=environment)
    assert run.end() == 130
    assert run.said == "shardgen: interrupted\n"
    assert nothing_happened(run)


def test_little_is_imported_before_ctrl_c_is_seen_to():
    """Of what Python itself has not imported, the names alone of what the command begins with."""
    script = (
        "import sys; before = {*sys.modules}; from shardgen.__main__ import main; "
        "print(*sorted(n for n in {*sys.modules} - before if n.startswith('shardgen')), "
        "'typing' in {*sys.modules} - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    names = ("shardgen", "shardgen.__main__", "shardgen.output", "shardgen.output.version")
    assert [*names, "False"] == done.stdout.split()


SIGNAL_AT_IMPORT = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
"""


def has_loaded(run: Run, module: str) -> bool:
    """Say whether a process has mapped a compiled module."""
    with contextlib.suppress(OSError):
        return module in Path(f"/proc/{run.pid}/maps").read_text()
    return False


MOMENTS = {
    "msgspec": lambda run: has_loaded(run, "msgspec"),
    "numpy": lambda run: has_loaded(run, "_multiarray_umath"),
    "the target": lambda run: any(run.folder.glob("*.partial")),
    "the shard folder": lambda run: any(run.folder.glob("*.shards")),
    "a worker": lambda run: run.workers(),
    "a shard": lambda run: any(run.folder.glob("*.shards/*")),
}
"""What can be seen of a run that starts, in order."""


@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_soon_after_the_start(start, moment):
    """Ctrl-C at any moment of the start leaves nothing, and no traceback."""
    run = start(*LONG)
    run.until(lambda: MOMENTS[moment](run), moment)
    run.kill_group(signal.SIGINT)
    assert run.end() in {130, DIES_OF_SIGINT}
    plain_lines(run.said)
    assert nothing_happened(run)


@pytest.mark.parametrize("call", ["fsync", "replace", "rmdir"])
def test_ctrl_c_at_the_very_end(start, tmp_path, call):
    """Ctrl-C in the last system calls leaves the earlier dump or the new one, whole."""
    code = (
        f"import os, signal\nreal = os.{call}\n"
        f"def {call}(*args, **options):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    return real(*args, **options)\n"
        f"os.{call} = {call}\n"
    )
    run = start(*MIDDLE, environment=patched(tmp_path, code))
    assert run.end() == 130
    assert run.said == "shardgen: interrupted\n"
    assert run.files() == ["out.sql"]
    is_earlier = (run.folder / "out.sql").read_bytes() == EARLIER
    assert is_earlier is (call != "rmdir")  # the folder of shards goes when the new one is there


def test_a_stop_that_was_ignored_stays_ignored(start):
    """Under nohup a run goes on when the terminal is closed."""
    run = start(*MIDDLE, prepare=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    run.until(run.workers, "workers")
    run.kill_group(signal.SIGHUP)
    assert run.end() == 0
    assert run.files() == ["out.sql"]
    assert (run.folder / "out.sql").read_bytes() != EARLIER


def test_a_worker_that_is_killed_ends_the_run(start):
    """A worker killed, as by the system for memory, ends the run with a hint and exit code 6."""
    run = start(*LONG)
    run.until_merging()
    os.kill(run.workers()[-1], signal.SIGKILL)
    assert run.end() == 6
    (line,) = plain_lines(run.said)
    assert "a worker process died (killed by SIGKILL)" in line
    assert "use fewer --workers or smaller --shard-rows" in line
    assert nothing_happened(run)


def test_a_worker_that_stands_still_does_not_hold_up_the_end(start):
    """Ctrl-C ends a run whose workers do not move."""
    run = start(*LONG)
    run.until_merging()
    for pid in run.workers():
        os.kill(pid, signal.SIGSTOP)
    until(lambda: set(map(state, run.workers())) == {"T"}, "workers that stand still")
    run.kill(signal.SIGINT)
    assert run.end() == 130
    assert nothing_happened(run)


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_workers_end_with_their_parent(start, method):
    """When the parent is killed, nobody can clean up; but no process stays, and no dump changes."""
    run = start(*LONG, "--start-method", method)
    run.until_merging()
    run.kill(signal.SIGKILL)
    assert run.end() == -signal.SIGKILL
    assert (run.folder / "out.sql").read_bytes() == EARLIER
    assert run.said == ""


@pytest.mark.parametrize("where", ["out.sql", "-"])
def test_a_full_disk_of_real_size(start, tmp_path, where):
    """A file system that fills up ends the run with exit code 8, whatever fills it."""
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "shardgen-test", str(small)]
    if shutil.which("mount") is None or subprocess.call(mount, stderr=subprocess.DEVNULL):
        pytest.skip("may not mount a small file system here")
    try:
        (small / "out.sql").write_bytes(EARLIER)
        target = str(small / "out.sql") if where != "-" else "-"
        run = start(*LONG, "-o", target, environment={"TMPDIR": str(small)})
        assert run.end() == 8
        (line,) = plain_lines(run.said)
        assert "No space left on device; make room" in line
        assert [path.name for path in small.iterdir()] == ["out.sql"]
        assert (small / "out.sql").read_bytes() == EARLIER
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


@pytest.mark.parametrize("arguments", [MIDDLE, MIDDLE[:3]], ids=["workers", "one process"])
@pytest.mark.parametrize("out", ["/dev/full", "-"])
def test_a_full_device(start, arguments, out):
    """A device without room, named or as standard output, ends the run with exit code 8."""
    with Path("/dev/full").open("wb") as full:
        run = start(*arguments, "-o", out, stdout=full)
    assert run.end() == 8
    name = "standard output" if out == "-" else out
    (line,) = plain_lines(run.said)
    assert line.startswith(f"shardgen: cannot write {name}: No space left on device; make room")
    assert nothing_happened(run)


@pytest.mark.parametrize(
    ("limit", "shard_rows", "what"),
    [(500_000, 20_000, ".shard: File too large"), (5_000_000, 2_000, "out.sql: File too large")],
    ids=["shard file", "dump"],
)
def test_a_limit_on_file_sizes(start, limit, shard_rows, what):
    """A file that may not grow, be it a shard file or the dump, ends the run with exit code 8."""
    prepare = limited(resource.RLIMIT_FSIZE, limit)
    run = start(*MIDDLE, "--shard-rows", str(shard_rows), prepare=prepare)
    assert run.end() == 8
    (line,) = plain_lines(run.said)
    assert what in line
    assert line.endswith("raise the limit on file sizes (ulimit -f), or ask for fewer rows")
    assert nothing_happened(run)


def test_a_limit_on_file_sizes_in_one_process(start):
    """The dump of a run without workers that may not grow ends it with exit code 8."""
    run = start(
        "run",
        "-o",
        "out.sql",
        prepare=limited(resource.RLIMIT_FSIZE, 100_000),
    )
    assert run.end() == 8
    (line,) = plain_lines(run.said)
    assert line.startswith("shardgen: cannot write out.sql: File too large; raise the limit")
    assert nothing_happened(run)


@pytest.mark.parametrize("limit", range(6, 17))
def test_few_open_files(start, limit):
    """With too few open files a run says so; with just enough it works."""
    run = start(*MIDDLE, prepare=limited(resource.RLIMIT_NOFILE, limit))
    code = run.end()
    if code:
        assert code in {1, 6, 8}
        (line,) = plain_lines(run.said)
        assert "Too many open files; raise the limit on open files (ulimit -n)" in line
        assert nothing_happened(run)
    else:
        assert run.files() == ["out.sql"]


def test_no_more_processes(start):
    """A system that starts no more processes ends the run with exit code 6."""
    if os.geteuid() == 0:
        pytest.skip("the limit on processes does not bind root")
    run = start(*MIDDLE, prepare=limited(resource.RLIMIT_NPROC, 1))
    assert run.end() == 6
    (line,) = plain_lines(run.said)
    assert "cannot start worker processes: Resource temporarily unavailable" in line
    assert nothing_happened(run)


def test_a_folder_that_takes_no_files(start):
    """A folder that refuses files, even from root, is an error before work begins."""
    run = start(*LONG, "-o", "/proc/out.sql")
    assert run.end() == 8
    (line,) = plain_lines(run.said)
    assert line.startswith("shardgen: cannot write /proc/out.sql: ")
    assert nothing_happened(run)


@pytest.mark.parametrize("what", ["all", "shards"])
def test_a_folder_that_is_deleted_meanwhile(start, tmp_path, what):
    """A run whose files are taken away ends with an error, and makes no folder again."""
    far = tmp_path / "work" / "far"
    far.mkdir()
    run = start(*LONG, "-o", "far/out.sql")
    run.until(lambda: list(far.glob("*.shards/*")), "shard files")
    for folder in [far] if what == "all" else list(far.glob("*.shards")):

        def vanished(folder=folder) -> bool:
            shutil.rmtree(folder, ignore_errors=True)
            return not folder.exists()

        until(vanished, "an end of new files")
    assert run.end() in {7, 8}
    (line,) = plain_lines(run.said)
    assert "far/" in line
    assert run.files() == (["out.sql"] if what == "all" else ["far", "out.sql"])


@pytest.mark.parametrize("arguments", [LONG, ("run", "--scale", "1")], ids=["workers", "small"])
def test_a_reader_that_leaves_ends_a_run_quietly(start, arguments):
    """`-o - | head -1` gives a line, and ends as other programs do: with 141 and no word."""
    reading, writing = os.pipe()
    run = start(*arguments, "-o", "-", stdout=writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert pipe.readline().startswith(b"-- shardgen ")
    assert run.end() == 141
    assert run.said == ""
    assert nothing_happened(run)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The digest of the dump of `MIDDLE` with each of two seeds, as nothing disturbs it."""
    folder = tmp_path_factory.mktemp("whole")
    made = {}
    for seed in (0, 1):
        shardgen.run("fintech-loans", folder / "out.sql", scale=100, workers=2, seed=seed)
        made[seed] = digest(folder / "out.sql")
    return made


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_closed_standard_streams_do_no_harm(start, whole, closed):
    """A run started without standard streams, as some job runners do, writes the same dump."""
    run = start(*MIDDLE, prepare=lambda: [os.close(number) for number in closed])
    assert run.end() == 0
    assert whole[0] == digest(run.folder / "out.sql")


def test_two_runs_to_one_target(start, whole):
    """Two runs to the same path at once both succeed, and at every moment a whole dump is there."""
    first, second = start(*MIDDLE), start(*MIDDLE, "--seed", "1")
    out, seen = first.folder / "out.sql", set()
    limit = time.monotonic() + GUARD
    while first.processes() or second.processes():
        seen.add(digest(out))
        assert time.monotonic() < limit
        time.sleep(0.01)  # looks at any moments: a dump that is not whole would be seen at some
    assert (first.end(), second.end()) == (0, 0)
    seen.add(digest(out))
    assert seen <= {hashlib.sha256(EARLIER).hexdigest(), *whole.values()}
    assert first.files() == ["out.sql"]


def test_many_stops_at_many_moments(start):
    """A run stopped at one moment after another never leaves anything."""
    for step in range(5):
        run = start(*LONG)
        with contextlib.suppress(AssertionError):
            run.until(lambda run=run: len(run.workers()) >= 2, "workers")
        time.sleep(0.005 * step)  # a spread of moments, whatever the run does in them
        run.kill_group(signal.SIGINT if step % 2 else signal.SIGTERM)
        assert run.end() == (130 if step % 2 else 143)
        assert len(plain_lines(run.said)) == 1
        assert nothing_happened(run)


# Folders

FOLDER = ("run", "--scale", "1000", "-w", "2", "--format", "csv", "-o", "out")
TABLES = ("borrowers", "credit_scores", "loans", "payments")


@pytest.fixture
def start_folder(start, tmp_path):
    """Start runs whose target is a folder with the files of an earlier run."""
    folder = tmp_path / "work" / "out"
    folder.mkdir()
    for table in TABLES:
        (folder / f"{table}.csv").write_bytes(EARLIER)
    return start


def nothing_happened_in_the_folder(run: Run) -> bool:
    """Say whether only the earlier files are there, as they were."""
    files = [run.folder / "out" / f"{table}.csv" for table in TABLES]
    names = sorted(["out", "out.sql", *(file.name for file in files)])
    return run.files() == names and all(file.read_bytes() == EARLIER for file in files)


def until_two_files(run: Run) -> None:
    """Wait until a second table has begun."""
    pattern = "out/*.partial/*.csv"
    run.until(lambda: len(list(run.folder.glob(pattern))) >= 2, "a second file")


@pytest.mark.parametrize("whom", ["all", "the parent"])
def test_a_stop_leaves_the_files_of_a_folder(start_folder, whom):
    """All of them, as an earlier run left them, and nothing else."""
    run = start_folder(*FOLDER)
    until_two_files(run)
    (run.kill_group if whom == "all" else run.kill)(signal.SIGINT)
    assert run.end() == 130
    assert run.said == "shardgen: interrupted\n"
    assert nothing_happened_in_the_folder(run)


def test_a_worker_that_is_killed_leaves_the_files_of_a_folder(start_folder):
    """With the exit code and the hint that a dump has."""
    run = start_folder(*FOLDER)
    until_two_files(run)
    os.kill(run.workers()[-1], signal.SIGKILL)
    assert run.end() == 6
    assert "a worker process died (killed by SIGKILL)" in run.said
    assert nothing_happened_in_the_folder(run)


def test_a_limit_on_file_sizes_leaves_the_files_of_a_folder(start_folder):
    """The file that may not grow is named within the folder."""
    run = start_folder(
        *FOLDER[:2], "100", *FOLDER[3:], "--shard-rows", "2000",
        prepare=limited(resource.RLIMIT_FSIZE, 5_000_000),
    )  # fmt: skip
    assert run.end() == 8
    (line,) = plain_lines(run.said)
    assert line.startswith("shardgen: cannot write out/loans.csv: File too large; raise the limit")
    assert nothing_happened_in_the_folder(run)


@pytest.mark.parametrize("call", ["fsync", "rename", "rmdir"])
def test_ctrl_c_at_the_very_end_of_a_folder(start_folder, tmp_path, call):
    """Ctrl-C in the last system calls leaves all earlier files or all new ones."""
    code = (
        f"import os, signal\nreal = os.{call}\n"
        f"def {call}(*args, **options):\n"
        "    if os.getpid() == os.getsid(0):\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "    return real(*args, **options)\n"
        f"os.{call} = {call}\n"
    )
    run = start_folder(*FOLDER[:2], "100", *FOLDER[3:], environment=patched(tmp_path, code))
    assert run.end() == 130
    assert run.said == "shardgen: interrupted\n"
    digests = {digest(run.folder / "out" / f"{table}.csv") for table in TABLES}
    assert len(digests) == 4 or nothing_happened_in_the_folder(run)
    beside = {*run.files()} - {"out", "out.sql"} - {f"{table}.csv" for table in TABLES}
    assert beside <= set(manifest.BESIDE)


def test_a_folder_on_a_full_disk(start, tmp_path):
    """A file system that fills up ends the run with exit code 8 and leaves nothing."""
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "shardgen-test", str(small)]
    if shutil.which("mount") is None or subprocess.call(mount, stderr=subprocess.DEVNULL):
        pytest.skip("may not mount a small file system here")
    try:
        run = start(*FOLDER[:-1], str(small))
        assert run.end() == 8
        (line,) = plain_lines(run.said)
        assert "No space left on device; make room" in line
        assert [] == list(small.iterdir())
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


FORMATS = [
    ("csv", "none", "csv"),
    ("jsonl", "gzip", "jsonl.gz"),
    ("tsv", "zstd", "tsv.zst"),
    ("parquet", "zstd", "parquet"),
    ("arrow", "none", "arrow"),
]


@pytest.mark.parametrize(("form", "compress", "ending"), FORMATS)
def test_a_format_whose_run_is_killed_leaves_nothing_under_its_name(start, form, compress, ending):
    """Of any format: the folder is not there, and the next run takes away what was left."""
    command = ("run", "--scale", "400", "-w", "2", "--format", form, "--compress", compress)
    killed = start(*command, "-o", "new/", "--shard-rows", "20000")
    killed.until(lambda: len(list(killed.folder.glob("new.*.partial/*"))) >= 2, "a second file")
    killed.kill_group(signal.SIGKILL)
    assert killed.end() == -signal.SIGKILL
    assert not (killed.folder / "new").exists()
    again = start("run", "--format", form, "--compress", compress, "-o", "new/")
    assert again.end() == 0
    names = {f"{table}.{ending}" for table in TABLES}
    assert {"new", "out.sql"} == {path.name for path in again.folder.iterdir()}
    assert names == {path.name for path in (again.folder / "new").iterdir()} - {*manifest.BESIDE}
