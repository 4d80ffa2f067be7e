"""What is compared in a CHECK: columns, functions of them, constants and moments."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any

from shardgen.importing.checks.condition import Constant, Function, Now, Operand
from shardgen.importing.checks.surroundings import (
    NOTHING,
    Parent,
    Surroundings,
    bare_query,
    inlined,
    is_of_row,
    parent_of,
)

Node = Any
"""A node of sqlglot's trees, whose own types say less than its name does."""
_PLAIN_FUNCTIONS: dict[str, Function] = {
    "Length": "length", "Lower": "lower", "Upper": "upper", "Trim": "trim", "Abs": "abs",
}  # fmt: skip
_NAMED_FUNCTIONS: dict[str, Function] = {
    "char_length": "length", "character_length": "length", "octet_length": "length",
    "length": "length", "btrim": "trim", "cardinality": "length", "array_length": "length",
    "jsonb_typeof": "kind", "json_typeof": "kind",
}  # fmt: skip
_DAYS = {"second": 1 / 86_400, "minute": 1 / 1_440, "hour": 1 / 24, "day": 1, "week": 7,
         "month": 31, "mon": 31, "year": 366}  # fmt: skip
_WRAPPINGS = ("Paren", "Cast", "Introducer", "TryCast", "Collate", "Dot")
_NOW = ("CurrentTimestamp", "CurrentDate", "CurrentTime", "Localtimestamp")


class NotReadError(Exception):
    """A part of an expression of which no condition can be made."""


class ValueReader:
    """
    Reads the values of one table's checks; each method raises NotReadError where it cannot.

    `columns` has the columns of the table by their names in small letters, `own` those of the row
    itself where `columns` are a parent's.
    """

    def __init__(
        self,
        columns: dict[str, str],
        around: Surroundings = NOTHING,
        own: dict[str, str] | None = None,
    ) -> None:
        self._columns = columns
        self._around = around
        self._own = columns if own is None else own

    def inside(self, parent: Parent) -> ValueReader:
        """Return a reader of what is asked of a parent's row."""
        return ValueReader(parent.inside(), self._around, self._own)

    def parent(self, query: Node) -> tuple[Parent, list[Node]]:
        """Return the parent whose row a query reads, and what else it asks of that."""
        found = parent_of(query, self._around)
        if found is None:
            raise NotReadError
        return found

    def of_parent(self, node: Node) -> tuple[ValueReader, Node]:
        """Return what reads the one value that a query has of a parent's row, and that."""
        (parent, rest), items = self.parent(node), bare_query(node).expressions
        if rest or len(items) != 1:
            raise NotReadError
        return self.inside(parent), items[0].unalias()

    def inlined(self, node: Node) -> Node:
        """Return what a call of a function of the database's own is."""
        found = inlined(node, self._around)
        if found is None:
            raise NotReadError
        return found

    def name(self, node: Node) -> str:
        """Return the column that a node names."""
        plain = bare(node)
        if type(plain).__name__ != "Column":
            raise NotReadError
        columns = self._own if is_of_row(plain) else self._columns
        try:
            return columns[str(plain.name).lower()]
        except KeyError:
            raise NotReadError from None

    def has_column(self, node: Node) -> bool:
        """Return whether a column stands anywhere in a node."""
        from sqlglot import exp

        return node.find(exp.Column) is not None

    def operand(self, node: Node) -> Operand:
        """Return a column, or one function of it."""
        plain = bare(node)
        name = type(plain).__name__
        if name == "Column":
            return Operand(self.name(plain))
        if name == "Subquery":
            values, item = self.of_parent(plain)
            return values.operand(item)
        if name == "Anonymous" and str(plain.this).lower() in self._around.functions:
            return self.operand(self.inlined(plain))
        function = _PLAIN_FUNCTIONS.get(name)
        inner = plain.this
        if name in ("Anonymous", "ArraySize"):
            called = "cardinality" if name == "ArraySize" else str(plain.this).lower()
            function = _NAMED_FUNCTIONS.get(called)
            inner = plain.this if name == "ArraySize" else (plain.expressions or [None])[0]
        if function is None or inner is None:
            raise NotReadError
        operand = self.operand(inner)
        if operand.function == "trim" or operand.function is None:
            return Operand(operand.column, function)
        raise NotReadError

    def value(self, node: Node) -> Constant | Now:
        """Return what a column is compared with: a constant, or a moment counted from now."""
        plain = bare(node)
        kind = type(plain).__name__
        if kind in _NOW or (kind == "Anonymous" and str(plain.this).lower() == "now"):
            return Now()
        if kind in ("Add", "Sub"):
            moment = self.value(plain.left)
            if isinstance(moment, Now):
                days = _interval(plain.right)
                return Now(moment.days + (days if kind == "Add" else -days))
        return self.constant(node)

    def constant(self, node: Node) -> Constant:
        """Return a literal, with its sign; a text that is cast to a date is that date."""
        is_cast = type(node).__name__ == "Cast"
        plain = bare(node)
        kind = type(plain).__name__
        if kind == "Neg":
            value = self.constant(plain.this)
            if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
                return -value
        if kind == "Boolean":
            return bool(plain.this)
        if kind == "Literal":
            if plain.is_string:
                return _dated(plain.this, str(node.to).upper()) if is_cast else str(plain.this)
            try:
                return int(plain.this) if plain.this.isdecimal() else Decimal(plain.this)
            except InvalidOperation:
                raise NotReadError from None
        raise NotReadError

    def text(self, node: Node) -> str:
        """Return a constant that is a text."""
        value = self.constant(node)
        if not isinstance(value, str):
            raise NotReadError
        return value


def bare(node: Node) -> Node:
    """Return what stands in parentheses, casts and introducers of a character set."""
    while type(node).__name__ in _WRAPPINGS:
        node = node.expression if type(node).__name__ in ("Introducer", "Dot") else node.this
    return node


def _dated(text: str, kind: str) -> Constant:
    """Return a text that is cast to a date, a timestamp or a whole number as one."""
    try:
        if kind.startswith(("INT", "BIGINT", "SMALLINT")):
            return int(text)
        if kind.startswith("DATE") and len(text) <= 10:
            return dt.date.fromisoformat(text)
        if kind.startswith(("TIMESTAMP", "DATETIME", "DATE")):
            return dt.datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise NotReadError from None
    return text


def _interval(node: Node) -> float:
    """Return how many days an interval is, at most."""
    plain = bare(node)
    if type(plain).__name__ == "Interval":
        text = f"{bare(plain.this).this} {plain.args.get('unit') or ''}"
    elif type(plain).__name__ == "Literal":
        text = str(plain.this)
    else:
        raise NotReadError
    words = text.lower().split()
    try:
        pairs = [
            (float(n), _DAYS[unit.rstrip("s")])
            for n, unit in zip(words[::2], words[1::2], strict=True)
        ]
    except (ValueError, KeyError):
        raise NotReadError from None
    return sum(n * days for n, days in pairs)
