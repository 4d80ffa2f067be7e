"""The text of a CHECK, as a database writes it → a condition."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from shardgen.errors import missing_package
from shardgen.importing.checks.condition import (
    MIRRORED,
    All,
    AnyOf,
    Compare,
    Condition,
    Constant,
    Counted,
    Function,
    In,
    IsNull,
    Known,
    Match,
    Now,
    Operand,
    Operator,
    Unread,
    columns_of,
    negated,
)
from shardgen.importing.checks.patterns import of_glob, of_like, of_similar
from shardgen.importing.checks.surroundings import (
    NOTHING,
    Parent,
    Surroundings,
    bare_query,
    inlined,
    is_of_row,
    parent_of,
)
from shardgen.schema.databases import DatabaseName

Node = Any
"""A node of sqlglot's trees, whose own types say less than its name does."""
_MOST_TEXT = 20_000  # characters of an expression
_PLAIN_FUNCTIONS: dict[str, Function] = {
    "Length": "length", "Lower": "lower", "Upper": "upper", "Trim": "trim", "Abs": "abs",
}  # fmt: skip
_NAMED_FUNCTIONS: dict[str, Function] = {
    "char_length": "length", "character_length": "length", "octet_length": "length",
    "length": "length", "btrim": "trim", "cardinality": "length", "array_length": "length",
    "jsonb_typeof": "kind", "json_typeof": "kind",
}  # fmt: skip
_OPERATORS: dict[str, Operator] = {
    "EQ": "=", "NEQ": "<>", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">=",
}  # fmt: skip
_NULL_SAFE = {"NullSafeEQ": "=", "NullSafeNEQ": "<>"}
_ALWAYS = frozenset(("json_valid", "isfinite", "typeof"))
"""Functions that are true of every value that the format makes."""
_DAYS = {"second": 1 / 86_400, "minute": 1 / 1_440, "hour": 1 / 24, "day": 1, "week": 7,
         "month": 31, "mon": 31, "year": 366}  # fmt: skip
_VARIADIC = re.compile(r"\bVARIADIC\b", re.IGNORECASE)
_NOW = ("CurrentTimestamp", "CurrentDate", "CurrentTime", "Localtimestamp")


def read_check(
    text: str,
    dialect: DatabaseName,
    columns: dict[str, str],
    around: Surroundings = NOTHING,
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
        return _Reader(columns, dialect, around).condition(tree)
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


class _NotReadError(Exception):
    """A part of an expression of which no condition can be made."""


class _Reader:
    """Turns the trees of one table's checks into conditions."""

    def __init__(
        self,
        columns: dict[str, str],
        dialect: DatabaseName,
        around: Surroundings,
        own: dict[str, str] | None = None,
    ) -> None:
        self._columns = columns
        self._dialect = dialect
        self._around = around
        self._own = columns if own is None else own

    def _inside(self, parent: Parent) -> _Reader:
        """Return a reader of what is asked of a parent's row."""
        return _Reader(parent.inside(), self._dialect, self._around, self._own)

    def condition(self, node: Node) -> Condition:
        """Return a condition; Unread where it, or a part of it, says something else."""
        read: Callable[[Any], Condition] | None = getattr(self, f"_of_{node.key}", None)
        name = type(node).__name__
        try:
            if name in _OPERATORS:
                return self._compared(node, _OPERATORS[name])
            if name in _NULL_SAFE:
                return self._null_safe(node, is_equal=name == "NullSafeEQ")
            if read is not None:
                is_turned = node.args.get("negate") and name != "Is"  # such as !~~
                return negated(read(node)) if is_turned else read(node)
        except _NotReadError:
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
        last = node.args.get("default")
        found = Known(truth=True) if last is None else self.condition(last)
        for branch in reversed(node.args["ifs"]):
            if node.this is None:
                asked = self.condition(branch.this)
            else:
                asked = self._pair(node.this, "=", branch.this)
            given = (IsNull(name, negated=True) for name in sorted(_compared_columns(asked)))
            then = All((asked, *given, self.condition(branch.args["true"])))
            found = AnyOf((then, All((negated(asked), found))))
        return found

    def _of_if(self, node: Node) -> Condition:
        """Return `if(asked, then, other)` as the CASE that it is."""
        asked, last = self.condition(node.this), node.args.get("false")
        given = (IsNull(name, negated=True) for name in sorted(_compared_columns(asked)))
        then = All((asked, *given, self.condition(node.args["true"])))
        other = Known(truth=True) if last is None else self.condition(last)
        return AnyOf((then, All((negated(asked), other))))

    def _of_null(self, node: Node) -> Condition:
        del node
        return Known(truth=True)  # a CHECK is met by what is not false

    def _of_boolean(self, node: Node) -> Condition:
        return Known(bool(node.this))

    def _of_column(self, node: Node) -> Condition:
        return Compare(Operand(self._name(node)), "=", right=True)

    def _of_is(self, node: Node) -> Condition:
        kind = type(node.expression).__name__
        turned = bool(node.args.get("negate"))
        if kind == "Null":
            return IsNull(self._operand(node.this).column, turned)
        if kind == "Boolean":
            found = self.condition(node.this)
            made = found if node.expression.this else negated(found)
            given = [IsNull(name, negated=True) for name in sorted(columns_of(found))]
            return negated(made) if turned else All((made, *given))
        raise _NotReadError

    def _of_between(self, node: Node) -> Condition:
        low = self._pair(node.this, ">=", node.args["low"])
        return All((low, self._pair(node.this, "<=", node.args["high"])))

    def _of_in(self, node: Node) -> Condition:
        if not node.expressions:
            raise _NotReadError
        if not self._has_column(node):
            given = self._constant(node.this)
            others = map(self._constant, node.expressions)
            return Known(any(_compare(given, "=", other) for other in others))
        return In(self._operand(node.this), tuple(map(self._constant, node.expressions)))

    def _of_regexplike(self, node: Node) -> Condition:
        return Match(self._operand(node.this), self._text(node.expression))

    def _of_regexpilike(self, node: Node) -> Condition:
        return Match(self._operand(node.this), self._text(node.expression), ignore_case=True)

    def _of_like(self, node: Node) -> Condition:
        return Match(self._operand(node.this), of_like(self._text(node.expression)))

    def _of_ilike(self, node: Node) -> Condition:
        pattern = of_like(self._text(node.expression))
        return Match(self._operand(node.this), pattern, ignore_case=True)

    def _of_similarto(self, node: Node) -> Condition:
        return Match(self._operand(node.this), of_similar(self._text(node.expression)))

    def _of_glob(self, node: Node) -> Condition:
        return Match(self._operand(node.this), of_glob(self._text(node.expression)))

    def _of_anonymous(self, node: Node) -> Condition:
        called = str(node.this).lower()
        if called == "json_valid" and self._dialect == "sqlite" and len(node.expressions) == 1:
            return IsNull(self._name(_bare(node.expressions[0])), negated=True)  # 0 before 3.45
        if called in _ALWAYS:
            return Known(truth=True)
        return self.condition(self._inlined(node))

    def _of_dot(self, node: Node) -> Condition:
        return self.condition(node.expression)  # a function, behind its schema

    def _of_subquery(self, node: Node) -> Condition:
        reader, item = self._of_parent(node)
        return reader.condition(item)

    def _of_exists(self, node: Node) -> Condition:
        found = parent_of(node.this, self._around)
        if found is None:
            raise _NotReadError
        parent, rest = found
        asked = [self._inside(parent).condition(part) for part in rest]
        read = {parent.key}.union(*map(_compared_columns, asked))
        return All((*asked, *(IsNull(name, negated=True) for name in sorted(read))))

    def _of_parent(self, node: Node) -> tuple[_Reader, Node]:
        """Return the one value that a query reads of a parent's row, and what reads that."""
        found, items = parent_of(node, self._around), bare_query(node).expressions
        if found is None or found[1] or len(items) != 1:
            raise _NotReadError
        return self._inside(found[0]), items[0].unalias()

    def _inlined(self, node: Node) -> Node:
        found = inlined(node, self._around)
        if found is None:
            raise _NotReadError
        return found

    # Comparisons.

    def _compared(self, node: Node, operator: Operator) -> Condition:
        left, right = _bare(node.left), _bare(node.right)
        kind, other = type(right).__name__, type(left).__name__
        if "Typeof" in (kind, other):
            return Known(truth=True)
        if kind == "Any" or (kind == "Anonymous" and str(right.this).lower() in ("all", "any")):
            return self._of_array(left, operator, right)
        counted = self._counted(left, operator, right)
        if counted is not None:
            return counted
        if _is_condition(left) and _is_condition(right):
            return self._agree(self.condition(left), self.condition(right), operator)
        truth = _truth(right)
        if truth is not None and _is_condition(left) and operator in ("=", "<>"):
            found = self.condition(left)
            return found if truth is (operator == "=") else negated(found)
        return self._pair(left, operator, right)

    def _agree(self, left: Condition, right: Condition, operator: Operator) -> Condition:
        """Return whether two conditions are both true or both false, or are not."""
        if operator not in ("=", "<>"):
            raise _NotReadError
        other = right if operator == "=" else negated(right)
        return AnyOf((All((left, other)), All((negated(left), negated(other)))))

    def _null_safe(self, node: Node, *, is_equal: bool) -> Condition:
        """Return IS [NOT] DISTINCT FROM: with NULL a value like others."""
        left, right = _bare(node.left), _bare(node.right)
        if type(right).__name__ == "Null":
            return IsNull(self._operand(left).column, not is_equal)
        pair = self._pair(left, "=" if is_equal else "<>", right)
        name = self._operand(left).column
        given = [IsNull(name, negated=True)]
        if type(right).__name__ == "Column":
            given.append(IsNull(self._name(right), negated=True))
        elif not is_equal:
            return pair
        return All((pair, *given)) if is_equal else All((pair, AnyOf(tuple(given))))

    def _pair(self, left: Node, operator: Operator, right: Node) -> Condition:
        """Return a comparison of two values, a column on its left."""
        left, right = _bare(left), _bare(right)
        if not self._has_column(left):
            if not self._has_column(right):
                return Known(_compare(self._constant(left), operator, self._constant(right)))
            left, right, operator = right, left, MIRRORED[operator]
        if type(left).__name__ == "Coalesce":
            return self._coalesced(left, operator, right)
        if self._dialect != "mysql" and type(right).__name__ == "Null":
            return Known(truth=True)  # neither true nor false
        if not self._has_column(right):
            return Compare(self._operand(left), operator, self._value(right))
        return self._two_columns(left, operator, right)

    def _two_columns(self, left: Node, operator: Operator, right: Node) -> Condition:
        plus = Decimal(0)
        if type(left).__name__ in ("Sub", "Add") and self._has_column(left.left):
            # a - b > 3 is a > b + 3
            raise _NotReadError
        if type(right).__name__ in ("Sub", "Add") and not self._has_column(right.right):
            sign = 1 if type(right).__name__ == "Add" else -1
            amount = self._value(right.right)
            if not isinstance(amount, (int, Decimal)):
                raise _NotReadError
            plus, right = Decimal(amount) * sign, _bare(right.left)
        return Compare(self._operand(left), operator, self._operand(right), plus)

    def _coalesced(self, node: Node, operator: Operator, right: Node) -> Condition:
        """Return `coalesce(x, c) op v`: x is null and c op v, or x op v."""
        operand, others = _bare(node.this), node.expressions
        if len(others) != 1:
            raise _NotReadError
        holds = _compare(self._constant(others[0]), operator, self._constant(right))
        given = All(
            (self._pair(operand, operator, right), IsNull(self._name(operand), negated=True))
        )
        return AnyOf((given, IsNull(self._name(operand)))) if holds else given

    def _of_array(self, left: Node, operator: Operator, right: Node) -> Condition:
        is_all = type(right).__name__ == "Anonymous" and str(right.this).lower() == "all"
        inner = _bare(right.expressions[0] if type(right).__name__ == "Anonymous" else right.this)
        if type(inner).__name__ == "Column" and str(getattr(left, "this", "?")) == "":
            if (operator, is_all) != ("=", False):
                raise _NotReadError
            return Match(self._operand(inner), '""')  # as the text of an array has it
        if type(inner).__name__ == "Array":
            values = tuple(map(self._constant, inner.expressions))
        elif type(inner).__name__ == "Literal" and inner.is_string:
            values = tuple(_array_literal(inner.this))
        else:
            raise _NotReadError
        if (operator, is_all) not in (("=", False), ("<>", True)):
            raise _NotReadError
        return In(self._operand(left), values, negated=is_all)

    def _counted(self, left: Node, operator: Operator, right: Node) -> Condition | None:
        """Return `num_nonnulls(a, b) = 1`, and sums of conditions that say as much."""
        if type(right).__name__ != "Literal" or right.is_string or not right.this.isdecimal():
            return None
        number = int(right.this)
        if type(left).__name__ == "Anonymous" and str(left.this).lower() in (
            "num_nonnulls",
            "num_nulls",
        ):
            names = tuple(self._name(_bare(each)) for each in left.expressions)
            if str(left.this).lower() == "num_nonnulls":
                return Counted(names, operator, number)
            return Counted(names, MIRRORED[operator], len(names) - number)
        terms = [self._given(term) for term in _terms(left)]
        if len(terms) < 2 or None in terms:
            return None
        return Counted(tuple(filter(None, terms)), operator, number)

    def _given(self, term: Node) -> str | None:
        """Return the column of a term that is 1 where it is not null, and 0 where it is."""
        bare = _bare(term)
        if type(bare).__name__ == "Case" and len(bare.args["ifs"]) == 1 and not bare.this:
            branch = bare.args["ifs"][0]
            ends = [str(_bare(end).this) for end in (branch.args["true"], bare.args["default"])]
            bare = _bare(branch.this)
            found = self.condition(bare)
            if ends == ["0", "1"]:
                found = negated(found)
            elif ends != ["1", "0"]:
                return None
        elif _is_condition(bare):
            found = self.condition(bare)
        else:
            return None
        return found.column if isinstance(found, IsNull) and found.negated else None

    # Values.

    def _name(self, node: Node) -> str:
        bare = _bare(node)
        if type(bare).__name__ != "Column":
            raise _NotReadError
        columns = self._own if is_of_row(bare) else self._columns
        try:
            return columns[str(bare.name).lower()]
        except KeyError:
            raise _NotReadError from None

    def _has_column(self, node: Node) -> bool:
        from sqlglot import exp

        return node.find(exp.Column) is not None

    def _operand(self, node: Node) -> Operand:
        bare = _bare(node)
        name = type(bare).__name__
        if name == "Column":
            return Operand(self._name(bare))
        if name == "Subquery":
            reader, item = self._of_parent(bare)
            return reader._operand(item)  # noqa: SLF001 -- one of its own kind
        if name == "Anonymous" and str(bare.this).lower() in self._around.functions:
            return self._operand(self._inlined(bare))
        function = _PLAIN_FUNCTIONS.get(name)
        inner = bare.this
        if name in ("Anonymous", "ArraySize"):
            called = "cardinality" if name == "ArraySize" else str(bare.this).lower()
            function = _NAMED_FUNCTIONS.get(called)
            inner = bare.this if name == "ArraySize" else (bare.expressions or [None])[0]
        if function is None or inner is None:
            raise _NotReadError
        operand = self._operand(inner)
        if operand.function == "trim" or operand.function is None:
            return Operand(operand.column, function)
        raise _NotReadError

    def _value(self, node: Node) -> Constant | Now:
        bare = _bare(node)
        kind = type(bare).__name__
        if kind in _NOW or (kind == "Anonymous" and str(bare.this).lower() == "now"):
            return Now()
        if kind in ("Add", "Sub"):
            moment = self._value(bare.left)
            if isinstance(moment, Now):
                days = _interval(bare.right)
                return Now(moment.days + (days if kind == "Add" else -days))
        return self._constant(node)

    def _constant(self, node: Node) -> Constant:
        is_cast = type(node).__name__ == "Cast"
        bare = _bare(node)
        kind = type(bare).__name__
        if kind == "Neg":
            value = self._constant(bare.this)
            if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
                return -value
        if kind == "Boolean":
            return bool(bare.this)
        if kind == "Literal":
            if bare.is_string:
                return _dated(bare.this, str(node.to).upper()) if is_cast else str(bare.this)
            try:
                return int(bare.this) if bare.this.isdecimal() else Decimal(bare.this)
            except InvalidOperation:
                raise _NotReadError from None
        raise _NotReadError

    def _text(self, node: Node) -> str:
        value = self._constant(node)
        if not isinstance(value, str):
            raise _NotReadError
        return value


def _bare(node: Node) -> Node:
    """Return what stands in parentheses, casts and introducers of a character set."""
    while type(node).__name__ in (*("Paren", "Cast", "Introducer", "TryCast", "Collate", "Dot"),):
        node = node.expression if type(node).__name__ in ("Introducer", "Dot") else node.this
    return node


def _is_condition(node: Node) -> bool:
    name = type(node).__name__
    return name in _OPERATORS or name in ("Is", "Not", "And", "Or", "In", "Between", "If")


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
    bare = _bare(node)
    if type(bare).__name__ == "Add":
        yield from _terms(bare.left)
        yield from _terms(bare.right)
    else:
        yield bare


def _compare(left: Constant, operator: Operator, right: Constant) -> bool:
    if isinstance(left, str) != isinstance(right, str):
        raise _NotReadError
    try:
        order = (left > right) - (left < right)  # type: ignore[operator]
    except TypeError:  # a date and a number
        raise _NotReadError from None
    return {"=": order == 0, "<>": order != 0, "<": order < 0, "<=": order <= 0,
            ">": order > 0, ">=": order >= 0}[operator]  # fmt: skip


def _array_literal(text: str) -> Iterator[str]:
    """Yield the elements of '{a,b}', without quotes; nothing nested."""
    inner = text.strip().removeprefix("{").removesuffix("}")
    if any(sign in inner for sign in '{}"\\'):
        raise _NotReadError
    yield from (part.strip() for part in inner.split(",")) if inner else ()


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
        raise _NotReadError from None
    return text


def _interval(node: Node) -> float:
    """Return how many days an interval is, at most."""
    bare = _bare(node)
    if type(bare).__name__ == "Interval":
        text = f"{_bare(bare.this).this} {bare.args.get('unit') or ''}"
    elif type(bare).__name__ == "Literal":
        text = str(bare.this)
    else:
        raise _NotReadError
    words = text.lower().split()
    try:
        pairs = [
            (float(n), _DAYS[unit.rstrip("s")])
            for n, unit in zip(words[::2], words[1::2], strict=True)
        ]
    except (ValueError, KeyError):
        raise _NotReadError from None
    return sum(n * days for n, days in pairs)
