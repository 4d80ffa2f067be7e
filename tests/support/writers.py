"""Rows written as text in every notation, by both writers."""

from __future__ import annotations

import pytest

from shardgen.output.csv import SYNTAX
from shardgen.output.sql.dialects import DIALECTS
from shardgen.output.text import native_writer as native
from shardgen.output.text.fields import LiteralSyntax
from shardgen.output.text.render import Renderer, StatementText
from shardgen.tables.batch import BoundTable

NOTATIONS: dict[str, LiteralSyntax] = {
    "csv": SYNTAX,
    "copy": DIALECTS["postgres"].notation("copy"),
    **{name: dialect.notation("insert") for name, dialect in DIALECTS.items()},
}


def written(
    table: BoundTable, notation: LiteralSyntax, start: int = 0, stop: int | None = None
) -> bytes:
    """Return the text of rows start … stop-1, by default of all."""
    frame = StatementText(b"", b"\n", b"")
    renderer = Renderer(table, notation, frame, None)
    return b"".join(map(bytes, renderer.render(start, table.rows if stop is None else stop)))


def assert_written_alike(
    table: BoundTable, notation: LiteralSyntax, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both writers write the same bytes, and every `step` rows alone those of the whole."""
    if native.compiled is None:
        pytest.skip("the compiled module is missing: there was no C compiler")
    whole, rows = written(table, notation), table.rows
    parts = [written(table, notation, n, min(n + step, rows)) for n in range(0, rows, step)]
    assert whole == b"".join(parts)
    monkeypatch.setattr(native, "compiled", None)
    assert whole == written(table, notation)
