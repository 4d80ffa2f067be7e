"""A type as a database writes it → the type of the format that holds the same values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar

import msgspec

from shardgen.importing.described import Check, Composite, Database, Domain, Enum
from shardgen.schema.databases import DatabaseName
from shardgen.schema.types import is_type, parse_type

_MOST_DOMAINS = 50
"""Domains over domains: no database lets one lead back to itself, a file may."""


class ImportedType(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a column's type becomes.

    `stands_for` is set where the format does not know the type: the type whose values it takes.
    `generator` and `parameters` then make one that the database reads. `checks` are those of its
    domains, `low` is 0 for numbers without a sign. `note` says what the format does not keep, and
    with `is_unknown` no value for it is known.
    """

    type: str
    stands_for: str | None = None
    enum_name: str | None = None
    generator: str | None = None
    parameters: Mapping[str, object] = {}
    checks: tuple[Check, ...] = ()
    nullable: bool = True
    low: int | None = None
    note: str = ""
    is_unknown: bool = False


class Stand(NamedTuple):
    """The type whose values an unknown one takes, and what makes some that the database reads."""

    stands_for: str
    generator: str | None = None
    parameters: Mapping[str, object] = {}


_WORDS: dict[str, dict[str, Stand]] = {
    "postgres": {
        "name": Stand("varchar(63)"),
        "oid": Stand("int unsigned"),
        "xid": Stand("int", "int_range", {"min": 3, "max": 2_000_000_000}),
        '"char"': Stand("char(1)", "pattern", {"pattern": "?"}),
        "hstore": Stand("text", "pattern", {"pattern": "key=>#"}),
        "ltree": Stand("varchar(200)", "pattern", {"pattern": "Top.???"}),
        "jsonpath": Stand("text", "constant", {"value": "$"}),
        "tsquery": Stand("text", "word"),
        "macaddr8": Stand("text", "pattern", {"pattern": "08:00:2b:01:02:03:##:##"}),
        "pg_lsn": Stand("text", "pattern", {"pattern": "#/#######"}),
        "txid_snapshot": Stand("text", "constant", {"value": "1:1:"}),
        "regclass": Stand("text", "constant", {"value": "pg_class"}),
        "regproc": Stand("text", "constant", {"value": "now"}),
        "regtype": Stand("text", "constant", {"value": "integer"}),
        "geometry": Stand("text", "pattern", {"pattern": "POINT(1#.## 4#.##)"}),
        "geography": Stand("text", "pattern", {"pattern": "POINT(1#.## 4#.##)"}),
    },
    "mysql": {},
    "sqlite": {},
}  # fmt: skip
"""Types that the format does not know, by database and name."""
_SAME = {
    "postgres": {
        "bpchar": "text",
        "character varying": "text",
        "varchar": "text",
        "timestamp": "datetime",
        "numeric": "decimal(18,6)",
        "decimal": "decimal(18,6)",
    },
    "mysql": {
        "serial": "bigint unsigned",
        "decimal": "decimal(10,0)",
        "numeric": "decimal(10,0)",
        "dec": "decimal(10,0)",
        "fixed": "decimal(10,0)",
        "real": "double",
        "nvarchar": "varchar(255)",
        "bool": "tinyint(1)",
        "uuid": "char(36)",
        "inet6": "varchar(39)",
        "inet4": "varchar(15)",
    },
    "sqlite": {},
}
"""Types without arguments that mean more or less than the same word of the format."""
_AFFINITIES = (
    (("bool",), "boolean"),
    (("datetime", "timestamp"), "datetime"),
    (("date",), "date"),
    (("time",), "time"),
    (("unsigned big int", "bigint", "int8"), "bigint"),
    (("int",), "bigint"),
    (("char", "clob", "text", "string"), "text"),
    (("json",), "json"),
    (("uuid", "guid"), "uuid"),
    (("blob", "binary"), "blob"),
    (("real", "floa", "doub"), "double"),
    (("dec", "num", "money", "currency"), "decimal(12,2)"),
)
"""What SQLite's own words hold, the first match: it stores any value under any type."""
_LENGTH = re.compile(r"n?(?:var|native |national )?char(?:acter)?(?: varying)?2?\s*\((\d+)\)")
_ARRAY = re.compile(r"(.+?)((?:\s*\[\s*\d*\s*\])+)", re.DOTALL)
_FLOAT_OF_DIGITS = re.compile(r"(?:float|double|double precision|real)\s*\((\d+),\s*(\d+)\)")
Named = TypeVar("Named", Domain, Enum, Composite)
_MOST_KEPT = 4096  # words for types, of which a database has few
_MOST_CHARACTERS = 65_535  # of a varchar of the format
_GEOMETRY = re.compile(
    r"(?:geometry|geometrycollection|(?:multi)?(?:point|linestring|polygon))\b", re.IGNORECASE
)
_UNSIGNED = re.compile(r"\b(unsigned|zerofill)\b")


def imported_type(text: str, database: Database) -> ImportedType:
    """Return what the type of a column becomes."""
    checks: list[Check] = []
    nullable, note = True, ""
    for _ in range(_MOST_DOMAINS):
        domain = _named(text, database.domains)
        if domain is None:
            break
        checks += domain.checks
        nullable = nullable and domain.nullable
        note = f"the domain {domain.name} is written as {domain.type}"
        text = domain.type
    array = _ARRAY.fullmatch(text) if database.dialect == "postgres" else None
    found = _array(array[1], array[2], database) if array else _plain(text, database)
    return msgspec.structs.replace(
        found, checks=tuple(checks), nullable=nullable, note=note or found.note
    )


def _array(element: str, brackets: str, database: Database) -> ImportedType:
    """
    Return what an array becomes: one of what its elements become, where the format has it.

    Of other elements, and of those of a domain with conditions, there are none in it.
    """
    inner = imported_type(element, database)
    written = f"{inner.type}{brackets}"
    if inner.stands_for is None and not inner.checks and inner.nullable and is_type(written):
        return ImportedType(type=written, enum_name=inner.enum_name, note=inner.note)
    return ImportedType(
        type=f"{element}{brackets}", stands_for="text", generator="constant",
        parameters={"value": "{}"}, note="its arrays are empty",
    )  # fmt: skip


def _plain(text: str, database: Database) -> ImportedType:
    enum = _named(text, database.enums)
    if enum is not None:
        labels = ",".join("'" + label.replace("'", "''") + "'" for label in enum.labels)
        return ImportedType(type=f"enum({labels})", enum_name=enum.name.name)
    composite = _named(text, database.composites)
    if composite is not None:
        nulls = f"({',' * (len(composite.fields) - 1)})"
        return ImportedType(
            type=text, stands_for="text", generator="constant", parameters={"value": nulls},
            note=f"the fields of its rows {composite.name} are null",
        )  # fmt: skip
    kind = " ".join(text.split())
    dialect = database.dialect
    if dialect == "sqlite":
        return _of_sqlite(kind)
    word = kind.lower()
    known = _SAME[dialect].get(word, kind)
    if (match := _LENGTH.fullmatch(word)) and int(match[1]) > _MOST_CHARACTERS:
        known = "text"
    if dialect == "mysql":
        known, low = _of_mysql(known)
        if low is not None and is_type(known):
            return ImportedType(type=_spelled(known), low=low)
    if is_type(known) and not (dialect == "mysql" and _GEOMETRY.match(kind)):
        return ImportedType(type=_spelled(known))
    return _unknown(kind, dialect)


@lru_cache(_MOST_KEPT)
def _spelled(text: str) -> str:
    """Return a known type in the format's own words, where these say as much."""
    usual = str(parse_type(text))
    return usual if is_type(usual) and parse_type(usual) == parse_type(text) else text


def _named(text: str, types: tuple[Named, ...]) -> Named | None:
    """Return the type of that name, with or without its schema."""
    bare = text.replace('"', "")
    return next((each for each in types if bare in (str(each.name), each.name.name)), None)


def _of_mysql(text: str) -> tuple[str, int | None]:
    """Return a type in words that the format has, and the bound that some of them are."""
    lowered = text.lower()
    if match := _FLOAT_OF_DIGITS.match(lowered):
        text = lowered = f"decimal({match[1]},{match[2]}){lowered[match.end() :]}"
    if not _UNSIGNED.search(lowered) or "int" in lowered or lowered.startswith(("enum", "set")):
        return text, None
    return _UNSIGNED.sub("", lowered).strip(), 0


def _of_sqlite(text: str) -> ImportedType:
    word = text.lower()
    if not word:
        return ImportedType(type="text", note="a column without a type holds texts")
    base = word.partition("(")[0].strip()
    if base in ("integer", "int", "tinyint", "smallint", "mediumint"):
        return ImportedType(type="bigint" if base == "integer" else base)
    if match := _LENGTH.fullmatch(word):
        return ImportedType(type=_text_of(int(match[1])))
    if base not in ("timestamp", "varchar", "char", "float") and is_type(text):
        return ImportedType(type=_spelled(text))
    for parts, kind in _AFFINITIES:
        if any(part in word for part in parts):
            return ImportedType(type=kind)
    return ImportedType(type="decimal(12,2)", note=f"{text!r} holds numbers, as SQLite takes it")


def _text_of(length: int) -> str:
    """Return the type of texts up to a length, which may be more than the format counts."""
    return f"varchar({length})" if 0 < length <= _MOST_CHARACTERS else "text"


def _unknown(text: str, dialect: DatabaseName) -> ImportedType:
    """Return a type that only the database knows."""
    bare = text.replace('"', "") if text != '"char"' else text
    base = bare.partition("(")[0].strip().rpartition(".")[2].lower()
    found = _WORDS[dialect].get(base)
    if found is None:
        return ImportedType(
            type=text, stands_for=None if is_type(text) else "text",
            note=f"no value of the type {text} is known",
            is_unknown=True,
        )  # fmt: skip
    return ImportedType(
        type=text,
        stands_for=found.stands_for,
        generator=found.generator,
        parameters=found.parameters,
    )
