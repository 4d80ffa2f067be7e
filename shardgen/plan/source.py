"""
A plan's tables, bound and ready: any rows of any of them, as values or as text.

Pure: it makes bytes, and knows nothing of where they go. The parent process and every worker hold
one; it is made from the plan alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import msgspec

from shardgen.errors import InputWarning, SchemaError
from shardgen.output.text.kinds import Buffer
from shardgen.output.text.render import Renderer
from shardgen.plan.bind import bind_again, bind_with_warnings
from shardgen.plan.plan import Plan, Shard
from shardgen.tables.batch import Batch, BoundTable
from shardgen.tables.row_checks import keep_checks


class Source:
    """
    The bound tables of a plan, and their renderers as they are needed.

    What a plan writes is `dump_header()`, the text of each of `shards()` in order, and
    `dump_footer()`.
    """

    def __init__(
        self,
        plan: Plan,
        bound: dict[str, BoundTable],
        warnings: tuple[InputWarning, ...] = (),
    ) -> None:
        """Keep a plan and its tables; `bind` and `bind_again` make both."""
        self.plan = plan
        self.bound = bound
        self.warnings = warnings
        """What the schema says that has no effect, where it was bound with all checks."""
        self._renderers: dict[str, Renderer] = {}

    @classmethod
    def bind(cls, plan: Plan, *, strict: bool = False) -> Self:
        """
        Bind the plan's schema; SchemaError or PlanError lists what cannot be made.

        Where it is `strict`, a SchemaError lists what would be warnings.
        """
        attempt = plan.take_attempt()
        if attempt is not None and not attempt.mistakes:
            bound, warnings = attempt.tables, attempt.warnings
        else:
            bound, warnings = bind_with_warnings(plan.catalog, plan.job)
        if strict and warnings:
            raise SchemaError([warning.as_mistake() for warning in warnings], plan.schema.name)
        return cls(plan, bound, warnings)

    @classmethod
    def bind_again(cls, plan: Plan) -> Self:
        """Bind a plan that was bound before, as a worker does: nothing is checked."""
        return cls(plan, bind_again(plan.catalog, plan.job))

    def batch(self, table: str, start: int, stop: int) -> Batch:
        """Return rows start … stop-1 of a table; GenerationError where one breaks a law of it."""
        batch = Batch.of_range(self.bound[table], start, stop)
        keep_checks(batch)
        return batch

    def shards(self) -> Iterator[Shard]:
        """Yield all shards in the order of the dump."""
        return self.plan.shards()

    def render(self, shard: Shard) -> Iterator[Buffer]:
        """
        Yield the text of the shard's rows, a few buffers for each batch.

        A table's header and footer come with its first and last row. A buffer is to be read before
        the next is asked for.
        """
        return self._renderer(shard.table).render(shard.start, shard.stop)

    def dump_header(self) -> bytes:
        """Return everything before the first table."""
        contents = self.plan.contents
        sizes = {name: table.text_bytes for name, table in self.bound.items() if table.text_bytes}
        if sizes:
            catalog = contents.catalog.with_text_bytes(sizes)
            contents = msgspec.structs.replace(contents, catalog=catalog)
        return self.plan.format.dump_header(contents)

    def dump_footer(self) -> bytes:
        """Return everything after the last table."""
        return self.plan.format.dump_footer(self.plan.contents)

    def empty_table(self, name: str) -> bytes:
        """Return the text of a table without rows."""
        return self.plan.format.empty_table(self.plan.catalog.as_written.table(name))

    def is_counted(self, table: str) -> bool:
        """Return whether the table has a key that numbers its rows."""
        return any(t.name == table and t.keys is not None for t in self.plan.tables)

    def _renderer(self, name: str) -> Renderer:
        renderer = self._renderers.get(name)
        if renderer is None:
            plan, form = self.plan, self.plan.format
            renderer = Renderer(
                self.bound[name],
                form.literal_syntax(),
                form.statement_text(plan.catalog.as_written.table(name)),
                form.statement_rows,
                form.statement_bytes,
            )
            self._renderers = {name: renderer}  # shards come table by table: keep one record
        return renderer
