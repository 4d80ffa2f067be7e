"""The tokens of a statement, and a cursor over them that reads names, phrases and parentheses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from shardgen.importing.ddl.languages import Language, token_pattern
from shardgen.importing.ddl.splitting import Statement

_OPEN = {"(": ")", "[": "]"}
_CLOSE = {")", "]"}
_BACKSLASH = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a"}


class NotReadError(Exception):
    """A statement, or a part of one, says what this reader does not know; the text says what."""


class Token(NamedTuple):
    """
    A token as it is written.

    `key` is what phrases are compared with: a word in upper case, a sign, "" for all else.
    """

    kind: str
    key: str
    text: str
    start: int
    end: int


END = Token("end", "", "", 0, 0)


def tokenise(text: str, language: Language) -> list[Token]:
    """Return the tokens of a text, without space and comments."""
    matches = token_pattern(language.database)
    found: list[Token] = []
    at = 0
    while at < len(text):
        matched = matches(text, at)
        assert matched is not None  # any character is a token
        kind, at = matched.lastgroup, matched.end()
        if kind == "tag":
            kind = "string"
        if kind != "ignored":
            assert kind is not None
            word = matched[0]
            key = word.upper() if kind in ("word", "sign") else ""
            found.append(Token(kind, key, word, matched.start(), at))
    return found


class Cursor:
    """A place among the tokens of a statement, and the end of what may be read."""

    def __init__(
        self, statement: Statement, language: Language, tokens: Sequence[Token] | None = None
    ) -> None:
        """Stand before the first token."""
        self.statement = statement
        self.language = language
        self.tokens = tokenise(statement.text, language) if tokens is None else tokens
        self.at = 0

    # -- looking

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self.tokens)

    def token(self, ahead: int = 0) -> Token:
        """Return a token that is not yet read; END where none is left."""
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else END

    def key(self, ahead: int = 0) -> str:
        """Return the key of a token that is not yet read."""
        return self.token(ahead).key

    def sees(self, phrase: str) -> bool:
        """Return whether the next tokens are those words and signs."""
        first, _, rest = phrase.partition(" ")
        if self.key() != first:
            return False
        return all(self.key(ahead) == key for ahead, key in enumerate(rest.split(), 1))

    # -- reading

    def next(self) -> Token:
        """Read a token."""
        token = self.token()
        if token is END:
            raise NotReadError("it ends too early")
        self.at += 1
        return token

    def takes(self, *phrases: str) -> str:
        """Read the first of the phrases that comes next, and return it; "" where none does."""
        for phrase in phrases:
            if self.sees(phrase):
                self.at += len(phrase.split())
                return phrase
        return ""

    def expect(self, phrase: str) -> None:
        """Read a phrase."""
        if not self.takes(phrase):
            raise NotReadError(f"{phrase} was expected before {self.shown()}")

    def ends(self) -> None:
        """Refuse what is left."""
        if not self.done:
            raise NotReadError(f"{self.shown()} is not known here")

    def shown(self) -> str:
        """Return what comes next as a message quotes it."""
        return repr(self.token().text[:40]) if not self.done else "its end"

    def sees_name(self) -> bool:
        """Return whether a name comes next; a keyword may be one."""
        kind = self.token().kind
        return kind in ("word", "name") or (kind == "string" and self._strings_are_names)

    @property
    def _strings_are_names(self) -> bool:
        text = self.token().text
        database = self.language.database
        return (database == "sqlite" and text[0] == "'") or (database == "mysql" and text[0] == '"')

    def name(self) -> str:
        """Read a name, folded as the database folds it."""
        if not self.sees_name():
            raise NotReadError(f"a name was expected before {self.shown()}")
        token = self.next()
        if token.kind == "word":
            return self.language.fold(token.text)
        return self.language.unquoted(token.text)

    def word(self) -> str:
        """Read a name that may be written as a string, such as that of a charset."""
        return self.name() if self.sees_name() else self.string()

    def path(self) -> tuple[str, ...]:
        """Read a name that others may qualify: `shop.orders`."""
        names = [self.name()]
        while self.takes("."):
            names.append(self.name())
        return tuple(names)

    def string(self) -> str:
        """Read a string, and return what it holds; several side by side are one."""
        if self.token().kind != "string":
            raise NotReadError(f"a string was expected before {self.shown()}")
        parts = [string_value(self.next().text, self.language)]
        while self.token().kind == "string":
            parts.append(string_value(self.next().text, self.language))
        return "".join(parts)

    def integer(self) -> int:
        """Read a number without a fraction."""
        token = self.next()
        if not token.text.isdecimal():
            raise NotReadError(f"a number was expected before {token.text[:40]!r}")
        return int(token.text)

    def enclosed(self) -> Cursor:
        """Read parentheses, and return a cursor over what is within them."""
        if self.key() not in _OPEN:
            raise NotReadError(f"( was expected before {self.shown()}")
        first = self.at + 1
        self.skip()
        return self._part(first, self.at - 1)

    def names(self) -> tuple[str, ...]:
        """Read names in parentheses."""
        found = []
        for part in self.enclosed().by_commas():
            found.append(part.name())
            part.ends()
        return tuple(found)

    def skip(self) -> None:
        """Read a token, and all that it opens."""
        depth = 0
        while True:
            key = self.next().key
            depth += (key in _OPEN) - (key in _CLOSE)
            if depth <= 0:
                return

    def skip_all(self) -> None:
        """Read all that is left."""
        self.at = len(self.tokens)

    def by_commas(self) -> list[Cursor]:
        """Read all that is left, and return a cursor for each part between commas."""
        parts = []
        first = self.at
        while not self.done:
            if self.key() == ",":
                parts.append(self._part(first, self.at))
                first = self.at + 1
            self.skip()
        if parts or first < self.at:
            parts.append(self._part(first, self.at))
        return parts

    def _part(self, first: int, end: int) -> Cursor:
        return Cursor(self.statement, self.language, self.tokens[first:end])

    # -- quoting

    def text_from(self, first: int) -> str:
        """Return what was read from that place on, on one line and without comments."""
        tokens = self.tokens[first : self.at]
        parts = []
        for before, token in zip((None, *tokens), tokens, strict=False):
            if before is not None and before.end != token.start:
                parts.append(" ")
            parts.append(token.text)
        return "".join(parts)

    def rest(self) -> str:
        """Read all that is left, and return it as it is written."""
        first = self.at
        self.skip_all()
        return self.text_from(first)

    @property
    def line(self) -> int:
        """The line of the next token, or of the last where none is left."""
        place = min(self.at, len(self.tokens) - 1)
        start = self.tokens[place].start if self.tokens else 0
        return self.statement.line + self.statement.text.count("\n", 0, start)


_PREFIX = re.compile(r"[eEbBxXnN]|[uU]&")


def string_value(text: str, language: Language) -> str:
    """Return what a string literal holds; bits and bytes (`b'1'`, `x'ff'`) as they are written."""
    if text[0] == "$":
        tag = text.index("$", 1) + 1
        return text[tag:-tag]
    prefix = _PREFIX.match(text)
    inner = text[prefix.end() if prefix else 0 :]
    quote = inner[0]
    inner = inner[1:-1].replace(quote * 2, quote)
    if language.database == "mysql" or (prefix and prefix[0] in "eE"):
        return re.sub(r"\\(.)", lambda m: _BACKSLASH.get(m[1], m[1]), inner, flags=re.DOTALL)
    return inner


def short(text: str) -> str:
    """Return the first words of a statement, on one line."""
    words = " ".join(text[:400].split())
    return words if len(words) <= 80 else words[:79] + "…"
