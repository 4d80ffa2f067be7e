"""Foreign keys that follow another one: which leads, what is drawn, and what is refused."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest
from support.keys import ID, bind, composite, table, tuples

import shardgen
from shardgen.errors import PlanError, SchemaError
from shardgen.schema.model import Schema

INT: dict[str, Any] = {"type": "bigint"}
ORGS = table("orgs", 6, {"id": ID})


def below_orgs(name: str, rows: int, **shape: Any) -> dict[str, Any]:
    """Return a table whose rows belong to an organisation each."""
    return table(name, rows, {"org": to("orgs", **shape), "id": ID}, unique=[["org", "id"]])


def to(parent: str, **facts: Any) -> dict[str, Any]:
    """Return a column that refers to the `id` of a parent; `nullable` is the column's."""
    nullable = facts.pop("nullable", False)
    refers = {"table": parent, "column": "id", **facts}
    return {"type": "bigint", "nullable": nullable, "foreign_key": refers}


def grouped(least: int = 1, **facts: Any) -> dict[str, Any]:
    return {"type": "grouped", "distribution": "poisson", "min": least, **facts}


def refused(*tables: dict[str, Any]) -> list[str]:
    """Return the mistakes of a schema, each as its path, what and hint."""
    with pytest.raises((SchemaError, PlanError)) as caught:
        bind(*tables)
    return [f"{m.path}: {m.what}; {m.hint}" for m in caught.value.mistakes]


def orgs_of(tables: Any, name: str) -> dict[int, int]:
    return dict(tuples(tables[name], "id", "org"))


def test_keys_that_share_a_column_refer_within_one_ancestor():
    """Nothing need be said: a task's project and assignee are of the task's organisation."""
    tables = bind(
        ORGS,
        below_orgs("projects", 30),
        below_orgs("members", 50),
        table(
            "tasks",
            900,
            {"id": ID, "org": INT, "project": INT, "assignee": INT},
            foreign_keys=[
                composite(["org", "project"], "projects", ["org", "id"]),
                composite(["org", "assignee"], "members", ["org", "id"]),
            ],
        ),
    )
    projects, members = orgs_of(tables, "projects"), orgs_of(tables, "members")
    made = tuples(tables["tasks"], "org", "project", "assignee")
    assert all(projects[project] == org == members[member] for org, project, member in made)
    assert {member for _, _, member in made} == members.keys()


def test_all_rows_of_the_ancestor_are_as_likely():
    """Each of the k rows below an ancestor gets about one child of k."""
    tables = bind(
        table("orgs", 1, {"id": ID}),
        below_orgs("members", 10),
        table("tasks", 20_000, {"id": ID, "org": to("orgs"), "who": to("members", within="org")}),
    )
    counts = Counter(who for (who,) in tuples(tables["tasks"], "who"))
    assert len(counts) == 10
    assert all(abs(count - 2000) < 250 for count in counts.values())


def test_a_grouped_key_leads_and_its_ancestors_follow():
    """With a grouped project, the organisation is the project's, whatever stands first."""
    tables = bind(
        ORGS,
        below_orgs("projects", 30),
        table(
            "tasks",
            300,
            {
                "id": ID,
                "org": to("orgs"),
                "project": to("projects", within="org", fan_out="grouped"),
            },
        ),
    )
    counts = Counter(project for (project,) in tuples(tables["tasks"], "project"))
    assert counts == dict.fromkeys(range(1, 31), 10)
    projects = orgs_of(tables, "projects")
    assert all(projects[p] == org for org, p in tuples(tables["tasks"], "org", "project"))


def test_a_chain_of_grouped_keys_leads_down_from_the_ancestor():
    """A comment's task is of the comment's organisation, though tasks know it by their project."""
    tables = bind(
        ORGS,
        below_orgs("projects", 40, fan_out=grouped()),
        table(
            "tasks",
            400,
            {"id": ID, "org": INT, "project": INT},
            unique=[["org", "id"]],
            foreign_keys=[
                composite(["org", "project"], "projects", ["org", "id"], fan_out=grouped())
            ],
        ),
        table("notes", 800, {"id": ID, "org": to("orgs"), "task": to("tasks", within="org")}),
    )
    tasks = orgs_of(tables, "tasks")
    made = tuples(tables["notes"], "org", "task")
    assert all(tasks[task] == org for org, task in made)
    assert len({task for _, task in made}) > 300


def test_a_key_whose_columns_are_all_shared_is_found():
    """A subtask's project is its task's project: nothing is drawn twice."""
    tables = bind(
        ORGS,
        below_orgs("projects", 30),
        table(
            "tasks",
            90,
            {"id": ID, "org": INT, "project": INT},
            unique=[["org", "project", "id"]],
            foreign_keys=[composite(["org", "project"], "projects", ["org", "id"])],
        ),
        table(
            "subtasks",
            300,
            {"id": ID, "org": INT, "project": INT, "task": INT},
            foreign_keys=[
                composite(["org", "project"], "projects", ["org", "id"]),
                composite(
                    ["org", "project", "task"],
                    "tasks",
                    ["org", "project", "id"],
                    fan_out="grouped",
                ),
            ],
        ),
    )
    tasks = {task: rest for task, *rest in tuples(tables["tasks"], "id", "org", "project")}
    made = tuples(tables["subtasks"], "task", "org", "project")
    assert all(tasks[task] == rest for task, *rest in made)


def test_the_parent_may_call_the_column_otherwise():
    """By an object, or by itself where only one of the parent's keys leads to the same."""
    for within in ("org", {"org": "owner"}):
        tables = bind(
            ORGS,
            table("boards", 30, {"id": ID, "owner": to("orgs")}),
            table("cards", 90, {"id": ID, "org": to("orgs"), "board": to("boards", within=within)}),
        )
        boards = dict(tuples(tables["boards"], "id", "owner"))
        assert all(boards[board] == org for org, board in tuples(tables["cards"], "org", "board"))


@pytest.mark.parametrize("law", ["zipf", "recent"])
def test_a_skewed_key_follows_in_a_circle_of_tables(law):
    """Whichever table comes first: what is known of the ancestor's rows only later is no limit."""
    skewed = {"type": "random", "distribution": law}
    tables = bind(
        table(
            "tasks",
            300,
            {"id": ID, "org": to("orgs"), "who": to("members", within="org", fan_out=skewed)},
        ),
        table("members", 200, {"id": ID, "org": to("orgs", fan_out=grouped())}),
        table("orgs", 20, {"id": ID, "first": to("tasks")}),
    )
    members = orgs_of(tables, "members")
    assert all(members[who] == org for org, who in tuples(tables["tasks"], "org", "who"))


def test_keys_that_differ_never_lead_to_the_same_row():
    """Within an ancestor and without one, and all others are drawn."""
    tables = bind(
        ORGS,
        below_orgs("members", 12, fan_out="grouped"),
        table(
            "messages",
            600,
            {
                "id": ID,
                "org": to("orgs"),
                "sender": to("members", within="org"),
                "receiver": to("members", within="org", differs_from="sender"),
                "copy": to("members"),
                "blind": to("members", differs_from="copy"),
            },
        ),
    )
    members = orgs_of(tables, "members")
    made = tuples(tables["messages"], "org", "sender", "receiver", "copy", "blind")
    assert all(members[a] == org == members[b] and a != b for org, a, b, _, _ in made)
    assert all(a != b for *_, a, b in made)
    assert {b for *_, b in made} == members.keys()


def test_one_parent_leaves_nothing_to_differ():
    """A nullable key is NULL then, and another is refused with the number."""
    one = table("members", 1, {"id": ID})
    columns = {"id": ID, "a": to("members"), "b": to("members", differs_from="a", nullable=True)}
    assert {None} == {b for (b,) in tuples(bind(one, table("t", 9, columns))["t"], "b")}
    found = refused(one, table("t", 9, {**columns, "b": to("members", differs_from="a")}))
    assert "'members' has one row, and two that differ are asked for" in found[0]


def test_a_key_is_null_where_its_ancestor_has_no_rows():
    """Where it may be; where not, the schema is refused with the numbers."""
    few = below_orgs("labels", 3, fan_out="grouped")
    columns = {"id": ID, "org": to("orgs"), "label": to("labels", within="org", nullable=True)}
    tables = bind(ORGS, few, table("notes", 300, columns))
    labels = orgs_of(tables, "labels")
    made = tuples(tables["notes"], "org", "label")
    assert {org for org, label in made if label is not None} == set(labels.values())
    message = (
        "tables.notes.columns.label.foreign_key: some rows of 'orgs' have no rows of 'labels', "
        'and 1 must be there; set "min" to 1 in the fan_out of labels.org, '
        "ask for more rows of 'labels', or make the key nullable"
    )
    assert [message] == refused(
        ORGS, few, table("notes", 9, {**columns, "label": to("labels", within="org")})
    )


def test_own_references_stay_within_the_ancestor():
    """A reply is to an earlier row of the same organisation; the first of each is a root."""
    tables = bind(
        ORGS,
        table(
            "notes",
            300,
            {"id": ID, "org": to("orgs"), "answers": to("notes", within="org", nullable=True)},
        ),
    )
    orgs = orgs_of(tables, "notes")
    made = [row for row in tuples(tables["notes"], "id", "answers") if row[1] is not None]
    assert len(made) > 200
    assert all(answers < row and orgs[answers] == orgs[row] for row, answers in made)


def junction(rows: int, unique: list[str], **facts: Any) -> dict[str, Any]:
    columns = {"id": ID, "org": INT, "task": INT, "label": INT}
    keys = [
        composite(["org", "task"], "tasks", ["org", "id"], **facts),
        composite(["org", "label"], "labels", ["org", "id"]),
    ]
    return table("task_labels", rows, columns, unique=[unique], foreign_keys=keys)


@pytest.mark.parametrize("unique", [["org", "task", "label"], ["task", "label"]])
def test_pairs_within_an_ancestor_do_not_repeat(unique):
    """A task has each label of its organisation at most once, and all labels are used."""
    tables = bind(
        ORGS,
        below_orgs("tasks", 60),
        below_orgs("labels", 48, fan_out=grouped(4)),
        junction(150, unique),
    )
    tasks, labels = orgs_of(tables, "tasks"), orgs_of(tables, "labels")
    made = tuples(tables["task_labels"], "org", "task", "label")
    assert all(tasks[task] == org == labels[label] for org, task, label in made)
    assert len({(task, label) for _, task, label in made}) == 150
    assert len({label for *_, label in made}) > 40


def test_more_pairs_than_the_ancestor_has_are_refused():
    """With the numbers, and where to change them."""
    tables = (ORGS, below_orgs("tasks", 60), below_orgs("labels", 48, fan_out=grouped(4)))
    for facts in ({}, {"fan_out": "grouped"}):
        found = refused(*tables, junction(600, ["task", "label"], **facts))
        assert len(found) == 1
        assert (
            "600 rows of 60 org_task are to differ, and some have only 4 to differ in" in found[0]
        )


def test_two_members_beside_a_leader_are_unique_together():
    """The pair differs from child to child of the leading key, each member alone may repeat."""
    columns = {
        "id": ID,
        "org": to("orgs", fan_out="grouped"),
        "a": to("members", within="org"),
        "b": to("members", within="org"),
    }
    tables = bind(
        ORGS,
        below_orgs("members", 60, fan_out="grouped"),
        table("pairs", 6 * 80, columns, unique=[["org", "a", "b"]]),
    )
    made = tuples(tables["pairs"], "org", "a", "b")
    assert len(set(made)) == 6 * 80
    members = orgs_of(tables, "members")
    assert all(members[a] == org == members[b] for org, a, b in made)


@pytest.mark.parametrize(
    ("column", "what"),
    [
        (to("projects", within="nowhere"), "there is no column 'nowhere' in the table"),
        (to("projects", within="name"), "'name' is in no other foreign key"),
        (to("projects", within={"org": "x"}), "there is no column 'x' in table 'projects'"),
        (to("things", within="org"), "'things' has no column that stands for 'org'"),
        (to("projects", differs_from="me"), "there is no foreign key 'me' beside this one"),
        (to("projects", differs_from="org"), "'org' does not refer to the same key"),
    ],
)
def test_what_cannot_follow_is_refused(column, what):
    """By name, with the way out."""
    found = refused(
        ORGS,
        below_orgs("projects", 30),
        table("things", 5, {"id": ID}),
        table("tasks", 9, {"id": ID, "name": INT, "org": to("orgs"), "of": column}),
    )
    assert len(found) == 1
    assert what in found[0]
    assert not found[0].endswith("; ")


def test_a_second_grouped_key_is_refused():
    """The first leads, and the number of its children says those of the others."""
    of = to("projects", within="org", fan_out="grouped")
    columns = {"id": ID, "org": to("orgs", fan_out="grouped"), "of": of}
    (mistake,) = refused(ORGS, below_orgs("projects", 30), table("tasks", 9, columns))
    assert "columns in common with another, and a fan_out of its own; leave out" in mistake


def test_keys_that_lead_apart_are_refused():
    """A column cannot have the values of two keys that nothing connects."""
    found = refused(
        ORGS,
        table("teams", 5, {"id": ID}),
        table(
            "tasks",
            9,
            {"id": ID, "x": INT},
            foreign_keys=[
                composite(["x"], "orgs", ["id"], name="one"),
                composite(["x"], "teams", ["id"], name="two"),
            ],
        ),
    )
    message = (
        "tables.tasks.foreign_keys[1]: x of 'tasks' would follow 'one' too, and they lead apart; "
        "let 'teams' refer to the table that they have in common"
    )
    assert [message] == found


def test_a_parent_that_cannot_be_searched_is_refused():
    """Where its key to the ancestor is drawn in a way that has no inverse, or may be null."""
    zipf = {"type": "random", "distribution": "zipf"}
    for shape, what in (
        ({"fan_out": zipf}, "members.org is not grouped"),
        ({"nullable": True}, "members.org may be null"),
    ):
        members = table("members", 30, {"id": ID, "org": to("orgs", **shape)})
        columns = {"id": ID, "org": to("orgs"), "who": to("members", within="org")}
        found = refused(ORGS, members, table("tasks", 9, columns))
        assert len(found) == 1
        assert what in found[0]


def distinct(tables: Any, name: str, *columns: str) -> bool:
    rows = tuples(tables[name], *columns)
    return len(set(rows)) == len(rows)


def test_a_column_in_two_sets_is_unique_by_itself():
    """So that both sets are; so is one in a set with a part of a key."""
    parts = table("parts", 40, {"a": INT | {"primary_key": True}, "b": INT | {"primary_key": True}})
    number = {"type": "int", "generator": "int_range", "generator_params": {"min": 0, "max": 10**6}}
    columns = {"id": ID, "x": INT, "y": INT, "kind": INT, "number": number, "other": number}
    tables = bind(
        parts,
        table(
            "t",
            500,
            columns,
            unique=[["x", "number"], ["kind", "number"], ["kind", "other"]],
            foreign_keys=[composite(["x", "y"], "parts", ["a", "b"])],
        ),
    )
    assert distinct(tables, "t", "x", "number")
    assert distinct(tables, "t", "kind", "number")
    assert distinct(tables, "t", "kind", "other")


def test_a_key_in_two_sets_is_grouped():
    """Each of its parents has different partners along both."""
    ends = (ORGS, table("a", 30, {"id": ID}), table("b", 20, {"id": ID}))
    tables = bind(
        *ends,
        table(
            "t",
            90,
            {"id": ID, "org": to("orgs"), "a": to("a"), "b": to("b")},
            unique=[["org", "a"], ["org", "b"]],
        ),
    )
    assert distinct(tables, "t", "org", "a")
    assert distinct(tables, "t", "org", "b")


def test_sets_that_share_what_cannot_be_unique_are_refused():
    """Where no column has enough values, by name."""
    few = {"type": "int", "generator": "int_range", "generator_params": {"min": 1, "max": 20}}
    columns = {"id": ID, "x": few, "y": few, "z": few}
    found = refused(table("t", 200, columns, unique=[["x", "y"], ["y", "z"]]))
    assert len(found) == 1
    assert "column 'y' is unique together with two sets of others" in found[0]


def test_a_set_with_a_shared_column_is_unique_whatever_else_follows_it():
    """A key that follows by a column of the set has no part in it."""
    columns = {
        "id": ID,
        "org": to("orgs", fan_out="grouped"),
        "name": {"type": "int", "generator": "int_range", "generator_params": {"min": 1, "max": 9}},
        "by": INT,
    }
    by = composite(["org", "by"], "members", ["org", "id"])
    tables = bind(
        ORGS,
        below_orgs("members", 30),
        table("flags", 48, columns, unique=[["org", "name"]], foreign_keys=[by]),
    )
    assert distinct(tables, "flags", "org", "name")
    members = orgs_of(tables, "members")
    assert all(members[by] == org for org, by in tuples(tables["flags"], "org", "by"))


def unique_notes(rows: int, *, shape: Any = None, **facts: Any) -> dict[str, Any]:
    """Return notes of an organisation, each on a task of its own that is of the same one."""
    task = to("tasks", within="org", **({} if shape is None else {"fan_out": shape}))
    told = {"unique": True} if shape is None else {}
    org = to("orgs", fan_out="grouped")
    return table("notes", rows, {"id": ID, "org": org, "task": task | told | facts})


@pytest.mark.parametrize("shape", [None, "unique"])
def test_a_key_that_follows_may_be_unique(shape):
    """Each parent has at most one child, and it is of the child's own ancestor."""
    tasks = below_orgs("tasks", 120, fan_out=grouped(15))
    tables = bind(ORGS, tasks, unique_notes(80, shape=shape))
    orgs = orgs_of(tables, "tasks")
    rows = tuples(tables["notes"], "task", "org")
    assert len({task for task, _ in rows}) == 80
    assert all(orgs[task] == org for task, org in rows)


def test_more_that_are_unique_than_an_ancestor_has_are_refused():
    """With the numbers."""
    tasks = below_orgs("tasks", 120, fan_out=grouped(15))
    (mistake,) = refused(ORGS, tasks, unique_notes(110))
    assert "110 rows of 6 org are to differ, and some have only" in mistake


def test_a_unique_key_whose_guide_does_not_lead_to_the_ancestor_is_refused():
    """Two parents of the guide may have one ancestor, and would draw the same."""
    tasks, members = (
        below_orgs("tasks", 60, fan_out=grouped(5)), below_orgs("members", 60, fan_out=grouped(5))
    )  # fmt: skip
    columns = {"id": ID, "org": INT, "task": INT, "member": INT}
    keys = [
        composite(["org", "task"], "tasks", ["org", "id"], fan_out="grouped"),
        composite(["org", "member"], "members", ["org", "id"], fan_out="unique"),
    ]
    (mistake,) = refused(ORGS, tasks, members, table("notes", 20, columns, foreign_keys=keys))
    assert "is unique, and follows" in mistake


@pytest.mark.parametrize("law", ["zipf", "recent"])
def test_a_key_that_follows_may_be_skewed(law):
    """Among the rows of each ancestor: some have most, or half are among the newest fifth."""
    shape = {"type": "random", "distribution": law} | ({"half": 0.2} if law == "recent" else {})
    tasks = below_orgs("tasks", 300, fan_out=grouped(50, distribution="even"))
    columns = {"id": ID, "org": to("orgs"), "task": to("tasks", within="org", fan_out=shape)}
    tables = bind(ORGS, tasks, table("notes", 6000, columns))
    orgs, below = orgs_of(tables, "tasks"), {}
    for task, org in sorted(orgs.items()):
        below.setdefault(org, []).append(task)
    drawn = tuples(tables["notes"], "task", "org")
    assert all(orgs[task] == org for task, org in drawn)
    if law == "recent":
        newest = {task for listed in below.values() for task in listed[-10:]}
        assert 0.47 < sum(task in newest for task, _ in drawn) / 6000 < 0.53
        return
    for org, listed in below.items():
        counts = Counter(task for task, own in drawn if own == org)
        share = counts.most_common(1)[0][1] / counts.total()
        assert 0.19 < share < 0.26  # 1 / (1 + 1/2 + … + 1/50)
        assert len(listed) == 50


def test_a_key_of_several_columns_that_follows_is_unique_where_its_columns_are():
    """Each parent has at most one child, though the key that is followed leads to many."""
    run = {
        "name": "runs",
        "record_count": 60,
        "columns": [
            {"name": "id", "type": "int", "primary_key": True},
            {"name": "org_id", "type": "int", "foreign_key": {
                "table": "orgs", "column": "id", "fan_out": "grouped"}},
            {"name": "talk_id", "type": "int"},
        ],
        "foreign_keys": [{"columns": ["talk_id", "org_id"], "table": "talks",
                          "references": ["id", "org_id"]}],
        "unique": [["org_id", "talk_id"]],
    }  # fmt: skip
    talk = {
        "name": "talks",
        "record_count": 120,
        "columns": [
            {"name": "id", "type": "int", "primary_key": True},
            {"name": "org_id", "type": "int", "primary_key": True, "foreign_key": {
                "table": "orgs", "column": "id", "fan_out": "grouped"}},
        ],
    }  # fmt: skip
    org = {"name": "orgs", "record_count": 20, "columns": [
        {"name": "id", "type": "int", "primary_key": True}]}  # fmt: skip
    schema = {"schema_version": "1.0", "name": "x", "database_type": ["postgres"],
              "tables": [org, talk, run]}  # fmt: skip
    rows = shardgen.generate(msgspec.convert(schema, Schema), seed=1).tables["runs"].rows
    assert 60 == len({(row["org_id"], row["talk_id"]) for row in rows})


def test_a_unique_key_that_follows_is_refused_where_others_are_found_by_its_table():
    """It cannot be unique then, and never fails to be so in silence; nor are keys found by it."""
    key = {"name": "id", "type": "int", "primary_key": True}
    number = {"type": "int"}
    to_org = {"name": "org", "primary_key": True, "foreign_key": {"table": "orgs", "column": "id"}}

    def pair(column: str, table: str, **more: Any) -> dict[str, Any]:
        return {"columns": ["org", column], "table": table, "references": ["org", "id"], **more}

    def schema(**more: Any) -> Schema:
        tables = [
            {"name": "orgs", "record_count": 10, "columns": [key]},
            {"name": "projects", "record_count": 60, "columns": [key, to_org | number]},
            {"name": "traces", "record_count": 900, "columns": [key, to_org | number]},
            {"name": "runs", "record_count": 400, "unique": [["org", "trace"]],
             "columns": [key, {"name": "org", "primary_key": True} | number,
                         {"name": "project"} | number, {"name": "trace"} | number],
             "foreign_keys": [pair("project", "projects", **more), pair("trace", "traces")]},
            {"name": "scores", "record_count": 100,
             "columns": [key, *({"name": name} | number for name in ("org", "run", "trace"))],
             "foreign_keys": [pair("trace", "traces"), pair("run", "runs")]},
        ]  # fmt: skip
        head = {"schema_version": "1.0", "name": "x", "database_type": ["postgres"]}
        return msgspec.convert(head | {"infer": False, "tables": tables}, Schema)

    with pytest.raises(SchemaError, match="keys of other tables are found by the rows of 'runs'"):
        shardgen.generate(schema(fan_out="grouped"))
    with pytest.raises(SchemaError, match=r"the key is found by runs\.org_trace, which is unique"):
        shardgen.generate(schema())
