"""Arrays: so many elements in each row, each of them made as a column of its own would be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

from shardgen.errors import BindError, NotEnoughValuesError
from shardgen.generators.context import ColumnContext
from shardgen.generators.elements import ElementContext
from shardgen.generators.foreign import bind_generator
from shardgen.generators.generator import BoundGenerator, Generator, NullMask
from shardgen.generators.parameters import ParametersError, decode_generator
from shardgen.generators.registry import generator
from shardgen.generators.sources import ColumnFunction, IndexFunction
from shardgen.generators.value_functions import WithFractions
from shardgen.random.distributions import Distribution, Uniform
from shardgen.random.overriding import override
from shardgen.random.streams import chance
from shardgen.schema.catalog_tables import CatalogColumn
from shardgen.schema.types import ColumnType
from shardgen.tables.batch import Batch
from shardgen.tables.list_values import Lists, offsets_of

if TYPE_CHECKING:
    from shardgen.random.streams import Indices, Truths

MOST_ELEMENTS = 256
_USUAL_MOST = (5, 3)  # elements, of one dimension and of each of several


class ElementGenerator(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What makes an element: a generator with its parameters, as a column says it."""

    generator: str
    generator_params: dict[str, Any] = {}
    distribution: Any = None


@generator("array")
class Array(Generator, frozen=True):
    """
    An array of `min_length` to `max_length` elements, 0 to 5 where nothing is said.

    `element` is what makes each: the name of a generator, or an object with `generator`,
    `generator_params` and `distribution` as of a column; by the element's type where it is left
    out. It reads no other column. `distinct` elements are such that none comes twice in an array,
    and are as likely as each other. `element_null_probability` is the share of elements that are
    NULL. A distribution is one of lengths. Where there are several dimensions, all have such a
    length, 3 at most where nothing is said, and an array is empty or has elements in each. In all
    an array has at most 256.
    """

    element: str | ElementGenerator | None = None
    min_length: Annotated[int, Meta(ge=0, le=MOST_ELEMENTS)] = 0
    max_length: Annotated[int, Meta(ge=1, le=MOST_ELEMENTS)] | None = None
    distinct: bool = False
    element_null_probability: Annotated[float, Meta(ge=0, le=1)] = 0.0
    distribution: Distribution = Uniform()

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        if context.unique:
            what = f"arrays may be equal, and the column {context.column.name} is unique"
            raise BindError(what, "leave out unique")
        dimensions = _dimensions(context.type)
        lengths, most = self._lengths(context, dimensions)
        made = self._elements(context, most**dimensions)
        function = ArrayFunction(lengths, most, made[0], made[1])
        return BoundGenerator.of(function)

    def _lengths(
        self, context: ColumnContext, dimensions: int
    ) -> tuple[tuple[IndexFunction, ...], int]:
        """Return how long each dimension is, and the most that one may be."""
        if not dimensions:
            what = f"array makes arrays, and the column is {context.type}"
            raise BindError(what, f"choose the type {context.type}[], or another generator")
        most = self.max_length
        if most is None:
            most = max(self.min_length, _USUAL_MOST[dimensions > 1])
        if most**dimensions > MOST_ELEMENTS:
            what = (
                f"{' times '.join([str(most)] * dimensions)} are more than {MOST_ELEMENTS} elements"
            )
            raise BindError(what, "choose a smaller max_length")
        least = (self.min_length, *[max(1, self.min_length)] * (dimensions - 1))
        drawn = [
            context.other_units(f"length {n}", self.distribution, low, most)
            for n, low in enumerate(least)
        ]
        return tuple(each.compute for each in drawn), most

    def _elements(self, context: ColumnContext, most: int) -> tuple[ColumnFunction, NullElements]:
        """Return the elements' values, and where they are null."""
        column = self._element_column(context)
        inner = ElementContext(context, column, most, distinct=self.distinct)
        try:
            made_by = _generator_of(column)
            bound = bind_generator(made_by, inner)
        except ParametersError as error:
            faults = [(f".generator_params.element{at}", *rest) for at, *rest in error.faults]
            raise ParametersError([(at, what, hint) for at, what, hint in faults]) from None
        except NotEnoughValuesError as error:
            raise NotEnoughValuesError(f"its elements: {error}", error.hint) from None
        except BindError as error:
            hint = error.hint or ("leave out distinct" if self.distinct else "")
            raise BindError(f"its elements: {error}", hint) from None
        if bound.reads:
            read = ".".join(bound.reads[0])
            what = f"its elements: {column.generator} reads {read}, and elements stand alone"
            raise BindError(what, "use a generator that reads no column")
        context.reads |= inner.reads
        compute, digits = bound.compute, column.sql_type.precision
        if made_by.at_any_fraction and digits:
            compute = WithFractions(compute, inner.words("fraction"), digits)
        mask = bound.nulls if callable(bound.nulls) else None
        return compute, NullElements(inner.key("null"), self.element_null_probability, mask)

    def _element_column(self, context: ColumnContext) -> CatalogColumn:
        said = self.element
        if isinstance(said, str):
            said = ElementGenerator(generator=said)
        kind = context.type.scalar
        return msgspec.structs.replace(
            context.column,
            type=str(kind),
            sql_type=kind,
            generator=None if said is None else said.generator,
            generator_params={} if said is None else dict(said.generator_params),
            distribution=None if said is None else said.distribution,
        )


def _generator_of(column: CatalogColumn) -> Generator:
    if column.generator is not None:
        return decode_generator(column)
    from shardgen.generators.by_type import default_generator

    return default_generator(column, unique=column.is_key)


def _dimensions(kind: ColumnType) -> int:
    return 0 if kind.element is None else 1 + _dimensions(kind.element)


class NullElements(msgspec.Struct, frozen=True, eq=False):
    """Which elements are null: a share of them, and those of a mask."""

    key: int
    share: float
    mask: NullMask | None

    def __call__(self, batch: Batch) -> Truths | None:
        """Return one truth for each element; None where none is ever null."""
        if not self.share:
            return None if self.mask is None else self.mask(batch)
        null = chance(batch.words(self.key), self.share)
        return null if self.mask is None else null | self.mask(batch)


class ArrayFunction(msgspec.Struct, frozen=True, eq=False):
    """Arrays of elements, of up to `most` in each dimension that `lengths` has."""

    lengths: tuple[IndexFunction, ...]
    most: int
    elements: ColumnFunction
    null: NullElements

    def __call__(self, batch: Batch) -> Lists:
        """Return the array of each row."""
        lengths = [length(batch) for length in self.lengths]
        counts = [np.ones(len(batch), np.int64)]
        for length in lengths:
            counts.append(counts[-1] * length)
        rows = self._rows(batch, lengths, counts[-1])
        elements = Batch(batch.table, rows)
        values = self.elements(elements)
        made: Lists | None = None
        for n in range(len(lengths) - 1, -1, -1):
            of = np.repeat(lengths[n], counts[n])
            if not len(of) and n:  # lists of no row, so that there is one
                of = np.ones(1, np.int64)
            null = self.null(elements) if made is None else None
            made = Lists(offsets_of(of), made or values, self.most, null)
        assert made is not None, "an array has a dimension"
        return made

    def _rows(self, batch: Batch, lengths: list[Indices], counts: Indices) -> Indices:
        """Return the row that each element has in the table of all elements."""
        if not counts.any():
            return np.zeros(1, np.int64)
        ends = np.cumsum(counts)
        nth = np.arange(ends[-1]) - np.repeat(ends - counts, counts)
        place, factor = np.zeros(len(nth), np.int64), 1
        for length in reversed(lengths):
            nth, digit = np.divmod(nth, np.repeat(length, counts))
            place += digit * factor
            factor *= self.most
        most = math.prod([self.most] * len(lengths))
        number: Indices = np.repeat(batch.numbers, counts) * most + place
        return number - batch.table.first
