"""
A text of SQL as its statements, each with its line.

What its database's client reads itself is followed: `DELIMITER`, the rows after `COPY … FROM
stdin`, lines that begin with a backslash or, in SQLite, with a dot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from shardgen.importing.ddl.languages import (
    Language,
    ignored_pattern,
    statement_pattern,
    token_pattern,
)

_COPY_ROWS = re.compile(r"COPY\b.*\bFROM\s+STDIN\b", re.IGNORECASE | re.DOTALL)
_END_OF_ROWS = re.compile(r"^\\\.[ \t\r]*$", re.MULTILINE)
_DELIMITER = re.compile(r"delimiter\s+(\S+)", re.IGNORECASE)
_BODY = {
    "postgres": re.compile(
        r"CREATE\s(?:.*?\bBEGIN\s+ATOMIC\b|(?:OR\s+REPLACE\s+)?RULE\b)", re.IGNORECASE | re.DOTALL
    ),
    "sqlite": re.compile(r"CREATE\s+(?:TEMP\w*\s+)?TRIGGER\b", re.IGNORECASE),
    "mysql": re.compile(
        r"CREATE\b.{0,200}?\b(?:TRIGGER|PROCEDURE|FUNCTION|EVENT)\b", re.IGNORECASE | re.DOTALL
    ),
}
_CLOSED_BY_NAME = {"IF", "LOOP", "WHILE", "REPEAT"}


class Statement(NamedTuple):
    """A statement without its delimiter; `fault` says what is wrong with its text, if anything."""

    line: int
    text: str
    fault: str = ""


class _Splitter:
    def __init__(self, text: str, language: Language) -> None:
        self.text = text
        self.language = language
        self.delimiter = ";"
        self._ignored = ignored_pattern(language.database)
        self._client = re.compile(language.client).match
        self._counted = 0
        self._line = 1

    def line(self, at: int) -> int:
        """Return the line of a place; places come in rising order."""
        self._line += self.text.count("\n", self._counted, at)
        self._counted = at
        return self._line

    def skip(self, at: int) -> int:
        """Return where the next statement begins."""
        matched = self._ignored(self.text, at)
        assert matched is not None  # it matches nothing too
        end = matched.end()
        while self.delimiter != ";" and self.text.startswith(self.delimiter, end):
            end = self.skip(end + len(self.delimiter))
        return end

    def statements(self) -> Iterator[Statement]:
        at = self.skip(0)
        while at < len(self.text):
            if command := self._client(self.text, at):
                end = command.end()
                yield Statement(self.line(at), command[0].strip())
                if self.language.database == "mysql" and (found := _DELIMITER.match(command[0])):
                    self.delimiter = found[1]
            else:
                end, fault = self.end(at)
                yield Statement(self.line(at), self.text[at:end].rstrip(), fault)
                end = self.after(at, end)
            at = self.skip(end)

    def after(self, start: int, end: int) -> int:
        """Return where what follows a statement may begin."""
        if self.text.startswith(self.delimiter, end):
            end += len(self.delimiter)
        elif self.text.startswith(";", end):
            end += 1
        if self.language.database != "postgres" or self.text[start : start + 4].upper() != "COPY":
            return end
        if not _COPY_ROWS.match(self.text, start, end):
            return end
        last = _END_OF_ROWS.search(self.text, end)
        return last.end() if last else len(self.text)

    def end(self, start: int) -> tuple[int, str]:
        """Return where the statement from `start` ends, and what is wrong with it."""
        matches = statement_pattern(self.language.database, self.delimiter)
        body = _Body(self.language)
        at = start
        while True:
            matched = matches(self.text, at)
            assert matched is not None  # it matches nothing too
            end = matched.end()
            if end >= len(self.text):
                return len(self.text), ""
            if self.delimiter != ";" and self.text.startswith(self.delimiter, end):
                return end, ""
            if self.text[end] != ";":
                return self.broken(end)
            if not body.goes_on(self.text, start, at, end, ends_otherwise=self.delimiter != ";"):
                return end, ""
            at = end + 1

    def broken(self, at: int) -> tuple[int, str]:
        """Return the end of a statement that stops within itself."""
        if self.text[at] == "\\" and self.language.database == "postgres":
            return at, ""
        if self.text[at] == "[":
            return len(self.text), "the name that begins with [ has no end"
        kind = "comment" if self.text.startswith("/*", at) else "string or name"
        ahead = self.text.count("\n", self._counted, at)
        where = self._line + ahead
        return len(self.text), f"the {kind} that begins in line {where} has no end"


class _Body:
    """Whether a `;` stands within the body of a trigger or function, and ends no statement."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._has_one: bool | None = None
        self._depth = 0

    def goes_on(self, text: str, start: int, at: int, end: int, *, ends_otherwise: bool) -> bool:
        """
        Return whether the statement goes on after the `;` at `end`; `at` follows the last.

        `ends_otherwise` says that another delimiter is there for it.
        """
        if self._has_one is None:
            found = _BODY[self._language.database].match(text, start, end)
            self._has_one = found is not None
        if not self._has_one or ends_otherwise:
            return self._has_one
        words = token_pattern(self._language.database)
        rule = self._language.database == "postgres"
        before = ""
        while at < end:
            token = words(text, at)
            assert token is not None  # any character is a token
            if token.lastgroup != "ignored":
                word = token[0].upper() if token.lastgroup in ("word", "sign") else ""
                self._depth += self._step(before, word, parentheses=rule)
                before = word
            at = token.end()
        if before == "END":
            self._depth -= 1
        return self._depth > 0

    def _step(self, before: str, word: str, *, parentheses: bool) -> int:
        """Return how much deeper it is after a word, when the one before it is known."""
        if parentheses and word in ("(", ")"):
            return 1 if word == "(" else -1
        closed = -1 if before == "END" and word not in _CLOSED_BY_NAME else 0
        opened = 1 if word == "BEGIN" or (word == "CASE" and before != "END") else 0
        return closed + opened


def split(text: str, language: Language) -> Iterator[Statement]:
    """Yield the statements of a text in their order."""
    return _Splitter(text, language).statements()
