"""Parts of a run: made apart, in any order, they join to what one run writes."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from support.places import ROOT
from support.schemas import parsed, right

import shardgen
from shardgen.cli.main import cli
from shardgen.cli.scheduler import SCHEDULERS, part_number
from shardgen.errors import OutputError, PlanError, ShardFileError
from shardgen.execution import executors, makers, pipeline
from shardgen.execution.part_joining import join

PAGE = (ROOT / "docs" / "more-than-one-machine.md").read_text(encoding="utf-8")
SHOP = parsed(right())
COUNTS = {"users": 90, "orders": 300}
PARTS = 5


def make(out: Path, part: int, parts: int = PARTS, **options) -> shardgen.Summary:
    options = {"rows": COUNTS, "shard_rows": 20} | options
    return shardgen.run(SHOP, out, part=f"{part}/{parts}", **options)


def make_all(out: Path, parts: int = PARTS, **options) -> list[shardgen.Summary]:
    return [make(out, part, parts, **options) for part in reversed(range(1, parts + 1))]


def undivided(out: Path, **options) -> shardgen.Summary:
    return shardgen.run(SHOP, out, rows=COUNTS, **{"shard_rows": 20} | options)


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize(
    ("parts", "options"),
    [
        (5, {}), (1, {}), (40, {}), (5, {"compress": "zstd"}), (3, {"format": "copy"}),
        (3, {"compress": "gzip", "dialect": "mysql"}), (40, {"compress": "zstd", "ddl": False}),
    ],
)  # fmt: skip
def test_parts_join_to_the_dump_of_one_run(tmp_path, options, parts):
    """Its very bytes, compressed ones too, and also where parts have nothing in them."""
    ending = {"zstd": ".sql.zst", "gzip": ".sql.gz"}.get(options.get("compress"), ".sql")
    whole, made = tmp_path / f"whole{ending}", tmp_path / f"joined{ending}"
    summary = undivided(whole, **options)
    summaries = make_all(tmp_path / "parts", parts, **options)
    joined = join([tmp_path / "parts"], str(made))
    assert whole.read_bytes() == made.read_bytes()
    assert (summary.rows, summary.bytes) == (joined.rows, joined.bytes)
    assert summary.rows == sum(each.rows for each in summaries)
    files = sorted((tmp_path / "parts").glob(f"*{ending}"))
    assert whole.read_bytes() == b"".join(path.read_bytes() for path in files)


@pytest.mark.parametrize(
    ("form", "options"),
    [("csv", {}), ("tsv", {"compress": "zstd"}), ("jsonl", {}), ("csv", {"file_rows": 35})],
)
def test_a_folder_of_parts_has_the_rows_of_one_run(tmp_path, form, options):
    """In files that no two parts write; the scripts and the manifest are those of the whole."""
    undivided(tmp_path / "whole", format=form, **options)
    make_all(tmp_path / "parts", format=form, **options)
    whole, made = contents(tmp_path / "whole"), contents(tmp_path / "parts")
    if "file_rows" in options:
        assert whole.items() - made.items() == {("manifest.json", whole["manifest.json"])}
    elif "compress" not in options:
        ending = f".{form}"
        for table in COUNTS:
            (text,) = (text for name, text in whole.items() if name == table + ending)
            files = sorted(name for name in made if name.startswith(f"{table}/"))
            head = text.splitlines(keepends=True)[0] if form == "csv" else b""
            rows = [made[name].removeprefix(head) for name in files]
            assert text == head + b"".join(rows)
            assert len(files) > 1
    assert {f"part-{n}-of-{PARTS}.json" for n in range(1, PARTS + 1)} <= made.keys()
    joined = join([tmp_path / "parts"])
    manifest = json.loads((tmp_path / "parts" / "manifest.json").read_bytes())
    listed = {file["name"] for table in manifest["tables"] for file in table["files"]}
    assert (sum(COUNTS.values()), PARTS) == (joined.rows, joined.parts)
    assert listed == {n for n in made if "/" in n}
    if "file_rows" in options:
        assert whole == {n: t for n, t in contents(tmp_path / "parts").items() if n in whole}


def test_parts_of_parquet_are_files_of_their_own(tmp_path):
    """Read together they are the table."""
    pyarrow = pytest.importorskip("pyarrow.parquet")
    make_all(tmp_path / "parts", format="parquet")
    undivided(tmp_path / "whole", format="parquet")
    for table in COUNTS:
        files = sorted((tmp_path / "parts" / table).iterdir())
        found = [row for file in files for row in pyarrow.read_table(file).to_pylist()]
        assert pyarrow.read_table(tmp_path / "whole" / f"{table}.parquet").to_pylist() == found


def test_workers_make_the_same_part(tmp_path, monkeypatch):
    """By processes or without, twice into one folder, and from Python or the command line."""
    make(tmp_path / "one", 2)
    expected = contents(tmp_path / "one")
    monkeypatch.setattr(makers, "SMALL_JOB", 0)
    monkeypatch.setattr(executors, "SMALL_TABLE", 30)
    assert 2 == make(tmp_path / "two", 2, workers=2).workers
    assert expected == contents(tmp_path / "two")
    make(tmp_path / "two", 2, workers=1)
    assert expected == contents(tmp_path / "two")


def test_a_table_without_rows_has_a_file_of_the_first_part(tmp_path):
    """As it has one in a run that is not divided."""
    for part in (1, 2):
        make(tmp_path / "parts", part, 2, rows={"users": 30, "orders": 0}, format="csv")
    made = contents(tmp_path / "parts")
    assert b"id,user_id,total\n" == made["orders/part-1-of-2.csv"]
    assert "orders/part-2-of-2.csv" not in made


def refused(folders, out="joined.sql") -> str:
    with pytest.raises(ShardFileError) as caught:
        join(folders, out)
    assert 7 == caught.value.exit_code
    return str(caught.value)


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ({"seed": 8}, "seed 8, and not 0"),
        ({"rows": {"users": 90, "orders": 301}}, "301 rows of 'orders'"),
        ({"shard_rows": 21}, "rows of a shard 21, and not 20"),
        ({"ddl": False}, '"ddl":false'),
        ({"edge_case_probability": 0.1}, "edge cases 0.1, and not 0.0"),
        ({"dialect": "mysql"}, "mysql"),
        ({"tables": ("orders",)}, "other tables"),
    ],
)
def test_parts_of_different_runs_are_refused_by_name(tmp_path, other, what):
    """What differs is said, of both, and nothing is written."""
    make(tmp_path / "a", 1)
    make(tmp_path / "b", 2, **other)
    said = refused([tmp_path / "a", tmp_path / "b"], str(tmp_path / "joined.sql"))
    assert what in said
    assert "part-1-of-5.json" in said
    assert "part-2-of-5.json" in said
    assert not (tmp_path / "joined.sql").exists()


def test_parts_of_another_schema_or_version_are_refused(tmp_path):
    """Also where only a release of shardgen or of a library differs."""
    make_all(tmp_path / "a", 2)
    path = tmp_path / "a" / "part-2-of-2.json"
    text = path.read_text()
    path.write_text(text.replace('"made_by": "shardgen ', '"made_by": "shardgen 9.'))
    assert "version shardgen 9." in refused([tmp_path / "a"])
    path.write_text(re.sub(r'"schema_sha256": "..', '"schema_sha256": "zz', text))
    assert "the schema has another content" in refused([tmp_path / "a"])
    path.write_text(re.sub(r'"plan": "..', '"plan": "zz', text))
    assert "the parts are cut otherwise" in refused([tmp_path / "a"])


def test_missing_and_doubled_parts_are_named(tmp_path):
    """By their numbers, and by where they are."""
    make_all(tmp_path / "a")
    assert "there twice" in refused([tmp_path / "a", tmp_path / "a"])
    for part in (2, 4):
        (tmp_path / "a" / f"part-{part}-of-5.json").unlink()
    assert "of 5 parts 2 are missing: 2, 4; `shardgen run --part 2/5`" in refused([tmp_path / "a"])
    (tmp_path / "a" / "part-1-of-5.json").rename(tmp_path / "a" / "part-2-of-5.json")
    assert "it says that it is part 1/5" in refused([tmp_path / "a"])
    (tmp_path / "none").mkdir()
    assert "none: no parts" in refused([tmp_path / "none"])


def test_damage_is_found_by_the_join(tmp_path):
    """A byte, a missing file, another size: nothing is written."""
    make_all(tmp_path / "a")
    path, out = tmp_path / "a" / "part-3-of-5.sql", tmp_path / "joined.sql"
    text = path.read_bytes()
    path.write_bytes(text[:50] + bytes([text[50] ^ 1]) + text[51:])
    assert "it was changed after it was made" in refused([tmp_path / "a"], str(out))
    path.write_bytes(text[:-1])
    assert f"{len(text) - 1} bytes, and not {len(text)}" in refused([tmp_path / "a"], str(out))
    path.unlink()
    assert "cannot be read" in refused([tmp_path / "a"], str(out))
    (tmp_path / "a" / "part-3-of-5.json").write_text("{}")
    assert "no manifest of a part" in refused([tmp_path / "a"], str(out))
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "what"),
    [({"seed": 1}, "seed 0, and not 1"), ({"parts": 6}, "'part-1-of-5.json' is in it")],
)
def test_a_folder_with_parts_of_another_run_is_refused(tmp_path, options, what):
    """Before a row is made, and what is there stays."""
    make(tmp_path / "a", 1)
    before = contents(tmp_path / "a")
    with pytest.raises(OutputError, match=re.escape(what)):
        make(tmp_path / "a", 2, **options)
    assert before == contents(tmp_path / "a")


def test_a_folder_with_other_files_is_refused(tmp_path):
    """Files of a run that was not divided would be taken for rows of this one."""
    undivided(tmp_path / "a", format="csv", file_rows=100)
    with pytest.raises(OutputError, match="which is not of this run"):
        make(tmp_path / "a", 1, format="csv")


@pytest.mark.parametrize("out", ["x.sql", "-", "x.csv"])
def test_a_part_goes_to_a_folder(tmp_path, monkeypatch, out):
    """A file or a pipe is refused, with the way out."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PlanError, match="is no folder"):
        make(Path(out), 1)
    assert [] == list(tmp_path.iterdir())


def test_a_part_that_fails_leaves_nothing(tmp_path, monkeypatch):
    """Not even the folder that it made; other parts stay."""

    def fail(*_arguments):
        raise OutputError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "_write", fail)
        with pytest.raises(OutputError):
            make(tmp_path / "a", 1)
        assert not (tmp_path / "a").exists()
    make(tmp_path / "a", 2)
    before = contents(tmp_path / "a")
    monkeypatch.setattr(pipeline, "_write", fail)
    with pytest.raises(OutputError):
        make(tmp_path / "a", 1)
    assert before == contents(tmp_path / "a")
    assert 2 == len(list((tmp_path / "a").iterdir()))


SAID = {
    "JOB_COMPLETION_INDEX": ("0", "15"),
    "SLURM_ARRAY_TASK_ID": ("1", "16"),
    "AWS_BATCH_JOB_ARRAY_INDEX": ("0", "15"),
    "CLOUD_RUN_TASK_INDEX": ("0", "15"),
}


def test_the_number_of_a_part_is_that_of_the_task():
    """The first and the last task of each scheduler make the first and the last part."""
    assert SAID.keys() == {scheduler.number for scheduler in SCHEDULERS}
    for variable, (first, last) in SAID.items():
        assert ("1/16", "16/16") == (
            part_number("auto/16", {variable: first}), part_number("auto/16", {variable: last})
        )  # fmt: skip
        assert f"`{variable}`" in PAGE
    assert "3/16" == part_number("3/16", {"JOB_COMPLETION_INDEX": "7"})


@pytest.mark.parametrize(
    ("text", "environment", "what"),
    [
        ("auto", {"SLURM_ARRAY_TASK_ID": "1"}, "say of how many parts"),
        ("auto/16", {}, "none of JOB_COMPLETION_INDEX"),
        ("auto/16", {"SLURM_ARRAY_TASK_ID": "0"}, "number the tasks from 1"),
        ("auto/16", {"SLURM_ARRAY_TASK_ID": "x"}, "SLURM_ARRAY_TASK_ID is 'x'"),
        ("auto/16", {"SLURM_ARRAY_TASK_ID": "1", "JOB_COMPLETION_INDEX": "0"}, "=0 and SLURM"),
        (
            "auto/16",
            {"AWS_BATCH_JOB_ARRAY_INDEX": "1", "AWS_BATCH_JOB_ARRAY_SIZE": "8"},
            "AWS_BATCH_JOB_ARRAY_SIZE is 8",
        ),
    ],
)
def test_a_number_that_cannot_be_known_is_refused(text, environment, what):
    """Rather than to make another part than is meant."""
    with pytest.raises(PlanError, match=re.escape(what)):
        part_number(text, environment)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_first_commands_of_the_page_run(tmp_path):
    """As they stand: four parts at once, joined, are the dump of one run."""
    program = tmp_path / "bin" / "shardgen"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m shardgen "$@"\n')
    program.chmod(0o755)
    lines = [line.removeprefix("$ ") for line in blocks("console")[0].splitlines()]
    ran = subprocess.run(
        ["bash", "-euc", "\n".join(lines)],
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (ran.returncode, ran.stderr)
    assert ran.stdout.startswith("Joined 4 parts: loans.sql, 20,000 rows, ")


def test_the_scripts_of_the_page_are_shell():
    """Bash reads them, and every command of ours in them is one that there is."""
    for block in blocks("sh"):
        read = subprocess.run(
            ["bash", "-n"], input=block, text=True, capture_output=True, check=False
        )
        assert (0, "") == (read.returncode, read.stderr)
        for line in re.findall(r"shardgen ((?:run|join) [^'\n]*)", block):
            words = shlex.split(line.replace("$(seq 16)", "").replace(":::", ""), comments=True)
            parse(words, {"SLURM_ARRAY_TASK_ID": "3"})


def test_the_jobs_of_the_page_are_what_kubernetes_reads():
    """An indexed Job of as many pods as there are parts, and one that joins them."""
    parts, joining = [yaml.safe_load(block) for block in blocks("yaml")]
    assert ("Indexed", 16) == (parts["spec"]["completionMode"], parts["spec"]["completions"])
    for job in (parts, joining):
        assert ("batch/v1", "Job") == (job["apiVersion"], job["kind"])
        pod = job["spec"]["template"]["spec"]
        assert pod["restartPolicy"] in ("Never", "OnFailure")
        (container,) = pod["containers"]
        volumes = {volume["name"] for volume in pod["volumes"]}
        assert volumes == {mount["name"] for mount in container["volumeMounts"]}
        said = {each["name"]: each["value"] for each in container.get("env", ())}
        program, *words = container["command"]
        assert "shardgen" == program
        given = parse(words, {"JOB_COMPLETION_INDEX": "15"} | said)
        assert job is joining or "16/16" == given["part"]


def parse(words: list[str], environment: dict[str, str]) -> dict:
    """Return what a command of ours reads in its arguments, without running it."""
    command = cli.commands[words[0]]
    arguments = [word.replace("{}", "3") for word in words[1:]]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        context = command.make_context(words[0], arguments)
    return context.params
