"""A case by its number: a schema, and the options that it is made with."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import msgspec
from fuzz import grammar
from fuzz.drafts import Raw
from fuzz.draw import Draw
from fuzz.mutation import mutated

from shardgen.plan.plan import Options

MUTATIONS = 3
"""Of ten cases, so many are mutations; the others come from the grammar."""
AS_OF = ("0001-01-01", "9999-12-31", "1970-01-01", "2000-02-29", "2024-02-29", "1969-12-31")


ODD_OPTIONS: dict[str, tuple[Any, ...]] = {
    "seed": (2**63, -(2**63) - 1, 10**30),
    "scale": (0.0, -1.0, 1e-300, 0.5, 2.5, 1e18, 1e300),
    "rows": ({"t0": 0}, {"t0": -1}, {"t0": 7}, {"none": 1}, {"t0": 10**13}, {"t0": 1, "t1": 50}),
    "rows_per_statement": (0, -1, 2**62, 10**30),
    "edge_case_probability": (-0.1, 1.1, 1e300),
    "shard_rows": (0, -1, 1, 10**30),
    "format": ("copy", "csv", "", "xml"),
    "dialect": ("", "oracle", "mariadb"),
}


class Case(msgspec.Struct, frozen=True):
    """`schema` is the decoded file, or its bytes where they were changed as bytes."""

    number: int
    origin: str
    schema: Raw | bytes
    options: Options
    cuts: tuple[int, ...]
    shard_rows: int

    @property
    def data(self) -> bytes:
        """The schema file."""
        return self.schema if isinstance(self.schema, bytes) else json.dumps(self.schema).encode()

    @property
    def is_plain(self) -> bool:
        """Whether the options are those with which `check` looks at a schema."""
        options = self.options
        usual = Options()
        usual = msgspec.structs.replace(usual, rows_per_statement=options.rows_per_statement)
        return options == usual and 0 < options.rows_per_statement < 1 << 31


def case(number: int) -> Case:
    """Return the case of that number."""
    draw = Draw(number)
    is_mutation = number % 10 < MUTATIONS
    return Case(
        number=number,
        origin="mutation" if is_mutation else "grammar",
        schema=mutated(draw) if is_mutation else grammar.schema(draw),
        options=_options(draw),
        cuts=tuple(draw.whole(0, 999) for _ in range(3)),
        shard_rows=draw.among([1, 3, 7, 64, 1000]),
    )


def _options(draw: Draw) -> Options:
    made: dict[str, Any] = {"seed": draw.among([0, 0, 1, 42, -1, 2**63 - 1, -(2**63)])}
    if draw.chance(0.3):
        made["rows_per_statement"] = draw.among([1, 7, 100])
    if draw.chance(0.08):
        made["edge_case_probability"] = draw.among([0.3, 1.0])
    if draw.chance(0.1):
        made["as_of"] = dt.date.fromisoformat(draw.among(AS_OF))
    if draw.chance(0.06):
        made["dialect"] = draw.among(["postgres", "mysql", "sqlite"])
    if draw.chance(0.05):
        made = {"format": "csv"} | {n: v for n, v in made.items() if n != "rows_per_statement"}
    if draw.chance(0.02):
        name, values = draw.among([*ODD_OPTIONS.items()])
        made[name] = draw.among(values)
    return Options(**made)
