"""
The compiled module with random arguments, right and wrong.

Each round is a seed, so that one that fails can be run again. `scripts/sanitize` runs many, with a
module that reports every byte touched outside of its memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import numpy as np
import pytest

from shardgen.output.text import native_writer as native

ROUNDS = int(os.environ.get("SHARDGEN_NATIVE_ROUNDS", "6"))
CALLS = 100
DAY = 86_400
Arguments = list[Any]
"""Of `assemble`: out, fields, rows, next_row, next_statement, first, step, has_last."""

pytestmark = pytest.mark.skipif(native.compiled is None, reason="there was no C compiler")


# --- What `assemble` shall write


def number_at(values: Any, width: int, row: int) -> int:
    return int.from_bytes(bytes(memoryview(values))[row * width :][:width], "little")


def entry(table: Any, lengths: Any, index: int) -> bytes:
    return table[index, : lengths[index]].tobytes()


def decimal(number: int, is_signed: bool, scale: int, digits: int) -> bytes:
    is_negative = is_signed and number >> 63
    text = str((1 << 64) - number if is_negative else number).rjust(digits, "0")
    point = len(text) - scale
    return (b"-" * bool(is_negative)) + f"{text[:point]}{'.' * bool(scale)}{text[point:]}".encode()


def timestamp(second: int, day: int, table: Any, lengths: Any) -> bytes:
    days, second = divmod((second - day * DAY) % (1 << 64), DAY)
    clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    return entry(table, lengths, days) + clock.encode()


def numeric(number: int, scale: int) -> bytes:
    """As PostgreSQL's own documentation of its source has it."""
    units = number - (1 << 64) if number >> 63 else number
    whole, part = f"{abs(units):0{scale + 1}d}", ""
    if scale:
        whole, part = whole[:-scale], whole[-scale:]
    whole, part = whole.rjust(-(-len(whole) // 4) * 4, "0"), part.ljust(-(-scale // 4) * 4, "0")
    digits = [int((whole + part)[n : n + 4]) for n in range(0, len(whole + part), 4)]
    weight = len(whole) // 4 - 1
    while digits and not digits[0]:
        digits, weight = digits[1:], weight - 1
    while digits and not digits[-1]:
        digits = digits[:-1]
    sign = 0x4000 if units < 0 else 0
    fields = (len(digits), weight % (1 << 16) if digits else 0, sign, scale, *digits)
    return (2 * len(fields)).to_bytes(4) + b"".join(field.to_bytes(2) for field in fields)


def row_text(fields: tuple[Any, ...], row: int) -> bytes:
    text, at, opened = b"", 0, 0
    while at < len(fields):
        kind, *rest = fields[at]
        at += 1
        if kind == native.LITERAL:
            text += rest[0]
        elif kind == native.OPEN_SIZE:
            opened = len(text)
        elif kind == native.CLOSE_SIZE:
            text = text[:opened] + (len(text) - opened).to_bytes(4) + text[opened:]
        elif kind != native.SKIP:
            text += value_text(kind, number_at(rest[0], rest[1], row), *rest[2:])
        elif number_at(rest[0], rest[1], row):
            text += rest[2]
            at += rest[3]
    return text


def value_text(kind: int, value: int, *facts: Any) -> bytes:
    if kind == native.LOOKUP:
        return entry(*facts, value)
    if kind == native.NUMBER:
        return decimal(value, *facts[:3]) + facts[3]
    if kind == native.TIMESTAMP:
        return timestamp(value, *facts[:3]) + facts[3]
    if kind == native.BIG_ENDIAN:
        return facts[1] + value.to_bytes(8)[8 - facts[0] :]
    return numeric(value, facts[0])


def expected(arguments: Arguments) -> bytes:
    _, fields, rows, next_row, next_statement, first, step, has_last = arguments
    text = b""
    for row in range(rows):
        text += row_text(fields, row)
        if row == rows - 1 and has_last:
            break
        is_end = 0 <= first <= row and (row == first or (step > 0 and not (row - first) % step))
        text += next_statement if is_end else next_row
    return text


# --- Arguments that are right


def random_text(random: Random) -> bytes:
    return random.randbytes(random.choice((0, 1, 2, 15, 16, 17, 40, 300)))


def random_values(random: Random, rows: int, below: int) -> tuple[Any, int]:
    """Return that many values from 0 to `below`, not always aligned, and the bytes of each."""
    width = random.choice([width for width in (1, 2, 4, 8) if below <= 1 << 8 * width])
    values = b"".join(random.randrange(below).to_bytes(width, "little") for _ in range(rows))
    odd = np.zeros(len(values) + 1, np.uint8)[random.randrange(2) :]
    odd[: len(values)] = list(values)
    return odd[: len(values)], width


def random_table(random: Random) -> tuple[Any, Any]:
    """Return the entries of a table and the length of each."""
    entries, stride = random.randint(1, 9), 16 * random.randint(1, 6)
    table = np.frombuffer(random.randbytes(entries * stride), np.uint8).reshape(entries, stride)
    lengths = [random.choice((0, 1, 16, stride - 1, stride)) for _ in range(entries)]
    return table, np.array(lengths, np.uint32)


def random_literal(random: Random, rows: int) -> tuple[Any, ...]:
    del rows
    return (native.LITERAL, random_text(random))


def random_lookup(random: Random, rows: int) -> tuple[Any, ...]:
    table = random_table(random)
    return (native.LOOKUP, *random_values(random, rows, len(table[0])), *table)


def random_number(random: Random, rows: int) -> tuple[Any, ...]:
    below = 10 ** random.randint(1, 19) if random.randrange(4) else 1 << 64
    scale = random.choice((0, 0, 1, 2, 7, 8, 39))
    digits = random.choice((scale + 1, random.randint(scale + 1, 40)))
    facts = (random.random() < 0.5, scale, digits, random_text(random))
    return (native.NUMBER, *random_values(random, rows, below), *facts)


def random_timestamp(random: Random, rows: int) -> tuple[Any, ...]:
    table = random_table(random)
    day = random.choice((0, -random.randint(0, 20_000), random.randint(0, 20_000)))
    seconds = [day * DAY + random.randrange(len(table[0]) * DAY) for _ in range(rows)]
    return (native.TIMESTAMP, np.array(seconds, np.int64), 8, day, *table, random_text(random))


def random_skip(random: Random, rows: int) -> tuple[Any, ...]:
    text, skipped = random_text(random), random.choice((0, 1, 2, 99))
    return (native.SKIP, *random_values(random, rows, 2), text, skipped)


def random_big_endian(random: Random, rows: int) -> tuple[Any, ...]:
    values = random_values(random, rows, 1 << random.choice((1, 8, 16, 33, 64)))
    return (native.BIG_ENDIAN, *values, random.randint(1, 8), random_text(random))


def random_numeric(random: Random, rows: int) -> tuple[Any, ...]:
    below = 10 ** random.randint(1, 19) if random.randrange(4) else 1 << 64
    step = 10 ** random.choice((0, 0, 3, 4, 8, 17))
    values = [random.randrange(below) // step * step % (1 << 64) for _ in range(rows)]
    if random.randrange(2):
        values = [-value % (1 << 64) for value in values]
    scale = random.choice((*range(21), 40, 1000, 0x3FFF))
    return (native.NUMERIC, np.array(values, np.uint64), 8, scale)


FIELDS = (
    random_literal,
    random_lookup,
    random_number,
    random_timestamp,
    random_skip,
    random_big_endian,
    random_numeric,
)


def random_fields(random: Random, rows: int) -> Iterator[tuple[Any, ...]]:
    """Yield fields, some of them with their size before them."""
    for _ in range(random.randint(0, 5)):
        if random.randrange(5):
            yield random.choice(FIELDS)(random, rows)
            continue
        sized = [random.choice(FIELDS)(random, rows) for _ in range(random.randint(0, 2))]
        skips = any(field[0] == native.SKIP for field in sized)
        yield from sized if skips else [(native.OPEN_SIZE,), *sized, (native.CLOSE_SIZE,)]


def without_half_skipped(fields: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the fields with those skips shortened that end between a size and its end."""
    made = []
    for at, field in enumerate(fields):
        if field[0] == native.SKIP:
            inner = [each[0] for each in fields[at + 1 : at + 1 + field[-1]]]
            if inner.count(native.OPEN_SIZE) != inner.count(native.CLOSE_SIZE):
                made.append((*field[:-1], 0))
                continue
        made.append(field)
    return made


def random_arguments(random: Random) -> Arguments:
    rows = random.choice((0, 1, 2, 3, 7, 50))
    fields = tuple(without_half_skipped([*random_fields(random, rows)]))
    out = bytearray(random.choice((0, 1, 1000, 100_000)))
    first, step = random.randint(-2, rows), random.choice((-1, 0, 1, 2, 5, (1 << 63) - 1))
    ends = (random_text(random), random_text(random), first, step, random.random() < 0.5)
    return [out, fields, rows, *ends]


# --- Arguments that are wrong, or may be


REFUSALS = (BufferError, IndexError, MemoryError, OverflowError, SystemError, TypeError, ValueError)
"""SystemError is Python's own answer where a field is not a tuple."""

JUNK = (None, "text", 0.5, (), [], b"", b"seven..", bytearray(3), -1, 0, 1, 3, 41, 1 << 31, 1 << 56)
JUNK += (-(1 << 31), (1 << 63) - 1, 1 << 64, np.arange(9)[::2], np.zeros((2, 17), np.uint8))


def without_rows_that_fit_no_memory(arguments: Arguments) -> Arguments:
    """Leave out a number of rows that might be had, and would take all memory."""
    rows = arguments[2]
    if isinstance(rows, int) and 1000 < rows < 1 << 50:
        arguments[2] = 1 << 56
    return arguments


def with_junk(random: Random, values: tuple[Any, ...] | list[Any]) -> list[Any]:
    changed = list(values)
    if changed:
        changed[random.randrange(len(changed))] = random.choice(JUNK)
    return changed


def changed_array(
    random: Random, values: tuple[Any, ...], change: Callable[[bytes], Any]
) -> list[Any]:
    """Change one array among the values, if there is one."""
    arrays = [at for at, each in enumerate(values) if isinstance(each, np.ndarray)]
    at = random.choice(arrays) if arrays else len(values)
    return [change(each.tobytes()) if n == at else each for n, each in enumerate(values)]


def with_another_length(random: Random, values: tuple[Any, ...]) -> list[Any]:
    """Make one array a few bytes longer or shorter, and begin where no number does."""
    more = random.choice((-16, -4, -1, 0, 1, 4, 16))

    def change(text: bytes) -> memoryview:
        kept = text[: len(text) + min(more, 0)]
        return memoryview(bytearray(b"\1" + kept + bytes(max(more, 0))))[1:]

    return changed_array(random, values, change)


def with_any_bytes(random: Random, values: tuple[Any, ...]) -> list[Any]:
    """Fill one array at random: indices without an entry, lengths beyond one."""
    return changed_array(random, values, lambda text: random.randbytes(len(text)))


CHANGES = (with_junk, with_another_length, with_any_bytes)


def damaged(random: Random, arguments: Arguments) -> Arguments:
    """Change one argument, or one field."""
    fields = list(arguments[1])
    if not fields or not random.randrange(4):
        return without_rows_that_fit_no_memory(with_junk(random, arguments))
    at = random.randrange(len(fields))
    if random.randrange(20):
        fields[at] = tuple(random.choice(CHANGES)(random, fields[at]))
    else:
        fields[at] = random.choice(JUNK)
    return [arguments[0], tuple(fields), *arguments[2:]]


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_right_arguments_give_the_text_that_they_stand_for(seed):
    """Any fields, nulls and ends of statements, compared with a few lines of Python."""
    random = Random(seed)
    for _ in range(CALLS):
        arguments = random_arguments(random)
        text = expected(arguments)
        out, size = native.compiled.assemble(*arguments)
        assert text == bytes(out[:size])


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_wrong_arguments_do_no_harm(seed):
    """They are refused, or mean something else."""
    random = Random(seed)
    refused = 0
    for _ in range(CALLS):
        arguments = damaged(random, random_arguments(random))
        try:
            out, size = native.compiled.assemble(*arguments)
        except REFUSALS:
            refused += 1
        else:
            assert 0 <= size <= len(out)
    assert CALLS > refused > CALLS // 4
