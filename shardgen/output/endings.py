"""Endings of file names: what they say of a file's format, and of how it is compressed."""

from __future__ import annotations

import msgspec

COMPRESSED = {"gzip": ".gz", "zstd": ".zst"}
"""The ending of each compression."""
COMPRESSED_BY = {"gzip": "isal", "zstd": "zstandard"}
"""The package that makes each, where a file is compressed as a whole."""
COMPRESSIONS = ("none", *COMPRESSED)
FORMATS_BY_ENDING = {
    ".sql": "sql",
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
}
"""The format that is meant by an ending, where no other is asked for."""


class Ending(msgspec.Struct, frozen=True):
    """What a name ends in: in `orders.csv.zst` `.csv` and the compression zstd."""

    format: str
    compression: str | None


def ending_of(name: str) -> Ending:
    """Return what a file's name ends in, in small letters; "" where it says nothing."""
    stem, last = _split(name)
    compression = next((each for each, end in COMPRESSED.items() if end == last), None)
    if compression is None:
        return Ending(last, None)
    return Ending(_split(stem)[1], compression)


def _split(name: str) -> tuple[str, str]:
    """Return a name without its last ending, and that; a leading dot begins none."""
    stem, dot, last = name.rpartition(".")
    return (stem, dot + last.lower()) if stem and dot and last else (name, "")
