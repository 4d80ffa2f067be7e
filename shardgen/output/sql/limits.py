"""
The limits of each database, as data: the checks of a plan read them, and docs/limits.md lists them.

Sources are the databases' manuals and their code. Where the code says more than the manual, or
counts in its own way, the number was found by trying it: MariaDB 10.11, PostgreSQL 15, SQLite 3.40.
"""

from __future__ import annotations

import msgspec

STATEMENT_BYTES = 1_000_000
"""
The most bytes of an INSERT of several rows.

It is what SQLite took before 3.7 (SQLITE_MAX_SQL_LENGTH), and less than the least
`max_allowed_packet` that servers are set to in practice, 1 MiB.
"""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """
    The limits of one database; None where there is none that a dump could reach.

    Letters are characters, bytes are those of UTF-8. `name_…` is what an identifier may have,
    `file_name_bytes` the name of a table's file. `index_columns` and `index_bytes` are those of one
    entry of a B-tree index, `summary_bytes` of one of a brin index, `words_bytes` those of one
    entry of a full-text index; `indexes` counts all of a table, keys included.

    `row_bytes` is for a row without what lies outside it, `page_row_bytes` for that share of it
    which has to be in the page. `text_bytes` is for one value of the type `text`.
    `definition_bytes` is for the names and labels of a table's columns, `enums` for its columns of
    different labels.
    `statement_bytes` is for one statement, `expression_depth` for the operators in one another.
    """

    name_bytes: int | None = None
    name_letters: int | None = None
    file_name_bytes: int | None = None
    columns: int | None = None
    row_bytes: int | None = None
    page_row_bytes: int | None = None
    text_bytes: int | None = None
    indexes: int | None = None
    index_columns: int | None = None
    index_bytes: int | None = None
    summary_bytes: int | None = None
    words_bytes: int | None = None
    definition_bytes: int | None = None
    enums: int | None = None
    statement_bytes: int | None = None
    expression_depth: int | None = None


POSTGRES_LIMITS = Limits(
    name_bytes=63,  # NAMEDATALEN - 1; longer names are cut, with a notice alone
    columns=1_600,  # MaxHeapAttributeNumber
    row_bytes=8_160,  # MaxHeapTupleSize, of pages of 8 KiB; long texts are moved out first (TOAST)
    index_columns=32,  # INDEX_MAX_KEYS, which holds for foreign keys too
    index_bytes=2_704,  # BTMaxItemSize since version 12: a third of a page
    summary_bytes=8_152,  # BrinMaxItemSize; an entry has a least and a greatest value
    words_bytes=1_048_575,  # MAXSTRPOS: 20 bits for where a word stands in a tsvector
    statement_bytes=1_073_741_822,  # MaxAllocSize - 1, the buffer that a message is read into
)

MYSQL_LIMITS = Limits(
    name_letters=64,  # manual: Identifier Length Limits
    file_name_bytes=251,  # of 255, 4 are the ending; letters beyond A-Z, a-z, 0-9, _ take 5 each
    columns=1_017,  # manual: InnoDB Limits
    row_bytes=65_535,  # manual: Row Size Limits; text and JSON count as 9 to 12 bytes
    page_row_bytes=8_125,  # "Row size too large (> 8126)" begins at 8,126; half a page of 16 KiB
    text_bytes=65_535,  # of the type text; a mediumtext has 16,777,215, a longtext 4 GiB
    indexes=64,  # manual: MAX_KEY; each foreign key without an index gets one
    index_columns=16,  # MySQL's MAX_REF_PARTS; MariaDB has 32
    index_bytes=3_072,  # MAX_KEY_LENGTH, and InnoDB's limit with DYNAMIC rows
    definition_bytes=65_535,  # MariaDB's "Table definition is too large", found by trying
    enums=255,  # the same message: MariaDB numbers the lists of labels in a byte
    statement_bytes=16_777_214,  # max_allowed_packet of MariaDB and its client: 16 MiB, less 2
)

SQLITE_LIMITS = Limits(
    columns=2_000,  # SQLITE_MAX_COLUMN
    index_columns=2_000,  # SQLITE_MAX_COLUMN
    statement_bytes=1_000_000_000,  # SQLITE_MAX_SQL_LENGTH; SQLITE_MAX_LENGTH of a row is as much
    expression_depth=1_000,  # SQLITE_MAX_EXPR_DEPTH
)
