"""
The plan of a run: which tables in which order, how many rows, which keys, which shards.

A plan is small, says everything that decides the bytes of the dump, and crosses to every worker. It
is computed from the schema and the options alone, before a process starts or a file is opened.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, TypedDict

import msgspec

from shardgen.errors import Mistake, PlanError
from shardgen.output.format import DEFAULT_ROWS_PER_STATEMENT, Contents, Format, FormatOptions
from shardgen.output.formats import OTHER_NAMES, choose_format, decode_format, format_mistakes
from shardgen.plan.added import added_rows, unknown_rows
from shardgen.plan.asked import asks_for_generators
from shardgen.plan.counts import asked_counts, unknown_tables, wrong_rows
from shardgen.plan.job import DEFAULT_AS_OF, MAX_COUNT, Existing, Job
from shardgen.plan.stated_row import StatedRow, WithRows
from shardgen.plan.table_files import TableFile, files_of_parts, table_files
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.model import Schema

if TYPE_CHECKING:
    from shardgen.plan.bind import Attempt
    from shardgen.plan.inferred import Choice

DEFAULT_SHARD_ROWS = 131_072
SMALL_TABLE = 20_000  # rows: the parent process makes such a table before a worker could start
SMALL_JOB = 500_000  # rows: with fewer, a pool saves less than starting it costs


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a user may say about a run that changes its bytes, and how it is cut into shards.

    `tables` names those that are written, all of them where it is empty; the others are known all
    the same. `format` is one of `output.formats.FORMATS`, and `compress` one of
    `output.endings.COMPRESSIONS`; None is what the target's name says, or SQL that is not
    compressed. `there` has how many rows tables have already: those of the run come after them,
    and `existing` says which of them keys lead to; None where there is nothing. A format reads of
    `dialect`, `rows_per_statement`, `ddl`, `triggers` and `null` what concerns it. With
    `file_rows` a table has a file for each so many rows. `with_rows` states rows of tables: row k
    of a list is row k of its table, or of those that are added, and has what it says.
    """

    rows: Mapping[str, int] = {}
    tables: Sequence[str] = ()
    scale: float = 1.0
    seed: int = 0
    as_of: dt.date = DEFAULT_AS_OF
    dialect: str | None = None
    format: str | None = None
    compress: str | None = None
    null: str | None = None
    file_rows: int | None = None
    rows_per_statement: int = DEFAULT_ROWS_PER_STATEMENT
    ddl: bool = True
    triggers: bool = True
    edge_case_probability: float = 0.0
    shard_rows: int = DEFAULT_SHARD_ROWS
    there: Mapping[str, int] | None = None
    existing: Existing = "new"
    with_rows: WithRows = {}


class OptionArguments(TypedDict, total=False):
    """Options as keyword arguments of a call, each under its name: `run(schema, seed=42)`."""

    rows: Mapping[str, int]
    tables: Sequence[str]
    scale: float
    seed: int
    as_of: dt.date
    dialect: str | None
    format: str | None
    compress: str | None
    null: str | None
    file_rows: int | None
    rows_per_statement: int
    ddl: bool
    triggers: bool
    edge_case_probability: float
    shard_rows: int
    there: Mapping[str, int] | None
    existing: Existing
    with_rows: WithRows


def options_with(options: Options | None, arguments: OptionArguments) -> Options:
    """Return `options` changed by `arguments`; TypeError for an unknown name."""
    return msgspec.structs.replace(options or Options(), **arguments)


class KeyRange(msgspec.Struct, frozen=True):
    """The values of an auto-increment key, first … last, both included."""

    column: str
    first: int
    last: int


class TablePlan(msgspec.Struct, frozen=True):
    """A table's place in the dump: its rows, its keys, its parents."""

    name: str
    rows: int
    keys: KeyRange | None
    parents: tuple[str, ...]


class Shard(msgspec.Struct, frozen=True):
    """
    One task and one file: rows `start` … `stop`-1 of a table.

    `index` is its place in the dump, `file` the name of the file that its text goes to, "" where
    all goes into one.
    """

    index: int
    table: str
    start: int
    stop: int
    file: str = ""

    @property
    def rows(self) -> int:
        """The number of rows."""
        return self.stop - self.start


class Plan(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """
    Everything that decides the bytes of a dump; `tables` are in the order of the dump.

    `others` are tables that are not written, with their numbers of rows: keys lead to them. Values
    suit all `databases`: those that the schema lists, or the one that was asked for. A table has a
    file for each `file_rows` rows, where that is given and its format has files. `cut` has the
    first shard of each part, and the number of shards, where the plan is divided into parts.
    `firsts` are the rows that are there already of tables that get more; then the `others` are all
    settled. `stated` has of the first rows of tables what is said of them.
    """

    schema: Schema
    tables: tuple[TablePlan, ...]
    seed: int
    as_of: dt.date
    databases: tuple[str, ...]
    format: Format
    edge_case_probability: float
    shard_rows: int
    others: dict[str, int] = {}
    file_rows: int | None = None
    firsts: dict[str, int] = {}
    existing: Existing = "new"
    cut: tuple[int, ...] = ()
    stated: dict[str, tuple[StatedRow, ...]] = {}

    @property
    def rows(self) -> int:
        """The number of rows of all tables that are written."""
        return sum(table.rows for table in self.tables)

    @property
    def counts(self) -> dict[str, int]:
        """The number of rows of each table that is written."""
        return {table.name: table.rows for table in self.tables}

    @property
    def job(self) -> Job:
        """What the tables are bound for."""
        return Job(
            counts=self.counts | self.others,
            as_of=self.as_of,
            seed=self.seed,
            edge_case_probability=self.edge_case_probability,
            databases=self.databases,
            firsts=self.firsts,
            settled=frozenset(self.others) if self.firsts else frozenset(),
            existing=self.existing,
            stated=self.stated,
        )

    def shards(self, first: int = 0, stop: int | None = None) -> Iterator[Shard]:
        """
        Yield all shards in the order of the dump, or those of index `first` … `stop`-1.

        They are ranges of no more than `shard_rows` rows, each of one file.
        """
        index, last = 0, self.shard_count() if stop is None else stop
        for table in self.tables:
            for file in self.files.get(table.name, (TableFile("", 0, table.rows),)):
                count = -(-(file.stop - file.start) // self.shard_rows)
                for n in range(max(0, first - index), min(count, last - index)):
                    start = file.start + n * self.shard_rows
                    end = min(start + self.shard_rows, file.stop)
                    yield Shard(index + n, table.name, start, end, file.name)
                index += count

    def shard_count(self) -> int:
        """Return the number of shards."""
        return sum(map(self.shards_of, self.tables))

    def shards_of(self, table: TablePlan) -> int:
        """Return the number of shards of a table."""
        files = self.files.get(table.name, (TableFile("", 0, table.rows),))
        return sum(-(-(file.stop - file.start) // self.shard_rows) for file in files)

    @cached_property
    def files(self) -> dict[str, tuple[TableFile, ...]]:
        """The files of each table in order, at least one; empty for a format that has one dump."""
        if not self.format.has_table_files:
            return {}
        ending = self.format.file_ending
        if self.cut and self.file_rows is None:
            return files_of_parts(self.counts, ending, self.shard_rows, self.cut)
        return table_files(self.counts, ending, self.file_rows)

    def file_starts(self, table: str) -> Container[int]:
        """Return the first row of each file of a table."""
        if self.file_rows is not None:
            return range(0, max(1, self.counts[table]), self.file_rows)
        return {file.start for file in self.files.get(table, (TableFile("", 0, 0),))}

    @cached_property
    def catalog(self) -> Catalog:
        """The schema, resolved."""
        return Catalog(self.schema)

    @cached_property
    def libraries(self) -> dict[str, str]:
        """The version of each package whose release may change the bytes."""
        from shardgen.plan.libraries import libraries  # late: a run in one process asks for none

        return libraries(self.schema, self.format)

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """How columns without a generator got theirs, where the plan was built here."""
        return ()

    def take_attempt(self) -> Attempt | None:
        """Return what was bound while the plan was built, once: its tables belong to one source."""
        attempt: Attempt | None = vars(self).pop("attempt", None)
        return attempt

    @property
    def contents(self) -> Contents:
        """What the format is told of the plan."""
        return Contents(
            catalog=self.catalog.as_written,
            counts=self.counts,
            seed=self.seed,
            as_of=self.as_of,
            edge_case_probability=self.edge_case_probability,
        )

    def digest(self) -> bytes:
        """Return 16 bytes that differ between any two plans, and any two `libraries`."""
        return _digest(self.encode() + msgspec.msgpack.encode(self.libraries))

    def encode(self) -> bytes:
        """Return the plan as msgpack, as it crosses to a worker."""
        return msgspec.msgpack.encode(self)


class _EncodedPlan(Plan, frozen=True, kw_only=True):
    """A plan whose format is not decoded yet: which class it has is seen in it."""

    format: Any


def decode_plan(data: bytes) -> Plan:
    """Return the plan that `Plan.encode` wrote."""
    found = msgspec.msgpack.decode(data, type=_EncodedPlan)
    fields = {name: getattr(found, name) for name in Plan.__struct_fields__}
    return Plan(**fields | {"format": decode_format(found.format)})


@lru_cache(maxsize=8)
def _digest(data: bytes) -> bytes:
    import hashlib

    return hashlib.blake2b(data, digest_size=16).digest()


def build_plan(schema: Schema, options: Options | None = None) -> Plan:
    """
    Return the plan for `schema`.

    PlanError lists every option that cannot be followed.
    """
    options = options or Options()
    catalog = Catalog(schema)
    dialect = options.dialect or schema.database_type[0]
    wanted = FormatOptions(
        name=OTHER_NAMES.get(options.format or "sql", options.format or "sql"),
        dialect=dialect,
        rows_per_statement=options.rows_per_statement,
        ddl=options.ddl,
        triggers=options.triggers,
        null=options.null,
        compression=options.compress,
    )
    mistakes = [*format_mistakes(wanted), *_check_options(options)]
    form = None if mistakes else choose_format(wanted)
    if form is not None and options.file_rows is not None and not form.has_table_files:
        what = f"files of {options.file_rows} rows are asked for"
        hint = f"{form.name} has one file for all: leave file_rows out, or use csv"
        mistakes.append(Mistake("", what, hint))
    mistakes += wrong_rows(catalog, options.rows)
    mistakes += unknown_tables(catalog, options.tables)
    mistakes += unknown_rows(catalog, options.there or {})
    stated = _stated(catalog, options, mistakes)
    if mistakes or form is None:
        raise PlanError(mistakes)
    counts = asked_counts(catalog, options.rows, options.scale)
    counts |= {name: max(counts[name], len(rows)) for name, rows in stated.items()}
    written = set(options.tables) or set(counts)
    firsts: dict[str, int] = {}
    if options.there is not None:
        added = added_rows(catalog, {n: counts[n] for n in written}, options.there)
        counts, firsts, written = added.counts, added.firsts, added.written
    plan = Plan(
        schema=schema,
        tables=tuple(
            _plan_table(catalog.table(n), counts[n], firsts.get(n, 0))
            for n in catalog.order
            if n in written
        ),
        others={name: count for name, count in counts.items() if name not in written},
        seed=options.seed,
        as_of=options.as_of,
        databases=(dialect,) if options.dialect else schema.database_type,
        format=form,
        edge_case_probability=options.edge_case_probability,
        shard_rows=options.shard_rows,
        file_rows=options.file_rows,
        firsts=firsts,
        existing=options.existing,
        stated=stated,
    )
    if asks_for_generators(catalog):
        return _with_inferred(plan, catalog)
    vars(plan)["catalog"] = catalog
    return plan


def _with_inferred(plan: Plan, catalog: Catalog) -> Plan:
    """Return the plan with generators by name in its schema, and what was bound to find them."""
    from shardgen.plan.inferred import infer_generators  # late: many schemas name them all

    listed = dict.fromkeys((*plan.schema.database_type, *plan.databases))
    job = msgspec.structs.replace(plan.job, databases=tuple(listed))
    inferred = infer_generators(catalog, job)
    made = msgspec.structs.replace(plan, schema=inferred.schema)
    vars(made)["choices"] = inferred.choices
    if job.databases == plan.databases:
        vars(made)["attempt"] = inferred.attempt
    return made


def _stated(
    catalog: Catalog, options: Options, mistakes: list[Mistake]
) -> dict[str, tuple[StatedRow, ...]]:
    """Return the rows that are stated, and note what is wrong with them."""
    if not options.with_rows:
        return {}
    from shardgen.plan.stated import stated_rows  # late: a dump states none

    found = stated_rows(catalog, options.with_rows)
    mistakes += found.mistakes
    for name, rows in found.rows.items():
        asked = options.rows.get(name)
        if asked is not None and asked < len(rows):
            what = f"{len(rows)} rows of {name!r} are stated, and {asked} are asked for"
            mistakes.append(Mistake("", what, f"ask for {len(rows)} or more"))
    return found.rows


def _check_options(options: Options) -> Iterator[Mistake]:
    if not -(1 << 63) <= options.seed < 1 << 63:
        yield Mistake("", f"the seed is {options.seed}", "it must fit in 64 bits")
    if not options.scale > 0:
        yield Mistake("", f"the scale is {options.scale:g}", "it must be above 0")
    if not 1 <= options.shard_rows <= MAX_COUNT:
        bound = "at least 1" if options.shard_rows < 1 else f"at most {MAX_COUNT}"
        yield Mistake("", f"shard_rows is {options.shard_rows}", f"it must be {bound}")
    if options.file_rows is not None and not 1 <= options.file_rows <= MAX_COUNT:
        bound = "at least 1" if options.file_rows < 1 else f"at most {MAX_COUNT}"
        yield Mistake("", f"file_rows is {options.file_rows}", f"it must be {bound}")
    if not 0 <= options.edge_case_probability <= 1:
        what = f"the share of edge cases is {options.edge_case_probability:g}"
        yield Mistake("", what, "it must lie between 0 and 1")


def _plan_table(table: CatalogTable, rows: int, before: int) -> TablePlan:
    counted = next((c for c in table.columns if c.counts_rows), None)
    parents = dict.fromkeys(reference.table for reference in table.references)
    keys = None
    if counted is not None and rows:
        first = counted.first_number + before
        keys = KeyRange(counted.name, first, first + rows - 1)
    return TablePlan(table.name, rows, keys, tuple(parents))
