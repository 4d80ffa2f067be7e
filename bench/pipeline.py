"""
Measure shardgen as its users run it: whole processes, beside what the machine can do at all.

Each section makes its cases' answers certain first (bytes, rows, SHA-256), then runs all cases in
turn, round after round. The first round is dropped from the times; it is where memory is sampled.
One Markdown file and the raw results go to bench/runs/<date>/. README.md says how to read them.

Linux only. Standard library only; what needs shardgen runs in its own Python.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import measure
import report
from measure import FailedError, Run

HERE = Path(__file__).resolve().parent
REPO = HERE.parent
NULL = Path(os.devnull)
SCHEMA = "fintech-loans"
ROWS_AT_1 = 5000
MAX_FILE = 1 << 30  # bytes; larger dumps go to /dev/null only
START_REPEATS = 4  # times as many rounds: these runs are short
FAKER = HERE / "peers" / ".venvs" / "faker" / "bin" / "python"
IMPORTS = {
    "python -c pass": "pass",
    "import numpy": "import numpy",
    "import numpy, msgspec, click": "import numpy, msgspec, click",
    "the same, one BLAS thread": (
        "import os; os.environ['OPENBLAS_NUM_THREADS'] = '1'; import numpy, msgspec, click"
    ),
}
FORMATS = {
    "postgres insert": (),
    "postgres insert, a row a statement": ("--rows-per-statement", "1"),
    "postgres copy": ("--format", "copy"),
    "mysql insert": ("--dialect", "mysql"),
    "sqlite insert": ("--dialect", "sqlite"),
}


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a dump must be; `sha256` is empty where that was not computed."""

    rows: int
    size: int
    sha256: str = ""


@dataclasses.dataclass(frozen=True)
class Case:
    """One thing to measure: a command, or a ceiling that is measured in this process."""

    name: str
    to: str = "/dev/null"
    workers: int | None = None
    command: tuple[str, ...] = ()
    ceiling: Callable[[], Run] | None = None
    out: Path | None = None  # a file that it makes, checked in the first round, removed after each
    answer: Answer | None = None

    def run(self, *, first: bool) -> Run:
        try:
            if self.ceiling is not None:
                return self.ceiling()
            made = measure.timed(self.command, NULL, sampled=first)
            if first and self.out is not None:
                self.check()
            return made
        finally:
            if self.out is not None:
                self.out.unlink(missing_ok=True)

    def check(self) -> None:
        """A fast wrong answer is no result."""
        assert self.out is not None
        assert self.answer is not None
        with self.out.open("rb") as file:
            size, _, digest = measure.counted(file)
        if (size, digest) != (self.answer.size, self.answer.sha256):
            raise FailedError(f"{self.name}, {self.to}: {size} bytes that are not the dump's")


@dataclasses.dataclass(frozen=True)
class Section:
    """Cases that are compared with each other, and so run in turn."""

    name: str
    title: str
    cases: list[Case]
    repeats: int


class Bench:
    """The options, the two places for files, and the sections."""

    def __init__(self, options: argparse.Namespace, memory: Path, disk: Path) -> None:
        self.options = options
        self.places = {"memory": memory, "disk": disk}
        self.python = str(options.python)

    # Commands and their answers

    def shardgen(self, *arguments: object) -> tuple[str, ...]:
        return (self.python, "-m", "shardgen", *map(str, arguments))

    def job(self, scale: float, *flags: object) -> tuple[str, ...]:
        return self.shardgen("run", SCHEMA, "--seed", 1, "--scale", f"{scale:g}", "--quiet", *flags)

    def answer(self, scale: float, *flags: str, read: bool = True) -> Answer:
        """Run once: what shardgen says it wrote, and where `read`, what it wrote."""
        command = self.job(scale, *flags, "--json", "--out", os.devnull)
        told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        answer = Answer(told["rows"], told["bytes"])
        if not read:
            return answer
        with subprocess.Popen(
            self.job(scale, *flags, "--out", "-"), stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            size, rows, digest = measure.counted(process.stdout)
        if size != answer.size or ("copy" not in flags and rows != answer.rows):
            raise FailedError(f"{rows} rows, {size} bytes, and not {answer} as it says itself")
        return dataclasses.replace(answer, sha256=digest)

    # Sections

    def sections(self) -> Iterator[Section]:
        options = self.options
        chosen = options.only or ["start", "formats", "scale"]
        if "start" in chosen:
            repeats = START_REPEATS * options.repeats
            yield Section("start", "Start-up: 5,000 rows", self.start_cases(), repeats)
        if "formats" in chosen:
            scale = options.scale[min(1, len(options.scale) - 1)]
            title = f"Dialects and formats, scale {scale:g}"
            yield Section("formats", title, self.format_cases(scale), options.repeats)
        if "scale" in chosen:
            for scale in options.scale:
                title = f"Scale {scale:g}: {scale * ROWS_AT_1:,.0f} rows"
                yield Section("scale", title, self.scale_cases(scale), options.repeats)
        if options.memory or "memory" in chosen:
            cases = self.memory_cases(options.memory_scale)
            yield Section("memory", "Memory, and speed, by rows", cases, min(2, options.repeats))

    def start_cases(self) -> list[Case]:
        answer = self.answer(1)
        cases = [
            Case(name, to="", command=(self.python, "-c", code)) for name, code in IMPORTS.items()
        ]
        cases += [
            Case("shardgen run", to, command=self.job(1, "-o", to), answer=answer)
            for to in (os.devnull, "-")
        ]
        if FAKER.exists():
            script = str(HERE / "peers" / "faker_script.py")
            faker = Answer(ROWS_AT_1, 0)
            cases.append(Case("Faker script", "-", command=(str(FAKER), script), answer=faker))
        return cases

    def format_cases(self, scale: float) -> list[Case]:
        cases = []
        for name, flags in FORMATS.items():
            answer = self.answer(scale, *flags)
            for workers in (1, 2):
                command = self.job(scale, *flags, "-o", os.devnull, "-w", workers)
                cases.append(Case(name, os.devnull, workers, command, answer=answer))
        return cases

    def scale_cases(self, scale: float) -> list[Case]:
        """Every destination with one and two workers, the rows alone, and the ceilings."""
        answer = self.answer(scale)
        alone = (self.python, str(HERE / "render_alone.py"), SCHEMA)
        half = shlex.join([*alone, f"{scale / 2:g}"])
        cases = [
            Case("rows alone, no files", "", 1, (*alone, f"{scale:g}"), answer=answer),
            Case(
                "rows alone, two processes, half each",
                "",
                2,
                ("sh", "-c", f"{half} & {half} & wait"),
                answer=answer,
            ),
        ]
        for workers in (1, 2):
            for to in (os.devnull, "-"):
                command = self.job(scale, "-o", to, "-w", workers)
                cases.append(Case("shardgen run", to, workers, command, answer=answer))
            for to, folder in self.places.items():
                if answer.size < MAX_FILE:
                    out = folder / "dump.sql"
                    command = self.job(scale, "-o", out, "-w", workers)
                    cases.append(Case("shardgen run", to, workers, command, out=out, answer=answer))
        if answer.size < MAX_FILE:
            cases += self.ceilings(answer)
        return cases

    def ceilings(self, answer: Answer) -> Iterator[Case]:
        """Yield what each place takes of a prepared buffer, and of a file that lies there."""
        bare = dataclasses.replace(answer, rows=0)
        for to, folder in self.places.items():
            source, out = folder / "source", folder / "copy"
            if source.exists():
                source.unlink()
            measure.write_buffer(answer.size, source)

            def write(size: int = answer.size, out: Path = out) -> Run:
                return measure.write_buffer(size, out)

            def copy(source: Path = source, out: Path = out) -> Run:
                return measure.copy_file(source, out)

            yield Case("write a prepared buffer", to, ceiling=write, out=out, answer=bare)
            yield Case("copy a file", to, ceiling=copy, out=out, answer=bare)

    def memory_cases(self, scales: list[float]) -> list[Case]:
        cases = []
        for scale in scales:
            answer = self.answer(scale, read=False)
            for workers in (1, 2):
                command = self.job(scale, "-o", os.devnull, "-w", workers)
                name = f"shardgen run, {answer.rows:,} rows"
                cases.append(Case(name, os.devnull, workers, command, answer=answer))
        return cases


def measured(section: Section) -> list[dict[str, Any]]:
    """Run a section's cases in turn and return a record of each."""
    say(section.title)
    memory = [case.run(first=True) for case in section.cases]
    runs: list[list[Run]] = [[] for _ in section.cases]
    for number in range(1, section.repeats + 1):
        say(f"  round {number} of {section.repeats}")
        for case, made in zip(section.cases, runs, strict=True):
            made.append(case.run(first=False))
    return [
        record_of(section, case, peak, made)
        for case, peak, made in zip(section.cases, memory, runs, strict=True)
    ]


def record_of(section: Section, case: Case, peak: Run, runs: list[Run]) -> dict[str, Any]:
    record = {
        "section": section.name,
        "title": section.title,
        "name": case.name,
        "to": case.to,
        "workers": case.workers,
        "command": clean(case),
        **measure.summary(runs),
        **{key: peak[key] for key in ("peak_rss", "peak_pss") if key in peak},
    }
    if case.answer is not None:
        record |= {"rows": case.answer.rows, "bytes": case.answer.size}
    return record


def facts(options: argparse.Namespace, disk: Path) -> dict[str, Any]:
    code = (
        "import importlib.metadata as m, json, platform; "
        "from shardgen.output.text import native_writer as native; "
        "print(json.dumps({'python': platform.python_version(), "
        "**{n: m.version(n) for n in ('shardgen', 'numpy', 'msgspec')}, "
        "'compiled': native.compiled is not None}))"
    )
    told = subprocess.run([options.python, "-c", code], capture_output=True, check=True).stdout
    git = ["git", "-C", str(REPO), "describe", "--always", "--dirty"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    return {
        "date": time.strftime("%Y-%m-%d"),
        **json.loads(told),
        "commit": commit or "unknown",
        "system": platform.system(),
        **measure.machine(disk),
        "repeats": options.repeats,
    }


def clean(case: Case) -> str:
    """A case's command without this machine's paths."""
    text = shlex.join(case.command).replace(f"{REPO}/", "").replace(str(REPO), ".")
    return text if case.out is None else text.replace(str(case.out.parent), case.to)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/bench pipeline", description="Measure shardgen as whole processes."
    )
    parser.add_argument("--only", action="append", choices=["start", "formats", "scale", "memory"])
    parser.add_argument("--repeats", type=int, help="timed rounds  [default: 5]")
    parser.add_argument(
        "--scale", type=float, action="append", help="times 5,000 rows  [default: 1, 200, 2000]"
    )
    parser.add_argument("--quick", action="store_true", help="scales 1 and 20, two rounds")
    parser.add_argument(
        "--memory", action="store_true", help="also 10 and 100 million rows to /dev/null"
    )
    parser.add_argument(
        "--memory-scale", type=float, action="append", help="[default: 2000, 20000]"
    )
    parser.add_argument(
        "--disk", type=Path, default=Path(tempfile.gettempdir()), help="folder on the disk to use"
    )
    parser.add_argument("--in-memory", type=Path, default=Path("/dev/shm"), help="folder in memory")
    parser.add_argument("--python", type=Path, default=REPO / ".venv" / "bin" / "python")
    parser.add_argument("--out-dir", type=Path, help="default: bench/runs/<date>")
    return parser


def arguments() -> argparse.Namespace:
    options = parser().parse_args()
    options.scale = options.scale or ([1, 20] if options.quick else [1, 200, 2000])
    options.repeats = options.repeats or (2 if options.quick else 5)
    options.memory_scale = options.memory_scale or ([20, 200] if options.quick else [2000, 20_000])
    return options


def main() -> int:
    options = arguments()
    about = facts(options, options.disk)
    records: list[dict[str, Any]] = []
    memory, disk = (
        Path(tempfile.mkdtemp(prefix="shardgen-bench-", dir=folder))
        for folder in (options.in_memory, options.disk)
    )
    try:
        for section in Bench(options, memory, disk).sections():
            records += measured(section)
    except (FailedError, subprocess.CalledProcessError) as error:
        told = getattr(error, "stderr", None) or b""
        say(f"failed: {error} {measure.last_line(told.decode(errors='replace'))}")
        return 1
    finally:
        for folder in (memory, disk):
            shutil.rmtree(folder, ignore_errors=True)
    text = report.markdown(records, about)
    print(text, end="")
    out = options.out_dir or REPO / "bench" / "runs" / about["date"]
    out.mkdir(parents=True, exist_ok=True)
    (out / "pipeline.md").write_text(text)
    raw = {"machine": about, "cases": records}
    (out / "pipeline.json").write_text(json.dumps(raw, indent=1, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
