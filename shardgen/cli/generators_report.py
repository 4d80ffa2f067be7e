"""Generators as text: all of them in a sentence each, or one with parameters and examples."""

from __future__ import annotations

import inspect

import msgspec

from shardgen.cli.examples import example_values
from shardgen.cli.grid import grid
from shardgen.cli.parameter_words import HEAD, parameter_rows
from shardgen.errors import Mistake, PlanError
from shardgen.generators.generator import first_sentence
from shardgen.generators.parameters import ParametersError, generator_kind
from shardgen.generators.plugins import load_plugins
from shardgen.generators.registry import GENERATORS
from shardgen.random.distributions import DISTRIBUTIONS


def generators_report() -> str:
    """Return every generator with what it makes in a sentence, and a line for a broken plug-in."""
    broken = load_plugins()
    rows = [(name, first_sentence(kind)) for name, kind in sorted(GENERATORS.items())]
    rows.append(("faker.<method>", "Any method of any Faker provider."))
    return "\n".join([grid(("generator", "makes"), rows), *([""] if broken else []), *broken])


def generator_report(name: str) -> str:
    """
    Return what a generator makes, its parameters with defaults, and example values.

    PlanError when no generator has that name.
    """
    try:
        kind = generator_kind(name)
    except ParametersError as error:
        _, what, hint = error.faults[0]
        raise PlanError([Mistake("", what, hint)]) from None
    examples, reason = example_values(name)
    paragraphs = [
        name,
        inspect.getdoc(kind) or "",
        grid(HEAD, parameter_rows(kind)),
        "examples: " + (" · ".join(examples) or f"none ({reason})"),
    ]
    if any(field.name == "distribution" for field in msgspec.structs.fields(kind)):
        paragraphs.append(f"distributions: {_distributions()}")
    return "\n\n".join(paragraphs)


def _distributions() -> str:
    """Return all distributions as they would be called: `uniform(), normal(mean, std_dev), …`."""
    return ", ".join(
        f"{name}({', '.join(kind.__struct_fields__)})" for name, kind in DISTRIBUTIONS.items()
    )
