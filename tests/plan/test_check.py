"""Contradictions: each is one line that names the place, the refused value and the way out."""

from __future__ import annotations

import json

import pytest
from support.schemas import all_mistakes, load_mistakes, right, spoilt, with_column

from shardgen.generators.registry import GENERATORS


def column_mistakes(**column):
    return load_mistakes(with_column(**column))


def at(line: str) -> str:
    return f"tables.users.columns.c{line}"


def test_a_right_schema_has_no_mistakes():
    """What the other tests here spoil is right before: else they would show nothing."""
    assert [] == load_mistakes(right())


# The order of tables


def _circle(raw):
    raw["tables"][0]["columns"].append(
        {"name": "last", "type": "int", "foreign_key": {"table": "orders", "column": "id"}}
    )


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (["users", "orders"], []),
        (["users"], ["table 'orders' is missing at generation_order; name each table once"]),
        (
            [],
            [
                "table 'users' is missing at generation_order; name each table once",
                "table 'orders' is missing at generation_order; name each table once",
            ],
        ),
        (
            ["users", "oders", "orders"],
            ["there is no table 'oders' at generation_order; did you mean 'orders'?"],
        ),
        (
            ["users", "orders", "users", "users"],
            ["table 'users' stands there 3 times at generation_order"],
        ),
        (
            ["orders", "users"],
            [
                (
                    "'orders' comes before its parent 'users' at generation_order; "
                    "put parents first, or leave out generation_order"
                )
            ],
        ),
    ],
)
def test_the_order_names_each_table_once_and_parents_first(order, expected):
    """Each way to be wrong has a message of its own; a right order has no message."""
    assert expected == load_mistakes(right() | {"generation_order": order})


@pytest.mark.parametrize("order", [None, ["users", "orders"], ["orders", "users"]])
def test_a_circle_that_mysql_cannot_load_is_drawn(order):
    """With the keys along it, whether an order is given or not; others check rows at the end."""
    raw = spoilt(_circle) | {"generation_order": order}
    raw["database_type"] = ["postgres", "sqlite"]
    assert [] == load_mistakes(raw)
    raw["database_type"] = ["mysql"]
    assert [
        (
            "tables need each other's rows in a circle: users.last → orders, orders.user_id → "
            "users at tables.users.columns.last.foreign_key; MySQL checks each row at once, "
            "so that one of these must be nullable: users.last, orders.user_id"
        )
    ] == load_mistakes(raw)
    raw["tables"][0]["columns"][-1]["nullable"] = True
    assert [] == load_mistakes(raw)


def test_a_circle_is_drawn_without_the_tables_that_lead_to_it():
    """a, which refers to the circle, and d, which the circle refers to, are no part of it."""

    def table(name, *parents):
        keys = [
            {"name": p, "type": "int", "foreign_key": {"table": p, "column": "id"}} for p in parents
        ]
        key = {"name": "id", "type": "int", "primary_key": True}
        return {"name": name, "record_count": 5, "columns": [key, *keys]}

    raw = right() | {
        "tables": [
            table("a", "b"),
            table("b", "c"),
            table("c", "e", "d"),
            table("d"),
            table("e", "b"),
        ]
    }
    (line,) = load_mistakes(raw)
    assert "in a circle: b.c → c, c.e → e, e.b → b at tables.b.columns.c" in line


def test_a_table_may_refer_to_itself():
    """A circle of one table needs no order, and so is no mistake."""
    key = {"table": "users", "column": "id"}
    assert [] == column_mistakes(type="int", nullable=True, foreign_key=key)


# Foreign keys


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (
            {"type": "int", "foreign_key": {"table": "user", "column": "id"}},
            "there is no table 'user' at {}.table; did you mean 'users'?",
        ),
        (
            {"type": "int", "foreign_key": {"table": "elsewhere", "column": "id"}},
            "there is no table 'elsewhere' at {}.table",
        ),
        (
            {"type": "int", "foreign_key": {"table": "users", "column": "idd"}},
            "there is no column 'idd' in table 'users' at {}.column; did you mean 'id'?",
        ),
        (
            {"type": "date", "foreign_key": {"table": "users", "column": "born"}},
            (
                "users.born is not a key, so it cannot be referred to at {}.column; "
                "make it unique or the primary key"
            ),
        ),
        (
            {"type": "varchar(10)", "foreign_key": {"table": "users", "column": "id"}},
            "varchar(10) does not hold users.id, which is int at {}; make the column int",
        ),
        (
            {"type": "smallint", "foreign_key": {"table": "users", "column": "id"}},
            "smallint does not hold users.id, which is int at {}; make the column int",
        ),
        (
            {"type": "varchar(99)", "foreign_key": {"table": "users", "column": "email"}},
            (
                "varchar(99) does not hold users.email, which is varchar(100) at {}; "
                "make the column varchar(100)"
            ),
        ),
        (
            {
                "type": "int",
                "foreign_key": {"table": "users", "column": "id", "on_delete": "SET NULL"},
            },
            (
                "on_delete is SET NULL, and 'c' is not nullable at {}.on_delete; "
                'set "nullable": true, or choose another action'
            ),
        ),
        (
            {
                "type": "int",
                "foreign_key": {"table": "users", "column": "id", "on_update": "SET NULL"},
            },
            (
                "on_update is SET NULL, and 'c' is not nullable at {}.on_update; "
                'set "nullable": true, or choose another action'
            ),
        ),
    ],
)
def test_a_foreign_key_that_cannot_hold(column, expected):
    """Wrong names, a target that is no key, a type too narrow and an action that needs NULL."""
    assert [expected.format(at(".foreign_key"))] == column_mistakes(**column)


@pytest.mark.parametrize(
    "column",
    [
        {"type": "bigint", "foreign_key": {"table": "users", "column": "id"}},
        {"type": "text", "unique": True},
        {"type": "varchar(769)", "unique": True},
        {"type": "varchar(20000)"},
        {"type": "char(256)"},
        {"type": "enum('a','A','b ')"},
    ],
)
def test_what_dialects_write_so_that_it_loads_is_no_mistake(column):
    """A dialect has another type for what its database has not, or not so long."""
    assert [] == column_mistakes(**column)
    raw = with_column(**column)
    raw["tables"][0]["indexes"] = [{"name": "i", "columns": ["c"]}]
    assert [] == load_mistakes(raw)


def test_an_index_over_json_is_no_mistake():
    """It is left out where there is none; it changes no result."""
    raw = with_column(type="json")
    raw["tables"][0]["indexes"] = [{"name": "i", "columns": ["c"]}]
    assert [] == load_mistakes(raw)


@pytest.mark.parametrize("word", ["distribution", "generator_params"])
def test_what_a_foreign_key_does_not_read_is_refused(word):
    """Else it would be ignored, and the user would not know."""
    value = {"generator_params": {"skew": 1}, "distribution": "zipf"}[word]
    key = {"table": "users", "column": "id"}
    (line,) = column_mistakes(type="int", foreign_key=key, **{word: value})
    assert line.startswith("a foreign key takes no ")


# Keys and names


def test_a_table_has_a_primary_key():
    """A table without one is told how to mark a column."""

    def none(raw):
        raw["tables"][1]["columns"][0]["primary_key"] = False

    assert [
        'the table has no primary key at tables.orders; set "primary_key": true on a column'
    ] == load_mistakes(spoilt(none))


def test_keys_are_not_null_and_counted_keys_are_integers():
    """All such mistakes of a schema come at once, each at its column."""

    def spoil(raw):
        raw["tables"][0]["columns"][0] |= {"nullable": True, "type": "bigint"}
        raw["tables"][1]["columns"][0] |= {"auto_increment": True, "type": "varchar(9)"}
        raw["tables"][1]["columns"][2] |= {"auto_increment": True, "type": "int"}
        del raw["tables"][1]["columns"][1]["foreign_key"]

    assert [
        "a primary key cannot be nullable at tables.users.columns.id.nullable; leave out nullable",
        "the table has 2 auto_increment columns, id, total at tables.orders; databases allow one",
        (
            "auto_increment on a column of type varchar(9) "
            "at tables.orders.columns.id.auto_increment; "
            "only an integer primary key can have it"
        ),
        (
            "auto_increment on a column that is not the whole primary key "
            "at tables.orders.columns.total.auto_increment; only an integer primary key can have it"
        ),
    ] == load_mistakes(spoilt(spoil))


def test_names_are_given_once():
    """Databases compare them without case."""

    def spoil(raw):
        raw["tables"].append({**right()["tables"][0], "name": "Users"})
        raw["tables"][0]["columns"].append({"name": "Email", "type": "int"})
        raw["tables"][0]["columns"].append({"name": "born", "type": "int"})
        raw["tables"][0]["indexes"] = [{"name": "idx_orders_user", "columns": ["born"]}]

    assert [
        (
            "two columns are named 'Email' (the other is 'email', and case does not count) "
            "at tables.users.columns.Email"
        ),
        "two columns are named 'born' at tables.users.columns.born",
        "two indexes are named 'idx_orders_user' at tables.orders.indexes.idx_orders_user",
        (
            "two tables are named 'Users' (the other is 'users', and case does not count) "
            "at tables.Users"
        ),
    ] == load_mistakes(spoilt(spoil))


@pytest.mark.parametrize(
    "name",
    ["order", "Robert'); DROP TABLE x;--", 'naïve "x"', "a b", "日本", "`", "\\", "%s{}", "a.b"],
)
def test_odd_names_are_fine(name):
    """Reserved words, quotes, spaces, other scripts and SQL: dialects quote every name."""
    raw = with_column(type="int")
    raw["tables"][0]["columns"][-1]["name"] = name
    raw["tables"][1]["name"] = name
    raw["tables"][1]["indexes"][0]["name"] = name + "i"
    assert [] == load_mistakes(raw)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a\nb", r"the table name 'a\nb' has characters that cannot be seen at tables.'a\nb'"),
        ("a\0b", r"the table name 'a\x00b' has characters that cannot be seen at tables.'a\x00b'"),
        ("a\u202eb", r"the table name 'a\u202eb' has characters that cannot be seen"),
        (
            "é" * 32,
            f"the table name '{'é' * 32}' has 64 bytes at tables.{'é' * 32}; databases keep",
        ),
    ],
)
def test_names_that_no_database_keeps(name, expected):
    """Invisible characters, shown escaped, and names that are longer in bytes than in letters."""

    def spoil(raw):
        raw["tables"][1]["name"] = name

    (line,) = load_mistakes(spoilt(spoil))
    assert line.startswith(expected)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("../x", "'x'"),
        ("/etc/passwd", "'etc-passwd'"),
        ("..", None),
        (".hidden", "'hidden'"),
        ("-rf", "'rf'"),
        ("a b", "'a-b'"),
        ("a;rm -rf ~", "'a-rm-rf'"),
        ("a\nb", "'a-b'"),
        ("a\\b", "'a-b'"),
        ("$(x)", "'x'"),
        ("a" * 101, f"'{'a' * 100}'"),
    ],
)
def test_the_name_of_a_schema_can_name_a_file(name, hint):
    """It is the dump's default name, and stands in the command that loads it."""
    (line,) = load_mistakes(right() | {"name": name})
    wanted = f"use letters, digits and hyphens: {hint}" if hint else "use kebab-case"
    assert line.endswith(f"cannot name a file at name; {wanted}")


@pytest.mark.parametrize("name", ["shop", "my_shop-2", "Größe", "v1.2"])
def test_names_of_files(name):
    """Capitals, points, underscores and letters of any script may name a dump."""
    assert [] == load_mistakes(right() | {"name": name})


def test_the_head_of_a_schema():
    """Version, name, databases and tables are each checked, and their mistakes come together."""
    raw = right() | {"schema_version": "2.0", "name": "", "database_type": [], "tables": []}
    assert [
        "schema_version '2.0' is not supported at schema_version; shardgen reads 1.0",
        'the schema has no name at name; give it one such as "my-data"',
        "no database is named at database_type; use mysql, postgres or sqlite",
        "the schema has no tables at tables",
    ] == load_mistakes(raw)


@pytest.mark.parametrize(
    ("version", "right_one"), [("1.0", True), ("1.7", True), ("", False), ("10", False)]
)
def test_another_major_version_is_refused(version, right_one):
    """A later minor version is read: it adds, and does not change."""
    assert right_one == (load_mistakes(right() | {"schema_version": version}) == [])


@pytest.mark.parametrize("count", [0, -1, 1 << 41])
def test_record_counts_are_above_zero(count):
    """And not above 2^40, which row numbers are made for; the message has both bounds."""

    def spoil(raw):
        raw["tables"][0]["record_count"] = count

    assert [
        f"record_count is {count} at tables.users.record_count; it must be from 1 to {1 << 40}"
    ] == load_mistakes(spoilt(spoil))


def test_indexes_are_over_columns_that_exist():
    """No unknown column, no empty list, no column twice; a right unique index says nothing."""

    def spoil(raw):
        raw["tables"][1]["indexes"] = [
            {"name": "a", "columns": ["usr_id"]},
            {"name": "b", "columns": []},
            {"name": "c", "columns": ["total", "total"]},
            {"name": "d", "columns": ["total", "user_id"], "unique": True},
            {"name": "e", "columns": ["total", "id"], "unique": True},
        ]

    assert [
        (
            "there is no column 'usr_id' in the table at tables.orders.indexes.a; "
            "did you mean 'user_id'?"
        ),
        "the index has no columns at tables.orders.indexes.b",
        "the index has the column 'total' twice at tables.orders.indexes.c",
    ] == load_mistakes(spoilt(spoil))


# Types, defaults and generators


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ({"type": "varchr(9)"}, "unknown type 'varchr' at {}.type; did you mean 'varchar'?"),
        ({"type": "blob"}, "unknown type 'blob' at {}.type; known are tinyint, smallint, int"),
        ({"type": "varchar"}, "type 'varchar' is not varchar(n) with 1 <= n <= 65535 at {}.type"),
        ({"type": ""}, 'the column has no type at {}.type; give it a "type"'),
        ({"type": "int", "default": "abc"}, "the default 'abc' is no int at {}.default"),
        ({"type": "int", "default": 1.5}, "the default 1.5 is no int at {}.default"),
        ({"type": "int", "default": True}, "the default true is no int at {}.default"),
        (
            {"type": "decimal(4,2)", "default": "x"},
            "the default 'x' is no decimal(4,2) at {}.default",
        ),
        ({"type": "boolean", "default": "yes"}, "the default 'yes' is no boolean at {}.default"),
        ({"type": "date", "default": 5}, "the default 5 is no date at {}.default"),
        (
            {"type": "enum('a','b')", "default": "c"},
            "the default 'c' is no enum('a','b') at {}.default",
        ),
        (
            {"type": "varchar(2)", "default": "abc"},
            "the default 'abc' is no varchar(2) at {}.default",
        ),
        ({"type": "text", "default": "a\0"}, r"the default 'a\x00' is no text at {}.default"),
        (
            {"type": "int", "generator": "int_rnge"},
            "unknown generator 'int_rnge' at {}.generator; did you mean 'int_range'?",
        ),
        (
            {"type": "int", "generator": "zzz"},
            "unknown generator 'zzz' at {}.generator; see `shardgen generators` for all of them",
        ),
        (
            {"type": "int", "generator_params": {"min": 1}},
            (
                "a column without a generator takes no parameter 'min' at {}.generator_params.min; "
                'name a generator with "generator"'
            ),
        ),
        (
            {"type": "int", "distribution": "normal"},
            (
                "a column without a generator takes no distribution at {}.distribution; "
                'name a generator with "generator"'
            ),
        ),
        (
            {"type": "int", "nullable": True, "generator_params": {"null_probability": 2}},
            "2 is not a number from 0 to 1 at {}.generator_params.null_probability",
        ),
        (
            {"type": "int", "nullable": True, "generator_params": {"null_probability": True}},
            "true is not a number from 0 to 1 at {}.generator_params.null_probability",
        ),
    ],
)
def test_types_defaults_and_generators(column, expected):
    """Each is one mistake at the field that is wrong, with the nearest name or what is allowed."""
    (line,) = column_mistakes(**column)
    assert line.startswith(expected.format(at("")))


@pytest.mark.parametrize(
    ("kind", "default"),
    [
        ("int", 0),
        ("int", "7"),
        ("decimal(4,2)", 1.5),
        ("decimal(4,2)", "1.50"),
        ("float", 1e9),
        ("boolean", True),
        ("boolean", "false"),
        ("boolean", 0),
        ("text", "it's"),
        ("text", 5),
        ("enum('a')", "a"),
        ("date", "CURRENT_DATE"),
        ("timestamp", "2024-01-01"),
        ("json", "{}"),
    ],
)
def test_defaults_that_databases_take(kind, default):
    """Text for a number, a number for text, and expressions that the database computes."""
    assert [] == column_mistakes(type=kind, default=default)


@pytest.mark.parametrize(
    ("generator", "parameters", "expected"),
    [
        ("int_range", {"mni": 1}, "unknown parameter 'mni' at {}.mni; did you mean 'min'?"),
        ("int_range", {"min": "x"}, "'x' is not a whole number at {}.min"),
        ("int_range", {"min": 1.5}, "1.5 is not a whole number at {}.min"),
        ("weighted_boolean", {"true_weight": 1.5}, "1.5 is above 1 at {}.true_weight"),
        ("phone", {"format": "uss"}, "unknown value 'uss' at {}.format; did you mean 'us'?"),
        ("enum", {}, "'values' is missing at tables.users.columns.c.generator_params"),
        ("enum", {"values": []}, "[] is empty at {}.values"),
        (
            "enum",
            {"values": ["a", {"value": "b", "weight": 0}]},
            "0 is not above 0 at {}.values[1].weight",
        ),
        (
            "enum",
            {"values": [{"value": "b", "weight": -3}]},
            "-3 is not above 0 at {}.values[0].weight",
        ),
        (
            "enum",
            {"values": [{"value": "b", "weight": "x"}]},
            "'x' is not a number at {}.values[0].weight",
        ),
        (
            "enum",
            {"values": [{"value": "b", "wieght": 3}]},
            "unknown field 'wieght' at {}.values[0]; did you mean 'weight'?",
        ),
        ("enum", {"values": [{"weight": 3}]}, "'value' is missing at {}.values[0]"),
        ("date_past", {"days_ago": -1}, "-1 is below 0 at {}.days_ago"),
        ("date_past", {"max_days_ago": 1e3}, "1000.0 is not a whole number at {}.max_days_ago"),
        (
            "date_past",
            {"days_ago": 1, "max_days_ago": 2},
            "'max_days_ago' is another name of 'days_ago' at {}.max_days_ago; keep one of them",
        ),
        (
            "date_between",
            {"start_date": "2024-02-30", "end_date": "2024-03-01"},
            "'2024-02-30' is not a date such as '2024-12-31' at {}.start_date",
        ),
        ("password", {"length": 500}, "500 is above 128 at {}.length"),
        (
            "int_range",
            {"distribution": "nrmal"},
            "unknown distribution 'nrmal' at {}.distribution; did you mean 'normal'?",
        ),
        (
            "int_range",
            {"distribution": 5},
            "unknown distribution 5 at {}.distribution; known are uniform",
        ),
        (
            "int_range",
            {"distribution": {"mean": 5}},
            "the distribution has no type at {}.distribution; known are uniform",
        ),
        (
            "int_range",
            {"distribution": {"type": "normal", "params": [5]}},
            "[5] is not an object at {}.distribution.params",
        ),
        (
            "int_range",
            {"distribution": {"type": "normal", "params": {"mean": 5, "std_dev": 0}}},
            "0 is not above 0 at {}.distribution.params.std_dev",
        ),
        (
            "int_range",
            {"distribution": {"type": "normal", "mean": 5, "std_dev": -1}},
            "-1 is not above 0 at {}.distribution.std_dev",
        ),
        ("int_range", {"distribution": "normal", "mean": 5}, "'std_dev' is missing at {}"),
        (
            "enum",
            {"values": [{"value": "b", "weight": 1e301}]},
            "1e301 is above 1e+300 at {}.values[0].weight",
        ),
        (
            "int_range",
            {"distribution": "zipf", "exponent": 1000},
            "1000 is above 20 at {}.exponent",
        ),
        ("int_range", {"distribution": "zipf", "exponent": 0}, "0 is not above 0 at {}.exponent"),
        ("int_range", {"ranges": []}, "[] is empty at {}.ranges"),
        (
            "int_range",
            {"ranges": [{"min": 1, "max": 2, "weight": 0}]},
            "0 is not above 0 at {}.ranges[0].weight",
        ),
        ("int_range", {"ranges": [{"min": 1, "weight": 1}]}, "'max' is missing at {}.ranges[0]"),
        (
            "int_range",
            {"distribution": "normal", "mean": 5000, "std_dev": 5},
            "mean 5000 is not within min 0 to max 1000 at {}.mean; give min and max",
        ),
        (
            "int_range",
            {"distribution": "exponential", "mean": 600, "start": 500},
            "mean 600 after start 500 is not within min 0 to max 1000 at {}.mean; give min and max",
        ),
        (
            "first_name",
            {"distribution": "normal"},
            "unknown parameter 'distribution' at {}.distribution; known are",
        ),
    ],
)
def test_wrong_parameters_are_named_with_their_path(generator, parameters, expected):
    """Down to the entry of a list: names, types, ranges and contradictions among them."""
    lines = column_mistakes(type="int", generator=generator, generator_params=parameters)
    assert 1 == len(lines)
    assert lines[0].startswith(expected.format(at(".generator_params")))


def test_several_wrong_parameters_come_at_once():
    """Unknown, missing and of a wrong type, of the generator and of its distribution."""
    parameters = {"mni": 1, "mxa": 2, "distribution": "normal", "mean": 5, "std_dv": 3, "max": "x"}
    where = at(".generator_params")
    assert [
        f"'std_dev' is missing at {where}",
        f"'x' is not a whole number at {where}.max",
        f"unknown parameter 'mni' at {where}.mni; did you mean 'min'?",
        f"unknown parameter 'mxa' at {where}.mxa; did you mean 'max'?",
        f"unknown parameter 'std_dv' at {where}.std_dv; did you mean 'std_dev'?",
    ] == sorted(column_mistakes(type="int", generator="int_range", generator_params=parameters))


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), 0.0, -1.0])
def test_weights_in_python_are_checked_too(weight):
    """JSON has no NaN, but a dict in Python may."""
    import msgspec

    from shardgen.errors import SchemaError
    from shardgen.plan.load import load_schema
    from shardgen.schema.model import Schema

    values = [{"value": "a", "weight": weight}, "b"]
    raw = with_column(type="text", generator="enum", generator_params={"values": values})
    schema = msgspec.convert(raw, Schema)
    with pytest.raises(SchemaError, match="weight"):
        load_schema(schema)


@pytest.mark.parametrize("name", sorted(GENERATORS))
def test_every_generator_refuses_a_parameter_it_does_not_know(name):
    """Not one of them takes a misspelt parameter in silence."""
    lines = column_mistakes(type="int", generator=name, generator_params={"no_such": 1})
    assert any(line.startswith("unknown parameter 'no_such' at ") for line in lines)


# What one database refuses


@pytest.mark.parametrize(
    ("databases", "spoil", "expected"),
    [
        *(
            (
                ["mysql"],
                lambda raw, kind=kind: raw["tables"][0]["columns"].append(
                    {"name": "c", "type": kind, "unique": True}
                ),
                f"MySQL makes no key of a column of type {kind}",
            )
            for kind in ("json", "jsonb")
        ),
        (
            ["mysql"],
            lambda raw: raw["tables"][1]["indexes"][0].update(name="Primary"),
            "the index name 'Primary' is that of the primary key in MySQL",
        ),
        (
            ["mysql"],
            lambda raw: raw["tables"][0]["columns"].extend(
                {"name": f"c{n}", "type": "varchar(9000)"} for n in range(2)
            ),
            "a row may have 72413 bytes, and MySQL's have at most 65535",
        ),
        (
            ["mysql"],
            lambda raw: raw["tables"][1].update(name="orders "),
            "the name 'orders ' ends with a space",
        ),
        (
            ["mysql"],
            lambda raw: raw["tables"][1].update(name="🛒"),
            "the name '🛒' has a character beyond U+FFFF",
        ),
        (
            ["postgres"],
            lambda raw: raw["tables"][0]["columns"][2].update(name="ctid"),
            "the name 'ctid' is one that PostgreSQL keeps for itself",
        ),
        (
            ["postgres"],
            lambda raw: raw["tables"][0]["columns"].append(
                {"name": "c", "type": "json", "unique": True}
            ),
            "PostgreSQL makes no key of a column of type json",
        ),
        (
            ["sqlite"],
            lambda raw: raw["tables"][1].update(name="SQLite_orders"),
            "the name 'SQLite_orders' is one that SQLite keeps for itself",
        ),
        (
            ["postgres", "sqlite"],
            lambda raw: raw["tables"][1]["indexes"][0].update(name="users"),
            "an index and a table are both named 'users'",
        ),
    ],
)
def test_what_one_database_refuses(databases, spoil, expected):
    """It is a mistake only in a schema for that database."""
    raw = spoilt(spoil)
    for database in ("postgres", "mysql", "sqlite"):
        lines = load_mistakes(raw | {"database_type": [database]})
        assert (database in databases) == any(line.startswith(expected) for line in lines)


# Everything at once


def test_check_reports_what_only_binding_finds_beside_the_rest(tmp_path):
    """One mistake must not hide another, whichever stage finds it."""
    raw = right()
    raw["tables"][0]["record_count"] = "many"
    raw["tables"][0]["columns"] += [
        {"name": "a", "type": "varchr(3)"},
        {"name": "b", "type": "varchar(3)", "generator": "email"},
        {"name": "d", "type": "tinyint", "generator": "int_range"},
        {
            "name": "e",
            "type": "date",
            "generator": "maturity_date",
            "generator_params": {"based_on": "e", "months_forward": 3},
        },
        {
            "name": "f",
            "type": "date",
            "generator": "maturity_date",
            "generator_params": {"based_on": "a", "months_forward": 3},
        },
        {
            "name": "g",
            "type": "date",
            "generator": "maturity_date",
            "generator_params": {"based_on": "email", "months_forward": 3},
        },
        {
            "name": "h",
            "type": "enum('x','y')",
            "generator": "enum",
            "generator_params": {"values": ["x", "z"]},
        },
    ]
    raw["tables"][1]["columns"] += [
        {
            "name": "i",
            "type": "int",
            "unique": True,
            "generator": "int_range",
            "generator_params": {"min": 1, "max": 10},
        },
        {"name": "j", "type": "decimal(4,2)", "generator": "loan_amount"},
        {"name": "k", "type": "int", "foreign_key": {"table": "nowhere", "column": "id"}},
    ]
    lines = all_mistakes(raw, tmp_path)
    places = [line.partition(" at tables.")[2].split(";")[0] for line in lines]
    assert [
        "users.record_count",
        "users.columns.a.type",
        "users.columns.b",
        "users.columns.d",
        "users.columns.e",
        "users.columns.g",
        "users.columns.h",
        "orders.columns.i",
        "orders.columns.j",
        "orders.columns.k.foreign_key.table",
    ] == places
    assert "50 unique values asked for, and only 10 exist" in lines[7]


def test_a_schema_of_nothing_but_mistakes_is_reported(tmp_path):
    """Wrong values do not hide each other, and each mistake is one line."""
    raw = {"tables": [{"columns": [{"type": "x", "generator": "y"}, 5, None]}, None, []]}
    lines = all_mistakes(raw, tmp_path)
    assert 8 < len(lines)
    assert [] == [line for line in lines if "\n" in line]


def test_check_survives_any_value_anywhere(tmp_path):
    """Each value of a right schema in turn is replaced by each kind of JSON value."""
    path = tmp_path / "s.json"

    def places(value, found=()):
        yield found
        inner = (
            value.items()
            if isinstance(value, dict)
            else enumerate(value)
            if isinstance(value, list)
            else ()
        )
        for key, one in inner:
            yield from places(one, (*found, key))

    from shardgen.plan.load import find_mistakes

    for place in list(places(right()))[1:]:
        for value in (None, 0, -1, 1.5, "", "x", True, [], {}, ["x"], {"name": "x"}):
            raw = right()
            target = raw
            for key in place[:-1]:
                target = target[key]
            target[place[-1]] = value
            path.write_text(json.dumps(raw))
            for mistake in find_mistakes(path):
                assert str(mistake).isprintable()


def test_an_exponential_mean_counts_from_its_start():
    """A mean below `min` is right where `start` lifts it above: no false alarm."""
    parameters = {
        "min": 2800,
        "max": 4200,
        "distribution": "exponential",
        "mean": 300,
        "start": 2800,
    }
    assert [] == column_mistakes(type="int", generator="int_range", generator_params=parameters)
