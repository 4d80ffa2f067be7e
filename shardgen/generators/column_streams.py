"""The column that a generator is bound to: its facts, and the streams of words that are its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from shardgen.errors import BindError
from shardgen.generators.facts import (
    Fact,
)
from shardgen.generators.functions import (
    CoupledWords,
    FallingWords,
    LatentWords,
    StreamWords,
)
from shardgen.generators.lookups import SchemaLookups
from shardgen.generators.sources import (
    ColumnDraw,
    ColumnRead,
    CorrelationSource,
    WordsFunction,
)
from shardgen.random.copula import gaussian_copula
from shardgen.random.streams import stream_key
from shardgen.schema.types import ColumnType
from shardgen.tables.calendar import days_of

if TYPE_CHECKING:
    from shardgen.random.streams import Words
    from shardgen.schema.catalog import Catalog
    from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
    from shardgen.tables.presence import Times
    from shardgen.tables.unique_sets import UniqueSet

DEFAULT_LOCALE = "en_US"


class ColumnStreams(SchemaLookups):
    """
    The column a generator is bound to, and the words that it draws.

    `rows` is the row count of the table, `as_of` its days since 1970-01-01, `edge_case_probability`
    the share of cells that take an extreme. `unique` says that no value may occur twice, or not
    together with those of the other columns of a unique set: the same generators fill such columns,
    as every one of them draws what it needs by `unique_index`.
    """

    def __init__(  # noqa: PLR0913 -- facts, each by name
        self,
        catalog: Catalog,
        table: CatalogTable,
        column: CatalogColumn,
        *,
        rows: int,
        seed: int,
        as_of: dt.date,
        edge_case_probability: float = 0.0,
        unique_sets: Mapping[str, UniqueSet] = {},
        follows: CorrelationSource | None = None,
        times: Callable[[str, str], Times] | None = None,
    ) -> None:
        """
        Describe the column.

        `unique_sets` are those of the table's columns by name, `follows` is what the column has a
        correlation with, `times` says when rows of a table are there, by a column of it.
        """
        super().__init__(catalog, table, column)
        self.type: ColumnType = column.sql_type
        self.rows = rows
        self.as_of = days_of(as_of)
        self.unique_sets = unique_sets
        self.unique_set = unique_sets.get(column.name)
        self.unique = column.is_key or self.unique_set is not None
        self.in_order = column.order is not None
        """Whether the column's values are to rise or fall from row to row."""
        has_edges = not (self.unique or self.in_order)
        self._edge_case_probability = edge_case_probability if has_edges else 0.0
        self.reads: set[str] = set()
        """What was asked of `locale` and `edge_case_probability`: the others change no value."""
        self.idle: dict[str, str] = {}
        """The parameters that the generator does not use here, and why."""
        self._follows = follows
        self._times = times
        self.path: tuple[str | int, ...] = (seed, table.name, column.name)
        """What the keys of all its streams begin with."""
        self.facts: list[Fact] = []
        """What the column is drawn by, in the order in which its generator asked for it."""
        self.streams: dict[tuple[str | int, ...], int] = {}
        """The keys of the streams that it asked for, by their paths."""

    @property
    def edge_case_probability(self) -> float:
        """The share of cells that take an extreme; 0 on a unique column."""
        self.reads.add("edge_case_probability")
        return self._edge_case_probability

    @property
    def locale(self) -> str:
        """The language and country of names, addresses and phone numbers, such as `de_DE`."""
        self.reads.add("locale")
        return self.column.locale or self.catalog.locale or DEFAULT_LOCALE

    @property
    def scale(self) -> int:
        """Decimal places of the column: 0 for whole numbers, 2 where the type does not say."""
        if self.type.family in ("integer", "interval", "bits"):
            return 0
        return self.type.scale if self.type.family == "decimal" else 2

    @property
    def max_length(self) -> int | None:
        """Most characters the column holds; None when there is no limit."""
        return self.type.max_length

    def note_idle(self, parameter: str, reason: str) -> None:
        """Note that a parameter changes no value, given what else there is; the user is warned."""
        self.idle[parameter] = reason

    def times_of(self, path: str) -> tuple[Times, ColumnRead]:
        """
        Return when the rows of a parent table are there, by a path such as `customer.signed_up_at`.

        BindError where the column is none that rises from row to row.
        """
        word, _, name = path.rpartition(".")
        if not word:
            raise BindError(f"{path!r} is no column of a parent", "write the key and the column")
        reference = self.relation_called(word)
        read = self.read_parent(reference.name, name, "date", "timestamp")
        if reference.table == self.table.name or self._times is None:
            raise BindError(f"{path!r} is no column of another table", "name one of a parent")
        return self._times(reference.table, name), read

    # Words

    def key(self, purpose: str) -> int:
        """Return the key of this column's stream for `purpose`."""
        return self._stream(*self.path, purpose)

    def key_beside(self, column: str, purpose: str) -> int:
        """Return the key of the stream that another column of the table has for `purpose`."""
        seed, table, *_ = self.path
        return self._stream(seed, table, column, purpose)

    def _stream(self, *path: str | int) -> int:
        key = self.streams[path] = stream_key(*path)
        return key

    def _note(self, fact: Fact) -> None:
        """Note what the column is drawn by."""
        self.facts.append(fact)

    def words(self, purpose: str) -> StreamWords:
        """Return the words of this column's stream for `purpose`, in no order of its values."""
        return StreamWords(self.key(purpose))

    def shared_words(self, purpose: str) -> StreamWords:
        """Return words that all columns of this table have in common, for choices that must fit."""
        return StreamWords(self.key_beside("", purpose))

    def value_words(self) -> ColumnDraw[Words]:
        """
        Return the words for a draw that rises with them: the greater the word, the greater a value.

        Such a column can be followed by others; where it has a correlation itself, the words follow
        what it says.
        """
        latent = self._latent()
        if self._follows is None:
            return ColumnDraw(compute=latent, latent=latent)
        words = LatentWords(self.column.name)
        return ColumnDraw(compute=words, latent=latent, follows=self._follows)

    def falling_words(self) -> ColumnDraw[Words]:
        """Return the words for a draw that falls with them, as of days ago; else as value_words."""
        latent = self._latent()
        if self._follows is None:
            return ColumnDraw(compute=latent, latent=FallingWords(latent))
        words = FallingWords(LatentWords(self.column.name))
        return ColumnDraw(compute=words, latent=latent, follows=self._follows)

    def _latent(self) -> WordsFunction:
        correlation, key = self.column.correlation, self.key("value")
        if self._follows is None:
            return StreamWords(key)
        if correlation is None:
            return self._follows.words
        return CoupledWords(gaussian_copula(correlation.rho), self._follows.words, key)
