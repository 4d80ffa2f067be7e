"""Whatever is wrong with a schema file, reviewing it gives mistakes and never an exception."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from shardgen.plan.load import bundled_schemas
from shardgen.plan.source import find_mistakes

SCHEMAS = [
    json.loads(path.read_bytes())
    for name, path in bundled_schemas().items()
    if name in ("example-circle", "example-composite-key", "example-junction", "example-unique")
]
ODD: list[Any] = [
    *(None, 0, -1, "", "id", True, [], {}, 10**20, ["id"], 1.5, "int", "enum()", "boolean"),
    *("grouped", "ordinal", {"type": "tree"}, {"table": "orders", "column": "id"}, [["id", "no"]]),
    [{"name": "i", "columns": ["id", "no"], "unique": True}],
    [{"columns": ["id"], "table": "orders", "references": ["id", "id"]}],
]
FIELDS = (
    *("unique", "nullable", "primary_key", "auto_increment", "foreign_key", "fan_out", "generator"),
    *("type", "default", "foreign_keys", "indexes", "name"),
)


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield path, value
    pairs = value.items() if isinstance(value, dict) else ()
    for key, inner in enumerate(value) if isinstance(value, list) else pairs:
        yield from nodes(inner, (*path, key))


def mutant(draw: random.Random) -> Any:
    """Return a bundled example with one to three things wrong."""
    schema = copy.deepcopy(draw.choice(SCHEMAS))
    for _ in range(draw.choice((1, 1, 2, 3))):
        places = [p for p, _ in nodes(schema) if len(p) > 1 and p[0] == "tables"]
        *above, last = draw.choice(places)
        holder = schema
        for key in above:
            holder = holder[key]
        way = draw.random()
        if way < 0.3:
            del holder[last]
        elif way < 0.5:
            holder[last] = copy.deepcopy(draw.choice(ODD))
        elif way < 0.7 and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[last]))
        else:
            objects = [v for p, v in nodes(schema) if p and isinstance(v, dict)]
            draw.choice(objects)[draw.choice(FIELDS)] = copy.deepcopy(draw.choice(ODD))
    return schema


@pytest.mark.parametrize("seed", range(8))
def test_mistakes_of_any_kind_are_reported(seed, tmp_path):
    draw = random.Random(seed)
    path = tmp_path / "schema.json"
    for _ in range(60):
        path.write_text(json.dumps(mutant(draw)))
        assert all(str(mistake) for mistake in find_mistakes(path))
