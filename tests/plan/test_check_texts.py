"""Texts that no database stores are mistakes, wherever they stand in a schema."""

from __future__ import annotations

import pytest
from support.schemas import load_mistakes, right, spoilt

import shardgen
from shardgen.errors import SchemaError
from shardgen.plan.check_texts import unstorable_texts
from shardgen.schema.databases import DATABASES
from shardgen.schema.model import Column, Schema, Table


@pytest.mark.parametrize(
    ("spoil", "path"),
    [
        (lambda raw: raw.update(version="1\0"), "version"),
        (lambda raw: raw.update(author="\0"), "author"),
        (lambda raw: raw.update(metadata={"a": {"b": ["\0"]}}), "metadata.a.b[0]"),
        (lambda raw: raw.update(metadata={"a\0": 1}), "metadata"),
        (lambda raw: raw["tables"][0].update(description="\0"), "tables.users.description"),
        (
            lambda raw: raw["tables"][1]["indexes"][0].update(type="btree\0"),
            "tables.orders.indexes.idx_orders_user.type",
        ),
        (
            lambda raw: raw["tables"][0]["columns"].append(
                {"name": "c", "type": "text", "generator": "constant",
                 "generator_params": {"value": "a\0"}}
            ),
            "tables.users.columns.c.generator_params.value",
        ),
    ],
)  # fmt: skip
def test_a_nul_is_a_mistake_at_its_field(spoil, path):
    """One line, with the text and where it stands."""
    (line,) = load_mistakes(spoilt(spoil))
    assert line.startswith("the text ")
    assert f"is one with a NUL, which no database stores at {path}; " in line


def test_what_is_refused_already_is_not_reported_twice():
    """A name with a NUL has characters that cannot be seen, and that says enough."""
    (line,) = load_mistakes(spoilt(lambda raw: raw["tables"][0].update(name="users\0")))[:1]
    assert "cannot be seen" in line
    assert not any(
        "NUL" in each
        for each in load_mistakes(
            spoilt(lambda raw: raw["tables"][0]["columns"][2].update(name="\0"))
        )
    )


def test_the_escape_of_a_nul_in_text_is_none():
    """A backslash, a u and four zeros are six characters."""
    assert [] == load_mistakes(right() | {"description": r"\u0000"})


def test_half_of_a_surrogate_pair_made_in_python_is_a_mistake():
    """No file can have one, since it is not UTF-8; no database is asked about it."""
    key = Column(name="id", type="int", primary_key=True)
    column = Column(name="c", type="enum('a\ud800')")
    table = Table(name="t", record_count=1, columns=(key, column))
    schema = Schema(schema_version="1.0", name="s", database_type=("mysql",), tables=(table,))
    with pytest.raises(SchemaError, match="half of a surrogate pair"):
        shardgen.load_schema(schema)


@pytest.mark.parametrize(("table", "column"), [("a\ud800", "c"), ("t", "c\ud800")])
def test_half_of_a_surrogate_pair_in_a_name_is_a_mistake(table, column):
    """No stream of random words is asked for by it, and no database how long it is."""
    key = Column(name="id", type="int", primary_key=True)
    columns = (key, Column(name=column, type="decimal(9,2)"), Column(name="e", type="enum('a')"))
    tables = (Table(name=table, record_count=2, columns=columns),)
    schema = Schema(schema_version="1.0", name="s", database_type=DATABASES, tables=tables)
    with pytest.raises(SchemaError, match="characters that cannot be seen"):
        shardgen.load_schema(schema)


@pytest.mark.parametrize("spoil", [lambda raw: raw.update({"\ud800": 1}),
                                   lambda raw: raw.update(author="a\udfff"),
                                   lambda raw: raw["tables"][0].update(name="\ud800")])  # fmt: skip
def test_an_object_of_python_s_has_no_half_of_a_surrogate_pair(spoil):
    """As no file has one: neither as a key nor as a value."""
    with pytest.raises(SchemaError, match="half of a surrogate pair, which no file does"):
        shardgen.load_schema(spoilt(spoil))


def test_a_schema_made_in_python_may_hold_anything_in_its_metadata():
    """What JSON does not have, and what leads back to itself, is looked through as well."""
    loop: dict[str, object] = {"x": object()}
    loop["self"] = loop
    schema = Schema(
        schema_version="1.0", name="s", database_type=("mysql",), tables=(), metadata=loop
    )
    assert [] == unstorable_texts(schema, [])
    loop["y"] = "\0"
    assert ["metadata.y"] == [mistake.path for mistake in unstorable_texts(schema, [])]
