"""What is hard for a generator or a database: numbers, texts, names, dates, and their types."""

from __future__ import annotations

from typing import Any

from fuzz.draw import Draw

INTEGERS = (
    *(0, 1, -1, 2, 10, 99, 100, 127, 128, -128, -129, 255, 256, 1000, 32_767, 32_768, -32_769),
    *(65_535, 65_536, 10**6, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**32, 10**9, 10**12),
    *(2**53, 2**53 + 1, 10**17, 10**18 - 1, 10**18, 10**18 + 1, 2**62, 2**63 - 1, 2**63),
    *(-(2**63), -(2**63) - 1, 2**64, 10**19, 10**30, -(10**30), 366_000, 366_001),
)
FLOATS = (
    *(0.0, -0.0, 0.5, -0.5, 0.1, 0.001, 0.005, 1e-9, 1e-12, 1e-13, 1e-300, 5e-324, 1.5, 2.675),
    *(-2.5, 1 / 3, 99.99, 99.995, 1e6, 1e15, 1e16, 9007199254740993.0, 1e17, 1e18, 9.2e18, 1e19),
    *(1e37, 3.4e38, 3.5e38, 1e100, 1e300, 1.7976931348623157e308, -1e308, -1e-300),
)
TEXTS = (
    *(
        "",
        " ",
        "it's",
        "''",
        "'",
        '"',
        "\\",
        "\\'",
        "ends in \\",
        "\\N",
        "\\.",
        "a\nb",
        "\r\n",
        "\r",
    ),
    *(
        "\t",
        "\x00",
        "a\x00b",
        "\x01",
        "\x1a",
        "\x7f",
        "\x85",
        "\u2028",
        "\ufeff",
        "\ufffe",
        "\ud800",
    ),
    *(
        "\ud83d\ude00",
        "😀",
        "👩‍👩‍👧",
        "é",
        "e\u0301",
        "İ",
        "ß",
        "日本語",
        "עברית",
        "%s",
        "%",
        "$$",
        "$1",
    ),
    *(
        "--",
        "-- x\n",
        "/*",
        "*/",
        "#",
        ":name",
        "?",
        ";",
        "');",
        "'); DROP TABLE t;--",
        "`",
        "null",
    ),
    *("NULL", "true", "0", "1", "-1", "1e5", "00", "NaN", "Infinity", "2024-02-30", "2024-02-29"),
    *("CURRENT_TIMESTAMP", "now()", "current_date", "{}", "[]", '{"a": 1}', '"a"', '"\\u0000"'),
    *("a" * 63, "a" * 64, "a" * 255, "a" * 256, "é" * 300, "x" * 5000, "\n.quit\n", "\n\\! ls\n"),
    *("[" * 40 + "]" * 40, "9" * 30, "-", ".", "trailing  ", " leading", "{0}", "#?#?", "[a-z]"),
)
NAMES = (
    *("select", "order", "group", "user", "table", "index", "from", "values", "default", "check"),
    *(
        "primary",
        "key",
        "references",
        "null",
        "true",
        "case",
        "end",
        "as_of",
        "row_number",
        "count",
    ),
    *("sum", "random", "rowid", "oid", "_rowid_", "ctid", "xmin", "tableoid", "sqlite_master"),
    *("sqlite_x", "pg_class", "pg_x", "id", "ID", "Id", "a b", "a.b", "a-b", "1", "1a", "'", '"'),
    *('a"b', "a'b", "a`b", "`", "a\\b", "[x]", "%s", "$1", "a;b", "--", "/*", "*/", "é", "E\u0301"),
    *(
        "İ",
        "ı",
        "ß",
        "ss",
        "日本",
        "😀",
        "n" * 63,
        "n" * 64,
        "é" * 31,
        "é" * 32,
        " ",
        "a ",
        " a",
        "",
    ),
    *("a\nb", "a\tb", "a\x00b", "\u200b", "\ufeffx", "\ud800", "DB_ROW_ID", "db_trx_id"),
)
DATES = (
    *("0001-01-01", "0001-01-02", "9999-12-31", "9999-12-30", "1970-01-01", "1969-12-31"),
    *("2000-02-29", "1900-02-28", "2024-02-29", "2038-01-19", "2038-01-20", "1582-10-10"),
    *("0000-00-00", "2023-02-29", "10000-01-01", "2024-1-1", "20240101", "2024-W01-1", "now", ""),
    *("2024-02-29T23:59:59", "2024-02-29 23:59:60", "2024-01-01T00:00:00Z", "9999-12-31T23:59:59"),
    *("2024-01-01T00:00:00+14:00", "0001-01-01T00:00:00", "2024-03-10 02:30:00.123456"),
)
TYPES = (
    *("tinyint", "smallint", "int", "bigint", "integer", "int(11)", "tinyint(1)", "bool"),
    *("decimal", "decimal(1,0)", "decimal(1,1)", "decimal(9,4)", "decimal(18,0)", "decimal(18,18)"),
    *("decimal(12,2)", "numeric(5,2)", "float", "real", "double", "double precision", "float(53)"),
    *("varchar(1)", "varchar(2)", "varchar(7)", "varchar(40)", "varchar(255)", "varchar(65535)"),
    *(
        "char",
        "char(1)",
        "char(2)",
        "char(36)",
        "char(255)",
        "text",
        "date",
        "datetime",
        "timestamp",
    ),
    *("timestamptz", "datetime(6)", "timestamp(3)", "boolean", "json", "jsonb", "uuid"),
    "text[]",
    *("enum('a')", "enum('a','b''c')", "enum('','x')", "enum('A','a')", "enum('é','e','\\')"),
)
WRONG_TYPES = (
    *("", "decimal(19,2)", "decimal(2,3)", "decimal(0)", "varchar", "varchar(0)", "varchar(65536)"),
    *("varchar(-1)", "enum()", "enum('a','a')", "enum(a)", "blob", "int unsigned", "geometry"),
    *("decimal(5,2,1)", "text(10)", "timestamp with time zone", "VARCHAR(10)", " int ", "int["),
    *("char(65535)", "float(99)", "int(0)", "enum('\x00')", "character varying(9)", "date(3)"),
)
ANYTHING: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    0.5,
    "",
    "a",
    [],
    {},
    [[]],
    [None],
    {"": 0},
)


def text(draw: Draw) -> str:
    """Return one of the odd texts, or two of them together."""
    first = draw.among(TEXTS)
    return first + draw.among(TEXTS) if draw.chance(0.1) else first


def number(draw: Draw) -> int | float:
    return draw.among(INTEGERS) if draw.chance(0.6) else draw.among(FLOATS)


def value(draw: Draw) -> Any:
    """Return anything that JSON can hold."""
    kind = draw.whole(0, 3)
    return (text, number, number, _anything)[kind](draw)


def _anything(draw: Draw) -> Any:
    return draw.among(ANYTHING)
