"""
Values of a schema → whether a column that is there holds them.

What differs from row to row is known by bounds and proofs that hold for all rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from shardgen.importing.described import Column, Database
from shardgen.importing.translation.types import imported_type
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.types import FLOAT_BITS, ColumnType, parse_type
from shardgen.tables import values as c
from shardgen.tables.casts import cast, check_fit, is_coarser
from shardgen.tables.list_values import Lists
from shardgen.tables.rare_values import Bytes, Times
from shardgen.tables.text_lengths import LongestText, longest, max_length, utf8_bytes

if TYPE_CHECKING:
    from shardgen.output.sql.dialect import Dialect

_MYSQL_BYTES = {"tinytext": 255, "text": 65_535, "tinyblob": 255, "blob": 65_535}
"""Most bytes of types whose names the format does not tell apart."""
_DIGITS_OF_BITS = {24: 6, 53: 15}
"""Decimal digits that a float keeps, by its bits."""
_NUMERIC = ("integer", "decimal", "float")
_NUMBERS_OF_SQLITE = ("int", "real", "floa", "doub", "dec", "num", "money")
_ODD_PAIRS = {("boolean", family) for family in _NUMERIC} | {("integer", "boolean")}
"""Families of which PostgreSQL takes no literal for the other, though numbers could say them."""


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """
    How the values of a column stand to a column that is there.

    `refused` says which of them it does not hold, "" where it holds all. Where it `is_other`, it
    has another type than the schema's; `unproven` says why it is not known whether they fit.
    """

    refused: str = ""
    unproven: str = ""
    is_other: bool = False


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """
    A column of the schema and the one that is there for it.

    `written` is the type that the dialect writes for the schema's column. `is_strict` says whether
    the table checks types, as all do but those of SQLite.
    """

    table: CatalogTable
    column: CatalogColumn
    written: str
    there: Column
    is_strict: bool


def fit(values: c.ColumnValues, pair: Pair, dialect: Dialect, database: Database) -> Fit:
    """Return how values, with bounds that hold for all rows, stand to the column that is there."""
    column, there, written = pair.column, pair.there, pair.written
    ours, theirs = imported_type(written, database), imported_type(there.type, database)
    if column.sql_type.given or theirs.is_unknown:
        same = " ".join(column.sql_type.given.lower().split()) == there.type.lower()
        return Fit() if same else Fit(unproven=f"its type is {there.type}", is_other=True)
    if theirs.low == 0 and ours.low != 0 and _lowest(values) < 0:
        return Fit(refused=f"there are numbers such as {_lowest(values)}", is_other=True)
    holds = _parsed(theirs.stands_for or theirs.type, there.type, dialect)
    if holds is None:
        return Fit(unproven=f"its type is {there.type}", is_other=True)
    is_json = written == "json" and there.type.lower() == "longtext"  # so MariaDB calls it
    if is_json or holds == _parsed(ours.stands_for or ours.type, written, dialect):
        small = _too_many_bytes(values, there.type) if dialect.name == "mysql" else ""
        return Fit(refused=small, is_other=bool(small))
    if dialect.name == "sqlite" and not pair.is_strict:
        return Fit(refused=_changed_by_sqlite(values, column.sql_type, there.type), is_other=True)
    return Fit(refused=_refused(values, pair, holds, dialect), is_other=True)


def _parsed(text: str, written: str, dialect: Dialect) -> ColumnType | None:
    """Return the type of the format; MySQL's tinyint(1) holds numbers too."""
    word = written.lower()
    if dialect.name == "mysql" and word.startswith(("tinyint(1)", "bool")):
        return ColumnType("tinyint unsigned" if "unsigned" in word else "tinyint")
    try:
        kind = parse_type(text)
    except ValueError:
        return None
    return msgspec.structs.replace(kind, enum_name="", is_unlimited=False)


def _refused(values: c.ColumnValues, pair: Pair, holds: ColumnType, dialect: Dialect) -> str:
    """Return what a type does not hold of the values, "" where it holds all."""
    column, shown = pair.column, pair.there.type
    ours = column.sql_type
    if dialect.name == "postgres" and (ours.family, holds.family) in _ODD_PAIRS:
        return f"the values are {ours.family}, and it is {shown}"
    try:
        made = cast(values, holds)
        check_fit(made, holds)
    except (ValueError, ArithmeticError) as error:
        return _as_clause(str(error))
    if is_coarser(made, values) or _loses_fraction(made, values):
        return f"the values are {ours}, and it keeps fewer digits of them"
    inexact = _inexact(values, ours, holds)
    if inexact:
        return inexact
    small = _too_many_bytes(values, shown) if dialect.name == "mysql" else ""
    stored = msgspec.structs.replace(column, sql_type=holds)
    unsupported = dialect.unsupported_values(pair.table, stored, made)
    return small or ("" if unsupported is None else _as_clause(unsupported[0]))


def _as_clause(text: str) -> str:
    """Return what is said of a generator's values as a clause of its own."""
    return f"the schema {text}" if text.startswith("yields ") else text


def _loses_fraction(made: c.ColumnValues, values: c.ColumnValues) -> bool:
    match made, values:
        case Times(), Times():
            return made.digits < values.digits
    return False


def _inexact(values: c.ColumnValues, ours: ColumnType, holds: ColumnType) -> str:
    """Return why a float would not keep numbers as they are."""
    bits = holds.float_bits
    if bits is None:
        return ""
    if ours.float_bits is not None:
        return "" if ours.float_bits <= bits else f"the values are {ours}, and it keeps {bits} bits"
    match values:
        case c.Integers(low=low, high=high):
            worst = max(abs(low), abs(high))
            return "" if worst <= 1 << bits else f"it keeps no number such as {worst} exactly"
        case c.Decimals(low=low, high=high):
            digits = len(str(max(abs(low), abs(high))))
            most = _DIGITS_OF_BITS[bits]
            return "" if digits <= most else f"the values have {digits} digits, and it keeps {most}"
    return ""


def _too_many_bytes(values: c.ColumnValues, shown: str) -> str:
    """Return why a text or bytes are longer than a type of MySQL that says no length."""
    most = _MYSQL_BYTES.get(shown.lower().partition("(")[0].strip())
    if most is None:
        return ""
    match values:
        case c.Dictionary() | c.Text():
            size = max_length(values)
            size = longest(values, LongestText(utf8_bytes)) if size * 4 > most else size
        case Bytes(digits=digits):
            size = max_length(digits) // 2
        case _:
            return ""
    return "" if size <= most else f"the values have up to {size} bytes, and it holds {most}"


def _changed_by_sqlite(values: c.ColumnValues, ours: ColumnType, shown: str) -> str:
    """
    Return which values SQLite would store otherwise, "" for none.

    It keeps any value under any type, but makes a number of a text that looks like one.
    """
    if isinstance(values, Lists):
        return ""
    word = shown.lower()
    numbers = any(part in word for part in _NUMBERS_OF_SQLITE)
    is_text = isinstance(values, c.Dictionary | c.Text) and ours.family != "json"
    if is_text and numbers and not ("char" in word or "text" in word or "clob" in word):
        return "the values are text, of which it makes numbers where they look like one"
    return ""


def _lowest(values: c.ColumnValues) -> int:
    match values:
        case c.Integers(low=low) | c.Decimals(low=low):
            return low
    return 0


assert set(FLOAT_BITS.values()) == set(_DIGITS_OF_BITS), "each float has its digits"
