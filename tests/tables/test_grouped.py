"""Several grouped keys of one table, and trees within one."""

from __future__ import annotations

from collections import Counter

import pytest
from support.tables import bind, cells, rows_of, schema_of

from shardgen.errors import SchemaError

FORUM = {
    "users": (100, {"posts": {"type": "int", "generator": "expression",
                              "generator_params": {"expression": "count(posts)"}}}),
    "threads": (50, {"posts": {"type": "int", "generator": "expression",
                               "generator_params": {"expression": "count(posts)"}}}),
    "posts": (
        1000,
        {
            "thread_id": {"type": "bigint", "foreign_key": {
                "table": "threads", "column": "id",
                "fan_out": {"type": "grouped", "distribution": "poisson"}}},
            "author_id": {"type": "bigint", "foreign_key": {
                "table": "users", "column": "id",
                "fan_out": {"type": "grouped", "distribution": "zipf"}}},
            "answers_id": {"type": "bigint", "nullable": True, "foreign_key": {
                "table": "posts", "column": "id",
                "fan_out": {"type": "tree", "within": "thread_id", "roots": 0.2}}},
            "number": {"type": "int", "generator": "ordinal",
                       "generator_params": {"relation": "author_id"}},
        },
    ),
}  # fmt: skip


def test_two_grouped_keys_know_nothing_of_each_other():
    """The first one's children lie in runs; the other's are spread, numbered and counted alike."""
    tables = bind(schema_of(**FORUM))
    posts = rows_of(tables["posts"])
    for table, column in (("users", "author_id"), ("threads", "thread_id")):
        assert Counter(posts[column]) == Counter(
            {n: count for n, count in enumerate(cells(tables[table], "posts"), 1) if count}
        )
    pairs = set(zip(posts["thread_id"], posts["author_id"], strict=True))
    assert len(pairs) > 500
    assert 1000 == len(set(zip(posts["author_id"], posts["number"], strict=True)))
    some = [999, 0, 17, 17, 500]
    alone = rows_of(tables["posts"], some)
    assert alone == {name: [values[n] for n in some] for name, values in posts.items()}


def test_a_tree_within_a_key_stays_with_its_parent():
    """An answer comes after the post that it answers, in the same thread."""
    posts = rows_of(bind(schema_of(**FORUM))["posts"])
    threads = dict(zip(posts["id"], posts["thread_id"], strict=True))
    answers = [
        (of, to) for of, to in zip(posts["id"], posts["answers_id"], strict=True) if to is not None
    ]
    assert 700 < len(answers) < 800
    assert all(threads[of] == threads[to] and to < of for of, to in answers)


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ({"within": "author_id"}, "'author_id' is not the grouped foreign key whose children lie"),
        ({"within": "nothing"}, "'nothing' is not the grouped foreign key whose children lie"),
        ({"within": "thread_id", "max_depth": 2}, "a tree within a key has no max_depth"),
    ],
)
def test_trees_within_keys_that_are_not_there(shape, says):
    """A column that is no grouped key, an unknown one, and a depth that such a tree has not."""
    rows, columns = FORUM["posts"]
    key = columns["answers_id"]["foreign_key"] | {"fan_out": {"type": "tree", **shape}}
    posts = rows, columns | {"answers_id": columns["answers_id"] | {"foreign_key": key}}
    with pytest.raises(SchemaError, match=says):
        schema_of(**FORUM | {"posts": posts})
