"""run(): from a schema to a dump on disk."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from support.places import TESTS
from support.schemas import parsed, right

import shardgen
from shardgen.errors import OutputError, PlanError, SchemaError

MINIMAL = TESTS / "schemas" / "sourcebox-minimal.json"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_schema_is_named_or_is_a_path_or_a_struct(tmp_path):
    """All three give the same bytes."""
    schema = shardgen.load_schema(MINIMAL)
    made = []
    for n, source in enumerate((str(MINIMAL), MINIMAL, schema)):
        shardgen.run(source, tmp_path / f"{n}.sql")
        made.append((tmp_path / f"{n}.sql").read_bytes())
    assert 1 == len(set(made))
    assert 5000 == shardgen.run("fintech-loans").rows


def test_the_summary_says_what_was_written(tmp_path):
    """Schema, database, seed, target, rows, workers, and the true size."""
    out = tmp_path / "x.sql"
    summary = shardgen.run(parsed(right()), out, options=shardgen.Options(seed=3))
    assert ["shop", "postgres", 3, str(out), 70, 0] == [
        summary.schema, summary.dialect, summary.seed, summary.out, summary.rows, summary.workers
    ]  # fmt: skip
    assert {"users": 20, "orders": 50} == summary.tables
    assert out.stat().st_size == summary.bytes
    assert 0 < summary.seconds


def test_the_dump_is_named_after_the_schema(tmp_path):
    """Where no target is named."""
    assert "shop.sql" == shardgen.run(parsed(right())).out
    assert ["shop.sql"] == names(tmp_path)


def test_an_earlier_dump_is_replaced_as_a_whole(tmp_path):
    """Nothing of a longer one is left behind the new one."""
    out = tmp_path / "shop.sql"
    out.write_text("x" * 10**6)
    shardgen.run(parsed(right()))
    assert out.read_text().startswith("-- shardgen")
    assert out.read_text().endswith("COMMIT;\n")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"schema": "nope"}, SchemaError),
        ({"schema": "fintech-loans", "options": shardgen.Options(rows={"x": 1})}, PlanError),
        ({"schema": "fintech-loans", "workers": 0}, PlanError),
        ({"schema": "fintech-loans", "workers": 257}, PlanError),
        ({"schema": "fintech-loans", "out": "."}, OutputError),
        ({"schema": "fintech-loans", "out": "no/folder/x.sql"}, OutputError),
    ],
)
def test_a_refused_run_writes_nothing(arguments, error, tmp_path):
    """An earlier dump stays as it was."""
    (tmp_path / "fintech-loans.sql").write_text("earlier")
    with pytest.raises(error):
        shardgen.run(**arguments)
    assert ["fintech-loans.sql"] == names(tmp_path)
    assert "earlier" == (tmp_path / "fintech-loans.sql").read_text()


def test_a_schema_in_python_is_checked(tmp_path):
    """A name that would lead out of the folder is refused as in a file."""
    import msgspec

    wrong = msgspec.structs.replace(parsed(right()), name="../x")
    with pytest.raises(SchemaError, match=r"the name '\.\./x' cannot name a file"):
        shardgen.run(wrong)
    assert [] == names(tmp_path)
    assert not (tmp_path.parent / "x.sql").exists()


def test_shards_are_kept_when_asked_for(tmp_path):
    """And the dump is the same."""
    options = shardgen.Options(shard_rows=30)
    shardgen.run(parsed(right()), options=options)
    plain = (tmp_path / "shop.sql").read_bytes()
    shardgen.run(parsed(right()), options=options, keep_shards=True)
    assert plain == (tmp_path / "shop.sql").read_bytes()
    assert ["shop.sql", "shop.sql.shards"] == names(tmp_path)
    assert 3 == len(names(tmp_path / "shop.sql.shards"))


def test_progress_is_told_of_each_table_and_every_row():
    """In the order of the dump, shard by shard."""
    told = []

    class Progress:
        def begin(self, table, rows):
            told.append((table, rows))

        def advance(self, rows):
            told[-1] = (*told[-1], rows)

    shardgen.run(parsed(right()), options=shardgen.Options(shard_rows=30), progress=Progress())
    assert [("users", 20, 20), ("orders", 50, 30, 20)] == told


@pytest.mark.usefixtures("clean_children")
def test_workers_change_no_byte(tmp_path):
    """Two workers and their shard files, or none."""
    digests, used = set(), []
    options = shardgen.Options(scale=101, shard_rows=40_000)
    for workers in (1, 2):
        summary = shardgen.run("fintech-loans", "x.sql", workers=workers, options=options)
        digests.add(hashlib.sha256((tmp_path / "x.sql").read_bytes()).hexdigest())
        used.append(summary.workers)
    assert 1 == len(digests)
    assert [0, 2] == used
    assert ["x.sql"] == names(tmp_path)
