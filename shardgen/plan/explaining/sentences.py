"""What is known of a cell, in sentences that a newcomer reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from shardgen.plan.explaining.explanation import (
    Cell,
    GeneratorUsed,
    Parameter,
    ParentRow,
    ReadCell,
)
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable

_SHOWN = 6  # elements of a list
_LETTERS = 200  # of a value


def sentences(cell: Cell, table: CatalogTable, column: CatalogColumn) -> Iterator[str]:
    """Yield why a cell has its value, the chief reason first."""
    if not cell.is_known:
        yield f"The database computes it from its row: {_shown(column.generated)}."
    else:
        yield from _OF_KIND[cell.kind](cell, table, column)
    if cell.unique and cell.kind != "counted":
        yield f"Unique: {cell.unique}."
    yield f"Null: {cell.null.why}."
    if column.hidden:
        yield "Hidden: it is computed for others that read it, and not written."


def _counted(_cell: Cell, _table: CatalogTable, column: CatalogColumn) -> Iterator[str]:
    yield f"It counts the rows, the first is {column.first_number}: row + {column.first_number}."


def _of_key(cell: Cell, _table: CatalogTable, column: CatalogColumn) -> Iterator[str]:
    for parent in cell.parents:
        leads = parent.key == (column.reference.name if column.reference else "")
        named = f"the key {parent.key}" if leads else f"the key {parent.key}, too,"
        key = (
            f"It is {named} to {parent.table}" if leads else f"{named[0].upper()}{named[1:]} leads"
        )
        if parent.row is None:
            yield f"{key}{' and' if leads else f' to {parent.table}, and'} leads to no row here."
            continue
        where = f"{'; here it leads ' if leads else ' '}to row {parent.row:,} of {parent.table}"
        yield f"{key}{where}."
        yield from _of_parent(parent)
    if column.reference is not None and cell.parents:
        both = zip(column.reference.columns, column.reference.parent_columns, strict=True)
        name = dict(both)[column.name]
        yield f"The value is that row's {name}."


def _of_parent(parent: ParentRow) -> Iterator[str]:
    yield f"That row is {parent.law}."
    if parent.ordinal is not None and parent.siblings is not None:
        yield f"Of its {parent.siblings:,} children this one is number {parent.ordinal + 1:,}."


def _polymorphic(cell: Cell, table: CatalogTable, column: CatalogColumn) -> Iterator[str]:
    targets = table.polymorphic[column.name].targets
    yield from _targets([(target.table, target.weight) for target in targets])
    for parent in cell.parents:
        yield f"Here it leads to row {parent.row:,} of {parent.table}, and has its key."
        yield from _of_parent(parent)


def _type(cell: Cell, table: CatalogTable, column: CatalogColumn) -> Iterator[str]:
    key = table.key_of_type[column.name]
    yield f"It names the table that {key} leads to."
    targets = table.polymorphic[key].targets
    yield from _targets([(target.table, target.weight) for target in targets])
    for parent in cell.parents:
        yield f"Here that is {parent.table}."


def _targets(targets: list[tuple[str, float]]) -> Iterator[str]:
    total = sum(weight for _, weight in targets)
    listed = ", ".join(f"{table} in {weight / total:.3g}" for table, weight in targets)
    yield f"The key leads to one of several tables, by weight: {listed} of the rows."


def _numbered(_cell: Cell, _table: CatalogTable, column: CatalogColumn) -> Iterator[str]:
    key = column.numbers_children
    assert key is not None, "its kind says so"
    yield f"It numbers the rows with the same {', '.join(key.columns)} from 1."


def _generated(cell: Cell, _table: CatalogTable, column: CatalogColumn) -> Iterator[str]:
    used = cell.generator
    assert used is not None, "its kind says so"
    if column.generated is not None:
        yield f"The database computes it of its row, and shardgen too: {_shown(column.generated)}."
    else:
        yield _made_by(used, column)
    yield from _parameters_of(used)
    yield from (f"Drawn is {draw}." for draw in used.draws)
    if cell.share is not None:
        yield f"A share {cell.share:.4f} of all values is below this row's."
    if cell.follows is not None:
        yield from _following(cell, column)
    if cell.reads:
        yield "It is made from:"
        yield from (f"  {_read(read)}" for read in cell.reads)


def _made_by(used: GeneratorUsed, column: CatalogColumn) -> str:
    if used.name and used.why:
        return f"Generator {used.name}, found by a rule ({used.why}): {used.makes}"
    if used.name:
        return f"Generator {used.name}: {used.makes}"
    return f"No generator is named; one for the type {column.type}: {used.makes}"


def brief(cell: Cell) -> str:
    """Return the chief reason in a line: of a generator, what is given of it or what it makes."""
    if cell.null.is_null:
        return f"Null: {cell.null.why}."
    used = cell.generator
    given = [each for each in used.parameters if each.is_given] if used is not None else []
    if used is not None and used.name and given:
        return f"Generator {used.name}: {'; '.join(map(_parameter, given))}."
    return cell.words[0]


def _parameters_of(used: GeneratorUsed) -> Iterator[str]:
    given = [each for each in used.parameters if each.is_given]
    usual = [each for each in used.parameters if not each.is_given]
    if given:
        yield f"Given: {'; '.join(map(_parameter, given))}."
    if usual:
        yield f"As usual: {'; '.join(map(_parameter, usual))}."


def _parameter(parameter: Parameter) -> str:
    return f"{parameter.name} = {_shown(parameter.value)}"


def _following(cell: Cell, column: CatalogColumn) -> Iterator[str]:
    followed = cell.follows
    assert followed is not None, "asked before"
    if column.order is not None:
        yield f"Its values are {column.order} from row to row."
        return
    yield (
        f"It follows {followed.column} by a rank correlation of {followed.rho:g}: "
        f"that stands at {followed.share:.4f} of all."
    )


def _read(read: ReadCell) -> str:
    along = f" along {', then '.join(read.along)}" if read.along else ""
    if read.row is None:
        return f"{read.table}.{read.column}{along}"
    return f"{read.table}.{read.column} of row {read.row:,}{along}: {_value(read.value)}"


def _value(value: Any) -> str:
    return "NULL" if value is None else _cut(str(value))


def _shown(value: Any) -> str:
    """Return a parameter's value, cut where it is long."""
    match value:
        case {"value": one, "weight": weight}:
            return f"{_shown(one)} ({weight:g})"
        case dict():
            items = [f"{name}: {_shown(each)}" for name, each in value.items()]
        case list() | tuple():
            items = [_shown(each) for each in value]
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:,.10g}"
        case _:
            return _cut(str(value))
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return ", ".join(items[:_SHOWN]) + more


def _cut(text: str) -> str:
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…"


_OF_KIND: Mapping[str, Callable[[Cell, CatalogTable, CatalogColumn], Iterator[str]]] = {
    "counted": _counted,
    "computed": _generated,
    "foreign key": _of_key,
    "polymorphic key": _polymorphic,
    "type of a polymorphic key": _type,
    "numbers children": _numbered,
    "generated": _generated,
}
