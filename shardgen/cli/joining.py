"""The command that makes one of the parts of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from shardgen.cli.options import IF_LOCKED, JSON, LOG, LOG_FORMAT, QUIET, option, takes
from shardgen.cli.run import open_log
from shardgen.cli.streams import tell_people
from shardgen.execution.signals import signals_raise

if TYPE_CHECKING:
    from shardgen.cli.log import LogFormat
    from shardgen.execution.locks import IfLocked
    from shardgen.execution.part_joining import Joined

OUT = option(
    "-o", "--out", metavar="FILE", help="The dump to write, of parts of one; - is standard output."
)


@click.command()
@click.argument("folders", nargs=-1, required=True, metavar="DIR...")
@takes(OUT, IF_LOCKED, LOG, LOG_FORMAT, QUIET, JSON)
def join(
    folders: tuple[str, ...],
    *,
    out: str | None,
    if_locked: IfLocked,
    log: str | None,
    log_format: LogFormat,
    quiet: bool,
    as_json: bool,
) -> None:
    """
    Make one of all parts of a run in DIR, which `shardgen run --part` has made.

    Parts of a dump become the dump, with the bytes of a run that is not divided. Parts that are
    files of tables stay as they are, and get one manifest. Parts that are missing, there twice,
    damaged, or of different seeds, schemas, options or versions are refused by name.

    \b
    Examples:
      shardgen join parts/ -o dump.sql
      shardgen join node1/ node2/ -o - | psql mydb
      shardgen join loans/ --log nightly.log --if-locked fail
    """
    from shardgen.execution.part_joining import join as join_parts

    with open_log(log, log_format, {}) as writes:
        is_said = not (writes and writes.is_standard_error)
        tell = writes.tell if writes else tell_people
        with signals_raise():
            joined = join_parts(folders, out, if_locked=if_locked, tell=tell)
        _report(joined, quiet=quiet or not (is_said or joined.out != "-"), as_json=as_json)


def _report(joined: Joined, *, quiet: bool, as_json: bool) -> None:
    """Print what became of the parts, beside the dump."""
    import msgspec

    to_stderr = joined.out == "-"
    if as_json:
        click.echo(msgspec.json.encode(joined).decode(), err=to_stderr)
    elif not quiet:
        where = "standard output" if to_stderr else joined.out
        told = f"Joined {joined.parts} parts: {where}, {joined.rows:,} rows, {joined.bytes:,} bytes"
        click.echo(told, err=to_stderr)
