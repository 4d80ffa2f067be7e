"""Sinks: bytes come in order, and places of files are filled in any order by anybody."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shardgen.errors import OutputError
from shardgen.execution.sinks import FilePlace, FileSink, FolderSink, StreamSink, fill

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX devices and pipes")
WRITES = st.lists(st.tuples(st.booleans(), st.binary(max_size=40)), max_size=8)


def file_sink(folder: Path) -> FileSink:
    return FileSink(folder / "out.partial", "out", folder / "out")


@given(WRITES, st.randoms(use_true_random=False))
def test_places_and_writes_join_in_order(tmp_path_factory, writes, random):
    """Whatever is written and whatever is reserved, and in whatever order places are filled."""
    folder = tmp_path_factory.mktemp("sink")
    sink, places = file_sink(folder), []
    for is_reserved, text in writes:
        if is_reserved:
            places.append((sink.reserve("t", len(text)), text))
        else:
            sink.write("t", text)
    random.shuffle(places)
    for place, text in places:
        fill(place, text)
    sink.sync()
    sink.close()
    whole = b"".join(text for _, text in writes)
    assert len(whole) == sink.size
    assert whole == (folder / "out.partial").read_bytes()


def test_a_stream_has_no_places():
    """What passes through a pipe is written by one process alone."""
    reading, writing = os.pipe()
    sink = StreamSink(writing, "standard output")
    assert sink.reserve("t", 5) is None
    assert sink.beside is None
    sink.write("t", b"abc")
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert b"abc" == pipe.read()
    assert 3 == sink.size


def test_a_text_of_another_size_is_a_bug(tmp_path):
    """It would run over into the next place."""
    place = file_sink(tmp_path).reserve("t", 3)
    with pytest.raises(AssertionError):
        fill(place, b"four")


def test_a_place_in_a_file_that_is_gone_is_an_error(tmp_path):
    """The file is not made again; the target is named as the user did."""
    place = FilePlace(str(tmp_path / "gone"), "far/out.sql", 0, 1)
    with pytest.raises(OutputError, match=r"cannot write far/out\.sql: No such file"):
        fill(place, b"x")
    assert [] == list(tmp_path.iterdir())


@posix
def test_a_place_without_room_is_an_error():
    """A full disk is told with the way out, whoever fills the place."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(OutputError, match=r"out\.sql: No space left on device; make room"):
        fill(FilePlace("/dev/full", "out.sql", 0, 1), b"x")


def test_a_file_that_is_there_is_not_written_over(tmp_path):
    """A sink begins with a new file."""
    (tmp_path / "out.partial").write_bytes(b"mine")
    with pytest.raises(OutputError, match="cannot write out: File exists"):
        file_sink(tmp_path)


def test_a_folder_has_a_file_for_each_table(tmp_path):
    """Text and places of a table go to its own file, and sizes are counted together."""
    files = ["a.csv", "b.csv"]
    sink = FolderSink(tmp_path, "out", files, tmp_path)
    sink.write("a.csv", b"one\n")
    place = sink.reserve("a.csv", 4)
    sink.write("b.csv", b"three\n")
    fill(place, b"two\n")
    sink.write("b.csv", b"four\n")
    sink.sync()
    assert {"a.csv": b"one\ntwo\n", "b.csv": b"three\nfour\n"} == {
        path.name: path.read_bytes() for path in tmp_path.iterdir()
    }
    assert 19 == sink.size


def test_a_folder_without_a_file_is_an_error(tmp_path):
    """A table's file that somebody took away is told, with the folder as the user named it."""
    sink = FolderSink(tmp_path, "out", ["a.csv"], tmp_path)
    sink.write("a.csv", b"x")
    (tmp_path / "a.csv").unlink()
    with pytest.raises(OutputError, match=r"cannot write out/a\.csv: No such file"):
        sink.sync()


@posix
def test_a_slow_reader_gets_everything():
    """More than a pipe holds arrives whole and in order."""
    reading, writing = os.pipe()
    read = []

    def take():
        with os.fdopen(reading, "rb") as pipe:
            read.append(pipe.read())

    reader = threading.Thread(target=take)
    reader.start()
    sink = StreamSink(writing, "standard output")
    texts = [bytes([n]) * 50_000 for n in range(10)]
    for text in texts:
        sink.write("t", text)
    os.close(writing)
    reader.join(20)
    assert [b"".join(texts)] == read
