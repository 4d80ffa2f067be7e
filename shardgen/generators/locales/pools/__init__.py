"""
The bundled pools of names, places and words: one tab-separated file each, read when first used.

They are shardgen's own files, so that the same seed gives the same bytes whatever version of Faker
is installed, and so that a run need not import it. Those of a country lie in a folder named after
its locale; `folders` are searched in their order, and without any it is a pool of no country.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from shardgen.generators.weighted_strings import WeightedStrings

_FOLDER = Path(__file__).parent


@cache
def load_rows(name: str, *folders: str) -> tuple[tuple[str, ...], ...]:
    """Return the fields of each line of pool `name`, comments left out."""
    paths = [_FOLDER / folder / f"{name}.tsv" for folder in folders or ("",)]
    path = next((path for path in paths if path.exists()), paths[0])
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(tuple(line.split("\t")) for line in lines if not line.startswith("#"))


@cache
def load_pool(name: str, *folders: str) -> WeightedStrings:
    """Return pool `name`; a line without a weight has weight 1."""
    rows = load_rows(name, *folders)
    weights = tuple(float(row[1]) if len(row) > 1 else 1.0 for row in rows)
    return WeightedStrings(tuple(row[0] for row in rows), weights)
