"""A described table → a table of the format, and notes of what is not in it as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from shardgen.importing.described import (
    Column,
    Database,
    ForeignKey,
    Generated,
    Index,
    Table,
)
from shardgen.importing.notes import Note
from shardgen.importing.translation.defaults import imported_default
from shardgen.importing.translation.json_texts import json_columns
from shardgen.importing.translation.keys import ImportedKeys, imported_keys
from shardgen.importing.translation.selection import Selection
from shardgen.importing.translation.types import ImportedType, imported_type
from shardgen.importing.translation.uniqueness import UniqueColumns, Unmet, unique_columns
from shardgen.schema import model
from shardgen.schema.sql_text import one_line, unsafe_sql

_TEXT = re.compile(r"(?:text|varchar|char)\b")
_SHORT = 200  # characters of a text of the database's in a note


class ImportedTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table, and what is to be said of it."""

    table: model.Table
    notes: tuple[Note, ...]


def imported_table(
    name: str, table: Table, rows: int, selection: Selection, database: Database
) -> ImportedTable:
    """Return a table of a database as the format has it, with `rows` rows where they can be."""
    return _Importing(name, table, rows, selection, database).made()


class _Importing:
    """One table while it is imported."""

    def __init__(
        self, name: str, table: Table, rows: int, selection: Selection, database: Database
    ) -> None:
        self._name = name
        self._table = table
        self._rows = rows
        self._selection = selection
        self._database = database
        self._notes: list[Note] = []
        self._json = json_columns(table)
        self._types = {c.name: self._type(c.name) for c in table.columns}
        self._keys: ImportedKeys = imported_keys(table, selection)
        self._referred = selection.referred_to(table.name)
        self._unique = [*self._met_indexes()]

    def made(self) -> ImportedTable:
        alone = {u.columns[0]: u for u in self._unique if len(u.columns) == 1}
        self._report_lost_keys()
        self._report_own_keys()
        self._report_mismatches()
        left_out = set(self._lost_generated())
        columns = tuple(
            self._generated(column, column.generated)
            if column.generated is not None
            else self._column(column, is_unique=column.name in alone)
            for column in self._table.columns
            if column.name not in left_out
        )
        known = {column.name for column in columns}
        together = dict.fromkeys(u.columns for u in self._unique if len(u.columns) > 1)
        table = model.Table(
            name=self._name,
            record_count=self._rows,
            columns=columns,
            foreign_keys=self._keys.composite,
            unique=tuple(names for names in together if known >= set(names)),
            indexes=tuple(self._indexes(known)),
            description=" ".join(self._table.comment.split()),
        )
        return ImportedTable(table=table, notes=tuple(self._notes))

    def _note(self, kind: Any, what: str, column: str = "", hint: str = "") -> None:
        self._notes.append(Note(self._name, column, kind, what, hint))

    def _type(self, column: str) -> ImportedType:
        """Return the type of a column; that of the key that it leads to, where it leads to one."""
        own = imported_type(self._table.column(column).type, self._database)
        if column in self._json and _TEXT.match(own.type):
            own = msgspec.structs.replace(own, type="json")
        elif not self._table.column(column).type and self._is_counted(column):
            own = ImportedType(type="bigint")
        end = self._leads_to(column)
        if end is None:
            return own
        theirs = imported_type(end[0].column(end[1]).type, self._database)
        if theirs.type == own.type or theirs.is_unknown:
            return own
        if (theirs.type, own.type) != (end[1], own.type):
            what = f"it has the type of the key that it leads to, {theirs.type}, and not {own.type}"
            self._note("simplified", what, column)
        return msgspec.structs.replace(theirs, nullable=own.nullable, checks=own.checks)

    def _is_counted(self, column: str) -> bool:
        """Return whether a condition holds a column without a type against a number."""
        compared = re.compile(
            rf"[\"`\[]?\b{re.escape(column)}\b[\"`\]]?\s*(?:NOT\s+)?(?:IN\s*\(|BETWEEN|[<>=]+)\s*-?\d",
            re.IGNORECASE,
        )
        return any(compared.search(check.expression) for check in self._table.checks)

    def _leads_to(self, column: str) -> tuple[Table, str] | None:
        """Return the table and the column that a column's keys lead to at last."""
        table, seen = self._table, set()
        found = None
        while (table.name, column) not in seen:
            seen.add((table.name, column))
            key = next((k for k in self._selection.keys(table) if column in k.columns), None)
            if key is None:
                return found
            column = self._selection.references(key)[key.columns.index(column)]
            table = self._selection.parent(key)
            found = table, column
        return found

    def _met_indexes(self) -> Iterator[UniqueColumns]:
        for found in unique_columns(self._table):
            if isinstance(found, Unmet):
                self._rows = min(self._rows, 1)
                what = f"the unique index {found.index} can be met by one row alone: {found.why}"
                self._note("simplified", what, hint="add rows where it allows them")
                continue
            if found.note:
                self._note("simplified", found.note)
            yield found
        yield from self._asked_by_keys()

    def _asked_by_keys(self) -> Iterator[UniqueColumns]:
        """Yield columns that keys lead to and no index makes unique, as MySQL allows."""
        if self._database.dialect != "mysql":
            return
        known = {frozenset(self._table.primary_key)}
        known |= {frozenset(index.columns or ()) for index in self._table.unique_sets}
        for columns in self._selection.ends_in(self._table.name):
            if frozenset(columns) not in known and not self._lost() & set(columns):
                known.add(frozenset(columns))
                what = (
                    f"{', '.join(columns)} is unique, as keys lead there, and no index asks for it"
                )
                self._note("simplified", what)
                yield UniqueColumns(columns=columns, index="")

    def _report_own_keys(self) -> None:
        """Say of keys to the columns themselves that MySQL takes no value for them."""
        for columns in self._own_keys():
            what = f"the key {', '.join(columns)} leads to itself, where no value can be the first"
            if all(self._table.column(name).nullable for name in columns):
                self._note("simplified", f"{what}: it is null", columns[0])
            else:
                self._rows = 0
                self._note("refused", what, columns[0], "mend the key, and import again")

    def _own_keys(self) -> Iterator[tuple[str, ...]]:
        """Yield the columns of keys that lead to themselves: MySQL wants their value before."""
        for key in self._table.foreign_keys if self._database.dialect == "mysql" else ():
            if key.table == self._table.name and key.columns == key.references:
                yield key.columns

    def _report_lost_keys(self) -> None:
        for key in self._table.foreign_keys:
            if key.table not in self._selection.called:
                what = f"the key {', '.join(key.columns)} leads to {key.table}, which is left out"
                if self._is_broken(key):
                    self._rows = 0
                    what = (
                        f"the key {', '.join(key.columns)} leads to {key.table}, which is not there"
                    )
                    hint = "SQLite takes no row then, not even with a null: mend the key"
                    self._note("refused", what, key.columns[0], hint)
                elif all(self._table.column(name).nullable for name in key.columns):
                    self._note("simplified", f"{what}: it is null", key.columns[0])
                else:
                    self._rows = 0
                    self._note("refused", what, key.columns[0], f"import {key.table} too")

    def _is_broken(self, key: ForeignKey) -> bool:
        """Return whether a key leads nowhere, which SQLite takes until a row comes."""
        return self._database.dialect == "sqlite" and key.table not in self._database.left_out

    def _report_mismatches(self) -> None:
        """Give no rows to both tables of a key to columns that are not unique, in SQLite."""
        if self._database.dialect != "sqlite":
            return
        for parent, columns in self._selection.mismatches(self._table):
            self._rows = 0
            what = f"a key leads to {', '.join(columns)} of {parent}, which nothing makes unique"
            hint = "SQLite takes no row of either table then: declare it UNIQUE"
            self._note("refused", what, hint=hint)

    def _lost_generated(self) -> Iterator[str]:
        """Yield the generated columns that the format has no place for, and say why."""
        in_sets = {name for unique in self._unique for name in unique.columns}
        for column in self._table.columns:
            if column.generated is None:
                continue
            text = column.generated.expression
            why = unsafe_sql(text, (self._database.dialect,))
            if column.name in in_sets or column.name in self._table.primary_key:
                why = "it is part of a key"
            if why:
                what = f"the database computes it: {text[:_SHORT]}; {why}"
                self._note("dropped", what, column.name)
                yield column.name

    def _generated(self, column: Column, made: Generated) -> model.Column:
        kind = self._types[column.name]
        return model.Column(
            name=column.name,
            type=kind.type,
            nullable=column.nullable,
            enum_name=kind.enum_name,
            stands_for=kind.stands_for,
            generated=one_line(made.expression),
            stored=made.stored,
            description=" ".join(column.comment.split()),
        )

    def _column(self, column: Column, *, is_unique: bool) -> model.Column:
        kind = self._types[column.name]
        if kind.note:
            self._note("simplified", kind.note, column.name)
        is_key = column.name in self._table.primary_key
        nullable = column.nullable and kind.nullable and not is_key
        if nullable and column.name in self._referred and column.name not in self._lost():
            nullable = False
            self._note("simplified", "it is never null, as keys lead to it", column.name)
        default, is_kept = imported_default(column.default)
        if not is_kept:
            what = f"its default is no constant: {(column.default or '')[:_SHORT]}"
            self._note("dropped", what, column.name)
        generator, parameters = self._generator(column, kind)
        if nullable:
            parameters |= self._nulls(column, kind)
        elif kind.is_unknown and isinstance(default, str):
            generator, parameters = "constant", {"value": default}
        elif kind.is_unknown:
            self._rows = 0
            self._note("refused", kind.note, column.name)
        counts = self._counts(column, kind)
        return model.Column(
            name=column.name,
            type=kind.type,
            nullable=nullable,
            primary_key=is_key,
            auto_increment=counts and column.identity != "always",
            identity="always" if counts and column.identity == "always" else None,
            unique=is_unique and not (is_key and len(self._table.primary_key) == 1),
            default=default,
            generator=generator,
            generator_params=parameters,
            foreign_key=self._keys.by_column.get(column.name),
            enum_name=kind.enum_name,
            stands_for=kind.stands_for,
            description=" ".join(column.comment.split()),
        )

    def _nulls(self, column: Column, kind: ImportedType) -> dict[str, Any]:
        """Return how often a nullable column is null, where there is no choice."""
        if kind.is_unknown or column.name in self._lost():
            return {"null_probability": 1}
        if any(column.name in unique.not_null for unique in self._unique):
            return {"null_probability": 0}
        return {}

    def _lost(self) -> set[str]:
        """The columns of keys that lead to tables that are left out, or to themselves."""
        return {name for columns in self._own_keys() for name in columns} | {
            name
            for key in self._table.foreign_keys
            if key.table not in self._selection.called
            for name in key.columns
        }

    def _generator(self, column: Column, kind: ImportedType) -> tuple[str | None, dict[str, Any]]:
        if self._leads_to(column.name) is not None:
            return None, {}
        parameters: dict[str, Any] = dict(kind.parameters)
        return kind.generator, parameters

    def _counts(self, column: Column, kind: ImportedType) -> bool:
        """Return whether the database counts a column, and the format may say so."""
        if not column.counts or self._leads_to(column.name) is not None:
            return False
        return (column.name,) == self._table.primary_key and "int" in kind.type

    def _indexes(self, known: set[str]) -> Iterator[model.Index]:
        for index in self._table.indexes:
            if index.unique:
                continue
            if self._is_plain(index) and known >= set(index.columns or ()):
                yield model.Index(name=index.name, columns=index.columns or ())
            else:
                self._note("dropped", f"the index {index.name}, which is not on columns alone")

    @staticmethod
    def _is_plain(index: Index) -> bool:
        return index.columns is not None and not index.where and index.method == "btree"


def rows_by_table(
    tables: Mapping[str, Table], rows: int, *, like: bool, scale: float
) -> dict[str, int]:
    """Return the rows of each table: as many each, or as the database has them, times `scale`."""
    return {
        name: max(1 if table.rows or not like else 0, round((table.rows or 0) * scale))
        if like and table.rows is not None
        else max(1, round(rows * scale))
        for name, table in tables.items()
    }
