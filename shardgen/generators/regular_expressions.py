r"""
A regular expression → the parts of a text that matches it, each one of a few strings.

The subset that has a closed form: characters, `.`, classes, `\d \w \s` and POSIX's, groups,
alternatives, and repeats; `^` and `$` at the ends. What looks around or back is refused.
"""

from __future__ import annotations

import math
import string
from collections.abc import Iterator
from itertools import product

import msgspec

from shardgen.errors import BindError, shown

Part = tuple[str, ...]
"""The strings of which one stands at a place of the text; all different."""

_MOST_MORE = 8
"""How many more than the least a repeat without an end has."""
_MOST_OF_PART = 2048  # strings
_MOST_DEPTH = 50  # groups within each other
_MOST_REPEATS = 1000
_ANY = string.ascii_lowercase + string.digits
"""What `.` stands for: what every text may have."""
_WORD = string.ascii_letters + string.digits + "_"
_PRINTABLE = "".join(sorted(set(string.printable) - set(string.whitespace))) + " "
_CLASSES = {"d": string.digits, "w": _WORD, "s": " "}
_POSIX = {
    "alpha": string.ascii_letters, "digit": string.digits, "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase, "alnum": string.ascii_letters + string.digits,
    "xdigit": "0123456789abcdefABCDEF", "space": " ", "blank": " ", "word": _WORD,
    "punct": string.punctuation,
}  # fmt: skip
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}


class Chars(msgspec.Struct, frozen=True):
    """One of some characters."""

    choices: str


class Sequence(msgspec.Struct, frozen=True):
    """One after the other."""

    parts: tuple[Node, ...]


class Either(msgspec.Struct, frozen=True):
    """One of several."""

    parts: tuple[Node, ...]


class Repeat(msgspec.Struct, frozen=True):
    """From `low` to `high` of the same kind."""

    part: Node
    low: int
    high: int


Node = Chars | Sequence | Either | Repeat


def parts_of_regex(
    pattern: str, *, shortest: int = 0, longest: int | None = None, unique: bool = False
) -> list[Part]:
    """
    Return the parts of the texts that match a pattern; any string of each part, joined, is one.

    Texts have `shortest` to `longest` characters. Where they are `unique`, different choices are
    different texts. BindError where the pattern cannot be read, or no text is of such a length.
    """
    node = _Parser(pattern).pattern()
    least, most = lengths(node)
    if longest is not None and least > longest:
        what = f"{shown(pattern)} makes at least {least} characters, and there is room for"
        raise BindError(f"{what} {longest}", "choose a longer type")
    if most < shortest:
        what = f"{shown(pattern)} makes at most {most} characters, and {shortest} are asked for"
        raise BindError(what, "choose another pattern")
    if longest is not None:
        node = _shortened(node, longest)
    node = _lengthened(node, min(shortest, lengths(node)[1]))
    parts = [*_parts(node)]
    if unique:
        parts = [*_of_one_length(parts)]
    return parts or [("",)]


def lengths(node: Node) -> tuple[int, int]:
    """Return the least and the most characters of a node's texts."""
    match node:
        case Chars():
            return 1, 1
        case Repeat(part, low, high):
            least, most = lengths(part)
            return least * low, most * high
        case Sequence(parts):
            ends = [lengths(part) for part in parts]
            return sum(e[0] for e in ends), sum(e[1] for e in ends)
        case Either(parts):
            ends = [lengths(part) for part in parts]
            return min(e[0] for e in ends), max(e[1] for e in ends)


def _shortened(node: Node, most: int) -> Node:
    """Return a node without its texts of more characters; it has some of so many."""
    match node:
        case Repeat(part, low, high):
            least, longest = lengths(part)
            if longest * high <= most:
                return node
            if low and longest * low > most:
                part = _shortened(part, max(most // low, least))
                longest = lengths(part)[1]
            return Repeat(part, low, max(low, min(high, most // longest if longest else high)))
        case Either(parts):
            return Either(tuple(_shortened(p, most) for p in parts if lengths(p)[0] <= most))
        case Sequence(parts):
            left, made = most - lengths(node)[0], []
            for part in parts:
                least = lengths(part)[0]
                made.append(_shortened(part, least + left))
                left -= lengths(made[-1])[1] - least
            return Sequence(tuple(made))
    return node


def _lengthened(node: Node, least: int) -> Node:
    """Return a node without its texts of fewer characters; it has some of so many."""
    match node:
        case Repeat(part, low, high) if lengths(node)[0] < least:
            shortest, longest = lengths(part)
            each = -(-least // high)
            part = _lengthened(part, each) if shortest < each <= longest else part
            return Repeat(part, min(high, max(low, -(-least // max(lengths(part)[0], 1)))), high)
        case Either(parts):
            return Either(tuple(_lengthened(p, least) for p in parts if lengths(p)[1] >= least))
        case Sequence(parts):
            missing, made = least - lengths(node)[0], []
            for part in parts:
                shortest, longest = lengths(part)
                more = max(0, min(missing, longest - shortest))
                made.append(_lengthened(part, shortest + more) if more else part)
                missing -= lengths(made[-1])[0] - shortest
            return Sequence(tuple(made))
    return node


def _parts(node: Node) -> Iterator[Part]:
    match node:
        case Chars(choices):
            yield tuple(choices)
        case Sequence(parts):
            for part in parts:
                yield from _parts(part)
        case Repeat(part, low, high):
            for _ in range(low):
                yield from _parts(part)
            if high > low:
                yield _strings(Repeat(part, 0, high - low))
        case Either():
            yield _strings(node)


def _strings(node: Node) -> Part:
    """Return the texts of a node, or some of them, evenly, where they are too many."""
    return tuple(dict.fromkeys(_some(node, _MOST_OF_PART)))


def _some(node: Node, most: int) -> list[str]:
    match node:
        case Chars(choices):
            return [*choices]
        case Either(parts):
            each = max(1, most // len(parts))
            return [text for part in parts for text in _some(part, each)]
        case Repeat(part, low, high):
            each = max(1, most // (high - low + 1))
            counts = range(low, high + 1)
            return [text for n in counts for text in _joined([part] * n, each)]
        case Sequence(parts):
            return _joined(list(parts), most)


def _joined(parts: list[Node], most: int) -> list[str]:
    """Return texts of several nodes one after the other: all, or every so many-th."""
    pools = [_some(part, most) for part in parts]
    count = math.prod(map(len, pools))
    if count <= most:
        return ["".join(each) for each in product(*pools)]
    made = []
    for n in range(most):
        at, text = n * count // most + (n * 7919) % max(1, count // most), []
        for pool in reversed(pools):
            at, digit = divmod(at, len(pool))
            text.append(pool[digit])
        made.append("".join(reversed(text)))
    return made


def _of_one_length(parts: list[Part]) -> Iterator[Part]:
    """
    Yield parts such that different choices are different texts.

    They are, where all but one have texts of one length: what is where is known then.
    """
    loose = [n for n, part in enumerate(parts) if len({*map(len, part)}) > 1]
    kept = max(loose, key=lambda n: len(parts[n]), default=None)
    for n, part in enumerate(parts):
        if n == kept or n not in loose:
            yield part
            continue
        by_length: dict[int, list[str]] = {}
        for text in part:
            by_length.setdefault(len(text), []).append(text)
        _, longest = max((len(texts), -n) for n, texts in enumerate(by_length.values()))
        yield tuple([*by_length.values()][-longest])


class _Parser:
    """Reads a pattern from its start to its end."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._depth = 0

    def pattern(self) -> Node:
        """Return the whole pattern."""
        node = self._either()
        if self._at < len(self._pattern):
            raise self._refused("')' closes nothing")
        return node

    def _refused(self, what: str) -> BindError:
        where = f"at character {self._at + 1} of {shown(self._pattern)}"
        return BindError(f"{what} {where}", "write a pattern without it")

    def _next(self) -> str:
        """Return the next character, "" at the end."""
        return self._pattern[self._at : self._at + 1]

    def _take(self, text: str) -> bool:
        """Go on behind a text, if it stands here."""
        if not self._pattern.startswith(text, self._at):
            return False
        self._at += len(text)
        return True

    def _either(self) -> Node:
        parts = [self._sequence()]
        while self._take("|"):
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        self._take("^")
        while self._next() not in ("", "|", ")"):
            if self._take("$"):
                if self._next() not in ("", "|", ")"):
                    raise self._refused("'$' is not at the end")
                break
            parts.append(self._repeated(self._one()))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _one(self) -> Node:
        sign = self._next()
        if self._take("("):
            return self._group()
        if self._take("["):
            return Chars(self._class())
        if self._take("."):
            return Chars(_ANY)
        if self._take("\\"):
            return Chars(self._escaped())
        if sign in "*+?^{":
            raise self._refused(f"{sign!r} has nothing before it")
        self._at += 1
        return Chars(sign)

    def _group(self) -> Node:
        if self._take("?") and not self._take(":"):
            raise self._refused("what looks around, or names a group, is not read")
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise self._refused(f"more than {_MOST_DEPTH} groups are within each other")
        node = self._either()
        self._depth -= 1
        if not self._take(")"):
            raise self._refused("a group is not closed")
        return node

    def _escaped(self) -> str:
        sign = self._next()
        self._at += 1
        if sign in _CLASSES:
            return _CLASSES[sign]
        if sign in ("D", "W", "S"):
            return _others(_CLASSES[sign.lower()])
        if sign in _ESCAPED:
            return _ESCAPED[sign]
        if sign == "" or sign.isalnum():
            self._at -= 1
            raise self._refused(f"'\\{sign}' is not read")
        return sign

    def _class(self) -> str:
        is_negated = self._take("^")
        found, first = "", True
        while first or self._next() != "]":
            first = False
            if self._next() == "":
                raise self._refused("'[' is not closed")
            found += self._of_class()
        self._at += 1
        chosen = _others(found) if is_negated else "".join(dict.fromkeys(found))
        if not chosen:
            raise self._refused("no character is left")
        return chosen

    def _of_class(self) -> str:
        """Return what the next entry of a class stands for: one character, a range, a name."""
        if self._take("[:"):
            end = self._pattern.find(":]", self._at)
            name = self._pattern[self._at : end]
            if end < 0 or name not in _POSIX:
                raise self._refused("the class is not known")
            self._at = end + 2
            return _POSIX[name]
        first = self._character()
        is_range = self._next() == "-" and self._pattern[self._at + 1 : self._at + 2] not in (
            "]",
            "",
        )
        if len(first) > 1 or not is_range:
            return first
        self._at += 1
        last = self._character()
        if len(last) > 1 or last < first:
            raise self._refused("a range has no end after its start")
        most = min(ord(last), ord(first) + _MOST_OF_PART)
        span = range(ord(first), most + 1)
        return "".join(map(chr, (c for c in span if not 0xD800 <= c < 0xE000)))

    def _character(self) -> str:
        if self._take("\\"):
            return self._escaped()
        sign = self._next()
        self._at += 1
        return sign

    def _repeated(self, node: Node) -> Node:
        if not self._next() or self._next() not in "*+?{":
            return node
        low, high = self._counts()
        if self._next() and self._next() in "?+":
            self._at += 1  # lazy or possessive: the same texts
        return Repeat(node, low, high)

    def _counts(self) -> tuple[int, int]:
        if self._take("*"):
            return 0, _MOST_MORE
        if self._take("+"):
            return 1, 1 + _MOST_MORE
        if self._take("?"):
            return 0, 1
        end = self._pattern.find("}", self._at)
        low, comma, high = self._pattern[self._at + 1 : max(end, 0)].partition(",")
        numbers = [number for number in (low, high) if number]
        if end < 0 or not all(n.isdecimal() and len(n) < 5 for n in numbers) or not numbers:
            raise self._refused("'{' begins no count")
        least = int(low or 0)
        most = int(high) if high else (least + _MOST_MORE if comma else least)
        if not least <= most <= _MOST_REPEATS:
            raise self._refused(f"{least} to {most} times is no count up to {_MOST_REPEATS}")
        self._at = end + 1
        return least, most


def _others(chosen: str) -> str:
    """Return the characters that are not among these: letters and digits, as far as there are."""
    left = [sign for sign in _ANY + string.ascii_uppercase if sign not in chosen]
    return "".join(left or [sign for sign in _PRINTABLE if sign not in chosen])
