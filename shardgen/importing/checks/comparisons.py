"""Comparisons in a CHECK: of a column with a value, of two columns, of conditions, of a list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from shardgen.importing.checks.condition import (
    MIRRORED,
    All,
    AnyOf,
    Compare,
    Condition,
    Constant,
    Counted,
    In,
    IsNull,
    Known,
    Match,
    Operator,
    negated,
)
from shardgen.importing.checks.values import Node, NotReadError, ValueReader, bare
from shardgen.schema.databases import DatabaseName

OPERATORS: dict[str, Operator] = {
    "EQ": "=", "NEQ": "<>", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">=",
}  # fmt: skip
"""The comparisons, by their names in sqlglot."""


class ComparisonReader:
    """
    Reads comparisons; each method raises NotReadError where it cannot.

    `condition` reads a condition, since conditions can be compared too.
    """

    def __init__(
        self, values: ValueReader, dialect: DatabaseName, condition: Callable[[Node], Condition]
    ) -> None:
        self._values = values
        self._dialect = dialect
        self._condition = condition

    def compared(self, node: Node, operator: Operator) -> Condition:
        """Return a comparison of any kind."""
        left, right = bare(node.left), bare(node.right)
        kind, other = type(right).__name__, type(left).__name__
        if "Typeof" in (kind, other):
            return Known(truth=True)
        if kind == "Any" or (kind == "Anonymous" and str(right.this).lower() in ("all", "any")):
            return self._array(left, operator, right)
        counted = self._counted(left, operator, right)
        if counted is not None:
            return counted
        if _is_condition(left) and _is_condition(right):
            return self._agree(self._condition(left), self._condition(right), operator)
        truth = _truth(right)
        if truth is not None and _is_condition(left) and operator in ("=", "<>"):
            found = self._condition(left)
            return found if truth is (operator == "=") else negated(found)
        return self.pair(left, operator, right)

    def _agree(self, left: Condition, right: Condition, operator: Operator) -> Condition:
        """Return whether two conditions are both true or both false, or are not."""
        if operator not in ("=", "<>"):
            raise NotReadError
        other = right if operator == "=" else negated(right)
        return AnyOf((All((left, other)), All((negated(left), negated(other)))))

    def null_safe(self, node: Node, *, is_equal: bool) -> Condition:
        """Return IS [NOT] DISTINCT FROM: with NULL a value like others."""
        left, right = bare(node.left), bare(node.right)
        if type(right).__name__ == "Null":
            return IsNull(self._values.operand(left).column, not is_equal)
        pair = self.pair(left, "=" if is_equal else "<>", right)
        name = self._values.operand(left).column
        given = [IsNull(name, negated=True)]
        if type(right).__name__ == "Column":
            given.append(IsNull(self._values.name(right), negated=True))
        elif not is_equal:
            return pair
        return All((pair, *given)) if is_equal else All((pair, AnyOf(tuple(given))))

    def pair(self, left: Node, operator: Operator, right: Node) -> Condition:
        """Return a comparison of two values, a column on its left."""
        left, right = bare(left), bare(right)
        if not self._values.has_column(left):
            if not self._values.has_column(right):
                constant = self._values.constant
                return Known(_compare(constant(left), operator, constant(right)))
            left, right, operator = right, left, MIRRORED[operator]
        if type(left).__name__ == "Coalesce":
            return self._coalesced(left, operator, right)
        if self._dialect != "mysql" and type(right).__name__ == "Null":
            return Known(truth=True)  # neither true nor false
        if not self._values.has_column(right):
            return Compare(self._values.operand(left), operator, self._values.value(right))
        return self._two_columns(left, operator, right)

    def constants_in(self, node: Node) -> Condition:
        """Return whether a constant is one of some."""
        given = self._values.constant(node.this)
        others = map(self._values.constant, node.expressions)
        return Known(any(_compare(given, "=", other) for other in others))

    def _two_columns(self, left: Node, operator: Operator, right: Node) -> Condition:
        """Return `a op b`, or `a op b + constant`; `a - b op constant` is not read yet."""
        plus = Decimal(0)
        if type(left).__name__ in ("Sub", "Add") and self._values.has_column(left.left):
            raise NotReadError
        if type(right).__name__ in ("Sub", "Add") and not self._values.has_column(right.right):
            sign = 1 if type(right).__name__ == "Add" else -1
            amount = self._values.value(right.right)
            if not isinstance(amount, (int, Decimal)):
                raise NotReadError
            plus, right = Decimal(amount) * sign, bare(right.left)
        return Compare(self._values.operand(left), operator, self._values.operand(right), plus)

    def _coalesced(self, node: Node, operator: Operator, right: Node) -> Condition:
        """Return `coalesce(x, c) op v`: x is null and c op v, or x op v."""
        values, others = self._values, node.expressions
        if len(others) != 1:
            raise NotReadError
        name = values.name(node.this)
        holds = _compare(values.constant(others[0]), operator, values.constant(right))
        given = All((self.pair(node.this, operator, right), IsNull(name, negated=True)))
        return AnyOf((given, IsNull(name))) if holds else given

    def _array(self, left: Node, operator: Operator, right: Node) -> Condition:
        """Return `x = ANY(list)` and `x <> ALL(list)`, and `'' = ANY(column)`."""
        is_named = type(right).__name__ == "Anonymous"
        is_all = is_named and str(right.this).lower() == "all"
        inner = bare(right.expressions[0] if is_named else right.this)
        if type(inner).__name__ == "Column" and _is_empty_text(left):
            if (operator, is_all) != ("=", False):
                raise NotReadError
            return Match(self._values.operand(inner), '""')  # as the text of an array has it
        if type(inner).__name__ == "Array":
            values = tuple(map(self._values.constant, inner.expressions))
        elif type(inner).__name__ == "Literal" and inner.is_string:
            values = tuple(_array_literal(inner.this))
        else:
            raise NotReadError
        if (operator, is_all) not in (("=", False), ("<>", True)):
            raise NotReadError
        return In(self._values.operand(left), values, negated=is_all)

    def _counted(self, left: Node, operator: Operator, right: Node) -> Condition | None:
        """Return `num_nonnulls(a, b) = 1`, and sums of conditions that say as much."""
        if type(right).__name__ != "Literal" or right.is_string or not right.this.isdecimal():
            return None
        number = int(right.this)
        if type(left).__name__ == "Anonymous" and str(left.this).lower() in (
            "num_nonnulls",
            "num_nulls",
        ):
            names = tuple(self._values.name(bare(each)) for each in left.expressions)
            if str(left.this).lower() == "num_nonnulls":
                return Counted(names, operator, number)
            return Counted(names, MIRRORED[operator], len(names) - number)
        terms = [self._given(term) for term in _terms(left)]
        if len(terms) < 2 or None in terms:
            return None
        return Counted(tuple(filter(None, terms)), operator, number)

    def _given(self, term: Node) -> str | None:
        """Return the column of a term that is 1 where it is not null, and 0 where it is."""
        plain = bare(term)
        if type(plain).__name__ == "Case" and len(plain.args["ifs"]) == 1 and not plain.this:
            branch = plain.args["ifs"][0]
            ends = [str(bare(end).this) for end in (branch.args["true"], plain.args["default"])]
            plain = bare(branch.this)
            found = self._condition(plain)
            if ends == ["0", "1"]:
                found = negated(found)
            elif ends != ["1", "0"]:
                return None
        elif _is_condition(plain):
            found = self._condition(plain)
        else:
            return None
        return found.column if isinstance(found, IsNull) and found.negated else None


def _is_condition(node: Node) -> bool:
    name = type(node).__name__
    return name in OPERATORS or name in ("Is", "Not", "And", "Or", "In", "Between", "If")


def _is_empty_text(node: Node) -> bool:
    return type(node).__name__ == "Literal" and node.is_string and node.this == ""


def _truth(node: Node) -> bool | None:
    """Return what TRUE and FALSE say, and 1 and 0, which conditions are in MySQL and SQLite."""
    kind = type(node).__name__
    if kind == "Boolean":
        return bool(node.this)
    if kind == "Literal" and not node.is_string and node.this in ("0", "1"):
        return bool(node.this == "1")
    return None


def _terms(node: Node) -> Iterator[Node]:
    """Yield what is added up."""
    plain = bare(node)
    if type(plain).__name__ == "Add":
        yield from _terms(plain.left)
        yield from _terms(plain.right)
    else:
        yield plain


def _compare(left: Constant, operator: Operator, right: Constant) -> bool:
    if isinstance(left, str) != isinstance(right, str):
        raise NotReadError
    try:
        order = (left > right) - (left < right)  # type: ignore[operator]
    except TypeError:  # a date and a number
        raise NotReadError from None
    return {"=": order == 0, "<>": order != 0, "<": order < 0, "<=": order <= 0,
            ">": order > 0, ">=": order >= 0}[operator]  # fmt: skip


def _array_literal(text: str) -> Iterator[str]:
    """Yield the elements of '{a,b}', without quotes; nothing nested."""
    inner = text.strip().removeprefix("{").removesuffix("}")
    if any(sign in inner for sign in '{}"\\'):
        raise NotReadError
    yield from (part.strip() for part in inner.split(",")) if inner else ()
