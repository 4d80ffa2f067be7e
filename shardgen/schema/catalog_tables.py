"""
Tables, columns and foreign keys as the catalog has them: what the file says, and what follows.

Everything here is found once, when the catalog is made, and read everywhere after it.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache

import msgspec

from shardgen.errors import join_path
from shardgen.schema.index_elements import CatalogIndex, Keyed, keyed_by, read_index
from shardgen.schema.model import Column, GroupedFanOut, PolymorphicKey, Table
from shardgen.schema.numbered_children import is_met_by_numbers
from shardgen.schema.references import Reference, key_groups, references_of, target_name
from shardgen.schema.sql_text import sql_texts
from shardgen.schema.types import ColumnType, parse_type


class CatalogColumn(Column, frozen=True, kw_only=True):
    """
    A column as the schema declares it, and what follows for it from its table.

    `is_key` says that every value occurs once, `counts_rows` that the column numbers the rows from
    1, `is_identity` that the database counts on from its last value. `reference` is the foreign key
    that it belongs to, `numbers_children` the one whose children it numbers from 1 for each parent.
    `caseless` says that no two of its texts differ in case alone, `first_letters` that so many
    letters tell them apart, and `never_null` that it has no null though it may.
    A `broken` column has a mistake that is reported elsewhere; without `has_type`, its type is one
    that cannot be read, and text stands in for it.
    """

    path: str
    sql_type: ColumnType
    reference: Reference | None
    is_key: bool
    counts_rows: bool
    is_identity: bool
    numbers_children: Reference | None
    has_type: bool
    broken: bool
    caseless: bool = False
    first_letters: int | None = None
    never_null: bool = False

    @property
    def first_number(self) -> int:
        """The number of the first row, where the column counts them."""
        return 1 if self.start is None else self.start

    @property
    def may_be_null(self) -> bool:
        """Whether the column is null in some rows."""
        return self.nullable and not self.primary_key and not self.never_null


class CatalogTable:
    """
    A table with its columns and keys.

    `declared_references` has all foreign keys of the file, those of one column in the order of the
    columns first; `references` has those among them that lead to columns that there are.
    """

    def __init__(self, table: Table, path: str) -> None:
        """Keep what the table alone says; `resolve` finds the rest, once all tables are there."""
        self.name = table.name
        self.path = path
        self.record_count = table.record_count
        self.description = table.description
        self.comment = table.comment
        self.checks = table.checks
        self.exclude = table.exclude
        self.declared = _first_of_each_name((*table.columns, *_target_columns(table)))
        names = {column.name for column in self.declared}
        read = (read_index(index, names) for index in table.indexes)
        self.indexes: tuple[CatalogIndex, ...] = tuple(each for each in read if each is not None)
        self.said_unique = set(table.unique)
        """The lists of columns that the table itself says are unique together."""
        self.declared_references = tuple(references_of(table, path))
        asked = self._indexes_to_meet()
        self.alone = IndexedAlone(asked, _keyed_generated(table, names))
        """What is unique by an index that is no key: over some rows, or computed."""
        self.index_names: dict[str, str] = {}
        """What an index is called where all tables share one room for names, if not by its own."""
        self.primary_key = tuple(column.name for column in self.declared if column.primary_key)
        """The names of the primary key's columns, in the order of the table."""
        self.unique_sets = _unique_sets(table, self.primary_key, names, asked)
        """The sets of two and more columns that are unique together, the primary key first."""
        self.declared_by_name = {key.name: key for key in self.declared_references}
        self.one_of = table.one_of
        self.polymorphic: dict[str, PolymorphicKey] = {
            column.name: column.polymorphic
            for column in self.declared
            if column.polymorphic is not None
        }
        """The polymorphic keys by their columns."""
        self.key_of_type = {key.type_column: name for name, key in self.polymorphic.items()}
        """The column of the polymorphic key whose targets a column tells apart."""
        self._refer = {name for key in self.declared_references for name in key.columns}
        self._refer |= self.polymorphic.keys() | self.key_of_type.keys()
        self.references: tuple[Reference, ...] = ()
        self.key_groups: tuple[tuple[Reference, ...], ...] = ()
        """The references that have columns in common, two and more each, the leader first."""
        self.columns: tuple[CatalogColumn, ...] = ()
        self._columns: dict[str, CatalogColumn] = {}
        self._unique = _unique_alone(table, self.indexes)
        self._keys = {column.name for column in self.declared if column.unique} | self._unique
        self._keys |= {names[0] for names in self.alone.sets if len(names) == 1}
        if len(self.primary_key) == 1:
            self._keys.add(self.primary_key[0])

    def resolve(self, targets: dict[str, set[str]], unsound: Collection[str] = ()) -> None:
        """
        Find the references that lead somewhere, and the columns as they stand beside them.

        `targets` has the names of all tables' columns. What stands at a path in `unsound` is
        broken.
        """
        own = targets[self.name]
        wrong = {c.name for c in self.declared if unsound and self._is_wrong(c, unsound)}
        sound = [
            key
            for key in self.declared_references
            if _leads_somewhere(key, own, targets)
            and key.path not in unsound
            and wrong.isdisjoint(key.columns)
        ]
        paths = {key.path for key in sound}
        unsure = (key.columns for key in self.declared_references if key.path not in paths)
        lost = wrong.union(*unsure)
        self.references = tuple(sound)
        one_to_one = {key.name for key in sound if self.is_key_together(key.columns)}
        self.key_groups = tuple(key_groups(self.references, self.name, one_to_one))
        leading = [key for group in self.key_groups for key in group]
        reference_of: dict[str, Reference] = {}
        for key in (*leading, *sound):
            for name in key.columns:
                reference_of.setdefault(name, key)
        self.columns = tuple(
            self._resolved(column, reference_of.get(column.name), broken=column.name in lost)
            for column in self.declared
        )
        self._columns = {column.name: column for column in self.columns}

    def with_text_bytes(self, sizes: Mapping[str, int]) -> CatalogTable:
        """Return the table with the most bytes that texts of these columns have in their types."""
        columns = tuple(
            msgspec.structs.replace(column, sql_type=ColumnType("text", sizes[column.name]))
            if column.name in sizes
            else column
            for column in self.columns
        )
        table = copy.copy(self)
        vars(table).update(columns=columns, _columns={column.name: column for column in columns})
        return table

    def without_columns(self, names: Iterable[str]) -> CatalogTable:
        """Return the table as one that has not these columns, though keys may name them."""
        left_out = {*names}
        columns = tuple(column for column in self.columns if column.name not in left_out)
        table = copy.copy(self)
        vars(table).update(columns=columns, _columns={column.name: column for column in columns})
        return table

    def called(self, name: str) -> CatalogTable:
        """Return the table by another name; what refers to it does so by its own."""
        table = copy.copy(self)
        table.name = name
        return table

    def as_written(self) -> CatalogTable:
        """Return the table without its hidden columns, and without keys and indexes of them."""
        columns = tuple(column for column in self.columns if not column.hidden)
        if len(columns) == len(self.columns):
            return self
        names = {column.name for column in columns}
        table = copy.copy(self)
        references = tuple(key for key in self.references if names.issuperset(key.columns))
        vars(table).update(
            columns=columns,
            references=references,
            primary_key=tuple(name for name in self.primary_key if name in names),
            unique_sets=tuple(each for each in self.unique_sets if names.issuperset(each)),
            indexes=tuple(index for index in self.indexes if names.issuperset(index.columns)),
            _columns={column.name: column for column in columns},
        )
        return table

    def without_keys_to_hidden(self, written: Mapping[str, CatalogTable]) -> CatalogTable:
        """Return the table without the keys to columns that are not among the written ones."""
        kept = tuple(key for key in self.references if written[key.table].has(key.parent_columns))
        columns = tuple(
            column if column.reference in kept else msgspec.structs.replace(column, reference=None)
            for column in self.columns
        )
        table = copy.copy(self)
        named = {column.name: column for column in columns}
        vars(table).update(references=kept, columns=columns, _columns=named)
        return table

    @property
    def row_columns(self) -> tuple[CatalogColumn, ...]:
        """The columns whose values a row brings: all that the database does not compute."""
        return tuple(column for column in self.columns if column.generated is None)

    def has(self, columns: Iterable[str]) -> bool:
        """Return whether the table has all of these columns."""
        return self._columns.keys() >= set(columns)

    def column(self, name: str) -> CatalogColumn:
        """Return the column of that name; KeyError when there is none."""
        return self._columns[name]

    def refers(self, column: str) -> bool:
        """
        Return whether the column is in a foreign key, be it one that leads nowhere.

        Polymorphic keys are such, with the columns of their types.
        """
        return column in self._refer

    def is_key_together(self, columns: Iterable[str]) -> bool:
        """Return whether these columns are the primary key or one of the unique sets."""
        names = set(columns)
        if len(names) == 1:
            return names <= self._keys
        return any(names == set(unique) for unique in self.unique_sets)

    def is_referable(self, columns: tuple[str, ...]) -> bool:
        """Return whether these columns are a key of all rows, which others may refer to."""
        if len(columns) == 1:
            return self._columns[columns[0]].unique or self.primary_key == columns
        whole = {i.columns for i in self.indexes if i.unique and i.is_over_columns}
        return columns == self.primary_key or columns in whole | self.said_unique

    def leader_of(self, reference: Reference) -> Reference:
        """Return the key that leads where this one has columns in common with others, or itself."""
        return next((group[0] for group in self.key_groups if reference in group), reference)

    def _indexes_to_meet(self) -> list[CatalogIndex]:
        """Return the indexes, without those over rows that have no two of what is unique anyway."""
        columns = {column.name: column for column in self.declared}
        keys = self.declared_references
        return [index for index in self.indexes if not is_met_by_numbers(index, columns, keys)]

    def _is_wrong(self, column: Column, mistakes: Collection[str]) -> bool:
        """Return whether the column, or the dataset that it draws from, has a mistake."""
        dataset = column.generator_params.get("dataset")
        drawn = column.generator == "dataset" and isinstance(dataset, str)
        sources = [join_path("datasets", str(dataset))] if drawn else []
        own = join_path(self.path, "columns", column.name)
        return any(path in mistakes for path in (own, *sources))

    def _resolved(
        self, column: Column, reference: Reference | None, *, broken: bool
    ) -> CatalogColumn:
        sql_type = _type_of(column.stands_for or column.type)
        if sql_type is not None and (column.stands_for or column.enum_name):
            given = column.type.strip() if column.stands_for else ""
            scalar = msgspec.structs.replace(sql_type.scalar, enum_name=column.enum_name or "")
            sql_type = msgspec.structs.replace(sql_type.with_scalar(scalar), given=given)
        is_whole = (sql_type or _TEXT).family == "integer"
        bare = column.primary_key and column.generator is None and reference is None and is_whole
        may_repeat = column.name not in self._keys
        numbers = self._grouped_in_key() if bare and may_repeat else None
        counts = column.auto_increment or column.identity is not None
        counts = counts or (bare and numbers is None)
        unique = column.unique or column.name in self._unique
        declared = {name: getattr(column, name) for name in Column.__struct_fields__}
        return CatalogColumn(
            **declared | {"unique": unique},
            path=join_path(self.path, "columns", column.name),
            sql_type=sql_type or _TEXT,
            reference=reference,
            is_key=column.name in self._keys,
            counts_rows=counts,
            is_identity=counts and len(self.primary_key) == 1,
            numbers_children=numbers,
            has_type=sql_type is not None,
            caseless=column.name in self.alone.caseless,
            first_letters=self.alone.letters.get(column.name),
            never_null=column.name in self.alone.never_null,
            broken=broken or sql_type is None,
        )

    def _grouped_in_key(self) -> Reference | None:
        """Return the grouped foreign key within the primary key whose children can be numbered."""
        grouped = (r for r in self.references if isinstance(r.shape, GroupedFanOut))
        return next((r for r in grouped if set(r.columns) <= set(self.primary_key)), None)


_TEXT = ColumnType("text")
"""What stands in for a type that cannot be read."""


@lru_cache(maxsize=1024)
def _type_of(text: str) -> ColumnType | None:
    try:
        return parse_type(text)
    except ValueError:
        return None


def _first_of_each_name(columns: Iterable[Column]) -> tuple[Column, ...]:
    named: dict[str, Column] = {}
    for column in columns:
        if column.name:
            named.setdefault(column.name, column)
    return tuple(named.values())


class IndexedAlone:
    """
    What is unique by indexes over some rows, over expressions or the beginning of texts.

    It is made so among all rows, and is no key that others could refer to. `sets` has the columns,
    `caseless` those whose letters have no case there, `letters` how many of them count, and
    `never_null` those where null would be a value like others.
    """

    def __init__(self, indexes: Iterable[CatalogIndex], generated: Iterable[Keyed]) -> None:
        """Read the unique indexes, and what makes generated columns unique."""
        special = [i for i in indexes if i.unique and not i.is_over_columns]
        known = [i for i in special if all(each.source for each in i.elements)]
        elements = [each for index in known for each in index.elements]
        sources = [each.source for each in elements if each.source is not None] + [*generated]
        self.sets = {index.columns for index in known} | {(each.column,) for each in generated}
        self.caseless = {each.column for each in sources if each.caseless}
        self.never_null = {each.column for each in sources if each.filled}
        self.never_null.update(*(i.columns for i in known if i.nulls_not_distinct))
        self.letters: dict[str, int] = {}
        for each in elements:
            if each.length is not None:
                self.letters[each.column] = min(
                    each.length, self.letters.get(each.column, each.length)
                )


def _keyed_generated(table: Table, names: Collection[str]) -> list[Keyed]:
    """Return what makes the unique columns that the database computes differ."""
    plain = {i.columns[0] for i in table.indexes if i.unique and len(i.columns) == 1}
    plain |= {each[0] for each in table.unique if len(each) == 1}
    found = []
    for column in table.columns:
        if column.generated is not None and (column.unique or column.name in plain):
            keyed = [keyed_by(text, names) for _, text, _ in sql_texts(column.generated)]
            found += [each for each in keyed if each is not None]
    return found


def _target_columns(table: Table) -> Iterator[Column]:
    """Yield a hidden column for each target of a polymorphic key, which has the key drawn there."""
    for column in table.columns:
        for n in range(0 if column.polymorphic is None else len(column.polymorphic.targets)):
            yield Column(
                name=target_name(column.name, n),
                type=column.type,
                nullable=True,
                hidden=True,
                stands_for=column.stands_for,
            )


def _unique_alone(table: Table, indexes: Iterable[CatalogIndex]) -> set[str]:
    """Return the columns that are unique by an index or a list of their own."""
    alone = {
        index.columns[0]
        for index in indexes
        if index.unique and len(index.columns) == 1 and index.is_over_columns
    }
    return alone | {names[0] for names in table.unique if len(names) == 1}


def _unique_sets(
    table: Table, primary_key: tuple[str, ...], known: set[str], indexes: Iterable[CatalogIndex]
) -> tuple[tuple[str, ...], ...]:
    unique = (index for index in indexes if index.unique)
    indexed = (i.columns for i in unique if all(each.source for each in i.elements))
    sets = (primary_key, *table.unique, *indexed)
    return tuple(dict.fromkeys(names for names in sets if len(names) > 1 and known >= set(names)))


def places_around(paths: Iterable[str]) -> frozenset[str]:
    """Return the places that one of these paths is, or is inside of."""
    paths = [*paths]
    cuts = ((path, n) for path in paths for n, sign in enumerate(path) if sign in ".[")
    return frozenset(paths).union(path[:n] for path, n in cuts)


def _leads_somewhere(key: Reference, own: set[str], targets: dict[str, set[str]]) -> bool:
    there = targets.get(key.table)
    if there is None or not key.columns or len(key.columns) != len(key.parent_columns):
        return False
    return own >= set(key.columns) and there >= set(key.parent_columns)


def may_be_null(table: CatalogTable, reference: Reference) -> bool:
    """Return whether the foreign key leads nowhere in some rows."""
    return nullable_column(table, reference) is not None


def nullable_column(table: CatalogTable, reference: Reference) -> str | None:
    """
    Return a column of the foreign key that is null wherever the key leads nowhere, if it may.

    One null is enough for a database not to look for a parent, so all nullable columns are such.
    """
    columns = (table.column(name) for name in reference.columns)
    return next((column.name for column in columns if column.may_be_null), None)
