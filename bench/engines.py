"""
Measure what an engine costs beside the pool of worker processes: CPU seconds of the same job.

    .venv/bin/python bench/engines.py [--scale 600] [--repeats 5]

Ray runs already, as it does for whoever has it; its start is told apart. A job's CPU seconds are those
that all processes used meanwhile, Ray's own too, from the call of `run` to its end. In the first
job Ray's workers import shardgen, which is told apart too. Jobs come in turns. Linux only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

import ray

import shardgen

TICKS = os.sysconf("SC_CLK_TCK")
WORKERS = 2


def cpu_of_tree() -> float:
    """Return the CPU seconds of this process and all below it, with those that they waited for."""
    parents, used = {}, {}
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            try:
                fields = (path / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(path.name)] = int(fields[1])
            used[int(path.name)] = sum(map(int, fields[11:15])) / TICKS
    below, found = {os.getpid()}, {0}
    while found:
        found = {pid for pid, parent in parents.items() if parent in below} - below
        below |= found
    return sum(used[pid] for pid in below)


def job(out: Path, scale: float, engine: str | None) -> tuple[float, float]:
    """Return the CPU seconds of a run, and its seconds."""
    before, began = cpu_of_tree(), time.perf_counter()
    shardgen.run("fintech-loans", out, scale=scale, engine=engine, workers=WORKERS)
    return cpu_of_tree() - before, time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=600)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    before, began = cpu_of_tree(), time.perf_counter()
    ray.init(include_dashboard=False, log_to_driver=False, num_cpus=WORKERS)
    started = cpu_of_tree() - before, time.perf_counter() - began
    found: dict[str, list[float]] = {"pool": [], "ray": []}
    with tempfile.TemporaryDirectory() as name:
        out = Path(name, "out.sql")
        first = job(out, asked.scale, "ray")
        digest = hashlib.sha256(out.read_bytes()).hexdigest()
        job(out, asked.scale, None)
        for _ in range(asked.repeats):
            for which, engine in (("pool", None), ("ray", "ray")):
                found[which].append(job(out, asked.scale, engine)[0])
                assert digest == hashlib.sha256(out.read_bytes()).hexdigest()
        size = out.stat().st_size
        time.sleep(2)
        before = cpu_of_tree()
        time.sleep(5)
        idle = (cpu_of_tree() - before) / 5
    medians = {which: statistics.median(each) for which, each in found.items()}
    report = {
        "bytes": size, "start_cpu_s": round(started[0], 2), "start_s": round(started[1], 2),
        "first_cpu_s": round(first[0], 2), "idle_cpu_share": round(idle, 3),
        "cpu_s": {which: [round(each, 2) for each in them] for which, them in found.items()},
        "median_cpu_s": {which: round(each, 2) for which, each in medians.items()},
        "ratio": round(medians["ray"] / medians["pool"], 3), "load": os.getloadavg(),
    }  # fmt: skip
    print(json.dumps(report, indent=1))
    ray.shutdown()


if __name__ == "__main__":
    main()
