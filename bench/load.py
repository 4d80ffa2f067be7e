"""
Measure `shardgen load` in turns with what else fills a database.

    .venv/bin/python bench/load.py [--rows 1000000] [--repeats 3] [--memory | --mariadb | --sqlite]

With --sqlite it is the shell's `.import` of a ready CSV, by CPU seconds. Else it makes a database
of its own at SHARDGEN_TEST_POSTGRES or SHARDGEN_TEST_MARIADB, and drops it. Seconds are those of the
clock: the server's work counts, so nothing else should run. The server has to read a file in the
folder for temporary files, which it does where it runs on this machine. Ratios are of medians.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

ADDRESS = os.environ.get("SHARDGEN_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/test")
PAYMENTS_EACH = 3500  # at scale 1
SHARDGEN = [sys.executable, "-m", "shardgen"]
BARE = """
    DROP TABLE IF EXISTS payments;
    CREATE TABLE payments (
        id integer, loan_id integer, payment_number integer, payment_date date,
        amount numeric(10,2), principal numeric(10,2), interest numeric(10,2),
        status varchar(20), created_at timestamptz
    )
"""

OF_SQLITE = """
    CREATE TABLE payments (
        id integer PRIMARY KEY, loan_id integer, payment_number integer, payment_date text,
        amount numeric, principal numeric, interest numeric, status text, created_at text
    )
"""

MARIADB = os.environ.get("SHARDGEN_TEST_MARIADB", "mysql://root@127.0.0.1:3306/test")
KEYED = """
    CREATE TABLE payments (
        id int PRIMARY KEY, loan_id int, payment_number int, payment_date date,
        amount decimal(10,2), principal decimal(10,2), interest decimal(10,2),
        status varchar(20), created_at timestamp NULL
    ) ENGINE=InnoDB
"""

Case = Callable[[], float]


@contextlib.contextmanager
def database() -> Iterator[str]:
    """Give the URL of a database of our own."""
    name = f"shardgen_bench_{os.getpid()}"
    with psycopg.connect(ADDRESS, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(ADDRESS)._replace(path=f"/{name}").geturl()
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def execute(url: str, *statements: str) -> float:
    """Run statements; return the seconds of the last."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            began = time.perf_counter()
            connection.execute(statement)
        return time.perf_counter() - began


def clock(command: str) -> float:
    """Return the seconds of a command of the shell."""
    began = time.perf_counter()
    subprocess.run(["bash", "-o", "pipefail", "-c", command], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def emptied(url: str) -> None:
    execute(url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public", "CHECKPOINT")


def payments(url: str, scale: float, workers: int) -> float:
    """Load payments alone into a table without keys; return the seconds without the start."""
    emptied(url)
    execute(url, BARE)
    return loaded(url, scale, workers)


def loaded(url: str, scale: float, workers: int) -> float:
    """Load payments into the table that is there; return the seconds without the start."""
    asked = (
        "--no-ddl",
        "--tables",
        "payments",
        "--scale",
        f"{scale}",
        "--json",
        "-w",
        f"{workers}",
    )
    done = subprocess.run(
        [*SHARDGEN, "load", "fintech-loans", url, *asked], check=True, capture_output=True
    )
    seconds: float = json.loads(done.stdout)["seconds"]
    return seconds


def server_copy(url: str, path: Path) -> float:
    """Return the seconds that the server takes for a file of the same rows."""
    emptied(url)
    return execute(url, BARE, f"COPY payments FROM '{path}'")


@contextlib.contextmanager
def mariadb() -> Iterator[tuple[str, Callable[..., float]]]:
    """Give the URL of a database of our own, and what runs statements there and returns seconds."""
    import pymysql

    parts, name = urlsplit(MARIADB), f"shardgen_bench_{os.getpid()}"
    where = {"host": parts.hostname, "port": parts.port or 3306, "user": parts.username}
    with pymysql.connect(**where, password=parts.password or "", autocommit=True) as server:

        def run(*statements: str) -> float:
            for statement in statements:
                began = time.perf_counter()
                server.query(statement)
            return time.perf_counter() - began

        run(f"CREATE DATABASE {name}", f"USE {name}")
        run("SET time_zone = '+00:00'")  # that of the file
        try:
            yield parts._replace(path=f"/{name}").geturl(), run
        finally:
            run(f"DROP DATABASE {name}")


def measure_mariadb(scale: float, path: Path, repeats: int) -> None:
    """Print how quick a load of payments is against the server's own reading of a file of them."""
    with mariadb() as (url, run):

        def by_server() -> float:
            return run(
                "DROP TABLE IF EXISTS payments",
                KEYED,
                f"LOAD DATA INFILE '{path}' INTO TABLE payments",
            )

        def ours(workers: int) -> float:
            run("DROP TABLE IF EXISTS payments", KEYED)
            return loaded(url, scale, workers)

        cases = {"server": by_server, "one": lambda: ours(1), "two": lambda: ours(2)}
        taken = medians(cases, repeats)
    print(f"LOAD DATA INFILE: {taken['server']:.2f} s; load average {os.getloadavg()[0]:.1f}")
    for name in ("one", "two"):
        ratio = taken["server"] / taken[name]
        print(f"{name} of ours: {taken[name]:.2f} s, {ratio:.2f} times as quick")


def whole(url: str, command: str) -> float:
    emptied(url)
    return clock(command)


def peak(url: str, rows: int) -> float:
    """Return the most MB that a process of a load had in memory."""
    emptied(url)
    execute(url, BARE)
    script = (
        "import resource, shardgen\n"
        f"shardgen.load('fintech-loans', {url!r}, ddl=False, tables=['payments'], workers=2,"
        f" scale={rows / PAYMENTS_EACH})\n"
        "print(*(resource.getrusage(w).ru_maxrss for w in"
        " (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    return max(map(int, done.stdout.split())) / 1024


def cpu(*command: str | Path) -> float:
    """Run a command; return the CPU seconds of it and of its children."""
    before = os.times()
    subprocess.run([*map(str, command)], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return (after[2] - before[2]) + (after[3] - before[3])


def sqlite(rows: int, repeats: int, folder: Path) -> None:
    """Print what payments alone cost in a table without indexes, by the shell and by us."""
    scale, ready = rows / PAYMENTS_EACH, folder / "payments.csv"
    what = ("fintech-loans", "-q", "--scale", f"{scale}", "--tables", "payments")
    cpu(*SHARDGEN, "run", *what, "--format", "csv", "-o", ready)
    empty = folder / "empty.db"
    cpu("sqlite3", empty, OF_SQLITE)
    made = folder / "made.db"

    def emptied() -> Path:
        shutil.copy(empty, made)
        return made

    cases: dict[str, Case] = {
        ".import": lambda: cpu("sqlite3", emptied(), ".mode csv",
                               f".import --skip 1 {ready} payments"),
        "load": lambda: cpu(*SHARDGEN, "load", *what, f"sqlite:///{emptied()}", "--no-ddl",
                            "-w", "1"),
    }  # fmt: skip
    taken = medians(cases, repeats)
    ratio = taken[".import"] / taken["load"]
    print(f"{rows} payments, CPU s: .import {taken['.import']:.2f}, load {taken['load']:.2f}: "
          f"{ratio:.2f}")  # fmt: skip


def medians(cases: dict[str, Case], repeats: int) -> dict[str, float]:
    """Return the median seconds of each case, run in turns."""
    taken: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(repeats):
        for name, case in cases.items():
            taken[name].append(case())
            print(f"  {name}: {taken[name][-1]:.2f} s", file=sys.stderr)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def file_of_payments(folder: Path, scale: float) -> Path:
    """Write payments as COPY and LOAD DATA read them, where the server finds them."""
    path = folder / "payments.copy"
    folder.chmod(0o755)
    run = f"{sys.executable} -m shardgen run fintech-loans -q --scale {scale}"
    only = "--tables payments --no-ddl --format copy -o -"
    clock(f"{run} {only} | sed '1,/^COPY/d;/^\\\\\\.$/,$d' > {path}")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="payments of each run")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--sqlite", action="store_true", help="SQLite against .import, nothing else"
    )
    parser.add_argument("--memory", action="store_true", help="10⁶ against 10⁷ rows, nothing else")
    parser.add_argument("--mariadb", action="store_true", help="MariaDB, and nothing else")
    asked = parser.parse_args()
    if asked.sqlite:
        with tempfile.TemporaryDirectory() as folder:
            sqlite(asked.rows, asked.repeats, Path(folder))
        return
    scale = asked.rows / PAYMENTS_EACH
    if asked.mariadb:
        with tempfile.TemporaryDirectory() as folder:
            path = file_of_payments(Path(folder), scale)
            measure_mariadb(scale, path, asked.repeats)
        return
    with database() as url, tempfile.TemporaryDirectory() as folder:
        if asked.memory:
            small, large = peak(url, 1_000_000), peak(url, 10_000_000)
            print(
                f"memory at 10⁶ and 10⁷ rows: {small:.1f} and {large:.1f} MB, {large / small:.3f}"
            )
            return
        path = file_of_payments(Path(folder), scale)
        run = f"{sys.executable} -m shardgen run fintech-loans -q --scale {scale}"
        parts = medians(
            {
                "server": lambda: server_copy(url, path),
                "one": lambda: payments(url, scale, 1),
                "two": lambda: payments(url, scale, 2),
            },
            asked.repeats,
        )
        load = f"{sys.executable} -m shardgen load fintech-loans {url} -q --scale {scale}"
        psql = f"psql -X -q -v ON_ERROR_STOP=1 {url}"
        wholes = medians(
            {
                "psql": lambda: whole(url, f"{run} --format copy -o - | {psql}"),
                "load": lambda: whole(url, load),
            },
            asked.repeats,
        )
    print(f"{asked.rows} payments, medians of {asked.repeats}")
    print(f"server's COPY FROM a file: {parts['server']:.2f} s")
    for name in ("one", "two"):
        ratio = parts["server"] / parts[name]
        print(f"{name} of ours: {parts[name]:.2f} s, {ratio:.2f} times as quick")
    ratio = wholes["load"] / wholes["psql"]
    print(
        f"whole, with keys: load {wholes['load']:.2f} s, run | psql {wholes['psql']:.2f} s: {ratio:.2f}"
    )


if __name__ == "__main__":
    main()
