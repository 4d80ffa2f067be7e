"""Contradictions of foreign keys and of the order of tables, as a schema alone shows them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from shardgen.errors import Mistake, join_path, nearest, shown
from shardgen.plan.check_alike import check_alike
from shardgen.plan.check_presence import check_counts, check_presence
from shardgen.plan.check_validity import check_validity
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable, may_be_null
from shardgen.schema.model import (
    GroupedFanOut,
    PresentFanOut,
    RandomFanOut,
    Shape,
    TreeFanOut,
)
from shardgen.schema.order import ancestors
from shardgen.schema.references import Reference
from shardgen.schema.types import SPELLED, ColumnType


def check_references(catalog: Catalog, table: CatalogTable) -> Iterator[Mistake]:
    """Check the foreign keys, those of one column and those of several alike."""
    names = [column.name for column in table.columns]
    known = {*names}
    taken: set[str] = set()  # columns of the keys so far, and their names
    for reference in table.declared_references:
        at = reference.path
        unknown = [name for name in reference.columns if name not in known]
        if unknown or not all(reference.columns):
            for name in unknown:
                what = f"there is no column {shown(name)} in the table"
                yield Mistake(f"{at}.columns", what, nearest(name, names))
            continue
        if reference.name in taken:
            yield Mistake(at, f"two foreign keys are named {reference.name!r}", 'give it a "name"')
        taken.update((reference.name, *reference.columns))
        yield from _check_members(table, reference, at)
        yield from _check_actions(table, reference, at)
        yield from _check_shape(table, reference, at)
        yield from _check_target(catalog, table, reference, at)
        yield from _check_other(catalog, table, reference)
        yield from check_alike(catalog, table, reference)
        yield from _check_where(catalog, table, reference)
        yield from check_validity(catalog, table, reference)
        if isinstance(reference.shape, PresentFanOut):
            yield from check_presence(catalog, table, reference, reference.shape)
        elif isinstance(reference.shape, GroupedFanOut):
            yield from check_counts(catalog, reference, reference.shape)


def _check_where(catalog: Catalog, table: CatalogTable, reference: Reference) -> Iterator[Mistake]:
    """Check that a key with a condition is drawn by itself, and what its values say."""
    where, path = reference.where, f"{reference.path}.where"
    if where is None or reference.table not in catalog.by_name:
        return
    if reference.table == table.name:
        what = "a key to the table itself leads to earlier rows, whichever they are"
        yield Mistake(path, what, "leave it out")
    elif reference.differs_from or (table.name, reference.name) in catalog.shared_keys.following:
        what = "the key's parents follow from another key, and no condition chooses among them"
        yield Mistake(path, what, "leave it out, or let this key lead")
    elif not where:
        yield Mistake(path, "the condition is empty", "leave it out")
    for name, value in where.items() if isinstance(where, dict) else ():
        yield from _check_condition(catalog.table(reference.table), name, value, path)


def _check_condition(
    parent: CatalogTable, name: str, value: object, path: str
) -> Iterator[Mistake]:
    names, at = [column.name for column in parent.columns], join_path(path, name)
    if name not in names:
        what = f"there is no column {shown(name)} in table {parent.name!r}"
        yield Mistake(path, what, nearest(name, names) or f"it has {', '.join(names)}")
        return
    ends = value.items() if isinstance(value, dict) else ()
    if isinstance(value, dict) and (not value or not value.keys() <= {"min", "max"}):
        what = f"{shown(value)} is no condition"
        yield Mistake(at, what, 'give a value, a list of them, or an object of "min" and "max"')
        return
    listed = [end for _, end in ends] or (value if isinstance(value, list | tuple) else [value])
    if not listed:
        yield Mistake(at, "no value is listed, and no row has any", "list one, or leave it out")
    whole = parent.column(name).counts_rows
    for each in listed:
        wrong = isinstance(each, list | tuple | dict) or (bool(ends) and each is None)
        if wrong or (whole and (not isinstance(each, int) or isinstance(each, bool))):
            kind = f"{name!r} counts the rows" if whole else "values are texts, numbers and truths"
            yield Mistake(at, f"{shown(each)} is no value of the column", kind)


def _check_other(catalog: Catalog, table: CatalogTable, reference: Reference) -> Iterator[Mistake]:
    """Check the key that this one is to differ from."""
    if not reference.differs_from:
        return
    path = f"{reference.path}.differs_from"
    other = table.declared_by_name.get(reference.differs_from)
    alike = (reference.table, reference.parent_columns)
    if other is None or other is reference:
        others = [name for name in table.declared_by_name if name != reference.name]
        what = f"there is no foreign key {shown(reference.differs_from)} beside this one"
        hint = nearest(reference.differs_from, others)
        yield Mistake(path, what, hint or "name one of the table's other foreign keys")
    elif (other.table, other.parent_columns) != alike:
        what = f"{shown(other.name)} does not refer to the same key, so the two always differ"
        yield Mistake(path, what, "leave it out")
    elif catalog.shared_keys.needs_itself(table, reference):
        yield Mistake(path, "the keys would follow each other", "leave one of them out")
    else:
        yield from _check_drawn_apart(catalog, table, reference, path)


def _check_drawn_apart(
    catalog: Catalog, table: CatalogTable, reference: Reference, path: str
) -> Iterator[Mistake]:
    """Check that a key which differs from another is free to lead to any other parent."""
    shape = reference.shape
    is_plain = shape is None or (
        isinstance(shape, RandomFanOut) and shape.distribution == "uniform"
    )
    following = catalog.shared_keys.following.get((table.name, reference.name))
    if reference.table == table.name:
        what = "a key to the table itself leads to earlier rows, whichever they are"
        yield Mistake(path, what, "leave it out")
    elif following is not None and not following.down:
        what = f"the parent is that which {following.guide!r} leads to"
        yield Mistake(path, what, "leave it out, or let the other key differ from this one")
    elif not is_plain or table.is_key_together(reference.columns):
        what = "a key that differs from another is drawn from all other parents"
        yield Mistake(path, what, "leave out fan_out, or let the other key differ from this one")


def _check_members(table: CatalogTable, reference: Reference, path: str) -> Iterator[Mistake]:
    """Check that the columns of a foreign key can follow one parent together."""
    columns = [table.column(name) for name in reference.columns]
    for column in columns if len(columns) > 1 else ():
        if column.is_key:
            what = f"column {column.name!r} is unique by itself, and refers together with others"
            yield Mistake(path, what, "list these columns as unique together, or leave out unique")
    shares = [c.generator_params.get("null_probability") for c in columns]
    different = list(dict.fromkeys(shown(share) for share in shares if share is not None))
    if len(different) > 1:
        what = f"null_probability is {' and '.join(different)} in one foreign key"
        yield Mistake(path, what, "its columns are null at once: say it once")


def _check_target(
    catalog: Catalog, table: CatalogTable, reference: Reference, path: str
) -> Iterator[Mistake]:
    """Hold a foreign key against what it refers to."""
    tables = [t.name for t in catalog.schema.tables]
    of_one = path.endswith(".foreign_key") or reference.target_of
    at = f"{path}.{'column' if of_one else 'references'}"
    if reference.table not in catalog.by_name:
        if all(tables):
            what = f"there is no table {shown(reference.table)}"
            yield Mistake(f"{path}.table", what, nearest(reference.table, tables))
        return
    if len(reference.columns) != len(reference.parent_columns):
        what = f"{len(reference.columns)} columns refer to {len(reference.parent_columns)}"
        yield Mistake(at, what, "name as many of them as columns, in the same order")
        return
    parent = catalog.table(reference.table)
    names = [c.name for c in parent.columns]
    unknown = [name for name in reference.parent_columns if name not in names]
    for name in unknown if all(names) else ():
        what = f"there is no column {shown(name)} in table {parent.name!r}"
        yield Mistake(at, what, nearest(name, names))
    if not unknown:
        yield from _check_target_key(parent, reference, at)
        yield from _check_target_types(table, parent, reference, path)


def _check_target_key(parent: CatalogTable, reference: Reference, path: str) -> Iterator[Mistake]:
    names = reference.parent_columns
    listed = ", ".join(names)
    if names in parent.alone.sets and not parent.is_referable(names):
        what = f"{parent.name}.{listed} is unique by an index that is no key of all rows"
        yield Mistake(path, what, "make it unique or the primary key")
    maybe_null = [n for n in names if parent.column(n).nullable]
    if not parent.is_key_together(names):
        target = listed if len(names) == 1 else f"({listed})"
        what = f"{parent.name}.{target} is not a key, so it cannot be referred to"
        yield Mistake(path, what, "make it unique or the primary key")
    elif maybe_null and maybe_null[0] not in parent.primary_key:
        what = f"{parent.name}.{maybe_null[0]} may be null, and then there is nothing to refer to"
        yield Mistake(path, what, "make it not nullable, or refer to another key")


def _check_target_types(
    table: CatalogTable, parent: CatalogTable, reference: Reference, path: str
) -> Iterator[Mistake]:
    for name, wanted in zip(reference.columns, reference.parent_columns, strict=True):
        column, key = table.column(name), parent.column(wanted)
        if not (column.has_type and key.has_type):
            continue  # reported where that column stands
        kind, other = column.sql_type, key.sql_type
        if not _holds(kind, other):
            what = f"{kind} does not hold {parent.name}.{wanted}, which is {other}"
            yield Mistake(path, what, f"make the column {other}")


_PARAMETERS = {"zipf": "exponent", "recent": "half", "lognormal": "sigma", "pareto": "alpha",
               "quantiles": "points"}  # fmt: skip
"""The parameter that each distribution of a fan-out takes, where it takes one."""


def _check_shape(table: CatalogTable, reference: Reference, path: str) -> Iterator[Mistake]:
    columns = [table.column(name) for name in reference.columns]
    shape, at = reference.shape, f"{path}.fan_out"
    name = "random" if shape is None else _shape_name(shape)
    if table.is_key_together(reference.columns) and isinstance(
        shape, RandomFanOut | GroupedFanOut | TreeFanOut | PresentFanOut
    ):
        what = f"the column is unique, and with fan_out {name!r} parents come up again"
        yield Mistake(at, what, "leave out fan_out, or the key")
    if any(column.auto_increment or column.identity for column in columns):
        what = "auto_increment numbers the rows, and a foreign key takes its values from a parent"
        yield Mistake(path, what, "leave out one of them")
    if shape is None:
        return
    yield from _check_shape_parameters(shape, at)
    within = reference.table == table.name
    if isinstance(shape, GroupedFanOut) and within:
        what = "a table that refers to itself cannot be grouped: rows would refer to later ones"
        yield Mistake(at, what, 'use "tree", or leave out fan_out')
    elif isinstance(shape, RandomFanOut) and within and shape.distribution != "uniform":
        what = f"a table that refers to itself cannot follow {shape.distribution!r}"
        yield Mistake(at, what, "its rows refer to earlier ones, each as likely as any other")
    elif isinstance(shape, TreeFanOut):
        yield from _check_tree(table, reference, shape, at)
    elif isinstance(shape, GroupedFanOut) and (shape.in_order or shape.counts is not None):
        grouped = [r for r in table.declared_references if isinstance(r.shape, GroupedFanOut)]
        if reference is not grouped[0]:
            what = f"the children of {grouped[0].name!r} lie in runs, and those of this key do not"
            field = "in_order" if shape.counts is None else "counts"
            yield Mistake(f"{at}.{field}", what, "leave it out, or list this key first")


def _check_tree(
    table: CatalogTable, reference: Reference, shape: TreeFanOut, path: str
) -> Iterator[Mistake]:
    if reference.table != table.name:
        what = f"a tree is of one table, and the key leads to {reference.table!r}"
        yield Mistake(path, what, "refer to the table itself, or leave out fan_out")
    elif shape.roots is not None and not may_be_null(table, reference):
        what = "roots refer to no row, and the column is not nullable"
        yield Mistake(f"{path}.roots", what, 'set "nullable": true')
    elif shape.roots is not None and any(
        "null_probability" in table.column(name).generator_params for name in reference.columns
    ):
        yield Mistake(f"{path}.roots", "roots and null_probability say the same", "keep roots")
    elif shape.within is not None:
        yield from _check_within(table, shape, f"{path}.within")
    if shape.starts is not None:
        yield from _check_starts(table, reference, shape, f"{path}.starts")


def _check_within(table: CatalogTable, shape: TreeFanOut, path: str) -> Iterator[Mistake]:
    grouped = [r.name for r in table.declared_references if isinstance(r.shape, GroupedFanOut)]
    if shape.max_depth is not None:
        yield Mistake(path, "a tree within a key has no max_depth", "leave out one of them")
    if shape.within not in grouped[:1]:
        what = f"{shown(shape.within)} is not the grouped foreign key whose children lie in runs"
        hint = f"that is {grouped[0]!r}" if grouped else 'set "fan_out": "grouped" on it'
        yield Mistake(path, what, hint)


def _check_starts(
    table: CatalogTable, reference: Reference, shape: TreeFanOut, path: str
) -> Iterator[Mistake]:
    """A boolean column says where episodes start, and nothing else does."""
    name = shape.starts or ""
    if shape.within is None:
        what = "episodes lie within the runs of a grouped foreign key"
        yield Mistake(path, what, 'name that key in "within"')
    if shape.roots is not None:
        yield Mistake(path, "starts and roots both say which rows are roots", "leave out one")
    elif not may_be_null(table, reference):
        what = "the rows that start refer to no row, and the column is not nullable"
        yield Mistake(path, what, 'set "nullable": true')
    if any("null_probability" in table.column(n).generator_params for n in reference.columns):
        what = "starts says which rows refer to none, and so does null_probability"
        yield Mistake(path, what, "leave out null_probability")
    if not table.has([name]):
        hint = nearest(name, [column.name for column in table.columns])
        yield Mistake(path, f"there is no column {shown(name)}", hint)
    elif table.column(name).has_type and table.column(name).sql_type.family != "boolean":
        yield Mistake(path, f"{shown(name)} is no boolean", "name a boolean column")
    elif table.column(name).nullable:
        yield Mistake(path, f"{shown(name)} may be null", "leave out its nullable")


def _check_shape_parameters(shape: Shape, path: str) -> Iterator[Mistake]:
    if not isinstance(shape, RandomFanOut | GroupedFanOut | PresentFanOut):
        return
    own = _PARAMETERS.get(shape.distribution)
    for name in _PARAMETERS.values():
        if name != own and getattr(shape, name, None) is not None:
            what = f"the distribution {shape.distribution!r} takes no {name}"
            takes = next(k for k, v in _PARAMETERS.items() if v == name)
            hint = f"it belongs to {takes!r}"
            yield Mistake(f"{path}.{name}", what, hint)
            break
    if isinstance(shape, GroupedFanOut) and shape.max is not None and shape.max < shape.min:
        yield Mistake(f"{path}.min", f"min {shape.min} is above max {shape.max}")
    if isinstance(shape, GroupedFanOut) and shape.distribution == "quantiles":
        yield from _check_points(shape, f"{path}.points")


def _check_points(shape: GroupedFanOut, path: str) -> Iterator[Mistake]:
    """Hold the points of a law against what quantiles are."""
    hint = "write shares from 0 to 1 with rising numbers of children: [[0, 0], [0.5, 2], [1, 9]]"
    if shape.points is None:
        yield Mistake(path, "the distribution 'quantiles' has no points", hint)
        return
    shares, counts = zip(*shape.points, strict=True)
    rises = all(a < b for a, b in pairwise(shares)) and all(a <= b for a, b in pairwise(counts))
    if not rises or (shares[0], shares[-1]) != (0, 1) or counts[0] < 0 or counts[-1] <= 0:
        yield Mistake(path, "the points are no quantiles of numbers of children", hint)


def _shape_name(shape: Shape) -> str:
    return str(type(shape).__struct_config__.tag)


def _comparable(kind: ColumnType) -> tuple[object, ...]:
    """Return what two types have in common whose values a key may be compared by."""
    own = kind.given or kind.enum_name or (kind.name if kind.name in SPELLED else "")
    return own, kind.family, kind.scale, kind.float_bits


def _holds(kind: ColumnType, other: ColumnType) -> bool:
    """Return whether every value of type `other` is one of type `kind`; 0.1 has its own bits."""
    if _comparable(kind) != _comparable(other):
        return False
    if kind.family == "integer":
        return kind.integer_bounds[1] >= other.integer_bounds[1]
    if kind.family == "decimal":
        return kind.unit_bounds[1] >= other.unit_bounds[1]
    if kind.family == "enum":
        return set(kind.values) >= set(other.values)
    if kind.length is None:
        return True
    return other.length is not None and kind.length >= other.length


def _check_actions(table: CatalogTable, reference: Reference, path: str) -> Iterator[Mistake]:
    both = (("on_delete", reference.on_delete), ("on_update", reference.on_update))
    fixed = [n for n in reference.columns if not table.column(n).nullable]
    for name, action in both:
        if action == "SET NULL" and fixed:
            what = f"{name} is SET NULL, and {fixed[0]!r} is not nullable"
            hint = 'set "nullable": true, or choose another action'
            yield Mistake(f"{path}.{name}", what, hint)


def check_order(catalog: Catalog) -> Iterator[Mistake]:
    """Yield what is wrong with the order that the schema gives for its tables."""
    tables = [t.name for t in catalog.schema.tables]
    order = catalog.schema.generation_order
    if order is None:
        return
    path = "generation_order"
    for name in dict.fromkeys(order):
        if name not in tables:
            yield Mistake(path, f"there is no table {shown(name)}", nearest(name, tables))
        elif order.count(name) > 1:
            yield Mistake(path, f"table {name!r} stands there {_times(order.count(name))}")
    for name in dict.fromkeys(tables):
        if name not in order:
            yield Mistake(path, f"table {name!r} is missing", "name each table once")
    yield from _check_parents_first(catalog, order)


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def _check_parents_first(catalog: Catalog, order: tuple[str, ...]) -> Iterator[Mistake]:
    """A parent may come later where the tables refer to each other in a circle."""
    tables = catalog.by_name
    for table in catalog.tables:
        for parent in sorted({r.table for r in table.references} - {table.name}):
            both = table.name in order and parent in order
            if not both or order.index(parent) < order.index(table.name):
                continue
            if parent in tables and table.name not in ancestors(parent, tables):
                what = f"{table.name!r} comes before its parent {parent!r}"
                hint = "put parents first, or leave out generation_order"
                yield Mistake("generation_order", what, hint)
