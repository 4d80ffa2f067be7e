"""The command `profile`: its page, its sources, and what it refuses."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys

import pytest
from support.places import ROOT

import shardgen
from shardgen.errors import DatabaseError, PlanError
from shardgen.execution.profiling.profile import Profiling, profile

PAGE = (ROOT / "docs" / "profiling.md").read_text(encoding="utf-8")


def test_the_page_runs(tmp_path):
    """Every command of it, in its order, and each prints what is shown."""
    ours = f'shardgen() {{ {shlex.quote(sys.executable)} -m shardgen "$@"; }}\nset -e\n'
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for block in blocks:
        script = "\n".join(
            line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")
        )
        shown = [line for line in block.splitlines() if not line.startswith("$ ")]
        ran = subprocess.run(
            ["bash", "-c", ours + script], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (0, shown, "") == (ran.returncode, ran.stdout.splitlines(), ran.stderr), block
    assert "ssn" not in (tmp_path / "like.yaml").read_text().replace("ssn_last_4", "")


def test_a_file_of_duckdb_and_a_folder_are_profiled_alike(tmp_path):
    """With primary keys as the file says them, or as values show; other keys are guessed."""
    shardgen.load("fintech-loans", f"duckdb:///{tmp_path}/loans.duckdb", seed=1)
    shardgen.run("fintech-loans", tmp_path / "csv", format="csv", seed=1)
    one = profile(f"duckdb:///{tmp_path}/loans.duckdb", Profiling(guess_keys=True))
    two = profile(str(tmp_path / "csv"), Profiling(guess_keys=True))
    for table, other in zip(one.tables, two.tables, strict=True):
        assert (table.name, table.rows) == (other.name, other.rows)
        for column in table.columns:
            same = other.column(column.name)
            if "key" not in column.why and "unique" not in (column.why + same.why):
                assert (column.taken, column.points) == (same.taken, same.points), column.name
    (key,) = two.tables[-1].keys
    assert ("loan_id",) == key.columns
    made = shardgen.generate(shardgen_schema(two), seed=2)
    assert [t.rows for t in two.tables] == [len(made.tables[t.name].rows) for t in two.tables]


def shardgen_schema(found):
    from shardgen.importing.writing import decoded

    return decoded(found.schema)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("sqlite:///none.db", "there is no file none.db"),
        ("duckdb:///none.duckdb", "there is no file none.duckdb"),
        ("none", "there is no folder none"),
        ("rows.csv", "is one file"),
        ("shop.db", "say sqlite:///shop.db"),
        ("empty", "has no files of rows"),
    ],
)
def test_what_is_no_source_says_what_to_name(source, says, tmp_path, monkeypatch):
    """The error has the source, and the way out."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    for name in ("rows.csv", "shop.db"):
        (tmp_path / name).write_text("a,b\n1,2\n")
    with pytest.raises((DatabaseError, PlanError)) as caught:
        profile(source, Profiling())
    assert says in str(caught.value)


def test_a_missing_extra_says_what_to_install(monkeypatch, tmp_path):
    """Of the folder's reader; that of databases is import's own."""
    (tmp_path / "t.csv").write_text("id\n1\n")
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(PlanError, match=r"pip install 'shardgen\[duckdb\]'"):
        profile(str(tmp_path), Profiling())


def test_a_file_is_not_written_over(call, tmp_path):
    """Unless it is asked for; the report as JSON is the last line of standard error."""
    shardgen.load("fintech-loans", f"sqlite:///{tmp_path}/f.db", rows={"payments": 10})
    target = tmp_path / "s.yaml"
    url = f"sqlite:///{tmp_path}/f.db"
    assert 0 == call("profile", url, "-o", str(target), "--json")[0]
    code, _, err = call("profile", url, "-o", str(target))
    assert (8, True) == (code, "--force writes over it" in err)
    code, out, err = call("profile", url, "--json")
    assert (0, True) == (code, "rows: 10\n" in out)
    assert 10 == json.loads(err.splitlines()[-1])["tables"][-1]["rows"]
