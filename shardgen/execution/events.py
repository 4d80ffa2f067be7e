"""
What a run tells while it goes on: events, each made by the function of its name.

Who listens gives each its time, and writes it down or says it. Events hold no values of rows. They
are of one class, as a run starts sooner without a class for each.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from shardgen.errors import InputWarning
from shardgen.output.version import VERSION


class Event(msgspec.Struct, frozen=True):
    """
    Something that happened: its name, and what is known of it by field.

    Fields are texts, numbers, dates, and lists and dicts of these. `line` says it to people, where
    they should know of it at once; it is empty elsewhere.
    """

    name: str
    fields: Mapping[str, Any]
    line: str = ""


Tell = Callable[[Event], None]
"""Is told of each event when it happens."""


def ignore(event: Event) -> None:
    """Do nothing."""
    del event


def started(  # noqa: PLR0913 -- keyword-only, a field each
    *,
    schema: str,
    seed: int,
    as_of: dt.date,
    out: str,
    format: str,  # noqa: A002 -- as the option is called
    rows: int,
    workers: int | None,
    part: str | None,
    engine: str | None,
    options: Mapping[str, Any],
) -> Event:
    """Tell that the input is sound, and that nothing is opened yet."""
    fields = {
        "version": VERSION,
        "schema": schema,
        "seed": seed,
        "as_of": as_of,
        "out": out,
        "format": format,
        "rows": rows,
        "workers": workers,
        "part": part,
        "engine": engine,
        "options": options,
    }
    return Event("started", fields)


def load_started(  # noqa: PLR0913 -- keyword-only, a field each
    *,
    schema: str,
    seed: int,
    as_of: dt.date,
    out: str,
    way: str,
    rows: int,
    workers: int,
    options: Mapping[str, Any],
) -> Event:
    """Tell that the database is there, has what is asked for, and gets the rows now."""
    fields = {
        "version": VERSION,
        "schema": schema,
        "seed": seed,
        "as_of": as_of,
        "out": out,
        "way": way,
        "rows": rows,
        "workers": workers,
        "options": options,
    }
    return Event("started", fields)


def join_started(
    *, schema: str, seed: int, as_of: dt.date, out: str, rows: int, parts: int
) -> Event:
    """Tell that all parts are there and belong together."""
    fields = {
        "version": VERSION,
        "schema": schema,
        "seed": seed,
        "as_of": as_of,
        "out": out,
        "rows": rows,
        "parts": parts,
    }
    return Event("started", fields)


def resumed(rows: int) -> Event:
    """Tell that a load goes on with one that ended early, of which so many rows are in."""
    return Event("resumed", {"rows": rows})


def table_loaded(table: str, rows: int) -> Event:
    """Tell that all rows of a table are in the database."""
    return Event("table_finished", {"table": table, "rows": rows})


def finishing(statements: int) -> Event:
    """Tell that all rows are in, and so many statements follow: keys, indexes, statistics."""
    return Event("finishing", {"statements": statements})


def unfinished(rows: int, total: int, state: str) -> Event:
    """Tell what a load that is stopped leaves in the database."""
    return Event("unfinished", {"rows": rows, "total": total, "state": state}, state)


def loaded(*, out: str, rows: int, seconds: float) -> Event:
    """Tell that a load is complete."""
    fields = {"out": out, "rows": rows, "seconds": round(seconds, 3), "exit_code": 0}
    return Event("finished", fields)


def warned(warning: InputWarning) -> Event:
    """Tell that the input says something that does nothing, or something else than it says."""
    return Event("warned", msgspec.structs.asdict(warning))


def waiting(path: object) -> Event:
    """Tell that another run writes to the path, and that this one waits for its end."""
    line = f"another run writes {path}: waiting for its end"
    return Event("waiting", {"path": str(path)}, line)


def waited(path: object, seconds: float) -> Event:
    """Tell that the other run has ended, after so many seconds."""
    return Event("waited", {"path": str(path), "seconds": round(seconds, 3)})


def not_locked(path: object, reason: str, *, is_said: bool) -> Event:
    """
    Tell that the path cannot be locked: whether another run writes to it is not known.

    People should know where it `is_said`: where a run was to fail that is not alone.
    """
    line = f"{path} is not locked against other runs: {reason}" if is_said else ""
    return Event("not_locked", {"path": str(path), "reason": reason}, line)


def removed(path: object) -> Event:
    """Tell that what a run that was killed had left is removed."""
    line = f"removed {path}, which a run that was killed had left"
    return Event("removed", {"path": str(path)}, line)


def left(path: object, reason: str) -> Event:
    """Tell that what a run that was killed has left, or may have, stays, and why."""
    return Event("left", {"path": str(path), "reason": reason}, f"{path} {reason}")


def resuming(path: object, shards: int, of: int) -> Event:
    """Tell that the run goes on with what one has left: so many shards are said to be there."""
    line = f"going on with {path}: {shards} of {of} shards are there"
    return Event("resuming", {"path": str(path), "shards": shards, "of": of}, line)


def nothing_left() -> Event:
    """Tell that a run was to go on, and that nothing is there which it could go on with."""
    return Event("nothing_left", {}, "there is nothing to go on with: all is made")


def kept(shards: int, made: int, damaged: int) -> Event:
    """Tell how many shards were there and whole, and how many were made, some as they were not."""
    line = f"{shards} shards were kept, and {made} made"
    if damaged:
        line += f", {damaged} of them since what was there is damaged"
    return Event("kept", {"shards": shards, "made": made, "damaged": damaged}, line)


def stays(path: object, shards: int) -> Event:
    """Tell that the run fails, and that so many shards stay for one that goes on."""
    line = f"{shards} shards stay in {path} and beside it: the same command with --resume goes on"
    return Event("stays", {"path": str(path), "shards": shards}, line)


def engine_unused() -> Event:
    """Tell that an engine that is asked for has nothing to make."""
    line = "every table is so small that this process makes it: the engine is not started"
    return Event("engine_unused", {"reason": line}, line)


def table_begun(table: str, rows: int) -> Event:
    """Tell that the first rows of a table are made now."""
    return Event("table_begun", {"table": table, "rows": rows})


def table_finished(table: str, rows: int, size: int, seconds: float) -> Event:
    """Tell that a table is written: its rows, and their bytes with what stands around them."""
    fields = {"table": table, "rows": rows, "bytes": size, "seconds": round(seconds, 3)}
    return Event("table_finished", fields)


def finished(*, out: str, rows: int, size: int, seconds: float) -> Event:
    """Tell that all is written, and in its place."""
    fields = {"out": out, "rows": rows, "bytes": size, "seconds": round(seconds, 3), "exit_code": 0}
    return Event("finished", fields)
