"""
Measure small data sets, as tests ask for them: 100 rows of each bundled schema.

    .venv/bin/python bench/small.py [--rows 100] [--repeats 15]

Milliseconds of this process's processor time, which other processes disturb least, and of the clock
beside it; medians after the first. Each data set has another seed, all of its rows are made, and
their number is checked.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import shardgen
from shardgen.testing import Factory, shared_out

SCHEMAS = ("fintech-loans", "healthcare-patients", "retail-ecommerce", "saas-multitenant")


def measured(action: Callable[[int], None], repeats: int) -> tuple[float, float, float]:
    """Return milliseconds: the first, then the medians of processor time and of the clock."""
    spent, clock = [], []
    for n in range(repeats + 1):
        began, at = time.process_time(), time.perf_counter()
        action(n)
        spent.append((time.process_time() - began) * 1e3)
        clock.append((time.perf_counter() - at) * 1e3)
    return spent[0], statistics.median(spent[1:]), statistics.median(clock[1:])


def cases(name: str, rows: int, folder: Path) -> dict[str, Callable[[int], None]]:
    """Return what is measured of a schema, by what it is."""
    schema, sizes = shardgen.load_schema(name), shared_out(name, rows)
    table = schema.tables[0].name
    text = next(c.name for c in schema.tables[0].columns if c.type.startswith("varchar"))
    factory = Factory(schema)

    def data_set(seed: int) -> None:
        made = shardgen.generate(schema, rows=sizes, seed=seed)
        assert sum(sizes.values()) == sum(len(data.rows) for data in made.tables.values())

    def stated(seed: int) -> None:
        said = {table: [{text: "x"}]}
        made = shardgen.generate(schema, rows=sizes, seed=seed, with_rows=said)
        assert made[table].rows[0][text] == "x"

    def file(seed: int) -> None:
        shardgen.generate(schema, rows=sizes, seed=seed).to_sqlite(folder / f"{name}{seed}.db")

    def built(seed: int) -> None:
        assert factory.build(schema.tables[-1].name).parents or seed < 0

    return {"a data set": data_set, "with a row stated": stated, "SQLite": file, "a row": built}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=15)
    asked = parser.parse_args()
    print(f"{asked.rows} rows; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print(f"{'':20} {'tables':>6} {'':18} {'first':>7} {'CPU ms':>7} {'clock':>7}")
    with tempfile.TemporaryDirectory() as folder:
        for name in SCHEMAS:
            tables = len(shardgen.load_schema(name).tables)
            for what, action in cases(name, asked.rows, Path(folder)).items():
                numbers = " ".join(f"{each:7.1f}" for each in measured(action, asked.repeats))
                print(f"{name:20} {tables:6} {what:18} {numbers}")


if __name__ == "__main__":
    main()
