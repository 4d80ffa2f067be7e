"""A folder as target: all files of a run, or what was there before."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from support.schemas import parsed, right

import shardgen
from shardgen.errors import OutputError
from shardgen.execution import folders
from shardgen.execution.targets import open_sink

FILES = ("users.csv", "orders.csv")
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions, links and devices")


def write(out, users=b"new users\n", orders=b"new orders\n") -> None:
    with open_sink(str(out), FILES, ending=".csv") as sink:
        sink.write("users.csv", users)
        sink.write("orders.csv", orders)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


NEW = {"users.csv": b"new users\n", "orders.csv": b"new orders\n"}
EARLIER = {"users.csv": b"earlier users\n", "orders.csv": b"earlier orders\n"}


@pytest.fixture
def earlier(tmp_path):
    """A folder with the files of an earlier run."""
    folder = tmp_path / "out"
    folder.mkdir()
    for name, text in EARLIER.items():
        (folder / name).write_bytes(text)
    return folder


def refused(out, files=FILES) -> str:
    """Return what is said about a target that is refused: one line."""
    with pytest.raises(OutputError) as caught, open_sink(str(out), files, ending=".csv"):
        pytest.fail("the target is no good")
    assert 1 == len(str(caught.value).splitlines())
    return str(caught.value)


@pytest.mark.parametrize("name", ["out", "out/", "far/../out", "odd 'name'\n"])
def test_a_new_folder_appears_when_complete(tmp_path, monkeypatch, name):
    """Under its name with all files in it, and nothing lies beside it."""
    (tmp_path / "far").mkdir()
    monkeypatch.chdir(tmp_path)
    with open_sink(name, FILES, ending=".csv") as sink:
        sink.write("users.csv", b"new users\n")
        assert not Path(name).exists()
        sink.write("orders.csv", b"new orders\n")
    assert NEW == contents(Path(name))
    assert {"far", Path(name).resolve().name} == {path.name for path in tmp_path.iterdir()}


def test_files_of_an_earlier_run_are_replaced(earlier, tmp_path):
    """The folder stays the same one; nothing else is in it or beside it."""
    inode = earlier.stat().st_ino
    write(earlier)
    assert NEW == contents(earlier)
    assert inode == earlier.stat().st_ino
    assert [earlier] == list(tmp_path.iterdir())


def test_an_empty_folder_is_filled(tmp_path):
    """A folder that was made for the files is as good as none."""
    write(tmp_path)
    assert NEW == contents(tmp_path)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
@pytest.mark.parametrize("new", [True, False])
def test_an_error_leaves_what_was_there(earlier, tmp_path, error, new):
    """Whatever ends the writing: the earlier files as they were, or no folder at all."""
    out = tmp_path / "new" if new else earlier

    def write_half():
        with open_sink(str(out), FILES, ending=".csv") as sink:
            sink.write("users.csv", b"half")
            raise error

    with pytest.raises(error):
        write_half()
    assert EARLIER == contents(earlier)
    assert [earlier] == list(tmp_path.iterdir())


@pytest.mark.parametrize("other", ["notes.txt", "payments.csv", "users.csv.gz"])
def test_a_folder_with_other_files_is_refused(earlier, other):
    """They would be taken for this run's by whoever loads all files of the folder."""
    (earlier / other).write_bytes(b"mine")
    said = f"cannot write {earlier}: {other!r} is in it, which this run would not write"
    assert f"{said}; name an empty folder with --out" == refused(earlier)
    assert EARLIER | {other: b"mine"} == contents(earlier)


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_only_regular_files_are_replaced(tmp_path, kind):
    """A folder or a link under the name of a file is refused."""
    if kind == "folder":
        (tmp_path / "users.csv").mkdir()
    else:
        (tmp_path / "users.csv").symlink_to("/dev/null")
    assert "'users.csv' is in it" in refused(tmp_path)


def test_all_files_of_an_earlier_manifest_are_replaced(in_an_empty_folder):
    """However many there were, and of whatever format; what somebody else has put there is not."""
    out = in_an_empty_folder / "out"
    shardgen.run(parsed(right()), out, format="csv", file_rows=7)
    assert 8 == len(list(out.glob("orders/*.csv")))
    shardgen.run(parsed(right()), out, format="csv", file_rows=20)
    assert ["00000.csv", "00001.csv", "00002.csv"] == sorted(
        path.name for path in (out / "orders").iterdir()
    )
    shardgen.run(parsed(right()), out, format="jsonl")
    names = ["load-duckdb.sql", "manifest.json", "orders.jsonl", "users.jsonl"]
    assert names == sorted(path.name for path in out.iterdir())
    (out / "mine.jsonl").touch()
    before = contents(out)
    with pytest.raises(
        OutputError, match=r"'mine\.jsonl' is in it, which this run would not write"
    ):
        shardgen.run(parsed(right()), out, format="csv")
    assert before == contents(out)


@pytest.mark.parametrize("inner", ["orders/mine.csv", "orders/deeper/", "mine/"])
def test_a_folder_within_has_nothing_but_files_of_a_manifest(in_an_empty_folder, inner):
    """Or the run is refused, and nothing is moved."""
    out = in_an_empty_folder / "out"
    shardgen.run(parsed(right()), out, format="csv", file_rows=20)
    path = out / inner
    path.mkdir() if inner.endswith("/") else path.touch()
    name = inner.rstrip("/")
    with pytest.raises(OutputError, match=f"'{name}' is in it"):
        shardgen.run(parsed(right()), out, format="csv", file_rows=20)
    assert path.exists()


@pytest.mark.parametrize(
    "text", ["", "{}", "[" * 9999, '{"made_by":"x","tables":[{"files":[{"name":"../x"}]}]}']
)
def test_a_manifest_of_another_kind_lists_nothing_of_ours(tmp_path, text):
    """What is no manifest is replaced; no name in one leads out of the folder."""
    (tmp_path / "x").write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / "manifest.json").write_text(text)
    write(out)
    assert {"users.csv", "orders.csv"} == set(contents(out))
    assert "mine" == (tmp_path / "x").read_text()


def test_hidden_files_and_those_of_other_runs_do_no_harm(tmp_path):
    """A .gitkeep stays, and so does what a run that was killed has left."""
    (tmp_path / ".gitkeep").touch()
    (tmp_path / "x.0123.partial").mkdir()
    write(tmp_path)
    (tmp_path / "x.0123.partial").rmdir()
    assert NEW | {".gitkeep": b""} == contents(tmp_path)


@pytest.mark.parametrize("failing", range(4))
def test_a_move_that_fails_moves_nothing(earlier, monkeypatch, failing):
    """Where one file cannot be put in place, those before it go back."""
    real, calls = Path.rename, []

    def rename(self, target):
        calls.append(self)
        if len(calls) == failing + 1:
            raise OSError(5, "Input/output error")
        return real(self, target)

    monkeypatch.setattr(folders.Path, "rename", rename)
    with pytest.raises(OutputError, match="Input/output error"):
        write(earlier)
    assert EARLIER == contents(earlier)


def test_a_folder_that_appears_meanwhile_is_not_replaced(tmp_path):
    """With something in it, it is somebody else's."""
    out = tmp_path / "out"

    def become():
        with open_sink(str(out), FILES, ending=".csv") as sink:
            sink.write("users.csv", b"")
            sink.write("orders.csv", b"")
            out.mkdir()
            (out / "mine").write_bytes(b"mine")

    with pytest.raises(OutputError, match=r"cannot write .*out: Directory not empty"):
        become()
    assert {"mine": b"mine"} == contents(out)
    assert [out] == list(tmp_path.iterdir())


@posix
def test_a_link_to_a_folder_stays_a_link(earlier, tmp_path):
    """The folder that it leads to is the target."""
    (tmp_path / "link").symlink_to("out")
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert NEW == contents(earlier)


@posix
def test_new_files_have_the_permissions_of_the_umask(tmp_path):
    """As any new file and folder."""
    before = os.umask(0o027)
    try:
        write(tmp_path / "out")
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()}
    assert {0o640} == modes
    assert 0o750 == stat.S_IMODE((tmp_path / "out").stat().st_mode)


@posix
@pytest.mark.parametrize("out", ["-", "/dev/null", "file", "new.csv"])
def test_several_tables_need_a_folder(tmp_path, monkeypatch, out):
    """A stream, a device, a file and what is named like a file of one table are refused."""
    monkeypatch.chdir(tmp_path)
    Path("file").write_bytes(b"mine")
    name = "standard output" if out == "-" else out
    said = f"cannot write 2 files to {name}: each table has its own; name a folder with --out"
    assert f"{said}, or one table with --tables" == refused(out)
    assert {"file": b"mine"} == contents(tmp_path)


def test_a_folder_in_a_folder_that_does_not_exist_is_refused(tmp_path):
    """A mistyped path is told, and no folder is made."""
    assert "No such file or directory; make the folder first" in refused(tmp_path / "no" / "out/")


ONE = ("users.csv",)


@pytest.mark.parametrize(
    ("out", "path"),
    [("x.csv", "x.csv"), ("x", "x"), ("x/", "x/users.csv"), ("there", "there/users.csv")],
)
def test_an_only_table_goes_to_a_file_or_a_folder(tmp_path, monkeypatch, out, path):
    """As the target is named."""
    monkeypatch.chdir(tmp_path)
    Path("there").mkdir()
    with open_sink(out, ONE, ending=".csv") as sink:
        sink.write("users.csv", b"x\n")
    assert b"x\n" == (tmp_path / path).read_bytes()


# Whole runs


@pytest.fixture
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_makes_a_folder_named_after_the_schema(in_an_empty_folder):
    """With a file for each table; the summary counts them all."""
    summary = shardgen.run(parsed(right()), options=shardgen.Options(format="csv"))
    made = contents(in_an_empty_folder / "shop")
    beside = ["load-duckdb.sql", "load-mysql.sql", "load-postgres.sql", "manifest.json"]
    assert [*beside, "orders.csv", "users.csv"] == sorted(made)
    assert f"shop{os.sep}" == summary.out
    assert (None, "csv") == (summary.dialect, summary.format)
    command = "psql -v ON_ERROR_STOP=1 -f load-postgres.sql DATABASE"
    assert f"cd shop{os.sep} && {command}" == summary.load
    assert sum(map(len, made.values())) == summary.bytes
    lines = [text.count(b"\n") for name, text in made.items() if name.endswith(".csv")]
    assert 71 + 1 == sum(lines)


@pytest.mark.usefixtures("clean_children")
def test_workers_change_no_byte_of_a_folder(in_an_empty_folder):
    """Two workers that fill places of several files, one process, and kept shards."""
    options = shardgen.Options(format="csv", scale=101, shard_rows=40_000)
    made = []
    for workers, keep in ((1, False), (2, False), (2, True)):
        summary = shardgen.run(
            "fintech-loans", "out/", workers=workers, options=options, keep_shards=keep
        )
        made.append((contents(in_an_empty_folder / "out"), summary.bytes))
    assert made[0] == made[1] == made[2]
    assert ["out", "out.shards"] == sorted(path.name for path in in_an_empty_folder.iterdir())


def test_the_command_line_writes_csv(shardgen, tmp_path):
    """A folder by --out or by the schema's name, and an only table to standard output."""
    done = shardgen("run", "--format", "csv", "-q")
    assert ("", "", 0) == (done.stdout, done.stderr, done.returncode)
    assert 4 == len(list((tmp_path / "fintech-loans").glob("*.csv")))
    refused = shardgen("run", "--format", "csv", "-o", "-")
    assert 8 == refused.returncode
    assert "each table has its own; name a folder with --out" in refused.stderr
