"""
Expressions such as `quantity * product.price`: text → syntax tree.

The language follows SQL: precedence of operators, names, quotes and null are as there.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

import msgspec

from shardgen.generators.expressions.syntax import Apply, Call, Case, Constant, Node, Path, children
from shardgen.generators.expressions.tokens import (
    HINTS,
    KEYWORDS,
    MAX_LENGTH,
    ExpressionError,
    Token,
    tokens,
)

MAX_DEPTH = 60  # of operators within operators

T = TypeVar("T", bound=Node)


def parse(text: str) -> Node:
    """Return the syntax tree of an expression; ExpressionError where the text is not one."""
    if len(text) > MAX_LENGTH:
        what = f"an expression of {len(text)} characters is longer than {MAX_LENGTH}"
        raise ExpressionError(what, MAX_LENGTH, MAX_LENGTH + 1)
    return _Parser(tokens(text)).whole()


_PRECEDENCE = {
    "or": 1,
    "and": 2,
    **dict.fromkeys(("=", "<>", "<", "<=", ">", ">=", "between", "in", "is", "not"), 4),
    "||": 5,
    **dict.fromkeys("+-", 6),
    **dict.fromkeys("*/%", 7),
}
"""How tightly an operator binds what stands to its left; `not` before an operand has 3."""
_NOT, _COMPARISON, _MINUS = 3, 4, 8
_NESTING = 25  # parentheses within parentheses: a few calls of Python each


class _Parser:
    """A Pratt parser: every operator has a precedence, and an operand ends at a weaker one."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._nesting = 0

    def whole(self) -> Node:
        node = self._expression()
        if self._next.kind:
            raise self._unexpected("an operator or the end")
        return node

    # Tokens

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    @property
    def _stop(self) -> int:
        return self._tokens[self._at - 1].stop

    def _take(self) -> Token:
        token = self._next
        self._at += 1
        return token

    def _skip(self, *kinds: str) -> bool:
        """Take the next token if it is one of these."""
        found = self._next.kind in kinds
        self._at += found
        return found

    def _need(self, kind: str) -> None:
        if not self._skip(kind):
            raise self._unexpected(repr(kind))

    def _unexpected(self, wanted: str) -> ExpressionError:
        token = self._next
        what = f"expected {wanted}, got {token.shown}"
        hint = HINTS.get(token.kind, "") if wanted == "a value" else ""
        if token.kind in KEYWORDS and wanted in ("a value", "a name"):
            hint = f'a column of that name is written "{token.value}"'
        return ExpressionError(what, token.start, token.stop, hint)

    # Nodes

    def _sized(self, node: T, *inside: Node | None) -> T:
        """Return the node with its end and depth; ExpressionError when it is too deep."""
        depth = 1 + max((n.depth for n in inside if n is not None), default=0)
        sized: T = msgspec.structs.replace(node, stop=self._stop, depth=depth)
        if depth > MAX_DEPTH:
            raise ExpressionError(
                f"more than {MAX_DEPTH} operators within each other", node.start, self._stop
            )
        return sized

    def _apply(self, operator: str, *args: Node) -> Node:
        return self._sized(Apply(operator=operator, args=args, start=args[0].start), *args)

    def _expression(self, precedence: int = 0) -> Node:
        left = self._operand()
        while _PRECEDENCE.get(self._next.kind, 0) > precedence:
            left = self._infix(left)
        return left

    def _infix(self, left: Node) -> Node:
        token = self._take()
        precedence = _PRECEDENCE[token.kind]
        if precedence != _COMPARISON:
            return self._apply(token.kind, left, self._expression(precedence))
        negated = token.kind == "not"
        if negated and self._next.kind not in ("between", "in"):
            raise self._unexpected("between or in")
        node = self._comparison(self._take().kind if negated else token.kind, left)
        if _PRECEDENCE.get(self._next.kind) == _COMPARISON:
            chained = self._next
            hint = "write a < b and b < c, or put one of them in parentheses"
            raise ExpressionError("comparisons do not chain", chained.start, chained.stop, hint)
        return self._apply("not", node) if negated else node

    def _comparison(self, kind: str, left: Node) -> Node:
        if kind == "is":
            negated = self._skip("not")
            self._need("null")
            node = self._apply("is null", left)
            return self._apply("not", node) if negated else node
        if kind == "in":
            self._need("(")
            return self._apply("in", left, *self._listed())
        right = self._expression(_COMPARISON)
        if kind == "between":
            self._need("and")
            return self._apply("between", left, right, self._expression(_COMPARISON))
        return self._apply(kind, left, right)

    def _listed(self) -> list[Node]:
        """Return expressions up to the closing parenthesis, at least one."""
        nodes = [self._expression()]
        while self._skip(","):
            nodes.append(self._expression())
        self._need(")")
        return nodes

    def _operand(self) -> Node:
        self._nesting += 1
        if self._nesting > _NESTING:
            token = self._next
            raise ExpressionError(f"nested more than {_NESTING} deep", token.start, token.stop)
        node = self._prefix()
        self._nesting -= 1
        return node

    def _prefix(self) -> Node:
        token = self._next
        make = self._PREFIX.get(token.kind)
        if make is None:
            raise self._unexpected("a value")
        self._at += 1
        return make(self, token)

    def _number(self, token: Token) -> Node:
        return self._sized(Constant(value=Decimal(token.value), start=token.start))

    def _text(self, token: Token) -> Node:
        return self._sized(Constant(value=token.value, start=token.start))

    def _constant(self, token: Token) -> Node:
        return self._sized(Constant(value=_CONSTANTS[token.kind], start=token.start))

    def _parenthesis(self, token: Token) -> Node:
        del token
        node = self._expression()
        self._need(")")
        return node

    def _minus(self, token: Token) -> Node:
        operand = self._expression(_MINUS)
        return self._sized(Apply(operator="neg", args=(operand,), start=token.start), operand)

    def _negation(self, token: Token) -> Node:
        operand = self._expression(_NOT)
        return self._sized(Apply(operator="not", args=(operand,), start=token.start), operand)

    def _name(self, token: Token) -> Node:
        if token.kind == "name" and self._skip("("):
            return self._call(token)
        return self._path(token)

    def _path(self, token: Token) -> Path:
        words = [token.value]
        while self._skip("."):
            if self._next.kind not in ("name", "quoted"):
                raise self._unexpected("a name")
            words.append(self._take().value)
        return self._sized(Path(words=tuple(words), start=token.start))

    def _call(self, token: Token) -> Node:
        args: list[Node] = []
        if self._next.kind not in (")", "from", "where"):
            args.append(self._expression())
            while self._skip(","):
                args.append(self._expression())
        table = self._path(self._table_name()) if self._skip("from") else None
        where = self._expression() if self._skip("where") else None
        if not self._skip(")"):
            raise self._unexpected("',' or ')'")
        call = Call(
            name=token.value.lower(), args=tuple(args), table=table, where=where, start=token.start
        )
        return self._sized(call, *args, table, where)

    def _table_name(self) -> Token:
        if self._next.kind not in ("name", "quoted"):
            raise self._unexpected("a name")
        return self._take()

    def _case(self, token: Token) -> Node:
        operand = None if self._next.kind == "when" else self._expression()
        branches: list[tuple[Node, Node]] = []
        while self._skip("when"):
            condition = self._expression()
            self._need("then")
            branches.append((condition, self._expression()))
        if not branches:
            raise self._unexpected("'when'")
        otherwise = self._expression() if self._skip("else") else None
        self._need("end")
        case = Case(
            operand=operand, branches=tuple(branches), otherwise=otherwise, start=token.start
        )
        return self._sized(case, *children(case))

    _PREFIX: dict[str, Callable[[_Parser, Token], Node]] = {  # noqa: RUF012 -- never changed
        "number": _number,
        "text": _text,
        **dict.fromkeys(("true", "false", "null"), _constant),
        "(": _parenthesis,
        "-": _minus,
        "not": _negation,
        **dict.fromkeys(("name", "quoted"), _name),
        "case": _case,
    }


_CONSTANTS = {"true": True, "false": False, "null": None}
