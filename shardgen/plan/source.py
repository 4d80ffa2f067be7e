"""
A plan's tables, bound and ready: any rows of any of them, as values or as text.

Both the parent process and every worker hold one; it is made from the plan alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from shardgen.output.sql.dialects import DIALECTS
from shardgen.output.text.fields import Buffer
from shardgen.output.text.render import Renderer
from shardgen.plan.bind import bind_again, bind_tables
from shardgen.plan.plan import Plan, Shard
from shardgen.tables.batch import Batch, BoundTable


class Source:
    """The bound tables of a plan, and their renderers as they are needed."""

    def __init__(self, plan: Plan, bound: dict[str, BoundTable]) -> None:
        """Keep a plan and its tables; `bind` and `bind_again` make both."""
        self.plan = plan
        self.bound = bound
        self._renderers: dict[str, Renderer] = {}

    @classmethod
    def bind(cls, plan: Plan) -> Self:
        """Bind the plan's schema; SchemaError or PlanError lists what cannot be made."""
        return cls(plan, bind_tables(plan.catalog, plan.job))

    @classmethod
    def bind_again(cls, plan: Plan) -> Self:
        """Bind a plan that was bound before, as a worker does: nothing is checked."""
        return cls(plan, bind_again(plan.catalog, plan.job))

    def batch(self, table: str, start: int, stop: int) -> Batch:
        """Return rows start … stop-1 of a table."""
        return Batch.of_range(self.bound[table], start, stop)

    def render(self, shard: Shard) -> Iterator[Buffer]:
        """Yield the SQL text of the shard's rows in pieces."""
        return self._renderer(shard.table).render(shard.start, shard.stop)

    def is_counted(self, table: str) -> bool:
        """Return whether the table has a key that numbers its rows."""
        return any(t.name == table and t.keys is not None for t in self.plan.tables)

    def _renderer(self, name: str) -> Renderer:
        renderer = self._renderers.get(name)
        if renderer is None:
            plan, dialect = self.plan, DIALECTS[self.plan.dialect]
            renderer = Renderer(
                self.bound[name],
                dialect.notation(plan.format),
                dialect.frame(plan.catalog.table(name), plan.format),
                plan.rows_per_statement if plan.format == "insert" else None,
            )
            self._renderers = {name: renderer}  # shards come table by table: keep one record
        return renderer
