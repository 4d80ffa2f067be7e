"""
Defaults of the types of PostgreSQL that are texts of a form: those that it reads.

It reads more forms than it writes. These are the ones that it writes, and the nearest to them: with
spaces, or with numbers in powers of ten.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import xml.parsers.expat
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from shardgen.schema.types import SPELLED

if TYPE_CHECKING:
    from shardgen.schema.types import ColumnType

_NUMBER = r"\s*[+-]?[0-9]{1,30}(?:\.[0-9]{0,30})?(?:e[+-]?[0-9]{1,2})?\s*"
_PAIR = rf"\s*\({_NUMBER},{_NUMBER}\)\s*"
_PAIRS = f"{_PAIR}(?:,{_PAIR})*"
_RANGE = re.compile(r'([\[(])("?)([^\[\](),"]*)\2,("?)([^\[\](),"]*)\4([\])])')
_LEXEME = r"(?:'(?:[^'\\]|'')+'|[^\s'\\:]+)(?::[0-9]{1,5}[A-D]?(?:,[0-9]{1,5}[A-D]?)*)?"
_MACS = re.compile("([0-9a-f]{2}([:-]?)[0-9a-f]{2}(\\2[0-9a-f]{2}){4})", re.IGNORECASE)


def reads(text: str, kind: ColumnType) -> bool:
    """Return whether `text` is a value of a type of SPELLED, and no longer than those may be."""
    most = SPELLED[kind.name]
    if most is not None and len(text) > most:
        return False
    try:
        return bool(_READERS[kind.name](text))
    except (ValueError, InvalidOperation, xml.parsers.expat.ExpatError):
        return False


def _network(text: str) -> bool:
    return ipaddress.ip_network(text) is not None


def _address(text: str) -> bool:
    return ipaddress.ip_interface(text) is not None


def _xml(text: str) -> bool:
    """Return whether it is a document, or what may stand within one."""
    parser = xml.parsers.expat.ParserCreate()
    parser.Parse(text if text.startswith("<?xml") else f"<r>{text}</r>", True)  # noqa: FBT003
    return True


def _whole(bits: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = int(text)
        if not -(1 << bits) <= number < 1 << bits:
            raise ValueError(text)
        return number

    return read


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(_bound(text)).replace(tzinfo=None)


def _date(text: str) -> dt.date:
    return dt.date.fromisoformat(_bound(text))


def _bound(text: str) -> str:
    """Return an end of time as the first or the last day that Python has."""
    return {"infinity": "9999-12-31", "-infinity": "0001-01-01"}.get(text, text)


def _range(read: Callable[[str], Any]) -> Callable[[str], bool]:
    def holds(text: str) -> bool:
        """Return whether neither bound is wrong, and the lower one not above the upper."""
        if text.strip().lower() == "empty":
            return True
        match = _RANGE.fullmatch(text.strip())
        if match is None:
            return False
        low, high = (read(bound) if bound else None for bound in match.group(3, 5))
        return low is None or high is None or bool(low <= high)

    return holds


def _form(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern, re.IGNORECASE).fullmatch


_READERS: dict[str, Callable[[str], object]] = {
    "inet": _address,
    "cidr": _network,
    "macaddr": _MACS.fullmatch,
    "citext": lambda _: True,
    "xml": _xml,
    "tsvector": _form(rf"\s*(?:{_LEXEME}\s+)*(?:{_LEXEME})?"),
    "point": _form(f"{_PAIR}|{_NUMBER},{_NUMBER}"),
    "line": _form(rf"\s*\{{{_NUMBER},{_NUMBER},{_NUMBER}\}}\s*"),
    "lseg": _form(rf"\s*\[{_PAIR},{_PAIR}\]\s*|{_PAIR},{_PAIR}"),
    "box": _form(f"{_PAIR},{_PAIR}"),
    "path": _form(rf"\s*(?:\[{_PAIRS}\]|\({_PAIRS}\))\s*"),
    "polygon": _form(rf"\s*\({_PAIRS}\)\s*"),
    "circle": _form(rf"\s*<{_PAIR},\s*[0-9]{{1,30}}(?:\.[0-9]{{0,30}})?\s*>\s*"),
    "int4range": _range(_whole(31)),
    "int8range": _range(_whole(63)),
    "numrange": _range(Decimal),
    "daterange": _range(_date),
    "tsrange": _range(_moment),
    "tstzrange": _range(_moment),
}
