"""
A column in one text: `varchar(120) unique = email`, `int -> organizations.id`.

    type { pk | auto | unique | null | not null | rising | falling | default VALUE
         | -> TABLE.COLUMN | random | grouped | tree [(NAME=VALUE, …)] | on delete ACTION
         | on update ACTION | within COLUMN } [= GENERATOR [(NAME=VALUE, …)]]

A VALUE is a number, true, false, null, 'text', "text", a bare word, or a list or object of JSON.
"""

from __future__ import annotations

import re
from typing import Any

from shardgen.errors import shown
from shardgen.schema.spellings.draft import Raw

FLAGS: dict[str, tuple[str, Any]] = {
    "pk": ("primary_key", True),
    "auto": ("auto_increment", True),
    "unique": ("unique", True),
    "null": ("nullable", True),
    "rising": ("order", "rising"),
    "falling": ("order", "falling"),
}
"""Words that are a field each, and its value."""
SHAPES = ("random", "grouped", "tree")
ACTIONS = ("CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION")
_RESERVED = {*FLAGS, "not", "default", "on", "within", *SHAPES}
_KNOWN = "known are pk, auto, unique, null, not null, rising, falling, default, ->, ="

_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"[A-Za-z_]\w*")
_GROUP = re.compile(r"\((?:[^()']|'(?:[^']|'')*')*\)")
_DIMENSIONS = re.compile(r"(?:\s*\[\s*[0-9]*\s*\])+")
_NAME = re.compile(r'"((?:[^"]|"")+)"|([^\s"(),=]+)')
_BARE = re.compile(r"[^\s,()=\[\]{}\"']+(?:\(\))?")
_QUOTED = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,99})(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None}


class ShortTextError(ValueError):
    """A text that is no column; `hint` is the way out."""

    def __init__(self, what: str, hint: str = "") -> None:
        """Keep what is wrong."""
        super().__init__(what)
        self.hint = hint


def read_short(text: str) -> Raw:
    """Return the fields of a column that a text stands for, all but its name."""
    return _Reader(text).column()


def is_short(text: str) -> bool:
    """Return whether a text says more than a type."""
    reader = _Reader(text)
    return bool(reader.type()) and bool(reader.rest)


class _Reader:
    """Reads a text from its start to its end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._made: Raw = {}

    @property
    def rest(self) -> str:
        """What is still to be read."""
        return self._text[self._at :]

    def column(self) -> Raw:
        """Return all fields."""
        kind = self.type()
        if not kind:
            what = f"{shown(self._text)} begins with no type"
            raise ShortTextError(what, "such as 'varchar(120) unique'")
        self._made = {"type": kind}
        while self.rest:
            if self._sign("->"):
                self._reference()
            elif self._sign("="):
                self._generator()
            else:
                self._clause()
        return self._made

    def type(self) -> str:
        """Return the type that the text begins with: all words up to the first reserved one."""
        self._skip()
        start = end = self._at
        while (match := _WORD.match(self._text, self._at)) and match[0].lower() not in _RESERVED:
            self._at = end = match.end()
            self._skip()
            if group := _GROUP.match(self._text, self._at):
                self._at = end = group.end()
            if brackets := _DIMENSIONS.match(self._text, self._at):
                self._at = end = brackets.end()
            self._skip()
        return self._text[start:end]

    def _skip(self) -> None:
        match = _SPACE.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _sign(self, sign: str) -> bool:
        """Read a sign, if it stands there."""
        if not self.rest.startswith(sign):
            return False
        self._at += len(sign)
        self._skip()
        return True

    def _word(self) -> str:
        """Read a word, in small letters; "" where there is none."""
        match = _WORD.match(self._text, self._at)
        if match is None:
            return ""
        self._at = match.end()
        self._skip()
        return match[0].lower()

    def _name(self) -> str:
        """Read a name, in double quotes or bare; "" where there is none."""
        match = _NAME.match(self._text, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match[1].replace('""', '"') if match[1] else match[2]

    def _set(self, holder: Raw, name: str, value: Any) -> None:
        if name in holder:
            raise ShortTextError(f"{shown(self._text)} says {name} twice", "keep one of them")
        holder[name] = value

    def _clause(self) -> None:
        before = self.rest
        word = self._word()
        if word in FLAGS:
            self._set(self._made, *FLAGS[word])
        elif word == "default":
            value = self._value()
            if value is not None:
                self._set(self._made, "default", value)
        elif word == "not" and self._word() == "null":
            self._set(self._made, "nullable", value=False)
        elif word in ("on", "within", *SHAPES) and "foreign_key" in self._made:
            self._of_reference(word)
        else:
            raise ShortTextError(f"{shown(before)} in {shown(self._text)} is unknown", _KNOWN)

    def _reference(self) -> None:
        path = ""
        while name := self._name():
            path += name
        table, _, column = path.rpartition(".")
        self._skip()
        if not (table and column):
            what = f"{shown(self._text)} has no table and column after ->"
            raise ShortTextError(what, "such as '-> organizations.id'")
        self._set(self._made, "foreign_key", {"table": table, "column": column})

    def _of_reference(self, word: str) -> None:
        key = self._made["foreign_key"]
        if word in SHAPES:
            parameters = self._parameters()
            shape = word if parameters is None else {"type": word, **parameters}
            self._set(key, "fan_out", shape)
        elif word == "within":
            name = self._name()
            self._skip()
            if not name:
                raise ShortTextError(f"{shown(self._text)} has no column after 'within'")
            self._set(key, "within", name)
        else:
            self._action(key)

    def _action(self, key: Raw) -> None:
        event, rest = self._word(), self.rest.upper()
        action = next((a for a in ACTIONS if rest.startswith(a)), "")
        if event not in ("delete", "update") or not action:
            what = f"'on {event}' in {shown(self._text)} has no action"
            raise ShortTextError(what, f"known are {', '.join(ACTIONS)}")
        self._at += len(action)
        self._skip()
        self._set(key, f"on_{event}", action)

    def _generator(self) -> None:
        name = self._name()
        self._skip()
        if not name:
            what = f"{shown(self._text)} has no generator after ="
            raise ShortTextError(what, "such as '= email'")
        self._set(self._made, "generator", name)
        parameters = self._parameters()
        if parameters is not None:
            self._made["generator_params"] = parameters
        if self.rest:
            what = f"{shown(self.rest)} stands after the generator of {shown(self._text)}"
            raise ShortTextError(what, "the generator comes last")

    def _parameters(self) -> Raw | None:
        """Read `(name=value, …)`; None where no parenthesis begins."""
        if not self._sign("("):
            return None
        made: Raw = {}
        while not self._sign(")"):
            name = self._name()
            self._skip()
            if not name or not self._sign("="):
                raise self._not_parameters()
            self._set(made, name, self._value())
            if not self._sign(",") and not self.rest.startswith(")"):
                raise self._not_parameters()
        return made

    def _not_parameters(self) -> ShortTextError:
        what = f"the parameters in {shown(self._text)} cannot be read from {shown(self.rest)} on"
        return ShortTextError(what, "they are written as (min=1, max=5)")

    def _value(self) -> Any:
        if match := _QUOTED.match(self._text, self._at):
            value: Any = match[1].replace("''", "'")
            self._at = match.end()
        elif self.rest.startswith(('"', "[", "{")):
            value = self._json()
        elif match := _BARE.match(self._text, self._at):
            value = _plain(match[0])
            self._at = match.end()
        else:
            raise ShortTextError(f"a value is missing in {shown(self._text)}")
        self._skip()
        return value

    def _json(self) -> Any:
        import json

        try:
            value, length = json.JSONDecoder().raw_decode(self.rest)
        except (ValueError, RecursionError) as error:
            what = f"{shown(self.rest)} in {shown(self._text)} is no JSON: {error}"
            raise ShortTextError(what) from None
        self._at += length
        return value


def _plain(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    match = _NUMBER.fullmatch(text)
    if match is None:
        return text
    return float(text) if match[2] or match[3] else int(text)
