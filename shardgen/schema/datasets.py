"""
CSV files → the rows of a schema's datasets.

A file lies in the folder of the schema or below it: a schema may come from strangers, and must not
read what it was not sent with.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from shardgen.errors import Mistake, join_path, shown
from shardgen.schema.model import ReferenceDataset, Schema

MAX_BYTES = 16 << 20  # of a file

Rows = tuple[tuple[str | None, ...], ...]


class DatasetFileError(ValueError):
    """A file that cannot be read as a dataset; `hint` is the way out."""

    def __init__(self, what: str, hint: str = "") -> None:
        """Keep what is wrong."""
        super().__init__(what)
        self.hint = hint


def read_datasets(schema: Schema, folder: Path) -> tuple[Schema, list[Mistake]]:
    """Return the schema with the rows of its datasets' files, and what is wrong with these."""
    made: dict[str, ReferenceDataset] = {}
    mistakes: list[Mistake] = []
    for name, dataset in schema.datasets.items():
        made[name] = dataset
        if not dataset.file:
            continue
        try:
            made[name] = _with_rows(dataset, folder)
        except DatasetFileError as error:
            mistakes.append(Mistake(join_path("datasets", name, "file"), str(error), error.hint))
    return msgspec.structs.replace(schema, datasets=made), mistakes


def _with_rows(dataset: ReferenceDataset, folder: Path) -> ReferenceDataset:
    if dataset.columns or dataset.rows:
        raise DatasetFileError(
            "the dataset has a file, and columns or rows too", "leave out one of them"
        )
    columns, rows = parse_csv(_read(dataset.file, folder))
    return msgspec.structs.replace(dataset, columns=columns, rows=rows)


def _read(name: str, folder: Path) -> bytes:
    """Return the bytes of a file that lies in a folder or below."""
    try:
        path = _inside(name, folder)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except DatasetFileError:
        raise
    except (OSError, RuntimeError, ValueError) as error:  # a circle of links, a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise DatasetFileError(f"cannot read {shown(name)}: {reason}") from None
    if len(data) > MAX_BYTES:
        raise DatasetFileError(f"{shown(name)} has more than {MAX_BYTES >> 20} MiB")
    return data


def _inside(name: str, folder: Path) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise DatasetFileError(f"{shown(name)} lies outside the schema's folder", "put it in there")
    if not path.is_file():
        what = f"there is no file {shown(name)}"
        raise DatasetFileError(what, "its path counts from the schema's folder")
    return path


def parse_csv(data: bytes) -> tuple[tuple[str, ...], Rows]:
    """
    Return the columns and the rows of a CSV file in UTF-8 with a header; None for empty fields.

    Empty lines are left out. DatasetFileError names the line that cannot be read.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DatasetFileError(
            f"line {line} is not UTF-8 text", "save it as CSV in UTF-8"
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DatasetFileError(f"line {line} has a NUL, which no database stores", "leave it out")
    import csv
    import io

    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: tuple[str, ...] = ()
    rows: list[tuple[str | None, ...]] = []
    try:
        for fields in reader:
            if not fields:
                continue
            if not header:
                header = tuple(fields)
                continue
            if len(fields) != len(header):
                what = f"line {reader.line_num} has {len(fields)} fields, not {len(header)}"
                raise DatasetFileError(what, "quote fields that have commas in them")
            rows.append(tuple(field or None for field in fields))
    except csv.Error as error:
        raise DatasetFileError(f"line {reader.line_num} is no CSV: {error}") from None
    if not header:
        raise DatasetFileError("the file has no header", "name the columns in its first line")
    return header, tuple(rows)
