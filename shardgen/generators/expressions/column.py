"""An expression as a column: what its type stores of it, and its values in a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.errors import BindError
from shardgen.generators.expressions.column_values import to_column
from shardgen.generators.expressions.compiler import Compiler
from shardgen.generators.expressions.conversions import as_text
from shardgen.generators.expressions.distinct import differs
from shardgen.generators.expressions.numbers import rounded
from shardgen.generators.expressions.overload import Application
from shardgen.generators.expressions.parser import parse
from shardgen.generators.expressions.syntax import Node, nested_calls
from shardgen.generators.expressions.tokens import ExpressionError
from shardgen.generators.expressions.typed import (
    KIND_NAMES,
    KIND_OF_FAMILY,
    Computed,
    Kind,
    Typed,
)
from shardgen.generators.generator import BoundGenerator, Nulls

if TYPE_CHECKING:
    from shardgen.generators.context import ColumnContext
    from shardgen.random.streams import Truths
    from shardgen.schema.catalog_tables import CatalogColumn
    from shardgen.tables.batch import Batch
    from shardgen.tables.values import ColumnValues

_MAY_REPEAT = "follows from other columns, and the column is unique"
_WAY_OUT = (
    "put row_number or a unique column of the row in it, as in 'INV-' || lpad(row_number, 6), "
    'or use a generator of its own, such as "pattern"'
)
_CALLS = 6  # around the outermost operation


class ExpressionColumn(msgspec.Struct, frozen=True, eq=False):
    """The values of an expression's column; `text` is the expression as the schema has it."""

    text: str
    typed: Typed

    def __call__(self, batch: Batch) -> ColumnValues:
        """Return the values in a batch; BindError where their bounds are too wide."""
        value, _ = batch.shared(self, self._compute)
        return to_column(self.typed.kind, value, len(batch))

    def nulls(self, batch: Batch) -> Truths:
        """Return where the expression is null in a batch: an element for each row."""
        _, nulls = batch.shared(self, self._compute)
        return np.broadcast_to(np.asarray(False if nulls is None else nulls), (len(batch),))

    def _compute(self, batch: Batch) -> Computed:
        """Return values and nulls, which are computed together."""
        try:
            return self.typed.compute(batch)
        except ExpressionError as error:
            raise _refused(error, self.text) from None


def bind_expression(context: ColumnContext, text: str) -> BoundGenerator:
    """Return an expression bound to a column; BindError where it is wrong or does not fit."""
    try:
        tree = parse(text)
        if context.unique and not differs(context, tree):
            raise BindError(_MAY_REPEAT, _WAY_OUT)
        return bind_tree(context, tree, text)
    except ExpressionError as error:
        raise _refused(error, text) from None


def bind_tree(context: ColumnContext, tree: Node, text: str) -> BoundGenerator:
    """Return the syntax tree of a text bound to a column, as `bind_expression` does."""
    compiler = Compiler(context)
    try:
        typed = _as_stored(compiler.compile(tree), context.column)
        _refuse_null(typed, context.column)
    except ExpressionError as error:
        raise _refused(error, text) from None
    column = ExpressionColumn(text, typed)
    nulls = Nulls.NEVER if typed.null_reason is None else column.nulls
    reads = dict.fromkeys(cell for _, cell in compiler.ways)
    return BoundGenerator(
        compute=column,
        nulls=nulls,
        reads=tuple(reads),
        ways=tuple(compiler.ways),
        calls=_CALLS + nested_calls(tree),
    )


def _refused(error: ExpressionError, text: str) -> BindError:
    return BindError(str(error), error.shown(text))


def _as_stored(of: Typed, column: CatalogColumn) -> Typed:
    """Return an expression as the column stores it; ExpressionError where it does not fit."""
    wanted = KIND_OF_FAMILY.get(column.sql_type.family)
    if wanted is None:
        what = f"no expression makes a {column.sql_type}"
        raise of.node.wrong(what, "use a generator of the type")
    if wanted == "text" and of.kind != "null":
        return as_text(of)
    if of.kind not in _STORED[wanted]:
        what = f"this is {KIND_NAMES[of.kind]}, and the column is {column.sql_type}"
        raise of.node.wrong(what, _HINTS.get((of.kind, wanted), ""))
    if of.kind == "decimal" and column.sql_type.family == "decimal":
        stored = Application(rounded, (of, column.sql_type.scale))
        return Typed(of.node, of.kind, stored, of.null_reason)
    return of


def _refuse_null(of: Typed, column: CatalogColumn) -> None:
    if of.null_reason is not None and not column.may_be_null:
        node, why = of.null_reason
        hint = 'set "nullable": true, or say what stands for null: coalesce(x, 0)'
        raise node.wrong(f"the column is not nullable, and {why}", hint)


_STORED: dict[Kind, set[Kind]] = {
    "integer": {"integer", "boolean"},
    "decimal": {"integer", "decimal"},
    "date": {"date", "timestamp"},
    "timestamp": {"date", "timestamp"},
    "boolean": {"boolean", "integer"},
    "text": {"text"},
}
"""The kinds of expressions that a column with that kind of values stores."""
_HINTS: dict[tuple[Kind, Kind], str] = {
    ("decimal", "integer"): "round(x), floor(x) or ceil(x) makes it a whole number",
    ("text", "date"): "write date('2024-12-31')",
    ("text", "timestamp"): "write timestamp('2024-12-31 23:59:59')",
    ("interval", "date"): "add it to a date",
    ("interval", "timestamp"): "add it to a date or a timestamp",
    ("time interval", "timestamp"): "add it to a date or a timestamp",
}
"""How to write an expression of one kind for a column of another."""
