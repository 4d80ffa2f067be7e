"""Rows that are stated: what they have, what gives way to them, what follows, what is refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from support.schemas import right

import shardgen
from shardgen.errors import PlanError
from shardgen.plan.plan import Options, build_plan, decode_plan
from shardgen.plan.source import Source

ALICE = {"email": "alice@example.com"}


def shop(**tables: Any) -> dict[str, Any]:
    """Users with orders: grouped, counted and added up by their users."""
    raw = right()
    users, orders = raw["tables"]
    orders["columns"][1]["foreign_key"]["fan_out"] = "grouped"
    users["columns"] += [
        column("name", "varchar(20)", "first_name", nullable=True),
        column("greeting", "varchar(40)", "expression", {"expression": "'Hi ' || name"}),
        column("orders", "int", "expression", {"expression": "count(from orders)"}),
        column("spent", "decimal(12,2)", "expression", {"expression": "sum(orders.total)"}),
    ]
    users["columns"][3] |= {"nullable": False}
    users["columns"][6] |= {"nullable": True}
    orders["columns"].append(
        column("to", "varchar(100)", "expression", {"expression": "user.email"})
    )
    for name, more in tables.items():
        next(t for t in raw["tables"] if t["name"] == name).update(more)
    return raw


def column(name: str, kind: str, made_by: str, params: Any = None, **more: Any) -> dict[str, Any]:
    made = {"name": name, "type": kind, "generator": made_by, **more}
    return made | ({"generator_params": params} if params else {})


def rows(raw: Any, table: str, **options: Any) -> list[dict[str, Any]]:
    return shardgen.generate(raw, **options).tables[table].rows


def refused(raw: Any, **options: Any) -> str:
    with pytest.raises(PlanError) as caught:
        shardgen.generate(raw, **options)
    return str(caught.value)


def test_a_stated_row_is_row_k_of_its_table():
    """What is stated stands, in the order of the list; all else of the row is generated."""
    made = rows(shop(), "users", with_rows={"users": [ALICE, {}, {"name": "Bob"}]})
    plain = rows(shop(), "users")
    assert ["alice@example.com", plain[1]["email"]] == [row["email"] for row in made[:2]]
    assert ("Bob", "Hi Bob") == (made[2]["name"], made[2]["greeting"])
    assert plain[0] | ALICE == made[0]
    assert plain[3:] == made[3:]


def test_children_read_what_is_stated_of_their_parents():
    """A look-up along a key finds the stated value."""
    with_rows = {"users": [ALICE], "orders": [{"user": ALICE}]}
    made = rows(shop(), "orders", with_rows=with_rows)
    assert (1, "alice@example.com") == (made[0]["user_id"], made[0]["to"])


@pytest.mark.parametrize("count", [1, 3, 12])
def test_parents_count_and_add_up_stated_children(count):
    """Rows that are stated with one parent are among those that it counts and adds up."""
    with_rows = {"orders": [{"user_id": 7, "total": 100}] * count}
    made = shardgen.generate(shop(), with_rows=with_rows).tables
    of_seven = [row["total"] for row in made["orders"] if row["user_id"] == 7]
    user = made["users"].rows[6]
    assert [Decimal("100.00")] * count == of_seven[:count]
    assert (len(of_seven), sum(of_seven)) == (user["orders"], user["spent"])
    assert [7] * count == [row["user_id"] for row in made["orders"].rows[:count]]


def test_a_row_that_has_what_is_stated_by_chance_gets_another_value():
    """A unique value stays unique: the rows exchange it."""
    plain = [row["email"] for row in rows(shop(), "users")]
    made = [
        row["email"] for row in rows(shop(), "users", with_rows={"users": [{"email": plain[9]}]})
    ]
    assert [plain[9], plain[0]] == [made[0], made[9]]
    assert sorted(plain) == sorted(made)


def test_stated_keys_may_come_in_any_order():
    """A chain of exchanges ends: what one row gets another may have been stated to have."""
    made = rows(
        shop(), "users", with_rows={"users": [{"id": 5}, {"id": 1}, {"id": 900}, {"id": 3}]}
    )
    assert [5, 1, 900, 3] == [row["id"] for row in made[:4]]
    assert len(made) == len({row["id"] for row in made})


def test_children_lead_to_a_stated_key():
    """The key that a row states is the one that its children have."""
    made = shardgen.generate(shop(), with_rows={"users": [{"id": 900}]}).tables
    keys = {row["id"] for row in made["users"]}
    led = {row["user_id"] for row in made["orders"]}
    assert led <= keys
    assert 900 in keys
    assert 1 not in keys


def test_a_parent_that_is_said_by_values_is_a_stated_row_or_becomes_one():
    """The same values mean one row; others add another."""
    said = [{"user": ALICE}, {"user": {"email": "bob@example.com"}}, {"user": ALICE}]
    made = shardgen.generate(shop(), with_rows={"orders": said}).tables
    assert [1, 2, 1] == [row["user_id"] for row in made["orders"].rows[:3]]
    assert "bob@example.com" == made["users"].rows[1]["email"]


def test_a_table_has_the_rows_that_are_stated_at_least():
    """A schema's own number of rows gives way; one that is asked for does not."""
    said = {"users": [{"email": f"{n}@example.com"} for n in range(30)]}
    assert 30 == len(rows(shop(), "users", with_rows=said))
    assert 25 == len(rows(shop(users={"record_count": 25}), "users", with_rows={"users": [{}]}))
    assert "30 rows of 'users' are stated, and 10 are asked for" in refused(
        shop(), rows={"users": 10}, with_rows=said
    )


def test_what_is_stated_crosses_to_workers():
    """A plan that was decoded makes the same rows."""
    said = {"users": [{"born": dt.date(2000, 2, 29)}], "orders": [{"total": Decimal("9.90")}]}
    plan = build_plan(shardgen.load_schema(shop()), Options(with_rows=said))
    again = Source.bind_again(decode_plan(plan.encode()))
    first = Source.bind(plan)
    for name, column_name in (("users", "born"), ("orders", "total")):
        made = [s.batch(name, 0, 5).column(column_name).python() for s in (first, again)]
        assert made[0] == made[1]
    assert dt.date(2000, 2, 29) == again.batch("users", 0, 1).column("born").python()[0]


EVERY = {
    "int": ("int_range", 7),
    "bigint": ("int_range", -(1 << 60)),
    "decimal(30,4)": ("decimal_range", Decimal("12345678901234567890.1234")),
    "double": ("decimal_range", 0.125),
    "boolean": ("boolean", True),
    "varchar(40)": ("pattern", "anything"),
    "text": ("first_name", "Zoë"),
    "enum('a','b')": (None, "b"),
    "date": ("date_past", dt.date(1999, 12, 31)),
    "timestamp": ("timestamp_past", dt.datetime(1999, 12, 31, 23, 59, 58)),
    "timestamp(6)": ("timestamp_past", dt.datetime(1999, 12, 31, 23, 59, 58, 123456)),
    "time": (None, dt.time(7, 30)),
    "interval": (None, dt.timedelta(hours=30)),
    "uuid": ("uuid", "12345678-1234-4234-8234-123456789abc"),
    "json": (None, '{"a":1}'),
    "blob": (None, b"\x00\xff"),
    "int[]": (None, [1, 2, 3]),
    "text[]": (None, []),
}


@pytest.mark.parametrize("kind", sorted(EVERY))
def test_a_value_of_every_type_can_be_stated(kind):
    """It is what a data set has, and the rows around it are as they were."""
    made_by, value = EVERY[kind]
    raw = right()
    raw["database_type"] = ["postgres"]
    cell: dict[str, Any] = {"name": "cell", "type": kind}
    if made_by is not None:
        cell["generator"] = made_by
    if made_by == "pattern":
        cell["generator_params"] = {"pattern": "[a-z]{3}-####"}
    raw["tables"][0]["columns"].append(cell)
    plain = [row["cell"] for row in rows(raw, "users")]
    dataset = shardgen.generate(raw, with_rows={"users": [{}, {"cell": value}]})
    made = [row["cell"] for row in dataset.tables["users"]]
    assert value == made[1]
    assert plain[:1] + plain[2:] == made[:1] + made[2:]
    assert made[4:6] == [row["cell"] for row in dataset.tables["users"].slice(4, 6)]


@pytest.mark.parametrize(
    ("kind", "said", "stored"),
    [
        ("uuid", UUID(int=1 << 76 | 8 << 60), "00000000-0000-1000-8000-000000000000"),
        ("json", {"a": [1]}, '{"a":[1]}'),
        ("date", "2024-02-29", dt.date(2024, 2, 29)),
        (
            "timestamp",
            dt.datetime(2024, 1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))),
            dt.datetime(2024, 1, 1),
        ),
        ("decimal(6,2)", "1.5", Decimal("1.50")),
        ("decimal(6,2)", 3, Decimal("3.00")),
    ],
)
def test_values_are_taken_as_python_has_them(kind, said, stored):
    """A UUID, a document, ISO text, a moment with a zone, a number as text."""
    raw = right()
    raw["database_type"] = ["postgres"]
    raw["tables"][0]["columns"].append({"name": "cell", "type": kind})
    assert stored == rows(raw, "users", with_rows={"users": [{"cell": said}]})[0]["cell"]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"user": [{}]}, "rows are stated of an unknown table 'user'; did you mean 'users'?"),
        ({"users": {"email": "x"}}, "is no list at with_rows.users"),
        ({"users": ["x"]}, "'x' is no row at with_rows.users[0]; give values by column"),
        ({"users": [{"mail": "x"}]}, "has no column 'mail' at with_rows.users[0].mail"),
        ({"users": [{"email": 7}]}, "7 is not text, and the column is varchar(100)"),
        ({"users": [{"email": "x" * 101}]}, "101 characters, and varchar(100) holds 100"),
        ({"users": [{"email": None}]}, "null is stated, and the column is not nullable"),
        ({"users": [{"born": "tomorrow"}]}, "'tomorrow' is not a date such as 2025-01-31"),
        ({"users": [{"id": True}]}, "true is not a number, and the column is int"),
        ({"users": [{"id": 1 << 40}]}, "and int holds -2147483648 to 2147483647"),
        ({"orders": [{"total": "1.005"}]}, "1.005 has more places than decimal(10,2) holds"),
        ({"orders": [{"user_id": 99}]}, "'users' has no row with id 99"),
        ({"orders": [{"user": ALICE, "user_id": 1}]}, "the parent is said, and user_id too"),
        ({"users": [ALICE, ALICE]}, "rows 0 and 1 have the same email"),
        ({"orders": [{"user": {"mail": 1}}]}, "has no column 'mail' at with_rows.users[0].mail"),
    ],
)
def test_what_cannot_be_is_refused(said, message):
    """With the value, where it is stated, and the way out."""
    assert message in refused(shop(), with_rows=said)


def test_a_row_that_breaks_a_check_is_refused():
    """The law and the values of the row are named."""
    raw = shop(orders={"checks": [{"name": "positive", "expression": "total > 0"}]})
    told = refused(raw, with_rows={"orders": [{}, {"total": -1}]})
    assert "breaks check 'positive': total > 0; total is -1.00 at with_rows.orders[1]" in told


def test_rows_are_stated_of_those_that_are_added():
    """Behind rows that are there, row k of a list is row k of the new ones."""
    said = {"users": [ALICE], "orders": [{"user_id": 5}, {"user": ALICE}]}
    counts = {"users": 2, "orders": 3}
    made = shardgen.generate(shop(), rows=counts, there={"users": 3}, with_rows=said).tables
    assert [(4, "alice@example.com")] == [(r["id"], r["email"]) for r in made["users"].rows[:1]]
    assert [5, 4] == [row["user_id"] for row in made["orders"].rows[:2]]


def test_keys_of_one_tenant_stay_in_it():
    """A stated key of a follower leads the others to rows beside it; two tenants are refused."""
    schema, scale = shardgen.load_schema("saas-multitenant"), 0.05
    plain = shardgen.generate(schema, scale=scale).tables
    task = next(row for row in plain["tasks"] if row["org_id"] == 2)
    said = {"tasks": [{"org_id": 2, "project_id": task["project_id"]}, {"project": {"name": "X"}}]}
    made = shardgen.generate(schema, scale=scale, with_rows=said).tables["tasks"].rows[:2]
    assert (2, task["project_id"]) == (made[0]["org_id"], made[0]["project_id"])
    members = {(row["org_id"], row["user_id"]) for row in plain["memberships"]}
    assert {(row["org_id"], row["assignee_id"]) for row in made if row["assignee_id"]} <= members


def test_a_stated_data_set_loads_with_every_constraint(tmp_path):
    """SQLite checks keys, uniqueness and laws while it is filled."""
    said = {
        "customers": [{"email": "alice@example.com", "id": 4}, {"id": 77}],
        "orders": [{"customer": {"id": 77}, "id": 1}] + [{"customer": {"id": 77}}] * 3,
        "order_items": [{"order_id": 1, "quantity": 9}, {"order_id": 1}],
    }
    dataset = shardgen.generate("retail-ecommerce", scale=0.02, with_rows=said)
    dataset.to_sqlite(tmp_path / "shop.db")
    assert [77] * 4 == [row["customer_id"] for row in dataset.tables["orders"].rows[:4]]
    assert [1, 1] == [row["order_id"] for row in dataset.tables["order_items"].rows[:2]]
