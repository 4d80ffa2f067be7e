"""
What each feature of a schema costs: one column of a table of 100,000 rows, made batch by batch.

A column is made together with all that it reads: other columns, parents, children. So what a
feature costs is the difference to the plain column of its group. Bytes are those of the text.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from support.tables import bind, cells

from shardgen.plan.check import check_schema
from shardgen.schema.catalog import Catalog
from shardgen.schema.model import Schema
from shardgen.tables.batch import BATCH_ROWS, Batch, BoundTable

SIZE = 100_000
PARENTS = 10_000
ROWS = pytest.mark.parametrize("rows", [SIZE], ids="rows={}".format)
AS_OF = dt.date(2025, 1, 1)
Raw = dict[str, Any]
Bound = dict[str, BoundTable]
Holds = Callable[[Bound], bool]


class Case(msgspec.Struct, frozen=True):
    """The columns of `table` that are timed, in a schema of these tables, and what holds there."""

    tables: dict[str, Raw]
    table: str
    columns: tuple[str, ...]
    holds: Holds
    facts: Raw = {}


CASES: dict[str, Case] = {}


def case(name: str, tables: dict[str, Raw], where: str, holds: Holds, **facts: Any) -> None:
    """Add a case; `where` is `table.column` or `table.column,column`."""
    table, _, columns = where.partition(".")
    CASES[name] = Case(tables, table, tuple(columns.split(",")), holds, facts)


def table(rows: int, facts: Raw | None = None, /, **columns: Raw) -> Raw:
    """A table of these columns, numbered by an id where none of them is a key."""
    if not any(column.get("primary_key") for column in columns.values()):
        columns = {"id": {"type": "int", "primary_key": True}, **columns}
    named = [{"name": name, **column} for name, column in columns.items()]
    return {"record_count": rows, "columns": named, **(facts or {})}


def made_by(kind: str, generator: str, /, **parameters: Any) -> Raw:
    return {"type": kind, "generator": generator, "generator_params": parameters}


def key(parent: str, fan_out: Any = None, **more: Any) -> Raw:
    foreign = {"table": parent, "column": "id"}
    return {
        "type": "int",
        "foreign_key": foreign | ({"fan_out": fan_out} if fan_out else {}),
    } | more


def grouped(law: str, **parameters: Any) -> Raw:
    return {"type": "grouped", "distribution": law, **parameters}


# Foreign keys

PARENT = table(PARENTS)


def child(fan_out: Any, parents: int = PARENTS) -> dict[str, Raw]:
    return {"p": table(parents), "c": table(SIZE, p=key("p", fan_out))}


def is_any_parent(bound: Bound) -> bool:
    drawn = cells(bound["c"], "p")
    return 1 <= min(drawn) <= max(drawn) <= PARENTS and len(set(drawn)) > 0.99 * PARENTS


def is_zipf(bound: Bound) -> bool:
    most = Counter(cells(bound["c"], "p")).most_common(1)[0][1]
    return 0.9 < most / SIZE * math.fsum(1 / k for k in range(1, PARENTS + 1)) < 1.1


def is_recent(bound: Bound) -> bool:
    return 0.49 < sum(p > 0.9 * PARENTS for p in cells(bound["c"], "p")) / SIZE < 0.51


def is_in_runs(bound: Bound) -> bool:
    drawn = cells(bound["c"], "p")
    changes = sum(a != b for a, b in pairwise(drawn))
    return changes + 1 == len(set(drawn))


def is_unique(table: str, *columns: str) -> Holds:
    def holds(bound: Bound) -> bool:
        rows = list(zip(*(cells(bound[table], name) for name in columns), strict=True))
        return len(rows) == len(set(rows)) > 0

    return holds


def is_tree(bound: Bound) -> bool:
    parents = cells(bound["c"], "p")
    earlier = all(p is None or p <= row for row, p in enumerate(parents))
    return earlier and 0.045 < parents.count(None) / SIZE < 0.055


def leads_to_lines(bound: Bound) -> bool:
    lines = set(zip(cells(bound["l"], "p"), cells(bound["l"], "line"), strict=True))
    return lines.issuperset(zip(cells(bound["c"], "p"), cells(bound["c"], "line"), strict=True))


def counts_from_1(bound: Bound) -> bool:
    seen: Counter[int] = Counter()
    for parent, number in zip(cells(bound["c"], "p"), cells(bound["c"], "v"), strict=True):
        seen[parent] += 1
        if seen[parent] != number:
            return False
    return True


case("key-random", child("random"), "c.p", is_any_parent)
case("key-zipf", child({"type": "random", "distribution": "zipf"}), "c.p", is_zipf)
case("key-recent", child({"type": "random", "distribution": "recent"}), "c.p", is_recent)
case("key-unique", child("unique", SIZE), "c.p", is_unique("c", "p"))
case("key-grouped-even", child("grouped"), "c.p", is_in_runs)
case("key-grouped-lognormal", child(grouped("lognormal")), "c.p", is_in_runs)
case(
    "key-tree",
    {"c": table(SIZE, p=key("c", {"type": "tree", "roots": 0.05}, nullable=True))},
    "c.p",
    is_tree,
)
PAIR = {"a": key("p", primary_key=True), "b": key("q", primary_key=True)}
case(
    "key-junction",
    {"p": PARENT, "q": table(1000), "c": table(SIZE, **PAIR)},
    "c.a,b",
    is_unique("c", "a", "b"),
)
SKEWED = {"type": "random", "distribution": "zipf", "exponent": 0.5}
case(
    "key-junction-skewed",
    {
        "p": PARENT,
        "q": table(1000),
        "c": table(
            SIZE,
            a=key("p", grouped("poisson"), primary_key=True),
            b=key("q", SKEWED, primary_key=True),
        ),
    },
    "c.a,b",
    is_unique("c", "a", "b"),
)
LINES = {
    "p": key("p", grouped("poisson"), primary_key=True),
    "line": {"type": "int", "primary_key": True},
}
case(
    "key-numbered-within",
    {"p": PARENT, "c": table(SIZE, **LINES)},
    "c.p,line",
    is_unique("c", "p", "line"),
)
TWO = {"columns": ["p", "line"], "table": "l", "references": ["p", "line"]}
case(
    "key-composite",
    {
        "p": PARENT,
        "l": table(SIZE, **LINES),
        "c": table(SIZE, {"foreign_keys": [TWO]}, p={"type": "int"}, line={"type": "int"}),
    },
    "c.p,line",
    leads_to_lines,
)

# Values within the row, from parents, from children


# Keys within keys


def tenants(**columns: Raw) -> dict[str, Raw]:
    """Return tenants, their members and labels, and a table whose rows belong to one each."""
    return {
        "o": table(1000),
        "m": table(PARENTS, o=key("o", grouped("poisson", min=1))),
        "l": table(PARENTS, o=key("o", "grouped")),
        "c": table(SIZE, o=key("o"), **columns),
    }


def within(parent: str, **facts: Any) -> Raw:
    return {"type": "int", "foreign_key": {"table": parent, "column": "id", "within": "o", **facts}}


def has_own_tenant(bound: Bound) -> bool:
    tenant_of = dict(zip(cells(bound["m"], "id"), cells(bound["m"], "o"), strict=True))
    return [tenant_of[m] for m in cells(bound["c"], "m")] == cells(bound["c"], "o")


def differ(bound: Bound) -> bool:
    return all(a != b for a, b in zip(cells(bound["c"], "m"), cells(bound["c"], "n"), strict=True))


WITHIN = tenants(m=within("m"))
case("key-within", WITHIN, "c.o,m", has_own_tenant)
BOTH = tenants(m=within("l"), n=within("l", differs_from="m"))
case("key-within-differs", BOTH, "c.o,m,n", differ)

INT = made_by("int", "int_range", min=1, max=1000)
PRICE = made_by("decimal(8,2)", "decimal_range", min=1, max=100)


def rises(bound: Bound) -> bool:
    rows = list(zip(cells(bound["c"], "p"), cells(bound["c"], "v"), strict=True))
    return all(a[0] != b[0] or a[1] <= b[1] for a, b in pairwise(rows))


def is_between(low: int, high: int) -> Holds:
    return lambda bound: low <= min(cells(bound["c"], "v")) <= max(cells(bound["c"], "v")) <= high


def is_amount(bound: Bound) -> bool:
    price = cells(bound["p"], "price")
    quantity, parent = cells(bound["c"], "quantity"), cells(bound["c"], "p")
    pairs = zip(quantity, parent, strict=True)
    return [q * price[p - 1] for q, p in pairs] == cells(bound["c"], "v")


def is_band(bound: Bound) -> bool:
    pairs = zip(cells(bound["c"], "quantity"), cells(bound["c"], "v"), strict=True)
    return all(b == ("low" if q < 100 else "middle" if q < 600 else "high") for q, b in pairs)


def is_total(bound: Bound) -> bool:
    totals = dict.fromkeys(range(1, SIZE + 1), 0)
    for parent, price in zip(cells(bound["i"], "c"), cells(bound["i"], "price"), strict=True):
        totals[parent] += price
    return list(totals.values()) == cells(bound["c"], "v")


def expression(kind: str, text: str) -> Raw:
    return made_by(kind, "expression", expression=text)


BAND = "case when quantity < 100 then 'low' when quantity < 600 then 'middle' else 'high' end"
ITEMS = table(3 * SIZE, c=key("c", grouped("poisson")), price=PRICE)
ORDERS = table(SIZE, quantity=INT, p=key("p"), v=expression("decimal(12,2)", "quantity * p.price"))
case("value-plain", {"c": table(SIZE, v=INT)}, "c.v", is_between(1, 1000))
case(
    "value-ordinal",
    {"p": PARENT, "c": table(SIZE, p=key("p", "grouped"), v=made_by("int", "ordinal"))},
    "c.v",
    counts_from_1,
)
TIME = {"type": "timestamp", "generator": "timestamp_past", "order": "rising"}
case(
    "value-rising",
    {"p": PARENT, "c": table(SIZE, p=key("p", grouped("poisson")), v=TIME)},
    "c.v",
    rises,
)
case("value-expression", {"p": table(PARENTS, price=PRICE), "c": ORDERS}, "c.v", is_amount)
case(
    "value-expression-case",
    {"c": table(SIZE, quantity=INT, v=expression("varchar(10)", BAND))},
    "c.v",
    is_band,
)
case(
    "value-aggregate",
    {"c": table(SIZE, v=expression("decimal(12,2)", "sum(i.price)")), "i": ITEMS},
    "c.v",
    is_total,
)


# Drawn together, in order, by season, by pattern, in another language


def follows(bound: Bound) -> bool:
    """Concordant with the followed column in more than half of the pairs of neighbours."""
    pairs = list(zip(cells(bound["c"], "quantity"), cells(bound["c"], "v"), strict=True))
    agree = sum((a[0] - b[0]) * (a[1] - b[1]) > 0 for a, b in pairwise(pairs))
    return 0.68 < agree / SIZE < 0.76  # (1 + τ)/2, τ = (2/π)·asin r, r = 2·sin(π·0.6/6)


def is_listed(bound: Bound) -> bool:
    return set(cells(bound["c"], "v")) == {f"word {n}" for n in range(1000)}


def is_of_group(bound: Bound) -> bool:
    pairs = zip(cells(bound["c"], "g"), cells(bound["c"], "v"), strict=True)
    return all(int(word.split()[1]) % 20 == int(group) for group, word in pairs)


def is_after(bound: Bound) -> bool:
    pairs = zip(cells(bound["c"], "begun"), cells(bound["c"], "v"), strict=True)
    return all(a <= b <= AS_OF for a, b in pairs)


def is_seasonal(bound: Bound) -> bool:
    december = sum(day.month == 12 for day in cells(bound["c"], "v"))
    return 0.17 < december / SIZE < 0.23  # 3 · 31 of 427 + 3 · 31 - 31


def is_like(expected: str) -> Holds:
    def kind(letter: str) -> str:
        return "9" if letter.isdigit() else "A" if letter.isupper() else letter

    return lambda bound: {expected} == {"".join(map(kind, v)) for v in cells(bound["c"], "v")}


def is_written_in(low: int, high: int) -> Holds:
    return lambda bound: all(low <= ord(name[0]) <= high for name in cells(bound["c"], "v"))


WORDS = {
    "columns": ["v", "g", "weight"],
    "weight": "weight",
    "rows": [[f"word {n}", str(n % 20), 1 + n % 7] for n in range(1000)],
}
GROUP = made_by("varchar(2)", "enum", values=[str(n) for n in range(20)])
BEGUN = made_by("date", "date_past", days_ago_min=1, days_ago_max=365)
SEASONS = {"months": {"december": 3}}
FOLLOWING = INT | {"correlation": {"column": "quantity", "rho": 0.6}}
case("drawn-correlation", {"c": table(SIZE, quantity=INT, v=FOLLOWING)}, "c.v", follows)
case(
    "drawn-dataset",
    {"c": table(SIZE, v=made_by("varchar(10)", "dataset", dataset="d"))},
    "c.v",
    is_listed,
    datasets={"d": WORDS},
)
case(
    "drawn-dataset-given",
    {"c": table(SIZE, g=GROUP, v=made_by("varchar(10)", "dataset", dataset="d", given={"g": "g"}))},
    "c.v",
    is_of_group,
    datasets={"d": WORDS},
)
case("date-plain", {"c": table(SIZE, v=BEGUN)}, "c.v", lambda b: max(cells(b["c"], "v")) < AS_OF)
case(
    "date-seasonal",
    {"c": table(SIZE, v=made_by("date", "date_past", days_ago_min=1, days_ago_max=366,
                                seasonal=SEASONS))},
    "c.v",
    is_seasonal,
)  # fmt: skip
case(
    "date-after",
    {"c": table(SIZE, begun=BEGUN, v=made_by("date", "date_after", after="begun", max_days=90))},
    "c.v",
    is_after,
)
SKU = made_by("varchar(12)", "pattern", pattern="AB-####-??")
case("text-pattern", {"c": table(SIZE, v=SKU)}, "c.v", is_like("AA-9999-AA"))
case("text-pattern-unique", {"c": table(SIZE, v=SKU | {"unique": True})}, "c.v",
     is_unique("c", "v"))  # fmt: skip
for locale, ends in {"en_US": (0x41, 0x5A), "de_DE": (0x41, 0xDC), "ja_JP": (0x3005, 0x9FFF),
                     "ar_EG": (0x600, 0x6FF)}.items():  # fmt: skip
    named = made_by("varchar(100)", "full_name") | {"locale": locale}
    case(f"text-name-{locale}", {"c": table(SIZE, v=named)}, "c.v", is_written_in(*ends))


# Keys that others lead, or a condition; values in order; what is hidden


ORG = key("o", "grouped")
TENANTS = {"o": table(PARENTS // 20), "p": table(PARENTS, org=ORG), "q": table(PARENTS, org=ORG)}
POINTER = {"type_column": "t", "targets": [{"table": n, "column": "id"} for n in "pq"]}


def within(name: str, **facts: Any) -> Raw:
    return key(name) | {"foreign_key": {"table": name, "column": "id", "within": "org", **facts}}


def is_of_one_org(bound: Bound) -> bool:
    orgs = cells(bound["p"], "org")
    pairs = zip(cells(bound["c"], "p"), cells(bound["c"], "org"), strict=True)
    return all(orgs[parent - 1] == org for parent, org in pairs)


def is_of_both(bound: Bound) -> bool:
    drawn = zip(cells(bound["c"], "t"), cells(bound["c"], "v"), strict=True)
    return {kind for kind, row in drawn if 1 <= row <= PARENTS} == {"p", "q"}


def rises(bound: Bound) -> bool:
    return all(a <= b for a, b in pairwise(cells(bound["c"], "v")))


def is_low(bound: Bound) -> bool:
    return max(cells(bound["c"], "p")) <= PARENTS // 2


def is_one_more(bound: Bound) -> bool:
    pairs = zip(cells(bound["c"], "q"), cells(bound["c"], "v"), strict=True)
    return all(v == q + 1 for q, v in pairs)


HALF = {"foreign_key": {"table": "p", "column": "id", "where": f"id * 2 <= {PARENTS}"}}
COUNTED = {"type": "int", "generator": "int_range", "generator_params": {"min": 1, "max": 10**6}}
NEXT = made_by("int", "expression", expression="q + 1")
case("key-within", TENANTS | {"c": table(SIZE, org=ORG, p=within("p"))}, "c.org,p", is_of_one_org)
case("key-beside", TENANTS | {"c": table(SIZE, org=ORG, p=key("p"))}, "c.org,p", is_any_parent)
case("key-where", {"p": PARENT, "c": table(SIZE, p=key("p") | HALF)}, "c.p", is_low)
case("key-polymorphic",
     TENANTS | {"c": table(SIZE, t={"type": "varchar(9)"}, v={"type": "int", "polymorphic": POINTER})},
     "c.t,v", is_of_both)  # fmt: skip
case("value-rising", {"c": table(SIZE, v=COUNTED | {"order": "rising"})}, "c.v", rises)
case(
    "value-of-hidden", {"c": table(SIZE, q=COUNTED | {"hidden": True}, v=NEXT)}, "c.v", is_one_more
)
case("value-of-written", {"c": table(SIZE, q=COUNTED, v=NEXT)}, "c.v", is_one_more)


def bound_tables(case: Case) -> Bound:
    raw = {
        "schema_version": "1.0",
        "name": "bench",
        "database_type": ["postgres"],
        "infer": False,
        "tables": [{"name": name, **facts} for name, facts in case.tables.items()],
        **case.facts,
    }
    schema = msgspec.convert(raw, Schema)
    assert not list(check_schema(Catalog(schema)))
    return bind(schema)


def make_all(table: BoundTable, columns: tuple[str, ...]) -> int:
    """Make the columns of all rows, a batch after the other; return how many values there are."""
    made = 0
    for start in range(0, table.rows, BATCH_ROWS):
        batch = Batch.of_range(table, start, min(start + BATCH_ROWS, table.rows))
        for name in columns:
            batch.column(name)
            made += len(batch)
    return made


@ROWS
@pytest.mark.parametrize("name", CASES)
def test_feature(measure, rows, name):
    """Every cell of the case's columns, and the feature is seen in a sample of them."""
    case = CASES[name]
    bound = bound_tables(case)
    table = bound[case.table]
    assert case.holds(bound)
    size = sum(len(str(value)) for column in case.columns for value in cells(table, column))
    made = measure(lambda: make_all(table, case.columns), rows=rows, size=size)
    assert rows * len(case.columns) == made
