"""Contradictions of polymorphic keys, and of columns of which one is given."""

from __future__ import annotations

from collections.abc import Iterator

from shardgen.errors import Mistake, nearest, shown
from shardgen.plan.alternatives import columns_null_together, weights_of
from shardgen.plan.polymorphic import type_names
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.model import (
    GroupedFanOut,
    OneOf,
    PolymorphicKey,
    PolymorphicTarget,
    RandomFanOut,
    TreeFanOut,
    UniqueFanOut,
)
from shardgen.schema.references import shape_of


def check_alternatives(table: CatalogTable) -> Iterator[Mistake]:
    """Check the polymorphic keys of a table, and its columns of which one is given."""
    taken: dict[str, str] = {}  # type columns, with the keys that they are of
    for name, key in table.polymorphic.items():
        yield from _check_key(table, table.column(name), key)
        yield from _check_type_column(table, table.column(name), key, taken)
        yield from _check_unique(table, name, key)
        taken.setdefault(key.type_column, name)
    given: dict[str, int] = {}  # columns, with the number of the list that they stand in
    for n, one_of in enumerate(table.one_of):
        yield from _check_one_of(table, one_of, n, given)


# Polymorphic keys


def _check_key(
    table: CatalogTable, column: CatalogColumn, key: PolymorphicKey
) -> Iterator[Mistake]:
    path = f"{column.path}.polymorphic"
    if not key.targets:
        yield Mistake(f"{path}.targets", "the key has no targets", "name the tables it leads to")
    if column.has_type and column.sql_type.family not in ("integer", "text", "uuid"):
        what = f"the key is {column.sql_type}, and keys of several tables are numbers or text"
        yield Mistake(f"{column.path}.type", what, "use an integer type, text or uuid")
    if any(column.name in other.columns for other in table.declared_references):
        what = "the column is in a foreign key too"
        yield Mistake(path, what, "leave out the foreign key: no database checks this one")
    if column.is_key:
        what = "keys of several tables may be the same, and the column is unique by itself"
        hint = f"list it as unique together with {key.type_column!r}"
        yield Mistake(path, what, hint)
    if column.auto_increment:
        yield Mistake(path, "auto_increment numbers the rows", "leave out one of them")
    for n, target in enumerate(key.targets):
        yield from _check_target(target, f"{path}.targets[{n}]")


def _check_target(target: PolymorphicTarget, path: str) -> Iterator[Mistake]:
    shape = shape_of(target.fan_out)
    if isinstance(shape, UniqueFanOut | GroupedFanOut):
        name = "unique" if isinstance(shape, UniqueFanOut) else "grouped"
        what = f"rows that lead to {target.table!r} are drawn among others, and are not {name}"
        hint = "leave out fan_out, or use random; for one row each list type and key as unique"
        yield Mistake(f"{path}.fan_out", what, hint)


def _check_type_column(
    table: CatalogTable, column: CatalogColumn, key: PolymorphicKey, taken: dict[str, str]
) -> Iterator[Mistake]:
    path, name = f"{column.path}.polymorphic.type_column", key.type_column
    names = [c.name for c in table.columns if not c.hidden]
    if name not in names or name == column.name:
        what = f"there is no column {shown(name)} beside the key"
        yield Mistake(path, what, nearest(name, names) or "name the column of the type")
        return
    said = table.column(name)
    if name in taken or name in table.polymorphic:
        what = f"{name!r} tells the targets of {taken.get(name, name)!r} apart already"
        yield Mistake(path, what, "give each key a type column of its own")
    elif any(name in other.columns for other in table.declared_references):
        yield Mistake(path, f"{name!r} is in a foreign key", "name a column that is in none")
    elif said.is_key or said.auto_increment:
        yield Mistake(path, f"{name!r} is unique, and many rows have one target", "leave it out")
    elif said.nullable != column.nullable:
        what = f"one of {name!r} and {column.name!r} is nullable: they are null at once"
        yield Mistake(path, what, "let both be nullable, or none")
    elif "null_probability" in said.generator_params:
        what = f"{name!r} is null where {column.name!r} is"
        yield Mistake(path, what, f"say null_probability of {column.name!r}")
    elif said.has_type:
        yield from _check_types(table, column, said)


def _check_types(
    table: CatalogTable, column: CatalogColumn, said: CatalogColumn
) -> Iterator[Mistake]:
    path = f"{column.path}.polymorphic.targets"
    family, seen = said.sql_type.family, set[str | int]()
    for n, name in enumerate(type_names(table, column.name)):
        at = f"{path}[{n}].type"
        text = name.rstrip() if isinstance(name, str) else name
        length = said.sql_type.max_length
        if family not in ("integer", "text", "enum"):
            what = f"{said.name!r} is {said.sql_type}, and types are text or whole numbers"
            yield Mistake(f"{column.path}.polymorphic.type_column", what, "use a text type")
            return
        if (family == "integer") != isinstance(name, int):
            what = f"the type {shown(name)} is none of the values of {said.sql_type}"
            hint = "give each target a number" if family == "integer" else "give it a text"
            yield Mistake(at, what, hint)
        elif family == "enum" and name not in said.sql_type.values:
            what = f"the type {shown(name)} is none of the values of {said.sql_type}"
            yield Mistake(at, what, nearest(str(name), said.sql_type.values) or "add it there")
        elif isinstance(name, str) and length is not None and len(name) > length:
            what = f"the type {shown(name)} has {len(name)} characters"
            yield Mistake(at, what, f"{said.name!r} holds {length}")
        elif text in seen:
            what = f"two targets have the type {shown(name)}"
            yield Mistake(at, what, 'give each a "type" of its own')
        seen.add(text)


def _check_unique(table: CatalogTable, name: str, key: PolymorphicKey) -> Iterator[Mistake]:
    both = {name, key.type_column}
    path = f"{table.column(name).path}.polymorphic"
    for names in table.unique_sets:
        inside = both & set(names)
        if len(inside) == 1:
            (missing,) = both - inside
            what = f"{', '.join(names)} are unique together, without {missing!r}"
            yield Mistake(path, what, f"add {missing!r} to them: a key is of one type")
            return
        for n, target in enumerate(key.targets if inside else ()):
            shape, at = shape_of(target.fan_out), f"{path}.targets[{n}]"
            skewed = isinstance(shape, RandomFanOut) and shape.distribution != "uniform"
            if skewed or isinstance(shape, TreeFanOut) or target.within or target.where:
                what = "the key is unique together with others, and all rows are as likely"
                yield Mistake(at, what, "leave out fan_out, within and where")
            elif target.weight != 1:
                what = "the key is unique together with others: a target has as many as it has rows"
                yield Mistake(f"{at}.weight", what, "leave out weight")
            elif target.table == table.name:
                what = "the key is unique together with others, and leads to its own table"
                yield Mistake(at, what, "leave out this target")


# Columns of which one is given


def _check_one_of(
    table: CatalogTable, one_of: OneOf, n: int, given: dict[str, int]
) -> Iterator[Mistake]:
    path = f"{table.path}.one_of[{n}]"
    at, known = f"{path}.columns", [column.name for column in table.columns if not column.hidden]
    names = list(one_of.columns)
    if len(names) < 2:
        yield Mistake(at, "one of several columns is asked for", "name two or more")
    for name in dict.fromkeys(names):
        if name not in known:
            what = f"there is no column {shown(name)} in the table"
            yield Mistake(at, what, nearest(name, known) or f"it has {', '.join(known)}")
        elif names.count(name) > 1:
            yield Mistake(at, f"column {name!r} stands there twice", "name each once")
        else:
            yield from _check_member(table, name, n, one_of, given)
    if one_of.none is not None and one_of.given != "at_most_one":
        what = f"{one_of.given} has no row without any"
        yield Mistake(f"{path}.none", what, 'leave it out, or set "given" to "at_most_one"')


def _check_member(
    table: CatalogTable, name: str, n: int, one_of: OneOf, given: dict[str, int]
) -> Iterator[Mistake]:
    at, column = f"{table.path}.one_of[{n}].columns", table.column(name)
    reference = column.reference
    if not column.may_be_null:
        yield Mistake(at, f"column {name!r} is not nullable", 'set "nullable": true')
        return
    if name in table.polymorphic or name in table.key_of_type:
        what = f"column {name!r} is of a key to one of several tables already"
        yield Mistake(at, what, "leave it out")
    for each in columns_null_together(table, name):
        if each in given:
            key = "" if reference is None else f", with its key {reference.name!r}"
            what = f"column {each!r} is given or not by another column already{key}"
            yield Mistake(at, what, "name each column, or one of each key, once")
        elif "null_probability" in table.column(each).generator_params and (
            one_of.given != "at_least_one"
        ):
            what = f"column {each!r} has a null_probability, and is null where others are given"
            yield Mistake(at, what, "leave out null_probability: weights say how often")
        given[each] = n
    shape = None if reference is None else reference.shape
    roots = isinstance(shape, TreeFanOut) and shape.roots is not None and shape.max_depth is None
    if roots and one_of.given != "at_least_one":
        what = f"{name!r} has a share of roots, and is null where others are given"
        yield Mistake(at, what, "leave out roots: weights say how often")


def weights_in(table: CatalogTable) -> Iterator[tuple[str, list[float]]]:
    """Yield the weights that a table says itself, with their places."""
    for name, key in table.polymorphic.items():
        path = f"{table.column(name).path}.polymorphic.targets"
        yield path, [target.weight for target in key.targets]
    for n, one_of in enumerate(table.one_of):
        yield f"{table.path}.one_of[{n}].columns", list(weights_of(one_of).values())
