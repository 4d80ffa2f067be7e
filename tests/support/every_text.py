"""
A schema with every text that the format has, and what its dumps are made of.

Texts that mean the same are the same: a table's name, and what refers to it. `§` stands for text
within text of a language of its own, where quotes are doubled.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from shardgen.plan.load import load_schema
from shardgen.schema import model
from shardgen.schema.datasets import read_datasets
from shardgen.schema.model import Schema

INNER = "§"
CARRIED = {"1 = 1", "1 = 2", "(1) WITH =", "hash"}
"""SQL by nature: it is no text that could be any other."""

EVERY: dict[str, Any] = {
    "$schema": "the url",
    "schema_version": "1.0",
    "name": "the-schema",
    "database_type": ["postgres", "mysql", "sqlite"],
    "description": "the description",
    "author": "the author",
    "version": "the version",
    "metadata": {"a key": ["a value"]},
    "locale": "en_US",
    "generation_order": ["parents", "visits", "calls", "children"],
    "validation_rules": [{"rule": "a rule"}],
    "relationships": [
        {
            "from_table": "children", "from_column": "parent", "to_table": "parents",
            "to_column": "id", "relationship_type": "many_to_one",
            "description": "of a relationship",
        }
    ],
    "datasets": {
        "places": {"columns": ["city", "people"], "rows": [["Reno", 3]], "weight": "people"},
        "files": {"file": "places.csv"},
    },
    "tables": [
        {
            "name": "parents",
            "record_count": 4,
            "description": "of a table",
            "comment": "a table's own",
            "columns": [
                {"name": "id", "type": "int", "primary_key": True},
                {"name": "second", "type": "int", "generator": "int_range"},
                {
                    "name": "label", "type": "varchar(200)", "default": "the default",
                    "generator": "choice", "generator_params": {"values": ["one", "other"]},
                    "description": "of a column", "locale": "en_GB", "comment": "of its own",
                },
                {"name": "listed", "type": "enum('§','b')"},
                {"name": "chosen", "type": "enum('c','d')", "enum_name": "the kind"},
                {
                    "name": "computed", "type": "text", "generator": "expression",
                    "generator_params": {"expression": "'§' || row_number"},
                },
                {
                    "name": "drawn", "type": "int", "generator": "int_range",
                    "distribution": "uniform", "correlation": {"column": "second", "rho": 0.5},
                },
                {
                    "name": "town", "type": "text", "generator": "dataset",
                    "generator_params": {"dataset": "places", "column": "city"},
                },
                {"name": "day", "type": "date", "default": "2024-01-01"},
                {"name": "asked", "type": "int", "generator": "constant",
                 "generator_params": {"value": 2}},
                {"name": "there", "type": "date", "generator": "date_past", "order": "rising",
                 "generator_params": {"days_ago": 900, "min_days_ago": 600}},
                {"name": "gone", "type": "date", "generator": "date_between",
                 "generator_params": {"start_date": "2060-01-01", "end_date": "2060-02-01"}},
                {"name": "doc", "type": "json", "default": '{"a": 1}'},
                {"name": "code", "type": "uuid", "default": "uuid()"},
            ],
            "unique": [["id", "second"]],
            "checks": [{"name": "the_check", "expression": "1 = 1"}],
            "exclude": [
                {"name": "apart", "elements": "(1) WITH =", "using": "hash", "where": "1 = 2"}
            ],
            "indexes": [
                {
                    "name": "the_index", "columns": ["second", "drawn"], "type": "btree",
                    "description": "of an index",
                },
                {"name": "the_key", "columns": ["drawn"], "type": "fulltext", "unique": False},
            ],
        },
        {
            "name": "visits",
            "record_count": 4,
            "columns": [
                {"name": "visit", "type": "int", "primary_key": True},
                {"name": "begins", "type": "boolean"},
                {"name": "came", "type": "date", "generator": "date_past", "order": "rising",
                 "generator_params": {"days_ago": 500}},
                {
                    "name": "whose", "type": "int",
                    "foreign_key": {
                        "table": "parents", "column": "id",
                        "fan_out": {"type": "grouped", "counts": "asked"},
                    },
                },
                {
                    "name": "earlier", "type": "int", "nullable": True,
                    "foreign_key": {
                        "table": "visits", "column": "visit",
                        "fan_out": {"type": "tree", "within": "whose", "starts": "begins"},
                    },
                },
                {
                    "name": "thing", "type": "int",
                    "foreign_key": {
                        "table": "parents", "column": "id",
                        "fan_out": {
                            "type": "random", "alike": "asked",
                            "at": "whose.day", "since": "there", "until": "gone",
                        },
                    },
                },
            ],
            "unique": [["whose", "thing"]],
        },
        {
            "name": "calls",
            "record_count": 4,
            "columns": [
                {"name": "call", "type": "int", "primary_key": True},
                {"name": "called", "type": "date", "generator": "date_past", "order": "rising",
                 "generator_params": {"days_ago": 500}},
                {
                    "name": "who", "type": "int",
                    "foreign_key": {
                        "table": "parents", "column": "id",
                        "fan_out": {"type": "present", "at": "called", "since": "there"},
                    },
                },
            ],
        },
        {
            "name": "children",
            "record_count": 6,
            "columns": [
                {"name": "number", "type": "int", "primary_key": True},
                {
                    "name": "parent", "type": "int",
                    "foreign_key": {
                        "table": "parents", "column": "id", "on_delete": "CASCADE",
                        "fan_out": {"type": "grouped"},
                    },
                },
                {"name": "first_id", "type": "int"},
                {"name": "second_id", "type": "int"},
                {
                    "name": "before", "type": "int", "nullable": True,
                    "foreign_key": {
                        "table": "children", "column": "number",
                        "fan_out": {"type": "tree", "within": "parent"},
                    },
                },
                {
                    "name": "beside", "type": "int", "nullable": True,
                    "foreign_key": {"table": "children", "column": "number", "within": "parent"},
                },
                {
                    "name": "elsewhere", "type": "int",
                    "foreign_key": {"table": "parents", "column": "id", "differs_from": "parent"},
                },
                {"name": "third_id", "type": "int"},
                {"name": "fourth_id", "type": "int"},
                {"name": "up_number", "type": "int", "nullable": True},
                {"name": "up_parent", "type": "int", "nullable": True},
                {"name": "the_type", "type": "varchar(200)"},
                {
                    "name": "the_target", "type": "int",
                    "polymorphic": {
                        "type_column": "the_type",
                        "targets": [
                            {
                                "table": "parents", "column": "id", "type": "Parent",
                                "where": "row_number > 1 or '§' = 'x'",
                            },
                            {
                                "table": "children", "column": "number",
                                "within": {"parent": "parent"},
                            },
                        ],
                    },
                },
                {
                    "name": "known", "type": "int",
                    "foreign_key": {
                        "table": "parents", "column": "id", "where": {"label": ["one", "other"]},
                    },
                },
                {
                    "name": "short", "type": "int",
                    "foreign_key": {
                        "table": "parents", "column": "id", "where": "row_number > 0 or '§' = 'x'",
                    },
                },
                {"name": "this", "type": "int", "nullable": True},
                {"name": "that", "type": "int", "nullable": True},
                {"name": "those", "type": "int", "nullable": True},
                {"name": "these", "type": "int", "nullable": True},
            ],
            "one_of": [
                {"columns": ["this", "that"]},
                {"columns": {"those": 1, "these": 2}},
            ],
            "unique": [["number", "parent"]],
            "foreign_keys": [
                {
                    "name": "the_reference", "columns": ["first_id", "second_id"],
                    "table": "parents", "references": ["id", "second"], "where": {"id": [1, 2]},
                },
                {
                    "columns": ["third_id", "fourth_id"], "table": "parents",
                    "references": ["id", "second"], "differs_from": "the_reference",
                },
                {
                    "columns": ["up_number", "up_parent"],
                    "table": "children", "references": ["number", "parent"],
                    "within": {"parent": "parent"},
                },
            ],
        },
    ],
}  # fmt: skip


def read(raw: dict[str, Any], folder: Path) -> Schema:
    """Return a checked schema; InputError where it is none."""
    (folder / "places.csv").write_text("city,people\nReno,3\n", encoding="utf-8")
    schema, mistakes = read_datasets(msgspec.convert(raw, Schema), folder)
    if mistakes:
        raise ValueError(mistakes[0].what)
    return load_schema(schema)


def free_texts(of: inspect.Type | None = None) -> set[tuple[str, str]]:
    """Return every struct and field of the format that may hold any text, by their names."""
    found: set[tuple[str, str]] = set()
    ahead = [of or inspect.type_info(Schema)]
    seen: set[type] = set()
    while ahead:
        struct = ahead.pop()
        for inner in _structs(struct):
            if inner.cls not in seen:
                seen.add(inner.cls)
                ahead += (field.type for field in inner.fields)
                found |= {(inner.cls.__name__, f.name) for f in inner.fields if _is_free(f.type)}
    return found


def _parts(of: Any) -> Iterator[Any]:
    for name in ("types", "item_types"):
        yield from getattr(of, name, ())
    for name in ("item_type", "key_type", "value_type"):
        if hasattr(of, name):
            yield getattr(of, name)


def _structs(of: Any) -> Iterator[inspect.StructType]:
    if isinstance(of, inspect.StructType):
        yield of
    for part in _parts(of):
        yield from _structs(part)


def _is_free(of: Any) -> bool:
    if isinstance(of, (inspect.StrType, inspect.AnyType)):
        return True
    return any(_is_free(part) for part in _parts(of))


def texts_of(value: Any, where: tuple[str, str] = ("", "")) -> Iterator[tuple[str, str]]:
    """Yield the struct and the field of every text in a schema."""
    if isinstance(value, str):
        yield where
    elif isinstance(value, msgspec.Struct):
        for field in msgspec.structs.fields(value):
            here = type(value).__name__, field.name
            if getattr(value, field.name) != "":
                yield from texts_of(getattr(value, field.name), here)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from texts_of(key, where)
            yield from texts_of(inner, where)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from texts_of(inner, where)


def tokens(raw: Any = None) -> list[str]:
    """Return every different text, the names of free fields too."""
    found: dict[str, None] = {}
    ahead = [EVERY if raw is None else raw]
    while ahead:
        value = ahead.pop()
        if isinstance(value, str):
            found |= {} if value in CARRIED else {value: None}
        elif isinstance(value, dict):
            found |= dict.fromkeys(key for key in value if key not in _FIELDS)
            ahead += value.values()
        elif isinstance(value, list):
            ahead += value
    return list(found)


_FIELDS = {
    field.encode_name
    for kind in vars(model).values()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind is not msgspec.Struct
    for field in msgspec.structs.fields(kind)
} | {"type", "values", "expression", "dataset", "column"}


def replaced(value: Any, texts: dict[str, str]) -> Any:
    """Return a schema with other texts in the place of these."""
    if isinstance(value, str):
        new = texts.get(value, value)
        if INNER in value and new != value:
            new = value.replace(INNER, new.replace("'", "''"))
        return new
    if isinstance(value, dict):
        return {
            (texts.get(k, k) if k not in _FIELDS else k): replaced(v, texts)
            for k, v in value.items()
        }
    if isinstance(value, list):
        return [replaced(inner, texts) for inner in value]
    return copy.copy(value)


# What a dump is made of, read by rules of its own


_COMMON = r"(?P<space>\s+)|(?P<comment>--[^\r\n]*)|(?P<word>\w+)|(?P<sign>[(),;.=+*<>:@-])"
_STANDARD = r"(?P<text>'(?:[^']|'')*'(?:\|\|char\(13\)\|\|'(?:[^']|'')*')*)"
_READERS = {
    "postgres": re.compile(rf'{_STANDARD}|(?P<name>"(?:[^"]|"")*")|{_COMMON}', re.DOTALL),
    "sqlite": re.compile(rf'{_STANDARD}|(?P<name>"(?:[^"]|"")*")|{_COMMON}', re.DOTALL),
    "mysql": re.compile(
        rf"(?P<text>'(?:[^'\\]|''|\\.)*')|(?P<name>`(?:[^`]|``)*`)|{_COMMON}", re.DOTALL
    ),
}


def skeleton(dump: str, dialect: str) -> list[str]:
    """Return the statements of a dump without what names, literals and comments say."""
    assert "\0" not in dump
    found: list[str] = []
    at = 0
    reader = _READERS[dialect]
    while at < len(dump):
        match = reader.match(dump, at)
        assert match is not None, f"{dump[max(0, at - 60) : at]!r} and then {dump[at : at + 60]!r}"
        at = match.end()
        kind = match.lastgroup
        if kind in ("word", "sign"):
            word = match[0]
            is_value = word in ("NULL", "TRUE", "FALSE") or word[0].isdigit()
            found.append("text" if is_value else word)
        elif kind != "space":
            found.append(str(kind))
        if found[-4:] == ["DEFAULT", "(", "text", ")"]:  # some databases want them, some texts
            found[-4:] = ["DEFAULT", "text"]
        if found[-3:] == ["FROM", "stdin", ";"]:
            end = dump.index("\n\\.\n", at)
            found += (str(line.count("\t")) for line in dump[at + 1 : end].split("\n"))
            at = end + len("\n\\.\n")
    return found
