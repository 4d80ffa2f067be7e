"""
The bytes of a schema file → Schema, or every mistake in them at once.

The file is decoded as a whole; when that fails, field by field, so that one wrong value does not
hide the next. A path in an error names tables and columns, where they have names.
"""

from __future__ import annotations

import math
import typing
from collections.abc import Iterable, Iterator
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from shardgen.errors import MAX_MISTAKES, Mistake, join_path, nearest, shown
from shardgen.schema.datasets import read_datasets
from shardgen.schema.files.decoding import FileFormat, decode_file, lines_by_path
from shardgen.schema.messages import bare_arms, explain
from shardgen.schema.model import Schema
from shardgen.schema.spellings.draft import in_file, nested, paths_by_id, place_in_list
from shardgen.schema.spellings.normal_form import normal_form
from shardgen.schema.struct_fields import fields_of

S = TypeVar("S", bound=msgspec.Struct)
_LEAST = {str: "", int: 1, float: 0.0}


class ParsedSchema(msgspec.Struct, frozen=True):
    """
    What could be read of a schema file, and what is wrong with it.

    Where there are mistakes, the schema has stand-ins: for wrong fields their defaults, for a
    wrong name or type the empty string. `raw` is the decoded file, `moved` where in it things stand
    that are elsewhere in the schema, `data` its bytes. The mistakes have paths of the file.
    """

    schema: Schema
    mistakes: tuple[Mistake, ...] = ()
    raw: Any = None
    moved: dict[str, str] = {}
    data: bytes = b""
    form: FileFormat = "json"

    def sorted(self, mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
        """Return mistakes with paths of the schema at their places in the file, in its order."""
        mistakes = dict.fromkeys(self._placed(mistake) for mistake in mistakes)
        position = {path: n for n, (_, path) in enumerate(paths_by_id(self.raw))}
        return tuple(sorted(mistakes, key=lambda mistake: _nearest(mistake.path, position) or 0))

    def lines(self, mistakes: Iterable[Mistake]) -> tuple[int, ...]:
        """Return the line of each mistake with a path of the file; 0 where it is in no line."""
        if not self.data:
            return ()
        known = lines_by_path(self.data, self.form)
        return tuple(_nearest(m.path, known) or 0 if m.path else 0 for m in mistakes)

    def _placed(self, mistake: Mistake) -> Mistake:
        return Mistake(in_file(mistake.path, self.moved), mistake.what, mistake.hint)


def _nearest(path: str, known: dict[str, int]) -> int | None:
    """Return what is known of a path, or of the nearest thing around it; `t (a, b)` is in `t`."""
    while path and path not in known:
        path = path[: max(*map(path.rfind, (".", "[", " (")), 0)]
    return known.get(path)


def parse_schema(
    data: bytes, name: str = "schema", folder: Path | None = None, form: FileFormat = "json"
) -> ParsedSchema:
    """
    Return what can be read of a schema; SchemaError when the file does not hold an object.

    The files of its datasets are in `folder`; without one they cannot be read.
    """
    raw, mistakes = decode_file(data, form, name)
    parsed = parse_object(raw, folder, mistakes)
    return msgspec.structs.replace(parsed, data=data, form=form)


def parse_object(
    raw: dict[str, Any], folder: Path | None = None, known: Iterable[Mistake] = ()
) -> ParsedSchema:
    """Return what can be read of a decoded schema, in any spelling; `known` is wrong already."""
    mistakes = [*islice(known, MAX_MISTAKES)]
    mistakes += islice(_unfit_numbers(raw), MAX_MISTAKES - len(mistakes))
    made = normal_form(raw)
    mistakes += made.mistakes
    try:
        schema = msgspec.convert(made.raw, Schema)
    except msgspec.ValidationError:
        refused = {mistake.path for mistake in mistakes}
        found: list[Mistake] = []
        schema = _read_fields(made.raw, Schema, "", found)
        mistakes += (m for m in found if in_file(m.path, made.moved) not in refused)
    if folder is not None:
        schema, unreadable = read_datasets(schema, folder)
        mistakes += unreadable
    return ParsedSchema(schema, tuple(mistakes), raw, made.moved)


def _unfit_numbers(value: Any, path: str = "") -> Iterator[Mistake]:
    """Yield the numbers that no database column holds, and no plan either."""
    for name, inner in nested(value):
        at = (path + name).lstrip(".")
        if isinstance(inner, (dict, list)):
            yield from _unfit_numbers(inner, path + name)
        elif isinstance(inner, int) and not -(1 << 63) <= inner < 1 << 63:
            yield Mistake(at, f"{_number(inner)} is beyond 64 bits")
        elif isinstance(inner, float) and not math.isfinite(inner):
            yield Mistake(at, f"{inner} is no number that a database holds")


def _number(value: int) -> str:
    return str(value) if abs(value) < 10**40 else f"a number of {len(str(value))} digits"


# From objects to structs


def _read_fields(raw: Any, kind: type[S], path: str, mistakes: list[Mistake]) -> S:
    """Return `raw` as a struct, with stand-ins for fields that cannot be read."""
    fields = {field.encode_name: field for field in fields_of(kind)}
    if not isinstance(raw, dict):
        mistakes.append(Mistake(path, f"{shown(raw)} is not an object"))
        return kind(**{f.name: _stand_in(f.type) for f in fields.values() if f.required})
    if kind.__struct_config__.forbid_unknown_fields:
        unknown = (name for name in raw if name not in fields)
        for name in islice(unknown, max(0, MAX_MISTAKES - len(mistakes))):
            hint = nearest(name, fields) or f"known are {', '.join(fields)}"
            at = join_path(path, name).lstrip(".")
            mistakes.append(Mistake(at, f"unknown field {shown(name)}", hint))
    made: dict[str, Any] = {}
    for name, field in fields.items():
        inside = f"{path}.{name}" if path else name
        if name in raw and (raw[name] is not None or field.required):
            before = len(mistakes)
            value = _read_value(raw[name], field.type, inside, mistakes)
            if value is not None or len(mistakes) == before:
                made[field.name] = value
        elif field.required:
            mistakes.append(Mistake(inside, f"{name!r} is missing"))
        if field.required and field.name not in made:
            made[field.name] = _stand_in(field.type)
    return kind(**made)


def _read_value(raw: Any, kind: Any, path: str, mistakes: list[Mistake]) -> Any:
    """Return `raw` as `kind`; None, with a mistake added, when it is none."""
    each, *_ = (*typing.get_args(kind), None)
    if _is_struct(each) and typing.get_origin(kind) is tuple:
        if isinstance(raw, list):
            paths = [path + place_in_list(inner, n) for n, inner in enumerate(raw)]
            pairs = zip(raw, paths, strict=True)
            few = takewhile(lambda _: len(mistakes) < MAX_MISTAKES, pairs)
            return tuple(_read_fields(inner, each, at, mistakes) for inner, at in few)
    elif typing.get_origin(kind) is dict and _is_struct(kind.__args__[1]) and isinstance(raw, dict):
        value = kind.__args__[1]
        return {k: _read_fields(v, value, join_path(path, k), mistakes) for k, v in raw.items()}
    elif _is_struct(each) and raw is not None:
        return _read_fields(raw, each, path, mistakes)
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        inside, what, hint = explain(str(error), raw, kind)
        mistakes.append(Mistake(path + inside, what, hint))
        return None


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _stand_in(kind: Any) -> Any:
    """Return a value of a required field's type: the least that there is."""
    for arm in bare_arms(kind):
        if arm in _LEAST:
            return _LEAST[arm]
        if typing.get_origin(arm) is tuple:
            choices = typing.get_args(typing.get_args(arm)[0])  # of a list of words that are known
            return tuple(choice for choice in choices if isinstance(choice, str))[:1]
    raise AssertionError(f"required fields are of other types than {kind}")
