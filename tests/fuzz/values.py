"""What every value must be: of its column's type, within stated bounds, not null, never twice."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import math
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Context, Decimal
from itertools import repeat
from typing import Any

import msgspec
import numpy as np
from fuzz.findings import FoundError

from shardgen.generators.registry import GENERATORS
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.model import GroupedFanOut
from shardgen.schema.types import ColumnType
from shardgen.tables.casts import cast
from shardgen.tables.values import Dictionary, Pool

Values = dict[str, list[Any]]
"""The values of a table's columns by name."""

_UUID = re.compile(r"[0-9a-f]{8}(-?)([0-9a-f]{4}\1){3}[0-9a-f]{12}")
RANGES = {"int_range", "decimal_range", "float_range", "loan_amount", "annual_income"}


def check_table(table: CatalogTable, values: Values) -> None:
    """FoundError for the first value that its column does not allow."""
    for column in (column for column in table.columns if column.name in values):
        made = values[column.name]
        shown = [value for value in made if value is not None]
        if len(shown) < len(made) and not column.nullable:
            raise _found("null", column, None)
        for value in shown:
            if not is_of_type(value, column.sql_type):
                raise _found(f"no {column.sql_type.family}", column, value)
        _check_bounds(column, shown)
        if column.is_key and len(set(map(_hashable, shown))) < len(shown):
            raise _found("twice", column, sorted(map(repr, shown))[:20])
    sets = [(names, True) for names in (table.primary_key, *table.unique_sets)]
    for names, _ in sets:
        rows = [row for row in _rows(values, names) if None not in row]
        if len(set(rows)) < len(rows):
            message = f"columns {names} of {table.name!r} have a combination twice"
            raise FoundError("values", "combination twice", message)


def _rows(values: Values, names: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    """Yield the values of some columns row by row, such as sets can hold."""
    return zip(*(map(_hashable, values[name]) for name in names), strict=True)


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


def check_references(tables: dict[str, CatalogTable], values: dict[str, Values]) -> None:
    """FoundError for the first foreign key that leads to no row."""
    for name, table in tables.items():
        for reference in table.references:
            keys = {row for row in _rows(values[name], reference.columns) if None not in row}
            if lost := keys - {*_rows(values[reference.table], reference.parent_columns)}:
                message = f"{name!r} {reference.columns}: {list(lost)[:3]}"
                raise FoundError("values", "a key to nowhere", message)


def check_order(table: CatalogTable, values: Values) -> None:
    """FoundError for a value that does not rise or fall as its column says."""
    for column in table.columns:
        if column.order is None:
            continue
        groups: dict[Any, list[Any]] = defaultdict(list)
        leads = next((r for r in table.references if isinstance(r.shape, GroupedFanOut)), None)
        parents = zip(*(values[c] for c in leads.columns), strict=True) if leads else repeat(())
        for parent, value in zip(parents, values[column.name], strict=False):
            if value is not None and None not in parent:
                groups[parent].append(value)
        rank = {value: n for n, value in enumerate(_listed(column))}  # the order of its texts
        for made in groups.values():
            inside = [rank[value] for value in made] if rank else [*map(_number, made)]
            if inside != sorted(inside, reverse=column.order == "falling"):
                raise _found(f"not {column.order}", column, made[:9])


def _number(value: Any) -> Any:
    """Return the number that a text writes out, anything else as it is."""
    try:
        return Decimal(value) if isinstance(value, str) else value
    except ArithmeticError:
        return value


def _listed(column: CatalogColumn) -> list[Any]:
    """Return the values that a choice draws from, in their order; none of numbers and dates."""
    of = column.sql_type
    own = _own_values(column.generator)
    given = None if own is None else column.generator_params.get("values") or own
    if not isinstance(given, (list, tuple)) or of.family not in _OF_TEXT:
        return []
    texts = [_text_of(each) for each in given]
    values = cast(Dictionary(np.arange(len(texts)), Pool(texts)), of).python()
    return values if len(set(values)) == len(values) else []


_OF_TEXT = ("text", "json", "enum", "uuid", "bytes", "bits")
"""Families whose listed values rise as they stand, and not by their size."""


def _own_values(generator: str | None) -> Any:
    """Return what a generator lists itself, such as kinds of visits; None where it lists none."""
    if generator not in GENERATORS:
        return None
    if generator == "payment_status":
        return ("paid", "pending", "late", "missed")
    fields = {field.name: field for field in msgspec.structs.fields(GENERATORS[generator])}
    if "values" not in fields:
        return None
    return () if fields["values"].required else fields["values"].default


def _text_of(listed: Any) -> str:
    value = listed["value"] if isinstance(listed, dict) else getattr(listed, "value", listed)
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def check_key_rules(tables: dict[str, CatalogTable], values: dict[str, Values]) -> None:
    """FoundError for a key that leads to where its `within` or `differs_from` does not let it."""
    for name, table in tables.items():
        for column in table.columns:
            key, own = column.foreign_key, values[name]
            if key is None:
                continue
            if key.differs_from is not None and key.differs_from in own:
                pairs = zip(own[column.name], own[key.differs_from], strict=True)
                if any(a == b and a is not None for a, b in pairs):
                    raise _found("the same parent", column, own[column.name][:9])
            if isinstance(key.within, str):
                parent = values[key.table]
                of = dict(zip(parent[key.column], parent[key.within], strict=True))
                pairs = zip(own[column.name], own[key.within], strict=True)
                if any(of[a] != b for a, b in pairs if a is not None):
                    raise _found("not within", column, own[column.name][:9])


def _check_bounds(column: CatalogColumn, shown: list[Any]) -> None:
    if column.generator not in RANGES or not shown:
        return
    facts, family = column.generator_params, column.sql_type.family
    if family not in ("integer", "decimal", "float"):
        return
    exact = _exact_decimal if family == "decimal" else float
    low, high = facts.get("min"), facts.get("max")
    if isinstance(low, (int, float)) and exact(min(shown)) < exact(low):
        raise _found("below min", column, min(shown))
    if isinstance(high, (int, float)) and exact(max(shown)) > exact(high):
        raise _found("above max", column, max(shown))


def _exact_decimal(number: Decimal | float) -> Decimal:
    """Return a number as it is written: 0.1 is a tenth."""
    return number if isinstance(number, Decimal) else Decimal(repr(number))


def _found(what: str, column: CatalogColumn, value: Any) -> FoundError:
    maker = column.generator or ("foreign key" if column.foreign_key else "by type")
    where = f"{what}, {maker} on {column.sql_type.name}"
    return FoundError("values", where, f"{column.path}: {value!r}")


def is_of_type(value: Any, of: ColumnType) -> bool:  # noqa: C901, PLR0911 -- one for each family
    """Return whether a column of that type can hold the value."""
    match of.family:
        case "integer":
            least, most = of.integer_bounds
            return type(value) is int and least <= value <= most
        case "decimal":
            least, most = of.unit_bounds
            return isinstance(value, Decimal) and least <= value.scaleb(of.scale, _EXACT) <= most
        case "float":
            return isinstance(value, (float, Decimal)) and math.isfinite(value)
        case "date":
            return type(value) is dt.date
        case "timestamp":
            return isinstance(value, dt.datetime)
        case "time" | "interval" | "bytes" | "bits":
            return _is_of_rare_type(value, of)
        case "boolean":
            return isinstance(value, bool)
        case "uuid":
            return isinstance(value, str) and _UUID.fullmatch(value) is not None
        case "json":
            return isinstance(value, str) and _is_json(value)
        case "enum":
            return value in of.values
        case "array":
            inner = of.element
            assert inner is not None
            return isinstance(value, list) and all(
                each is None or is_of_type(each, inner) for each in value
            )
    if of.name == "set":
        places = [of.values.index(part) for part in value.split(",") if part in of.values]
        return value == ",".join(of.values[place] for place in sorted(set(places)))
    return _is_text(value) and (of.length is None or len(value) <= of.length)


_EXACT = Context(prec=200)


def _is_of_rare_type(value: Any, of: ColumnType) -> bool:
    match of.family:
        case "time":
            return type(value) is dt.time and value.tzinfo is None
        case "interval":
            return type(value) is dt.timedelta and value >= dt.timedelta()
        case "bytes":
            return type(value) is bytes and _has_length(len(value), of)
    return re.fullmatch("[01]*", str(value)) is not None and _has_length(len(value), of)


def _has_length(length: int, of: ColumnType) -> bool:
    """Return whether so many bytes or bits are as many as a type has, or no more."""
    if of.length is None:
        return True
    return length == of.length if of.name in ("binary", "bit") else length <= of.length


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value and not re.search("[\ud800-\udfff]", value)


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except ValueError:
        return False
    except RecursionError:  # deeper than Python reads, which says nothing of it
        with contextlib.closing(sqlite3.connect(":memory:")) as database:
            return database.execute("select json_valid(?)", (value,)).fetchone() == (1,)
    return _is_text(value)
