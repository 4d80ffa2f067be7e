"""
A database as it describes itself: tables, keys, checks, as its catalog or its DDL states them.

Every source makes these structs, and whatever turns them into a schema reads nothing else. Texts of
SQL are in the database's own words. Names are without quotes; `schema` is "" where the database has
none, and for the one that unqualified names mean (`public` in PostgreSQL).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec

from shardgen.schema.databases import DatabaseName

Action = Literal["CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION"]
Identity = Literal["always", "by default"]


class Name(NamedTuple):
    """The name of a table or type, and of the database schema that holds it."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


class Generated(msgspec.Struct, frozen=True, kw_only=True):
    """The expression by which the database computes a column, and whether it stores the value."""

    expression: str
    stored: bool


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """
    A column of a table.

    `type` is as the database writes it: `character varying(20)`, `int(10) unsigned`, `text[]`, or
    the name of an enum or a domain of Database. `default` is an expression in SQL, None where there
    is no default, and None for what counts by itself: `identity` says how GENERATED … AS IDENTITY
    was written, `counts` is true for identity, serial, AUTO_INCREMENT and INTEGER PRIMARY KEY of
    SQLite. `sequence` is one that a default reads and the column does not own.
    """

    name: str
    type: str
    nullable: bool = True
    default: str | None = None
    generated: Generated | None = None
    identity: Identity | None = None
    counts: bool = False
    sequence: str | None = None
    on_update: str | None = None
    collation: str | None = None
    comment: str = ""


class KeyPart(msgspec.Struct, frozen=True, kw_only=True):
    """
    A part of an index: a column, or an `expression` where `column` is "".

    `length` is the number of first characters that MySQL indexes, None for all.
    """

    column: str = ""
    expression: str = ""
    length: int | None = None
    descending: bool = False
    collation: str | None = None


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """
    An index or a unique set; a UNIQUE constraint is one with `constraint`.

    `where` is the condition of a partial index. `method` is btree, hash, gin, gist, fulltext …
    MySQL knows no unique index that is not a constraint, and names SQLite's own constraints itself.
    """

    name: str
    parts: tuple[KeyPart, ...]
    unique: bool = False
    constraint: bool = False
    where: str | None = None
    nulls_not_distinct: bool = False
    method: str = "btree"
    deferrable: bool = False

    @property
    def columns(self) -> tuple[str, ...] | None:
        """The columns, where every part is a whole column; None where one is not."""
        if any(not part.column or part.length is not None for part in self.parts):
            return None
        return tuple(part.column for part in self.parts)


class ForeignKey(msgspec.Struct, frozen=True, kw_only=True):
    """
    A reference to as many columns of another table, in their order.

    With `match_full` its columns are all NULL or none; otherwise one that is NULL suffices.
    """

    name: str
    columns: tuple[str, ...]
    table: Name
    references: tuple[str, ...]
    on_delete: Action = "NO ACTION"
    on_update: Action = "NO ACTION"
    deferrable: bool = False
    initially_deferred: bool = False
    match_full: bool = False


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """
    A condition that every row meets, without the word CHECK and its parentheses.

    In that of a domain, `VALUE` is the column.
    """

    name: str
    expression: str


class Exclusion(msgspec.Struct, frozen=True, kw_only=True):
    """No two rows agree in all elements, each an expression and its operator."""

    name: str
    elements: tuple[tuple[str, str], ...]
    method: str = "gist"
    where: str | None = None


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """
    A trigger: when (`BEFORE`, `AFTER`, `INSTEAD OF`), on which events, and what it runs.

    `body` is the text of the trigger, or of the function that it calls. It runs for the rows that
    meet `condition`, what stands after WHEN, or for all; once a statement where not `each_row`.
    `arguments` are what PostgreSQL's gives its function.
    """

    name: str
    timing: str
    events: tuple[str, ...]
    condition: str | None = None
    body: str = ""
    enabled: bool = True
    each_row: bool = True
    arguments: tuple[str, ...] = ()


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """
    A function of PostgreSQL that conditions and triggers may call, in SQL or PL/pgSQL.

    `parameters` are the names of what it is given, "" for one without a name.
    """

    name: str
    parameters: tuple[str, ...] = ()
    language: str = "sql"
    body: str = ""


class Partitioning(msgspec.Struct, frozen=True, kw_only=True):
    """
    How a table is cut into partitions.

    `bounds` are those of its partitions, as the database writes them: `FOR VALUES IN ('a')`,
    `VALUES LESS THAN (10)`, `DEFAULT`; none where no partition is there, so that no row can be.
    MySQL's partitions by hash have none, and are written as `PARTITION p0`. `within` are those
    partitions that are cut again, by their bound.
    """

    method: Literal["range", "list", "hash"]
    by: str
    bounds: tuple[str, ...] = ()
    within: tuple[tuple[str, Partitioning], ...] = ()


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """
    A table that rows can be written into; partitions are not tables of their own.

    `rows` is how many it has by the catalog's estimate, None where nothing is known. `options` are
    the words after its columns that change what it takes: `STRICT`, `WITHOUT ROWID`, and `ENGINE=…`
    of MySQL where it is not InnoDB. A table that a key refers to need not be described itself.
    """

    name: Name
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    primary_key_name: str = ""
    indexes: tuple[Index, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    partitioning: Partitioning | None = None
    inherits: tuple[Name, ...] = ()
    options: tuple[str, ...] = ()
    rows: int | None = None
    comment: str = ""

    def column(self, name: str) -> Column:
        """Return the column of that name; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def unique_sets(self) -> Iterator[Index]:
        """The indexes that are unique, the primary key not among them."""
        return (index for index in self.indexes if index.unique)


class Enum(msgspec.Struct, frozen=True, kw_only=True):
    """A type of PostgreSQL with its labels in their order."""

    name: Name
    labels: tuple[str, ...]


class Domain(msgspec.Struct, frozen=True, kw_only=True):
    """A type that is another with a condition."""

    name: Name
    type: str
    nullable: bool = True
    default: str | None = None
    checks: tuple[Check, ...] = ()
    collation: str | None = None


class Composite(msgspec.Struct, frozen=True, kw_only=True):
    """A type whose values are rows: its fields, each a name and a type."""

    name: Name
    fields: tuple[tuple[str, str], ...]


class Collation(msgspec.Struct, frozen=True, kw_only=True):
    """A collation of PostgreSQL by which texts that differ may be equal; `locale` is ICU's."""

    name: Name
    locale: str


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a source has and could not read: where it stands, its first words, and why.

    `table` is the one that it is of, where that is known.
    """

    where: str
    text: str
    reason: str
    table: Name | None = None


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """
    All of it. `version` is the server's, "" for a file; `name` that of the database or the file.

    `notes` say of the source as a whole what a person should know: what was guessed or passed over.
    Tables are in the order of their names; nothing else depends on the order of a catalog.
    `left_out` are those that are there and were not asked for.
    """

    dialect: DatabaseName
    name: str
    version: str = ""
    tables: tuple[Table, ...] = ()
    left_out: tuple[Name, ...] = ()
    enums: tuple[Enum, ...] = ()
    domains: tuple[Domain, ...] = ()
    composites: tuple[Composite, ...] = ()
    collations: tuple[Collation, ...] = ()
    functions: tuple[Function, ...] = ()
    unread: tuple[Unread, ...] = ()
    notes: tuple[str, ...] = ()


def with_unique_of_partition(
    table: Table, name: str, columns: tuple[str, ...], *, is_primary: bool
) -> Table:
    """
    Return a table whose rows are unique by columns that are so within one of its partitions.

    That is more than is asked where rows of several partitions have the same values.
    """
    if is_primary:
        known = (
            msgspec.structs.replace(column, nullable=False) if column.name in columns else column
            for column in table.columns
        )
        table = msgspec.structs.replace(table, columns=tuple(known))
    keys = {table.primary_key, *(each.columns for each in table.unique_sets if not each.where)}
    if columns in keys:
        return table
    parts = tuple(KeyPart(column=column) for column in columns)
    index = Index(name=name, parts=parts, unique=True, constraint=True)
    return msgspec.structs.replace(table, indexes=(*table.indexes, index))
