"""Dialects, a file for each; a new one is a subclass of Dialect and a line in DIALECTS."""

from collections.abc import Iterable

from shardgen.dialects.base import Dialect, Format
from shardgen.dialects.mysql import MySQL
from shardgen.dialects.postgres import Postgres
from shardgen.dialects.sqlite import SQLite
from shardgen.errors import Mistake
from shardgen.schema import Schema

DIALECTS: dict[str, Dialect] = {d.name: d for d in (Postgres(), MySQL(), SQLite())}


def refusals(schema: Schema, names: Iterable[str]) -> list[Mistake]:
    """Return what the databases of these names would refuse of a schema that is otherwise right."""
    return [mistake for name in dict.fromkeys(names) for mistake in DIALECTS[name].refusals(schema)]


__all__ = ["DIALECTS", "Dialect", "Format", "MySQL", "Postgres", "SQLite", "refusals"]
