"""Names of tables within schemas: `app.users` is the table users of the schema app."""

from __future__ import annotations

import re
from collections.abc import Iterable

_QUALIFIED = re.compile(r"([^\W\d]\w*)\.([^\W\d](?:[^.\"`]*[^.\s\"`])?)")


def split_name(name: str) -> tuple[str, str]:
    """
    Return the schema of a table and its name there; "" where it is in none.

    So is only a word with a dot and a name behind it that begins with a letter and has no dot: any
    other name with dots is a name.
    """
    match = _QUALIFIED.fullmatch(name)
    return (match[1], match[2]) if match else ("", name)


def bare_name(name: str) -> str:
    """Return the name that a table has within its schema."""
    return split_name(name)[1]


def flat_name(name: str) -> str:
    """Return one name for a table and its schema: `app_users`."""
    return "_".join(filter(None, split_name(name)))


def table_called(word: str, names: Iterable[str]) -> str | None:
    """Return the table of that name, or the only one that has it within its schema."""
    names = [*names]
    if word in names:
        return word
    found = [name for name in names if bare_name(name) == word]
    return found[0] if len(found) == 1 else None
