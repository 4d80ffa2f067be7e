"""
What a generator is, and what it says of the column that it is bound to.

A generator is a frozen struct whose fields are its parameters. Binding it to a column gives a
`BoundGenerator`: the function from a batch to the column's values, with all tables that it needs,
and what others must know of the column.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import msgspec

from shardgen.generators.sources import (
    Cell,
    ColumnDraw,
    ColumnFunction,
    ColumnRead,
    CorrelationSource,
    Way,
    WordsFunction,
)

if TYPE_CHECKING:
    from shardgen.generators.context import ColumnContext
    from shardgen.random.streams import Truths
    from shardgen.schema.catalog_tables import CatalogTable
    from shardgen.tables.batch import Batch


NullMask = Callable[["Batch"], "Truths"]
"""Where a column is null in a batch: one truth for each row."""


Source: TypeAlias = "ColumnRead | ColumnDraw[Any] | BoundGenerator"
"""What a column can be made from: another one, a draw, or a generator that is bound to it too."""


class Nulls(Enum):
    """Who decides where a nullable column is null, where the generator gives no mask of its own."""

    DRAWN = "drawn"
    """Nulls are drawn, in the share that `null_probability` says or a usual one."""
    NEVER = "never"
    """The generator decides, and makes no nulls: they are drawn for `null_probability` alone."""


class BoundGenerator(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """
    A generator bound to a column.

    `compute` makes the column's values. `nulls` says where they are null: a mask of the generator's
    own, or who decides. `reads` has the cells that a value is made from, `ways` the same with the
    foreign keys that lead there. `latent`, `follows`, `joins_unique_set` and `apart` are those of
    the draw that the values come from. `calls` is how many calls lie within each other, at most,
    until another column is read; None for the usual few.
    """

    compute: ColumnFunction
    nulls: NullMask | Nulls = Nulls.DRAWN
    reads: tuple[Cell, ...] = ()
    latent: WordsFunction | None = None
    follows: CorrelationSource | None = None
    joins_unique_set: bool = False
    ways: tuple[Way, ...] = ()
    calls: int | None = None
    apart: Decimal | None = None

    @classmethod
    def of(
        cls, compute: ColumnFunction, *sources: Source, nulls: NullMask | Nulls = Nulls.DRAWN
    ) -> BoundGenerator:
        """Return a column that `compute` makes from these sources, with what follows from them."""
        reads: dict[Cell, None] = {}
        ways: dict[Way, None] = {}
        latent, follows, joins, apart = None, None, False, None
        for source in sources:
            if isinstance(source, ColumnRead):
                reads[source.cell] = None
                ways[source.way] = None
                continue
            if isinstance(source, BoundGenerator):
                reads |= dict.fromkeys(source.reads)
                ways |= dict.fromkeys(source.ways)
            latent = latent or source.latent
            follows = follows or source.follows
            joins = joins or source.joins_unique_set
            apart = apart or source.apart
        return cls(
            compute=compute,
            nulls=nulls,
            reads=tuple(reads),
            ways=tuple(ways),
            latent=latent,
            follows=follows,
            joins_unique_set=joins,
            apart=apart,
        )

    @property
    def draws_nulls(self) -> bool:
        """Whether nulls are drawn in a share, and not decided by the generator."""
        return self.nulls is Nulls.DRAWN

    @property
    def is_derived(self) -> bool:
        """Whether the column is made from others than the one that it follows."""
        followed = None if self.follows is None else self.follows.cell
        return any(cell != followed for cell in self.reads)


def first_sentence(kind: type) -> str:
    """Return the first sentence of a class's own docstring, "" where it has no docstring."""
    text = " ".join((kind.__doc__ or "").split())
    return text.split(". ")[0].rstrip(".") + "." if text else ""


class Generator(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    The parameters of one generator.

    `spellings` maps other names a schema may use for a parameter to the field's own. Without
    `own_bounds` the defaults of `min` and `max` mean nothing: a distribution has its own, and one
    of them is not given without the other.

    What it reads without being told to is stated: `beside` has the generators of other columns of
    its table, `parent.…` for those of a table that it refers to, `named` names of columns, `loan.…`
    for those of the loan. A column that is added
    changes values of no other generators' columns.

    `names_columns` has the parameters that name columns, of which not all are read in every case.
    """

    spellings: ClassVar[dict[str, str]] = {}
    own_bounds: ClassVar[bool] = True
    beside: ClassVar[tuple[str, ...]] = ()
    named: ClassVar[tuple[str, ...]] = ()
    names_columns: ClassVar[tuple[str, ...]] = ()
    at_any_fraction: ClassVar[bool] = False
    """Whether its timestamps are whole seconds to which a column may add any fraction."""

    def bind(self, context: ColumnContext) -> BoundGenerator:
        """Return how the column is made; BindError when it cannot be made."""
        raise NotImplementedError

    def numbers_children(self, table: CatalogTable) -> str | None:
        """Return the foreign key whose children the column numbers, for each parent anew."""
        del table
        return None
