"""Texts of a schema, whatever is in them, do nothing but stand where they belong."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from support.databases import Database
from support.every_text import EVERY, read, replaced, tokens
from support.loading import Dump, assert_loaded, assert_sound

import shardgen
from shardgen.errors import InputError

NAME = "x'); \"`\\ \\! touch {0} */ -- $$ :x"
LINES = "x'); \"`\\\n\\! touch {0}\n.shell touch {0}\nsystem touch {0}\r\n\\.\n*/ -- $$ :x\nDROP"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what may stand in the place of each text: lines where it may have some."""
    folder = tmp_path_factory.mktemp("read")
    found = {}
    for n, token in enumerate(tokens()):
        for text in (f"{n}{LINES}", f"{n}{NAME}"):
            new = text.format("gone")
            try:
                read(replaced(EVERY, {token: new}), folder)
            except (InputError, ValueError):
                continue
            found[token] = new
            break
    return found


def test_no_text_is_run(
    database: Database,
    dump: Dump,
    hostile: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All texts at once: the client runs no command of theirs, and each value arrives."""
    monkeypatch.chdir(tmp_path)
    assert len(hostile) > 40
    schema = read(replaced(EVERY, hostile), tmp_path)
    database.load(dump(schema))
    assert not Path("gone").exists()
    assert {hostile[table["name"]] for table in EVERY["tables"]} == database.tables()
    assert_sound(database, schema)
    assert_loaded(database, schema)


def test_no_text_is_run_by_the_shell_of_sqlite(hostile: dict[str, str], tmp_path: Path) -> None:
    """It has commands of its own, which begin with a dot at the beginning of a line."""
    shell = shutil.which("sqlite3")
    if shell is None:
        pytest.skip("no sqlite3 on PATH")
    schema = read(replaced(EVERY, hostile), tmp_path)
    made = tmp_path / "dump.sql"
    shardgen.run(schema, made, workers=1, dialect="sqlite")
    with made.open("rb") as file:
        done = subprocess.run(
            [shell, "-bail", "made.db"], stdin=file, capture_output=True, cwd=tmp_path, check=False
        )
    assert (0, b"", b"") == (done.returncode, done.stdout, done.stderr)
    assert not (tmp_path / "gone").exists()
