"""What MySQL makes of types: of enums that it would change, and of foreign keys."""

from __future__ import annotations

from collections.abc import Iterator

from shardgen.errors import Mistake
from shardgen.output.sql.limits import MYSQL_LIMITS
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.types import SPELLED, ColumnType
from shardgen.tables.rare_values import Bits, Bytes
from shardgen.tables.text_lengths import max_length

_RARE = ("interval", "bit", "varbit", "binary", "varbinary")
RARE_FAMILIES = ("time", "interval", "bits", "bytes")
"""Families of types of which MySQL lacks some."""
_ENUM_LETTERS = 255
_INTERVAL_LETTERS = 32
_MOST_BITS = 64
_BINARY_BYTES = 255
_VARBINARY_BYTES = _VARCHAR_LETTERS = 16_383
_DECIMAL_DIGITS, _DECIMAL_PLACES = 65, 30  # MariaDB has 38 places


def rare_type(kind: ColumnType) -> str | None:  # noqa: PLR0911 -- one for each type
    """Return MySQL's type for intervals, bits and bytes: text where it has none; else None."""
    length = kind.length or 1
    if kind.name in SPELLED and kind.length is not None:
        return f"varchar({length})"
    if kind.name not in _RARE:
        return None
    if kind.name == "interval":
        return f"varchar({_INTERVAL_LETTERS})"
    if kind.name == "bit" and length <= _MOST_BITS:
        return f"bit({length})"
    if kind.name in ("bit", "varbit"):
        return f"varchar({length})" if length <= _VARCHAR_LETTERS else "text"
    if length > _VARBINARY_BYTES:
        return "blob"
    name = "binary" if kind.name == "binary" and length <= _BINARY_BYTES else "varbinary"
    return f"{name}({length})"


def key_of_bytes(kind: ColumnType, most: int) -> str:
    """Return the type of bytes in a key, of which an index holds so many."""
    length = kind.length or 1
    if kind.name == "binary" and length <= min(most, _BINARY_BYTES):
        return f"binary({length})"
    return f"varbinary({min(kind.length or most, most)})"


def beyond_rare(
    kind: ColumnType, values: Bytes | Bits, letters: int | None
) -> tuple[str, str] | None:
    """Return why bytes or bits have no room in their type or in a key; None where they have."""
    if isinstance(values, Bits):
        return _beyond_bits(values, letters)
    return _beyond_bytes(kind, values, letters)


def _beyond_bytes(kind: ColumnType, values: Bytes, letters: int | None) -> tuple[str, str] | None:
    """Return why bytes have no room in their type or in a key; None where they have."""
    size, most = max_length(values.digits) // 2, MYSQL_LIMITS.text_bytes or 0
    if letters is not None and size > 4 * letters:
        what = f"yields up to {size} bytes, and a key of MySQL's holds {4 * letters}"
        return what, "leave out the key"
    if kind.name == "blob" and size > most:
        return f"yields up to {size} bytes, and MySQL's blob holds {most}", "use fewer"
    return None


def beyond_decimal(column: CatalogColumn) -> Iterator[Mistake]:
    """Yield that MySQL has no decimal of so many digits."""
    kind = column.sql_type
    if kind.name == "decimal" and (
        (kind.precision or 0) > _DECIMAL_DIGITS or kind.scale > _DECIMAL_PLACES
    ):
        what = f"MySQL's decimal has at most {_DECIMAL_DIGITS} digits, {_DECIMAL_PLACES} of them"
        yield Mistake(f"{column.path}.type", f"{what} after the point", "use fewer")


def _beyond_bits(values: Bits, letters: int | None) -> tuple[str, str] | None:
    """Return why bits that are kept as text have no room in a key; None where they have."""
    size = max_length(values.digits)
    if letters is None or not values.varying or size <= letters:
        return None
    what = f"yields up to {size} bits, and a key of MySQL's holds {letters} as text"
    return what, "leave out the key"


def fits_enum(kind: ColumnType) -> bool:
    """Return whether MySQL keeps the values of an enum as they are."""
    return not any(v.endswith(" ") or len(v) > _ENUM_LETTERS for v in kind.values)


def is_listed(column: CatalogColumn) -> bool:
    """Return whether a CHECK keeps the column to the values of an enum that MySQL cannot have."""
    return column.sql_type.name == "enum" and not fits_enum(column.sql_type)


def root_type(column: CatalogColumn, table: CatalogTable, catalog: Catalog) -> ColumnType:
    """Return the type of the key that a chain of foreign keys ends at."""
    return root_column(column, table, catalog).sql_type


def root_column(column: CatalogColumn, table: CatalogTable, catalog: Catalog) -> CatalogColumn:
    """Return the key that a chain of foreign keys ends at."""
    seen: list[CatalogColumn] = []
    while column not in seen:
        seen.append(column)
        reference = column.reference
        if reference is None:
            break
        table = catalog.table(reference.table)
        column = table.column(reference.parent_columns[reference.columns.index(column.name)])
    return column
