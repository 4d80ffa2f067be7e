"""The command line as a whole: its commands, standard streams, and an exit code for each error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from keyword import iskeyword
from typing import Any, NoReturn

# One BLAS thread: shardgen multiplies no matrices, and idle threads take time and memory.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import click

from shardgen import __version__
from shardgen.cli.streams import (
    BROKEN_PIPE,
    fill_standard_streams,
    leave,
    say,
    show_usage,
)
from shardgen.errors import InputError, OutputError, ShardgenError, StoppedError

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
FILES = {
    "run": "run",
    "load": "loading",
    "join": "joining",
    "verify": "verifying",
    "plan": "inspection",
    "preview": "inspection",
    "describe": "describing",
    "profile": "profiling",
    "check": "inspection",
    "explain": "explaining",
    "init": "files",
    "convert": "files",
    "import": "importing",
    "schemas": "reference",
    "generators": "reference",
    "json-schema": "reference",
}
"""Every command by the file of this folder that it stands in."""


class CommandsByName(Mapping[str, click.Command]):
    """The commands, each imported when it is asked for: a run pays for its own alone."""

    def __getitem__(self, name: str) -> click.Command:
        """Return a command; KeyError when no command has that name."""
        file = import_module(f"shardgen.cli.{FILES[name]}")
        function = name.replace("-", "_") + ("_" if iskeyword(name) else "")
        command: click.Command = getattr(file, function)
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(FILES)

    def __len__(self) -> int:
        return len(FILES)


class CommandGroup(click.Group):
    """Commands that end as others do when whoever reads their output has left."""

    def invoke(self, ctx: click.Context) -> Any:
        """Exit with 141; click would say 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            leave(1)
            return BROKEN_PIPE

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Exit with 141 too after --help and --version, which are printed here."""
        try:
            return super().make_context(*args, **extra)
        except BrokenPipeError:
            leave(1)
            raise click.exceptions.Exit(BROKEN_PIPE) from None


def show_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    """Print the version, and below it what else decides how fast a run is; exit."""
    if not value or ctx.resilient_parsing:  # or it would be offered as a completion
        return
    import platform
    from importlib.metadata import version

    from shardgen.output.text import native_writer as native

    way = "NumPy, without the compiled module" if native.compiled is None else "the compiled module"
    click.echo(f"shardgen {__version__}")
    click.echo(f"Python {platform.python_version()}, NumPy {version('numpy')}; rows by {way}")
    ctx.exit()


@click.group(cls=CommandGroup, commands=CommandsByName(), context_settings=CONTEXT)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=show_version,
              help="Show versions, and how rows are written, and exit.")  # fmt: skip
def cli() -> None:
    """
    Realistic relational test data as ordered SQL: every key valid, the same bytes for a seed.

    \b
    shardgen run                                  write fintech-loans.sql, 5,000 rows
    shardgen run my-schema.json --workers 8       a schema of your own
    shardgen preview fintech-loans loans          look before you write
    """


def main() -> NoReturn:
    """Run the command line and exit with the code of what happened."""
    fill_standard_streams()
    sys.exit(_exit_code())


def _exit_code() -> int:
    """Run the command line; return its exit code, after a line on standard error if it failed."""
    try:
        result = cli.main(standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.ClickException as error:
        if not _show_as_json(error):
            show_usage(error)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _fail(StoppedError())
    except BrokenPipeError:
        leave(1)
        return BROKEN_PIPE
    except ShardgenError as error:
        return _fail(error)
    except (MemoryError, OSError) as error:
        return _fail_by_system(error)
    return result if isinstance(result, int) else 0


def _fail_by_system(error: MemoryError | OSError) -> int:
    """Say what can happen anywhere, as an error of ours; else it is a bug, and raised again."""
    from shardgen.cli.failures import of_system

    known = of_system(error)
    if known is None:
        raise error
    if isinstance(known, OutputError):
        leave(1)
    return _fail(known)


def _fail(error: ShardgenError) -> int:
    """Say what went wrong; return the exit code of its kind."""
    if not _show_as_json(error):
        _show_warnings(error)
        say(f"shardgen: {error}")
    return error.exit_code


def _show_as_json(error: Exception) -> bool:
    """Say what went wrong as JSON where that is asked for; return whether it is."""
    from shardgen.cli.failures import asks_for_json, failure_json  # late: most commands do not fail

    is_asked_for = asks_for_json(sys.argv[1:], os.environ)
    if is_asked_for:
        say(failure_json(error))
    return is_asked_for


def _show_warnings(error: ShardgenError) -> None:
    """Say what has no effect of a schema that has mistakes too."""
    if isinstance(error, InputError) and error.warnings:
        from shardgen.cli.warnings_report import show_warnings

        show_warnings(error.warnings, error.source)
