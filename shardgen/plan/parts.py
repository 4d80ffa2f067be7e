"""
Parts: a plan's shards divided for several machines, which make theirs without talking.

A part is a range of whole shards, and with files of so many rows a range of whole files. The cut is
a function of the plan alone, so that all who divide it do so alike: every table is as large as a
sample of its rows says, as text, and a cut is where a shard begins that is nearest to its share.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from shardgen.errors import InputWarning
from shardgen.plan.part import Part
from shardgen.plan.plan import Plan, Shard, TablePlan
from shardgen.plan.sizes import estimated_text_bytes
from shardgen.plan.source import Source
from shardgen.plan.table_files import TableFile
from shardgen.random.overriding import override
from shardgen.tables.batch import BoundTable


class PartSource(Source):
    """
    A source that writes the shards of one part alone; its plan is divided.

    The first part has what stands before all tables, and the last one what follows them: where all
    is one dump, the files of the parts in order are the dump.
    """

    def __init__(
        self,
        plan: Plan,
        bound: dict[str, BoundTable],
        warnings: tuple[InputWarning, ...],
        part: Part,
    ) -> None:
        """Keep the tables of a plan that is divided into as many parts."""
        super().__init__(plan, bound, warnings)
        self.part: Part | None = part
        self._file = "" if plan.format.has_table_files else part.name + plan.format.file_ending
        self._is_first, self._is_last = part.number == 1, part.number == part.parts
        self._first, self._stop = plan.cut[part.number - 1 : part.number + 1]

    @override
    @cached_property
    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for shard in self.shards():
            counts[shard.table] = counts.get(shard.table, 0) + shard.rows
        return counts

    @override
    @property
    def file(self) -> str:
        return self._file

    @override
    def shards(self) -> Iterator[Shard]:
        file = self.file
        for shard in self.plan.shards(self._first, self._stop):
            yield msgspec.structs.replace(shard, file=file) if file else shard

    @override
    def files(self) -> Iterator[tuple[str, TableFile]]:
        index, is_first = 0, self._is_first
        for table in self.plan.tables:
            for file in self.plan.files.get(table.name, ()):
                shards = -(-(file.stop - file.start) // self.plan.shard_rows)
                if self._first <= index < self._stop if shards else is_first:
                    yield table.name, file
                index += shards

    @override
    def dump_header(self) -> bytes:
        return super().dump_header() if self._is_first else b""

    @override
    def dump_footer(self) -> bytes:
        return super().dump_footer() if self._is_last else b""

    @override
    def load_scripts(self) -> dict[str, bytes]:
        """Those for the files of all parts, in the first one."""
        return super().load_scripts() if self._is_first else {}


def part_of(source: Source, part: Part) -> PartSource:
    """Return what writes a part of all that a source would write."""
    plan = divided(source, part.parts)
    return PartSource(plan, source.bound, source.warnings, part)


def divided(source: Source, parts: int) -> Plan:
    """Return the plan of a source, cut into parts."""
    plan = source.plan
    sizes = [estimated_text_bytes(source, table) for table in plan.tables]
    return msgspec.structs.replace(plan, cut=cut(plan, sizes, parts))


def cut(plan: Plan, sizes: list[int], parts: int) -> tuple[int, ...]:
    """
    Return the first shard of each part, and the number of shards; `sizes` has each table's bytes.

    A cut is no farther from its share of all bytes than half of what cannot be cut there: a shard,
    or a file of so many rows.
    """
    total = sum(sizes)
    cuts = [0]
    table, before, first = 0, 0, 0  # bytes and shards of the tables before this one
    for number in range(1, parts):
        wanted = number * total // parts
        while before + sizes[table] < wanted:
            before += sizes[table]
            first += plan.shards_of(plan.tables[table])
            table += 1
        cuts.append(first + _shards_before(plan, plan.tables[table], wanted - before, sizes[table]))
    cuts.append(plan.shard_count())
    return tuple(cuts)


def _shards_before(plan: Plan, table: TablePlan, position: int, size: int) -> int:
    """Return the shards of a table before the cut nearest to a position in its bytes."""
    if not size:
        return 0
    row = position * table.rows // size
    unit = plan.file_rows or plan.shard_rows
    before = row // unit
    start, stop = before * unit, min((before + 1) * unit, table.rows)
    if stop - row > row - start:
        stop = start
    shards_of_unit = -(-unit // plan.shard_rows)
    return plan.shards_of(table) if stop == table.rows else stop // unit * shards_of_unit
