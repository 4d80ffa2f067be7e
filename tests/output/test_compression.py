"""Compressed text: valid members and frames, the same however the text came in."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from support.schemas import parsed, right

import shardgen
from shardgen.errors import PlanError
from shardgen.output.compression import compressed, compressed_text
from shardgen.output.text import native_writer as native

BOTH = pytest.mark.parametrize("how", ["gzip", "zstd"])
ENDINGS = {"gzip": ".gz", "zstd": ".zst"}
TEXT = b"".join(b"%d,name of %d,%d\n" % (n, n * 7919 % 1000, n * n) for n in range(120_000))


def plain(data: bytes, how: str) -> bytes:
    """Return what was compressed, of all members or frames."""
    if how == "gzip":
        return gzip.decompress(data)
    with zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True) as reader:
        return reader.read()


def cut(text: bytes, sizes: list[int]) -> Iterator[memoryview]:
    """Yield a text in pieces of these sizes, and the rest."""
    start = 0
    for size in sizes:
        yield memoryview(text)[start : start + size]
        start += size
    yield memoryview(text)[start:]


@BOTH
@given(sizes=st.lists(st.integers(0, 1 << 20), max_size=6))
@settings(max_examples=15, deadline=None)
def test_how_a_text_is_cut_changes_no_byte(how, sizes):
    """The compiled writer and that of NumPy yield pieces of other sizes."""
    assert compressed_text(TEXT, how) == b"".join(compressed(cut(TEXT, sizes), how))


@BOTH
def test_members_and_frames_join(how):
    """One after another they are a file with all of the text; no text is no member."""
    data = compressed_text(TEXT, how) + compressed_text(b"", how) + compressed_text(b"end", how)
    assert TEXT + b"end" == plain(data, how)
    assert b"" == compressed_text(b"", how)


@BOTH
@pytest.mark.parametrize("form", ["copy", "jsonl"])
def test_workers_and_writers_change_no_byte(how, form, tmp_path, monkeypatch):
    """Shards are compressed where they are made, and each by itself."""
    made = []
    for n, (workers, compiled) in enumerate(
        [(1, native.compiled), (2, native.compiled), (1, None)]
    ):
        monkeypatch.setattr(native, "compiled", compiled)
        out = tmp_path / str(n) / "out"
        out.parent.mkdir()
        target = out if form in ("csv", "jsonl") else out.with_name(f"out.sql{ENDINGS[how]}")
        shardgen.run(
            "fintech-loans",
            target,
            format=form,
            compress=how,
            scale=110,
            shard_rows=50_000,
            workers=workers,
        )
        made.append({p.name: p.read_bytes() for p in out.parent.rglob("*") if p.is_file()})
    assert made[0] == made[1] == made[2]


@BOTH
def test_what_is_missing_is_told_with_what_installs_it(how, monkeypatch):
    """Before anything is written."""
    monkeypatch.setitem(sys.modules, {"gzip": "isal", "zstd": "zstandard"}[how], None)
    with pytest.raises(PlanError, match=rf"{how} needs it; pip install 'shardgen\[{how}\]'"):
        shardgen.generate(parsed(right()), compress=how)


def test_the_name_and_the_option_must_agree(tmp_path):
    """A name that ends in .zst is no gzip file."""
    with pytest.raises(PlanError, match=r"promises \.zst, and --compress gzip is asked for"):
        shardgen.run(parsed(right()), tmp_path / "x.sql.zst", compress="gzip")
    with pytest.raises(PlanError, match=r"not compressed; write .*x\.sql\.gz, or leave --compress"):
        shardgen.run(parsed(right()), tmp_path / "x.sql", compress="gzip")
    assert [] == list(tmp_path.iterdir())
