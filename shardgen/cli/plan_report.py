"""What a run would make, as text or as JSON."""

from __future__ import annotations

import msgspec

from shardgen.cli.grid import grid
from shardgen.errors import InputWarning
from shardgen.plan.plan import KeyRange, TablePlan
from shardgen.plan.sizes import estimated_bytes
from shardgen.plan.source import Source


class PlannedTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table of a plan as JSON; `keys` is null where the table has no auto-increment key."""

    name: str
    rows: int
    keys: KeyRange | None
    parents: tuple[str, ...]
    shards: int
    estimated_bytes: int


class PlannedDump(msgspec.Struct, frozen=True, kw_only=True):
    """A plan as JSON; `estimated_bytes` are those of the whole dump, or of all files."""

    schema: str
    dialect: str | None
    format: str
    seed: int
    as_of: str
    rows: int
    shards: int
    estimated_bytes: int
    tables: list[PlannedTable]
    warnings: tuple[InputWarning, ...]


def plan_report(source: Source) -> str:
    """Return the plan as a table, with its totals below."""
    planned = planned_dump(source)
    rows = [
        (
            table.name,
            f"{table.rows:,}",
            f"{table.keys.column} {table.keys.first}..{table.keys.last}" if table.keys else "",
            ", ".join(table.parents),
            f"{table.shards:,}",
            f"{table.estimated_bytes:,}",
        )
        for table in planned.tables
    ]
    head = ("table", "rows", "keys", "parents", "shards", "about bytes")
    total = (
        f"{planned.rows:,} rows, {planned.shards:,} shards, about {planned.estimated_bytes:,} bytes"
    )
    facts = f"seed {planned.seed}, as of {planned.as_of}"
    title = source.plan.format.title
    return f"{grid(head, rows, to_right={1, 4, 5})}\n\n{total} of {title} ({facts})"


def plan_json(source: Source) -> str:
    """Return the plan as one JSON object."""
    return msgspec.json.format(msgspec.json.encode(planned_dump(source)), indent=2).decode()


def planned_dump(source: Source) -> PlannedDump:
    """Return what a run would make; a sample of each table is made to estimate its bytes."""
    plan = source.plan
    tables = [_planned_table(source, table) for table in plan.tables]
    around = len(source.dump_header()) + len(source.dump_footer())
    return PlannedDump(
        schema=plan.schema.name,
        dialect=plan.format.dialect,
        format=plan.format.name,
        seed=plan.seed,
        as_of=plan.as_of.isoformat(),
        rows=plan.rows,
        shards=plan.shard_count(),
        estimated_bytes=around + sum(table.estimated_bytes for table in tables),
        tables=tables,
        warnings=source.warnings,
    )


def _planned_table(source: Source, table: TablePlan) -> PlannedTable:
    return PlannedTable(
        name=table.name,
        rows=table.rows,
        keys=table.keys,
        parents=table.parents,
        shards=source.plan.shards_of(table),
        estimated_bytes=estimated_bytes(source, table),
    )
