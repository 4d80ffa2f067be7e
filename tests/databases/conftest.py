"""A database for each test, and dumps for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.databases import TARGETS, Database, new_database
from support.loading import DATABASES, Dump

import shardgen
from shardgen.execution import executors, makers
from shardgen.plan.load import load_schema
from shardgen.schema.model import Schema

Target = tuple[str, str]


@pytest.fixture
def schema_of(tmp_path: Path) -> Callable[..., Schema]:
    """Write tables as a schema file and load it, as a user would."""

    def write(*tables: dict[str, Any]) -> Schema:
        path = tmp_path / "odd.json"
        head = {"schema_version": "1.0", "name": "odd", "database_type": DATABASES, "infer": False}
        path.write_text(json.dumps(head | {"tables": tables}), encoding="utf-8")
        return load_schema(path)

    return write


@pytest.fixture
def own_schema_of(target: Target, tmp_path: Path) -> Callable[..., Schema]:
    """Write tables as a schema file of the target's database alone, and load it."""

    def write(*tables: dict[str, Any], **more: Any) -> Schema:
        path = tmp_path / "own.json"
        head = {"schema_version": "1.0", "name": "own", "infer": False}
        head |= {"database_type": [target[0]], "tables": tables}
        path.write_text(json.dumps(head | more), encoding="utf-8")
        return load_schema(path)

    return write


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest) -> Target:
    """Return a dialect and a format of its dumps."""
    return request.param


@pytest.fixture
def database(target: Target, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Give an empty database."""
    with new_database(target[0], request, tmp_path) as made:
        yield made


@pytest.fixture
def dump(target: Target, tmp_path: Path) -> Dump:
    """Write a dump for the target and return its path."""

    def write(schema: Schema | str, **options: Any) -> Path:
        path = tmp_path / "dump.sql"
        dialect, form = target
        chosen = shardgen.Options(dialect=dialect, format=form, **options)
        shardgen.run(schema, path, workers=1, options=chosen)
        return path

    return write


@pytest.fixture
def lending() -> Schema:
    """Return a schema whose tables refer to each other."""
    return load_schema("fintech-loans")


@pytest.fixture
def pools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have worker processes make small tables too."""
    monkeypatch.setattr(makers, "SMALL_JOB", 0)
    monkeypatch.setattr(executors, "SMALL_TABLE", 0)
