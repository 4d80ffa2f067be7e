"""Which functions of a database the body of one calls, at any depth."""

from __future__ import annotations

import re
from collections.abc import Iterable

from shardgen.importing.described import Function

_CALL = re.compile(r"([A-Za-z_]\w*)\"?\s*\(")


def bodies_called(body: str, functions: Iterable[Function]) -> tuple[str, ...]:
    """
    Return the bodies of the functions that a body calls, and of those that these call.

    Of functions of one name, any may be the one that is called.
    """
    by_name: dict[str, list[str]] = {}
    for function in functions:
        by_name.setdefault(function.name.lower(), []).append(function.body)
    found: dict[str, None] = {}
    left = [body]
    while left:
        for name in _CALL.findall(left.pop()):
            for other in by_name.get(name.lower(), ()):
                if other not in found and other != body:
                    found[other] = None
                    left.append(other)
    return tuple(found)
