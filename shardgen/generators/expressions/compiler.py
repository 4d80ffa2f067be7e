"""
Syntax tree → typed nodes: every node gets its kind, and what does not fit is refused.

Null is SQL's: an operand that is null makes the result null. The exceptions are `is null`,
`coalesce`, `nullif` and `case`, and `and` and `or` where the other operand decides.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from typing import ClassVar

from shardgen.errors import nearest
from shardgen.generators.context import ColumnContext
from shardgen.generators.expressions import choices, draws, names
from shardgen.generators.expressions.aggregate_calls import (
    AGGREGATES,
    children_of,
    typed_aggregate,
)
from shardgen.generators.expressions.constants import (
    always_null,
    temporal_constant,
    typed_constant,
)
from shardgen.generators.expressions.operations import OPERATIONS
from shardgen.generators.expressions.resolution import operation, wrong_count
from shardgen.generators.expressions.syntax import Apply, Call, Case, Constant, Node, Path
from shardgen.generators.expressions.typed import KIND_NAMES, Typed
from shardgen.generators.sources import Way

_TODAY = "write as_of, the day that counts as today"
_CASE = "write case when … then … else … end"
_FUNCTIONS_ELSEWHERE = {
    **dict.fromkeys(("now", "today", "current_date", "current_timestamp", "getdate"), _TODAY),
    **dict.fromkeys(("if", "iif", "iff"), _CASE),
    **dict.fromkeys(("cast", "to_char", "str"), "to_text(x) makes text of a value"),
    **dict.fromkeys(("ifnull", "nvl", "isnull"), "write coalesce(x, y)"),
    **dict.fromkeys(("rand", "randint"), "write random(low, high)"),
    **dict.fromkeys(("len", "char_length"), "write length(x)"),
}
"""Functions of other languages, and how to write them here."""


class Compiler:
    """Compiles the nodes of one expression, or of what an aggregate takes of a child's row."""

    def __init__(self, context: ColumnContext) -> None:
        """Look names up in the context's table."""
        self.context = context
        self.ways: dict[Way, None] = {}
        """The cells that the expression is made from, and the keys that lead there."""
        self.keys_before: tuple[str, ...] = ()
        """The keys that lead to the rows in whose table names are looked up."""
        self._draw_numbers = itertools.count(1)

    def seen_from(self, table: str, relation: str) -> Compiler:
        """Return the compiler of the same expression for the rows that lead here along a key."""
        other = copy.copy(self)  # it shares what is read and how many draws there are
        other.context = self.context.seen_from(table)
        other.keys_before = (*self.keys_before, f"{table}.{relation}")
        return other

    def compile(self, node: Node) -> Typed:
        """Return the node with its kind; ExpressionError where it has no kind."""
        match node:
            case Constant():
                return typed_constant(node)
            case Path():
                return self._path(node)
            case Case():
                return self._case(node)
            case Call():
                return self._call(node)
            case Apply():
                special = self._special_operators.get(node.operator)
                if special is not None:
                    return special(self, node)
                return operation(node, node.operator, [self.compile(arg) for arg in node.args])
        raise TypeError(node)

    def condition(self, node: Node) -> Typed:
        """Return a node that is true or false; ExpressionError where it is another kind."""
        of = self.compile(node)
        if of.kind != "boolean":
            what = f"a condition is wanted here, not {KIND_NAMES[of.kind]}"
            raise node.wrong(what, "compare it with something")
        return of

    # Names and calls

    def _path(self, node: Path) -> Typed:
        bare = node.words[0].lower() if len(node.words) == 1 else ""
        is_column = any(column.name == node.words[0] for column in self.context.table.columns)
        if bare in _WITHOUT_PARENTHESES and not is_column:
            return self._call(Call(name=bare, start=node.start, stop=node.stop))
        typed, keys, cell = names.column(self.context, node)
        self.ways[(*self.keys_before, *keys), cell] = None
        return typed

    def _call(self, node: Call) -> Typed:
        if node.name in AGGREGATES:
            return self._aggregate(node)
        if node.name not in FUNCTIONS and not node.name.startswith("~"):
            hint = _FUNCTIONS_ELSEWHERE.get(node.name) or nearest(node.name, FUNCTIONS)
            raise node.wrong(f"there is no function {node.name!r}", hint)
        if node.table is not None or node.where is not None:
            hint = f"these do: {', '.join(AGGREGATES)}"
            raise node.wrong(f"{node.name} takes no from and no where", hint)
        args = [self.compile(arg) for arg in node.args]
        if node.name not in self.special_functions:
            return operation(node, node.name, args)
        count, special = self.special_functions[node.name]
        if len(args) != count and not (node.name == "coalesce" and len(args) > count):
            raise wrong_count(node, node.name, len(args), [count])
        return special(self, node, args)

    def _aggregate(self, node: Call) -> Typed:
        source = children_of(self.context, node)
        inside = self.seen_from(source.table, source.relation)
        value = None if source.argument is None else inside.compile(source.argument)
        condition = None if node.where is None else inside.condition(node.where)
        return typed_aggregate(self.context, node, source, value, condition)

    # Special operators

    def _case(self, node: Case) -> Typed:
        if node.operand is None:
            conditions = [self.condition(condition) for condition, _ in node.branches]
        else:
            operand = choices.once(self.compile(node.operand))
            conditions = [
                operation(each, "=", [operand, self.compile(each)]) for each, _ in node.branches
            ]
        values = [self.compile(value) for _, value in node.branches]
        if node.otherwise is None:
            values.append(always_null(node, "the case has no else"))
        else:
            values.append(self.compile(node.otherwise))
        return choices.choice(node, conditions, values)

    def _and(self, node: Apply) -> Typed:
        left, right = (self.condition(arg) for arg in node.args)
        return choices.both(node, left, right)

    def _or(self, node: Apply) -> Typed:
        left, right = (self.condition(arg) for arg in node.args)
        return choices.either(node, left, right)

    def _between(self, node: Apply) -> Typed:
        of, low, high = (self.compile(arg) for arg in node.args)
        of = choices.once(of)
        at_least, at_most = operation(node, ">=", [of, low]), operation(node, "<=", [of, high])
        return choices.both(node, at_least, at_most)

    def _in(self, node: Apply) -> Typed:
        of, *listed = (self.compile(arg) for arg in node.args)
        of = choices.once(of)
        equal = [operation(each.node, "=", [of, each]) for each in listed]
        return choices.any_of(node, equal)

    def _is_null(self, node: Apply) -> Typed:
        return choices.is_null(node, self.compile(node.args[0]))

    _special_operators: ClassVar[dict[str, Callable[[Compiler, Apply], Typed]]] = {
        "and": _and,
        "or": _or,
        "between": _between,
        "in": _in,
        "is null": _is_null,
    }

    # Special functions

    def _coalesce(self, node: Call, args: list[Typed]) -> Typed:
        return choices.coalesce(node, args)

    def _nullif(self, node: Call, args: list[Typed]) -> Typed:
        return choices.nullif(node, args)

    def _random(self, node: Call, args: list[Typed]) -> Typed:
        return draws.random_between(node, args, self._stream_key())

    def _chance(self, node: Call, args: list[Typed]) -> Typed:
        return draws.chance(node, args, self._stream_key())

    def _stream_key(self) -> int:
        """Return the key of a stream that only this place in the expression draws from."""
        return self.context.key(f"random {next(self._draw_numbers)}")

    def _row_number(self, node: Call, args: list[Typed]) -> Typed:
        del args
        return Typed(node, "integer", draws.row_number)

    def _as_of(self, node: Call, args: list[Typed]) -> Typed:
        del args
        return temporal_constant(node, "date", self.context.as_of)

    special_functions: ClassVar[
        dict[str, tuple[int, Callable[[Compiler, Call, list[Typed]], Typed]]]
    ] = {
        "as_of": (0, _as_of),
        "chance": (1, _chance),
        "coalesce": (2, _coalesce),
        "nullif": (2, _nullif),
        "random": (2, _random),
        "row_number": (0, _row_number),
    }
    """Functions that are no `OPERATIONS`, and how many arguments they take (coalesce: or more)."""


_WITHOUT_PARENTHESES = {"as_of", "row_number"}
"""Functions that are called without parentheses too, where no column has the name."""
FUNCTIONS = {
    *(name for name in OPERATIONS if name[0].isalpha() and name not in ("neg", "not")),
    *Compiler.special_functions,
    *AGGREGATES,
}
"""The names of all functions."""
