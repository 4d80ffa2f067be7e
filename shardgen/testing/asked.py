"""What a test asks for: by its marker, by pytest's configuration, and by its own name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import pytest

from shardgen.errors import nearest
from shardgen.execution.dataset import Dataset, generate
from shardgen.plan.load import SchemaSource, bundled_schemas, load_schema
from shardgen.plan.plan import Options, build_plan
from shardgen.schema.model import Schema
from shardgen.testing.factory import Factory
from shardgen.testing.sizes import shared_out

FIELDS = ("schema", "rows", "scale", "seed", "as_of", "with_rows")
"""What the marker takes, the schema first."""
USUAL_ROWS = 100  # in all tables together, where nothing says how many


class AskedError(Exception):
    """What a test asks for is not to be had."""


class NoAddressError(AskedError):
    """No server is known for a test that needs one."""


class Asked(msgspec.Struct, frozen=True, eq=False):
    """
    A data set that a test asks for.

    `seed` is that of the data set, by the test's id where nothing says one; `shared_seed` that of a
    database that tests share, which is 0 then.
    """

    schema: Schema
    options: Options
    seed: int
    shared_seed: int

    def dataset(self, **with_rows: Sequence[Mapping[str, Any]]) -> Dataset:
        """Return it, with more rows that are stated."""
        made = generate(self.schema, options=msgspec.structs.replace(self.options, seed=self.seed))
        return made.with_rows(**with_rows) if with_rows else made

    def factory(self) -> Factory:
        """Return a factory of rows that come after those of a database with this data set."""
        there = build_plan(self.schema, self.shared_options).counts
        options = self.shared_options
        return Factory(self.schema, seed=options.seed, as_of=options.as_of, there=there)

    @property
    def shared_options(self) -> Options:
        """The options of a database."""
        return msgspec.structs.replace(self.options, seed=self.shared_seed)


class Schemas:
    """Schemas that tests of a session ask for, each read once, and the sizes of small data sets."""

    def __init__(self) -> None:
        """Begin without any."""
        self._loaded: dict[tuple[str, int], Schema] = {}
        self._sizes: dict[tuple[int, int], dict[str, int]] = {}
        self._kept: list[Any] = []

    def load(self, source: SchemaSource) -> Schema:
        """Return a schema, read again only when its file has changed."""
        if isinstance(source, Schema):
            return source
        if isinstance(source, Mapping):
            self._kept.append(source)  # else its address may be another's
            key = ("", id(source))
        else:
            changed = Path(source).stat().st_mtime_ns if Path(source).is_file() else 0
            key = (str(source), changed)
        if key not in self._loaded:
            self._loaded[key] = load_schema(source)
        return self._loaded[key]

    def sizes(self, schema: Schema, rows: int) -> dict[str, int]:
        """Return a number of rows shared out among the tables."""
        key = id(schema), rows
        if key not in self._sizes:
            self._kept.append(schema)
            self._sizes[key] = shared_out(schema, rows)
        return self._sizes[key]


def seed_of(node_id: str) -> int:
    """Return the seed of a test that says none: the same on every machine, by its id."""
    return int.from_bytes(hashlib.blake2b(node_id.encode(), digest_size=7).digest())


def asked_by(item: pytest.Item, schemas: Schemas) -> Asked:
    """Return what a test asks for; the nearest marker counts, field by field."""
    fields = _fields(item)
    schema = schemas.load(_schema(item, fields))
    rows = fields.get("rows")
    if rows is None and "scale" not in fields:
        rows = _usual_rows(item)
    seed = fields.get("seed")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        _refuse(f"seed={seed!r} of the marker shardgen is no whole number")
    counts = rows if isinstance(rows, Mapping) else schemas.sizes(schema, rows) if rows else {}
    given = {name: fields[name] for name in ("scale", "as_of", "with_rows") if name in fields}
    options = Options(rows=_with_stated(counts, rows, given.get("with_rows")), **given)
    return Asked(
        schema,
        options,
        seed=seed_of(item.nodeid) if seed is None else seed,
        shared_seed=seed or 0,
    )


def _with_stated(counts: Mapping[str, int], rows: Any, with_rows: Any) -> Mapping[str, int]:
    """Return counts that leave room for stated rows, unless the test itself says the counts."""
    if isinstance(rows, Mapping) or not isinstance(with_rows, Mapping):
        return counts
    sizes = {n: len(r) for n, r in with_rows.items() if isinstance(r, Sequence) and n in counts}
    return {**counts, **{name: max(counts[name], size) for name, size in sizes.items()}}


def _fields(item: pytest.Item) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for mark in item.iter_markers("shardgen"):
        if len(mark.args) > 1:
            _refuse("the marker shardgen takes a schema, and all else by name")
        given = {**dict(zip(("schema",), mark.args, strict=False)), **mark.kwargs}
        for name, value in given.items():
            if name not in FIELDS:
                hint = nearest(name, FIELDS) or f"it takes {', '.join(FIELDS)}"
                _refuse(f"the marker shardgen takes no {name!r}; {hint}")
            fields.setdefault(name, value)
        if "schema" in given:
            break  # what markers around it say is of another schema
    return fields


def _usual_rows(item: pytest.Item) -> int:
    text = item.config.getini("shardgen_rows")
    if not text:
        return USUAL_ROWS
    if not str(text).isdecimal():
        _refuse(f"shardgen_rows is {text!r} in pytest's configuration, not a whole number")
    return int(text)


def _schema(item: pytest.Item, fields: Mapping[str, Any]) -> SchemaSource:
    """Return the schema: a path counts from the test's folder, then from pytest's root folder."""
    said = fields.get("schema")
    source: Any = item.config.getini("shardgen_schema") if said is None else said
    if not source:
        _refuse(
            'no schema is asked for; mark the test @pytest.mark.shardgen("schema.yaml"), '
            "or set shardgen_schema in pytest's configuration"
        )
    if not isinstance(source, str | Path):
        given: SchemaSource = source
        return given
    if str(source) in bundled_schemas():
        return source
    folders = (item.path.parent, item.config.rootpath)
    found = (folder / source for folder in folders if (folder / source).is_file())
    path = next(found, None)
    if path is None:
        places = " and ".join(str(folder) for folder in dict.fromkeys(folders))
        _refuse(f"there is no schema {str(source)!r} in {places}, and none of that name is bundled")
    return path


def _refuse(what: str) -> NoReturn:
    raise AskedError(what)
