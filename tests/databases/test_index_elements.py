"""Indexes over some rows, over expressions and beginnings, and what is unique by them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from support.databases import Database
from support.loading import Dump, choice, column, table

import shardgen
from shardgen.schema.model import Schema

SchemaOf = Callable[..., Schema]
CODE = {"generator": "pattern", "generator_params": {"pattern": "item-####-####"}}
NUMBER = {"generator": "int_range", "generator_params": {"min": 1, "max": 5000}}


LIKE_FIRST = (
    "UPDATE t SET code = (SELECT upper(code) FROM (SELECT * FROM t) x WHERE id = 1) WHERE id = 2"
)


def code(length: int = 40) -> dict[str, Any]:
    return column("code", f"varchar({length})", **CODE)


def number() -> dict[str, Any]:
    return column("n", "int", **NUMBER)


def with_index(*columns: dict[str, Any], **index: Any) -> dict[str, Any]:
    return table("t", 400, *columns, indexes=[{"name": "the_index", **index}])


def loaded(database: Database, dump: Dump, schema: Schema) -> list[str]:
    """Load a schema, and return the names of its warnings."""
    database.load(dump(schema))
    return [w.name for w in shardgen.generate(schema).warnings]


def definition(database: Database) -> str:
    """Return an index as the database describes it."""
    if database.dialect == "mysql":
        found = database.query("SHOW INDEX FROM t WHERE key_name = 'the_index'")
        return " ".join(map(str, found))
    of = {
        "postgres": "SELECT indexdef FROM pg_indexes WHERE indexname = 'the_index'",
        "sqlite": "SELECT sql FROM sqlite_schema WHERE name = 'the_index'",
    }
    return " ".join(row[0] for row in database.query(of[database.dialect]))


def test_rows_are_unique_without_case(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """A unique index over lower(x) loads, and refuses the same letters; MySQL has none."""
    of = {"columns": ["lower(code)"], "unique": True}
    warnings = loaded(database, dump, own_schema_of(with_index(code(), **of)))
    assert database.query("SELECT count(DISTINCT lower(code)) FROM t") == [(400,)]
    assert (["dropped-index"] if database.dialect == "mysql" else []) == warnings
    if not warnings:
        assert "lower" in definition(database).lower()
        with pytest.raises(Exception, match=r"(?i)unique"):
            database.execute(
                "UPDATE t SET code = (SELECT upper(code) FROM t WHERE id = 1) WHERE id = 2"
            )


@pytest.mark.parametrize("columns", [["lower(code)"], ["upper((code)::text)"]])
def test_texts_that_differ_in_case_alone_are_refused(
    own_schema_of: SchemaOf, columns: list[str]
) -> None:
    """With both, where they are listed; and whatever may be put together so."""
    of = {"columns": columns, "unique": True}
    listed = {"generator": "choice", "generator_params": {"values": ["a", "b", "A", "c"]}}
    small = table("t", 4, column("code", "varchar(40)", **listed), indexes=[{"name": "i", **of}])
    with pytest.raises(shardgen.SchemaError, match="'a' and 'A', which are one value without case"):
        shardgen.generate(own_schema_of(small))
    mixed = {"generator": "pattern", "generator_params": {"pattern": "Ab-????-####"}}
    shardgen.generate(own_schema_of(with_index(column("code", "varchar(40)", **mixed), **of)))


def test_rows_are_unique_among_some(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """A unique partial index loads: rows are unique among all. MySQL leaves it out."""
    gone = column("gone", "int", nullable=True, **choice(0, 1))
    of = {"columns": ["n"], "unique": True, "where": "gone IS NULL"}
    warnings = loaded(database, dump, own_schema_of(with_index(number(), gone, **of)))
    assert database.query("SELECT count(DISTINCT n) FROM t") == [(400,)]
    assert (["dropped-index"] if database.dialect == "mysql" else []) == warnings
    if not warnings:
        assert "WHERE" in definition(database)
    database.execute("UPDATE t SET gone = 1, n = 7")  # of rows that are gone, any may be the same
    assert database.count("t", "n = 7") == 400


def test_an_index_of_some_rows_is_one_of_all_in_mysql(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """Where it is not unique, with a warning."""
    of = {
        "columns": ["n desc"],
        "where": {"postgres": "n > 3", "mysql": "n > 3", "sqlite": "n > 3"},
    }
    warnings = loaded(database, dump, own_schema_of(with_index(number(), **of)))
    assert (["changed-index"] if database.dialect == "mysql" else []) == warnings
    assert ("WHERE" in definition(database)) == (database.dialect != "mysql")
    assert definition(database)


def test_the_beginning_of_texts_is_indexed(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """MySQL's words for it, and an expression elsewhere; so many letters tell rows apart."""
    of = {"columns": ["code(14)"], "unique": True}
    warnings = loaded(database, dump, own_schema_of(with_index(code(200), **of)))
    assert [] == warnings
    assert "14" in definition(database)
    assert database.query("SELECT count(DISTINCT substr(code, 1, 14)) FROM t") == [(400,)]
    with pytest.raises(shardgen.SchemaError, match="14 characters, and 9 are to tell them apart"):
        shardgen.generate(
            own_schema_of(
                with_index(column("code", "varchar(200)", **CODE), columns=["code(9)"], unique=True)
            )
        )


def test_nulls_may_be_one_value(database: Database, dump: Dump, own_schema_of: SchemaOf) -> None:
    """Then there is none, and PostgreSQL refuses a second; others take any number."""
    n = column("n", "int", nullable=True, **NUMBER)
    of = {"columns": ["n"], "unique": True, "nulls_not_distinct": True}
    warnings = loaded(database, dump, own_schema_of(with_index(n, **of)))
    assert ([] if database.dialect == "postgres" else ["changed-index"]) == warnings
    assert database.count("t", "n IS NULL") == 0
    database.execute("UPDATE t SET n = NULL WHERE id = 1")
    if database.dialect == "postgres":
        with pytest.raises(Exception, match="the_index"):
            database.execute("UPDATE t SET n = NULL WHERE id = 2")


@pytest.mark.parametrize("said", ["unique", "index"])
def test_a_computed_column_may_be_unique(
    database: Database, dump: Dump, own_schema_of: SchemaOf, said: str
) -> None:
    """Where what makes it so is known: the letters of another column."""
    low = column("low", "varchar(40)", generated="lower(code)", nullable=True)
    more = {"indexes": [{"name": "the_index", "columns": ["low"], "unique": True}]}
    if said == "unique":
        low["unique"], more = True, {}
    schema = own_schema_of(table("t", 400, column("code", "varchar(40)", **CODE), low, **more))
    database.load(dump(schema))
    assert database.query("SELECT count(DISTINCT low) FROM t") == [(400,)]
    assert ("low",) in database.unique("t")


COLLATIONS = {"postgres": "C", "mysql": "utf8mb4_general_ci", "sqlite": "NOCASE"}


def test_a_collation_is_the_databases_own(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """A key under one without case is unique so, and a key that refers to it has the same."""
    key = column("code", "varchar(40)", unique=True, collation=COLLATIONS, **CODE)
    of = {"table": "t", "column": "code"}
    tables = table("t", 400, key), table("u", 400, column("code", "varchar(40)", foreign_key=of))
    assert [] == loaded(database, dump, own_schema_of(*tables))
    assert database.query("SELECT count(DISTINCT upper(code)) FROM t") == [(400,)]
    if database.dialect != "postgres":
        with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
            database.execute(LIKE_FIRST)


@pytest.mark.parametrize("value", ["A", "é"])
def test_texts_that_a_collation_merges_are_refused(
    own_schema_of: SchemaOf, target: tuple[str, str], value: str
) -> None:
    """In the databases whose collation does: letters without accents are one in MySQL's."""
    listed = {"generator": "choice", "generator_params": {"values": ["a", "e", value]}}
    facts = column("code", "varchar(40)", unique=True, collation=COLLATIONS, **listed)
    schema = own_schema_of(table("t", 3, facts))
    if target[0] == "mysql" or (target[0] == "sqlite" and value == "A"):
        with pytest.raises(shardgen.SchemaError, match="by its collation in"):
            shardgen.generate(schema)
    else:
        shardgen.generate(schema)


METHODS = [
    ("gin", ["doc"]), ("gin", ["to_tsvector('simple', code)"]), ("gist", ["span"]), ("brin", ["n"]),
    ("hash", ["n"]), ("spgist", ["code"]),
    ("btree", ["code text_pattern_ops", "n desc nulls last"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "columns"), METHODS, ids=str)
def test_kinds_of_index_are_those_of_postgres(
    database: Database, dump: Dump, own_schema_of: SchemaOf, kind: str, columns: list[str]
) -> None:
    """Each is made as asked there; elsewhere it is a plain one or none, with a warning."""
    facts = (
        column("doc", "jsonb", **choice('{"a": 1}', "{}")), column("n", "int", **NUMBER),
        column("span", "int4range"), column("code", "varchar(40)", **CODE),
    )  # fmt: skip
    schema = own_schema_of(with_index(*facts, columns=columns, type=kind))
    warnings = [w for w in loaded(database, dump, schema) if w != "changed-type"]
    if database.dialect == "postgres":
        assert [] == warnings
        assert f"USING {kind} (" in definition(database)
    else:
        assert warnings


def test_an_index_that_is_no_key_is_not_referred_to(own_schema_of: SchemaOf) -> None:
    """As databases have it: unique over some rows is not enough."""
    parent = with_index(column("n", "int", **NUMBER), columns=["n"], unique=True, where="n > 0")
    child = table("u", 4, column("n", "int", foreign_key={"table": "t", "column": "n"}))
    with pytest.raises(shardgen.SchemaError, match="unique by an index that is no key of all rows"):
        own_schema_of(parent, child)


WRONG = [
    ({"columns": ["md5(code)"], "unique": True}, "whether rows are unique by 'md5(code)' is not"),
    ({"columns": ["lower(code"]}, "there is no column 'lower(code'"),
    ({"columns": ["f(code); DROP TABLE t; --)"]}, "';' may not stand in it"),
    ({"columns": ["n(4)"]}, "has no first 4 letters"),
    ({"columns": ["code(0)"]}, "0 letters are no beginning"),
    ({"columns": ["n"], "where": "n > 0)"}, "closes what is not open"),
    ({"columns": ["n"], "nulls_not_distinct": True}, "of an index that is not unique"),
]


@pytest.mark.parametrize(("index", "what"), WRONG, ids=lambda v: v if isinstance(v, str) else "")
def test_an_index_that_cannot_be_is_a_mistake(
    own_schema_of: SchemaOf, index: dict[str, Any], what: str
) -> None:
    """What is no element, what could end its place, what is not known to be unique."""
    facts = column("n", "int", **NUMBER), column("code", "varchar(40)", **CODE)
    with pytest.raises(shardgen.SchemaError, match=re.escape(what)):
        own_schema_of(with_index(*facts, **index))


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        ({"type": "int", "collation": "C"}, "is no type of texts"),
        ({"type": "text", "collation": {"postgres": 'C"; DROP'}}, "is no name of a collation"),
        ({"type": "text", "collation": {"mysql": "latin1_bin"}}, "is not one of utf8mb4"),
    ],
)
def test_a_collation_that_cannot_be_is_a_mistake(
    schema_of: SchemaOf, facts: dict[str, Any], what: str
) -> None:
    """Of other types, of other character sets, and what is none."""
    with pytest.raises(shardgen.SchemaError, match=re.escape(what)):
        schema_of(table("t", 4, {"name": "x", **facts}))


def addresses(where: str, expression: str = "number = 1") -> list[dict[str, Any]]:
    """Return 60 users with 200 addresses, of which an index allows one each that `where` says."""
    key = {"table": "users", "column": "id", "fan_out": "grouped"}
    flag = {"generator": "expression", "generator_params": {"expression": expression}}
    columns = (
        column("user_id", "int", foreign_key=key),
        column("number", "int", generator="ordinal", hidden=True),
        column("is_primary", "boolean", **flag),
        column("line_no", "int", generator="ordinal"),
    )
    index = {"name": "the_index", "columns": ["user_id"], "unique": True, "where": where}
    return [table("users", 60), table("t", 200, *columns, indexes=[index])]


@pytest.mark.parametrize(
    "where", ["is_primary", "(is_primary IS TRUE)", "line_no = 1", "user_id > 0 AND is_primary"]
)
def test_one_child_of_each_parent_has_a_flag(
    database: Database, dump: Dump, own_schema_of: SchemaOf, where: str
) -> None:
    """The index loads where a parent has several rows, and refuses a second flag."""
    loaded(database, dump, own_schema_of(*addresses(where)))
    flags = database.query(
        "SELECT count(*), count(DISTINCT user_id) FROM t WHERE is_primary AND line_no = 1"
    )
    assert flags == [(60, 60)]
    if database.dialect != "mysql":
        with pytest.raises(Exception, match=r"(?i)unique"):
            database.execute("UPDATE t SET is_primary = true, line_no = 1")


@pytest.mark.parametrize(
    ("where", "expression"),
    [
        ("is_primary", "number <= 2"),
        ("NOT is_primary", "number = 1"),
        ("is_primary OR line_no = 2", "number = 1"),
        ("is_primary", "user_id = 1"),
    ],
)
def test_a_flag_that_several_children_may_have_is_refused(
    own_schema_of: SchemaOf, where: str, expression: str
) -> None:
    """The key would have to be unique then."""
    with pytest.raises(shardgen.SchemaError, match="the column is unique"):
        shardgen.generate(own_schema_of(*addresses(where, expression)))


@pytest.mark.parametrize(
    "index",
    [
        {"columns": ["lower(code)"], "type": "gin"},
        {"columns": ["code", "n desc"], "type": "hash"},
        {"columns": ["lower(code)", "n"], "type": "hash"},
        {"columns": ["code", "n"], "type": "spgist"},
        {"columns": ["lower(code)"], "type": "hash"},
    ],
)
def test_an_index_of_a_kind_that_has_no_such_columns_loads(
    database: Database, dump: Dump, own_schema_of: SchemaOf, index: dict[str, Any]
) -> None:
    """It is a btree, where the kind has no texts, or no second column."""
    loaded(database, dump, own_schema_of(with_index(code(), number(), **index)))
    assert (database.dialect == "postgres") <= bool(definition(database))


@pytest.mark.parametrize("kind", ["cidr", "int8range", "tstzrange", "path", "tsvector", "xml"])
def test_types_that_are_no_texts_have_no_collation(own_schema_of: SchemaOf, kind: str) -> None:
    """Though their values are written as texts; citext has one."""
    of = {"collation": {"postgres": "C"}}
    with pytest.raises(shardgen.SchemaError, match="has no collation"):
        own_schema_of(table("t", 4, column("code", kind, **of)))
    own_schema_of(table("t", 4, column("code", "citext", **of)))


def test_sql_that_reads_a_hidden_column_is_refused(own_schema_of: SchemaOf) -> None:
    """The database has no such column; a function of its name is no column."""
    with pytest.raises(shardgen.SchemaError, match="SQL of the table reads the column"):
        own_schema_of(*addresses("number = 1"))
    hidden = column("length", "int", hidden=True)
    own_schema_of(
        table("t", 4, code(), hidden, checks=[{"name": "c", "expression": "length(code) > 0"}])
    )
