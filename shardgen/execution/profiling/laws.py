"""Facts of a column → the generator that makes such values, and its parameters."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from shardgen.execution.profiling.facts import ColumnFacts, Points, ValueShare
from shardgen.schema.types import ColumnType

Made = tuple[str, dict[str, Any]]
"""The name of a generator, and its parameters."""

_EPOCH = dt.date(1970, 1, 1)
_RUN = re.compile(r"(A+|a+|9+|.)")
_CLASSES = {"A": "[A-Z]", "a": "[a-z]", "9": "[0-9]"}
_BOOLEANS = {"t": True, "true": True, "1": True, "f": False, "false": False, "0": False}
_MOST_DIGITS = 15
_WHOLE = 100_000  # what weights add up to: shares would be rounded to something beside 1


def law_of(facts: ColumnFacts, kind: ColumnType) -> Made | None:
    """Return what makes values of a type by the facts; None where they say nothing of it."""
    if facts.taken == "share" or (facts.taken == "values" and kind.family == "boolean"):
        return "weighted_boolean", {"true_weight": _true_share(facts.values)}
    if facts.taken == "values":
        return _listed(facts.values, kind)
    if facts.taken == "shapes":
        return "regex", {"pattern": regex_of(facts.shapes)}
    if facts.taken == "quantiles":
        return _by_quantiles(facts, kind)
    return None


def _true_share(values: Sequence[ValueShare]) -> float:
    true = sum(v.share for v in values if _BOOLEANS.get(str(v.value).lower(), False))
    return round(true, 5)


def _listed(values: Sequence[ValueShare], kind: ColumnType) -> Made | None:
    numbers = [v.value for v in values if isinstance(v.value, (int, float))]
    listed = [{"value": v.value, "weight": max(round(v.share * _WHOLE), 1)} for v in values]
    if len(numbers) == len(values) and kind.family in ("integer", "decimal", "float"):
        name = {"integer": "int_range", "decimal": "decimal_range", "float": "float_range"}
        law = {"type": "weighted", "values": listed}
        more = {"precision": _places(numbers)} if kind.family == "float" else {}
        return name[kind.family], {"distribution": law, **more}
    if kind.family in ("text", "enum"):
        return "weighted", {"values": listed}
    return None


def _by_quantiles(facts: ColumnFacts, kind: ColumnType) -> Made | None:
    if kind.family == "integer":
        return "int_range", {"distribution": points_law(_whole(facts.points))}
    if kind.family == "decimal":
        return "decimal_range", {"distribution": points_law(facts.points)}
    if kind.family == "float":
        values = [value for _, value in facts.points]
        return "float_range", {
            "distribution": points_law(facts.points),
            "precision": _places(values),
        }
    if kind.family in ("date", "timestamp"):
        return _times(facts)
    return None


def _whole(points: Points) -> Points:
    return tuple((share, int(value)) for share, value in points)


def points_law(points: Points) -> dict[str, Any]:
    """Return a law of quantiles as a schema writes it."""
    return {"type": "quantiles", "points": [[share, _plain(value)] for share, value in points]}


def _plain(value: float) -> int | float:
    return int(value) if value == int(value) and abs(value) < 1e15 else value


def _places(values: Sequence[float]) -> int:
    """Return how many decimal places a float's numbers need to lie apart as they do."""
    span = max((abs(value) for value in values), default=0.0)
    whole = len(str(int(span)))
    return max(0, min(12, 9 - whole, _MOST_DIGITS - whole))


def _times(facts: ColumnFacts) -> Made:
    first = int(facts.points[0][1])
    points = tuple((share, int(value) - first) for share, value in facts.points)
    start = _EPOCH + dt.timedelta(days=first)
    end = start + dt.timedelta(days=points[-1][1])
    parameters: dict[str, Any] = {"start_date": start.isoformat(), "end_date": end.isoformat()}
    if points[-1][1]:
        parameters["distribution"] = points_law(points)
    if facts.seasonal:
        parameters["seasonal"] = facts.seasonal
    if facts.is_day:
        return "date_between", parameters
    parameters["end_date"] = f"{end.isoformat()} 23:59:59"
    return "timestamp_between", parameters


def regex_of(shapes: Sequence[ValueShare]) -> str:
    """Return a regular expression of texts that have one of some shapes: `[A-Z]{2}-[0-9]{4}`."""
    made = [_of_shape(shape.value) for shape in shapes]
    return made[0] if len(made) == 1 else f"({'|'.join(made)})"


def _of_shape(shape: str) -> str:
    parts = []
    for run in _RUN.findall(shape):
        sign = run[0]
        if sign in _CLASSES:
            parts.append(_CLASSES[sign] + (f"{{{len(run)}}}" if len(run) > 1 else ""))
        else:
            parts.append(re.escape(sign) if sign in ".+()" else sign)
    return "".join(parts)
