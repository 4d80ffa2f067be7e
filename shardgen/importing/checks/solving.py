"""
All CHECKs of a table at once → limits of its columns and relations between them.

A condition that can be met in several ways is met in one of them: the way that takes least from the
values. The ways of all conditions are tried together, until none contradicts another. What follows
is sufficient, and narrower than the conditions where they leave a choice.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from shardgen.importing.checks.condition import (
    All,
    AnyOf,
    Atom,
    Compare,
    Condition,
    Counted,
    In,
    IsNull,
    Known,
    Match,
    Operand,
    Unread,
    columns_of,
    mirrored,
)
from shardgen.importing.checks.limits import ImpossibleError, Limits, Step
from shardgen.importing.checks.surroundings import led_to

_MOST_WAYS = 256  # of one condition
_MOST_TRIES = 20_000
_MOST_NULLS = 8  # columns whose NULLs are looked at together


Kind = Literal["exactly_one", "at_most_one", "at_least_one"]


class Given(msgspec.Struct, frozen=True):
    """Nullable columns of which exactly one is given in a row, at most one, or at least one."""

    columns: tuple[str, ...]
    given: Kind


class Solution(msgspec.Struct, frozen=True, kw_only=True):
    """
    What columns are limited to, so that conditions are met.

    `narrowed` are the conditions of which one way was chosen, `unmet` those that no way was found
    for, by their numbers. `contradicted` are columns that relations leave no value.
    """

    limits: Mapping[str, Limits] = {}
    relations: tuple[Compare, ...] = ()
    given: tuple[Given, ...] = ()
    narrowed: tuple[int, ...] = ()
    unmet: tuple[int, ...] = ()
    contradicted: tuple[str, ...] = ()


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a table's columns are: the family of each one's type, and which may be NULL."""

    families: Mapping[str, str]
    nullable: frozenset[str]
    steps: Mapping[str, Step] = {}
    """What is between two values next to each other, of numbers and times."""
    fixed: frozenset[str] = frozenset()
    """Columns whose values are not free: keys, and what the database counts."""


def solve(conditions: Sequence[Condition], facts: Facts) -> Solution:
    """Return the limits by which all conditions are met, but those that are `unmet`."""
    given, left, unmet = [], [], []
    for n, condition in enumerate(conditions):
        pattern = _pattern_of_nulls(condition, facts)
        if pattern is not None:
            given.append(pattern)
        else:
            left.append((n, [*_ways(condition, facts)]))
    unmet += [n for n, ways in left if not ways]
    choices = sorted(((n, ways) for n, ways in left if ways), key=lambda each: len(each[1]))
    taken: list[tuple[int, list[tuple[Atom, ...]]]] = []
    found = _State()
    for n, ways in choices:
        more = _search([*taken, (n, ways)], facts)
        if more is None:
            unmet.append(n)
        else:
            taken.append((n, ways))
            found = more
    limits, contradicted = _with_bounds_of_others(found, facts)
    return Solution(
        limits=limits,
        relations=found.relations,
        given=tuple(given),
        narrowed=tuple(sorted(n for n, ways in taken if len(ways) > 1)),
        unmet=tuple(sorted(unmet)),
        contradicted=contradicted,
    )


def _with_bounds_of_others(
    state: _State, facts: Facts
) -> tuple[dict[str, Limits], tuple[str, ...]]:
    """
    Return limits by which a column that others follow from leaves them room.

    Where `low <= high` and `high <= 50`, `low <= 50` too. Columns that are left none are returned.
    """
    limits = dict(state.limits)
    for name in {column for relation in state.relations for column in columns_of(relation)}:
        if name in limits and name in facts.steps:
            try:
                limits[name] = limits[name].closed(facts.steps[name])
            except ImpossibleError:
                return limits, (name,)
    for _ in range(len(state.relations) + 1):
        before = dict(limits)
        for relation in state.relations:
            for each in (relation, mirrored(relation)):
                assert isinstance(each.right, Operand), "a relation is of two columns"
                left, right = each.left.column, each.right.column
                if each.left.function or each.right.function or left not in facts.steps:
                    continue
                own, other = limits.get(left, Limits()), limits.get(right, Limits())
                try:
                    limits[left] = own.beside(other, each.operator, each.plus, facts.steps[left])
                except ImpossibleError:
                    return limits, (left, right)
        if limits == before:
            break
    return {name: found for name, found in limits.items() if found != Limits()}, ()


class _State(msgspec.Struct, frozen=True):
    """Limits so far."""

    limits: dict[str, Limits] = {}
    relations: tuple[Compare, ...] = ()


def _search(choices: Sequence[tuple[int, list[tuple[Atom, ...]]]], facts: Facts) -> _State | None:
    """Return a state that meets one way of each condition; None where there is none."""
    tries = itertools.count()

    def rest(at: int, state: _State) -> _State | None:
        if at == len(choices):
            return state
        for way in choices[at][1]:
            if next(tries) > _MOST_TRIES:
                return None
            try:
                narrower = _with_way(state, way, facts)
            except ImpossibleError:
                continue
            found = rest(at + 1, narrower)
            if found is not None:
                return found
        return None

    return rest(0, _State())


def _with_way(state: _State, way: tuple[Atom, ...], facts: Facts) -> _State:
    limits, relations = dict(state.limits), list(state.relations)
    for atom in way:
        if isinstance(atom, Compare) and isinstance(atom.right, Operand):
            if any(map(led_to, columns_of(atom))):
                raise ImpossibleError
            if not _is_of_case(atom, limits):
                relations.append(atom)
            continue
        (name,) = columns_of(atom)
        limits[name] = _narrowed(limits.get(name, Limits()), atom, facts)
    return _State(limits, tuple(dict.fromkeys(relations)))


def _is_of_case(atom: Compare, limits: dict[str, Limits]) -> bool:
    """Note `lower(x) = x`; return whether it is of that kind."""
    assert isinstance(atom.right, Operand), "as was asked"
    left, right = atom.left, atom.right
    if left.column != right.column:
        return False
    function = left.function or right.function
    if atom.operator != "=" or function not in ("lower", "upper", "trim"):
        raise ImpossibleError
    if function != "trim":
        limits[left.column] = limits.get(left.column, Limits()).in_case(function)
    return True


def _narrowed(limits: Limits, atom: Atom, facts: Facts) -> Limits:
    match atom:
        case IsNull(column, is_negated):
            if not is_negated and column not in facts.nullable:
                raise ImpossibleError
            return limits.with_nulls("none" if is_negated else "all")
        case Compare(left):
            return limits.compared(atom, facts.families[left.column])
        case In(left):
            return limits.one_of(atom, facts.families[left.column])
        case Match():
            return limits.matching(atom)
    raise ImpossibleError


def _ways(condition: Condition, facts: Facts) -> Iterator[tuple[Atom, ...]]:
    """Yield the ways in which a condition is met, those first that take least."""
    ways = [
        way
        for way in itertools.islice(_all_ways(condition), _MOST_WAYS)
        if not any(isinstance(atom, Unread) or atom == Known(truth=False) for atom in way)
        and _is_possible(way, facts)
    ]
    ways.sort(key=lambda way: sum(_cost(atom, facts) for atom in way))
    yield from ways


def _is_possible(way: tuple[Atom, ...], facts: Facts) -> bool:
    try:
        _with_way(_State(), tuple(a for a in way if not isinstance(a, Known)), facts)
    except ImpossibleError:
        return False
    return True


def _all_ways(condition: Condition) -> Iterator[tuple[Atom, ...]]:
    match condition:
        case Known(truth=True):
            yield ()
        case AnyOf(parts):
            for part in parts:
                yield from _all_ways(part)
        case All(parts):
            for ways in itertools.product(*([*_all_ways(part)] for part in parts)):
                yield tuple(dict.fromkeys(itertools.chain(*ways)))
        case Counted(columns, operator, number):
            for pattern in itertools.product((True, False), repeat=len(columns)):
                if _holds(sum(pattern), operator, number):
                    yield tuple(
                        IsNull(c, negated=is_given)
                        for c, is_given in zip(columns, pattern, strict=True)
                    )
        case _:
            yield (condition,)


def _cost(atom: Atom, facts: Facts) -> float:
    """Return how much of a column's values an atom takes away, in no unit."""
    match atom:
        case IsNull(column, negated=True):
            return 0 if column not in facts.nullable else 0.5
        case IsNull():
            return 8
        case In(negated=False, values=values):
            return 4 / len(values)
        case Compare(left, operator, right):
            is_fixed = left.column in facts.fixed
            return (6 if operator == "=" else 1) + 20 * is_fixed + isinstance(right, Operand)
        case Match():
            return 5
    return 1


def _holds(number: int, operator: str, other: int) -> bool:
    order = (number > other) - (number < other)
    return {"=": order == 0, "<>": order != 0, "<": order < 0, "<=": order <= 0,
            ">": order > 0, ">=": order >= 0}[operator]  # fmt: skip


def _pattern_of_nulls(condition: Condition, facts: Facts) -> Given | None:
    """Return which columns are given, where the condition is of that alone."""
    names = tuple(sorted(columns_of(condition)))
    if any(map(led_to, names)):
        return None
    if not 2 <= len(names) <= _MOST_NULLS or not facts.nullable >= set(names):
        return None
    if not _is_of_nulls(condition):
        return None
    allowed = {
        pattern
        for pattern in itertools.product((True, False), repeat=len(names))
        if _is_met(condition, dict(zip(names, pattern, strict=True)))
    }
    counts: dict[Kind, Callable[[int], bool]] = {
        "exactly_one": lambda n: n == 1, "at_most_one": lambda n: n <= 1,
        "at_least_one": lambda n: n >= 1,
    }  # fmt: skip
    for kind, test in counts.items():
        everything = itertools.product((True, False), repeat=len(names))
        if allowed == {pattern for pattern in everything if test(sum(pattern))}:
            return Given(names, kind)
    return None


def _is_of_nulls(condition: Condition) -> bool:
    match condition:
        case All(parts) | AnyOf(parts):
            return all(map(_is_of_nulls, parts))
    return isinstance(condition, (IsNull, Counted))


def _is_met(condition: Condition, given: Mapping[str, bool]) -> bool:
    match condition:
        case All(parts):
            return all(_is_met(part, given) for part in parts)
        case AnyOf(parts):
            return any(_is_met(part, given) for part in parts)
        case IsNull(column, is_negated):
            return given[column] is is_negated
        case Counted(columns, operator, number):
            return _holds(sum(given[c] for c in columns), operator, number)
    raise AssertionError(condition)
