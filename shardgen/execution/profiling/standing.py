"""Parents that have more children the older, richer or larger they are."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from shardgen.execution.profiling.facts import CorrelationFacts, KeyFacts, TableFacts
from shardgen.execution.profiling.laws import points_law
from shardgen.schema import model

_LEAST = 0.1  # of a rank correlation with the number of children
_MOST = 0.995


def with_standings(
    schema: model.Schema, facts: Mapping[str, TableFacts]
) -> tuple[model.Schema, dict[str, TableFacts]]:
    """
    Return the schema with the numbers of children as they hang on a column of the parents.

    The column follows the number of children; what it followed before follows it, if it may. Where
    it is in the order of the rows already, a hidden column that follows it says how many children a
    parent asks for. The facts have the correlations that are in the schema.
    """
    tables = {table.name: table for table in schema.tables}
    known = dict(facts)
    found = [
        (key.standing, name, key)
        for name, table in facts.items()
        for key in table.keys
        if key.standing is not None and abs(key.standing.rho) >= _LEAST and key.table in tables
    ]
    taken: set[tuple[str, str]] = set()
    for standing, child, key in sorted(found, key=lambda each: -abs(each[0].rho)):
        at = key.table, standing.column
        if at in taken or not _is_grouped(tables[child], key):
            continue
        taken.add(at)
        if tables[key.table].column(standing.column).order is None:
            known[key.table] = _followed(known[key.table], standing)
            tables[key.table] = _following(tables[key.table], known[key.table])
        elif _leads(tables[child], key) and not key.nulls:
            name = f"{child.replace('.', '_')}_count"
            tables[key.table] = _with_count(tables[key.table], name, standing, key)
            tables[child] = _asking(tables[child], key, name)
    made = msgspec.structs.replace(schema, tables=tuple(tables[t.name] for t in schema.tables))
    return made, known


def _followed(table: TableFacts, standing: CorrelationFacts) -> TableFacts:
    """Return the parents' facts, in which the column follows the number of children alone."""
    before = {each.column: each for each in table.correlations}
    old = before.pop(standing.column, None)
    if old is not None and abs(old.rho) > abs(standing.rho):
        return table
    before[standing.column] = standing
    columns = {each.name: each for each in table.columns}
    other = None if old is None else columns.get(old.other)
    if old is None or other is None or other.name in before or other.rises:
        pass
    elif other.taken in ("quantiles", "values"):
        before[other.name] = msgspec.structs.replace(old, column=old.other, other=old.column)
    return msgspec.structs.replace(table, correlations=tuple(before.values()))


def _is_grouped(table: model.Table, key: KeyFacts) -> bool:
    """Return whether a key of one column has the quantiles of its parents' children."""
    shapes = [
        c.foreign_key.fan_out for c in table.columns if c.foreign_key and (c.name,) == key.columns
    ]
    return any(isinstance(shape, model.GroupedFanOut) for shape in shapes)


def _leads(table: model.Table, key: KeyFacts) -> bool:
    """Return whether a key is the table's first grouped one, whose children lie in runs."""
    grouped = [
        (c.name,)
        for c in table.columns
        if c.foreign_key is not None and isinstance(c.foreign_key.fan_out, model.GroupedFanOut)
    ]
    others = any(isinstance(each.fan_out, model.GroupedFanOut) for each in table.foreign_keys)
    return not others and grouped[:1] == [key.columns]


def _drawn(standing: CorrelationFacts) -> float:
    return max(-_MOST, min(_MOST, standing.drawn))


def _following(table: model.Table, facts: TableFacts) -> model.Table:
    """Return the parents with the correlations of their facts."""
    follows = {each.column: each for each in facts.correlations}
    columns = tuple(
        msgspec.structs.replace(
            column,
            correlation=model.Correlation(
                column=follows[column.name].other, rho=_drawn(follows[column.name])
            ),
        )
        if column.name in follows and column.order is None and not column.hidden
        else column
        for column in table.columns
    )
    return msgspec.structs.replace(table, columns=columns)


def _with_count(
    table: model.Table, name: str, standing: CorrelationFacts, key: KeyFacts
) -> model.Table:
    """Return the parents with a hidden column of how many children each asks for."""
    hidden = model.Column(
        name=name,
        type="int",
        hidden=True,
        generator="int_range",
        generator_params={"distribution": points_law(key.points)},
        correlation=model.Correlation(column=standing.column, rho=_drawn(standing)),
    )
    return msgspec.structs.replace(table, columns=(*table.columns, hidden))


def _asking(table: model.Table, key: KeyFacts, name: str) -> model.Table:
    """Return the children with as many rows of each parent as it asks for."""
    column = table.column(key.columns[0])
    assert column.foreign_key is not None, "it is a key"
    led = msgspec.structs.replace(column.foreign_key, fan_out=model.GroupedFanOut(counts=name))
    return _with(table, msgspec.structs.replace(column, foreign_key=led))


def _with(table: model.Table, column: model.Column) -> model.Table:
    columns = tuple(column if c.name == column.name else c for c in table.columns)
    return msgspec.structs.replace(table, columns=columns)
