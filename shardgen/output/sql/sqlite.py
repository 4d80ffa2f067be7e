"""SQLite 3."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from itertools import count

import msgspec

from shardgen.errors import InputWarning, Mistake, join_path
from shardgen.output.sql.dialect import Dialect
from shardgen.output.sql.equality import StoredEquality
from shardgen.output.sql.limits import SQLITE_LIMITS
from shardgen.output.sql.literals import Style
from shardgen.output.sql.table_keys import all_keys, shared_names, unique_keys
from shardgen.output.text.fields import LiteralSyntax
from shardgen.random.overriding import override
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.index_elements import CatalogIndex, IndexElement
from shardgen.schema.qualified_names import flat_name
from shardgen.schema.references import Reference
from shardgen.schema.sql_text import sql_for
from shardgen.schema.types import SPELLED, UNSIGNED, ColumnType
from shardgen.tables.text_lengths import LongestText
from shardgen.tables.text_proofs import storable

_MOST_RETURNS = (SQLITE_LIMITS.expression_depth or 0) // 2 - 100  # two operators each, and others
_COLLATIONS = ("BINARY", "NOCASE", "RTRIM")
_WIDEST_DECIMAL = 18  # digits up to which no warning is given
_DEFER = 'set "deferrable": "deferred"'
_MARK = "~"  # it is written as two letters; any would do
_FLAT_START = "replace(replace('"
_FLAT_END = f"','{_MARK}2',char(13)),'{_MARK}1','{_MARK}')"


class SQLite(Dialect):
    """
    Foreign keys stand in CREATE TABLE, the only place SQLite has; indexes follow the rows.

    Of the kinds of index it has one, and no way to make a UUID. Decimals are stored as integers or
    8-byte floats, which keep 15 digits.
    """

    name = "sqlite"
    title = "SQLite"
    equality = StoredEquality(title="SQLite", float_bits={"float": 53, "double": 53, "decimal": 53})
    limits = SQLITE_LIMITS
    type_names = {  # noqa: RUF012 -- the base class says ClassVar
        "tinyint": "integer",
        "smallint": "integer",
        "int": "integer",
        "bigint": "integer",
        "float": "real",
        "double": "real",
        "text": "text",
        "date": "text",
        "datetime": "text",
        "timestamp": "text",
        "boolean": "integer",
        "json": "text",
        "jsonb": "text",
        "array": "text",
        "uuid": "text",
        "enum": "text",
        **dict.fromkeys(("mediumint", "year", *UNSIGNED), "integer"),
        **dict.fromkeys(("time", "timetz", "interval", "bit", "varbit"), "text"),
        **dict.fromkeys((*SPELLED, "set"), "text"),
        "money": "decimal(16,2)",
        **dict.fromkeys(("blob", "binary", "varbinary"), "blob"),
    }
    bits_quotes = None
    has_comments = False

    @override
    def table_name(self, name: str) -> str:
        """It has no schemas in a database: `app.users` is the table app_users."""
        return self.quote(flat_name(name))

    @override
    def type_name(self, kind: ColumnType) -> str:
        """Times are text, whatever digits they have."""
        return self.type_names.get(kind.name) or super().type_name(kind)

    @override
    def unsupported_schema(self, catalog: Catalog) -> Iterator[Mistake]:
        """Names that begin with `sqlite_` are its own."""
        yield from super().unsupported_schema(catalog)
        yield from shared_names(catalog, self.title)
        yield from _one_name(catalog)
        for table in catalog.tables:
            where = join_path("tables", table.name)
            for column in table.columns:
                collation = sql_for(column.collation, "sqlite")
                if collation is not None and collation.upper() not in _COLLATIONS:
                    what = f"SQLite has no collation {collation!r}"
                    yield Mistake(f"{column.path}.collation", what, f"use {', '.join(_COLLATIONS)}")
            names = [(flat_name(table.name), where)]
            names += ((i.name, join_path(where, "indexes", i.name)) for i in table.indexes)
            for name, at in names:
                if name.lower().startswith("sqlite_"):
                    what = f"the name {name!r} is one that SQLite keeps for itself"
                    yield Mistake(at, what, "choose one without sqlite_")

    @override
    def load_command(self, name: str, path: str) -> str:
        return f"sqlite3 -bail {shlex.quote(f'{name}.db')} < {shlex.quote(path)}"

    @override
    def escape(self, text: str) -> str:
        """The sqlite3 shell drops a carriage return at the end of a line."""
        return super().escape(text).replace("\r", "'||char(13)||'")

    @override
    def string(self, text: str) -> str:
        if _returns(text) > _MOST_RETURNS:
            return _FLAT_START + _flat_escape(storable(text)) + _FLAT_END
        return super().string(text)

    @override
    def notation(self, form: Style) -> LiteralSyntax:
        """Operators stand in one another; with many carriage returns, two functions do it all."""
        plain = super().notation(form)
        flat = msgspec.structs.replace(
            plain, quote=_FLAT_START, escape=_flat_escape, end_quote=_FLAT_END
        )
        return msgspec.structs.replace(
            plain, flat=flat, depth=LongestText(_returns), most_depth=_MOST_RETURNS
        )

    @override
    def default(self, column: CatalogColumn) -> str | None:
        """A default that is an expression stands in parentheses."""
        value = super().default(column)
        is_expression = value and ("'||char(13)||'" in value or value.startswith(_FLAT_START))
        return f"({value})" if is_expression else value

    @override
    def column_changes(
        self, column: CatalogColumn, table: CatalogTable, catalog: Catalog
    ) -> Iterator[InputWarning]:
        """See Dialect: decimals of more digits than a float keeps."""
        del table, catalog
        kind = column.sql_type
        if kind.name == "decimal" and (kind.precision or 0) > _WIDEST_DECIMAL:
            what = f"SQLite keeps 15 digits of a {kind}"
            yield InputWarning(f"{column.path}.type", "changed-type", what, "use text")

    @override
    def drops_spaces(self, column: CatalogColumn) -> bool:
        return (sql_for(column.collation, self.name) or "").upper() == "RTRIM"

    @override
    def can_index(self, table: CatalogTable, index: CatalogIndex) -> bool:
        """What another kind of index is over is computed by functions of PostgreSQL's own."""
        del table
        return not (index.has_expressions and index.type.lower() in ("gin", "gist", "spgist"))

    @override
    def folds_case(self, column: CatalogColumn) -> bool:
        return (sql_for(column.collation, self.name) or "").upper() == "NOCASE"

    @override
    def begin(self) -> Iterator[str]:
        yield "PRAGMA foreign_keys = ON"
        yield "BEGIN"

    @override
    def column_constraints(self, column: CatalogColumn, table: CatalogTable) -> Iterator[str]:
        """An INTEGER PRIMARY KEY is the rowid: it goes on from the last row."""
        yield from super().column_constraints(column, table)
        if table.primary_key == (column.name,):
            yield "PRIMARY KEY"
        if column.sql_type.name == "enum":
            yield self.in_listed(column)

    @override
    def table_constraints(self, table: CatalogTable, catalog: Catalog) -> Iterator[str]:
        """A key to a later table is checked at the end of a transaction."""
        if len(table.primary_key) > 1:
            yield f"PRIMARY KEY ({self.list_names(table.primary_key)})"
        for names in unique_keys(table):
            yield f"UNIQUE ({self.list_names(names)})"
        for reference in table.references:
            yield self.foreign_key(reference) + self.deferral(table, reference, catalog)
        yield from self.checks(table, catalog)

    @override
    def deferral(self, table: CatalogTable, reference: Reference, catalog: Catalog) -> str:
        """A key to a later table waits, whatever is said: it is there before the rows."""
        if catalog.is_late(table, reference):
            return " DEFERRABLE INITIALLY DEFERRED"
        return super().deferral(table, reference, catalog)

    @override
    def reference_changes(
        self, table: CatalogTable, reference: Reference, catalog: Catalog
    ) -> Iterator[InputWarning]:
        """See Dialect: keys to a later table."""
        if reference.deferrable == "immediate" and catalog.is_late(table, reference):
            what = "the key leads to a later table, and SQLite checks it at the end"
            yield InputWarning(f"{reference.path}.deferrable", "changed-key", what, _DEFER)

    @override
    def defer(self, catalog: Catalog) -> Iterator[str]:
        if any(catalog.late_references):
            yield "PRAGMA defer_foreign_keys = ON"

    @override
    def names_key(self, table: CatalogTable, columns: tuple[str, ...]) -> bool:
        del table, columns
        return False

    @override
    def begin_waiting(self, catalog: Catalog, *, ddl: bool) -> Iterator[str]:
        """
        Index the keys that wait.

        While any key waits for its parent, SQLite looks through the children of every row that
        could be one: all of them for each such row, where there is no index.
        """
        for table, index in self._waiting(catalog, ddl=ddl):
            yield self.create_index(table, index)

    @override
    def end_waiting(self, catalog: Catalog, *, ddl: bool) -> Iterator[str]:
        for table, index in self._waiting(catalog, ddl=ddl):
            if not ddl or index not in table.indexes:
                yield f"DROP INDEX {self.quote(index.name)}"

    @override
    def after_rows(self, tables: Iterable[CatalogTable], catalog: Catalog) -> Iterator[str]:
        there = [(table.name, index) for table, index in self._waiting(catalog, ddl=True)]
        for table in tables:
            for index in self.made_indexes(table):
                if (table.name, index) not in there:
                    yield self.create_index(table, index)

    def _waiting(
        self, catalog: Catalog, *, ddl: bool
    ) -> Iterator[tuple[CatalogTable, CatalogIndex]]:
        """
        Yield an index over each key that waits, with its table.

        It is one of the schema's own where the dump makes these, and one that is dropped again
        otherwise. Keys within a table wait too where it is the transaction that lets keys wait.
        """
        waiting = list(catalog.late_references)
        if waiting and not ddl:
            waiting += ((t, r) for t in catalog.tables for r in t.references if r.table == t.name)
        taken = {
            name.lower() for t in catalog.tables for name in (flat_name(t.name), *_index_names(t))
        }
        free = (name for n in count(1) if (name := f"shardgen_waiting_{n}") not in taken)
        done: set[tuple[str, tuple[str, ...]]] = set()
        for table, reference in waiting:
            columns = reference.columns
            if (table.name, columns) in done or _has_key_over(table, columns):
                continue
            done.add((table.name, columns))
            own = self.made_indexes(table) if ddl else ()
            whole = (index for index in own if index.is_over_columns)
            asked = next((i for i in whole if set(i.columns[: len(columns)]) == set(columns)), None)
            elements = tuple(IndexElement(name) for name in columns)
            made = CatalogIndex(name=next(free), columns=columns, elements=elements)
            yield table, asked or made


def _one_name(catalog: Catalog) -> Iterator[Mistake]:
    """Yield the tables of schemas that have the name of another one without them."""
    taken = {t.name.casefold() for t in catalog.tables if flat_name(t.name) == t.name}
    for table in catalog.tables:
        name = flat_name(table.name)
        if name != table.name and name.casefold() in taken:
            what = f"{table.name!r} is {name!r} in SQLite, which has no schemas, and so is another"
            yield Mistake(table.path, what, "choose another name")
        taken.add(name.casefold())


def _index_names(table: CatalogTable) -> Iterator[str]:
    return (table.index_names.get(index.name, index.name) for index in table.indexes)


def _has_key_over(table: CatalogTable, columns: tuple[str, ...]) -> bool:
    """Return whether a key of the table begins with these columns, so that they are indexed."""
    return any(set(key[: len(columns)]) == set(columns) for key in all_keys(table))


def _returns(text: str) -> int:
    return text.count("\r")


def _flat_escape(text: str) -> str:
    """Write a carriage return as the mark and 2, and the mark itself as the mark and 1."""
    marked = text.replace(_MARK, f"{_MARK}1").replace("\r", f"{_MARK}2")
    return marked.replace("'", "''")
