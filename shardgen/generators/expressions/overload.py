"""One way to call an operation, and its application to operands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from shardgen.generators.expressions.syntax import Node
from shardgen.generators.expressions.typed import (
    NUMBER_KINDS,
    Computed,
    Kind,
    Typed,
    Wanted,
    either_null,
    first_reason,
)

if TYPE_CHECKING:
    from shardgen.generators.expressions.typed import Nulls, Value
    from shardgen.tables.batch import Batch

_MAX_DIGITS = 1000  # of a length that is written out
_WRITTEN_OUT = ("digits", "fill", "words")

Result: TypeAlias = Kind | Literal["number"]


class Overload(msgspec.Struct, frozen=True, eq=False):
    """
    One way to call an operation: what it takes, what it gives, and the function of the values.

    It takes kinds, or `number` (integer or decimal), or `digits` and `fill`, a whole number and a
    text that are written out and are passed as `int` and `str`. With `repeats_last` the last may
    come again. A result that is `number` is an integer if all numbers that it is made of are. The
    result is null in the rows where an operand is.
    """

    takes: tuple[Wanted, ...]
    gives: Result
    function: Callable[..., Value]
    repeats_last: bool = False

    def accepts(self, args: Sequence[Typed]) -> bool:
        """Return whether it takes these arguments, in number and kind."""
        wanted = self.takes
        if self.repeats_last and len(args) > len(wanted):
            wanted = (*wanted, *wanted[-1:] * (len(args) - len(wanted)))
        return len(wanted) == len(args) and all(map(_fits, wanted, args))

    def apply(self, node: Node, args: Sequence[Typed]) -> Typed:
        """Return the operation applied to arguments that it accepts."""
        operands = tuple(self._operand(n, arg) for n, arg in enumerate(args))
        function = Application(self.function, operands)
        return Typed(node, self._kind(operands), function, first_reason(*args))

    def _operand(self, n: int, arg: Typed) -> Typed | int | str:
        if self.takes[min(n, len(self.takes) - 1)] not in _WRITTEN_OUT:
            return arg
        assert isinstance(arg.constant, (str, Decimal)), "accepts() has seen to it"
        return arg.constant if isinstance(arg.constant, str) else int(arg.constant)

    def _kind(self, operands: Sequence[Typed | int | str]) -> Kind:
        if self.gives != "number":
            return self.gives
        kinds = {operand.kind for operand in operands if isinstance(operand, Typed)}
        return "decimal" if "decimal" in kinds else "integer"


def _fits(wanted: Wanted, arg: Typed) -> bool:
    match wanted:
        case "number":
            return arg.kind in NUMBER_KINDS
        case "digits":
            count = arg.constant
            return arg.kind == "integer" and isinstance(count, Decimal) and count <= _MAX_DIGITS
        case "fill":
            return isinstance(arg.constant, str) and bool(arg.constant)
        case "words":
            return isinstance(arg.constant, str)
    return arg.kind == wanted


class Application(msgspec.Struct, frozen=True, eq=False):
    """A function of the operands' values; an operand that is written out is passed as it is."""

    function: Callable[..., Value]
    operands: tuple[Typed | int | str, ...]

    def __call__(self, batch: Batch) -> Computed:
        """Return the results in a batch, null where an operand is."""
        values: list[Value | int | str] = []
        nulls: Nulls = None
        for operand in self.operands:
            if isinstance(operand, Typed):
                value, missing = operand.compute(batch)
                values.append(value)
                nulls = either_null(nulls, missing)
            else:
                values.append(operand)
        return self.function(*values), nulls
