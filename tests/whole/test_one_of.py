"""Columns of which one is given in each row, and the others are null."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support.databases import SQLite
from support.keys import ID, composite, key, load, raw_schema, table
from support.schemas import all_mistakes, load_mistakes

import shardgen

Raw = dict[str, Any]
POSTS, IMAGES = table("posts", 50, {"id": ID}), table("images", 20, {"id": ID})
NUMBER: Raw = {"type": "int", "nullable": True}
COLUMNS: Raw = {
    "id": ID,
    "post_id": key("posts", nullable=True),
    "image_id": key("images", nullable=True),
    "note": {"type": "varchar(40)", "nullable": True},
}
NAMES = ["post_id", "image_id", "note"]


def computed(kind: str, text: str, **facts: Any) -> Raw:
    return {
        "type": kind, "generator": "expression", "generator_params": {"expression": text}, **facts
    }  # fmt: skip


def likes(*lists: Raw, rows: int = 4000, **columns: Any) -> Raw:
    return table("likes", rows, COLUMNS | columns, one_of=list(lists))


def rows_of(*tables: Raw) -> list[Raw]:
    return list(shardgen.generate(load(*tables)).tables["likes"].rows)


def given(rows: list[Raw], *names: str) -> Counter[tuple[str, ...]]:
    """Return how often which of the columns are given."""
    return Counter(tuple(name for name in names if row[name] is not None) for row in rows)


def test_exactly_one_is_given_in_each_row():
    """As often as the others, whatever it is: a foreign key or a column of its own."""
    seen = given(rows_of(POSTS, IMAGES, likes({"columns": NAMES})), *NAMES)
    assert seen.keys() == {(name,) for name in NAMES}
    assert all(1200 < count < 1470 for count in seen.values())


def test_weights_say_how_often():
    """Of post and image three to one."""
    weights = {"post_id": 3, "image_id": 1}
    seen = given(rows_of(POSTS, IMAGES, likes({"columns": weights})), *weights)
    assert seen.keys() == {("post_id",), ("image_id",)}
    assert 2880 < seen["post_id",] < 3120


def test_at_most_one_leaves_a_share_without_any():
    """A tenth of the rows where it says nothing, and as many as `none` says."""
    for share, none in ((0.1, {}), (0.6, {"none": 0.6}), (0, {"none": 0})):
        asked = {"columns": NAMES, "given": "at_most_one", **none}
        seen = given(rows_of(POSTS, IMAGES, likes(asked)), *NAMES)
        assert share - 0.03 < seen.pop((), 0) / 4000 < share + 0.03
        assert all(len(names) == 1 for names in seen)


def test_at_least_one_leaves_the_others_their_own_nulls():
    """No row has none; both are given where neither is null by itself."""
    params = {"generator_params": {"null_probability": 0.5}}
    columns = {"post_id": COLUMNS["post_id"] | params, "note": COLUMNS["note"] | params}
    asked = {"columns": ["post_id", "note"], "given": "at_least_one"}
    seen = given(rows_of(POSTS, IMAGES, likes(asked, **columns)), "post_id", "note")
    assert seen.keys() == {("post_id",), ("note",), ("post_id", "note")}
    assert 1850 < seen["post_id", "note"] < 2150


def test_expressions_and_slices_see_what_is_given():
    """Each row alone, and what is computed from its nulls."""
    kind = computed("varchar(9)", "case when post_id is null then 'image' else 'post' end")
    schema = load(POSTS, IMAGES, likes({"columns": ["post_id", "image_id"]}, kind=kind))
    data = shardgen.generate(schema).tables["likes"]
    rows = list(data.rows)
    assert all((row["post_id"] is None) == (row["kind"] == "image") for row in rows)
    assert rows[500:520] == [row for n in range(500, 520) for row in data.slice(n, n + 1)]


def test_what_cannot_be_given_in_a_row_is_not_chosen_there():
    """The first row has no earlier one, and one that a null is computed from has no value."""
    columns = {
        "up": key("likes", nullable=True),
        "maybe": NUMBER | {"generator_params": {"null_probability": 0.5}},
        "twice": computed("int", "maybe * 2", nullable=True),
    }
    names = ["up", "twice", "post_id"]
    made = rows_of(POSTS, IMAGES, likes({"columns": names}, **columns))
    seen = given(made, *names)
    assert seen.keys() == {(name,) for name in names}
    assert made[0]["up"] is None
    assert all(row["maybe"] is not None for row in made if row["twice"] is not None)
    empty = table("posts", 0, {"id": ID})
    assert given(rows_of(empty, IMAGES, likes({"columns": NAMES})), *NAMES)["post_id",] == 0


def test_a_key_of_several_columns_is_one_of_them():
    """Its nullable columns are null together, and what it has in common with another stays."""
    org = key("orgs", fan_out="grouped", primary_key=True)
    parts = [
        table(name, 40, {"org_id": org, "id": {"type": "bigint", "primary_key": True}})
        for name in ("projects", "users")
    ]
    columns: Raw = {
        "id": ID, "org_id": {"type": "bigint"}, "project_id": {"type": "bigint", "nullable": True},
        "user_id": {"type": "bigint", "nullable": True},
    }  # fmt: skip
    keys = [
        composite(["org_id", "project_id"], "projects", ["org_id", "id"]),
        composite(["org_id", "user_id"], "users", ["org_id", "id"]),
    ]
    asked = [{"columns": ["project_id", "user_id"]}]
    made = table("likes", 400, columns, foreign_keys=keys, one_of=asked)
    rows = rows_of(table("orgs", 5, {"id": ID}), *parts, made)
    assert given(rows, "project_id", "user_id").keys() == {("project_id",), ("user_id",)}
    assert None not in {row["org_id"] for row in rows}


def test_a_check_of_it_holds_in_a_database(tmp_path: Path) -> None:
    """SQLite takes every row with a CHECK that counts what is given."""
    schema = load(POSTS, IMAGES, likes({"columns": NAMES}))
    shardgen.run(schema, tmp_path / "dump.sql", dialect="sqlite", workers=2)
    database = SQLite(Path(":memory:"))
    database.load(tmp_path / "dump.sql")
    number = " + ".join(f"({name} IS NOT NULL)" for name in NAMES)
    assert database.query(f"SELECT count(*) FROM likes WHERE {number} = 1") == [(4000,)]
    database.close()


NULL_SHARE = NUMBER | {"generator_params": {"null_probability": 0.5}}
WRONG: dict[str, tuple[Raw, str]] = {
    "one": ({"columns": ["note"]}, "one of several columns is asked for"),
    "unknown": ({"columns": ["note", "nod"]}, "there is no column 'nod'"),
    "twice": ({"columns": ["note", "note"]}, "column 'note' stands there twice"),
    "not nullable": ({"columns": ["note", "id"]}, "column 'id' is not nullable"),
    "none": ({"columns": ["note", "n"], "none": 0.5}, "exactly_one has no row without any"),
    "a share": ({"columns": ["note", "half"]}, "column 'half' has a null_probability"),
    "in two": ({"columns": ["other", "note"]}, "is given or not by another column already"),
}


@pytest.mark.parametrize(("asked", "what"), WRONG.values(), ids=[*WRONG])
def test_what_cannot_be_is_refused(asked: Raw, what: str) -> None:
    """With the place and the way out."""
    columns = {"n": NUMBER, "half": NULL_SHARE, "other": NUMBER, "third": NUMBER}
    lists = [{"columns": ["other", "third"]}, asked]
    found = load_mistakes(raw_schema(POSTS, IMAGES, likes(*lists, **columns)))
    assert any(what in mistake for mistake in found), found
    assert all(" at tables.likes.one_of[1]" in mistake for mistake in found)
    assert all("; " in mistake for mistake in found)


@pytest.mark.parametrize("text", ["post.id", "coalesce(post.id, next)", "next + 1"])
def test_a_key_is_no_alternative_of_what_is_read_along_it(tmp_path, text):
    """Neither of a column that reads its parent, nor of one that reads another such column."""
    columns = {"next": computed("int", "post.id", nullable=True),
               "last": computed("int", text, nullable=True)}  # fmt: skip
    raw = raw_schema(POSTS, IMAGES, likes({"columns": ["post_id", "last"]}, **columns))
    found = all_mistakes(raw, tmp_path)
    assert any("columns that need each other" in mistake for mistake in found), found


def test_columns_that_need_each_other_are_refused(tmp_path):
    """What is computed from a column cannot be its alternative in every row."""
    columns = {"n": NUMBER, "next": computed("int", "n + 1", nullable=True)}
    raw = raw_schema(POSTS, IMAGES, likes({"columns": ["n", "next"]}, **columns))
    found = all_mistakes(raw, tmp_path)
    assert any("columns that need each other" in mistake for mistake in found), found


def test_rows_that_may_have_none_are_refused(tmp_path):
    """Where one has to be given, one of the columns has to be free."""
    columns = {"up": key("likes", nullable=True), "over": key("likes", nullable=True)}
    raw = raw_schema(POSTS, IMAGES, likes({"columns": ["up", "over"]}, **columns))
    (mistake,) = all_mistakes(raw, tmp_path)
    assert "in some rows none of 'up', 'over' may have a value" in mistake


def test_weights_that_are_no_numbers_above_0_are_refused():
    """As everywhere."""
    raw = raw_schema(POSTS, IMAGES, likes({"columns": {"note": 0, "post_id": 1}}))
    assert load_mistakes(json.loads(json.dumps(raw)))
