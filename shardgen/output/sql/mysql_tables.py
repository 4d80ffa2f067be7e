"""The tables of MySQL: types, columns, keys and indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from shardgen.output.sql.defaults import sets_on_update
from shardgen.output.sql.dialect import Dialect
from shardgen.output.sql.equality import StoredEquality
from shardgen.output.sql.limits import MYSQL_LIMITS
from shardgen.output.sql.mysql_computed import joins_texts, unread_column
from shardgen.output.sql.mysql_indexes import (
    KEY_LETTERS,
    comes_first,
    is_fulltext,
    key_letters,
    shortened,
)
from shardgen.output.sql.mysql_names import (
    check_name,
    check_names,
    foreign_key_name,
    unique_key_name,
)
from shardgen.output.sql.mysql_types import (
    fits_enum,
    is_listed,
    key_of_bytes,
    rare_type,
    root_column,
    root_type,
)
from shardgen.output.sql.table_keys import all_keys, schemas_of, unique_keys
from shardgen.random.overriding import override
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.index_elements import CatalogIndex
from shardgen.schema.model import Check
from shardgen.schema.references import Reference
from shardgen.schema.sql_text import sql_for
from shardgen.schema.types import FLOAT_BITS, UNSIGNED, ColumnType
from shardgen.tables.rare_casts import is_varying

_ESCAPES = str.maketrans(
    {"\\": r"\\", "'": "''", "\n": r"\n", "\r": r"\r", "\x1a": r"\Z"}  # what mysqldump escapes
)
_VARCHAR_LETTERS = 16_383  # of utf8mb4 in a row
_CHAR_LETTERS = 255
_MEDIUM_BYTES = 16_777_215
EXACT = " COLLATE utf8mb4_bin"
"""What lets case and accents count."""


class MySQLTables(Dialect):
    """
    InnoDB keeps rows in the order of their key, so that keys are there before the rows.

    So are foreign keys, and the indexes that they need: adding a foreign key copies the table, or
    checks nothing. Measured on MariaDB 10.11 with 1 M payments, against everything in CREATE TABLE:
    other indexes after the rows 0.8 times as long, foreign keys too 1.0 to 1.1 times.

    MySQL compares text without case and accents, unless told otherwise. Columns in which "a" and
    "A" must stay two values, keys and enums, are told.
    """

    name = "mysql"
    title = "MySQL or MariaDB"
    name_quote = "`"
    equality = StoredEquality(
        title="MySQL",
        float_bits=FLOAT_BITS,
        padded=frozenset({"char", "varchar", "text", "enum"}),
        where="a key of MySQL's",
        way_out="leave out the spaces at the end, or unique",
        reads_uuids=True,
    )
    new_uuid = "(UUID())"
    generated_not_null = False  # MariaDB reads no such word there
    json_depth = 31  # MariaDB's; MySQL reads 100
    limits = MYSQL_LIMITS
    type_names = {  # noqa: RUF012 -- the base class says ClassVar
        "tinyint": "tinyint",
        "smallint": "smallint",
        "int": "int",
        "bigint": "bigint",
        "float": "float",
        "double": "double",
        "text": "text",
        "date": "date",
        "datetime": "datetime",
        "timestamp": "timestamp",
        "boolean": "tinyint(1)",
        "json": "json",
        "jsonb": "json",
        "array": "json",
        "uuid": "char(36)",
        "mediumint": "mediumint",
        **{name: name for name in UNSIGNED},
        "year": "year",
        "time": "time",
        "timetz": "time",
        "blob": "blob",
        **dict.fromkeys(("citext", "xml", "tsvector", "path", "polygon"), "text"),
        "money": "decimal(16,2)",
    }

    @override
    def escape(self, text: str) -> str:
        """The dump sets a mode in which a backslash escapes."""
        return text.translate(_ESCAPES)

    @override
    def type_name(self, kind: ColumnType) -> str:
        """An enum drops spaces at the end of its values, so these are a varchar."""
        if kind.name == "enum":
            labels = ",".join(map(self.string, kind.values))
            made = f"enum({labels})" if fits_enum(kind) else f"varchar({kind.max_length})"
            return made + EXACT
        if kind.name == "set":
            return f"set({','.join(map(self.string, kind.values))}){EXACT}"
        length = kind.length or 0
        if kind.name == "text" and length > (MYSQL_LIMITS.text_bytes or 0):
            return "mediumtext" if length <= _MEDIUM_BYTES else "longtext"
        if kind.name == "varchar" and length > _VARCHAR_LETTERS:
            return "mediumtext"
        if kind.name == "char" and length > _CHAR_LETTERS:
            return f"varchar({length})"
        return rare_type(kind) or super().type_name(kind)

    @override
    def column_type(self, column: CatalogColumn, table: CatalogTable, catalog: Catalog) -> str:
        """
        A foreign key has exactly the type of the key it refers to.

        Text in a key is no longer than an index can hold whole.
        """
        made = self.own_type(column, table, catalog)
        name = sql_for(root_column(column, table, catalog).collation, self.name)
        return made if name is None else f"{made.removesuffix(EXACT)} COLLATE {name}"

    def own_type(self, column: CatalogColumn, table: CatalogTable, catalog: Catalog) -> str:
        """Return the type of a column without the collation that the schema says."""
        kind = root_type(column, table, catalog)
        if kind.given:
            return kind.given
        most = key_letters(table, column)
        if kind.family == "bytes" and most is not None:
            return key_of_bytes(kind, 4 * most)
        if kind.family == "bits" and is_varying(kind) and most is not None:
            return f"varchar({min(kind.length or 1, most)})"
        if kind.family != "text" or most is None:
            return self.type_name(kind)
        letters = min(kind.length or most, most)
        name = "char" if kind.name == "char" and letters <= _CHAR_LETTERS else "varchar"
        return f"{name}({letters}){EXACT}"

    @override
    def create_schemas(self, catalog: Catalog) -> Iterator[str]:
        """A schema is a database to it."""
        if joins_texts(catalog):  # else `||` is OR
            yield "SET sql_mode = CONCAT(@@sql_mode, ',PIPES_AS_CONCAT')"
        for name in schemas_of(catalog):
            yield f"CREATE DATABASE IF NOT EXISTS {self.quote(name)} DEFAULT CHARSET=utf8mb4"

    @override
    def create_table(self, table: CatalogTable, catalog: Catalog) -> str:
        words = [super().create_table(table, catalog), "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"]
        starts = (c.start for c in table.columns if c.is_identity and c.start is not None)
        words += (f"AUTO_INCREMENT={start}" for start in starts)
        words += [f"COMMENT={self.string(table.comment)}"] if table.comment is not None else []
        return " ".join(words)

    @override
    def column_constraints(self, column: CatalogColumn, table: CatalogTable) -> Iterator[str]:
        """
        Say of a timestamp whether it may be null, and give it a default.

        Without explicit_defaults_for_timestamp, which is off in MariaDB up to 10.9 and cannot be
        set there, a nullable one is NOT NULL otherwise, and the first without a default is set to
        the current time by every UPDATE. `after_rows` drops the default again.
        """
        if column.nullable and column.generated is None:
            yield "NULL"
        yield from super().column_constraints(column, table)
        if _is_bare(column):
            yield f"DEFAULT {_now(column.sql_type)}"
        if column.is_identity:
            yield "AUTO_INCREMENT"
        if column.comment is not None:
            yield f"COMMENT {self.string(column.comment)}"
        if is_listed(column) and not _check_name(table, column):
            yield self.in_listed(column)

    @override
    def default(self, column: CatalogColumn) -> str | None:
        """
        The current time has the digits of its column, and may be set by every UPDATE.

        Text and JSON take only expressions, which stand in parentheses.
        """
        value = super().default(column)
        kind = column.sql_type
        if value == "CURRENT_TIMESTAMP":
            return _now(kind) + (f" ON UPDATE {_now(kind)}" if sets_on_update(column) else "")
        long = kind.name == "varchar" and (kind.length or 0) > _VARCHAR_LETTERS
        if value is not None and (long or kind.name in ("text", "json", "jsonb", "array", "blob")):
            return f"({value})"
        return value

    @override
    def table_constraints(self, table: CatalogTable, catalog: Catalog) -> Iterator[str]:
        """Indexes come before keys, which find names of their own among theirs."""
        if table.primary_key:
            yield f"PRIMARY KEY ({self.list_names(table.primary_key)})"
        for index in self.made_indexes(table):
            if comes_first(table, index):
                yield self._key(table, index)
        for names in unique_keys(table):
            own = unique_key_name(table, names)
            name = self.key_name(table, names) or (self.quote(own) if own else "")
            yield f"UNIQUE KEY {name}{' ' if name else ''}({self.list_names(names)})"
        for reference in table.references:
            if not self.key_comes_later(table, reference, catalog):
                yield self._foreign_key(table, reference, catalog)
        for column in table.columns:
            check = _check_name(table, column)
            if check:  # MariaDB takes a name here alone
                yield f"CONSTRAINT {self.quote(check)} {self.in_listed(column)}"
        yield from self.checks(table, catalog)

    @override
    def has_check(self, table: CatalogTable, check: Check) -> bool:
        """See `mysql_computed`."""
        return unread_column(table, check.expression) is None

    @override
    def check_name(self, table: CatalogTable, name: str, catalog: Catalog) -> str:
        """In MySQL a name of a CHECK is one in the whole database."""
        return check_names(catalog).get((table.name, name), name)

    def key_comes_later(self, table: CatalogTable, reference: Reference, catalog: Catalog) -> bool:
        """Return whether a foreign key is made after the rows: that to a later table."""
        return catalog.is_late(table, reference)

    def _foreign_key(self, table: CatalogTable, reference: Reference, catalog: Catalog) -> str:
        """MySQL numbers the keys of a table, and a long name has no room for the number."""
        key = self.foreign_key(_in_order_of_key(reference, catalog))
        name = foreign_key_name(table, reference.name, catalog)
        return f"CONSTRAINT {self.quote(name)} {key}" if name else key

    @override
    def after_rows(self, tables: Iterable[CatalogTable], catalog: Catalog) -> Iterator[str]:
        """
        All indexes of a table are made in one go, and keys to later tables.

        Defaults that stand in the place of those that MySQL would find are dropped by a statement
        of their own: where it finds some, it does so again whenever a table gets an index.
        """
        for table in tables:
            later = [i for i in self.made_indexes(table) if not comes_first(table, i)]
            additions = [self._key(table, index) for index in later]
            late = (r for r in table.references if self.key_comes_later(table, r, catalog))
            additions += (self._foreign_key(table, r, catalog) for r in late)
            keys = ", ".join(f"ADD {addition}" for addition in additions)
            if keys:
                yield f"ALTER TABLE {self.table_name(table.name)} {keys}"
            found = (self.quote(column.name) for column in table.columns if _is_bare(column))
            drops = ", ".join(f"ALTER {name} DROP DEFAULT" for name in found)
            if drops:
                yield f"ALTER TABLE {self.table_name(table.name)} {drops}"

    @override
    def index_count(self, table: CatalogTable) -> int:
        """A foreign key gets an index of its own, unless one begins with its columns."""
        made = [*all_keys(table)]
        made += (i.columns for i in self.made_indexes(table) if not is_fulltext(table, i))
        own = {r.columns for r in table.references}
        own = {key for key in own if not any(names[: len(key)] == key for names in made)}
        return super().index_count(table) + len(own)

    @override
    def can_index(self, table: CatalogTable, index: CatalogIndex) -> bool:
        """
        An index over JSON is left out: MySQL has none. MariaDB has none over expressions.

        One that is unique among some rows alone is left out, too; any other is of all rows.
        """
        kinds = [table.column(name).sql_type.family for name in index.columns]
        is_partial = index.unique and sql_for(index.where, self.name) is not None
        is_json = not {"json", "array"}.isdisjoint(kinds)
        return not is_json and not index.has_expressions and not is_partial

    @override
    def index_name(self, table: CatalogTable, index: CatalogIndex) -> str:
        """Each table has its own room for the names of indexes."""
        del table
        return index.name

    @override
    def names_key(self, table: CatalogTable, columns: tuple[str, ...]) -> bool:
        """A primary key has no name of its own."""
        return columns != table.primary_key

    @override
    def index_kind(self, table: CatalogTable, index: CatalogIndex) -> str:
        return "fulltext" if is_fulltext(table, index) else "btree"

    def _key(self, table: CatalogTable, index: CatalogIndex) -> str:
        kind, parts = self._kind(table, index), self._parts(table, index)
        return f"{kind}KEY {self.quote(index.name)} ({parts})"

    def _kind(self, table: CatalogTable, index: CatalogIndex) -> str:
        """`fulltext` is made as asked; every other kind is InnoDB's only one, a B-tree."""
        if is_fulltext(table, index):
            return "FULLTEXT "
        return "UNIQUE " if index.unique else ""

    def _parts(self, table: CatalogTable, index: CatalogIndex) -> str:
        """Texts that are too long to be indexed whole are by an equal share of their letters."""
        if is_fulltext(table, index):
            return self.list_names(index.columns)
        share, cut = KEY_LETTERS // len(index.columns), shortened(table, index)
        return ", ".join(
            self.index_part(msgspec.structs.replace(e, length=share) if e.column in cut else e)
            for e in index.elements
        )

    @override
    def first_letters(self, name: str, length: int) -> str:
        return f"{name}({length})"

    @override
    def collation(self, column: CatalogColumn) -> str:
        """It stands in the type, in the place of the one that keys have."""
        del column
        return ""


def _in_order_of_key(reference: Reference, catalog: Catalog) -> Reference:
    """Return a foreign key with its columns in the order of the parent's: InnoDB needs an index."""
    wanted, parent = reference.parent_columns, catalog.table(reference.table)
    keys = [names for names in parent.unique_sets if set(names) == set(wanted)]
    if wanted in keys or not keys:
        return reference
    columns = dict(zip(wanted, reference.columns, strict=True))
    own = tuple(columns[name] for name in keys[0])
    return msgspec.structs.replace(reference, columns=own, parent_columns=keys[0])


def _now(kind: ColumnType) -> str:
    return "CURRENT_TIMESTAMP" + (f"({kind.precision})" if kind.precision else "")


def _is_bare(column: CatalogColumn) -> bool:
    """Return whether a timestamp is one for which MySQL would find a default."""
    is_null = isinstance(column.default, str) and column.default.upper() == "NULL"
    without = column.default is None or is_null
    is_plain = column.sql_type.name == "timestamp" and column.generated is None
    return is_plain and not column.nullable and without


def _check_name(table: CatalogTable, column: CatalogColumn) -> str | None:
    return check_name(table, column.name) if is_listed(column) else None
