"""What brings the text of a part of an object to its place in a store."""

from __future__ import annotations

import time

import msgspec

from shardgen.errors import OutputError
from shardgen.output.text.kinds import Buffer

TRIES = 6
FIRST_WAIT = 0.2  # seconds before the second try; each wait is twice the one before
_SECONDS = 300  # that a connection may say nothing
_OK = (200, 201)
_SERVER = 500
_BUSY = 429


class PartPlace(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """
    `size` bytes of an object in a store, which error messages call `name`: a part, put at `url`.

    The bytes `before` belong to the part too, and stand first in it.
    """

    url: str
    name: str
    size: int
    before: bytes


def fill_part(place: PartPlace, text: Buffer) -> None:
    """Put a part; OutputError when that fails, though it was tried again."""
    from http.client import HTTPException  # late, as below

    for attempt in range(TRIES):
        if attempt:
            time.sleep(FIRST_WAIT * 2 ** (attempt - 1))
        try:
            status, said = _put(place, text)
        except (OSError, HTTPException) as error:
            reason = str(error) or type(error).__name__
            continue
        if status in _OK:
            return
        reason = f"{status} {said}"
        if status < _SERVER and status != _BUSY:
            break
    raise OutputError(f"cannot write {place.name}: {reason}")


def _put(place: PartPlace, text: Buffer) -> tuple[int, str]:
    """Return the status of an answer, and what it says."""
    import http.client  # late: most targets are files
    from urllib.parse import urlsplit

    url = urlsplit(place.url)
    assert url.hostname is not None, "an address that was signed has a host"
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname, url.port, timeout=_SECONDS)
    try:
        connection.putrequest("PUT", f"{url.path}?{url.query}")
        connection.putheader("Content-Length", str(len(place.before) + len(text)))
        connection.endheaders()
        connection.send(place.before)
        connection.send(memoryview(text))
        answer = connection.getresponse()
        said = answer.read(300).decode(errors="replace")
        return answer.status, f"{answer.reason} {said}".strip()
    finally:
        connection.close()
