"""Small schemas for tests, bound or not, and the cells of their columns as Python values."""

from __future__ import annotations

import calendar
import datetime as dt
import json
import uuid
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
from support.binding import bind_tables

from shardgen.errors import SchemaError
from shardgen.plan.check import check_schema
from shardgen.schema.catalog import Catalog
from shardgen.schema.model import Schema
from shardgen.schema.types import parse_type
from shardgen.tables.batch import Batch, BoundTable

AS_OF = dt.date(2025, 1, 1)
KEY = {"type": "bigint", "primary_key": True}
Columns = dict[str, dict[str, Any]]


def schema_of(**tables: tuple[Any, ...]) -> Schema:
    """
    Return a schema of these tables: rows and columns by name, with an `id` where none is.

    A third entry holds what else the table says: its foreign_keys, unique, indexes.
    """
    return schema_with({}, **tables)


def schema_with(facts: dict[str, Any], **tables: tuple[Any, ...]) -> Schema:
    """Return a schema of these tables that says these facts of itself, such as its datasets."""
    raw = {
        "schema_version": "1.0",
        "name": "test",
        "database_type": ["postgres", "mysql", "sqlite"],
        "infer": False,
        "tables": [
            {
                "name": name,
                "record_count": rows,
                "columns": [{"name": n, **facts} for n, facts in with_key(columns).items()],
                **(more[0] if more else {}),
            }
            for name, (rows, columns, *more) in tables.items()
        ],
        **facts,
    }
    schema = msgspec.convert(raw, Schema)
    mistakes = check_schema(Catalog(schema))
    if mistakes:
        raise SchemaError(mistakes)
    return schema


def with_key(columns: Columns) -> Columns:
    """Return the columns, with a key that numbers the rows before them where they have none."""
    return (
        columns if any(c.get("primary_key") for c in columns.values()) else {"id": KEY, **columns}
    )


def bind(
    schema: Schema,
    *,
    seed: int = 7,
    edge_case_probability: float = 0.0,
    databases: tuple[str, ...] = (),
    **rows: int,
) -> Any:
    """Return the bound tables of a schema by name, for these databases."""
    counts = {t.name: t.record_count for t in schema.tables} | rows
    return bind_tables(
        schema,
        counts,
        seed=seed,
        as_of=AS_OF,
        edge_case_probability=edge_case_probability,
        databases=databases,
    )


def bound(columns: Columns, rows: int = 1000, **options: Any) -> BoundTable:
    """Return a single bound table `t` of these columns."""
    return bind(schema_of(t=(rows, columns)), **options)["t"]


def cells(table: BoundTable, name: str, rows: Any = None) -> list[Any]:
    """Return a column's values at `rows`, a range or an array, None where they are null."""
    if rows is None:
        rows = range(table.rows)
    if isinstance(rows, range) and rows.step == 1:
        batch = Batch.of_range(table, rows.start, rows.stop)
    else:
        batch = Batch(table, np.array(rows, np.int64))
    values, null = batch.column(name).python(), batch.null(name)
    if null is None:
        return values
    return [None if n else v for n, v in zip(null.tolist(), values, strict=True)]


def rows_of(table: BoundTable, rows: Any = None) -> dict[str, list[Any]]:
    """Return all columns at `rows`."""
    return {name: cells(table, name, rows) for name in table.columns}


def values_of(rows: int = 100_000, **facts: Any) -> list[Any]:
    """Return a column `v` of these facts."""
    return cells(bound({"v": facts}, rows), "v")


def month_later(date: dt.date, months: int) -> dt.date:
    """Return the day so many months later, at most the month's last, by Python's own calendar."""
    ahead = date.year * 12 + date.month - 1 + months
    year, month = ahead // 12, ahead % 12 + 1
    return dt.date(year, month, min(date.day, calendar.monthrange(year, month)[1]))


_RARE = {"time": dt.time, "interval": dt.timedelta, "bytes": bytes, "bits": str}


def assert_of_type(values: list, kind: str) -> None:  # noqa: C901 -- one for each family
    """Fail when a value is none that the type stores."""
    of = parse_type(kind)
    match of.family:
        case "integer":
            least, most = of.integer_bounds
            assert all(isinstance(v, int) and least <= v <= most for v in values)
        case "decimal":
            least, most = of.unit_bounds
            assert all(least <= v.scaleb(of.scale) <= most for v in values)
            assert {-of.scale} == {v.as_tuple().exponent for v in values}
        case "float":
            assert all(abs(float(v)) < 1e30 for v in values)
        case "date":
            assert all(type(v) is dt.date for v in values)
        case "timestamp":
            assert all(isinstance(v, dt.datetime) for v in values)
        case "boolean":
            assert {True, False} >= set(values)
        case "uuid":
            assert [str(uuid.UUID(v)) for v in values] == values
        case "time" | "interval" | "bytes" | "bits":
            assert {type(v) for v in values} <= {_RARE[of.family]}
        case "json":
            assert all(isinstance(json.loads(v), dict) for v in values)
        case "enum":
            assert set(of.values) >= set(values)
        case "array":
            assert all(isinstance(v, list) for v in values)
        case _:
            assert all(isinstance(v, str) and (v or of.name == "set") for v in values)
            assert of.length is None or max(map(len, values)) <= of.length


GENERATED: dict[str, dict[str, Any]] = {
    "auto": {},
    "by_type": {},
    "secondary_address": {},
    "currency_code": {},
    "currency": {},
    "language_code": {},
    "time_zone": {},
    "color": {},
    "latitude": {"type": "decimal(9,6)"},
    "longitude": {"type": "decimal(9,6)"},
    "iban": {},
    "url": {},
    "slug": {},
    "file_name": {},
    "mime_type": {},
    "ip_address": {},
    "mac_address": {},
    "user_agent": {},
    "placeholder_secret": {},
    "address": {},
    "array": {
        "type": "text[]",
        "generator_params": {"element": "word", "distinct": True, "element_null_probability": 0.1},
    },
    "annual_income": {"type": "decimal(12,2)"},
    "boolean": {"type": "boolean"},
    "choice": {"generator_params": {"values": ["a", "b", "it's"]}},
    "city": {},
    "company": {},
    "company_email": {},
    "company_name": {},
    "constant": {"generator_params": {"value": "ok"}},
    "country": {},
    "credit_bureau": {},
    "credit_score": {"type": "int"},
    "date_between": {
        "type": "date",
        "generator_params": {"start_date": "2020-01-31", "end_date": "2024-02-29"},
    },
    "date_of_birth": {"type": "date"},
    "date_past": {"type": "date"},
    "boolean_random": {"type": "boolean", "generator_params": {"probability_true": 0.8}},
    "country_code": {"type": "char(2)"},
    "state_code": {"type": "char(2)"},
    "lorem_paragraph": {"type": "text"},
    "lorem_ipsum": {"type": "text", "generator_params": {"paragraphs": 2}},
    "json_object": {
        "type": "json",
        "generator_params": {"schema": {"a": "string", "b": "integer", "c": "boolean"}},
    },
    "diagnosis_code": {"type": "varchar(10)"},
    "diagnosis": {"type": "varchar(120)"},
    "medication": {"type": "varchar(60)"},
    "visit_type": {"type": "varchar(20)"},
    "insurance_provider": {"type": "varchar(40)"},
    "category": {"type": "varchar(40)"},
    "price": {"type": "decimal(8,2)"},
    "sku": {"type": "varchar(20)"},
    "order_status": {"type": "varchar(20)"},
    "decimal_range": {"type": "decimal(12,3)", "generator_params": {"min": -5, "max": 1000}},
    "domain": {},
    "email": {},
    "employment_status": {},
    "enum": {"type": "int", "generator_params": {"values": [{"value": 3, "weight": 9}, 5]}},
    "expression": {
        "type": "bigint",
        "generator_params": {"expression": "row_number * 10 + random(0, 9)"},
    },
    "first_name": {},
    "float_range": {"type": "double", "generator_params": {"precision": 5}},
    "full_name": {},
    "int_range": {"type": "bigint", "generator_params": {"min": -(10**12), "max": 10**12}},
    "interest_rate": {"type": "decimal(5,2)"},
    "job_title": {},
    "last_name": {},
    "loan_amount": {"type": "decimal(12,2)"},
    "loan_number": {},
    "loan_status": {},
    "loan_term": {"type": "int"},
    "paragraph": {"type": "text"},
    "password": {},
    "payment_status": {},
    "pattern": {"generator_params": {"pattern": "AB-####-??"}},
    "regex": {"generator_params": {"pattern": "^[A-Z](\\d{3}|[a-f]+)$"}},
    "phone": {},
    "phrase": {},
    "product_name": {},
    "random_bits": {"type": "bit(8)"},
    "random_bytes": {"type": "blob"},
    "sentence": {},
    "sequence": {"type": "int"},
    "spelled": {"type": "inet"},
    "ssn": {},
    "ssn_last_4": {},
    "state": {},
    "text": {"type": "text"},
    "range": {"type": "numrange", "generator_params": {"min": 10, "max": 2000}},
    "time_between": {"type": "time"},
    "timestamp_between": {
        "type": "timestamp",
        "generator_params": {"start_date": "2020-01-31", "end_date": "2024-02-29T12:00:00"},
    },
    "timestamp_future": {"type": "timestamp"},
    "timestamp_past": {"type": "timestamp"},
    "username": {},
    "uuid": {"type": "uuid"},
    "weighted": {"generator_params": {"values": [1, 2.5, "x"]}},
    "weighted_boolean": {"type": "boolean", "generator_params": {"true_weight": 0.9}},
    "word": {},
    "zip_code": {},
}
"""A column of every generator that stands alone; the type is varchar(255) where none is given."""

OF_LOANS = {
    "maturity_date",
    "payment_amount",
    "payment_date",
    "payment_interest",
    "payment_number",
    "payment_principal",
}
"""Generators that need other columns; fintech-loans has a column of each."""

WITH_OTHERS: dict[str, dict[str, Any]] = {
    "dataset": {"generator_params": {"dataset": "places", "column": "city"}},
    "date_after": {"type": "date", "generator_params": {"after": "born", "max_days": 500}},
    "timestamp_after": {
        "type": "timestamp",
        "generator_params": {"after": "born", "min_days": 1, "max_days": 500},
    },
    "snowflake": {"type": "bigint", "generator_params": {"at": "born"}},
}
"""Generators that need a date beside them, `born`, or the schema's dataset `places`."""

PLACES: dict[str, Any] = {
    "columns": ["city", "state", "zip", "people"],
    "rows": [
        ["Boston", "MA", "02108", 10],
        ["Worcester", "MA", "01602", 3],
        ["Denver", "CO", "80202", 7],
        ["Reno", "NV", "89501", 2],
    ],
    "weight": "people",
}

LAWS: dict[str, dict[str, Any]] = {
    "normal": {"mean": 500, "std_dev": 200},
    "lognormal": {"median": 100, "sigma": 1.5},
    "exponential": {"mean": 90},
    "zipf": {"exponent": 1.1},
    "weighted": {"values": [{"value": 1, "weight": 2}, {"value": 7}]},
    "weighted_ranges": {"ranges": [{"min": 0, "max": 9, "weight": 3}, {"min": 500, "max": 999}]},
}


def generated(name: str, **facts: Any) -> dict[str, Any]:
    """Return a column of that generator."""
    return {"type": "varchar(255)", "generator": name, **GENERATED[name], **facts}


def everything(rows: int = 6000) -> Schema:
    """Return a schema with every generator, law, type and kind of a foreign key, and nulls."""
    wide: Columns = {f"g_{name}": generated(name) for name in GENERATED}
    odd = ("email", "uuid", "loan_number", "phone", "address", "sequence")
    wide |= {f"u_{name}": generated(name, unique=True) for name in odd}
    laws: Columns = {
        f"l_{name}": {
            "type": "int",
            "generator": "int_range",
            "generator_params": {"min": 0, "max": 100_000, "distribution": name, **parameters},
        }
        for name, parameters in LAWS.items()
    }
    types = (*("tinyint", "smallint", "int", "bigint", "decimal(18,9)", "float", "double", "text"),
             *("varchar(3)", "varchar(20)", "char(1)", "date", "datetime", "timestamp", "boolean"),
             *("json", "uuid", "enum('a','it''s')"))  # fmt: skip
    plain: Columns = {f"t_{n}": {"type": t, "nullable": True} for n, t in enumerate(types)}

    def key(table: str, **facts: Any) -> dict[str, Any]:
        shape = {"fan_out": facts.pop("fan_out")} if "fan_out" in facts else {}
        return {"type": "bigint", "foreign_key": {"table": table, "column": "id", **shape}, **facts}

    return schema_of(
        wide=(rows, wide),
        plain=(rows // 2, plain | laws | {"up": key("plain", nullable=True)}),
        links=(
            rows,
            {
                "any_wide": key("wide"),
                "own_wide": key("wide", unique=True),
                "any_plain": key("plain", nullable=True),
                "run_plain": key("plain", fan_out="grouped"),
                "name": generated("full_name"),
            },
        ),
        **_with_keys(rows, key),
    )


def _with_keys(rows: int, key: Callable[..., dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """Return tables with composite keys, a junction, a tree of bounded depth, and a circle."""
    by_law = {"type": "grouped", "distribution": "lognormal", "sigma": 1.5}
    popular = {"type": "random", "distribution": "zipf"}
    number = {"type": "int", "generator": "ordinal", "generator_params": {"step": 10}}
    part = {"type": "bigint", "nullable": True}
    of_line = {"columns": ["w", "n"], "table": "lines", "references": ["wide_id", "line_no"]}
    return {
        "lines": (
            rows,
            {
                "wide_id": key("wide", primary_key=True, fan_out=by_law),
                "line_no": {"type": "bigint", "primary_key": True},
                "tenth": number,
            },
        ),
        "notes": (rows // 2, {"w": part, "n": part}, {"foreign_keys": [of_line]}),
        "pairs": (
            rows,
            {"plain_id": key("plain", fan_out=popular), "wide_id": key("wide")},
            {"unique": [["plain_id", "wide_id"]]},
        ),
        "tree": (
            rows,
            {"up": key("tree", nullable=True, fan_out={"type": "tree", "max_depth": 4})},
        ),
        "staff": (rows, {"office_id": key("offices", fan_out=by_law)}),
        "offices": (rows // 9, {"head_id": key("staff", nullable=True)}),
    }
