"""Rules beside a schema: sentences, each above a query of SQLite for whatever breaks it."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator

from shardgen.errors import OutputError
from shardgen.execution.description.description import Promise
from shardgen.execution.description.staging import Stage


def rules(text: str) -> Iterator[tuple[str, str]]:
    """Yield each sentence with its query: the comment right above it; none without a comment."""
    comment: list[str] = []
    query = ""
    for line in text.splitlines():
        if not query and line.startswith("--"):
            comment.append(line.removeprefix("--").strip())
        elif not query and not line.strip():
            comment = []
        else:
            query += line + "\n"
            if sqlite3.complete_statement(query):
                if comment:
                    yield " ".join(comment), query
                comment, query = [], ""


def broken_rules(text: str, as_of: dt.date, staged: Stage) -> Iterator[Promise]:
    """Yield the rules of a file, with how many rows each query finds."""
    for sentence, query in rules(text):
        broken, note = None, ""
        try:
            broken = len(staged.ask(query, {"as_of": as_of.isoformat()}))
        except OutputError as error:  # such as a function that this version has not
            note = str(error)
        yield Promise(kind="rule", table="", what=sentence, broken=broken, note=note)
