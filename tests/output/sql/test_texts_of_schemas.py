"""No text of a schema ends a name, a literal or a comment of its dump, whatever is in it."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec
import pytest
from support.every_text import (
    EVERY,
    free_texts,
    read,
    replaced,
    skeleton,
    texts_of,
    tokens,
)

import shardgen
from shardgen.errors import InputError
from shardgen.output.sql.dialects import DIALECTS
from shardgen.schema.model import Schema
from shardgen.tables.text_proofs import is_storable

TEXTS = {
    "quote": "x'); DROP TABLE t; --",
    "quotes of names": 'x" (id int); DROP TABLE t; --`;',
    "backslash": "x\\",
    "backslash and quote": "x\\'; DROP TABLE t; --",
    "comment": "*/ -- /* #",
    "dollar": "$$ $1 :name :'name' %s",
    "lines": "x\n\\! touch gone\n.shell touch gone\nsystem touch gone\n",
    "carriage return": "x\r\\! touch gone\rDROP TABLE t;\r\n",
    "other ends of lines": "x\x0b\x0c\x85\u2028\u2029DROP TABLE t;",
    "end of copy": "x\n\\.\nDROP TABLE t;\t\\N",
    "control": "\x01\x08\x1a\x1b[2J\x7f",
    "nul": "x\0'; DROP TABLE t; --",
    "half a pair": "x\ud800",
    "null": "NULL",
    "computed": "now() on update x; DROP TABLE t",
    "type": "int); DROP TABLE t; --",
    "action": "CASCADE; DROP TABLE t",
    "empty": "",
}
DIFFERENT = {"other", "city", "places"} | {
    named["name"]
    for table in EVERY["tables"]
    for named in (table, *table["columns"], *table.get("indexes", ()))
}
"""What must not be the same as another text beside it."""
SQL = {
    ("Column", "generated"), ("Check", "expression"), ("Exclusion", "elements"),
    ("Exclusion", "using"), ("Exclusion", "where"), ("Index", "where"), ("Column", "collation"),
}  # fmt: skip
"""SQL by nature: what of it is carried is tried in tests/schema/test_sql_text.py."""
DEFAULTS = {column.get("default") for t in EVERY["tables"] for column in t["columns"]}
WAYS = [(name, form) for name, dialect in DIALECTS.items() for form in dialect.formats]


Skeletons = dict[tuple[str, str], list[str]]


def dumps(schema: Schema, folder: Path) -> Skeletons:
    """Return what the dumps for all databases are made of."""
    made = {}
    for dialect, form in WAYS:
        path = folder / f"{dialect}-{form}.sql"
        shardgen.run(schema, path, workers=1, dialect=dialect, format=form)
        made[dialect, form] = skeleton(path.read_bytes().decode(), dialect)
    return made


def test_every_text_of_the_format_is_tried():
    """A field that is new in the format has to stand in the schema of these tests."""
    types = {("Column", "stands_for")}  # read by the grammar of types, as `type` beside it is
    tried = {*texts_of(msgspec.convert(EVERY, Schema))}
    assert set() == free_texts() - tried - types - SQL


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> Skeletons:
    """Return what the dumps are made of while all texts are plain."""
    folder = tmp_path_factory.mktemp("harmless")
    return dumps(read(EVERY, folder), folder)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_text_changes_a_statement(text: str, tmp_path: Path, harmless: Skeletons) -> None:
    """What a schema may have in its texts leaves the statements of its dumps as they are."""
    texts = accepted(text, tmp_path)
    assert bool(texts) == is_storable(text)
    if text in (TEXTS["null"], TEXTS["computed"]):  # a default that is more than a text
        texts = {token: new for token, new in texts.items() if token not in DEFAULTS}
    if texts:
        schema = read(replaced(EVERY, texts), tmp_path)
        assert harmless == dumps(schema, tmp_path)


def accepted(text: str, folder: Path) -> dict[str, str]:
    """Return the texts of the schema that it may be in the place of; some are made different."""
    found = {}
    for n, token in enumerate(tokens()):
        new = f"{n}{text}" if token in DIFFERENT else text
        with contextlib.suppress(InputError, ValueError):
            read(replaced(EVERY, {token: new}), folder)
            found[token] = new
    return found
