"""What a bound generator says of its column, and what columns share that pick from one pool."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from support.tables import AS_OF, bound, schema_of

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext
from shardgen.generators.generator import BoundGenerator, Nulls
from shardgen.generators.lookups import SchemaLookups
from shardgen.generators.parameters import decode_generator
from shardgen.generators.sources import ColumnDraw, CorrelationSource
from shardgen.generators.weighted_strings import WeightedStrings
from shardgen.schema.catalog import Catalog
from shardgen.tables.batch import Batch
from shardgen.tables.values import Integers

COLUMNS: dict[str, dict[str, Any]] = {
    "born": {"type": "date", "generator": "date_past", "nullable": True},
    "since": {"type": "date", "generator": "date_after", "generator_params": {"after": "born"},
              "nullable": True},
    "twice": {"type": "bigint", "generator": "expression",
              "generator_params": {"expression": "id * 2"}, "nullable": True},
    "score": {"type": "int", "generator": "int_range"},
    "code": {"type": "varchar(9)", "generator": "pattern", "unique": True,
             "generator_params": {"pattern": "A####"}},
}  # fmt: skip


def context_of(column: str) -> ColumnContext:
    """Return the context of a column of the table above, as it is bound."""
    catalog = Catalog(schema_of(t=(100, COLUMNS)))
    table = catalog.table("t")
    return ColumnContext(catalog, table, table.column(column), rows=100, seed=7, as_of=AS_OF)


def generator_of(column: str) -> BoundGenerator:
    """Return the bound generator of a column of the table above."""
    context = context_of(column)
    return decode_generator(context.column).bind(context)


def zeros(batch: Batch) -> Integers:
    """A column of zeros."""
    return Integers(np.zeros(len(batch), np.int64), 0, 0)


def test_a_generator_says_who_decides_on_nulls():
    """Drawn by the binder; by a mask of its own; or never any, as of an expression of a key."""
    assert Nulls.DRAWN is generator_of("score").nulls
    assert Nulls.NEVER is generator_of("twice").nulls
    mask: Any = generator_of("since").nulls
    batch = Batch.of_range(bound(COLUMNS, 100), 0, 100)
    assert batch.null("born").tolist() == mask(batch).tolist()


def test_a_generator_says_which_cells_it_reads():
    """Each once, in the order in which they are looked up."""
    assert (("t", "born"),) == generator_of("since").reads
    assert (("t", "id"),) == generator_of("twice").reads
    assert () == generator_of("score").reads


def test_a_generator_says_whether_it_can_be_followed():
    """Values that rise with words have latent ones; patterns have no order."""
    assert generator_of("score").latent is not None
    assert generator_of("code").latent is None


def test_facts_are_collected_from_all_sources():
    """From columns, draws, and generators bound within another; nothing else is said."""
    context = context_of("score")
    born, words = context.read_column("born"), context.value_words()
    joined: ColumnDraw[Any] = ColumnDraw(compute=zeros, joins_unique_set=True)
    inner = BoundGenerator.of(zeros, born, words)
    made = BoundGenerator.of(zeros, context.read_column("id"), inner, joined)
    assert (("t", "id"), ("t", "born")) == made.reads
    assert made.latent is words.latent
    assert made.joins_unique_set
    assert made.is_derived
    alone = BoundGenerator.of(zeros)
    assert ((), None, None, False) == (
        alone.reads, alone.latent, alone.follows, alone.joins_unique_set
    )  # fmt: skip


def test_reading_what_is_followed_derives_nothing():
    """A column that is made from the one that it follows has the order of its own words."""
    born = SchemaLookups.read_column(context_of("score"), "born")
    follows = CorrelationSource(context_of("born").words("value"), born.cell)
    read = BoundGenerator(compute=zeros, reads=(born.cell,), follows=follows)
    assert not read.is_derived
    assert BoundGenerator(compute=zeros, reads=(born.cell,)).is_derived


def test_columns_of_one_pool_share_its_strings_and_its_table():
    """A thousand columns of sentences make one pool and one table of weights."""
    first, second = (generator_of_pool("sentence") for _ in range(2))
    assert first.compute.pool is second.compute.pool
    assert first.compute.indices.draw is second.compute.indices.draw
    short, shorter = (generator_of_pool("sentence", "varchar(40)") for _ in range(2))
    assert short.compute.pool is shorter.compute.pool is not first.compute.pool


def generator_of_pool(name: str, kind: str = "text") -> Any:
    """Return a bound column of a generator that picks from a bundled pool."""
    catalog = Catalog(schema_of(t=(9, {"v": {"type": kind, "generator": name}})))
    table = catalog.table("t")
    column = table.column("v")
    context = ColumnContext(catalog, table, column, rows=9, seed=1, as_of=dt.date(2025, 1, 1))
    return decode_generator(column).bind(context)


def test_strings_up_to_a_length_keep_their_weights():
    """Those that fit, in their order; all of them where all fit; a refusal where not one does."""
    strings = WeightedStrings(("a", "ccc", "bb"), (1.0, 5.0, 2.0))
    assert strings is strings.up_to(None) is strings.up_to(3)
    fitting = strings.up_to(2)
    assert (("a", "bb"), (1.0, 2.0)) == (fitting.values, fitting.weights)
    assert fitting is strings.up_to(2)
    with pytest.raises(BindError, match=r"no value is as short as 0 characters \('a' is not\)"):
        strings.up_to(0)
