"""Dialects, a file for each; a new one is a subclass of Dialect and a line in DIALECTS."""

from shardgen.dialects.base import Dialect, Format
from shardgen.dialects.mysql import MySQL
from shardgen.dialects.postgres import Postgres
from shardgen.dialects.sqlite import SQLite

DIALECTS: dict[str, Dialect] = {d.name: d for d in (Postgres(), MySQL(), SQLite())}

__all__ = ["DIALECTS", "Dialect", "Format", "MySQL", "Postgres", "SQLite"]
