"""What the documented relationships say against the foreign keys, which are what counts."""

from __future__ import annotations

from collections.abc import Iterator

from shardgen.errors import Mistake, nearest, shown
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.messages import suggestion
from shardgen.schema.model import RELATIONSHIP_TYPES, Relationship

End = tuple[str, str]
"""A table and a column of it."""


def check_relationships(catalog: Catalog) -> Iterator[Mistake]:
    """Yield what is wrong with each relationship."""
    for n, relationship in enumerate(catalog.schema.relationships):
        yield from _check(catalog, relationship, f"relationships[{n}]")


def _check(catalog: Catalog, said: Relationship, path: str) -> Iterator[Mistake]:
    kind = said.relationship_type
    if kind and kind not in RELATIONSHIP_TYPES:
        what = f"unknown value {shown(kind)}"
        hint = suggestion(kind, list(RELATIONSHIP_TYPES))
        yield Mistake(f"{path}.relationship_type", what, hint)
    ends = (said.from_table, said.from_column), (said.to_table, said.to_column)
    unknown = [
        mistake
        for word, end in zip(("from", "to"), ends, strict=True)
        for mistake in _check_end(catalog, end, f"{path}.{word}")
    ]
    yield from unknown
    if unknown or not all(map(all, ends)) or not all(t.name for t in catalog.schema.tables):
        return
    if kind == "many_to_many":
        yield from _check_junction(catalog, said, path)
    else:
        yield from _check_key(catalog, ends, kind, path)


def _check_end(catalog: Catalog, end: End, path: str) -> Iterator[Mistake]:
    """Yield that there is no such table or column; what is not said is not wrong."""
    table, column = end
    tables = list(catalog.by_name)
    if table and table not in tables:
        yield Mistake(f"{path}_table", f"there is no table {shown(table)}", nearest(table, tables))
    elif table and column:
        names = [c.name for c in catalog.table(table).columns]
        if column not in names:
            what = f"there is no column {shown(column)} in table {table!r}"
            yield Mistake(f"{path}_column", what, nearest(column, names))


def _keys(table: CatalogTable) -> Iterator[tuple[str, End]]:
    """Yield each column of a foreign key with what it refers to."""
    for key in table.declared_references:
        for name, parent in zip(key.columns, key.parent_columns, strict=False):
            yield name, (key.table, parent)


def _leads(catalog: Catalog, child: End, parent: End) -> bool:
    return (child[1], parent) in _keys(catalog.table(child[0]))


def _check_key(catalog: Catalog, ends: tuple[End, End], kind: str, path: str) -> Iterator[Mistake]:
    """A foreign key leads from the many to the one; one to one it may lead either way."""
    first, second = ends
    forth, back = _leads(catalog, first, second), _leads(catalog, second, first)
    if not forth and not back:
        what = f"there is no foreign key from {_dotted(first)} to {_dotted(second)}"
        keys = dict(_keys(catalog.table(first[0])))
        leads = keys.get(first[1])
        hint = f"it leads to {_dotted(leads)}" if leads else 'the column needs a "foreign_key"'
        yield Mistake(path, what, hint)
    elif (kind == "many_to_one" and not forth) or (kind == "one_to_many" and not back):
        child, parent = (second, first) if back else (first, second)
        other = "one_to_many" if kind == "many_to_one" else "many_to_one"
        what = f"the foreign key leads from {_dotted(child)} to {_dotted(parent)}"
        yield Mistake(f"{path}.relationship_type", what, f"that is {other!r} as it stands")


def _check_junction(catalog: Catalog, said: Relationship, path: str) -> Iterator[Mistake]:
    """Many to many is a table that refers to both."""
    wanted = [(said.from_table, said.from_column), (said.to_table, said.to_column)]
    for table in catalog.tables:
        targets = [target for _, target in _keys(table)]
        if all(targets.count(end) >= wanted.count(end) for end in wanted):
            return
    what = f"no table refers to both {_dotted(wanted[0])} and {_dotted(wanted[1])}"
    yield Mistake(path, what, "many to many needs a table with a foreign key to each")


def _dotted(end: End) -> str:
    return f"{end[0]}.{end[1]}"
