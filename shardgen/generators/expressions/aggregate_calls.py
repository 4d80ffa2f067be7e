"""Calls of aggregates: whose children they take, and what they make of which kind of value."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from shardgen.generators.context import ColumnContext
from shardgen.generators.expressions.aggregates import Aggregate
from shardgen.generators.expressions.names import refused_at
from shardgen.generators.expressions.syntax import Call, Node, Path, children
from shardgen.generators.expressions.typed import (
    KIND_NAMES,
    NUMBER_KINDS,
    TEMPORAL_KINDS,
    Computed,
    Kind,
    NullReason,
    Typed,
)
from shardgen.schema.catalog_tables import nullable_column
from shardgen.schema.model import GroupedFanOut
from shardgen.schema.qualified_names import bare_name
from shardgen.tables.batch import Batch

AGGREGATES = ("sum", "avg", "min", "max", "count", "exists")

_COUNTING = ("count", "exists")
_NULL_OF_NO_CHILDREN = ("avg", "min", "max")
_WAY_OUT = "write sum(order_items.amount), or sum(amount from order_items)"


class ChildrenOf(msgspec.Struct, frozen=True, kw_only=True):
    """The children that a call takes, and the argument that is computed of each, if any."""

    table: str
    relation: str
    argument: Node | None


def children_of(context: ColumnContext, call: Call) -> ChildrenOf:
    """Return the children that a call takes; ExpressionError where it is not clear whose."""
    if len(call.args) > 1:
        hint = {"min": "least(a, b)", "max": "greatest(a, b)"}.get(call.name, "")
        what = f"{call.name} takes one argument, got {len(call.args)}"
        raise call.wrong(what, f"of several values: {hint}" if hint else "")
    path, named, argument = _named_children(context, call)
    with refused_at(path):
        table, relation = context.child_relation(named)
    if table == context.table.name:
        raise path.wrong(f"the rows of {table!r} are no children of its own that lie together")
    if argument is None and call.name not in _COUNTING:
        raise call.wrong(f"{call.name} of what?", _WAY_OUT)
    return ChildrenOf(table=table, relation=relation, argument=argument)


def _named_children(context: ColumnContext, call: Call) -> tuple[Path, str, Node | None]:
    """Return the path that names the children, their name for the context, and the argument."""
    argument = call.args[0] if call.args else None
    if call.table is not None:
        return call.table, ".".join(call.table.words), argument
    if call.name in _COUNTING and isinstance(argument, Path) and len(argument.words) == 1:
        return argument, argument.words[0], None
    paths = [] if argument is None else [p for p in _paths(argument) if len(p.words) > 1]
    if not paths:
        way_out = "write count(order_items)" if call.name in _COUNTING else _WAY_OUT
        raise call.wrong(f"{call.name} of which table's rows?", way_out)
    leading = {
        name
        for table in context.catalog.tables
        for reference in table.references
        if reference.table == context.table.name
        for name in (table.name, bare_name(table.name))
    }
    path = next((path for path in paths if path.words[0] in leading), paths[0])
    return path, path.words[0], argument


def _paths(node: Node) -> Iterator[Path]:
    if isinstance(node, Path):
        yield node
    for child in children(node):
        yield from _paths(child)


def typed_aggregate(
    context: ColumnContext,
    call: Call,
    source: ChildrenOf,
    value: Typed | None,
    condition: Typed | None,
) -> Typed:
    """Return an aggregate with its kind; ExpressionError where it does not take such values."""
    if value is not None:
        _check_kind(call, value)
    child = context.catalog.table(source.table)
    reference = next(r for r in child.references if r.name == source.relation)
    shape = reference.shape
    assert isinstance(shape, GroupedFanOut), "a context admits only grouped relations here"
    key = nullable_column(child, reference)
    value_may_be_null = value is not None and value.null_reason is not None
    every_parent = key is None and not reference.where  # of parents left out, no row is a child
    all_count = every_parent and condition is None and not value_may_be_null
    aggregate = Aggregate(
        table=source.table,
        relation=source.relation,
        nullable_key=key,
        value=value,
        condition=condition,
        at_least=int(all_count and shape.min > 0),
    )
    reason = None
    if call.name in _NULL_OF_NO_CHILDREN and not aggregate.at_least:
        reason = NullReason(call, _why_null(context, call, aggregate))
    return Typed(call, _kind(call, value), _function(aggregate, call.name), reason)


def _function(aggregate: Aggregate, name: str) -> Callable[[Batch], Computed]:
    functions = {
        "sum": aggregate.sum,
        "avg": aggregate.avg,
        "min": aggregate.min,
        "max": aggregate.max,
        "count": aggregate.count,
        "exists": aggregate.exists,
    }
    return functions[name]


def _check_kind(call: Call, value: Typed) -> None:
    kinds = NUMBER_KINDS
    if call.name in ("min", "max"):
        kinds = (*kinds, *TEMPORAL_KINDS)
    if call.name not in _COUNTING and value.kind not in kinds:
        what = f"{call.name} does not take {KIND_NAMES[value.kind]}"
        hint = "count(… where …) counts rows" if value.kind == "boolean" else ""
        raise value.node.wrong(what, hint)
    if call.name == "exists" and value.kind != "boolean":
        raise value.node.wrong("exists takes a table", "write exists(payments where …)")


def _kind(call: Call, value: Typed | None) -> Kind:
    match call.name:
        case "count":
            return "integer"
        case "exists":
            return "boolean"
        case "avg":
            return "decimal"
    assert value is not None, "children_of admits only counts without an argument"
    return value.kind


def _why_null(context: ColumnContext, call: Call, aggregate: Aggregate) -> str:
    parent, table = context.table.name, aggregate.table
    if aggregate.value is not None and aggregate.value.null_reason is not None:
        return aggregate.value.null_reason.why
    if aggregate.condition is not None:
        return f"{call.name} is null for {parent} where no {table} count"
    key = f"{table}.{aggregate.relation}"
    why = f'no "min" of the fan_out of {key} forbids it'
    if aggregate.nullable_key is not None:
        why = f"{key} is nullable, so that min does not rule it out"
    return f"{call.name} is null for {parent} without {table}, and {why}"
