"""Which tables of a described database are imported: those asked for, and what they refer to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec

from shardgen.errors import Mistake, PlanError, nearest
from shardgen.importing.described import Database, Name, Table


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """
    Patterns of names, as of a shell: `*`, `?`, `[ab]`; none takes everything.

    Those of tables are held against the name alone and that with its schema.
    """

    schemas: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


def filtered(database: Database, filters: Filters) -> Database:
    """
    Return a database with the tables that are asked for and all that their keys lead to.

    What is excluded is never there, whatever leads to it. PlanError where a pattern takes nothing.
    """
    by_name = {table.name: table for table in database.tables}
    _check(filters, by_name)
    allowed = {
        name: table
        for name, table in by_name.items()
        if not _matches(filters.exclude, name)
        and (not filters.schemas or any(fnmatchcase(name.schema, p) for p in filters.schemas)
             or _is_default(name, filters))
    }  # fmt: skip
    wanted = [n for n in allowed if not filters.tables or _matches(filters.tables, n)]
    kept = _with_parents(wanted, allowed)
    tables = tuple(table for table in database.tables if table.name in kept)
    if not tables:
        raise PlanError([Mistake("", f"{database.name} has no table that is asked for")])
    out = tuple(name for name in by_name if name not in kept)
    return msgspec.structs.replace(database, tables=tables, left_out=out)


def _is_default(name: Name, filters: Filters) -> bool:
    """Return whether a table is in the schema of names without one, and that is asked for."""
    return name.schema == "" and "public" in filters.schemas


def _matches(patterns: Sequence[str], name: Name) -> bool:
    spelled = {name.name, str(name), f"{name.schema or 'public'}.{name.name}"}
    return any(fnmatchcase(each, pattern) for pattern in patterns for each in spelled)


def _with_parents(wanted: Iterable[Name], known: Mapping[Name, Table]) -> set[Name]:
    kept: set[Name] = set()
    left = list(wanted)
    while left:
        name = left.pop()
        if name not in kept and name in known:
            kept.add(name)
            left += [key.table for key in known[name].foreign_keys]
    return kept


def _check(filters: Filters, known: Mapping[Name, Table]) -> None:
    mistakes = []
    names = [str(name) for name in known]
    for option, patterns in (("--tables", filters.tables), ("--exclude", filters.exclude)):
        for pattern in patterns:
            if not any(_matches((pattern,), name) for name in known):
                hint = nearest(pattern, names)
                mistakes.append(Mistake("", f"no table matches {pattern!r} of {option}", hint))
    schemas = {name.schema or "public" for name in known}
    for pattern in filters.schemas:
        if not any(fnmatchcase(schema, pattern) for schema in schemas):
            hint = nearest(pattern, schemas) or f"there are {', '.join(sorted(schemas))}"
            mistakes.append(Mistake("", f"no schema matches {pattern!r} of --schemas", hint))
    if mistakes:
        raise PlanError(mistakes)
