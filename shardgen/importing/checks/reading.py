"""The text of a CHECK, as a database writes it → a condition."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from shardgen.errors import missing_package
from shardgen.importing.checks.comparisons import OPERATORS, ComparisonReader
from shardgen.importing.checks.condition import (
    All,
    AnyOf,
    Compare,
    Condition,
    Counted,
    In,
    IsNull,
    Known,
    Match,
    Operand,
    Unread,
    columns_of,
    negated,
)
from shardgen.importing.checks.patterns import of_glob, of_like, of_similar
from shardgen.importing.checks.surroundings import NOTHING, Surroundings
from shardgen.importing.checks.values import Node, NotReadError, ValueReader
from shardgen.schema.databases import DatabaseName

_MOST_TEXT = 20_000  # characters of an expression
_NULL_SAFE = {"NullSafeEQ": "=", "NullSafeNEQ": "<>"}
_VARIADIC = re.compile(r"\bVARIADIC\b", re.IGNORECASE)
_ALWAYS = frozenset(("json_valid", "isfinite", "typeof"))
"""Functions that are true of every value that the format makes."""


def read_check(
    text: str, dialect: DatabaseName, columns: dict[str, str], around: Surroundings = NOTHING
) -> Condition:
    """
    Return the condition that a CHECK's text says.

    `columns` has the columns of the table by their names in small letters; with "value" there, it
    is the check of that column's domain. What cannot be read is Unread, and nothing is raised.
    What it reads of a parent's row is a column by another name, which led_to() takes apart.
    """
    if len(text) > _MOST_TEXT:
        return Unread(text[:_MOST_TEXT])
    try:
        import sqlglot
        from sqlglot.errors import SqlglotError
    except ImportError:
        raise missing_package("reading a CHECK", "sqlglot", "import") from None
    if dialect == "postgres":
        text = _VARIADIC.sub("", text)
    try:
        tree = sqlglot.parse_one(f"({text})", dialect=dialect)  # or LOCK begins a statement
    except (SqlglotError, RecursionError):
        return Unread(text)
    try:
        return _Reader(ValueReader(columns, around), dialect).condition(tree)
    except RecursionError:
        return Unread(text)


def _compared_columns(condition: Condition) -> frozenset[str]:
    """Return the columns of which a NULL makes a condition neither true nor false."""
    match condition:
        case All(parts) | AnyOf(parts):
            return frozenset().union(*map(_compared_columns, parts))
        case IsNull() | Counted():
            return frozenset()
    return columns_of(condition)


def _branch(asked: Condition, then: Condition, other: Condition) -> Condition:
    """Return `then` where a condition is true, and `other` where it is not."""
    given = (IsNull(name, negated=True) for name in sorted(_compared_columns(asked)))
    return AnyOf((All((asked, *given, then)), All((negated(asked), other))))


def _as_it_is(pattern: str) -> str:
    return pattern


class _Reader:
    """Turns the trees of one table's checks into conditions."""

    def __init__(self, values: ValueReader, dialect: DatabaseName) -> None:
        self._values = values
        self._comparisons = ComparisonReader(self._values, dialect, self.condition)
        self._dialect = dialect

    def condition(self, node: Node) -> Condition:
        """Return a condition; Unread where it, or a part of it, says something else."""
        read: Callable[[Any], Condition] | None = getattr(self, f"_of_{node.key}", None)
        name = type(node).__name__
        try:
            if name in OPERATORS:
                return self._comparisons.compared(node, OPERATORS[name])
            if name in _NULL_SAFE:
                return self._comparisons.null_safe(node, is_equal=name == "NullSafeEQ")
            if read is not None:
                is_turned = node.args.get("negate") and name != "Is"  # such as !~~
                return negated(read(node)) if is_turned else read(node)
        except NotReadError:
            pass
        return Unread(node.sql(dialect=self._dialect))

    # One method for each kind of node, by its name in sqlglot.

    def _of_paren(self, node: Node) -> Condition:
        return self.condition(node.this)

    def _of_cast(self, node: Node) -> Condition:
        return self.condition(node.this)

    def _of_and(self, node: Node) -> Condition:
        return All((self.condition(node.left), self.condition(node.right)))

    def _of_or(self, node: Node) -> Condition:
        return AnyOf((self.condition(node.left), self.condition(node.right)))

    def _of_not(self, node: Node) -> Condition:
        return negated(self.condition(node.this))

    def _of_case(self, node: Node) -> Condition:
        """Return what the first branch whose condition is true says, or the last one."""
        found = self._otherwise(node.args.get("default"))
        for branch in reversed(node.args["ifs"]):
            if node.this is None:
                asked = self.condition(branch.this)
            else:
                asked = self._comparisons.pair(node.this, "=", branch.this)
            found = _branch(asked, self.condition(branch.args["true"]), found)
        return found

    def _of_if(self, node: Node) -> Condition:
        """Return `if(asked, then, other)` as the CASE that it is."""
        asked, then = self.condition(node.this), self.condition(node.args["true"])
        return _branch(asked, then, self._otherwise(node.args.get("false")))

    def _otherwise(self, node: Node | None) -> Condition:
        """Return the last branch; without one it is null, by which a CHECK is met."""
        return Known(truth=True) if node is None else self.condition(node)

    def _of_null(self, node: Node) -> Condition:
        del node
        return Known(truth=True)  # a CHECK is met by what is not false

    def _of_boolean(self, node: Node) -> Condition:
        return Known(bool(node.this))

    def _of_column(self, node: Node) -> Condition:
        return Compare(Operand(self._values.name(node)), "=", right=True)

    def _of_is(self, node: Node) -> Condition:
        kind = type(node.expression).__name__
        turned = bool(node.args.get("negate"))
        if kind == "Null":
            return IsNull(self._values.operand(node.this).column, turned)
        if kind == "Boolean":
            found = self.condition(node.this)
            made = found if node.expression.this else negated(found)
            given = [IsNull(name, negated=True) for name in sorted(columns_of(found))]
            return negated(made) if turned else All((made, *given))
        raise NotReadError

    def _of_between(self, node: Node) -> Condition:
        low = self._comparisons.pair(node.this, ">=", node.args["low"])
        return All((low, self._comparisons.pair(node.this, "<=", node.args["high"])))

    def _of_in(self, node: Node) -> Condition:
        if not node.expressions:
            raise NotReadError
        if not self._values.has_column(node):
            return self._comparisons.constants_in(node)
        return In(
            self._values.operand(node.this), tuple(map(self._values.constant, node.expressions))
        )

    def _of_regexplike(self, node: Node) -> Condition:
        return self._match(node, _as_it_is)

    def _of_regexpilike(self, node: Node) -> Condition:
        return self._match(node, _as_it_is, ignore_case=True)

    def _of_like(self, node: Node) -> Condition:
        return self._match(node, of_like)

    def _of_ilike(self, node: Node) -> Condition:
        return self._match(node, of_like, ignore_case=True)

    def _of_similarto(self, node: Node) -> Condition:
        return self._match(node, of_similar)

    def _of_glob(self, node: Node) -> Condition:
        return self._match(node, of_glob)

    def _match(
        self, node: Node, as_regex: Callable[[str], str], *, ignore_case: bool = False
    ) -> Condition:
        """Return that a text matches a pattern, which `as_regex` makes a regular expression."""
        operand, pattern = self._values.operand(node.this), self._values.text(node.expression)
        return Match(operand, as_regex(pattern), ignore_case=ignore_case)

    def _of_anonymous(self, node: Node) -> Condition:
        called = str(node.this).lower()
        if called == "json_valid" and self._dialect == "sqlite" and len(node.expressions) == 1:
            name = self._values.name(node.expressions[0])
            return IsNull(name, negated=True)  # before SQLite 3.45 NULL is not valid: 0
        if called in _ALWAYS:
            return Known(truth=True)
        return self.condition(self._values.inlined(node))

    def _of_dot(self, node: Node) -> Condition:
        return self.condition(node.expression)  # a function, behind its schema

    def _of_subquery(self, node: Node) -> Condition:
        values, item = self._values.of_parent(node)
        return _Reader(values, self._dialect).condition(item)

    def _of_exists(self, node: Node) -> Condition:
        parent, rest = self._values.parent(node.this)
        inside = _Reader(self._values.inside(parent), self._dialect)
        asked = [inside.condition(part) for part in rest]
        read = {parent.key}.union(*map(_compared_columns, asked))
        return All((*asked, *(IsNull(name, negated=True) for name in sorted(read))))
