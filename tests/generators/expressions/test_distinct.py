"""Expressions of unique columns: those that differ from row to row by proof, and no others."""

from __future__ import annotations

import pytest
from support.expressions import COLUMNS, ROWS, expression
from support.tables import bound, cells

from shardgen.errors import InputError

KEYS = {
    "id": {"type": "bigint", "primary_key": True},
    "serial": {"type": "int", "unique": True},
    "handle": {"type": "varchar(40)", "unique": True},
    "token": {"type": "uuid", "unique": True},
}
TEXT = "varchar(400)"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("'INV-' || lpad(row_number, 6)", TEXT),
        ("'INV-' || lpad(row_number, 1) || '/2024'", TEXT),
        ("row_number", "bigint"),
        ("1000 + row_number * 7", "bigint"),
        ("5 - row_number()", "decimal(12,0)"),
        ("-id", "bigint"),
        ("row_number", TEXT),
        ("to_text(serial * 3)", TEXT),
        ("handle", TEXT),
        ("concat('@', handle)", TEXT),
        ("handle || '@example.com'", TEXT),
        ("token", "uuid"),
        ("'u' || t.token || '.json'", TEXT),
        ("name || lpad(id, 3)", TEXT),
        ("lpad(row_number, 3) || name", TEXT),
        ("lower(name) || '-' || row_number", TEXT),
        ("lower(name) || '-' || row_number || '@example.com'", TEXT),
        ("row_number || '. ' || n || name", TEXT),
    ],
)
def test_what_can_be_read_back_is_unique(text, kind):
    """Every row has a value of its own."""
    table = bound({**KEYS, **COLUMNS, "v": expression(text, kind, unique=True)}, ROWS)
    assert ROWS == len(set(cells(table, "v")))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("n", "bigint"),
        ("name || row_number", TEXT),
        ("n || row_number", TEXT),
        ("n || '7' || row_number", TEXT),
        ("name || '-' || serial", TEXT),
        ("name || lpad(row_number, 2)", TEXT),
        ("name || '-' || row_number || n", TEXT),
        ("row_number || handle || name", TEXT),
        ("row_number * 0", "bigint"),
        ("row_number * 0.01", "decimal(12,1)"),
        ("row_number / 2", "decimal(12,2)"),
        ("row_number % 10", "bigint"),
        ("row_number + n", "bigint"),
        ("row_number", "double"),
        ("lower(handle)", TEXT),
        ("left(handle, 3)", TEXT),
        ("lpad(handle, 9)", TEXT),
        ("coalesce(handle, 'none')", TEXT),
        ("case when n > 3 then id else 0 end", "bigint"),
    ],
)
def test_what_may_repeat_is_refused(text, kind):
    """With the way out, whether or not it would repeat here."""
    with pytest.raises(InputError, match=r"the column is unique at .*; put row_number or a unique"):
        bound({**KEYS, **COLUMNS, "v": expression(text, kind, unique=True)}, ROWS)
