"""A share of the fuzzer's cases, what they reach, and that it finds what is wrong."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fuzz import oracles
from fuzz.campaign import BLOCK, Block, kept, open_examiner, run
from fuzz.cases import Case, case
from fuzz.features import EXPECTED, features
from fuzz.findings import Finding
from fuzz.oracles import Examiner
from fuzz.reducer import reduced
from support.places import TESTS
from support.processes import until
from support.schemas import right

from shardgen.output.text import native_writer
from shardgen.plan import source
from shardgen.plan.plan import Options
from shardgen.tables.values import Integers

SHARE = range(250)
WITH_WORKERS = 125
"""Of so many cases of the share, one is run with three processes too."""


@pytest.fixture
def examiner() -> Iterator[Examiner]:
    """Give an examiner that starts no processes."""
    with open_examiner(workers_each=0) as made:
        yield made


def plain_case(raw: Any = None) -> Case:
    """Return a case of the usual options: of the right schema, or of this one."""
    schema = right() if raw is None else raw
    return Case(1, "test", schema, Options(), cuts=(5, 11), shard_rows=7)


def test_a_share_of_the_cases_has_no_finding():
    """
    Each is refused with an error of ours, or makes rows that keep every promise.

    `scripts/fuzz --only N` shows one of them. Of the grammar's, more than one of three is accepted.
    """
    found, ends = [], Counter()
    with open_examiner(workers_each=WITH_WORKERS) as examiner:
        for number in SHARE:
            made = case(number)
            outcome = examiner.examine(made, 30)  # others have the CPUs too
            ends[made.origin, outcome.accepted] += 1
            if outcome.finding is not None:
                found.append(f"scripts/fuzz --only {number}: {outcome.finding}")
    assert [] == found
    assert 3 * ends["grammar", True] > ends["grammar", True] + ends["grammar", False]
    assert ends["mutation", True] > 5


def test_the_cases_have_everything_in_them():
    """Every type, generator, law, key, and field of a schema, in a few thousand cases."""
    met: set[str] = set()
    for number in range(2500):
        met |= features(case(number).schema)
    assert set() == EXPECTED - met


def test_a_number_makes_the_same_case_anywhere():
    """In a process whose sets have another order too."""
    script = (
        "import hashlib; from fuzz.cases import case\n"
        "print(hashlib.sha256(b''.join(case(n).data for n in range(60))).hexdigest())"
    )
    expected = hashlib.sha256(b"".join(case(n).data for n in range(60))).hexdigest()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONPATH": str(TESTS), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert expected == done.stdout.strip()


def test_a_right_schema_has_no_finding(examiner):
    """What is planted below is what the oracles find, and nothing else."""
    assert oracles.Outcome(accepted=True) == examiner.examine(plain_case())


def test_a_wrong_schema_has_no_finding(examiner):
    """An error of ours is an answer."""
    raw = right()
    raw["tables"][0]["columns"] = []
    assert oracles.Outcome(accepted=False) == examiner.examine(plain_case(raw))


def finding_with(examiner: Examiner, patch: pytest.MonkeyPatch, holder: Any, name: str, new: Any):
    """Return what is found when something of shardgen is replaced."""
    with patch.context() as inside:
        inside.setattr(holder, name, new)
        return examiner.examine(plain_case()).finding


def test_a_crash_is_found_with_its_place(examiner, monkeypatch):
    """The innermost function of ours, and the class of the exception."""
    found = finding_with(examiner, monkeypatch, source, "bind_with_warnings", lambda *_: {}["x"])
    assert "crash: plan/source.py bind: KeyError" == found.group


def test_what_takes_too_long_is_found(examiner, monkeypatch):
    """An alarm ends it, past any `except Exception`."""

    def work(*_: Any) -> None:
        with contextlib.suppress(Exception):  # as code of ours might
            while True:
                pass

    with monkeypatch.context() as inside:
        inside.setattr(source, "bind_with_warnings", work)
        found = examiner.examine(plain_case(), 0.2).finding
    assert "slow" == found.kind


def test_a_crash_of_check_alone_is_found(examiner, monkeypatch):
    """`check` and a run say the same of a schema."""
    case_ = msgspec.structs.replace(plain_case(), number=oracles.CHECKED)
    monkeypatch.setattr(oracles, "find_mistakes", lambda _: ("something",))
    assert "check" == examiner.examine(case_).finding.kind


@pytest.mark.skipif(native_writer.compiled is None, reason="there is one writer alone")
def test_writers_that_differ_are_found(examiner, monkeypatch):
    """The compiled one and that of NumPy write the same bytes."""

    class Wrong:
        INTERFACE = native_writer.INTERFACE

        @staticmethod
        def assemble(*arguments: Any) -> Any:
            out, size = compiled.assemble(*arguments)
            out[size // 2] ^= 1
            return out, size

    compiled = native_writer.compiled
    found = finding_with(examiner, monkeypatch, native_writer, "compiled", Wrong)
    assert "writers" == found.kind


def test_values_beyond_their_bounds_are_found(examiner, monkeypatch):
    """And those that do not fit their type."""
    raw = right()
    raw["tables"][0]["columns"].append(
        {
            "name": "n",
            "type": "int",
            "generator": "int_range",
            "generator_params": {"min": 0, "max": 5},
        }
    )
    before = Integers.python
    monkeypatch.setattr(Integers, "python", lambda self: [v - 3 for v in before(self)])
    assert "values: below min, int_range on int" == examiner.examine(plain_case(raw)).finding.group


def test_a_dump_that_does_not_load_is_found(examiner, monkeypatch):
    """SQLite reads it with every check on."""
    whole = oracles.written
    monkeypatch.setattr(oracles, "check_slices", lambda *_: None)
    monkeypatch.setattr(oracles, "written", lambda s: whole(s).replace(b"INSERT", b"INVERT"))
    assert "load" == examiner.examine(plain_case()).finding.kind


def test_a_finding_is_reduced():
    """To the few nodes that it needs."""
    raw = right()
    raw["tables"][1]["description"] = "needed"

    def still(tried: Case) -> bool:
        return "needed" in str(tried.schema)

    small = reduced(plain_case(raw), still).schema
    assert {"tables": [{"description": "needed"}]} == small


def test_a_long_run_goes_on_where_it_was_stopped(tmp_path):
    """Blocks that are done are not done again, and each is kept as it was found."""
    done = Block(0, {"grammar accepted": BLOCK}, {}, {}, [], 1.0)
    (tmp_path / "000000000.json").write_bytes(msgspec.json.encode(done))
    assert [] == [*run(tmp_path, iter([0]), 2)]
    assert [done] == kept(tmp_path)


def test_a_process_that_dies_is_a_finding(tmp_path, monkeypatch):
    """The case at work is named, and the run goes on."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "none"))  # it dies at once: there is no fuzz
    assert [1] == [*run(tmp_path, iter([500]), 1)]
    (block,) = kept(tmp_path)
    assert [(500, "died")] == [(f.number, f.finding.kind) for f in block.found]
    assert isinstance(block.found[0].finding, Finding)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_long_run_that_is_stopped_leaves_no_process(tmp_path, number):
    """Those that examine cases end with the one that gave them out."""
    command = [sys.executable, "-m", "fuzz", "--cases", "5000", "--state", str(tmp_path)]
    with subprocess.Popen(
        command,
        env=os.environ | {"PYTHONPATH": str(TESTS)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as run:
        of_run = Path(f"/proc/{run.pid}/task/{run.pid}/children")
        until(lambda: (tmp_path / "at-0").exists() and of_run.read_text(), "a process")
        workers = [Path("/proc", pid) for pid in of_run.read_text().split()]
        until(lambda: all(b"--work" in (p / "cmdline").read_bytes() for p in workers), "its work")
        run.send_signal(number)
        run.wait(30)
    assert workers
    assert [] == [pid for pid in workers if pid.exists()]
