"""What PostgreSQL stores of a row and of an index entry, and what of it has no room in a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from shardgen.errors import Mistake, join_path
from shardgen.output.sql.limits import POSTGRES_LIMITS
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.index_elements import CatalogIndex
from shardgen.tables.list_values import Lists, most_letters
from shardgen.tables.rare_values import Bits, Bytes
from shardgen.tables.text_lengths import UTF8_BYTES, longest, max_length
from shardgen.tables.values import ColumnValues, Dictionary, Text

_FIXED = {
    "tinyint": 2, "smallint": 2, "int": 4, "bigint": 8, "float": 4, "double": 8, "date": 4,
    "datetime": 8, "timestamp": 8, "boolean": 1, "uuid": 16, "mediumint": 4, "year": 2,
    "tinyint unsigned": 2, "smallint unsigned": 4, "mediumint unsigned": 4, "int unsigned": 8,
    "bigint unsigned": 8, "time": 8, "timetz": 12, "interval": 16,
}  # fmt: skip
_ALIGNED = {"timetz": 8, "interval": 8}
_USUAL_DIGITS = 18
_DECIMAL = 15  # bytes of 18 digits, four to two bytes, with their point anywhere
_KEPT = 24  # bytes of a text in its row: longer ones are moved out, where there is no room
_SHORT = 126  # bytes of a text with a header of one byte; others have four, and start at a multiple
_ROW_HEADER = 23
_ENTRY_HEADER = 8
_WORD_BYTES = 3  # that a byte of text can take in a tsvector: a word of one letter has a place
_LIST_HEADER = 20 + 8 * 6  # bytes of an array beside its elements: sizes of up to six dimensions
_JSON_BYTES = 6  # that a byte of JSON can take in jsonb: "1," is a number with its entry

Values = Mapping[str, ColumnValues]


def beyond_row(table: CatalogTable, values: Values) -> Iterator[Mistake]:
    """Yield that a row may have no room in a page, though all long texts are moved out of it."""
    most = POSTGRES_LIMITS.row_bytes
    size = _row_bytes(table, values, exact=False)
    if most is not None and size > most:
        size = _row_bytes(table, values, exact=True)
        if size > most:
            what = f"a row may have {size} bytes, and PostgreSQL's have at most {most}"
            yield Mistake(table.path, what, "cut the table in two")


def _row_bytes(table: CatalogTable, values: Values, *, exact: bool) -> int:
    nulls = -(-len(table.columns) // 8) if any(c.may_be_null for c in table.columns) else 0
    end = _aligned(_ROW_HEADER + nulls, 8)
    for column in table.columns:
        size, start = _width(column, values[column.name], exact=exact)
        end = _aligned(end, start) + min(size, _KEPT)
    return _aligned(end, 8)


def beyond_index(
    table: CatalogTable,
    keys: Iterable[tuple[str, ...]],
    made: Iterable[CatalogIndex],
    values: Values,
) -> Iterator[Mistake]:
    """Yield the keys and indexes of which an entry may have more bytes than a page has for it."""
    limits = POSTGRES_LIMITS
    for columns in keys:
        hint = "use shorter values, or leave the key out"
        yield from _beyond(
            table, columns, values, table.path, ("a key", 1, limits.index_bytes, hint)
        )
    for index in made:
        kind, path = index.type.lower(), join_path(table.path, "indexes", index.name)
        hint = "use shorter values, or leave the index out"
        if kind == "brin" and not index.unique:
            yield from _beyond(
                table, index.columns, values, path, ("the index", 2, limits.summary_bytes, hint)
            )
        elif kind == "fulltext" and not index.unique:
            yield from _beyond_words(table, index, values, path)
        elif not _has_no_limit(table, index):
            hint += ", or its type hash"
            yield from _beyond(
                table, index.columns, values, path, ("the index", 1, limits.index_bytes, hint)
            )


def _has_no_limit(table: CatalogTable, index: CatalogIndex) -> bool:
    """Return whether an index keeps no value whole."""
    if index.has_expressions or any(each.length is not None for each in index.elements):
        return True  # or nothing is known of them
    if index.unique:
        return False
    if index.type.lower() in ("gist", "spgist"):
        return True
    if index.type.lower() == "hash":
        return len(index.columns) == 1
    names = {table.column(name).sql_type.name for name in index.columns}
    return index.type.lower() == "gin" and names <= {"jsonb", "array"}


def _beyond(
    table: CatalogTable,
    columns: tuple[str, ...],
    values: Values,
    path: str,
    of: tuple[str, int, int | None, str],
) -> Iterator[Mistake]:
    thing, times, most, hint = of
    size = _entry_bytes(table, columns, values, times, exact=False)
    if most is None or size <= most:
        return
    size = _entry_bytes(table, columns, values, times, exact=True)
    if size > most:
        what = f"an entry of {thing} over {', '.join(columns)} may have {size} bytes"
        yield Mistake(path, f"{what}, and PostgreSQL's have at most {most}", hint)


def _entry_bytes(
    table: CatalogTable, columns: tuple[str, ...], values: Values, times: int, *, exact: bool
) -> int:
    """Return the most bytes of an entry that has each column so many times."""
    parts = [table.column(name) for name in columns]
    nulls = any(column.may_be_null for column in parts)
    end = _aligned(_ENTRY_HEADER + 4, 8) if nulls else _ENTRY_HEADER
    for column in parts:
        size, start = _width(column, values[column.name], exact=exact)
        for _ in range(times):
            is_long = size > _SHORT + 1
            end = _aligned(end, 4 if is_long else start) + size + 3 * is_long
    return _aligned(end, 8)


def _beyond_words(
    table: CatalogTable, index: CatalogIndex, values: Values, path: str
) -> Iterator[Mistake]:
    most = POSTGRES_LIMITS.words_bytes
    for name in index.columns:
        size = _WORD_BYTES * (_width(table.column(name), values[name], exact=False)[0])
        if most is not None and size > most:
            size = _WORD_BYTES * (_width(table.column(name), values[name], exact=True)[0])
        if most is not None and size > most:
            what = f"the words of {name} may take {size} bytes, and PostgreSQL's index has {most}"
            yield Mistake(path, what, "use shorter values, or leave the index out")


def _width(  # noqa: PLR0911 -- one for each kind of values
    column: CatalogColumn, values: ColumnValues, *, exact: bool
) -> tuple[int, int]:
    """Return the most bytes of a value with a short header, and what its start is a multiple of."""
    name = column.sql_type.name
    if name in _FIXED:
        size = _FIXED[name]
        return size, _ALIGNED.get(name, 1 if size == 16 else size)
    if name == "decimal":
        digits = column.sql_type.precision or 0
        return (_DECIMAL if digits <= _USUAL_DIGITS else 5 + 2 * (digits // 4 + 2)), 1
    if isinstance(values, Bytes):
        return max_length(values.digits) // 2 + 1, 1
    if isinstance(values, Bits):
        return max_length(values.digits) // 8 + 6, 1
    if isinstance(values, Lists):
        return _LIST_HEADER + most_letters(values, UTF8_BYTES), 1
    if not isinstance(values, Dictionary | Text):
        return _KEPT, 1
    size = longest(values, UTF8_BYTES) if exact else 4 * max_length(values)
    return (_JSON_BYTES * size + 16 if name == "jsonb" else size) + 1, 1


def _aligned(size: int, start: int) -> int:
    return -(-size // start) * start
