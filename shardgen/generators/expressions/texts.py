"""Text as whole columns, and other values as text."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.generators.expressions.numbers import ArithmeticBoundsError, Numbers
from shardgen.tables.calendar import iso_date, iso_moment
from shardgen.tables.values import (
    DAY,
    ColumnValues,
    Dates,
    Dictionary,
    Element,
    HexDigits,
    Integers,
    Pool,
    Text,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shardgen.generators.expressions.numbers import Truths, Units

_KEPT_LITERALS = 1024  # a column asks for the same pools in every batch


class Texts(msgspec.Struct, frozen=True, eq=False):
    """A text for each row: its parts one after the other; a `str` is the same in all rows."""

    elements: tuple[Element, ...]

    @property
    def literal(self) -> str | None:
        """The text of all rows; None when a part differs from row to row."""
        if all(isinstance(part, str) for part in self.elements):
            return "".join(str(part) for part in self.elements)
        return None

    @property
    def picks(self) -> Dictionary:
        """
        The text as picks from a pool, a literal as one pick for all rows.

        ArithmeticBoundsError when it is put together from several values.
        """
        literal = self.literal
        if literal is not None:
            return Dictionary(np.int64(0), _pool_of(literal))  # type: ignore[arg-type]
        if len(self.elements) == 1 and isinstance(self.elements[0], Dictionary):
            return self.elements[0]
        raise ArithmeticBoundsError(
            "needs text that is picked from a list, not put together from several values",
            "compare or cut what it is put together from",
        )

    @property
    def is_picked(self) -> bool:
        """Whether the text is picked from a pool, or a literal."""
        picked = len(self.elements) == 1 and isinstance(self.elements[0], Dictionary)
        return picked or self.literal is not None


@lru_cache(maxsize=_KEPT_LITERALS)
def _pool_of(text: str) -> Pool:
    return Pool((text,))


def literal_text(text: str) -> Texts:
    """Return a text that all rows have."""
    return Texts((text,) if text else ())


def picked(indices: Units, pool: Pool) -> Texts:
    """Return picks from a pool; a literal where a scalar picks the same for all rows."""
    if np.ndim(indices) == 0:
        return literal_text(pool.values[int(indices)])
    return Texts((Dictionary(_rows(indices), pool),))


def from_column(values: ColumnValues) -> Texts:
    """Return the values of a text column; TypeError where the column is not text."""
    match values:
        case Text(elements=parts):
            return Texts(parts)
        case Dictionary() | Integers() | Dates() | HexDigits():
            return Texts((values,))
    msg = f"not text: {type(values).__name__}"
    raise TypeError(msg)


def to_column(text: Texts, rows: int) -> Dictionary | Text:
    """Return the text as the values of a column with so many rows."""
    if text.is_picked:
        picks = text.picks
        return Dictionary(np.broadcast_to(picks.indices, (rows,)), picks.pool)
    return Text(text.elements)


# Values as text


def joined(*texts: Texts) -> Texts:
    """Return the texts one after the other."""
    return Texts(tuple(part for text in texts for part in text.elements))


def of_number(number: Numbers) -> Texts:
    """Return a number with all of its decimal places: `-2.50`."""
    if np.ndim(number.units) == 0:
        return literal_text(_decimal(int(number.units), number.scale))
    units = _rows(number.units)
    signs: tuple[Element, ...] = ()
    if number.low < 0:
        signs = (Dictionary((units < 0).astype(np.int64), _SIGNS),)
        units = np.abs(units)
    if not number.scale:
        return Texts((*signs, Integers(units, 0, number.max_abs)))
    step = 10**number.scale
    before = units // step
    after = Integers(units - before * step, 0, step - 1, digits=number.scale)
    return Texts((*signs, Integers(before, 0, number.max_abs // step), ".", after))


def _decimal(units: int, scale: int) -> str:
    before, after = divmod(abs(units), 10**scale)
    return "-" * (units < 0) + str(before) + (f".{after:0{scale}d}" if scale else "")


def of_date(days: Numbers) -> Texts:
    """Return a date: `2024-02-29`."""
    if np.ndim(days.units) == 0:
        return literal_text(iso_date(int(days.units)))
    return Texts((Dates(_rows(days.units), days.low, days.high),))


def of_timestamp(seconds: Numbers) -> Texts:
    """Return a timestamp: `2024-02-29 23:59:59`."""
    if np.ndim(seconds.units) == 0:
        return literal_text(iso_moment(int(seconds.units)))
    units = _rows(seconds.units)
    days = units // DAY
    rest = units - days * DAY
    hour = rest // 3600
    clock = [
        Integers(values, 0, high, digits=2)
        for values, high in ((hour, 23), (rest // 60 - hour * 60, 59), (rest % 60, 59))
    ]
    date = Dates(days, seconds.low // DAY, seconds.high // DAY)
    return Texts((date, " ", clock[0], ":", clock[1], ":", clock[2]))


def of_truth(truths: Truths) -> Texts:
    """Return `true` or `false`."""
    return picked(np.asarray(truths).astype(np.int64), _TRUTHS)


def padded_number(number: Numbers, digits: int, fill: str = "0") -> Texts:
    """Return a whole number with at least `digits` digits; longer ones are not cut."""
    if fill != "0" or number.low < 0:
        raise ArithmeticBoundsError(
            "pads numbers from 0 up with zeros only", "make it text with to_text(x)"
        )
    if np.ndim(number.units) == 0:
        return literal_text(f"{int(number.units):0{digits}d}")
    return Texts((Integers(_rows(number.units), number.low, number.high, digits=digits),))


def _rows(units: Units) -> NDArray[np.int64]:
    """Return units that are known to be an array, not a scalar."""
    assert isinstance(units, np.ndarray), "a scalar is a literal"
    return units


_SIGNS = Pool(("", "-"))
_TRUTHS = Pool(("false", "true"))
