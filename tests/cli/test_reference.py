"""The commands that tell what there is: schemas and generators."""

from __future__ import annotations

import re

import pytest

from shardgen.generators.registry import GENERATORS
from shardgen.plan.load import bundled_schemas


def test_schemas_lists_what_is_bundled(call):
    """Whole schemas first, then those that teach one idea each."""
    code, out, _ = call("schemas")
    listed = [line.split()[0] for line in out.splitlines()[2:]]
    assert (0, list(bundled_schemas())) == (code, listed)
    assert sorted(listed, key=lambda name: (name.startswith("example-"), name)) == listed
    assert re.search(r"^fintech-loans +4 +5,000 +A consumer lender", out, re.MULTILINE)


def test_generators_lists_all_with_a_sentence_each(call):
    """Every registered name and the form for Faker's; each line ends as a sentence does."""
    _, out, _ = call("generators")
    lines = [line.split(maxsplit=1) for line in out.splitlines()[2:]]
    assert sorted([*GENERATORS, "faker.<method>"]) == sorted(name for name, _ in lines)
    assert [] == [line for line in lines if not line[1].endswith(".")]


@pytest.mark.parametrize("name", [*sorted(GENERATORS), "faker.color_name", "faker.date_object"])
def test_every_generator_shows_three_examples(call, name):
    """Made by the generator itself, without nulls; those that need other columns included."""
    code, out, err = call("generators", name)
    examples = next(line for line in out.splitlines() if line.startswith("examples: "))
    assert (0, "") == (code, err)
    assert 3 == len(examples.split(" · "))
    assert "NULL" not in examples
    assert "null_probability" in out
