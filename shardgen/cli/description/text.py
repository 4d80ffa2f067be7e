"""A description as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from shardgen.cli.description.words import (
    fan_out,
    key_text,
    promise_mark,
    promise_text,
    promises_text,
    range_of,
    rows_text,
    share,
)
from shardgen.cli.grid import grid
from shardgen.execution.description.description import (
    ColumnDescription,
    Description,
    TableDescription,
)
from shardgen.execution.description.differing import Comparison

_BLOCKS = "▁▂▃▄▅▆▇█"
_WIDE = 16  # blocks of a histogram
_LONGEST = 60
_TOP = 3
_ROWS = 3
_STRONG = 0.2
_LISTED = 8


def description_text(description: Description) -> str:
    """Return all of it, table by table, and the promises in the end."""
    rows = sum(table.planned for table in description.tables)
    head = [
        f"{description.name} ({description.origin})",
        description.about,
        *([f"This is {description.sample}."] if description.sample else []),
        *description.notes,
        f"{len(description.tables):,} tables, {rows:,} rows; {promises_text(description)}",
    ]
    tables = ["\n".join(_table(table)) for table in description.tables]
    promises = "\n".join(_promises(description))
    return "\n\n".join(["\n".join(head), *tables, *([promises] if promises else [])])


def comparison_text(comparison: Comparison) -> str:
    """Return the differences of two descriptions, the greatest first."""
    here, there = comparison.here, comparison.there
    lines = [
        f"here:  {here.name} ({here.origin})" + (f", {here.sample}" if here.sample else ""),
        f"there: {there.name} ({there.origin})" + (f", {there.sample}" if there.sample else ""),
        "",
    ]
    if not comparison.differences:
        return "\n".join([*lines, "No differences."])
    rows = [(d.table, d.of, d.what, d.here, d.there) for d in comparison.differences]
    return "\n".join([*lines, grid(("table", "of", "what", "here", "there"), rows)])


def _table(table: TableDescription) -> Iterator[str]:
    yield f"{table.name}: {rows_text(table)}"
    if table.about:
        yield table.about
    head = ("column", "type", "null", "different", "", "values", "made by")
    rows = [_column(table, column) for column in table.columns]
    keep = [n for n in range(len(head)) if n < 4 or any(row[n] for row in rows)]
    yield grid([head[n] for n in keep], [[row[n] for n in keep] for row in rows], to_right={2, 3})
    for relation in table.relations:
        lost = f", {relation.orphans:,} orphans" if relation.orphans else ""
        none = f", null in {share(relation.nulls, table.rows)}" if relation.nulls else ""
        law = f" ({relation.law})" if relation.law else ""
        yield f"key {key_text(relation)}{law}: children per parent {fan_out(relation)}{none}{lost}"
    strong = [c for c in table.correlations if abs(c.rho) >= _STRONG or c.asked is not None]
    for each in sorted(strong, key=lambda c: -abs(c.rho))[:_LISTED]:
        asked = f", {each.asked:g} asked" if each.asked is not None else ""
        yield f"ρ = {each.rho:+.2f}{asked}: {each.column} and {each.other}"
    if table.head:
        yield "first rows:"
        names = [column.name for column in table.columns]
        rows_of = table.head[:_ROWS]
        yield grid(names, [["NULL" if v is None else _cut(v, 30) for v in row] for row in rows_of])


def _column(table: TableDescription, column: ColumnDescription) -> list[str]:
    given = table.rows - column.nulls
    distinct = f"{column.distinct:,}" if column.distinct is not None else "all" if given else ""
    return [
        column.name,
        _cut(column.type, 30),
        share(column.nulls, table.rows) if column.nulls else "",
        distinct,
        _blocks(column),
        _values(column, given),
        _cut(column.made_by, _LONGEST),
    ]


def _values(column: ColumnDescription, given: int) -> str:
    """Return the range of a column, or its most frequent values."""
    line = range_of(column)
    if line or not column.top:
        return line
    tops = [f"{_cut(t.value, 20)} {share(t.rows, given)}" for t in column.top[:_TOP]]
    return ", ".join(tops) + (", …" if (column.distinct or 0) > _TOP else "")


def _blocks(column: ColumnDescription) -> str:
    """Return a histogram as a row of blocks."""
    if column.histogram is None or len(column.histogram.rows) < 2:
        return ""
    rows = column.histogram.rows
    width = -(-len(rows) // _WIDE)
    sums = [sum(rows[n : n + width]) for n in range(0, len(rows), width)]
    most = max(sums) or 1
    return "".join(_BLOCKS[-(-each * 7 // most)] if each else " " for each in sums)


def _promises(description: Description) -> Iterator[str]:
    """Yield what is broken and what nobody looked at, and the rules."""
    shown = [p for p in description.promises if p.broken or p.broken is None or p.kind == "rule"]
    for promise in shown:
        at = f"{promise.table}: " if promise.table else ""
        yield f"{promise_mark(promise)} {at}{promise_text(promise)}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
