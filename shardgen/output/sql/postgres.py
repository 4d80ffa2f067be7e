"""PostgreSQL, 12 and later."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping

from shardgen.errors import Mistake, join_path, shown
from shardgen.output.sql.dialect import Dialect
from shardgen.output.sql.equality import StoredEquality
from shardgen.output.sql.finishing import Finishing
from shardgen.output.sql.limits import POSTGRES_LIMITS
from shardgen.output.sql.literals import Style
from shardgen.output.sql.names import own_name, postgres_name
from shardgen.output.sql.postgres_computed import refused_computed
from shardgen.output.sql.postgres_indexes import WITHOUT_ORDER, can_be_indexed, made_kind
from shardgen.output.sql.postgres_names import in_public, key_names, own_names
from shardgen.output.sql.postgres_rows import beyond_index, beyond_row
from shardgen.output.sql.postgres_waiting import (
    AS_BEFORE,
    ON_AGAIN,
    made_deferrable,
    switched_off,
)
from shardgen.output.sql.table_keys import (
    all_keys,
    is_in_key,
    reserved_schemas,
    schemas_of,
    shared_names,
)
from shardgen.output.text.fields import LiteralSyntax
from shardgen.output.text.list_fields import ARRAY_LITERALS
from shardgen.output.text.render import StatementText
from shardgen.random.overriding import override
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.index_elements import CatalogIndex, IndexElement
from shardgen.schema.qualified_names import bare_name
from shardgen.schema.sql_text import one_line, sql_for
from shardgen.schema.types import FLOAT_BITS, SPELLED, ColumnType
from shardgen.tables.values import ColumnValues

_COPY_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_NOT_OWNED = """
  SELECT max(refobjid::regclass::text) FROM pg_depend
  JOIN pg_attrdef ON pg_attrdef.oid = objid
  JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
  JOIN pg_class ON pg_class.oid = refobjid AND relkind = 'S'
  WHERE classid = 'pg_attrdef'::regclass AND refclassid = 'pg_class'::regclass
  AND adrelid = {table}::regclass AND attname = {column}
"""
"""The sequence that a column's default depends on."""
_EXTENSIONS = ("citext", "hstore", "ltree")
"""Those that PostgreSQL comes with, by the name of their type."""
_OWN_COLUMNS = {"cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"}


class Postgres(Dialect):
    """Keys, foreign keys and indexes follow the rows: that loads fastest."""

    name = "postgres"
    title = "PostgreSQL"
    formats = ("insert", "copy")
    equality = StoredEquality(
        title="PostgreSQL",
        float_bits=FLOAT_BITS,
        padded=frozenset({"char"}),
        where="a PostgreSQL char",
        way_out="use varchar, or leave out unique",
        reads_uuids=True,
        read_json=frozenset({"jsonb"}),
        folded=frozenset({"citext"}),
    )
    limits = POSTGRES_LIMITS
    new_uuid = "gen_random_uuid()"
    bytes_quotes = (r"'\x", "'")
    bits_quotes = ("B'", "'")
    lists = ARRAY_LITERALS
    json_without_nul = ("jsonb",)
    names_enums = True
    has_identities = True
    has_virtual = False
    has_exclusions = True
    switches_triggers = True
    type_names = {  # noqa: RUF012 -- the base class says ClassVar
        "tinyint": "smallint",
        "smallint": "smallint",
        "int": "integer",
        "bigint": "bigint",
        "float": "real",
        "double": "double precision",
        "text": "text",
        "date": "date",
        "datetime": "timestamp",
        "timestamp": "timestamp with time zone",
        "boolean": "boolean",
        "json": "json",
        "jsonb": "jsonb",
        "uuid": "uuid",
        **{name: name for name in (*SPELLED, "money")},
        "set": "text",
        "mediumint": "integer",
        "tinyint unsigned": "smallint",
        "smallint unsigned": "integer",
        "mediumint unsigned": "integer",
        "int unsigned": "bigint",
        "bigint unsigned": "bigint",
        "year": "smallint",
        "time": "time",
        "timetz": "time with time zone",
        "interval": "interval",
        "bit": "bit",
        "varbit": "bit varying",
        "blob": "bytea",
        "binary": "bytea",
        "varbinary": "bytea",
    }

    @override
    def booleans(self) -> tuple[str, str]:
        return "TRUE", "FALSE"

    @override
    def notation(self, form: Style) -> LiteralSyntax:
        if form == "copy":
            return LiteralSyntax(
                *(r"\N", "t", "f", "", lambda s: s.translate(_COPY_ESCAPES), "\t", "\n"),
                bytes_quotes=(r"\\x", ""),
                lists=self.lists,
            )
        return super().notation(form)

    @override
    def frame(self, table: CatalogTable, form: Style, *, ddl: bool) -> StatementText:
        if form == "copy":
            start = f"COPY {self.table_name(table.name)} ({self.names(table)}) FROM stdin;\n"
            return StatementText(start.encode(), b"", b"\n\\.\n")
        return super().frame(table, form, ddl=ddl)

    @override
    def values_clause(self, table: CatalogTable, *, ddl: bool) -> str:
        """A table of somebody else may have a key GENERATED ALWAYS; COPY needs no word for it."""
        always = not ddl or any(column.identity == "always" for column in table.columns)
        return "OVERRIDING SYSTEM VALUE VALUES" if always else "VALUES"

    @override
    def type_name(self, kind: ColumnType) -> str:
        if kind.element is not None:
            return f"{self.type_name(kind.element)}[]"
        if kind.is_unlimited:
            return "numeric"
        if kind.enum_name:
            return self.table_name(kind.enum_name)
        if kind.name == "enum":
            return f"varchar({kind.max_length})"
        return super().type_name(kind)

    @override
    def unsupported_schema(self, catalog: Catalog) -> Iterator[Mistake]:
        """Names of its system columns are taken, and some types have no order."""
        yield from super().unsupported_schema(catalog)
        yield from shared_names(catalog, self.title)
        yield from reserved_schemas(catalog, ("information_schema",), self.title)
        yield from in_public(catalog)
        enums: dict[str, tuple[str, ...]] = {
            table.name: () for table in catalog.tables
        }  # a table is a type, too
        for table in catalog.tables:
            for column in table.columns:
                at = join_path("tables", table.name, "columns", column.name)
                yield from self._check_enum(column, enums)
                if column.name in _OWN_COLUMNS:
                    what = f"the name {column.name!r} is one that PostgreSQL keeps for itself"
                    yield Mistake(at, what, "choose another")
                if is_in_key(table, column) and column.sql_type.name in WITHOUT_ORDER:
                    what = f"PostgreSQL makes no key of a column of type {column.sql_type}"
                    hint = "use jsonb" if column.sql_type.name == "json" else "use varchar(n)"
                    yield Mistake(f"{at}.type", what, hint)
            yield from refused_computed(table)
            if table.name.startswith("pg_"):  # found before those of the schema, by every statement
                what = f"the name {table.name!r} begins like those of PostgreSQL's own tables"
                yield Mistake(join_path("tables", table.name), what, "choose one without pg_")

    def _check_enum(
        self, column: CatalogColumn, seen: dict[str, tuple[str, ...]]
    ) -> Iterator[Mistake]:
        """Yield that two enums of one name differ, or that the name is none."""
        kind = column.sql_type.scalar
        name, values = kind.enum_name, kind.values
        if not name:
            return
        at = f"{column.path}.enum_name"
        if not name.isprintable() or len(name.encode()) > (POSTGRES_LIMITS.name_bytes or 0):
            yield Mistake(at, f"{name!r} is no name", "use letters, digits and underscores")
        most = POSTGRES_LIMITS.name_bytes or 0  # labels are names, too
        long = next((label for label in values if len(label.encode()) > most), None)
        if long is not None:
            what = f"the label {shown(long)} has {len(long.encode())} bytes"
            hint = f"PostgreSQL takes {most} of a label of its own enums; leave out enum_name"
            yield Mistake(at, what, hint)
        if seen.setdefault(name, values) != values:
            other = "a table" if not seen[name] else "an enum of other labels"
            yield Mistake(at, f"{name!r} is the name of {other}", "choose another")

    @override
    def unsupported_rows(
        self, table: CatalogTable, values: Mapping[str, ColumnValues]
    ) -> Iterator[Mistake]:
        yield from super().unsupported_rows(table, values)
        yield from beyond_row(table, values)
        yield from beyond_index(table, [*all_keys(table)], self.made_indexes(table), values)

    @override
    def load_command(self, name: str, path: str) -> str:
        del name
        return f"psql -v ON_ERROR_STOP=1 -f {shlex.quote(path)} DATABASE"

    @override
    def begin(self) -> Iterator[str]:
        """What is LOCAL is as it was once the transaction ends."""
        yield "BEGIN"
        yield "SET LOCAL client_encoding = 'UTF8'"
        yield "SET LOCAL standard_conforming_strings = on"
        yield "SET LOCAL TIME ZONE 'UTC'"

    @override
    def create_schemas(self, catalog: Catalog) -> Iterator[str]:
        for name in schemas_of(catalog):
            yield f"CREATE SCHEMA IF NOT EXISTS {self.quote(name)}"

    @override
    def create_types(self, catalog: Catalog) -> Iterator[str]:
        """An enum with a name is a type, whose labels are in their order."""
        made: set[str] = set()
        columns = [column for table in catalog.tables for column in table.columns]
        kinds = [column.sql_type.scalar for column in columns]
        names = {kind.name for kind in kinds}
        names |= {c.sql_type.given.partition("[")[0].strip().lower() for c in columns}
        for name in _EXTENSIONS:
            if name in names:
                yield f"CREATE EXTENSION IF NOT EXISTS {name}"
        for kind in kinds:
            if kind.enum_name and kind.enum_name not in made:
                made.add(kind.enum_name)
                labels = ", ".join(map(self.string, kind.values))
                yield f"CREATE TYPE {self.table_name(kind.enum_name)} AS ENUM ({labels})"

    @override
    def column_definition(
        self, column: CatalogColumn, table: CatalogTable, catalog: Catalog
    ) -> str:
        """A sequence is named where PostgreSQL would give it the name of a later table."""
        line = super().column_definition(column, table, catalog)
        if not column.is_identity:
            return line
        name = own_names(catalog).get((table.name, (column.name,), "seq"))
        options = [f"SEQUENCE NAME {self.quote(name)}"] if name else []
        options += [f"START WITH {column.start}"] if column.start is not None else []
        sequence = f" ({' '.join(options)})" if options else ""
        when = "ALWAYS" if column.identity == "always" else "BY DEFAULT"
        return f"{line} GENERATED {when} AS IDENTITY{sequence}"

    @override
    def comments(self, table: CatalogTable) -> Iterator[str]:
        name = self.table_name(table.name)
        if table.comment is not None:
            yield f"COMMENT ON TABLE {name} IS {self.string(table.comment)}"
        for column in table.columns:
            if column.comment is not None:
                at = f"{name}.{self.quote(column.name)}"
                yield f"COMMENT ON COLUMN {at} IS {self.string(column.comment)}"

    @override
    def column_constraints(self, column: CatalogColumn, table: CatalogTable) -> Iterator[str]:
        yield from super().column_constraints(column, table)
        if column.sql_type.name == "enum" and not column.sql_type.enum_name:
            name = postgres_name(bare_name(table.name), (column.name,), "check")
            if any(check.name == name for check in table.checks):
                yield f"CONSTRAINT {self.quote(own_name(name, (), 63))}"
            yield self.in_listed(column)

    @override
    def table_constraints(self, table: CatalogTable, catalog: Catalog) -> Iterator[str]:
        yield from self.checks(table, catalog)

    @override
    def storage(self, column: CatalogColumn) -> str:
        """Up to version 17 it has no others."""
        del column
        return "STORED"

    @override
    def after_rows(self, tables: Iterable[CatalogTable], catalog: Catalog) -> Iterator[str]:
        """
        Primary and unique keys of all tables come before the first foreign key.

        Indexes come before keys, so that the names PostgreSQL finds for those avoid theirs. A key
        to a later table is checked at the end of a transaction, or no row could ever be added.
        """
        return (each.statement for each in self.finishing(tables, catalog))

    @override
    def finishing(self, tables: Iterable[CatalogTable], catalog: Catalog) -> Iterator[Finishing]:
        """See Dialect. Several indexes of a table can be made at once, and no keys."""
        tables = list(tables)
        for table in tables:
            for index in self.made_indexes(table):
                yield Finishing(0, (), self.create_index(table, index))
        for table in tables:
            for key in (*self._keys(table, catalog), *self._exclusions(table)):
                yield Finishing(1, (table.name,), key)
        for table in tables:
            for reference in table.references:
                key = self.foreign_key(reference) + self.deferral(table, reference, catalog)
                statement = f"ALTER TABLE {self.table_name(table.name)} ADD {key}"
                yield Finishing(2, (table.name, reference.table), statement)

    def _exclusions(self, table: CatalogTable) -> Iterator[str]:
        for each in table.exclude:
            where = "" if each.where is None else f" WHERE ({one_line(each.where)})"
            rows = f"EXCLUDE USING {each.using} ({one_line(each.elements)}){where}"
            name = self.quote(each.name)
            yield f"ALTER TABLE {self.table_name(table.name)} ADD CONSTRAINT {name} {rows}"

    def _keys(self, table: CatalogTable, catalog: Catalog) -> Iterator[str]:
        named = own_names(catalog)
        for kind, names, implicit in key_names(table):
            own = named.get((table.name, *implicit))
            name = self.quote(own) if own else self.key_name(table, names)
            constraint = f"CONSTRAINT {name} " if name else ""
            key = f"{constraint}{kind} ({self.list_names(names)})"
            yield f"ALTER TABLE {self.table_name(table.name)} ADD {key}"

    @override
    def defer(self, catalog: Catalog) -> Iterator[str]:
        """
        Constraints that were not declared DEFERRABLE, as a dump's are, are so for the transaction.

        Their tables' owner may say so; every row is checked all the same.
        """
        if any(catalog.late_references):
            yield f"DO {self.string(made_deferrable(self, catalog))}"
            yield "SET CONSTRAINTS ALL DEFERRED"

    @override
    def end_defer(self, catalog: Catalog) -> Iterator[str]:
        """What waits is checked first: a table that has such rows cannot be altered."""
        if any(catalog.late_references):
            yield "SET CONSTRAINTS ALL IMMEDIATE"
            yield f"DO {self.string(AS_BEFORE)}"

    @override
    def triggers_off(self, tables: Iterable[CatalogTable]) -> Iterator[str]:
        """Those that their tables' owner has made; the database's own check keys, and stay on."""
        yield f"DO {self.string(switched_off(self, tables))}"

    @override
    def triggers_on(self) -> Iterator[str]:
        """What waits is checked first: a table that has such rows cannot be altered."""
        yield "SET CONSTRAINTS ALL IMMEDIATE"
        yield f"DO {self.string(ON_AGAIN)}"

    @override
    def can_index(self, table: CatalogTable, index: CatalogIndex) -> bool:
        """An index over `json`, `xml` or points is left out: there is none."""
        return can_be_indexed(table, index)

    @override
    def index_method(self, table: CatalogTable, index: CatalogIndex) -> str:
        """
        `hash`, `brin`, `gin` over jsonb, and `fulltext` over text are made as asked.

        PostgreSQL has no full-text index of its own name: it is a `gin` over the words of the text.
        """
        kind = self.index_kind(table, index)
        if kind == "fulltext":
            words = (f"to_tsvector('simple', {self.quote(name)})" for name in index.columns)
            return f" USING gin ({', '.join(words)})"
        method = "" if kind == "btree" else f" USING {kind}"
        return f"{method} ({self.index_parts(index)})"

    @override
    def index_nulls(self, index: CatalogIndex) -> str:
        return " NULLS NOT DISTINCT" if index.nulls_not_distinct else ""

    @override
    def index_suffix(self, element: IndexElement) -> str:
        """A word may also name how values are compared, such as `gin_trgm_ops`."""
        return element.suffix

    @override
    def collation(self, column: CatalogColumn) -> str:
        """Names of collations are such as those of tables."""
        name = sql_for(column.collation, self.name)
        return "" if name is None else f" COLLATE {'.'.join(map(self.quote, name.split('.')))}"

    @override
    def index_kind(self, table: CatalogTable, index: CatalogIndex) -> str:
        return made_kind(table, index)

    @override
    def end_data(self, tables: Iterable[CatalogTable], *, ddl: bool) -> Iterator[str]:
        """
        Set each identity sequence past the last key, so that the next plain INSERT works.

        A block prints nothing, where SELECT would print a row.
        """
        for table in tables:
            for column in table.columns:
                if column.is_identity:
                    yield f"DO {self.string(self._set_sequence(table, column, ddl=ddl))}"

    def _set_sequence(self, table: CatalogTable, column: CatalogColumn, *, ddl: bool) -> str:
        """
        Return a block that sets the sequence of a key to its greatest value.

        The sequence of a table of somebody else may belong to no column: it is the one that the
        column's default depends on.
        """
        relation, name = self.string(self.table_name(table.name)), self.string(column.name)
        sequence = f"pg_get_serial_sequence({relation}, {name})"
        if not ddl:
            sequence = f"coalesce({sequence}, ({_NOT_OWNED.format(table=relation, column=name)}))"
        greatest = f"SELECT max({self.quote(column.name)}) FROM {self.table_name(table.name)}"
        return f"BEGIN PERFORM setval({sequence}, ({greatest})); END"
