"""
The parameters of any generator, drawn from the struct that the registry has for it.

A parameter whose value must fit others (bounds, dates, names of columns) is drawn by its name; all
others by the type of their field, so that a new generator's are met without a change here.
"""

from __future__ import annotations

import datetime as dt
import types
import typing
from collections.abc import Callable
from typing import Any

import msgspec
from fuzz import laws, odd, rare
from fuzz.drafts import Raw, SchemaDraft, TableDraft, family, sql_type
from fuzz.draw import Draw
from fuzz.expressions import expression
from msgspec import Meta

from shardgen.generators.generator import Generator
from shardgen.generators.registry import GENERATORS
from shardgen.random.distributions import Distribution

PATTERNS = (
    *("AB-####-??", "#####", "[a-z]{3}-##", "ID#######", "????????", "##/##", "x", "é##"),
    *("[A-F0-9]{8}", "\\##", "(a|b)##", "", "#" * 60, "[", "[z-a]", "{", "a{2,1}", "[]", "\\"),
    "[\ud800-\udfff]",
)
BOUNDS = {
    "integer": (-100, 1000),
    "decimal": (-9, 9),
    "float": (-1000, 1e6),
    "boolean": (0, 1),
    "text": (0, 9),
    "interval": (0, 10**6),
    "bits": (0, 1),
}
STEPS = (1, 1, 2, 3, 5, -1, 10, 1000)
WORDS = ("ok", "a", "b", "it's", "Zürich", "x" * 9, "new", "1", "日本")


def parameters(draw: Draw, name: str, facts: Raw, table: TableDraft, schema: SchemaDraft) -> Raw:
    """Return what `generator_params` says of a generator on a column of these facts."""
    kind = GENERATORS[name]
    made: Raw = {}
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    if "min" in fields and "max" in fields:
        made |= _bounds(draw, kind, facts)
    if {"start_date", "end_date"} <= fields.keys():
        made |= _dates(draw, timestamps=fields["start_date"].type is str)
    made |= _ordered(draw, fields)
    for field in fields.values():
        if field.name in made or field.name in ("min", "max", "method"):
            continue
        if field.name in LEFT_OUT and not draw.odd():
            continue
        if not field.required and not draw.chance(0.25):
            continue
        if field.name == "seasonal" and not draw.odd() and not goes_with_seasons(made, facts):
            continue
        made |= _parameter(draw, field, facts, table, schema, made)
    if draw.odd():
        made[draw.among(["min", "max", "values", "x", "precision", odd.text(draw)])] = odd.value(
            draw
        )
    return made


def _bounds(draw: Draw, kind: type[Generator], facts: Raw) -> Raw:
    """Return `min`, `max` and perhaps a law between them, mostly such as the column holds."""
    of = sql_type(facts["type"])
    low, high = BOUNDS.get(of.family, (0, 100))
    usual = {f.name: f.default for f in msgspec.structs.fields(kind) if f.name in ("min", "max")}
    if "step" in kind.__struct_fields__ or kind.__name__ in ("CreditScore", "InterestRate"):
        low, high = usual["min"], usual["max"]
    elif of.family == "integer":
        least, most = of.integer_bounds
        low, high = least, min(most, 2**63 - 1)
        if not draw.chance(0.3):
            low = max(least, -99)
            high = min(low + 198, most)
    elif of.family == "decimal":
        most = min(of.unit_bounds[1] // 10**of.scale, 10**17)
        low, high = -most, most
    if facts.get("unique") and of.family != "boolean":
        low, high = (0, max(high, 10**6)) if of.family in ("float", "text") else (low, high)
    ends = sorted([laws.number(draw, low, high), laws.number(draw, low, high)])
    if facts.get("unique"):
        ends = [low, high]
    whole = any(f.name == "min" and f.type is int for f in msgspec.structs.fields(kind))
    if whole and not draw.odd():
        ends = [int(end) for end in ends]
    if draw.odd():
        ends.reverse()
    made = dict(zip(("min", "max"), ends, strict=True))
    if draw.chance(0.35) and (not facts.get("unique") or draw.odd()):
        made |= laws.distribution(draw, *ends, whole_numbers=whole)
    return made


PAIRS = (
    ("days_ago_min", "days_ago_max", 3000),
    ("days_ahead_min", "days_ahead_max", 900),
    ("min_days", "max_days", 400),
    ("min_age", "max_age", 100),
    ("min_length", "max_length", 9),
)
"""Parameters that are the ends of a range, and the greatest that is usual."""


def _ordered(draw: Draw, fields: Raw) -> Raw:
    """Return both ends of the generator's ranges of days or years, or neither."""
    made: Raw = {}
    for first, last, most in PAIRS:
        if first in fields and draw.chance(0.4) and "start_date" not in fields:
            ends = [laws.whole(draw, 0, most), laws.whole(draw, 0, most)]
            made |= dict(zip((first, last), ends if draw.odd() else sorted(ends), strict=True))
    return made


ELEMENTS: tuple[Any, ...] = (
    *("word", "phrase", "sentence"),
    {"generator": "int_range", "generator_params": {"min": 1, "max": 9}},
    {"generator": "choice", "generator_params": {"values": ["a", "it's", '"', "\\"]}},
)
"""What makes the elements of an array."""

LEFT_OUT = {"years_ago", *(name for first, last, _ in PAIRS for name in (first, last))}
"""Parameters that are drawn as pairs, or that exclude another; alone they are odd."""


def goes_with_seasons(made: Raw, facts: Raw) -> bool:
    return "distribution" not in made and not facts.get("unique")


def _dates(draw: Draw, *, timestamps: bool) -> Raw:
    wide = 20_000 if draw.chance(0.2) else 4000
    start = dt.date(2012, 1, 1) + dt.timedelta(draw.whole(-wide, wide))
    end = start + dt.timedelta(draw.whole(0, 4000))
    texts = [start.isoformat(), end.isoformat()]
    if timestamps and draw.chance(0.5):
        texts = [f"{texts[0]}T00:00:00", f"{texts[1]} 23:59:59"]
    made = [draw.among(odd.DATES) if draw.odd() else text for text in texts]
    return dict(zip(("start_date", "end_date"), made, strict=True))


def _parameter(
    draw: Draw, field: Any, facts: Raw, table: TableDraft, schema: SchemaDraft, made: Raw
) -> Raw:
    """Return one parameter by its name: what it says, and what goes with it."""
    name = field.name
    if draw.odd():
        return {name: odd.value(draw)}
    makers: dict[str, Callable[[], Any]] = {
        "expression": lambda: expression(draw, facts, table),
        "pattern": lambda: draw.among(PATTERNS[:9] if facts.get("unique") else PATTERNS),
        "after": lambda: _column(draw, table, "date", "timestamp"),
        "based_on": lambda: _column(draw, table, "date", "timestamp"),
        "before": lambda: draw.among(["as_of", _column(draw, table, "date", "timestamp")]),
        "months_forward": lambda: draw.among([_column(draw, table, "integer"), 0, 1, 12, 60]),
        "relation": lambda: draw.among(table.grouped or ["none"]),
        "value": lambda: draw.among(suited(facts)),
        "start": lambda: draw.among(STEPS),
        "step": lambda: draw.among(STEPS),
        "start_time": lambda: draw.among(["00:00:00", "09:00:00", "12:30:00"]),
        "end_time": lambda: draw.among(["17:30:00", "23:59:59", "12:30:00"]),
        "seasonal": lambda: _seasons(draw, facts, made),
        "element": lambda: draw.among(ELEMENTS),
    }
    if name in makers:
        return {name: makers[name]()}
    if name in ("dataset", "column", "draw", "given"):  # all drawn with the first
        return _of_dataset(draw, table, schema) if name == "dataset" else {}
    if name.endswith("_column"):
        return {name: draw.among([*table.columns])} if table.columns and draw.chance(0.3) else {}
    if name == "distribution":
        excluded = (facts.get("unique") and not draw.odd()) or "start_date" in made
        return {} if excluded else _law_of_days(draw, made)
    return {name: by_type(draw, field.type, facts)}


def _seasons(draw: Draw, facts: Raw, made: Raw) -> Raw:
    moments = family(facts["type"]) == "timestamp" and "after" not in made
    return laws.seasons(draw, hours=moments or draw.odd())


def _column(draw: Draw, table: TableDraft, *families: str) -> str:
    """Return a column of these families, of the row or of a parent."""
    paths = table.families(*families, nullable=draw.chance(0.3))
    for relation, parent in table.parents.items():
        if parent is not table:
            paths += [f"{relation}.{column}" for column in parent.families(*families)]
    return draw.among(paths) if paths else draw.among([*table.columns, "none"])


def _of_dataset(draw: Draw, table: TableDraft, schema: SchemaDraft) -> Raw:
    if not schema.datasets:
        return {"dataset": "none"}
    name = draw.among([*schema.datasets])
    columns = schema.datasets[name]
    made: Raw = {"dataset": name}
    if draw.chance(0.8):
        made["column"] = draw.among(columns)
    if draw.chance(0.2):
        made["draw"] = draw.among(["one", "two"])
    if draw.chance(0.1) and table.columns:
        made["given"] = {draw.among(columns): draw.among([*table.columns])}
    return made


def _law_of_days(draw: Draw, made: Raw) -> Raw:
    low, high = next(
        ((made[first], made[last]) for first, last, _ in PAIRS if {first, last} <= made.keys()),
        (20, 70),
    )
    if not (isinstance(low, int) and isinstance(high, int) and low < high):
        return {}
    return laws.distribution(draw, low, high, whole_numbers=True)


def by_type(draw: Draw, kind: Any, facts: Raw) -> Any:  # noqa: C901, PLR0911 -- a case each
    """Return a value of a field's type; a few of them are odd."""
    meta = Meta()
    while hasattr(kind, "__metadata__"):
        meta, kind = kind.__metadata__[0], kind.__origin__
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return by_type(draw, draw.among([a for a in arguments if a is not type(None)]), facts)
    if origin is typing.Literal:
        return draw.among(arguments)
    if origin is tuple:
        return values(draw, facts)
    if origin is dict:
        return {}
    if kind is bool:
        return draw.chance(0.5)
    if kind in (int, float):
        low = meta.ge if meta.ge is not None else 1 if meta.gt is not None else -100
        high = meta.le if meta.le is not None else 1000
        return draw.whole(low, high) if kind is int else draw.number(low, high)
    if kind is str:
        return draw.among(WORDS)
    if kind is dt.date:
        return "2021-05-05"
    if isinstance(kind, type) and issubclass(kind, Distribution):
        return "uniform"
    return odd.value(draw)


def values(draw: Draw, facts: Raw) -> list[Any]:
    """Return the values of a choice, such as the column holds."""
    made = [laws.listed(draw, value) for value in draw.sample(suited(facts), 4)]
    if draw.odd():
        made.append(laws.listed(draw, odd.value(draw)))
    return [] if draw.odd() else made


def suited(facts: Raw) -> tuple[Any, ...]:
    """Return values that a column of that type holds."""
    of = sql_type(facts["type"])
    known_rare = rare.BY_NAME.get(of.name, rare.BY_FAMILY.get(of.family))
    if known_rare is not None:
        return known_rare
    known: dict[str, tuple[Any, ...]] = {
        "integer": (1, 2, 3, 7, 100, -5, 0),
        "decimal": (0, 0.5, 1, 2.25, -1),
        "float": (0, 0.5, 1.25, -3, 1e9),
        "boolean": (True, False),
        "date": ("2024-01-31", "2020-02-29", "1999-12-31"),
        "timestamp": ("2024-01-31", "2020-02-29T10:00:00", "1999-12-31 23:59:59"),
        "json": ("{}", "[1, 2]", '{"a": "b"}', "null", '"x"'),
        "uuid": ("00000000-0000-4000-8000-000000000000", "123e4567-e89b-42d3-a456-426614174000"),
        "enum": of.values,
        "array": ([1, 2], [3], []),
    }
    return known.get(of.family, WORDS)
