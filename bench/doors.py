"""
Measure the doors by CPU seconds of whole processes, in turns.

Text formats stand against the SQL dump, compression against the library alone, and Parquet against
tpchgen-cli where that is installed.

    .venv/bin/python bench/doors.py [--rows 1500000] [--repeats 5]

Ratios are of medians; start-up is in every run. One worker makes the rows, to /dev/null; Parquet is
written to a folder for temporary files. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

BENCH = Path(__file__).parent
PAYMENTS_EACH = 3500  # at scale 1
LINEITEMS = 6_001_215  # of TPC-H at scale factor 1
COMPRESS = {
    "zstd": "import zstandard, sys\n"
    "c = zstandard.ZstdCompressor(level=1, write_checksum=True).compressobj()\n",
    "gzip": "from isal import isal_zlib\nimport sys\nc = isal_zlib.compressobj(2, wbits=31)\n",
}
PIECES = (
    "out = open('/dev/null', 'wb')\n"
    "with open(sys.argv[1], 'rb') as ready:\n"
    "    while piece := ready.read(1 << 20):\n"
    "        out.write(c.compress(piece))\n"
    "out.write(c.flush())\n"
)

Case = Callable[[], float]


def cpu(*command: str | Path, stdout: int = subprocess.DEVNULL) -> float:
    """Run a command; return the CPU seconds of it and of its children."""
    before = os.times()
    subprocess.run([*map(str, command)], check=True, stdout=stdout)
    after = os.times()
    return (after[2] - before[2]) + (after[3] - before[3])


def run(*arguments: str | Path) -> float:
    """Run shardgen with one worker."""
    return cpu(sys.executable, "-m", "shardgen", "run", "-q", "-w", "1", *arguments)


def medians(cases: dict[str, Case], repeats: int) -> dict[str, float]:
    """Return the median CPU seconds of each case; the first round, which warms up, is dropped."""
    found: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(repeats + 1):
        for name, case in cases.items():
            found[name].append(case())
    return {name: statistics.median(seconds[1:]) for name, seconds in found.items()}


def text_formats(rows: int, folder: Path) -> dict[str, Case]:
    """Payments in each text format, and compressed; and ready bytes compressed by the library."""
    what = ["fintech-loans", "--scale", str(rows / PAYMENTS_EACH), "--tables", "payments"]
    ready = folder / "ready.sql"
    run(*what, "-o", ready)
    cases: dict[str, Case] = {
        form: lambda form=form: run(*what, "--format", form, "-o", "/dev/null")
        for form in ("sql", "copy", "csv", "tsv", "jsonl")
    }
    for how, code in COMPRESS.items():
        cases[f"sql, {how}"] = lambda how=how: run(*what, "--compress", how, "-o", "/dev/null")
        cases[f"{how} alone"] = lambda code=code: cpu(sys.executable, "-c", code + PIECES, ready)
    return cases


def parquet(folder: Path) -> dict[str, Case]:
    """TPC-H's lineitem in Parquet, by us and by tpchgen-cli."""
    out = folder / "lineitem.parquet"
    cases: dict[str, Case] = {
        "parquet": lambda: run(BENCH / "lineitem.json", "--tables", "lineitem", "-o", out)
    }
    program = shutil.which("tpchgen-cli", path=str(Path(sys.executable).parent))
    if program:
        cases["tpchgen-cli"] = lambda: cpu(
            *(program, "parquet", "-s", "1", "--tables=lineitem", "--overwrite", "--quiet"),
            *("--compression=ZSTD(1)", "--num-threads=1", f"--output-dir={folder / 'tpch'}"),
        )
    return cases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_500_000)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shardgen-bench-") as name:
        folder = Path(name)
        texts = medians(text_formats(given.rows, folder), given.repeats)
        columns = medians(parquet(folder), given.repeats)
        sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    ratios = {form: texts["sql"] / texts[form] for form in ("copy", "csv", "tsv", "jsonl")}
    for how in COMPRESS:
        ratios[how] = texts[f"sql, {how}"] / (texts["sql"] + texts[f"{how} alone"])
    if "tpchgen-cli" in columns:
        ours = json.loads((BENCH / "lineitem.json").read_text())
        rows = next(t["record_count"] for t in ours["tables"] if t["name"] == "lineitem")
        ratios["parquet"] = rows / columns["parquet"] / (LINEITEMS / columns["tpchgen-cli"])
    machine = {"python": platform.python_version(), "system": platform.platform()}
    print(json.dumps({"machine": machine, "rows": given.rows, "cpu": texts | columns,
                      "ratios": ratios, "bytes": sizes}, indent=2))  # fmt: skip


if __name__ == "__main__":
    main()
