"""The dump's file: it appears when complete, as it should be, or not at all."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from shardgen.errors import OutputError
from shardgen.execution import sinks
from shardgen.execution.names import LOCK
from shardgen.execution.sinks import StreamSink
from shardgen.execution.targets import open_sink

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions, links and devices")


def dump(out, text=b"new\n"):
    with open_sink(str(out), {}) as sink:
        sink.write("t", text)


def refused(out):
    """Return what is said about a target that is refused: one line."""
    with pytest.raises(OutputError) as caught:
        dump(out)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


@pytest.fixture
def umask():
    before = os.umask(0o027)
    yield 0o027
    os.umask(before)


def test_the_target_appears_only_when_complete(tmp_path):
    """While a dump is written, its name does not exist; afterwards nothing else does."""
    out = tmp_path / "out.sql"
    with open_sink(str(out), {}) as sink:
        sink.write("t", b"first\n")
        assert not out.exists()
        sink.write("t", b"second\n")
    assert out.read_bytes() == b"first\nsecond\n"
    assert list(tmp_path.iterdir()) == [out]
    assert sink.size == 13


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_error_leaves_the_earlier_dump(tmp_path, error):
    """Whatever ends the writing, an earlier dump is as it was and nothing lies beside it."""
    out = tmp_path / "out.sql"
    out.write_bytes(b"earlier\n")

    def write_half():
        with open_sink(str(out), {}) as sink:
            sink.write("t", b"half")
            raise error

    with pytest.raises(error):
        write_half()
    assert out.read_bytes() == b"earlier\n"
    assert list(tmp_path.iterdir()) == [out]


@posix
def test_a_new_file_has_the_permissions_of_the_umask(tmp_path, umask):
    """A dump is as readable as any new file."""
    dump(tmp_path / "out.sql")
    assert 0o666 & ~umask == stat.S_IMODE((tmp_path / "out.sql").stat().st_mode)


@posix
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o666, 0o440])
@pytest.mark.usefixtures("umask")
def test_an_existing_file_keeps_its_permissions(tmp_path, mode):
    """A dump that takes the place of another has its permissions, from its first byte on."""
    out = tmp_path / "out.sql"
    out.touch()
    out.chmod(mode)
    with open_sink(str(out), {}):
        files = [path for path in tmp_path.iterdir() if path.suffix != LOCK]
        modes = {stat.S_IMODE(path.stat().st_mode) for path in files}
    assert ({mode}, 2) == (modes, len(files))
    assert stat.S_IMODE(out.stat().st_mode) == mode


@posix
@pytest.mark.parametrize("there", [True, False])
def test_the_target_of_a_link_is_replaced(tmp_path, there):
    """A link stays a link; the file it points to, which may not be there yet, is the dump."""
    far = tmp_path / "far"
    far.mkdir()
    if there:
        (far / "real.sql").write_bytes(b"earlier\n")
    link = tmp_path / "out.sql"
    link.symlink_to("far/real.sql")
    dump(link)
    assert link.readlink() == Path("far/real.sql")
    assert (far / "real.sql").read_bytes() == b"new\n"
    assert sorted(tmp_path.rglob("*")) == [far, far / "real.sql", link]


@posix
def test_a_hard_link_keeps_the_earlier_dump(tmp_path):
    """Another name of the earlier dump still has its bytes."""
    out, other = tmp_path / "out.sql", tmp_path / "other.sql"
    out.write_bytes(b"earlier\n")
    other.hardlink_to(out)
    dump(out)
    assert (out.read_bytes(), other.read_bytes()) == (b"new\n", b"earlier\n")


@pytest.mark.parametrize(
    "name",
    [
        "out.sql",
        "./out.sql",
        "far/../out.sql",
        "naïve \"x\" '😀'\n.sql",
        "-x",
        "é" * 120,
        "a" * 255,
    ],
)
def test_relative_paths_and_odd_names_work(tmp_path, monkeypatch, name):
    """A relative path counts from the current folder, and a name may be all the system allows."""
    (tmp_path / "far").mkdir()
    monkeypatch.chdir(tmp_path)
    dump(name)
    assert (tmp_path / name).read_bytes() == b"new\n"


def test_an_absolute_path_works_from_anywhere(tmp_path, monkeypatch):
    """An absolute path does not depend on the current folder."""
    (tmp_path / "far").mkdir()
    monkeypatch.chdir(tmp_path / "far")
    dump(tmp_path / "out.sql")
    assert (tmp_path / "out.sql").read_bytes() == b"new\n"


def test_the_current_folder_may_change_meanwhile(tmp_path, monkeypatch):
    """A relative path means the folder that was current when the dump was opened."""
    (tmp_path / "far").mkdir()
    monkeypatch.chdir(tmp_path)
    with open_sink("out.sql", {}) as sink:
        monkeypatch.chdir("far")
        sink.write("t", b"new\n")
    assert (tmp_path / "out.sql").read_bytes() == b"new\n"


def test_a_folder_that_does_not_exist_is_refused(tmp_path):
    """A dump makes no folders: a mistyped path is told."""
    out = tmp_path / "no" / "such" / "out.sql"
    assert refused(out).startswith(f"cannot write {out}: No such file or directory; make the")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["far", "far/", "new/", "."])
def test_a_folder_as_target_is_refused(tmp_path, monkeypatch, name):
    """A folder, and what is written as one, is no dump."""
    (tmp_path / "far").mkdir()
    monkeypatch.chdir(tmp_path)
    assert refused(name) == f"cannot write {name}: it is a folder; name a file with --out"
    assert list(tmp_path.rglob("*")) == [tmp_path / "far"]


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_what_is_no_name_is_refused(name):
    """An empty name, and one that no system takes, are told."""
    assert refused(name) == f"cannot write {name!r}: that is no name; name a file with --out"


def test_a_path_through_a_file_is_refused(tmp_path):
    """A file is not taken for a folder."""
    (tmp_path / "file").touch()
    assert "part of the path is a file" in refused(tmp_path / "file" / "out.sql")


@posix
def test_a_name_that_is_too_long_is_refused(tmp_path):
    """The system's limit on names is told with the way out."""
    assert refused(tmp_path / ("a" * 256)).endswith("; choose a shorter name with --out")


@posix
def test_a_folder_that_nobody_may_write_to_is_refused():
    """A folder that refuses files, even from root, is told."""
    if not Path("/proc/self").exists():
        pytest.skip("no /proc, whose folders refuse files from everybody")
    assert refused("/proc/self/out.sql").startswith("cannot write /proc/self/out.sql: ")


@posix
def test_a_read_only_folder_is_refused(tmp_path):
    """A folder without write permission is told, with the way out."""
    if os.geteuid() == 0:
        pytest.skip("root may write to any folder")
    tmp_path.chmod(0o500)
    assert refused(tmp_path / "out.sql").endswith("choose a place you may write to with --out")


@posix
def test_a_device_is_written_to_and_not_replaced():
    """/dev/null takes the dump and stays a device."""
    dump("/dev/null")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@posix
def test_a_full_device_is_an_error():
    """A device without room is told, with the way out."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    wanted = "cannot write /dev/full: No space left on device; make room, or choose another place"
    assert refused("/dev/full").startswith(wanted)


@posix
def test_a_pipe_with_a_name_gets_the_bytes(tmp_path):
    """A FIFO is written to as it is, and stays."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    read = []
    reader = threading.Thread(target=lambda: read.append(fifo.read_bytes()))
    reader.start()
    text = b"x" * 300_000
    dump(fifo, text)
    reader.join(20)
    assert read == [text]
    assert list(tmp_path.iterdir()) == [fifo]


@posix
def test_a_full_pipe_that_does_not_block_is_waited_for():
    """Standard output set to non-blocking, as some programs leave it, loses nothing."""
    text = os.urandom(500_000)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    read = []

    def take():
        with os.fdopen(reading, "rb") as file:
            read.append(file.read())

    reader = threading.Thread(target=take)
    reader.start()
    StreamSink(writing, "standard output").write("t", text)
    os.close(writing)
    reader.join(20)
    assert read == [text]


@posix
def test_nobody_reading_is_no_output_error():
    """A reader that has left is told apart from a disk that is full."""
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(BrokenPipeError):
        StreamSink(writing, "standard output").write("t", b"x")
    os.close(writing)


def test_a_file_system_that_fails_at_the_end_is_an_error(tmp_path, monkeypatch):
    """A disk that reports its failure only when asked for the bytes leaves the earlier dump."""
    out = tmp_path / "out.sql"
    out.write_bytes(b"earlier\n")

    def fail(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(sinks.os, "fsync", fail)
    assert "No space left on device" in refused(out)
    assert out.read_bytes() == b"earlier\n"
    assert list(tmp_path.iterdir()) == [out]


def test_a_folder_that_vanishes_is_an_error(tmp_path):
    """A dump whose folder was deleted meanwhile is told in one line."""
    far = tmp_path / "far"
    far.mkdir()

    def vanish():
        with open_sink(str(far / "out.sql"), {}) as sink:
            sink.write("t", b"new")
            for path in far.iterdir():
                path.unlink()
            far.rmdir()

    with pytest.raises(OutputError, match=r"out\.sql: No such file or directory; make the folder"):
        vanish()


def test_a_target_that_becomes_a_folder_is_an_error(tmp_path):
    """A folder that appeared under the dump's name is not replaced."""
    out = tmp_path / "out.sql"

    def become():
        with open_sink(str(out), {}):
            out.mkdir()

    with pytest.raises(OutputError, match=r"cannot write .*out\.sql: Is a directory"):
        become()
    assert list(tmp_path.iterdir()) == [out]


@posix
def test_standard_output_that_is_closed_is_an_error():
    """With no standard output, "-" is told to be no place for a dump."""
    code = (
        "import os; os.close(1)\n"
        "from shardgen.execution.targets import open_sink\n"
        "open_sink('-', {}).__enter__()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "OutputError: cannot write standard output: Bad file descriptor" in done.stderr
