"""
What a schema says in SQL: checks, generated columns, collations, exclusions, partial indexes.

It is right SQL, in that SQLite takes it; what another database alone has stands under its name.
"""

from __future__ import annotations

import re
from typing import Any

from fuzz import odd
from fuzz.drafts import Raw, TableDraft, family, sql_type
from fuzz.draw import Draw

_PLAIN = re.compile(r"[a-z][a-z0-9_]*")
KINDS = {"number": ("integer", "boolean"), "text": ("text", "enum"), "day": ("date", "timestamp")}
COMPARED = ("=", "<>", "<", "<=", ">", ">=")
TEXTS = ("'a'", "'it''s'", "''", "'Zürich'", "'employed'", "'A'")
NUMBERS = ("0", "1", "7", "-1", "100")
DAYS = ("'2024-02-29'", "'1999-12-31'", "'2024-06-01 10:00:00'")
COLLATIONS: tuple[Raw, ...] = (
    {"sqlite": "NOCASE"},
    {"sqlite": "RTRIM"},
    {"sqlite": "BINARY", "postgres": "C"},
    {"mysql": "utf8mb4_general_ci", "sqlite": "NOCASE"},
    {"mysql": "utf8mb4_bin", "postgres": "POSIX"},
)


class SqlWriter:
    """Writes SQL over the columns of a table that have plain names."""

    def __init__(self, draw: Draw, table: TableDraft) -> None:
        self.draw = draw
        self.table = table

    def columns(self, kind: str) -> list[str]:
        """Return the columns that a kind of values is written with."""
        names = self.table.families(*KINDS[kind])
        return [
            name
            for name in names
            if _PLAIN.fullmatch(name) and name not in odd.NAMES
            if not self.table.columns[name].get("hidden")
            if "generated" not in self.table.columns[name]
        ]

    def leaf(self, kind: str) -> str:
        """Return a column of the kind, or a literal."""
        columns = self.columns(kind)
        if columns and self.draw.chance(0.75):
            return self.draw.among(columns)
        if kind == "text" and self.draw.odd():
            return "'" + odd.text(self.draw).replace("'", "''") + "'"
        return self.draw.among({"number": NUMBERS, "text": TEXTS, "day": DAYS}[kind])

    def value(self, kind: str, depth: int) -> str:
        """Return a value of a kind."""
        if depth <= 0 or kind == "day":
            return self.leaf(kind)
        one, other = self.value(kind, depth - 1), self.leaf(kind)
        common = [
            f"coalesce({one}, {other})",
            f"case when {self.condition(0)} then {one} else {other} end",
            f"nullif({one}, {other})",
            f"({one})",
        ]
        if kind == "text":
            of = [f"lower({one})", f"upper({one})", f"substr({one}, 1, 3)", f"({one} || {other})"]
            return self.draw.among([*of, *common])
        sign = self.draw.among("+-*")
        of = [f"({one} {sign} {other})", f"abs({one})", f"{one} % 7", f"-{self.leaf(kind)}"]
        of += [f"length({self.value('text', depth - 1)})", f"sign({one})", f"round({one})"]
        of += [f"({one} / 2)"] if self.draw.chance(0.1) else []
        return self.draw.among([*of, *common])

    def condition(self, depth: int) -> str:
        """Return a condition."""
        kind = self.draw.among(["number", "number", "text", "day"])
        one, other = self.value(kind, depth), self.value(kind, depth - 1)
        match self.draw.whole(0, 6):
            case 0 | 1 | 2:
                return f"{one} {self.draw.among(COMPARED)} {other}"
            case 3:
                return f"{one} BETWEEN {other} AND {self.leaf(kind)}"
            case 4:
                no = self.draw.among(["", "NOT "])
                return f"{one} {no}IN ({other}, {self.leaf(kind)})"
            case 5:
                return f"{one} IS {self.draw.among(['', 'NOT '])}NULL"
        join = self.draw.among(["AND", "OR"])
        return f"({self.condition(depth - 1)} {join} NOT ({self.condition(0)}))"

    def tautology(self) -> str:
        """Return a condition that each row keeps."""
        kind = self.draw.among([*KINDS])
        one = self.value(kind, 1)
        return self.draw.among([f"{one} = {one}", f"{one} IS NULL OR {one} >= {one}", "1 = 1"])


def laws(draw: Draw, table: TableDraft) -> None:
    """Add checks and exclusions, to a few tables."""
    if draw.chance(0.08):
        checks(draw, table)
    if draw.chance(0.02):
        exclusion(draw, table)


def checks(draw: Draw, table: TableDraft) -> None:
    """Add one or two laws, half of them such as all rows keep."""
    made = []
    for n in range(draw.whole(1, 2)):
        writer = SqlWriter(draw, table)
        said: Any = writer.tautology() if draw.chance(0.5) else writer.condition(draw.whole(0, 3))
        name = odd.text(draw) if draw.odd() else f"{table.name[:20]}_k{n}"
        made.append({"name": name, "expression": _for_databases(draw, said)})
    table.facts["checks"] = made


def _for_databases(draw: Draw, text: str) -> Any:
    """Return SQL, in a few cases that of each database by its name, and rarely what is none."""
    if draw.odd():
        return draw.among(["", "1) or (1", "1 = 1 -- no", "1; select 2", {"oracle": "1 = 1"}, 7])
    if draw.chance(0.2):
        return {"sqlite": text, "postgres": text, "mysql": text}
    return text


def generated(draw: Draw, table: TableDraft) -> Raw:
    """Return the facts of a column that the database computes."""
    kind = draw.among(["number", "number", "text"])
    writer = SqlWriter(draw, table)
    of = {
        "number": ("bigint", "int", "decimal(18,0)", "bigint"),
        "text": ("text", "varchar(255)", "text"),
    }
    facts: Raw = {"type": draw.among(of[kind])}
    facts["generated"] = _for_databases(draw, writer.value(kind, draw.whole(1, 3)))
    if draw.chance(0.8):
        facts["nullable"] = True
    if draw.chance(0.3):
        facts["stored"] = draw.chance(0.3)
    if draw.odd():
        said: Raw = {"default": 0, "unique": True, "hidden": True, "generator": "int_range"}
        name = draw.among([*said])
        facts[name] = said[name]
    elif kind == "text" and draw.chance(0.2):
        own = writer.columns("text")
        if own:
            facts |= {"generated": f"lower({draw.among(own)})", "unique": True}
    return facts


def exclusion(draw: Draw, table: TableDraft) -> None:
    """Keep rows apart by their key, which they are already."""
    primary = [name for name, facts in table.columns.items() if facts.get("primary_key")]
    if len(primary) != 1 or not _PLAIN.fullmatch(primary[0]):
        return
    elements = odd.text(draw) if draw.odd() else f"{primary[0]} WITH ="
    made = {"name": f"{table.name[:20]}_apart", "elements": elements, "using": "btree"}
    if draw.chance(0.3):
        made["where"] = f"{primary[0]} IS NOT NULL"
    table.facts["exclude"] = [made]


def index_columns(draw: Draw, table: TableDraft) -> Raw:
    """Return the columns of an index as SQL has them, and the rows that it is of."""
    names = [name for name in table.columns if _PLAIN.fullmatch(name) and name not in odd.NAMES]
    if not names:
        return {}
    columns = draw.sample(names, 2)
    for n, name in enumerate(columns):
        of = family(table.columns[name]["type"])
        ways = [name, f"{name} desc", f"{name} asc"]
        if of == "text":
            ways += [f"lower({name})", f"{name}(20)", f"upper({name}) desc"]
        if of in ("integer", "text"):
            ways += [f"coalesce({name}, {'0' if of == 'integer' else repr('')})"]
        columns[n] = draw.among(ways)
    made: Raw = {"columns": columns}
    if draw.chance(0.4):
        made["where"] = _for_databases(draw, SqlWriter(draw, table).condition(1))
    if draw.chance(0.15):
        made |= {"unique": True, "nulls_not_distinct": draw.chance(0.5)}
    return made


def collation(draw: Draw, facts: Raw) -> Any:
    """Return by what a column's texts are compared; None for other columns."""
    of = sql_type(facts["type"])
    if draw.odd():
        return odd.text(draw)
    if of.family not in ("text", "enum") or of.name in ("set", "xml", "tsvector"):
        return None
    return draw.among(COLLATIONS)
