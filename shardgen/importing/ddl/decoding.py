"""The text of a file of DDL from its bytes."""

from __future__ import annotations

import codecs

from shardgen.errors import Mistake, SchemaError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ARCHIVE = b"PGDMP"


def decoded(text: str | bytes, name: str) -> str:
    """Return a text that may be bytes in UTF-8, or in UTF-16 with its mark; SchemaError if none."""
    if isinstance(text, bytes):
        if text.startswith(_ARCHIVE):
            hint = f"write it as SQL: pg_restore --schema-only -f schema.sql {name}"
            raise SchemaError([Mistake("", "this is an archive of pg_dump", hint)], name)
        if text.startswith(b"SQLite format 3\0"):
            hint = "import it as sqlite:///FILE"
            raise SchemaError([Mistake("", "this is a database of SQLite, and no SQL", hint)], name)
        text = _from_bytes(text, name)
    at = text.find("\0")
    if at >= 0:
        raise _mistake(
            "NUL is in no text of SQL", "is it a binary file?", text.count("\n", 0, at), name
        )
    return text.removeprefix("\ufeff")


def _from_bytes(data: bytes, name: str) -> str:
    encoding = next((found for mark, found in _MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        hint = f"convert it first: iconv -f LATIN1 -t UTF-8 {name}"
        byte = data[error.start : error.start + 1].hex()
        line = data.count(b"\n", 0, error.start)
        raise _mistake(f"byte 0x{byte} is not {encoding.upper()}", hint, line, name) from None


def _mistake(what: str, hint: str, line: int, name: str) -> SchemaError:
    return SchemaError([Mistake("", what, hint)], name, lines=[line + 1])
