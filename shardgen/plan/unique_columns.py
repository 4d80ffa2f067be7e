"""Columns that are unique together: which key is their base, and what makes them unique anyway."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from shardgen.errors import BindError
from shardgen.generators.parameters import decode_generator
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.model import GroupedFanOut, RandomFanOut, Shape
from shardgen.schema.references import Reference


class OverlapError(BindError):
    """Columns are unique together that have others, or a part of a key, in common with others."""


def keys_in_several(sets: Sequence[Sequence[Reference]]) -> Iterator[Reference]:
    """
    Yield keys, of those in each set, by which several sets can be grouped at once.

    Each has sets of its own, none of which is grouped by another key already.
    """
    left = [inside for inside in sets if not any(_is_grouped(key) for key in inside)]
    while left:
        counts = Counter(key for inside in left for key in inside)
        key, count = counts.most_common(1)[0] if counts else (None, 0)
        if key is None or count < 2:
            return
        yield key
        left = [inside for inside in left if key not in inside]


def base_of(shapes: Mapping[Reference, Shape]) -> Reference | None:
    """
    Return the key among these that the others are to differ within; None when any pair will do.

    It is the grouped one. Where a key is skewed, another must be the base: one that is not skewed,
    or where two are, one that is so by zipf.
    """
    grouped = [r for r, shape in shapes.items() if isinstance(shape, GroupedFanOut)]
    skewed = [r for r, shape in shapes.items() if is_skewed(shape)]
    plain = [r for r, shape in shapes.items() if not is_skewed(shape)]
    if len(grouped) > 1:
        what = f"{_listed(grouped)} are grouped, and unique together"
        raise BindError(what, "group one of them")
    if len(skewed) > (1 if grouped else 2):
        what = f"{_listed(skewed)} are skewed, and unique together"
        raise BindError(what, "leave out the distribution of all but one")
    if grouped or not skewed:
        return grouped[0] if grouped else None
    if plain and len(skewed) == 1:
        return plain[0]
    for reference in skewed:
        shape = shapes[reference]
        if isinstance(shape, RandomFanOut) and shape.distribution == "zipf":
            return reference
    what = f"{_listed(skewed)} skewed by recency, and nothing that can be grouped beside it"
    raise BindError(what, "leave out the distribution, or use zipf")


def numbers_children(table: CatalogTable, columns: list[CatalogColumn]) -> bool:
    """Return whether one of the columns numbers the children of a foreign key among them."""
    names = {column.name for column in columns}
    for column in columns:
        bare = column.numbers_children
        relation = None if bare is None else bare.name
        alone = column.reference is None  # the generator of a foreign key is not used
        if relation is None and alone and column.generator is not None:
            try:
                relation = decode_generator(column).numbers_children(table)
            except BindError:
                continue  # reported where the column is bound
        keys = (r for r in table.references if r.name == relation)
        if any(set(key.columns) <= names for key in keys):
            return True
    return False


def is_skewed(shape: Shape | None) -> bool:
    """Return whether some parents are more likely than others."""
    return isinstance(shape, RandomFanOut) and shape.distribution != "uniform"


def _is_grouped(reference: Reference) -> bool:
    return isinstance(reference.shape, GroupedFanOut)


def _listed(references: list[Reference]) -> str:
    return " and ".join(repr(reference.name) for reference in references)
