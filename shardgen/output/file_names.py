"""Names of files for tables: safe on every system, and different for any two tables."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

MAX_STEM_BYTES = 200  # of the 255 that systems allow, with room for numbers and the ending
_PORTS = [f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)]
_RESERVED = {"con", "prn", "aux", "nul", *_PORTS}
"""Names that Windows takes for devices, whatever they end in."""


def file_names(tables: Iterable[str], ending: str) -> dict[str, str]:
    """
    Return the name of each table's file, `loans.csv` for `loans`.

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
        names[table] = unique + ending
    return names


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
