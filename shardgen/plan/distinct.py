"""Values of keys held against what databases take for one value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from shardgen.errors import Mistake
from shardgen.generators.generator import BoundGenerator
from shardgen.generators.value_functions import ListedValues
from shardgen.output.sql.equality import Refusal
from shardgen.output.sql.loose_texts import alike_at_first, alike_without_case, alike_without_spaces
from shardgen.schema.catalog_tables import CatalogColumn
from shardgen.tables.casts import cast
from shardgen.tables.unique_sets import UniqueSet
from shardgen.tables.values import ColumnValues

if TYPE_CHECKING:
    from shardgen.output.sql.dialect import Dialect


def must_differ(column: CatalogColumn, sets: Mapping[str, UniqueSet]) -> bool:
    """
    Return whether values of the column tell rows apart: alone, or with those of a unique set.

    A key that refers has the values of its parents' key, which are held against databases there.
    """
    if column.is_key and column.reference is None:
        return True
    unique_set = sets.get(column.name)
    if unique_set is None or column.name not in unique_set.indices:
        return False
    return unique_set.indices[column.name].number in unique_set.joined


def _taken_for_one(
    column: CatalogColumn, values: ColumnValues, dialects: Sequence[Dialect]
) -> Iterator[Refusal]:
    """Yield which texts are one where case does not count, or some letters alone."""
    found: list[Refusal | None] = []
    if column.caseless:
        found.append(alike_without_case(values, "without case", ascii_only=False))
    if column.first_letters is not None:
        found.append(alike_at_first(values, column.first_letters))
    for dialect in dialects:
        if dialect.folds_case(column):
            where = f"by its collation in {dialect.title}"
            found.append(alike_without_case(values, where, ascii_only=dialect.name == "mysql"))
        if dialect.drops_spaces(column):
            found.append(alike_without_spaces(values, dialect.title))
    yield from dict.fromkeys(each for each in found if each is not None)


def merged_values(
    column: CatalogColumn,
    values: ColumnValues,
    made_by: BoundGenerator | None,
    dialects: Sequence[Dialect],
) -> Iterator[Mistake]:
    """Yield for each database which values of a key, of this kind and these bounds, are one."""
    kind, name = column.sql_type, column.generator or "its type"
    for what, hint in _taken_for_one(column, values, dialects):
        yield Mistake(column.path, f"{name} {what}", hint)
    for dialect in dialects:
        if made_by is not None and isinstance(made_by.compute, ListedValues):
            refusal = dialect.equality.merges_listed(kind, cast(made_by.compute.table, kind))
        else:
            apart = None if made_by is None else made_by.apart
            refusal = dialect.equality.merges(kind, values, apart)
        if refusal is not None:
            what, hint = refusal
            yield Mistake(column.path, f"{name} {what}", hint)
