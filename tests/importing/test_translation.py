"""A described database becomes a schema that can be run: types, keys, unique sets, defaults."""

from __future__ import annotations

import pytest

import shardgen
from shardgen.importing.described import (
    Check,
    Column,
    Composite,
    Database,
    Domain,
    Enum,
    ForeignKey,
    Generated,
    Index,
    KeyPart,
    Name,
    Table,
)
from shardgen.importing.imported import Sizes, import_schema
from shardgen.importing.translation.defaults import imported_default
from shardgen.importing.translation.types import imported_type
from shardgen.importing.writing import imported_text
from shardgen.plan.load import find_mistakes, load_schema

EMPTY = {
    dialect: Database(dialect=dialect, name="db") for dialect in ("postgres", "mysql", "sqlite")
}


def column(name, kind="integer", *, null=False, **more):
    """Return a column; NOT NULL, as most keys are."""
    return Column(name=name, type=kind, nullable=null, **more)


def unique(name, *columns, **more):
    """Return a unique index over whole columns."""
    return Index(name=name, parts=tuple(KeyPart(column=c) for c in columns), unique=True, **more)


def key(table, *columns, to=("id",), **more):
    """Return a foreign key."""
    return ForeignKey(
        name=f"fk_{'_'.join(columns)}",
        columns=columns,
        table=Name("", table),
        references=to,
        **more,
    )


def table(name, *columns, pk=("id",), **more):
    """Return a table with a counted key before the columns."""
    first = (column("id", counts=True),) if pk == ("id",) else ()
    return Table(name=Name("", name), columns=(*first, *columns), primary_key=pk, **more)


def imported(*tables, dialect="postgres", rows=50, **more):
    """Return what becomes of tables."""
    database = Database(dialect=dialect, name="db", tables=tables, **more)
    return import_schema(database, Sizes(rows=rows))


TYPES = {
    "postgres": {
        "integer": "int", "character varying(20)": "varchar(20)", "bpchar": "text",
        "character varying": "text", "timestamp without time zone": "datetime",
        "timestamp(3) with time zone": "timestamp(3)", "double precision": "double",
        "numeric(12,3)": "decimal(12,3)", "numeric": "decimal(18,6)", "jsonb": "jsonb",
        "bytea": "blob", "bit varying(5)": "varbit(5)", "time with time zone": "timetz",
    },
    "mysql": {
        "int(11)": "int", "int(10) unsigned": "int unsigned", "tinyint(1)": "boolean",
        "decimal(10,2) unsigned": "decimal(10,2)", "decimal": "decimal(10,0)",
        "enum('a','b')": "enum('a','b')", "datetime(6)": "datetime(6)", "longtext": "text",
    },
    "sqlite": {
        "INTEGER": "bigint", "NVARCHAR(160)": "varchar(160)", "": "text", "DATETIME": "datetime",
        "UNSIGNED BIG INT": "bigint", "DOUBLE": "double", "NUMERIC(10,2)": "decimal(10,2)",
        "BOOL": "boolean", "whatever": "decimal(12,2)", "INT": "int",
    },
}  # fmt: skip


@pytest.mark.parametrize(("dialect", "text"), [(d, text) for d in TYPES for text in TYPES[d]])
def test_a_type_becomes_the_one_with_the_same_values(dialect, text):
    """Every database's words for a type are known."""
    made = imported_type(text, EMPTY[dialect])
    assert TYPES[dialect][text] == made.type
    assert made.stands_for is None


def test_unsigned_decimals_begin_at_zero():
    """The format has no such type, so the bound is kept beside it."""
    assert 0 == imported_type("decimal(10,2) unsigned", EMPTY["mysql"]).low


def test_enums_and_domains_are_looked_up():
    """By their name alone and with their schema, domains over domains to the bottom."""
    database = Database(
        dialect="postgres",
        name="db",
        enums=(Enum(name=Name("app", "mood"), labels=("sad", "it's ok")),),
        domains=(
            Domain(
                name=Name("", "positive"),
                type="integer",
                nullable=False,
                checks=(Check(name="c", expression="VALUE > 0"),),
            ),
            Domain(name=Name("", "small"), type="positive"),
        ),
    )
    mood = imported_type("app.mood", database)
    assert ("enum('sad','it''s ok')", "mood") == (mood.type, mood.enum_name)
    small = imported_type("small", database)
    assert ("int", False) == (small.type, small.nullable)
    assert ["VALUE > 0"] == [check.expression for check in small.checks]


def test_arrays_have_elements_of_what_theirs_become():
    """Numbers, labels of an enum and what a domain is; of other types and with checks, none."""
    database = Database(
        dialect="postgres",
        name="db",
        enums=(Enum(name=Name("", "mood"), labels=("sad", "ok")),),
        domains=(
            Domain(name=Name("", "word"), type="character varying(9)"),
            Domain(name=Name("", "big"), type="integer",
                   checks=(Check(name="c", expression="VALUE > 9"),)),
        ),
    )  # fmt: skip
    kinds = ("integer[]", "numeric(8,2)[][]", "mood[]", "word[]", "big[]", "ltree[]")
    made = [imported_type(kind, database) for kind in kinds]
    assert ["int[]", "decimal(8,2)[][]", "enum('sad','ok')[]", "varchar(9)[]", "big[]",
            "ltree[]"] == [each.type for each in made]  # fmt: skip
    assert [None, None, None, None, "{}", "{}"] == [e.parameters.get("value") for e in made]


def test_rows_of_a_composite_type_have_null_fields():
    """PostgreSQL reads them, whatever the types of the fields."""
    pair = Composite(name=Name("", "pair"), fields=(("x", "integer"), ("y", "odd")))
    made = imported(
        table("a", column("at", "pair"), column("all_at", "pair[]")), composites=(pair,)
    )
    row = shardgen.generate(made.schema, seed=1).tables["a"].rows[0]
    assert ("(,)", "{}") == (row["at"], row["all_at"])


DEFAULTS = {
    "'x'::character varying": "x",
    "'it''s'": "it's",
    "0": 0,
    "'0'::bigint": 0,
    "-1.5": -1.5,
    "(0)": 0,
    "true": True,
    "now()": "CURRENT_TIMESTAMP",
    "CURRENT_TIMESTAMP(6)": "CURRENT_TIMESTAMP",
    "NULL::character varying": None,
    "b'1'": True,
}


@pytest.mark.parametrize("text", DEFAULTS)
def test_constant_defaults_are_kept(text):
    """With their casts and parentheses."""
    assert (DEFAULTS[text], True) == imported_default(text)


@pytest.mark.parametrize("text", ["gen_random_uuid()", "nextval('s'::regclass)", "a || 'b'"])
def test_defaults_that_are_computed_are_not(text):
    """They have no value to keep."""
    assert (None, False) == imported_default(text)


def test_keys_lead_to_rows_that_there_are_whatever_their_type():
    """A column has the type of the key it leads to, also over several tables, and it is said."""
    made = imported(
        table("a"),
        table("b", column("a_id", "bigint"), pk=("a_id",), foreign_keys=(key("a", "a_id"),)),
        table("c", column("b_id", "smallint"), foreign_keys=(key("b", "b_id", to=("a_id",)),)),
    )
    types = [made.schema.table(n).column(c).type for n, c in (("b", "a_id"), ("c", "b_id"))]
    assert ["int", "int"] == types
    assert {"simplified"} == {note.kind for note in made.notes}
    rows = shardgen.generate(made.schema, seed=1).tables
    assert {r["b_id"] for r in rows["c"]} <= {r["a_id"] for r in rows["b"]}


def test_lines_are_grouped_and_numbered():
    """A primary key of a parent and a number is the number of the line."""
    made = imported(
        table("orders"),
        table(
            "order_lines",
            column("order_id"),
            column("line"),
            pk=("order_id", "line"),
            foreign_keys=(key("orders", "order_id"),),
        ),
    )
    rows = shardgen.generate(made.schema, seed=1).tables["order_lines"]
    by_order = {}
    for row in rows:
        by_order.setdefault(row["order_id"], []).append(row["line"])
    assert all(lines == [*range(1, len(lines) + 1)] for lines in by_order.values())


def test_a_table_that_cannot_be_made_costs_no_other_its_rows():
    """It has no rows, its required children neither, and the report says why."""
    made = imported(
        table("a"),
        table("b", column("odd", "odd")),
        table("c", column("b_id"), foreign_keys=(key("b", "b_id"),)),
        table("d", column("b_id", null=True), foreign_keys=(key("b", "b_id"),)),
    )
    assert [50, 0, 0, 50] == [t.record_count for t in made.schema.tables]
    assert {"b", "c"} == {note.table for note in made.notes if note.kind == "refused"}


def test_rows_are_as_many_as_unique_values():
    """What is unique among few values has few rows, and what refers to it keeps its own."""
    made = imported(
        table("kinds", column("kind", "enum('x','y')"), indexes=(unique("u", "kind"),)),
        table("things", column("kind_id"), foreign_keys=(key("kinds", "kind_id"),)),
        dialect="mysql",
    )
    assert [2, 50] == [t.record_count for t in made.schema.tables]


def test_expression_and_partial_indexes_are_met():
    """By columns that are unique in all rows."""
    lower = Index(name="l", parts=(KeyPart(expression="lower((email)::text)"),), unique=True)
    made = imported(
        table("u", column("email", "text"), column("slug", "text"),
              indexes=(lower, unique("p", "slug", where="deleted_at IS NULL"))),
    )  # fmt: skip
    assert all(made.schema.table("u").column(name).unique for name in ("email", "slug"))


def test_an_index_that_cannot_be_read_leaves_one_row():
    """One row is unique under any expression."""
    odd = Index(name="o", parts=(KeyPart(expression="md5(a || b)"),), unique=True)
    made = imported(table("u", column("a", "text"), column("b", "text"), indexes=(odd,)))
    assert 1 == made.schema.tables[0].record_count


def test_generated_columns_are_carried():
    """As the database computes them; no row has a value."""
    full = column("full", "text", generated=Generated(expression="(a || 'x'::text)", stored=True))
    made = imported(table("u", column("a", "text"), full))
    found = made.schema.tables[0].column("full")
    assert ("(a || 'x'::text)", 50) == (found.generated, made.schema.tables[0].record_count)
    assert "full" not in shardgen.generate(made.schema, seed=1).tables["u"].rows[0]


def test_generated_columns_are_unique_by_what_they_are_computed_of():
    """A column that differs gives one that differs; of what else is computed there is one row."""
    full = column("full", "text", generated=Generated(expression="a || 'x'", stored=True))
    index = (unique("f", "full"),)
    (one,) = imported(table("u", column("a", "text"), full, indexes=index)).schema.tables
    assert 1 == one.record_count
    more = column("full", "integer", generated=Generated(expression="(a + 1)", stored=True))
    (all_,) = imported(table("u", column("a"), more, indexes=index)).schema.tables
    assert (50, True, "(a + 1)") == (
        all_.record_count, all_.column("a").unique, all_.column("full").generated,
    )  # fmt: skip


def test_a_generated_column_that_the_format_refuses_is_left_out():
    """Whatever the schema says of it, no other column gives way."""
    full = column("full", "text", generated=Generated(expression="f(a, $1)", stored=True))
    made = imported(table("u", column("a", "text"), full))
    assert ["id", "a"] == [c.name for c in made.schema.tables[0].columns]
    assert 50 == made.schema.tables[0].record_count


def test_an_identity_that_takes_no_other_value_is_carried():
    """It is always so in the file too."""
    counted = column("id", counts=True, identity="always")
    plain = Table(name=Name("", "u"), columns=(counted,), primary_key=("id",))
    made = imported(plain)
    assert "always" == made.schema.tables[0].column("id").identity


def test_the_file_is_read_as_the_same_schema(tmp_path):
    """In each format, without a mistake in it; comments say what was not carried."""
    made = imported(
        table("people", column("email", "text"), column("name", "text", null=True),
              column("kind", "mood"), column("parent_id", null=True),
              foreign_keys=(key("people", "parent_id"),), indexes=(unique("u", "email"),)),
        enums=(Enum(name=Name("", "mood"), labels=("yes", "no: never", "#x")),),
    )  # fmt: skip
    for form in ("yaml", "toml", "json"):
        path = tmp_path / f"schema.{form}"
        path.write_text(
            imported_text(made.schema, made.notes, ("from a test",), form, "x"), "utf-8"
        )
        assert () == find_mistakes(path)
        assert made.schema == load_schema(path)


def test_notes_stand_above_what_they_are_of():
    """A person who reads the file sees what it does not say."""
    made = imported(table("u", column("a", "text", default="md5('x')")))
    lines = imported_text(made.schema, made.notes, (), "yaml", "x").splitlines()
    at = next(n for n, line in enumerate(lines) if "its default is no constant" in line)
    assert lines[at].startswith("      # dropped: ")
    assert lines[at + 1].startswith("      a: text")


def test_importing_again_gives_the_same_text():
    """No order of a catalog, no clock and no random number is in it."""
    tables = table("a"), table("b", column("a_id"), foreign_keys=(key("a", "a_id"),))
    texts = {
        imported_text(made.schema, made.notes, (), "yaml", "x")
        for made in (imported(*tables), imported(*tables))
    }
    assert 1 == len(texts)


def test_one_child_of_each_parent_has_the_flag_of_a_partial_index():
    """A unique index over the rows of a flag leaves a parent its other children."""
    addresses = table(
        "addresses",
        column("user_id"),
        column("is_primary", "boolean"),
        foreign_keys=(key("users", "user_id"),),
        indexes=(unique("one_primary", "user_id", where="(is_primary = true)"),),
    )
    made = imported(table("users"), addresses)
    data = shardgen.generate(made.schema, seed=3).tables
    rows = data["addresses"]
    assert len(rows) == 50 > len({row["user_id"] for row in rows}) > 20
    primary = [row["user_id"] for row in rows if row["is_primary"]]
    assert len(primary) == len({*primary}) == len({row["user_id"] for row in rows})
    assert [] == [note for note in made.notes if note.table == "addresses"]


def test_a_table_of_two_empty_parents_is_empty_and_keeps_its_keys():
    """Without rows it needs neither of them."""
    sides = [
        table(name, column("n"), checks=(Check(name="c", expression="n % 7 = 3"),)) for name in "ab"
    ]
    keys = tuple(key(name, f"{name}_id") for name in "ab")
    child = table("c", column("a_id"), column("b_id"), foreign_keys=keys)
    made = imported(*sides, child)
    assert {"a": 0, "b": 0, "c": 0} == {t.name: t.record_count for t in made.schema.tables}
    child = next(t for t in made.schema.tables if t.name == "c")
    assert ["a", "b"] == [c.foreign_key.table for c in child.columns if c.foreign_key]
