"""The other spellings of format 1.0: each loads as what it means, and mistakes keep their place."""

from __future__ import annotations

import pytest
from support.schemas import at, load_mistakes, parsed, right, spoilt, with_column


def column_of(**facts):
    """Return column c of the right schema's users, as it loads."""
    return parsed(with_column(**facts)).tables[0].column("c")


@pytest.mark.parametrize(
    ("constraints", "facts"),
    [
        (["UNIQUE", "NOT NULL"], {"unique": True}),
        (["unique"], {"unique": True}),
        (["Unique Key", "not  null"], {"unique": True}),
        (["NULL"], {"nullable": True}),
        (["NOT NULL DEFAULT 5"], {"default": 5}),
        (["DEFAULT 'it''s'"], {"default": "it's"}),
        (["default -1.5"], {"default": -1.5}),
        (["DEFAULT TRUE"], {"default": True}),
        (["DEFAULT NULL"], {}),
        (["DEFAULT now()"], {"default": "CURRENT_TIMESTAMP"}),
        (["DEFAULT current_timestamp", "NOT NULL"], {"default": "CURRENT_TIMESTAMP"}),
        ([], {}),
        (None, {}),
    ],
)
def test_constraints_are_fields_of_their_own(constraints, facts):
    """In any case, one to an entry or several, and defaults as values of their kind."""
    kind = {float: "float", bool: "boolean", int: "int"}.get(type(facts.get("default")), "text")
    kind = "timestamp" if facts.get("default") == "CURRENT_TIMESTAMP" else kind
    kind = "varchar(20)" if facts.get("unique") else kind
    assert column_of(type=kind, **facts) == column_of(type=kind, constraints=constraints)


@pytest.mark.parametrize(
    "listed", [["PRIMARY KEY", "AUTO_INCREMENT"], ["primary key auto_increment"]]
)
def test_a_key_may_be_a_constraint(listed):
    """SourceBox writes keys so: the table has its primary key, and counts its rows."""

    def change(raw):
        raw["tables"][0]["columns"][0] = {"name": "id", "type": "int", "constraints": listed}

    column = parsed(spoilt(change)).tables[0].columns[0]
    assert (True, True) == (column.primary_key, column.auto_increment)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"constraints": ["UNIQE"]}, "unknown constraint 'UNIQE' at {}.constraints[0]; known are"),
        ({"constraints": ["UNIQUE", 5]}, "unknown constraint 5 at {}.constraints[1]; known are"),
        (
            {"constraints": ["CHECK (c > 0)"]},
            "unknown constraint 'CHECK (c > 0)' at {}.constraints[0]; say it in",
        ),
        ({"constraints": "UNIQUE"}, "'UNIQUE' is not a list at {}.constraints; such as"),
        (
            {"constraints": ["NOT NULL"], "nullable": True},
            "'NOT NULL' contradicts nullable true at {}.constraints[0]; keep one of them",
        ),
        (
            {"constraints": ["NULL", "NOT NULL"]},
            "'NOT NULL' contradicts nullable true at {}.constraints[1]; keep one of them",
        ),
        (
            {"constraints": ["DEFAULT 'x'"]},
            "the default 'x' is no int at {}.constraints[0]",
        ),
        (
            {"constraints": ["AUTO_INCREMENT"]},
            "auto_increment on a column that is not the whole primary key at {}.constraints[0]",
        ),
        ({"params": 5}, "5 is not an object at {}.params"),
        (
            {"generator": "int_range", "params": {"min": "x", "max": 9}},
            "'x' is not a whole number at {}.params.min",
        ),
        (
            {"generator": "int_range", "params": {"mni": 1}},
            "unknown parameter 'mni' at {}.params.mni; did you mean 'min'?",
        ),
        (
            {
                "generator": "int_range",
                "params": {"max": 1},
                "generator_params": {"min": 1, "max": 2},
            },
            "'max' stands in generator_params too at {}.params.max; keep one of them",
        ),
    ],
)
def test_a_mistake_points_at_what_was_written(facts, expected):
    """At the entry of the list or the parameter, not at the field that it stands for."""
    (line,) = load_mistakes(with_column(type="int", **facts))
    assert line.startswith(expected.format(at("")))


def test_params_are_generator_params():
    """Alone, or beside them; null is none."""
    bounds = {"min": 1, "max": 9}
    whole = column_of(type="int", generator="int_range", generator_params=bounds)
    assert whole == column_of(type="int", generator="int_range", params=bounds)
    assert whole == column_of(
        type="int", generator="int_range", params={"min": 1}, generator_params={"max": 9}
    )
    assert whole == column_of(
        type="int", generator="int_range", params=None, generator_params=bounds
    )


def test_an_empty_name_is_none():
    """Programs write "" for a generator, a distribution or an action that is not there."""
    assert column_of(type="int") == column_of(type="int", generator="", distribution="")
    raw = right()
    key = raw["tables"][1]["columns"][1]["foreign_key"]
    key["on_delete"] = ""
    assert None is parsed(raw).tables[1].columns[1].foreign_key.on_delete


@pytest.mark.parametrize("action", ["cascade", "Cascade", "NO_ACTION", "no  action", "Restrict"])
def test_actions_are_in_any_case(action):
    """Of a column's key and of a key of several columns."""
    raw = right()
    key = {"table": "users", "column": "id", "on_delete": action, "on_update": action}
    raw["tables"][1]["columns"][1]["foreign_key"] = key
    made = parsed(raw).tables[1].columns[1].foreign_key
    expected = " ".join(action.upper().replace("_", " ").split())
    assert (expected, expected) == (made.on_delete, made.on_update)
    del raw["tables"][1]["columns"][1]["foreign_key"]
    raw["tables"][1]["foreign_keys"] = [
        {"columns": ["user_id"], "table": "users", "references": ["id"], "on_delete": action}
    ]
    assert expected == parsed(raw).tables[1].foreign_keys[0].on_delete


# Generators of the schema's own


def custom(generators, **column):
    raw = with_column(**{"type": "int", **column})
    return raw | {"custom_generators": generators}


POINTS = {"generator": "int_range", "generator_params": {"min": 0, "max": 100}}


def test_a_custom_generator_is_what_it_is_built_on():
    """Through as many others as there are; the parameters that are nearer to the column hold."""
    generators = {
        "points": {"type": "int", "description": "points", **POINTS},
        "half": {"generator": "points", "params": {"max": 50}},
        "bell": {"generator": "half", "distribution": {"type": "normal", "mean": 9, "std_dev": 2}},
    }

    def made(**column):
        return parsed(custom(generators, **column)).tables[0].column("c")

    def plain(**facts):
        return column_of(type="int", generator="int_range", **facts)

    assert plain(generator_params={"min": 0, "max": 100}) == made(generator="points")
    assert plain(generator_params={"min": 0, "max": 50}) == made(generator="half")
    assert plain(generator_params={"min": 5, "max": 100}) == made(
        generator="points", generator_params={"min": 5}
    )
    law = {"type": "normal", "mean": 9, "std_dev": 2}
    assert plain(generator_params={"min": 0, "max": 50}, distribution=law) == made(generator="bell")


def test_a_custom_generator_may_take_the_name_of_another():
    """SourceBox's own example defines credit_score; it may build on the one that it replaces."""
    generators = {"credit_score": POINTS}
    assert (
        "int_range"
        == parsed(custom(generators, generator="credit_score")).tables[0].column("c").generator
    )
    generators = {"credit_score": {"generator": "credit_score", "params": {"min": 500}}}
    column = parsed(custom(generators, generator="credit_score")).tables[0].column("c")
    assert ("credit_score", {"min": 500}) == (column.generator, column.generator_params)


@pytest.mark.parametrize(
    ("generators", "expected"),
    [
        ([], "[] is not an object at custom_generators"),
        ({"x": 5}, "5 is not an object at custom_generators.x"),
        ({"x": {}}, "'generator' is missing at custom_generators.x"),
        (
            {"x": {**POINTS, "genrator": "y"}},
            "unknown field 'genrator' at custom_generators.x.genrator; did you mean 'generator'?",
        ),
        (
            {"x": {"generator": "int_rnge"}},
            (
                "unknown generator 'int_rnge' at custom_generators.x.generator; "
                "did you mean 'int_range'?"
            ),
        ),
        (
            {"x": {"generator": "int_range", "params": {"min": "a", "max": 1}}},
            "'a' is not a whole number at custom_generators.x.params.min",
        ),
        (
            {"x": {"generator": "y"}, "y": {"generator": "z"}, "z": {"generator": "y"}},
            (
                "custom generators are built on each other in a circle: 'y' → 'z' → 'y' "
                "at custom_generators.y.generator"
            ),
        ),
    ],
)
def test_wrong_custom_generators_are_refused(generators, expected):
    """Where they are defined, once, however many columns use them."""
    raw = custom(generators, generator="x")
    raw["tables"][0]["columns"].append({"name": "d", "type": "int", "generator": "x"})
    lines = load_mistakes(raw)
    assert expected in lines
    if generators:
        assert 1 == len(lines)


# Relationships

ORDERS = {
    "from_table": "orders",
    "from_column": "user_id",
    "to_table": "users",
    "to_column": "id",
}
USERS = {
    "from_table": "users",
    "from_column": "id",
    "to_table": "orders",
    "to_column": "user_id",
}


@pytest.mark.parametrize("ends", [ORDERS, USERS])
@pytest.mark.parametrize("kind", ["one_to_one", "ONE_TO_ONE", "one-to-one"])
def test_one_to_one_makes_the_key_unique(ends, kind):
    """Whichever way it is told; no parent has two children."""
    raw = right() | {"relationships": [{**ends, "relationship_type": kind}]}
    raw["tables"][1]["record_count"] = 20
    assert parsed(raw).tables[1].column("user_id").unique


def test_a_fan_out_of_its_own_goes_before_one_to_one():
    """A grouped key is needed by what reads its children, and may be one to one by its counts."""
    raw = right() | {"relationships": [{**ORDERS, "relationship_type": "one_to_one"}]}
    raw["tables"][1]["columns"][1]["foreign_key"]["fan_out"] = "grouped"
    assert not parsed(raw).tables[1].column("user_id").unique


@pytest.mark.parametrize(
    "relationship",
    [
        {**ORDERS, "relationship_type": "many_to_one"},
        {**USERS, "relationship_type": "one_to_many"},
        {**ORDERS, "relationship_type": "Many To One", "description": "any"},
        ORDERS,
        {"from_table": "orders", "to_table": "users"},
        {"description": "nothing"},
    ],
)
def test_relationships_that_agree_load(relationship):
    """From the many or from the one; what is not said is not wrong."""
    assert [] == load_mistakes(right() | {"relationships": [relationship]})


@pytest.mark.parametrize(
    ("relationship", "expected"),
    [
        (
            {**ORDERS, "relationship_type": "many_to_won"},
            "unknown value 'many_to_won' at relationships[0].relationship_type; did you mean",
        ),
        (
            {**ORDERS, "from_table": "order"},
            "there is no table 'order' at relationships[0].from_table; did you mean 'orders'?",
        ),
        (
            {**ORDERS, "to_column": "idd"},
            "there is no column 'idd' in table 'users' at relationships[0].to_column; did you mean",
        ),
        (
            {**ORDERS, "from_column": "id"},
            "there is no foreign key from orders.id to users.id at relationships[0]; the",
        ),
        (
            {**ORDERS, "to_column": "email"},
            (
                "there is no foreign key from orders.user_id to users.email at relationships[0]; "
                "it leads to users.id"
            ),
        ),
        (
            {**ORDERS, "relationship_type": "one_to_many"},
            (
                "the foreign key leads from orders.user_id to users.id "
                "at relationships[0].relationship_type; that is 'many_to_one' as it stands"
            ),
        ),
        (
            {**USERS, "relationship_type": "many_to_one"},
            (
                "the foreign key leads from orders.user_id to users.id "
                "at relationships[0].relationship_type; that is 'one_to_many' as it stands"
            ),
        ),
        (
            {**ORDERS, "relationship_type": "many_to_many"},
            "no table refers to both orders.user_id and users.id at relationships[0]; many to many",
        ),
    ],
)
def test_relationships_at_odds_with_the_keys_are_refused(relationship, expected):
    """Silence would hide that the documentation is wrong, or the key is."""
    (line,) = load_mistakes(right() | {"relationships": [relationship]})
    assert line.startswith(expected)


def test_many_to_many_is_a_table_that_refers_to_both():
    """It is documented between the two, and has no foreign key itself."""
    raw = right()
    raw["tables"].append(
        {
            "name": "links",
            "record_count": 30,
            "columns": [
                {"name": "id", "type": "int", "primary_key": True},
                {"name": "a", "type": "int", "foreign_key": {"table": "users", "column": "id"}},
                {"name": "b", "type": "int", "foreign_key": {"table": "orders", "column": "id"}},
            ],
        }
    )
    ends = {"from_table": "users", "from_column": "id", "to_table": "orders", "to_column": "id"}
    raw["relationships"] = [{**ends, "relationship_type": "many_to_many"}]
    assert [] == load_mistakes(raw)
