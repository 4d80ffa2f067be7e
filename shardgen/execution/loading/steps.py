"""
A load as steps, each in a transaction of its own, and the order that they have to keep.

Pure. A step brings rows, or is a statement that follows them. Where the database checks keys while
rows come in, a table's rows wait for those of its parents; tables that refer to later ones are
filled together with these, in one transaction, at whose end all keys lead somewhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

import msgspec

from shardgen.output.sql.finishing import Finishing
from shardgen.plan.plan import Plan, Shard
from shardgen.schema.catalog import Catalog


class Step(msgspec.Struct, frozen=True):
    """
    Rows, or a statement for when they are there.

    `number` is its own in the ledger. It may begin when all steps of earlier stages are done, and
    all that bring rows to the tables that it comes `after`, and while no other step that has one of
    its `locks` is under way.
    """

    number: int
    stage: int
    shards: tuple[Shard, ...] = ()
    statement: str = ""
    after: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """The number of rows that it brings."""
        return sum(shard.rows for shard in self.shards)

    @property
    def what(self) -> str:
        """What it does, for people."""
        return self.statement or ", ".join(map(rows_of, self.shards))


def rows_of(shard: Shard) -> str:
    """Return what a message calls the rows of a shard: from 0, the last one not included."""
    return f"rows {shard.start:,}..{shard.stop:,} of {shard.table}"


def row_steps(plan: Plan, *, keys_are_there: bool) -> Iterator[Step]:
    """Yield the steps that bring rows, numbered from 1, in the order of the dump."""
    if not keys_are_there:
        for shard in plan.shards():
            yield Step(shard.index + 1, 0, (shard,))
        return
    catalog = plan.catalog.as_written
    together = {name: group for group in _together(catalog, plan) for name in group}
    number, open_group = 1, list[Shard]()
    for shard in plan.shards():
        group = together.get(shard.table)
        if group is None:
            parents = _parents(catalog, (shard.table,))
            loops = any(r.table == shard.table for r in catalog.table(shard.table).references)
            locks = (shard.table,) if loops else ()
            yield Step(number, 0, (shard,), after=parents, locks=locks)
            number += 1
            continue
        open_group.append(shard)
        last = [name for name in group if plan.counts[name]][-1]
        if shard.table == last and shard.stop == plan.counts[last]:
            yield Step(number, 0, tuple(open_group), after=_parents(catalog, group))
            number, open_group = number + 1, []


def statement_steps(finishing: Iterable[Finishing], first: int) -> Iterator[Step]:
    """Yield the steps that follow the rows, numbered from `first` on."""
    for number, each in enumerate(finishing, first):
        yield Step(number, 1 + each.stage, statement=each.statement, locks=each.tables)


def _parents(catalog: Catalog, tables: Collection[str]) -> tuple[str, ...]:
    names = (key.table for name in tables for key in catalog.table(name).references)
    return tuple(dict.fromkeys(name for name in names if name not in tables))


def _together(catalog: Catalog, plan: Plan) -> Iterator[tuple[str, ...]]:
    """Yield the runs of tables, in their order, from one that refers to a later one up to that."""
    names = [table.name for table in plan.tables]
    place = {name: n for n, name in enumerate(names)}
    spans = sorted(
        (place[table.name], place[key.table])
        for table, key in catalog.late_references
        if table.name in place and key.table in place
    )
    merged: list[tuple[int, int]] = []
    for first, last in spans:
        if merged and first <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(last, merged[-1][1])
        else:
            merged.append((first, last))
    return (tuple(names[first : last + 1]) for first, last in merged)


class Schedule:
    """Steps that are not done yet: which may begin, and which are under way."""

    def __init__(self, steps: Iterable[Step]) -> None:
        """Take the steps in the order in which they are begun, as far as they may."""
        self._waiting = sorted(steps, key=lambda step: (step.stage, step.number))
        self._left: defaultdict[str, int] = defaultdict(int)  # steps that bring a table's rows
        self._of_stage: defaultdict[int, int] = defaultdict(int)
        self._locked: set[str] = set()
        for step in self._waiting:
            self._of_stage[step.stage] += 1
            for table in _tables(step):
                self._left[table] += 1

    @property
    def is_over(self) -> bool:
        """Whether all steps are done."""
        return not any(self._of_stage.values())

    def begin(self) -> Step | None:
        """Return a step that may begin now, which is under way then; None while there is none."""
        for n, step in enumerate(self._waiting):
            if any(left for stage, left in self._of_stage.items() if stage < step.stage):
                return None
            if not (any(self._left[t] for t in step.after) or self._locked & {*step.locks}):
                self._locked.update(step.locks)
                return self._waiting.pop(n)
        return None

    def end(self, step: Step) -> None:
        """Note that a step is done."""
        self._of_stage[step.stage] -= 1
        self._locked.difference_update(step.locks)
        for table in _tables(step):
            self._left[table] -= 1


def _tables(step: Step) -> set[str]:
    return {shard.table for shard in step.shards}
