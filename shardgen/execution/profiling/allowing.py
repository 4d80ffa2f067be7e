"""Of which columns values may be taken: those asked for, and those that tell of no person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase

import msgspec

from shardgen.errors import Mistake, PlanError, nearest
from shardgen.execution.profiling.sql import Sampling

PERSONAL = frozenset(
    ("first_name", "last_name", "full_name", "email", "company_email", "username", "phone",
     "address", "city", "zip_code", "ssn", "ssn_last_4", "placeholder_secret", "password", "iban",
     "ip_address", "mac_address", "url", "domain", "company", "company_name", "date_of_birth",
     "file_name", "slug", "paragraph", "sentence", "text", "uuid", "user_agent")
)  # fmt: skip
"""Generators by name of what tells of a person, a place or a text that somebody wrote."""
_CODES = frozenset(("pattern", "phrase", "word", "by_type", "sku", "choice", "slug"))
"""Generators by name whose texts may as well have the shapes that are there."""


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """
    What may be taken of columns, each by its table and its name.

    `keys` lead somewhere or are led to, `made` are those that a law of the database makes, and
    `by_name` is the generator that the name of each other one asks for. Those `computed` follow
    from others by a condition of the database.
    """

    keys: frozenset[tuple[str, str]]
    unique: frozenset[tuple[str, str]]
    made: Mapping[tuple[str, str], str]
    by_name: Mapping[tuple[str, str], str]
    computed: frozenset[tuple[str, str]]
    asked: frozenset[tuple[str, str]]
    refused: frozenset[tuple[str, str]]
    sampling: Callable[[str], Sampling]

    def why_nothing(self, table: str, column: str) -> str:
        """Return why nothing but nulls is taken of a column; "" where it is."""
        at = table, column
        if at in self.refused:
            return "--no-values says so"
        if at in self.keys:
            return "it is a key"
        return self.made.get(at, "")

    def why_no_values(self, table: str, column: str) -> str:
        """Return why no text of a column is taken, however many rows share it."""
        at = table, column
        if at in self.unique:
            return "it is unique"
        if at not in self.asked and self.by_name.get(at) in PERSONAL:
            return f"by its name it is a {self.by_name[at]}, and --allow does not name it"
        return ""

    def is_computed(self, table: str, column: str) -> bool:
        """Return whether a column follows from others by a condition of the database."""
        return (table, column) in self.computed

    def may_have_shape(self, table: str, column: str) -> bool:
        """Return whether the shapes of texts say more than the column's name."""
        return self.by_name.get((table, column), "by_type") in _CODES


def named(
    option: str, patterns: Iterable[str], known: Iterable[tuple[str, str]]
) -> frozenset[tuple[str, str]]:
    """
    Return the columns that patterns name: `table.column` or `column`, with `*` and `?`.

    PlanError where one names none.
    """
    columns = [*known]
    found: set[tuple[str, str]] = set()
    for pattern in patterns:
        matched = {
            at
            for at in columns
            if fnmatchcase(at[1], pattern) or fnmatchcase(".".join(at), pattern)
        }
        if not matched:
            what = f"{option} {pattern}: there is no such column"
            hint = nearest(pattern, {name for at in columns for name in (at[1], ".".join(at))})
            raise PlanError([Mistake("", what, hint or "name it TABLE.COLUMN")])
        found |= matched
    return frozenset(found)
