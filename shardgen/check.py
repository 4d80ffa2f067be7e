"""
Every contradiction that a schema alone shows: names, keys, types, order, generators.

Each check looks at one thing and yields a `Mistake` for every fault, so that a user sees all of
them at once. Where a name or a type could not be read, an empty one stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec

from shardgen.errors import Mistake, nearest, place
from shardgen.generators import Refused, decode_generator
from shardgen.generators.datasets import weight_of
from shardgen.generators.locales import find_locale
from shardgen.generators.params import COMMON, Unfit, shown
from shardgen.order import ancestors, may_be_null
from shardgen.schema import (
    FORMAT_MAJOR,
    SHAPES,
    Column,
    Dataset,
    GroupedFanOut,
    Index,
    RandomFanOut,
    Reference,
    Schema,
    Shape,
    Table,
    TreeFanOut,
)
from shardgen.types import ALIASES, NAMES, ColumnType, parse_type

MAX_NAME = 63  # bytes: what PostgreSQL keeps of an identifier
MAX_COUNT = 1 << 40  # rows of a table
_FILE_NAME = re.compile(r"\w[\w.-]{0,99}")


def check_schema(schema: Schema) -> list[Mistake]:
    """Return every mistake in `schema`, in the order of the file."""
    mistakes = list(_check_head(schema))
    for name, dataset in schema.datasets.items():
        mistakes += _check_dataset(dataset, place("datasets", name))
    for table, where in _entries("tables", schema.tables):
        mistakes += _check_table(schema, table, where)
    if all(table.name for table in schema.tables):
        mistakes += _check_order(schema)
    return mistakes


def with_unique_indexes(schema: Schema) -> Schema:
    """Return the schema with `unique` set on each column that has a unique index of its own."""
    return msgspec.structs.replace(schema, tables=tuple(map(_with_unique_indexes, schema.tables)))


def _with_unique_indexes(table: Table) -> Table:
    alone = {i.columns[0] for i in table.indexes if i.unique and len(i.columns) == 1}
    alone |= {names[0] for names in table.unique if len(names) == 1}
    if not alone:
        return table
    columns = (
        msgspec.structs.replace(column, unique=True) if column.name in alone else column
        for column in table.columns
    )
    return msgspec.structs.replace(table, columns=tuple(columns))


Named = TypeVar("Named", Table, Column, Index)


def _entries(start: str, named: Iterable[Named]) -> Iterator[tuple[Named, str]]:
    """Yield each with its path: by name, or by position where it has none."""
    for n, entry in enumerate(named):
        yield entry, place(start, entry.name) if entry.name else f"{start}[{n}]"


def column_place(table: str, column: str) -> str:
    """Return the path of a column."""
    return place("tables", table, "columns", column)


def _check_head(schema: Schema) -> Iterator[Mistake]:
    version = schema.schema_version
    if version.split(".")[0] != FORMAT_MAJOR:
        what = f"schema_version {shown(version)} is not supported"
        yield Mistake("schema_version", what, f"shardgen reads {FORMAT_MAJOR}.0")
    yield from _check_schema_name(schema.name)
    yield from _check_locale(schema.locale, "locale")
    if not schema.database_type:
        yield Mistake("database_type", "no database is named", "use mysql, postgres or sqlite")
    if not schema.tables:
        yield Mistake("tables", "the schema has no tables")
    yield from _check_names("table", _entries("tables", schema.tables))
    indexes = [
        entry
        for table, where in _entries("tables", schema.tables)
        for entry in _entries(f"{where}.indexes", table.indexes)
    ]
    yield from _check_names("index", indexes)


def _check_locale(name: str | None, where: str) -> Iterator[Mistake]:
    if name is None:
        return
    try:
        find_locale(name)
    except Refused as error:
        yield Mistake(where, str(error), error.hint)


def _check_schema_name(name: str) -> Iterator[Mistake]:
    """The name becomes that of a file, and stands in a shell command that loads it."""
    if not name:
        yield Mistake("name", "the schema has no name", 'give it one such as "my-data"')
    elif not _FILE_NAME.fullmatch(name):
        kebab = re.sub(r"[\W_]+", "-", name[:100]).strip("-").lower()
        hint = f"use letters, digits and hyphens: {kebab!r}" if kebab else "use kebab-case"
        yield Mistake("name", f"the name {shown(name)} cannot name a file", hint)


def _check_names(kind: str, entries: Iterable[tuple[Named, str]]) -> Iterator[Mistake]:
    seen: dict[str, str] = {}
    for name, where in ((entry.name, where) for entry, where in entries):
        if not name:
            article = "an" if kind == "index" else "a"
            yield Mistake(f"{where}.name", f"{article} {kind} has no name", 'give it a "name"')
            continue
        if not name.isprintable():
            what = f"the {kind} name {shown(name)} has characters that cannot be seen"
            yield Mistake(where, what, "use letters, digits and underscores")
        elif len(name.encode()) > MAX_NAME:
            what = f"the {kind} name {shown(name)} has {len(name.encode())} bytes"
            yield Mistake(where, what, f"databases keep at most {MAX_NAME}")
        # Databases compare names without case, so two that differ only in it are the same.
        first = seen.get(name.casefold())
        if first is not None:
            also = "" if first == name else f" (the other is {first!r}, and case does not count)"
            yield Mistake(where, f"two {_plural(kind)} are named {shown(name)}{also}")
        seen[name.casefold()] = name


def _plural(kind: str) -> str:
    return "indexes" if kind == "index" else f"{kind}s"


def _check_dataset(dataset: Dataset, where: str) -> Iterator[Mistake]:
    columns = dataset.columns
    if dataset.file and not columns:
        what = f"the file {shown(dataset.file)} is not read: the schema comes from no folder"
        hint = "load the schema from a file, or give columns and rows"
        yield Mistake(f"{where}.file", what, hint)
        return
    at = f"{where}.file" if dataset.file else f"{where}.columns"
    if not columns:
        yield Mistake(at, "the dataset has no columns", 'list them in "columns"')
    for n, name in enumerate(columns):
        if not name:
            yield Mistake(at, f"column {n + 1} of the dataset has no name")
        elif columns.index(name) == n and columns.count(name) > 1:
            what = f"two columns of the dataset are named {shown(name)}"
            yield Mistake(at, what, "give each a name of its own")
    if not dataset.rows:
        yield Mistake(at if dataset.file else f"{where}.rows", "the dataset has no rows")
    for n, row in enumerate(dataset.rows):
        if len(row) != len(columns):
            what = f"the row has {len(row)} values, and the dataset {len(columns)} columns"
            yield Mistake(f"{where}.rows[{n}]", what)
    yield from _check_weights(dataset, where)


def _check_weights(dataset: Dataset, where: str) -> Iterator[Mistake]:
    if dataset.weight is None:
        return
    if dataset.weight not in dataset.columns:
        what = f"the dataset has no column {shown(dataset.weight)}"
        yield Mistake(f"{where}.weight", what, nearest(dataset.weight, dataset.columns))
        return
    at = dataset.columns.index(dataset.weight)
    for n, row in enumerate(dataset.rows):
        if at < len(row) and weight_of(row[at]) is None:
            what = f"the weight {shown(row[at])} is no positive number"
            if not dataset.file:
                yield Mistake(f"{where}.rows[{n}]", what)
                continue
            yield Mistake(f"{where}.file", f"row {n + 1} after the header: {what}")
            return  # one line of a file says enough


def _check_table(schema: Schema, table: Table, where: str) -> Iterator[Mistake]:
    if not 1 <= table.record_count <= MAX_COUNT:
        what = f"record_count is {table.record_count}"
        yield Mistake(f"{where}.record_count", what, f"it must be from 1 to {MAX_COUNT}")
    if not table.columns:
        yield Mistake(f"{where}.columns", "the table has no columns")
        return
    yield from _check_names("column", _entries(f"{where}.columns", table.columns))
    yield from _check_keys(table, where)
    for column, inside in _entries(f"{where}.columns", table.columns):
        yield from _check_column(table, column, inside)
    for index, inside in _entries(f"{where}.indexes", table.indexes):
        yield from _check_column_list(table, index.columns, inside, "the index")
    yield from _check_references(schema, table, where)


def _check_keys(table: Table, where: str) -> Iterator[Mistake]:
    if not table.primary_key:
        yield Mistake(where, "the table has no primary key", 'set "primary_key": true on a column')
    counted = [column.name for column in table.columns if column.auto_increment]
    if len(counted) > 1:
        what = f"the table has {len(counted)} auto_increment columns, {', '.join(counted)}"
        yield Mistake(where, what, "databases allow one")
    for n, names in enumerate(table.unique):
        yield from _check_column_list(table, names, f"{where}.unique[{n}]", "the list")


def _check_column_list(
    table: Table, names: tuple[str, ...], where: str, holder: str
) -> Iterator[Mistake]:
    known = [column.name for column in table.columns]
    if not names:
        yield Mistake(where, f"{holder} has no columns")
    for name in dict.fromkeys(names):
        if name not in known:
            yield Mistake(where, f"there is no column {name!r} in the table", nearest(name, known))
        elif names.count(name) > 1:
            yield Mistake(where, f"{holder} has the column {name!r} twice")


def _check_column(table: Table, column: Column, where: str) -> Iterator[Mistake]:
    kind: ColumnType | None = None
    try:
        kind = parse_type(column.type)
    except ValueError as error:
        if column.type:
            word = column.type.split("(")[0].strip().lower()
            unknown = str(error).startswith("unknown")
            hint = nearest(word, (*NAMES, *ALIASES)) if unknown else ""
            hint = hint or (f"known are {', '.join(NAMES)}" if unknown else "")
            yield Mistake(f"{where}.type", str(error), hint)
        else:
            yield Mistake(f"{where}.type", "the column has no type", 'give it a "type"')
    if column.primary_key and column.nullable:
        what = "a primary key cannot be nullable"
        yield Mistake(f"{where}.nullable", what, "leave out nullable")
    if kind is not None:
        yield from _check_use(table, column, kind, where)
    refers = table.reference_of(column.name) is not None
    if column.generator is not None and not refers:
        try:
            decode_generator(column)
        except Unfit as error:
            yield from (Mistake(where + at, what, hint) for at, what, hint in error.faults)
    if not (column.generator or "").startswith("faker."):  # Faker knows more locales, and checks
        yield from _check_locale(column.locale, f"{where}.locale")
    yield from _check_probabilities(column, where)
    if column.correlation is not None:
        yield from _check_correlation(table, column, f"{where}.correlation")
    yield from _check_idle_parameters(column, where, refers=refers)


def _check_correlation(table: Table, column: Column, where: str) -> Iterator[Mistake]:
    """A column that follows another is drawn in the order of its values, so no key is."""
    sets = (table.primary_key, *table.unique_sets)
    if table.reference_of(column.name) is not None:
        yield Mistake(where, "a foreign key follows its parent and no other column", "leave it out")
    elif table.is_key(column) or any(column.name in names for names in sets):
        what = "the values of a key are spread evenly, and follow no other column"
        yield Mistake(where, what, "leave out correlation, or unique")
    elif column.correlation is not None and column.correlation.column == column.name:
        yield Mistake(f"{where}.column", "the column would follow itself", "name another column")


def _check_probabilities(column: Column, where: str) -> Iterator[Mistake]:
    for name in COMMON:
        share = column.generator_params.get(name, 0)
        number = isinstance(share, (int, float)) and not isinstance(share, bool)
        if not number or not 0 <= share <= 1:
            what = f"{shown(share)} is not a number from 0 to 1"
            yield Mistake(f"{where}.generator_params.{name}", what)


def _check_use(table: Table, column: Column, kind: ColumnType, where: str) -> Iterator[Mistake]:
    """Hold what is said of a column against its type."""
    alone = table.primary_key == (column.name,)
    if column.auto_increment and not (kind.family == "integer" and alone):
        what = f"auto_increment on a column of type {kind}"
        if kind.family == "integer":
            what = "auto_increment on a column that is not the whole primary key"
        yield Mistake(f"{where}.auto_increment", what, "only an integer primary key can have it")
    if column.default is not None and not _is_default(column.default, kind):
        what = f"the default {shown(column.default)} is no {kind}"
        yield Mistake(f"{where}.default", what)


_DEFAULTS = {
    "integer": r"[+-]?[0-9]+",
    "decimal": r"[+-]?[0-9]+(\.[0-9]*)?(e[+-]?[0-9]+)?",
    "float": r"[+-]?[0-9]+(\.[0-9]*)?(e[+-]?[0-9]+)?",
    "boolean": r"true|false|0|1",
}


def _is_default(value: object, kind: ColumnType) -> bool:
    """Return whether the databases take `value` for a default of that type."""
    text = str(value).strip()
    if kind.family in _DEFAULTS:
        fits = re.fullmatch(_DEFAULTS[kind.family], text, re.IGNORECASE) is not None
        return fits and (kind.family == "boolean" or not isinstance(value, bool))
    if kind.family == "enum":
        return value in kind.values
    if kind.family in ("date", "timestamp"):
        return isinstance(value, str)
    return "\0" not in text and (kind.length is None or len(str(value)) <= kind.length)


def _check_idle_parameters(column: Column, where: str, *, refers: bool) -> Iterator[Mistake]:
    """Yield what is said about values that nothing reads: it would be ignored silently."""
    if column.generator is not None and not refers:
        return
    reason = "a foreign key" if refers else "a column without a generator"
    hint = "leave it out" if refers else 'name a generator with "generator"'
    for name in column.generator_params:
        if name not in COMMON:
            at = place(f"{where}.generator_params", name)
            yield Mistake(at, f"{reason} takes no parameter {shown(name)}", hint)
    if column.distribution is not None:
        yield Mistake(f"{where}.distribution", f"{reason} takes no distribution", hint)


def _check_references(schema: Schema, table: Table, where: str) -> Iterator[Mistake]:
    """Check the foreign keys, those of one column and those of several alike."""
    names = [column.name for column in table.columns]
    taken: dict[str, Reference] = {}
    for reference in table.references:
        at = where + reference.place
        unknown = [name for name in reference.columns if name not in names]
        if unknown or not all(reference.columns):
            for name in unknown:
                what = f"there is no column {shown(name)} in the table"
                yield Mistake(f"{at}.columns", what, nearest(name, names))
            continue
        if reference.name in taken or any(reference.name == t.name for t in taken.values()):
            yield Mistake(at, f"two foreign keys are named {reference.name!r}", 'give it a "name"')
        for name in reference.columns:
            if name in taken:
                what = f"column {name!r} is in two foreign keys"
                yield Mistake(at, what, "its value can follow only one parent: leave out one")
            taken[name] = reference
        yield from _check_members(table, reference, at)
        yield from _check_actions(table, reference, at)
        yield from _check_shape(table, reference, at)
        yield from _check_target(schema, table, reference, at)


def _check_members(table: Table, reference: Reference, where: str) -> Iterator[Mistake]:
    """Check that the columns of a foreign key can follow one parent together."""
    columns = [table.column(name) for name in reference.columns]
    for column in columns if len(columns) > 1 else ():
        if table.is_key(column):
            what = f"column {column.name!r} is unique by itself, and refers together with others"
            yield Mistake(where, what, "list these columns as unique together, or leave out unique")
    shares = [c.generator_params.get("null_probability") for c in columns]
    different = list(dict.fromkeys(shown(share) for share in shares if share is not None))
    if len(different) > 1:
        what = f"null_probability is {' and '.join(different)} in one foreign key"
        yield Mistake(where, what, "its columns are null at once: say it once")


def _check_target(
    schema: Schema, table: Table, reference: Reference, where: str
) -> Iterator[Mistake]:
    """Hold a foreign key against what it refers to."""
    tables = [t.name for t in schema.tables]
    at = f"{where}.{'column' if reference.place.startswith('.columns') else 'references'}"
    if reference.table not in tables:
        if all(tables):
            what = f"there is no table {shown(reference.table)}"
            yield Mistake(f"{where}.table", what, nearest(reference.table, tables))
        return
    if len(reference.columns) != len(reference.parent_columns):
        what = f"{len(reference.columns)} columns refer to {len(reference.parent_columns)}"
        yield Mistake(at, what, "name as many of them as columns, in the same order")
        return
    parent = schema.table(reference.table)
    names = [c.name for c in parent.columns]
    unknown = [name for name in reference.parent_columns if name not in names]
    for name in unknown if all(names) else ():
        what = f"there is no column {shown(name)} in table {parent.name!r}"
        yield Mistake(at, what, nearest(name, names))
    if not unknown:
        yield from _check_target_key(parent, reference, at)
        yield from _check_target_types(table, parent, reference, where)


def _check_target_key(parent: Table, reference: Reference, where: str) -> Iterator[Mistake]:
    names = reference.parent_columns
    listed = ", ".join(names)
    maybe_null = [n for n in names if parent.column(n).nullable]
    if not parent.is_key_together(names):
        target = listed if len(names) == 1 else f"({listed})"
        what = f"{parent.name}.{target} is not a key, so it cannot be referred to"
        yield Mistake(where, what, "make it unique or the primary key")
    elif maybe_null and maybe_null[0] not in parent.primary_key:
        what = f"{parent.name}.{maybe_null[0]} may be null, and then there is nothing to refer to"
        yield Mistake(where, what, "make it not nullable, or refer to another key")


def _check_target_types(
    table: Table, parent: Table, reference: Reference, where: str
) -> Iterator[Mistake]:
    for name, wanted in zip(reference.columns, reference.parent_columns, strict=True):
        try:
            kind = parse_type(table.column(name).type)
            other = parse_type(parent.column(wanted).type)
        except ValueError:
            continue  # reported where that column stands
        if not _holds(kind, other):
            what = f"{kind} does not hold {parent.name}.{wanted}, which is {other}"
            yield Mistake(where, what, f"make the column {other}")


_PARAMETERS = {"zipf": "exponent", "recent": "half", "lognormal": "sigma", "pareto": "alpha"}
"""The parameter that each distribution of a fan-out takes, where it takes one."""


def _check_shape(table: Table, reference: Reference, where: str) -> Iterator[Mistake]:
    columns = [table.column(name) for name in reference.columns]
    shape, at = reference.shape, f"{where}.fan_out"
    name = "random" if shape is None else _shape_name(shape)
    if table.is_key_together(reference.columns) and isinstance(
        shape, RandomFanOut | GroupedFanOut | TreeFanOut
    ):
        what = f"the column is unique, and with fan_out {name!r} parents come up again"
        yield Mistake(at, what, "leave out fan_out, or the key")
    if any(column.auto_increment for column in columns):
        what = "auto_increment numbers the rows, and a foreign key takes its values from a parent"
        yield Mistake(where, what, "leave out one of them")
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


def _check_tree(
    table: Table, reference: Reference, shape: TreeFanOut, where: str
) -> Iterator[Mistake]:
    if reference.table != table.name:
        what = f"a tree is of one table, and the key leads to {reference.table!r}"
        yield Mistake(where, what, "refer to the table itself, or leave out fan_out")
    elif shape.roots is not None and not may_be_null(table, reference):
        what = "roots refer to no row, and the column is not nullable"
        yield Mistake(f"{where}.roots", what, 'set "nullable": true')
    elif shape.roots is not None and any(
        "null_probability" in table.column(name).generator_params for name in reference.columns
    ):
        yield Mistake(f"{where}.roots", "roots and null_probability say the same", "keep roots")


def _check_shape_parameters(shape: Shape, where: str) -> Iterator[Mistake]:
    if not isinstance(shape, RandomFanOut | GroupedFanOut):
        return
    own = _PARAMETERS.get(shape.distribution)
    for name in _PARAMETERS.values():
        if name != own and getattr(shape, name, None) is not None:
            what = f"the distribution {shape.distribution!r} takes no {name}"
            takes = next(k for k, v in _PARAMETERS.items() if v == name)
            hint = f"it belongs to {takes!r}"
            yield Mistake(f"{where}.{name}", what, hint)
            break
    if isinstance(shape, GroupedFanOut) and shape.max is not None and shape.max < shape.min:
        yield Mistake(f"{where}.min", f"min {shape.min} is above max {shape.max}")


def _shape_name(shape: Shape) -> str:
    return next(name for name, plain in SHAPES.items() if type(plain) is type(shape))


def _holds(kind: ColumnType, other: ColumnType) -> bool:
    """Return whether every value of type `other` is one of type `kind`."""
    if kind.family != other.family or kind.scale != other.scale:
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


def _check_actions(table: Table, reference: Reference, where: str) -> Iterator[Mistake]:
    both = (("on_delete", reference.on_delete), ("on_update", reference.on_update))
    fixed = [n for n in reference.columns if not table.column(n).nullable]
    for name, action in both:
        if action == "SET NULL" and fixed:
            what = f"{name} is SET NULL, and {fixed[0]!r} is not nullable"
            hint = 'set "nullable": true, or choose another action'
            yield Mistake(f"{where}.{name}", what, hint)


def _check_order(schema: Schema) -> Iterator[Mistake]:
    tables = [t.name for t in schema.tables]
    order = schema.generation_order
    if order is None:
        return
    where = "generation_order"
    for name in dict.fromkeys(order):
        if name not in tables:
            yield Mistake(where, f"there is no table {shown(name)}", nearest(name, tables))
        elif order.count(name) > 1:
            yield Mistake(where, f"table {name!r} stands there {_times(order.count(name))}")
    for name in dict.fromkeys(tables):
        if name not in order:
            yield Mistake(where, f"table {name!r} is missing", "name each table once")
    yield from _check_parents_first(schema, order)


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def _check_parents_first(schema: Schema, order: tuple[str, ...]) -> Iterator[Mistake]:
    """A parent may come later where the tables refer to each other in a circle."""
    tables = {table.name: table for table in schema.tables}
    for table in schema.tables:
        for parent in sorted({r.table for r in table.references} - {table.name}):
            both = table.name in order and parent in order
            if not both or order.index(parent) < order.index(table.name):
                continue
            if parent in tables and table.name not in ancestors(parent, tables):
                what = f"{table.name!r} comes before its parent {parent!r}"
                hint = "put parents first, or leave out generation_order"
                yield Mistake("generation_order", what, hint)
