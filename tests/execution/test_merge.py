"""The dump's file: it appears when complete, as it should be, or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from shardgen.errors import OutputError, ShardFileError
from shardgen.execution import merge
from shardgen.execution.merge import Dump, open_dump
from shardgen.execution.shard_file import shard_path, write_shard
from shardgen.execution.shard_folder import kept_folder, shard_folder
from shardgen.plan.plan import Shard

SHARD = Shard(0, "t", 0, 3)
PLAN = b"the plan's hash!"
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions, links and devices")


def dump(out, text=b"new\n"):
    with open_dump(str(out)) as dumped:
        dumped.write(text)


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
    with open_dump(str(out)) as dumped:
        dumped.write(b"first\n")
        assert not out.exists()
        dumped.write(b"second\n")
    assert out.read_bytes() == b"first\nsecond\n"
    assert list(tmp_path.iterdir()) == [out]
    assert dumped.size == 13


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_error_leaves_the_earlier_dump(tmp_path, error):
    """Whatever ends the writing, an earlier dump is as it was and nothing lies beside it."""
    out = tmp_path / "out.sql"
    out.write_bytes(b"earlier\n")

    def write_half():
        with open_dump(str(out)) as dumped:
            dumped.write(b"half")
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
    with open_dump(str(out)):
        modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {mode}
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
    with open_dump("out.sql") as dumped:
        monkeypatch.chdir("far")
        dumped.write(b"new\n")
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
    Dump(writing, "standard output").write(text)
    os.close(writing)
    reader.join(20)
    assert read == [text]


@posix
def test_nobody_reading_is_no_output_error():
    """A reader that has left is told apart from a disk that is full."""
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(BrokenPipeError):
        Dump(writing, "standard output").write(b"x")
    os.close(writing)


def test_a_file_system_that_fails_at_the_end_is_an_error(tmp_path, monkeypatch):
    """A disk that reports its failure only when asked for the bytes leaves the earlier dump."""
    out = tmp_path / "out.sql"
    out.write_bytes(b"earlier\n")

    def fail(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(merge.os, "fsync", fail)
    assert "No space left on device" in refused(out)
    assert out.read_bytes() == b"earlier\n"
    assert list(tmp_path.iterdir()) == [out]


def test_a_folder_that_vanishes_is_an_error(tmp_path):
    """A dump whose folder was deleted meanwhile is told in one line."""
    far = tmp_path / "far"
    far.mkdir()

    def vanish():
        with open_dump(str(far / "out.sql")) as dumped:
            dumped.write(b"new")
            for path in far.iterdir():
                path.unlink()
            far.rmdir()

    with pytest.raises(OutputError, match=r"out\.sql: No such file or directory; make the folder"):
        vanish()


def test_a_target_that_becomes_a_folder_is_an_error(tmp_path):
    """A folder that appeared under the dump's name is not replaced."""
    out = tmp_path / "out.sql"

    def become():
        with open_dump(str(out)):
            out.mkdir()

    with pytest.raises(OutputError, match=r"cannot write .*out\.sql: Is a directory"):
        become()
    assert list(tmp_path.iterdir()) == [out]


@posix
def test_standard_output_that_is_closed_is_an_error():
    """With no standard output, "-" is told to be no place for a dump."""
    code = "import os; os.close(1)\nfrom shardgen.execution.merge import open_dump\nopen_dump('-').__enter__()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "OutputError: cannot write standard output: Bad file descriptor" in done.stderr


def write_file(folder, body=b"abc"):
    write_shard(folder, SHARD, [body], plan=PLAN, counted=True)
    return shard_path(folder, SHARD)


def test_a_shard_file_is_appended(tmp_path):
    """Its body follows what is there."""
    write_file(tmp_path)
    with open_dump(str(tmp_path / "out.sql")) as dumped:
        dumped.write(b"-- head\n")
        dumped.append_shard(tmp_path, SHARD, plan=PLAN)
    assert (tmp_path / "out.sql").read_bytes() == b"-- head\nabc"


def test_a_damaged_shard_file_writes_nothing(tmp_path):
    """Not a byte of a damaged body reaches the dump, and the damaged file stays to be looked at."""
    file = write_file(tmp_path)
    file.write_bytes(file.read_bytes().replace(b"abc", b"abd"))
    with open_dump(str(tmp_path / "out.sql")) as dumped:
        with pytest.raises(ShardFileError, match="CRC-32"):
            dumped.append_shard(tmp_path, SHARD, plan=PLAN)
        assert dumped.size == 0
    assert (tmp_path / "out.sql").read_bytes() == b""
    assert file.exists()


def test_the_shard_folder_lies_beside_the_dump_and_goes(tmp_path):
    """Shard files are on the dump's own disk, readable by nobody else, and gone at the end."""
    with shard_folder(str(tmp_path / "out.sql"), None) as folder:
        write_file(folder)
        assert folder.parent == tmp_path
        assert os.name != "posix" or stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(tmp_path.iterdir()) == []


@posix
@pytest.mark.parametrize("out", ["-", "/dev/null", "fifo"])
def test_without_a_file_the_shard_folder_lies_among_temporary_ones(tmp_path, monkeypatch, out):
    """Standard output, a device or a FIFO has no place of its own for shard files."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("fifo")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    with shard_folder(out, None) as folder:
        assert folder.parent == temporary
    assert list(temporary.iterdir()) == []


def test_no_place_for_temporary_files_is_an_error(tmp_path, monkeypatch):
    """A temporary folder that is not there is an OutputError."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(OutputError, match="gone: No such file"), shard_folder("-", None):
        pytest.fail("there is no folder")


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_removes_the_shard_folder(tmp_path, error):
    """Shard files of a run that failed are gone, and kept ones of an earlier run are not."""
    keep_at = tmp_path / "out.sql.shards"
    keep_at.mkdir()
    earlier = write_file(keep_at, b"earlier")

    def fail():
        with shard_folder(str(tmp_path / "out.sql"), keep_at) as folder:
            write_file(folder)
            raise error

    with pytest.raises(error):
        fail()
    assert list(tmp_path.rglob("*")) == [keep_at, earlier]


def test_kept_shards_take_the_place_of_earlier_ones(tmp_path):
    """The kept folder holds the files of the last run only, as readable as any new folder."""
    out = str(tmp_path / "out.sql")
    keep_at = kept_folder(out, "any")
    for body in (b"first", b"second"):
        with shard_folder(out, kept_folder(out, "any")) as folder:
            write_file(folder, body)
            if body == b"first":
                write_shard(folder, Shard(1, "t", 3, 5), [], plan=PLAN, counted=True)
    assert list(tmp_path.rglob("*")) == [keep_at, shard_path(keep_at, SHARD)]
    assert shard_path(keep_at, SHARD).read_bytes().endswith(b"second")
    mask = os.umask(0)
    os.umask(mask)
    assert os.name != "posix" or 0o777 & ~mask == stat.S_IMODE(keep_at.stat().st_mode)


def test_kept_shards_of_standard_output_take_the_schemas_name(tmp_path, monkeypatch):
    """A dump without a name keeps its shards under the schema's."""
    monkeypatch.chdir(tmp_path)
    assert kept_folder("-", "shop") == Path("shop.shards")
    with shard_folder("-", kept_folder("-", "shop")) as folder:
        write_file(folder)
    assert [path.name for path in Path("shop.shards").iterdir()] == ["00000000.shard"]


@pytest.mark.parametrize("other", ["file", "folder", "is file", "is link"])
def test_a_folder_with_other_things_is_never_replaced(tmp_path, other):
    """What shardgen did not make, it does not delete: the kept folder is refused."""
    keep_at = tmp_path / "out.sql.shards"
    with contextlib.suppress(OSError):
        if other == "is file":
            keep_at.write_bytes(b"mine")
        elif other == "is link":
            (tmp_path / "far").mkdir()
            keep_at.symlink_to("far")
        else:
            keep_at.mkdir()
            write_file(keep_at)
            (keep_at / "mine").mkdir() if other == "folder" else (keep_at / "mine").touch()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OutputError, match="it holds other things; move them away"):
        kept_folder(str(tmp_path / "out.sql"), "any")
    assert sorted(tmp_path.rglob("*")) == before


def test_other_things_that_appear_meanwhile_are_not_deleted(tmp_path):
    """What somebody puts into the kept folder during the run stays."""
    out = str(tmp_path / "out.sql")
    keep_at = kept_folder(out, "any")

    def disturb():
        with shard_folder(out, keep_at) as folder:
            write_file(folder)
            keep_at.mkdir()
            (keep_at / "mine").write_bytes(b"mine")

    with pytest.raises(OutputError, match="Directory not empty"):
        disturb()
    assert sorted(tmp_path.rglob("*")) == [keep_at, keep_at / "mine"]
