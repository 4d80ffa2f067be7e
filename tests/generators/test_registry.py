"""The registry of generators: all of them by name, and each family imported when it is named."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest
from support.processes import loaded_by

import shardgen.generators.families
from shardgen.generators.generator import Generator
from shardgen.generators.registry import FAMILIES, GENERATORS, Registry, generator

PACKAGE = Path(shardgen.generators.families.__file__).parent
HOMES = {name: home for home, names in FAMILIES.items() for name in names}


def registered(path: Path) -> list[str]:
    """Return the names that a module gives its generators."""
    return [
        name.value
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "generator"
        for name in node.args
        if isinstance(name, ast.Constant)
    ]


def test_every_generator_is_listed_with_its_module():
    """In the order of the file, so that a list of all has families together."""
    found = {
        path.stem: tuple(names) for path in PACKAGE.glob("*.py") if (names := registered(path))
    }
    assert found == FAMILIES, "list each @generator name under its module in registry.FAMILIES"


@pytest.mark.parametrize("name", sorted(HOMES))
def test_a_listed_generator_is_in_its_module(name):
    """The table of names, which spares importing all families, agrees with the families."""
    kind = GENERATORS[name]
    assert f"shardgen.generators.families.{HOMES[name]}" == kind.__module__
    assert kind is getattr(importlib.import_module(kind.__module__), kind.__name__)
    assert GENERATORS.has_kind(kind)


def test_names_are_known_before_a_family_is_imported():
    """Lists, "did you mean" and questions import nothing; asking for one imports its family."""
    start = "from shardgen.generators.registry import GENERATORS\n"
    ask = "assert 'city' in GENERATORS and len(list(GENERATORS)) == len(GENERATORS) > 60\n"
    families = {f"shardgen.generators.families.{home}" for home in FAMILIES}
    assert set() == families & loaded_by(start + ask)
    named = families & loaded_by(start + "GENERATORS['city']")
    assert {"shardgen.generators.families.places"} == named


def test_a_name_that_is_not_there_is_a_key_error():
    """As of a dict, so that `in` and a lookup agree."""
    assert "zzz" not in GENERATORS
    with pytest.raises(KeyError, match="zzz"):
        GENERATORS["zzz"]


def test_no_name_is_taken_twice():
    """Neither that of a built-in generator whose family is not imported, nor a plugin's."""

    class Other(Generator, frozen=True):
        pass

    class Another(Generator, frozen=True):
        pass

    with pytest.raises(ValueError, match=r"two generators are named 'city': .*City.* and .*Other"):
        GENERATORS.add("city", Other)
    registry = Registry()
    registry.add("other", Other)
    assert Other is registry["other"]
    with pytest.raises(ValueError, match="two generators are named 'other'"):
        registry.add("other", Another)
    assert registry.has_kind(Other)
    assert not GENERATORS.has_kind(Other)


def test_a_name_that_is_taken_leaves_the_others_free():
    """A class of two names, one of them taken, registers neither."""

    class Town(Generator, frozen=True):
        pass

    with pytest.raises(ValueError, match="two generators are named 'city'"):
        generator("town", "city")(Town)
    assert "town" not in GENERATORS


def test_a_family_whose_import_was_broken_off_is_imported_again():
    """As by Ctrl-C, in a session that goes on."""
    assert "shardgen.generators.families.people" in loaded_by(
        "from shardgen.generators.registry import GENERATORS, Registry\n"
        "add = Registry.add\n"
        "def broken(self, name, kind):\n"
        "    if name == 'email':\n"
        "        raise KeyboardInterrupt\n"
        "    add(self, name, kind)\n"
        "Registry.add = broken\n"
        "try:\n    GENERATORS['email']\nexcept KeyboardInterrupt:\n    pass\n"
        "Registry.add = add\n"
        "module = sys.modules[GENERATORS['first_name'].__module__]\n"
        "assert module.FirstName is GENERATORS['first_name']\n"
    )


def test_a_generator_is_given_when_its_family_is_whole():
    """A thread that asks while another one imports the family waits for it."""
    assert "shardgen.generators.families.places" in loaded_by(
        "import threading\n"
        "from shardgen.generators.registry import GENERATORS, Registry\n"
        "add, inside, go = Registry.add, threading.Event(), threading.Event()\n"
        "def slow(self, name, kind):\n"
        "    add(self, name, kind)\n"
        "    if name == 'city':\n"
        "        inside.set()\n"
        "        go.wait()\n"
        "Registry.add = slow\n"
        "threading.Thread(target=lambda: GENERATORS['zip_code']).start()\n"
        "inside.wait()\n"
        "threading.Timer(0.1, go.set).start()\n"
        "kind = GENERATORS['city']\n"
        "assert hasattr(sys.modules[kind.__module__], 'State')\n"
    )
