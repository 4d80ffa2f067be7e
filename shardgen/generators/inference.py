"""
A generator for a column that names none, by its name and type: pure look-ups in a table of rules.

A name is split into whole words, and what it ends in decides. The word before the ending, or else
the last one of the table's name, says of what it is: `users.name` is a person's, and so is
`orders.customer_name`. Whether the values fit the column is not asked here: that is proven when the
column is bound, and the next candidate tried where it does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

import msgspec

from shardgen.generators.inference_rules import CREDENTIALS, RULES, TIME, Rule
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.qualified_names import bare_name

_RUN = re.compile(r"(?i:ipv[46])|[^\W\d_]+")
"""Letters, and the one number that says of what kind a thing is."""
_LONGEST_ENDING = 4  # words
_QUALIFIERS = frozenset(
    ("display", "full", "legal", "short", "long", "official", "common", "old", "new", "current",
     "primary", "secondary", "main", "billing", "shipping", "home", "work", "mailing", "alternate",
     "alt", "other", "default", "original", "preferred", "public", "my", "the", "iso", "unit")
)  # fmt: skip
"""Words before an ending that do not say of what it is: the table's name says it then."""
_IRREGULAR = {"people": "person", "men": "man", "women": "woman", "children": "child"}
_OF_TIME = frozenset(("at", "on", "date", "time", "timestamp", "datetime", "ts", "dt", "utc"))


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A generator that a rule gives to a column, with its parameters and the reason."""

    rule: str
    generator: str
    parameters: Mapping[str, Any]
    reason: str


def candidates(table: CatalogTable, column: CatalogColumn) -> tuple[Candidate, ...]:
    """Return the generators that the column's name and type ask for, the best one first."""
    if column.sql_type.element is not None:
        return tuple(_of_elements(table, column))
    family = column.sql_type.family
    words = words_of(column.name)
    secret = _matching(words, table, column, credentials=True)
    found = secret or _matching(words, table, column, credentials=False)
    if family in TIME:
        found += _matching(_without_time(words), table, column, credentials=False)
    distinct = {rule.name: rule for rule in found}.values()
    made: list[Candidate] = []
    for rule in distinct:
        given = {(each.generator, repr(each.parameters)) for each in made}
        made += [
            each
            for each in _made(rule, table, column)
            if (each.generator, repr(each.parameters)) not in given
        ]
    return tuple(made)


def _of_elements(table: CatalogTable, column: CatalogColumn) -> Iterator[Candidate]:
    """Yield arrays of what one thing of the name gets: `tags` are arrays of a tag each."""
    words = words_of(column.name)
    name = "_".join((*words[:-1], *(singular(word) for word in words[-1:])))
    scalar = column.sql_type.scalar
    one = msgspec.structs.replace(column, name=name, sql_type=scalar, type=str(scalar))
    for each in candidates(table, one):
        own = {k: v for k, v in each.parameters.items() if k != "null_probability"}
        element = {"generator": each.generator, "generator_params": own}
        is_pick = scalar.family == "text" and each.generator in _FEW
        parameters = {"element": element, **({"distinct": True} if is_pick else {})}
        reason = f"an array, and each element: {each.reason}"
        yield Candidate(rule=each.rule, generator="array", parameters=parameters, reason=reason)


_FEW = ("word", "choice", "category", "color", "language_code", "country_code", "state_code")
"""Generators of few values, of which none should come twice in one array."""


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in snake_case or camelCase, in small letters, without numbers."""
    apart = name.replace("IPv", "_ipv")
    return tuple(word for run in _RUN.findall(apart) for word in _camel_words(run))


def _camel_words(run: str) -> Iterator[str]:
    """Yield the words of letters: one begins at a capital after a small letter or before one."""
    start = 0
    for n in range(1, len(run)):
        begins = run[n].isupper() and (run[n - 1].islower() or run[n + 1 : n + 2].islower())
        if begins:
            yield run[start:n].lower()
            start = n
    yield run[start:].lower()


def singular(word: str) -> str:
    """Return an English word of a table's name in the singular."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us")) else word


@cache
def _by_ending(*, credentials: bool) -> dict[str, list[Rule]]:
    """Return the rules by the letters of their endings, those that say of what it is first."""
    found: dict[str, list[Rule]] = {}
    for rule in CREDENTIALS if credentials else RULES:
        for ending in rule.endings:
            found.setdefault(ending.replace(" ", ""), []).append(rule)
    for rules in found.values():
        rules.sort(key=_rank)
    return found


def _rank(rule: Rule) -> int:
    """Return where a rule stands among those of one ending: what asks for more goes first."""
    return -sum((bool(rule.of), bool(rule.beside), rule.length is not None))


def _matching(
    words: tuple[str, ...], table: CatalogTable, column: CatalogColumn, *, credentials: bool
) -> list[Rule]:
    """Return the rules whose ending, type, subject and neighbours are these, best first."""
    rules, found = _by_ending(credentials=credentials), []
    for count in range(min(_LONGEST_ENDING, len(words)), 0, -1):
        ending = "".join(words[-count:])
        subject = _subject(words[:-count], table)
        found += [r for r in rules.get(ending, ()) if _is_met(r, subject, table, column)]
    return found


def _subject(before: tuple[str, ...], table: CatalogTable) -> str:
    """Return of what a name is: the word before its ending, else the last of the table's name."""
    if before and before[-1] not in _QUALIFIERS:
        return singular(before[-1])
    of_table = words_of(bare_name(table.name))
    return singular(of_table[-1]) if of_table else ""


def _is_met(rule: Rule, subject: str, table: CatalogTable, column: CatalogColumn) -> bool:
    kind = column.sql_type
    if kind.family not in rule.types or (rule.of and subject not in rule.of):
        return False
    if rule.length is not None and kind.length != rule.length:
        return False
    return not rule.beside or any(_others(table, column, rule.beside))


def _others(table: CatalogTable, column: CatalogColumn, endings: tuple[str, ...]) -> Iterator[str]:
    """Yield the other columns of the table that end in one of these, in the endings' order."""
    for ending in endings:
        letters = ending.replace(" ", "")
        for other in table.columns:
            words = _without_time(words_of(other.name))
            ends = {"".join(words[n:]) for n in range(len(words))}
            if letters in ends and other.name != column.name and not table.refers(other.name):
                yield other.name


def _without_time(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return words without those that only say that it is a time: `created_at` is `created`."""
    left = words
    while len(left) > 1 and left[-1] in _OF_TIME:
        left = left[:-1]
    return left[1:] if len(left) > 1 and left[0] in _OF_TIME else left


def _made(rule: Rule, table: CatalogTable, column: CatalogColumn) -> Iterator[Candidate]:
    """Yield what a rule gives: one candidate, or one for each date that it may come after."""
    parameters = dict(rule.parameters)
    if rule.nulls is not None and column.may_be_null:
        parameters["null_probability"] = rule.nulls
    if not rule.after:
        yield Candidate(
            rule=rule.name,
            generator=_of_type(rule.generator, column),
            parameters=parameters,
            reason=rule.reason,
        )
        return
    for name in _others(table, column, rule.after):
        if table.column(name).sql_type.family not in TIME:
            continue
        yield Candidate(
            rule=rule.name,
            generator=f"{column.sql_type.family}_after",
            parameters={"after": name, **parameters},
            reason=f"{rule.reason}: {name}",
        )


def _of_type(generator: str, column: CatalogColumn) -> str:
    """Return the generator that a rule means for the numbers or times of the column's type."""
    family = column.sql_type.family
    if generator == "past":
        return f"{family}_past"
    if generator == "decimal_range":
        return {"integer": "int_range", "float": "float_range"}.get(family, generator)
    return generator
