"""
A schema drawn from what the format allows: tables, keys, columns, datasets.

Most choices are such as go together, so that most schemas can be made; see draw.py for the others.
"""

from __future__ import annotations

from typing import Any

from fuzz import keys, odd, sql
from fuzz.columns import LOCALES, column, column_name, named_column
from fuzz.drafts import Raw, SchemaDraft, TableDraft
from fuzz.draw import Draw
from fuzz.expressions import aggregate
from fuzz.keys_within import tenants
from fuzz.large import made_large

DATABASES = (
    *(["sqlite"], ["sqlite"], ["sqlite"], ["sqlite", "postgres"], ["postgres", "mysql", "sqlite"]),
    *(["mysql"], ["postgres"], ["mysql", "sqlite"], ["sqlite", "mysql", "postgres"]),
)
ROWS = (1, 1, 2, 3, 5, 8, 12, 12, 20, 20, 30, 40, 60)
MANY_ROWS = (150, 700, 1001, 17_000)
"""The last fills more than one batch."""


def schema(draw: Draw) -> Raw:
    """Return a schema as its file has it."""
    draft = SchemaDraft()
    datasets = _datasets(draw, draft)
    if draw.chance(0.06):
        tenants(draw, draft)
    for n in range(draw.among([1, 1, 2, 2, 3, 4, 5])):
        draft.tables.append(_table(draw, draft, n))
    if len(draft.tables) > 1 and draw.chance(0.12):
        keys.close_circle(draw, draft)
    _aggregates(draw, draft)
    tables = [table.raw() for table in draft.tables]
    made: Raw = {
        "schema_version": "1.0",
        "name": "fuzz",
        "database_type": [*draw.among(DATABASES)],
        "tables": draw.shuffled(tables) if draw.chance(0.2) else tables,
    }
    if datasets:
        made["datasets"] = datasets
    made |= _head(draw, draft)
    if draw.chance(0.015) and isinstance(made["tables"], list):  # an odd choice may have changed it
        return made_large(draw, made)
    return made


def _head(draw: Draw, draft: SchemaDraft) -> Raw:
    """Return what can be said of the whole schema."""
    made: Raw = {}
    for name in ("description", "author", "version"):
        if draw.chance(0.04):
            made[name] = odd.text(draw)
    if draw.chance(0.08):
        made["locale"] = draw.among(LOCALES)
    if draw.chance(0.04):
        made["infer"] = draw.chance(0.3)
    if draw.chance(0.03):
        made["generation_order"] = [table.name for table in draft.tables]
    if draw.odd():
        made[draw.among(ODD_FIELDS)] = odd.value(draw)
    return made


ODD_FIELDS = (
    *(
        "name",
        "database_type",
        "schema_version",
        "locale",
        "generation_order",
        "datasets",
        "tables",
    ),
    *("metadata", "relationships", "validation_rules", "$schema", "version", "size"),
)


def _datasets(draw: Draw, draft: SchemaDraft) -> Raw:
    if not draw.chance(0.25):
        return {}
    columns = ["city", "zip", "people", "share"][: draw.whole(1, 4)]
    draft.datasets["places"] = columns
    rows: list[list[Any]] = [
        ["Boston", "02108", 10, 0.5],
        ["it's", "80202", 7, 1],
        ["é", None, 1, 2.5],
    ]
    rows = [row[: len(columns)] for row in rows[: draw.whole(1, 3)]]
    if draw.odd():
        rows[0][0] = odd.value(draw)
    made: Raw = {"columns": columns, "rows": rows}
    if "people" in columns and draw.chance(0.4):
        made["weight"] = "people"
    if draw.odd():
        made[draw.among(["weight", "file", "rows", "columns", "x"])] = odd.value(draw)
    return {"places": made}


def _rows(draw: Draw) -> int:
    if draw.odd():
        return draw.among([1, 10**6, 10**9, 10**12, 2**31, 2**53, 10**15, 2**62])
    return draw.among(MANY_ROWS if draw.chance(0.02) else ROWS)


KEYS = {"key": keys.foreign_key, "set": keys.unique_set, "polymorphic": keys.polymorphic}


WAYS = {"column": 8, "key": 3, "set": 0.6, "polymorphic": 0.4, "named": 0.7, "generated": 0.4}
"""How often the next of a table's columns is what."""


def _table(draw: Draw, schema: SchemaDraft, n: int) -> TableDraft:
    name = draw.among(odd.NAMES) if draw.odd() or draw.chance(0.02) else f"t{n}"
    if draw.wild == 0 and (not name.isprintable() or not 0 < len(name.encode()) < 60):
        name = f"t{n}"
    table = TableDraft(name, _rows(draw))
    keys.primary_key(draw, table, schema)
    for m in range(draw.among([0, 1, 2, 3, 4, 6])):
        own = column_name(draw, table, f"c{m}")
        kind = draw.weighted(WAYS)
        if kind in KEYS:
            KEYS[kind](draw, table, schema, own)
        else:
            _add_column(draw, table, schema, own, kind)
    if draw.chance(0.04):
        keys.any_set(draw, table)
    if draw.chance(0.08):
        keys.one_of(draw, table)
    sql.laws(draw, table)
    _indexes(draw, table, n)
    if draw.chance(0.03):
        table.facts["description"] = odd.text(draw)
    if draw.chance(0.03):
        table.facts["comment"] = odd.text(draw)
    if draw.odd():
        field = draw.among(
            ["record_count", "columns", "record_count", "unique", "indexes", "foreign_keys", "x"]
        )
        table.facts[field] = odd.value(draw)
    return table


def _add_column(draw: Draw, table: TableDraft, schema: SchemaDraft, name: str, kind: str) -> None:
    if kind == "named":
        name, facts = named_column(draw, table)
    elif kind == "generated":
        facts = sql.generated(draw, table)
    else:
        facts = column(draw, table, schema)
        keys.keyed(draw, table, name, facts)
    table.columns[name] = facts


def _indexes(draw: Draw, table: TableDraft, n: int) -> None:
    while draw.chance(0.12):
        name = draw.among(odd.NAMES) if draw.odd() else f"i{n}_{len(table.indexes)}"
        index: Raw = {"name": name, "columns": draw.sample([*table.columns], 3)}
        if draw.chance(0.3):
            index["type"] = draw.among(["btree", "hash", "gin", odd.text(draw)])
        if draw.chance(0.05) or draw.odd():
            index["unique"] = True
        if draw.chance(0.03):
            index["description"] = odd.text(draw)
        if draw.chance(0.25):
            index |= sql.index_columns(draw, table)
        table.indexes.append(index)


def _aggregates(draw: Draw, draft: SchemaDraft) -> None:
    """Add columns that sum up children, to parents whose children lie in runs."""
    for child in draft.tables:
        for relation in child.grouped:
            parent = child.parents[relation]
            if parent is child or not draw.chance(0.4):
                continue
            expression = aggregate(draw, child, relation)
            whole = expression.startswith("count")
            kind = "int" if whole else "boolean" if expression.startswith("exists") else "double"
            kind = _moment(expression, child) or kind
            parent.columns[f"s{len(parent.columns)}"] = {
                "type": kind,
                "nullable": not whole,
                "generator": "expression",
                "generator_params": {"expression": expression},
            }


def _moment(expression: str, child: TableDraft) -> str | None:
    """Return `timestamp` for the least or greatest date of children."""
    inner = expression.removeprefix("max(").removeprefix("min(").removesuffix(")")
    inner = inner.split(" from ")[0]
    named = any(inner.endswith((f".{n}", f'."{n}"')) for n in child.families("date", "timestamp"))
    return "timestamp" if named and expression.startswith(("max(", "min(")) else None
