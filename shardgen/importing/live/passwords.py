"""Who connects to MySQL where the URL does not say: ~/.my.cnf and MYSQL_PWD, as for its client."""

from __future__ import annotations

import os
import re
from pathlib import Path

SECRET = re.compile("pass|pwd|secret|token")
"""What is in the name of a parameter of a URL whose value is never repeated."""
_SECTION = re.compile(r"\[([^\]]+)\]")
_GROUPS = ("client", "client-mariadb", "mysql", "mariadb")
_KEYS = ("user", "password", "host", "port", "socket")


def mysql_settings() -> dict[str, str]:
    """Return those of `user`, `password`, `host`, `port` and `socket` that are said."""
    said = _read(Path("~/.my.cnf").expanduser())
    password = os.environ.get("MYSQL_PWD")
    return said if password is None or "password" in said else said | {"password": password}


def _read(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return {}  # as the client does
    said: dict[str, str] = {}
    group = ""
    for line in map(str.strip, text.splitlines()):
        if section := _SECTION.fullmatch(line):
            group = section[1].strip().lower()
        elif group in _GROUPS and not line.startswith(("#", ";", "!")):
            key, _, value = (part.strip() for part in line.partition("="))
            if key in _KEYS:
                said[key] = _unquoted(value)
    return said


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value
