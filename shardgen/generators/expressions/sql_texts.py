"""
Comparisons of texts in a database's SQL: which of them come out there as they do here.

Here two texts are equal where all letters are, and follow each other by their code points. A
collation may take more of them for equal, and order them as a language does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from shardgen.generators.expressions.syntax import (
    Apply,
    Call,
    Case,
    Constant,
    Node,
    Path,
    children,
)
from shardgen.schema.sql_text import sql_for

if TYPE_CHECKING:
    from shardgen.schema.catalog_tables import CatalogTable

_EQUALITY = {"=", "<>", "in"}
_ORDER = {"<", "<=", ">", ">=", "between"}
_OF_TEXT = {"~lower", "~upper", "substr"}
_KEEPING = {"coalesce", "nullif"}
_BY_LETTER = {"sqlite": {"BINARY"}, "postgres": {"C", "POSIX"}}
"""Collations by which texts are in order letter by letter, by their database."""


class TextComparisons(msgspec.Struct, frozen=True, eq=False):
    """
    The comparisons of a table's texts in one database.

    `is_condition` says that what is computed is a condition that may hold more often there than
    here: texts that are equal here are so there.
    """

    table: CatalogTable
    database: str
    is_condition: bool = False

    def check(self, node: Node, *, more_is_right: bool = True) -> None:
        """
        ExpressionError for a comparison whose result may be another one there.

        `more_is_right` says that it may be true where it is false here.
        """
        for operator, args in _compared(node):
            if all(map(self._is_text, args)) and self._differs(
                operator, args, more_is_right=more_is_right
            ):
                raise node.wrong("the collation of the database decides how it compares texts")
        keeps = isinstance(node, Apply) and node.operator in ("and", "or")
        for child in children(node):
            self.check(child, more_is_right=more_is_right and keeps)

    def _differs(self, operator: str, args: list[Node], *, more_is_right: bool) -> bool:
        if operator in _ORDER:
            return not all(self._is_by_letter(arg) for arg in args)
        if all(self._has_equal_letters(arg) for arg in args):
            return False
        return operator == "<>" or not (more_is_right and self.is_condition)

    def _is_text(self, node: Node) -> bool:
        """Return whether a node is text: a text that is written out may be a date beside one."""
        match node:
            case Constant():
                return isinstance(node.value, str)
            case Path():
                return self.table.column(node.words[-1]).sql_type.family in ("text", "enum", "uuid")
            case Apply():
                return node.operator == "||"
            case Call():
                return node.name in _OF_TEXT or (
                    node.name in _KEEPING and any(map(self._is_text, node.args))
                )
            case Case():
                return any(self._is_text(value) for _, value in node.branches)
        return False

    def _collations(self, node: Node) -> list[str | None]:
        """Return the collation of each column that a text is made of; None where none is said."""
        if isinstance(node, Path):
            return [sql_for(self.table.column(node.words[-1]).collation, self.database)]
        return [found for child in children(node) for found in self._collations(child)]

    def _is_by_letter(self, node: Node) -> bool:
        known = _BY_LETTER.get(self.database, set())
        usual = self.database == "sqlite"
        return self.database != "mysql" and all(
            usual if name is None else name in known for name in self._collations(node)
        )

    def _has_equal_letters(self, node: Node) -> bool:
        """Return whether only texts of the same letters are equal to it there."""
        if self.database == "sqlite":
            return self._is_by_letter(node)
        return self.database == "postgres" and not any(
            self.table.column(name).sql_type.name in ("citext", "char") for name in _columns(node)
        )


def _compared(node: Node) -> list[tuple[str, list[Node]]]:
    """Return what a node compares, and how."""
    match node:
        case Apply() if node.operator in _EQUALITY | _ORDER:
            return [(node.operator, [*node.args])]
        case Call(name="nullif"):
            return [("<>", [*node.args])]
        case Case() if node.operand is not None:
            return [("<>", [node.operand, *(value for value, _ in node.branches)])]
    return []


def _columns(node: Node) -> list[str]:
    if isinstance(node, Path):
        return [node.words[-1]]
    return [name for child in children(node) for name in _columns(child)]
