"""The manifests of parts in a folder: which are there, and whether they belong together."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from shardgen.errors import ShardFileError, shown
from shardgen.output.file_names import part_name, part_of_name
from shardgen.output.manifest import MANIFEST_VERSION, PartManifest, part_manifest_name

_OF_THE_PART = {"part", "tables", "dump", "rows"}
_FOLLOWS = {"plan", "shard_rows"}
"""What differs where anything else does."""
_TITLES = {
    "manifest_version": "version of the manifest",
    "made_by": "version",
    "schema": "schema",
    "schema_version": "version of the schema",
    "schema_sha256": "content of the schema",
    "as_of": "as-of date",
    "edge_case_probability": "edge cases",
    "parts": "number of parts",
    "shard_rows": "rows that are compressed together",
    "rows_of_shard": "rows of a shard",
    "file_rows": "rows of a file",
    "libraries": "versions of libraries",
    "others": "rows of tables that are not written",
}


def manifest_paths(folder: Path) -> list[Path]:
    """Return the manifests of parts in a folder, by name; OSError where it cannot be read."""
    return sorted(
        folder / name
        for name in os.listdir(folder)  # noqa: PTH208 -- quicker than paths
        if name.endswith(".json") and part_of_name(name) is not None
    )


def read_part_manifest(path: Path) -> PartManifest:
    """Return the manifest of a part; ShardFileError where it is none, or of another part."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ShardFileError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        found = msgspec.json.decode(data, type=PartManifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        what = f"no manifest of a part ({error}); make the part again"
        raise ShardFileError(f"{path}: {what}") from None
    if found.manifest_version != MANIFEST_VERSION:
        what = f"version {found.manifest_version} of manifests, not {MANIFEST_VERSION}"
        raise ShardFileError(f"{path}: {what}; make the part again")
    if path.name != part_manifest_name(part_name(found.part, found.parts)):
        what = (
            f"it says that it is part {found.part}/{found.parts}; a part is there twice, or renamed"
        )
        raise ShardFileError(f"{path}: {what}")
    return found


def differences(one: PartManifest, other: PartManifest) -> list[str]:
    """Return what two parts are made from that differs, as clauses; none for parts of one plan."""
    told = [*_rows_that_differ(one, other)]
    for field in msgspec.structs.fields(PartManifest):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if field.name not in _OF_THE_PART and mine != theirs:
            told += [] if told and field.name in _FOLLOWS else [_clause(field.name, mine, theirs)]
    return told


def _clause(name: str, mine: object, theirs: object) -> str:
    if name == "plan":
        return "the parts are cut otherwise"
    if name == "schema_sha256":
        return "the schema has another content"
    return f"{_TITLES.get(name, name)} {_value(mine)}, and not {_value(theirs)}"


def _rows_that_differ(one: PartManifest, other: PartManifest) -> Iterator[str]:
    if [table.name for table in one.tables] != [table.name for table in other.tables]:
        yield "other tables"
        return
    for mine, theirs in zip(one.tables, other.tables, strict=True):
        if mine.rows != theirs.rows:
            yield f"{mine.rows} rows of {mine.name!r}, and not {theirs.rows}"


def _value(value: object) -> str:
    return shown(value) if isinstance(value, (dict, list, tuple)) else str(value)
