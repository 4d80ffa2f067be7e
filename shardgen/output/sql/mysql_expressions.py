"""Which columns an expression reads as texts, and not to compare or to trim them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from shardgen.generators.expressions.parser import parse
from shardgen.generators.expressions.syntax import Apply, Call, Node, Path, children
from shardgen.generators.expressions.tokens import ExpressionError

_COMPARING = {"=", "<>", "<", "<=", ">", ">=", "between", "in", "is null"}


class TextsRead(msgspec.Struct, frozen=True):
    """The names of columns, without case; `alone` where the expression is one of them."""

    names: tuple[str, ...]
    alone: bool


def texts_read(text: str) -> TextsRead | None:
    """Return what an expression reads as texts; None where it is not read itself."""
    try:
        tree = parse(text if "'" in text else text.replace("`", '"'))
    except ExpressionError:
        return None
    return TextsRead(tuple(_names(tree)), isinstance(tree, Path))


def _names(node: Node) -> Iterator[str]:
    if isinstance(node, Path):
        yield node.words[-1].casefold()
        return
    compares = isinstance(node, Apply) and node.operator in _COMPARING
    trims = isinstance(node, Call) and node.name == "rtrim"
    for child in children(node):
        if not (isinstance(child, Path) and (compares or trims)):
            yield from _names(child)
