"""
Every contradiction that a schema alone shows: names, keys, types, order, generators.

Each check looks at one thing and yields a `Mistake` for every fault, so that a user sees all of
them at once. Where a name or a type could not be read, an empty one stands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from shardgen.errors import MAX_MISTAKES, BindError, Mistake, join_path, nearest, shown
from shardgen.generators.locales.locale import find_locale
from shardgen.generators.parameters import COMMON, ParametersError, decode_generator
from shardgen.output.sql.defaults import refused_default
from shardgen.plan.check_alternatives import check_alternatives
from shardgen.plan.check_index import check_collation, check_index
from shardgen.plan.check_keys import check_order, check_references
from shardgen.plan.check_relationships import check_relationships
from shardgen.plan.check_sql import check_sql, reads_in_sql
from shardgen.plan.job import MAX_COUNT
from shardgen.schema.catalog import MAX_NAME, Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.databases import DATABASES
from shardgen.schema.model import (
    FORMAT_MAJOR,
    Check,
    Column,
    Exclusion,
    Index,
    ReferenceDataset,
    Schema,
    Table,
)
from shardgen.schema.qualified_names import split_name
from shardgen.schema.types import ALIASES, NAMES, USUAL_NAMES, is_type, parse_type

_FILE_NAME = re.compile(r"\w[\w.-]{0,99}")


def check_schema(catalog: Catalog) -> list[Mistake]:
    """Return every mistake that the schema of the catalog alone shows."""
    return [*islice(_mistakes(catalog), MAX_MISTAKES)]


def _mistakes(catalog: Catalog) -> Iterator[Mistake]:
    schema = catalog.schema
    yield from _check_head(schema)
    for name, dataset in schema.datasets.items():
        yield from _check_dataset(dataset, join_path("datasets", name))
    resolved = dict(catalog.by_name)
    for table, path in _entries("tables", schema.tables):
        yield from _check_table(schema, table, path)
        first = resolved.pop(table.name, None)
        if first is not None:
            yield from _check_columns(first)
            yield from check_references(catalog, first)
            yield from check_sql(schema, first)
            yield from check_alternatives(first)
    yield from catalog.shared_keys.mistakes
    if all(table.name for table in schema.tables):
        yield from check_order(catalog)
    yield from check_relationships(catalog)


Named = TypeVar("Named", Table, Column, Index, Check, Exclusion)


def _entries(start: str, named: Iterable[Named]) -> Iterator[tuple[Named, str]]:
    """Yield each with its path: by name, or by position where it has none."""
    for n, entry in enumerate(named):
        yield entry, join_path(start, entry.name) if entry.name else f"{start}[{n}]"


def _check_head(schema: Schema) -> Iterator[Mistake]:
    version = schema.schema_version
    if version.split(".")[0] != FORMAT_MAJOR:
        what = f"schema_version {shown(version)} is not supported"
        yield Mistake("schema_version", what, f"shardgen reads {FORMAT_MAJOR}.0")
    yield from _check_schema_name(schema.name)
    yield from _check_locale(schema.locale, "locale")
    if not schema.database_type:
        *others, last = sorted(DATABASES)
        hint = f"use {', '.join(others)} or {last}"
        yield Mistake("database_type", "no database is named", hint)
    if not schema.tables:
        yield Mistake("tables", "the schema has no tables")
    yield from _check_names("table", _entries("tables", schema.tables))


def _check_locale(name: str | None, path: str) -> Iterator[Mistake]:
    if name is None:
        return
    try:
        find_locale(name)
    except BindError as error:
        yield Mistake(path, str(error), error.hint)


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
    for name, path in ((entry.name, path) for entry, path in entries):
        if not name:
            article = "an" if kind == "index" else "a"
            yield Mistake(f"{path}.name", f"{article} {kind} has no name", 'give it a "name"')
            continue
        if not name.isprintable():
            what = f"the {kind} name {shown(name)} has characters that cannot be seen"
            yield Mistake(path, what, "use letters, digits and underscores")
        elif (size := _longest(kind, name)) > MAX_NAME:
            what = f"the {kind} name {shown(name)} has {size} bytes"
            yield Mistake(path, what, f"databases keep at most {MAX_NAME}")
        # Databases compare names without case, so two that differ only in it are the same.
        folded = name.replace("İ", "i").casefold()  # MySQL takes the one for the other
        first = seen.get(folded)
        if first is not None:
            also = "" if first == name else f" (the other is {first!r}, and case does not count)"
            yield Mistake(path, f"two {_plural(kind)} are named {shown(name)}{also}")
        seen[folded] = name


def _longest(kind: str, name: str) -> int:
    """Return how many bytes a name has; of one with a schema, the longer of both."""
    parts = split_name(name) if kind == "table" else (name,)
    return max(len(part.encode()) for part in parts)


def _plural(kind: str) -> str:
    return "indexes" if kind == "index" else f"{kind}s"


def _check_dataset(dataset: ReferenceDataset, path: str) -> Iterator[Mistake]:
    columns = dataset.columns
    if dataset.file and not columns:
        what = f"the file {shown(dataset.file)} is not read: the schema comes from no folder"
        hint = "load the schema from a file, or give columns and rows"
        yield Mistake(f"{path}.file", what, hint)
        return
    at = f"{path}.file" if dataset.file else f"{path}.columns"
    if not columns:
        yield Mistake(at, "the dataset has no columns", 'list them in "columns"')
    counts = Counter(columns)
    for n, name in enumerate(columns):
        if not name:
            yield Mistake(at, f"column {n + 1} of the dataset has no name")
        elif counts.pop(name, 0) > 1:
            what = f"two columns of the dataset are named {shown(name)}"
            yield Mistake(at, what, "give each a name of its own")
    if not dataset.rows:
        yield Mistake(at if dataset.file else f"{path}.rows", "the dataset has no rows")
    for n, row in enumerate(dataset.rows):
        if len(row) != len(columns):
            what = f"the row has {len(row)} values, and the dataset {len(columns)} columns"
            yield Mistake(f"{path}.rows[{n}]", what)
    yield from _check_weights(dataset, path)


def _check_weights(dataset: ReferenceDataset, path: str) -> Iterator[Mistake]:
    if dataset.weight is None:
        return
    if dataset.weight not in dataset.columns:
        what = f"the dataset has no column {shown(dataset.weight)}"
        yield Mistake(f"{path}.weight", what, nearest(dataset.weight, dataset.columns))
        return
    from shardgen.generators.families.dataset_cells import weight_of

    at = dataset.columns.index(dataset.weight)
    for n, row in enumerate(dataset.rows):
        if at < len(row) and weight_of(row[at]) is None:
            what = f"the weight {shown(row[at])} is no positive number"
            if not dataset.file:
                yield Mistake(f"{path}.rows[{n}]", what)
                continue
            yield Mistake(f"{path}.file", f"row {n + 1} after the header: {what}")
            return  # one line of a file says enough


def _check_table(schema: Schema, table: Table, path: str) -> Iterator[Mistake]:
    if not 0 <= table.record_count <= MAX_COUNT:
        what = f"record_count is {table.record_count}"
        yield Mistake(f"{path}.record_count", what, f"it must be from 0 to {MAX_COUNT}")
    if not table.columns:
        yield Mistake(f"{path}.columns", "the table has no columns")
        return
    yield from _check_names("column", _entries(f"{path}.columns", table.columns))
    yield from _check_names("index", _entries(f"{path}.indexes", table.indexes))
    yield from _check_names("check", _entries(f"{path}.checks", table.checks))
    yield from _check_names("constraint", _entries(f"{path}.exclude", table.exclude))
    yield from _check_keys(table, path)
    for column, inside in _entries(f"{path}.columns", table.columns):
        yield from _check_type(column, inside)
        yield from check_collation(schema, column, inside)
    for index, inside in _entries(f"{path}.indexes", table.indexes):
        yield from check_index(schema, table, index, inside)


def _check_keys(table: Table, path: str) -> Iterator[Mistake]:
    counted = [c.name for c in table.columns if c.auto_increment or c.identity]
    if len(counted) > 1:
        what = f"the table has {len(counted)} auto_increment columns, {', '.join(counted)}"
        yield Mistake(path, what, "databases allow one")
    for n, names in enumerate(table.unique):
        yield from _check_column_list(table, names, f"{path}.unique[{n}]", "the list")


def _check_column_list(
    table: Table, names: tuple[str, ...], path: str, holder: str
) -> Iterator[Mistake]:
    known = [column.name for column in table.columns]
    if not names:
        yield Mistake(path, f"{holder} has no columns")
    for name in dict.fromkeys(names):
        if name not in known:
            yield Mistake(path, f"there is no column {name!r} in the table", nearest(name, known))
        elif names.count(name) > 1:
            yield Mistake(path, f"{holder} has the column {name!r} twice")


def _check_type(column: Column, path: str) -> Iterator[Mistake]:
    if column.stands_for is not None:
        yield from _check_given_type(column, path)
        return
    try:
        kind = parse_type(column.type)
        if column.enum_name == "":
            yield Mistake(
                f"{path}.enum_name", "the enum has no name", "give it one, or leave it out"
            )
        elif column.enum_name is not None and kind.scalar.name != "enum":
            what = f"{shown(column.type)} is no enum, and has the enum_name {column.enum_name!r}"
            yield Mistake(f"{path}.enum_name", what, "leave it out")
    except ValueError as error:
        if not column.type:
            yield Mistake(f"{path}.type", "the column has no type", 'give it a "type"')
            return
        word = column.type.split("(")[0].split("[")[0].strip().lower()
        unknown = str(error).startswith("unknown")
        hint = nearest(word, (*NAMES, *ALIASES)) if unknown else ""
        hint = hint or (f"known are {', '.join(USUAL_NAMES)} and others" if unknown else "")
        yield Mistake(f"{path}.type", str(error), hint)


def _check_given_type(column: Column, path: str) -> Iterator[Mistake]:
    """Check a type that only the database knows, and the one whose values it takes."""
    try:
        parse_type(column.stands_for or "")
    except ValueError as error:
        yield Mistake(f"{path}.as", str(error), "name a type of shardgen's, such as varchar(200)")
    if not column.type.strip() or ";" in column.type or not column.type.isprintable():
        yield Mistake(f"{path}.type", f"{shown(column.type)} is no type", "give it a type")
    elif column.enum_name is not None:
        yield Mistake(f"{path}.enum_name", "the type is the database's own", "leave it out")
    else:
        known = is_type(column.type)
        if known:
            what = f"{shown(column.type)} is a type of shardgen's, and stands for no other"
            yield Mistake(f"{path}.as", what, "leave it out")


def _check_columns(table: CatalogTable) -> Iterator[Mistake]:
    for column in table.columns:
        yield from _check_column(table, column)


def _check_column(table: CatalogTable, column: CatalogColumn) -> Iterator[Mistake]:
    path = column.path
    if column.primary_key and column.nullable:
        what = "a primary key cannot be nullable"
        yield Mistake(f"{path}.nullable", what, "leave out nullable")
    if column.has_type:
        yield from _check_use(table, column)
    refers = table.refers(column.name)
    if column.hidden:
        yield from _check_hidden(table, column)
    if column.generator is not None and not refers:
        try:
            decode_generator(column)
        except ParametersError as error:
            yield from (Mistake(path + at, what, hint) for at, what, hint in error.faults)
    if not (column.generator or "").startswith("faker."):  # Faker knows more locales, and checks
        yield from _check_locale(column.locale, f"{path}.locale")
    yield from _check_probabilities(column, path)
    if column.correlation is not None:
        yield from _check_correlation(table, column, f"{path}.correlation")
    if column.order is not None:
        yield from _check_correlation(table, column, f"{path}.order")
    yield from _check_idle_parameters(column, path, refers=refers)


def _check_hidden(table: CatalogTable, column: CatalogColumn) -> Iterator[Mistake]:
    """A hidden column is not in the database, so nothing there can be said of it."""
    path = f"{column.path}.hidden"
    indexed = {name for index in table.indexes for name in index.columns}
    if column.is_key or any(
        column.name in names for names in (table.primary_key, *table.unique_sets)
    ):
        yield Mistake(path, "the column is part of a key", "write it, or leave it out of the key")
    elif column.name in indexed:
        yield Mistake(path, "the column is indexed", "write it, or leave out the index")
    elif column.default is not None:
        yield Mistake(path, "the column has a default", "leave out the default")
    elif reads_in_sql(table, column.name):
        what = "SQL of the table reads the column, and no database has it"
        yield Mistake(path, what, "write it, or let the SQL read another column")
    elif all(each.hidden for each in table.columns):
        yield Mistake(path, "all columns of the table are hidden", "write one of them")


def _check_correlation(table: CatalogTable, column: CatalogColumn, path: str) -> Iterator[Mistake]:
    """A column that follows another, or its rows, is drawn in order, so no key is."""
    said = path.rpartition(".")[2]
    sets = (table.primary_key, *table.unique_sets)
    if table.refers(column.name):
        yield Mistake(path, "a foreign key follows its parent and no other column", "leave it out")
    elif column.is_key or any(column.name in names for names in sets):
        what = "the values of a key are spread evenly, and follow no other column"
        yield Mistake(path, what, f"leave out {said}, or unique")
    elif column.correlation is not None and column.correlation.column == column.name:
        yield Mistake(f"{path}.column", "the column would follow itself", "name another column")
    elif column.correlation is not None and column.order is not None and said == "order":
        what = "the column cannot follow another one and its rows too"
        yield Mistake(path, what, "leave out order, or correlation")


def _check_probabilities(column: Column, path: str) -> Iterator[Mistake]:
    for name in COMMON:
        share = column.generator_params.get(name, 0)
        number = isinstance(share, (int, float)) and not isinstance(share, bool)
        if not number or not 0 <= share <= 1:
            what = f"{shown(share)} is not a number from 0 to 1"
            yield Mistake(f"{path}.generator_params.{name}", what)


def _check_use(table: CatalogTable, column: CatalogColumn) -> Iterator[Mistake]:
    """Hold what is said of a column against its type."""
    alone, kind, path = table.primary_key == (column.name,), column.sql_type, column.path
    counts = "auto_increment" if column.auto_increment else "identity" if column.identity else ""
    if counts and not (kind.family == "integer" and alone):
        what = f"{counts} on a column of type {kind}"
        if kind.family == "integer":
            what = f"{counts} on a column that is not the whole primary key"
        yield Mistake(f"{path}.{counts}", what, "only an integer primary key can have it")
    if column.start is not None and not column.counts_rows:
        what = f"start is {column.start}, and the column numbers no rows"
        yield Mistake(f"{path}.start", what, 'leave it out, or use the generator "sequence"')
    if column.default is not None:
        hint = refused_default(column.default, kind)
        if hint is not None:
            what = f"the default {shown(column.default)} is no {kind}"
            yield Mistake(f"{path}.default", what, hint)


def _check_idle_parameters(column: Column, path: str, *, refers: bool) -> Iterator[Mistake]:
    """Yield what is said about values that nothing reads: it would be ignored silently."""
    if column.generator is not None and not refers:
        return
    reason = "a foreign key" if refers else "a column without a generator"
    hint = "leave it out" if refers else 'name a generator with "generator"'
    for name in column.generator_params:
        if name not in COMMON:
            at = join_path(f"{path}.generator_params", name)
            yield Mistake(at, f"{reason} takes no parameter {shown(name)}", hint)
    if column.distribution is not None:
        yield Mistake(f"{path}.distribution", f"{reason} takes no distribution", hint)
