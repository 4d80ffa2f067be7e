"""The shell commands that run the scripts of a folder, within it."""

from __future__ import annotations

import shlex
from collections.abc import Collection

POSTGRES, MYSQL, DUCKDB = "load-postgres.sql", "load-mysql.sql", "load-duckdb.sql"
COMMANDS = {
    POSTGRES: f"psql -v ON_ERROR_STOP=1 -f {POSTGRES} DATABASE",
    MYSQL: f"mysql --local-infile=1 DATABASE < {MYSQL}",
    DUCKDB: f"duckdb FILE < {DUCKDB}",
}


def folder_command(path: str, scripts: Collection[str]) -> str:
    """Return the command that loads a folder by the first of its scripts; "" for none."""
    first = next((script for script in COMMANDS if script in scripts), None)
    return "" if first is None else f"cd {shlex.quote(path)} && {COMMANDS[first]}"
