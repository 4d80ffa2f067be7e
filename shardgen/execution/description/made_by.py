"""What makes a column, and how a foreign key spreads its rows, in a few words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from shardgen.plan.nulls import null_share
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable, may_be_null
from shardgen.schema.model import TreeFanOut, UniqueFanOut
from shardgen.schema.references import Reference

_LISTED = 6  # choices that are said with their weights
_LONGEST = 120  # characters of an expression


def made_by(table: CatalogTable, column: CatalogColumn) -> str:
    """Return what makes a column: generator, parameters, law, what it follows, and nulls."""
    return "; ".join(_clauses(table, column))


def _clauses(table: CatalogTable, column: CatalogColumn) -> Iterator[str]:
    reference, numbered = column.reference, column.numbers_children
    if column.generated is not None:
        yield "computed by the database"
    elif column.counts_rows:
        yield "the row's number"
    elif reference is not None:
        at = reference.columns.index(column.name)
        law = law_of(table, reference)
        to = f"→ {reference.table}.{reference.parent_columns[at]}"
        yield f"{to}, {law}" if law else to
    elif numbered is not None:
        yield f"numbers the rows of each {numbered.name} from 1"
    elif column.generator is None:
        yield "a plausible value of its type"
    else:
        yield _generator(column)
    if column.correlation is not None:
        yield f"follows {column.correlation.column}, ρ = {column.correlation.rho:g}"
    share = _null_share(table, column)
    if share:
        yield f"null in {share:.0%}"


def _null_share(table: CatalogTable, column: CatalogColumn) -> float:
    """Return the share of nulls that is drawn; 0 where something else decides."""
    reference = column.reference
    if isinstance(getattr(reference, "shape", None), TreeFanOut):
        return 0.0  # its roots are
    if reference is not None:
        return null_share(column) if may_be_null(table, reference) else 0.0
    computed = column.generator == "expression" or column.generated is not None
    return null_share(column) if column.may_be_null and not computed else 0.0


def law_of(table: CatalogTable, reference: Reference) -> str:
    """Return how a foreign key spreads its rows over the parents, "" where nothing is said."""
    shape = reference.shape
    if isinstance(shape, UniqueFanOut):
        return "unique"
    if shape is None:
        return "unique" if table.is_key_together(reference.columns) else ""
    facts = msgspec.to_builtins(shape)
    kind = facts.pop("type")
    law = facts.pop("distribution", None)
    words = [kind, *([law] if law not in {None, "even", "uniform"} else [])]
    words += [
        f"{name} {value}" if isinstance(value, str) else f"{name} {value:g}"
        for name, value in facts.items()
        if value
    ]
    return " ".join(words)


def _generator(column: CatalogColumn) -> str:
    parameters = {k: v for k, v in column.generator_params.items() if k != "null_probability"}
    if column.generator == "expression":
        return f"= {_cut(str(parameters.get('expression', '')))}"
    if column.distribution is not None and "distribution" not in parameters:
        parameters["distribution"] = column.distribution
    said = ", ".join(_parameter(key, value) for key, value in parameters.items())
    return f"{column.generator}: {said}" if said else str(column.generator)


def _parameter(key: str, value: Any) -> str:
    return f"{key} {_plain(value)}"


def _listed(values: list[Any]) -> str:
    listed = [_choice(each) for each in values]
    more = [f"… ({len(listed)} in all)"] if len(listed) > _LISTED else []
    return ", ".join([*listed[:_LISTED], *more])


def _choice(each: Any) -> str:
    """Return one of several choices, with its weight where it has one."""
    if not isinstance(each, dict):
        return _cut(str(each))
    if "value" in each:
        name = _cut(str(each["value"]))
    elif {"min", "max"} <= each.keys():
        name = f"{each['min']}–{each['max']}"
    else:
        return _plain(each)
    weight = each.get("weight")
    return f"{name} {weight:g}" if isinstance(weight, (int, float)) else name


def _plain(value: Any) -> str:
    """Return a parameter as a person would say it: `normal(mean 680, std_dev 80)`."""
    if isinstance(value, list):
        return _listed(value)
    if isinstance(value, dict):
        kind = value.get("type")
        rest = value.get("params", {k: v for k, v in value.items() if k != "type"})
        if not isinstance(rest, dict):
            return _cut(str(value))
        inner = ", ".join(f"{k} {_plain(v)}" for k, v in rest.items())
        return f"{kind}({inner})" if kind else inner
    return str(value).lower() if isinstance(value, bool) else _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
