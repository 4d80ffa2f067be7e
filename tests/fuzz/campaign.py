"""
A long run: cases by their numbers in a few processes, findings by the place where they arose.

What is done is kept in a folder, block by block, so that a run goes on where it was stopped. A
process that a case ends, or that hangs in it, is replaced, and the case is a finding.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
from fuzz.cases import Case, case
from fuzz.features import features
from fuzz.findings import Finding
from fuzz.oracles import Examiner, Outcome
from fuzz.servers import servers
from support.places import ROOT

from shardgen.plan.plan import Options

BLOCK = 250
"""Cases whose results are written at once."""
HUNG = 60.0
"""Seconds without a word, after which a process is ended: the alarm does not reach C code."""
MOST_MEMORY = 4 << 30
WORKERS_EACH = 701
"""One case of so many is run with three processes too, which takes a second."""


class Found(msgspec.Struct, frozen=True):
    """
    A finding, with the number of its case, and what that was.

    `schema` is its JSON, empty where the file was none; a number stands for another case once the
    grammar has changed.
    """

    number: int
    finding: Finding
    schema: str = ""
    options: Options = Options()
    cuts: tuple[int, ...] = ()
    shard_rows: int = 1

    def case(self) -> Case:
        """Return the case as it was."""
        if not self.schema:
            return case(self.number)
        raw = json.loads(self.schema)
        return Case(self.number, "kept", raw, self.options, self.cuts, self.shard_rows)


def found_in(made: Case, finding: Finding) -> Found:
    """Return a finding as it is kept."""
    return Found(
        number=made.number,
        finding=Finding(finding.kind, plain(finding.place), plain(finding.what)),
        schema="" if isinstance(made.schema, bytes) else json.dumps(made.schema),
        options=made.options,
        cuts=made.cuts,
        shard_rows=made.shard_rows,
    )


class Block(msgspec.Struct, frozen=True):
    """What the cases from `start` on showed: how they ended by origin, what they had in them."""

    start: int
    ends: dict[str, int]
    met: dict[str, int]
    accepted: dict[str, int]
    found: list[Found]
    seconds: float


def examine_block(examiner: Examiner, start: int, tell: Path) -> Block:
    """Examine a block of cases; the number of the one at work stands in the file `tell`."""
    ends: Counter[str] = Counter()
    met: Counter[str] = Counter()
    accepted: Counter[str] = Counter()
    found = []
    began = time.monotonic()
    for number in range(start, start + BLOCK):
        tell.write_text(str(number))
        made = case(number)
        outcome = examiner.examine(made)
        ends[f"{made.origin} {_end(outcome)}"] += 1
        names = {plain(name) for name in features(made.schema)}
        met.update(names)
        if outcome.accepted:
            accepted.update(names)
        if outcome.finding is not None:
            found.append(found_in(made, outcome.finding))
    seconds = time.monotonic() - began
    return Block(start, dict(ends), dict(met), dict(accepted), found, seconds)


def plain(text: str) -> str:
    """Return a text that JSON can hold: half of a surrogate pair as it is escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def _end(outcome: Outcome) -> str:
    return {True: "accepted", False: "refused", None: "neither"}[outcome.accepted]


@contextlib.contextmanager
def open_examiner(
    *, workers_each: int = WORKERS_EACH, databases: bool = False
) -> Iterator[Examiner]:
    """Give an examiner with a folder of its own, beside the CSV files of the bundled schemas."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fuzz-")))
        for path in (ROOT / "schemas").glob("*.csv"):
            shutil.copy(path, folder)
        each = stack.enter_context(servers()) if databases else None
        yield Examiner(folder, workers_each=workers_each, servers=each)


def work(state: Path, tell: Path, *, databases: bool) -> None:
    """Examine the blocks whose starts come on standard input; write each to a file of its own."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # with its files and databases gone
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    gone = contextlib.suppress(BrokenPipeError)  # whoever asked for the blocks has been stopped
    with gone, open_examiner(databases=databases) as examiner:
        for line in sys.stdin:
            block = examine_block(examiner, int(line), tell)
            keep(state, block)
            sys.stdout.write(f"{block.start}\n")
            sys.stdout.flush()


def keep(state: Path, block: Block) -> None:
    path = state / f"{block.start:09d}.json"
    beside = path.with_suffix(f".{os.getpid()}")
    beside.write_bytes(msgspec.json.encode(block))
    beside.rename(path)


def kept(state: Path) -> list[Block]:
    """Return all blocks that are done."""
    return [msgspec.json.decode(p.read_bytes(), type=Block) for p in sorted(state.glob("*.json"))]


class Process:
    """One worker, and the block that it has."""

    def __init__(self, state: Path, number: int, arguments: tuple[str, ...]) -> None:
        self.state = state
        self.arguments = arguments
        self.tell = state / f"at-{number}"
        self.start: int | None = None
        self._open()

    def _open(self) -> None:
        command = [sys.executable, "-X", "faulthandler", "-m", "fuzz", "--work"]
        command += [str(self.state), str(self.tell), *self.arguments]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        os.set_blocking(self.process.stdout.fileno(), False)

    def give(self, start: int) -> None:
        """Let it examine the block that begins there."""
        self.start = start
        self.tell.write_text(str(start))
        with contextlib.suppress(BrokenPipeError):  # it has ended, which `is_done` sees
            self.process.stdin.write(f"{start}\n")
            self.process.stdin.flush()

    def is_done(self) -> bool:
        """Return whether its block is done, or given up as the process has ended or hangs."""
        if self.process.stdout.readline():
            return True
        silent = time.time() - self.tell.stat().st_mtime
        code = self.process.poll()
        if code is None and silent < HUNG:
            return False
        number = int(self.tell.read_text())
        self.close()
        what = f"no end after {HUNG:g} s" if code is None else f"the process ended with {code}"
        found = [found_in(case(number), Finding("died", what, what))]
        keep(self.state, Block(self.start or 0, {"the rest of a block": 1}, {}, {}, found, 0))
        self._open()
        return True

    def close(self) -> None:
        """End it, and the processes that it has started."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        with contextlib.suppress(BrokenPipeError):  # a number that it has not read
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def run(
    state: Path, starts: Iterator[int], processes: int, arguments: tuple[str, ...] = ()
) -> Iterator[int]:
    """
    Examine the blocks that begin at `starts` and are not done; yield how many are, at times.

    `arguments` are for the command line of each process.
    """
    state.mkdir(parents=True, exist_ok=True)
    todo = [start for start in starts if not (state / f"{start:09d}.json").exists()]
    todo.reverse()
    team = [Process(state, number, arguments) for number in range(min(processes, len(todo)))]
    done = 0
    try:
        for each in team:
            each.give(todo.pop())
        while any(each.start is not None for each in team):
            time.sleep(0.05)
            for each in team:
                if each.start is not None and each.is_done():
                    done += 1
                    each.start = None
                    if todo:
                        each.give(todo.pop())
                    yield done
    finally:
        for each in team:
            each.close()


def described(made: Case) -> str:
    """Return a case as it is reproduced by hand: its options, and its schema file."""
    raw = made.schema
    file = repr(raw) if isinstance(raw, bytes) else json.dumps(raw)
    said = msgspec.structs.asdict(made.options)
    usual = msgspec.structs.asdict(type(made.options)())
    options = {name: str(value) for name, value in said.items() if value != usual[name]}
    return f"case {made.number}, {made.origin}, {options or 'usual options'}\n{file}"
