"""docs/testing.md: its examples are a project whose tests pass."""

from __future__ import annotations

import inspect
import re

import pytest
from support.places import ROOT

from shardgen.testing import Factory, plugin
from shardgen.testing.asked import FIELDS, USUAL_ROWS

pytest_plugins = ["pytester"]

PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_examples_of_the_page_are_a_project_that_passes(pytester):
    """The schema, the configuration, and the tests of all blocks in one file."""
    (schema,), (ini,) = blocks("yaml"), blocks("ini")
    pytester.path.joinpath("shop.yaml").write_text(schema, encoding="utf-8")
    pytester.path.joinpath("pytest.ini").write_text(ini, encoding="utf-8")
    text = "\n".join(blocks("python"))
    pytester.path.joinpath("test_page.py").write_text(text, encoding="utf-8")
    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", "-p", "no:xdist")
    result.assert_outcomes(passed=text.count("\ndef test_"))


def test_the_page_names_every_fixture_and_every_field():
    """What the plug-in has stands on the page."""
    fixtures = {
        name
        for name, made in inspect.getmembers(plugin)
        if type(made).__name__ == "FixtureFunctionDefinition" and not name.startswith("_")
    }
    assert 9 == len(fixtures)
    for name in (*fixtures, *FIELDS, "shardgen_schema", "shardgen_rows"):
        assert re.search(rf"\b{name}\b", PAGE), name
    assert f"{USUAL_ROWS} rows" in PAGE
    for name, _ in inspect.getmembers(Factory, inspect.isfunction):
        assert name.startswith("_") or name == "insert" or f"{name}(" in PAGE
    assert set(FIELDS) == {
        name.strip(" *,") for name in re.findall(r"[\w_]+", plugin.MARKER.split(")")[0])[1:]
    }


@pytest.mark.parametrize("name", ["postgres", "mysql"])
def test_the_page_names_the_addresses(name):
    """In the environment, and in the configuration."""
    assert f"SHARDGEN_{name.upper()}_URL" in PAGE
    assert f"shardgen_{name}_url" in PAGE
