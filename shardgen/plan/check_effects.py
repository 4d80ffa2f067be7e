"""
Everything that a schema says and that does nothing, or something else than it says.

None of it makes a dump wrong, so these are warnings; `--strict` makes them mistakes. What only a
database changes is found by its dialect.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence

from shardgen.errors import InputWarning, join_path
from shardgen.generators.context import ColumnContext
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.output.sql.changes import changes
from shardgen.output.sql.dialects import DIALECTS
from shardgen.plan.check_alternatives import weights_in
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.types import dropped_arguments, is_serial


def schema_warnings(catalog: Catalog, databases: Iterable[str]) -> list[InputWarning]:
    """Return what has no effect of a schema, in general and in these databases."""
    warnings = list(_unused_datasets(catalog))
    for table in catalog.tables:
        for column in table.columns:
            if not column.broken:
                warnings += _column_warnings(table, column)
                warnings += _weight_warnings(column)
        for path, weights in weights_in(table):
            warnings += unequal_shares(path, weights)
    for name in dict.fromkeys(databases):
        warnings += changes(DIALECTS[name], catalog.as_written)
    return warnings


def unread_warnings(column: CatalogColumn, reads: Collection[str]) -> Iterator[InputWarning]:
    """Yield what a column says for its generator, whose binding has read no more than `reads`."""
    name = column.generator or f"a column of type {column.sql_type}"
    if column.locale is not None and "locale" not in reads:
        yield InputWarning(
            f"{column.path}.locale", "unused-locale", f"{name} is the same in every locale",
            "leave it out",
        )  # fmt: skip
    path, share = _edge_cases(column)
    if share and "edge_case_probability" not in reads and not column.is_key:
        yield _no_edge_cases(path, f"{name} has no extremes")


def idle_warnings(
    column: CatalogColumn, made_by: Generator, bound: BoundGenerator, context: ColumnContext
) -> Iterator[InputWarning]:
    """Yield the parameters that are given and change nothing of what the generator is bound to."""
    read = {name for _, name in bound.reads}
    named = {name: getattr(made_by, name, None) for name in made_by.names_columns}
    idle = {name: f"{to!r} is not read" for name, to in named.items() if to not in read}
    idle |= context.idle
    for name in (name for name in column.generator_params if name in idle):
        at = join_path(f"{column.path}.generator_params", name)
        what = f"{name!r} changes nothing of {column.generator}: {idle[name]}"
        yield InputWarning(at, "unused-parameter", what, "leave it out")


def _column_warnings(table: CatalogTable, column: CatalogColumn) -> Iterator[InputWarning]:
    path, is_reference = column.path, table.refers(column.name)
    other = ""
    if column.counts_rows:
        other = "auto_increment numbers the rows"
    elif is_reference:
        other = "a foreign key takes its values from its parent"
    if other and column.generator is not None:
        what = f"the generator {column.generator!r} makes nothing: {other}"
        yield InputWarning(f"{path}.generator", "unused-generator", what, "leave it out")
    if other and column.locale is not None:
        yield InputWarning(f"{path}.locale", "unused-locale", other, "leave it out")
    at, share = _edge_cases(column)
    is_unique = column.is_key or any(column.name in names for names in table.unique_sets)
    if share and (other or is_unique or column.order is not None):
        ordered = column.order is not None and "values that rise or fall keep their order"
        reason = other or ordered or "no value of a key occurs twice, not even an extreme"
        yield _no_edge_cases(at, reason)
    yield from _said_twice(column)
    if column.generator_params.get("null_probability") and not column.may_be_null:
        what = "the column is not nullable, and so never null"
        at = f"{path}.generator_params.null_probability"
        yield InputWarning(at, "unused-null-probability", what, 'set "nullable": true')
    if column.default is not None and column.counts_rows:
        what = f"the default {column.default!r} is not written: {other}"
        yield InputWarning(f"{path}.default", "dropped-default", what, "leave it out")
    yield from _type_warnings(column)


def _type_warnings(column: CatalogColumn) -> Iterator[InputWarning]:
    path, kind = f"{column.path}.type", column.sql_type
    dropped = dropped_arguments(column.type) if kind.family == "float" else ""
    if dropped:
        what = f"{dropped} of {column.type!r} is dropped: the type is {kind}"
        yield InputWarning(path, "dropped-digits", what, "use decimal(p,s), which keeps digits")
    if is_serial(column.type) and not column.is_identity:
        what = f"{column.type} is {kind} where it is not the whole primary key, and does not count"
        yield InputWarning(path, "changed-type", what)


def _edge_cases(column: CatalogColumn) -> tuple[str, object]:
    """Return where a column says its share of edge cases, and the share; nothing for 0."""
    if column.edge_case_probability is not None:
        return f"{column.path}.edge_case_probability", column.edge_case_probability
    share = column.generator_params.get("edge_case_probability")
    return f"{column.path}.generator_params.edge_case_probability", share


def _no_edge_cases(path: str, reason: str) -> InputWarning:
    return InputWarning(path, "unused-edge-cases", f"no cell is an edge case: {reason}")


def _said_twice(column: CatalogColumn) -> Iterator[InputWarning]:
    inner = column.generator_params.get("edge_case_probability")
    if None not in (inner, column.edge_case_probability) and inner != column.edge_case_probability:
        what = f"{inner} is not used: the column itself says {column.edge_case_probability}"
        at = f"{column.path}.generator_params.edge_case_probability"
        yield InputWarning(at, "unused-edge-cases", what, "say it once")


def _unused_datasets(catalog: Catalog) -> Iterator[InputWarning]:
    drawn = {
        name
        for table in catalog.tables
        for column in table.declared
        if column.generator == "dataset" and not table.refers(column.name)
        if isinstance(name := column.generator_params.get("dataset"), str)
    }
    for name in catalog.datasets:
        if name not in drawn:
            what = "no column draws from the dataset"
            yield InputWarning(join_path("datasets", name), "unused-dataset", what, "leave it out")


def _weight_warnings(column: CatalogColumn) -> Iterator[InputWarning]:
    """Yield the places of weights that look like shares of a whole, and are not all of it."""
    said = (("generator_params", column.generator_params), ("distribution", column.distribution))
    for name, value in said:
        for path, weights in _weights(value, f"{column.path}.{name}"):
            yield from unequal_shares(path, weights)


def _weights(value: object, path: str) -> Iterator[tuple[str, list[float]]]:
    """Yield the weights of each list in a value of which every entry has one, with its place."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _weights(inner, join_path(path, str(name)))
    elif isinstance(value, list | tuple) and value:
        given = [entry.get("weight") if isinstance(entry, dict) else None for entry in value]
        weights = [w for w in given if isinstance(w, int | float) and not isinstance(w, bool)]
        if len(weights) == len(value):
            yield path, weights


def unequal_shares(path: str, weights: Sequence[float]) -> Iterator[InputWarning]:
    """
    Yield a warning where weights seem to be shares, and do not add up to 1 or 100.

    Such are fractions all of which are below 1, and numbers that add up to nearly 100.
    """
    total = math.fsum(weights)
    fractions = all(0 < weight < 1 for weight in weights) and not math.isclose(total, 1)
    percent = 95 <= total <= 105 and not math.isclose(total, 100) and len(weights) > 1
    if (fractions and len(weights) > 1) or percent:
        whole = 1 if fractions else 100
        what = f"the weights add up to {total:.6g}, and look like shares of {whole}"
        hint = f"let them add up to {whole}: each counts for its part of {total:.6g}"
        yield InputWarning(path, "uneven-weights", what, hint)
