"""A run that was broken off is gone on with: what is whole is kept, and the bytes are the same."""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from support.places import ROOT

from shardgen.errors import PlanError, ShardFileError
from shardgen.execution import executors, makers, pipeline
from shardgen.execution.names import PARTIAL, SHARDS
from shardgen.execution.resuming.record import (
    JOURNAL_NAME,
    LINE,
    RECORD_NAME,
    Entry,
    Journal,
    read_journal,
)
from shardgen.execution.shard_file import SUFFIX

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks, by which remains are claimed")

COUNT = 11
"""Shards of 500 rows: 1 of borrowers, 2 of loans, 7 of payments, 1 of credit scores."""


class _BrokenOffError(Exception):
    """What ends a run early."""


class BreakOff:
    """A progress that ends a run when so many shards are in the target."""

    def __init__(self, after: int) -> None:
        self.left = after

    def begin(self, table: str, rows: int) -> None:
        pass

    def advance(self, rows: int) -> None:
        del rows
        self.left -= 1
        if self.left == 0:
            raise _BrokenOffError


@pytest.fixture(autouse=True)
def all_large(monkeypatch):
    """Workers make every table."""
    monkeypatch.setattr(makers, "SMALL_JOB", 0)
    monkeypatch.setattr(executors, "SMALL_TABLE", 0)


def make(out: Path, **settings):
    """Run, and return the summary with the lines that were told."""
    told: list[str] = []
    settings = {"shard_rows": 500, "workers": 1} | settings
    summary = pipeline.run(
        "fintech-loans", out, tell=lambda event: told.append(event.line), **settings
    )
    return summary, [line for line in told if line]


def break_off(out: Path, after: int = 6, **settings) -> None:
    with pytest.raises(_BrokenOffError):
        make(out, progress=BreakOff(after), **settings)


def digests(out: Path) -> dict[str, str]:
    """Return the SHA-256 of a file, or of all files in a folder, by name."""
    paths = [out] if out.is_file() else sorted(p for p in out.rglob("*") if p.is_file())
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
    }


TARGETS = {
    "sql": ("out.sql", {}),
    "copy": ("out.sql", {"format": "copy"}),
    "gzip": ("out.sql.gz", {}),
    "zstd": ("out.sql.zst", {}),
    "csv": ("out", {"format": "csv"}),
    "jsonl of many files": ("out", {"format": "jsonl", "file_rows": 700}),
    "tsv gzip": ("out", {"format": "tsv", "compress": "gzip"}),
    "parquet": ("out", {"format": "parquet"}),
    "arrow": ("out", {"format": "arrow"}),
    "one table": ("out.csv", {"tables": ["payments"]}),
    "a part": ("out", {"part": "2/3"}),
    "a part of files": ("out", {"part": "2/3", "format": "csv"}),
}


@pytest.mark.parametrize("then", [1, 3])
@pytest.mark.parametrize("first", [1, 3])
@pytest.mark.parametrize(("name", "settings"), TARGETS.values(), ids=TARGETS)
def test_the_bytes_are_those_of_an_undisturbed_run(tmp_path, name, settings, first, then):
    """Whatever the format, and however many workers make shards before and after."""
    make(tmp_path / "whole" / ".." / name.replace("out", "whole"), **settings)
    out = tmp_path / name
    after = 3 if "part" in settings else 6
    break_off(out, after, resume=True, workers=first, **settings)
    assert "part" in settings or not out.exists()
    summary, said = make(out, resume=True, workers=then, **settings)
    assert digests(tmp_path / name.replace("out", "whole")) == digests(out)
    assert summary.shards_kept >= after
    assert f"{summary.shards_kept} shards were kept, and {summary.shards_made} made" == said[-1]
    assert said[0].startswith("going on with ")
    nothing_else(tmp_path)


def nothing_else(folder: Path) -> None:
    """Assert that a run left nothing beside what it made."""
    assert [] == [p.name for p in folder.rglob("*") if p.suffix in (PARTIAL, SHARDS, ".lock")]


def test_again_and_again(tmp_path):
    """What a run that went on has made is kept with what it has kept."""
    make(tmp_path / "whole.sql")
    out = tmp_path / "out.sql"
    for after in (2, 4, 4, 9):
        break_off(out, after, resume=True, workers=1)
    summary, _ = make(out, resume=True)
    assert digests(tmp_path / "whole.sql") == digests(out)
    assert 9 <= summary.shards_kept
    nothing_else(tmp_path)


def test_nothing_to_go_on_with_is_said(tmp_path):
    """Such a run is a plain one."""
    summary, said = make(tmp_path / "out.sql", resume=True)
    assert ["there is nothing to go on with: all is made"] == said[:1]
    assert (0, COUNT) == (summary.shards_kept, summary.shards_made)
    plain, _ = make(tmp_path / "plain.sql")
    assert (None, None) == (plain.shards_kept, plain.shards_made)
    assert digests(tmp_path / "plain.sql") == digests(tmp_path / "out.sql")


@pytest.mark.parametrize("workers", [1, 2])
def test_an_ordinary_run_leaves_nothing(tmp_path, workers):
    """One that fails in order, where nothing else was asked for."""
    break_off(tmp_path / "out.sql", workers=workers)
    break_off(tmp_path / "out", workers=workers, format="csv")
    assert [] == list(tmp_path.iterdir())


def test_an_ordinary_run_removes_what_stays(tmp_path):
    """And says so; a run that is broken off before a shard is in the target leaves nothing."""
    out = tmp_path / "out.sql"
    break_off(out, resume=True)
    _, said = make(out)
    assert [True, True] == [line.startswith("removed ") for line in said]
    assert [out] == list(tmp_path.iterdir())


@pytest.mark.parametrize("form", ["sql", "parquet"])
def test_kept_shards_stay_and_are_gone_on_with(tmp_path, form):
    """A run with --keep-shards that fails leaves its shard files, of which the next makes none."""
    out = tmp_path / "out"
    settings = {"format": form, "keep_shards": True}
    if form == "sql":
        out = tmp_path / "out.sql"
    break_off(out, **settings)
    summary, _ = make(out, resume=True, **settings)
    assert 6 <= summary.shards_kept
    kept = sorted(path.name for path in Path(f"{out}{SHARDS}").iterdir())
    assert [f"{index:08d}{SUFFIX}" for index in range(COUNT)] == kept
    make(tmp_path / "whole", format=form)
    whole = {**digests(tmp_path / "whole")}
    assert [*whole.values()] == [*digests(out).values()]


def remains(folder: Path) -> tuple[Path, Path]:
    """Return the unfinished target, and the folder of shards."""
    (partial,), (shards,) = folder.glob(f"*{PARTIAL}"), folder.glob(f"*{SHARDS}")
    return partial, shards


@pytest.mark.parametrize("workers", [1, 2])
def test_damaged_bytes_are_made_anew(tmp_path, workers):
    """A byte of a shard that changed, and said."""
    out = tmp_path / "out.sql"
    make(tmp_path / "whole.sql")
    break_off(out, resume=True)
    partial, shards = remains(tmp_path)
    entry = read_journal(shards)[3]
    with partial.open("r+b") as file:
        file.seek(entry.offset + entry.size // 2)
        file.write(b"\0")
    summary, said = make(out, resume=True, workers=workers)
    assert (5, COUNT - 5) == (summary.shards_kept, summary.shards_made)
    assert "5 shards were kept, and 6 made, 1 of them since what was there is damaged" == said[-1]
    assert digests(tmp_path / "whole.sql") == digests(out)


def test_a_damaged_shard_file_is_made_anew(tmp_path):
    """As of a format whose shards are joined."""
    out = tmp_path / "out"
    make(tmp_path / "whole", format="parquet")
    break_off(out, resume=True, format="parquet")
    _, shards = remains(tmp_path)
    path = shards / "00000002.shard"
    path.write_bytes(path.read_bytes()[:-1])
    summary, said = make(out, resume=True, format="parquet")
    assert (5, COUNT - 5) == (summary.shards_kept, summary.shards_made)
    assert "1 of them since what was there is damaged" in said[-1]
    assert digests(tmp_path / "whole") == digests(out)


@pytest.mark.parametrize("damage", ["cut", "gone", "longer", "all gone"])
def test_a_target_that_is_not_whole(tmp_path, damage):
    """Bytes that are missing are made; what comes after the last is dropped."""
    out = tmp_path / "out.sql"
    make(tmp_path / "whole.sql")
    break_off(out, resume=True)
    partial, shards = remains(tmp_path)
    if damage == "gone":
        partial.unlink()
    elif damage == "all gone":
        partial.unlink()
        (shards / JOURNAL_NAME).unlink()
    else:
        os.truncate(partial, 1000 if damage == "cut" else 100_000_000)
    summary, _ = make(out, resume=True)
    assert (summary.shards_kept == 6) is (damage == "longer")
    assert digests(tmp_path / "whole.sql") == digests(out)
    nothing_else(tmp_path)


OTHERS = {
    "seed": ({"seed": 7}, "seed 0, and not 7"),
    "rows": ({"rows": {"loans": 1001}}, "1000 rows of 'loans', and not 1001"),
    "shards": ({"shard_rows": 400}, "rows of a shard 500, and not 400"),
    "format": ({"format": "copy"}, "format"),
    "compression": ({"compress": "gzip"}, "format"),
}


@pytest.mark.parametrize(("settings", "what"), OTHERS.values(), ids=OTHERS)
def test_shards_of_another_plan_are_refused(tmp_path, settings, what):
    """And stay, for the run that they belong to."""
    out = tmp_path / "out"
    break_off(out, resume=True)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ShardFileError, match=what) as caught:
        make(out, resume=True, **settings)
    assert "or without --resume, which removes it" in str(caught.value)
    assert before == sorted(tmp_path.rglob("*"))
    summary, _ = make(out, resume=True)
    assert 6 == summary.shards_kept


def test_another_version_is_refused(tmp_path):
    """Of shardgen, whose bytes may differ."""
    out = tmp_path / "out.sql"
    break_off(out, resume=True)
    _, shards = remains(tmp_path)
    record = shards / RECORD_NAME
    record.write_bytes(
        record.read_bytes().replace(b'"made_by":"shardgen ', b'"made_by":"shardgen 0')
    )
    with pytest.raises(ShardFileError, match="version shardgen 0"):
        make(out, resume=True)


def test_a_record_that_cannot_be_read_is_none(tmp_path):
    """What is there cannot be told to be of this plan: it goes, and that is said."""
    out = tmp_path / "out.sql"
    break_off(out, resume=True)
    _, shards = remains(tmp_path)
    (shards / RECORD_NAME).write_bytes(b"{")
    summary, said = make(out, resume=True)
    assert 0 == summary.shards_kept
    assert [True, True] == [line.startswith("removed ") for line in said[:2]]
    nothing_else(tmp_path)


def test_a_stream_is_refused():
    """Bytes that went through a pipe cannot be found again."""
    with pytest.raises(PlanError, match="leave resume out"):
        make("-", resume=True)
    with pytest.raises(PlanError, match="leave resume out"):
        make("/dev/null", resume=True)


def test_a_folder_that_is_there(tmp_path):
    """The files of before stay until those of the run that goes on take their places."""
    out = tmp_path / "out"
    make(out, format="csv", seed=7)
    before = digests(out)
    break_off(out, format="csv", resume=True)
    assert before == {name: each for name, each in digests(out).items() if name in before}
    summary, _ = make(out, format="csv", resume=True)
    make(tmp_path / "whole", format="csv")
    assert 6 == summary.shards_kept
    assert digests(tmp_path / "whole") == digests(out)


def test_the_page_shows_what_is_said(tmp_path):
    """Its first command, and what it says."""
    page = (ROOT / "docs" / "resuming.md").read_text(encoding="utf-8")
    command, *said = page.split("```console\n$ ")[1].split("\n```")[0].splitlines()
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(command)],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said == done.stderr.splitlines()


def test_a_journal_ends_where_a_line_is_not_whole(tmp_path):
    """And goes on from there."""
    journal = Journal(tmp_path)
    for index in range(3):
        journal.add(index, Entry(10 * index, 10, index))
    journal.close()
    path = tmp_path / JOURNAL_NAME
    os.truncate(path, 3 * LINE.size - 1)
    again = Journal(tmp_path)
    assert {0, 1} == again.entries.keys()
    again.add(7, Entry(1, 2, 3))
    again.close()
    assert {0: Entry(0, 10, 0), 1: Entry(10, 10, 1), 7: Entry(1, 2, 3)} == read_journal(tmp_path)
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(data)
    assert {} == read_journal(tmp_path)
