"""JSON as text: which columns have nothing else, and what databases must read of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from shardgen.random.overriding import override
from shardgen.tables import values as c
from shardgen.tables.json_reader import MAX_DEPTH, JsonReader
from shardgen.tables.text_proofs import wrong_text

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_LONG = re.compile(r"[0-9]{309}")  # digits: a number that is beyond a double
_SHALLOW = 16  # brackets that no database minds, however they stand


class JsonFacts(NamedTuple):
    """
    What is known of all texts of a column, or of one.

    `wrong` is one that is no JSON, None where all are. They are nested at most `depth` deep;
    `has_nul` says that a string has the escape of a NUL in it.
    """

    wrong: str | None
    depth: int
    has_nul: bool


class _OfPool(c.PoolFunction[JsonFacts], frozen=True):
    @override
    def __call__(self, pool: c.Pool) -> JsonFacts:
        return facts_of_texts(pool.values)


_OF_POOL = _OfPool()


def json_facts(values: c.Dictionary | c.Text) -> JsonFacts:
    """Return what is known of a column's texts; BindError where there are too many to tell."""
    if isinstance(values, c.Dictionary):
        return values.pool.mapped(_OF_POOL)
    reader = JsonReader()
    wrong = wrong_text(values, reader)
    return JsonFacts(wrong, reader.depth, reader.has_nul)


def facts_of_texts(texts: Sequence[str]) -> JsonFacts:
    """Return what is known of these texts."""
    depth = max(map(_depth, texts))
    if depth > MAX_DEPTH:
        return JsonFacts(None, depth, has_nul=False)
    wrong = next((text for text in texts if not _is_json(text)), None)
    return JsonFacts(wrong, depth, any(map(_NUL.search, texts)))


def _depth(text: str) -> int:
    """Return how deep a text is nested, or more where it has few brackets."""
    brackets = text.count("[") + text.count("{")
    if brackets <= _SHALLOW:
        return brackets
    depth = deepest = 0
    for bracket in _brackets(text):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _brackets(text: str) -> Iterable[str]:
    found: list[str] = _BRACKET.findall(_STRING.sub("", text))
    return found


def _is_json(text: str) -> bool:
    if _LONG.search(text) and _LONG.search(_STRING.sub("", text)):
        return False
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return False
    except RecursionError:
        reader = JsonReader()
        state = reader.read(reader.start, text)
        return state is not None and reader.may_end(state)
    return True
