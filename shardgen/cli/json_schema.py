"""The JSON Schema of the format: editors complete and check a schema file with it."""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from shardgen.generators.families.faker_methods import FakerMethod
from shardgen.generators.generator import Generator
from shardgen.generators.parameters import COMMON, bound_spellings
from shardgen.generators.plugins import load_plugins
from shardgen.generators.registry import GENERATORS
from shardgen.random.distributions import DISTRIBUTIONS, SPELLINGS
from shardgen.schema.model import RELATIONSHIP_TYPES, ReferentialAction, Schema

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
    model["Schema"]["properties"]["custom_generators"] = _custom_generators()
    _open_where_custom(model)
    _add_short_forms(model)
    for key in ("ForeignKey", "CompositeForeignKey"):
        for action in ("on_delete", "on_update"):
            model[key]["properties"][action] = _ACTION
    model["Relationship"]["properties"]["relationship_type"] = _any_case(*RELATIONSHIP_TYPES)
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
    names = {"enum": [*DISTRIBUTIONS, *SPELLINGS]}
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
    elif kind is not FakerMethod:
        properties |= {"values": {"type": "array", "minItems": 1}, "distribution": {}}
    return {**struct, "properties": properties, "required": required, "additionalProperties": False}


def _common() -> Definitions:
    """Return the parameters that every generator takes."""
    return {name: {"type": "number", "minimum": 0, "maximum": 1} for name in COMMON}


def _column(column: Definition, parameters: Definitions) -> Definition:
    """Return a column with the names of generators, and for each of them its parameters."""
    properties: Definitions = column["properties"]
    changed = {
        "generator": {"anyOf": [{"enum": sorted(GENERATORS)}, {"type": "string", **_FAKER}]},
        "constraints": {"type": "array", "items": {"type": "string"}},
        "params": {**properties["generator_params"], "properties": _common()},
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
    own = {"$ref": _REF.format(name=kind.__name__)}
    then: Definition = {"properties": {"generator_params": own, "params": own}}
    if parameters[kind.__name__]["required"]:
        places = ("generator_params", "params", "distribution")
        then["anyOf"] = [{"required": [place]} for place in places]
    return {"if": {"properties": {"generator": name}, "required": ["generator"]}, "then": then}


def _open_where_custom(model: Definitions) -> None:
    """Let columns name any generator in a schema that has generators of its own."""
    column, table = model["Column"], model["Table"]
    open_column = {**column["properties"], "generator": {"type": ["string", "null"]}}
    model["OpenColumn"] = {**column, "properties": open_column}
    del model["OpenColumn"]["allOf"]  # a custom generator may have the name of another one
    columns = {**table["properties"]["columns"], "items": {"$ref": _REF.format(name="OpenColumn")}}
    open_table = {**table["properties"], "columns": columns}
    model["OpenTable"] = {**table, "properties": open_table}

    def tables(name: str) -> Definition:
        forms = {
            "items": {"$ref": _REF.format(name=name)},
            "additionalProperties": {"$ref": _REF.format(name=f"Named{name}")},
        }
        return {"properties": {"tables": forms}}

    schema = model["Schema"]
    schema["properties"]["tables"] = {"type": ["array", "object"]}
    schema["if"] = {"required": ["custom_generators"]}
    schema |= {"then": tables("OpenTable"), "else": tables("Table")}


def _add_short_forms(model: Definitions) -> None:
    """Let rows be called `rows`, and tables and columns stand under their names."""
    for kind in ("", "Open"):
        table, column = model[f"{kind}Table"], model[f"{kind}Column"]
        named = {"$ref": _REF.format(name=f"Named{kind}Column")}
        columns = {
            **table["properties"]["columns"],
            "type": ["array", "object"],
            "additionalProperties": {"anyOf": [{"type": "string"}, named]},
        }
        rows = table["properties"]["record_count"]
        required = [name for name in table["required"] if name != "record_count"]
        table = {
            **table,
            "properties": {**table["properties"], "rows": rows, "columns": columns},
            "required": required,
            "anyOf": [{"required": ["record_count"]}, {"required": ["rows"]}],
        }
        model[f"{kind}Table"] = table
        model[f"Named{kind}Table"] = _without_name(table)
        model[f"Named{kind}Column"] = _without_name(column)


def _without_name(named: Definition) -> Definition:
    """Return what stands under its name, and need not say it."""
    return {**named, "required": [name for name in named["required"] if name != "name"]}


def _custom_generators() -> Definition:
    """Return the generators of a schema's own: others by name, with parameters."""
    anything: Definition = {"type": "object"}
    properties = {
        "type": {"type": "string"},
        "description": {"type": "string"},
        "generator": {"type": "string"},
        "generator_params": anything,
        "params": anything,
        "distribution": {"$ref": _REF.format(name="Distribution")},
    }
    one = {
        "type": "object",
        "properties": properties,
        "required": ["generator"],
        "additionalProperties": False,
    }
    return {"type": "object", "additionalProperties": one}


def _any_case(*words: str) -> Definition:
    """Return that a text is one of some words, in any case, with blanks or hyphens for `_`."""
    forms = ("".join(_letter(letter) for letter in word) for word in words)
    return {"type": "string", "pattern": f"^({'|'.join(forms)})?$"}


def _letter(letter: str) -> str:
    return f"[{letter.lower()}{letter.upper()}]" if letter.isalpha() else "[ _-]"


_ACTION: Definition = {"anyOf": [_any_case(*get_args(ReferentialAction)), {"type": "null"}]}
