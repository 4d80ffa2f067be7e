"""What scripts/kill-runs runs: runs that are killed, until there were so many kills."""

from __future__ import annotations

import argparse
import contextlib
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from support.run_kills import Job, Tally, finish, kill_until_complete

TARGETS = {
    "dump": ("out.sql", ()),
    "compressed": ("out.sql.zst", ()),
    "folder": ("out", ("--format", "csv", "--file-rows", "30000")),
    "parquet": ("out", ("--format", "parquet")),
    "part": ("out", ("--part", "2/3")),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--scale", default="40", help="times 5,000 rows")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--targets", nargs="+", choices=TARGETS, default=[*TARGETS])
    asked = parser.parse_args()
    chance, tally = random.Random(asked.seed), Tally()  # noqa: S311 -- moments
    with tempfile.TemporaryDirectory() as name:
        known = {each: _known(Path(name), each, asked.scale) for each in asked.targets}
        while tally.kills < asked.kills:
            for each, (digest, seconds) in known.items():
                with _job(Path(name), each, asked.scale) as job:
                    left = min(6, asked.kills - tally.kills)
                    kill_until_complete(job, left, 1.2 * seconds, chance, tally)
                    _check(job, digest)
            print(f"{tally}: all equal", flush=True)
        for each, (digest, _) in known.items():
            _fill(Path(name), each, asked.scale, digest)


def _known(folder: Path, target: str, scale: str) -> tuple[str, float]:
    """Return the digest of an undisturbed run, and how long it takes."""
    with _job(folder, target, scale) as job:
        began = time.perf_counter()
        finish(job, Tally())
        seconds = time.perf_counter() - began
        print(f"{target}: an undisturbed run takes {seconds:.1f} s", flush=True)
        return job.digest(), seconds


@contextlib.contextmanager
def _job(folder: Path, target: str, scale: str, mounted: Path | None = None) -> Iterator[Job]:
    """Give a run in a new folder."""
    name, more = TARGETS[target]
    where = mounted or folder / "work"
    where.mkdir(exist_ok=True)
    yield Job(where, name, ("--scale", scale, "--shard-rows", "2000", *more))
    if mounted is None:
        shutil.rmtree(where)


def _check(job: Job, digest: str) -> None:
    left = job.left()
    assert not left, f"{job.name} {job.asked}: {left}"
    if digest != job.digest():
        kept = Path(tempfile.mkdtemp(prefix="shardgen-kills-"))
        shutil.copytree(job.folder, kept / "work")
        raise AssertionError(f"{job.name} {job.asked}: the bytes are others, see {kept}")


def _fill(folder: Path, target: str, scale: str, digest: str) -> None:
    """Run on a file system that is too small, which grows until there is room."""
    small = folder / "small"
    small.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "shardgen-kills", str(small)]
    if subprocess.call(mount, stderr=subprocess.DEVNULL):
        print("no small file system may be mounted here: the limit of file sizes is in the tests")
        return
    tally, full = Tally(), 0
    try:
        with _job(folder, target, scale, small) as job:
            for size in range(1, 80, 3):
                subprocess.run(["mount", "-o", f"remount,size={size}m", str(small)], check=True)
                process = job.start(2)
                _, said = process.communicate()
                if process.returncode == 0:
                    tally.note(said)
                    break
                assert process.returncode == 8, said
                assert "No space left on device" in said, said
                full += 1
            _check(job, digest)
            print(f"{target}: {full} times full; {tally}: equal", flush=True)
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


if __name__ == "__main__":
    main()
