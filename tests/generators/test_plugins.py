"""Generators of other packages, found by their entry points."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.plugins import install_plugin
from support.schemas import with_column

MODULE = '''
from shardgen import BoundGenerator, Generator, Text, generator


@generator("part_number", "stock_number")
class PartNumber(Generator, frozen=True):
    """A number of a part."""

    prefix: str = "PN"

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

    def install(name: str, text: str, entry: str) -> dict[str, str]:
        return install_plugin(tmp_path / "site-packages", name, text, entry)

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
    schema = schema_with("part_number", tmp_path, prefx="TOY")
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
    schema = schema_with("part_number", tmp_path)
    options = ["-n", "users=300000", "-n", "orders=210000", "-w", "2", "--shard-rows", "30000"]
    started = shardgen("run", schema, *options, "--json", "--start-method", "spawn", **environment)
    assert 0 == started.returncode, started.stderr
    assert 2 == json.loads(started.stdout)["workers"]
    assert 300_000 == (tmp_path / "shop.sql").read_text().count("'PN-")


def test_plugins_are_listed_and_described(plugin, shardgen):
    """As the built-in ones are: with examples and parameters, and in the JSON Schema."""
    environment = plugin("warehouse", MODULE, "warehouse = warehouse")
    listed = shardgen("generators", **environment).stdout
    assert "A number of a part." in listed
    described = shardgen("generators", "part_number", **environment).stdout
    assert "examples: PN-" in described
    assert "prefix" in described
    assert '"part_number"' in shardgen("json-schema", **environment).stdout


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
def test_a_broken_plugin_is_named_in_one_line(plugin, shardgen, text, entry, reason):
    """In the list of generators; it stops no other plugin."""
    environment = plugin("broken", text, entry)
    plugin("warehouse", MODULE, "warehouse = warehouse")
    expected = f"plugin 'x' of broken 1.2 cannot be loaded: {reason}"

    listed = shardgen("generators", **environment)
    assert (0, "") == (listed.returncode, listed.stderr)
    assert listed.stdout.splitlines()[-1].startswith(expected)
    assert "A number of a part." in listed.stdout


def test_a_generator_of_a_broken_plugin_is_told_why_it_is_unknown(plugin, shardgen, tmp_path):
    """In the line that names what the schema asks for."""
    text, entry, reason = BROKEN["raises"]
    environment = plugin("broken", text, entry)
    failed = shardgen("run", schema_with("thing", tmp_path), **environment)
    assert (3, 1) == (failed.returncode, failed.stderr.count("\n")), failed.stderr
    assert "unknown generator 'thing' at tables.users.columns.c.generator; " in failed.stderr
    assert f"plugin 'x' of broken 1.2 cannot be loaded: {reason}" in failed.stderr


def test_a_broken_plugin_does_not_matter_to_those_who_do_not_use_it(plugin, shardgen):
    """A schema that names only built-in generators runs beside a plugin that fails on import."""
    environment = plugin("broken", "raise SystemError", "x = broken")
    assert 0 == shardgen("run", "-q", **environment).returncode


ENDS = {
    "sys.exit": ("sys.exit(3)", "SystemExit: 3"),
    "SystemExit": ("raise SystemExit", "SystemExit"),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "an error": ("1 / 0", "ZeroDivisionError: division by zero"),
}
ENDING = """
import sys
from shardgen import BoundGenerator, Generator, Text, generator

{imported}

@generator("ending")
class Ending(Generator, frozen=True):
    def __post_init__(self):
        {made}

    def bind(self, context):
        {bound}
        number = context.serial()

        def compute(batch):
            {computed}
            return Text(("x", number(batch)))

        return BoundGenerator(compute=compute)
"""
PLACES = {"made": "pass", "bound": "pass", "computed": "pass", "imported": ""}


def ending(**places: str) -> str:
    """Return a plug-in that does something at one of the places."""
    return ENDING.format(**(PLACES | places))


@pytest.mark.parametrize(("statement", "told"), ENDS.values(), ids=ENDS)
def test_a_plugin_that_ends_the_process_when_imported_is_broken(
    plugin, shardgen, tmp_path, statement, told
):
    """As one that raises any error is: it has its name, and ends nothing."""
    environment = plugin("ends", ending(imported=statement), "x = ends")
    done = shardgen("run", schema_with("ending", tmp_path), **environment)
    assert (3, 1) == (done.returncode, done.stderr.count("\n")), done.stderr
    assert done.stderr.endswith(f"plugin 'x' of ends 1.2 cannot be loaded: {told}\n")


@pytest.mark.parametrize(
    ("how", "place", "command"),
    [
        *(("sys.exit", place, "check") for place in ("made", "bound", "computed")),
        *((how, "bound", "run") for how in ENDS),
        ("SystemExit", "made", "run"),
        ("KeyboardInterrupt", "computed", "run"),
    ],
)
def test_a_plugin_that_ends_the_process_when_bound_is_a_mistake(
    plugin, shardgen, tmp_path, how, place, command
):
    """In `check` and `run` alike, with the names of the generator and its module."""
    statement, told = ENDS[how]
    environment = plugin("ends", ending(**{place: statement}), "x = ends")
    done = shardgen(command, schema_with("ending", tmp_path), **environment)
    assert (3, 1) == (done.returncode, done.stderr.count("\n")), done.stderr
    assert f"of the plug-in ends raised {told} at tables.users.columns.c" in done.stderr


@pytest.mark.parametrize("options", [(), ("-n", "users=300000", "-w", "2")], ids=["one", "workers"])
@pytest.mark.parametrize(("statement", "told"), ENDS.values(), ids=ENDS)
def test_a_plugin_that_ends_the_process_among_rows_is_an_error(
    plugin, shardgen, tmp_path, statement, told, options
):
    """A generator's, exit code 5, wherever the rows are made; no dump is left."""
    text = ending(computed=f"if len(batch) > 1: {statement}")
    environment = plugin("ends", text, "x = ends")
    done = shardgen("run", schema_with("ending", tmp_path), *options, "-q", **environment)
    wanted = f"tables.users.columns.c: ending of the plug-in ends raised {told}"
    assert (5, f"shardgen: {wanted}\n") == (done.returncode, done.stderr)
    assert not list(tmp_path.glob("*.sql"))


@pytest.mark.parametrize(("statement", "told"), ENDS.values(), ids=ENDS)
def test_a_method_of_faker_that_ends_the_process_is_a_mistake(shardgen, tmp_path, statement, told):
    """As one that raises any error is."""
    folder = tmp_path / "patches"
    folder.mkdir()
    code = (
        "import sys\nfrom faker.providers.misc import Provider\n"
        f"def md5(self, raw_output=False):\n    {statement}\nProvider.md5 = md5\n"
    )
    (folder / "sitecustomize.py").write_text(code)
    done = shardgen("run", schema_with("faker.md5", tmp_path), PYTHONPATH=str(folder))
    assert (3, 1) == (done.returncode, done.stderr.count("\n")), done.stderr
    assert f"faker.md5 with args {{}}: {told.removeprefix('ZeroDivisionError: ')}" in done.stderr
