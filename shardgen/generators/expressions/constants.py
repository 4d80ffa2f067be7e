"""Typed nodes whose value is written out, or the same in all rows."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.generators.expressions.numbers import Numbers, whole_numbers
from shardgen.generators.expressions.syntax import Constant, Node
from shardgen.generators.expressions.texts import literal_text
from shardgen.generators.expressions.typed import Computed, Kind, NullReason, Typed
from shardgen.tables.calendar import EPOCH
from shardgen.tables.values import DAY

if TYPE_CHECKING:
    from shardgen.generators.expressions.typed import Nulls, Value
    from shardgen.tables.batch import Batch

_DATE_OR_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?")
_DATE_LENGTH = 10


class SameInAllRows(msgspec.Struct, frozen=True, eq=False):
    """A value that every row has."""

    value: Value
    nulls: Nulls = None

    def __call__(self, batch: Batch) -> Computed:
        """Return the value."""
        del batch
        return self.value, self.nulls


def typed_constant(node: Constant) -> Typed:
    """Return a value that is written out as a typed node."""
    value = node.value
    match value:
        case None:
            return always_null(node, "it is null")
        case bool():
            return Typed(node, "boolean", SameInAllRows(np.bool_(value)), constant=value)
        case str():
            return Typed(node, "text", SameInAllRows(literal_text(value)), constant=value)
    scale = -int(value.as_tuple().exponent)
    units = int(value.scaleb(scale))
    number = Numbers(np.int64(units), scale, units, units)
    return Typed(node, "decimal" if scale else "integer", SameInAllRows(number), constant=value)


def always_null(node: Node, why: str) -> Typed:
    """Return a node that is null in every row, and has no other kind."""
    return Typed(node, "null", SameInAllRows(None, np.True_), NullReason(node, why))


def temporal_constant(node: Node, kind: Kind, units: int) -> Typed:
    """Return a date or a timestamp for all rows, in days or seconds since 1970."""
    return Typed(node, kind, SameInAllRows(whole_numbers(np.int64(units), units, units)))


def read_temporal(of: Typed) -> Typed:
    """
    Return text that is written out as the date or the timestamp that it reads; others as they are.

    ExpressionError when such a text is neither.
    """
    text = of.constant
    if not isinstance(text, str):
        return of
    try:
        at = dt.datetime.fromisoformat(text) if _DATE_OR_TIMESTAMP.fullmatch(text) else None
    except ValueError:
        at = None
    if at is None:
        hint = "write '2024-12-31' or '2024-12-31 23:59:59'"
        raise of.node.wrong(f"{text!r} is no date", hint)
    days = (at.date() - EPOCH).days
    if len(text) == _DATE_LENGTH:
        return temporal_constant(of.node, "date", days)
    seconds = days * DAY + at.hour * 3600 + at.minute * 60 + at.second
    return temporal_constant(of.node, "timestamp", seconds)
