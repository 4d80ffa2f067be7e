"""Loading a schema: files that are none, JSON that is none, and wrong fields at every level."""

from __future__ import annotations

import json
import os
from pathlib import Path

import msgspec
import pytest
from support.binding import parse_schema
from support.places import TESTS
from support.schemas import RIGHT, load_mistakes, right, spoilt, with_column

from shardgen.errors import SchemaError
from shardgen.plan.load import MAX_BYTES, bundled_schemas, load_schema
from shardgen.schema.catalog import Catalog
from shardgen.schema.files.marked import MAX_DEPTH
from shardgen.schema.model import Schema

SCHEMAS = sorted((TESTS / "schemas").glob("*.json"))


def message_of(source: str | Path) -> str:
    with pytest.raises(SchemaError) as caught:
        load_schema(source)
    assert 3 == caught.value.exit_code
    return str(caught.value)


# Right schemas


@pytest.mark.parametrize(
    "path", [*SCHEMAS, *bundled_schemas().values()], ids=lambda path: path.stem
)
def test_right_schemas_load(path):
    """Those of SourceBox 1.0 unchanged, one written by hand for an editor, and all bundled ones."""
    assert path.stem == load_schema(path).name


def test_a_bundled_schema_loads_by_name():
    """The name gives the same schema as the path of the file."""
    assert load_schema("fintech-loans") == load_schema(bundled_schemas()["fintech-loans"])


def test_a_schema_in_python_is_checked_like_one_in_a_file():
    """The library takes Schema structs, which nobody has looked at."""
    schema = msgspec.convert(RIGHT, Schema)
    assert schema == load_schema(schema)
    wrong = msgspec.structs.replace(schema, generation_order=("orders", "users"))
    with pytest.raises(SchemaError, match="'orders' comes before its parent 'users'"):
        load_schema(wrong)


def test_a_byte_order_mark_is_no_mistake():
    """Editors of Windows write one before the JSON."""
    assert [] == load_mistakes(b"\xef\xbb\xbf" + json.dumps(RIGHT).encode())


def test_null_for_an_optional_field_means_that_it_is_absent():
    """Go writes empty lists as null."""
    raw = right() | {"metadata": None, "generation_order": None, "relationships": None}
    raw["tables"][0]["indexes"] = None
    raw["tables"][0]["columns"][0]["foreign_key"] = None
    assert parse_schema(json.dumps(raw).encode()) == parse_schema(json.dumps(RIGHT).encode())


def test_an_index_that_is_unique_over_one_column_makes_it_unique():
    """So that its values are, and foreign keys may refer to it."""
    raw = with_column(type="int", generator="int_range")
    raw["tables"][0]["indexes"] = [{"name": "i", "columns": ["c"], "unique": True}]
    schema = parse_schema(json.dumps(raw).encode())
    assert Catalog(schema).table("users").column("c").unique


# Files


def test_a_file_that_is_not_there():
    """The message lists what is bundled, and has a near name where there is one."""
    bundled = ", ".join(bundled_schemas())
    expected = "x.json: no file and no bundled schema has that name"
    assert message_of("x.json") == f"{expected}; bundled are {bundled}"
    assert "did you mean 'fintech-loans'?" in message_of("fintech-laons")
    assert "'': no file and no bundled schema" in message_of("")


def test_a_folder_is_no_schema(tmp_path):
    """The message says so, instead of the error of the system."""
    assert f"{tmp_path}: it is a folder, not a schema file" == message_of(tmp_path)


def test_a_file_that_cannot_be_read(tmp_path, monkeypatch):
    """Whoever runs the tests may be root, who can read everything: so the error is made."""
    path = tmp_path / "s.json"
    path.write_text("{}")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert f"{path}: cannot read it: Permission denied" == message_of(path)


def test_a_name_too_long_for_a_file_is_shortened():
    """Such as a whole schema, given in place of its name."""
    message = message_of(json.dumps(RIGHT) * 9)
    assert message.endswith(": cannot read it: File name too long")
    assert 200 > len(message)


def test_a_file_of_more_than_16_mib(tmp_path):
    """One byte more is refused; so is a device that never ends."""
    path = tmp_path / "s.json"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert f"{path}: the file has more than 16 MiB; is it a schema?" == message_of(path)
    assert "/dev/zero: the file has more than 16 MiB" in message_of("/dev/zero")


def test_a_file_of_exactly_16_mib(tmp_path):
    """The limit itself is allowed."""
    text = json.dumps(RIGHT).encode()
    path = tmp_path / "s.json"
    path.write_bytes(text + b" " * (MAX_BYTES - len(text)))
    assert load_schema(path).name == "shop"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "the file is empty; `shardgen init` writes one to start from"),
        (b" \n\t ", "the file is empty; `shardgen init` writes one to start from"),
        (b"\x7fELF\x02\x01\xff\xfe", "byte 6 is not UTF-8 text; a schema is a JSON file in UTF-8"),
        ("{}".encode("utf-16"), "byte 0 is not UTF-8 text; a schema is a JSON file in UTF-8"),
        (b'{\n  "a": 1,\n}', "invalid JSON at line 3, column 1: "),
        (b'{"a": 1\n "b": 2}', "invalid JSON at line 2, column 2: Expecting ',' delimiter"),
        (b'{"a": 1} x', "invalid JSON at line 1, column 10: Extra data"),
        (b'{"a": "b', "invalid JSON at line 1, column 7: Unterminated string starting at"),
        (b'{"a": NaN}', "invalid JSON at line 1, column 7: invalid character"),
        (b'{"a":\n  Infinity}', "invalid JSON at line 2, column 3: invalid character"),
        (b"SELECT 1;", "invalid JSON at line 1, column 1: Expecting value"),
        (b'{"a": 1e999}', "invalid JSON: number out of range"),
        (b'{"a": %s}' % (b"9" * 5000), "invalid JSON: integer value out of range"),
        (rb'{"a": "\ud800"}', r"invalid JSON: half of a surrogate pair, such as \ud800,"),
        (b"[1, 2]", "the file holds [1,2], not a JSON object"),
        (b'"x"', "the file holds 'x', not a JSON object"),
        (b"null", "the file holds null, not a JSON object"),
        (b"true", "the file holds true, not a JSON object"),
        (b"[" * 100_000, f"the JSON is nested more than {MAX_DEPTH} deep"),
        (b'{"a":' * 999 + b"1" + b"}" * 999, f"the JSON is nested more than {MAX_DEPTH} deep"),
        (b'{"a":' * 70 + b"1" + b"}" * 70, f"the JSON is nested more than {MAX_DEPTH} deep"),
    ],
    ids=range(21),
)
def test_what_is_no_json_object(tmp_path, data, expected):
    """One line, with the place in the file where there is one."""
    path = tmp_path / "s.json"
    path.write_bytes(data)
    message = message_of(path)
    assert message.startswith(f"{path}: {expected}")
    assert "\n" not in message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_schema_can_come_through_a_pipe(tmp_path):
    """As with `shardgen run <(make-schema)`."""
    import threading

    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(json.dumps(RIGHT).encode(),))
    writer.start()
    assert "shop" == load_schema(path).name
    writer.join()


# Keys and numbers that decoders pass over


def test_a_key_given_twice_is_reported_where_it_stands():
    """A decoder keeps the last, and a column would silently lose its first generator."""
    text = json.dumps(RIGHT).replace('"record_count": 50', '"record_count": 50, "record_count": 5')
    text = text.replace('"name": "email"', '"name": "email", "type": "int"')
    text = text.replace('{"schema_version"', '{"name": "x", "schema_version"')
    assert [
        "the key 'name' stands there twice at name; keep one of them",
        "the key 'type' stands there twice at tables.users.columns.email.type; keep one of them",
        "the key 'record_count' stands there twice at tables.orders.record_count; keep one of them",
    ] == load_mistakes(text.encode())


@pytest.mark.parametrize("text", ['a":"b', ":", '\\":', "\\", '\\\\":{', "é:\n"])
def test_colons_and_quotes_in_strings_are_no_keys(text):
    """The search for keys given twice reads strings as JSON does."""
    assert [] == load_mistakes(right() | {"description": text, "metadata": {text: [text]}})


def test_numbers_beyond_64_bits_are_refused():
    """No column holds them, and a plan could not carry them to a worker."""
    raw = right() | {"metadata": {"a": [1, 10**30, 2**63 - 1, -(2**63)]}}
    raw["tables"][0]["record_count"] = 10**30
    assert [
        f"{10**30} is beyond 64 bits at tables.users.record_count",
        f"{10**30} is beyond 64 bits at metadata.a[1]",
    ] == load_mistakes(raw)
    assert ["a number of 101 digits is beyond 64 bits at metadata.a"] == load_mistakes(
        right() | {"metadata": {"a": 10**100}}
    )


# Fields


def _table(raw, **fields):
    raw["tables"][0] |= fields


def _column(raw, **fields):
    raw["tables"][0]["columns"][2] |= fields


def _key(raw, **fields):
    raw["tables"][1]["columns"][1]["foreign_key"] |= fields


def _index(raw, **fields):
    raw["tables"][1]["indexes"][0] |= fields


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (
            lambda raw: raw.update(databse_type=["mysql"]),
            "unknown field 'databse_type' at databse_type; did you mean 'database_type'?",
        ),
        (
            lambda raw: _table(raw, recordcount=3),
            "unknown field 'recordcount' at tables.users.recordcount; did you mean 'record_count'?",
        ),
        (
            lambda raw: _column(raw, nulable=True),
            (
                "unknown field 'nulable' at tables.users.columns.born.nulable; "
                "did you mean 'nullable'?"
            ),
        ),
        (
            lambda raw: _key(raw, ondelete="CASCADE"),
            (
                "unknown field 'ondelete' at tables.orders.columns.user_id.foreign_key.ondelete; "
                "did you mean 'on_delete'?"
            ),
        ),
        (
            lambda raw: _index(raw, uniqe=True),
            (
                "unknown field 'uniqe' at tables.orders.indexes.idx_orders_user.uniqe; "
                "did you mean 'unique'?"
            ),
        ),
        (
            lambda raw: _index(raw, zzz=True),
            (
                "unknown field 'zzz' at tables.orders.indexes.idx_orders_user.zzz; "
                "known are name, columns, type, unique, where, nulls_not_distinct, description"
            ),
        ),
    ],
)
def test_unknown_fields_at_each_level(spoil, expected):
    """With the nearest known name, or all of them."""
    assert [expected] == load_mistakes(spoilt(spoil))


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (
            lambda raw: raw.update(schema_version=1.0),
            "1.0 is not text at schema_version; put it in quotes",
        ),
        (lambda raw: raw.update(name=7), "7 is not text at name; put it in quotes"),
        (lambda raw: raw.update(database_type="mysql"), "'mysql' is not a list at database_type"),
        (
            lambda raw: raw.update(database_type=["oracle", "mysql"]),
            "unknown value 'oracle' at database_type[0]; known are postgres, mysql, sqlite",
        ),
        (lambda raw: raw.update(tables=5), "5 is not a list at tables"),
        (lambda raw: raw.update(tables="x"), "'x' is not a list at tables"),
        (lambda raw: raw.update(metadata=[1]), "[1] is not an object at metadata"),
        (
            lambda raw: raw.update(generation_order="users"),
            "'users' is not a list at generation_order",
        ),
        (
            lambda raw: raw.update(generation_order=["users", 2, "orders"]),
            "2 is not text at generation_order[1]; put it in quotes",
        ),
        (
            lambda raw: raw.update(validation_rules=["x"]),
            "'x' is not an object at validation_rules[0]",
        ),
        (lambda raw: raw.update(relationships=[3]), "3 is not an object at relationships[0]"),
        (
            lambda raw: raw.update(relationships=[{"from_table": 3}]),
            "3 is not text at relationships[0].from_table; put it in quotes",
        ),
        (
            lambda raw: _table(raw, record_count=1.5),
            "1.5 is not a whole number at tables.users.record_count",
        ),
        (
            lambda raw: _table(raw, record_count="ten"),
            "'ten' is not a whole number at tables.users.record_count",
        ),
        (
            lambda raw: _table(raw, record_count=True),
            "true is not a whole number at tables.users.record_count",
        ),
        (
            lambda raw: _table(raw, record_count=None),
            "null is not a whole number at tables.users.record_count",
        ),
        (
            lambda raw: _table(raw, columns="id int"),
            "'id int' is not a list at tables.users.columns",
        ),
        (lambda raw: _table(raw, indexes="x"), "'x' is not a list at tables.users.indexes"),
        (
            lambda raw: _column(raw, type=5),
            "5 is not text at tables.users.columns.born.type; put it in quotes",
        ),
        (
            lambda raw: _column(raw, nullable="yes"),
            "'yes' is not true or false at tables.users.columns.born.nullable",
        ),
        (
            lambda raw: _column(raw, unique=1),
            "1 is not true or false at tables.users.columns.born.unique",
        ),
        (
            lambda raw: _column(raw, default=[1]),
            "[1] is not true or false or a number or text at tables.users.columns.born.default",
        ),
        (
            lambda raw: _column(raw, generator_params=[1]),
            "[1] is not an object at tables.users.columns.born.generator_params",
        ),
        (
            lambda raw: _column(raw, edge_case_probability=1.5),
            "1.5 is above 1 at tables.users.columns.born.edge_case_probability",
        ),
        (
            lambda raw: _column(raw, edge_case_probability=-0.5),
            "-0.5 is below 0 at tables.users.columns.born.edge_case_probability",
        ),
        (
            lambda raw: _column(raw, foreign_key="x.y"),
            "'x.y' is not an object at tables.users.columns.born.foreign_key",
        ),
        (
            lambda raw: _key(raw, on_delete="SET NUL"),
            (
                "unknown value 'SET NUL' at tables.orders.columns.user_id.foreign_key.on_delete; "
                "did you mean 'SET NULL'?"
            ),
        ),
        (
            lambda raw: _key(raw, on_update="cascades"),
            (
                "unknown value 'cascades' at tables.orders.columns.user_id.foreign_key.on_update; "
                "known are CASCADE, SET NULL, SET DEFAULT, RESTRICT, NO ACTION"
            ),
        ),
        (
            lambda raw: _key(raw, fan_out="group"),
            (
                "unknown value 'group' at tables.orders.columns.user_id.foreign_key.fan_out; "
                "did you mean 'grouped'?"
            ),
        ),
        (
            lambda raw: _index(raw, columns="user_id"),
            "'user_id' is not a list at tables.orders.indexes.idx_orders_user.columns",
        ),
    ],
)
def test_wrong_values_at_each_level(spoil, expected):
    """The refused value, what was wanted, and where."""
    assert expected in load_mistakes(spoilt(spoil))


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda raw: raw.pop("schema_version"), ["'schema_version' is missing at schema_version"]),
        (lambda raw: raw.pop("tables"), ["'tables' is missing at tables"]),
        (lambda raw: raw.pop("database_type"), ["'database_type' is missing at database_type"]),
        (
            lambda raw: raw["tables"][0].pop("record_count"),
            ["'record_count' is missing at tables.users.record_count"],
        ),
        (
            lambda raw: raw["tables"][0]["columns"][2].pop("type"),
            ["'type' is missing at tables.users.columns.born.type"],
        ),
        (
            lambda raw: raw["tables"][0]["columns"][2].pop("name"),
            ["'name' is missing at tables.users.columns[2].name"],
        ),
        (
            lambda raw: raw["tables"][1]["indexes"][0].pop("name"),
            ["'name' is missing at tables.orders.indexes[0].name"],
        ),
        (
            lambda raw: raw["tables"][1]["columns"][1]["foreign_key"].pop("table"),
            ["'table' is missing at tables.orders.columns.user_id.foreign_key.table"],
        ),
        (
            lambda raw: raw["tables"].append(7),
            ["7 is not an object at tables[2]"],
        ),
        (
            lambda raw: raw["tables"][0]["columns"].append("id"),
            ["'id' is not an object at tables.users.columns[3]"],
        ),
        (
            lambda raw: _table(raw, name=""),
            ['a table has no name at tables[0].name; give it a "name"'],
        ),
        (
            lambda raw: _column(raw, name=""),
            ['a column has no name at tables.users.columns[2].name; give it a "name"'],
        ),
    ],
)
def test_what_is_missing_is_reported_once(spoil, expected):
    """And what follows from it is not reported at all."""
    assert expected == load_mistakes(spoilt(spoil))


def test_an_empty_object_misses_all_that_is_required():
    """All four fields are named at once."""
    assert [
        "'schema_version' is missing at schema_version",
        "'name' is missing at name",
        "'database_type' is missing at database_type",
        "'tables' is missing at tables",
    ] == load_mistakes({})


def test_mistakes_come_in_the_order_of_the_file():
    """Whichever check finds them."""
    raw = right()
    raw["tables"][0]["columns"][0]["type"] = "itn"
    raw["tables"][0]["columns"][1]["nullable"] = 3
    raw["tables"][0]["columns"][2]["generator"] = "date_of_brith"
    raw["tables"][1]["record_count"] = -1
    raw["tables"][1]["columns"][2]["generator_params"] = {"mix": 1}
    assert ["itn", "3", "date_of_brith", "-1", "mix"] == [
        next(
            word
            for word in ("itn", "3", "date_of_brith", "-1", "mix")
            if word in line.split(" at ")[0]
        )
        for line in load_mistakes(raw)
    ]


def test_mistakes_read_as_one_report():
    """A headline with the file, then a line for each."""
    raw = right() | {"name": 7}
    raw["tables"][0]["record_count"] = -1
    with pytest.raises(SchemaError) as caught:
        parse_schema(json.dumps(raw).encode(), "my.json")
    assert (
        "my.json: 2 mistakes\n"
        "  my.json:1: 7 is not text at name; put it in quotes\n"
        "  my.json:1: record_count is -1 at tables.users.record_count; "
        "it must be from 0 to 1099511627776"
    ) == str(caught.value)


def test_messages_have_no_line_breaks_and_no_control_characters():
    """Whatever stands in the file: a terminal obeys some of them."""
    evil = "a\nb\x1b[31m\u202e\0"
    raw = right() | {"name": evil, evil: 1, "generation_order": [evil]}
    raw["tables"][0]["name"] = evil
    raw["tables"][0]["columns"][1] |= {"name": evil, "type": evil, "generator": evil}
    raw["tables"][0]["columns"][2] |= {"generator_params": {evil: evil}}
    raw["tables"][1]["columns"][1]["foreign_key"] = {
        "table": evil,
        "column": evil,
        "on_delete": evil,
    }
    raw["tables"][1]["indexes"][0] |= {"name": evil, "columns": [evil]}
    lines = load_mistakes(raw)
    assert 10 < len(lines)
    assert [] == [line for line in lines if not line.isprintable()]


def test_long_values_are_shortened():
    """A refused value of 5,000 characters does not fill the screen: no message is over 400."""
    raw = with_column(type="x" * 5000)
    raw["tables"][0]["record_count"] = "y" * 5000
    raw["metadata"] = ["z" * 5000]
    assert [] == [line for line in load_mistakes(raw) if len(line) > 400]
