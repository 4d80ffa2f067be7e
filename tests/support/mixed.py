"""Random schemas with keys of every kind in them, nearly all of them right."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from support.keys import raw_schema, table

from shardgen.tables.batch import BATCH_ROWS

Raw = dict[str, Any]
Key = list[tuple[str, str]]
"""The columns of a key with their types."""

LAWS: tuple[Raw, ...] = (
    {"distribution": "even"},
    {"distribution": "poisson"},
    {"distribution": "uniform"},
    {"distribution": "lognormal", "sigma": 1.2},
    {"distribution": "pareto", "alpha": 1.4},
    {"distribution": "zipf", "exponent": 0.8},
)
ZIPF = {"type": "random", "distribution": "zipf", "exponent": 1.1}
RECENT = {"type": "random", "distribution": "recent", "half": 0.2}
PLAIN: tuple[Raw, ...] = (
    {"type": "int"},
    {"type": "varchar(40)", "generator": "job_title"},
    {"type": "decimal(9,2)", "generator": "decimal_range"},
    {"type": "timestamp"},
    {"type": "boolean"},
    {"type": "enum('a','b')"},
)
NEVER_TWICE: tuple[Raw, ...] = (
    {"type": "varchar(255)", "generator": "email"},
    {"type": "uuid"},
    {"type": "bigint", "generator": "int_range", "generator_params": {"min": 0, "max": 10**12}},
    {"type": "varchar(30)"},
    {"type": "bigint", "generator": "sequence", "generator_params": {"start": 7, "step": -3}},
    {"type": "timestamp", "generator": "timestamp_past"},
    {
        "type": "decimal(14,3)",
        "generator": "decimal_range",
        "generator_params": {"min": 0, "max": 10**9},
    },
)


class ParsedSchema:
    """A table while it is drawn: its rows, columns, and the keys that others may refer to."""

    def __init__(self, name: str, rows: int) -> None:
        self.name = name
        self.rows = rows
        self.columns: dict[str, Raw] = {}
        self.foreign_keys: list[Raw] = []
        self.unique: list[list[str]] = []
        self.keys: list[Key] = []
        self.grouped: list[str] = []
        self.one_of: list[Raw] = []
        self.ancestors: list[tuple[str, str, str]] = []
        """Columns by which rows are found within others: the column, the table and its key."""

    def raw(self) -> Raw:
        more: Raw = {}
        if self.foreign_keys:
            more["foreign_keys"] = self.foreign_keys
        if self.unique:
            more["unique"] = self.unique
        if self.one_of:
            more["one_of"] = self.one_of
        return table(self.name, self.rows, self.columns, **more)

    def refer(self, name: str, parent: str, to: Key, shape: Any, **facts: Any) -> list[str]:
        """Add a foreign key; return its columns."""
        told = {
            "fan_out": shape,
            **{n: facts.pop(n, None) for n in ("on_delete", "where", "within")},
        }
        said = {n: v for n, v in told.items() if v is not None}
        if len(to) == 1:
            column, kind = to[0]
            refers = {"table": parent, "column": column, **said}
            self.columns[name] = {"type": kind, "foreign_key": refers, **facts}
            names, relation = [name], name
            is_found = shape is None or (isinstance(shape, dict) and shape["type"] == "grouped")
            if is_found and set(said) <= {"fan_out", "on_delete"} and not facts.get("nullable"):
                self.ancestors.append((name, parent, column))
        else:
            names = [f"{name}_{n}" for n in range(len(to))]
            self.columns |= {n: {"type": k, **facts} for n, (_, k) in zip(names, to, strict=True)}
            references = [column for column, _ in to]
            refers = {"columns": names, "table": parent, "references": references, **said}
            self.foreign_keys.append({**refers, "name": f"{name}_key"})
            relation = f"{name}_key"
        if isinstance(shape, dict) and shape["type"] == "grouped":
            self.grouped.append(relation)
        return names


@st.composite
def schemas(draw: st.DrawFn) -> Raw:
    """Two to six tables, later ones with keys to earlier ones, and some the other way round."""
    drafts: list[ParsedSchema] = []
    for n in range(draw(st.integers(2, 6))):
        rows = draw(
            st.one_of(st.integers(1, 40), st.sampled_from([150, 150, 700, 700, BATCH_ROWS + 1000]))
        )
        draft = ParsedSchema(f"t{n}", rows)
        _add_primary_key(draw, draft, drafts)
        for m in range(draw(st.integers(0, 3))):
            _add(draw, draft, drafts, f"c{m}")
        _add_one_of(draw, draft)
        drafts.append(draft)
    if draw(st.integers(0, 2)) == 0:
        _close_circle(draw, drafts)
    tables = [draft.raw() for draft in drafts]
    return raw_schema(*draw(st.permutations(tables)))


def _add_primary_key(draw: st.DrawFn, draft: ParsedSchema, drafts: list[ParsedSchema]) -> None:
    kinds = ["id", "uuid", "text", "values"] + (["junction", "lines"] * 2 if drafts else [])
    kind, primary = draw(st.sampled_from(kinds)), {"primary_key": True}
    alone: dict[str, tuple[str, Raw]] = {
        "id": ("bigint", {}),
        "uuid": ("uuid", {}),
        "text": ("varchar(20)", {}),
    }
    if kind in alone:
        type_, facts = alone[kind]
        draft.columns["id"] = {"type": type_, **facts, **primary}
        draft.keys.append([("id", type_)])
    elif kind == "values":
        draft.columns |= _values(draw, draft, "v", **primary)
    elif kind == "lines":
        parent = draw(st.sampled_from(drafts))
        shape = _grouped(draw, draft.rows, parent.rows)
        draft.refer("of", parent.name, draw(st.sampled_from(parent.keys)), shape, **primary)
        draft.columns["line"] = {"type": "int", **primary}
    else:
        _add_junction(draw, draft, drafts)
    if kind not in alone:
        part = [n for n, c in draft.columns.items() if c.get("primary_key")]
        draft.keys.append([(n, draft.columns[n]["type"]) for n in part])
        if draw(st.booleans()):
            draft.columns["code"] = {"type": "varchar(20)", "unique": True}
            draft.keys.append([("code", "varchar(20)")])


def _values(draw: st.DrawFn, draft: ParsedSchema, name: str, **facts: Any) -> dict[str, Raw]:
    """Return two columns with at least as many combinations as rows."""
    few = draw(st.integers(1, 9))
    many = -(-draft.rows // few) + draw(st.sampled_from([0, 1, 50]))
    listed = {"values": [f"w{n}" for n in range(few)]}
    numbers = {"min": -5, "max": many - 6}
    return {
        f"{name}0": {
            "type": "varchar(9)",
            "generator": "choice",
            "generator_params": listed,
            **facts,
        },
        f"{name}1": {"type": "int", "generator": "int_range", "generator_params": numbers, **facts},
    }


def _add_junction(draw: st.DrawFn, draft: ParsedSchema, drafts: list[ParsedSchema]) -> None:
    first, second = draw(st.sampled_from(drafts)), draw(st.sampled_from(drafts))
    draft.rows = min(draft.rows, first.rows * second.rows + draw(st.sampled_from([0] * 30 + [1])))
    law = {"type": "grouped", **draw(st.sampled_from(LAWS))}
    shapes = (draw(st.sampled_from([None, law, ZIPF])), draw(st.sampled_from([None, ZIPF, RECENT])))
    for name, parent, shape in (("x", first, shapes[0]), ("y", second, shapes[1])):
        to = draw(st.sampled_from(parent.keys))
        draft.refer(name, parent.name, to, shape, primary_key=True)


def _grouped(draw: st.DrawFn, rows: int, parents: int) -> Raw:
    shape = {"type": "grouped", **draw(st.sampled_from(LAWS))}
    if draw(st.booleans()):
        shape["max"] = -(-rows // parents) + draw(st.integers(0, 4))
    if draw(st.integers(0, 3)) == 0:
        shape["min"] = rows // parents + draw(st.sampled_from([0] * 30 + [1]))
        shape["max"] = max(shape["min"], shape.get("max", 10**6), 1)
    return shape


def _add(draw: st.DrawFn, draft: ParsedSchema, drafts: list[ParsedSchema], name: str) -> None:
    """Add a column or more of any kind."""
    kind = draw(
        st.sampled_from(
            [
                "key",
                "key",
                "own",
                "set",
                "keyed set",
                "unique",
                "plain",
                "ordinal",
                "any",
                *["within"] * 3,
            ]
        )
    )
    null = {"nullable": True} if draw(st.booleans()) else {}
    if kind == "key" and drafts:
        _add_key(draw, draft, draw(st.sampled_from(drafts)), name, null)
    elif kind == "own":
        _add_own_key(draw, draft, name, null)
    elif kind == "any" and drafts:
        _add_polymorphic(draw, draft, drafts, name, null)
    elif kind == "within" and drafts:
        _add_within(draw, draft, drafts, name)
    elif kind == "set":
        columns = _values(draw, draft, name, **null)
        draft.columns |= columns
        draft.unique.append(list(columns))
    elif kind == "keyed set" and drafts:
        _add_keyed_set(draw, draft, draw(st.sampled_from(drafts)), name, null)
    elif kind == "unique":
        facts = draw(st.sampled_from(NEVER_TWICE))
        draft.columns[name] = {**facts, "unique": True, **null}
        if not null:
            draft.keys.append([(name, facts["type"])])
    elif kind == "ordinal" and draft.grouped:
        relation = draw(st.sampled_from(draft.grouped))
        made = {"generator": "ordinal", "generator_params": {"relation": relation, "start": 0}}
        draft.columns[name] = {"type": "int", **made}
    else:
        draft.columns[name] = {**draw(st.sampled_from(PLAIN)), **null}


def _add_key(
    draw: st.DrawFn, draft: ParsedSchema, parent: ParsedSchema, name: str, null: Raw
) -> None:
    to = draw(st.sampled_from(parent.keys))
    shapes = [None, "random", ZIPF, RECENT, _grouped(draw, draft.rows, parent.rows)]
    if draft.rows <= parent.rows:
        shapes += ["unique", "unique"]
    action = draw(st.sampled_from(["CASCADE", "SET NULL" if null else "NO ACTION", None]))
    shape = draw(st.sampled_from(shapes))
    where: Raw = {}
    if shape is None and parent.columns.get("id", {}).get("type") == "bigint":
        half = {"id": {"max": -(-parent.rows // 2)}}
        where = {"where": draw(st.sampled_from([None, half, f"id <= {half['id']['max']}"]))}
    names = draft.refer(name, parent.name, to, shape, on_delete=action, **where, **null)
    if shape == "unique" and draw(st.booleans()):
        draft.unique.append(names)


def _add_within(
    draw: st.DrawFn, draft: ParsedSchema, drafts: list[ParsedSchema], name: str
) -> None:
    """Add a key to a table, and one to a table that descends from it, to the same ancestor."""
    found = [
        (each, key, link)
        for each in drafts
        for link in each.ancestors
        for key in each.keys
        if len(key) == 1 and key[0][0] != link[0]
    ]
    if not found:
        return
    middle, key, (link, ancestor, column) = draw(st.sampled_from(found))
    kind = middle.columns[link]["type"]
    shape = draw(st.sampled_from([None, {"type": "grouped"}]))
    draft.refer(f"{name}_of", ancestor, [(column, kind)], shape)
    law = draw(st.sampled_from([None, None, ZIPF, RECENT]))
    draft.refer(name, middle.name, key, law, within={f"{name}_of": link}, nullable=True)


def _add_polymorphic(
    draw: st.DrawFn, draft: ParsedSchema, drafts: list[ParsedSchema], name: str, null: Raw
) -> None:
    """Add a key to one of the tables that have a key of one type, and the column of its type."""
    kind = draw(st.sampled_from(["bigint", "uuid", "varchar(20)"]))
    found = [
        (each.name, column)
        for each in (*drafts, *([draft] if null else []))
        for (column, type_), *more in each.keys
        if type_ == kind and not more and each.columns[column].get("generator") != "sequence"
    ]
    if not found:
        return
    alone = draw(st.integers(0, 3)) == 0 and all(table != draft.name for table, _ in found)
    targets: list[Raw] = []
    for n, (parent, column) in enumerate(found):
        shape = None if parent == draft.name else draw(st.sampled_from([None, ZIPF, RECENT]))
        said: Raw = {} if alone else {"weight": n + 1}
        if shape is not None and not alone:
            said["fan_out"] = shape
        targets.append({"table": parent, "column": column, "type": f"T{n}", **said})
    draft.columns[f"{name}_type"] = {"type": "varchar(9)", **null}
    pointer = {"type_column": f"{name}_type", "targets": targets}
    draft.columns[name] = {"type": kind, "polymorphic": pointer, **null}
    if alone:
        others = {each.name: each.rows for each in drafts}
        if sum(others[table] for table, _ in found) >= draft.rows:
            draft.unique.append([f"{name}_type", name])


def _add_one_of(draw: st.DrawFn, draft: ParsedSchema) -> None:
    """Let one of the nullable columns of the table be given in each row."""
    parts = {n for key in draft.foreign_keys for n in key["columns"]}
    free = [
        name
        for name, facts in draft.columns.items()
        if facts.get("nullable") and name not in parts and "polymorphic" not in facts
        and f"{name[:-5]}" not in draft.columns
    ]  # fmt: skip
    free = [n for n in free if "roots" not in str(draft.columns[n].get("foreign_key"))]
    if len(free) > 1:
        given = draw(st.sampled_from(["exactly_one", "at_most_one", "at_least_one"]))
        draft.one_of.append({"columns": {n: k + 1 for k, n in enumerate(free)}, "given": given})


def _add_own_key(draw: st.DrawFn, draft: ParsedSchema, name: str, null: Raw) -> None:
    tree: Raw = {"type": "tree"}
    if draw(st.booleans()):
        tree["max_depth"] = draw(st.integers(0, 6))
    if null and draw(st.booleans()):
        tree["roots"] = draw(st.sampled_from([0.01, 0.3, 1.0]))
    shape = draw(st.sampled_from([None, "random", "unique", "tree", tree, tree]))
    draft.refer(name, draft.name, draw(st.sampled_from(draft.keys)), shape, **null)


def _add_keyed_set(
    draw: st.DrawFn, draft: ParsedSchema, parent: ParsedSchema, name: str, null: Raw
) -> None:
    """Add a key and a value that are unique together: each parent has a value once."""
    values = -(-draft.rows // parent.rows) + draw(st.sampled_from([0, 3, 100]))
    law = {"type": "grouped", **draw(st.sampled_from(LAWS)), "max": values}
    shape = draw(st.sampled_from([None, law, law, ZIPF, RECENT]))
    if shape == ZIPF:
        values = max(values, draft.rows)
    if shape == RECENT:
        shape = None
    names = draft.refer(name, parent.name, draw(st.sampled_from(parent.keys)), shape, **null)
    numbers = {"min": 1, "max": values}
    draft.columns[f"{name}_v"] = {
        "type": "int",
        "generator": "int_range",
        "generator_params": numbers,
    }
    draft.unique.append([*names, f"{name}_v"])


def _close_circle(draw: st.DrawFn, drafts: list[ParsedSchema]) -> None:
    """Let an earlier table refer to a later one, by keys that may be null or not."""
    early = draw(st.integers(0, len(drafts) - 2))
    late = draw(st.integers(early + 1, len(drafts) - 1))
    null = {"nullable": True} if draw(st.booleans()) else {}
    _add_key(draw, drafts[early], drafts[late], "back", null)
