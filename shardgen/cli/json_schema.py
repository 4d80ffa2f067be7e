"""The JSON Schema of the format: editors complete and check a schema file with it."""

from __future__ import annotations

from typing import Any

import msgspec

from shardgen.generators.context import GENERATORS, Generator
from shardgen.generators.families.faker_methods import FakerMethod
from shardgen.generators.parameters import COMMON, bound_spellings
from shardgen.generators.plugins import load_plugins
from shardgen.random.distributions import DISTRIBUTIONS
from shardgen.schema.model import Schema

_REF = "#/$defs/{name}"
Part = dict[str, Any]


def json_schema_text() -> str:
    """Return the JSON Schema of the format, with the parameters of every generator."""
    load_plugins()
    different: set[type[Generator]] = {*GENERATORS.values(), FakerMethod}
    kinds = sorted(different, key=lambda kind: kind.__name__)
    (root,), parts = msgspec.json.schema_components([Schema], ref_template=_REF)
    _, more = msgspec.json.schema_components([*kinds, *DISTRIBUTIONS.values()], ref_template=_REF)
    more["Distribution"] = _distribution()
    for kind in kinds:
        more[kind.__name__] = _parameters(kind, more)
    column = parts["Column"]
    column["properties"]["generator"] = {
        "anyOf": [{"enum": sorted(GENERATORS)}, {"type": "string", "pattern": r"^faker\."}]
    }
    column["properties"]["distribution"] = {"$ref": _REF.format(name="Distribution")}
    column["properties"]["generator_params"]["properties"] = _common()
    column["allOf"] = [
        *(_when({"const": name}, kind, more) for name, kind in sorted(GENERATORS.items())),
        _when({"pattern": r"^faker\."}, FakerMethod, more),
    ]
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "shardgen schema, format 1.0",
        **root,
        "$defs": {**more, **parts},
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def _common() -> Part:
    return {name: {"type": "number", "minimum": 0, "maximum": 1} for name in COMMON}


def _distribution() -> Part:
    """Return the forms of a distribution: its name, or an object with type and parameters."""
    names = {"enum": list(DISTRIBUTIONS)}
    whole = {"type": "object", "properties": {"type": names, "params": {"type": "object"}}}
    return {"anyOf": [names, whole]}


def _parameters(kind: type[Generator], parts: Part) -> Part:
    """Return what `generator_params` may be: own parameters, in every spelling, and common ones."""
    part: Part = parts[kind.__name__]
    own: Part = part["properties"]
    own.pop("method", None)  # of Faker: it stands in the generator's name
    required = [name for name in part.get("required", ()) if name != "method"]
    spellings = kind.spellings | bound_spellings(kind)
    properties = {**own, **{name: own[field] for name, field in spellings.items()}, **_common()}
    if "distribution" in own:
        for law in DISTRIBUTIONS.values():
            properties = parts[law.__name__]["properties"] | properties
        properties["values"] = {"type": "array", "minItems": 1}  # plain or weighted
    elif "values" in own:
        properties["distribution"] = {}  # a choice is weighted by its values anyway
    return {**part, "properties": properties, "required": required, "additionalProperties": False}


def _when(name: Part, kind: type[Generator], parts: Part) -> Part:
    """Return: where the generator has that name, its parameters are of that kind."""
    then: Part = {
        "properties": {"generator_params": {"$ref": _REF.format(name=kind.__name__)}},
        "required": ["generator_params"] if parts[kind.__name__]["required"] else [],
    }
    return {"if": {"properties": {"generator": name}, "required": ["generator"]}, "then": then}
