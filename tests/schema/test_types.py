"""Column types: what is read from their text, and what is refused."""

from __future__ import annotations

import pytest

from shardgen.schema.types import ALIASES, INTEGER_BITS, NAMES, ColumnType, parse_type

EXAMPLES = {
    "decimal": "decimal(12,2)",
    "varchar": "varchar(100)",
    "char": "char(2)",
    "enum": "enum('a','b')",
    "set": "set('a','b')",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_type_reads_back_as_it_is_written(name):
    """The text of a parsed type is the type again."""
    kind = parse_type(EXAMPLES.get(name, name))
    assert name == kind.name
    assert kind == parse_type(str(kind))


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_other_names_mean_the_same(alias, name):
    """Each alias of a type, such as `integer` or `bool`, is read as the type itself."""
    arguments = "(9)" if name == "varchar" else ""
    assert name == parse_type(alias + arguments).name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INT", ColumnType("int")),
        ("int(11)", ColumnType("int")),
        ("  Decimal ( 12 , 2 ) ", ColumnType("decimal", precision=12, scale=2)),
        ("decimal", ColumnType("decimal", precision=10, scale=2, is_unlimited=True)),
        ("decimal(5)", ColumnType("decimal", precision=5, scale=0)),
        ("numeric(18,18)", ColumnType("decimal", precision=18, scale=18)),
        ("tinyint(1)", ColumnType("boolean")),
        ("tinyint(4)", ColumnType("tinyint")),
        ("char", ColumnType("char", length=1)),
        ("varchar(65535)", ColumnType("varchar", length=65535)),
        ("character varying(9)", ColumnType("varchar", length=9)),
        ("double   precision", ColumnType("double")),
        ("timestamp(6)", ColumnType("timestamp", precision=6)),
        ("float(24)", ColumnType("float")),
        ("decimal(38,20)", ColumnType("decimal", precision=38, scale=20)),
        ("INT(10) UNSIGNED", ColumnType("int unsigned")),
        ("integer unsigned zerofill", ColumnType("int unsigned")),
        ("bigint(20) signed", ColumnType("bigint")),
        ("timestamp(3) with time zone", ColumnType("timestamp", precision=3)),
        ("time(6) without time zone", ColumnType("time", precision=6)),
        ("bit varying(9)", ColumnType("varbit", length=9)),
        ("bit", ColumnType("bit", length=1)),
        ("binary", ColumnType("binary", length=1)),
        ("bytea", ColumnType("blob")),
        ("year(4)", ColumnType("year")),
        ("BIGSERIAL", ColumnType("bigint")),
        ("float(25)", ColumnType("double")),
        ("real(10,2)", ColumnType("float")),
        ("timestamp with time zone", ColumnType("timestamp")),
        ("enum('it''s', 'a,b' ,'(c)')", ColumnType("enum", values=("it's", "a,b", "(c)"))),
        ("ENUM('A','a')", ColumnType("enum", values=("A", "a"))),
    ],
)
def test_spellings_of_types(text, expected):
    """Case and spaces do not count, and what may be left out has the database's own default."""
    assert expected == parse_type(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot read type ''"),
        ("123", "cannot read type '123'"),
        ("int)", "cannot read type 'int)'"),
        ("varchar(10", "cannot read type 'varchar(10'"),
        ("int; DROP TABLE x", "cannot read type 'int; DROP TABLE x'"),
        ("varchr(10)", "unknown type 'varchr'"),
        ("int unsignd", "unknown type 'int unsignd'"),
        ("text unsigned", "unknown type 'text unsigned'"),
        ("x" * 1000, "unknown type '" + "x" * 60 + "…'"),
        ("varchar", "type 'varchar' is not varchar(n) with 1 <= n <= 65535"),
        ("varchar(0)", "type 'varchar(0)' is not varchar(n) with 1 <= n <= 65535"),
        ("varchar(65536)", "type 'varchar(65536)' is not varchar(n) with 1 <= n <= 65535"),
        ("varchar(1,2)", "type 'varchar(1,2)' is not varchar(n) with 1 <= n <= 65535"),
        ("varchar(-1)", "the arguments of type 'varchar(-1)' are not whole numbers"),
        ("varchar(1_0)", "the arguments of type 'varchar(1_0)' are not whole numbers"),
        ("varchar(ten)", "the arguments of type 'varchar(ten)' are not whole numbers"),
        ("varchar()", "the arguments of type 'varchar()' are not whole numbers"),
        ("decimal(2.5)", "the arguments of type 'decimal(2.5)' are not whole numbers"),
        (
            "decimal(1001,2)",
            "type 'decimal(1001,2)' is not decimal(p,s) with 1 <= p <= 1000 and s <= p",
        ),
        ("decimal(0)", "type 'decimal(0)' is not decimal(p,s) with 1 <= p <= 1000 and s <= p"),
        ("decimal(2,3)", "type 'decimal(2,3)' is not decimal(p,s) with 1 <= p <= 1000 and s <= p"),
        (
            "decimal(4,2,1)",
            "type 'decimal(4,2,1)' is not decimal(p,s) with 1 <= p <= 1000 and s <= p",
        ),
        ("timestamp(7)", "type 'timestamp(7)' is not timestamp(p) with 0 <= p <= 6"),
        ("datetime(3,1)", "type 'datetime(3,1)' is not datetime(p) with 0 <= p <= 6"),
        ("float(54)", "type 'float(54)' is not float(p) with 1 <= p <= 53"),
        ("float(0)", "type 'float(0)' is not float(p) with 1 <= p <= 53"),
        ("double(1,2,3)", "type 'double(1,2,3)' is not double(m,d)"),
        ("date(3)", "type 'date' takes no arguments, got 'date(3)'"),
        ("enum", "type 'enum' is not enum('a','b',…)"),
        ("enum()", "type 'enum()' is not enum('a','b',…)"),
        ("enum('a',)", "type \"enum('a',)\" is not enum('a','b',…)"),
        ("enum('a' 'b')", "type \"enum('a' 'b')\" is not enum('a','b',…)"),
        ('enum("a")', "type 'enum(\"a\")' is not enum('a','b',…)"),
        ("enum('a','a')", "type \"enum('a','a')\" names a value twice"),
        ("set('a,b')", "type \"set('a,b')\" has an empty label, a comma in one, or more than 64"),
        ("inet(3)", "type 'inet' takes no arguments, got 'inet(3)'"),
        ("enum('')", "type \"enum('')\" has no value with a letter in it"),
        ("enum('a\0b')", "type \"enum('a\\x00b')\" has a NUL character, which no database stores"),
    ],
)
def test_wrong_types_are_named_in_one_line(text, message):
    """The refused text stands in the message, on one line and shortened."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- the whole message is compared
        parse_type(text)
    assert message == str(caught.value)
    assert "\n" not in message


def test_bounds_of_integers_and_decimals():
    """Those that the databases have: two's complement, and as many nines as the precision."""
    assert (-128, 127) == parse_type("tinyint").integer_bounds
    assert (-(2**63), 2**63 - 1) == parse_type("bigint").integer_bounds
    assert (-9999, 9999) == parse_type("decimal(4,2)").unit_bounds
    assert (0, 2**64 - 1) == parse_type("bigint unsigned").integer_bounds
    assert (-(2**23), 2**23 - 1) == parse_type("mediumint").integer_bounds
    assert (1901, 2155) == parse_type("year").integer_bounds
    assert (10**65 - 1) == parse_type("decimal(65,30)").unit_bounds[1]
    assert {"tinyint", "smallint", "mediumint", "int", "bigint"} == set(INTEGER_BITS)


def test_the_longest_label_bounds_an_enum():
    """The length that a column may need, where the type says one; `text` says none."""
    assert 5 == parse_type("enum('a','black','')").max_length
    assert 7 == parse_type("varchar(7)").max_length
    assert parse_type("text").max_length is None
