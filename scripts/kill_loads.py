"""What scripts/kill-loads runs: loads that are killed, until there were so many kills."""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from support.databases import (
    Database,
    DuckDB,
    PostgresDatabases,
    SQLite,
    mariadb_address,
    new_mariadb,
)
from support.kills import contents, kill_at_random, load_command

ADDRESS = os.environ.get("SHARDGEN_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/test")


@contextlib.contextmanager
def databases(kind: str, folder: Path) -> Iterator[object]:
    """Give what lends an empty database."""
    if kind == "postgres":
        made = PostgresDatabases(ADDRESS)
        try:
            yield made.lent
        finally:
            made.drop()
        return
    if kind == "mysql":
        yield lambda: new_mariadb(mariadb_address())
        return

    @contextlib.contextmanager
    def lent() -> Iterator[Database]:
        path = folder / f"{time.monotonic_ns()}.db"
        if kind == "duckdb":
            yield DuckDB(path)
            path.unlink()
            return
        with contextlib.closing(SQLite(path)) as database:
            yield database
        path.unlink()

    yield lent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database", choices=["postgres", "mysql", "sqlite", "duckdb"])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--scale", type=float, default=20, help="times 5,000 rows")
    parser.add_argument(
        "--replace", action="store_true", help="replace the payments of a load that is complete"
    )
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    chance, kills, loads = random.Random(asked.seed), 0, 0  # noqa: S311 -- moments
    with (
        tempfile.TemporaryDirectory() as folder,
        databases(asked.database, Path(folder)) as lent,
    ):
        more = ("--seed", "1", "--replace", "payments") if asked.replace else ()
        with lent() as database:
            if asked.replace:
                subprocess.run(load_command(database.url, asked.scale), check=True)
            began = time.perf_counter()
            subprocess.run(load_command(database.url, asked.scale, *more), check=True)
            seconds = time.perf_counter() - began
            expected = contents(database)
        print(f"{asked.database}: a clean load takes {seconds:.1f} s", flush=True)
        while kills < asked.kills:
            with lent() as database:
                if asked.replace:
                    subprocess.run(load_command(database.url, asked.scale), check=True)
                left = asked.kills - kills
                kills += kill_at_random(
                    database.url, asked.scale, left, 1.2 * seconds, chance, *more
                )
                loads += 1
                assert expected == contents(database), "the rows are others"
            print(f"{kills} kills, {loads} loads complete: all equal", flush=True)


if __name__ == "__main__":
    main()
