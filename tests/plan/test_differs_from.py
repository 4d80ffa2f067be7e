"""Foreign keys that never lead to the parent of another one, or are refused."""

from __future__ import annotations

from typing import Any

import pytest
from support.keys import ID, bind, composite, table, tuples

from shardgen.errors import PlanError, SchemaError

INT: dict[str, Any] = {"type": "bigint"}
ORGS = table("orgs", 5, {"id": ID})


def to(parent: str, **facts: Any) -> dict[str, Any]:
    """Return a column that refers to the `id` of a parent; `nullable` is the column's."""
    nullable = facts.pop("nullable", False)
    refers = {"table": parent, "column": "id", **facts}
    return {"type": "bigint", "nullable": nullable, "foreign_key": refers}


MEMBERS = table(
    "members",
    40,
    {"org": to("orgs", fan_out={"type": "grouped", "min": 3}), "id": ID},
    unique=[["org", "id"]],
)


def member(column: str, **facts: Any) -> dict[str, Any]:
    """Return a foreign key of two columns to the members, named after its own."""
    return composite(["org", column], "members", ["org", "id"], name=column, **facts)


def test_the_first_of_keys_that_share_a_column_may_differ_from_a_later_one():
    """Then the other leads, since its parent has to be known first."""
    keys = [member("a", differs_from="b"), member("b", differs_from="c"), member("c")]
    columns = {"id": ID, "org": INT, "a": INT, "b": INT, "c": INT}
    tables = bind(ORGS, MEMBERS, table("messages", 300, columns, foreign_keys=keys))
    made = tuples(tables["messages"], "org", "a", "b", "c")
    orgs = dict(tuples(tables["members"], "id", "org"))
    assert all(a != b != c for _, a, b, c in made)
    assert all({org} == {orgs[a], orgs[b], orgs[c]} for org, a, b, c in made)


SELF = "a key to the table itself leads to earlier rows"
OTHERS = "a key that differs from another is drawn from all other parents"
ZIPF = {"type": "random", "distribution": "zipf"}


@pytest.mark.parametrize(
    ("made", "what"),
    [
        (
            [table("t", 50, {"id": ID, "a": to("t"), "b": to("t", differs_from="a")})],
            SELF,
        ),
        (
            [
                ORGS,
                table("t", 50, {"id": ID, "a": to("orgs"),
                                "b": to("orgs", differs_from="a", fan_out=ZIPF)}),
            ],
            OTHERS,
        ),
        (
            [
                ORGS,
                table("t", 20, {"id": ID, "a": to("orgs"), "b": to("orgs", differs_from="a")},
                      unique=[["a", "b"]]),
            ],
            "b is unique together with others, and differs from one",
        ),
        (
            [
                ORGS,
                MEMBERS,
                table(
                    "t",
                    20,
                    {"id": ID, "a": to("orgs"), "org": to("orgs", differs_from="a"), "m": INT},
                    foreign_keys=[member("m", fan_out="grouped")],
                ),
            ],
            "the parent is that which 'm' leads to",
        ),
        (
            [
                ORGS,
                table("p", 20, {"id": ID, "a": to("orgs"), "org": to("orgs", differs_from="a")}),
                table("t", 20, {"id": ID, "org": to("orgs"), "p": to("p", within="org")}),
            ],
            "its parents of one orgs cannot be found: p.org differs from 'a'",
        ),
        (
            [
                ORGS,
                MEMBERS,
                table(
                    "t",
                    20,
                    {"id": ID, "org": INT, "a": INT, "b": INT},
                    foreign_keys=[member("a", differs_from="b"), member("b", differs_from="a")],
                ),
            ],
            "the keys would follow each other",
        ),
    ],
)  # fmt: skip
def test_a_key_that_cannot_differ_is_refused(made, what):
    """What is said of a key is done, or named; it is not left out in silence."""
    with pytest.raises((SchemaError, PlanError)) as caught:
        bind(*made)
    assert any(what in m.what and m.hint for m in caught.value.mistakes)
