"""The rows of a table's files: CSV, TSV, JSON lines, Parquet and Arrow, in constant memory."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import msgspec

from shardgen.errors import Mistake, PlanError, missing_package
from shardgen.execution.description.guessing import guessed
from shardgen.execution.description.shapes import TableShape
from shardgen.execution.verifying.reading import READ_BYTES, Reader, reading
from shardgen.output.csv import SEPARATORS
from shardgen.output.manifest import Manifest, TableEntry

GUESSED_FROM = 2000
"""Rows by whose values types are guessed."""
Row = Sequence[Any]


class TableRows:
    """The files of a table, and its shape: that of a schema, or what its first rows look like."""

    def __init__(
        self, folder: Path, made: Manifest, table: TableEntry, shape: TableShape | None
    ) -> None:
        """Read what columns the first file has; PlanError where they are not the manifest's."""
        self._table, self._folder = table, folder
        self._form = made.format
        names = self._names()
        if not {*names} <= {*table.columns}:
            what = f"{table.files[0].name} has the columns {', '.join(names)}"
            hint = f"the manifest says {', '.join(table.columns)}"
            raise PlanError([Mistake("", what, hint)])
        if shape is None:
            first = islice(self._values(), GUESSED_FROM)
            shape = TableShape(name=table.name, place=(table.name,), columns=guessed(names, first))
        known = {column.name: column for column in shape.columns}
        unknown = [name for name in names if name not in known]
        if unknown:
            what = f"{table.files[0].name} has a column {unknown[0]!r}"
            hint = f"the table {table.name!r} of the schema has none: name the schema of the folder"
            raise PlanError([Mistake("", what, hint)])
        self.shape = msgspec.structs.replace(shape, columns=tuple(known[name] for name in names))

    def rows(self) -> Iterator[Row]:
        """Yield the values of each row as they are stored."""
        readers = [_READERS.get(column.kind, _text) for column in self.shape.columns]
        for row in self._values():
            if len(row) != len(readers):
                what = (
                    f"a row of {self._table.name!r} has {len(row)} fields, and not {len(readers)}"
                )
                raise PlanError([Mistake("", what, "run again, the files are damaged")])
            yield [None if v is None else read(v) for read, v in zip(readers, row, strict=True)]

    def _names(self) -> list[str]:
        """Return the columns that the first file has."""
        path, name = self._folder / self._table.files[0].name, self._form["name"]
        if name in SEPARATORS:
            with reading(path, self._form["compression"]) as reader:
                first = next(separated(reader, SEPARATORS[name], None, path), [])
            return [str(cell) for cell in first]
        if name == "jsonl":
            with reading(path, self._form["compression"]) as reader:
                return [*next(json_lines(reader, path), dict.fromkeys(self._table.columns))]
        return [*next(_arrow(path, name))]

    def _values(self) -> Iterator[Row]:
        """Yield the rows of all files."""
        return chain.from_iterable(
            self._file_values(self._folder / file.name) for file in self._table.files
        )

    def _file_values(self, path: Path) -> Iterator[Row]:
        name = self._form["name"]
        if name in SEPARATORS:
            with reading(path, self._form["compression"]) as reader:
                null = str(self._form.get("null", ""))
                yield from islice(separated(reader, SEPARATORS[name], null, path), 1, None)
        elif name == "jsonl":
            with reading(path, self._form["compression"]) as reader:
                yield from ([*row.values()] for row in json_lines(reader, path))
        else:
            columns = _arrow(path, name)
            next(columns)
            yield from chain.from_iterable(columns)


def separated(
    reader: Reader, separator: str, null: str | None, path: Path
) -> Iterator[list[str | None]]:
    """Yield the cells of each line by RFC 4180; None for the word of NULL without quotes."""
    sign = re.escape(separator)
    field = re.compile(rf'(?:"((?:[^"]+|"")*+)"|([^"{sign}\r\n]*))({sign}|\r?\n)')
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    text, row = "", []
    while data := reader.read(READ_BYTES):
        text += decoder.decode(data)
        at = 0
        while found := field.match(text, at):
            quoted, plain, end = found.groups()
            row.append((None if plain == null else plain) if quoted is None else _bare(quoted))
            at = found.end()
            if end != separator:
                yield row
                row = []
        text = text[at:]
    if text or row:
        what = f"{path} ends within a row, or has what is no field: {text[:40]!r}"
        raise PlanError([Mistake("", what, "run again, the file is damaged")])


def _bare(quoted: str) -> str:
    return quoted.replace('""', '"')


def json_lines(reader: Reader, path: Path) -> Iterator[dict[str, Any]]:
    """Yield the object of each line."""
    rest = b""
    while data := reader.read(READ_BYTES):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            try:
                yield msgspec.json.decode(line, type=dict[str, Any])
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                what = f"{path} has a line that is no row: {error}"
                raise PlanError([Mistake("", what, "run again, the file is damaged")]) from None
    if rest:
        raise PlanError([Mistake("", f"{path} ends within a row", "run it again")])


def _arrow(path: Path, form: str) -> Iterator[Any]:
    """Yield the names of the columns, then an iterator over the rows of each batch."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise missing_package(f"reading {path.name}", "pyarrow", "arrow") from None
    try:
        if form == "parquet":
            file = pq.ParquetFile(path)
            yield file.schema_arrow.names
            batches = file.iter_batches()
        else:
            opened = pa.ipc.open_file(pa.memory_map(str(path)))
            yield opened.schema.names
            batches = (opened.get_batch(n) for n in range(opened.num_record_batches))
        for batch in batches:
            yield zip(*(column.to_pylist() for column in batch.columns), strict=True)
    except (pa.ArrowException, OSError) as error:
        raise PlanError([Mistake("", f"{path} cannot be read: {error}")]) from None


def _number(value: Any) -> Any:
    """Return a text of digits as a number; what is none stays as it is."""
    if not isinstance(value, str):
        return value
    try:
        return int(value)
    except ValueError:
        pass
    try:
        return float(value)
    except ValueError:
        return value


def _boolean(value: Any) -> Any:
    return {"true": 1, "false": 0}.get(value, value) if isinstance(value, str) else value


def _moment(value: Any) -> Any:
    """Return a time as a dump for SQLite has it, without its zone, which is UTC."""
    if not isinstance(value, str):
        return value
    return value.replace("T", " ").removesuffix("Z").removesuffix("+00:00").removesuffix("+00")


def _text(value: Any) -> Any:
    return msgspec.json.encode(value).decode() if isinstance(value, dict) else value


_READERS = {"number": _number, "boolean": _boolean, "timestamp": _moment}
