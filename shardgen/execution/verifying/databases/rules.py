"""Rules of a schema as SQL: queries, each of which finds what breaks one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from shardgen.errors import Mistake, PlanError
from shardgen.execution.verifying.databases.looking import Looking
from shardgen.execution.verifying.difference import Difference, cut

_AS_OF = re.compile(r":as_of\b")
_PIECE = re.compile(r"'(?:[^']|'')*'|--[^\n]*|;|[^'\-;]+|-", re.DOTALL)


class Rule(msgspec.Struct, frozen=True):
    """A rule in words, as the comment before it has them, and the query for what breaks it."""

    words: str
    query: str


def read_rules(path: Path) -> list[Rule]:
    """Return the rules of a file; PlanError where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        what = f"cannot read the rules of {path}: {error}"
        raise PlanError([Mistake("", what, "name a file of SQL")]) from None
    return [*_rules(text)]


def _rules(text: str) -> Iterator[Rule]:
    """Yield the statements of SQL with the last paragraph of comments before each."""
    words: list[str] = []
    query: list[str] = []
    for piece in _PIECE.findall(text):
        if piece.startswith("--"):
            if not "".join(query).strip():
                words.append(piece.removeprefix("--").strip())
        elif piece == ";":
            if made := "".join(query).strip():
                yield Rule(" ".join(words), made)
            words, query = [], []
        else:
            if not query and piece.count("\n") > 1:
                words = []  # a paragraph about the file itself
            if piece.strip() or query:
                query.append(piece)
    if made := "".join(query).strip():
        yield Rule(" ".join(words), made)


def broken_rule(
    looking: Looking, rules: Iterable[Rule], place: str, as_of: str
) -> Difference | None:
    """Return the first rule whose query finds something; `:as_of` in it is the day of the data."""
    day = looking.sql.string(as_of)
    for rule in rules:
        rows = looking.ask(_with_day(rule.query, day))
        if rows:
            said = ", ".join("NULL" if each is None else str(each) for each in rows[0])
            what = f"{len(rows):,} rows break a rule: {rule.words or cut(rule.query)}"
            return Difference(file=place, what=what, found=cut(said))
    return None


def _with_day(query: str, day: str) -> str:
    """Return a query with a day in place of `:as_of`, but within texts."""
    pieces = _PIECE.findall(query)
    return "".join(p if p.startswith("'") else _AS_OF.sub(lambda _: day, p) for p in pieces)
