"""
Aggregates of a row's children: `sum(order_items.quantity * order_items.price)`.

The parent makes its children again, a bounded number at a time, and keeps only what it adds up.
Nothing of them is stored, and a child is the same wherever it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from shardgen.generators.expressions import typed as ty
from shardgen.generators.expressions.names import refusing
from shardgen.generators.expressions.numbers import Num, divide, finer, held, whole
from shardgen.generators.expressions.parser import Call, Node, Path, children
from shardgen.generators.expressions.tokens import ExpressionError
from shardgen.generators.expressions.typed import Computed, Typed, guarded, is_true
from shardgen.schema.catalog_tables import nullable_column
from shardgen.schema.model import GroupedFanOut
from shardgen.tables.batch import Batch, Children

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.generators.expressions.compiler import Compiler
    from shardgen.random.streams import Indices

NAMES = ("sum", "avg", "min", "max", "count", "exists")
_SHARED = 65_536  # children of a batch that are kept until all of its columns are made
_COUNTING = ("count", "exists")
_WAY_OUT = "write sum(order_items.amount), or sum(amount from order_items)"


def compile_call(compiler: Compiler, call: Call) -> Typed:
    """Return an aggregate with its kind; ExpressionError where it is not clear whose children it takes."""
    if len(call.args) > 1:
        hint = {"min": "least(a, b)", "max": "greatest(a, b)"}.get(call.name, "")
        what = f"{call.name} takes one argument, got {len(call.args)}"
        raise call.wrong(what, f"of several values: {hint}" if hint else "")
    word, at, args = _table_of(compiler, call)
    with refusing(at):
        table, relation = compiler.context.child_relation(word)
    if table == compiler.context.table.name:
        raise at.wrong(f"the rows of {table!r} are no children of its own that lie together")
    inside = compiler.of(table)
    inner = inside.compile(args[0]) if args else None
    if inner is None and call.name not in _COUNTING:
        raise call.wrong(f"{call.name} of what?", _WAY_OUT)
    where = None if call.where is None else inside.condition(call.where)
    if inner is not None:
        _check_kind(call, inner)
    return _Aggregate(compiler, call, (table, relation), inner, where).typed()


def _check_kind(call: Call, inner: Typed) -> None:
    kinds: tuple[str, ...] = ty.NUMBERS
    if call.name in ("min", "max"):
        kinds = (*kinds, *ty.MOMENTS)
    if call.name not in _COUNTING and inner.kind not in kinds:
        what = f"{call.name} does not take {ty.WORDS[inner.kind]}"
        hint = "count(… where …) counts rows" if inner.kind == "boolean" else ""
        raise inner.node.wrong(what, hint)
    if call.name == "exists" and inner.kind != "boolean":
        raise inner.node.wrong("exists takes a table", "write exists(payments where …)")


def _table_of(compiler: Compiler, call: Call) -> tuple[str, Node, tuple[Node, ...]]:
    """Return the table of children as `ColumnContext.child_relation` takes it, its place, and the rest."""
    if call.table is not None:
        return ".".join(call.table.words), call.table, call.args
    first = call.args[0] if call.args else None
    if call.name in _COUNTING and isinstance(first, Path) and len(first.words) == 1:
        return first.words[0], first, ()
    context = compiler.context
    leading = {
        t.name
        for t in context.catalog.tables
        for r in t.references
        if r.table == context.table.name
    }
    paths = [path for arg in call.args for path in _paths(arg) if len(path.words) > 1]
    for path in paths:
        if path.words[0] in leading:
            return path.words[0], path, call.args
    if paths:
        return paths[0].words[0], paths[0], call.args
    raise _unclear(call)


def _unclear(call: Call) -> ExpressionError:
    way_out = "write count(order_items)" if call.name in _COUNTING else _WAY_OUT
    return call.wrong(f"{call.name} of which table's rows?", way_out)


def _paths(node: Node) -> Iterator[Path]:
    if isinstance(node, Path):
        yield node
    for child in children(node):
        yield from _paths(child)


class _Aggregate:
    """
    What is kept of the children of each row, and the bounds of it.

    Children with a null key have no parent. `least` is how many children every row has for sure.
    """

    def __init__(
        self,
        compiler: Compiler,
        call: Call,
        children: tuple[str, str],
        inner: Typed | None,
        where: Typed | None,
    ) -> None:
        table, self.relation = children
        self.call = call
        self.parent = compiler.context.table.name
        self.table = table
        self.inner = inner
        self.where = where
        child = compiler.context.catalog.table(table)
        reference = next(r for r in child.references if r.name == self.relation)
        self.key = nullable_column(child, reference)
        shape = reference.shape
        assert isinstance(shape, GroupedFanOut), "a context admits only grouped relations here"
        surely = self.key is None and where is None and (inner is None or inner.null is None)
        self.least = int(surely and shape.min > 0)
        self._bounds: tuple[Num | None, int] | None = None

    def typed(self) -> Typed:
        """Return the aggregate as a node."""
        call = self.call
        kinds = {"count": "integer", "exists": "boolean", "avg": "decimal"}
        kind = kinds.get(call.name) or (self.inner.kind if self.inner is not None else "")
        null = None
        if call.name in ("avg", "min", "max") and not self.least:
            null = call, self._why_null()
        return Typed(call, kind, guarded(call, _RUNS[call.name](self)), null)

    def _why_null(self) -> str:
        if self.inner is not None and self.inner.null is not None:
            return self.inner.null[1]
        if self.where is not None:
            return f"{self.call.name} is null for {self.parent} where no {self.table} count"
        key = f"{self.table}.{self.relation}"
        why = f'no "min" of the fan_out of {key} forbids it'
        if self.key is not None:
            why = f"{key} is nullable, so that min does not rule it out"
        return f"{self.call.name} is null for {self.parent} without {self.table}, and {why}"

    # Making

    def bounds(self, batch: Batch) -> tuple[Num | None, int]:
        """Return the inner number's bounds, as one of no rows, and the most children of a row."""
        if self._bounds is None:
            child = batch.table.children[self.table, self.relation]
            none = Batch(child, np.arange(0))
            inner = None if self.inner is None else self.inner.run(none)[0]
            self._bounds = inner, none.siblings(self.relation).high
        return self._bounds

    def pieces(self, batch: Batch) -> Iterator[tuple[Any, NDArray[np.bool_], Indices]]:
        """Yield the inner values of some children, which of them count, and whose they are."""
        for piece, owner in self._batches(batch):
            kept = np.ones(len(piece), bool)
            if self.key is not None:
                orphan = piece.null(self.key)
                kept &= True if orphan is None else ~orphan
            if self.where is not None:
                kept &= is_true(self.where.run(piece))
            value = None
            if self.inner is not None:
                value, null = self.inner.run(piece)
                kept &= True if null is None else ~null
            yield value, kept, owner

    def _children(self, batch: Batch) -> Children:
        """Return the children of a batch, found once for all aggregates of them."""
        key = Children, self.table, self.relation
        return batch.shared(key, lambda _: batch.children(self.table, self.relation))

    def _batches(self, batch: Batch) -> Iterable[tuple[Batch, Indices]]:
        """Return the children in batches; few of them are made once for all aggregates."""
        children = self._children(batch)
        if int(children.count.sum()) > _SHARED:
            return children.pieces()
        key = "children", self.table, self.relation
        return batch.shared(key, lambda _: list(children.pieces()))

    def counts(self, batch: Batch) -> Num:
        """Return how many children count; where all do, none has to be made."""
        if self.inner is None and self.where is None and self.key is None:
            return whole(self._children(batch).count, self.least, self.bounds(batch)[1])
        counts = np.zeros(len(batch), np.int64)
        for _, kept, owner in self.pieces(batch):
            counts += np.bincount(owner[kept], minlength=len(batch))
        return whole(counts, self.least, self.bounds(batch)[1])

    def sums(self, batch: Batch) -> tuple[Num, Num]:
        """Return the sums, and of how many children they are."""
        inner, most = self.bounds(batch)
        assert inner is not None, "only counts have nothing to add"
        low, high = held(
            inner.low * (most if inner.low < 0 else self.least),
            inner.high * (most if inner.high > 0 else self.least),
            inner.scale,
        )
        sums, counts = np.zeros(len(batch), np.int64), np.zeros(len(batch), np.int64)
        for value, kept, owner in self.pieces(batch):
            owners, of_owner = _by_owner(np.add, np.where(kept, value.units, 0), owner)
            sums[owners] += of_owner
            counts += np.bincount(owner[kept], minlength=len(batch))
        return Num(sums, inner.scale, low, high), whole(counts, self.least, most)

    def ends(self, batch: Batch, ufunc: np.ufunc, worst: Callable[[Num], int]) -> Computed:
        """Return the least or the greatest value, and where there is none."""
        inner, _ = self.bounds(batch)
        assert inner is not None, "only counts have nothing to compare"
        start = worst(inner)
        ends, any_kept = np.full(len(batch), start, np.int64), np.zeros(len(batch), bool)
        for value, kept, owner in self.pieces(batch):
            owners, of_owner = _by_owner(ufunc, np.where(kept, value.units, start), owner)
            ends[owners] = ufunc(ends[owners], of_owner)
            any_kept[owner[kept]] = True
        return Num(ends, inner.scale, inner.low, inner.high), None if self.least else ~any_kept


def _by_owner(
    ufunc: np.ufunc, values: Indices, owner: Indices
) -> tuple[Indices, NDArray[np.int64]]:
    """Return the owners of a run of values each, and what the run comes to."""
    starts = np.flatnonzero(np.concatenate(([True], owner[1:] != owner[:-1])))
    return owner[starts], ufunc.reduceat(values, starts)


def _sum(of: _Aggregate) -> ty.Run:
    return lambda batch: (of.sums(batch)[0], None)


def _average(of: _Aggregate) -> ty.Run:
    def run(batch: Batch) -> Computed:
        sums, counts = of.sums(batch)
        inner = of.bounds(batch)[0]
        assert inner is not None, "only counts have nothing to add"
        average = divide(sums, whole(np.maximum(counts.units, 1), 1, max(counts.high, 1)))
        bounds = finer(inner, average.scale)
        units = average.units.clip(bounds.low, bounds.high)
        return (
            Num(units, average.scale, bounds.low, bounds.high),
            None if of.least else counts.units == 0,
        )

    return run


def _count(of: _Aggregate) -> ty.Run:
    return lambda batch: (of.counts(batch), None)


def _exists(of: _Aggregate) -> ty.Run:
    return lambda batch: (of.counts(batch).units > 0, None)


def _least(of: _Aggregate) -> ty.Run:
    return lambda batch: of.ends(batch, np.minimum, lambda inner: inner.high)


def _greatest(of: _Aggregate) -> ty.Run:
    return lambda batch: of.ends(batch, np.maximum, lambda inner: inner.low)


_RUNS: dict[str, Callable[[_Aggregate], ty.Run]] = {
    "sum": _sum,
    "avg": _average,
    "min": _least,
    "max": _greatest,
    "count": _count,
    "exists": _exists,
}
