"""The command that writes a dump."""

from __future__ import annotations

import json
import re

import pytest


def test_run_without_arguments_writes_the_bundled_schema(call, tmp_path):
    """And says what it wrote, how fast, and how to load it."""
    code, out, err = call("run")
    assert (0, "") == (code, err)
    size = (tmp_path / "fintech-loans.sql").stat().st_size
    wrote, load = out.splitlines()
    assert wrote.startswith(f"Wrote fintech-loans.sql: 5,000 rows, {size:,} bytes in ")
    assert re.search(r" s \([\d,]+ rows/s, [\d.,]+ MB/s\)$", wrote)
    assert "Load it: psql -v ON_ERROR_STOP=1 -f fintech-loans.sql DATABASE" == load
    assert ["fintech-loans.sql"] == [path.name for path in tmp_path.iterdir()]


def test_run_names_the_dump_after_the_schema(call, shop, tmp_path):
    """Without --out, in the folder where the command is run."""
    assert 0 == call("run", shop)[0]
    assert (tmp_path / "shop.sql").exists()


def test_quiet_says_nothing(call, shop):
    """Neither a summary nor a bar, on either stream."""
    assert (0, "", "") == call("run", shop, "-q")


def test_json_is_one_object(call, shop, tmp_path):
    """It can be parsed whole, and its numbers are those of the dump on the disk."""
    code, out, err = call("run", shop, "--json", "-s", "7", "--dialect", "sqlite")
    summary = json.loads(out)
    assert (0, "") == (code, err)
    assert ["shop", "sqlite", 7, "shop.sql", 70, {"users": 20, "orders": 50}] == [
        summary[name] for name in ("schema", "dialect", "seed", "out", "rows", "tables")
    ]
    assert (tmp_path / "shop.sql").stat().st_size == summary["bytes"]


@pytest.mark.parametrize("as_json", [True, False])
def test_standard_output_is_the_dump_alone(call, shop, tmp_path, as_json):
    """The summary goes to standard error."""
    call("run", shop, "-q")
    code, out, err = call("run", shop, "-o", "-", *(["--json"] if as_json else []))
    assert (0, (tmp_path / "shop.sql").read_text()) == (code, out)
    assert (json.loads(err)["out"] == "-") if as_json else err.startswith("Wrote standard output: ")


def test_the_load_hint_can_be_pasted_into_a_shell(call, shop):
    """A file name with a space and a semicolon is quoted."""
    _, out, _ = call("run", shop, "-o", "a b;rm x.sql")
    assert "Load it: psql -v ON_ERROR_STOP=1 -f 'a b;rm x.sql' DATABASE" == out.splitlines()[1]
