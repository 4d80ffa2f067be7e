"""
What a dialect is: how one database writes names, values, rows and table definitions.

Everything that is the same for all of them stands here; a dialect's file holds what differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from shardgen.errors import InputWarning, Mistake
from shardgen.output.sql.equality import StoredEquality
from shardgen.output.sql.finishing import Finishing
from shardgen.output.sql.indexing import Indexing
from shardgen.output.sql.limit_checks import beyond_counts
from shardgen.output.sql.limits import Limits
from shardgen.output.sql.literals import Style
from shardgen.output.sql.table_keys import unique_keys
from shardgen.output.text.render import StatementText
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.model import Check
from shardgen.schema.references import Reference
from shardgen.schema.sql_text import sql_for
from shardgen.schema.types import ColumnType
from shardgen.tables.list_values import Lists, most_letters
from shardgen.tables.text_lengths import LongestText, longest, max_length, utf8_bytes
from shardgen.tables.values import ColumnValues, Dictionary, Integers, Text

if TYPE_CHECKING:
    from shardgen.tables.json_texts import JsonFacts

_ESCAPED_BYTES = 16  # of a character in a literal, at most
_OTHER_BYTES = 24  # of a number, a date or the quotes of a text, and what follows it


class Dialect(Indexing):
    """SQL text for one database: all methods are pure, and every name they write is quoted."""

    type_names: ClassVar[dict[str, str]]
    """The dialect's type for each of shardgen's, where it takes no arguments."""
    formats: ClassVar[tuple[Style, ...]] = ("insert",)
    equality: ClassVar[StoredEquality]
    """Which values of a key are one to it."""
    limits: ClassVar[Limits] = Limits()
    """How much the database takes."""

    names_enums: ClassVar[bool] = False
    """Whether an enum may be a type of its own."""
    has_identities: ClassVar[bool] = False
    """Whether a key can be GENERATED ALWAYS."""
    has_comments: ClassVar[bool] = True
    """Whether tables and columns have comments."""
    has_virtual: ClassVar[bool] = True
    """Whether a generated column may be computed when it is read."""
    has_exclusions: ClassVar[bool] = False
    """Whether a constraint may keep any two rows apart."""
    switches_triggers: ClassVar[bool] = False
    """Whether triggers can be switched off as rows are loaded."""
    generated_not_null: ClassVar[bool] = True
    """Whether a generated column can be NOT NULL."""

    json_depth: ClassVar[int] = 1000
    """How deep its JSON may be nested."""
    json_without_nul: ClassVar[tuple[str, ...]] = ()
    """The types of JSON whose strings have no NUL in them, not even by its escape."""

    def frame(self, table: CatalogTable, form: Style, *, ddl: bool) -> StatementText:
        """Return the text around a table's rows; `ddl` says whether the dump made the table."""
        assert form == "insert", "dialects that copy have a frame of their own for it"
        values = self.values_clause(table, ddl=ddl)
        start = f"INSERT INTO {self.table_name(table.name)} ({self.names(table)}) {values}\n("
        return StatementText(start.encode(), f");\n{start}".encode(), b");\n")

    def values_clause(self, table: CatalogTable, *, ddl: bool) -> str:
        """Return what stands between the columns and the rows of an INSERT."""
        del table, ddl
        return "VALUES"

    def names(self, table: CatalogTable) -> str:
        """Return the table's column names, quoted, with commas between."""
        return ",".join(self.quote(column.name) for column in table.row_columns)

    def type_name(self, kind: ColumnType) -> str:
        """Return the dialect's own name of a type."""
        if kind.name == "decimal":
            return f"decimal({kind.precision},{kind.scale})"
        if kind.name in ("varchar", "char"):
            return f"{kind.name}({kind.length})"
        name = self.type_names[kind.name]
        if kind.name in ("bit", "varbit") and "(" not in name and name != "text":
            return f"{name}({kind.length})"
        if kind.precision is None or kind.name == "money":
            return name
        word, *more = name.split(" ")
        return " ".join((f"{word}({kind.precision})", *more))

    def unsupported_schema(self, catalog: Catalog) -> Iterator[Mistake]:
        """Yield what the database would refuse of a schema that is otherwise right."""
        for table in catalog.tables:
            made, count = self.made_indexes(table), self.index_count(table)
            yield from beyond_counts(table, made, count, self.limits, self.title)

    def unsupported_rows(
        self, table: CatalogTable, values: Mapping[str, ColumnValues]
    ) -> Iterator[Mistake]:
        """
        Yield what the database would refuse of a table's rows as a whole: their size, mostly.

        `values` has those of its columns, of which none has a mistake, with bounds that hold for
        all rows.
        """
        most = self.limits.statement_bytes
        if most is None:
            return
        start = self.frame(table, "insert", ddl=False).start
        rest = len(start) + _OTHER_BYTES * len(values)
        texts = [each for each in values.values() if isinstance(each, Dictionary | Text)]
        lists = [each for each in values.values() if isinstance(each, Lists)]
        rest += _ESCAPED_BYTES * sum(map(most_letters, lists))
        size = rest + _ESCAPED_BYTES * sum(map(max_length, texts))
        if size > most:
            escaped = LongestText(self._escaped_bytes)
            size = rest + sum(longest(each, escaped) for each in texts)
        if size > most:
            what = f"an INSERT of one row may have {size} bytes, and {self.title} takes {most}"
            yield Mistake(table.path, what, "use shorter texts, or fewer of them")

    def _escaped_bytes(self, text: str) -> int:
        return utf8_bytes(self.escape(text))

    def storage(self, column: CatalogColumn) -> str:
        """Return the word for whether a generated column is stored."""
        return "STORED" if column.stored else "VIRTUAL"

    def checks(self, table: CatalogTable, catalog: Catalog) -> Iterator[str]:
        """Yield the CHECK constraints of a table."""
        for check in table.checks:
            expression = sql_for(check.expression, self.name)
            if expression is not None and self.has_check(table, check):
                name = self.quote(self.check_name(table, check.name, catalog))
                yield f"CONSTRAINT {name} CHECK ({expression})"

    def has_check(self, table: CatalogTable, check: Check) -> bool:
        """Return whether the database takes a CHECK constraint over the columns that it reads."""
        del table, check
        return True

    def check_name(self, table: CatalogTable, name: str, catalog: Catalog) -> str:
        """Return the name that a CHECK constraint has in the database."""
        del table, catalog
        return name

    def column_changes(
        self, column: CatalogColumn, table: CatalogTable, catalog: Catalog
    ) -> Iterator[InputWarning]:
        """Yield what the database has otherwise of a column, beside its default."""
        del column, table, catalog
        yield from ()

    def reference_changes(
        self, table: CatalogTable, reference: Reference, catalog: Catalog
    ) -> Iterator[InputWarning]:
        """Yield what the database has otherwise of a foreign key."""
        del table, reference, catalog
        yield from ()

    def unsupported_values(
        self, table: CatalogTable, column: CatalogColumn, values: ColumnValues
    ) -> tuple[str, str] | None:
        """
        Return why the database would refuse some of a column's values, and the way out.

        None when it takes them all. They fit the column's type, and their bounds hold for all rows.
        """
        del table, column
        return _beyond_signed(values, self.title)

    def unsupported_json(self, kind: ColumnType, facts: JsonFacts) -> tuple[str, str] | None:
        """Return why the database would refuse JSON of which that is known, and the way out."""
        if facts.depth > self.json_depth:
            what = f"is nested {facts.depth} deep, and {self.title} reads {self.json_depth}"
            return what, "choose the type text"
        if facts.has_nul and kind.name in self.json_without_nul:
            what = rf"has a string with \u0000 in it, which {self.title} does not store as {kind}"
            return what, "leave it out, or choose the type json"
        return None

    def unsupported_default(
        self, table: CatalogTable, column: CatalogColumn
    ) -> tuple[str, str] | None:
        """Return why the database would refuse a default that is right otherwise; the way out."""
        del table
        if column.sql_type.family != "json" or not isinstance(column.default, str):
            return None
        from shardgen.tables.json_texts import facts_of_texts  # late: few schemas have JSON

        return self.unsupported_json(column.sql_type, facts_of_texts([column.default]))

    def load_command(self, name: str, path: str) -> str:
        """Return the shell command that loads a dump at `path` of the schema `name`."""
        raise NotImplementedError

    def begin(self) -> Iterator[str]:
        """Yield the statements that a dump begins with."""
        raise NotImplementedError

    def begin_data(self) -> Iterator[str]:
        """Yield the statements between the table definitions and the rows."""
        yield from ()

    def end_data(self, tables: Iterable[CatalogTable], *, ddl: bool) -> Iterator[str]:
        """
        Yield the statements right after the rows, such as setting sequences.

        `ddl` says whether the dump made the tables, or found them as somebody else made them.
        """
        del tables, ddl
        yield from ()

    def end(self) -> Iterator[str]:
        """Yield the statements that a dump ends with; what `begin` set is as it was after them."""
        yield "COMMIT"

    def create_table(self, table: CatalogTable, catalog: Catalog) -> str:
        """Return CREATE TABLE, with the constraints that do not wait for the rows."""
        lines = [self.column_definition(column, table, catalog) for column in table.columns]
        lines += self.table_constraints(table, catalog)
        body = ",\n".join(f"  {line}" for line in lines)
        return f"CREATE TABLE {self.table_name(table.name)} (\n{body}\n)"

    def comments(self, table: CatalogTable) -> Iterator[str]:
        """Yield the statements that give a table and its columns their comments."""
        del table
        yield from ()

    def column_definition(
        self, column: CatalogColumn, table: CatalogTable, catalog: Catalog
    ) -> str:
        """Return a column's line in CREATE TABLE."""
        kind = self.column_type(column, table, catalog) + self.collation(column)
        words = [self.quote(column.name), kind]
        words += self.column_constraints(column, table)
        return " ".join(words)

    def folds_case(self, column: CatalogColumn) -> bool:
        """Return whether the database compares the column's texts without their case."""
        del column
        return False

    def drops_spaces(self, column: CatalogColumn) -> bool:
        """Return whether the database compares the column's texts without spaces at their end."""
        del column
        return False

    def collation(self, column: CatalogColumn) -> str:
        """Return what follows a type that has a collation."""
        name = sql_for(column.collation, self.name)
        return "" if name is None else f" COLLATE {name}"

    def column_type(self, column: CatalogColumn, table: CatalogTable, catalog: Catalog) -> str:
        """Return the type in a column's line."""
        del table, catalog
        return column.sql_type.given or self.type_name(column.sql_type)

    def create_schemas(self, catalog: Catalog) -> Iterator[str]:
        """Yield the statements that make the schemas of tables, where they are not there."""
        del catalog
        yield from ()

    def create_types(self, catalog: Catalog) -> Iterator[str]:
        """Yield the statements that make types and extensions before the tables."""
        del catalog
        yield from ()

    def column_constraints(self, column: CatalogColumn, table: CatalogTable) -> Iterator[str]:
        """Yield what follows the type in a column's line; `table` has its key."""
        del table
        expression = sql_for(column.generated, self.name)
        if expression is not None:
            yield f"GENERATED ALWAYS AS ({expression}) {self.storage(column)}"
        if not column.nullable and (column.generated is None or self.generated_not_null):
            yield "NOT NULL"
        if column.default is not None and not column.counts_rows:
            default = self.default(column)
            if default is not None:
                yield f"DEFAULT {default}"

    def in_listed(self, column: CatalogColumn) -> str:
        """Return the CHECK that keeps a column to the values of its enum."""
        values = ", ".join(self.string(value) for value in column.sql_type.values)
        return f"CHECK ({self.quote(column.name)} IN ({values}))"

    def table_constraints(self, table: CatalogTable, catalog: Catalog) -> Iterator[str]:
        """Yield the lines after the columns in CREATE TABLE."""
        raise NotImplementedError

    def after_rows(self, tables: Iterable[CatalogTable], catalog: Catalog) -> Iterator[str]:
        """Yield the keys and indexes that are quicker to make once the rows are there."""
        raise NotImplementedError

    def finishing(self, tables: Iterable[CatalogTable], catalog: Catalog) -> Iterator[Finishing]:
        """Yield the statements of `after_rows`, with what may run at once: nothing, by default."""
        tables = list(tables)
        names = tuple(table.name for table in tables)
        for n, statement in enumerate(self.after_rows(tables, catalog)):
            yield Finishing(n, names, statement)

    def foreign_key(self, reference: Reference) -> str:
        """Return a foreign key as a constraint of its table."""
        clause = f"FOREIGN KEY ({self.list_names(reference.columns)}) REFERENCES "
        clause += (
            f"{self.table_name(reference.table)} ({self.list_names(reference.parent_columns)})"
        )
        if reference.on_delete:
            clause += f" ON DELETE {reference.on_delete}"
        if reference.on_update:
            clause += f" ON UPDATE {reference.on_update}"
        return clause

    def deferral(self, table: CatalogTable, reference: Reference, catalog: Catalog) -> str:
        """Return what a foreign key ends with that a transaction may check at its end."""
        waits = catalog.is_late(table, reference)
        when = reference.deferrable or ("deferred" if waits else None)
        return f" DEFERRABLE INITIALLY {when.upper()}" if when else ""

    def defer(self, catalog: Catalog) -> Iterator[str]:
        """
        Yield the statements before the rows of tables that the dump does not make.

        They let a row refer to one that comes later, where tables refer to each other in a circle.
        """
        del catalog
        yield from ()

    def end_defer(self, catalog: Catalog) -> Iterator[str]:
        """Yield the statements after those rows that undo what `defer` did."""
        del catalog
        yield from ()

    def triggers_off(self, tables: Iterable[CatalogTable]) -> Iterator[str]:
        """Yield the statements by which no trigger of tables runs, in a dialect that has them."""
        del tables
        yield from ()

    def triggers_on(self) -> Iterator[str]:
        """Yield the statements that undo what `triggers_off` did, after all rows."""
        yield from ()

    def begin_waiting(self, catalog: Catalog, *, ddl: bool) -> Iterator[str]:
        """
        Yield the statements before the rows that let keys wait for later rows at little cost.

        `ddl` says whether the dump makes the tables.
        """
        del catalog, ddl
        yield from ()

    def end_waiting(self, catalog: Catalog, *, ddl: bool) -> Iterator[str]:
        """Yield the statements after the rows that undo what `begin_waiting` did."""
        del catalog, ddl
        yield from ()

    def index_count(self, table: CatalogTable) -> int:
        """Return how many indexes the table has, those of its keys included."""
        return 1 + sum(1 for _ in unique_keys(table)) + sum(1 for _ in self.made_indexes(table))


def _beyond_signed(values: ColumnValues, title: str) -> tuple[str, str] | None:
    """Return why unsigned numbers have no room in a database whose integers all have a sign."""
    if not isinstance(values, Integers) or values.high < 1 << 63:
        return None
    what = f"yields numbers such as {values.high}, and {title}'s bigint holds {(1 << 63) - 1}"
    return what, "use decimal(20,0), or narrow the bounds"
