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


def expression(kind: str, text: str, **facts: object) -> dict[str, object]:
    params = {"expression": text}
    return {"type": kind, "generator": "expression", "generator_params": params, **facts}


def episodes(rows: int = 3000, people: int = 200, starts: str = "chance(0.4)") -> dict:
    spread = {"type": "grouped", "distribution": "zipf"}
    key = {"table": "people", "column": "id", "fan_out": spread}
    first = {"type": "tree", "within": "person_id", "starts": "starts"}
    return {
        "people": (people, {}),
        "visits": (
            rows,
            {
                "person_id": {"type": "bigint", "foreign_key": key},
                "number": {"type": "int", "generator": "ordinal"},
                "starts": expression("boolean", starts, hidden=True),
                "cause": {"type": "int", "generator": "int_range"},
                "first_id": {
                    "type": "bigint", "nullable": True,
                    "foreign_key": {"table": "visits", "column": "id", "fan_out": first},
                },
                "of": expression("int", "coalesce(first.cause, cause)"),
                "nth": expression("int", "number - coalesce(first.number, number)"),
            },
        ),
    }  # fmt: skip


@pytest.mark.parametrize("starts", ["chance(0.4)", "number % 5 = 1", "number = 700", "chance(0)"])
@pytest.mark.parametrize("people", [1, 200])
def test_rows_of_an_episode_refer_to_the_one_that_starts_it(people, starts):
    """It is the last one before it, of the same parent; the first of each parent starts one."""
    table = bind(schema_of(**episodes(people=people, starts=starts)))["visits"]
    visits = rows_of(table)
    first, person = 0, None
    for n, of in enumerate(visits["person_id"]):
        if of != person or visits["starts"][n]:
            first, person = n, of
        assert (None if first == n else first + 1) == visits["first_id"][n]
        assert visits["cause"][first] == visits["of"][n]
        assert n - first == visits["nth"][n]
    some = [2999, 17, 18, 18, 0, 1500, 1499, 40]
    assert rows_of(table, some) == {name: [all_[n] for n in some] for name, all_ in visits.items()}


def test_what_a_row_without_a_key_reads_along_it_is_the_same_among_any_rows():
    """It comes after the date of some row, which does not hang on the rows that it is made with."""
    tables = episodes()
    dates = {"after": "first.began_on", "max_days": 20}
    tables["visits"][1].update(
        {
            "began_on": {"type": "date", "generator": "date_past"},
            "back_on": {"type": "date", "generator": "date_after", "generator_params": dates},
            "twice_on": {
                "type": "date",
                "generator": "date_after",
                "generator_params": {"after": "first.back_on", "max_days": 20},
            },
        }
    )
    table = bind(schema_of(**tables))["visits"]
    visits = rows_of(table)
    for some in ([0], [2999], [17, 18], [*range(5, 10)], [1500, 0, 1499, 40]):
        made = {name: [all_[n] for n in some] for name, all_ in visits.items()}
        assert rows_of(table, some) == made


def test_where_an_episode_starts_is_not_read_along_its_key():
    """A column that starts episodes cannot read the row that started one."""
    tables = episodes()
    tables["visits"][1]["starts"] = expression("boolean", "coalesce(first.cause, 1) > 500")
    with pytest.raises(SchemaError, match="columns that need each other"):
        bind(schema_of(**tables))


@pytest.mark.parametrize(
    ("shape", "facts", "says"),
    [
        ({"starts": "begins"}, {}, "there is no column 'begins'"),
        ({"starts": "cause"}, {}, "'cause' is no boolean"),
        ({"roots": 0.5}, {}, "starts and roots both say which rows are roots"),
        ({"within": None}, {}, "episodes lie within the runs of a grouped foreign key"),
        ({}, {"nullable": False}, "the rows that start refer to no row"),
        ({}, {"generator_params": {"null_probability": 0.2}}, "and so does null_probability"),
    ],
)
def test_episodes_that_contradict_themselves(shape, facts, says):
    """Each is refused with what is wrong."""
    tables = episodes()
    first = tables["visits"][1]["first_id"] | facts
    fan_out = {k: v for k, v in (first["foreign_key"]["fan_out"] | shape).items() if v}
    first["foreign_key"] = first["foreign_key"] | {"fan_out": fan_out}
    tables["visits"][1]["first_id"] = first
    with pytest.raises(SchemaError) as error:
        bind(schema_of(**tables))
    assert says in str(error.value)


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
