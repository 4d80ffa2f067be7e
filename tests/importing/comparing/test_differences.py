"""Described databases held against what a schema would write: every difference, nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from shardgen.importing.comparing.differences import Differences, find_differences
from shardgen.importing.described import (
    Check,
    Column,
    Database,
    Domain,
    Exclusion,
    ForeignKey,
    Generated,
    Index,
    KeyPart,
    Name,
    Table,
    Unread,
)
from shardgen.plan.load import load_schema
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source

ID = {"name": "id", "type": "int", "primary_key": True}
HAS_ID = Column(name="id", type="integer", nullable=False)


def table(name: str, *columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "record_count": 9, "columns": [ID, *columns], **more}


def there(name: str, *columns: Column, **more: Any) -> Table:
    more = {"primary_key": ("id",)} | more
    schema, _, bare = name.rpartition(".")
    return Table(name=Name(schema, bare), columns=(HAS_ID, *columns), **more)


def compared(
    tables: list[dict[str, Any]], found: list[Table], dialect: Any = "postgres", **more: Any
) -> Differences:
    path = more.pop("search_path", ("",))
    schema = load_schema(
        {
            "schema_version": "1.0",
            "name": "shop",
            "database_type": [dialect],
            "infer": False,
            "tables": tables,
        }
    )
    source = Source.bind(build_plan(schema, Options(dialect=dialect)))
    database = Database(dialect=dialect, name="shop", tables=tuple(found), **more)
    return find_differences(source, database, search_path=path)


def column_against(column: dict[str, Any], type_: str, dialect: str = "postgres", **more: Any):
    """Return the differences for one column `c` of a table `t`."""
    options = more.pop("options", ())
    ours = [table("t", {"name": "c", **column})]
    return compared(
        ours, [there("t", Column(name="c", type=type_, **more), options=options)], dialect
    )


def texts(found: Any) -> str:
    return "\n".join(map(str, found))


def drawn(type_: str, generator: str, **parameters: Any) -> dict[str, Any]:
    return {"type": type_, "generator": generator, "generator_params": parameters}


FITS = [
    ("postgres", {"type": "int"}, "bigint"),
    ("postgres", {"type": "int"}, "numeric(10,0)"),
    ("postgres", {"type": "int"}, "double precision"),
    ("postgres", {"type": "int"}, "text"),
    ("postgres", drawn("bigint", "int_range", min=1, max=30000), "smallint"),
    ("postgres", drawn("decimal(10,2)", "decimal_range", min=0, max=99), "numeric(4,2)"),
    ("postgres", {"type": "decimal(10,2)"}, "numeric"),
    ("postgres", drawn("varchar(200)", "choice", values=["a", "bc"]), "character varying(2)"),
    ("postgres", {"type": "varchar(20)"}, "text"),
    ("postgres", {"type": "date"}, "timestamp without time zone"),
    ("postgres", {"type": "uuid"}, "character varying(36)"),
    ("postgres", {"type": "json"}, "jsonb"),
    ("postgres", {"type": "float"}, "double precision"),
    ("postgres", {"type": "text[]"}, "character varying[]"),
    ("mysql", {"type": "boolean"}, "int(11)"),
    ("mysql", {"type": "int"}, "bigint(20)"),
    ("mysql", {"type": "varchar(40)"}, "tinytext"),
    ("mysql", {"type": "tinyint"}, "tinyint(1)"),
    ("sqlite", {"type": "varchar(40)"}, "VARCHAR(2)"),
    ("sqlite", {"type": "int"}, "BIGINT"),
    ("sqlite", {"type": "date"}, "DATE"),
]

REFUSED = [
    ("postgres", drawn("int", "int_range", min=1, max=40000), "smallint"),
    ("postgres", drawn("varchar(200)", "choice", values=["a", "bcd"]), "character varying(2)"),
    ("postgres", {"type": "decimal(10,2)"}, "numeric(4,2)"),
    ("postgres", {"type": "decimal(10,4)"}, "numeric(10,2)"),
    ("postgres", {"type": "decimal(10,2)"}, "integer"),
    ("postgres", drawn("decimal(16,2)", "decimal_range", min=0, max=99999999999), "real"),
    ("postgres", {"type": "double"}, "real"),
    ("postgres", {"type": "varchar(40)"}, "integer"),
    ("postgres", {"type": "varchar(40)"}, "date"),
    ("postgres", {"type": "varchar(40)"}, "uuid"),
    ("postgres", {"type": "timestamp"}, "date"),
    ("postgres", {"type": "timestamp(6)"}, "timestamp(3) with time zone"),
    ("postgres", {"type": "boolean"}, "integer"),
    ("postgres", drawn("int", "int_range", min=0, max=1), "boolean"),
    ("postgres", {"type": "uuid"}, "character varying(30)"),
    ("postgres", {"type": "text[]"}, "text"),
    ("mysql", drawn("text", "pattern", pattern="?" * 256), "tinytext"),
    ("mysql", drawn("int", "int_range", min=-5, max=5), "int(10) unsigned"),
    ("mysql", drawn("decimal(9,2)", "decimal_range", min=-5, max=5), "decimal(9,2) unsigned"),
    (
        "mysql",
        drawn("datetime", "timestamp_between", start_date="2040-01-01", end_date="2041-01-01"),
        "timestamp",
    ),
    ("mysql", {"type": "enum('a','b')"}, "enum('a','c')"),
    ("sqlite", {"type": "varchar(40)"}, "INTEGER"),
]


@pytest.mark.parametrize(("dialect", "column", "type_"), FITS)
def test_another_type_that_holds_all_values_is_no_difference(dialect, column, type_):
    """What counts is the bounds of the values, not the type's name."""
    found = column_against(column, type_, dialect)
    assert () == found.mistakes
    assert () == found.warnings


@pytest.mark.parametrize(("dialect", "column", "type_"), REFUSED)
def test_a_type_that_does_not_hold_all_values_is_a_mistake(dialect, column, type_):
    """It says the column, the type that is there and what it does not hold."""
    (mistake,) = column_against(column, type_, dialect).mistakes
    assert "tables.t.columns.c" == mistake.path
    assert f"it is {type_} in the database, and " in mistake.what
    assert "widen the type there" in mistake.hint


def test_a_strict_table_of_sqlite_keeps_its_types():
    """Any other table of SQLite takes a text under a number's type that is none."""
    ours = {"type": "date"}
    assert () == column_against(ours, "INT", "sqlite").mistakes
    assert 1 == len(column_against(ours, "INT", "sqlite", options=("STRICT",)).mistakes)


def test_a_type_that_is_not_known_is_a_warning():
    """Whether its values fit is the database's to say."""
    found = column_against({"type": "varchar(20)"}, "my_own_type")
    assert () == found.mistakes
    assert ["unproven-type"] == [warning.name for warning in found.warnings]


def test_the_same_tables_differ_in_nothing():
    """Whatever the catalog calls the types."""
    ours = [table("t", {"name": "c", "type": "varchar(9)", "nullable": True})]
    found = compared(ours, [there("t", Column(name="c", type="character varying(9)"))])
    assert Differences(names={"t": Name("", "t")}) == found


def test_all_that_is_missing_is_told_at_once():
    """A table and a column, each with the nearest name that is there."""
    ours = [table("users", {"name": "email", "type": "text"}), table("orders")]
    found = compared(ours, [there("users", Column(name="e_mail", type="text")), there("order")])
    assert "'orders' in the database at tables.orders; did you mean 'order'?" in texts(
        found.mistakes
    )
    assert "no column 'email' at tables.users.columns.email; did you mean 'e_mail'?" in texts(
        found.mistakes
    )
    assert ["left-to-default"] == [warning.name for warning in found.warnings]


def test_a_view_is_no_table_to_write_into():
    """It says what stands there under the name."""
    unread = Unread(where="t", text="VIEW t", reason="a view has no rows", table=Name("", "t"))
    (mistake,) = compared([table("t")], [], unread=(unread,)).mistakes
    assert "a view has no rows" in str(mistake)


def test_an_extra_column_needs_a_default():
    """Without one it is a mistake where it is NOT NULL; else it is left to its default."""
    extra = [
        Column(name="a", type="integer", nullable=False),
        Column(name="b", type="integer", nullable=False, default="7"),
        Column(name="c", type="integer"),
        Column(name="d", type="integer", nullable=False, counts=True, identity="always"),
        Column(name="e", type="integer", generated=Generated(expression="id + 1", stored=True)),
        Column(name="f", type="word"),
    ]
    domain = Domain(name=Name("", "word"), type="text", nullable=False)
    found = compared([table("t")], [there("t", *extra)], domains=(domain,))
    assert ["t.a is NOT NULL without a default", "t.f is NOT NULL without a default"] == [
        mistake.what.partition(",")[0] for mistake in found.mistakes
    ]
    assert ["t.b", "t.c", "t.d"] == [warning.what.split()[0] for warning in found.warnings]
    assert {"left-to-default"} == {warning.name for warning in found.warnings}


def test_nulls_need_a_column_that_takes_them():
    """A column that is nullable in the schema and never null is none that has any."""
    ours = {"type": "int", "nullable": True}
    (mistake,) = column_against(ours, "integer", nullable=False).mistakes
    assert "it is NOT NULL in t, and some rows have NULL" in str(mistake)
    ours["generator_params"] = {"null_probability": 0}
    ours["generator"] = "int_range"
    assert () == column_against(ours, "integer", nullable=False).mistakes


def test_what_the_database_computes_is_left_out():
    """A generated column and an identity that is always so, with a warning each."""
    ours = [table("t", {"name": "c", "type": "int"}, {"name": "d", "type": "int"})]
    generated = Column(name="c", type="integer", generated=Generated(expression="2", stored=True))
    always = Column(name="d", type="integer", identity="always", counts=True)
    found = compared(ours, [there("t", generated, always)])
    assert () == found.mistakes
    assert {"t": ("c", "d")} == found.left_out
    assert ["left-out-column"] * 2 == [warning.name for warning in found.warnings]


def test_a_key_that_is_always_an_identity_is_written_all_the_same():
    """Other tables lead to its values."""
    key = Column(name="id", type="integer", nullable=False, identity="always", counts=True)
    found = compared([table("t")], [Table(name=Name("", "t"), columns=(key,), primary_key=("id",))])
    assert ((), (), {}) == (found.mistakes, found.warnings, found.left_out)


def test_a_generated_column_that_keys_lead_to_is_a_mistake():
    """Its values would be others than those in the rows that refer to it."""
    code = {"name": "code", "type": "varchar(9)", "unique": True}
    key = {"name": "code", "type": "varchar(9)", "foreign_key": {"table": "t", "column": "code"}}
    generated = Column(
        name="code", type="character varying(9)", generated=Generated(expression="x", stored=True)
    )
    plain = Column(name="code", type="character varying(9)")
    found = compared(
        [table("t", code), table("u", key)], [there("t", generated), there("u", plain)]
    )
    (mistake,) = found.mistakes
    assert "keys of other tables lead to the values of the schema" in str(mistake)


KEY = {"name": "t_id", "type": "int", "foreign_key": {"table": "t", "column": "id"}}
HAS_KEY = Column(name="t_id", type="integer", nullable=False)


def test_constraints_that_the_schema_does_not_know_are_warnings():
    """Rows may be refused for them; those that it knows are none."""
    key = ForeignKey(name="k", columns=("t_id",), table=Name("", "t"), references=("id",))
    other = ForeignKey(name="k2", columns=("id",), table=Name("", "elsewhere"), references=("id",))
    unique = Index(name="u", parts=(KeyPart(column="t_id"),), unique=True)
    wider = Index(name="w", parts=(KeyPart(column="t_id"), KeyPart(column="id")), unique=True)
    partial = Index(name="p", parts=(KeyPart(column="t_id"),), unique=True, where="id > 5")
    check = Check(name="c", expression="t_id > 0")
    apart = Exclusion(name="x", elements=(("id", "="),))
    found = compared(
        [table("t"), table("u", KEY)],
        [
            there("t"),
            there(
                "u",
                HAS_KEY,
                foreign_keys=(key, other),
                indexes=(unique, wider, partial),
                checks=(check,),
                exclusions=(apart,),
            ),
        ],
    )
    assert () == found.mistakes
    assert [
        "unknown-foreign-key",
        "unknown-unique",
        "unknown-unique",
        "unknown-check",
        "unknown-exclusion",
    ] == [warning.name for warning in found.warnings]
    assert {"tables.u"} == {warning.path for warning in found.warnings}


def test_checks_are_known_by_name_by_text_and_by_type():
    """As a catalog writes them: in other quotes, with casts and parentheses."""
    state = {"name": "state", "type": "enum('new','old')"}
    checks = [{"name": "ours", "expression": "id < 99"}, {"name": "b", "expression": "id <> 77"}]
    found = compared(
        [table("t", state, checks=checks)],
        [
            there(
                "t",
                Column(name="state", type="character varying(3)", nullable=False),
                checks=(
                    Check(name="ours", expression="(id < 99)"),
                    Check(name="t_check", expression='("id" <> (77)::integer)'),
                    Check(
                        name="t_state_check",
                        expression="((state)::text = ANY ((ARRAY['new'::character varying, "
                        "'old'::character varying])::text[]))",
                    ),
                ),
            )
        ],
    )
    assert ((), ()) == (found.mistakes, found.warnings)


def test_names_of_schemas_are_honoured_and_so_is_the_search_path():
    """A bare name is the first of the path that is there, a whole one is that table alone."""
    ours = [table("app.users"), table("orders")]
    found = [there("app.users"), there("sales.orders"), there("other.orders")]
    assert {"app.users": Name("app", "users"), "orders": Name("sales", "orders")} == compared(
        ours, found, search_path=("", "sales", "other")
    ).names
    (mistake,) = compared(ours, found).mistakes
    assert "there is sales.orders: write that name, or set the search path" in str(mistake)


@pytest.mark.parametrize(
    ("dialect", "known"), [("mysql", True), ("sqlite", True), ("postgres", False)]
)
def test_the_case_of_a_name_counts_where_it_does_in_the_database(dialect, known):
    """PostgreSQL's quoted names are as they are written; the others fold those of columns."""
    found = column_against({"type": "int"}, "int", dialect)
    assert () == found.mistakes
    upper = compared(
        [table("t", {"name": "c", "type": "int"})],
        [there("t", Column(name="C", type="int"))],
        dialect,
    )
    assert known == (not upper.mistakes)


def test_tables_with_other_types_are_named():
    """Whoever writes numbers in the bytes of a type has to know."""
    assert {"t"} == column_against({"type": "int"}, "bigint").retyped
    assert set() == column_against({"type": "int"}, "integer").retyped
