"""How a report says numbers, shares and summaries."""

from __future__ import annotations

from shardgen.execution.description.cells import point
from shardgen.execution.description.description import (
    ColumnDescription,
    Description,
    Promise,
    Relation,
    TableDescription,
)


def share(part: float, whole: float) -> str:
    """Return a share in percent, of few digits; "0%" is none at all, and "100%" is all."""
    if not whole or not part:
        return "0%"
    percent = 100 * part / whole
    if percent < 0.1:
        return "<0.1%"
    if part < whole and percent > 99.9:
        return ">99.9%"
    return f"{percent:.0f}%" if percent >= 10 else f"{percent:.1f}%"


def range_of(column: ColumnDescription) -> str:
    """Return the least, the middle and the greatest value, "" where there is no line."""
    if column.low is None or column.high is None:
        return ""
    ends = [point(column.low, column.kind), point(column.high, column.kind)]
    if ends[0] == ends[1]:
        return ends[0]
    if column.quantiles:
        ends.insert(1, f"~{point(column.quantiles[2], column.kind)}")
    return " … ".join(ends)


def summary_of(column: ColumnDescription, rows: int) -> str:
    """Return what a column's values are in a line: range, distinct values, nulls, lengths."""
    parts = [range_of(column)]
    if column.mean is not None and column.kind == "number" and column.histogram is not None:
        parts.append(f"mean {point(round(column.mean, 6), 'number')}")
    given = rows - column.nulls
    if column.distinct is not None and given:
        parts.append(
            "all different" if column.distinct == given else f"{column.distinct:,} different"
        )
    elif given:
        parts.append("unique")
    if column.lengths is not None:
        low, high = column.lengths
        parts.append(f"{low} characters" if low == high else f"{low} to {high} characters")
    return ", ".join(part for part in parts if part)


def fan_out(relation: Relation) -> str:
    """Return how many children a parent has: least, mean and most."""
    if not relation.fans:
        return "no parents"
    least = relation.fans[0].low
    if least == relation.most:
        return f"{least:,} each"
    mean = f"{relation.mean:.3g}" if relation.mean < 1000 else f"{relation.mean:,.0f}"
    return f"{least:,}–{relation.most:,}, mean {mean}"


def key_text(relation: Relation) -> str:
    """Return a foreign key: its columns and where they lead."""
    return f"{', '.join(relation.columns)} → {relation.table}.{', '.join(relation.parent_columns)}"


def rows_text(table: TableDescription) -> str:
    """Return a table's number of rows, and of how many it is a sample."""
    if table.rows == table.planned:
        return f"{table.rows:,} rows" if table.rows != 1 else "1 row"
    return f"{table.planned:,} rows, {table.rows:,} looked at"


def promise_mark(promise: Promise) -> str:
    """Return whether a promise is kept, as one sign."""
    return "?" if promise.broken is None else "✗" if promise.broken else "✓"


def promises_text(description: Description) -> str:
    """Return in a sentence how many promises are kept."""
    promises = description.promises
    broken = sum(1 for p in promises if p.broken)
    unknown = sum(1 for p in promises if p.broken is None)
    kept = len(promises) - broken - unknown
    parts = [f"{kept:,} of {len(promises):,} promises kept"]
    parts += [f"{broken:,} broken"] if broken else []
    parts += [f"{unknown:,} not looked at"] if unknown else []
    return ", ".join(parts)


def promise_text(promise: Promise) -> str:
    """Return what is promised and how it is kept."""
    named = {
        "unique": f"{promise.what} unique",
        "not null": f"{promise.what} never null",
        "foreign key": f"{promise.what} without orphans",
    }
    text = named.get(promise.kind, promise.what)
    if promise.broken:
        what = {"unique": "values more than once", "rule": "rows found"}
        text += f": {promise.broken:,} {what.get(promise.kind, 'rows break it')}"
    return f"{text} ({promise.note})" if promise.note else text
