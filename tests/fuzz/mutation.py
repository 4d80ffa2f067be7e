"""Schemas that are right, spoilt: nodes deleted, doubled, replaced, swapped and spliced."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

from fuzz import odd
from fuzz.columns import GENERATORS, LOCALES, default
from fuzz.drafts import Raw
from fuzz.draw import Draw
from support.places import ROOT
from support.schemas import RIGHT

from shardgen.schema.files.decoding import decode_file, format_of
from shardgen.schema.spellings.shortening import long_form

MOST_ROWS = 60
FOLDERS = (ROOT / "schemas", ROOT / "tests" / "schemas")
Place = tuple[Any, Any]
"""An object or a list, and the key of one of its entries."""


@cache
def corpus() -> tuple[tuple[str, str], ...]:
    """Return the names and the JSON of the schemas to spoil: bundled ones, and those of tests."""
    made = [("right", json.dumps(RIGHT))]
    for folder in FOLDERS:
        for path in sorted([*folder.glob("*.json"), *folder.glob("*.yaml")]):
            read, _ = decode_file(path.read_bytes(), format_of(path.name), path.name)
            raw, _ = long_form(read)
            weight = 1 if len(raw["tables"]) > 4 else 4  # large ones take longer
            made += [(path.stem, json.dumps(raw))] * weight
    return tuple(made)


def mutated(draw: Draw) -> Raw | bytes:
    """Return one of the corpus after a few changes; rarely its bytes, changed as bytes."""
    raw = json.loads(draw.among(corpus())[1])
    most = max(table["record_count"] for table in raw["tables"])
    for table in raw["tables"]:
        table["record_count"] = max(1, table["record_count"] * min(most, MOST_ROWS) // most)
    raw["database_type"] = ["sqlite"] if draw.chance(0.5) else raw["database_type"]
    if draw.chance(0.02):
        return _cut(draw, json.dumps(raw).encode())
    for _ in range(draw.among([1, 1, 1, 1, 2, 4])):
        change = draw.weighted(CHANGES)
        change(draw, draw.among(places(raw)), raw)
    return raw


def places(raw: Any) -> list[Place]:
    """Return every entry of every object and list, from the outside in."""
    found: list[Place] = []
    level = [raw]
    while level:
        below = []
        for holder in level:
            for key in holder if isinstance(holder, dict) else range(len(holder)):
                found.append((holder, key))
                if isinstance(holder[key], (dict, list)):
                    below.append(holder[key])
        level = below
    return found


def _cut(draw: Draw, data: bytes) -> bytes:
    at = draw.whole(0, len(data) - 1)
    byte = bytes([draw.whole(0, 255)])
    return draw.among([data[:at], data[:at] + byte + data[at + 1 :], data[:at] + data[at + 1 :]])


def _delete(_draw: Draw, place: Place, _raw: Raw) -> None:
    holder, key = place
    del holder[key]


def _double(draw: Draw, place: Place, _raw: Raw) -> None:
    holder, key = place
    if isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    else:
        holder[f"{key}_2" if draw.chance(0.5) else odd.text(draw)] = copy.deepcopy(holder[key])


def _replace(draw: Draw, place: Place, _raw: Raw) -> None:
    holder, key = place
    holder[key] = odd.value(draw)


def _splice(draw: Draw, place: Place, raw: Raw) -> None:
    """Put something from elsewhere in its place, or from another schema."""
    holder, key = place
    other = json.loads(draw.among(corpus())[1]) if draw.chance(0.3) else raw
    alike = [p for p in places(other) if p[1] == key] if isinstance(key, str) else []
    source, at = draw.among(alike or places(other))
    holder[key] = copy.deepcopy(source[at])


def _swap_type(draw: Draw, _place: Place, raw: Raw) -> None:
    """Give a column another type or another generator."""
    columns = [h[k] for h, k in places(raw) if isinstance(h[k], dict) and "type" in h[k]]
    column = draw.among(columns) if columns else raw
    if draw.chance(0.6):
        column["type"] = draw.among(odd.TYPES)
    else:
        column["generator"] = draw.among([*GENERATORS])


def _number(draw: Draw, _place: Place, raw: Raw) -> None:
    """Change a number a little or a lot."""
    numbers = [(h, k) for h, k in places(raw) if type(h[k]) in (int, float)]
    if not numbers:
        return
    holder, key = draw.among(numbers)
    value = holder[key]
    near = [value + 1, value - 1, -value, value * 10, value / 3, 0, value + 0.5]
    holder[key] = draw.among(near) if draw.chance(0.6) else odd.number(draw)
    if key == "record_count" and isinstance(holder[key], int):
        holder[key] = min(holder[key], 10**6)


def _text(draw: Draw, _place: Place, raw: Raw) -> None:
    """Change a text: another, one with something added, or one without its end."""
    texts = [(h, k) for h, k in places(raw) if isinstance(h[k], str)]
    holder, key = draw.among(texts) if texts else (raw, "name")
    value = str(holder.get(key, "") if isinstance(holder, dict) else holder[key])
    name = draw.among(odd.NAMES)
    holder[key] = draw.among([odd.text(draw), value + odd.text(draw), value[:-1], name])


def _rule(draw: Draw, _place: Place, raw: Raw) -> None:
    """Say something more of a column, as the grammar does."""
    columns = [h[k] for h, k in places(raw) if isinstance(h[k], dict) and "type" in h[k]]
    if not columns:
        return
    column = draw.among(columns)
    kind = column["type"] if isinstance(column["type"], str) else "text"
    said = {
        "default": default(draw, kind),
        "locale": draw.among(LOCALES),
        "description": odd.text(draw),
    }
    said |= {"edge_case_probability": draw.among([0.5, 1])}
    name = draw.among([*said])
    column[name] = said[name]


def _flag(draw: Draw, _place: Place, raw: Raw) -> None:
    """Set one of a column's flags."""
    columns = [h[k] for h, k in places(raw) if isinstance(h[k], dict) and "type" in h[k]]
    if columns:
        flag = draw.among(["nullable", "unique", "primary_key", "auto_increment"])
        draw.among(columns)[flag] = draw.chance(0.8)


CHANGES = {
    **dict.fromkeys([_delete, _double, _replace, _splice], 1),
    **dict.fromkeys([_swap_type, _number, _text, _flag, _rule], 2),
}
