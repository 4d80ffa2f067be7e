"""
The manifest of a folder: what is in its files, and what they were made from.

It is JSON, and has nothing that depends on when, where or by how many processes it was made.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from shardgen.output.version import VERSION

NAME = "manifest.json"
MANIFEST_VERSION = 1
BESIDE = (NAME, "load-postgres.sql", "load-mysql.sql", "load-duckdb.sql")
"""All files that may stand beside those of tables."""


class FileEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A file: rows `start` … `stop`-1 of its table, counted from 0; `sha256` is of its bytes."""

    name: str
    start: int
    stop: int
    bytes: int
    sha256: str


class TableEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A table and its files, in the order of its rows."""

    name: str
    rows: int
    columns: tuple[str, ...]
    files: tuple[FileEntry, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a folder holds; tables stand parents before children.

    `schema_sha256` is of the schema with all that was found for it, `others` the rows of tables
    that are not written, `format` has the format's options, and `shard_rows` the rows that are
    compressed together, where they are.
    """

    manifest_version: int = MANIFEST_VERSION
    made_by: str = f"shardgen {VERSION}"
    schema: str
    schema_version: str | None
    schema_sha256: str
    seed: int
    as_of: dt.date
    edge_case_probability: float
    databases: tuple[str, ...]
    format: dict[str, Any]
    shard_rows: int | None
    file_rows: int | None
    rows: int
    tables: tuple[TableEntry, ...]
    others: dict[str, int] = {}


class DumpEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A file with all rows of a part; `sha256` is of its bytes."""

    name: str
    bytes: int
    sha256: str


class PartManifest(Manifest, frozen=True, kw_only=True):
    """
    What belongs to one of several `parts`, the one of that number, counted from 1.

    `rows` are those of the whole, `rows_of_shard` those of a shard at most, and `tables` has all
    tables, with the files of this part alone. `dump` is the part's file of a format with one dump.
    Parts belong together where `plan` is the same; `libraries` has the versions of those packages
    that decide bytes.
    """

    part: int
    parts: int
    plan: str
    libraries: dict[str, str]
    rows_of_shard: int
    dump: DumpEntry | None = None


def part_manifest_name(part: str) -> str:
    """Return the name of the manifest of a part, whose files are called so."""
    return f"{part}.json"


def encoded(manifest: Manifest) -> bytes:
    """Return the manifest as JSON with an end of line."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


class _ListedFile(msgspec.Struct):
    name: str


class _ListedTable(msgspec.Struct):
    files: tuple[_ListedFile, ...]


class _Listing(msgspec.Struct):
    made_by: str
    tables: tuple[_ListedTable, ...]


def listed_files(data: bytes) -> set[str]:
    """Return the names of the files that a manifest of any version lists."""
    try:
        found = msgspec.json.decode(data, type=_Listing)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return set()
    return {file.name for table in found.tables for file in table.files}
