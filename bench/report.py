"""Records of a pipeline run as Markdown: a table for each section, and the ratios that matter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

Record = dict[str, Any]
HEADINGS = (
    "case", "workers", "to", "s (min – max)", "user + sys, s", "rows/s", "MB/s", "MB per CPU s",
    "peak RSS / PSS, MiB",
)  # fmt: skip
MIB = 1 << 20
SMALL_JOB = 500_000  # rows: with fewer, shardgen starts no workers however many are asked for


def markdown(records: list[Record], about: dict[str, Any]) -> str:
    lines = [*head(about)]
    for title, group in groupby(records, key=lambda record: record["title"]):
        section = list(group)
        lines += ["", f"## {title}", "", *table(section)]
        told = list(ratios(section))
        if told:
            lines += ["", *told]
    return "\n".join(lines) + "\n"


def head(about: dict[str, Any]) -> Iterator[str]:
    yield f"# Pipeline, {about['date']}"
    yield ""
    virtual = ", virtual" if about["hypervisor"] else ""
    yield (
        f"{about['cpu']}{virtual}, {about['cores']} cores, cache {about['cache']}, "
        f"{about['memory_gib']} GiB; disk {about['disk']};"
    )
    yield (
        f"{about['system']} {about['kernel']}, Python {about['python']}, NumPy {about['numpy']}, "
        f"msgspec {about['msgspec']}; rows by {'the compiled module' if about['compiled'] else 'NumPy'};"
    )
    yield f"shardgen {about['shardgen']} at {about['commit']}; load before: {about['load_before']:.2f}."
    yield ""
    yield "Whole processes, start-up included; medians of interleaved rounds after one that is dropped"
    yield f"({about['repeats']} rounds, of start-up four times as many). bench/README.md has the caveats."


def table(section: Iterable[Record]) -> Iterator[str]:
    yield "| " + " | ".join(HEADINGS) + " |"
    yield "|---|--:|---|" + "--:|" * (len(HEADINGS) - 3)
    for record in section:
        yield "| " + " | ".join(cells(record)) + " |"


def cells(record: Record) -> Iterator[str]:
    yield record["name"]
    yield str(record["workers"] or "")
    yield f"`{record['to']}`" if record["to"] in ("-", "/dev/null") else record["to"]
    places = 3 if record["wall"] < 1 else 2
    span = " – ".join(f"{record[key]:.{places}f}" for key in ("wall_min", "wall_max"))
    yield f"{record['wall']:.{places}f} ({span})"
    yield f"{record['user']:.{places}f} + {record['sys']:.{places}f}"
    rows, size = record.get("rows"), record.get("bytes")
    yield f"{rows / record['wall']:,.0f}" if rows else ""
    yield f"{size / record['wall'] / 1e6:,.0f}" if size else ""
    cpu = record["user"] + record["sys"]
    yield f"{size / cpu / 1e6:,.0f}" if size and cpu > 0.05 else ""
    memory = [f"{record[key] / MIB:.0f}" for key in ("peak_rss", "peak_pss") if record.get(key)]
    yield " / ".join(memory)


def ratios(section: list[Record]) -> Iterator[str]:
    """Yield the ratios of a section as a list, each with its sentence."""
    kinds = {"start": start_ratios, "scale": scale_ratios, "formats": two_workers}
    kinds["memory"] = memory_ratios
    yield from kinds[section[0]["section"]](section)


def start_ratios(section: list[Record]) -> Iterator[str]:
    wall = {(record["name"], record["to"]): record["wall"] for record in section}
    ours = wall["shardgen run", "/dev/null"]
    for name in ("import numpy, msgspec, click", "the same, one BLAS thread", "import numpy"):
        yield f"- `shardgen run`, 5,000 rows ÷ `{name}`: {ours / wall[name, '']:.2f}"
    if ("Faker script", "-") in wall:
        yield f"- Faker script, 5,000 rows ÷ `shardgen run`: {wall['Faker script', '-'] / ours:.2f}"


def two_workers(section: list[Record]) -> Iterator[str]:
    wall = {(r["name"], r["to"], r["workers"]): r["wall"] for r in section}
    if section[0]["rows"] < SMALL_JOB:
        return
    for (name, to, workers), seconds in wall.items():
        if workers == 2 and (name, to, 1) in wall:
            yield f"- 2 workers against 1, {name}, {to}: {wall[name, to, 1] / seconds:.2f}×"


def scale_ratios(section: list[Record]) -> Iterator[str]:
    ours = [record for record in section if record["name"] == "shardgen run"]
    if section[0]["rows"] < SMALL_JOB:
        yield "No ratios: so few rows are made without workers, and most of the time is start-up."
        return
    alone, alone_two = section[0]["wall"], section[1]["wall"]
    yield from two_workers(ours)
    yield f"- the machine itself, two processes of half the rows against one: {alone / alone_two:.2f}×"
    for record in ours:
        share = alone / record["wall"] / record["workers"]
        of_two = (
            f"; {alone_two / record['wall']:.2f} of two alone" if record["workers"] == 2 else ""
        )
        yield (
            f"- rows/s per worker ÷ rows alone, {record['workers']} to {record['to']}: "
            f"{share:.2f}{of_two}"
        )
    for record in section:
        if record["name"] == "write a prepared buffer":
            best = min(r["wall"] for r in ours if r["to"] == record["to"])
            yield (
                f"- share of the time that writing the bytes alone takes, {record['to']}: "
                f"{record['wall'] / best:.2f}"
            )


def memory_ratios(section: list[Record]) -> Iterator[str]:
    for workers in (1, 2):
        fewest, *more = (r for r in section if r["workers"] == workers)
        for record in more:
            speed = record["rows"] / record["wall"] / (fewest["rows"] / fewest["wall"])
            yield (
                f"- {record['rows']:,} rows against {fewest['rows']:,}, {workers} workers: peak RSS "
                f"{record['peak_rss'] / fewest['peak_rss']:.2f}×, PSS "
                f"{record['peak_pss'] / fewest['peak_pss']:.2f}×, rows/s {speed:.2f}×"
            )
