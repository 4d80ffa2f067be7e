"""
What an index is over: columns, the beginning of texts, expressions of SQL, each with its order.

An element is a text as SQL writes it: `email`, `title(20)`, `created_at desc`, `lower(email)`.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import msgspec

from shardgen.schema.model import Index

_SUFFIX = r"(?P<suffix>(?:\s+[A-Za-z_]\w*)*)"
_COLUMN = re.compile(
    r"\s*(?P<name>[^\s()]+)\s*(?:\(\s*(?P<length>[0-9]{1,5})\s*\))?" + _SUFFIX + r"\s*"
)
_EXPRESSION = re.compile(r"\s*(?P<body>.*\))" + _SUFFIX + r"\s*", re.DOTALL)
_CAST = re.compile(r"::\s*[A-Za-z_]\w*(?:\s+varying)?(?:\(\d+\))?")
_NAME = r"\(*\s*(?:\"(?P<quoted>[^\"]+)\"|`(?P<back>[^`]+)`|(?P<bare>[A-Za-z_]\w*))\s*\)*"
_CASELESS = re.compile(rf"\(*\s*(?:lower|upper)\s*\({_NAME}\s*\)*", re.IGNORECASE)
_FILLED = re.compile(
    rf"\(*\s*coalesce\s*\({_NAME}\s*,\s*(?:-?[0-9.]+|'(?:[^']|'')*')\s*\)*", re.IGNORECASE
)
_ALONE = re.compile(_NAME)
ORDERS = {"asc", "desc"}


class Keyed(msgspec.Struct, frozen=True):
    """
    What of a column makes the values of an expression differ.

    `caseless` where they are its letters without case, `filled` where null is a value.
    """

    column: str
    caseless: bool = False
    filled: bool = False


class IndexElement(msgspec.Struct, frozen=True):
    """
    A column, its first `length` letters, or an expression, and the words after it.

    `keyed` is the column that makes an expression's values differ, None where that is not known.
    """

    column: str = ""
    length: int | None = None
    expression: str = ""
    suffix: str = ""
    keyed: Keyed | None = None

    @property
    def source(self) -> Keyed | None:
        """What makes the element's values differ; None where that is not known."""
        return self.keyed if self.expression else Keyed(self.column)


class CatalogIndex(Index, frozen=True, kw_only=True):
    """
    An index with its elements read.

    `columns` has those that its elements are, or are known to be made of.
    """

    elements: tuple[IndexElement, ...]

    @property
    def is_over_columns(self) -> bool:
        """Whether it is one over whole columns alone, of all rows."""
        whole = (each.length is None and not each.suffix for each in self.elements)
        return (
            not self.has_expressions
            and all(whole)
            and self.where is None
            and not self.nulls_not_distinct
        )

    @property
    def has_expressions(self) -> bool:
        """Whether some element is computed."""
        return any(each.expression for each in self.elements)


def read_index(index: Index, names: Collection[str]) -> CatalogIndex | None:
    """Return an index over the columns of these names; None where an element is none of them."""
    elements = [read_element(text, names) for text in index.columns]
    known = tuple(each for each in elements if each is not None)
    if not known or len(known) < len(elements):
        return None
    sources = (each.source for each in known)
    columns = dict.fromkeys(source.column for source in sources if source is not None)
    fields = {name: getattr(index, name) for name in Index.__struct_fields__}
    return CatalogIndex(**fields | {"columns": tuple(columns)}, elements=known)


def read_element(text: str, names: Collection[str]) -> IndexElement | None:
    """Return an element over the columns of these names; None where it names no column."""
    if text in names:
        return IndexElement(column=text)
    match = _COLUMN.fullmatch(text)
    if match is not None and match["name"] in names:
        length = None if match["length"] is None else int(match["length"])
        return IndexElement(match["name"], length, suffix=" ".join(match["suffix"].split()))
    match = _EXPRESSION.fullmatch(text)
    if match is None:
        return None
    body = match["body"].strip()
    suffix = " ".join(match["suffix"].split())
    return IndexElement(expression=body, suffix=suffix, keyed=keyed_by(body, names))


def keyed_by(expression: str, names: Collection[str]) -> Keyed | None:
    """Return the column that makes the values of an expression differ; None where none is known."""
    plain = _CAST.sub("", expression)
    for pattern, caseless, filled in (
        (_CASELESS, True, False),
        (_FILLED, False, True),
        (_ALONE, False, False),
    ):
        match = pattern.fullmatch(plain)
        name = match and (match["quoted"] or match["back"] or match["bare"])
        found = [each for each in names if name and each.casefold() == name.casefold()]
        if len(found) == 1:
            return Keyed(found[0], caseless, filled)
    return None
