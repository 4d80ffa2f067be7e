"""The versions of what decides a plan's bytes beside the plan: shardgen's own, and of libraries."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

import msgspec

from shardgen.output.format import Format
from shardgen.output.version import VERSION
from shardgen.schema.model import Schema

_OF_FAKER = b'"faker.'  # how generators begin that are methods of Faker


def libraries(schema: Schema, form: Format) -> dict[str, str]:
    """Return the version of each package whose release may change the bytes of a run."""
    names = [*form.libraries]
    if _OF_FAKER in msgspec.json.encode(schema):
        names.append("faker")
    return {"shardgen": VERSION} | {name: _version(name) for name in names}


@lru_cache
def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # what is missing has been refused where it is needed
        return ""
