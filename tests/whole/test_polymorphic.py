"""Keys that lead to a row of one of several tables, which a column beside them names."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support.databases import SQLite
from support.keys import ID, key, load, raw_schema, table
from support.schemas import all_mistakes, load_mistakes

import shardgen
from shardgen.schema.model import Schema

Raw = dict[str, Any]
UUID: Raw = {"type": "uuid", "primary_key": True}
CODE: Raw = {"type": "varchar(12)", "primary_key": True}


def to(name: str, **facts: Any) -> Raw:
    """Return a target of a key: the table's `id`."""
    return {"table": name, "column": "id", **facts}


def on(*targets: Raw, kind: str = "bigint", **facts: Any) -> Raw:
    """Return a polymorphic key and its type column."""
    told = {name: value for name, value in facts.items() if name == "nullable"}
    pointing = {"type_column": "on_type", "targets": list(targets)}
    return {
        "on_type": {"type": "varchar(20)", **told},
        "on_id": {"type": kind, "polymorphic": pointing, **facts},
    }


def comments(rows: int = 4000, **columns: Any) -> Raw:
    return table("comments", rows, {"id": ID, **columns})


POSTS, IMAGES = table("posts", 50, {"id": ID}), table("images", 20, {"id": ID})
THREE = on(to("posts", type="Post", weight=3), to("images"), to("comments"))


def rows_of(schema: Schema, name: str = "comments") -> list[Raw]:
    return list(shardgen.generate(schema).tables[name].rows)


def test_each_row_leads_to_a_row_of_the_table_that_its_type_names():
    """By weight; without a `type` it is the table's name. Of its own table it is an earlier row."""
    made = rows_of(load(POSTS, IMAGES, comments(**THREE)))
    most = {"Post": 50, "images": 20}
    for row in made:
        assert 1 <= row["on_id"] <= most.get(row["on_type"], row["id"] - 1)
    shares = Counter(row["on_type"] for row in made)
    assert 0.57 < shares["Post"] / len(made) < 0.63
    assert 0.18 < shares["images"] / len(made) < 0.22
    assert shares.keys() == {"Post", "images", "comments"}


@pytest.mark.parametrize(("column", "kind"), [(ID, "bigint"), (UUID, "uuid"), (CODE, "text")])
def test_keys_are_numbers_uuids_and_text(column, kind):
    """Each value is one of the table that the type names."""
    tables = [table(name, 30, {"id": column}) for name in ("posts", "images")]
    schema = load(*tables, comments(300, **on(to("posts"), to("images"), kind=kind)))
    made = shardgen.generate(schema).tables
    keys = {name: {row["id"] for row in made[name].rows} for name in ("posts", "images")}
    assert {row["on_type"] for row in made["comments"].rows} == keys.keys()
    assert all(row["on_id"] in keys[row["on_type"]] for row in made["comments"].rows)


def test_any_slice_alone_has_the_rows_of_the_whole():
    """Rows 1,000 to 1,100 made alone, and one by one."""
    data = shardgen.generate(load(POSTS, IMAGES, comments(**THREE))).tables["comments"]
    whole = list(data.rows)
    assert whole[1000:1100] == list(data.slice(1000, 1100))
    assert whole[70:75] == [row for n in range(70, 75) for row in data.slice(n, n + 1)]


def test_a_law_holds_among_the_rows_that_lead_there():
    """Half of the comments on posts are on the newest tenth of them."""
    recent = {"type": "random", "distribution": "recent", "half": 0.1}
    made = rows_of(load(POSTS, IMAGES, comments(**on(to("posts", fan_out=recent), to("images")))))
    ids = [row["on_id"] for row in made if row["on_type"] == "posts"]
    assert 0.45 < sum(each > 45 for each in ids) / len(ids) < 0.55


def test_a_nullable_key_is_null_with_its_type():
    """In a share of null_probability, and expressions see it."""
    facts = {"nullable": True, "generator_params": {"null_probability": 0.3}}
    seen = {
        "type": "boolean", "generator": "expression",
        "generator_params": {"expression": "on_id is null and on_type is null"},
    }  # fmt: skip
    made = rows_of(load(POSTS, comments(**on(to("posts"), **facts), seen=seen)))
    empty = [row["on_id"] is None for row in made]
    assert [row["on_type"] is None for row in made] == empty == [row["seen"] for row in made]
    assert 0.27 < sum(empty) / len(made) < 0.33


def test_a_table_without_rows_is_led_to_by_none():
    """The others have its part; without any the key is null, or refused where it must not be."""
    none = table("posts", 0, {"id": ID})
    made = rows_of(load(none, IMAGES, comments(50, **on(to("posts"), to("images")))))
    assert {row["on_type"] for row in made} == {"images"}
    made = rows_of(load(none, comments(50, **on(to("posts"), nullable=True))))
    assert {row["on_id"] for row in made} == {None}


def test_no_target_with_rows_is_refused(tmp_path):
    """Where the key must not be null."""
    raw = raw_schema(table("posts", 0, {"id": ID}), comments(50, **on(to("posts"))))
    found = all_mistakes(raw, tmp_path)
    assert all("50 rows need a row to lead to, and no target has any" in each for each in found)
    assert found


@pytest.mark.parametrize("shape", ["random", "grouped"])
def test_unique_together_no_row_is_led_to_twice_by_one(shape):
    """A user likes a post or an image once; here nearly all of them."""
    user = key("users", fan_out=shape)
    likes = {"id": ID, "user_id": user, **on(to("posts"), to("images"))}
    unique = [["user_id", "on_type", "on_id"]]
    users = table("users", 10, {"id": ID})
    made = rows_of(load(users, POSTS, IMAGES, table("likes", 650, likes, unique=unique)), "likes")
    assert len({(row["user_id"], row["on_type"], row["on_id"]) for row in made}) == 650
    most = {"posts": 50, "images": 20}
    assert all(1 <= row["on_id"] <= most[row["on_type"]] for row in made)


def test_type_and_key_alone_may_be_unique():
    """Each row of all tables has at most one; more are refused with the numbers."""
    columns = {"id": ID, **on(to("posts"), to("images"))}
    unique = [["on_type", "on_id"]]
    made = rows_of(load(POSTS, IMAGES, table("notes", 70, columns, unique=unique)), "notes")
    assert len({(row["on_type"], row["on_id"]) for row in made}) == 70


def test_too_many_that_are_unique_are_refused(tmp_path):
    """With the numbers."""
    notes = table("notes", 71, {"id": ID, **on(to("posts"), to("images"))},
                  unique=[["on_type", "on_id"]])  # fmt: skip
    (mistake,) = all_mistakes(raw_schema(POSTS, IMAGES, notes), tmp_path)
    assert "71 rows are asked for, and there are 70 values of on_id" in mistake


def test_targets_within_an_organisation_lead_nowhere_else():
    """A comment is on a task or a document of its own organisation."""
    org = key("orgs", fan_out="grouped")
    tables = [table(name, 40, {"id": ID, "org_id": org}) for name in ("tasks", "documents")]
    both = [to(name, within="org_id") for name in ("tasks", "documents")]
    columns = {"id": ID, "org_id": key("orgs"), **on(*both)}
    orgs = table("orgs", 8, {"id": ID})
    made = shardgen.generate(load(orgs, *tables, table("comments", 500, columns))).tables
    org_of = {
        (name, row["id"]): row["org_id"]
        for name in ("tasks", "documents")
        for row in made[name].rows
    }
    for row in made["comments"].rows:
        assert org_of[row["on_type"], row["on_id"]] == row["org_id"]
    assert len({row["on_type"] for row in made["comments"].rows}) == 2


def test_types_may_be_numbers_or_an_enum():
    """What the type column holds."""
    numbers = on(to("posts", type=7), to("images", type=-9))
    numbers["on_type"] = {"type": "smallint"}
    made = rows_of(load(POSTS, IMAGES, comments(60, **numbers)))
    assert {row["on_type"] for row in made} == {7, -9}
    listed = on(to("posts", type="Post"), to("images", type="Image"))
    listed["on_type"] = {"type": "enum('Image','Post')"}
    made = rows_of(load(POSTS, IMAGES, comments(60, **listed)))
    assert {row["on_type"] for row in made} == {"Image", "Post"}


@pytest.mark.parametrize("dialect", ["postgres", "mysql", "sqlite"])
def test_a_dump_has_the_targets_first_and_no_constraint(dialect, tmp_path):
    """A comment comes after what it may be on; no database knows that it is on it."""
    raw = raw_schema(comments(40, **on(to("posts"), to("images"))), POSTS, IMAGES,
                     databases=(dialect,))  # fmt: skip
    (tmp_path / "s.json").write_text(json.dumps(raw), encoding="utf-8")
    shardgen.run(tmp_path / "s.json", tmp_path / "dump.sql", dialect=dialect)
    text = (tmp_path / "dump.sql").read_text(encoding="utf-8")
    assert "REFERENCES" not in text
    assert "target" not in text
    assert text.index("posts") < text.index("images") < text.index("comments")


def test_what_is_loaded_is_what_is_generated(tmp_path):
    """SQLite has the rows that the library makes, whatever made the shards."""
    schema = load(POSTS, IMAGES, comments(**THREE))
    shardgen.run(schema, tmp_path / "dump.sql", dialect="sqlite", workers=2)
    database = SQLite(Path(":memory:"))
    database.load(tmp_path / "dump.sql")
    found = database.query("SELECT id, on_type, on_id FROM comments ORDER BY id")
    assert [tuple(row.values()) for row in rows_of(schema)] == found
    database.close()


def changed(**facts: Any) -> Raw:
    made = on(to("posts"), to("images"))
    for name, more in facts.items():
        made[name] = made.get(name, {}) | more
    return made


def pointing(*targets: Raw, type_column: str = "on_type") -> Raw:
    return {"polymorphic": {"type_column": type_column, "targets": list(targets)}}


WRONG: dict[str, tuple[Raw, str]] = {
    "no targets": (on(), "the key has no targets"),
    "no table": (on(to("post")), "there is no table 'post'"),
    "no column": (on(to("posts") | {"column": "x"}), "there is no column 'x' in table 'posts'"),
    "other type": (on(to("posts"), to("codes")), "bigint does not hold codes.id"),
    "no type column": (
        changed(on_id=pointing(to("posts"), type_column="kind")), "there is no column 'kind'",
    ),
    "same type": (on(to("posts", type="a"), to("images", type="a")), "two targets have the type"),
    "too long": (on(to("posts", type="x" * 21)), "has 21 characters"),
    "a number": (on(to("posts", type=3)), "the type 3 is none of the values of varchar(20)"),
    "one nullable": (changed(on_type={"nullable": True}), "they are null at once"),
    "unique": (changed(on_id={"unique": True}), "the column is unique by itself"),
    "a foreign key": (changed(on_id=key("posts")), "the column is in a foreign key too"),
    "grouped": (on(to("posts", fan_out="grouped")), "are drawn among others, and are not grouped"),
    "a decimal": (on(to("posts"), kind="decimal(9,0)"), "keys of several tables are numbers or"),
    "within nothing": (on(to("posts", within="org")), "there is no column 'org' in the table"),
    "parameters": (changed(on_id={"generator_params": {"min": 3}}), "takes no parameter 'min'"),
}  # fmt: skip


@pytest.mark.parametrize(("columns", "what"), WRONG.values(), ids=[*WRONG])
def test_what_cannot_be_is_refused(columns: Raw, what: str) -> None:
    """With the place and the way out."""
    codes = table("codes", 5, {"id": CODE})
    found = load_mistakes(raw_schema(POSTS, IMAGES, codes, comments(9, **columns)))
    assert any(what in mistake for mistake in found), found
    assert all(" at tables.comments.columns.on_" in mistake for mistake in found), found


@pytest.mark.parametrize(
    ("targets", "names", "what"),
    [
        ([to("posts")], ["on_id", "n"], "are unique together, without 'on_type'"),
        ([to("posts", weight=2)], ["on_type", "on_id"], "leave out weight"),
        ([to("notes")], ["on_type", "on_id"], "leads to its own table"),
        (
            [to("posts", fan_out={"type": "random", "distribution": "zipf"})],
            ["on_type", "on_id"], "all rows are as likely",
        ),
    ],
)  # fmt: skip
def test_what_a_unique_key_cannot_keep_is_refused(targets, names, what):
    """Weights and laws among them."""
    columns = {"id": ID, "n": {"type": "int"}, **on(*targets)}
    notes = table("notes", 9, columns, unique=[names])
    assert any(what in mistake for mistake in load_mistakes(raw_schema(POSTS, notes)))


def test_a_key_that_may_lead_nowhere_is_refused(tmp_path):
    """The first comment of all has no earlier one to be on."""
    raw = raw_schema(comments(9, **on(to("comments"))))
    found = all_mistakes(raw, tmp_path)
    assert any("in some rows none of 'comments' has a row to lead to" in each for each in found)
