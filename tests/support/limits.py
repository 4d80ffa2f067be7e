"""Schemas at the limits of the databases."""

from __future__ import annotations

import random
import string
from collections.abc import Callable

from support.schemas import Raw


def random_text(length: int) -> str:
    """Return letters that no database makes shorter."""
    drawn = random.Random(length)
    return "".join(drawn.choice(string.ascii_letters + string.digits) for _ in range(length))


def schema(database: str, *columns: dict, **more: object) -> Raw:
    """Return a schema with one table of these columns beside its key."""
    key = {"name": "id", "type": "int", "primary_key": True}
    table = {"name": "t", "record_count": 3, "columns": [key, *columns], **more}
    head = {"schema_version": "1.0", "name": "s", "database_type": [database]}
    return {**head, "infer": False, "tables": [table]}


def columns(count: int, **facts: object) -> list[dict]:
    return [{"name": f"c{n}", "type": "int", **facts} for n in range(count)]


def constant(text: str, kind: str = "text", **facts: object) -> dict:
    """Return a column that has one text in all rows."""
    made = {"generator": "constant", "generator_params": {"value": text}}
    return {"name": "c", "type": kind, **made, **facts}


def indexes(count: int) -> list[dict]:
    return [{"name": f"i{n}", "columns": [f"c{n}"]} for n in range(count)]


def listed(count: int) -> str:
    """Return an enum of so many labels."""
    return "enum(" + ",".join(f"'{n:05d}'" for n in range(count)) + ")"


BOUNDARIES: dict[str, Callable[[int], Raw]] = {
    "1601 columns, and PostgreSQL": lambda n: schema("postgres", *columns(1599 + n)),
    "1018 columns, and MySQL": lambda n: schema("mysql", *columns(1016 + n, type="smallint")),
    "2001 columns, and SQLite": lambda n: schema("sqlite", *columns(1999 + n)),
    "65 keys and indexes, and MySQL": lambda n: schema(
        "mysql", *columns(70), indexes=indexes(63 + n)
    ),
    "17 columns, and MySQL": lambda n: schema(
        "mysql",
        *columns(40),
        indexes=[{"name": "i", "columns": [f"c{k}" for k in range(16 + n)]}],
    ),
    "33 columns, and PostgreSQL": lambda n: schema(
        "postgres",
        *columns(40),
        indexes=[{"name": "i", "columns": [f"c{k}" for k in range(32 + n)]}],
    ),
    "8216 bytes in its page": lambda n: schema("mysql", *columns(33 + n, type="varchar(60)")),
    "8140 bytes in its page": lambda n: schema("mysql", *columns(197 + n, type="text")),
    "256 enums of different labels, and MariaDB": lambda n: schema(
        "mysql", *({"name": f"c{k}", "type": f"enum('{k}','x')"} for k in range(255 + n))
    ),
    "names and labels of the columns take": lambda n: schema(
        "mysql",
        {
            "name": "c",
            "type": "enum(" + ",".join(f"'{k:05d}'" for k in range(10_860 + 9 * n)) + ")",
        },
    ),
    "8168 bytes, and PostgreSQL's have at most 8160": lambda n: schema(
        "postgres", *columns(1016 + n, type="bigint")
    ),
    "8168 bytes, and PostgreSQL's have at most 8160: texts": lambda n: schema(
        "postgres", *({**constant("x" * 17), "name": f"c{k}"} for k in range(451 + n))
    ),
    "2712 bytes, and PostgreSQL's have at most 2704": lambda n: schema(
        "postgres", constant(random_text(2692 + n)), indexes=[{"name": "i", "columns": ["c"]}]
    ),
    "8160 bytes, and PostgreSQL's have at most 8152": lambda n: schema(
        "postgres",
        constant(random_text(4064 + 8 * n)),
        indexes=[{"name": "i", "columns": ["c"], "type": "brin"}],
    ),
}
"""Schemas at a limit of a database, with 0, and just beyond it, with 1, by what a mistake says.

The numbers are written out: they are those of the databases, and not to follow a slip in ours.
"""
