"""A new SQLite database with all tables of a source, keys and all."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from shardgen.errors import OutputError, cannot_write
from shardgen.execution.names import PARTIAL, unused_name
from shardgen.output.format import FormatOptions
from shardgen.output.formats import choose_format
from shardgen.output.text.render import Renderer
from shardgen.plan.source import Source

_ROWS = 500  # of a statement


def write_sqlite(source: Source, path: str | os.PathLike[str]) -> None:
    """
    Make a database at a path where nothing is yet; it appears when it is complete.

    PlanError lists what SQLite would not take, OutputError says why there is no such file.
    """
    options = FormatOptions(name="sql", dialect="sqlite", rows_per_statement=_ROWS, ddl=True)
    plan = msgspec.structs.replace(
        source.plan, format=choose_format(options), databases=("sqlite",), file_rows=None
    )
    made, target = Source.bind(plan), Path(path)
    if os.path.lexists(target):
        raise OutputError(f"{target} is there already; remove it, or choose another name")
    partial = target.with_name(unused_name(target.name, PARTIAL))
    try:
        with contextlib.closing(sqlite3.connect(partial, isolation_level=None)) as connection:
            for statement in _statements(made):
                connection.execute(statement)
        partial.rename(target)
    except OSError as error:
        raise cannot_write(target, error) from None
    except sqlite3.Error as error:
        raise OutputError(f"cannot write {target}: {error}") from None
    finally:
        for leftover in (partial, partial.with_name(f"{partial.name}-journal")):
            leftover.unlink(missing_ok=True)


def _statements(source: Source) -> Iterator[str]:
    """Yield the statements of the dump, one by one: a script would end the transaction."""
    yield from _split(source.dump_header().decode())
    yield from _inserts(source)
    yield from _split(source.dump_footer().decode())


def _split(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


def _inserts(source: Source) -> Iterator[str]:
    """Yield the INSERT statements of all tables, each whole."""
    plan, form = source.plan, source.plan.format
    for table in plan.tables:
        written = plan.catalog.as_written.table(table.name)
        frame = form.statement_text(written)
        starts = range(0, table.rows, _ROWS)
        renderer = Renderer(
            source.bound[table.name], form.literal_syntax(), frame, None, file_starts=starts
        )
        for start in starts:
            texts = renderer.render(start, min(start + _ROWS, table.rows))
            yield b"".join(map(bytes, texts)).decode()
