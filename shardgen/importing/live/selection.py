"""Which tables are asked for, by patterns as of a shell: `*`, `?`, `[ab]`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import TypeVar

import msgspec

from shardgen.errors import DatabaseError, nearest
from shardgen.importing.described import Name, Unread

_LISTED = 10  # names in an error
T = TypeVar("T")


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """
    Patterns of names. No pattern of schemas takes every schema, and none of tables every table.

    Those of tables are held against the name, and against `schema.name`; the case counts.
    """

    schemas: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def of_schemas(self, known: Iterable[str]) -> list[str]:
        """Return those of `known` that are taken; DatabaseError when a pattern takes none."""
        names = sorted(known)
        _refuse_unmatched("schema", self.schemas, [(name,) for name in names])
        return [name for name in names if not self.schemas or _any(self.schemas, (name,))]

    def of_tables(self, known: dict[Name, T]) -> dict[Name, T]:
        """
        Return those of `known`, by their full names, that are taken, in the order of their names.

        DatabaseError when a pattern takes none.
        """
        _refuse_unmatched("table", self.tables, [_spellings(name) for name in known])
        return {
            name: known[name]
            for name in sorted(known)
            if not self.tables or _any(self.tables, _spellings(name))
            if not _any(self.exclude, _spellings(name))
        }

    def without_effect(self, known: Iterable[Name]) -> tuple[Unread, ...]:
        """Return the patterns that exclude nothing."""
        spelled = [_spellings(name) for name in known]
        return tuple(
            Unread(where="exclude", text=pattern, reason="no table has such a name")
            for pattern in self.exclude
            if not any(_any((pattern,), names) for names in spelled)
        )


def _spellings(name: Name) -> tuple[str, ...]:
    return (name.name, str(name))


def _any(patterns: Sequence[str], names: Sequence[str]) -> bool:
    return any(
        pattern == name or fnmatchcase(name, pattern) for pattern in patterns for name in names
    )


def _refuse_unmatched(kind: str, patterns: Sequence[str], known: Sequence[tuple[str, ...]]) -> None:
    for pattern in patterns:
        if not any(_any((pattern,), names) for names in known):
            in_one = len({names[-1].removesuffix(names[0]) for names in known}) == 1
            names = [names[0 if in_one else -1] for names in known]
            more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
            listed = ", ".join(names[:_LISTED]) + more if names else "none"
            hint = nearest(pattern, {name for names in known for name in names})
            raise DatabaseError(
                f"the database has no {kind} {pattern!r}; {hint or f'it has: {listed}'}"
            )
