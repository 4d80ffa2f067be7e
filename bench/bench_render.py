"""
Rendering by kind of column: values that are made already, as the rows of an INSERT or a COPY.

Tables of ready bytes are made with the first batch, outside the timed part. Bytes are those of the
text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from support.tables import bind, schema_of

import shardgen
from shardgen.output.sql.binary_copy import BinaryCopyRows
from shardgen.output.sql.dialects import DIALECTS
from shardgen.output.text import native_writer as native
from shardgen.output.text.render import Renderer
from shardgen.plan.plan import Options, Shard, build_plan
from shardgen.plan.source import Source
from shardgen.random.streams import below, chance, stream_key, words
from shardgen.schema.catalog import Catalog
from shardgen.schema.types import parse_type
from shardgen.tables import values as c
from shardgen.tables.batch import BATCH_ROWS, Batch, BoundColumn, BoundTable

CATALOG = Catalog(schema_of(t=(10**6, {"id": {"type": "bigint", "primary_key": True}})))
ROWS = pytest.mark.parametrize("rows", [BATCH_ROWS], ids="rows={}".format)
DIALECT = DIALECTS["postgres"]
DIGITS = (1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 16, 18)
Words = Any


def integers(low: int, high: int) -> Callable[[Words], c.ColumnValues]:
    return lambda word: c.Integers(below(word, high - low + 1) + low, low, high)


def decimals(digits: int, scale: int) -> Callable[[Words], c.ColumnValues]:
    high = 10**digits - 1
    return lambda word: c.Decimals(below(word, high + 1), scale, 0, high)


def dates(span: int, *, compact: bool = False) -> Callable[[Words], c.ColumnValues]:
    return lambda word: c.Dates(below(word, span) - span // 2, -span // 2, span // 2, compact)


def timestamps(span: int) -> Callable[[Words], c.ColumnValues]:
    high = 10**9 + span
    return lambda word: c.Timestamps(below(word, span) + 10**9, 10**9, high)


def picks(pool: int, length: int) -> Callable[[Words], c.ColumnValues]:
    """Strings of half to all of `length` characters, ending in their number."""
    strings = c.Pool(
        f"{'x' * (length // 2 + n % (length // 2 + 1))}{n}"[-length:] for n in range(pool)
    )
    return lambda word: c.Dictionary(below(word, pool), strings)


def email(word: Words) -> c.ColumnValues:
    name, number = picks(1000, 8), c.Integers(below(word, 10**5), 0, 10**5 - 1)
    return c.Text((name(word), ".", name(word * np.uint64(3)), number, "@example.com"))


def generated(facts: dict[str, Any]) -> Callable[[Words], c.ColumnValues]:
    """A column as its generator makes it."""
    table = bind(schema_of(t=(10**6, {"v": facts})))["t"]
    return lambda word: Batch.of_range(table, 0, len(word)).column("v")


KINDS: dict[str, Callable[[Words], c.ColumnValues]] = {
    **{f"integers-{n}-digits": integers(0, 10**n - 1) for n in DIGITS},
    "integers-signed-9-digits": integers(1 - 10**9, 10**9 - 1),
    **{f"decimals-{n}-digits-scale-2": decimals(n, 2) for n in (3, 4, 6, 8, 10, 14, 18)},
    "decimals-9-digits-scale-4": decimals(9, 4),
    "decimals-12-digits-scale-6": decimals(12, 6),
    "dates-2-years": dates(730),
    "dates-3500-years": dates(1_300_000),
    "timestamps-2-years": timestamps(730 * 86_400),
    "booleans": lambda word: c.Booleans(word < np.uint64(1 << 63)),
    "picks-3-of-6-chars": picks(3, 6),
    "picks-1000-of-12-chars": picks(1000, 12),
    "picks-10000-of-40-chars": picks(10_000, 40),
    "picks-200-of-80-chars": picks(200, 80),
    "text-email": email,
    "text-loan-number": lambda word: c.Text(("LN-", dates(730, compact=True)(word), "-", integers(1, 10**6)(word))),
    "text-hex-16": lambda word: c.Text((c.HexDigits(word, 16),)),
    "text-uuid": generated({"type": "uuid", "generator": "uuid"}),
    "text-phone": generated({"type": "varchar(20)", "generator": "phone"}),
}  # fmt: skip


def sql(value: Any, form: str) -> str:
    """A value as its dialect writes it, one at a time."""
    if isinstance(value, bool):
        return DIALECT.booleans()[not value] if form == "insert" else "ft"[value]
    text = str(value)
    is_number = type(value).__name__ in ("int", "Decimal")
    return text if is_number or form == "copy" else f"'{text}'"


def renderer(values: c.ColumnValues, null: Any, form: str) -> Renderer:
    """A renderer of a table whose one column has these values in every batch."""
    table = BoundTable("t", 10**6)
    kind = parse_type(CATALOG.tables[0].columns[0].type)
    mask = None if null is None else (lambda batch: null[: len(batch)])
    table.columns["id"] = BoundColumn("id", kind, lambda _: values, mask)
    frame = DIALECT.frame(CATALOG.tables[0], form, ddl=True)
    return Renderer(table, DIALECT.notation(form), frame, 10**6)


def run(measure: Any, values: c.ColumnValues, null: Any, form: str) -> None:
    make = renderer(values, null, form)
    shown = [sql(value, form) for value in values.python()]
    if null is not None:
        literal = DIALECT.notation(form).null
        shown = [literal if n else s for n, s in zip(null.tolist(), shown, strict=True)]
    between = DIALECT.notation(form).next_row
    expected = "".join(text + between for text in shown)
    # Not from row 0: the text before the first row is no part of what is timed.
    first, stop, size = len(shown), 2 * len(shown), len(expected.encode())
    made = measure(lambda: sum(map(len, make.render(first, stop))), rows=len(shown), size=size)
    assert made == size
    assert expected == b"".join(map(bytes, make.render(first, stop))).decode()


@ROWS
@pytest.mark.parametrize("form", ["insert", "copy"])
@pytest.mark.parametrize("kind", KINDS)
def test_column(measure, rows, kind, form):
    """Without nulls: the text of one kind of value, with what frames a row."""
    word = words(stream_key(0, "t", kind, "value"), np.arange(rows))
    run(measure, KINDS[kind](word), None, form)


@pytest.mark.parametrize("rows", [65_536], ids="rows={}".format)
@pytest.mark.parametrize("table", ["borrowers", "loans", "payments", "credit_scores"])
def test_generate_binary_copy(measure, rows, table):
    """A shard of 65,536 rows of fintech-loans at scale 2000, values and PostgreSQL's binary COPY."""
    if native.compiled is None:
        pytest.skip("the compiled module is missing: there was no C compiler")
    plan = build_plan(shardgen.load_schema("fintech-loans"), Options(scale=2000))
    of = BinaryCopyRows(Source.bind(plan).bound[table], plan.catalog.table(table))
    size = sum(map(len, of.render(rows, 2 * rows)))
    assert size == measure(lambda: sum(map(len, of.render(rows, 2 * rows))), rows=rows, size=size)


@ROWS
@pytest.mark.parametrize("share", [0.1, 0.9])
@pytest.mark.parametrize("kind", ["integers-1-digits", "integers-9-digits", "text-email"])
def test_nullable_column(measure, rows, kind, share):
    """With a tenth and nine tenths of nulls: long and short runs of values between them."""
    word = words(stream_key(0, "t", kind, "value"), np.arange(rows))
    null = chance(words(stream_key(0, "t", kind, "null"), np.arange(rows)), share)
    run(measure, KINDS[kind](word), null, "insert")


@pytest.mark.parametrize("way", ["compiled", "numpy"])
@pytest.mark.parametrize("rows", [65_536], ids="rows={}".format)
@pytest.mark.parametrize("table", ["borrowers", "loans", "payments", "credit_scores"])
@pytest.mark.parametrize("rows_per_statement", [1, 1000], ids="rows_per_statement={}".format)
def test_generate_and_render(measure, monkeypatch, rows, table, rows_per_statement, way):
    """A shard of 65,536 rows of fintech-loans at scale 2000, values and text."""
    if way == "numpy":
        monkeypatch.setattr(native, "compiled", None)
    elif native.compiled is None:
        pytest.skip("the compiled module is missing: there was no C compiler")
    options = Options(scale=2000, rows_per_statement=rows_per_statement)
    tables = Source.bind(build_plan(shardgen.load_schema("fintech-loans"), options))
    shard = Shard(1, table, rows, 2 * rows)
    text = b"".join(map(bytes, tables.render(shard)))
    made = measure(lambda: sum(map(len, tables.render(shard))), rows=rows, size=len(text))
    assert made == len(text)
    assert text == b"".join(map(bytes, tables.render(shard)))
    lines = text.count(b"\n(") + text.startswith(b"(")
    assert rows == lines
