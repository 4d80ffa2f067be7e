"""
Parameters of a schema → a generator, with every spelling that real schemas use.

A distribution may be a string beside its parameters or {type, params}, inside `generator_params`
or beside it; `ranges` or `values` alone mean a weighted distribution.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from shardgen.distributions import Distribution, decode_distribution
from shardgen.errors import nearest
from shardgen.generators.base import GENERATORS, Generator, Refused
from shardgen.schema import Column

COMMON = ("null_probability", "edge_case_probability")
"""Parameters of every generator: the binder reads them, not the generator."""

_PATH = re.compile(r"^(.*?)(?: - at `\$?(.*)`)?$", re.DOTALL)


def decode_generator(column: Column) -> Generator:
    """
    Return the generator that `column` names, with its parameters.

    Refused for an unknown name or parameter, or a value of the wrong type; the message ends in the
    path of the value within the column.
    """
    assert column.generator is not None, "columns without a generator have none to decode"
    if column.generator.startswith("faker."):
        from shardgen.generators.faker_methods import FakerMethod

        kind: type[Generator] = FakerMethod
    elif column.generator in GENERATORS:
        kind = GENERATORS[column.generator]
    else:
        hint = nearest(column.generator, GENERATORS) or "see `shardgen generators` for all of them"
        raise Refused(f"unknown generator {column.generator!r}", hint)
    parameters = {kind.spellings.get(k, k): v for k, v in column.generator_params.items()}
    for name in COMMON:
        parameters.pop(name, None)
    if column.distribution is not None:
        parameters.setdefault("distribution", column.distribution)
    if column.generator.startswith("faker."):
        parameters["method"] = column.generator.removeprefix("faker.")
    return _convert(kind, parameters)


def _convert(kind: type[Generator], parameters: dict[str, Any]) -> Generator:
    fields = {f.name for f in msgspec.structs.fields(kind)}
    distribution: Distribution | None = None
    try:
        if "distribution" in fields:
            distribution, parameters = _take_distribution(parameters, fields)
        elif "distribution" in parameters and "values" in fields:
            parameters = _flatten(parameters)  # a choice is weighted by its values anyway
            parameters.pop("distribution", None)
        made = msgspec.convert(parameters, kind)
    except msgspec.ValidationError as error:
        raise Refused(*explain(str(error), fields | set(COMMON))) from None
    except Refused:
        raise
    except ValueError as error:
        raise Refused(str(error)) from None
    return made if distribution is None else msgspec.structs.replace(made, distribution=distribution)


def _flatten(parameters: dict[str, Any]) -> dict[str, Any]:
    """Bring {"distribution": {"type": …, "params": {…}}} to one level."""
    form = parameters.get("distribution")
    if not isinstance(form, dict):
        return dict(parameters)
    inner = {k: v for k, v in form.items() if k not in ("type", "params")}
    inner.update(form.get("params") or {})
    rest = {k: v for k, v in parameters.items() if k != "distribution"}
    if "type" in form:
        rest["distribution"] = form["type"]
    return {**rest, **inner}


def _take_distribution(
    parameters: dict[str, Any], fields: set[str]
) -> tuple[Distribution | None, dict[str, Any]]:
    """Split parameters into the distribution and what is the generator's own."""
    flat = _flatten(parameters)
    own = {k: v for k, v in flat.items() if k in fields and k != "distribution"}
    rest = {k: v for k, v in flat.items() if k not in fields}
    form = flat.get("distribution")
    if form is None and "ranges" in rest:
        form = "weighted_ranges"
    if form is None and "values" in rest:
        form = "weighted"
    if form is None:
        return None, {**own, **rest}  # what is left over is reported by the generator's decoder
    if not isinstance(form, str):
        raise Refused(f"distribution is {form!r}, not a name or an object with type and params")
    return decode_distribution(form, rest), own


def explain(message: str, names: set[str]) -> tuple[str, str]:
    """Turn msgspec's message into (what, hint): the path first, the nearest name as the hint."""
    match = _PATH.match(message)
    assert match is not None, "the pattern matches any text"
    what, path = match[1], (match[2] or "").lstrip(".")
    unknown = re.search(r"unknown field `(.*)`", what)
    hint = nearest(unknown[1], names) if unknown else ""
    if unknown and not hint and names:
        hint = f"known are {', '.join(sorted(names))}"
    what = what[0].lower() + what[1:]
    return (f"{path}: {what}" if path else what), hint
