"""TOML → a decoded object, by the standard library, and the line of everything in it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from shardgen.schema.files.marked import Marked, too_deep, unusable

_AT = re.compile(r"^(.*) \(at (?:line (\d+), column (\d+)|end of document)\)$", re.DOTALL)
_TOKEN = re.compile(
    r"""(?P<gap>[ \t\r]+|\#[^\n]*)|(?P<newline>\n)
    |(?P<text>\"{3}(?:[^\\]|\\.)*?\"{3,5}|'{3}.*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')
    |(?P<sign>[\[\]{}=,.])|(?P<bare>[^\s\[\]{}=,.\#"']+)""",
    re.DOTALL | re.VERBOSE,
)


def decode_toml(text: str, name: str) -> dict[str, Any]:
    """Return the object of a file; SchemaError when it is no TOML."""
    import tomllib

    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = _AT.match(str(error))
        what = match[1] if match else str(error)
        at = f" at line {match[2]}, column {match[3]}" if match and match[2] else ""
        raise unusable(f"invalid TOML{at}: {what[0].lower()}{what[1:]}", name) from None
    except ValueError as error:  # a number of more digits than Python reads
        raise unusable(f"invalid TOML: {error}", name) from None
    except RecursionError:
        raise too_deep(name, "TOML") from None
    try:
        return {key: _as_json(value) for key, value in raw.items()}
    except RecursionError:
        raise too_deep(name, "TOML") from None


def _as_json(value: Any) -> Any:
    """Return dates and times as the text that the format has for them."""
    if isinstance(value, dict):
        return {key: _as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_json(inner) for inner in value]
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else value


def marked_toml(text: str) -> Marked:
    """Return the lines of a file that `decode_toml` reads; values are there but for plain ones."""
    return _Reader(text).document()


class _Reader:
    """Reads tokens of right TOML; it only needs to know where things stand."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str, int]] = []
        line = 1
        for match in _TOKEN.finditer(text):
            kind = str(match.lastgroup)
            if kind != "gap":
                self._tokens.append((kind, match[0], line))
            line += match[0].count("\n")
        self._tokens.append(("newline", "\n", line))
        self._at = 0

    @property
    def _next(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def document(self) -> Marked:
        """Return the whole file."""
        root = holder = Marked(1, {})
        while self._at < len(self._tokens):
            line = self._tokens[self._at][2]
            if self._next == "\n":
                self._at += 1
            elif self._next == "[":
                holder = self._header(root, line)
            else:
                keys = self._keys()
                self._at += 1  # the "="
                _inside(holder, keys[:-1], line).value[keys[-1]] = self._value(line)
        return root

    def _header(self, root: Marked, line: int) -> Marked:
        """Return the object that a line such as [a.b] or [[a.b]] begins."""
        self._at += 1
        in_list = self._next == "["
        self._at += in_list
        keys = self._keys()
        self._at += 1 + in_list
        if not in_list:
            return _inside(root, keys, line)
        entry = Marked(line, {})
        within = _inside(root, keys[:-1], line).value
        within.setdefault(keys[-1], Marked(line, [])).value.append(entry)
        return entry

    def _keys(self) -> list[str]:
        keys = [self._key()]
        while self._next == ".":
            self._at += 1
            keys.append(self._key())
        return keys

    def _key(self) -> str:
        import tomllib

        kind, token, _ = self._tokens[self._at]
        self._at += 1
        return tomllib.loads(f"k={token}")["k"] if kind == "text" else token

    def _value(self, line: int) -> Marked:
        self._skip_newlines()
        if self._next == "[":
            return Marked(line, self._entries())
        if self._next == "{":
            return Marked(line, self._braces())
        if self._tokens[self._at][0] == "text":
            return Marked(line, self._key())
        while self._next and self._next not in "\n,]}":
            self._at += 1
        return Marked(line)

    def _entries(self) -> list[Marked]:
        self._at += 1
        made: list[Marked] = []
        while True:
            self._skip_newlines()
            if self._next == "]":
                self._at += 1
                return made
            made.append(self._value(self._tokens[self._at][2]))
            self._skip_newlines()
            self._at += self._next == ","

    def _braces(self) -> dict[str, Marked]:
        self._at += 1
        root = Marked(0, {})
        while True:
            self._skip_newlines()
            if self._next == "}":
                self._at += 1
                return dict(root.value)
            line = self._tokens[self._at][2]
            keys = self._keys()
            self._at += 1
            _inside(root, keys[:-1], line).value[keys[-1]] = self._value(line)
            self._skip_newlines()
            self._at += self._next == ","

    def _skip_newlines(self) -> None:
        while self._next == "\n":
            self._at += 1


def _inside(holder: Marked, keys: list[str], line: int) -> Marked:
    """Return the object at a path, made where it is not yet there."""
    for key in keys:
        holder = holder.value.setdefault(key, Marked(line, {}))
        if isinstance(holder.value, list):
            holder = holder.value[-1]
    return holder
