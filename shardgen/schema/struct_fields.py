"""The fields of structs, which msgspec looks at anew in every call: it evaluates annotations."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from msgspec.structs import FieldInfo


@cache
def fields_of(kind: type[msgspec.Struct]) -> tuple[FieldInfo, ...]:
    """Return the fields of a struct, in their order."""
    return msgspec.structs.fields(kind)
