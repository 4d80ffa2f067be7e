"""
Names for what a schema does not name: constraints, indexes, sequences.

A database finds such names by itself, and from what is there at that moment. Where its name would
be too long, or that of something that comes later, the dump says one of its own.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence

_HASH = 8  # hexadecimal digits


def own_name(wanted: str, taken: Collection[str], most_bytes: int) -> str:
    """
    Return a name that begins like `wanted`, has at most so many bytes, and is not in `taken`.

    It ends in a hash of `wanted`, so that it depends on nothing else unless that is taken too.
    Where case does not count, `taken` has names in lower case.
    """
    attempt = 0
    while True:
        seed = f"{wanted}\0{attempt}" if attempt else wanted
        end = f"_{zlib.crc32(seed.encode()):0{_HASH}x}"
        name = cut(wanted, most_bytes - len(end)) + end
        if name not in taken and name.lower() not in taken:
            return name
        attempt += 1


def cut(text: str, most_bytes: int) -> str:
    """Return as much of the start of `text` as fits into so many bytes of UTF-8."""
    return text.encode()[:most_bytes].decode(errors="ignore")


def postgres_name(table: str, columns: Sequence[str], label: str) -> str:
    """
    Return the name that PostgreSQL tries first for a relation of these columns.

    As its makeObjectName has it: the longer of table and columns is shortened, byte by byte.
    """
    first, second = table.encode(), _joined(columns)
    room = 63 - len(label) - 1 - bool(columns)
    excess = len(first) + len(second) - room
    if excess > 0:
        gap = len(first) - len(second)
        longer = min(excess, abs(gap))  # as far as they are of one length, the longer one alone
        rest = excess - longer
        from_first = (longer if gap > 0 else 0) + rest // 2
        first = first[: len(first) - from_first]
        second = second[: len(second) - (excess - from_first)]
    names = [part.decode(errors="ignore") for part in (first, second)]
    return "_".join([names[0], *names[1 : 1 + bool(columns)], label])


def _joined(columns: Sequence[str]) -> bytes:
    """Join names as ChooseIndexNameAddition does: no more of them once there are 64 bytes."""
    joined = b""
    for name in columns:
        if len(joined) >= 64:
            break
        joined += (b"_" if joined else b"") + name.encode()
    return joined
