"""
A reader of JSON (RFC 8259), letter by letter, as deep as memory reaches.

A state has a mode, which says what may come next:

    V  a value            A  a value, or the end of the array that has just begun
    K  a key, or the end of the object that has just begun      k  a key      :  a colon
    E  what follows a value: a comma, an end, nothing
    s  inside a string    S  inside a key;  behind either, the escape that has begun
    =  inside true, false or null; behind it, the letters that are missing
    -0i.fe+x  inside a number: after its sign, its first zero, digits, the point, digits after it,
              the e, the sign of the exponent, its digits
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from shardgen.random.overriding import override
from shardgen.tables import values as c
from shardgen.tables.text_proofs import Reader, date_samples

MAX_DEPTH = 1000
"""What all databases read but MySQL and MariaDB, whose limit is lower: SQLite has the least."""

_MOST_DIGITS = 200  # of a number, and two of its exponent: any double has room for it
_MOST_EXPONENT_DIGITS = 2
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_NOT_PLAIN = re.compile(r'["\\\x00-\x1f]')
_SPACES = " \t\n\r"
_WORDS = {"t": "=rue", "f": "=alse", "n": "=ull"}
_BEGINNINGS = {
    "V": {'"': "s"} | _WORDS,
    "A": {'"': "s"} | _WORDS,
    "K": {'"': "S"},
    "k": {'"': "S"},
    ":": {":": "V"},
}
"""The mode after a letter by the mode before it, where a string, a word or a value begins."""
_ESCAPED = '"\\/bfnrt'
_NUMBERS = {
    "V": {"-": "-", "0": "0", "9": "i"},
    "-": {"0": "0", "9": "i"},
    "0": {".": ".", "e": "e"},
    "i": {"0": "i", "9": "i", ".": ".", "e": "e"},
    ".": {"0": "f", "9": "f"},
    "f": {"0": "f", "9": "f", "e": "e"},
    "e": {"0": "x", "9": "x", "+": "+", "-": "+"},
    "+": {"0": "x", "9": "x"},
    "x": {"0": "x", "9": "x"},
}
"""The mode after a letter by the mode before it: 9 stands for 1 to 9, and e for E."""
_NUMBER_ENDS = "0ifx"
_SURROGATES = range(0xD800, 0xE000)
_LOW_SURROGATES = range(0xDC00, 0xE000)


class JsonState(NamedTuple):
    """Where a reader stands: its mode, the brackets that are open, the digits of a number."""

    mode: str = "V"
    open: str = ""
    digits: int = 0


class JsonReader(Reader[JsonState]):
    """
    Reads JSON, and notes how deep it has seen it nested and whether it has seen a NUL's escape.

    It refuses what some database does: numbers beyond a double, half of a surrogate pair.
    """

    start = JsonState()

    def __init__(self) -> None:
        """Begin without having read anything."""
        self.depth = 0
        self.has_nul = False

    @override
    def may_end(self, state: JsonState) -> bool:
        return not state.open and (state.mode == "E" or state.mode in _NUMBER_ENDS)

    @override
    def passes(self, state: JsonState, pool: c.Pool) -> bool:
        return state.mode in "sS" and pool.mapped(_IS_PLAIN)

    @override
    def samples(self, state: JsonState, part: c.Integers | c.Dates | c.HexDigits) -> Iterable[str]:
        """Numbers differ in a zero at their beginning, and in being one digit long or more."""
        if "\\" in state.mode:
            return ("?",)  # within an escape: which one is not known
        match part:
            case c.Dates():
                return date_samples(part)
            case c.HexDigits(digits=digits):
                return ("0" * digits, "a" * digits)
            case c.Integers(low=low, high=high, digits=digits):
                length = max(digits, len(str(high)))
                padded = digits > len(str(low))
                zero = (f"{low:0{digits}d}",) if padded or low == 0 else ()
                return (*zero, *(("9",) if high and digits < 2 else ()), "9" * length)

    @override
    def read(self, state: JsonState, text: str) -> JsonState | None:
        at = 0
        new: JsonState | None = state
        while at < len(text) and new is not None:
            if new.mode in "sS":
                plain = _PLAIN.match(text, at)
                at = plain.end() if plain else at
                if at == len(text):
                    break
            new = self._step(new, text[at])
            at += 1
        return new

    def _step(self, state: JsonState, letter: str) -> JsonState | None:
        mode = state.mode
        if mode[0] in "sS":
            return self._in_string(state, letter)
        if mode[0] == "=":
            rest = mode[2:]
            return state._replace(mode=f"={rest}" if rest else "E") if letter == mode[1] else None
        number = _NUMBERS.get("V" if mode == "A" else mode)
        if number is not None:
            new = _in_number(state, number.get(_kind(letter)))
            if new is not None:
                return new
            if mode not in "VA":
                state = state._replace(mode="E", digits=0)
                if mode not in _NUMBER_ENDS or letter in "0123456789":
                    return None
        return state if letter in _SPACES else self._between(state, letter)

    def _between(self, state: JsonState, letter: str) -> JsonState | None:
        """Return the state after a letter that is part of no string, number or word."""
        mode, within = state.mode, state.open[-1:]
        if letter in "]}":
            ends = "[AE" if letter == "]" else "{KE"
            closes = within == ends[0] and mode in ends[1:]
            return state._replace(mode="E", open=state.open[:-1]) if closes else None
        if mode in "VA" and letter in "[{":
            return self._opened(state, letter)
        if mode == "E" and letter == ",":
            new = {"[": "V", "{": "k"}.get(within)
        else:
            new = _BEGINNINGS.get(mode, {}).get(letter)
        return None if new is None else state._replace(mode=new)

    def _opened(self, state: JsonState, bracket: str) -> JsonState | None:
        self.depth = max(self.depth, len(state.open) + 1)
        if self.depth > MAX_DEPTH:
            return None
        return state._replace(mode="A" if bracket == "[" else "K", open=state.open + bracket)

    def _in_string(self, state: JsonState, letter: str) -> JsonState | None:
        r"""A mode such as `s\u00` has the escape so far; `s^` wants the rest of a pair."""
        kind, escape = state.mode[0], state.mode[1:].removeprefix("^")
        pair = state.mode[1:2] == "^"
        if escape:
            return self._in_escape(state, escape, letter, pair=pair)
        if letter == "\\":
            return state._replace(mode=state.mode + letter)
        if pair or letter < " ":
            return None
        end = "E" if kind == "s" else ":"
        return state._replace(mode=end if letter == '"' else kind)

    def _in_escape(
        self, state: JsonState, escape: str, letter: str, *, pair: bool
    ) -> JsonState | None:
        kind = state.mode[0]
        longer = state._replace(mode=state.mode + letter)
        if escape == "\\":
            if letter == "u":
                return longer
            return state._replace(mode=kind) if letter in _ESCAPED and not pair else None
        if letter not in "0123456789abcdefABCDEF":
            return None
        if len(escape) < len("\\u000"):
            return longer
        return self._escaped(state, kind, int(escape[2:] + letter, 16), pair=pair)

    def _escaped(self, state: JsonState, kind: str, code: int, *, pair: bool) -> JsonState | None:
        self.has_nul = self.has_nul or code == 0
        if pair or code in _LOW_SURROGATES:
            return state._replace(mode=kind) if pair and code in _LOW_SURROGATES else None
        return state._replace(mode=f"{kind}^" if code in _SURROGATES else kind)


def _kind(letter: str) -> str:
    if letter in "+-":
        return letter
    if letter in "123456789":
        return "9"
    return letter.lower()


def _in_number(state: JsonState, mode: str | None) -> JsonState | None:
    if mode is None:
        return None
    if mode in "0if":
        digits = state.digits + 1
        return state._replace(mode=mode, digits=digits) if digits <= _MOST_DIGITS else None
    if mode == "x":
        digits = state.digits + 1
        return state._replace(mode=mode, digits=digits) if digits <= _MOST_EXPONENT_DIGITS else None
    return state._replace(mode=mode, digits=0 if mode in "e+" else state.digits)


class _IsPlain(c.PoolFunction[bool], frozen=True):
    @override
    def __call__(self, pool: c.Pool) -> bool:
        """Return whether all strings of a pool may stand inside a JSON string as they are."""
        return _NOT_PLAIN.search("".join(pool.values)) is None


_IS_PLAIN = _IsPlain()
