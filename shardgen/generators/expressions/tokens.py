"""
The words and signs of an expression, each with its place, and the error that marks a place.

An expression is SQL-like text: numbers, 'text', names, "quoted names", keywords and signs.
"""

from __future__ import annotations

import re

import msgspec

MAX_LENGTH = 4000  # characters
MAX_DIGITS = 18  # of a number: units of 64 bits hold them

_SHOWN = 76  # characters of the line that a message shows
_INDENT = " " * 4


class ExpressionError(ValueError):
    """The expression is wrong between the characters `start` and `stop`; `hint` is the way out."""

    def __init__(self, what: str, start: int, stop: int, hint: str = "") -> None:
        """Keep what is wrong and where."""
        super().__init__(what, start, stop, hint)
        self.what = what
        self.start = start
        self.stop = stop
        self.hint = hint

    def __str__(self) -> str:
        """What is wrong."""
        return self.what

    def shown(self, text: str) -> str:
        """Return the hint, and below it the line of the expression with its place marked."""
        begin = text.rfind("\n", 0, self.start) + 1
        end = text.find("\n", self.start)
        line = text[begin : end if end >= 0 else len(text)]
        at = min(self.start, len(text)) - begin
        cut = max(0, min(at - _SHOWN // 2, len(line) - _SHOWN))
        line = ("…" if cut else "") + line[cut : cut + _SHOWN] + "…" * (len(line) - cut > _SHOWN)
        at += bool(cut) - cut
        width = max(1, min(self.stop - self.start, len(line) - at))
        line = "".join(c if c.isprintable() else " " for c in line)
        return f"{self.hint or 'here:'}\n{_INDENT}{line}\n{_INDENT}{' ' * at}{'^' * width}"


class Token(msgspec.Struct, frozen=True):
    """`kind` is number, text, name or quoted, empty at the end, else the keyword or sign itself."""

    kind: str
    value: str
    start: int
    stop: int

    @property
    def shown(self) -> str:
        """The token as a message quotes it."""
        return repr(self.value) if self.kind else "the end"


_TOKEN = re.compile(
    r"""(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)
    | (?P<text>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")+")
    | (?P<name>[^\W\d]\w*)
    | (?P<sign>\|\||<=|>=|<>|!=|[-+*/%(),.=<>])""",
    re.VERBOSE,
)
_SPACE = re.compile(r"\s*")
KEYWORDS = {
    *("and", "or", "not", "between", "in", "is", "null", "true", "false"),
    *("case", "when", "then", "else", "end", "where", "from"),
}
"""Words that are not names, unless they are quoted."""


def tokens(text: str) -> list[Token]:
    """Return an expression's tokens and one for its end; ExpressionError for other signs."""
    found: list[Token] = []
    at = 0
    while (at := _SPACE.match(text, at).end()) < len(text):  # type: ignore[union-attr]
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text, at)
        found.append(_token(match))
        at = match.end()
    return [*found, Token("", "", len(text), len(text) + 1)]


def _token(match: re.Match[str]) -> Token:
    kind, value = str(match.lastgroup), match[0]
    span = match.span()
    match kind:
        case "number" if sum(c != "." for c in value.lstrip("0.")) > MAX_DIGITS:
            raise ExpressionError(f"{value} has more than {MAX_DIGITS} digits", *span)
        case "text" | "quoted":
            quote = value[0]
            value = value[1:-1].replace(quote * 2, quote)
            if "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
                raise ExpressionError("text with a character that no database stores", *span)
        case "name" if value.lower() in KEYWORDS:
            kind = value = value.lower()
        case "sign":
            kind = value = "<>" if value == "!=" else value
    return Token(kind, value, *span)


def _unreadable(text: str, at: int) -> ExpressionError:
    quote = text[at]
    if quote in "'\"":
        return ExpressionError(
            f"the {quote} that begins here has no end", at, at + 1, f"close it with {quote}"
        )
    return ExpressionError(f"unexpected {text[at]!r}", at, at + 1, HINTS.get(text[at], ""))


HINTS = {
    "=": "one = compares",
    "*": "to count rows, name their table: count(payments)",
    "&": "write and",
    "|": "write or, or || to join text",
    "^": "write x * x",
    "!": "write not, or <>",
    ":": "write to_text(x) for text",
    ";": "an expression has no end sign",
}
"""The way out of an unexpected sign."""
