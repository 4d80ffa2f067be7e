"""Keys within keys: the tables of a tenant, whose parents have an ancestor in common."""

from __future__ import annotations

from fuzz.drafts import Raw, SchemaDraft, TableDraft
from fuzz.draw import Draw
from fuzz.keys import LAWS, RECENT, ZIPF

ID: Raw = {"type": "int", "primary_key": True}


def tenants(draw: Draw, schema: SchemaDraft) -> None:
    """Add an organisation, two tables of it, and one whose keys lead to both within it."""
    few = draw.whole(1, 6)
    org = TableDraft("org", few, {"id": ID}, keys=[[("id", "int")]])
    composite = draw.chance(0.4)
    parts = [_part(draw, name, few, composite=composite) for name in ("project", "member")]
    task = TableDraft("task", draw.whole(1, 40))
    task.columns = {"id": ID, "org_id": {"type": "int"}}
    null = {"nullable": True} if draw.chance(0.3) else {}
    for part in parts:
        column = f"{part.name}_id"
        task.columns[column] = {"type": "int", **null}
        if composite:
            names = ["org_id", column]
            refers = {"columns": names, "table": part.name, "references": ["org_id", "id"]}
            refers |= _law(draw)
            task.foreign_keys.append(refers)
        else:
            within = draw.among(["org_id", {"org_id": "org_id"}]) if draw.chance(0.9) else "none"
            refers = {"table": part.name, "column": "id", "within": within}
            refers |= _law(draw)
            task.columns[column]["foreign_key"] = refers
    if not composite:
        task.columns["org_id"]["foreign_key"] = {"table": "org", "column": "id"} | _shape(draw)
    if draw.chance(0.3):
        task.unique.append(["project_id", "member_id"])
    if draw.chance(0.3):
        _differing(draw, task, parts[1])
    task.keys.append([("id", "int")])
    schema.tables += [org, *parts, task]


def _part(draw: Draw, name: str, organisations: int, *, composite: bool) -> TableDraft:
    """Return a table of an organisation; its key has that of the organisation in it or not."""
    rows = organisations * draw.whole(1, 5)
    to: Raw = {"table": "org", "column": "id"} | _shape(draw, least=1)
    key = {"primary_key": True} if composite else {}
    columns: dict[str, Raw] = {"org_id": {"type": "int", "foreign_key": to, **key}, "id": ID}
    made = TableDraft(name, rows, columns)
    made.keys.append([("org_id", "int"), ("id", "int")] if composite else [("id", "int")])
    return made


def _shape(draw: Draw, least: int = 0) -> Raw:
    if draw.chance(0.4):
        return {}
    return {"fan_out": {"type": "grouped", **draw.among(LAWS), "min": least}}


def _law(draw: Draw) -> Raw:
    """Return by which law a key chooses within its ancestor, where it says so."""
    return {"fan_out": draw.among([ZIPF, RECENT, "unique"])} if draw.chance(0.2) else {}


def _differing(draw: Draw, task: TableDraft, part: TableDraft) -> None:
    """Add another key to the same parents, which never leads to the same one."""
    if len(part.keys[0]) > 1:
        return
    to = {"table": part.name, "column": "id", "differs_from": "member_id"}
    if draw.chance(0.5):
        to["within"] = "org_id"
    task.columns["reviewer_id"] = {"type": "int", "nullable": draw.chance(0.5), "foreign_key": to}
