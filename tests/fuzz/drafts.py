"""A schema while it is drawn: its tables, what others may refer to, and its datasets."""

from __future__ import annotations

import dataclasses
from typing import Any

from shardgen.schema.types import ColumnType, parse_type

Raw = dict[str, Any]
Key = list[tuple[str, str]]
"""The columns of a key with their types."""


@dataclasses.dataclass
class TableDraft:
    """
    A table so far.

    `keys` are what others may refer to, `parents` the tables that its foreign keys lead to by the
    names of these, and `grouped` those of them whose children lie in runs.
    """

    name: str
    rows: int
    columns: dict[str, Raw] = dataclasses.field(default_factory=dict)
    foreign_keys: list[Raw] = dataclasses.field(default_factory=list)
    unique: list[list[str]] = dataclasses.field(default_factory=list)
    indexes: list[Raw] = dataclasses.field(default_factory=list)
    keys: list[Key] = dataclasses.field(default_factory=list)
    parents: dict[str, TableDraft] = dataclasses.field(default_factory=dict)
    grouped: list[str] = dataclasses.field(default_factory=list)
    facts: Raw = dataclasses.field(default_factory=dict)

    def raw(self) -> Raw:
        """Return the table as a schema file has it."""
        made: Raw = {
            "name": self.name,
            "record_count": self.rows,  # `facts` may say otherwise
            "columns": [{"name": name, **facts} for name, facts in self.columns.items()],
        }
        lists = (("foreign_keys", self.foreign_keys), ("unique", self.unique))
        for name, entries in (*lists, ("indexes", self.indexes)):
            if entries:
                made[name] = entries
        return made | self.facts

    def families(self, *families: str, nullable: bool = True) -> list[str]:
        """Return the columns of these families, those that may be null only where asked for."""
        return [
            name
            for name, facts in self.columns.items()
            if family(facts["type"]) in families and (nullable or not facts.get("nullable"))
        ]


@dataclasses.dataclass
class SchemaDraft:
    """The tables so far, parents first, and the datasets: their columns by name."""

    tables: list[TableDraft] = dataclasses.field(default_factory=list)
    datasets: dict[str, list[str]] = dataclasses.field(default_factory=dict)


def sql_type(text: str) -> ColumnType:
    """Return a type; for a wrong one that of text."""
    try:
        return parse_type(text)
    except (ValueError, TypeError):
        return ColumnType("text")


def family(text: str) -> str:
    return sql_type(text).family
