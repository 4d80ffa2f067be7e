"""
SQL of a database, as far as it means here what it means there: text → typed nodes.

What differs between the two is not read: quotients, functions of the database's own, what it
computes in floats, texts that a collation may take for others. Null is SQL's in both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from shardgen.generators.expressions.compiler import Compiler
from shardgen.generators.expressions.parser import parse
from shardgen.generators.expressions.sql_texts import TextComparisons
from shardgen.generators.expressions.syntax import Apply, Call, Case, Node, Path, children
from shardgen.generators.expressions.tokens import ExpressionError
from shardgen.generators.expressions.typed import Typed
from shardgen.schema.qualified_names import bare_name

if TYPE_CHECKING:
    from shardgen.generators.context import ColumnContext
    from shardgen.schema.catalog_tables import CatalogTable

_SAME = {
    *("abs", "ceil", "coalesce", "floor", "greatest", "least", "length", "lower", "mod", "nullif"),
    *("round", "sign", "substr", "upper"),
}
"""Functions that are the same in databases and here."""
_OTHER_NAMES = {
    "char_length": "length",
    "character_length": "length",
    "ceiling": "ceil",
    "ifnull": "coalesce",
    "substring": "substr",
}
_OF_ASCII = {"lower": "~lower", "upper": "~upper"}
_ARITHMETIC = {"+", "-", "*", "%", "neg", "round", "mod"}


class SqlReader(msgspec.Struct, frozen=True, eq=False):
    """Reads the SQL of one database about the rows of a table."""

    table: CatalogTable
    database: str

    def condition(self, text: str, context: ColumnContext) -> tuple[Typed, tuple[str, ...]]:
        """Return a condition and the columns that it reads; ExpressionError where it is unread."""
        tree = self._tree(text, TextComparisons(self.table, self.database, is_condition=True))
        return Compiler(context).condition(tree), names_of(tree)

    def tree(self, text: str) -> Node:
        """Return the syntax tree; ExpressionError where it means something else there."""
        return self._tree(text, TextComparisons(self.table, self.database))

    def _tree(self, text: str, comparisons: TextComparisons) -> Node:
        tree = self._read(parse(_plain_quotes(text, self.database)))
        comparisons.check(tree)
        families = {self.table.column(name).sql_type.family for name in names_of(tree)}
        inexact = {"float"} if self.database != "sqlite" else {"float", "decimal"}
        if families & inexact and any(_operation(node) in _ARITHMETIC for node in all_nodes(tree)):
            raise tree.wrong("the database computes it in floats")
        return tree

    def _read(self, node: Node) -> Node:
        """Return a node with the names that the schema has; ExpressionError for other meanings."""
        match node:
            case Path():
                return self._path(node)
            case Apply():
                if node.operator == "/":
                    raise node.wrong("databases differ in what a quotient is")
                return msgspec.structs.replace(node, args=tuple(map(self._read, node.args)))
            case Call():
                return self._call(node)
            case Case():
                return msgspec.structs.replace(
                    node,
                    branches=tuple((self._read(a), self._read(b)) for a, b in node.branches),
                    operand=None if node.operand is None else self._read(node.operand),
                    otherwise=None if node.otherwise is None else self._read(node.otherwise),
                )
        return node

    def _path(self, node: Path) -> Node:
        words = node.words
        of = ".".join(words[:-1]).casefold()
        if of in (self.table.name.casefold(), bare_name(self.table.name).casefold()):
            words = words[-1:]
        known = [c.name for c in self.table.columns if c.name.casefold() == words[-1].casefold()]
        if len(words) != 1 or len(known) != 1:
            raise node.wrong(f"{'.'.join(words)!r} is no column of the table")
        return msgspec.structs.replace(node, words=(known[0],))

    def _call(self, node: Call) -> Node:
        name = _OTHER_NAMES.get(node.name, node.name)
        in_bytes = self.database == "mysql" and node.name == "length"
        if name not in _SAME or in_bytes or node.table is not None or node.where is not None:
            raise node.wrong(f"{node.name} is a function of the database's own")
        name = _OF_ASCII.get(name, name)
        return msgspec.structs.replace(node, name=name, args=tuple(map(self._read, node.args)))


def _operation(node: Node) -> str:
    return node.operator if isinstance(node, Apply) else node.name if isinstance(node, Call) else ""


def all_nodes(node: Node) -> Iterator[Node]:
    """Yield a node, and all that it is made of."""
    yield node
    for child in children(node):
        yield from all_nodes(child)


def names_of(tree: Node) -> tuple[str, ...]:
    """Return the columns that are read, each once."""
    found = (node.words[-1] for node in all_nodes(tree) if isinstance(node, Path))
    return tuple(dict.fromkeys(found))


def _plain_quotes(text: str, database: str) -> str:
    """Return MySQL's names in backticks as others write them."""
    if database == "mysql" and '"' in text:
        raise ExpressionError("MySQL reads double quotes as those of a text", 0, len(text))
    return text.replace("`", '"') if "'" not in text else text
