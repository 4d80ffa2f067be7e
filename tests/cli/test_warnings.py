"""What has no effect is said on standard error, in JSON, and refused by --strict."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from support.schemas import right

import shardgen
from shardgen.cli.warnings_report import MOST
from shardgen.errors import InputWarning, SchemaError

WARNING = (
    "warning: the column is not nullable, and so never null (unused-null-probability) at "
    'tables.orders.columns.total.generator_params.null_probability; set "nullable": true'
)


@pytest.fixture
def raw() -> dict[str, Any]:
    raw = right()
    raw["tables"][1]["columns"][2]["generator_params"]["null_probability"] = 0.5
    return raw


@pytest.fixture
def odd(tmp_path: Path, raw: dict[str, Any]) -> str:
    (tmp_path / "odd.json").write_text(json.dumps(raw))
    return "odd.json"


def test_check_knows_warnings_beside_mistakes(call, odd, tmp_path, raw) -> None:
    """A warning changes no exit code, and stands in the report of a schema with mistakes too."""
    code, out, err = call("check", odd)
    assert (0, "odd.json: no mistakes, 1 warning\n") == (code, out)
    assert f"shardgen: odd.json: {WARNING}\n" == err
    raw["tables"][0]["record_count"] = -1
    (tmp_path / "wrong.json").write_text(json.dumps(raw))
    code, out, err = call("check", "wrong.json")
    first, second = err.splitlines()
    assert (3, "") == (code, out)
    assert f"shardgen: wrong.json: {WARNING}" == first
    assert second.startswith("shardgen: wrong.json:1: record_count is -1")


def test_check_json_has_both(call, odd, shop) -> None:
    """An entry for each schema, with its mistakes and its warnings as objects."""
    code, out, err = call("check", odd, shop, "nope.json", "--json")
    first, second, third = json.loads(out)
    assert (3, "") == (code, err)
    assert ("odd.json", [], 1) == (first["schema"], first["mistakes"], len(first["warnings"]))
    assert {"path", "name", "what", "hint"} == first["warnings"][0].keys()
    assert ([], []) == (second["mistakes"], second["warnings"])
    assert third["mistakes"][0]["what"] == "no file and no bundled schema has that name"


@pytest.mark.parametrize("command", [("check",), ("run", "-o", "x.sql")], ids=["check", "run"])
def test_strict_makes_warnings_mistakes(call, odd, tmp_path, command) -> None:
    """The same words, as a mistake: nothing is written, and the exit code is 3."""
    code, out, err = call(*command, odd, "--strict")
    assert (3, "") == (code, out)
    assert "(unused-null-probability) at tables.orders" in err
    assert "warning" not in err
    assert not (tmp_path / "x.sql").exists()
    assert 0 == call(*command, "example-unique", "--strict")[0]


def test_run_and_plan_show_warnings(call, odd) -> None:
    """On standard error, so that what is read by programs is as it was; -q hides none."""
    for command in (("run", "-q"), ("run", "--json"), ("plan",), ("plan", "--json")):
        code, out, err = call(*command, odd)
        assert (0, f"shardgen: {WARNING}\n") == (code, err)
        if "--json" in command:
            assert "unused-null-probability" == json.loads(out)["warnings"][0]["name"]


@pytest.mark.parametrize(
    ("weights", "whole"),
    [([60, 30, 9], "100"), ([0.5, 0.4], "1"), ([60, 30, 10], ""), ([0.7, 0.2, 0.1], ""),
     ([3, 2, 1], ""), ([1.0, 0.5], ""), ([99], ""), ([0.5], "")],
)  # fmt: skip
def test_shares_that_do_not_add_up_are_a_warning(call, tmp_path, raw, weights, whole) -> None:
    """Fractions below 1, and numbers that make nearly 100; others are no shares."""
    listed = [{"value": str(n), "weight": weight} for n, weight in enumerate(weights)]
    column = {"name": "kind", "type": "varchar(9)", "generator": "choice"}
    raw["tables"][0]["columns"].append(column | {"generator_params": {"values": listed}})
    (tmp_path / "shares.json").write_text(json.dumps(raw))
    _, _, err = call("check", "shares.json")
    assert bool(whole) == ("uneven-weights" in err)
    assert not whole or f"look like shares of {whole} (uneven-weights)" in err
    law = {"type": "weighted_ranges", "ranges": [
        {"min": n * 10, "max": n * 10 + 5, "weight": weight} for n, weight in enumerate(weights)
    ]}  # fmt: skip
    column |= {"type": "int", "generator": "int_range", "generator_params": {"distribution": law}}
    raw["tables"][0]["columns"][-1] = column
    (tmp_path / "shares.json").write_text(json.dumps(raw))
    assert bool(whole) == ("uneven-weights" in call("check", "shares.json")[2])


def test_very_many_warnings_are_counted(call, tmp_path) -> None:
    """The first of them are shown, and how many more there are."""
    raw = right()
    raw["tables"][0]["columns"] += [
        {"name": f"c{n}", "type": "text", "locale": "de_DE", "generator": "uuid"} for n in range(70)
    ]
    (tmp_path / "many.json").write_text(json.dumps(raw))
    _, _, err = call("check", "many.json")
    assert MOST + 1 == len(err.splitlines())
    assert err.endswith(f"warning: and {70 - MOST} more\n")


def test_python_has_warnings_as_values(odd, tmp_path) -> None:
    """Of a run and of rows in memory; and strict raises them."""
    found = shardgen.run(tmp_path / odd, tmp_path / "x.sql").warnings
    assert found == shardgen.generate(tmp_path / odd).warnings
    assert [InputWarning] == [type(warning) for warning in found]
    assert () == shardgen.generate("example-unique", strict=True).warnings
    for make in (shardgen.generate, lambda s, **o: shardgen.run(s, tmp_path / "x.sql", **o)):
        with pytest.raises(SchemaError, match="unused-null-probability"):
            make(tmp_path / odd, strict=True)


def test_every_warning_has_its_line_in_the_docs() -> None:
    """docs/schema.md lists each name of a warning, and no other."""
    root = Path(shardgen.__file__).parent
    calls = [
        node
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "InputWarning"
    ]
    text = (root.parent / "docs" / "schema.md").read_text()
    section = text.split("## Warnings")[1].split("\n## ")[0]
    listed = {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")}
    assert listed == {call.args[1].value for call in calls}
