"""
What must hold for any schema: an error of ours, or rows that keep every promise.

`examine` runs one case within this process, and says what it found.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import re
import resource
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from fuzz.cases import Case
from fuzz.drafts import sql_type as column_type
from fuzz.findings import Finding, FoundError, TooSlowError, alarm, of_exception, without_names
from fuzz.servers import Servers, for_dialect
from fuzz.sources import all_values, made_here, numpy_alone, rendered, written
from fuzz.values import Values, check_key_rules, check_order, check_references, check_table
from support.databases import LoadError, SQLite, python_value

from shardgen.errors import GenerationError, InputError, Mistake
from shardgen.execution import executors, makers, pipeline
from shardgen.output.sql.dialects import DIALECTS
from shardgen.output.text import native_writer
from shardgen.plan.load import find_mistakes, load_schema, located
from shardgen.plan.plan import build_plan, decode_plan
from shardgen.plan.source import Source
from shardgen.schema.model import Column, Table
from shardgen.tables.python_values import column_values

MOST_SECONDS = 5.0
MOST_MEMORY = 400 << 10  # KiB that one case may add
MOST_ROWS = 4000
"""A table with more rows is looked at in ranges alone, and not loaded."""
OBJECTS = 9
"""One case of so many is read as a Python object too."""
CHECKED = 3
"""One accepted case of so many goes through `check` too; of those refused, all."""


class Outcome(msgspec.Struct, frozen=True):
    """How a case ended: `accepted` is None where a finding came before it was known."""

    accepted: bool | None
    finding: Finding | None = None


class Examiner:
    """Examines cases, each in the folder that it keeps for their files."""

    def __init__(
        self, folder: Path, *, workers_each: int = 0, servers: Servers | None = None
    ) -> None:
        """Run every so-manieth case with three worker processes too; none for 0."""
        self.folder = folder
        self.servers = servers
        self.workers_each = workers_each

    def examine(self, case: Case, seconds: float = MOST_SECONDS) -> Outcome:
        """Return how the case ends; nothing of it is left afterwards."""
        self.accepted: bool | None = None
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                with alarm(seconds):
                    self._examine(case)
        except FoundError as error:
            return Outcome(self.accepted, error.finding)
        except TooSlowError as error:
            return Outcome(self.accepted, of_exception("slow", error))
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is a finding
            return Outcome(self.accepted, of_exception("crash", error))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        if grown > MOST_MEMORY:
            return Outcome(self.accepted, Finding("memory", "a case", f"{grown >> 10} MiB more"))
        return Outcome(self.accepted)

    def _examine(self, case: Case) -> None:
        path = self.folder / "schema.json"
        path.write_bytes(case.data)
        source = self._bind(case, path)
        if case.number % OBJECTS == 0 and not isinstance(case.schema, bytes):
            check_object(case, path, accepted=source is not None)
        if source is None:
            return
        if case.number % CHECKED == 0 and case.is_plain:
            self._compare_mistakes(path, ())
        if source.plan.rows > MOST_ROWS:
            look_into(source, case.cuts)
            return
        try:
            dump = written(source)
        except GenerationError:
            return  # exit 5: what a generator makes cannot be known before
        check_slices(source, case, dump)
        values = all_values(source)
        check_values(source, values)
        self._load(source, dump, values)
        if self.servers is not None:
            self.servers.check(source, self.folder)
        if self.workers_each and case.number % self.workers_each == 0:
            self._check_workers(source, case, dump)

    def _bind(self, case: Case, path: Path) -> Source | None:
        """Return the case's source; None where it is refused, as `check` does too."""
        try:
            with located(path):
                source = Source.bind(build_plan(load_schema(path), case.options))
        except InputError as error:
            self.accepted = False
            check_message(error)
            if case.is_plain:
                self._compare_mistakes(path, error.mistakes)
            return None
        self.accepted = True
        return source

    def _compare_mistakes(self, path: Path, expected: tuple[Mistake, ...]) -> None:
        found = find_mistakes(path)
        if found != expected:
            both = f"run: {[*map(str, expected)][:3]}; check: {[*map(str, found)][:3]}"
            raise FoundError("check", "check and run differ", both)

    def _load(self, source: Source, dump: bytes, values: dict[str, Values]) -> None:
        """Load the dump, or that of the same schema for SQLite alone, and compare the rows."""
        plan = source.plan
        if "sqlite" not in plan.databases:
            return
        if plan.format.dialect != "sqlite":
            source = for_dialect(source, "sqlite")
            dump, values = written(source), all_values(source)
        load(source, dump, values, self.folder / "dump.sql")

    def _check_workers(self, source: Source, case: Case, dump: bytes) -> None:
        plan = source.plan
        with small_jobs(), tempfile.TemporaryDirectory(dir=self.folder) as folder:
            out = Path(folder) / ("out" if plan.format.has_table_files else "out.sql")
            options = msgspec.structs.replace(case.options, shard_rows=case.shard_rows)
            pipeline.run(plan.schema, out, workers=3, options=options)
            if out.is_dir():
                names = [out / f"{name}.csv" for name in plan.counts]
                made = b"".join(path.read_bytes() for path in names if path.exists())
            else:
                made = out.read_bytes()
        if made != dump:
            raise FoundError("workers", difference(dump, made), "3 workers write other bytes")


@contextlib.contextmanager
def small_jobs() -> Iterator[None]:
    """Start workers for the smallest job too."""
    before = makers.SMALL_JOB, executors.SMALL_TABLE
    makers.SMALL_JOB, executors.SMALL_TABLE = 0, 2
    try:
        yield
    finally:
        makers.SMALL_JOB, executors.SMALL_TABLE = before


def check_object(case: Case, path: Path, *, accepted: bool) -> None:
    """FoundError where the schema as a Python object is not what it is as a file."""
    has_files = b'"file"' in case.data  # they lie beside the schema's own
    try:
        read = load_schema(json.loads(case.data))
    except InputError as error:
        check_message(error)
        if accepted and not has_files:
            raise FoundError("doors", "refused as an object alone", str(error)) from None
        return
    if accepted and not has_files and read != load_schema(path):
        raise FoundError("doors", "another schema as an object", repr(read)[:300])


def check_message(error: InputError) -> None:
    """FoundError when a refusal cannot be printed, or says nothing."""
    text = str(error)
    text.encode("utf-8", "backslashreplace")
    if any(not mistake.what for mistake in error.mistakes) or not error.mistakes:
        raise FoundError("refused", "a mistake without words", text)


def check_writers(source: Source, dump: bytes) -> None:
    """FoundError where the writer of NumPy alone makes other bytes than the compiled one."""
    if native_writer.compiled is None:
        return
    with numpy_alone():
        other = written(Source(source.plan, source.bound))
    if dump != other:
        raise FoundError("writers", difference(dump, other), "the two writers differ")


def check_slices(source: Source, case: Case, dump: bytes) -> None:
    """
    FoundError where shards, made in any order by a worker's own source, are other bytes.

    They are written by NumPy alone, and the dump by the compiled module: one pass for two promises.
    """
    plan = msgspec.structs.replace(source.plan, shard_rows=max(case.shard_rows, plan_rows(source)))
    worker = Source.bind_again(decode_plan(plan.encode()))
    shards = [*plan.shards()]
    with numpy_alone():
        texts = {s.index: b"".join(map(bytes, worker.render(s))) for s in reversed(shards)}
    parts: list[bytes] = []
    for table in plan.tables:
        parts += [texts[shard.index] for shard in shards if shard.table == table.name]
        parts += [worker.empty_table(table.name)] if table.rows == 0 else []
    text = b"".join([worker.dump_header(), *parts, worker.dump_footer()])
    if text != dump:
        check_writers(source, dump)
        raise FoundError("slices", difference(dump, text), "shards differ from the whole")
    for name, rows in plan.counts.items():
        edges = sorted({0, rows, *(cut % (rows + 1) for cut in case.cuts)})
        columns = made_here(source, name)
        whole = worker.batch(name, 0, rows)
        made = {column: column_values(whole, column) for column in columns}
        for start, stop in itertools.pairwise(edges):
            alone = source.batch(name, start, stop)
            for column in columns:
                if made[column][start:stop] != column_values(alone, column):
                    where = f"{name}.{column}, rows {start} to {stop}"
                    raise FoundError("slices", "values of a range", where)


def plan_rows(source: Source) -> int:
    """Return the least rows for a shard: 25 shards say as much as a thousand."""
    return -(-source.plan.rows // 25)


def check_values(source: Source, values: dict[str, Values]) -> None:
    """FoundError for the first value that its schema does not allow."""
    tables = {table.name: table for table in source.plan.catalog.tables}
    for name, table in tables.items():
        check_table(table, values[name])
        check_order(table, values[name])
    check_references(tables, values)
    check_key_rules(tables, values)


def look_into(source: Source, cuts: tuple[int, ...]) -> None:
    """Make a few rows at the ends of large tables, both ways, and at a few places between."""
    if any(is_summing(c) for table in source.plan.schema.tables for c in table.columns):
        return  # a row may be made from a thousand million of another table
    for name, rows in source.plan.counts.items():
        starts = {0, max(rows - 20, 0), *(rows * cut // 1000 for cut in cuts)}
        for start in sorted(starts):
            stop = min(start + 20, rows)
            try:
                one = rendered(source, name, start, stop)
            except GenerationError:
                return
            with numpy_alone():
                other = rendered(Source(source.plan, source.bound), name, start, stop)
            if native_writer.compiled is not None and one != other:
                raise FoundError("writers", difference(one, other), "the two writers differ")


def is_summing(column: Column) -> bool:
    """Return whether a column is made from the children of its row."""
    text = str(column.generator_params.get("expression", ""))
    follows = column.correlation is not None and "(" in column.correlation.column
    return (
        follows
        or re.search(r"(sum|count|avg|min|max|exists)\s*\(", text, re.IGNORECASE) is not None
    )


def load(source: Source, dump: bytes, values: dict[str, Values], path: Path) -> None:
    """FoundError where SQLite refuses the dump, or holds other rows; not for an unread check."""
    path.write_bytes(dump)
    database = SQLite(Path(":memory:"))
    try:
        database.load(path)
        broken = database.query("PRAGMA foreign_key_check")
        sound = database.query("PRAGMA integrity_check")
        if broken or sound != [("ok",)]:
            raise FoundError(
                "load", "SQLite finds keys or rows broken", f"{broken[:3]} {sound[:3]}"
            )
        for table in source.plan.schema.tables:
            _compare_rows(database, table, values[table.name])
    except (LoadError, ValueError) as error:
        if not (is_of_unread_check(source, str(error)) or is_of_own_sql(source, str(error))):
            raise FoundError("load", without_names(str(error)), str(error)) from None
    finally:
        database.close()


def is_of_unread_check(source: Source, message: str) -> bool:
    """Return whether rows break what a warning says is not known: a check, or NOT NULL."""
    said = {"unread-check": "CHECK", "unread-generated": "NOT NULL"}
    for warning in source.warnings:
        if f"{said.get(warning.name, '?')} constraint failed" in message:
            path = warning.path.removesuffix(".generated")
            if message.rstrip().endswith(path.rpartition(".")[2].strip("'\"")):
                return True
    return False


def is_of_own_sql(source: Source, message: str) -> bool:
    """Return whether SQLite lacks a function that an index of the schema names."""
    parts = [c for t in source.plan.schema.tables for i in t.indexes for c in i.columns]
    name = message.rpartition("no such function: ")[2].strip()
    return "no such function" in message and any(f"{name}(" in part for part in parts)


def _compare_rows(database: SQLite, table: Table, values: Values) -> None:
    columns = [c for c in table.columns if c.name in values and not c.hidden]
    names = ", ".join(database.quote(column.name) for column in columns)
    quoted = DIALECTS["sqlite"].table_name(table.name)
    found = database.query(f"SELECT {names} FROM {quoted} ORDER BY {database.quote(_rowid(table))}")
    if len(found) != len(next(iter(values.values()))):
        raise FoundError("load", "rows are missing", f"{table.name}: {len(found)}")
    order = _order(table, values)
    for n, column in enumerate(columns):
        expected = [values[column.name][row] for row in order]
        kept = [row[n] for row in found]
        family = column_type(column.type).family
        if pairs := [p for p in zip(kept, expected, strict=True) if not same(*p, column, family)][
            :3
        ]:
            where = f"another value, {column.generator} on {column.type.split('(')[0].lower()}"
            raise FoundError("load", where, f"{table.name}.{column.name}: {pairs}")


def _order(table: Table, values: Values) -> list[int]:
    """Return the rows in the order of SQLite's own numbers: an integer that is the key is that."""
    primary = [column for column in table.columns if column.primary_key]
    rows = [*range(len(next(iter(values.values()))))]
    if len(primary) == 1 and column_type(primary[0].type).family in ("integer", "boolean"):
        rows.sort(key=values[primary[0].name].__getitem__)
    return rows


def same(kept: Any, expected: Any, column: Column, family: str) -> bool:
    """Return whether SQLite holds what was made; decimals are floats there, and no others are."""
    if kept is None or expected is None:
        return kept is expected
    if family in ("decimal", "float"):
        return math.isclose(kept, expected, rel_tol=1e-15)  # SQLite misses the last bit at times
    return kept == expected or python_value(kept, column) == python_value(expected, column)


def _rowid(table: Table) -> str:
    """Return a name of the row's number that no column of the table has."""
    taken = {column.name.casefold() for column in table.columns}
    return next(name for name in ("rowid", "_rowid_", "oid") if name not in taken)


def difference(one: bytes, other: bytes) -> str:
    """Return where two texts part, without what differs from case to case."""
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if at is None:
        return "one is longer"
    return without_names(repr(one[at - 10 : at + 10]) + " / " + repr(other[at - 10 : at + 10]))
