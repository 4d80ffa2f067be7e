"""Binary COPY without a server: numbers of any size, floats rounded once, and what has no form."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.tables import bind, schema_of

from shardgen.errors import GenerationError
from shardgen.output.floats import doubles, singles
from shardgen.output.sql.binary_copy import BinaryCopyRows, can_be_binary
from shardgen.output.sql.postgres_binary import BinaryFieldBuilder, has_binary_form, wide_numeric
from shardgen.output.text import native_writer as native
from shardgen.output.text.kinds import ColumnFields, Numeric, RowEndings
from shardgen.schema.catalog import Catalog
from shardgen.schema.types import parse_type
from shardgen.tables import values as c

TOP = (1 << 63) - 1
ENDS = RowEndings(b"", b"", range(0), is_last=False)
needs_compiled = pytest.mark.skipif(native.compiled is None, reason="there was no C compiler")


def written(fields: list, rows: int) -> bytes:
    return b"".join(map(bytes, native.NativeWriter().write([ColumnFields(fields)], rows, ENDS)))


@needs_compiled
@given(st.integers(-TOP - 1, TOP), st.integers(0, 40), st.sampled_from([1, 10**3, 10**4, 10**9]))
@example(-TOP - 1, 3, 1)
@example(TOP, 1, 1)
@example(0, 4, 1)
@example((1 << 64) // 1000 + 1, 5, 1)
def test_numbers_of_64_bits_are_written_as_those_of_any_size(units, scale, step):
    """The compiled writer and Python's own numbers agree, wherever the point is."""
    units = units // step * step if abs(units // step * step) <= TOP else units
    made = written([Numeric(np.array([units], np.int64), scale)], 1)
    whole = wide_numeric(units, scale)
    assert len(whole).to_bytes(4) + whole == made


def test_numbers_without_a_digit_are_zero():
    """A zero has no digits, no weight and no sign, and its scale."""
    assert bytes(6) + b"\0\2" == wide_numeric(0, 2)
    assert b"\0\1\0\1\x40\0\0\0\0\1" == wide_numeric(-10_000, 0)


@given(st.integers(-(1 << 40), 1 << 40), st.integers(0, 12))
@example(16_777_217, 0)
def test_singles_are_those_that_numpy_reads(units, scale):
    """Small numbers: a text that is read as a double first is right where no tie is."""
    values = c.Decimals(np.array([units]), scale, -(1 << 40), 1 << 40)
    assert doubles(values)[0] == float(values.python()[0])
    wide = float(values.python()[0])
    if np.array([wide]).view(np.int64)[0] % (1 << 29) != 1 << 28:
        assert np.float32(wide) == singles(values)[0]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("more", "expected"), [(1, 16_777_218), (0, 16_777_216), (-1, 16_777_216)])
def test_singles_are_rounded_once(sign, more, expected):
    """16777217 lies between two floats: a little more or less, which no double has, decides."""
    units = sign * (16_777_217 * 10**12 + more)
    values = c.Decimals(np.array([units], object), 12, -(10**20), 10**20)
    assert sign * expected == singles(values)[0]


@pytest.mark.parametrize("kind", ["int[]", "money", "inet", "xml", "tsvector", "int4range"])
def test_some_types_have_no_binary_form(kind, monkeypatch):
    """Nor has a type that only the database knows; a table with one says so."""
    assert not has_binary_form(parse_type(kind))
    catalog = Catalog(schema_of(t=(1, {"x": {"type": kind}}), u=(1, {"x": {"type": "citext"}})))
    assert not can_be_binary(catalog.table("t"))
    assert can_be_binary(catalog.table("u")) is (native.compiled is not None)
    monkeypatch.setattr(native, "compiled", None)
    assert not can_be_binary(catalog.table("u"))


@needs_compiled
def test_ranges_join_to_the_whole():
    """Any rows alone have the bytes that they have among others."""
    columns = {
        "x": {"type": "decimal(12,2)", "nullable": True},
        "y": {"type": "varchar(40)", "generator": "email"},
        "z": {"type": "uuid"},
    }
    schema = schema_of(t=(20_000, columns))
    table, catalog = bind(schema)["t"], Catalog(schema).table("t")
    whole = b"".join(map(bytes, BinaryCopyRows(table, catalog).render(0, 20_000)))
    rows = BinaryCopyRows(table, catalog)
    cuts = (0, 1, 16_383, 16_385, 20_000)
    parts = [b"".join(map(bytes, rows.render(a, b))) for a, b in itertools.pairwise(cuts)]
    assert whole == b"".join(parts)
    assert b"" == b"".join(rows.render(5, 5))


@pytest.mark.parametrize("odd", ["\0", "\ud800"])
def test_text_that_cannot_be_stored_is_an_error(odd):
    """As everywhere: PostgreSQL would refuse the rows that come with it."""
    builder = BinaryFieldBuilder(parse_type("text"), None)
    zeros = np.zeros(3, np.int64)
    for values in (c.Dictionary(zeros, c.Pool([odd])), c.Text((odd, c.Integers(zeros, 0, 0)))):
        with pytest.raises(GenerationError):
            builder.lower(values)
