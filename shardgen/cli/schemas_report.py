"""The bundled schemas as a grid."""

from __future__ import annotations

from shardgen.cli.grid import grid
from shardgen.plan.load import bundled_schemas, load_schema


def schemas_report() -> str:
    """Return the bundled schemas: whole ones, then those that teach one idea each."""
    rows = []
    for name, path in bundled_schemas().items():
        schema = load_schema(path)
        records = sum(table.record_count for table in schema.tables)
        about = schema.description.split(". ")[0].rstrip(".")
        rows.append((name, str(len(schema.tables)), f"{records:,}", about))
    return grid(("schema", "tables", "rows", "description"), rows, to_right={1, 2})
