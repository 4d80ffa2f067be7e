"""CSV read by RFC 4180 to the letter, which tells empty text from NULL."""

from __future__ import annotations

import re

_FIELD = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\n)')


def csv_rows(text: str) -> list[list[str | None]]:
    """Return the cells of each line; None for an empty field without quotes."""
    rows: list[list[str | None]] = [[]]
    at = 0
    while at < len(text):
        found = _FIELD.match(text, at)
        assert found is not None, f"no field at {text[at : at + 40]!r}"
        quoted, plain, end = found.groups()
        rows[-1].append((plain or None) if quoted is None else quoted.replace('""', '"'))
        if end == "\n":
            rows.append([])
        at = found.end()
    assert rows.pop() == [], "the last line ends too"
    return rows
