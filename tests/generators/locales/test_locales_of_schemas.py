"""Locales of schemas and columns: which one holds, what is refused, and text that is loaded."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from support.binding import parse_schema
from support.databases import TARGETS, new_database, python_value
from support.schemas import load_mistakes, right, with_column
from support.tables import bind, cells, schema_of

import shardgen
from shardgen.errors import BindError
from shardgen.generators.locales.locale import LOCALES, find_locale
from shardgen.output.sql.dialects import DIALECTS
from shardgen.schema.model import Schema

GENERATORS = (
    *("first_name", "last_name", "full_name", "email", "username", "phone", "job_title"),
    *("address", "city", "state", "zip_code", "country", "company", "domain", "company_email"),
)


def column(generator: str, locale: str | None = None) -> dict[str, Any]:
    own = {} if locale is None else {"locale": locale}
    return {"type": "varchar(255)", "generator": generator, **own}


def test_a_schemas_locale_is_that_of_its_columns():
    """Unless they have their own."""
    raw = right() | {"locale": "de"}
    raw["tables"][0]["columns"] += [
        {"name": "name", "type": "varchar(99)", "generator": "first_name"},
        {"name": "jname", "type": "varchar(99)", "generator": "first_name", "locale": "ja-JP"},
    ]
    rows = shardgen.generate(parse_schema(json.dumps(raw).encode())).tables["users"].rows
    german = {*find_locale("de").pool("first_name_female").values}
    german |= {*find_locale("de").pool("first_name_male").values}
    assert {row["name"] for row in rows} <= german
    assert all(unicodedata.name(row["jname"][0]).startswith(("CJK", "HIRA")) for row in rows)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [("de-DE", "de_DE"), ("de", "de_DE"), ("JA_jp", "ja_JP"), ("en", "en_US"), ("en-gb", "en_GB")],
)
def test_spellings_of_a_locale(spelling, name):
    """With a hyphen, in any case, or the language alone."""
    assert LOCALES[name] is find_locale(spelling)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [("de_AT", "did you mean 'de_DE'? known are en_US"), ("tlh", "known are en_US"), ("", "known")],
)
def test_unknown_locales_are_refused(wrong, hint):
    """On a schema and on a column, with those that are known, before anything is made."""
    schema = right() | {"locale": wrong}
    facts = {"type": "varchar(99)", "generator": "uuid", "locale": wrong}
    for raw, place in ((schema, "locale"), (with_column(**facts), "tables.users.columns.c.locale")):
        (mistake,) = load_mistakes(raw)
        assert f"unknown locale {wrong!r} at {place}; " in mistake
        assert hint in mistake
    with pytest.raises(BindError, match=f"unknown locale {wrong!r}"):
        find_locale(wrong)


def test_columns_of_two_locales_stand_side_by_side():
    """A full name takes the names of its own locale only; an e-mail those of its own first."""
    table = bind(schema_of(t=(300, {
        "first_name": column("first_name", "de"), "last_name": column("last_name", "de"),
        "mei": column("first_name", "ja"), "sei": column("last_name", "ja"),
        "namae": column("full_name", "ja"), "name": column("full_name", "de"),
        "english": column("full_name"), "mail": column("email", "ja"),
    })))["t"]  # fmt: skip
    german = zip(cells(table, "first_name"), cells(table, "last_name"), strict=True)
    names = list(zip(cells(table, "sei"), cells(table, "mei"), strict=True))
    assert [" ".join(pair) for pair in german] == cells(table, "name")
    assert [" ".join(pair) for pair in names] == cells(table, "namae")
    assert all(name.isascii() for name in cells(table, "english"))
    slug = find_locale("ja").slug
    local = [mail.split("@")[0] for mail in cells(table, "mail")]
    assert [f"{slug(mei)}.{slug(sei)}" for sei, mei in names] == local


def test_an_email_without_a_locale_takes_the_names_that_there_are():
    """Its own locale has no names in the table; those of another are spelled in Latin letters."""
    table = bind(schema_of(t=(300, {
        "name": column("full_name", "ar_EG"), "mail": column("email"),
    })))["t"]  # fmt: skip
    slug = find_locale("ar").slug
    expected = [".".join(map(slug, name.split(" "))) for name in cells(table, "name")]
    assert expected == [mail.split("@")[0] for mail in cells(table, "mail")]


# In databases


def world() -> Schema:
    """Return a schema with people and companies of three scripts, and edge cases."""
    tables = []
    for name in ("de_DE", "ja_JP", "ar_EG"):
        columns = [
            {"name": n, "locale": name, "edge_case_probability": 0.1, **facts}
            for n, facts in ((n, column(n)) for n in GENERATORS)
        ]
        for own in columns:
            if own["name"] in ("email", "phone", "company_email"):
                own["unique"] = True
        keys = {"name": "id", "type": "int", "primary_key": True}
        tables.append({"name": name.lower(), "record_count": 700, "columns": [keys, *columns]})
    head = {"schema_version": "1.0", "name": "world", "database_type": list(DIALECTS)}
    return parse_schema(json.dumps(head | {"tables": tables}).encode())


@pytest.mark.parametrize("target", TARGETS)
def test_what_a_database_holds_is_what_was_made(target, request, tmp_path):
    """Umlauts, Japanese and right-to-left text come back letter for letter, and as long."""
    schema, (dialect, form) = world(), target
    path = tmp_path / "dump.sql"
    shardgen.run(schema, path, options=shardgen.Options(dialect=dialect, format=form))
    expected = shardgen.generate(schema).tables
    length = {"mysql": "char_length"}.get(dialect, "length")
    with new_database(dialect, request, tmp_path) as database:
        database.load(path)
        for table in schema.tables:
            columns = {c.name: c for c in table.columns}
            rows = [
                {name: python_value(value, columns[name]) for name, value in row.items()}
                for row in expected[table.name].rows
            ]
            assert rows == database.rows(table.name, schema)
            found = database.query(f"SELECT {length}(full_name) FROM {table.name} ORDER BY id")
            assert [len(row["full_name"]) for row in rows] == [n for (n,) in found]


def test_a_dump_is_the_same_for_any_number_of_workers(tmp_path):
    """Text of several bytes a letter is cut nowhere."""
    dumps = []
    for workers in (1, 2):
        path = tmp_path / f"{workers}.sql"
        options = shardgen.Options(scale=20, shard_rows=3000)
        shardgen.run(world(), path, workers=workers, options=options)
        dumps.append(path.read_bytes())
    assert dumps[0] == dumps[1]
