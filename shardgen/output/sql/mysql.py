"""MySQL 8 and MariaDB 10.5, and later."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from shardgen.errors import InputWarning, Mistake, join_path, shown
from shardgen.output.sql.defaults import default_seconds
from shardgen.output.sql.literals import Style
from shardgen.output.sql.mysql_computed import refused_generated
from shardgen.output.sql.mysql_indexes import (
    KEY_LETTERS,
    is_fulltext,
    key_letters,
    shortened,
)
from shardgen.output.sql.mysql_names import (
    refused_names,
)
from shardgen.output.sql.mysql_rows import Width, beyond_row
from shardgen.output.sql.mysql_tables import EXACT, MySQLTables
from shardgen.output.sql.mysql_types import (
    RARE_FAMILIES,
    beyond_decimal,
    beyond_rare,
    fits_enum,
    is_listed,
)
from shardgen.output.sql.table_keys import is_in_key, reserved_schemas
from shardgen.output.text.fields import LiteralSyntax
from shardgen.random.overriding import override
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.index_elements import CatalogIndex
from shardgen.schema.qualified_names import split_name
from shardgen.schema.references import Reference
from shardgen.schema.sql_text import sql_for
from shardgen.tables.calendar import iso_moment
from shardgen.tables.rare_values import Bits, Bytes
from shardgen.tables.text_lengths import max_length
from shardgen.tables.values import ColumnValues, Dictionary, Text, Timestamps

_SETTINGS = (
    "sql_mode", "time_zone", "character_set_client", "character_set_results",
    "collation_connection",
)  # fmt: skip
"""Settings of the session that a dump changes, and sets back; the last three by SET NAMES."""
_OWN_DATABASES = ("mysql", "sys", "information_schema", "performance_schema")
_TABLE_COMMENT, _COLUMN_COMMENT = 2048, 1024  # characters
_TIMESTAMPS = 1, (1 << 31) - 1  # 1970-01-01 00:00:01 and 2038-01-19 03:14:07
_LOAD_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n"})
"""What stands for something else in the fields and lines of LOAD DATA."""


class MySQL(MySQLTables):
    """The settings of a session, and what MySQL refuses or changes."""

    @override
    def unsupported_schema(self, catalog: Catalog) -> Iterator[Mistake]:
        """See Dialect: names, keys over JSON and rows that are too long."""
        yield from super().unsupported_schema(catalog)
        yield from reserved_schemas(catalog, _OWN_DATABASES, "MySQL")
        yield from _out_of_schemas(catalog)
        for table in catalog.tables:
            where = join_path("tables", table.name)
            yield from refused_names(table, where)
            for column in table.columns:
                yield from beyond_decimal(column)
                is_json = column.sql_type.family == "json" or column.sql_type.element is not None
                if is_json and is_in_key(table, column):
                    what = f"MySQL makes no key of a column of type {column.sql_type}"
                    at = join_path(where, "columns", column.name) + ".type"
                    yield Mistake(at, what, f"use varchar(n), n at most {KEY_LETTERS}")
                most, length = key_letters(table, column), column.sql_type.max_length or 0
                if is_listed(column) and most is not None and length > most:
                    what = f"a label has {length} characters, and a key of MySQL's holds {most}"
                    yield Mistake(f"{column.path}.type", what, "shorten it, or leave out the key")
            yield from beyond_row(where, self._widths(table, catalog))
            yield from _long_comments(table)
            yield from _other_charsets(table)
            yield from refused_generated(table)
            for reference in table.references:
                yield from _refused_actions(reference)

    def _widths(self, table: CatalogTable, catalog: Catalog) -> Iterator[Width]:
        for column in table.columns:
            type_name = self.column_type(column, table, catalog)
            labels, is_key = column.sql_type.values, column.primary_key
            yield Width(column.name, type_name, labels, column.nullable, is_key)

    @override
    def unsupported_values(
        self, table: CatalogTable, column: CatalogColumn, values: ColumnValues
    ) -> tuple[str, str] | None:
        """A timestamp is 32 bits wide, and texts in a key are as long as an index can hold."""
        kind = column.sql_type
        if isinstance(values, Bytes | Bits):
            return beyond_rare(kind, values, key_letters(table, column))
        if kind.name == "timestamp" and isinstance(values, Timestamps):
            first, last = _TIMESTAMPS
            if first <= values.low <= values.high <= last:
                return None
            worst = iso_moment(values.high if values.high > last else values.low)
            what = f"yields times such as {worst}, and MySQL's timestamp holds those from "
            return f"{what}{iso_moment(first)} to {iso_moment(last)}", "use datetime"
        most = key_letters(table, column)
        if most is None or not isinstance(values, Dictionary | Text):
            return None
        if kind.family == "text" and max_length(values) > most:
            what = (
                f"yields up to {max_length(values)} characters, and a key of MySQL's holds {most}"
            )
            return what, "choose a shorter type, or leave out the key"
        return None

    @override
    def unsupported_default(
        self, table: CatalogTable, column: CatalogColumn
    ) -> tuple[str, str] | None:
        """A timestamp is 32 bits wide, and text in a key no longer than an index holds."""
        value, kind = column.default, column.sql_type
        if kind.name == "timestamp" and isinstance(value, str):
            first, last = _TIMESTAMPS
            seconds = default_seconds(value)
            if seconds is not None and not first <= seconds <= last:
                what = "is beyond MySQL's timestamp, which holds times from "
                return f"{what}{iso_moment(first)} to {iso_moment(last)}", "use datetime"
        most = key_letters(table, column)
        if kind.family == "text" and most is not None and len(str(value)) > most:
            what = f"has {len(str(value))} characters, and a key of MySQL's holds {most}"
            return what, "choose a shorter one"
        return super().unsupported_default(table, column)

    @override
    def notation(self, form: Style) -> LiteralSyntax:
        """See Literals: LOAD DATA reads bytes and bits as text, of which it makes what they are."""
        if form == "insert":
            return super().notation(form)
        return LiteralSyntax(
            *(r"\N", "1", "0", "", lambda text: text.translate(_LOAD_ESCAPES), "\t", "\n"),
            bytes_quotes=("", ""),
            lists=self.lists,
        )

    @override
    def load_command(self, name: str, path: str) -> str:
        del name
        return f"mysql DATABASE < {shlex.quote(path)}"

    @override
    def begin(self) -> Iterator[str]:
        yield "SET " + ", ".join(f"@shardgen_{name} = @@{name}" for name in _SETTINGS)
        yield "SET NAMES utf8mb4"
        yield "SET time_zone = '+00:00'"
        yield "SET sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO'"

    @override
    def begin_data(self) -> Iterator[str]:
        """CREATE TABLE would have ended a transaction."""
        yield "START TRANSACTION"

    @override
    def end_data(self, tables: Iterable[CatalogTable], *, ddl: bool) -> Iterator[str]:
        """ALTER TABLE would end the transaction, and commit it too."""
        del tables, ddl
        yield "COMMIT"

    @override
    def end(self) -> Iterator[str]:
        yield "SET " + ", ".join(f"{name} = @shardgen_{name}" for name in _SETTINGS)

    @override
    def defer(self, catalog: Catalog) -> Iterator[str]:
        """MySQL defers no check: it leaves them out, as mysqldump has it do."""
        if any(catalog.late_references):
            yield "SET @shardgen_foreign_key_checks = @@foreign_key_checks, foreign_key_checks = 0"

    @override
    def end_defer(self, catalog: Catalog) -> Iterator[str]:
        if any(catalog.late_references):
            yield "SET foreign_key_checks = @shardgen_foreign_key_checks"

    @override
    def column_changes(
        self, column: CatalogColumn, table: CatalogTable, catalog: Catalog
    ) -> Iterator[InputWarning]:
        """See Dialect: types that MySQL has not, or not in a key."""
        kind = column.sql_type
        if kind.given:
            return
        changed = ("text", "enum", "json", "array", *RARE_FAMILIES)
        if column.reference is None and kind.family not in changed:
            return
        made = self.own_type(column, table, catalog).removesuffix(EXACT)
        is_said = kind.family in ("text", "array", *RARE_FAMILIES)
        said = str(kind) if is_said else self.type_name(kind).removesuffix(EXACT)
        if kind.name == "jsonb" or (kind.name == "enum" and not fits_enum(kind)) or made != said:
            what = f"the type {shown(str(kind))} is {made} in MySQL"
            yield InputWarning(f"{column.path}.type", "changed-type", what)

    @override
    def folds_case(self, column: CatalogColumn) -> bool:
        name = sql_for(column.collation, self.name)
        return name is not None and "_ci" in name.lower()

    @override
    def reference_changes(
        self, table: CatalogTable, reference: Reference, catalog: Catalog
    ) -> Iterator[InputWarning]:
        """See Dialect: keys that a transaction checks at its end."""
        del table, catalog
        if reference.deferrable:
            what = "MySQL checks every key at once"
            yield InputWarning(f"{reference.path}.deferrable", "changed-key", what, "leave it out")

    @override
    def index_changes(self, table: CatalogTable, index: CatalogIndex) -> Iterator[InputWarning]:
        """See Dialect: indexes over the beginning of a text."""
        yield from _partial(table, index, self)
        cut = shortened(table, index) if self.can_index(table, index) else []
        if cut and not is_fulltext(table, index):
            share = KEY_LETTERS // len(index.columns)
            what = f"MySQL indexes the first {share} characters of {', '.join(cut)}"
            at = join_path(table.path, "indexes", index.name)
            yield InputWarning(at, "index-prefix", what, f"use varchar({share}) or shorter")


def _out_of_schemas(catalog: Catalog) -> Iterator[Mistake]:
    """Refuse keys from a schema to a table of none: MySQL would look for it in that schema."""
    for table in catalog.tables:
        for reference in table.references:
            if split_name(table.name)[0] and not split_name(reference.table)[0]:
                what = f"the key leads out of a schema to {reference.table!r}, which is in none"
                hint = "MySQL looks for it in the same schema: say which it is in"
                yield Mistake(reference.path, what, hint)


def _refused_actions(reference: Reference) -> Iterator[Mistake]:
    """Yield the actions of a foreign key that InnoDB does not have."""
    for name in ("on_delete", "on_update"):
        if getattr(reference, name) == "SET DEFAULT":
            what = f"{name} is SET DEFAULT, which MySQL and MariaDB refuse"
            yield Mistake(f"{reference.path}.{name}", what, "use SET NULL, or another action")


def _long_comments(table: CatalogTable) -> Iterator[Mistake]:
    """Yield the comments that are longer than MySQL allows."""
    held = [(table.path, table.comment, _TABLE_COMMENT)]
    held += ((column.path, column.comment, _COLUMN_COMMENT) for column in table.columns)
    for path, comment, most in held:
        size = len(comment or "")
        if size > most:
            what = f"a comment has {size} characters, and MySQL takes {most}"
            yield Mistake(f"{path}.comment", what, "shorten it")


def _other_charsets(table: CatalogTable) -> Iterator[Mistake]:
    """Yield the collations of other character sets than the dump's."""
    for column in table.columns:
        name = sql_for(column.collation, "mysql")
        if name is not None and not name.lower().startswith(("utf8mb4_", "uca1400_")):
            what = f"the collation {name!r} is not one of utf8mb4, which the tables are in"
            yield Mistake(f"{column.path}.collation", what, "such as utf8mb4_general_ci")


def _partial(table: CatalogTable, index: CatalogIndex, dialect: MySQL) -> Iterator[InputWarning]:
    """Yield that an index over some rows is one over all."""
    if sql_for(index.where, "mysql") is not None and dialect.can_index(table, index):
        what = "MySQL's indexes are over all rows"
        path = join_path(table.path, "indexes", index.name)
        yield InputWarning(f"{path}.where", "changed-index", what, "leave it out")
