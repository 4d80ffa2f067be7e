"""The compiled module: the same bytes as NumPy makes, and no way to harm the process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from support.places import IN_CI

from shardgen.output.text import native_writer as native
from shardgen.plan.load import bundled_schemas, load_schema
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source
from shardgen.tables.batch import BATCH_ROWS

SCHEMAS = sorted(path.stem for path in bundled_schemas().values())


def test_it_is_there_in_ci():
    """Elsewhere it may be missing, and the tests that need it say so."""
    assert native.compiled is not None or not IN_CI


@pytest.fixture
def compiled():
    if native.compiled is None:
        pytest.skip("the compiled module is missing: there was no C compiler")
    return native.compiled


def text_of(schema: str, **options: object) -> dict[str, bytes]:
    """Return the text of each table, its rows made in ranges of odd length."""
    tables = Source.bind(build_plan(load_schema(schema), Options(**options)))
    return {
        name: b"".join(
            bytes(piece)
            for shard in tables.plan.shards()
            if shard.table == name
            for piece in tables.render(shard)
        )
        for name in tables.bound
    }


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("schema", SCHEMAS)
def test_it_writes_what_numpy_writes(schema, monkeypatch):
    """For every bundled schema, in each dialect and format that it can have."""
    for options in (
        {"dialect": "postgres"},
        {"dialect": "postgres", "format": "copy"},
        {"dialect": "mysql", "rows_per_statement": 7},
        {"dialect": "sqlite", "shard_rows": 301, "edge_case_probability": 0.1},
    ):
        made = text_of(schema, **options)
        with monkeypatch.context() as without:
            without.setattr(native, "compiled", None)
            assert text_of(schema, **options) == made


@pytest.mark.usefixtures("compiled")
def test_a_piece_that_is_kept_is_no_other_text_later():
    """The next batch is written in its place, and whoever kept it is told."""
    tables = Source.bind(build_plan(load_schema("fintech-loans"), Options(scale=20)))
    shard = next(s for s in tables.plan.shards() if s.rows > 2 * BATCH_ROWS)
    batches = [piece for piece in tables.render(shard) if isinstance(piece, memoryview)]
    assert len(batches) > 1
    for piece in batches:
        with pytest.raises(ValueError, match="released memoryview"):
            bytes(piece)


def loaded_in_new_process(**environment: str) -> str:
    code = (
        "from shardgen.output.text import native_writer; print(native_writer.compiled is not None)"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


@pytest.mark.usefixtures("compiled")
def test_it_can_be_turned_off():
    """By the environment, in a process of its own, and on again."""
    assert "True" == loaded_in_new_process(SHARDGEN_NATIVE="1")
    assert "False" == loaded_in_new_process(SHARDGEN_NATIVE="0")


def test_one_that_was_compiled_for_other_arguments_is_not_used(compiled, monkeypatch):
    """As after an update of a checkout, until it is installed again."""
    monkeypatch.setattr(compiled, "INTERFACE", native.INTERFACE - 1)
    assert native.load() is None


# --- ExpressionError arguments: an error, and never a byte outside

ROWS = 3
INDEX = np.array([0, 1, 2], np.int64)
TABLE = np.zeros((3, 16), np.uint8)
LENGTHS = np.array([1, 2, 3], np.uint32)


def assemble(*fields: tuple[object, ...]) -> tuple[bytearray, int]:
    return native.compiled.assemble(bytearray(), fields, ROWS, b"),(", b";", -1, 0, False)


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("index", [[0, 1, 3], [0, -1, 1], [1 << 40, 0, 0]])
@pytest.mark.parametrize("kind", [np.int64, np.uint64])
def test_a_value_without_an_entry_is_refused(index, kind):
    """Past the end, below zero and far away: an error, and no foreign memory in the text."""
    at = np.array(index, np.int64).astype(kind)
    with pytest.raises(IndexError, match="no entry"):
        assemble((native.LOOKUP, at, 8, TABLE, LENGTHS))
    with pytest.raises(IndexError, match="no entry"):
        assemble((native.TIMESTAMP, at * 86_400, 8, 0, TABLE, LENGTHS, b""))


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize(
    "field",
    [
        (),
        (99, b""),
        (-1, b""),
        ("0", b""),
        (native.LITERAL,),
        (native.LITERAL, "text"),
        (native.LOOKUP, INDEX[:2], 8, TABLE, LENGTHS),
        (native.LOOKUP, INDEX, 4, TABLE, LENGTHS),
        (native.LOOKUP, INDEX, 8, TABLE[:, :15].copy(), LENGTHS),
        (native.LOOKUP, INDEX, 8, TABLE[:0], LENGTHS),
        (native.LOOKUP, INDEX[::2], 8, TABLE, LENGTHS),
        (native.LOOKUP, INDEX, 8, TABLE, LENGTHS + np.uint32(14)),
        (native.NUMBER, INDEX, 8, False, 2, 2, b""),
        (native.NUMBER, INDEX, 8, False, -1, 1, b""),
        (native.NUMBER, INDEX, 8, False, 0, 41, b""),
        (native.NUMBER, INDEX, 8, False, 0, -3, b""),
        (native.NUMBER, INDEX, 3, False, 0, 1, b""),
        (native.SKIP, INDEX, 8, b"", -1),
        (native.BIG_ENDIAN, INDEX, 8, 0, b""),
        (native.BIG_ENDIAN, INDEX, 8, 9, b""),
        (native.BIG_ENDIAN, INDEX[:2], 8, 4, b""),
        (native.NUMERIC, INDEX, 8, -1),
        (native.NUMERIC, INDEX, 8, 0x4000),
        (native.NUMERIC, INDEX[:2], 8, 2),
        (native.OPEN_SIZE,),
        (native.CLOSE_SIZE,),
        (native.OPEN_SIZE, 1),
    ],
)
def test_a_field_that_does_not_fit_is_refused(field):
    """Wrong kinds, types, lengths and strides are found before a byte is written."""
    with pytest.raises((ValueError, TypeError, SystemError, IndexError, BufferError)):
        assemble((native.LITERAL, b"before"), field)


@pytest.mark.usefixtures("compiled")
def test_sizes_that_are_not_closed_are_refused():
    """Whether twice open, or open where what closes them is skipped."""
    opened, closed = (native.OPEN_SIZE,), (native.CLOSE_SIZE,)
    skip = (native.SKIP, np.array([0, 0, 1], np.uint8), 1, b"", 1)
    for fields in ((opened, opened, closed), (opened, skip, closed), (skip, opened, closed)):
        with pytest.raises(IndexError, match="a size is opened or closed alone"):
            assemble(*fields)
    out, size = assemble(opened, (native.LITERAL, b"abc"), closed, opened, closed)
    assert (b"\0\0\0\3abc\0\0\0\0),(" * ROWS) == out[:size]


@pytest.mark.parametrize("rows", [-1, 1 << 60, (1 << 61) - 1, 1 << 61, 1 << 62])
def test_a_number_of_rows_that_has_no_room_is_refused(rows, compiled):
    """Sizes that overflow 64 bits when multiplied by the width of a row are no small ones."""
    for fields in (((native.LITERAL, b"x"),), ((native.LOOKUP, INDEX[:0], 8, TABLE, LENGTHS),)):
        with pytest.raises((ValueError, MemoryError)):
            compiled.assemble(bytearray(), fields, rows, b",", b";", -1, 0, False)


@pytest.mark.parametrize("step", [-1, 0, 1, (1 << 63) - 1])
def test_the_text_between_statements_has_room_whatever_the_step(step, compiled):
    """It is reserved for as many ends as the step gives, also for a step that is no step."""
    between = b";" * 100_000
    out, size = compiled.assemble(
        bytearray(), ((native.LITERAL, b"x"),), ROWS, b",", between, 1, step, True
    )
    assert b"x,x" + between + b"x" == out[:size]


@pytest.mark.usefixtures("compiled")
def test_values_need_no_alignment():
    """An array may be a view that begins in the middle of a word."""
    odd = np.zeros(25, np.uint8)[1:].view(np.int64)
    out, size = assemble((native.NUMBER, odd, 8, False, 0, 1, b""))
    assert b"0),(0),(0),(" == out[:size]


def held(call: Callable[[], object], *objects: object) -> list[int]:
    """Return by how many the references to objects grow in a hundred calls."""
    before = [sys.getrefcount(each) for each in objects]
    for _ in range(100):
        call()
    after = [sys.getrefcount(each) for each in objects]
    return [more - less for more, less in zip(after, before, strict=True)]


def test_nothing_is_held_after_a_call(compiled):
    """Whether it ends well or not."""
    fields = ((native.LOOKUP, INDEX, 8, TABLE, LENGTHS), (native.LITERAL, b"x"))
    wrong = ((native.LOOKUP, INDEX + 1, 8, TABLE, LENGTHS), (native.LITERAL, b"x"))
    out = bytearray(1000)

    def well() -> None:
        compiled.assemble(out, fields, ROWS, b",", b";", -1, 0, False)

    def badly() -> None:
        with pytest.raises(IndexError):
            compiled.assemble(out, wrong, ROWS, b",", b";", -1, 0, False)

    for call in (well, badly):
        assert [0] * 5 == held(call, out, INDEX, TABLE, LENGTHS, fields)
    out.extend(b"still free to grow")


@pytest.mark.usefixtures("compiled")
def test_a_skip_beyond_the_last_field_ends_the_row():
    """What is skipped ends with the row, and the next row is whole."""
    shown = np.array([0, 1, 0], np.uint8)
    out, size = assemble((native.SKIP, shown, 1, b"NULL", 99), (native.LITERAL, b"x"))
    assert b"x),(NULL),(x),(" == out[:size]
