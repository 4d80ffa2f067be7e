"""
Run the micro benchmarks and keep their results: micro.md and micro.json in bench/runs/<date>/.

Arguments go to pytest, so that `-k render` measures one stage and `--benchmark-max-time 1` longer.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from itertools import groupby
from pathlib import Path
from typing import Any

import pipeline

HERE = Path(__file__).resolve().parent
KEPT = ("median", "min", "max", "iqr", "rounds")


def measured(arguments: list[str]) -> list[dict[str, Any]]:
    """Run pytest and return name, figures and notes of each benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw.json"
        command = [
            *(sys.executable, "-m", "pytest", str(HERE), "-q", "--benchmark-only"),
            *("--benchmark-columns=median,iqr,rounds", f"--benchmark-json={raw}", *arguments),
        ]
        if subprocess.run(command, cwd=HERE.parent, check=False).returncode:
            sys.exit("the benchmarks failed; nothing is kept")
        told = json.loads(raw.read_text())["benchmarks"]
    return [
        {
            "group": each["group"],
            "name": each["name"].removeprefix("test_"),
            **{key: each["stats"][key] for key in KEPT},
            **each["extra_info"],
        }
        for each in told
    ]


def markdown(records: list[dict[str, Any]], about: dict[str, Any]) -> str:
    lines = [*pipeline.report.head(about)][:-3]
    lines[0] = lines[0].replace("Pipeline", "Micro benchmarks")
    for group, members in groupby(records, key=lambda record: record["group"]):
        lines += ["", f"## {group}", "", "| benchmark | µs | ns a row | M rows/s | MB/s |"]
        lines.append("|---|--:|--:|--:|--:|")
        for each in members:
            lines.append("| " + " | ".join(cells(each)) + " |")
    return "\n".join(lines) + "\n"


def cells(record: dict[str, Any]) -> list[str]:
    micro, rows = record["median"] * 1e6, record["rows"]
    if rows == 1:  # what is done once, before the first row
        return [record["name"], f"{micro:,.1f}", "", "", ""]
    speed = record["bytes"] / micro
    each = f"{1000 * micro / rows:,.1f}"
    return [record["name"], f"{micro:,.1f}", each, f"{rows / micro:,.2f}", f"{speed:,.0f}"]


def main() -> int:
    options = pipeline.parser().parse_args([])
    about = pipeline.facts(options, options.disk)
    records = sorted(measured(sys.argv[1:]), key=lambda each: each["group"])
    out = HERE / "runs" / about["date"]
    out.mkdir(parents=True, exist_ok=True)
    (out / "micro.md").write_text(markdown(records, about))
    (out / "micro.json").write_text(json.dumps({"machine": about, "benchmarks": records}, indent=1))
    print(f"kept in {out.relative_to(HERE.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
