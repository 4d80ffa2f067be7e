"""
Syntax tree → what computes it: every node gets its kind, and what does not fit is refused.

Null is SQL's: an operand that is null makes the result null, but for `is null`, `coalesce`,
`nullif`, `case`, and for `and` and `or` where the other operand decides.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from shardgen.errors import nearest
from shardgen.generators.expressions import aggregates, names, numbers
from shardgen.generators.expressions import nodes as n
from shardgen.generators.expressions import typed as ty
from shardgen.generators.expressions.numbers import Num, whole
from shardgen.generators.expressions.operations import OPERATIONS
from shardgen.generators.expressions.parser import Apply, Call, Case, Literal, Node, Path
from shardgen.generators.expressions.typed import Computed, Typed, either_null, guarded, is_true
from shardgen.random.streams import below, below_each

if TYPE_CHECKING:
    from shardgen.generators.context import ColumnContext
    from shardgen.tables.batch import Batch


_TODAY = "write as_of, the day that counts as today"
_CASE = "write case when … then … else … end"
_ELSEWHERE = {  # functions of other languages, and what they are here
    **dict.fromkeys(("now", "today", "current_date", "current_timestamp", "getdate"), _TODAY),
    **dict.fromkeys(("if", "iif", "iff"), _CASE),
    **dict.fromkeys(("cast", "to_char", "str"), "to_text(x) makes text of a value"),
    **dict.fromkeys(("ifnull", "nvl", "isnull"), "write coalesce(x, y)"),
    **dict.fromkeys(("rand", "randint"), "write random(low, high)"),
    **dict.fromkeys(("len", "char_length"), "write length(x)"),
}


class Compiler:
    """Compiles the nodes of one expression, or of what an aggregate takes of a child's row."""

    def __init__(self, context: ColumnContext, draws: list[Node] | None = None) -> None:
        """Look names up in the context's table; `draws` has what was drawn at random already."""
        self.context = context
        self.draws: list[Node] = [] if draws is None else draws

    def of(self, table: str) -> Compiler:
        """Return the compiler of the same expression that looks names up in another table."""
        return Compiler(self.context.seen_from(table), self.draws)

    def compile(self, node: Node) -> Typed:
        """Return the node with its kind; ExpressionError where it has none."""
        match node:
            case Literal():
                return n.literal(node)
            case Path():
                return self._path(node)
            case Case():
                return self._case(node)
            case Call():
                return self._call(node)
            case Apply():
                sign = self._SIGNS.get(node.op)
                if sign is not None:
                    return sign(self, node)
                return n.operation(node, node.op, [self.compile(arg) for arg in node.args])
        raise TypeError(node)

    def condition(self, node: Node) -> Typed:
        """Return a node that must be true or false; ExpressionError where it is neither."""
        of = self.compile(node)
        if of.kind != "boolean":
            raise node.wrong(f"a condition is wanted here, not {ty.WORDS[of.kind]}", _COMPARE)
        return of

    # Names and calls

    def _path(self, node: Path) -> Typed:
        bare = node.words[0].lower() if len(node.words) == 1 else ""
        is_column = any(column.name == node.words[0] for column in self.context.table.columns)
        if bare in _BARE and not is_column:
            return self.special[bare][1](
                self, Call(name=bare, start=node.start, stop=node.stop), []
            )
        return names.column(self.context, node)

    def _call(self, node: Call) -> Typed:
        if node.name in aggregates.NAMES:
            return aggregates.compile_call(self, node)
        if node.name not in FUNCTIONS:
            hint = _ELSEWHERE.get(node.name) or nearest(node.name, FUNCTIONS)
            raise node.wrong(f"there is no function {node.name!r}", hint)
        if node.table is not None or node.where is not None:
            hint = f"these do: {', '.join(aggregates.NAMES)}"
            raise node.wrong(f"{node.name} takes no from and no where", hint)
        args = [self.compile(arg) for arg in node.args]
        if node.name not in self.special:
            return n.operation(node, node.name, args)
        count, special = self.special[node.name]
        if len(args) != count and not (node.name == "coalesce" and len(args) > count):
            raise n.miscounted(node, node.name, len(args), [count])
        return special(self, node, args)

    # Forms with a way of their own

    def _case(self, node: Case) -> Typed:
        if node.operand is None:
            conditions = [self.condition(condition) for condition, _ in node.branches]
        else:
            operand = n.once(self.compile(node.operand))
            conditions = [
                n.operation(each, "=", [operand, self.compile(each)]) for each, _ in node.branches
            ]
        values = [self.compile(value) for _, value in node.branches]
        if node.otherwise is None:
            values.append(n.null(node, "the case has no else"))
        else:
            values.append(self.compile(node.otherwise))
        return n.choice(node, conditions, values)

    def _logic(self, node: Apply) -> Typed:
        decide = n.both if node.op == "and" else n.any_of
        left, right = (self.condition(arg) for arg in node.args)
        return n.logical(node, decide, left, right)

    def _between(self, node: Apply) -> Typed:
        of, low, high = (self.compile(arg) for arg in node.args)
        of = n.once(of)
        ends = n.operation(node, ">=", [of, low]), n.operation(node, "<=", [of, high])
        return n.logical(node, n.both, *ends)

    def _in(self, node: Apply) -> Typed:
        of, *listed = (self.compile(arg) for arg in node.args)
        of = n.once(of)
        found = [n.operation(each.node, "=", [of, each]) for each in listed]
        return reduce(lambda a, b: n.logical(node, n.any_of, a, b), found)

    def _is_null(self, node: Apply) -> Typed:
        of = n.present(self.compile(node.args[0]))
        return Typed(node, "boolean", lambda batch: (np.logical_not(of.run(batch)[0]), None))

    def _coalesce(self, node: Call, args: list[Typed]) -> Typed:
        args = [n.once(arg) for arg in n.alike(args)]
        of = n.choice(node, [n.present(arg) for arg in args[:-1]], args)
        last = None if any(arg.null is None for arg in args) else of.null
        return Typed(node, of.kind, of.run, last)

    def _nullif(self, node: Call, args: list[Typed]) -> Typed:
        value, other = (n.once(arg) for arg in n.alike(args))
        equal = n.operation(node, "=", [value, other])

        def run(batch: Batch) -> Computed:
            of, null = value.run(batch)
            same = equal.run(batch)
            if isinstance(of, Num) and other.null is None:
                # Where it is null anyway too: such rows are computed with.
                of = numbers.other_than(of, same[0], other.run(batch)[0])
            return of, either_null(null, is_true(same))

        return Typed(node, value.kind, guarded(node, run), (node, "nullif gives null"))

    def _random(self, node: Call, args: list[Typed]) -> Typed:
        low, high = n.alike(args)
        kind = n.common_kind([low, high])
        if kind not in (*ty.NUMBERS, *ty.MOMENTS):
            what = f"random takes numbers, dates or timestamps, not {ty.WORDS[kind]}"
            raise node.wrong(what, "write date('2024-12-31') for a date" if kind == "text" else "")
        words = self._words(node)

        def run(batch: Batch) -> Computed:
            (least, no_least), (most, no_most) = low.run(batch), high.run(batch)
            drawn = _drawn(words(batch), *numbers.aligned(least, most))
            return drawn, either_null(no_least, no_most)

        return Typed(node, kind, guarded(node, run), ty.first_reason(low, high))

    def _chance(self, node: Call, args: list[Typed]) -> Typed:
        (share,) = args
        if share.kind not in ty.NUMBERS:
            raise node.wrong(f"chance takes a number from 0 to 1, not {ty.WORDS[share.kind]}")
        if share.constant is not None and not 0 <= share.constant <= 1:
            raise share.node.wrong(f"{share.constant} is not between 0 and 1")
        words = self._words(node)

        def run(batch: Batch) -> Computed:
            number, null = share.run(batch)
            drawn = (words(batch) >> np.uint64(11)).astype(np.float64) * 2.0**-53
            return drawn < number.units / float(10**number.scale), null

        return Typed(node, "boolean", run, share.null)

    def _words(self, node: Node) -> Callable[[Batch], Any]:
        """Return the words of a stream that only this place in the expression draws from."""
        self.draws.append(node)
        return self.context.words(f"random {len(self.draws)}")

    def _row_number(self, node: Call, args: list[Typed]) -> Typed:
        del args

        def run(batch: Batch) -> Computed:
            return whole(batch.rows + 1, 1, batch.table.rows), None

        return Typed(node, "integer", run)

    def _as_of(self, node: Call, args: list[Typed]) -> Typed:
        del args
        return n.moment(node, "date", self.context.as_of)

    _SIGNS: ClassVar[dict[str, Callable[[Compiler, Apply], Typed]]] = {
        "and": _logic,
        "or": _logic,
        "between": _between,
        "in": _in,
        "is null": _is_null,
    }
    special: ClassVar[dict[str, tuple[int, Callable[[Compiler, Call, list[Typed]], Typed]]]] = {
        "as_of": (0, _as_of),
        "chance": (1, _chance),
        "coalesce": (2, _coalesce),
        "nullif": (2, _nullif),
        "random": (2, _random),
        "row_number": (0, _row_number),
    }
    """Functions with a way of their own, and how many arguments they take (coalesce: or more)."""


def _drawn(words: Any, low: Num, high: Num) -> Num:
    """Return numbers from low to high, both included; low where high is below it."""
    top = max(low.high, high.high)
    numbers.held(low.low, top - low.low + 1, low.scale)
    count = np.maximum(high.units - low.units, 0) + 1
    if np.ndim(count) == 0:
        return Num(below(words, int(count)) + low.units, low.scale, low.low, top)
    return Num(below_each(words, count.astype(np.uint64)) + low.units, low.scale, low.low, top)


_COMPARE = "compare it with something"
_BARE = {"as_of", "row_number"}
"""Functions that are called without parentheses too, where no column has the name."""
FUNCTIONS = {
    *(name for name in OPERATIONS if name[0].isalpha() and name not in ("neg", "not")),
    *Compiler.special,
    *aggregates.NAMES,
}
"""The names of all functions."""
