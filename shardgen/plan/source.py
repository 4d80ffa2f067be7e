"""
A plan's tables, bound and ready: any rows of any of them, as values or as text.

Pure: it makes bytes, and knows nothing of where they go. The parent process and every worker hold
one; it is made from the plan alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Self

import msgspec

from shardgen.errors import InputWarning, SchemaError
from shardgen.output.format import Contents, Rows
from shardgen.output.text.kinds import Buffer
from shardgen.plan.bind import bind_again, bind_with_warnings
from shardgen.plan.part import Part
from shardgen.plan.plan import Plan, Shard
from shardgen.plan.table_files import TableFile
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
        self.part: Part | None = None
        """Which part of the plan it writes, where it writes one alone."""
        self._renderers: dict[str, Rows] = {}

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

    @property
    def counts(self) -> dict[str, int]:
        """The number of rows that it writes of each table."""
        return self.plan.counts

    @property
    def file(self) -> str:
        """The name of the file that all goes into; "" where the target has the name, or tables."""
        return ""

    def shards(self) -> Iterator[Shard]:
        """Yield all shards in the order of the dump."""
        return self.plan.shards()

    def files(self) -> Iterator[tuple[str, TableFile]]:
        """Yield the files of tables, each with its table, in the order of the dump."""
        for table, files in self.plan.files.items():
            for file in files:
                yield table, file

    def render(self, shard: Shard) -> Iterator[Buffer]:
        """
        Yield the text of the shard's rows, a few buffers for each batch; compressed where that is.

        A file's header and footer come with its first and last row. A buffer is to be read before
        the next is asked for.
        """
        texts = self._renderer(shard.table).render(shard.start, shard.stop)
        how = self._compression
        return texts if how == "none" else _compressing().compressed(texts, how)

    def dump_header(self) -> bytes:
        """Return everything before the first table."""
        return self._compressed(self.plan.format.dump_header(self.contents()))

    def load_scripts(self) -> dict[str, bytes]:
        """Return what loads a folder of the files into databases, by file name."""
        files = {name: [file.name for file in files] for name, files in self.plan.files.items()}
        return self.plan.format.load_scripts(self.contents(), files, self.plan.databases)

    def _compressed(self, text: bytes) -> bytes:
        how = self._compression
        return text if how == "none" else _compressing().compressed_text(text, how)

    @property
    def _compression(self) -> str:
        form = self.plan.format
        return "none" if form.is_compressed_within else form.compression

    def contents(self) -> Contents:
        """Return what the format is told, with the bytes of texts where a type needs them."""
        contents = self.plan.contents
        sizes = {name: table.text_bytes for name, table in self.bound.items() if table.text_bytes}
        if sizes:
            catalog = contents.catalog.with_text_bytes(sizes)
            contents = msgspec.structs.replace(contents, catalog=catalog)
        return contents

    def dump_footer(self) -> bytes:
        """Return everything after the last table."""
        return self._compressed(self.plan.format.dump_footer(self.plan.contents))

    def empty_table(self, name: str) -> bytes:
        """Return the text of a table without rows."""
        if self.plan.format.join() is not None:
            return b"".join(map(bytes, self._renderer(name).render(0, 0)))
        table = self.plan.catalog.as_written.table(name)
        return self._compressed(self.plan.format.empty_table(table))

    def is_counted(self, table: str) -> bool:
        """Return whether the table has a key that numbers its rows."""
        return any(t.name == table and t.keys is not None for t in self.plan.tables)

    def _renderer(self, name: str) -> Rows:
        renderer = self._renderers.get(name)
        if renderer is None:
            renderer = self.rows_of(name)
            self._renderers = {name: renderer}  # shards come table by table: keep one record
        return renderer

    def rows_of(self, name: str) -> Rows:
        """Return what makes shards of a table, before they are compressed as a whole."""
        table = self.plan.catalog.as_written.table(name)
        return self.plan.format.rows(self.bound[name], table, self.plan.file_starts(name))


def _compressing() -> ModuleType:
    from shardgen.output import compression  # late: most runs write plain text

    return compression
