"""
What holds of every text of a column, proven from what texts are composed of.

The parts of a text and the strings of its pools are the same in every batch; only which string or
number stands in a row differs. So a column's texts are known without making one: a reader goes
through the parts, and through all strings of a pool, and keeps each state that it can be in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from shardgen.errors import BindError, GenerationError
from shardgen.random.overriding import override
from shardgen.tables import values as c
from shardgen.tables.calendar import iso_date

NUL = "\0"

_MOST_STATES = 4096  # after one part of a text
_MOST_LETTERS = 2_000_000  # that are read of the pool of one part

S = TypeVar("S")


class Reader(Generic[S]):
    """Reads text from its beginning; a state is all that matters of what was read."""

    start: S

    def read(self, state: S, text: str) -> S | None:
        """Return the state after `text`; None where no right text goes on so."""
        raise NotImplementedError

    def may_end(self, state: S) -> bool:
        """Return whether a text may end here."""
        raise NotImplementedError

    def passes(self, state: S, pool: c.Pool) -> bool:
        """Return whether it is known at once that no string of the pool changes the state."""
        del state, pool
        return False

    def samples(self, state: S, part: c.Integers | c.Dates | c.HexDigits) -> Iterable[str]:
        """Return texts of this part: whatever holds after each of them holds after all others."""
        raise NotImplementedError


class _RefusedError(Exception):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def wrong_text(values: c.Dictionary | c.Text, reader: Reader[S]) -> str | None:
    """
    Return a text that the column can yield and the reader refuses; None where there is none.

    BindError where there are too many different texts to tell.
    """
    parts = values.elements if isinstance(values, c.Text) else (values,)
    states = {reader.start: ""}
    for n, part in enumerate(parts):
        try:
            states = _after(states, part, reader)
        except _RefusedError as error:
            return error.text + "".join(map(first_text, parts[n + 1 :]))
    return next((text for state, text in states.items() if not reader.may_end(state)), None)


def _after(states: dict[S, str], part: c.Element, reader: Reader[S]) -> dict[S, str]:
    """Return the states after a part, each with a text that leads to it."""
    after: dict[S, str] = {}
    if isinstance(part, c.Union):
        for branch in part.branches:
            inner = states
            for each in branch:
                inner = _after(inner, each, reader)
            after = inner | after
    else:
        for state, before in states.items():
            if isinstance(part, c.Dictionary) and reader.passes(state, part.pool):
                after.setdefault(state, before + part.pool.values[0])
                continue
            for text in _texts(part, state, reader):
                new = reader.read(state, text)
                if new is None:
                    raise _RefusedError(before + text)
                after.setdefault(new, before + text)
    if len(after) > _MOST_STATES:
        raise BindError(*_TOO_MANY)
    return after


_TOO_MANY = (
    "composes texts in more ways than can be looked through",
    "choose among fewer parts, or make the column text",
)


def _texts(part: c.Element, state: S, reader: Reader[S]) -> Iterable[str]:
    match part:
        case str():
            return (part,)
        case c.Dictionary(pool=pool):
            if sum(map(len, pool.values)) > _MOST_LETTERS:
                raise BindError(*_TOO_MANY)
            return pool.values
        case c.Integers() | c.Dates() | c.HexDigits():
            return reader.samples(state, part)
    raise TypeError(part)


def first_text(part: c.Element) -> str:
    """Return one of the texts that a part can be."""
    match part:
        case str():
            return part
        case c.Dictionary(pool=pool):
            return pool.values[0]
        case c.Integers(low=low, digits=digits):
            return f"{low:0{digits}d}"
        case c.Dates(low=low):
            return _written_date(part, low)
        case c.HexDigits(digits=digits):
            return "0" * digits
        case c.Union():
            return "".join(map(first_text, part.branches[0]))


def date_samples(part: c.Dates) -> tuple[str, str]:
    """Return the first and the last of a part's dates as it writes them."""
    return _written_date(part, part.low), _written_date(part, part.high)


def _written_date(part: c.Dates, day: int) -> str:
    return iso_date(day).replace("-", "") if part.compact else iso_date(day)


# Texts that nothing can write


class _Unstorable(c.PoolFunction[str], frozen=True):
    @override
    def __call__(self, pool: c.Pool) -> str:
        """Return the first string of the pool that no database stores, or an empty one."""
        if is_storable("".join(pool.values)):
            return ""
        return next((text for text in pool.values if not is_storable(text)), "")


_UNSTORABLE = _Unstorable()


def is_storable(text: str) -> bool:
    """Return whether a text is Unicode, without half of a surrogate pair, and has no NUL."""
    try:
        return NUL.encode() not in text.encode()
    except UnicodeEncodeError:
        return False


def storable(text: str) -> str:
    """Return a text that can be written; GenerationError for any other."""
    if not is_storable(text):
        raise GenerationError(f"text {text!r}, {unstorable_reason(text)}")
    return text


def unstorable_reason(text: str) -> str:
    """Return why no database stores a text that is not storable, as the end of a sentence."""
    return (
        f"with {'a NUL' if NUL in text else 'half of a surrogate pair'}, which no database stores"
    )


def unstorable_text(values: c.Dictionary | c.Text) -> str | None:
    """Return a string among those that texts are composed of that no database stores, if any."""
    parts = values.elements if isinstance(values, c.Text) else (values,)
    return next(_unstorable_parts(parts), None)


def _unstorable_parts(parts: Iterable[c.Element]) -> Iterator[str]:
    for part in parts:
        match part:
            case str() if not is_storable(part):
                yield part
            case c.Dictionary(pool=pool) if text := pool.mapped(_UNSTORABLE):
                yield text
            case c.Union():
                for branch in part.branches:
                    yield from _unstorable_parts(branch)
