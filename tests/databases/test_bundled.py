"""The bundled lending schema, loaded: the rows of the library, and tables that go on living."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.databases import TARGETS, Database, LoadError, new_database
from support.loading import (
    BROKEN,
    Dump,
    assert_loaded,
    assert_sound,
    break_last_row,
    insert_like_first,
)

import shardgen
from shardgen.plan.load import load_schema
from shardgen.schema.catalog import Catalog
from shardgen.schema.model import Schema


@pytest.fixture(scope="module", params=TARGETS)
def loans(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """Give a database with the bundled schema's rows; tests leave it as it is."""
    dialect, form = request.param
    folder = tmp_path_factory.mktemp("loans")
    options = shardgen.Options(dialect=dialect, format=form)
    shardgen.run("fintech-loans", folder / "dump.sql", options=options)
    with new_database(dialect, request, folder) as made:
        made.load(folder / "dump.sql")
        yield made


@pytest.fixture(scope="module")
def schema() -> Schema:
    return load_schema("fintech-loans")


def test_the_rows_are_those_of_generate(loans: Database, schema: Schema) -> None:
    """The loaded values equal those that the library makes, row for row."""
    assert_loaded(loans, schema)


def test_counts_are_those_of_the_schema(loans: Database, schema: Schema) -> None:
    """Asked of the database, table by table, and there are no other tables."""
    expected = {t.name: t.record_count for t in schema.tables}
    assert expected == {name: loans.count(name) for name in loans.tables()}


def test_keys_hold(loans: Database, schema: Schema) -> None:
    """Foreign keys find a parent, unique columns repeat nothing, NOT NULL is kept."""
    assert_sound(loans, schema)


def test_columns_are_declared_as_the_schema_says(loans: Database, schema: Schema) -> None:
    """The catalog has every column, in order, NOT NULL unless the schema says nullable."""
    for each in schema.tables:
        expected = [(c.name, not c.nullable) for c in each.columns if not c.hidden]
        found = [(name, strict) for name, (_, strict) in loans.columns(each.name).items()]
        assert expected == found


def test_foreign_keys_are_declared(loans: Database, schema: Schema) -> None:
    """The catalog has every foreign key with its ON DELETE."""
    for each in schema.tables:
        keys = [(c.name, c.foreign_key) for c in each.columns if c.foreign_key]
        expected = {(name, k.table, k.column, k.on_delete) for name, k in keys}
        assert expected == loans.foreign_keys(each.name)


def test_unique_columns_are_declared(loans: Database, schema: Schema) -> None:
    """The database itself keeps every key, and promises no more than the schema does."""
    for each in Catalog(schema).tables:
        expected = {(c.name,) for c in each.columns if c.is_key}
        assert expected == loans.unique(each.name)


def test_indexes_are_declared(loans: Database, schema: Schema) -> None:
    """Every index of the schema is there by its name, or as a key over the same column."""
    for each in schema.tables:
        found = loans.indexes(each.name)
        for index in each.indexes:
            if index.name in found or loans.dialect != "sqlite":
                assert (index.columns, index.unique) == found[index.name]
            else:
                assert index.columns in loans.unique(each.name)


def test_a_plain_insert_goes_on_from_the_last_key(database: Database, dump: Dump) -> None:
    """After a load, an INSERT that names no key gets the last one plus one."""
    schema = load_schema("fintech-loans")
    database.load(dump(schema))
    new = {"borrowers": {"email": "'new'"}, "loans": {"loan_number": "'new'"}}
    for each in schema.tables:
        insert_like_first(database, schema, each.name, **new.get(each.name, {}))
        ids = database.query(f"SELECT max(id) FROM {database.quote(each.name)}")
        assert [(each.record_count + 1,)] == ids


def test_foreign_keys_are_alive(database: Database, dump: Dump) -> None:
    """A child without its parent is refused, and ON DELETE CASCADE takes the children along."""
    schema = load_schema("fintech-loans")
    database.load(dump(schema))
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        insert_like_first(database, schema, "payments", loan_id="999999")
    assert database.count("loans", "borrower_id = 1") > 0
    database.execute(f"DELETE FROM {database.quote('borrowers')} WHERE id = 1")
    assert database.count("loans", "borrower_id = 1") == 0
    assert_sound(database, schema)


def test_rows_go_into_tables_that_exist(database: Database, dump: Dump) -> None:
    """Without DDL, a dump fills tables with their keys, and identities go on behind its rows."""
    schema = load_schema("fintech-loans")
    database.load(dump(schema, seed=1))
    for name in reversed([t.name for t in schema.tables]):
        database.execute(f"DELETE FROM {database.quote(name)}")
    scaled = {"ddl": False, "scale": 2.0, "seed": 3}
    database.load(dump(schema, **scaled))
    assert_loaded(database, schema, scale=2.0, seed=3)
    insert_like_first(database, schema, "payments")
    expected = [(7001,)]
    assert expected == database.query(f"SELECT max(id) FROM {database.quote('payments')}")


@pytest.mark.parametrize("target", [TARGETS[0], *TARGETS[2:]], indirect=True)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_size_of_statements_changes_no_row(database: Database, dump: Dump, size: int) -> None:
    """One row a statement, a few, and a thousand load the same values."""
    schema = load_schema("fintech-loans")
    database.load(dump(schema, rows_per_statement=size))
    assert_loaded(database, schema)


@pytest.mark.parametrize("terms", BROKEN.values(), ids=BROKEN)
def test_a_broken_row_leaves_nothing(database: Database, dump: Dump, terms: str) -> None:
    """A load is all or nothing; in MySQL, where CREATE TABLE commits, the tables stay, empty."""
    path = dump("fintech-loans")
    break_last_row(path, terms)
    with pytest.raises(LoadError):
        database.load(path)
    if database.dialect == "mysql":
        assert {0} == {database.count(name) for name in database.tables()}
    else:
        assert set() == database.tables()
