"""A decoded object → YAML that people read: in blocks, and short things on one line."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

WIDTH = 100

_PLAIN = re.compile(r"[A-Za-z_][\w $%&*+./;<=>@^|()'~?#-]*", re.ASCII)
_IN_BRACES = re.compile(r"[A-Za-z_][\w $%&*+./;<=>@^|()'~-]*", re.ASCII)
_NOT_TEXT = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"}
_UNSEEN = re.compile(r"[^\S ]+|[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_NEEDS_ESCAPE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


class Comments(NamedTuple):
    """The lines of comments above an entry, and those inside of it by key; for blocks alone."""

    above: Sequence[str] = ()
    inside: Mapping[str, Comments] = {}


_NONE = Comments()


def yaml_text(value: dict[str, Any], comments: Comments = _NONE) -> str:
    """Return an object as YAML, by the same text for the same object."""
    lines = [*_commented(comments.above, ""), *_object(value, "", 0, comments)]
    return "\n".join(lines) + "\n"


def _commented(texts: Sequence[str], indent: str) -> Iterator[str]:
    """Yield texts as lines of comments, at most WIDTH wide where words allow it."""
    for text in texts:
        yield from textwrap.wrap(
            _UNSEEN.sub(" ", text),
            WIDTH,
            initial_indent=f"{indent}# ",
            subsequent_indent=f"{indent}#   ",
            break_long_words=False,
            break_on_hyphens=False,
        )


def _object(
    value: dict[str, Any], indent: str, depth: int, comments: Comments = _NONE
) -> Iterator[str]:
    for key, inner in value.items():
        said = comments.inside.get(key, _NONE)
        yield from _commented(said.above, indent)
        yield from _entry(f"{indent}{_text(key)}:", inner, indent, depth, said)


def _entry(
    start: str, value: Any, indent: str, depth: int, comments: Comments = _NONE
) -> Iterator[str]:
    """Yield the lines of what follows `key:`."""
    line = f"{start} {_text(value) if isinstance(value, str) else _inline(value)}"
    is_plain = not isinstance(value, (dict, list)) or not value
    if is_plain or (len(line) <= WIDTH and not _keeps_blocks(start, value, depth)):
        folded = [*_folded(value, indent)] if isinstance(value, str) and len(line) > WIDTH else []
        yield from (f"{start} >-", *folded) if folded else (line,)
        return
    yield start
    if isinstance(value, dict):
        yield from _object(value, indent + "  ", depth + 1, comments)
    else:
        yield from _list(value, indent + "  ", depth + 1)


def _folded(text: str, indent: str) -> Iterator[str]:
    """Yield a long text in lines, between which YAML reads a space; nothing where it would not."""
    words = text.split(" ")
    if not all(words) or not text.isprintable() or len(words) == 1:
        return
    line = f"{indent}  {words[0]}"
    for word in words[1:]:
        if len(line) + 1 + len(word) > WIDTH:
            yield line
            line = f"{indent}  {word}"
        else:
            line += f" {word}"
    yield line


def _keeps_blocks(start: str, value: Any, depth: int) -> bool:
    """Return whether a value is in blocks however short: tables, and the columns in them."""
    key = start.strip().rstrip(":")
    if depth == 0:
        return key == "tables"
    return isinstance(value, dict) and (key == "columns" or (depth == 1 and "columns" in value))


def _list(values: list[Any], indent: str, depth: int) -> Iterator[str]:
    for value in values:
        line = f"{indent}- {_inline(value) if not isinstance(value, str) else _text(value)}"
        is_table = isinstance(value, dict) and "columns" in value and depth == 1
        is_plain = not isinstance(value, (dict, list)) or not value
        if is_plain or (len(line) <= WIDTH and not is_table):
            yield line
            continue
        inner = indent + "  "
        is_object = isinstance(value, dict)
        first, *rest = _object(value, inner, depth) if is_object else _list(value, inner, depth)
        yield f"{indent}- {first.removeprefix(indent + '  ')}"
        yield from rest


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        pairs = (f"{_text(key, _IN_BRACES)}: {_inline(inner)}" for key, inner in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return _text(value, _IN_BRACES) if isinstance(value, str) else _plain_value(value)


def _plain_value(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _text(text: str, plain: re.Pattern[str] = _PLAIN) -> str:
    """Return a text as it stands in YAML: in quotes, unless it is text to every reader without."""
    is_text = plain.fullmatch(text) and text.lower() not in _NOT_TEXT and " #" not in text
    if is_text and not text.endswith(" "):
        return text
    if _comma_alone(text, plain):
        return text
    quoted = msgspec.json.encode(text).decode()
    if "\\" in quoted and "'" not in text and text.isprintable():
        return f"'{text}'"
    return _NEEDS_ESCAPE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def _comma_alone(text: str, plain: re.Pattern[str]) -> bool:
    """Return whether commas, which count in braces alone, are all that keep a text from plain."""
    bare = text.replace(",", "")
    return plain is _PLAIN and text[:1] != "," and bare != text and _text(bare) == bare
