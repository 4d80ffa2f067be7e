"""
Whether an expression differs from row to row, proven from how it is written.

What differs is the number of the row, or a unique column of it; what stands around it must let it
be read back. Nothing else is known to differ, and so no other expression fills a unique column.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from shardgen.generators.expressions.syntax import Apply, Call, Constant, Node, Path

if TYPE_CHECKING:
    from shardgen.generators.context import ColumnContext
    from shardgen.schema.catalog_tables import CatalogTable

_FAMILIES = frozenset({"integer", "text", "uuid", "date"})
"""Types whose values expressions read and write whole; others are rounded, or have few."""


class Told(msgspec.Struct, frozen=True):
    """
    How something that differs is written: `is_number`, and as a text of `digits` alone.

    `width` is how many characters it has in every row, None where that differs. `most` is the
    highest of numbers, None where it is not known.
    """

    is_number: bool = False
    digits: bool = False
    width: int | None = None
    most: int | None = None


def differs(context: ColumnContext, tree: Node) -> bool:
    """Return whether it is proven that no two rows have the same value, nulls aside."""
    column = context.column.sql_type
    is_whole = column.family in _FAMILIES or column.family == "decimal"
    return is_whole and _told(tree, context.table, context.rows) is not None


def _told(  # noqa: PLR0911 -- one for each kind of node
    node: Node, table: CatalogTable, rows: int
) -> Told | None:
    match node:
        case Path(words=words):
            return _path(words, table, rows)
        case Call(name="row_number"):
            return _numbers_to(rows)
        case Call(name="to_text", args=(of,)):
            told = _told(of, table, rows)
            return None if told is None else msgspec.structs.replace(told, is_number=False)
        case Call(name="lpad", args=(of, Constant(value=Decimal() as digits), *_)):
            return _padded(_told(of, table, rows), int(digits))
        case Call(name="concat") | Apply(operator="||"):
            return _joined([*_parts(node)], table, rows)
        case Apply(operator="+" | "-" | "*" as operator, args=(left, right)):
            return _sum(operator, left, right, table, rows)
        case Apply(operator="neg", args=(of,)):
            told = _told(of, table, rows)
            return Told(is_number=True) if told is not None and told.is_number else None
    return None


def _numbers_to(most: int) -> Told:
    return Told(is_number=True, digits=True, most=most)


def _path(words: tuple[str, ...], table: CatalogTable, rows: int) -> Told | None:
    name = words[-1]
    column = next((each for each in table.columns if each.name == name), None)
    if column is None:
        is_row_number = len(words) == 1 and name.lower() == "row_number"
        return _numbers_to(rows) if is_row_number else None
    if words[:-1] not in ((), (table.name,)):
        return None
    if column.counts_rows and column.first_number >= 0:
        return _numbers_to(column.first_number + rows - 1)
    family = column.sql_type.family
    is_unique = column.is_key and family in _FAMILIES
    return Told(is_number=family == "integer") if is_unique else None


def _padded(told: Told | None, digits: int) -> Told | None:
    """Return how a padded number is written: with zeros, and longer ones are not cut."""
    if told is None or not told.is_number:
        return None  # texts that end alike may become one
    fits = told.most is not None and len(str(told.most)) <= digits
    return Told(digits=True, width=digits if fits else None)


def _parts(node: Node) -> Sequence[Node]:
    """Return what texts are put together from, from left to right."""
    match node:
        case Call(name="concat", args=args) | Apply(operator="||", args=args):
            return [part for arg in args for part in _parts(arg)]
    return [node]


def _joined(parts: Sequence[Node], table: CatalogTable, rows: int) -> Told | None:
    """Return that of texts together one can be read back, from the beginning or from the end."""
    for n, part in enumerate(parts):
        told = _told(part, table, rows)
        if told is not None and (
            _is_bounded(told, parts[:n], parts[n + 1 :], -1)
            or _is_bounded(told, parts[n + 1 :], parts[:n], 0)
        ):
            return Told()
    return None


def _is_bounded(told: Told, near: Sequence[Node], far: Sequence[Node], edge: int) -> bool:
    """
    Return whether a text ends where it can be seen, beside `near`, when `far` is always the same.

    It does where it is as long in every row, where all of `near` is the same too, and where it is
    of digits and a constant that is none of them is next to it.
    """
    if not all(isinstance(part, Constant) for part in far):
        return False
    if told.width is not None or all(isinstance(part, Constant) for part in near):
        return True
    beside = near[edge]
    text = str(beside.value) if isinstance(beside, Constant) else ""
    return told.digits and text != "" and not text[edge].isdigit()


def _sum(operator: str, left: Node, right: Node, table: CatalogTable, rows: int) -> Told | None:
    """Return that a number differs that others are added to, or that is multiplied by them."""
    for of, other in ((left, right), (right, left)):
        told = _told(of, table, rows)
        if told is None or not told.is_number or not isinstance(other, Constant):
            continue
        value = other.value
        if isinstance(value, Decimal) and value % 1 == 0 and (operator != "*" or value != 0):
            return Told(is_number=True)
    return None
