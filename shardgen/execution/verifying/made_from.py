"""What a file or folder says it was made from → the options of a run that would make it again."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from shardgen.errors import DifferenceError
from shardgen.output.manifest import Manifest
from shardgen.output.sql.dialects import DIALECTS
from shardgen.output.version import VERSION
from shardgen.schema.model import Schema

HEAD_BYTES = 1 << 16
_FIRST = re.compile(r"-- shardgen (\S+): (.*) for (.*)")
_SECOND = re.compile(r"-- seed (-?\d+), as of (\d{4}-\d\d-\d\d)(?:, edge cases (\S+))?")
_THIRD = re.compile(r"-- \d+ rows: (.*)")
_COUNT = re.compile(r" (\d+)(?:, |$)")


class Header(msgspec.Struct, frozen=True):
    """What the first lines of a dump say; `name` may have the schema's version behind it."""

    version: str
    name: str
    dialect: str
    seed: int
    as_of: dt.date
    edge_case_probability: float
    counts: str

    def options(self, schema: Schema) -> dict[str, Any]:
        """Return the options that the header says; DifferenceError where the schema is another."""
        counts = dict(_counts(self.counts, [table.name for table in schema.tables]))
        tables = () if len(counts) == len(schema.tables) else tuple(counts)
        return {
            "seed": self.seed,
            "as_of": self.as_of,
            "edge_case_probability": self.edge_case_probability,
            "rows": counts,
            "tables": tables,
        }


def read_header(text: bytes, path: object) -> Header:
    """Return what a dump begins with; DifferenceError where it is no dump of ours."""
    lines = text.decode(errors="replace").split("\n", 3)
    if len(lines) < 4:
        raise _no_header(path)
    first, second, third = map(re.fullmatch, (_FIRST, _SECOND, _THIRD), lines[:3])
    dialects = {dialect.title: name for name, dialect in DIALECTS.items()}
    if not (first and second and third) or first[3] not in dialects:
        raise _no_header(path)
    return Header(
        version=first[1],
        name=first[2],
        dialect=dialects[first[3]],
        seed=int(second[1]),
        as_of=dt.date.fromisoformat(second[2]),
        edge_case_probability=float(second[3] or 0),
        counts=third[1],
    )


def _no_header(path: object) -> DifferenceError:
    return DifferenceError(f"{path}: it does not begin as a dump of shardgen does")


def _counts(text: str, names: list[str]) -> Iterator[tuple[str, int]]:
    """Yield the rows of each table; names may have spaces and commas."""
    at = 0
    while at < len(text):
        for name in sorted(names, key=len, reverse=True):
            shown = " ".join(name.split())
            count = _COUNT.match(text, at + len(shown)) if text.startswith(shown, at) else None
            if count is not None:
                yield name, int(count[1])
                at = count.end()
                break
        else:
            found, _, _ = text[at:].partition(",")
            raise DifferenceError(f"its header has a table that the schema has not: {found}")


def schema_names(name: str) -> list[str]:
    """Return what a header's name may be of the schema, as its version may follow it."""
    return [name, name.rpartition(" ")[0]]


def manifest_options(manifest: Manifest) -> dict[str, Any]:
    """Return the options of a run that makes what a manifest tells of."""
    form = manifest.format
    counts = {table.name: table.rows for table in manifest.tables}
    options: dict[str, Any] = {
        "seed": manifest.seed,
        "as_of": manifest.as_of,
        "edge_case_probability": manifest.edge_case_probability,
        "rows": counts | manifest.others,
        "tables": tuple(counts) if manifest.others else (),
        "format": form["name"],
        "compress": form["compression"],
        "file_rows": manifest.file_rows,
        "ddl": form["ddl"],
    }
    if manifest.shard_rows is not None:
        options["shard_rows"] = manifest.shard_rows
    if len(manifest.databases) == 1:
        options["dialect"] = manifest.databases[0]
    options |= {name: form[name] for name in ("rows_per_statement", "triggers") if name in form}
    if form.get("null"):
        options["null"] = form["null"]
    return options


def refuse_other_version(made_by: str, path: object) -> None:
    """Refuse what another release has made, which may write other bytes: DifferenceError."""
    if made_by != f"shardgen {VERSION}":
        what = f"it was made by {made_by}, and this is shardgen {VERSION}"
        raise DifferenceError(f"{path}: {what}; verify it with the same version")


def contradictions(said: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[str]:
    """Yield the options that were given and that a file says otherwise, as clauses."""
    for name, wanted in given.items():
        if name == "rows":
            for table, count in wanted.items():
                if said.get("rows", {}).get(table, count) != count:
                    yield f"{said['rows'][table]} rows of {table!r} are said, and {count} wanted"
        elif name in said and said[name] != wanted and not (name == "tables" and not wanted):
            yield f"{name} is {said[name]}, and {wanted} is wanted"
