"""Fields of values that few columns have: wide numbers, fractions of a second, times of day."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from shardgen.output.text.kinds import Field, Lookup, Number, Timestamp
from shardgen.output.text.lookup_table import LookupTable
from shardgen.tables.rare_values import Intervals, Times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.random.streams import Indices

    KeptTable = Callable[[Any, Callable[[], LookupTable]], LookupTable]

_HOUR = 3600  # seconds


def wide_numbers(
    units: NDArray[Any], low: int, high: int, scale: int, after: str, digits: int = 1
) -> Lookup:
    """
    Return numbers that an int64 does not hold, as ready texts of the batch: one for each row.

    They are of one width in every batch, which the bounds say.
    """
    numbers: list[int] = units.tolist()
    if scale:
        step = 10**scale
        texts = [
            f"{'-' if n < 0 else ''}{abs(n) // step}.{abs(n) % step:0{scale}d}{after}"
            for n in numbers
        ]
    else:
        texts = [f"{n:0{digits}d}{after}" for n in numbers]
    most = max(len(str(max(-low, high))), digits, scale + 1)
    width = most + (low < 0) + (scale > 0) + len(after)
    padded = np.array([text.encode() for text in texts], f"S{width}")
    table = LookupTable(padded.view(np.uint8).reshape(len(texts), width))
    return Lookup(table, np.arange(len(texts)))


def fractions(fraction: Indices | None, digits: int, after: str) -> list[Field]:
    """Return the digits of a second's fraction, in units of 10^-digits."""
    assert fraction is not None, "else there is nothing to write"
    return [Number(fraction, 0, 10**digits - 1, 0, digits, after.encode())]


def times(values: Times | Intervals, quote: str, after: str, table: KeptTable) -> list[Field]:
    """Return times of day and intervals between quotes; `table` keeps what is looked up."""
    if isinstance(values, Intervals):
        hour = values.seconds // _HOUR
        rest = table(("of an hour", quote, after), lambda: _of_an_hour(quote + after))
        start = table(("before", quote), lambda: LookupTable.of([quote.encode()]))
        before: list[Field] = [Lookup(start, hour * 0)] if quote else []
        return [
            *before,
            Number(hour, 0, values.high // _HOUR, 0, 2, b""),
            Lookup(rest, values.seconds - hour * _HOUR),
        ]
    dates = table(("no date", quote), lambda: LookupTable.of([quote.encode()]))
    end = quote + after
    if values.fraction is None:
        return [Timestamp(values.seconds, 0, dates, end.encode())]
    clock = Timestamp(values.seconds, 0, dates, b".")
    return [clock, *fractions(values.fraction, values.digits, end)]


def _of_an_hour(after: str) -> LookupTable:
    return LookupTable.of([b":%02d:%02d%b" % (*divmod(n, 60), after.encode()) for n in range(3600)])
