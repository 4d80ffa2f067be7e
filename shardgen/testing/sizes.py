"""A number of rows in all → how many of each table, so that a small data set can be made."""

from __future__ import annotations

import math
from collections.abc import Mapping

from shardgen.errors import Mistake, PlanError
from shardgen.plan.bind import Attempt, try_to_bind
from shardgen.plan.load import SchemaSource, load_schema
from shardgen.plan.plan import Options, build_plan
from shardgen.schema.model import Schema

_POWERS = (1.0, 0.75, 0.5, 0.25, 0.0)
_TRIES = 12  # for each of them, with what the tries before have shown


def shared_out(schema: SchemaSource, rows: int) -> dict[str, int]:
    """
    Return `rows` shared out among the tables of a schema, in its own proportions as far as can be.

    Each table that has rows in the schema gets one at least, so that all may be more. Where so few
    cannot be made in these proportions, as when children differ in less than there are, those
    tables get fewer, or small ones a greater share. PlanError where no share does.
    """
    loaded = load_schema(schema)
    refused: tuple[Mistake, ...] = ()
    for power in _POWERS:
        most: dict[str, int] = {}
        for _ in range(_TRIES):
            counts = _counts(loaded, rows, power, most)
            attempt = _attempt(loaded, counts)
            if not attempt.mistakes:
                return counts
            refused = refused or attempt.mistakes
            room = _room(loaded, attempt)
            if not room:
                break
            most |= room
    raise PlanError(refused, loaded.name)


def _attempt(schema: Schema, counts: Mapping[str, int]) -> Attempt:
    plan = build_plan(schema, Options(rows=counts))
    return plan.take_attempt() or try_to_bind(plan.catalog, plan.job)


def _room(schema: Schema, attempt: Attempt) -> dict[str, int]:
    """Return how many rows tables may have that were asked for more."""
    room: dict[str, int] = {}
    for path, most in attempt.room.items():
        for table in schema.tables:
            at = f"tables.{table.name}"
            if most > 0 and (path == at or path.startswith((f"{at}.", f"{at} ("))):
                room[table.name] = min(most, room.get(table.name, most))
    return room


def _counts(schema: Schema, rows: int, power: float, most: Mapping[str, int]) -> dict[str, int]:
    """Return counts by a power of the schema's own, none of them more than `most` allows."""
    weights = {t.name: t.record_count**power if t.record_count else 0.0 for t in schema.tables}
    bounded = {name: count for name, count in most.items() if weights[name]}
    free = {name: weight for name, weight in weights.items() if name not in bounded}
    total, left = math.fsum(free.values()), rows - sum(bounded.values())
    exact = {name: max(left, 0) * weight / (total or 1) for name, weight in free.items()}
    counts = {name: max(math.floor(each), int(free[name] > 0)) for name, each in exact.items()}
    more = left - sum(counts.values())
    for name in sorted(exact, key=lambda name: counts[name] - exact[name])[: max(more, 0)]:
        counts[name] += int(free[name] > 0)
    return {name: bounded.get(name, counts.get(name, 0)) for name in weights}
