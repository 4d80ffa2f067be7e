"""The bundled schemas as a grid."""

from __future__ import annotations

from shardgen.cli.grid import grid
from shardgen.errors import Mistake, PlanError, SchemaError, nearest
from shardgen.plan.load import bundled_schemas, converted, load_schema
from shardgen.schema.files.decoding import FileFormat


def schemas_report() -> str:
    """Return the bundled schemas: whole ones, then those that teach one idea each."""
    rows = []
    for name, path in bundled_schemas().items():
        try:
            schema = load_schema(path)
        except SchemaError as error:  # in YAML, and PyYAML is missing
            rows.append((name, "", "", f"{error.mistakes[0]}"))
            continue
        records = sum(table.record_count for table in schema.tables)
        about = schema.description.split(". ")[0].rstrip(".")
        rows.append((name, str(len(schema.tables)), f"{records:,}", about))
    return grid(("schema", "tables", "rows", "description"), rows, to_right={1, 2})


def schema_text(name: str, form: FileFormat | None) -> str:
    """Return a bundled schema as its file has it, or in a format; PlanError if there is none."""
    known = bundled_schemas()
    if name not in known:
        hint = nearest(name, known) or f"bundled are {', '.join(known)}"
        raise PlanError([Mistake("", f"no bundled schema is called {name!r}", hint)])
    return known[name].read_text("utf-8") if form is None else converted(known[name], form)[0]
