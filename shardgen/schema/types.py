"""
SQL column types: the text `decimal(12,2)` as what values fit in it.

Dialects translate these into their own type names; generators ask them for bounds.
"""

from __future__ import annotations

import re

import msgspec

from shardgen.errors import shown

INTEGER_BITS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}
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
}
NAMES = (
    *INTEGER_BITS,
    "decimal", "float", "double", "varchar", "char", "text", "date", "datetime", "timestamp",
    "boolean", "json", "jsonb", "uuid", "enum",
)  # fmt: skip

_FORM = re.compile(r"\s*([a-z]\w*(?:\s+[a-z]+)*)\s*(?:\((.*)\))?\s*", re.IGNORECASE | re.DOTALL)
_STRING = re.compile(r"\s*'((?:[^']|'')*)'\s*(,|$)", re.DOTALL)
_NUMBER = re.compile(r"\s*[0-9]{1,9}\s*")
_MAX_PRECISION = 18  # a decimal is an int64 of units: 18 digits always fit
_DEFAULT_DECIMAL = (10, 2)
_MAX_VARCHAR = 65_535
_MAX_FRACTION = 6  # digits of a second that databases keep
_SINGLE, _DOUBLE = 24, 53  # bits of a float's significand, as SQL counts them


class ColumnType(msgspec.Struct, frozen=True):
    """
    A parsed column type.

    `length` is in characters (varchar, char); a text has one where a value may be long: the most
    bytes. `precision` and `scale` are in decimal digits (decimal; of a timestamp or datetime
    `precision` is the digits of a second's fraction that were asked for), `values` the labels of
    an enum in their order.
    """

    name: str
    length: int | None = None
    precision: int | None = None
    scale: int = 0
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The type as a schema writes it."""
        if self.name == "decimal":
            return f"decimal({self.precision},{self.scale})"
        if self.values:
            return "enum(" + ",".join("'" + v.replace("'", "''") + "'" for v in self.values) + ")"
        argument = self.precision if self.length is None else self.length
        return self.name if argument is None else f"{self.name}({argument})"

    @property
    def family(self) -> str:
        """integer, decimal, float, text, date, timestamp, boolean, json, uuid or enum."""
        return _FAMILIES.get(self.name, self.name)

    @property
    def integer_bounds(self) -> tuple[int, int]:
        """Least and greatest value of an integer type."""
        half = 1 << (INTEGER_BITS[self.name] - 1)
        return -half, half - 1

    @property
    def unit_bounds(self) -> tuple[int, int]:
        """Least and greatest number of 10^-scale units a decimal type holds."""
        most = 10 ** (self.precision or _MAX_PRECISION) - 1
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
        return self.length


_FAMILIES = {
    **dict.fromkeys(INTEGER_BITS, "integer"),
    "double": "float",
    "varchar": "text",
    "char": "text",
    "datetime": "timestamp",
    "jsonb": "json",
}


def parse_type(text: str) -> ColumnType:
    """Parse a type such as `varchar(100)`; ValueError names what is wrong with it."""
    match = _FORM.fullmatch(text)
    if match is None:
        msg = f"cannot read type {shown(text)}"
        raise ValueError(msg)
    word, arguments = " ".join(match[1].lower().split()), match[2]
    name = ALIASES.get(word, word)
    if name not in NAMES:
        msg = f"unknown type {shown(word)}"
        raise ValueError(msg)
    if name == "enum":
        return ColumnType(name, values=_enum_values(arguments, text))
    numbers = _numbers(arguments, text)
    if name == "decimal":
        return _decimal(numbers, text)
    if name in ("varchar", "char"):
        return ColumnType(name, length=_length(name, numbers, text))
    if numbers and name in ("datetime", "timestamp"):
        return ColumnType(name, precision=_fraction(name, numbers, text))
    if numbers and name in ("float", "double"):
        return ColumnType(_float(name, numbers, text))
    if numbers and name not in INTEGER_BITS:
        msg = f"type {name!r} takes no arguments, got {shown(text)}"
        raise ValueError(msg)
    is_boolean = word == "tinyint" and numbers == [1]  # MySQL's own spelling of it
    return ColumnType("boolean" if is_boolean else name)


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
    return ColumnType("decimal", precision=precision, scale=scale)


def _length(name: str, numbers: list[int], text: str) -> int:
    if not numbers and name == "char":
        return 1
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


def _enum_values(arguments: str | None, text: str) -> tuple[str, ...]:
    values: list[str] = []
    position = 0
    arguments = arguments or ""
    while match := _STRING.match(arguments, position):
        values.append(match[1].replace("''", "'"))
        position = match.end()
        if match[2] != ",":
            break
    if not values or position != len(arguments) or match is None:
        msg = f"type {shown(text)} is not enum('a','b',…)"
        raise ValueError(msg)
    if not any(values):
        msg = f"type {shown(text)} has no value with a letter in it"
        raise ValueError(msg)
    if "\0" in text:
        msg = f"type {shown(text)} has a NUL character, which no database stores"
        raise ValueError(msg)
    if len(set(values)) < len(values):
        msg = f"type {shown(text)} names a value twice"
        raise ValueError(msg)
    return tuple(values)
