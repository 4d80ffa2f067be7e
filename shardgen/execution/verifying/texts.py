"""
The text of a file compared with what a run would write, piece by piece.

Where they differ, the row is found by making fewer and fewer rows of the shard, and the cell by
the texts of the row's values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from shardgen.execution.verifying.difference import Difference, FoundDifferenceError, shown
from shardgen.execution.verifying.reading import Reader
from shardgen.output.text.kinds import Buffer
from shardgen.output.text.render import Renderer
from shardgen.plan.plan import Shard
from shardgen.plan.source import Source

_NEEDLE_ROWS = 8  # that are looked for, where those before them are left out
_AFTER = 4096  # bytes that are read after a difference, to say what is there


class Piece(msgspec.Struct, frozen=True):
    """What comes next in a file: the rows of a shard, or a text that `title` names."""

    title: str
    shard: Shard | None
    texts: Callable[[], Iterator[Buffer]]
    is_chosen: bool = True


class Comparison:
    """A file that is compared with what `source`, whose format compresses nothing, would write."""

    def __init__(self, source: Source, name: str) -> None:
        """Begin; `name` is that of the file in messages."""
        self._source = source
        self._name = name
        self.rows = 0
        """How many rows were compared."""
        self.reached = 0
        """How far in the file everything that was compared is right."""

    def compare(self, reader: Reader, pieces: Iterable[Piece]) -> None:
        """Read all of a file; FoundDifferenceError with the first difference of chosen pieces."""
        is_behind = False  # pieces before the next one were left out
        piece = None
        for piece in pieces:
            if not piece.is_chosen:
                is_behind = True
                continue
            needle = self._needle(piece) if is_behind else b""
            if is_behind and not needle:
                reader.rest()
            elif needle and not reader.skip_to(needle):
                raise self._differs(f"{piece.title} is not in it as it should be", piece.shard)
            is_behind = False
            self._compare_piece(reader, piece)
        assert piece is None or piece.is_chosen, "the last piece is always looked at"
        self._refuse_more(reader)

    def _refuse_more(self, reader: Reader) -> None:
        more = reader.read(_AFTER)
        if more:
            size = len(more) + reader.rest()
            raise self._differs(f"{size} bytes follow its end", None, found=shown(more))

    def _needle(self, piece: Piece) -> bytes:
        """Return what a piece begins with."""
        shard = piece.shard
        if shard is None:
            return b"".join(map(bytes, piece.texts()))
        stop = min(shard.start + _NEEDLE_ROWS, shard.stop)
        return self._text(shard.table, shard.start, stop)

    def _compare_piece(self, reader: Reader, piece: Piece) -> None:
        before = 0  # bytes of the piece that are right
        for text in piece.texts():
            found = reader.read(len(text))
            if found != text:
                wanted = bytes(text)
                same = _common(found, wanted)
                self.reached += same
                found += reader.read(_AFTER)
                if piece.shard is None:
                    raise self._differing_line(piece, wanted, found, same)
                raise self._differing_row(piece.shard, before + same, found[same:])
            before += len(text)
            self.reached = reader.position
        if piece.shard is not None:
            self.rows += piece.shard.rows

    def _differing_line(
        self, piece: Piece, wanted: bytes, found: bytes, same: int
    ) -> FoundDifferenceError:
        start = wanted.rfind(b"\n", 0, same) + 1
        number = wanted.count(b"\n", 0, same) + 1
        what = f"line {number} of {piece.title} differs"
        lines = (text[start:].partition(b"\n")[0] for text in (found, wanted))
        return self._differs(what, None, *map(shown, lines))

    def _differing_row(self, shard: Shard, same: int, rest: bytes) -> FoundDifferenceError:
        """Return which cell of a shard differs, after so many bytes that are the same."""
        row, before = self._row_at(shard, same)
        text = self._text(shard.table, row, row + 1)
        same -= before
        table = f"table {shard.table!r}"
        if not rest:
            return self._differs(f"it ends in row {row} of {table}", shard, row=row)
        line = text[:same] + rest
        for other, how in (
            (row + 1, "row {} of {} is missing"),
            (row - 1, "row {} of {} is there twice"),
        ):
            if other in range(shard.start, shard.stop) and line.startswith(
                self._text(shard.table, other, other + 1)
            ):
                said = how.format(min(row, other), table)
                return self._differs(said, shard, _row(line), _row(text), row=min(row, other))
        start = 0
        renderer = self._source.rows_of(shard.table)
        assert isinstance(renderer, Renderer), "other formats are not compared as text"
        start = len(text) - self._without_start(renderer, shard.table, row, text)
        if same < start:
            what = f"what stands before row {row} of {table} differs"
            return self._differs(what, shard, _row(line), _row(text), row=row)
        for name, value, after in renderer.cells(row):
            stop = start + len(value) + len(after)
            if same < stop:
                what = f"row {row} of {table} differs in column {name!r}"
                found = value_of(line[start:], after or text[stop:])
                return self._differs(what, shard, shown(found), shown(value), row=row, column=name)
            start = stop
        what = f"what follows row {row} of {table} differs"
        return self._differs(what, shard, shown(line[start:]), shown(text[start:]), row=row)

    def _without_start(self, renderer: Renderer, table: str, row: int, text: bytes) -> int:
        """Return the bytes of a row's text without those that stand before the first of a file."""
        if row not in self._source.plan.file_starts(table):
            return len(text)
        return len(text) - len(next(iter(renderer.render(row, row + 1))))

    def _row_at(self, shard: Shard, position: int) -> tuple[int, int]:
        """Return the row that a position in a shard's text is in, and where its text begins."""
        start, stop, before = shard.start, shard.stop, 0
        while stop - start > 1:
            middle = (start + stop) // 2
            size = sum(map(len, self._source.rows_of(shard.table).render(start, middle)))
            if before + size <= position:
                start, before = middle, before + size
            else:
                stop = middle
        return start, before

    def _text(self, table: str, start: int, stop: int) -> bytes:
        return b"".join(map(bytes, self._source.rows_of(table).render(start, stop)))

    def _differs(
        self,
        what: str,
        shard: Shard | None,
        found: str | None = None,
        wanted: str | None = None,
        **cell: Any,
    ) -> FoundDifferenceError:
        table = None if shard is None else shard.table
        difference = Difference(
            file=self._name, what=what, table=table, found=found, wanted=wanted, **cell
        )
        return FoundDifferenceError(difference)


def _common(found: bytes, wanted: bytes) -> int:
    """Return how many bytes two texts begin with alike."""
    start, stop = 0, min(len(found), len(wanted))
    while start < stop:
        middle = (start + stop + 1) // 2
        if found[start:middle] == wanted[start:middle]:
            start = middle
        else:
            stop = middle - 1
    return start


def value_of(text: bytes, after: bytes) -> bytes:
    """Return the value that a text begins with: up to what may follow, or to its closing quote."""
    quote = text[:1]
    if quote in (b"'", b'"'):
        closing = re.match(rb"%b(?:[^%b]|%b%b)*%b" % ((quote,) * 5), text)
        if closing is not None:
            return closing[0]
    ends = [at for sign in (after[:1], b"\n") if sign and (at := text.find(sign)) >= 0]
    return text[: min(ends)] if ends else text


def _row(text: bytes) -> str:
    return shown(text.partition(b"\n")[0])
