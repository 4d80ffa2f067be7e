"""What a condition may read beside its own row: functions of the database, and rows of parents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from shardgen.importing.described import Function

Node = Any
"""A node of sqlglot's trees."""
_ARROW = " -> "
_RETURNS = re.compile(r"\s*BEGIN\s+RETURN\b([^;]*);\s*END\s*;?\s*", re.IGNORECASE)
_NUMBERED = re.compile(r"\$(\d+)")
_ROW = "new"
"""What qualifies a column of the row itself, where another row is read too."""


class Parent(msgspec.Struct, frozen=True, kw_only=True):
    """The row that a key leads to: the `key` column, the `end` there, and its other columns."""

    key: str
    end: str
    columns: Mapping[str, str]

    def inside(self) -> dict[str, str]:
        """Return what its columns are called in a condition on the row of the key."""
        return {low: f"{self.key}{_ARROW}{name}" for low, name in self.columns.items()}


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the conditions of a table may read.

    `functions` are by their names in small letters, `parents` by those of their tables.
    """

    functions: Mapping[str, tuple[Function, ...]] = {}
    parents: Mapping[str, tuple[Parent, ...]] = {}


NOTHING = Surroundings()


def led_to(column: str) -> tuple[str, str] | None:
    """Return the key and the column of its parent that a condition reads; None for own columns."""
    key, arrow, name = column.partition(_ARROW)
    return (key, name) if arrow else None


def is_of_row(node: Node) -> bool:
    """Return whether a column is the row's own, where a parent's columns are read."""
    return str(node.table).lower() == _ROW


def inlined(call: Node, around: Surroundings) -> Node | None:
    """Return what a call of a function of the database's own is; None where that is not known."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    found = around.functions.get(str(call.this).lower(), ())
    if len(found) != 1:
        return None
    (function,) = found
    body = function.body.strip().rstrip(";")
    if function.language != "sql":
        returned = _RETURNS.fullmatch(function.body)
        if returned is None:
            return None
        body = f"SELECT {returned[1]}"
    try:
        query = sqlglot.parse_one(_NUMBERED.sub(r'"$\1"', body), dialect="postgres")
    except (SqlglotError, RecursionError):
        return None
    if not isinstance(query, exp.Select) or len(query.expressions) != 1:
        return None
    made = query.expressions[0].unalias() if _source(query) is None else exp.Subquery(this=query)
    arguments = _arguments(call, len(function.parameters))
    names = {name.lower(): n for n, name in enumerate(function.parameters) if name}
    names |= {f"${n + 1}": n for n in range(len(arguments))}

    def given(node: Node) -> Node:
        at = None
        if isinstance(node, exp.Column) and not node.table:
            at = names.get(node.name.lower())
        return arguments[at].copy() if at is not None and at < len(arguments) else node

    return made.transform(given)


def _arguments(call: Node, count: int) -> list[Node]:
    """Return what a function is given, its columns marked as the row's; the rest as an array."""
    from sqlglot import exp

    def own(node: Node) -> Node:
        is_bare = isinstance(node, exp.Column) and not node.table
        return exp.column(node.this.copy(), table=_ROW) if is_bare else node

    arguments = [each.copy().transform(own) for each in call.expressions]
    if len(arguments) > count > 0:
        arguments[count - 1 :] = [exp.Array(expressions=arguments[count - 1 :])]
    return arguments


def _source(query: Node) -> Node | None:
    return query.args.get("from_") or query.args.get("from")


def bare_query(node: Node) -> Node:
    """Return a query without its parentheses."""
    from sqlglot import exp

    while isinstance(node, (exp.Subquery, exp.Paren)):
        node = node.this
    return node


def parent_of(query: Node, around: Surroundings) -> tuple[Parent, list[Node]] | None:
    """
    Return the parent whose row a query reads, and what else it asks of that; None for others.

    It reads one table alone, and finds the row by the key of the row that the condition is of.
    """
    from sqlglot import exp

    query = bare_query(query)
    where = query.args.get("where") if isinstance(query, exp.Select) else None
    if where is None or any(query.args.get(each) for each in ("joins", "group", "having", "limit")):
        return None
    source = _source(query)
    if source is None or not isinstance(source.this, exp.Table):
        return None
    asked = [*where.this.flatten()] if isinstance(where.this, exp.And) else [where.this]
    for parent in around.parents.get(source.this.name.lower(), ()):
        rest = [part for part in asked if not _finds(part, parent)]
        if len(rest) == len(asked) - 1:
            return parent, rest
    return None


def _finds(part: Node, parent: Parent) -> bool:
    """Return whether `id = NEW.parent_id` is what a part says."""
    from sqlglot import exp

    bare = part.unnest() if isinstance(part, exp.Paren) else part
    if not isinstance(bare, exp.EQ):
        return False
    ends = [each for each in (bare.left, bare.right) if isinstance(each, exp.Column)]
    own = [each.name.lower() for each in ends if is_of_row(each)]
    theirs = [each.name.lower() for each in ends if not is_of_row(each)]
    return own == [parent.key.lower()] and theirs == [parent.end.lower()]
