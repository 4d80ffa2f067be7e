"""The types that few schemas have: of times of day, intervals, bytes, bits, addresses and more."""

from __future__ import annotations

from typing import Any

from fuzz import odd
from fuzz.drafts import Raw, sql_type
from fuzz.draw import Draw

UNSIGNED = ("tinyint unsigned", "smallint unsigned", "mediumint unsigned", "int(10) unsigned")
TYPES = (
    *("time", "time", "time(3)", "time(6)", "timetz", "interval", "interval", "year", "mediumint"),
    *(*UNSIGNED, "bigint unsigned", "INT UNSIGNED", "serial", "bigserial", "smallserial"),
    *("bytea", "blob", "binary", "binary(16)", "varbinary(5)", "varbinary(40)", "bit", "bit(8)"),
    *("bit(12)", "bit(64)", "bit(70)", "varbit(20)", "bit varying", "inet", "cidr", "macaddr"),
    *("citext", "xml", "tsvector", "point", "int4range", "int8range", "numrange", "daterange"),
    *("tsrange", "tstzrange", "line", "lseg", "box", "path", "polygon", "circle"),
    *("money", "set('a','b','it''s')", "set('x')", "decimal(38,20)", "decimal(30,0)"),
    *("decimal(65,30)", "numeric(19,2)", "timestamp(6)", "datetime(3)", "real", "mediumtext"),
)
"""As a schema writes them; those with digits of their own among them."""

BY_FAMILY: dict[str, tuple[Any, ...]] = {
    "time": ("09:30:00", "00:00:00", "23:59:59", "12:00"),
    "interval": ("26:00:01", "00:00:00", 60, "100:59:59"),
    "bytes": ("00ff", "", "6162", "0a"),
    "bits": (True, False, "1", "0110", "00000000", 5),
}
BY_NAME: dict[str, tuple[Any, ...]] = {
    "year": (1999, 2024, 1901, 2155),
    "inet": ("10.0.0.1", "192.168.0.0/24", "::1", "2001:db8::/32"),
    "cidr": ("10.0.0.0/8", "192.168.1.0/24", "2001:db8::/32", "10.0.0.1/32"),
    "macaddr": ("08:00:2b:01:02:03", "ff:ff:ff:ff:ff:ff"),
    "citext": ("a", "A", "it's", "é"),
    "xml": ("<a/>", "<a>x</a>", '<a b="c"/>', "<é/>"),
    "tsvector": ("'a'", "'b'", "'it'"),
    "point": ("(1,2)", "(-1.5,0)", "(0,0)"),
    "int4range": ("[1,5)", "[-3,2)", "[0,1)"),
    "int8range": ("[1,5)", "[1,5000000000)"),
    "numrange": ("[1.5,2)", "(0,1]", "[0,0.001)"),
    "daterange": ("[2024-01-01,2024-02-29)", "[1999-12-31,2000-01-01)"),
    "tsrange": ('["2024-01-01 00:00:00","2024-01-02 10:00:00")', "empty"),
    "tstzrange": ('["2024-01-01 00:00:00+00",)', '(,"2024-01-02 10:00:00+00")'),
    "line": ("{1,2,3}", "{-1,0,2.5}"),
    "lseg": ("[(1,2),(3,4)]", "[(0,0),(-1,1)]"),
    "box": ("(3,4),(1,2)", "(0.5,1),(0,0)"),
    "path": ("[(1,2),(3,4)]", "((0,0),(1,0),(1,1))"),
    "polygon": ("((0,0),(1,0),(1,1))", "((5,5),(6,6))"),
    "circle": ("<(1,2),3>", "<(0,0),0.5>"),
    "money": (0, 1.25, 99.99, -3, 10**12),
}
"""What fits: to be listed, and to be a default."""

GENERATORS = {
    "time": ("time_between", "time_between", "timestamp_past"),
    "interval": ("int_range", "int_range", "expression", "sequence"),
    "bytes": ("random_bytes", "random_bytes", "uuid", "choice"),
    "bits": ("random_bits", "boolean", "int_range", "choice"),
    "integer": ("int_range", "int_range", "sequence", "expression", "ordinal"),
    "decimal": ("decimal_range", "decimal_range", "int_range", "expression", "sequence"),
    "text": ("spelled", "choice", "expression", "pattern", "email"),
    "timestamp": ("timestamp_between", "timestamp_past", "timestamp_after", "expression"),
    "float": ("float_range", "decimal_range", "expression"),
    "array": ("array", "array", "choice"),
}
"""What usually fills the types of a family, those above."""

KEYS = (
    *("int unsigned", "bigint unsigned", "mediumint", "binary(16)", "varbinary(20)", "inet"),
    *("macaddr", "cidr", "time", "interval", "bit(12)", "varbit(20)", "decimal(30,0)", "citext"),
    *("smallint unsigned", "serial", "bigserial", "int8range", "timestamp(6)", "tsvector", "money"),
)
"""Of keys; of most of them a database makes one."""

STANDING = ("national character varying(200)", "NATIONAL CHARACTER VARYING(255)")
"""Types that every database has and the format does not."""


def listed(draw: Draw, kind: str) -> list[Any]:
    """Return values to choose from that fit a type, or odd ones; none for the usual types."""
    of = sql_type(kind)
    if of.name == "set":
        some = [",".join(of.values[:n]) for n in range(len(of.values) + 1)]
    else:
        some = [*BY_NAME.get(of.name, BY_FAMILY.get(of.family, ()))]
    if draw.odd() and some:
        some.append(odd.value(draw))
    return draw.sample(some, 3) if some else []


def default(draw: Draw, kind: str) -> Any:
    """Return a DEFAULT that fits a type; None for the usual ones."""
    values = listed(draw, kind)
    return draw.among(values) if values else None


def generator(draw: Draw, kind: str) -> str | None:
    """Return what mostly fills a type; None leaves it to the type."""
    of = sql_type(kind)
    if draw.chance(0.35):
        return None
    if draw.chance(0.3) and listed(draw, kind):
        return draw.among(["choice", "weighted"])
    if of.name == "set":
        return "choice"
    return draw.among(GENERATORS[of.family])


def own_type(draw: Draw, facts: Raw) -> Raw:
    """Return what makes a column's type one of the database's own, where it can be; rarely."""
    of = sql_type(facts["type"])
    if of.name == "enum" and draw.chance(0.25):
        name = odd.text(draw) if draw.odd() else draw.among(["mood", "t0", "Mood", "its size"])
        return {"enum_name": name}
    if of.name in ("varchar", "text") and draw.chance(0.03):
        return {"type": draw.among(STANDING), "as": facts["type"]}
    return {}
