"""Indexes as a database has them: what they are over, of what kind, under which name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from shardgen.errors import InputWarning
from shardgen.output.sql.literals import Literals
from shardgen.output.sql.table_keys import covered_by_key
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.index_elements import ORDERS, CatalogIndex, IndexElement
from shardgen.schema.sql_text import one_line, sql_for


class Indexing(Literals):
    """Indexes as text of SQL, beside the keys of a table: all methods are pure."""

    name: ClassVar[str]
    title: ClassVar[str]
    """The database's own name."""

    def index_changes(self, table: CatalogTable, index: CatalogIndex) -> Iterator[InputWarning]:
        """Yield what the database has otherwise of an index of no key, beside its kind."""
        del table, index
        yield from ()

    def index_kind(self, table: CatalogTable, index: CatalogIndex) -> str:
        """
        Return the kind that an index gets.

        A kind that the database does not have, or not for these columns, becomes the default one:
        it may make a query slower, and changes no result.
        """
        del table, index
        return "btree"

    def made_indexes(self, table: CatalogTable) -> Iterator[CatalogIndex]:
        """Yield the indexes of a table that the dump makes beside its keys."""
        for index in table.indexes:
            if not covered_by_key(table, index) and self.can_index(table, index):
                yield index

    def index_name(self, table: CatalogTable, index: CatalogIndex) -> str:
        """Return the name of an index, of which no other of the schema has the same."""
        return table.index_names.get(index.name, index.name)

    def create_index(self, table: CatalogTable, index: CatalogIndex) -> str:
        """Return CREATE INDEX."""
        unique = "UNIQUE " if index.unique else ""
        over = f"{self.table_name(table.name)}{self.index_method(table, index)}"
        over += self.index_nulls(index)
        where = sql_for(index.where, self.name)
        over += "" if where is None else f" WHERE ({where})"
        return f"CREATE {unique}INDEX {self.quote(self.index_name(table, index))} ON {over}"

    def index_nulls(self, index: CatalogIndex) -> str:
        """Return what an index says of nulls, after its columns."""
        del index
        return ""

    def index_parts(self, index: CatalogIndex) -> str:
        """Return what an index is over, with commas between."""
        return ", ".join(map(self.index_part, index.elements))

    def index_part(self, element: IndexElement) -> str:
        """Return an element of an index: a column, an expression, the beginning of a text."""
        name = self.quote(element.column)
        part = f"({one_line(element.expression)})" if element.expression else name
        if element.length is not None:
            part = self.first_letters(name, element.length)
        suffix = self.index_suffix(element)
        return f"{part} {suffix}" if suffix else part

    def first_letters(self, name: str, length: int) -> str:
        """Return the beginning of the texts in a column, as an index is over it."""
        return f"(substr({name}, 1, {length}))"

    def index_suffix(self, element: IndexElement) -> str:
        """Return the words after an element that the database reads."""
        return " ".join(word for word in element.suffix.lower().split() if word in ORDERS)

    def can_index(self, table: CatalogTable, index: CatalogIndex) -> bool:
        """Return whether the database has any index over these columns."""
        del table, index
        return True

    def index_method(self, table: CatalogTable, index: CatalogIndex) -> str:
        """Return the kind of an index, where it is not the default one, and its columns."""
        del table
        return f" ({self.index_parts(index)})"

    def list_names(self, names: Iterable[str]) -> str:
        """Return these names, quoted, with commas between."""
        return ", ".join(self.quote(name) for name in names)

    def key_name(self, table: CatalogTable, columns: tuple[str, ...]) -> str:
        """Return the quoted name for a unique key, from an index that it makes superfluous."""
        for index in table.indexes:
            if index.columns == columns and covered_by_key(table, index):
                return self.quote(self.index_name(table, index))
        return ""

    def names_key(self, table: CatalogTable, columns: tuple[str, ...]) -> bool:
        """Return whether a key over these columns has the name of an index over them."""
        del table, columns
        return True
