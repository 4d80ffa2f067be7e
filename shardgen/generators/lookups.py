"""What a generator may read around its column: other columns, parents along keys, children."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Self

from shardgen.errors import BindError, FollowsFromMistakeError, nearest
from shardgen.generators.sources import ColumnRead, OwnColumn, OwnNull, ParentColumn, ParentNull
from shardgen.schema.model import GroupedFanOut
from shardgen.schema.qualified_names import table_called

if TYPE_CHECKING:
    from shardgen.schema.catalog import Catalog
    from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
    from shardgen.schema.references import Reference


class SchemaLookups:
    """
    A column with its table and the schema around it; names are looked up there.

    Every lookup raises FollowsFromMistakeError where it finds something that has a mistake itself.
    """

    def __init__(self, catalog: Catalog, table: CatalogTable, column: CatalogColumn) -> None:
        """Look names up for a column of a table."""
        self.catalog = catalog
        self.table = table
        self.column = column
        self.child_tables: set[str] = set()
        """The tables whose rows are counted or added up."""

    def seen_from(self, table: str) -> Self:
        """Return the same with another table, in which names are looked up."""
        other = copy.copy(self)
        other.table = self.catalog.table(table)
        return other

    def read_column(self, name: str, *families: str) -> ColumnRead:
        """
        Return another column of the same row.

        BindError when there is no such column, or its type is of another family than these.
        """
        names = [column.name for column in self.table.columns]
        if name not in names:
            msg = f"column {name!r} is not in table {self.table.name!r}"
            raise BindError(msg, nearest(name, names))
        column = self.table.column(name)
        if not column.has_type:
            raise FollowsFromMistakeError(name)
        if families and column.sql_type.family not in families:
            raise BindError(f"column {name!r} is {column.type}, not {' or '.join(families)}")
        return ColumnRead(
            table=self.table, column=column, compute=OwnColumn(name), null=OwnNull(name)
        )

    def read_parent(self, relation: str, name: str, *families: str) -> ColumnRead:
        """
        Return a column of the row's parent along the foreign key `relation`.

        BindError when there is no such column, or its type is of another family than these.
        """
        parent = self.catalog.table(self.relation(relation).table)
        names = [column.name for column in parent.columns]
        if name not in names:
            msg = f"{self.column.generator} needs a column {name!r} of table {parent.name!r}"
            raise BindError(msg, nearest(name, names))
        column = parent.column(name)
        if not column.has_type:
            raise FollowsFromMistakeError(name)
        if families and column.sql_type.family not in families:
            msg = f"column {parent.name}.{name} is {column.type}, not {' or '.join(families)}"
            raise BindError(msg)
        return ColumnRead(
            table=parent,
            column=column,
            compute=ParentColumn(relation, name),
            null=ParentNull(relation, name),
        )

    def read_path(self, path: str, *families: str) -> ColumnRead:
        """
        Return the column at a path: one of the row, or `relation.column` of its parent.

        `relation` is any name that `relation_called` takes. BindError when there is no such column,
        or its type is of another family than these.
        """
        word, dot, name = path.partition(".")
        if not dot or any(column.name == path for column in self.table.columns):
            return self.read_column(path, *families)
        return self.read_parent(self.relation_called(word).name, name, *families)

    def relation(self, name: str) -> Reference:
        """Return the table's foreign key of that name; BindError when there is none."""
        self._follow_mistakes(self.table, lambda reference: reference.name == name)
        names = [reference.name for reference in self.table.references]
        if name not in names:
            msg = f"{name!r} is no foreign key of table {self.table.name!r}"
            raise BindError(msg, nearest(name, names) or _listed("its foreign keys are", names))
        return self.table.references[names.index(name)]

    def relation_called(self, word: str) -> Reference:
        """
        Return the foreign key that a path such as `product.price` means by its first word.

        It may be the key's own name, that without `_id`, or the name of the table that it leads to,
        where no other key leads there. BindError for any other word.
        """
        self._follow_mistakes(
            self.table,
            lambda reference: word in (reference.name, reference.name.removesuffix("_id")),
        )
        references = self.table.references
        for name in (word, f"{word}_id"):
            for reference in references:
                if reference.name == name:
                    return reference
        to = table_called(word, {reference.table: None for reference in references})
        leading = [reference for reference in references if reference.table == to]
        if len(leading) == 1:
            return leading[0]
        names = [reference.name for reference in references]
        if leading:
            msg = f"{len(leading)} foreign keys of {self.table.name!r} lead to {word!r}"
            raise BindError(msg, "use the key's own name: " + ", ".join(r.name for r in leading))
        msg = f"{word!r} is no foreign key of table {self.table.name!r}"
        raise BindError(msg, nearest(word, names) or _listed("its foreign keys are", names))

    def child_relation(self, word: str) -> tuple[str, str]:
        """
        Return the table and the foreign key that `visits` or `visits.patient_id` means.

        It leads here and is grouped; BindError when there is no such key, or more than one.
        """
        names = [t.name for t in self.catalog.tables]
        whole, (first, _, rest) = table_called(word, names), word.rpartition(".")
        table, key = (whole, "") if whole else (table_called(first, names), rest)
        if table is None:
            named = first or word
            raise BindError(f"there is no table {named!r}", nearest(named, names))
        self.child_tables.add(table)
        child = self.catalog.table(table)
        self._follow_mistakes(child, lambda reference: reference.table == self.table.name)
        leading = [r for r in child.references if r.table == self.table.name]
        chosen = [r for r in leading if r.name == key] if key else leading
        if len(chosen) != 1:
            msg = f"{len(chosen)} foreign keys of {table!r} lead to {self.table.name!r}"
            listed = ") or count(from ".join(f"{table}.{r.name}" for r in leading)
            hint = f"name one, as in count(from {listed})"
            nested = "rows that lead to these are added up first: sum(sum(c.x) from b)"
            raise BindError(msg, hint if leading else nested)
        relation = chosen[0]
        if not isinstance(relation.shape, GroupedFanOut):
            msg = f"the rows of {table!r} with the same {relation.name} do not lie together"
            raise BindError(msg, f'set "fan_out": "grouped" on {table}.{relation.name}')
        return table, relation.name

    def grouped(self, name: str) -> Reference:
        """Return the table's foreign key of that name; BindError unless it is grouped."""
        reference = self.relation(name)
        if not isinstance(reference.shape, GroupedFanOut):
            msg = f"the rows of {self.table.name!r} with the same {name} do not lie together"
            raise BindError(msg, f'set "fan_out": "grouped" on {name}')
        return reference

    @staticmethod
    def _follow_mistakes(table: CatalogTable, is_meant: Callable[[Reference], bool]) -> None:
        """Raise FollowsFromMistakeError where a foreign key that is meant has a mistake itself."""
        for reference in table.declared_references:
            if is_meant(reference) and reference not in table.references:
                raise FollowsFromMistakeError(reference.name)


def _listed(start: str, names: Sequence[str]) -> str:
    return f"{start} {', '.join(names)}" if names else ""
