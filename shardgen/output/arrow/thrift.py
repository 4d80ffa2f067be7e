"""
Thrift's compact protocol, as far as Parquet's footer needs it: any struct, read and written back.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from typing import Any

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
_INTEGERS = (I16, I32, I64)

Struct = dict[int, tuple[int, Any]]
"""The fields of a struct by their numbers, in order: type and value. Lists are (type, values)."""


class Reader:
    """Reads values from bytes, one after another."""

    def __init__(self, data: bytes) -> None:
        """Begin at the first byte."""
        self._data = data
        self._at = 0

    def struct(self) -> Struct:
        """Return the struct that begins here."""
        fields: Struct = {}
        number = 0
        while head := self._byte():
            step, kind = head >> 4, head & 15
            number = number + step if step else self._signed()
            fields[number] = kind, self._value(kind)
        return fields

    def _value(self, kind: int) -> Any:  # noqa: PLR0911 -- one for each type
        if kind in (TRUE, FALSE):
            return kind == TRUE
        if kind in _INTEGERS:
            return self._signed()
        if kind == BINARY:
            return self._bytes(self._unsigned())
        if kind in (LIST, SET):
            return self._list()
        if kind == STRUCT:
            return self.struct()
        if kind == DOUBLE:
            return self._bytes(8)
        if kind == BYTE:
            return self._byte()
        msg = f"no footer of Parquet has the type {kind}"
        raise ValueError(msg)

    def _list(self) -> tuple[int, list[Any]]:
        head = self._byte()
        size, kind = head >> 4, head & 15
        if size == 15:
            size = self._unsigned()
        if kind in (TRUE, FALSE):
            return kind, [self._byte() for _ in range(size)]
        return kind, [self._value(kind) for _ in range(size)]

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _bytes(self, size: int) -> bytes:
        self._at += size
        return self._data[self._at - size : self._at]

    def _unsigned(self) -> int:
        number = shift = 0
        while True:
            byte = self._byte()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
            shift += 7

    def _signed(self) -> int:
        number = self._unsigned()
        return number >> 1 ^ -(number & 1)


def encoded(fields: Struct) -> bytes:
    """Return a struct as bytes."""
    out = bytearray()
    _put_struct(out, fields)
    return bytes(out)


def _put_struct(out: bytearray, fields: Struct) -> None:
    before = 0
    for number, (kind, value) in fields.items():
        shown = (TRUE if value else FALSE) if kind in (TRUE, FALSE) else kind
        step = number - before
        if 1 <= step <= 15:
            out.append(step << 4 | shown)
        else:
            out.append(shown)
            _put_signed(out, number)
        before = number
        if kind not in (TRUE, FALSE):
            _put_value(out, kind, value)
    out.append(0)


def _put_value(out: bytearray, kind: int, value: Any) -> None:
    if kind in _INTEGERS:
        _put_signed(out, value)
    elif kind == BINARY:
        _put_unsigned(out, len(value))
        out += value
    elif kind in (LIST, SET):
        _put_list(out, *value)
    elif kind == STRUCT:
        _put_struct(out, value)
    elif kind == DOUBLE:
        out += value
    else:
        out.append(value)


def _put_list(out: bytearray, kind: int, values: list[Any]) -> None:
    if len(values) < 15:
        out.append(len(values) << 4 | kind)
    else:
        out.append(15 << 4 | kind)
        _put_unsigned(out, len(values))
    for value in values:
        _put_value(out, BYTE if kind in (TRUE, FALSE) else kind, value)


def _put_unsigned(out: bytearray, number: int) -> None:
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)


def _put_signed(out: bytearray, number: int) -> None:
    _put_unsigned(out, number << 1 if number >= 0 else ~number << 1 | 1)
