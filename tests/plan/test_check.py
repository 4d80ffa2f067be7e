"""Contradictions of tables, keys and names, each a line that names the place."""

from __future__ import annotations

import pytest
from support.loading import DATABASES
from support.schemas import at, column_mistakes, load_mistakes, right, spoilt, with_column


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
def test_every_database_takes_a_circle_in_which_nothing_is_null(order):
    """Whether an order is given or not."""
    raw = spoilt(_circle) | {"generation_order": order}
    for name in DATABASES:
        raw["database_type"] = [name]
        assert [] == load_mistakes(raw)


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


def test_a_table_needs_no_primary_key():
    """It is one of rows that nothing refers to."""

    def none(raw):
        raw["tables"][1]["columns"][0]["primary_key"] = False

    assert [] == load_mistakes(spoilt(none))


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
        raw["tables"][0]["columns"].append({"name": "İd", "type": "int"})
        raw["tables"][0]["indexes"] = [
            {"name": n, "columns": ["born"]} for n in ("i_born", "I_born")
        ]

    assert [
        (
            "two columns are named 'Email' (the other is 'email', and case does not count) "
            "at tables.users.columns.Email"
        ),
        "two columns are named 'born' at tables.users.columns.born",
        (
            "two columns are named 'İd' (the other is 'id', and case does not count) "
            "at tables.users.columns.İd"
        ),
        (
            "two indexes are named 'I_born' (the other is 'i_born', and case does not count) "
            "at tables.users.indexes.I_born"
        ),
        (
            "two tables are named 'Users' (the other is 'users', and case does not count) "
            "at tables.Users"
        ),
    ] == load_mistakes(spoilt(spoil))


@pytest.mark.parametrize(
    "name",
    ["order", "Robert'); DROP TABLE x;--", 'naïve "x"', "a b", "日本", "`", "\\", "%s{}"],
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


@pytest.mark.parametrize("count", [-1, 1 << 41])
def test_record_counts_are_not_below_zero(count):
    """And not above 2^40, which row numbers are made for; the message has both bounds."""

    def spoil(raw):
        raw["tables"][0]["record_count"] = count

    assert [
        f"record_count is {count} at tables.users.record_count; it must be from 0 to {1 << 40}"
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
