"""What a table of MySQL's takes of the bytes that it has for rows, indexes and definitions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from shardgen.errors import Mistake
from shardgen.output.sql.limits import MYSQL_LIMITS

_TYPE = re.compile(r"(\w+)(?:\((\d+)(?:,(\d+))?\))?")
_WIDTHS = {
    "tinyint": 1, "smallint": 2, "int": 4, "bigint": 8, "float": 4, "double": 8, "date": 3,
    "datetime": 5, "timestamp": 4, "text": 10, "mediumtext": 11, "longtext": 12, "json": 12,
}  # fmt: skip
"""Bytes of a row by type; long texts lie outside it, and it has where."""
_LONG = {"text", "mediumtext", "longtext", "json"}
_OUTSIDE = 41  # bytes that MySQL counts for a value that may lie outside the page; MariaDB 21
_PAGE_ROW = 5 + 6 + 7  # the header of a row, and whose it is: DB_TRX_ID and DB_ROLL_PTR
_DEFINITION = 300  # bytes of a definition beside its columns, with a few to spare
_COLUMN_DEFINITION = 18  # and beside a column's name and labels


class Width(msgspec.Struct, frozen=True):
    """What a column is, as far as its bytes go: `type` is MySQL's, `labels` those of an enum."""

    name: str
    type: str
    labels: tuple[str, ...]
    nullable: bool
    in_primary_key: bool


def beyond_row(where: str, columns: Iterable[Width]) -> Iterator[Mistake]:
    """Yield that a table's rows, or its definition, may have more bytes than there are."""
    columns = [*columns]
    limits = MYSQL_LIMITS
    nulls = -(-sum(column.nullable for column in columns) // 8)
    outer = nulls + sum(map(row_bytes, columns))
    inner = nulls + _PAGE_ROW + sum(map(_page_bytes, columns))
    hint = "use text for long columns, which lies outside the row"
    if limits.row_bytes is not None and outer > limits.row_bytes:
        what = f"a row may have {outer} bytes, and MySQL's have at most {limits.row_bytes}"
        yield Mistake(where, what, hint)
    elif limits.page_row_bytes is not None and inner > limits.page_row_bytes:
        what = f"a row may have {inner} bytes in its page, and InnoDB's have at most "
        hint = "cut the table in two, or use texts of 64 characters and more: they lie outside"
        yield Mistake(where, f"{what}{limits.page_row_bytes}", hint)
    yield from _beyond_definition(where, columns)


def _beyond_definition(where: str, columns: list[Width]) -> Iterator[Mistake]:
    lists = {column.labels for column in columns if column.type.startswith("enum")}
    letters = [len(column.name.encode()) for column in columns]
    letters += (len(label.encode()) + 1 for labels in lists for label in labels)
    size = _DEFINITION + _COLUMN_DEFINITION * len(columns) + sum(letters) + 2 * len(lists)
    limits = MYSQL_LIMITS
    if limits.definition_bytes is not None and size > limits.definition_bytes:
        what = f"the names and labels of the columns take {size} bytes, and MariaDB allows "
        hint = "use shorter names, or varchar for an enum"
        yield Mistake(where, f"{what}{limits.definition_bytes}", hint)
    if limits.enums is not None and len(lists) > limits.enums:
        what = f"the table has {len(lists)} enums of different labels, and MariaDB allows "
        yield Mistake(where, f"{what}{limits.enums}", "use varchar for some")


def row_bytes(column: Width) -> int:
    """Return the most bytes that a column takes of a row, as MySQL itself counts them."""
    word, first, second = _parsed(column.type)
    if word == "decimal":  # nine digits in four bytes, and the rest in half a byte each
        return sum(n // 9 * 4 + -(-(n % 9) // 2) for n in (first - second, second))
    if word in ("char", "varchar"):
        size = first * 4
        return size + (0 if word == "char" else 1 if size < 256 else 2)
    if word == "enum":
        return 1 if len(column.labels) < 256 else 2
    fraction = -(-first // 2) if word in ("datetime", "timestamp") else 0  # digits of a second
    return _WIDTHS[word] + fraction


def _page_bytes(column: Width) -> int:
    """Return the most that InnoDB counts for a column in the page, of MySQL and of MariaDB."""
    word, first, _ = _parsed(column.type)
    if word in _LONG:
        return _OUTSIDE
    if word not in ("char", "varchar"):
        return row_bytes(column)
    size = first * 4
    if size < 256:  # such a text is never moved out
        return size + 1
    return size + 2 if column.in_primary_key else _OUTSIDE


def _parsed(type_name: str) -> tuple[str, int, int]:
    match = _TYPE.match(type_name)
    assert match is not None, "every type begins with its name"
    return match[1], int(match[2] or 0), int(match[3] or 0)
