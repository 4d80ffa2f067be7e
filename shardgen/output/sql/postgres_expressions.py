"""
What PostgreSQL asks of an expression: one collation for its texts, functions for its numbers.

An expression that is not read is left to the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from shardgen.generators.expressions.parser import parse
from shardgen.generators.expressions.syntax import (
    Apply,
    Call,
    Case,
    Constant,
    Node,
    Path,
    children,
)
from shardgen.generators.expressions.tokens import ExpressionError
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.sql_text import sql_for

_COMPARING = {"=", "<>", "<", "<=", ">", ">=", "between", "in"}
_BY_COLLATION = {"lower", "upper", "initcap", "replace", "nullif", "greatest", "least"}
"""Functions of texts that read a collation."""
_OF_NUMBERS = {"round", "ceil", "ceiling", "floor", "sign", "abs", "trunc"}
_LENGTHS = {"length", "char_length", "character_length", "octet_length"}
_TO_DOUBLE = {"round", "ceil", "ceiling", "floor", "sign"}
"""Functions of one number that turn a whole one into double precision."""
_KEEPING = {"abs", "coalesce", "greatest", "least", "nullif"}
_ARITHMETIC = {"+", "-", "*", "/", "%", "neg"}
_NUMBERS = ("double", "numeric", "integer")


class Refusal(msgspec.Struct, frozen=True):
    """Why an expression is not taken, as a predicate, and the way out."""

    what: str
    hint: str


def why_refused(table: CatalogTable, text: str, *, is_generated: bool) -> Refusal | None:
    """Return why PostgreSQL does not take a check or a generated column of a table, if so."""
    try:
        tree = parse(text)
    except ExpressionError:
        return None
    rules = _Rules(table)
    nodes = [tree]
    while nodes:
        node = nodes.pop()
        refusal = rules.why_not(node, is_generated=is_generated)
        if refusal is not None:
            return refusal
        nodes += children(node)
    return None


class _Rules(msgspec.Struct, frozen=True, eq=False):
    """What PostgreSQL asks of the nodes of an expression over a table's rows."""

    table: CatalogTable

    def why_not(self, node: Node, *, is_generated: bool) -> Refusal | None:
        """Return why a node is not computed; None where it is."""
        operator, args = _operation(node)
        reads_collation = operator in _COMPARING or operator in _BY_COLLATION
        if reads_collation and is_generated and _is_constant_text(args):
            return Refusal(f"computes no column by {operator} of texts alone", "write its result")
        collations = {name for arg in args for name in self._collations(arg)}
        if reads_collation and len(collations) > 1:
            listed = " and ".join(sorted(collations))
            what = f"does not know by which collation {operator} goes, {listed}"
            return Refusal(what, 'say which one counts: a COLLATE "C" = b')
        kinds = [self._kind(arg) for arg in args]
        if operator in ("%", "mod") and "double" in kinds:
            return Refusal(f"has no {operator} of double precision", "cast it: (…)::numeric")
        if operator in _OF_NUMBERS and kinds[:1] in (["boolean"], ["text"]):
            return Refusal(f"has no {operator} of a {kinds[0]}", "cast it, or leave it out")
        return None

    def _collations(self, node: Node) -> set[str]:
        """Return the collations that are said of the columns that a text is made of."""
        match node:
            case Path():
                column = self._column(node)
                name = None if column is None else sql_for(column.collation, "postgres")
                return {name} if name is not None else set()
            case Call() if node.name in _LENGTHS:
                return set()
            case Apply(operator="||") | Call():
                return {name for arg in node.args for name in self._collations(arg)}
            case Case():
                return {name for value in _valued(node) for name in self._collations(value)}
        return set()

    def _kind(self, node: Node) -> str:
        """Return the kind of a node's values: integer, numeric, double, boolean, text or ""."""
        match node:
            case Constant():
                return _kind_of_constant(node)
            case Path():
                column = self._column(node)
                family = "" if column is None else column.sql_type.family
                return {"decimal": "numeric", "float": "double"}.get(family, family)
            case Apply() if node.operator not in _ARITHMETIC:
                return "text" if node.operator == "||" else "boolean"
        kind = _widest(self._kind(each) for each in _valued(node))
        is_whole = isinstance(node, Call) and node.name in _TO_DOUBLE and len(node.args) == 1
        return "double" if is_whole and kind == "integer" else kind

    def _column(self, node: Path) -> CatalogColumn | None:
        name = node.words[-1].casefold()
        return next((c for c in self.table.columns if c.name.casefold() == name), None)


def _is_constant_text(args: tuple[Node, ...]) -> bool:
    """Return whether there is text among what reads no column."""
    nodes, has_text = [*args], False
    while nodes:
        node = nodes.pop()
        if isinstance(node, Path):
            return False
        has_text |= isinstance(node, Constant) and isinstance(node.value, str)
        nodes += children(node)
    return has_text


def _operation(node: Node) -> tuple[str, tuple[Node, ...]]:
    """Return what a node does, and with what."""
    match node:
        case Apply():
            return node.operator, node.args
        case Call():
            return node.name, node.args
        case Case() if node.operand is not None:
            return "=", (node.operand, *(condition for condition, _ in node.branches))
    return "", ()


def _valued(node: Node) -> tuple[Node, ...]:
    """Return the nodes whose kind is that of the node's values, if there are such."""
    match node:
        case Apply():
            return node.args
        case Call() if node.name in _TO_DOUBLE:
            return node.args[:1]
        case Call() if node.name in _KEEPING:
            return node.args
        case Case():
            otherwise = () if node.otherwise is None else (node.otherwise,)
            return (*(value for _, value in node.branches), *otherwise)
    return ()


def _kind_of_constant(node: Constant) -> str:
    """Return the kind; "" for a text that is written out, which has the type of what is beside."""
    if isinstance(node.value, Decimal):
        return "integer" if node.value == node.value.to_integral_value() else "numeric"
    return "boolean" if isinstance(node.value, bool) else ""


def _widest(kinds: Iterator[str]) -> str:
    """Return the kind of numbers that these are computed in; "" where one is none."""
    found = {*kinds} - {""}
    return next((kind for kind in _NUMBERS if kind in found), min(found, default=""))
