"""What each dialect writes around the rows: names, literals, types, defaults, keys, indexes."""

from __future__ import annotations

import contextlib
import shlex
import sqlite3
import typing
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shardgen import Options
from shardgen.output.sql.dialect import Dialect
from shardgen.output.sql.dialects import DIALECTS
from shardgen.output.sql.mysql import MySQL
from shardgen.output.sql.postgres import Postgres
from shardgen.output.sql.sqlite import SQLite
from shardgen.plan.plan import build_plan
from shardgen.plan.source import Source
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn
from shardgen.schema.model import Column, DatabaseName, ForeignKey, Index, Schema, Table
from shardgen.schema.types import parse_type

KEY = Column(name="id", type="int", primary_key=True)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def table(name: str, *columns: Column, indexes: tuple[Index, ...] = ()) -> Table:
    return Table(name=name, record_count=3, columns=(KEY, *columns), indexes=indexes)


NAMES = typing.get_args(DatabaseName)


def schema(*tables: Table, name: str = "odd", **more: Any) -> Schema:
    return Schema(schema_version="1.0", name=name, database_type=NAMES, tables=tables, **more)


def resolved(column: Column) -> CatalogColumn:
    """Return a column as the catalog has it, alone in a table with a key."""
    return Catalog(schema(table("t", column))).table("t").column(column.name)


def statements(dialect: str, *tables: Table, **options: Any) -> str:
    """Return the dump of these tables but for its rows."""
    plan = build_plan(schema(*tables), Options(dialect=dialect, **options))
    return (
        plan.format.dump_header(plan.contents) + plan.format.dump_footer(plan.contents)
    ).decode()


@pytest.fixture(params=DIALECTS.values(), ids=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return request.param


def test_the_dialects_are_those_a_schema_may_name() -> None:
    """Neither side knows one that the other does not, and each is found by its own name."""
    assert set(NAMES) == set(DIALECTS)
    assert all(name == dialect.name for name, dialect in DIALECTS.items())


@given(TEXTS)
@example("it's \\ \r\n")
@example("'||char(13)||'")
def test_any_string_is_one_literal(text: str) -> None:
    """SQLite reads each literal, and each default, as the text it was made from."""
    column = resolved(Column(name="text", type="text", default=text))
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        literal = SQLite().string(text)
        assert [(text,)] == connection.execute(f"SELECT {literal}").fetchall()
        if text.upper() != "NULL":
            connection.execute(f"CREATE TABLE t (a, b DEFAULT {SQLite().default(column)})")
            connection.execute("INSERT INTO t (a) VALUES (1)")
            assert [(text,)] == connection.execute("SELECT b FROM t").fetchall()


@given(TEXTS.filter(bool))
@example('naïve "x"')
@example("Robert'); DROP TABLE x;--")
def test_any_name_is_one_identifier(name: str) -> None:
    """SQLite reads each quoted name as the name it was made from."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        found = connection.execute(f"SELECT 1 AS {SQLite().quote(name)}")
        assert name == found.description[0][0]


@pytest.mark.parametrize(
    ("text", "postgres", "copy", "mysql", "sqlite"),
    [
        ("plain", "plain", "plain", "plain", "plain"),
        ("it's", "it''s", "it's", "it''s", "it''s"),
        ("a\\", "a\\", "a\\\\", "a\\\\", "a\\"),
        ("\\N", "\\N", "\\\\N", "\\\\N", "\\N"),
        ("a\nb", "a\nb", "a\\nb", "a\\nb", "a\nb"),
        ("a\r\nb", "a\r\nb", "a\\r\\nb", "a\\r\\nb", "a'||char(13)||'\nb"),
        ("a\tb", "a\tb", "a\\tb", "a\tb", "a\tb"),
        ("\x1a", "\x1a", "\x1a", "\\Z", "\x1a"),
    ],
)
def test_escapes(text: str, postgres: str, copy: str, mysql: str, sqlite: str) -> None:
    """Each format escapes what ends or changes its texts, or what its client would change."""
    assert postgres == Postgres().notation("insert").escape(text)
    assert copy == Postgres().notation("copy").escape(text)
    assert mysql == MySQL().notation("insert").escape(text)
    assert sqlite == SQLite().notation("insert").escape(text)


@pytest.mark.parametrize(
    ("kind", "value", "postgres", "mysql", "sqlite"),
    [
        ("int", 5, "5", "5", "5"),
        ("int", "5", "'5'", "'5'", "'5'"),
        ("double", 1e-7, "1e-07", "1e-07", "1e-07"),
        ("boolean", True, "TRUE", "1", "1"),
        ("boolean", "yes", "TRUE", "1", "1"),
        ("boolean", 0, "FALSE", "0", "0"),
        ("varchar(9)", "it's", "'it''s'", "'it''s'", "'it''s'"),
        ("varchar(9)", True, "'true'", "'true'", "'true'"),
        ("varchar(9)", 5, "'5'", "'5'", "'5'"),
        ("varchar(9)", "now()", "'now()'", "'now()'", "'now()'"),
        ("varchar(9)", "NULL", None, None, None),
        ("varchar(20000)", "a", "'a'", "('a')", "'a'"),
        ("text", "a", "'a'", "('a')", "'a'"),
        ("text", "a\r", "'a\r'", "('a\\r')", "('a'||char(13)||'')"),
        ("json", "{}", "'{}'", "('{}')", "'{}'"),
        ("jsonb", 5, "'5'", "('5')", "'5'"),
        ("date", "2024-01-31", "'2024-01-31'", "'2024-01-31'", "'2024-01-31'"),
        ("date", "CURRENT_TIMESTAMP", "(CURRENT_DATE)", "(CURRENT_DATE)", "(CURRENT_DATE)"),
        ("date", "current_date", "(CURRENT_DATE)", "(CURRENT_DATE)", "(CURRENT_DATE)"),
        ("timestamp", "NOW( )", "CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP"),
        ("datetime", "now(6)", "CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP"),
        ("uuid", "uuid_generate_v4()", "gen_random_uuid()", "(UUID())", None),
    ],
)
def test_defaults(
    kind: str, value: Any, postgres: str | None, mysql: str | None, sqlite: str | None
) -> None:
    """A default is a literal of the column's type, or the function that means the same."""
    column = resolved(Column(name="c", type=kind, default=value))
    found = [DIALECTS[name].default(column) for name in ("postgres", "mysql", "sqlite")]
    assert [postgres, mysql, sqlite] == found


@pytest.mark.parametrize(
    ("kind", "postgres", "mysql", "sqlite"),
    [
        ("enum('a','b''c')", "varchar(3)", "enum('a','b''c') COLLATE utf8mb4_bin", "text"),
        ("enum('a','b ')", "varchar(2)", "varchar(2) COLLATE utf8mb4_bin", "text"),
        ("varchar(16383)", "varchar(16383)", "varchar(16383)", "varchar(16383)"),
        ("varchar(16384)", "varchar(16384)", "mediumtext", "varchar(16384)"),
        ("char(255)", "char(255)", "char(255)", "char(255)"),
        ("char(256)", "char(256)", "varchar(256)", "char(256)"),
        ("decimal(9,2)", "decimal(9,2)", "decimal(9,2)", "decimal(9,2)"),
    ],
)
def test_types_that_databases_limit(kind: str, postgres: str, mysql: str, sqlite: str) -> None:
    """A type that a database has not, or not so long, becomes the nearest that holds its values."""
    found = [DIALECTS[name].type_name(parse_type(kind)) for name in ("postgres", "mysql", "sqlite")]
    assert [postgres, mysql, sqlite] == found


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("text", "varchar(768) COLLATE utf8mb4_bin"),
        ("varchar(1000)", "varchar(768) COLLATE utf8mb4_bin"),
        ("varchar(50)", "varchar(50) COLLATE utf8mb4_bin"),
        ("char(9)", "char(9) COLLATE utf8mb4_bin"),
        ("char(300)", "varchar(300) COLLATE utf8mb4_bin"),
        ("uuid", "char(36)"),
        ("bigint", "bigint"),
    ],
)
def test_mysql_keys_are_exact_and_short_enough(kind: str, expected: str) -> None:
    """Keys tell "a" from "A", fit an index, and foreign keys to them have the very same type."""
    key = Column(name="c", type=kind, unique=True)
    parents = table("parents", key)
    first = Column(name="c", type=kind, foreign_key=ForeignKey(table="parents", column="c"))
    second = msgspec.structs.replace(
        first, unique=True, foreign_key=ForeignKey(table="children", column="c")
    )
    children = table("children", msgspec.structs.replace(first, unique=True))
    whole = Catalog(schema(parents, children, table("grandchildren", second)))
    for holder in whole.tables:
        assert expected == MySQL().column_type(holder.column("c"), holder, whole)


def test_a_column_may_refer_to_itself() -> None:
    """Looking for the type that a chain of foreign keys ends at comes to an end."""
    own = Column(name="c", type="int", foreign_key=ForeignKey(table="t", column="c"))
    whole = Catalog(schema(table("t", own)))
    (made,) = whole.tables
    found = MySQL().column_type(made.column("c"), made, whole)
    assert own.type == found


@pytest.mark.parametrize("kind", ["btree", "hash", "HASH", ""])
def test_a_unique_index_is_the_key_that_it_makes(kind: str) -> None:
    """It is made once, as a key of its name, whatever the kind of index."""
    index = Index(name="i", columns=("n",), type=kind, unique=True)
    made = table("t", Column(name="n", type="int"), indexes=(index,))
    assert ['ALTER TABLE "t" ADD CONSTRAINT "i" UNIQUE ("n")'] == indexes_of("postgres", made)
    assert "UNIQUE KEY `i` (`n`)" in statements("mysql", made)


@pytest.mark.parametrize(
    ("kind", "columns", "unique", "postgres", "mysql"),
    [
        ("btree", ["n"], False, "INDEX {} ON {} ({})", "KEY {} ({})"),
        ("hash", ["n"], False, "INDEX {} ON {} USING hash ({})", "KEY {} ({})"),
        ("HASH", ["n"], False, "INDEX {} ON {} USING hash ({})", "KEY {} ({})"),
        ("hash", ["n", "m"], False, "INDEX {} ON {} ({})", "KEY {} ({})"),
        ("brin", ["n", "m"], False, "INDEX {} ON {} USING brin ({})", "KEY {} ({})"),
        ("gin", ["j"], False, "INDEX {} ON {} USING gin ({})", None),
        ("gin", ["n"], False, "INDEX {} ON {} ({})", "KEY {} ({})"),
        ("fulltext", ["n"], False, "INDEX {} ON {} ({})", "KEY {} ({})"),
        ("fulltext", ["s"], False, None, "FULLTEXT KEY {} ({})"),
        ("gist", ["n"], False, "INDEX {} ON {} ({})", "KEY {} ({})"),
    ],
)
def test_kinds_of_index(
    kind: str, columns: list[str], unique: bool, postgres: str | None, mysql: str | None
) -> None:
    """A kind that a database has for these columns is used; any other is its default kind."""
    index = Index(name="i", columns=tuple(columns), type=kind, unique=unique)
    types = {"n": "int", "m": "int", "j": "jsonb", "s": "text"}
    columns_of_table = [Column(name=name, type=type_) for name, type_ in types.items()]
    made = table("t", *columns_of_table, indexes=(index,))
    if postgres is not None:
        names = ", ".join(f'"{name}"' for name in columns)
        expected = "CREATE " + postgres.format('"i"', '"t"', names)
        assert [expected] == indexes_of("postgres", made)
    if mysql is not None:
        names = ", ".join(f"`{name}`" for name in columns)
        expected = "ALTER TABLE `t` ADD " + mysql.format("`i`", names)
        assert [expected] == indexes_of("mysql", made)
    names = ", ".join(f'"{name}"' for name in columns)
    word = "UNIQUE " if unique else ""
    assert [f'CREATE {word}INDEX "i" ON "t" ({names})'] == indexes_of("sqlite", made)


def indexes_of(dialect: str, made: Table) -> list[str]:
    whole = Catalog(schema(made))
    found = DIALECTS[dialect].after_rows(whole.tables, whole)
    return [statement for statement in found if "PRIMARY KEY" not in statement]


def test_full_text_indexes_over_words_in_postgres() -> None:
    """Over several columns, of the words in any language."""
    index = Index(name="i", columns=("a", "b"), type="fulltext")
    columns = Column(name="a", type="text"), Column(name="b", type="varchar(9)")
    expected = "USING gin (to_tsvector('simple', \"a\"), to_tsvector('simple', \"b\"))"
    assert expected in indexes_of("postgres", table("t", *columns, indexes=(index,)))[0]


@pytest.mark.parametrize(("kind", "names"), [("json", ["postgres", "mysql"]), ("jsonb", ["mysql"])])
def test_an_index_over_json_is_left_out_where_there_is_none(kind: str, names: list[str]) -> None:
    """The dump loads without it: an index changes no result."""
    made = table("t", Column(name="j", type=kind), indexes=(Index(name="i", columns=("j",)),))
    for name in names:
        assert not indexes_of(name, made)


def test_a_key_does_for_an_index_and_takes_its_name() -> None:
    """An index over a unique column is not made twice, and is still found by its name."""
    email = Column(name="email", type="text", unique=True)
    made = table("t", email, indexes=(Index(name="by email", columns=("email",)),))
    assert 'ADD CONSTRAINT "by email" UNIQUE ("email")' in statements("postgres", made)
    assert "UNIQUE KEY `by email` (`email`)" in statements("mysql", made)
    for name in ("postgres", "mysql"):
        assert len(statements(name, made).split("by email")) == 2


def test_mysql_indexes_share_the_letters_of_a_key() -> None:
    """Long texts are indexed by as many of their first letters as fit, the same for each."""
    long, short = Column(name="long", type="text"), Column(name="short", type="varchar(384)")
    number = Column(name="n", type="int")
    for columns, parts in [
        (("long",), "`long`(768)"),
        (("long", "short"), "`long`(384), `short`"),
        (("long", "short", "n"), "`long`(256), `short`(256), `n`"),
    ]:
        made = table("t", long, short, number, indexes=(Index(name="i", columns=columns),))
        assert [f"ALTER TABLE `t` ADD KEY `i` ({parts})"] == indexes_of("mysql", made)


def test_mysql_indexes_that_foreign_keys_need_come_first() -> None:
    """So does one that is named like a column, which a key could be named by itself."""
    parent = Column(name="p", type="int", foreign_key=ForeignKey(table="parents", column="id"))
    indexes = (
        Index(name="needed", columns=("p", "n")),
        Index(name="N", columns=("m",)),
        Index(name="later", columns=("n", "p")),
    )
    columns = (parent, Column(name="n", type="int", unique=True), Column(name="m", type="int"))
    text = statements("mysql", table("parents"), table("children", *columns, indexes=indexes))
    created, _, after = text.partition("START TRANSACTION")
    assert "KEY `needed` (`p`, `n`),\n  KEY `N` (`m`),\n  UNIQUE KEY (`n`),\n  FOREIGN" in created
    assert "ADD KEY `later` (`n`, `p`)" in after


def test_postgres_makes_foreign_keys_after_all_keys() -> None:
    """An index is named before a key, a key is there before a foreign key refers to it."""
    parent = Column(name="p", type="int", foreign_key=ForeignKey(table="parents", column="id"))
    index = Index(name="children_pkey", columns=("p",))
    text = statements("postgres", table("parents"), table("children", parent, indexes=(index,)))
    places = [text.index(word) for word in ("CREATE INDEX", "PRIMARY KEY", "FOREIGN KEY")]
    assert sorted(places) == places
    assert text.rindex("PRIMARY KEY") < text.index("FOREIGN KEY")


def test_foreign_keys_keep_their_actions(dialect: Dialect) -> None:
    """ON DELETE and ON UPDATE are written where the schema names them, and only there."""
    bare = ForeignKey(table="parents", column="id")
    full = msgspec.structs.replace(bare, on_delete="SET NULL", on_update="CASCADE")
    for key, end in ((bare, ")"), (full, ") ON DELETE SET NULL ON UPDATE CASCADE")):
        column = Column(name="p", type="int", nullable=True, foreign_key=key)
        text = statements(dialect.name, table("parents"), table("children", column))
        quote = dialect.quote
        start = f"FOREIGN KEY ({quote('p')}) REFERENCES {quote('parents')} ({quote('id')}"
        assert f"{start}{end}" in text.replace("\n", "").replace(";", "\n")


def test_nullable_columns_alone_take_null(dialect: Dialect) -> None:
    """In MySQL too, whose timestamps are NOT NULL when nothing is said."""
    columns = (Column(name="yes", type="timestamp", nullable=True), Column(name="no", type="date"))
    text = statements(dialect.name, table("t", *columns))
    for column in columns:
        line = next(line for line in text.splitlines() if dialect.quote(column.name) in line)
        assert column.nullable == ("NOT NULL" not in line)


def test_without_ddl_nothing_is_made_or_changed(dialect: Dialect) -> None:
    """A dump for existing tables has only its rows, and what must follow them."""
    text = statements(dialect.name, table("t", Column(name="n", type="int")), ddl=False)
    code = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    assert not any(word in code for word in ("CREATE", "ALTER", "DROP"))
    assert "COMMIT;" in code


def test_identities_go_on_only_where_rows_are_counted() -> None:
    """PostgreSQL's sequences are set for keys that number their rows, by their quoted names."""
    counted = table('a "b"', Column(name="n", type="int"))
    key = Column(name="id", type="uuid", primary_key=True)
    other = Table(name="c", record_count=1, columns=(key,))
    text = statements("postgres", counted, other)
    block = DIALECTS["postgres"].string(
        'BEGIN PERFORM setval(pg_get_serial_sequence(\'"a ""b"""\', \'id\'), '
        '(SELECT max("id") FROM "a ""b""")); END'
    )
    assert len(text.split(f"DO {block};")) == len(text.split("setval")) == 2


@pytest.mark.parametrize("path", ["out.sql", "my dump.sql", "it's; rm -rf x.sql", "$HOME/x"])
def test_the_load_hint_quotes_paths(dialect: Dialect, path: str) -> None:
    """The hint can be pasted into a shell, whatever the dump's name."""
    hint = dialect.load_command("it's", path)
    assert path in shlex.split(hint)


@given(TEXTS.filter(bool), TEXTS)
@example("x\n; DROP TABLE x;--", "1\r\nDROP TABLE y;")
def test_comments_cannot_be_left(name: str, version: str) -> None:
    """Whatever names a schema has, the first four lines of its dump are comments."""
    odd = schema(table(name), name=name, version=version)
    lines = (
        Source.bind(build_plan(odd, Options(dialect="sqlite"))).dump_header().decode().split("\n")
    )
    assert all(line.startswith("-- ") for line in lines[:4])
    assert lines[4].startswith("PRAGMA")
    assert not any(set(line) & set("\r\x0b\x0c\x85\u2028\u2029") for line in lines[:4])


def test_the_frame_does_not_depend_on_shards(dialect: Dialect) -> None:
    """What stands around the rows is the same however they are cut."""
    texts = {statements(dialect.name, table("t"), shard_rows=rows) for rows in (1, 2, 1000)}
    assert len(texts) == 1
