"""A database's URL, or a file of DDL → the database described."""

from __future__ import annotations

import sys
from pathlib import Path

from shardgen.errors import Mistake, PlanError
from shardgen.importing.described import Database
from shardgen.importing.filtering import Filters, filtered
from shardgen.schema.databases import DatabaseName

_MOST_BYTES = 256 << 20  # of a file


def is_url(source: str) -> bool:
    """Return whether a source is a live database."""
    return "://" in source


def described(
    source: str, filters: Filters, *, dialect: DatabaseName | None = None, via: str | None = None
) -> Database:
    """
    Return what a source says of a database: a URL, the path of a file of DDL, or "-".

    With `via`, the URL of a server, a file is run in a scratch database there, and that is read.
    """
    if is_url(source):
        if via is not None or dialect is not None:
            what = "--via and --dialect are for files of DDL, and a database is named"
            raise PlanError([Mistake("", what, "leave them out")])
        from shardgen.importing.live.describe import describe

        return filtered(describe(source, schemas=filters.schemas), filters)
    data, name = _text(source)
    if via is None:
        from shardgen.importing.ddl.reading import read

        return filtered(read(data, name=name, dialect=dialect), filters)
    from shardgen.importing.ddl.reading import statements_of
    from shardgen.importing.live.via import described_via

    statements = statements_of(data, name=name, dialect=dialect or _dialect_of(via))
    return filtered(described_via(statements, via, name=name), filters)


def _dialect_of(url: str) -> DatabaseName | None:
    """Return the dialect of a server's URL, None where its driver says nothing of it."""
    backend = url.partition("://")[0].partition("+")[0]
    known: dict[str, DatabaseName] = {
        "postgres": "postgres", "postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql",
        "sqlite": "sqlite",
    }  # fmt: skip
    return known.get(backend)


def _text(source: str) -> tuple[bytes, str]:
    """Return the bytes of a file of DDL, and what the schema is called after it."""
    try:
        if source == "-":
            return sys.stdin.buffer.read(_MOST_BYTES + 1), "imported"
        path = Path(source)
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        what = f"cannot read {source}: {error.strerror or error}"
        raise PlanError([Mistake("", what, "name a file of DDL, or a database's URL")]) from None
    if len(data) > _MOST_BYTES:
        what = f"{source} has more than {_MOST_BYTES >> 20} MiB"
        raise PlanError([Mistake("", what, "dump the schema alone, such as by --schema-only")])
    return data, path.stem
