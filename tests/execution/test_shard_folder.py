"""The folder of shard files: beside its target, gone at the end, or kept and nothing else lost."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from pathlib import Path

import pytest

from shardgen.errors import OutputError
from shardgen.execution.shard_file import shard_path, write_shard
from shardgen.execution.shard_folder import (
    KeptShardFolder,
    ShardFolder,
    kept_folder,
    shard_folder,
)
from shardgen.execution.targets import open_sink
from shardgen.plan.plan import Shard

SHARD = Shard(0, "t", 0, 3)
PLAN = b"the plan's hash!"
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions, links and devices")


def write_file(folder, body=b"abc"):
    write_shard(folder, SHARD, [body], plan=PLAN, counted=True)
    return shard_path(folder, SHARD)


def test_a_file_is_spare_once():
    """The file of a shard that is of no more use is given to one later shard; kept ones to none."""
    folder = ShardFolder(Path("any"))
    assert folder.take_spare() is None
    folder.release(SHARD)
    assert SHARD == folder.take_spare()
    assert folder.take_spare() is None
    kept = KeptShardFolder(Path("any"))
    kept.release(SHARD)
    assert kept.take_spare() is None


def test_the_shard_folder_lies_beside_the_dump_and_goes(tmp_path):
    """Shard files are on the dump's own disk, readable by nobody else, and gone at the end."""
    with shard_folder(tmp_path / "out.sql", None) as folder:
        write_file(folder.path)
        assert folder.path.parent == tmp_path
        assert os.name != "posix" or stat.S_IMODE(folder.path.stat().st_mode) == 0o700
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
    reader = threading.Thread(target=lambda: out == "fifo" and Path(out).read_bytes())
    reader.start()
    with open_sink(out, {}) as sink, shard_folder(sink.beside, None) as folder:
        assert folder.path.parent == temporary
    reader.join(20)
    assert list(temporary.iterdir()) == []


def test_no_place_for_temporary_files_is_an_error(tmp_path, monkeypatch):
    """A temporary folder that is not there is an OutputError."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(OutputError, match="gone: No such file"), shard_folder(None, None):
        pytest.fail("there is no folder")


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_removes_the_shard_folder(tmp_path, error):
    """Shard files of a run that failed are gone, and kept ones of an earlier run are not."""
    keep_at = tmp_path / "out.sql.shards"
    keep_at.mkdir()
    earlier = write_file(keep_at, b"earlier")

    def fail():
        with shard_folder(tmp_path / "out.sql", keep_at) as folder:
            write_file(folder.path)
            raise error

    with pytest.raises(error):
        fail()
    assert list(tmp_path.rglob("*")) == [keep_at, earlier]


def test_kept_shards_take_the_place_of_earlier_ones(tmp_path):
    """The kept folder holds the files of the last run only, as readable as any new folder."""
    out = str(tmp_path / "out.sql")
    keep_at = kept_folder(out, "any")
    for body in (b"first", b"second"):
        with shard_folder(Path(out), kept_folder(out, "any")) as folder:
            write_file(folder.path, body)
            if body == b"first":
                write_shard(folder.path, Shard(1, "t", 3, 5), [], plan=PLAN, counted=True)
    assert list(tmp_path.rglob("*")) == [keep_at, shard_path(keep_at, SHARD)]
    assert shard_path(keep_at, SHARD).read_bytes().startswith(b"second")
    mask = os.umask(0)
    os.umask(mask)
    assert os.name != "posix" or 0o777 & ~mask == stat.S_IMODE(keep_at.stat().st_mode)


def test_kept_shards_of_standard_output_take_the_schemas_name(tmp_path, monkeypatch):
    """A dump without a name keeps its shards under the schema's."""
    monkeypatch.chdir(tmp_path)
    assert kept_folder("-", "shop") == Path("shop.shards")
    with shard_folder(None, kept_folder("-", "shop")) as folder:
        write_file(folder.path)
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
        with shard_folder(Path(out), keep_at) as folder:
            write_file(folder.path)
            keep_at.mkdir()
            (keep_at / "mine").write_bytes(b"mine")

    with pytest.raises(OutputError, match="Directory not empty"):
        disturb()
    assert sorted(tmp_path.rglob("*")) == [keep_at, keep_at / "mine"]
