"""The commands that write schema files, and the lines of mistakes in them."""

from __future__ import annotations

import json
import sys

import pytest
from support.processes import loaded_by
from support.schemas import RIGHT, right

from shardgen.plan.load import bundled_schemas, load_schema


@pytest.mark.parametrize("form", ["yaml", "yml", "toml", "json"])
def test_convert_writes_the_same_schema(call, shop, tmp_path, form):
    """By the ending of the file, and back."""
    assert (0, "", "") == call("convert", shop, "-o", f"there.{form}")
    assert (0, "", "") == call("convert", f"there.{form}", "-o", "back.json")
    assert load_schema(tmp_path / shop) == load_schema(tmp_path / f"there.{form}")
    assert RIGHT == json.loads((tmp_path / "back.json").read_text())


def test_convert_prints_where_no_file_is_named(call, shop):
    """In the format of --to, which is needed then."""
    code, out, _ = call("convert", shop, "--to", "yaml")
    assert (0, True) == (code, out.startswith('schema_version: "1.0"\nname: shop\n'))
    assert 2 == call("convert", shop)[0]
    assert 2 == call("convert", shop, "-o", "a.txt")[0]
    assert 0 == call("convert", shop, "-o", "a.txt", "--to", "toml")[0]


def test_no_file_is_overwritten(call, shop, tmp_path):
    """What is there may be somebody's work: converted or begun anew, it stays."""
    before = (tmp_path / shop).read_bytes()
    code, _, err = call("convert", shop, "-o", shop)
    assert (8, True) == (code, f"{shop} is there already" in err)
    (tmp_path / "schema.yaml").write_text("mine")
    assert 8 == call("init")[0]
    assert (before, "mine") == (
        (tmp_path / shop).read_bytes(),
        (tmp_path / "schema.yaml").read_text(),
    )
    assert 8 == call("convert", shop, "-o", "no/folder.yaml")[0]


def test_convert_says_which_files_belong_to_a_schema(call, tmp_path):
    """Its datasets are read from beside it, and a copy elsewhere misses them."""
    code, _, err = call("convert", "retail-ecommerce", "-o", "retail.yaml")
    assert 0 == code
    assert "copy retail-products.csv, " in err
    assert "retail.yaml" in err
    assert (tmp_path / "retail.yaml").exists()


def test_convert_refuses_a_schema_with_mistakes(call, tmp_path):
    """It could not be read back as the same."""
    raw = right()
    raw["tables"][0]["columns"][0]["type"] = "itn"
    (tmp_path / "wrong.json").write_text(json.dumps(raw))
    assert (3, "") == call("convert", "wrong.json", "--to", "yaml")[:2]


@pytest.mark.parametrize("name", ["schema.yaml", "a.toml"])
def test_a_schema_to_begin_with_runs_at_once(call, tmp_path, name):
    """With comments, without a mistake or a warning."""
    code, out, err = call("init", *([] if name == "schema.yaml" else ["-o", name]))
    assert (0, "") == (code, err)
    assert f"`shardgen run {name}`" in out
    text = (tmp_path / name).read_text()
    assert 7 < text.count("#")
    assert f"shardgen run {name}" in text
    assert (0, f"{name}: no mistakes\n", "") == call("check", name, "--strict")
    assert 0 == call("run", name, "-q")[0]
    assert (tmp_path / "shop.sql").stat().st_size > 100_000


def test_both_beginnings_are_one_schema(call, tmp_path):
    """Whichever format is preferred."""
    call("init")
    call("init", "-o", "a.toml")
    assert load_schema(tmp_path / "schema.yaml") == load_schema(tmp_path / "a.toml")
    assert 2 == call("init", "-o", "a.json")[0]
    assert 2 == call("init", "-o", "a")[0]


def test_init_needs_what_reads_its_file(call, monkeypatch):
    """Nothing is written that could not be run, and both ways out are shown."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    code, _, err = call("init")
    assert 3 == code
    assert "pip install 'shardgen[yaml]', or write TOML with `shardgen init -o schema.toml`" in err
    assert 0 == call("init", "-o", "a.toml")[0]


def test_schemas_prints_a_bundled_one(call):
    """As its file is, or in a format."""
    path = bundled_schemas()["saas-multitenant"]
    assert (0, path.read_text(), "") == call("schemas", "saas-multitenant")
    code, out, _ = call("schemas", "fintech-loans", "--format", "toml")
    assert (0, True) == (code, out.startswith('schema_version = "1.0"\n'))
    code, _, err = call("schemas", "fintech-laons")
    assert (4, True) == (code, "did you mean 'fintech-loans'?" in err)
    assert 2 == call("schemas", "--format", "toml")[0]


def test_without_pyyaml_the_others_are_listed(call, monkeypatch):
    """The one in YAML says what to install."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    code, out, _ = call("schemas")
    (line,) = [line for line in out.splitlines() if line.startswith("saas-multitenant")]
    assert (0, True) == (code, "pip install 'shardgen[yaml]'" in line)
    assert "fintech-loans" in out


def test_check_json_has_the_lines(call, tmp_path):
    """Beside the path of each mistake."""
    raw = right()
    raw["tables"][0]["columns"][1]["type"] = "itn"
    (tmp_path / "wrong.json").write_text(json.dumps(raw, indent=1))
    code, out, err = call("check", "--json", "wrong.json")
    (entry,) = json.loads(out)
    (mistake,) = entry["mistakes"]
    line = mistake["line"]
    assert 3 == code
    assert '"itn"' in "".join((tmp_path / "wrong.json").read_text().splitlines()[line - 1 :][:2])
    code, _, err = call("run", "wrong.json")
    assert err.startswith(f"shardgen: wrong.json:{line}: ")


def test_a_run_of_json_reads_no_other_format():
    """Who has no YAML and no TOML pays for none, and short forms are read where they are."""
    loaded = loaded_by("import shardgen; shardgen.load_schema('fintech-loans')")
    assert set() == loaded & {"yaml", "tomllib"}
