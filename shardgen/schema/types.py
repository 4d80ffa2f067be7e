"""
SQL column types: the text `decimal(12,2)` as what values fit in it.

Dialects translate these into their own type names; generators ask them for bounds.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from shardgen.errors import shown

INTEGER_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}
UNSIGNED = tuple(f"{name} unsigned" for name in INTEGER_BITS)
YEARS = 1901, 2155  # that a year of MySQL's holds
FLOAT_BITS = {"float": 24, "double": 53}
ALIASES = {
    "integer": "int",
    "bool": "boolean",
    "numeric": "decimal",
    "real": "float",
    "double precision": "double",
    "timestamptz": "timestamp",
    "timestamp with time zone": "timestamp",
    "timestamp without time zone": "datetime",
    "character varying": "varchar",
    "character": "char",
    "smallserial": "smallint",
    "serial": "int",
    "bigserial": "bigint",
    "serial2": "smallint",
    "serial4": "int",
    "serial8": "bigint",
    "int2": "smallint",
    "int4": "int",
    "int8": "bigint",
    "float4": "float",
    "float8": "double",
    "bit varying": "varbit",
    "time without time zone": "time",
    "time with time zone": "timetz",
    "bytea": "blob",
    "tinyblob": "blob",
    "mediumblob": "blob",
    "longblob": "blob",
    "tinytext": "text",
    "mediumtext": "text",
    "longtext": "text",
    "dec": "decimal",
    "binary varying": "varbinary",
}
SERIALS = ("smallserial", "serial", "bigserial", "serial2", "serial4", "serial8")
USUAL_NAMES = (
    "tinyint", "smallint", "int", "bigint",
    "decimal", "float", "double", "varchar", "char", "text", "date", "datetime", "timestamp",
    "boolean", "json", "jsonb", "uuid", "enum",
)  # fmt: skip
SPELLED = {
    "inet": 43, "cidr": 43, "macaddr": 17, "citext": None, "xml": None, "tsvector": None,
    "point": 64, "int4range": 32, "int8range": 48, "numrange": 48, "daterange": 32,
    "tsrange": 48, "tstzrange": 56, "line": 96, "lseg": 128, "box": 128, "path": None,
    "polygon": None, "circle": 96,
}  # fmt: skip
"""Types of PostgreSQL whose values are texts of a form, and the most letters of one."""
NAMES = (
    *USUAL_NAMES, *SPELLED, "money", "set", "mediumint", *UNSIGNED, "year", "time", "timetz",
    "interval", "bit", "varbit", "blob", "binary", "varbinary",
)  # fmt: skip

_FORM = re.compile(
    r"\s*([a-z]\w*(?:\s+[a-z]+)*)\s*(?:\((.*)\))?((?:\s+[a-z]+)*)\s*", re.IGNORECASE | re.DOTALL
)
_STRING = re.compile(r"\s*'((?:[^']|'')*)'\s*(,|$)", re.DOTALL)
_NUMBER = re.compile(r"\s*[0-9]{1,9}\s*")
_MAX_PRECISION = 1000  # of PostgreSQL; beyond 18 digits units are no int64, but Python's own
_UNSAID_PRECISION = 18
_DEFAULT_DECIMAL = (10, 2)
_ARRAY = re.compile(
    r"(.+?)((?:\s*\[\s*[0-9]*\s*\])+|\s+array(?:\s*\[\s*[0-9]+\s*\])?)\s*",
    re.IGNORECASE | re.DOTALL,
)
_MOST_DIMENSIONS = 6  # of PostgreSQL
_SET_LABELS = 64  # that MySQL has
_MAX_VARCHAR = 65_535
_MONEY_DIGITS = 16  # that PostgreSQL's and decimal(16,2) hold
_MAX_FRACTION = 6  # digits of a second that databases keep
_WITH_FRACTION = ("datetime", "timestamp", "time", "timetz")
_SINGLE, _DOUBLE = 24, 53  # bits of a float's significand, as SQL counts them


class ColumnType(msgspec.Struct, frozen=True):
    """
    A parsed column type.

    `length` is in characters (varchar, char), bytes (binary, varbinary) or bits (bit, varbit); a
    text has one where a value may be long: the most bytes. `precision` and `scale` are in decimal
    digits (decimal; of times `precision` is the digits of a second's fraction that were asked for),
    `values` the labels of an enum in their order. An enum with an `enum_name` is a type of its own
    in PostgreSQL. What is `given` is a type that only the database knows, written as it is. An
    array has the type of its `element`, which is an array too where it has several dimensions. A
    decimal that says no digits `is_unlimited` in PostgreSQL, and has values of the usual digits.
    """

    name: str
    length: int | None = None
    precision: int | None = None
    scale: int = 0
    values: tuple[str, ...] = ()
    enum_name: str = ""
    given: str = ""
    element: ColumnType | None = None
    is_unlimited: bool = False

    def __str__(self) -> str:
        """The type as a schema writes it."""
        if self.element is not None:
            return f"{self.element}[]"
        if self.name in SPELLED or self.name == "money":
            return self.name
        if self.name == "decimal":
            return f"decimal({self.precision},{self.scale})"
        if self.values:
            return (
                f"{self.name}("
                + ",".join("'" + v.replace("'", "''") + "'" for v in self.values)
                + ")"
            )
        argument = self.precision if self.length is None else self.length
        return self.name if argument is None else f"{self.name}({argument})"

    @property
    def family(self) -> str:
        """
        What its values are.

        integer, decimal, float, text, date, timestamp, time, interval, boolean, bits, bytes, json,
        uuid, enum or array.
        """
        return _FAMILIES.get(self.name, self.name)

    @property
    def scalar(self) -> ColumnType:
        """The type of a single value: that of an array's elements, else itself."""
        return self if self.element is None else self.element.scalar

    def with_scalar(self, scalar: ColumnType) -> ColumnType:
        """Return the same type of other single values."""
        if self.element is None:
            return scalar
        return msgspec.structs.replace(self, element=self.element.with_scalar(scalar))

    @property
    def integer_bounds(self) -> tuple[int, int]:
        """Least and greatest value of an integer type."""
        if self.name == "year":
            return YEARS
        name, _, unsigned = self.name.partition(" ")
        if unsigned:
            return 0, (1 << INTEGER_BITS[name]) - 1
        half = 1 << (INTEGER_BITS[name] - 1)
        return -half, half - 1

    @property
    def unit_bounds(self) -> tuple[int, int]:
        """Least and greatest number of 10^-scale units a decimal type holds."""
        most: int = 10 ** (self.precision or _UNSAID_PRECISION) - 1
        return -most, most

    @property
    def float_bits(self) -> int | None:
        """Bits in which databases keep a number of a float type; None for all other types."""
        return FLOAT_BITS.get(self.name)

    @property
    def max_length(self) -> int | None:
        """Most characters a text type holds; None when it has no limit."""
        if self.family == "enum":
            return max(map(len, self.values))
        return None if self.family in ("bits", "bytes") else self.length


_FAMILIES = {
    **dict.fromkeys((*INTEGER_BITS, *UNSIGNED, "year"), "integer"),
    "double": "float",
    **dict.fromkeys(SPELLED, "text"),
    "set": "text",
    "money": "decimal",
    "varchar": "text",
    "char": "text",
    "datetime": "timestamp",
    "jsonb": "json",
    "timetz": "time",
    "bit": "bits",
    "varbit": "bits",
    **dict.fromkeys(("blob", "binary", "varbinary"), "bytes"),
}


@lru_cache(4096)  # databases have few types, and many columns
def is_type(text: str) -> bool:
    """Return whether `parse_type` reads a type."""
    try:
        parse_type(text)
    except ValueError:
        return False
    return True


def parse_type(text: str) -> ColumnType:
    """Parse a type such as `varchar(100)`; ValueError names what is wrong with it."""
    array = _ARRAY.fullmatch(text)
    if array is not None:
        return _array(array[1], array[2].count("[") or 1, text)
    match = _FORM.fullmatch(text)
    if match is None:
        msg = f"cannot read type {shown(text)}"
        raise ValueError(msg)
    word, arguments = _word(match), match[2]
    name = ALIASES.get(word, word)
    if name not in NAMES:
        msg = f"unknown type {shown(word)}"
        raise ValueError(msg)
    if name in ("enum", "set"):
        return ColumnType(name, values=_enum_values(arguments, text, name))
    if arguments is None and name in (*SPELLED, "money"):
        return _own_type(name)
    return _numbered(name, word, _numbers(arguments, text), text)


def _array(element: str, dimensions: int, text: str) -> ColumnType:
    """Return an array; those of all numbers of dimensions are one type to PostgreSQL."""
    if dimensions > _MOST_DIMENSIONS:
        what = f"{dimensions} dimensions, and PostgreSQL's arrays have {_MOST_DIMENSIONS}"
        msg = f"type {shown(text)} has {what}"
        raise ValueError(msg)
    kind = parse_type(element)
    if is_serial(element) or kind.name == "set":
        msg = f"type {shown(text)} is an array of a type that only columns have"
        raise ValueError(msg)
    for _ in range(dimensions):
        kind = ColumnType("array", element=kind)
    return kind


def _own_type(name: str) -> ColumnType:
    """Return a type of PostgreSQL's own that takes no arguments."""
    if name == "money":
        return ColumnType(name, precision=_MONEY_DIGITS, scale=2)
    return ColumnType(name, length=SPELLED[name])


def _numbered(name: str, word: str, numbers: list[int], text: str) -> ColumnType:
    """Return a type with whole numbers as its arguments, or without any."""
    if name == "decimal":
        return _decimal(numbers, text)
    if name in _LENGTHS:
        return ColumnType(name, length=_length(name, numbers, text))
    if numbers and name in _WITH_FRACTION:
        return ColumnType(name, precision=_fraction(name, numbers, text))
    if numbers and name in ("float", "double"):
        return ColumnType(_float(name, numbers, text))
    if numbers and name not in (*INTEGER_BITS, *UNSIGNED, "year", "blob", "text"):
        msg = f"type {name!r} takes no arguments, got {shown(text)}"
        raise ValueError(msg)
    is_boolean = word == "tinyint" and numbers == [1]  # MySQL's own spelling of it
    return ColumnType("boolean" if is_boolean else name)


def _word(match: re.Match[str]) -> str:
    """Return a type's name without its arguments: those of numbers may say `unsigned` after it."""
    words = f"{match[1]} {match[3]}".lower().split()
    first = ALIASES.get(words[0], words[0])
    if first in INTEGER_BITS and set(words[1:]) <= {"signed", "unsigned", "zerofill"}:
        unsigned = "unsigned" in words or "zerofill" in words  # in MySQL, zeros mean no sign
        return f"{first} unsigned" if unsigned else words[0]
    return " ".join(words)


def is_serial(text: str) -> bool:
    """Return whether a type is one of PostgreSQL's that count: serial, bigserial, smallserial."""
    return text.strip().lower() in SERIALS


def _numbers(arguments: str | None, text: str) -> list[int]:
    if arguments is None:
        return []
    numbers = arguments.split(",")
    if not all(_NUMBER.fullmatch(number) for number in numbers):
        msg = f"the arguments of type {shown(text)} are not whole numbers"
        raise ValueError(msg)
    return [int(number) for number in numbers]


def _decimal(numbers: list[int], text: str) -> ColumnType:
    precision, scale = [*numbers, 0][:2] if numbers else _DEFAULT_DECIMAL
    if len(numbers) > 2 or not 1 <= precision <= _MAX_PRECISION or scale > precision:
        msg = f"type {shown(text)} is not decimal(p,s) with 1 <= p <= {_MAX_PRECISION} and s <= p"
        raise ValueError(msg)
    return ColumnType("decimal", precision=precision, scale=scale, is_unlimited=not numbers)


_LENGTHS = {"varchar": None, "char": 1, "bit": 1, "varbit": 64, "binary": 1, "varbinary": 255}
"""Types with a length, and the one that they have where none is said; None where one must be."""


def _length(name: str, numbers: list[int], text: str) -> int:
    unsaid = _LENGTHS[name]
    if not numbers and unsaid is not None:
        return unsaid
    if len(numbers) != 1 or not 1 <= numbers[0] <= _MAX_VARCHAR:
        msg = f"type {shown(text)} is not {name}(n) with 1 <= n <= {_MAX_VARCHAR}"
        raise ValueError(msg)
    return numbers[0]


def _fraction(name: str, numbers: list[int], text: str) -> int:
    if len(numbers) != 1 or numbers[0] > _MAX_FRACTION:
        msg = f"type {shown(text)} is not {name}(p) with 0 <= p <= {_MAX_FRACTION}"
        raise ValueError(msg)
    return numbers[0]


def _float(name: str, numbers: list[int], text: str) -> str:
    """Return the type that holds that many bits: double beyond 24, as PostgreSQL and MySQL do."""
    if len(numbers) == 2 or name == "double":
        if len(numbers) > 2:
            msg = f"type {shown(text)} is not {name}(m,d)"
            raise ValueError(msg)
        return name
    if len(numbers) != 1 or not 1 <= numbers[0] <= _DOUBLE:
        msg = f"type {shown(text)} is not float(p) with 1 <= p <= {_DOUBLE}"
        raise ValueError(msg)
    return "float" if numbers[0] <= _SINGLE else "double"


def dropped_arguments(text: str) -> str:
    """
    Return the arguments of a type, such as `(10,2)`, that it does not keep; "" where it keeps all.

    Those of an integer are the width of its display, and say nothing of what is stored.
    """
    kind, match = parse_type(text), _FORM.fullmatch(text)
    assert match is not None, "or it could not be parsed"
    arguments = match[2]
    if arguments is None or kind.family != "float":
        return ""
    is_kept = "," not in arguments and not match[1].lower().startswith("double")
    return "" if is_kept else f"({arguments})"


def _enum_values(arguments: str | None, text: str, name: str) -> tuple[str, ...]:
    values: list[str] = []
    position = 0
    arguments = arguments or ""
    while match := _STRING.match(arguments, position):
        values.append(match[1].replace("''", "'"))
        position = match.end()
        if match[2] != ",":
            break
    if not values or position != len(arguments) or match is None:
        msg = f"type {shown(text)} is not {name}('a','b',…)"
        raise ValueError(msg)
    if not any(values):
        msg = f"type {shown(text)} has no value with a letter in it"
        raise ValueError(msg)
    if "\0" in text:
        msg = f"type {shown(text)} has a NUL character, which no database stores"
        raise ValueError(msg)
    if name == "set" and (len(values) > _SET_LABELS or any("," in v or not v for v in values)):
        msg = f"type {shown(text)} has an empty label, a comma in one, or more than {_SET_LABELS}"
        raise ValueError(msg)
    if len(set(values)) < len(values):
        msg = f"type {shown(text)} names a value twice"
        raise ValueError(msg)
    return tuple(values)
