"""Generators of other packages, found by their entry points."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from support.schemas import with_column

from shardgen.generators.plugins import GROUP

MODULE = '''
from shardgen import BoundGenerator, Generator, Text, generator


@generator("sku", "stock_number")
class Sku(Generator, frozen=True):
    """A stock keeping unit."""

    prefix: str = "SKU"

    def bind(self, context):
        number = context.serial()

        def compute(batch):
            return Text((f"{self.prefix}-", number(batch)))

        return BoundGenerator(compute=compute)
'''
CLASS = '''
from shardgen import BoundGenerator, Generator, Integers


class Even(Generator, frozen=True):
    """Twice the number of the row."""

    def bind(self, context):
        def compute(batch):
            return Integers(batch.rows * 2, 0, context.rows * 2)

        return BoundGenerator(compute=compute)
'''


@pytest.fixture
def plugin(tmp_path):
    """Make a fake installed package, and return what to add to the environment to see it."""
    context = tmp_path / "context-packages"

    def install(name: str, text: str, entry: str) -> dict[str, str]:
        info = context / f"{name}-1.2.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entry}\n")
        (context / f"{name}.py").write_text(text)
        return {"PYTHONPATH": f"{context}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}

    return install


def schema_with(generator: str, tmp_path: Path, kind: str = "varchar(40)", **parameters) -> str:
    raw = with_column(type=kind, generator=generator, generator_params=parameters)
    (tmp_path / "s.json").write_text(json.dumps(raw))
    return "s.json"


def test_an_entry_point_names_a_module_that_registers_generators(plugin, shardgen, tmp_path):
    """By each of their names, with their parameters checked like ours."""
    environment = plugin("warehouse", MODULE, "warehouse = warehouse")
    schema = schema_with("stock_number", tmp_path, prefix="TOY")
    ran = shardgen("run", schema, "-o", "-", "--dialect", "sqlite", **environment)
    assert (0, 20) == (ran.returncode, ran.stdout.count("'TOY-")), ran.stderr
    schema = schema_with("sku", tmp_path, prefx="TOY")
    checked = shardgen("check", schema, **environment)
    assert (3, True) == (checked.returncode, "did you mean 'prefix'?" in checked.stderr)


def test_an_entry_point_names_a_class(plugin, shardgen, tmp_path):
    """The generator then has the entry point's name."""
    environment = plugin("numbers_plus", CLASS, "even = numbers_plus:Even")
    schema = schema_with("even", tmp_path, kind="int")
    shown = shardgen("preview", schema, "users", "--range", "3..5", **environment)
    assert ["6", "8"] == [line.split()[-1] for line in shown.stdout.splitlines()[3:]], shown.stderr


def test_workers_load_plugins_too(plugin, shardgen, tmp_path):
    """However they are started: they get names, not code."""
    environment = plugin("warehouse", MODULE, "warehouse = warehouse")
    schema = schema_with("sku", tmp_path)
    options = ["-n", "users=300000", "-n", "orders=210000", "-w", "2", "--shard-rows", "30000"]
    started = shardgen("run", schema, *options, "--json", "--start-method", "spawn", **environment)
    assert 0 == started.returncode, started.stderr
    assert 2 == json.loads(started.stdout)["workers"]
    assert 300_000 == (tmp_path / "shop.sql").read_text().count("'SKU-")


def test_plugins_are_listed_and_described(plugin, shardgen):
    """As the built-in ones are: with examples and parameters, and in the JSON Schema."""
    environment = plugin("warehouse", MODULE, "warehouse = warehouse")
    listed = shardgen("generators", **environment).stdout
    assert "A stock keeping unit." in listed
    described = shardgen("generators", "sku", **environment).stdout
    assert "examples: SKU-" in described
    assert "prefix" in described
    assert '"sku"' in shardgen("json-schema", **environment).stdout


BROKEN = {
    "raises": ("raise RuntimeError('out of\\norder')", "x = broken", "RuntimeError: out of order"),
    "syntax": ("def", "x = broken", "SyntaxError: "),
    "missing module": ("", "x = nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
    "missing class": ("", "x = broken:Gone", "AttributeError: "),
    "no generator": ("class A: pass", "x = broken:A", "TypeError: A is no shardgen Generator"),
    "taken name": (
        (
            "from shardgen import Generator, generator\n"
            "@generator('email')\nclass A(Generator, frozen=True): pass"
        ),
        "x = broken",
        "ValueError: two generators are named 'email'",
    ),
}


@pytest.mark.parametrize(("text", "entry", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_plugin_is_named_in_one_line(plugin, shardgen, tmp_path, text, entry, reason):
    """Where a generator is not found, and in the list; it stops no other plugin."""
    environment = plugin("broken", text, entry)
    plugin("warehouse", MODULE, "warehouse = warehouse")
    expected = f"plugin 'x' of broken 1.2 cannot be loaded: {reason}"

    listed = shardgen("generators", **environment)
    assert (0, "") == (listed.returncode, listed.stderr)
    assert listed.stdout.splitlines()[-1].startswith(expected)
    assert "A stock keeping unit." in listed.stdout

    failed = shardgen("run", schema_with("thing", tmp_path), **environment)
    assert (3, 1) == (failed.returncode, failed.stderr.count("\n")), failed.stderr
    assert "unknown generator 'thing' at tables.users.columns.c.generator; " in failed.stderr
    assert expected in failed.stderr


def test_a_broken_plugin_does_not_matter_to_those_who_do_not_use_it(plugin, shardgen):
    """A schema that names only built-in generators runs beside a plugin that fails on import."""
    environment = plugin("broken", "raise SystemError", "x = broken")
    assert 0 == shardgen("run", "-q", **environment).returncode
