"""Names of files for tables: safe on every system, and different for any two tables."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

MAX_STEM_BYTES = 200  # of the 255 that systems allow, with room for numbers and the ending
_NUMBER_DIGITS = 5  # of a file's number, at least
_PART = re.compile(r"part-([0-9]{1,9})-of-([0-9]{1,9})(?![0-9])")
_PORTS = [f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)]
_RESERVED = {"con", "prn", "aux", "nul", *_PORTS}
"""Names that Windows takes for devices, whatever they end in."""


def table_stems(tables: Iterable[str]) -> dict[str, str]:
    """
    Return what the file of each table is named after, without an ending.

    Letters and digits of any script, `_`, `-` and spaces within stay; other characters become `%`
    and their UTF-8 bytes in hexadecimal digits. `~` and a number follow where a name would be too
    long, a device's, or equal to an earlier one for a system that does not tell cases apart.
    """
    names: dict[str, str] = {}
    taken = set(_RESERVED)
    for table in tables:
        stem = _safe_stem(table)
        unique, number = stem, 1
        while _folded(unique) in taken:
            number += 1
            unique = f"{stem}~{number}"
        taken.add(_folded(unique))
        names[table] = unique
    return names


def numbered_files(
    stem: str, ending: str, rows: int, file_rows: int | None
) -> Iterator[tuple[str, int, int]]:
    """
    Yield the name of each file of a table, and the range of its rows.

    It is one, `loans.csv`; or, where files have `file_rows` rows, `loans/00000.csv` and so on, with
    numbers of one length. A table without rows has a file too.
    """
    if file_rows is None:
        yield stem + ending, 0, rows
        return
    count = max(1, -(-rows // file_rows))
    digits = max(_NUMBER_DIGITS, len(str(count - 1)))
    for number in range(count):
        start = number * file_rows
        yield f"{stem}/{number:0{digits}d}{ending}", start, min(start + file_rows, rows)


def part_name(number: int, parts: int) -> str:
    """Return the name of a part's files without an ending; in order of names they join."""
    return f"part-{number:0{len(str(parts))}d}-of-{parts}"


def part_of_name(name: str) -> tuple[int, int] | None:
    """Return the number and the parts that a name says, whatever it ends in; None for others."""
    found = _PART.match(name)
    if found is None or part_name(int(found[1]), int(found[2])) != found[0]:
        return None
    return int(found[1]), int(found[2])


def _safe_stem(table: str) -> str:
    last = len(table) - 1
    stem = "".join(
        letter
        if letter.isalnum() or letter in "_-" or (letter == " " and 0 < n < last)
        else "".join(f"%{byte:02X}" for byte in letter.encode())
        for n, letter in enumerate(table)
    )
    if len(stem.encode()) <= MAX_STEM_BYTES:
        return stem
    return stem.encode()[:MAX_STEM_BYTES].decode(errors="ignore") + "~1"


def _folded(name: str) -> str:
    """Return what names have in common that some system takes for one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
