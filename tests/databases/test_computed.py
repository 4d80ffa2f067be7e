"""Columns that the database computes, and the laws that its rows keep."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from support.databases import Database
from support.loading import Dump, column, table

import shardgen
from shardgen.schema.model import Schema

SchemaOf = Callable[..., Schema]
PRICE = {"generator": "int_range", "generator_params": {"min": 1, "max": 90}}
LOWER = {"generated": "lower(name)"}
NAME = column("name", "varchar(80)", generator="full_name")


def items(*columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    price = column("price", "int", **PRICE)
    return table("items", 300, price, column("amount", "int", **PRICE), NAME, *columns, **more)


@pytest.mark.parametrize("stored", [True, False])
def test_a_generated_column_is_computed_by_the_database(
    database: Database, dump: Dump, own_schema_of: SchemaOf, stored: bool
) -> None:
    """It is in the definition and in no row, and holds what its expression says."""
    schema = own_schema_of(
        items(
            column("total", "int", generated="price * amount", stored=stored, nullable=True),
            column("small", "varchar(80)", nullable=True, **LOWER),
            indexes=[{"name": "by_total", "columns": ["total"]}] if stored else [],
        )
    )
    database.load(dump(schema))
    rows = shardgen.generate(schema).tables["items"].rows
    assert {"id", "price", "amount", "name"} == rows[0].keys()
    found = database.query("SELECT price, amount, name, total, small FROM items ORDER BY id")
    made = [(r["price"], r["amount"], r["name"]) for r in rows]
    assert [(p, a, n, p * a, n.lower()) for p, a, n in made] == found


def test_a_generated_column_may_be_not_null(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """Where the database has the words for it; MySQL and MariaDB are not asked, with a warning."""
    schema = own_schema_of(items(column("total", "int", generated="price + 1")))
    warnings = [w.name for w in shardgen.generate(schema).warnings]
    assert (["changed-generated"] if database.dialect == "mysql" else []) == warnings
    database.load(dump(schema))
    assert database.count("items", "total = price + 1") == 300


def test_others_read_what_shardgen_computes_too(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """An expression over a generated column has the database's own values."""
    plus = {"generator": "expression", "generator_params": {"expression": "total + 1"}}
    total = column("total", "int", generated="PRICE * amount", nullable=True)
    schema = own_schema_of(items(total, column("more", "int", nullable=True, **plus)))
    database.load(dump(schema))
    assert database.count("items", "more = total + 1") == 300


CHECKS = [
    {"name": "price_is_positive", "expression": "price > 0 AND (amount <= 90)"},
    {"name": "named", "expression": "name IS NOT NULL and length(name) > 2"},
    {"name": "listed", "expression": "amount IN (1, 2, 3) OR amount BETWEEN 4 AND 90"},
]


def test_a_check_is_in_the_database(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """Under its name, and it refuses what breaks it."""
    schema = own_schema_of(items(checks=CHECKS[:1]))
    assert () == shardgen.generate(schema).warnings
    database.load(dump(schema))
    with pytest.raises(Exception, match="price_is_positive"):
        database.execute("UPDATE items SET price = -1 WHERE id = 1")


def test_checks_that_are_not_read_are_written(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """Each with a warning by its name; the database has them all the same."""
    unread = [
        {"name": "quotient", "expression": "price / 2 < 46"},
        {"name": "own_function", "expression": "coalesce(trim(name), '') <> ';)'"},
    ]
    schema = own_schema_of(items(checks=[*CHECKS, *unread]))
    warnings = shardgen.generate(schema).warnings
    expected = {"unread-check"}
    assert expected == {w.name for w in warnings}
    names = {w.path.rpartition(".")[2] for w in warnings}
    assert {"quotient", "own_function"} | ({"named"} & names) == names
    database.load(dump(schema))
    with pytest.raises(Exception, match="quotient"):
        database.execute("UPDATE items SET price = 100, amount = 1 WHERE id = 1")


def test_a_check_that_rows_break_is_a_mistake(own_schema_of: SchemaOf) -> None:
    """It names the row, the law as it was written and the values, before anything is made."""
    schema = own_schema_of(items(checks=[{"name": "cheap", "expression": "price <\n 10"}]))
    with pytest.raises(shardgen.SchemaError) as refused:
        shardgen.generate(schema)
    (mistake,) = refused.value.mistakes
    assert mistake.path == "tables.items.checks.cheap"
    assert re.fullmatch(r"row \d+ breaks check 'cheap': price < 10; price is \d+", mistake.what)


def late_law() -> dict[str, Any]:
    return table("t", 6000, checks=[{"name": "early", "expression": "id <= 5000"}])


def test_a_check_that_a_late_row_breaks_stops_the_run(
    own_schema_of: SchemaOf, tmp_path: Any
) -> None:
    """No dump is left that its database would refuse, by one process or by two."""
    schema = own_schema_of(late_law())
    for workers in (1, 2):
        with pytest.raises(shardgen.GenerationError, match="row 5001 breaks check 'early': id <= "):
            shardgen.run(schema, tmp_path / "dump.sql", workers=workers, shard_rows=1500)
        assert not (tmp_path / "dump.sql").exists()
    data = shardgen.generate(schema)
    assert len(data.tables["t"].slice(0, 4000)) == 4000
    with pytest.raises(shardgen.GenerationError, match="row 5001"):
        data.tables["t"].slice(4990, 5010)


def test_null_keeps_a_check(database: Database, dump: Dump, own_schema_of: SchemaOf) -> None:
    """A condition over null is null, and refuses no row, as in the database."""
    n = column("n", "int", nullable=True, **PRICE)
    n["generator_params"] = n["generator_params"] | {"null_probability": 0.5}
    schema = own_schema_of(table("t", 300, n, checks=[{"name": "c", "expression": "n > 0"}]))
    database.load(dump(schema))
    assert 100 < database.count("t", "n IS NULL") < 200


def test_sql_may_be_that_of_each_database(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """A check without one for a database is not there; a generated column has one for each."""
    by = {"postgres": "upper(name)", "mysql": "ucase(name)", "sqlite": "upper(name)"}
    check = {"name": "only_there", "expression": {database.dialect: "price <> 91"}}
    other = {d: "no such thing" for d in by if d != database.dialect}
    absent = {"name": "elsewhere", "expression": other}
    loud = column("loud", "varchar(80)", generated=by, nullable=True)
    schema = own_schema_of(items(loud, checks=[check, absent]))
    database.load(dump(schema))
    assert database.count("items", "loud = upper(name)") == 300
    with pytest.raises(Exception, match="only_there"):
        database.execute("UPDATE items SET price = 91 WHERE id = 1")


def test_constraints_of_an_enum_and_of_the_schema_do_not_meet(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """A check may have the name that the database would give to another; so may two tables'."""
    kind = column("kind", "enum('a','b')")
    check = [{"name": "items_kind_check", "expression": "kind <> 'c'"}]
    other = table("others", 5, kind, checks=check)
    schema = own_schema_of(items(kind, checks=check), other)
    database.load(dump(schema))
    assert database.count("items", "kind IN ('a', 'b')") == 300


def test_rows_that_exclude_each_other_are_said(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """PostgreSQL has the constraint, and a warning that rows are not held against it before."""
    exclude = [{"name": "apart", "elements": "int4range(id, id + 1) WITH &&", "where": "id > 0"}]
    schema = own_schema_of(table("t", 30, exclude=exclude))
    warnings = [w.name for w in shardgen.generate(schema).warnings]
    is_there = database.dialect == "postgres"
    assert [("unread" if is_there else "dropped") + "-constraint"] == warnings
    database.load(dump(schema))
    if is_there:
        assert [(1,)] == database.query(
            "SELECT count(*) FROM pg_constraint WHERE conname = 'apart'"
        )


WRONG = [
    ({"checks": [{"name": "c", "expression": "a) ; DROP TABLE t; --"}]}, "closes what is not open"),
    ({"checks": [{"name": "c", "expression": "x = 'it"}]}, "may not stand in it"),
    ({"checks": [{"name": "c", "expression": " "}]}, "it is empty"),
    ({"checks": [{"name": "", "expression": "id > 0"}]}, "a check has no name"),
    (
        {"checks": [{"name": "c", "expression": "1"}, {"name": "C", "expression": "2"}]},
        "two checks are named",
    ),
    ({"exclude": [{"name": "e", "elements": "id WITH =, (", "using": "gist"}]}, "is not closed"),
    ({"exclude": [{"name": "e", "elements": "id WITH =", "using": "gist ("}]}, "no kind of index"),
    ({"columns": {"generated": "id + 1", "default": 1}}, "has a default too"),
    ({"columns": {"generated": "id + 1", "generator": "int_range"}}, "has a generator too"),
    ({"columns": {"generated": "id + 1", "hidden": True}}, "no database computes it"),
    ({"columns": {"generated": {}}}, "there is no expression for"),
    ({"columns": {"stored": False}}, "not generated"),
    ({"columns": {"generated": "nullif(n, 1)"}}, "null in some rows"),
]


@pytest.mark.parametrize(("facts", "what"), WRONG, ids=lambda v: v if isinstance(v, str) else "")
def test_sql_that_is_not_carried_is_a_mistake(
    own_schema_of: SchemaOf, facts: dict[str, Any], what: str
) -> None:
    """What could end its place, and what contradicts itself, with what is wrong of it."""
    facts = dict(facts)
    columns = [column("n", "int"), column("x", "int", **facts.pop("columns", {}))]
    with pytest.raises(shardgen.SchemaError, match=re.escape(what)):
        shardgen.generate(own_schema_of(table("t", 30, *columns, **facts)))


def test_nobody_reads_what_only_the_database_computes(own_schema_of: SchemaOf) -> None:
    """A column that does is a mistake, with the way out."""
    plus = {"generator": "expression", "generator_params": {"expression": "x + 1"}}
    columns = [
        column("n", "int"),
        column("x", "int", generated="n / 2"),
        column("y", "int", **plus),
    ]
    with pytest.raises(shardgen.SchemaError, match=r"reads t\.x, which only the database computes"):
        shardgen.generate(own_schema_of(table("t", 30, *columns)))


CUT = "substr(zip, 1, 3)"


def of_zip_codes(*columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a table of texts that are put together, and not picked from a list."""
    return table("t", 60, column("zip", "varchar(10)", generator="zip_code"), *columns, **more)


def test_what_the_expressions_cannot_compute_is_left_to_the_database(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """SQL that is read, but over values of which only the database knows the parts."""
    cut = column("cut", "varchar(10)", nullable=True, generated=CUT)
    laws = [
        {"name": "of_cut", "expression": f"{CUT} <> 'x'"},
        {"name": "of_column", "expression": "cut <> 'x'"},
        {"name": "of_key", "expression": "id > 0"},
    ]
    schema = own_schema_of(of_zip_codes(cut, checks=laws))
    unread = [w for w in shardgen.generate(schema).warnings if w.name == "unread-check"]
    assert ["of_column", "of_cut"] == sorted(w.path.rpartition(".")[2] for w in unread)
    database.load(dump(schema))
    assert 60 == database.count("t", f"cut = {CUT}")


def test_what_reads_such_a_column_is_refused(own_schema_of: SchemaOf) -> None:
    """By name, and with the column that only the database computes."""
    cut = column("cut", "varchar(10)", nullable=True, generated=CUT)
    reads = {"generator": "expression", "generator_params": {"expression": "cut || '!'"}}
    schema = own_schema_of(of_zip_codes(cut, column("more", "varchar(20)", nullable=True, **reads)))
    with pytest.raises(shardgen.SchemaError) as refused:
        shardgen.generate(schema)
    (mistake,) = refused.value.mistakes
    assert "reads t.cut, which only the database computes" in mistake.what


def test_a_law_is_held_beside_a_column_of_the_database(own_schema_of: SchemaOf) -> None:
    """That one column is not known keeps nothing else from being checked."""
    cut = column("cut", "varchar(10)", nullable=True, generated=CUT)
    schema = own_schema_of(of_zip_codes(cut, checks=[{"name": "few", "expression": "id < 9"}]))
    with pytest.raises(shardgen.SchemaError, match="row 9 breaks check 'few'"):
        shardgen.generate(schema)


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"checks": [{}]}, "'expression' is missing"),
        ({"one_of": [{"columns": ["cut", "b"]}]}, "the column has alternatives in one_of too"),
    ],
)
def test_sql_that_is_no_sql_is_a_mistake(own_schema_of: SchemaOf, more: Any, what: str) -> None:
    """Beside others, in one report."""
    cut = column("cut", "int", nullable=True, generated="id + 1")
    raw = of_zip_codes(cut, column("b", "int", nullable=True), **more)
    with pytest.raises(shardgen.SchemaError) as refused:
        own_schema_of(raw)
    assert what in str(refused.value)


def test_double_bars_join_texts_everywhere(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """In MySQL they would be OR; what was said stays when the session has its own mode again."""
    both = column("both_", "varchar(99)", nullable=True, generated="name || '!'")
    law = {"name": "joined", "expression": "name || 'x' <> 'x'"}
    schema = own_schema_of(items(both, checks=[law]))
    database.load(dump(schema))
    assert 300 == database.count("items", "length(both_) = length(name) + 1")
    database.execute("UPDATE items SET name = 'Zoe' WHERE id = 1")
    assert [("Zoe!",)] == database.query("SELECT both_ FROM items WHERE id = 1")


def owned(action: dict[str, str], *columns: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """Return a table, and one with a key to it."""
    key = {"table": "items", "column": "id", **action}
    owner = column("item", "int", nullable=True, foreign_key=key)
    return [items(), table("owned", 40, owner, *columns, **more)]


@pytest.mark.parametrize("action", [{}, {"on_delete": "SET NULL"}, {"on_update": "CASCADE"}])
def test_checks_over_keys_load(
    database: Database, dump: Dump, own_schema_of: SchemaOf, action: dict[str, str]
) -> None:
    """MySQL has none over what it counts or changes itself, which a warning says."""
    laws = [
        {"name": "of_id", "expression": "id > 0 OR 'item' = 'x'"},
        {"name": "of_key", "expression": 'item < 999 AND "item" > 0'},
        {"name": "of_text", "expression": "'id' <> 'item'"},
    ]
    if database.dialect == "mysql":
        laws[1]["expression"] = "item < 999 AND `item` > 0"
    schema = own_schema_of(*owned(action, checks=laws))
    dropped = [w for w in shardgen.generate(schema).warnings if w.name == "dropped-constraint"]
    expected = {"of_id"} | ({"of_key"} if action else set())
    expected = expected if database.dialect == "mysql" else set()
    assert expected == {w.path.rpartition(".")[2] for w in dropped}
    database.load(dump(schema))
    assert 40 == database.count("owned")


@pytest.mark.parametrize(
    ("text", "action", "what"),
    [
        ("id + 1", {}, "MySQL computes no column from 'id', which it counts"),
        ("ITEM + 1", {"on_update": "CASCADE"}, "from 'item', which on update CASCADE changes"),
    ],
)
def test_generated_columns_over_such_keys_are_refused_for_mysql(
    database: Database, dump: Dump, own_schema_of: SchemaOf, text: str, action: Any, what: str
) -> None:
    """Other databases compute them."""
    more = column("more", "int", nullable=True, generated=text)
    if database.dialect == "mysql":
        with pytest.raises(shardgen.SchemaError, match=what):
            own_schema_of(*owned(action, more))
    else:
        database.load(dump(own_schema_of(*owned(action, more))))
        assert 40 == database.count("owned", f"more = {text}") + database.count(
            "owned", "more IS NULL"
        )


TEXTS = {"generator": "choice", "generator_params": {"values": ["Ab", "ab", "Äb", "zz"]}}
SQLITE, POSTGRES, MYSQL = "sqlite", "postgres", "mysql"
LAWS_OF_TEXTS = [
    ("x = 'Ab' OR x IN ('ab', 'Äb', 'zz')", {SQLITE, POSTGRES, MYSQL}),
    ("NOT (x = 'b') AND x NOT IN ('c')", {SQLITE, POSTGRES}),
    ("x <> 'AB'", {SQLITE, POSTGRES}),
    ("CASE x WHEN 'AB' THEN 1 ELSE 2 END = 2", {SQLITE, POSTGRES}),
    ("coalesce(nullif(x, 'AB'), 'q') <> 'q'", {SQLITE, POSTGRES}),
    ("x >= 'A' AND x BETWEEN 'A' AND 'Ö'", {SQLITE}),
    ("lower(x) <> 'q'", set()),
    ("lower(y) = y AND upper(y) <> 'q'", {SQLITE, POSTGRES}),
    ("lower(y) = y", {SQLITE, POSTGRES, MYSQL}),
]


@pytest.mark.parametrize(("law", "read_by"), LAWS_OF_TEXTS, ids=[law for law, _ in LAWS_OF_TEXTS])
def test_laws_over_texts_are_read_where_collations_agree(
    database: Database, dump: Dump, own_schema_of: SchemaOf, law: str, read_by: set[str]
) -> None:
    """What one decides is a warning, and what is read is kept in the database."""
    plain = {"generator": "choice", "generator_params": {"values": ["a", "b c"]}}
    columns = [column("x", "varchar(9)", **TEXTS), column("y", "varchar(9)", **plain)]
    schema = own_schema_of(table("t", 60, *columns, checks=[{"name": "law", "expression": law}]))
    names = [w.name for w in shardgen.generate(schema).warnings]
    assert ([] if database.dialect in read_by else ["unread-check"]) == names
    if not names:
        database.load(dump(schema))
        assert 60 == database.count("t", law)


def test_letters_without_case_are_a_warning(own_schema_of: SchemaOf, database: Database) -> None:
    """A column's own collation may take two of its texts for equal."""
    x = column("x", "varchar(9)", collation={"sqlite": "NOCASE", "postgres": "C"}, **TEXTS)
    laws = [{"name": "differs", "expression": "x <> 'AB'"}, {"name": "c", "expression": "x > 'A'"}]
    schema = own_schema_of(table("t", 60, x, checks=laws))
    unread = [w.path.rpartition(".")[2] for w in shardgen.generate(schema).warnings]
    assert ([] if database.dialect == "postgres" else ["differs", "c"]) == unread


def test_null_that_only_the_database_knows_is_a_warning(own_schema_of: SchemaOf) -> None:
    """Where the column must not be null; a nullable one may be."""
    halves = [
        column("half", "int", generated="n / 2"),
        column("other", "int", nullable=True, generated="n / 2"),
    ]
    schema = own_schema_of(table("t", 30, column("n", "int", nullable=True), *halves))
    unread = [w for w in shardgen.generate(schema).warnings if w.name == "unread-generated"]
    assert ["tables.t.columns.half.generated"] == [w.path for w in unread]


def test_generated_columns_over_others_are_refused_for_postgres(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """Other databases compute one from another."""
    one = column("one", "bigint", nullable=True, generated="price + 1")
    two = column("two", "bigint", nullable=True, generated="one + 1")
    if database.dialect == "postgres":
        with pytest.raises(shardgen.SchemaError, match="PostgreSQL computes no column from 'one'"):
            own_schema_of(items(one, two))
    else:
        database.load(dump(own_schema_of(items(one, two))))
        assert 300 == database.count("items", "two = price + 2")


def test_what_sqlite_has_not_is_a_mistake(own_schema_of: SchemaOf, database: Database) -> None:
    """Collations, and SQL that is nested deeper than its parser goes."""
    name = NAME | {"collation": {"sqlite": "de_DE"}}
    deep = [{"name": "deep", "expression": "(" * 30 + "price > 0" + ")" * 30}]
    for schema, what in (
        (items(checks=deep), "more than 20 parentheses and cases"),
        (table("t", 3, name), "SQLite has no collation 'de_DE'"),
    ):
        if database.dialect == "sqlite":
            with pytest.raises(shardgen.SchemaError, match=what):
                own_schema_of(schema)
        else:
            own_schema_of(schema)


def test_a_check_may_be_named_like_a_primary_key(
    database: Database, dump: Dump, own_schema_of: SchemaOf
) -> None:
    """In MySQL it has another name then."""
    database.load(dump(own_schema_of(items(checks=[CHECKS[0] | {"name": "PRIMARY"}]))))
    assert 300 == database.count("items")


def test_one_database_that_is_not_read_hides_no_null_of_another() -> None:
    """A column that must not be null is refused for all as it is for one."""
    raw = {
        "schema_version": "1.0",
        "name": "own",
        "database_type": ["mysql", "sqlite"],
        "tables": [
            table(
                "t",
                3,
                column("x", "varchar(9)", **TEXTS),
                column("y", "varchar(9)", generated="nullif(x, 'Ab')"),
            )
        ],
    }
    with pytest.raises(shardgen.SchemaError, match="null in some rows"):
        shardgen.generate(raw)


BOTH = [
    column("a", "varchar(20)", generator="word", collation={"postgres": "C"}),
    column("b", "varchar(20)", generator="word", collation={"postgres": "POSIX"}),
    column("c", "varchar(20)", generator="word"),
    column("flag", "boolean"),
    column("fixed", "char(8)", generator="word"),
]
COMPUTED = [
    ("postgres", "lower('ABC')", "lower of texts alone"),
    ("postgres", "case when 'a' < 'b' then c end", "< of texts alone"),
    ("postgres", "upper(a || b)", "by which collation upper goes, C and POSIX"),
    ("postgres", "case when a = b then 'x' end", "by which collation = goes"),
    ("postgres", "round(price) % 7 || ''", "no % of double precision"),
    ("postgres", "round(flag) || ''", "no round of a boolean"),
    ("postgres", "lower(a || c)", ""),
    ("postgres", "a || b || length(a || b)", ""),
    ("postgres", "round(price, 2) % 7 || ''", ""),
    ("postgres", "lower(coalesce(c, 'X'))", ""),
    ("mysql", "lower(fixed)", "'fixed', whose type is char"),
    ("mysql", "coalesce(fixed, c)", "'fixed', whose type is char"),
    ("mysql", "rtrim(fixed)", ""),
    ("mysql", "case when fixed = 'word' then c end", ""),
]


@pytest.mark.parametrize(("dialect", "expression", "refused"), COMPUTED)
def test_what_a_database_does_not_compute_is_refused(
    database: Database,
    dump: Dump,
    own_schema_of: SchemaOf,
    dialect: str,
    expression: str,
    refused: str,
) -> None:
    """Before a row is made, and by the database itself; others load it."""
    made = column("made", "varchar(80)", nullable=True, generated=expression)
    parts = items(*BOTH, made)
    if refused and database.dialect == dialect:
        with pytest.raises(shardgen.SchemaError, match=re.escape(refused)):
            own_schema_of(parts)
        _refuses_itself(database, expression)
    else:
        database.load(dump(own_schema_of(parts)))
        assert database.count("items") == 300


def _refuses_itself(database: Database, expression: str) -> None:
    columns, row = "c varchar(20), fixed char(8)", ""
    if database.dialect == "postgres":
        columns = 'a text COLLATE "C", b text COLLATE "POSIX", c text, flag boolean, price int'
        row = "; INSERT INTO own (a, b) VALUES ('x', 'y')"
    made = f"made varchar(80) GENERATED ALWAYS AS ({expression}) STORED"
    with pytest.raises(Exception, match=r"(?i)collation|does not exist|1901"):
        database.execute(f"CREATE TABLE own ({columns}, {made}){row}")
