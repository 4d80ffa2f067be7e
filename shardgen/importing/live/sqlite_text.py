"""
What the text of a CREATE statement of SQLite says that its pragmas do not.

Checks, names of constraints, collations, generated columns and when keys are checked are in the
text alone. SQLite has parsed it before, so it is taken for right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from shardgen.importing.described import Check, Generated

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<quoted>'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
    |(?P<word>[^\W\d][\w$]*)
    |(?P<other>[0-9.][\w.]*|.)""",
    re.DOTALL | re.VERBOSE,
)
_TABLE_WORDS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")


class Token(msgspec.Struct, frozen=True):
    """A word, a quoted name or text, or a sign; `keyword` is a plain word in capitals, else ""."""

    text: str
    keyword: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """The name that it is, without quotes."""
        quote = self.text[0]
        if quote == "[":
            return self.text[1:-1]
        return self.text[1:-1].replace(quote * 2, quote) if quote in "'\"`" else self.text


class Key(msgspec.Struct, frozen=True):
    """A foreign key as it is written: its columns, name, and when it is checked."""

    name: str
    columns: tuple[str, ...]
    deferrable: bool = False
    initially_deferred: bool = False


class UniqueSet(msgspec.Struct, frozen=True):
    """A UNIQUE or PRIMARY KEY constraint as it is written."""

    name: str
    columns: tuple[str, ...]
    primary: bool = False


class TableText(msgspec.Struct, frozen=True, kw_only=True):
    """What stands between the parentheses of a CREATE TABLE, by kinds, in its order."""

    checks: tuple[Check, ...] = ()
    keys: tuple[Key, ...] = ()
    unique_sets: tuple[UniqueSet, ...] = ()
    collations: dict[str, str] = {}
    generated: dict[str, Generated] = {}


class IndexText(msgspec.Struct, frozen=True):
    """The expressions of an index in their order, columns too, and its condition."""

    parts: tuple[str, ...]
    where: str | None


class TriggerText(msgspec.Struct, frozen=True):
    """When a trigger runs."""

    timing: str
    event: str
    condition: str | None


def tokens_of(sql: str) -> list[Token]:
    """Return the tokens of a text, comments and spaces left out."""
    return [
        Token(
            found[0],
            found[0].upper() if found.lastgroup == "word" else "",
            found.start(),
            found.end(),
        )
        for found in _TOKEN.finditer(sql)
        if found.lastgroup != "space"
    ]


def table_text(sql: str) -> TableText:
    """Return what a CREATE TABLE says; nothing for one that has no columns in its text."""
    tokens = tokens_of(sql)
    opening = next((place for place, token in enumerate(tokens) if token.text == "("), None)
    if opening is None:
        return TableText()
    said = _Said(sql)
    for definition in _split(tokens[opening + 1 : closing(tokens, opening)]):
        if definition[0].keyword in _TABLE_WORDS:
            said.read(definition, "")
        else:
            said.read(definition[1:], definition[0].name)
    return said.result()


def index_text(sql: str) -> IndexText:
    """Return what a CREATE INDEX says."""
    tokens = tokens_of(sql)
    on = next(place for place, token in enumerate(tokens) if token.keyword == "ON")
    opening = next(n for n, token in enumerate(tokens) if n > on and token.text == "(")
    end = closing(tokens, opening)
    parts = tuple(_expression(sql, part) for part in _split(tokens[opening + 1 : end]))
    rest = tokens[end + 1 :]
    where = next((token for token in rest if token.keyword == "WHERE"), None)
    return IndexText(parts, None if where is None else sql[where.end : rest[-1].end].strip())


def _expression(sql: str, part: Sequence[Token]) -> str:
    """Return a part of an index without its collation and direction."""
    end = len(part)
    if part[end - 1].keyword in ("ASC", "DESC"):
        end -= 1
    if end > 2 and part[end - 2].keyword == "COLLATE":
        end -= 2
    return sql[part[0].start : part[end - 1].end]


def trigger_text(sql: str) -> TriggerText:
    """Return what a CREATE TRIGGER says before its body."""
    tokens = tokens_of(sql)
    begin = _begin(tokens)
    # The name may be a word of SQL too: what comes before the table stands behind it.
    on = next(n for n, token in enumerate(tokens) if n > 2 and token.keyword == "ON")
    said = [token.keyword for token in tokens[3:on]]
    event = next(word for word in reversed(said) if word in ("INSERT", "UPDATE", "DELETE"))
    timing = "AFTER" if "AFTER" in said else "INSTEAD OF" if "INSTEAD" in said else "BEFORE"
    when = next((t for t in tokens[on + 2 : begin] if t.keyword == "WHEN"), None)
    condition = None if when is None else sql[when.end : tokens[begin].start].strip()
    return TriggerText(timing, event, condition)


def _begin(tokens: Sequence[Token]) -> int:
    """Return where the body begins: BEGIN, which is no name of the trigger or its table."""
    return next(
        place
        for place, token in enumerate(tokens)
        if token.keyword == "BEGIN" and place > 4 and tokens[place - 1].keyword != "ON"
    )


def closing(tokens: Sequence[Token], opening: int) -> int:
    """Return where the parenthesis closes that opens at a place."""
    depth = 0
    for place in range(opening, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[place].text, 0)
        if depth == 0:
            return place
    return len(tokens)


def _split(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Yield what stands between the commas that are in no parentheses."""
    depth, start = 0, 0
    for place, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if token.text == "," and depth == 0:
            yield tokens[start:place]
            start = place + 1
    if start < len(tokens):
        yield tokens[start:]


class _Cursor:
    """A place among the tokens of a definition."""

    def __init__(self, sql: str, tokens: Sequence[Token]) -> None:
        self._sql = sql
        self._tokens = tokens
        self._place = 0

    @property
    def at_end(self) -> bool:
        return self._place == len(self._tokens)

    def take(self) -> Token:
        """Return the next token and go behind it."""
        self._place += 1
        return self._tokens[self._place - 1]

    def took(self, *words: str) -> bool:
        """Return whether the next tokens are these words, and go behind them if they are."""
        behind = self._place + len(words)
        there = tuple(token.keyword or token.text for token in self._tokens[self._place : behind])
        if there == words:
            self._place = behind
        return there == words

    def at_group(self) -> bool:
        return not self.at_end and self._tokens[self._place].text == "("

    def group(self) -> Sequence[Token]:
        """Return what stands in parentheses, and go behind them."""
        opening, end = self._place, closing(self._tokens, self._place)
        self._place = end + 1
        return self._tokens[opening + 1 : end]

    def expression(self) -> str:
        """Return the text that stands in parentheses, and go behind them."""
        opening = self._tokens[self._place]
        self.group()
        return self._sql[opening.end : self._tokens[self._place - 1].start].strip()

    def names(self) -> tuple[str, ...]:
        """Return the names that stand in parentheses, and go behind them."""
        return tuple(part[0].name for part in _split(self.group()))


class _Said:
    """What the definitions of a table say, read one after the other."""

    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._checks: list[Check] = []
        self._keys: list[Key] = []
        self._unique: list[UniqueSet] = []
        self._collations: dict[str, str] = {}
        self._generated: dict[str, Generated] = {}

    def result(self) -> TableText:
        return TableText(
            checks=tuple(self._checks),
            keys=tuple(self._keys),
            unique_sets=tuple(self._unique),
            collations=self._collations,
            generated=self._generated,
        )

    def read(self, tokens: Sequence[Token], column: str) -> None:
        """Read a definition: of a column, behind its name, or of constraints, in any number."""
        cursor, name = _Cursor(self._sql, tokens), ""
        while not cursor.at_end:
            if cursor.took("CONSTRAINT"):
                name = cursor.take().name
            else:
                self._constraint(cursor, name, column)
                name = ""

    def _constraint(self, cursor: _Cursor, name: str, column: str) -> None:
        """Read a constraint of a name, or a word that is none."""
        of = (column,)
        if cursor.took("CHECK"):
            self._checks.append(Check(name=name, expression=cursor.expression()))
        elif cursor.took("COLLATE"):
            self._collations[column] = cursor.take().name
        elif cursor.took("DEFAULT"):
            _skip_value(cursor)
        elif cursor.took("AS"):
            expression = cursor.expression()
            stored = cursor.took("STORED")
            self._generated[column] = Generated(expression=expression, stored=stored)
        elif cursor.took("UNIQUE"):
            columns = cursor.names() if cursor.at_group() else of
            self._unique.append(UniqueSet(name, columns))
        elif cursor.took("PRIMARY", "KEY"):
            columns = cursor.names() if cursor.at_group() else of
            self._unique.append(UniqueSet(name, columns, primary=True))
        elif cursor.took("FOREIGN", "KEY"):
            columns = cursor.names()
            cursor.take()
            self._keys.append(_key(cursor, name, columns))
        elif cursor.took("REFERENCES"):
            self._keys.append(_key(cursor, name, of))
        elif cursor.at_group():
            cursor.group()
        else:
            cursor.take()


def _skip_value(cursor: _Cursor) -> None:
    """Go behind a default, which may be a word such as those of constraints."""
    if cursor.at_group():
        cursor.group()
    elif cursor.take().text in ("+", "-"):
        cursor.take()


def _key(cursor: _Cursor, name: str, columns: tuple[str, ...]) -> Key:
    """Read a foreign key from the name of its parent on."""
    cursor.take()
    if cursor.at_group():
        cursor.group()
    deferrable = deferred = False
    while not cursor.at_end:
        if cursor.took("ON"):
            cursor.take()
            if cursor.take().keyword in ("SET", "NO"):
                cursor.take()
        elif cursor.took("MATCH"):
            cursor.take()
        elif cursor.took("NOT", "DEFERRABLE"):
            cursor.took("INITIALLY", "DEFERRED") or cursor.took("INITIALLY", "IMMEDIATE")
        elif cursor.took("DEFERRABLE"):
            deferrable = True
            deferred = cursor.took("INITIALLY", "DEFERRED")
            cursor.took("INITIALLY", "IMMEDIATE")
        else:
            break
    return Key(name, columns, deferrable, deferred)
