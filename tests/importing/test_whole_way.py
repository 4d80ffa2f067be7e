"""From a database to a filled copy of it: described, imported, generated, loaded, all on."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

import shardgen
from shardgen.importing.filtering import Filters
from shardgen.importing.imported import Sizes, import_schema
from shardgen.importing.sources import described
from shardgen.importing.writing import head_of, imported_text
from shardgen.plan.load import bundled_schemas

WHOLE = [name for name in bundled_schemas() if not name.startswith("example-")]


def structure(name, tmp_path):
    """Return the DDL of a bundled schema in SQLite, without rows."""
    dump = tmp_path / "whole.sql"
    shardgen.run(name, dump, workers=1, dialect="sqlite")
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(dump.read_text("utf-8"))
        texts = connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")
        return "".join(f"{text};\n" for (text,) in texts)


@pytest.mark.parametrize("way", ["live", "file"])
@pytest.mark.parametrize("name", WHOLE)
def test_bundled_schemas_come_back_from_their_databases(name, way, tmp_path):
    """Every table has rows, also where all keys share the tenant's column, and every row loads."""
    database, file = tmp_path / "whole.db", tmp_path / "whole.ddl"
    file.write_text(structure(name, tmp_path), "utf-8")
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(file.read_text("utf-8"))
    source = f"sqlite:///{database}" if way == "live" else str(file)
    found = described(source, Filters(), dialect=None if way == "live" else "sqlite")
    imported = import_schema(found, Sizes(rows=200))
    assert [] == [note for note in imported.notes if note.kind == "refused"]
    path = tmp_path / "imported.yaml"
    text = imported_text(imported.schema, imported.notes, head_of(found), "yaml", str(path))
    path.write_text(text, "utf-8")
    rows = tmp_path / "rows.sql"
    shardgen.run(path, rows, workers=1, ddl=False)
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(rows.read_text("utf-8"))
        assert [] == connection.execute("PRAGMA foreign_key_check").fetchall()
        for table in imported.schema.tables:
            (count,) = connection.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()
            assert count == table.record_count > 0
