"""What the command line says about generators."""

from __future__ import annotations

import pytest

from shardgen.cli.generators_report import generator_report
from shardgen.generators.registry import GENERATORS


def test_the_report_of_a_generator_has_types_defaults_and_distributions():
    """A preset shows its own law with its numbers, and the other laws with their parameters."""
    text = generator_report("credit_score")
    assert "distribution           distribution   normal(mean=680, std_dev=80)" in text
    assert "distributions: uniform(), normal(mean, std_dev), " in text


def test_a_generator_without_examples_says_why():
    """The reason of the refusal stands where the examples would."""
    assert "examples: none (Faker has no method 'nope')" in generator_report("faker.nope")


@pytest.mark.parametrize("name", sorted(GENERATORS))
def test_parameters_are_described_in_words(name):
    """Not in Python's notation."""
    for word in ("Annotated", "Optional", "typing", "msgspec", "Meta(", "<class", "NoneType"):
        assert word not in generator_report(name)
