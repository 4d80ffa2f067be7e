"""A schema of a database, and what was learned of its rows → a schema that makes such rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Mapping
from typing import Any

import msgspec

from shardgen.execution.profiling.facts import (
    ColumnFacts,
    CorrelationFacts,
    KeyFacts,
    TableFacts,
)
from shardgen.execution.profiling.laws import law_of, points_law
from shardgen.schema import model
from shardgen.schema.types import ColumnType, parse_type

_POISSON = 0.05  # how far a variance may lie from the mean of children that are drawn at random
_NAMES_A_PARENT = "_id"
_MOST_RANKS = 20_000
_EPOCH = dt.datetime(1970, 1, 1)


def refined(
    schema: model.Schema, facts: Mapping[str, TableFacts], chosen: Container[tuple[str, str]]
) -> model.Schema:
    """
    Return the schema with nulls, laws, fan-outs and correlations as they were learned.

    `chosen` are columns whose generator was chosen by their name or type: no condition asks for it.
    """
    types = {
        (table.name, column.name): _type(column)
        for table in schema.tables
        for column in table.columns
    }
    tables = tuple(
        _Refining(table, facts[table.name], types, chosen).made() if table.name in facts else table
        for table in schema.tables
    )
    return msgspec.structs.replace(schema, tables=tables)


def _type(column: model.Column) -> ColumnType | None:
    try:
        return parse_type(column.stands_for or column.type)
    except ValueError:
        return None


class _Refining:
    """One table while it is refined."""

    def __init__(
        self,
        table: model.Table,
        facts: TableFacts,
        types: Mapping[tuple[str, str], ColumnType | None],
        chosen: Container[tuple[str, str]],
    ) -> None:
        self._chosen = chosen
        self._table, self._facts = table, facts
        self._types = types
        self._by_name = {column.name: column for column in facts.columns}
        self._keys = {key.columns: key for key in facts.keys}
        self._correlations = {each.column: each for each in facts.correlations}
        self._lists = {name for each in table.one_of for name in each.columns}

    def made(self) -> model.Table:
        columns: list[model.Column] = []
        for column in self._table.columns:
            columns += self._column(column)
        keys = tuple(
            msgspec.structs.replace(key, fan_out=self._fan_out(key.columns, key))
            for key in self._table.foreign_keys
        )
        return msgspec.structs.replace(self._table, columns=tuple(columns), foreign_keys=keys)

    def _column(self, column: model.Column) -> list[model.Column]:
        facts = self._by_name.get(column.name)
        column = msgspec.structs.replace(column, description="")
        if facts is None or column.generated is not None:
            return [column]
        key = column.foreign_key
        if key is not None:
            key = msgspec.structs.replace(key, fan_out=self._fan_out((column.name,), key))
            column = msgspec.structs.replace(column, foreign_key=key)
            return [self._with_nulls(column, facts)]
        hidden: list[model.Column] = []
        is_computed = (
            column.generator == "expression" and (self._table.name, column.name) not in self._chosen
        )
        if facts.after and facts.gap:
            hidden, column = self._after(column, facts)
        elif not is_computed:
            column = self._by_law(column, facts)
        return [*hidden, self._with_nulls(column, facts)]

    def _by_law(self, column: model.Column, facts: ColumnFacts) -> model.Column:
        kind = self._types[self._table.name, column.name]
        made = None if kind is None or kind.element is not None else law_of(facts, kind)
        if made is None or column.unique or column.primary_key:
            return column
        name, parameters = made
        nulls = {k: v for k, v in column.generator_params.items() if k == "null_probability"}
        column = msgspec.structs.replace(
            column, generator=name, generator_params=parameters | nulls
        )
        if facts.rises:
            return msgspec.structs.replace(column, order="rising")
        follows = self._correlations.get(column.name)
        return column if follows is None else _correlated(column, follows)

    def _after(
        self, column: model.Column, facts: ColumnFacts
    ) -> tuple[list[model.Column], model.Column]:
        """Return a hidden column of how long a time comes after another, and their sum."""
        kind = self._types[self._table.name, column.name]
        is_date = kind is not None and kind.family == "date"
        name = f"{column.name}_after"
        taken = {each.name for each in self._table.columns}
        while name in taken:
            name += "_"
        words = facts.after.split(".")
        path = ".".join(
            map(_word, [*(w.removesuffix(_NAMES_A_PARENT) for w in words[:-1]), words[-1]])
        )
        by_share = facts.gap_end is not None
        gap = model.Column(
            name=name,
            type="decimal(9,6)" if by_share else "bigint",
            hidden=True,
            generator="decimal_range" if by_share else "int_range",
            generator_params={"distribution": points_law(facts.gap)},
            correlation=(
                model.Correlation(column=path, rho=facts.gap_rho) if facts.gap_rho else None
            ),
        )
        start, unit = (f"date({path})", "days") if is_date else (path, "seconds")
        away = _word(name)
        if facts.gap_end is not None:
            end = _EPOCH + dt.timedelta(seconds=facts.gap_end)
            last = f"date('{end:%Y-%m-%d}')" if is_date else f"timestamp('{end:%Y-%m-%d} 00:00:00')"
            away = f"greatest(0, floor(({last} - {start}) * {away}))"
        nulls = {k: v for k, v in column.generator_params.items() if k == "null_probability"}
        expression = {"expression": f"{start} + {unit}({away})"}
        made = msgspec.structs.replace(
            column, generator="expression", generator_params=expression | nulls
        )
        return [gap], made

    def _with_nulls(self, column: model.Column, facts: ColumnFacts) -> model.Column:
        key = column.foreign_key
        is_tree = key is not None and isinstance(key.fan_out, model.TreeFanOut)
        if not column.nullable or is_tree or column.name in self._lists:
            return column
        parameters: dict[str, Any] = {**column.generator_params, "null_probability": facts.nulls}
        return msgspec.structs.replace(column, generator_params=parameters)

    def _fan_out(
        self, columns: tuple[str, ...], key: model.ForeignKey | model.CompositeForeignKey
    ) -> model.ShapeName | model.Shape | None:
        facts = self._keys.get(columns)
        if facts is None or not facts.points:
            return key.fan_out
        if key.table == self._table.name:
            return model.TreeFanOut(roots=facts.nulls) if facts.nulls else key.fan_out
        if isinstance(key.fan_out, model.UniqueFanOut) or self._is_unique(columns):
            return key.fan_out
        is_grouped = isinstance(key.fan_out, model.GroupedFanOut)
        is_drawn = not is_grouped and self._is_beside_others(columns)
        if not is_grouped and (_is_random(facts) or is_drawn):
            exponent = zipf_exponent(facts) if is_drawn else None
            by_zipf = model.RandomFanOut(distribution="zipf", exponent=exponent)
            return key.fan_out if exponent is None else by_zipf
        least = 1 if facts.points[0][1] >= 1 and not facts.nulls else 0
        return model.GroupedFanOut(distribution="quantiles", points=facts.points, min=least)

    def _is_beside_others(self, columns: tuple[str, ...]) -> bool:
        """Return whether a key is unique together with another one, or has columns of another."""
        keys = {
            *((c.name,) for c in self._table.columns if c.foreign_key is not None),
            *(key.columns for key in self._table.foreign_keys),
        } - {columns}
        primary = tuple(c.name for c in self._table.columns if c.primary_key)
        together = any(
            set(columns) <= set(names) and any(set(key) <= set(names) for key in keys)
            for names in (*self._table.unique, primary)
        )
        return together or any(set(key) & set(columns) for key in keys)

    def _is_unique(self, columns: tuple[str, ...]) -> bool:
        alone = {(c.name,) for c in self._table.columns if c.unique}
        primary = tuple(c.name for c in self._table.columns if c.primary_key)
        return any(
            set(names) <= set(columns) for names in (*alone, *self._table.unique, primary) if names
        )


def zipf_exponent(facts: KeyFacts) -> float | None:
    """
    Return the exponent by which parents drawn by Zipf's law have as uneven counts; None for even.

    Of shares p the squared coefficient of variation is P Σp² - 1, and chance adds 1/mean.
    """
    excess = (facts.deviation / facts.mean) ** 2 - 1 / facts.mean
    if excess <= _POISSON or facts.parents < 2:
        return None
    ranks = [float(n) for n in range(1, min(facts.parents, _MOST_RANKS) + 1)]
    low, high = 0.0, 3.0
    for _ in range(30):
        middle = (low + high) / 2
        shares = [rank**-middle for rank in ranks]
        uneven = len(ranks) * sum(s * s for s in shares) / sum(shares) ** 2 - 1
        low, high = (middle, high) if uneven < excess else (low, middle)
    return round(high, 3)


def _is_random(facts: KeyFacts) -> bool:
    """Return whether children are spread as chance spreads them."""
    return abs(facts.deviation**2 - facts.mean) <= _POISSON * facts.mean


def _correlated(column: model.Column, follows: CorrelationFacts) -> model.Column:
    correlation = model.Correlation(column=follows.other, rho=max(-1.0, min(1.0, follows.drawn)))
    return msgspec.structs.replace(column, correlation=correlation)


def _word(name: str) -> str:
    """Return a name as expressions write it."""
    return name if name.isidentifier() and name.islower() else f'"{name}"'
