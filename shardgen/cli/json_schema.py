"""The JSON Schema of the format: editors complete and check a schema file with it."""

from __future__ import annotations

from typing import Any

import msgspec

from shardgen.generators.families.faker_methods import FakerMethod
from shardgen.generators.generator import Generator
from shardgen.generators.parameters import COMMON, bound_spellings
from shardgen.generators.plugins import load_plugins
from shardgen.generators.registry import GENERATORS
from shardgen.random.distributions import DISTRIBUTIONS
from shardgen.schema.model import Schema

Definition = dict[str, Any]
"""A JSON Schema of one thing in the document."""
Definitions = dict[str, Definition]
"""JSON Schemas by the names under which others refer to them."""

_REF = "#/$defs/{name}"
_FAKER = {"pattern": r"^faker\."}


def json_schema_text() -> str:
    """Return the JSON Schema of the format, with the parameters of every generator."""
    load_plugins()
    (root,), model = msgspec.json.schema_components([Schema], ref_template=_REF)
    parameters = _parameter_definitions()
    model["Column"] = _column(model["Column"], parameters)
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "shardgen schema, format 1.0",
        **root,
        "$defs": {**parameters, **model},
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def _parameter_definitions() -> Definitions:
    """Return what `generator_params` may be, by a generator's class, and what they refer to."""
    different: set[type[Generator]] = {*GENERATORS.values(), FakerMethod}
    kinds = sorted(different, key=lambda kind: kind.__name__)
    structs = [*kinds, *DISTRIBUTIONS.values()]
    _, definitions = msgspec.json.schema_components(structs, ref_template=_REF)
    definitions["Distribution"] = _distribution()
    for kind in kinds:
        definitions[kind.__name__] = _parameters(kind, definitions)
    return definitions


def _distribution() -> Definition:
    """Return the forms of a distribution: its name, or an object with type and parameters."""
    names = {"enum": list(DISTRIBUTIONS)}
    whole = {"type": "object", "properties": {"type": names, "params": {"type": "object"}}}
    return {"anyOf": [names, whole]}


def _parameters(kind: type[Generator], definitions: Definitions) -> Definition:
    """Return what `generator_params` may be: own parameters, in every spelling, and common ones."""
    struct = definitions[kind.__name__]
    own: Definitions = struct["properties"]
    own.pop("method", None)  # of Faker: it stands in the generator's name
    required = [name for name in struct.get("required", ()) if name != "method"]
    spellings = kind.spellings | bound_spellings(kind)
    properties = {**own, **{name: own[field] for name, field in spellings.items()}, **_common()}
    if "distribution" in own:
        for law in DISTRIBUTIONS.values():
            properties = definitions[law.__name__]["properties"] | properties
        properties["values"] = {"type": "array", "minItems": 1}  # plain or weighted
    elif "values" in own:
        properties["distribution"] = {}  # a choice is weighted by its values anyway
    return {**struct, "properties": properties, "required": required, "additionalProperties": False}


def _common() -> Definitions:
    """Return the parameters that every generator takes."""
    return {name: {"type": "number", "minimum": 0, "maximum": 1} for name in COMMON}


def _column(column: Definition, parameters: Definitions) -> Definition:
    """Return a column with the names of generators, and for each of them its parameters."""
    properties: Definitions = column["properties"]
    changed = {
        "generator": {"anyOf": [{"enum": sorted(GENERATORS)}, {"type": "string", **_FAKER}]},
        "distribution": {"$ref": _REF.format(name="Distribution")},
        "generator_params": {**properties["generator_params"], "properties": _common()},
    }
    cases = [
        *(_when({"const": name}, kind, parameters) for name, kind in sorted(GENERATORS.items())),
        _when(_FAKER, FakerMethod, parameters),
    ]
    return {**column, "properties": {**properties, **changed}, "allOf": cases}


def _when(name: Definition, kind: type[Generator], parameters: Definitions) -> Definition:
    """Return the rule that a generator whose name fits `name` takes the parameters of `kind`."""
    then: Definition = {
        "properties": {"generator_params": {"$ref": _REF.format(name=kind.__name__)}},
        "required": ["generator_params"] if parameters[kind.__name__]["required"] else [],
    }
    return {"if": {"properties": {"generator": name}, "required": ["generator"]}, "then": then}
