"""
The schema format 1.0 as data: Schema, Table, Column, ForeignKey.

These structs are what the JSON file says and nothing more; `check` finds what contradicts itself,
`bind` turns columns into generators. `docs/schema.md` describes the format for users.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from shardgen.types import ColumnType, parse_type

DIALECTS = ("postgres", "mysql", "sqlite")
FORMAT_MAJOR = "1"

Probability = Annotated[float, Meta(ge=0, le=1)]
FanOut = Literal["random", "unique", "grouped"]
ReferentialAction = Literal["CASCADE", "SET NULL", "RESTRICT", "NO ACTION"]


class ForeignKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A reference to one key column of another table, or of an earlier row of the same one.

    `fan_out` says how children spread over their parents. `random`, the default: each child draws
    any parent. `unique`, the default of a unique column: each parent has at most one child.
    `grouped`: children lie in runs, one run per parent and all as long as each other to within one
    child, so that a child knows its number in the run.
    """

    table: str
    column: str
    on_delete: ReferentialAction | None = None
    on_update: ReferentialAction | None = None
    fan_out: FanOut | None = None


class Column(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A column as the schema declares it."""

    name: str
    type: str
    nullable: bool = False
    primary_key: bool = False
    auto_increment: bool = False
    unique: bool = False
    default: str | int | float | bool | None = None
    generator: str | None = None
    generator_params: dict[str, Any] = {}
    distribution: str | dict[str, Any] | None = None
    edge_case_probability: Probability | None = None
    foreign_key: ForeignKey | None = None
    description: str = ""

    @property
    def sql_type(self) -> ColumnType:
        """The parsed type; ValueError when it is none (never after `check`)."""
        return _cached_type(self.type)

    @property
    def counts_rows(self) -> bool:
        """Whether the column numbers its rows from 1: an auto-increment or bare integer key."""
        if self.auto_increment:
            return True
        bare = self.generator is None and self.foreign_key is None
        return self.primary_key and bare and self.sql_type.family == "integer"

    @property
    def is_key(self) -> bool:
        """Whether every value occurs once, so that a foreign key may point here."""
        return self.primary_key or self.unique


class Index(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A secondary index."""

    name: str
    columns: tuple[str, ...]
    type: str = "btree"
    unique: bool = False
    description: str = ""


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table with its default number of rows."""

    name: str
    record_count: int
    columns: tuple[Column, ...]
    indexes: tuple[Index, ...] = ()
    description: str = ""

    def column(self, name: str) -> Column:
        """Return the column of that name; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


class Relationship(msgspec.Struct, frozen=True, kw_only=True):
    """Documentation of a relation; the foreign keys are what counts."""

    from_table: str = ""
    from_column: str = ""
    to_table: str = ""
    to_column: str = ""
    relationship_type: str = ""
    description: str = ""


class Schema(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole schema file; `schema_url`, "$schema" in the file, is for editors."""

    schema_url: str = msgspec.field(name="$schema", default="")
    schema_version: str
    name: str
    database_type: tuple[Literal["postgres", "mysql", "sqlite"], ...]
    tables: tuple[Table, ...]
    description: str = ""
    author: str = ""
    version: str = ""
    metadata: dict[str, Any] = {}
    relationships: tuple[Relationship, ...] = ()
    generation_order: tuple[str, ...] | None = None
    validation_rules: tuple[dict[str, Any], ...] = ()

    def table(self, name: str) -> Table:
        """Return the table of that name; KeyError when there is none."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)


@cache
def _cached_type(text: str) -> ColumnType:
    return parse_type(text)
