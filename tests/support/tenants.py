"""Random schemas of many tenants: keys that share a column, and keys within each other."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from support.keys import raw_schema, table

Raw = dict[str, Any]
GROUPED = ("even", "poisson", "uniform", "lognormal", "zipf")


class TenantTable:
    """A table below the tenants while it is drawn; `same` are its keys to rows of its tenant."""

    def __init__(self, name: str, rows: int) -> None:
        self.name = name
        self.rows = rows
        self.columns: dict[str, Raw] = {}
        self.keys: list[Raw] = []
        self.unique: list[list[str]] = []
        self.same: list[tuple[str, str]] = []


@st.composite
def tenant_schemas(draw: st.DrawFn) -> tuple[Raw, list[tuple[str, str, str]]]:
    """
    Return a schema of tenants and two to six tables below them, and which keys stay in a tenant.

    These are given as table, column and parent. Half of the schemas have the tenant's key in every
    foreign key; the others say `within`. Some are to be refused, as a tenant may be without rows.
    """
    composite = draw(st.booleans())
    tenants = draw(st.integers(1, 12))
    tables = [table("tenants", tenants, {"id": {"type": "int", "primary_key": True}})]
    made: list[TenantTable] = []
    for n in range(draw(st.integers(2, 6))):
        rows = tenants * draw(st.integers(1, 9)) + draw(st.integers(0, 5))
        drawn = TenantTable(f"t{n}", rows)
        _fill(draw, drawn, made, composite=composite)
        made.append(drawn)
        more: Raw = {"unique": drawn.unique} if drawn.unique else {}
        if drawn.keys:
            more["foreign_keys"] = drawn.keys
        tables.append(table(drawn.name, drawn.rows, drawn.columns, **more))
    same = [(t.name, column, parent) for t in made for column, parent in t.same]
    return raw_schema(*draw(st.permutations(tables))), same


def _fill(draw: st.DrawFn, drawn: TenantTable, made: list[TenantTable], *, composite: bool) -> None:
    primary = {"primary_key": True}
    leads = made and draw(st.booleans())
    drawn.columns["org"] = {"type": "int", **(primary if composite else {})}
    if not leads or not composite:
        refers: Raw = {"table": "tenants", "column": "id"}
        if not leads and draw(st.booleans()):
            refers["fan_out"] = _grouped(draw, draw(st.integers(0, 1)))
        drawn.columns["org"]["foreign_key"] = refers
    drawn.columns["id"] = {"type": "int", **primary}
    if leads:
        facts: Raw = {}
        if draw(st.booleans()):
            facts["fan_out"] = _grouped(draw, 0)
        _refer(drawn, "up", draw(st.sampled_from(made)), composite=composite, **facts)
    for n in range(draw(st.integers(0, 2)) if made else 0):
        null = draw(st.booleans())
        _refer(drawn, f"c{n}", draw(st.sampled_from(made)), composite=composite, nullable=null)
    if draw(st.integers(0, 2)) == 0:
        _refer(drawn, "own", drawn, composite=composite, nullable=True)
    twice = [c for c, parent in drawn.same if c.startswith("c") and parent == drawn.same[-1][1]]
    if len(twice) == 2 and drawn.same[-1][0] == twice[1]:
        _say(drawn, twice[1], differs_from=f"{twice[0]}_key" if composite else twice[0])


def _grouped(draw: st.DrawFn, least: int) -> Raw:
    return {"type": "grouped", "distribution": draw(st.sampled_from(GROUPED)), "min": least}


def _refer(
    drawn: TenantTable,
    name: str,
    parent: TenantTable,
    *,
    composite: bool,
    nullable: bool = False,
    **facts: Any,
) -> None:
    drawn.columns[name] = {"type": "int", "nullable": nullable}
    drawn.same.append((name, parent.name))
    if composite:
        key = {"columns": ["org", name], "table": parent.name, "references": ["org", "id"]}
        drawn.keys.append({**key, "name": f"{name}_key", **facts})
    else:
        refers = {"table": parent.name, "column": "id", "within": "org", **facts}
        drawn.columns[name]["foreign_key"] = refers


def _say(drawn: TenantTable, name: str, **facts: Any) -> None:
    foreign_key = drawn.columns[name].get("foreign_key")
    if foreign_key is None:
        foreign_key = next(k for k in drawn.keys if k["name"] == f"{name}_key")
    foreign_key |= facts
