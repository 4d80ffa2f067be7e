"""What the documented `relationships` say of keys: one_to_one makes a foreign key unique."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shardgen.schema.model import RELATIONSHIP_TYPES
from shardgen.schema.spellings.draft import Draft, Raw, place_in_list


def with_relationships(raw: Raw, draft: Draft) -> Raw:
    """Return the file with kinds of relationships in small letters, and unique one-to-one keys."""
    listed = raw["relationships"]
    if not isinstance(listed, list):
        return raw
    listed = [_with_kind(entry) for entry in listed]
    made = {**raw, "relationships": listed}
    if isinstance(raw.get("tables"), list):
        made["tables"] = list(raw["tables"])
        for n, entry in enumerate(listed):
            if isinstance(entry, dict) and entry.get("relationship_type") == "one_to_one":
                _make_unique(made["tables"], entry, f"relationships[{n}].relationship_type", draft)
    return made


def _with_kind(entry: Any) -> Any:
    kind = entry.get("relationship_type") if isinstance(entry, dict) else None
    if not isinstance(kind, str):
        return entry
    plain = kind.strip().lower().replace("-", "_").replace(" ", "_")
    return {**entry, "relationship_type": plain} if plain in RELATIONSHIP_TYPES else entry


def _make_unique(tables: list[Any], entry: Raw, at: str, draft: Draft) -> None:
    """Make the key that a relationship documents unique, unless it has a fan-out of its own."""
    ends = [(entry.get(f"{e}_table"), entry.get(f"{e}_column")) for e in ("from", "to")]
    for (child, name), (parent, key) in (ends, ends[::-1]):
        for n, table in enumerate(tables):
            if not isinstance(table, dict) or table.get("name") != child:
                continue
            columns = list(table.get("columns") or ())
            for m, column in _keys_to(columns, name, parent, key):
                columns[m] = {**column, "unique": True}
                path = f"tables{place_in_list(table, n)}.columns{place_in_list(column, m)}"
                draft.moved[f"{path}.unique"] = at
                tables[n] = {**table, "columns": columns}


def _keys_to(
    columns: list[Any], name: Any, parent: Any, key: Any
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the columns of that name that refer to this key, with their positions."""
    for n, column in enumerate(columns):
        reference = column.get("foreign_key") if isinstance(column, dict) else None
        if not isinstance(reference, dict) or column.get("name") != name:
            continue
        leads_there = (reference.get("table"), reference.get("column")) == (parent, key)
        if leads_there and reference.get("fan_out") in (None, "unique"):
            yield n, column
