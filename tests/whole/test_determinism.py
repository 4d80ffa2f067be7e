"""The same input gives the same bytes: a test for each thing that must not matter."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
from support.tables import (
    GENERATED,
    LAWS,
    OF_LOANS,
    PLACES,
    WITH_OTHERS,
    bind,
    bound,
    cells,
    everything,
    generated,
    schema_with,
)

from shardgen.execution import executors, makers, pipeline
from shardgen.execution.dataset import generate
from shardgen.generators.registry import GENERATORS
from shardgen.output.sql.dialects import DIALECTS
from shardgen.plan.load import bundled_schemas, load_schema
from shardgen.plan.plan import Options, build_plan, decode_plan
from shardgen.plan.source import Source
from shardgen.schema.model import Schema
from shardgen.schema.types import parse_type

LENDING = {"borrowers": 600, "loans": 2500, "payments": 14_000, "credit_scores": 600}
COPY = Options(dialect="postgres", format="copy")
Dump = Callable[..., str]


def digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


@pytest.fixture(scope="module")
def schemas() -> dict[str, tuple[Schema, dict[str, int]]]:
    """The verticals, and a schema with everything in it."""
    return {
        "lending": (load_schema("fintech-loans"), LENDING),
        "health": (load_schema("healthcare-patients"), {}),
        "retail": (load_schema("retail-ecommerce"), {}),
        "everything": (everything(), {}),
    }


@pytest.fixture
def dump(tmp_path: Path, schemas, monkeypatch: pytest.MonkeyPatch) -> Dump:
    """Return the digest of a dump; small jobs get a pool as large ones do."""
    monkeypatch.setattr(makers, "SMALL_JOB", 0)
    monkeypatch.setattr(executors, "SMALL_TABLE", 1000)

    def make(name: str, *, pool: dict[str, Any] | None = None, **options: Any) -> str:
        schema, rows = schemas[name]
        path = tmp_path / "dump.sql"
        options = {"rows": rows, "edge_case_probability": 0.01, "dialect": "postgres"} | options
        chosen = Options(**options)
        summary = pipeline.run(schema, path, options=chosen, **{"workers": 1} | (pool or {}))
        assert path.stat().st_size == summary.bytes
        if pool:
            assert summary.workers == pool["workers"] or pool["workers"] == 1
        return digest(path.read_bytes())

    return make


@pytest.fixture(scope="module")
def usual() -> dict[str, str]:
    """The digest of each schema's dump, once it is known."""
    return {}


@pytest.fixture(params=["lending", "health", "retail", "everything"])
def case(request, dump: Dump, usual) -> tuple[str, str]:
    """A schema's name, and the digest of its dump made by one process with the usual shards."""
    name = request.param
    if name not in usual:
        usual[name] = dump(name)
    return name, usual[name]


# --- What must not matter


def test_the_same_call_twice(case, dump: Dump):
    """Nothing is left over from the first call, and nothing is read from the clock."""
    name, expected = case
    assert expected == dump(name)


@pytest.mark.parametrize("shard_rows", [1000, 4096, 65_536, 777])
def test_shards_of_any_size(case, dump: Dump, shard_rows):
    """Cut at round numbers, at the batch, beyond all rows, and at 777 rows."""
    name, expected = case
    assert expected == dump(name, shard_rows=shard_rows)


@pytest.mark.parametrize("workers", [1, 3, 8])
def test_any_number_of_workers(case, dump: Dump, workers):
    """From one process to more than there are cores, with many small shards."""
    name, expected = case
    assert expected == dump(name, shard_rows=250, pool={"workers": workers})


def test_workers_that_begin_anew(case, dump: Dump):
    """They have nothing but the plan, and bind its tables themselves."""
    name, expected = case
    pool = {"workers": 2, "start_method": "spawn"}
    assert expected == dump(name, shard_rows=500, pool=pool)


@pytest.mark.parametrize("method", ["fork", "forkserver"])
def test_any_way_to_start_them(dump: Dump, usual, method):
    """Workers that inherit memory, and those that do in part."""
    expected = usual.get("lending") or dump("lending")
    pool = {"workers": 2, "start_method": method}
    assert expected == dump("lending", shard_rows=500, pool=pool)


def test_kept_shards(case, dump: Dump):
    """Keeping the shard files does not change the dump."""
    name, expected = case
    assert expected == dump(name, shard_rows=500, pool={"workers": 2, "keep_shards": True})


def fresh(tmp_path: Path, schema: Schema, rows: dict[str, int], **environment: str) -> str:
    """Return the digest of a dump that a new interpreter makes."""
    path = tmp_path / "schema.json"
    path.write_bytes(msgspec.json.encode(schema))
    counts = [argument for item in rows.items() for argument in ("-n", "{}={}".format(*item))]
    command = ["run", str(path), "-o", "-", "-q", "--edge-cases", "0.01", *counts]
    made = subprocess.run(
        [sys.executable, "-m", "shardgen", *command, "--dialect", "postgres"],
        cwd=tmp_path,
        env=os.environ | environment,
        capture_output=True,
        check=False,
    )
    assert (0, b"") == (made.returncode, made.stderr)
    return digest(made.stdout)


@pytest.mark.parametrize("seed", ["0", "4242"])
def test_fresh_interpreters_with_any_hash_seed(case, schemas, tmp_path, seed):
    """No order of a set or a dict by hash reaches the bytes; that of the tests is a random one."""
    name, expected = case
    assert expected == fresh(tmp_path, *schemas[name], PYTHONHASHSEED=seed)


FEATURES = [name for name in __cpu_dispatch__ if __cpu_features__[name]]
FEWER = {
    "without AVX-512": [n for n in FEATURES if "512" in n or n == "X86_V4"],
    "without AVX2 too": FEATURES,
}


@pytest.mark.parametrize("fewer", FEWER)
def test_fewer_cpu_features(case, schemas, tmp_path, fewer):
    """NumPy takes other code where a CPU lacks them; no value may depend on it."""
    if not FEWER[fewer]:
        pytest.skip("NumPy uses none of these features on this CPU")
    name, expected = case
    disabled = " ".join(FEWER[fewer])
    script = (
        "from numpy._core._multiarray_umath import __cpu_features__ as features\n"
        f"raise SystemExit(any(features[name] for name in {FEWER[fewer]!r}))"
    )
    environment = os.environ | {"NPY_DISABLE_CPU_FEATURES": disabled}
    assert (
        0 == subprocess.run([sys.executable, "-c", script], env=environment, check=False).returncode
    )
    assert expected == fresh(tmp_path, *schemas[name], NPY_DISABLE_CPU_FEATURES=disabled)


def test_a_plan_that_crossed_to_a_worker(case, schemas):
    """Encoded and decoded it is the same plan, down to its digest and its rows."""
    schema, rows = schemas[case[0]]
    plan = build_plan(schema, Options(rows=rows, seed=5))
    crossed = decode_plan(plan.encode())
    assert plan.digest() == crossed.digest()
    shard = next(iter(plan.shards()))
    texts = [b"".join(map(bytes, Source.bind(p).render(shard))) for p in (plan, crossed)]
    assert texts[0] == texts[1]


# --- What must matter


@pytest.mark.parametrize(
    "options",
    [
        {"seed": 1},
        {"as_of": dt.date(2025, 1, 2)},
        {"dialect": "mysql"},
        {"format": "copy"},
        {"rows_per_statement": 999},
        {"ddl": False},
        {"edge_case_probability": 0.02},
        {"scale": 2.0, "rows": {}},
    ],
)
def test_other_input_gives_another_dump(dump: Dump, usual, options):
    """Each option that should matter does: else the tests above would pass on a constant."""
    expected = usual.setdefault("lending", dump("lending"))
    assert expected != dump("lending", **options)


# --- The library


def unescaped(cell: str) -> str | None:
    """Return a cell of COPY's text format as PostgreSQL reads it."""
    if cell == r"\N":
        return None
    text, escaped = "", False
    for letter in cell:
        if escaped:
            text, escaped = text + {"n": "\n", "t": "\t", "r": "\r"}.get(letter, letter), False
        elif letter == "\\":
            escaped = True
        else:
            text += letter
    return text


def copied(dump: bytes) -> dict[str, list[list[str | None]]]:
    """Return the rows of each table of a dump in COPY format."""
    tables: dict[str, list[list[str | None]]] = {}
    rows: list[list[str | None]] | None = None
    for line in dump.decode().split("\n"):
        if rows is None and line.startswith("COPY "):
            rows = tables[line.split('"')[1]] = []
        elif line == r"\.":
            rows = None
        elif rows is not None:
            rows.append([unescaped(cell) for cell in line.split("\t")])
    return tables


def as_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bytes):
        return rf"\x{value.hex()}"
    if isinstance(value, list):
        return "{" + ",".join("NULL" if e is None else json.dumps(e) for e in value) + "}"
    return None if value is None else str(value)


@pytest.mark.parametrize("name", ["lending", "everything"])
def test_the_library_has_the_rows_of_the_dump(schemas, tmp_path, name):
    """Value for value, nulls included."""
    schema, rows = schemas[name]
    path = tmp_path / "dump.sql"
    options = msgspec.structs.replace(COPY, rows=rows, seed=3, edge_case_probability=0.01)
    pipeline.run(schema, path, options=options, workers=1)
    dumped = copied(path.read_bytes())
    made = generate(schema, rows=rows, seed=3, edge_case_probability=0.01)
    assert list(dumped) == list(made.tables)
    for table, data in made.tables.items():
        floats = [
            c.name for c in schema.table(table).columns if parse_type(c.type).family == "float"
        ]
        assert len(dumped[table]) == len(data)
        for cells_of_row, row in zip(dumped[table], data.rows, strict=True):
            shown = dict(zip(data.columns, cells_of_row, strict=True))
            for column in floats:
                cell = shown[column]
                assert row[column] == (None if cell is None else float(cell))
                row[column] = cell if cell is None else Decimal(cell)
            assert shown == {column: as_text(value) for column, value in row.items()}


@pytest.mark.parametrize("span", [(0, 1), (100, 200), (4095, 4097), (2999, 3000), (8, 8)])
def test_a_slice_of_the_library_is_that_of_all_rows(schemas, span):
    """Made alone, it has the rows it has in the whole."""
    schema, _ = schemas["everything"]
    made, alone = generate(schema), generate(schema)
    for table, data in made.tables.items():
        assert data.rows[slice(*span)] == alone.tables[table].slice(*span)[: len(data)]


# --- This release and the last


FORMATS = [(d, form) for d, dialect in DIALECTS.items() for form in dialect.formats]


def test_dumps_have_the_bytes_they_had(golden, tmp_path):
    """SHA-256 of fintech-loans in each dialect and format, for two seeds."""
    lines = []
    for seed in (0, 42):
        for dialect, form in FORMATS:
            path = tmp_path / "dump.sql"
            options = Options(dialect=dialect, format=form, seed=seed, ddl=False)
            pipeline.run("fintech-loans", path, options=options, workers=1)
            rows = b"\n".join(
                li for li in path.read_bytes().split(b"\n") if not li.startswith(b"--")
            )
            lines.append(f"{digest(rows)}  {dialect} {form} seed {seed}\n")
    golden("fintech-loans.txt", "".join(lines))


def test_bundled_schemas_have_the_bytes_they_had(golden, tmp_path):
    """SHA-256 of the rows of each bundled schema."""
    lines = []
    for name in bundled_schemas():
        path = tmp_path / "dump.sql"
        pipeline.run(name, path, options=Options(dialect="sqlite", seed=1, ddl=False), workers=1)
        rows = b"\n".join(li for li in path.read_bytes().split(b"\n") if not li.startswith(b"--"))
        lines.append(f"{digest(rows)}  {name}\n")
    golden("bundled.txt", "".join(lines))


def listing(name: str, values: list[Any]) -> str:
    """A line: the digest of all values, and the first of them for a reader."""
    everything_ = digest("\n".join(map(str, values)).encode())[:16]
    return f"{everything_}  {name}: {' | '.join(map(str, values[:3]))}\n"


def test_generators_have_the_values_they_had(golden):
    """A thousand of each generator that stands alone, plain and unique, and of each law."""
    lines = []
    for name in sorted(GENERATED):
        facts = generated(name)
        lines.append(listing(name, cells(bound({"v": facts}), "v")))
    for name in ("email", "uuid", "int_range", "phone", "timestamp_past", "full_name", "password"):
        facts = generated(name, unique=True)
        lines.append(listing(f"{name}, unique", cells(bound({"v": facts}), "v")))
    for name, parameters in LAWS.items():
        law = {"min": 0, "max": 100_000, "distribution": name, **parameters}
        facts = {"type": "int", "generator": "int_range", "generator_params": law}
        lines.append(listing(f"int_range, {name}", cells(bound({"v": facts}), "v")))
    for name, facts in WITH_OTHERS.items():
        beside = {"born": generated("date_past"), "v": {"type": "text", "generator": name, **facts}}
        schema = schema_with({"datasets": {"places": PLACES}}, t=(1000, beside))
        lines.append(listing(name, cells(bind(schema)["t"], "v")))
    golden("generators.txt", "".join(lines))


def test_every_generator_is_pinned():
    """Alone, or as a column of fintech-loans, or in the schema of everything (ordinal)."""
    lending = {c.generator for t in load_schema("fintech-loans").tables for c in t.columns}
    assert lending >= OF_LOANS
    assert any(c.generator == "ordinal" for t in everything().tables for c in t.columns)
    assert set(GENERATORS) == GENERATED.keys() | OF_LOANS | WITH_OTHERS.keys() | {"ordinal"}
