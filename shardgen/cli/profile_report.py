"""What was taken of each column of a database that was profiled, and what was not, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from shardgen.cli.grid import grid
from shardgen.execution.profiling.facts import ColumnFacts, TableFacts
from shardgen.execution.profiling.profile import Profiled

_MOST = 20  # notes that are told


def head_of(found: Profiled) -> tuple[str, ...]:
    """Return the comment at the top of the file."""
    count = len(found.schema.tables)
    return (
        f"Learned from the rows of {found.database.name}, {count} tables: shares, quantiles.",
        "No text stands here that few rows share. `shardgen run FILE` makes rows like them.",
    )


def profile_report(found: Profiled, out: str | None) -> str:
    """Return the report as a person reads it."""
    rows = sum(table.rows for table in found.tables)
    lines = [f"{out or 'the schema'}: {len(found.tables)} tables, {rows:,} rows"]
    lines.append(grid(("column", "nulls", "taken"), [*_rows(found)]))
    for table in found.tables:
        lines += [_correlation(table, n) for n in range(len(table.correlations))]
    lost = [note for note in found.notes if note.kind != "inferred"]
    lines += [f"  {note}" for note in lost[:_MOST]]
    if len(lost) > _MOST:
        lines.append(f"  and {len(lost) - _MOST} more, in {out or 'the schema'}")
    if out is not None:
        lines.append(f"next: shardgen run {out}")
    return "\n".join(lines)


def _rows(found: Profiled) -> Iterator[tuple[str, str, str]]:
    for table in found.tables:
        sampled = f", {table.sampled:,} looked at" if table.sampled < table.rows else ""
        yield (table.name, "", f"{table.rows:,} rows{sampled}")
        keys = {key.columns[0]: key for key in table.keys}
        for column in table.columns:
            said = taken(column)
            if column.name in keys:
                key = keys[column.name]
                said = (
                    f"children per row of {key.table}: mean {key.mean:.4g}, σ {key.deviation:.4g}"
                )
            nulls = f"{column.nulls:.1%}" if column.nulls else ""
            yield (f"  {column.name}", nulls, said)


def taken(column: ColumnFacts) -> str:
    """Return what was taken of a column, in words."""
    made = {
        "nothing": f"nothing: {column.why}",
        "quantiles": f"{len(column.points)} quantiles",
        "values": f"{len(column.values)} values, of {column.covered:.1%} of the rows",
        "share": "the share of true",
        "shapes": f"{len(column.shapes)} shapes: {', '.join(s.value for s in column.shapes[:3])}",
        "gap": f"how long after {column.after}: {len(column.gap)} quantiles",
    }[column.taken]
    seasons = [f"shares of {name}" for name in column.seasonal if column.taken == "quantiles"]
    rises = ["rises with the key"] if column.rises else []
    return ", ".join([made, *seasons, *rises])


def _correlation(table: TableFacts, n: int) -> str:
    each = table.correlations[n]
    return f"  {table.name}.{each.column} follows {each.other}: ρ {each.rho:.2f}"


def profile_json(found: Profiled, out: str | None) -> str:
    """Return the report as JSON: all that was taken."""
    made: dict[str, Any] = {
        "out": out,
        "tables": [msgspec.to_builtins(table) for table in found.tables],
        "notes": [msgspec.structs.asdict(note) for note in found.notes],
    }
    return msgspec.json.encode(made).decode()
