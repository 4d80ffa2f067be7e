"""Formats by name; a new one is a subclass of Format in a file of its own and a line in FORMATS."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, Union

from shardgen.errors import Mistake, nearest
from shardgen.output.endings import COMPRESSIONS

if TYPE_CHECKING:
    from shardgen.output.format import Format, FormatOptions

FORMATS = {
    "sql": ("shardgen.output.sql.format", "SqlFormat"),
    "copy": ("shardgen.output.sql.format", "SqlFormat"),
    "csv": ("shardgen.output.csv", "CsvFormat"),
    "tsv": ("shardgen.output.csv", "CsvFormat"),
    "jsonl": ("shardgen.output.jsonl", "JsonLinesFormat"),
    "parquet": ("shardgen.output.columnar", "ParquetFormat"),
    "arrow": ("shardgen.output.columnar", "ArrowFormat"),
}
"""The module and the class of each format: a run imports the one that it writes."""
FOR_DATABASES = (
    ("shardgen.output.sql.rows_format", "SqlRows"),
    ("shardgen.output.columnar", "ArrowStreams"),
)
"""Those that no name chooses: rows as they go over a connection to a database."""
OTHER_NAMES = {"insert": "sql"}
"""Second names of formats."""


def format_mistakes(options: FormatOptions) -> Iterator[Mistake]:
    """Yield what is wrong with the options of a format."""
    from shardgen.output.sql.dialects import DIALECTS  # late, as the formats themselves

    unknown = [*_unknown("dialect", options.dialect, DIALECTS)]
    unknown += _unknown("format", options.name, FORMATS)
    unknown += _unknown("compression", options.compression or "none", COMPRESSIONS)
    if unknown:
        yield from unknown
        return
    form = _format_class(options.name)
    yield from form.mistakes(options)
    if options.compression not in (None, "none") and not form.is_compressed_within:
        from shardgen.output.compression import compression_mistakes

        yield from compression_mistakes(options.compression)


def _unknown(what: str, name: str, known: Collection[str]) -> Iterator[Mistake]:
    if name not in known:
        hint = nearest(name, known) or f"known are {', '.join(known)}"
        yield Mistake("", f"unknown {what} {name!r}", hint)


def choose_format(options: FormatOptions) -> Format:
    """Return the format for options in which `format_mistakes` finds nothing."""
    return _format_class(options.name).of_options(options)


def decode_format(plain: Any) -> Format:
    """
    Return the format that was encoded, from the plain object that a decoder made of it.

    msgspec.ValidationError where it is not one.
    """
    import msgspec

    classes = dict.fromkeys((*FORMATS.values(), *FOR_DATABASES))
    kinds = tuple(_imported(*each) for each in classes)
    made: Format = msgspec.convert(plain, Union[kinds])  # noqa: UP007 -- `|` takes no tuple
    return made


def _format_class(name: str) -> type[Format]:
    return _imported(*FORMATS[name])


def _imported(module: str, kind: str) -> type[Format]:
    found: type[Format] = getattr(import_module(module), kind)
    return found
