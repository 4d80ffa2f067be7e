"""Keys of every kind: primary keys, foreign keys, trees, junctions, sets, circles."""

from __future__ import annotations

from typing import Any

from fuzz import odd, rare
from fuzz.columns import column_name
from fuzz.drafts import Key, Raw, SchemaDraft, TableDraft
from fuzz.draw import Draw

KEY_TYPES = (
    *("bigint", "int", "int", "uuid", "varchar(30)", "decimal(14,3)", "timestamp", "char(20)"),
    *(
        "smallint",
        "varchar(255)",
        "date",
        "double",
        "decimal(18,0)",
        "datetime",
        "text",
        "enum('a')",
    ),
    *("tinyint", "boolean", "json"),
)
GOOD_KEYS = KEY_TYPES[:8]
ACTIONS = ("CASCADE", "NO ACTION", "RESTRICT", "SET NULL")
LAWS: tuple[Raw, ...] = (
    {"distribution": "even"},
    {"distribution": "poisson"},
    {"distribution": "uniform"},
    {"distribution": "lognormal", "sigma": 1.2},
    {"distribution": "quantiles", "points": [[0, 0], [0.5, 1], [1, 30]]},
    {"distribution": "pareto", "alpha": 1.4},
    {"distribution": "zipf", "exponent": 0.8},
    {},
)
ZIPF: Raw = {"type": "random", "distribution": "zipf", "exponent": 1.1}
RECENT: Raw = {"type": "random", "distribution": "recent", "half": 0.2}


def refer(
    draw: Draw, table: TableDraft, name: str, parent: TableDraft, shape: Any, **facts: Any
) -> list[str]:
    """Add a foreign key to one of the parent's keys; return its columns."""
    to = draw.among(parent.keys)
    said: Raw = {} if shape is None else {"fan_out": shape}
    for event in ("on_delete", "on_update"):
        if draw.chance(0.15):
            action = draw.among(ACTIONS)
            said[event] = action if facts.get("nullable") or action != "SET NULL" else "CASCADE"
        if draw.odd():
            said[event] = draw.among([*ACTIONS, odd.text(draw)])
    if draw.chance(0.06):
        said["deferrable"] = draw.among(["immediate", "deferred"])
    if draw.odd():
        said[draw.among(["within", "differs_from"])] = draw.among([*table.columns, "none"])
    said |= _where(draw, parent)
    if len(to) == 1:
        column, kind = to[0]
        names, relation = [name], name
        target = draw.among(odd.NAMES) if draw.odd() else parent.name
        refers = {"table": target, "column": column, **said}
        table.columns[name] = {"type": _like(draw, kind), "foreign_key": refers, **facts}
        if draw.odd():
            table.columns[name] |= {"generator": draw.among(["int_range", "uuid", "email"])}
    else:
        names = [f"{name}_{n}" for n in range(len(to))]
        relation = f"{name}_key"
        for own, (_, kind) in zip(names, to, strict=True):
            table.columns[own] = {"type": kind, **facts}
        refers = {"columns": names, "table": parent.name, "references": [c for c, _ in to], **said}
        table.foreign_keys.append({**refers, "name": relation})
    table.parents[relation] = parent
    if shape == "grouped" or (isinstance(shape, dict) and shape.get("type") == "grouped"):
        table.grouped.append(relation)
    return names


def _where(draw: Draw, parent: TableDraft) -> Raw:
    """Return a condition on the parents of a key, in a few cases."""
    if not (draw.chance(0.05) or draw.odd()):
        return {}
    whole = next((n for n, f in parent.columns.items() if f["type"] == "int"), "id")
    wheres = [{whole: {"max": parent.rows}}, {whole: [1, 2]}, f'"{whole}" > 0']
    return {"where": odd.value(draw) if draw.odd() else draw.among(wheres)}


WIDER = {
    "int": ("bigint", "decimal(18,0)", "integer", "smallint"),
    "smallint": ("int", "bigint"),
    "varchar(30)": ("text", "varchar(255)", "char(30)", "varchar(20)"),
    "uuid": ("char(36)", "varchar(40)"),
    "timestamp": ("datetime", "timestamptz"),
}


def _like(draw: Draw, kind: str) -> str:
    """Return the type of a key that refers to one of this type: mostly the same."""
    return draw.among(WIDER.get(kind, (kind,))) if draw.chance(0.06) else kind


def grouped(draw: Draw, rows: int, parents: int) -> Raw:
    """Return a grouped fan-out, mostly one that so many rows and parents can have."""
    shape: Raw = {"type": "grouped", **draw.among(LAWS)}
    if draw.chance(0.4):
        shape["max"] = -(-rows // parents) + draw.whole(0, 4)
    if draw.chance(0.25):
        shape["min"] = rows // parents + (1 if draw.odd() else 0)
        shape["max"] = max(shape["min"], shape.get("max", 10**6), 1)
    if draw.odd():
        field = draw.among(
            ["min", "max", "sigma", "alpha", "exponent", "distribution", "type", "x"]
        )
        shape[field] = odd.value(draw)
    return shape


def primary_key(draw: Draw, table: TableDraft, schema: SchemaDraft) -> None:
    """Add a key of any kind, and say what others may refer to."""
    kinds = {"id": 8.0, "typed": 4.0, "values": 1.0}
    if schema.tables:
        kinds |= {"junction": 2.0, "lines": 2.0}
    kind, primary = draw.weighted(kinds), {"primary_key": True}
    if kind in ("id", "typed"):
        name = column_name(draw, table, "id")
        of = draw.among(KEY_TYPES if draw.odd() or draw.chance(0.1) else GOOD_KEYS)
        of = draw.among(rare.KEYS) if kind == "typed" and draw.chance(0.2) else of
        table.columns[name] = {"type": "int" if kind == "id" else of, **primary}
        if kind == "id" and draw.chance(0.2):
            table.columns[name]["auto_increment"] = True
        if kind == "id" and draw.chance(0.1):
            table.columns[name]["identity"] = draw.among(["always", "by default"])
        if kind == "id" and draw.chance(0.1):
            table.columns[name]["start"] = draw.among([2, 1000, 2**31 - 10**6])
        table.keys.append([(name, table.columns[name]["type"])])
        return
    if kind == "values":
        table.columns |= combinations(draw, table, "v", **primary)
    elif kind == "lines":
        parent = draw.among(schema.tables)
        refer(draw, table, "of", parent, grouped(draw, table.rows, parent.rows), **primary)
        table.columns["line"] = {"type": "int", **primary}
    else:
        _junction(draw, table, schema)
    parts = [n for n, c in table.columns.items() if c.get("primary_key")]
    table.keys.append([(n, table.columns[n]["type"]) for n in parts])
    if draw.chance(0.5):
        table.columns["code"] = {"type": "varchar(20)", "unique": True}
        table.keys.append([("code", "varchar(20)")])


def combinations(draw: Draw, table: TableDraft, name: str, **facts: Any) -> dict[str, Raw]:
    """Return two columns with at least as many combinations as rows."""
    few = draw.whole(1, 9)
    many = -(-table.rows // few) + draw.among([0, 1, 50]) - (1 if draw.odd() else 0)
    listed = {"values": [f"w{n}" for n in range(few)]}
    numbers = {"min": -5, "max": many - 6}
    choice = {"type": "varchar(9)", "generator": "choice", "generator_params": listed}
    ranged = {"type": "int", "generator": "int_range", "generator_params": numbers}
    return {f"{name}0": {**choice, **facts}, f"{name}1": {**ranged, **facts}}


def _junction(draw: Draw, table: TableDraft, schema: SchemaDraft) -> None:
    first, second = draw.among(schema.tables), draw.among(schema.tables)
    if not draw.odd():
        table.rows = max(1, min(table.rows, first.rows * second.rows // draw.among([1, 1, 2])))
    law = {"type": "grouped", **draw.among(LAWS)}
    shapes = draw.among([None, law, ZIPF]), draw.among([None, ZIPF, RECENT])
    for name, parent, shape in (("x", first, shapes[0]), ("y", second, shapes[1])):
        refer(draw, table, name, parent, shape, primary_key=True)


def foreign_key(draw: Draw, table: TableDraft, schema: SchemaDraft, name: str) -> None:
    """Add a key to an earlier table or to the table itself."""
    null = {"nullable": True} if draw.chance(0.4) else {}
    if not schema.tables or draw.chance(0.2):
        _own_key(draw, table, name, null)
        return
    parent = draw.among(schema.tables)
    shapes = [None, "random", ZIPF, RECENT, grouped(draw, table.rows, parent.rows), "grouped"]
    if table.rows <= parent.rows or draw.odd():
        shapes += ["unique", {"type": "unique"}]
    shape = odd.value(draw) if draw.odd() else draw.among(shapes)
    names = refer(draw, table, name, parent, shape, **null)
    if shape == "unique" and draw.chance(0.5):
        table.unique.append(names)


def _own_key(draw: Draw, table: TableDraft, name: str, null: Raw) -> None:
    tree: Raw = {"type": "tree"}
    if draw.chance(0.5):
        tree["max_depth"] = draw.whole(0, 6)
    if null and draw.chance(0.5):
        tree["roots"] = draw.among([0.01, 0.3, 1.0])
    if draw.odd():
        tree[draw.among(["roots", "max_depth", "within", "x"])] = odd.value(draw)
    within = [name for name in table.grouped if table.parents[name] is not table]
    if within and not {"roots", "max_depth"} & tree.keys() and null and draw.chance(0.5):
        tree["within"] = draw.among(within)
    refer(
        draw, table, name, table, draw.among([None, "random", "unique", "tree", tree, tree]), **null
    )


def polymorphic(draw: Draw, table: TableDraft, schema: SchemaDraft, name: str) -> None:
    """Add a key to one of several tables, those that have a key of one type, and its type."""
    kind = draw.among(["int", "uuid", "varchar(30)"])
    tables = [t for t in (*schema.tables, table) if any(k[0][1] == kind for k in _alone(t))]
    if not tables:
        return
    null = {"nullable": True} if draw.chance(0.4) else {}
    targets = []
    for n, parent in enumerate(draw.sample(tables, 4)):
        column = next(k[0][0] for k in _alone(parent) if k[0][1] == kind)
        target: Raw = {"table": parent.name, "column": column, "type": f"T{n}"}
        if draw.chance(0.4):
            target["weight"] = draw.among([1, 3, 0.5])
        if parent is not table and draw.chance(0.3):
            target["fan_out"] = draw.among(["random", ZIPF, RECENT])
        if draw.odd():
            target[draw.among(["type", "weight", "fan_out", "within", "x"])] = odd.value(draw)
        targets.append(target)
    table.columns[f"{name}_type"] = {"type": "varchar(9)", **null}
    pointer = {"type_column": f"{name}_type", "targets": targets}
    table.columns[name] = {"type": kind, "polymorphic": pointer, **null}
    if draw.chance(0.2):
        table.unique.append([f"{name}_type", name])


def _alone(table: TableDraft) -> list[Key]:
    return [key for key in table.keys if len(key) == 1]


def one_of(draw: Draw, table: TableDraft) -> None:
    """Let one of some nullable columns be given in each row."""
    names = [name for name, facts in table.columns.items() if facts.get("nullable")]
    if len(names) < 2:
        return
    listed: Any = draw.sample(names, 4)
    if draw.chance(0.5):
        listed = {name: draw.among([1, 3, 0.5]) for name in listed}
    asked: Raw = {"columns": listed}
    if draw.chance(0.6):
        asked["given"] = draw.among(["exactly_one", "at_most_one", "at_least_one"])
    if draw.odd():
        asked[draw.among(["none", "given", "columns"])] = odd.value(draw)
    table.facts["one_of"] = [asked]


def unique_set(draw: Draw, table: TableDraft, schema: SchemaDraft, name: str) -> None:
    """Add columns that are unique together: values, or a key and a value."""
    null = {"nullable": True} if draw.chance(0.3) else {}
    if not schema.tables or draw.chance(0.5):
        columns = combinations(draw, table, name, **null)
        table.columns |= columns
        _say_unique(draw, table, name, [*columns])
        return
    parent = draw.among(schema.tables)
    values = -(-table.rows // parent.rows) + draw.among([0, 3, 100])
    law = {"type": "grouped", **draw.among(LAWS), "max": values}
    shape = draw.among([None, law, law, ZIPF])
    values = max(values, table.rows) if shape == ZIPF else values
    names = refer(draw, table, name, parent, shape, **null)
    numbers = {"generator": "int_range", "generator_params": {"min": 1, "max": values}}
    table.columns[f"{name}_v"] = {"type": "int", **numbers}
    _say_unique(draw, table, name, [*names, f"{name}_v"])


def any_set(draw: Draw, table: TableDraft) -> None:
    """Let any columns be unique together, whatever they are."""
    columns = draw.sample([*table.columns], 3)
    if len(columns) > 1 or draw.odd():
        _say_unique(draw, table, f"any{len(table.unique)}", columns)


def _say_unique(draw: Draw, table: TableDraft, name: str, columns: list[str]) -> None:
    if draw.chance(0.8):
        table.unique.append(columns)
        return
    index = {"name": f"{table.name[:20]}_{name}", "columns": columns, "unique": True}
    table.indexes.append(index)


def close_circle(draw: Draw, schema: SchemaDraft) -> None:
    """Let an earlier table refer to a later one."""
    early = draw.whole(0, len(schema.tables) - 2)
    late = draw.whole(early + 1, len(schema.tables) - 1)
    null = {"nullable": True} if draw.chance(0.7) else {}
    table, parent = schema.tables[early], schema.tables[late]
    if "back" not in table.columns:
        shape = draw.among([None, "random", grouped(draw, table.rows, parent.rows)])
        refer(draw, table, "back", parent, shape, **null)


def keyed(draw: Draw, table: TableDraft, name: str, facts: Raw) -> None:
    """Let others refer to a column that is unique and never null."""
    if facts.get("unique") and not facts.get("nullable") and draw.chance(0.7):
        key: Key = [(name, facts["type"])]
        table.keys.append(key)
