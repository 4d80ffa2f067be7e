"""Two descriptions compared: what only one has, and how far what both have lies apart."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import accumulate

import msgspec

from shardgen.execution.description.cells import point
from shardgen.execution.description.description import (
    ColumnDescription,
    Description,
    Fan,
    Relation,
    TableDescription,
)
from shardgen.execution.description.queries import is_on_a_line

LEAST = 0.02
"""Shares and distances that differ by less are taken for the same."""
_CHANCE = 1.36
"""Kolmogorov-Smirnov's distance of two samples of one law is less than this / sqrt(n) in 95 %."""
_COVERED = 0.5
"""Frequent values are compared where they are so much of a column."""
_LEAST_RHO = 0.1


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """
    One thing that differs: in which table, `of` which column or key, "" for the table itself.

    `size` is 1 for what only one has; of shares and distributions how far they lie apart, 0 to 1;
    of counts the difference as a share of the greater.
    """

    table: str
    of: str
    what: str
    here: str
    there: str
    size: float


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two descriptions and their differences, the greatest first."""

    here: Description
    there: Description
    differences: tuple[Difference, ...]


def compare(here: Description, there: Description) -> Comparison:
    """Return what differs; the histograms of both have the same steps, or are not compared."""
    found: list[Difference] = []
    names = dict.fromkeys(t.name for each in (here, there) for t in each.tables)
    for name in names:
        found += _tables(name, here.table(name), there.table(name))
    found += _promises(here, there)
    found.sort(key=lambda d: -d.size)
    return Comparison(here=here, there=there, differences=tuple(found))


def _tables(
    name: str, here: TableDescription | None, there: TableDescription | None
) -> Iterator[Difference]:
    if here is None or there is None:
        yield _only(name, "", "table", is_here=here is not None)
        return
    most = max(here.planned, there.planned)
    if here.planned != there.planned:
        size = abs(here.planned - there.planned) / most
        yield _difference(name, "", "rows", (f"{here.planned:,}", f"{there.planned:,}"), size)
    keys = {n for t in (here, there) for r in t.relations for n in r.columns}
    keys |= {*here.primary_key, *there.primary_key}
    for column in dict.fromkeys(c.name for t in (here, there) for c in t.columns):
        one, other = here.column(column), there.column(column)
        if one is None or other is None:
            yield _only(name, column, "column", is_here=one is not None)
        else:
            rows = here.rows, there.rows
            yield from _columns(name, one, other, rows, is_key=column in keys)
    theirs = {(r.columns, r.table): r for r in there.relations}
    ours = {(r.columns, r.table): r for r in here.relations}
    for key in dict.fromkeys([*ours, *theirs]):
        of = f"{', '.join(key[0])} → {key[1]}"
        if key in ours and key in theirs:
            yield from _relations(name, of, ours[key], theirs[key])
        else:
            yield _only(name, of, "foreign key", is_here=key in ours)
    yield from _correlations(here, there)


def _columns(
    table: str,
    here: ColumnDescription,
    there: ColumnDescription,
    rows: tuple[int, int],
    *,
    is_key: bool,
) -> Iterator[Difference]:
    nulls = _share(here.nulls, rows[0]), _share(there.nulls, rows[1])
    if abs(nulls[0] - nulls[1]) >= _least(*rows):
        said = f"{nulls[0]:.1%}", f"{nulls[1]:.1%}"
        yield _difference(table, here.name, "nulls", said, abs(nulls[0] - nulls[1]))
    given = rows[0] - here.nulls, rows[1] - there.nulls
    if not all(given) or is_key:
        return
    if here.kind != there.kind and (is_on_a_line(here.kind) or is_on_a_line(there.kind)):
        yield _difference(table, here.name, "type", (here.type, there.type), 1.0)
    elif here.histogram is not None and there.histogram is not None:
        size = histogram_distance(here, there)
        if size >= _least(*given):
            said = _middle(here), _middle(there)
            yield _difference(table, here.name, "distribution (median)", said, size)
    elif here.top and there.top:
        yield from _values(table, here, there, given)


def _values(
    table: str, here: ColumnDescription, there: ColumnDescription, given: tuple[int, int]
) -> Iterator[Difference]:
    """Yield how the frequent values differ, and the value whose share differs most."""
    ours = {v.value: v.rows / given[0] for v in here.top}
    theirs = {v.value: v.rows / given[1] for v in there.top}
    apart = {v: ours.get(v, 0.0) - theirs.get(v, 0.0) for v in {*ours, *theirs}}
    most = max(sorted(apart), key=lambda v: abs(apart[v]))
    size = sum(map(abs, apart.values())) / 2
    is_covered = max(sum(ours.values()), sum(theirs.values())) >= _COVERED
    if is_covered and abs(apart[most]) >= _least(*given):
        said = f"{ours.get(most, 0):.1%}", f"{theirs.get(most, 0):.1%}"
        yield _difference(table, here.name, f"values (share of {most})", said, size)


def histogram_distance(here: ColumnDescription, there: ColumnDescription) -> float:
    """Return the greatest difference of the shares up to any step's end; 0 for other steps."""
    one, other = here.histogram, there.histogram
    if one is None or other is None or (one.low, one.width) != (other.low, other.width):
        return 0.0
    return _apart((one.below, *one.rows, one.above), (other.below, *other.rows, other.above))


def _apart(one: Sequence[int], other: Sequence[int]) -> float:
    """Return the Kolmogorov-Smirnov distance of two lists of counts."""
    sums: list[list[int]] = [list(accumulate(each)) for each in (one, other)]
    if not sums[0][-1] or not sums[1][-1]:
        return 0.0
    pairs = zip(*sums, strict=False)
    found: float = max(abs(a / sums[0][-1] - b / sums[1][-1]) for a, b in pairs)
    return found


def _relations(table: str, of: str, here: Relation, there: Relation) -> Iterator[Difference]:
    size = _fans_apart(here.fans, there.fans)
    if size >= _least(here.parents, there.parents):
        said = [f"mean {each.mean:.3g}, most {each.most:,}" for each in (here, there)]
        yield _difference(table, of, "children per parent", (said[0], said[1]), size)


def _fans_apart(one: Sequence[Fan], other: Sequence[Fan]) -> float:
    """Return how far two counts of children lie apart, by all ends of ranges."""
    ends = sorted({fan.high for fan in (*one, *other)})
    counts = [[0] * len(ends), [0] * len(ends)]
    for which, fans in enumerate((one, other)):
        for fan in fans:
            counts[which][ends.index(fan.high)] += fan.parents
    return _apart(*counts) if ends else 0.0


def _correlations(here: TableDescription, there: TableDescription) -> Iterator[Difference]:
    theirs = {(c.column, c.other): c for c in there.correlations}
    for each in here.correlations:
        other = theirs.get((each.column, each.other))
        apart = 0.0 if other is None else abs(each.rho - other.rho)
        if other is not None and apart >= max(_LEAST_RHO, 2 * _least(each.rows, other.rows)):
            of, said = f"{each.column}, {each.other}", (f"{each.rho:+.2f}", f"{other.rho:+.2f}")
            yield _difference(here.name, of, "rank correlation", said, apart / 2)


def _promises(here: Description, there: Description) -> Iterator[Difference]:
    """Yield the promises that one keeps and the other does not."""
    theirs = {(p.kind, p.table, p.what): p.broken for p in there.promises}
    for promise in here.promises:
        other = theirs.get((promise.kind, promise.table, promise.what))
        if other is not None and promise.broken is not None and bool(other) != bool(promise.broken):
            said = f"{promise.broken:,} broken", f"{other:,} broken"
            yield _difference(promise.table, promise.what, promise.kind, said, 1.0)


def _difference(table: str, of: str, what: str, said: tuple[str, str], size: float) -> Difference:
    return Difference(
        table=table, of=of, what=what, here=said[0], there=said[1], size=round(size, 4)
    )


def _only(table: str, of: str, what: str, *, is_here: bool) -> Difference:
    said = ("there", "missing") if is_here else ("missing", "there")
    return _difference(table, of, what, said, 1.0)


def _least(one: int, other: int) -> float:
    """Return the least distance of two samples of so many rows that is more than chance."""
    return max(LEAST, _CHANCE * math.sqrt(1 / max(one, 1) + 1 / max(other, 1)))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _middle(column: ColumnDescription) -> str:
    return point(column.quantiles[2], column.kind) if column.quantiles else ""
