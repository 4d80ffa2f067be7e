"""What one database refuses: a mistake in a schema for that database alone."""

from __future__ import annotations

import pytest
from support.schemas import load_mistakes, spoilt


@pytest.mark.parametrize(
    ("databases", "spoil", "expected"),
    [
        *(
            (
                ["mysql"],
                lambda raw, kind=kind: raw["tables"][0]["columns"].append(
                    {"name": "c", "type": kind, "unique": True}
                ),
                f"MySQL makes no key of a column of type {kind}",
            )
            for kind in ("json", "jsonb")
        ),
        (
            ["mysql"],
            lambda raw: raw["tables"][0].update(
                columns=[*raw["tables"][0]["columns"], {"name": "c", "type": "text[]"}],
                unique=[[raw["tables"][0]["columns"][0]["name"], "c"]],
            ),
            "MySQL makes no key of a column of type text[]",
        ),
        (
            ["mysql"],
            lambda raw: raw["tables"][1]["indexes"][0].update(name="Primary"),
            "the index name 'Primary' is that of the primary key in MySQL",
        ),
        (
            ["mysql"],
            lambda raw: raw["tables"][0]["columns"].extend(
                {"name": f"c{n}", "type": "varchar(9000)"} for n in range(2)
            ),
            "a row may have 72413 bytes, and MySQL's have at most 65535",
        ),
        (
            ["mysql"],
            lambda raw: raw["tables"][1].update(name="orders "),
            "the name 'orders ' ends with a space",
        ),
        (
            ["mysql"],
            lambda raw: raw["tables"][1].update(name="🛒"),
            "the name '🛒' has a character beyond U+FFFF",
        ),
        (
            ["postgres"],
            lambda raw: raw["tables"][0]["columns"][2].update(name="ctid"),
            "the name 'ctid' is one that PostgreSQL keeps for itself",
        ),
        (
            ["postgres"],
            lambda raw: raw["tables"][0]["columns"].append(
                {"name": "c", "type": "json", "unique": True}
            ),
            "PostgreSQL makes no key of a column of type json",
        ),
        (
            ["sqlite"],
            lambda raw: raw["tables"][1].update(name="SQLite_orders"),
            "the name 'SQLite_orders' is one that SQLite keeps for itself",
        ),
        (
            ["postgres", "sqlite"],
            lambda raw: raw["tables"][1]["indexes"][0].update(name="users"),
            "an index and a table are both named 'users'",
        ),
    ],
)
def test_what_one_database_refuses(databases, spoil, expected):
    """It is a mistake only in a schema for that database."""
    raw = spoilt(spoil)
    for database in ("postgres", "mysql", "sqlite"):
        lines = load_mistakes(raw | {"database_type": [database]})
        assert (database in databases) == any(line.startswith(expected) for line in lines)
