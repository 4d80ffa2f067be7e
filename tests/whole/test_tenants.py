"""Keys that share a column, and keys within each other: no row refers across tenants."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from support.binding import parse_schema
from support.mixed import Raw
from support.tenants import tenant_schemas

from shardgen.errors import PlanError, SchemaError
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source
from shardgen.tables.batch import Batch, BoundTable

MANY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def bound(raw: Raw) -> dict[str, BoundTable] | None:
    """Return the bound tables of a schema, None where it is refused."""
    try:
        schema = parse_schema(json.dumps(raw).encode(), "tenants")
        return Source.bind(build_plan(schema, Options())).bound
    except (SchemaError, PlanError) as error:
        for mistake in error.mistakes:
            assert mistake.path.startswith("tables."), str(mistake)
            assert mistake.hint, str(mistake)
        return None


def column(batch: Batch, name: str) -> list[Any]:
    """Return a column's values, None where it is null."""
    values, null = batch.column(name).python(), batch.null(name)
    return [None if null is not None and null[n] else value for n, value in enumerate(values)]


@given(tenant_schemas())
@MANY
def test_no_key_leads_to_another_tenant(made):
    """A parent has its child's tenant, an own parent comes earlier, and keys that differ do."""
    raw, same = made
    tables = bound(raw)
    if tables is None:
        return
    whole = {name: Batch.of_range(table, 0, table.rows) for name, table in tables.items()}
    for name, key, parent in same:
        there = set(zip(column(whole[parent], "org"), column(whole[parent], "id"), strict=True))
        keys, orgs = column(whole[name], key), column(whole[name], "org")
        assert len(there) == len(whole[parent])
        for own, value, org in zip(column(whole[name], "id"), keys, orgs, strict=True):
            assert value is None or (org, value) in there
            assert parent != name or value is None or value < own
    for table in raw["tables"]:
        for key, other in different(table):
            rows = whole[table["name"]]
            pairs = zip(column(rows, key), column(rows, other), strict=True)
            assert all(a is None or a != b for a, b in pairs)


@given(tenant_schemas())
@MANY
def test_a_row_made_alone_is_the_row_made_among_others(made):
    """Whatever the rows of a batch are, and in whatever order."""
    tables = bound(made[0])
    for table in (tables or {}).values():
        whole = Batch.of_range(table, 0, table.rows)
        few = Batch(table, whole.rows[::-3].copy())
        for name in table.columns:
            assert column(whole, name)[::-3] == column(few, name)


def test_most_schemas_are_accepted():
    """Two of three: in the others a tenant has no row that a key could refer to."""
    seen: Counter[bool] = Counter()

    @given(tenant_schemas())
    @settings(MANY, max_examples=150, database=None, derandomize=True)
    def count(made: tuple[Raw, list[tuple[str, str, str]]]) -> None:
        seen[bound(made[0]) is not None] += 1

    count()
    assert seen[True] > 0.66 * seen.total()


def different(table: Raw) -> list[tuple[str, str]]:
    """Return the columns of a table that must differ from another, with that one."""
    single = [(c["name"], c.get("foreign_key", {})) for c in table["columns"]]
    several = [(k["columns"][-1], k) for k in table.get("foreign_keys", [])]
    return [
        (name, key["differs_from"].removesuffix("_key"))
        for name, key in (*single, *several)
        if "differs_from" in key
    ]
