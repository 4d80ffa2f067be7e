"""
The nodes of an expression's syntax tree, each with its place in the text.

Nothing is evaluated here, and no name is looked up.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from shardgen.generators.expressions.tokens import ExpressionError


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """The characters `start` … `stop`-1 of an expression, `depth` nodes deep."""

    start: int = 0
    stop: int = 0
    depth: int = 1

    def wrong(self, what: str, hint: str = "") -> ExpressionError:
        """Return the error that something is wrong here."""
        return ExpressionError(what, self.start, self.stop, hint)


class Constant(Node, frozen=True):
    """A number, a text, true, false or null that is written out."""

    value: Decimal | str | bool | None


class Path(Node, frozen=True):
    """A name, or several with dots between them."""

    words: tuple[str, ...]


class Apply(Node, frozen=True):
    """
    An operator and its operands.

    One of `+ - * / % || = <> < <= > >= and or`, `neg`, `not`, `between`, `in` (the operand, then
    what it is compared with) or `is null`.
    """

    operator: str
    args: tuple[Node, ...]


class Call(Node, frozen=True):
    """A function, its name in lower case; an aggregate may have a table and a condition too."""

    name: str
    args: tuple[Node, ...] = ()
    table: Path | None = None
    where: Node | None = None


class Case(Node, frozen=True):
    """The value of the first branch whose condition holds, or is equal to `operand`."""

    branches: tuple[tuple[Node, Node], ...]
    operand: Node | None = None
    otherwise: Node | None = None


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes that a node is made of, in the order of the text."""
    match node:
        case Apply():
            yield from node.args
        case Call():
            yield from node.args
            yield from (each for each in (node.table, node.where) if each is not None)
        case Case():
            yield from () if node.operand is None else (node.operand,)
            for condition, value in node.branches:
                yield from (condition, value)
            yield from () if node.otherwise is None else (node.otherwise,)


def nested_calls(node: Node) -> int:
    """Return how many calls lie within each other when a tree is computed, at most."""
    inside = max((nested_calls(child) for child in children(node)), default=0)
    return inside + _calls(node)


def _calls(node: Node) -> int:
    """Return how many calls lie between a node and those that it is made of."""
    match node:
        case Apply(operator="in"):
            return 7 + 3 * len(node.args).bit_length()  # halves of halves
        case Apply(operator="and" | "or" | "between" | "is null") | Case():
            return 7
        case Call(name="coalesce" | "nullif"):
            return 9
        case Call():
            return 5
    return 2
