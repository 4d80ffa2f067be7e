"""Fields of lists: what stands around the elements of an array, and between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.output.text.kinds import Branch, ConstantText, Field
from shardgen.tables.values import ColumnValues, Decimals

if TYPE_CHECKING:
    from shardgen.tables.list_values import Lists

_EXACT_UNITS = 10**15  # below it a number of JSON is exact, whatever reads it
_ARRAY_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\""})


class ListSyntax(msgspec.Struct, frozen=True, eq=False):
    """
    How lists are written, before they are escaped as a text of the format.

    Text stands in double quotes, in which `escape` makes it safe; documents and numbers stand as
    they are where the list `is_json`. Bytes are hexadecimal digits after `before_bytes`.
    """

    opening: str
    closing: str
    null: str
    true: str
    false: str
    escape: Callable[[str], str]
    before_bytes: str = ""
    is_json: bool = False


def _escape_json(text: str) -> str:
    import json  # late: few schemas have arrays

    return json.dumps(text, ensure_ascii=False)[1:-1]


JSON_LISTS = ListSyntax("[", "]", "null", "true", "false", _escape_json, is_json=True)
ARRAY_LITERALS = ListSyntax(
    "{", "}", "NULL", "t", "f", lambda text: text.translate(_ARRAY_ESCAPES), "\\x"
)
"""As PostgreSQL reads arrays."""


def list_fields(
    values: Lists, syntax: ListSyntax, lower: Callable[[ColumnValues], list[Field]]
) -> list[Field]:
    """
    Return the fields of lists without quotes; `lower` writes elements.

    Of each position there is a field that stands in the rows that are as long.
    """
    start, lengths = values.offsets[:-1], values.lengths
    fields: list[Field] = [ConstantText(syntax.opening.encode())]
    for place in range(values.most):
        shown = lengths > place
        at = np.where(shown, start + place, 0)
        separator: list[Field] = [ConstantText(b",")] if place else []
        if values.null is not None:
            is_null = values.null[at] & shown
            fields.append(Branch([*separator, ConstantText(syntax.null.encode())], is_null))
            shown &= ~is_null
        fields.append(Branch([*separator, *lower(values.values.take(at))], shown))
    return [*fields, ConstantText(syntax.closing.encode())]


def is_beyond_json(values: ColumnValues) -> bool:
    """Return whether numbers may have more digits than readers of JSON keep."""
    return isinstance(values, Decimals) and max(-values.low, values.high) >= _EXACT_UNITS
