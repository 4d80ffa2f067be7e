"""
When two values that differ are one to a database: by type, what it keeps of them and compares.

A key's values differ as they are made. That a database sees them differ is proven here from what
they are made of: numbers from their bounds and how far they lie apart, texts from the strings that
they are picked from.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Hashable, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

import msgspec

from shardgen.errors import shown
from shardgen.schema.types import FLOAT_BITS, ColumnType
from shardgen.tables.precision import kept_apart_to, least_gap
from shardgen.tables.text_lengths import has_one_length, may_end_in_space
from shardgen.tables.values import (
    ColumnValues,
    Dates,
    Decimals,
    Dictionary,
    Element,
    HexDigits,
    Integers,
    Text,
    Union,
)

Refusal: TypeAlias = tuple[str, str]
"""What a column yields that a database takes for one value, and the way out."""

_DOUBLE_BITS = FLOAT_BITS["double"]
_WAYS_OUT = {"float": "use double or decimal", "double": "use decimal"}


class StoredEquality(msgspec.Struct, frozen=True, kw_only=True):
    """
    How a database compares values in a key, by the names of types.

    Types in `float_bits` are kept as floats of so many bits, whole numbers aside where the type has
    no decimal places. Texts of `padded` types are compared without spaces at their end, `where` it
    is; those of `folded` types whatever the case of their letters. UUIDs are compared whatever
    their letters and hyphens where `reads_uuids`, JSON of `read_json` types by what it says.
    """

    title: str
    float_bits: Mapping[str, int]
    padded: frozenset[str] = frozenset()
    where: str = ""
    way_out: str = ""
    reads_uuids: bool = False
    read_json: frozenset[str] = frozenset()
    folded: frozenset[str] = frozenset()

    def merges(
        self, kind: ColumnType, values: ColumnValues, apart: Decimal | None
    ) -> Refusal | None:
        """
        Return why two values of a key may be one, and the way out; None where they never are.

        `apart` is how far its numbers lie apart at least, where that is known.
        """
        match values:
            case Integers() | Decimals():
                return self._numbers(kind, values, apart)
            case Dictionary() | Text():
                return self._texts(kind, values)
        return None

    def merges_listed(self, kind: ColumnType, values: ColumnValues) -> Refusal | None:
        """Return why two of some listed numbers may be one, as `merges` does."""
        bits = self._bits(kind)
        if bits is None:
            return None
        seen: dict[float, Decimal] = {}
        for value in dict.fromkeys(values.python()):
            kept = _as_float(value, bits)
            if kept in seen:
                what = f"yields {seen[kept]} and {value}, which are one value in a {kind} of "
                return f"{what}{self.title}", f"leave one of them out, or {_way_out(kind)}"
            seen[kept] = value
        return None

    def _bits(self, kind: ColumnType) -> int | None:
        is_whole = kind.name == "decimal" and not kind.scale
        return None if is_whole else self.float_bits.get(kind.name)

    def _numbers(
        self, kind: ColumnType, values: Integers | Decimals, apart: Decimal | None
    ) -> Refusal | None:
        bits = self._bits(kind)
        if bits is None:
            return None
        scale = values.scale if isinstance(values, Decimals) else 0
        step = 1 if apart is None else max(1, int(apart.scaleb(scale)))
        most = max(-values.low, values.high)
        if least_gap(most, scale, bits) <= step:
            return None
        distance, top = (f"{Decimal(n).scaleb(-scale):f}" for n in (step, most))
        what = (
            f"yields numbers up to {top}, {distance} apart, and {self.title} keeps {bits} bits of "
            f"a {kind}: from {kept_apart_to(step, scale, bits):.15g} on two of them may be one"
        )
        return what, f"{_way_out(kind)}, narrow the bounds, or leave out unique"

    def _texts(self, kind: ColumnType, values: Dictionary | Text) -> Refusal | None:
        if kind.name in self.read_json:
            return _equal_json(values, self.title)
        if kind.name == "uuid" and self.reads_uuids:
            alike = _alike(values, _bare_uuid)
            where = f"a UUID of {self.title}"
            return _refused(alike, where, "write one of them, or leave out unique")
        if kind.name in self.folded:
            return _equal_but_for_case(values, f"a {kind} of {self.title}")
        if kind.name not in self.padded:
            return None
        alike = _alike(values, _without_end)
        if alike is None and isinstance(values, Text) and _may_differ_in_spaces(values):
            what = f"yields texts that may end in spaces, which do not count in {self.where}"
            return what, self.way_out
        return _refused(alike, self.where, self.way_out)


def _as_float(value: Decimal, bits: int) -> float:
    return struct.unpack("f", struct.pack("f", value))[0] if bits < _DOUBLE_BITS else float(value)


def _way_out(kind: ColumnType) -> str:
    return _WAYS_OUT.get(kind.name, "ask for fewer decimal places")


def _refused(alike: tuple[str, str] | None, where: str, way_out: str) -> Refusal | None:
    if alike is None:
        return None
    first, second = map(shown, alike)
    return f"yields {first} and {second}, which are one value in {where}", way_out


def _alike(values: ColumnValues, kept: Callable[[str], Hashable]) -> tuple[str, str] | None:
    """Return two picks of which a database keeps the same; None when there are none."""
    picks = values.elements[0] if isinstance(values, Text) and len(values.elements) == 1 else values
    seen: dict[Hashable, str] = {}
    for value in picks.pool.values if isinstance(picks, Dictionary) else ():
        bare = kept(value)
        if seen.setdefault(bare, value) != value:
            return seen[bare], value
    return None


def _equal_but_for_case(values: Dictionary | Text, where: str) -> Refusal | None:
    """Return why texts may be one where case does not count; None where all are in one case."""
    way_out = "use varchar, values in small letters, or leave out unique"
    alike = _alike(values, str.lower)
    if alike is not None or isinstance(values, Dictionary) or len(values.elements) == 1:
        return _refused(alike, where, way_out)
    if any(_are_in_case(values.elements, case) for case in (str.lower, str.upper)):
        return None
    return (
        f"yields texts that may differ in case alone, which is not told apart in {where}",
        way_out,
    )


def _are_in_case(elements: Sequence[Element], case: Callable[[str], str]) -> bool:
    """Return whether all texts are as `case` makes them, so that those that differ do so in it."""
    for element in elements:
        match element:
            case Integers() | Dates():
                fits = True
            case str():
                fits = case(element) == element
            case Dictionary(pool=pool):
                fits = all(case(text) == text for text in pool.values)
            case HexDigits():
                fits = case("a") == "a"
            case Union(branches=branches):
                fits = all(_are_in_case(branch, case) for branch in branches)
        if not fits:
            return False
    return True


def _may_differ_in_spaces(values: Text) -> bool:
    return may_end_in_space(values.elements) and not has_one_length(values.elements)


def _without_end(text: str) -> str:
    return text.rstrip(" ")


def _bare_uuid(text: str) -> str:
    return text.lower().strip("{}").replace("-", "")


def _equal_json(values: Dictionary | Text, title: str) -> Refusal | None:
    from shardgen.output.sql.json_equality import may_be_equal, meaning  # late: few keys are JSON

    alike = _alike(values, meaning)
    if alike is None and isinstance(values, Text) and may_be_equal(values):
        what = f"yields JSON that is put together so that {title} may read the same in two"
        return what, "use text, or leave out unique"
    return _refused(alike, f"{title}, which compares what JSON says", "leave one of them out")
