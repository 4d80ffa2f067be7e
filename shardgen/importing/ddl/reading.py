"""
The way in: a text of DDL, described as the database would be that it makes.

Not by a library: sqlglot makes opaque what such files are full of (domains, attached partitions,
identities that are added, versioned comments), and writes expressions in its own words.
"""

from __future__ import annotations

from collections.abc import Iterator

from shardgen.errors import Mistake, SchemaError
from shardgen.importing.ddl.decoding import decoded
from shardgen.importing.ddl.draft import Draft
from shardgen.importing.ddl.finishing import finished
from shardgen.importing.ddl.languages import LANGUAGES
from shardgen.importing.ddl.recognising import Recognised, recognise, stranger
from shardgen.importing.ddl.splitting import split
from shardgen.importing.ddl.statements import read_statement
from shardgen.importing.described import Database
from shardgen.schema.databases import DatabaseName


def read(text: str | bytes, *, name: str, dialect: DatabaseName | None = None) -> Database:
    """
    Return the database that a text of DDL makes, as its catalog would describe it.

    Statements are followed in their order: what they add, change, rename and drop. What cannot be
    read is among `unread`, with its line; what concerns no table is counted in `notes`, where it
    also says so if the dialect was guessed. SchemaError where the text is no text, or makes no
    table.
    """
    text = decoded(text, name)
    found = recognise(text) if dialect is None else Recognised(dialect, sure=True)
    if not found.sure and (title := stranger(text)):
        raise _of_another(title, name)
    draft = Draft(LANGUAGES[found.database])
    for statement in split(text, draft.language):
        read_statement(statement, draft)
    if not draft.tables:
        raise _without_tables(draft, name)
    return finished(draft, name, _notes(draft, found))


def statements_of(
    text: str | bytes, *, name: str, dialect: DatabaseName | None = None
) -> Iterator[tuple[int, str]]:
    """Yield the statements of a text of DDL, each with the line that it begins in."""
    text = decoded(text, name)
    database = dialect or recognise(text).database
    for statement in split(text, LANGUAGES[database]):
        yield statement.line, statement.text


def _of_another(title: str, name: str) -> SchemaError:
    hint = "give the dialect if it is of PostgreSQL, MySQL or SQLite after all"
    return SchemaError(
        [Mistake("", f"this seems to be DDL of {title}, which is not read", hint)], name
    )


def _without_tables(draft: Draft, name: str) -> SchemaError:
    title = draft.language.title
    missed = draft.unread[0] if draft.unread else None
    why = f": {missed.reason} in {missed.where} ({missed.text!r})" if missed else ""
    more = (
        f" and {len(draft.unread) - 1} more that could not be read" if len(draft.unread) > 1 else ""
    )
    return SchemaError(
        [
            Mistake(
                "",
                f"no CREATE TABLE was found, read as {title}{why}{more}",
                "give a file of DDL, and its dialect where it is another",
            )
        ],
        name,
    )


def _notes(draft: Draft, found: Recognised) -> tuple[str, ...]:
    notes = []
    if not found.sure:
        notes.append(
            f"taken for {draft.language.title}, of which the text has no sure sign; "
            "give the dialect where it is another"
        )
    if draft.passed:
        counts = ", ".join(f"{count} × {kind}" for kind, count in sorted(draft.passed.items()))
        notes.append(f"passed over, as it concerns no table: {counts}")
    return tuple(notes)
