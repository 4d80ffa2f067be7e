"""Numbers of many places: every generator that fills them, as Python objects and in a dump."""

from __future__ import annotations

import csv
from decimal import Decimal

import pytest

import shardgen
from shardgen.generators.registry import FAMILIES

NAMES = sorted({name for names in FAMILIES.values() for name in names})


@pytest.mark.parametrize("kind", ["decimal(18,14)", "decimal(32,16)", "decimal(38,30)"])
def test_a_number_of_many_places_is_the_same_everywhere(kind, tmp_path):
    """
    Where 64 bits do not hold its units, too.

    A price is what it is with two places.
    """
    filled = set()
    for name in NAMES:
        columns = [{"name": "id", "type": "int", "primary_key": True}]
        columns += [{"name": "n", "type": kind, "generator": name}]
        tables = [{"name": "t", "record_count": 50, "columns": columns}]
        raw = {
            "schema_version": "1.0",
            "name": "x",
            "database_type": ["postgres"],
            "tables": tables,
        }
        try:
            rows = shardgen.generate(raw).tables["t"].rows
        except shardgen.ShardgenError:
            continue
        shardgen.run(raw, tmp_path / f"{name}.csv", workers=1)
        with (tmp_path / f"{name}.csv").open(encoding="utf-8") as file:
            written = [row["n"] for row in csv.DictReader(file)]
        assert written == [str(row["n"]) for row in rows], name
        filled.add(name)
    assert {"price", "decimal_range", "latitude", "sequence"} <= filled


def test_a_price_does_not_depend_on_its_places():
    """Beyond those of cents."""

    def prices(kind):
        columns = [{"name": "id", "type": "int", "primary_key": True}]
        columns += [{"name": "price", "type": kind, "generator": "price"}]
        tables = [{"name": "t", "record_count": 500, "columns": columns}]
        raw = {
            "schema_version": "1.0",
            "name": "x",
            "database_type": ["postgres"],
            "tables": tables,
        }
        return [Decimal(row["price"]) for row in shardgen.generate(raw).tables["t"].rows]

    expected = prices("decimal(10,2)")
    assert len(set(expected)) > 40
    for kind in ("decimal(18,9)", "decimal(18,12)", "decimal(20,14)", "decimal(38,20)"):
        assert prices(kind) == expected, kind
