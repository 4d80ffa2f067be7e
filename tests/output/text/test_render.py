"""A batch as SQL text: the same as formatting its values one by one."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shardgen.errors import GenerationError
from shardgen.output.sql.dialects import DIALECTS
from shardgen.output.text import native_writer as native
from shardgen.output.text.fields import LiteralSyntax
from shardgen.output.text.render import Renderer, StatementText
from shardgen.random.streams import words
from shardgen.schema.types import parse_type
from shardgen.tables import values as c
from shardgen.tables.batch import BATCH_ROWS, BoundColumn, BoundTable
from shardgen.tables.calendar import days_of
from shardgen.tables.casts import cast

INSERT = LiteralSyntax(
    "NULL", "TRUE", "FALSE", "'", lambda text: text.replace("'", "''"), ",", "),\n("
)
COPY = DIALECTS["postgres"].notation("copy")
FRAME = StatementText(b"INSERT (", b");\nINSERT (", b");\n")
TYPES = {
    c.Integers: "bigint",
    c.Decimals: "decimal(18,9)",
    c.Dates: "date",
    c.Timestamps: "timestamp",
    c.Booleans: "boolean",
    c.Dictionary: "text",
    c.Text: "text",
}


WRITERS = ("numpy", "compiled") if native.compiled else ("numpy",)
"""Both ways to write rows; the second is missing where there was no C compiler."""

BOTH = pytest.mark.parametrize("writer", WRITERS)


@contextlib.contextmanager
def written_by(writer: str) -> Iterator[None]:
    """Write rows this way."""
    with pytest.MonkeyPatch.context() as patch:
        if writer == "numpy":
            patch.setattr(native, "compiled", None)
        yield


def renderer(
    columns: list[c.ColumnValues],
    rows: int,
    *,
    nulls: dict[int, np.ndarray] | None = None,
    notation: LiteralSyntax = INSERT,
    rows_per_statement: int | None = 1000,
) -> Renderer:
    """Return the renderer of a table whose columns are these values, `rows` of each."""
    table = BoundTable("t", rows)
    for n, values in enumerate(columns):
        null = (nulls or {}).get(n)
        table.columns[f"c{n}"] = BoundColumn(
            f"c{n}",
            parse_type(TYPES[type(values)]),
            lambda batch, values=values: values.take(batch.rows),
            None if null is None else lambda batch, null=null: null[batch.rows],
        )
    return Renderer(table, notation, FRAME, rows_per_statement)


def literal(value: Any, notation: LiteralSyntax) -> str:
    """The obvious way to write a value."""
    if value is None:
        return notation.null
    if isinstance(value, bool):
        return notation.true if value else notation.false
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.datetime):
        value = value.isoformat(" ")
    elif isinstance(value, dt.date):
        value = value.isoformat()
    else:
        value = notation.escape(value)
    return f"{notation.quote}{value}{notation.quote}"


def obvious_rows(
    columns: list[c.ColumnValues],
    rows: int,
    *,
    nulls: dict[int, np.ndarray] | None = None,
    notation: LiteralSyntax = INSERT,
) -> list[str]:
    """Format the rows one by one."""
    made = []
    for n, values in enumerate(columns):
        # Integers show their least digits only as parts of text, or in a column of their own
        shown = values.strings() if _has_digits(values) else values.python()
        texts = [v if _has_digits(values) else literal(v, notation) for v in shown[:rows]]
        null = (nulls or {}).get(n)
        if null is not None:
            pairs = zip(null.tolist(), texts, strict=False)
            texts = [notation.null if is_null else text for is_null, text in pairs]
        made.append(texts)
    return [notation.separator.join(row) for row in zip(*made, strict=True)]


def in_statements(
    rows: list[str], rows_per_statement: int | None = 1000, notation: LiteralSyntax = INSERT
) -> bytes:
    """Return rows in statements of so many, or in one."""
    size = rows_per_statement or len(rows)
    statements = [rows[n : n + size] for n in range(0, len(rows), size)]
    joined = [notation.next_row.join(statement).encode() for statement in statements]
    return FRAME.start + FRAME.next_statement.join(joined) + FRAME.end


def _has_digits(values: c.ColumnValues) -> bool:
    return isinstance(values, c.Integers) and values.digits > 1


def rendered(made: Renderer, start: int, stop: int) -> bytes:
    """Return what the renderer yields; a piece is read before the next is asked for."""
    return b"".join(bytes(piece) for piece in made.render(start, stop))


def assert_rendered(
    columns: list[c.ColumnValues],
    rows: int,
    *,
    notation: LiteralSyntax = INSERT,
    rows_per_statement: int | None = 1000,
    nulls: dict[int, np.ndarray] | None = None,
    cuts: tuple[int, ...] = (),
) -> None:
    """Fail unless both ways give the obvious text, whole and in the ranges between the cuts."""
    lines = obvious_rows(columns, rows, nulls=nulls, notation=notation)
    expected = in_statements(lines, rows_per_statement, notation)
    for writer in WRITERS:
        with written_by(writer):
            made = renderer(
                columns, rows, nulls=nulls, notation=notation, rows_per_statement=rows_per_statement
            )
            assert expected == rendered(made, 0, rows), writer
            if cuts:
                ranges = itertools.pairwise((0, *cuts, rows))
                assert expected == b"".join(rendered(made, *each) for each in ranges), writer


def numbers(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


# --- Numbers

TOP = (1 << 63) - 1
LANDMARKS = sorted(
    {
        sign * (base + off)
        for sign in (1, -1)
        for base in (0, *(10**k for k in range(19)), 1 << 31, 1 << 32, 1 << 53, TOP - 1)
        for off in (-1, 0, 1)
        if abs(base + off) <= TOP
    }
)


@pytest.mark.parametrize("high", [n for n in LANDMARKS if n >= 0])
def test_integers_up_to_any_bound(high):
    """Around every power of ten and of two, with a narrow and a wide range below."""
    for low in (0, max(0, high - 1000), max(0, high - 1024), -5, -high, -(10**4), -(10**9)):
        inside = [n for n in LANDMARKS if low <= n <= high] + [low, high]
        assert_rendered([c.Integers(numbers(*inside), low, high)], len(inside))


@pytest.mark.parametrize("low", [-(1 << 63), -TOP, -(1 << 62)])
def test_the_least_integers(low):
    """Down to the least of 64 bits, which has no positive twin."""
    inside = [n for n in LANDMARKS if low <= n] + [low, low + 1]
    assert_rendered([c.Integers(numbers(*inside), low, TOP)], len(inside))
    assert_rendered([c.Integers(numbers(low, low + 5), low, low + 5)], 2)


@pytest.mark.parametrize("digits", [*range(1, 22), 40, 41, 500])
@pytest.mark.parametrize("high", [7, 9, 10, 9999, 10_000, 123_456_789, 10**12, TOP])
def test_integers_with_leading_zeros(digits, high):
    """In a column and in text."""
    inside = [n for n in LANDMARKS if 0 <= n <= high] + [high]
    values = c.Integers(numbers(*inside), 0, high, digits=digits)
    assert_rendered([values, c.Text(("N-", values, "x")), c.Text((values,))], len(inside))


@pytest.mark.parametrize("scale", range(10))
@pytest.mark.parametrize(
    ("low", "high"),
    [
        *((0, 5), (0, 10_000), (0, 99_999), (0, 10**9), (0, 10**18 - 1), (0, TOP)),
        *((-5, 5), (-9999, 10_000), (-(10**9), 7), (-(10**18), 10**18), (-TOP, -1), (99, 101)),
    ],
)
def test_decimals_of_any_scale_and_size(scale, low, high):
    """Around powers of ten, below one, and below zero: -0.05 keeps its sign and its zeros."""
    inside = [n for n in LANDMARKS if low <= n <= high] + [low, high]
    values = c.Decimals(numbers(*inside), scale, low, high)
    assert_rendered([values, cast(values, parse_type("text"))], len(inside))


@pytest.mark.parametrize(("low", "high"), [(-5, 5), (-10_000, 3), (-TOP, TOP), (-9, -1)])
def test_whole_numbers_below_zero_as_text(low, high):
    """The sign stands within the quotes, whether numbers are looked up or written."""
    inside = [n for n in LANDMARKS if low <= n <= high] + [low, high]
    values = c.Integers(numbers(*inside), low, high)
    assert_rendered([cast(values, parse_type("text"))], len(inside))


@pytest.mark.parametrize("scale", [10, 12, 15, 18])
def test_decimals_of_many_places(scale):
    """More places than digits: zeros stand between the point and the first digit."""
    inside = [n for n in LANDMARKS if abs(n) < 10**18]
    assert_rendered([c.Decimals(numbers(*inside), scale, -(10**18), 10**18)], len(inside))


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"])
def test_arrays_of_any_whole_numbers(dtype):
    """A plug-in may have made narrow ones."""
    info = np.iinfo(dtype)
    least, most = max(info.min, -TOP), min(info.max, TOP)
    values = np.array([least, 0, 1, most], dtype)
    pool = c.Pool(["a", "b", "c"])
    picks = c.Dictionary(np.array([0, 2, 1, 0], dtype), pool)
    either = c.Union(((picks,), ("x",)), np.array([0, 1, 0, 1], dtype))
    seconds = np.array([max(least, -5), 0, 59, min(most, 10**9)], dtype)
    assert_rendered(
        [
            c.Integers(values, -TOP, TOP),
            c.Decimals(values, 17, -TOP, TOP),
            c.Timestamps(seconds, -5, 10**9),
            picks,
            c.Text((either,)),
        ],
        4,
    )


@BOTH
def test_a_value_outside_its_pool_is_no_other_value(writer):
    """A bug of a generator is an error, and not a wrong row."""
    with written_by(writer), pytest.raises(IndexError):
        rendered(renderer([c.Dictionary(numbers(0, 3), c.Pool(["a", "b", "c"]))], 2), 0, 2)


# --- Times

DAYS = sorted(
    days_of(dt.date.fromisoformat(date))
    for date in (
        *("1000-01-01", "1582-10-15", "1600-02-29", "1899-12-31", "1900-02-28", "1900-03-01"),
        *("1969-12-31", "1970-01-01", "1999-12-31", "2000-02-29", "2024-02-29", "2024-12-31"),
        *("2025-01-01", "2038-01-19", "2100-02-28", "2100-03-01", "9999-12-31"),
    )
)


@pytest.mark.parametrize("span", [0, 1, 400, 39_998, 39_999, 40_000, 40_001, 3_000_000])
def test_dates_within_and_beyond_the_table_of_days(span):
    """The same text whether days are looked up or computed."""
    for low in (days_of(dt.date(1970, 1, 1)), DAYS[0], days_of(dt.date(1890, 6, 1))):
        high = min(low + span, DAYS[-1])
        inside = numbers(*(d for d in DAYS if low <= d <= high), low, high)
        dates = c.Dates(inside, low, high)
        compact = c.Dates(inside, low, high, compact=True)
        assert_rendered([dates, c.Text(("LN-", compact, "-x"))], len(inside))
        assert_rendered([c.Text((compact,)), c.Text((dates, "y"))], len(inside))


SECONDS = (0, 1, 59, 60, 61, 3599, 3600, 43_200, 86_399)


@pytest.mark.parametrize("bounds", [(0, 0), (-3, 3), (DAYS[0], DAYS[-1]), (0, 50_000)])
def test_timestamps_at_every_kind_of_second(bounds):
    """The first and last seconds of minutes, hours and days, over a day and over 9,000 years."""
    low, high = bounds[0] * c.DAY, bounds[1] * c.DAY + c.DAY - 1
    days = [d for d in DAYS if bounds[0] <= d <= bounds[1]] + list(bounds)
    inside = numbers(*(day * c.DAY + second for day in days for second in SECONDS))
    assert_rendered([c.Timestamps(inside, low, high)], len(inside))


def test_every_second_of_a_day():
    """The last day before 1970, whose seconds are counted below zero."""
    seconds = np.arange(-c.DAY, 0)
    assert_rendered([c.Timestamps(seconds, -c.DAY, -1)], c.DAY)


# --- Text

LETTERS = "abcdefghijklmnopqrstuvwxyzé日😀'\\\n\t\r\";,()%_$-\x01\x7f\u2028"


def text_of(length: int, seed: int) -> str:
    """Text that is `length` bytes long, of letters of one to four bytes."""
    text, left = "", length
    while left:
        fitting = [letter for letter in LETTERS if len(letter.encode()) <= left]
        letter = fitting[(seed * 7 + left * 31 + len(text)) % len(fitting)]
        text += letter
        left -= len(letter.encode())
    return text


@pytest.mark.parametrize("length", range(1, 71))
def test_texts_of_any_length(length):
    """Up to this many bytes, so that every way to cut them into stores occurs."""
    pool = c.Pool([text_of(n, n) for n in range(length + 1)])
    picks = c.Dictionary(np.arange(length + 1), pool)
    after = c.Integers(np.arange(length + 1), 0, length)
    for notation in (INSERT, COPY, DIALECTS["mysql"].notation("insert")):
        per = None if notation is COPY else 1000
        options = {"notation": notation, "rows_per_statement": per}
        assert_rendered([picks], length + 1, **options)
        assert_rendered([picks, after, picks], length + 1, **options)


ODD = [
    *("", "'", "''", "\\", "\\'", "\\\\'", "\n", "\t", r"\N", "NULL", "a'; DROP TABLE t;--"),
    *("😀", "日本語", "naïve", "\u2028", "\x7f", "\x01", "ÿ", "\xff", "%s", "{}", "\r\n", " "),
]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_odd_texts_are_escaped_wherever_they_stand(dialect):
    """As a pick, as a literal in text, and as a part between parts."""
    notation = DIALECTS[dialect].notation("insert")
    index = np.arange(len(ODD))
    pool = c.Pool(ODD)
    count = c.Integers(index, 0, 99_999)
    columns: list[c.ColumnValues] = [c.Dictionary(index, pool)]
    for odd in ODD:
        columns += [
            c.Text((odd, count)),
            c.Text((count, odd)),
            c.Text(
                (c.Dictionary(index, pool), odd, c.Dictionary(index[::-1].copy(), pool), odd, count)
            ),
        ]
    assert_rendered(columns, len(ODD), notation=notation)


@pytest.mark.parametrize("digits", [4, 8, 12, 16])
def test_hexadecimal_digits(digits):
    """The low digits of a word."""
    sample = np.array([0, 1, 0xF, 0x10, 0xFFFF, 0x10000, 1 << 63, (1 << 64) - 1], np.uint64)
    value = c.HexDigits(sample, digits)
    assert_rendered([c.Text((value,)), c.Text(("x", value, "-", value, "'"))], len(sample))


def test_booleans_in_every_notation():
    """As words, as digits and as letters, as long as the dialect has them."""
    values = c.Booleans(np.array([True, False, False, True]))
    for dialect, form in (("postgres", "insert"), ("mysql", "insert"), ("sqlite", "insert")):
        assert_rendered([values], 4, notation=DIALECTS[dialect].notation(form))
    assert_rendered([values], 4, notation=COPY, rows_per_statement=None)


NUL_TEXTS = {
    "a pick": lambda odd, i: c.Dictionary(i, c.Pool(["a", f"b{odd}c", *"defg"])),
    "a pick in text": lambda odd, i: c.Text(
        ("x", c.Dictionary(i, c.Pool([f"{odd}", *"abcde"])), "y")
    ),
    "a literal before": lambda odd, i: c.Text((odd, c.Integers(i, 0, 10**6))),
    "a literal after digits": lambda odd, i: c.Text((c.Integers(i, 0, 10**6), odd)),
    "a literal after a small number": lambda odd, i: c.Text((c.Integers(i, 0, 10), odd)),
    "a long literal after digits": lambda odd, i: c.Text((c.Integers(i, 0, 10**6), odd + "abcdef")),
    "a literal before a date": lambda odd, i: c.Text((odd, c.Dates(i, 0, 10))),
    "a literal after a date": lambda odd, i: c.Text((c.Dates(i, 0, 10), odd)),
    "a literal after a far date": lambda odd, i: c.Text((c.Dates(i, 0, 10**5), odd)),
    "a literal after hex": lambda odd, i: c.Text((c.HexDigits(i.astype(np.uint64), 8), odd)),
}


@pytest.mark.parametrize("where", NUL_TEXTS)
@pytest.mark.parametrize("odd", ["\0", "\ud800"])
@BOTH
def test_text_that_sql_cannot_store_is_an_error(where, odd, writer):
    """A NUL is not dropped and a lone surrogate is no traceback, wherever it stands."""
    values = NUL_TEXTS[where](odd, np.arange(6))
    says = "NUL" if odd == "\0" else "not valid Unicode"
    with written_by(writer), pytest.raises(GenerationError, match=says):
        rendered(renderer([values], 6), 0, 6)


# --- Rows


@functools.cache
def sample_columns(rows: int) -> list[c.ColumnValues]:
    """One column of each kind."""
    drawn = words(5, np.arange(rows))
    index = (drawn >> np.uint64(40)).astype(np.int64)
    pool = c.Pool([text_of(n, n) for n in range(40)])
    return [
        c.Integers(np.arange(1, rows + 1), 1, rows),
        c.Dictionary(index % 40, pool),
        c.Decimals(index - 5_000_000, 2, -5_000_000, 1 << 24),
        c.Booleans(index % 2 == 0),
        c.Dates(index % 1000, 0, 999),
        c.Timestamps(index * 100, 0, (1 << 24) * 100),
        c.Text(("a", c.Dictionary(index % 40, pool), "@", c.Integers(index, 0, 1 << 24, digits=3))),
        c.Text((c.HexDigits(drawn, 8), "-", c.HexDigits(drawn, 4))),
    ]


@functools.cache
def sample_nulls(rows: int, columns: int) -> dict[int, np.ndarray]:
    return {n: words(n, np.arange(rows)) < np.uint64(1 << 62) for n in range(1, columns)}


@functools.cache
def sample_rows(rows: int) -> list[str]:
    """Return the rows of sample_columns with sample_nulls, one by one."""
    columns = sample_columns(rows)
    return obvious_rows(columns, rows, nulls=sample_nulls(rows, len(columns)))


@functools.cache
def sample_text(rows: int, rows_per_statement: int) -> bytes:
    """Return these rows in statements."""
    return in_statements(sample_rows(rows), rows_per_statement)


def sample_renderer(rows: int, rows_per_statement: int | None) -> Renderer:
    """Return the renderer of sample_columns with sample_nulls."""
    columns = sample_columns(rows)
    nulls = sample_nulls(rows, len(columns))
    return renderer(columns, rows, nulls=nulls, rows_per_statement=rows_per_statement)


@BOTH
@pytest.mark.parametrize("rows_per_statement", [1, 2, 3, 999, 1000, 4096, 19_999, 20_000, 20_001])
def test_statement_boundaries(rows_per_statement, writer):
    """A statement ends after every R rows and at the last row, in batches of any length."""
    expected = sample_text(20_000, rows_per_statement)
    with written_by(writer):
        assert expected == rendered(sample_renderer(20_000, rows_per_statement), 0, 20_000)


@BOTH
@pytest.mark.parametrize("rows", [1, 2, 999, 1000, 1001, BATCH_ROWS, BATCH_ROWS + 1])
def test_the_last_row_ends_the_table(rows, writer):
    """After one row, and around the ends of statements and of batches."""
    columns = sample_columns(rows)
    lines = obvious_rows(columns, rows)
    for size in (1, 2, 1000, None):
        with written_by(writer):
            text = rendered(renderer(columns, rows, rows_per_statement=size), 0, rows)
        assert in_statements(lines, size) == text


@BOTH
def test_ends_of_statements_never_leak_their_marker(writer):
    """The marker is a byte that UTF-8 does not have."""
    with written_by(writer):
        text = rendered(renderer(sample_columns(20_000), 20_000, rows_per_statement=3), 0, 20_000)
    text.decode()
    assert b"\xff" not in text
    assert b"\0" not in text


CUTS = st.lists(st.integers(0, 20_000), max_size=6)


@BOTH
@given(cuts=CUTS, size=st.sampled_from([1, 7, 1000]), backwards=st.booleans())
@example(cuts=[1, 19_999], size=1000, backwards=False)
@example(cuts=[4096, 4097, BATCH_ROWS], size=7, backwards=True)
@settings(max_examples=40, deadline=None)
def test_ranges_join_to_the_whole(writer, cuts, size, backwards):
    """Any cut, in any order, by one renderer that has seen other rows before."""
    edges = [0, *sorted(cuts), 20_000]
    ranges = [(a, b) for a, b in itertools.pairwise(edges) if a < b]
    with written_by(writer):
        made = sample_renderer(20_000, size)
        texts = {r: rendered(made, *r) for r in (reversed(ranges) if backwards else ranges)}
    assert sample_text(20_000, size) == b"".join(texts[r] for r in ranges)


def test_all_rows_null_or_none():
    """The ends of a mask: a column of NULL alone, and one without any."""
    for fill in (True, False):
        columns = sample_columns(5000)
        nulls = {n: np.full(5000, fill) for n in range(len(columns))}
        assert_rendered(columns, 5000, nulls=nulls)


# --- Any layout of a row


@st.composite
def layouts(draw: st.DrawFn, rows: int = 40) -> tuple[list[c.ColumnValues], dict[int, np.ndarray]]:
    """Columns in any number and order, of any widths, some of them null in places."""
    columns = draw(st.lists(one_column(rows), min_size=1, max_size=7))
    nulls = {}
    for n in range(len(columns)):
        if draw(st.booleans()):
            nulls[n] = np.array(draw(st.lists(st.booleans(), min_size=rows, max_size=rows)))
    return columns, nulls


def integers_within(rows: int, low: int, high: int) -> st.SearchStrategy[np.ndarray]:
    one = st.one_of(st.integers(low, high), st.sampled_from([low, high]))
    return st.lists(one, min_size=rows, max_size=rows).map(lambda v: np.array(v, np.int64))


bounds = st.one_of(
    st.tuples(st.sampled_from(LANDMARKS), st.sampled_from(LANDMARKS)),
    st.tuples(st.integers(-TOP, TOP), st.integers(-TOP, TOP)),
    st.tuples(st.integers(-20, 20), st.integers(-20, 20)),
).map(sorted)
words_of = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
pools = st.lists(words_of, min_size=1, max_size=6).map(c.Pool)


@st.composite
def one_column(draw: st.DrawFn, rows: int) -> c.ColumnValues:
    kind = draw(st.sampled_from(["integer", "decimal", "boolean", "date", "time", "pick", "text"]))
    if kind == "integer":
        low, high = draw(bounds)
        return c.Integers(draw(integers_within(rows, low, high)), low, high)
    if kind == "decimal":
        low, high = draw(bounds)
        return c.Decimals(
            draw(integers_within(rows, low, high)), draw(st.integers(0, 9)), low, high
        )
    if kind == "boolean":
        return c.Booleans(np.array(draw(st.lists(st.booleans(), min_size=rows, max_size=rows))))
    if kind == "text":
        return c.Text(draw(parts(rows)))
    return draw(one_part(rows, kind))


@st.composite
def one_part(draw: st.DrawFn, rows: int, kind: str) -> Any:
    if kind == "pick":
        pool = draw(pools)
        return c.Dictionary(draw(integers_within(rows, 0, len(pool) - 1)), pool)
    if kind == "digits":
        low, high = sorted(abs(n) for n in draw(bounds))
        digits = draw(st.integers(1, 19))
        return c.Integers(draw(integers_within(rows, low, high)), low, high, digits)
    if kind == "hex":
        word = draw(integers_within(rows, 0, TOP)).astype(np.uint64)
        return c.HexDigits(word, draw(st.sampled_from([4, 8, 12, 16])))
    low, high = sorted(draw(st.tuples(*[st.integers(DAYS[0], DAYS[-1])] * 2)))
    if kind == "time":
        low, high = low * c.DAY, high * c.DAY + draw(st.integers(0, c.DAY - 1))
        return c.Timestamps(draw(integers_within(rows, low, high)), low, high)
    compact = kind == "compact"
    return c.Dates(draw(integers_within(rows, low, high)), low, high, compact=compact)


@st.composite
def parts(draw: st.DrawFn, rows: int) -> tuple[Any, ...]:
    kinds = draw(st.lists(st.sampled_from(["pick", "digits", "hex", "date", "compact"]),
                          min_size=1, max_size=4))  # fmt: skip
    made: list[Any] = []
    for kind in kinds:
        if draw(st.booleans()):
            made.append(draw(words_of))
        made.append(draw(one_part(rows, kind)))
    if draw(st.booleans()):
        made.append(draw(words_of))
    return tuple(made)


@given(layouts(), st.sampled_from(["postgres", "mysql", "sqlite", "copy"]), st.integers(1, 50))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, *HealthCheck]
)
def test_any_layout_of_a_row_is_written_as_formatted(layout, dialect, size):
    """No column's bytes are overwritten by a neighbour's, whatever their widths and nulls."""
    columns, nulls = layout
    options: dict[str, Any] = {"nulls": nulls, "rows_per_statement": size}
    if dialect == "copy":
        options |= {"notation": COPY, "rows_per_statement": None}
    else:
        options["notation"] = DIALECTS[dialect].notation("insert")
    assert_rendered(columns, 40, cuts=(13, 14), **options)
