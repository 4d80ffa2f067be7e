"""Files of row groups joined: any reader finds one file with all of them."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shardgen.output.arrow.parquet_join import ParquetJoin
from shardgen.output.arrow.thrift import (
    BINARY,
    I32,
    I64,
    LIST,
    STRUCT,
    TRUE,
    Reader,
    encoded,
)


def parquet(rows: pa.Table, **options) -> bytes:
    out = pa.BufferOutputStream()
    pq.write_table(rows, out, **options)
    return bytes(out.getvalue())


def joined(files: list[bytes]) -> bytes:
    join = ParquetJoin()
    parts = [bytes(part) for file in files for part in join.join(file)]
    return b"".join([*parts, *map(bytes, join.end())])


@pytest.mark.parametrize("sizes", [[3], [0], [5, 1, 0, 700], [1] * 40])
@pytest.mark.parametrize("indexes", [True, False])
def test_joined_files_have_all_rows_and_row_groups(sizes, indexes):
    """With statistics, dictionaries, and indexes of pages where there are any."""
    files, rows = [], []
    for n, size in enumerate(sizes):
        table = pa.table(
            {
                "n": pa.array(range(n * 1000, n * 1000 + size), pa.int64()),
                "pick": pa.array(["a", "b"] * size, pa.string())[:size].dictionary_encode(),
                "list": pa.array([[i] * (i % 3) for i in range(size)], pa.list_(pa.int32())),
            }
        )
        files.append(parquet(table, write_page_index=indexes, compression="zstd"))
        rows += table.to_pylist()
    file = pq.ParquetFile(pa.BufferReader(joined(files)))
    assert rows == file.read().to_pylist()
    groups = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert [size for size in sizes if size] == [size for size in groups if size]
    if sum(sizes):
        first = file.metadata.row_group(0).column(0).statistics
        assert (0, sizes[0] - 1) == (first.min, first.max)


NUMBERS = st.integers(-(1 << 63), (1 << 63) - 1)
VALUES = st.recursive(
    st.one_of(
        st.tuples(st.just(I64), NUMBERS),
        st.tuples(st.just(I32), st.integers(-(1 << 31), (1 << 31) - 1)),
        st.tuples(st.just(BINARY), st.binary(max_size=300)),
        st.tuples(st.just(LIST), st.tuples(st.just(I64), st.lists(NUMBERS, max_size=20))),
    ),
    lambda inner: st.tuples(
        st.just(STRUCT), st.dictionaries(st.integers(1, 40), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.integers(1, 3000), VALUES, max_size=6))
def test_any_struct_is_read_as_it_was_written(fields):
    """Numbers of fields in any order, and values of any size."""
    assert fields == Reader(encoded(fields)).struct()


def test_truth_is_a_type_of_its_own():
    """A field that is false has another type than one that is true."""
    fields = {1: (TRUE, True), 2: (I64, 5), 9: (TRUE, True)}
    assert fields == Reader(encoded(fields)).struct()
    false = Reader(encoded({1: (TRUE, False)})).struct()
    assert False is false[1][1]
