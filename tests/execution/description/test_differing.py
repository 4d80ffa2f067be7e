"""Two descriptions compared."""

from __future__ import annotations

import pytest

from shardgen.execution.description.description import Fan
from shardgen.execution.description.differing import _apart, _fans_apart, compare
from shardgen.execution.description.schema_rows import describe_schema
from shardgen.plan.plan import Options


def shop(*, ages=(18, 90), nulls=0.1, extra=None, check="age > 0"):
    """Return a schema of users and orders."""
    least, most = ages
    columns = {
        "id": "int pk",
        "age": {"type": "int = int_range", "generator_params": {"min": least, "max": most}},
        "city": {
            "type": "varchar(20) null = choice",
            "generator_params": {"values": ["Rome", "Oslo"], "null_probability": nulls},
        },
    }
    users = {"rows": 2000, "columns": columns | (extra or {})}
    users["checks"] = [{"name": "c", "expression": check}]
    return {
        "schema_version": "1.0",
        "name": "shop",
        "database_type": ["sqlite"],
        "tables": {
            "users": users,
            "orders": {"rows": 3000, "columns": {"id": "int pk", "user_id": "int -> users.id"}},
        },
    }


def compared(here, there, *options):
    one, other = options or (Options(), Options())
    found = describe_schema(here, one)
    return compare(found, describe_schema(there, other, like=found))


def test_other_seeds_make_no_difference():
    """What chance alone may do is not told."""
    assert () == compared(shop(), shop(), Options(seed=1), Options(seed=2)).differences


def test_each_difference_is_told_with_its_size():
    """The greatest first: rows, distributions, nulls, and children of each parent."""
    found = compared(
        shop(), shop(ages=(18, 50), nulls=0.4), Options(), Options(rows={"orders": 9000})
    )
    told = {(d.table, d.of, d.what): d for d in found.differences}
    assert [d.size for d in found.differences] == sorted(
        (d.size for d in found.differences), reverse=True
    )
    rows = told["orders", "", "rows"]
    assert ("3,000", "9,000") == (rows.here, rows.there)
    assert pytest.approx(2 / 3, abs=1e-3) == rows.size
    assert pytest.approx(40 / 73, abs=0.05) == told["users", "age", "distribution (median)"].size
    assert pytest.approx(0.3, abs=0.04) == told["users", "city", "nulls"].size
    fans = told["orders", "user_id → users", "children per parent"]
    assert fans.here.startswith("mean 1.5, ")
    assert fans.there.startswith("mean 4.5, ")


def test_what_only_one_has_is_told():
    """A column, and a table."""
    more = shop(extra={"zip": "varchar(5)"})
    more["tables"]["shops"] = {"rows": 1, "columns": {"id": "int pk"}}
    found = {(d.table, d.of): (d.here, d.there) for d in compared(shop(), more).differences}
    assert {("users", "zip"): ("missing", "there"), ("shops", ""): ("missing", "there")} == found


def test_distances_are_those_of_kolmogorov_and_smirnov():
    """Between shares up to each end; children count by the ends of their ranges."""
    assert 0.0 == _apart((1, 2, 3), (10, 20, 30))
    assert 1.0 == _apart((5, 0), (0, 5))
    assert 0.25 == _apart((2, 2), (1, 3))
    one = [Fan(low=0, high=0, parents=5), Fan(low=1, high=1, parents=5)]
    assert 0.5 == _fans_apart(one, [Fan(low=0, high=0, parents=3)])
