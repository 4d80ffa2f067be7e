"""
Whatever a schema says does something, or is a mistake or a warning.

Pairs of schemas differ in one field alone, and so must what is made of them: the dump, the mistakes
or the warnings. Every field of the format has such a pair, or is said to be for people.
"""

from __future__ import annotations

import copy
import json
import types
import typing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.tables import GENERATED, OF_LOANS, generated

from shardgen.errors import InputError
from shardgen.generators.registry import GENERATORS
from shardgen.plan.load import bundled_schemas, checked, inspect_schema
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source
from shardgen.schema.databases import DATABASES
from shardgen.schema.model import Column, Schema
from shardgen.schema.reader import parse_schema

Raw = dict[str, Any]

FOR_PEOPLE = {
    "Schema.$schema", "Schema.description", "Schema.author", "Schema.metadata",
    "Schema.relationships", "Schema.validation_rules", "Table.description", "Column.description",
    "Index.description", "Relationship.from_table", "Relationship.from_column",
    "Relationship.to_table", "Relationship.to_column", "Relationship.relationship_type",
    "Relationship.description",
}  # fmt: skip
"""Fields that docs/schema.md says to be for people, for editors or for documentation."""


def key(table: str, **more: Any) -> Raw:
    return {"table": table, "column": "id", **more}


def column(name: str, kind: str, **more: Any) -> Raw:
    return {"name": name, "type": kind, **more}


ID = column("id", "int", primary_key=True)
RANGE = {"generator": "int_range", "generator_params": {"min": 1, "max": 10**6}}

BASE: Raw = {
    "schema_version": "1.0",
    "name": "base",
    "database_type": ["sqlite"],
    "datasets": {
        "d": {"columns": ["x", "w"], "rows": [["a", 1], ["b", 9]]},
        "e": {"columns": ["x"], "rows": [["c"]]},
    },
    "tables": [
        {
            "name": "p", "record_count": 20,
            "columns": [
                ID, column("a", "int", **RANGE), column("b", "int", **RANGE),
                column("drawn", "text", generator="dataset",
                       generator_params={"dataset": "d", "column": "x"}),
                column("more", "text", generator="dataset",
                       generator_params={"dataset": "e", "column": "x"}),
            ],
            "unique": [["a", "b"]],
        },
        {
            "name": "q", "record_count": 5,
            "columns": [column("k1", "int", primary_key=True), column("k2", "int", primary_key=True,
                        **RANGE)],
        },
        {
            "name": "c", "record_count": 60,
            "columns": [
                ID,
                column("p_id", "int", nullable=True, foreign_key=key("p")),
                column("up", "int", nullable=True, foreign_key=key("c", fan_out={"type": "tree"})),
                column("r1", "int", nullable=True), column("r2", "int", nullable=True),
                column("n", "int", **RANGE),
                column("m", "int", correlation={"column": "n", "rho": 0.5}, **RANGE),
                column("t", "varchar(900)", generator="full_name"),
            ],
            "foreign_keys": [{"columns": ["r1", "r2"], "table": "q", "references": ["k1", "k2"]}],
            "indexes": [{"name": "i", "columns": ["n"]}],
        },
    ],
}  # fmt: skip


def outcome(raw: Raw, dialect: str) -> str:
    """Return all that is made of a schema: the dump but for its first line, mistakes, warnings."""
    data = json.dumps(raw | {"database_type": [dialect]}).encode()
    parsed = parse_schema(data, folder=Path(__file__).parent)
    try:
        source = Source.bind(build_plan(checked(parsed, "s"), Options(dialect=dialect)))
    except InputError as error:
        return f"{error} {error.warnings}"
    rows = b"".join(bytes(text) for s in source.shards() for text in source.render(s))
    text = (source.dump_header() + rows + source.dump_footer()).decode()
    return text + "".join(map(str, source.warnings))


def changed(raw: Raw, path: list[Any], value: Any) -> Raw:
    """Return a copy of a schema in which something else stands at a path; ... takes it away."""
    made = copy.deepcopy(raw)
    at: Any = made
    for step in path[:-1]:
        at = at[step]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return made


P, Q, C = (["tables", n] for n in range(3))
P_COLUMN, C_COLUMN = [*P, "columns"], [*C, "columns"]
FOREIGN_KEY, COMPOSITE = [*C_COLUMN, 1, "foreign_key"], [*C, "foreign_keys", 0]
FAN_OUT, TREE = [*FOREIGN_KEY, "fan_out"], [*C_COLUMN, 2, "foreign_key", "fan_out"]


def grouped(law: str) -> Raw:
    return {"type": "grouped", "distribution": law}


def random(law: str) -> Raw:
    return {"type": "random", "distribution": law}


CHECK, EXCLUDE = [*C, "checks", 0], [*C, "exclude", 0]
WITH_CHECK = changed(BASE, CHECK[:-1], [{"name": "c", "expression": "n > 0"}])
WITH_EXCLUDE = changed(BASE, EXCLUDE[:-1], [{"name": "e", "elements": "n WITH ="}])
OF_POSTGRES = {"Exclusion.elements", "Exclusion.using", "Exclusion.where"}
"""Fields that say something to PostgreSQL alone."""
KINDS: Raw = {
    "name": "k", "record_count": 40,
    "columns": [
        ID, column("kind", "varchar(9)"), column("other", "varchar(9)"),
        column("up", "int", foreign_key=key("p")),
        column("on", "int", polymorphic={"type_column": "kind", "targets": [key("p"), key("r")]}),
    ],
}  # fmt: skip
KIN: Raw = {
    "name": "r",
    "record_count": 9,
    "columns": [ID, column("of", "int", foreign_key=key("p", fan_out="grouped"))],
}
POLYMORPHIC = changed(BASE, ["tables"], [*BASE["tables"], KIN, KINDS])
POINTER = ["tables", 4, "columns", 4, "polymorphic"]
TARGET = [*POINTER, "targets", 1]
NULLS = changed(BASE, [*C, "one_of"], [{"columns": ["p_id", "r1"]}])
ONE_OF = [*C, "one_of", 0]
RISING: Raw = {"generator": "date_between", "order": "rising"}
PAST = {"generator_params": {"start_date": "2020-01-01", "end_date": "2024-01-01"}}
LATER = {"generator_params": {"start_date": "2021-01-01", "end_date": "2024-12-01"}}
TIMES = [column("made", "date", **RISING, **PAST), column("later", "date", **RISING, **LATER)]
PRESENT = changed(
    changed(
        changed(BASE, P_COLUMN, [*BASE["tables"][0]["columns"], *TIMES]),
        C_COLUMN, [*BASE["tables"][2]["columns"], *TIMES],
    ),
    FAN_OUT, {"type": "present", "at": "later", "since": "made"},
)  # fmt: skip
BY_TIME = changed(
    changed(
        changed(
            BASE, P_COLUMN,
            [
                *BASE["tables"][0]["columns"], *TIMES,
                column("gone", "date", generator="date_between",
                       generator_params={"start_date": "2021-06-01", "end_date": "2026-01-01"}),
            ],
        ),
        [*Q, "columns"], [*BASE["tables"][1]["columns"], *TIMES],
    ),
    FAN_OUT, {"type": "random", "at": "r1_r2.later", "since": "made"},
)  # fmt: skip
NAMED: Raw = {"name": "named", "record_count": 5, "columns": [ID, column("email", "text")]}
Pair = tuple[list[Any], Any] | tuple[list[Any], Any, Any]

PAIRS: dict[str, Pair] = {
    "Schema.schema_version": (["schema_version"], "2.0"),
    "Schema.name": (["name"], "other"),
    "Schema.database_type": (["database_type"], ["mysql", "sqlite"]),
    "Schema.tables": (["tables"], []),
    "Schema.version": (["version"], "7"),
    "Schema.datasets": (["datasets", "unused"], {"columns": ["x"], "rows": [["a"]]}),
    "Schema.locale": (["locale"], "de_DE"),
    "Schema.generation_order": (["generation_order"], ["q", "p", "c"]),
    "Schema.infer": (["infer"], False, changed(BASE, ["tables"], [*BASE["tables"], NAMED])),
    "Table.name": ([*Q, "name"], "other"),
    "Table.record_count": ([*Q, "record_count"], 6),
    "Table.columns": ([*Q, "columns", 1], ...),
    "Table.foreign_keys": ([*C, "foreign_keys"], ...),
    "Table.unique": ([*P, "unique"], ...),
    "Table.checks": ([*C, "checks"], [{"name": "positive", "expression": "n > 0"}]),
    "Table.exclude": ([*C, "exclude"], [{"name": "apart", "elements": "n WITH ="}]),
    "Check.name": ([*CHECK, "name"], "other", WITH_CHECK),
    "Check.expression": ([*CHECK, "expression"], "n > 1", WITH_CHECK),
    "Exclusion.name": ([*EXCLUDE, "name"], "other", WITH_EXCLUDE),
    "Exclusion.elements": ([*EXCLUDE, "elements"], "m WITH =", WITH_EXCLUDE),
    "Exclusion.using": ([*EXCLUDE, "using"], "btree", WITH_EXCLUDE),
    "Exclusion.where": ([*EXCLUDE, "where"], "n > 1", WITH_EXCLUDE),
    "Table.comment": ([*C, "comment"], "of a table"),
    "Table.indexes": ([*C, "indexes"], ...),
    "Column.name": ([*C_COLUMN, 7, "name"], "other"),
    "Column.type": ([*C_COLUMN, 7, "type"], "text"),
    "Column.nullable": ([*C_COLUMN, 7, "nullable"], True),
    "Column.primary_key": ([*C_COLUMN, 5, "primary_key"], True),
    "Column.auto_increment": ([*C_COLUMN, 5, "auto_increment"], True),
    "Column.identity": ([*C_COLUMN, 0, "identity"], "always"),
    "Column.start": ([*C_COLUMN, 0, "start"], 7),
    "Column.generated": ([*C_COLUMN, 7, "generated"], "n + 1"),
    "Column.stored": ([*C_COLUMN, 7, "stored"], False),
    "Column.collation": ([*C_COLUMN, 7, "collation"], "NOCASE"),
    "Column.comment": ([*C_COLUMN, 0, "comment"], "of a column"),
    "Column.unique": ([*C_COLUMN, 7, "unique"], True),
    "Column.default": ([*C_COLUMN, 7, "default"], "x"),
    "Column.generator": ([*C_COLUMN, 7, "generator"], "city"),
    "Column.generator_params": ([*C_COLUMN, 5, "generator_params", "max"], 100),
    "Column.enum_name": ([*C_COLUMN, 7, "enum_name"], "mood"),
    "Column.as": ([*C_COLUMN, 7, "as"], "varchar(9)"),
    "Column.locale": ([*C_COLUMN, 7, "locale"], "de_DE"),
    "Column.order": ([*C_COLUMN, 5, "order"], "rising"),
    "Column.hidden": ([*C_COLUMN, 5, "hidden"], True),
    "Column.correlation": ([*C_COLUMN, 6, "correlation"], ...),
    "Column.distribution": ([*C_COLUMN, 5, "distribution"], {"type": "zipf"}),
    "Column.edge_case_probability": ([*C_COLUMN, 5, "edge_case_probability"], 1),
    "Column.foreign_key": ([*C_COLUMN, 1, "foreign_key"], ...),
    "Column.polymorphic": (POINTER, ..., POLYMORPHIC),
    "PolymorphicKey.type_column": ([*POINTER, "type_column"], "other", POLYMORPHIC),
    "PolymorphicKey.targets": (TARGET, ..., POLYMORPHIC),
    "PolymorphicTarget.table": ([*TARGET, "table"], "p", POLYMORPHIC),
    "PolymorphicTarget.column": ([*TARGET, "column"], "of", POLYMORPHIC),
    "PolymorphicTarget.type": ([*TARGET, "type"], "R", POLYMORPHIC),
    "PolymorphicTarget.weight": ([*TARGET, "weight"], 9, POLYMORPHIC),
    "PolymorphicTarget.fan_out": ([*TARGET, "fan_out"], random("zipf"), POLYMORPHIC),
    "PolymorphicTarget.within": ([*TARGET, "within"], {"up": "of"}, POLYMORPHIC),
    "Table.one_of": ([*C, "one_of"], [{"columns": ["p_id", "up"]}]),
    "OneOf.columns": ([*ONE_OF, "columns"], {"p_id": 9, "r1": 1}, NULLS),
    "OneOf.given": ([*ONE_OF, "given"], "at_most_one", NULLS),
    "OneOf.none": ([*ONE_OF, "none"], 0.5, changed(NULLS, [*ONE_OF, "given"], "at_most_one")),
    "Index.name": ([*C, "indexes", 0, "name"], "other"),
    "Index.columns": ([*C, "indexes", 0, "columns"], ["n", "m"]),
    "Index.type": ([*C, "indexes", 0, "type"], "gist"),
    "Index.where": ([*C, "indexes", 0, "where"], "n > 3"),
    "Index.nulls_not_distinct": ([*C, "indexes", 0, "nulls_not_distinct"], True),
    "Index.unique": ([*C, "indexes", 0, "unique"], True),
    "ForeignKey.table": ([*FOREIGN_KEY, "table"], "c"),
    "ForeignKey.column": ([*FOREIGN_KEY, "column"], "a"),
    "ForeignKey.on_delete": ([*FOREIGN_KEY, "on_delete"], "CASCADE"),
    "ForeignKey.on_update": ([*FOREIGN_KEY, "on_update"], "CASCADE"),
    "ForeignKey.deferrable": ([*FOREIGN_KEY, "deferrable"], "deferred"),
    "ForeignKey.fan_out": (FAN_OUT, "grouped"),
    "ForeignKey.within": ([*FOREIGN_KEY, "within"], "up"),
    "ForeignKey.differs_from": ([*FOREIGN_KEY, "differs_from"], "up"),
    "ForeignKey.where": ([*FOREIGN_KEY, "where"], {"a": {"min": 500_000}}),
    "CompositeForeignKey.where": ([*COMPOSITE, "where"], "k1 < 3"),
    "PolymorphicTarget.where": ([*TARGET, "where"], {"id": [4, 5]}, POLYMORPHIC),
    "CompositeForeignKey.columns": ([*COMPOSITE, "columns"], ["r2", "r1"]),
    "CompositeForeignKey.table": ([*COMPOSITE, "table"], "p"),
    "CompositeForeignKey.references": ([*COMPOSITE, "references"], ["k2", "k1"]),
    "CompositeForeignKey.name": ([*COMPOSITE, "name"], "other"),
    "CompositeForeignKey.on_delete": ([*COMPOSITE, "on_delete"], "SET NULL"),
    "CompositeForeignKey.on_update": ([*COMPOSITE, "on_update"], "SET NULL"),
    "CompositeForeignKey.deferrable": ([*COMPOSITE, "deferrable"], "immediate"),
    "CompositeForeignKey.fan_out": ([*COMPOSITE, "fan_out"], "grouped"),
    "CompositeForeignKey.within": ([*COMPOSITE, "within"], "p_id"),
    "CompositeForeignKey.differs_from": ([*COMPOSITE, "differs_from"], "p_id"),
    "Correlation.column": ([*C_COLUMN, 6, "correlation", "column"], "p_id.a"),
    "Correlation.rho": ([*C_COLUMN, 6, "correlation", "rho"], -0.5),
    "ReferenceDataset.columns": (["datasets", "d", "columns"], ["w", "x"]),
    "ReferenceDataset.rows": (["datasets", "d", "rows", 0], ["other", 1]),
    "ReferenceDataset.file": (["datasets", "d", "file"], "x.csv"),
    "ReferenceDataset.weight": (["datasets", "d", "weight"], "w"),
    "RandomFanOut.distribution": (FAN_OUT, random("zipf")),
    "RandomFanOut.exponent": (
        [*FAN_OUT, "exponent"], 3, changed(BASE, FAN_OUT, random("zipf"))
    ),
    "RandomFanOut.half": (
        [*FAN_OUT, "half"], 0.5, changed(BASE, FAN_OUT, random("recent"))
    ),
    "RandomFanOut.alike": ([*FAN_OUT, "alike"], "a", changed(BASE, FAN_OUT, random("zipf"))),
    "RandomFanOut.at": ([*FAN_OUT, "at"], "r1_r2.made", BY_TIME),
    "RandomFanOut.since": ([*FAN_OUT, "since"], "later", BY_TIME),
    "RandomFanOut.until": ([*FAN_OUT, "until"], "gone", BY_TIME),
    "GroupedFanOut.distribution": (FAN_OUT, grouped("poisson"), changed(BASE, FAN_OUT, "grouped")),
    "GroupedFanOut.sigma": (
        [*FAN_OUT, "sigma"], 2, changed(BASE, FAN_OUT, grouped("lognormal"))
    ),
    "GroupedFanOut.alpha": ([*FAN_OUT, "alpha"], 3, changed(BASE, FAN_OUT, grouped("pareto"))),
    "GroupedFanOut.exponent": ([*FAN_OUT, "exponent"], 3, changed(BASE, FAN_OUT, grouped("zipf"))),
    "GroupedFanOut.points": (
        [*FAN_OUT, "points"], [[0, 1], [1, 4]],
        changed(BASE, FAN_OUT, {**grouped("quantiles"), "points": [[0, 0], [1, 5]]}),
    ),
    "GroupedFanOut.min": ([*FAN_OUT, "min"], 2, changed(BASE, FAN_OUT, grouped("zipf"))),
    "GroupedFanOut.max": ([*FAN_OUT, "max"], 4, changed(BASE, FAN_OUT, grouped("zipf"))),
    "GroupedFanOut.in_order": (
        [*FAN_OUT, "in_order"], True, changed(BASE, FAN_OUT, grouped("even"))
    ),
    "GroupedFanOut.counts": (
        [*FAN_OUT, "counts"], "a", changed(BASE, FAN_OUT, grouped("even"))
    ),
    "PresentFanOut.at": ([*FAN_OUT, "at"], "made", PRESENT),
    "PresentFanOut.since": ([*FAN_OUT, "since"], "later", PRESENT),
    "PresentFanOut.distribution": ([*FAN_OUT, "distribution"], "recent", PRESENT),
    "PresentFanOut.half": (
        [*FAN_OUT, "half"], 0.5, changed(PRESENT, [*FAN_OUT, "distribution"], "recent")
    ),
    "PresentFanOut.newest": ([*FAN_OUT, "newest"], 1, PRESENT),
    "TreeFanOut.roots": ([*TREE, "roots"], 0.5),
    "TreeFanOut.max_depth": ([*TREE, "max_depth"], 1),
    "TreeFanOut.within": ([*TREE, "within"], "p_id", changed(BASE, FAN_OUT, "grouped")),
    "TreeFanOut.starts": ([*TREE, "starts"], "n", changed(BASE, FAN_OUT, "grouped")),
}  # fmt: skip
"""For each field: where it stands, and another value; of BASE, or of the schema that is given."""


def structs(kind: Any, found: dict[str, Any]) -> dict[str, Any]:
    """Return every struct that the format is made of, by name."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__name__ not in found:
        found[kind.__name__] = kind
        for field in msgspec.structs.fields(kind):
            structs(field.type, found)
    if typing.get_args(kind) or isinstance(kind, types.UnionType):
        for inner in typing.get_args(kind):
            structs(inner, found)
    return found


def fields() -> set[str]:
    """Return every field of the format."""
    return {
        f"{name}.{field.encode_name}"
        for name, kind in structs(Schema, {}).items()
        for field in msgspec.structs.fields(kind)
    }


def test_every_field_is_walked() -> None:
    """A new field has a pair here, or is documented as one for people."""
    assert fields() == PAIRS.keys() | FOR_PEOPLE


@pytest.mark.parametrize("name", PAIRS)
def test_every_field_has_an_effect(name: str) -> None:
    """Two schemas that differ in one field alone are not made into the same, without a word."""
    path, value, *base = PAIRS[name]
    before = base[0] if base else BASE
    after = changed(before, path, value)
    if name == "Schema.database_type":  # it chooses the dialect, where nobody else does
        parsed = [parse_schema(json.dumps(raw).encode()) for raw in (before, after)]
        formats = [build_plan(checked(each, "s")).format for each in parsed]
        assert formats[0] != formats[1]
    else:
        dialect = "postgres" if name in OF_POSTGRES else "sqlite"
        assert outcome(before, dialect) != outcome(after, dialect)


# Fields of a column, beside all that a column can be


COLUMNS: dict[str, Raw] = {
    "a key that counts": {"type": "int", "primary_key": True, "auto_increment": True},
    "a bare key": {"type": "int", "primary_key": True},
    "a key with a generator": {"type": "varchar(40)", "primary_key": True, "generator": "uuid"},
    "a foreign key": {"type": "int", "foreign_key": key("p")},
    "a nullable foreign key": {"type": "int", "nullable": True, "foreign_key": key("p")},
    "a unique foreign key": {"type": "int", "unique": True, "foreign_key": key("p")},
    "by type": {"type": "varchar(40)"},
    "a time": {"type": "timestamp"},
    "a number": {"type": "int", **RANGE},
    "a law": {"type": "int", **RANGE, "distribution": {"type": "zipf"}},
    "unique": {"type": "varchar(90)", "unique": True, "generator": "email"},
    "a name": {"type": "varchar(90)", "generator": "first_name"},
    "a choice": {
        "type": "varchar(9)", "generator": "choice",
        "generator_params": {"values": ["a", "bb", "ccc"]},
    },
    "computed": {
        "type": "int", "generator": "expression", "generator_params": {"expression": "n + 1"},
    },
    "nullable": {"type": "int", "nullable": True, **RANGE},
    "in order": {"type": "int", "order": "rising", **RANGE},
}  # fmt: skip

VALUES: dict[str, tuple[Any, ...]] = {
    "type": ("timestamp(3)", "float(10,2)", "float(40)", "double", "smallint", "jsonb", "text"),
    "nullable": (True,),
    "primary_key": (True,),
    "auto_increment": (True,),
    "identity": ("always",),
    "start": (7,),
    "generated": ("n + 1",),
    "stored": (False,),
    "collation": ({"postgres": "C", "mysql": "utf8mb4_unicode_ci", "sqlite": "RTRIM"},),
    "comment": ("of a column",),
    "unique": (True,),
    "default": (
        1, "a", "2020-01-01", "now()", "uuid()", "CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP",
    ),
    "generator": ("city", "sequence", "uuid", "timestamp_past"),
    "generator_params": (
        {"null_probability": 0.5}, {"edge_case_probability": 0.9}, {"locale": "de_DE"},
        {"distribution": "normal"}, {"min": 5},
    ),
    "locale": ("de_DE",),
    "enum_name": ("mood",),
    "as": ("varchar(200)",),
    "correlation": ({"column": "n", "rho": 0.9},),
    "order": ("rising",),
    "hidden": (True,),
    "polymorphic": ({"type_column": "n", "targets": [key("p")]},),
    "distribution": ("exponential", {"type": "normal", "mean": 5, "std_dev": 2}),
    "edge_case_probability": (0.9,),
    "foreign_key": (
        key("p", on_delete="CASCADE"), key("p", on_update="CASCADE"),
        key("p", deferrable="deferred"),
    ),
}  # fmt: skip

SAID_ALREADY: set[tuple[str, Any]] = {
    ("a key that counts", "unique"), ("a bare key", "unique"),
    ("a key with a generator", "unique"), ("a bare key", "auto_increment"),
    ("a bare key", "sequence"), ("a time", "timestamp_past"), ("a choice", "city"),
}  # fmt: skip
"""
A primary key is unique, a bare integer counts its rows, a time is in the past: said twice. A
generator with a list of its own takes another one in its place, and is a choice then.

By a field, or by one of its values.
"""


def with_column(facts: Raw) -> Raw:
    is_key = facts.get("primary_key")
    columns = [{"name": "x", **facts}, column("n", "int", **RANGE)]
    table = {"name": "t", "record_count": 18, "columns": columns if is_key else [ID, *columns]}
    return changed(BASE, ["tables"], [*BASE["tables"], table])


def test_every_field_of_a_column_is_walked() -> None:
    """A new field of a column is tried beside every kind of column."""
    assert set(Column.__struct_encode_fields__) == VALUES.keys() | {"name", "description"}


@pytest.mark.parametrize("dialect", DATABASES)
@pytest.mark.parametrize("kind", COLUMNS)
def test_no_field_of_a_column_is_ignored(kind: str, dialect: str) -> None:
    """Whatever a column is, each thing more that is said of it shows."""
    facts = COLUMNS[kind]
    before = outcome(with_column(facts), dialect)
    silent = []
    for field, values in VALUES.items():
        for value in values:
            inner = facts.get(field)
            more = inner | value if isinstance(inner, dict) and isinstance(value, dict) else value
            if more == inner or not SAID_ALREADY.isdisjoint(((kind, field), (kind, str(value)))):
                continue
            if dialect == "sqlite" and value == "smallint":
                continue  # all integers are one type there, as docs/schema.md says
            if outcome(with_column(facts | {field: more}), dialect) == before:
                silent.append((field, value))
    assert silent == []


# Parameters of generators

OTHERWISE: dict[str, tuple[Any, ...]] = {
    "values": (["x", "y"], [1, 2]),
    "value": (7,),
    "days_ago_min": (300,), "days_ago_max": (40,), "years_ago": (0.2,),
    "days_ahead_min": (300,), "days_ahead_max": (40,),
    "start_date": ("2021-01-31",), "end_date": ("2023-01-31",),
    "min_days": (100,), "max_days": (100,), "min_age": (70,), "max_age": (20,),
    "distribution": ({"type": "exponential", "mean": 40}, {"type": "zipf"}),
    "seasonal": ({"months": {"may": 50}},),
    "element": ("phrase",), "min_length": (3,), "max_length": (4,), "distinct": (False,),
    "element_null_probability": (0.5,), "empty_probability": (0.5,),
    "unbounded_probability": (0.5,), "bounds": ("(]",),
    "expression": ("row_number",),
    "min": (5, 6000, 500, 90_000), "max": (5, 99, 600, 9000, 60_000),
    "precision": (1,), "true_weight": (0.2,), "start": (7,), "step": (7, 13),
    "hex": (True,), "version": (6,),
    "prefix": ("other",), "date_column": ("day",), "pattern": ("??",), "sex": ("female",),
    "start_time": ("09:00",), "end_time": ("09:30:00",),
    "length": (30,), "format": ("digits",), "abbreviation": (True,), "sentences": (5,),
    "method": (),
    "loan": ("nope",), "amount_column": ("nope",), "rate_column": ("nope",),
    "term_column": ("nope",), "number_column": ("nope",), "status_column": ("nope",),
    "scale": (1,), "level": ("senior",), "schema": ({"other": "boolean"},), "paragraphs": (4,),
    "follows_loan": (True,), "from_first": (True, False), "monthly_interval": (False,),
    "last_column": ("id",),
    "years_ahead": (7,), "domain": ("example.org",), "size": (3,),
    "date_of_payment": ("nope",), "based_on": ("nope",), "months_forward": (7,),
    "born": ("day",), "patterns": (["{last}"],), "domains": (["a.example"],), "units": (0.5,),
    "share": (0.7,),
}  # fmt: skip
"""Other values for parameters, of which some differ from what each generator has by itself."""


def parameters(names: Any) -> list[tuple[str, str]]:
    """Return the generators of these names, each with every parameter that it has."""
    return [(n, field) for n in sorted(names) for field in GENERATORS[n].__struct_fields__]


@pytest.mark.parametrize(("name", "parameter"), parameters(GENERATED), ids=str)
def test_no_parameter_is_ignored(name: str, parameter: str) -> None:
    """A parameter of a generator that stands alone changes its values, or is refused."""
    columns = [ID, column("day", "date"), {"name": "x", **generated(name)}]
    raw = BASE | {"tables": [{"name": "t", "record_count": 200, "columns": columns}]}
    own = columns[2].get("generator_params", {})
    path = ["tables", 0, "columns", 2, "generator_params"]
    before = outcome(raw, "sqlite")
    tried = [v for v in OTHERWISE[parameter] if own.get(parameter) != v]
    after = {str(v): outcome(changed(raw, path, own | {parameter: v}), "sqlite") for v in tried}
    silent = [value for value, made in after.items() if made == before]
    assert len(silent) < len(tried), f"{silent} change nothing"
    if parameter not in ("min", "max"):  # bounds far from any value change nothing, rightly
        assert silent == []


LOANS: Raw = json.loads(bundled_schemas()["fintech-loans"].read_text())
for _table in LOANS["tables"]:
    _table["record_count"] = min(_table["record_count"], 30)
OF_LOAN = [
    (t, c, column["generator"])
    for t, table in enumerate(LOANS["tables"])
    for c, column in enumerate(table["columns"])
    if column.get("generator") in OF_LOANS | {"payment_status"}
]


@pytest.mark.parametrize(("table", "at", "name"), OF_LOAN, ids=str)
def test_no_name_of_a_column_is_ignored(table: int, at: int, name: str) -> None:
    """What a column of a loan's payment is told to read is read, or is a mistake or a warning."""
    before = outcome(LOANS, "sqlite")
    path = ["tables", table, "columns", at, "generator_params"]
    own = LOANS["tables"][table]["columns"][at].get("generator_params", {})
    for _, parameter in parameters([name]):
        if parameter != "values":
            other = next(v for v in OTHERWISE[parameter] if v != own.get(parameter))
            after = changed(LOANS, path, own | {parameter: other})
            assert outcome(after, "sqlite") != before, parameter


def test_a_sex_beside_a_first_name_is_a_warning() -> None:
    """A full name takes the first name of its row, whatever sex it is told."""
    first = column("first", "varchar(90)", generator="first_name")
    full = column("full", "varchar(90)", generator="full_name", generator_params={"sex": "male"})
    table = {"name": "t", "record_count": 5, "columns": [ID, first, full]}
    raw = BASE | {"tables": [table], "datasets": {}}
    assert "(unused-parameter)" in outcome(raw, "sqlite")


@pytest.mark.parametrize("dialect", DATABASES)
@pytest.mark.parametrize("kind", ["btree", "hash", "brin", "gin", "fulltext", "gist", "bitmap"])
@pytest.mark.parametrize("columns", [["n"], ["t"], ["n", "t"], ["j"], ["id"], ["u"]], ids=" ".join)
def test_no_index_is_ignored(kind: str, dialect: str, columns: list[str]) -> None:
    """An index is made as it is said, or left out or made otherwise with a warning."""
    facts = [
        ID, column("n", "int", **RANGE), column("t", "varchar(900)"), column("j", "json"),
        column("u", "int", unique=True, **RANGE),
    ]  # fmt: skip
    index = {"name": "the_index", "columns": columns, "type": kind}
    raw = BASE | {"tables": [{"name": "t", "record_count": 5, "columns": facts}]}
    before = outcome(raw, dialect)
    after = changed(raw, ["tables", 0, "indexes"], [index])
    assert outcome(after, dialect) != before
    if kind == "bitmap":
        text = outcome(after, dialect)
        assert "bitmap" in text or "dropped-index" in text or "superfluous-index" in text


def test_bundled_schemas_have_no_warnings() -> None:
    """What comes with shardgen says nothing in vain."""
    assert {} == {n: f for n in bundled_schemas() if (f := inspect_schema(n)).warnings}
