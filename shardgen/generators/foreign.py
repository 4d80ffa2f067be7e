"""
Code that is not ours, Faker's or a plug-in's: whatever it raises is an error of its own.

What stops a run from outside is none of it, and passes through; where foreign code has caught it,
it is raised again as soon as that returns.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from shardgen.errors import BindError, GenerationError, ShardgenError
from shardgen.generators.generator import BoundGenerator, Generator, Nulls

if TYPE_CHECKING:
    from shardgen.generators.context import ColumnContext
    from shardgen.tables.batch import Batch

T = TypeVar("T")
_PASSING = (BindError, ShardgenError, MemoryError)
"""What is raised on purpose, or is nobody's fault."""


class _Watch:
    """What is asked after foreign code whether it may go on; it raises where not."""

    ask: Callable[[], None] | None = None


def ask_after_foreign_code(ask: Callable[[], None]) -> None:
    """Have a function called whenever foreign code has returned, or raised."""
    _Watch.ask = ask


@contextmanager
def foreign_code() -> Iterator[None]:
    """Run code that is not ours, which may have caught what it should not have."""
    try:
        yield
    finally:
        if _Watch.ask is not None:
            _Watch.ask()


def foreign_errors() -> tuple[type[BaseException], ...]:
    """
    Return what foreign code may raise of its own, an end of the process included.

    KeyboardInterrupt may be Ctrl-C instead, but only under Python's own handler: the command line
    sets others, and its workers ignore Ctrl-C.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        return Exception, SystemExit
    return Exception, SystemExit, KeyboardInterrupt


def told(error: BaseException) -> str:
    """Return what was raised as part of a line: its kind, and what it says."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def raised_by(kind: type[Generator], error: BaseException) -> str:
    """Return who raised it, after the generator's name."""
    return f"of the plug-in {kind.__module__} raised {told(error)}"


def is_foreign(kind: type[Generator]) -> bool:
    """Return whether a generator is a plug-in's, or its user's."""
    return not kind.__module__.startswith("shardgen.")


class PluginError(GenerationError):
    """A generator of a plug-in raised what it should not have: `column` is the path of its own."""

    def __init__(self, column: str, what: str) -> None:
        """Keep where it was raised, and by whom."""
        super().__init__(column, what)
        self.column = column
        self.what = what

    def __str__(self) -> str:
        """One line."""
        return f"{self.column}: {self.what}"


def bind_generator(made_by: Generator, context: ColumnContext) -> BoundGenerator:
    """
    Return what a generator is bound to; BindError where it cannot be.

    That is so too where a plug-in's raises anything else. What one raises when it makes values is a
    PluginError.
    """
    kind = type(made_by)
    if not is_foreign(kind):
        return made_by.bind(context)
    try:
        with foreign_code():
            bound = made_by.bind(context)
    except _PASSING:
        raise
    except foreign_errors() as error:
        raise BindError(raised_by(kind, error)) from None

    def guarded(function: Callable[[Batch], T]) -> ForeignFunction[T]:
        return ForeignFunction(function, kind, context.column.generator or "", context.column.path)

    return msgspec.structs.replace(
        bound,
        compute=guarded(bound.compute),
        nulls=bound.nulls if isinstance(bound.nulls, Nulls) else guarded(bound.nulls),
        latent=None if bound.latent is None else guarded(bound.latent),
    )


class ForeignFunction(msgspec.Struct, Generic[T], frozen=True, eq=False):
    """A function of a plug-in's generator; PluginError for whatever it raises that is not ours."""

    function: Callable[[Batch], T]
    kind: type[Generator]
    name: str
    column: str

    def __call__(self, batch: Batch) -> T:
        """Return what it makes of the rows of a batch."""
        try:
            with foreign_code():
                return self.function(batch)
        except _PASSING:
            raise
        except foreign_errors() as error:
            what = f"{self.name} {raised_by(self.kind, error)}"
            raise PluginError(self.column, what) from error
