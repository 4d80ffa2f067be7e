"""What databases say, as a message repeats it: in a line, and without a password."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote, urlsplit

from shardgen.importing.live.passwords import SECRET

_SHOWN = 300  # characters of what a database says


def secrets_of(url: str) -> tuple[str, ...]:
    """Return what in a URL must not be repeated, as it is written and as it is meant."""
    try:
        parts = urlsplit(url)
        password, query = parts.password or "", parse_qsl(parts.query)
    except ValueError:
        return ()
    found = [password, *(value for key, value in query if SECRET.search(key))]
    return tuple({*found, *map(unquote, found)} - {""})


def said(error: object, secrets: Iterable[str]) -> str:
    """Return what a database says, without `secrets`."""
    text = " ".join(str(error).split())
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
