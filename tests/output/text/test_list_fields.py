"""Arrays as text: both writers, in every notation, read again by readers that are not ours."""

from __future__ import annotations

import csv
import io
import json

import pytest
from support.tables import bind, schema_of
from support.writers import NOTATIONS, assert_written_alike, written

from shardgen.output.csv import SYNTAX
from shardgen.tables.batch import Batch

ROWS = 1_000
KINDS = ("int", "decimal(38,20)", "text", "boolean", "bytea", "bit(13)", "timestamp(6)", "jsonb")
TEXTS = ['a"b', "it's", "back\\slash", "", "NULL", "a,b", "{}", "line\nfeed", "\r\t", "日本"]


@pytest.fixture(scope="module")
def table():
    """Bind arrays of several types, of lists too, with NULL in them and themselves NULL."""
    nulls = {"generator": "array", "generator_params": {"element_null_probability": 0.4}}
    words = {"generator": "choice", "generator_params": {"values": TEXTS}}
    columns = {f"c{n}": {"type": f"{kind}[]"} for n, kind in enumerate(KINDS)}
    columns |= {f"n{n}": {"type": f"{k}[]", "nullable": True, **nulls} for n, k in enumerate(KINDS)}
    columns |= {f"m{n}": {"type": f"{kind}[][]"} for n, kind in enumerate(KINDS)}
    words = {"generator": "array", "generator_params": {"element": words}}
    columns |= {"words": {"type": "text[]", **words}, "pages": {"type": "text[][]", **words}}
    return bind(schema_of(t=(ROWS, columns)))["t"]


@pytest.mark.parametrize("name", NOTATIONS)
def test_both_writers_write_the_same_bytes(table, name, monkeypatch):
    """And any range alone those that it has in the whole."""
    assert_written_alike(table, NOTATIONS[name], 233, monkeypatch)


def test_csv_has_arrays_as_json(table):
    """Read by Python's own readers they are the values."""
    rows = list(csv.reader(io.StringIO(written(table, SYNTAX).decode(), newline="")))
    batch, names = Batch.of_range(table, 0, ROWS), list(table.columns)
    for name in ("c0", "n0", "m0", "words", "pages"):
        null = batch.null(name)
        for n, value in enumerate(batch.column(name).python()):
            text = rows[n][names.index(name)]
            assert text == "" if null is not None and null[n] else json.loads(text) == value


def test_numbers_of_json_that_readers_would_cut_are_text():
    """From 16 digits on; those below are numbers."""
    law = {"generator": "decimal_range", "generator_params": {"min": 0, "max": 9}}
    array = {"generator": "array", "generator_params": {"element": law, "min_length": 1}}
    columns = {"long": {"type": "decimal(38,20)[]", **array}, "short": {"type": "decimal(9,3)[]"}}
    table = bind(schema_of(t=(20, columns)))["t"]
    rows = csv.reader(io.StringIO(written(table, SYNTAX, 0, 20).decode()))
    for long, short in ((row[1], row[2]) for row in rows):
        assert all(isinstance(n, str) and len(n) == 22 for n in json.loads(long))
        assert all(isinstance(n, float) for n in json.loads(short))


def test_arrow_has_lists(table):
    """Offsets and elements as they are, NULLs in them and themselves."""
    pytest.importorskip("pyarrow")
    from shardgen.output.arrow.arrays import ColumnArrays

    batch = Batch.of_range(table, 0, ROWS)
    for name in ("c0", "n0", "m0", "n1", "c2", "words", "pages", "c3", "n4", "n6"):
        null = batch.null(name)
        made = ColumnArrays(table.columns[name].type).array(batch.column(name), ROWS, null)
        expected = batch.column(name).python()
        if null is not None:
            expected = [None if n else v for n, v in zip(null.tolist(), expected, strict=True)]
        made.validate(full=True)
        found = made.to_pylist()
        if name == "n6":  # in UTC
            found = [v and [t and t.replace(tzinfo=None) for t in v] for v in found]
        assert expected == found, name
