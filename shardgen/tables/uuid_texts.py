"""UUIDs as text: which columns have nothing else, proven from what their texts are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable

from shardgen.random.overriding import override
from shardgen.tables import values as c
from shardgen.tables.text_proofs import Reader, date_samples, wrong_text

_FORM = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh"
_DIGITS = frozenset("0123456789abcdef")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class _UuidReader(Reader[int]):
    """A state is the number of characters that were read."""

    start = 0

    @override
    def read(self, state: int, text: str) -> int | None:
        end = state + len(text)
        if end > len(_FORM):
            return None
        for letter, wanted in zip(text, _FORM[state:end], strict=True):
            if (letter not in _DIGITS) if wanted == "h" else (letter != wanted):
                return None
        return end

    @override
    def may_end(self, state: int) -> bool:
        return state == len(_FORM)

    @override
    def samples(self, state: int, part: c.Integers | c.Dates | c.HexDigits) -> Iterable[str]:
        """Only their length matters."""
        del state
        match part:
            case c.Integers(low=low, high=high, digits=digits):
                lengths = (max(digits, len(str(bound))) for bound in (low, high))
                return {"0" * length for length in lengths}
            case c.Dates():
                return date_samples(part)
            case c.HexDigits(digits=digits):
                return ("0" * digits,)


def is_uuid(text: str) -> bool:
    """Return whether a text is a UUID in its usual form, with small letters."""
    return _UUID.fullmatch(text) is not None


def wrong_uuid(values: c.Dictionary | c.Text) -> str | None:
    """
    Return a text of the column that is no UUID in its usual form; None where all are.

    PostgreSQL takes other forms and shows this one; the others compare texts as they are.
    """
    if isinstance(values, c.Dictionary):
        return next((text for text in values.pool.values if not is_uuid(text)), None)
    return wrong_text(values, _UuidReader())
