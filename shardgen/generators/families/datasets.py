"""Datasets: rows whose values belong together, such as a city with its state and its zip code."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import msgspec
import numpy as np

from shardgen.errors import BindError, nearest
from shardgen.generators.column_paths import ResolvedColumn, WithNulls, resolve_path
from shardgen.generators.context import (
    ColumnContext,
    ColumnFunction,
    Generator,
    IndexFunction,
    generator,
)
from shardgen.generators.families.choice import Choice, Constant, table_of
from shardgen.generators.families.times import dates_from_text
from shardgen.generators.parameters import decode_generator
from shardgen.random.distributions import Weighted
from shardgen.random.weighted import WeightedIntervals
from shardgen.tables.casts import cast
from shardgen.tables.values import (
    Booleans,
    Dates,
    Dictionary,
    Integers,
    Pool,
    Text,
    Timestamps,
    Values,
)

if TYPE_CHECKING:
    from shardgen.random.streams import Indices, Words
    from shardgen.schema.catalog_tables import CatalogColumn
    from shardgen.schema.model import ReferenceDataset
    from shardgen.schema.types import ColumnType
    from shardgen.tables.batch import Batch

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?")
_TRUTHS = {"true": True, "false": False, "1": True, "0": False}
_MOST_INTEGERS = 1 << 20  # values of an integer column that rows are given by
_MOST_TOGETHER = 1 << 20  # combinations of the values of several columns
_MOST_WEIGHT = 1e300
_MOST_DIGITS = 28  # before the point: what arithmetic keeps, and more than any type holds
_LISTED = 5  # values that a message lists


@generator("dataset")
class FromDataset(Generator, frozen=True):
    """
    A value of a row of `dataset`, one of the schema's `datasets`, by the weights of its rows.

    `column` is the dataset's, by default that of the column's own name. All columns of a row that
    name the same dataset, `draw` and `given` have their values from one row of it; another `draw`,
    any word, is another row. With `given`, such as {"state": "address.state"}, it is a row whose
    value there equals that column, of the same table or of the parent's; with several, all of them.
    On a unique column no row comes twice.
    """

    dataset: str
    column: str | None = None
    draw: str = ""
    given: dict[str, str] = msgspec.field(default_factory=dict)

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        rows = _Rows(context, self)
        cells = rows.cells(context.column)
        table = _table(context, cells)
        index = rows.index()
        missing = np.array([cell is None for cell in cells])

        def make(batch: Batch) -> Values:
            return table.take(index(batch))

        if not missing.any():
            return make
        if not context.column.nullable or context.column.primary_key:
            what = f"row {int(missing.argmax()) + 1} of dataset {self.dataset!r} has no value"
            raise BindError(f"{what}, and the column is not nullable", 'set "nullable": true')
        return WithNulls(make, lambda batch: missing.take(index(batch)))


class _Rows:
    """The rows of a dataset that a column has its values from, and which one each row has."""

    def __init__(self, context: ColumnContext, made: FromDataset) -> None:
        known = context.catalog.datasets
        if made.dataset not in known:
            hint = nearest(made.dataset, known) or (
                _named("there are", known) if known else 'add it to the schema: "datasets"'
            )
            raise BindError(f"there is no dataset {made.dataset!r}", hint)
        self.context = context
        self.made = made
        self.data: ReferenceDataset = known[made.dataset]
        self.count = len(self.data.rows)
        if not self.count:
            raise BindError(f"the dataset {made.dataset!r} has no rows")

    def cells(self, column: CatalogColumn) -> list[Any]:
        """Return the dataset's values for a column, one for each row, None where there is none."""
        name = str(column.generator_params.get("column") or column.name)
        return [
            None if cell is None else _cell(cell, column.sql_type, self._where(n))
            for n, cell in enumerate(self.raw(name))
        ]

    def index(self) -> IndexFunction:
        """Return the maker of the row of the dataset that each row has, once for all columns."""
        purpose = msgspec.json.encode([*self._parts()]).decode()
        leader = self._leader()
        if leader is None or leader.name == self.context.column.name:
            draw = self._drawn(purpose) if not self.context.unique else self._each_once()
            return lambda batch: batch.shared(purpose, draw)
        return self._following(leader, purpose)

    def raw(self, name: str) -> list[Any]:
        """Return a column of the dataset as it is given; BindError when there is none."""
        if name not in self.data.columns:
            hint = nearest(name, self.data.columns) or _named("it has", self.data.columns)
            what = f"the dataset {self.made.dataset!r} has no column {name!r}"
            raise BindError(what, hint)
        at = self.data.columns.index(name)
        return [row[at] for row in self.data.rows]

    def _where(self, n: int) -> str:
        return f"row {n + 1} of dataset {self.made.dataset!r}"

    def _parts(self) -> tuple[str, str, dict[str, str]]:
        return self.made.dataset, self.made.draw, self.made.given

    # Rows by weight

    def weights(self) -> list[float]:
        """Return the weight of each row."""
        if self.data.weight is None:
            return [1.0] * self.count
        return [weight_of(cell) or 0.0 for cell in self.raw(self.data.weight)]

    def _drawn(self, purpose: str) -> IndexFunction:
        """Return the maker of rows by weight, of all or of those that are given."""
        words = self.context.shared_words(f"dataset {purpose}")
        if not self.made.given:
            steps = WeightedIntervals(self.weights())
            return lambda batch: steps.draw(words(batch))
        given = _Given(self)
        return lambda batch: given.groups.draw(words(batch), given(batch))

    # Unique columns

    def _members(self) -> list[CatalogColumn]:
        """Return the columns of the table that have their values from the same row."""
        return [c for c in self.context.table.columns if _parts_of(c) == self._parts()]

    def _leader(self) -> CatalogColumn | None:
        """Return which of these all rows follow: one that must not repeat, alone or with others."""
        table, members = self.context.table, self._members()
        together = {name for names in table.unique_sets for name in names}
        led = [c for c in members if c.is_key] or [c for c in members if c.name in together]
        return led[0] if led else None

    def _each_once(self) -> IndexFunction:
        """Return the maker of rows each at most once; BindError when that repeats values."""
        if self.made.given:
            raise BindError("a unique column cannot be given by another", "leave out one of them")
        column, table = self.context.column, self.context.table
        sets = [names for names in table.unique_sets if column.name in names]
        for names in [(column.name,)] if column.is_key else sets:
            self._refuse_twins([c for c in self._members() if c.name in names])
        return self.context.ticket(self.count)

    def _refuse_twins(self, columns: list[CatalogColumn]) -> None:
        """Refuse values of these columns that more than one row of the dataset has."""
        seen: set[tuple[Any, ...]] = set()
        for n, row in enumerate(zip(*map(self.cells, columns), strict=True)):
            if row in seen and None not in row:
                shown = ", ".join(map(str, row))
                what = f"{self._where(n)} has {shown} a second time, and the column is unique"
                raise BindError(what, "leave out unique, or that row")
            seen.add(row)

    def _following(self, leader: CatalogColumn, purpose: str) -> IndexFunction:
        """Return the maker of the rows that another column has chosen."""
        context = self.context
        context.reads.append((context.table.name, leader.name))
        if context.together is not None:
            context.together.join(1, context.column.name)
        elif context.unique:
            self._refuse_twins([context.column])

        def index(batch: Batch) -> Indices:
            batch.column(leader.name)  # it notes its rows
            return batch.shared(purpose, self._unnoted)

        return index

    def _unnoted(self, batch: Batch) -> Indices:
        raise AssertionError(f"{self.made} of {len(batch)} rows has been drawn by its leader")


def _parts_of(column: CatalogColumn) -> tuple[object, object, object] | None:
    """Return the dataset, draw and given of a column; None when no dataset makes it."""
    if column.generator != "dataset":
        return None
    said = column.generator_params
    return said.get("dataset"), said.get("draw") or "", said.get("given") or {}


Key = tuple[str, ...]
"""A value of each column that is given."""


class _Groups:
    """The rows of a dataset, those with the same key together; those without one nowhere."""

    def __init__(self, keys: Sequence[Key | None], weights: Sequence[float]) -> None:
        self.numbers: dict[Key, int] = {}
        """The number of each group, by its key."""
        numbers = self.numbers
        group = np.array(
            [-1 if key is None else numbers.setdefault(key, len(numbers)) for key in keys]
        )
        self._order = group.argsort(kind="stable")[np.count_nonzero(group < 0) :]
        self._starts = group[self._order].searchsorted(np.arange(len(numbers) + 1))
        self._steps = WeightedIntervals([weights[n] for n in self._order.tolist()] or [1.0])

    def draw(self, words: Words, number: Indices) -> Indices:
        """Return a row of each group by weight."""
        first, stop = self._starts.take(number), self._starts.take(number + 1)
        return self._order.take(self._steps.draw_within(words, first, stop))


class _Given:
    """
    The group of each row: the rows of the dataset that have the values of all given columns there.

    BindError when values that each occur do not occur together in the dataset.
    """

    def __init__(self, rows: _Rows) -> None:
        self._matches = [_Match(rows, *given) for given in rows.made.given.items()]
        cells = zip(*(match.keys for match in self._matches), strict=True)
        keys = [None if None in row else tuple(map(str, row)) for row in cells]
        self.groups = _Groups(keys, rows.weights())
        if math.prod(len(match.numbers) for match in self._matches) > _MOST_TOGETHER:
            names = " and ".join(rows.made.given)
            what = f"{names} have more than {_MOST_TOGETHER} combinations of values"
            raise BindError(what, "give fewer columns")
        together = list(product(*(match.numbers for match in self._matches)))
        missing = [key for key in together if key not in self.groups.numbers]
        missing = [key for key in missing if all(map(_Match.occurs, self._matches, key))]
        if missing:
            what = f"{missing[0][-1]!r} with " + ", ".join(map(repr, missing[0][:-1]))
            more = f", nor {len(missing) - 1} others" if len(missing) > 1 else ""
            names = " and ".join(rows.made.given)
            what = f"no row of dataset {rows.made.dataset!r} has the {names} {what}{more}"
            raise BindError(what, "add a row for each, or give fewer columns")
        numbers = [self.groups.numbers.get(key, 0) for key in together]
        self._groups = np.array(numbers, np.int64)

    def __call__(self, batch: Batch) -> Indices:
        """Return the number of the group of each row."""
        first, *others = self._matches
        place = first(batch)
        for match in others:
            place = place * len(match.numbers) + match(batch)
        return self._groups.take(place)


class _Match:
    """
    The value which the column at a path has in each row, as its number in a dataset's column.

    BindError when that column is no choice among values, or has some that the dataset has not.
    """

    def __init__(self, rows: _Rows, name: str, path: str) -> None:
        reached = resolve_path(rows.context, path, "text", "enum", "integer", "boolean")
        family = reached.column.sql_type.family
        self.keys = [None if cell is None else _key(cell, family) for cell in rows.raw(name)]
        """The value of each row of the dataset."""
        values = dict.fromkeys(key for key in self.keys if key is not None)
        self.numbers = {key: n for n, key in enumerate(values)}
        self._what = f"finds no row of {rows.made.dataset!r} that has the {name} "
        self._path = path
        self._make = reached.make
        listed = _listed_values(rows.context, reached)
        self._listed = None if listed is None else {_key(value, family) for value in listed}
        self._of_pool: WeakKeyDictionary[Pool, Indices] = WeakKeyDictionary()
        self._of_span: dict[tuple[int, int], Indices] = {}

    def occurs(self, key: str) -> bool:
        """Return whether the column may have the value, for all that is known."""
        return self._listed is None or key in self._listed

    def __call__(self, batch: Batch) -> Indices:
        """Return the number of each row's value."""
        match self._make(batch):
            case Dictionary(indices, pool):
                if pool not in self._of_pool:
                    self._of_pool[pool] = self._found(pool.values)
                return self._of_pool[pool].take(indices)
            case Booleans(values):
                return self._found(("false", "true")).take(values.astype(np.int64))
            case Integers(values, low, high):
                if (low, high) not in self._of_span:
                    self._of_span[low, high] = self._found(self._between(low, high))
                return self._of_span[low, high].take(values - low)
        what = f"cannot match {self._path}, which is composed text and no choice among values"
        raise BindError(what, "give a column that is picked from a list")

    def _between(self, low: int, high: int) -> list[str]:
        if high - low >= _MOST_INTEGERS:
            what = f"cannot match {self._path}, which has values from {low} to {high}"
            raise BindError(what, f"at most {_MOST_INTEGERS} different ones can be given")
        return list(map(str, range(low, high + 1)))

    def _found(self, keys: Sequence[str]) -> Indices:
        """Return the number of each key; those that never occur get any."""
        numbers = self.numbers
        missing = [key for key in keys if key not in numbers and self.occurs(key)]
        if missing:
            more = f" and {len(missing) - _LISTED} more" if len(missing) > _LISTED else ""
            hint = f"add a row for each, or let {self._path} have values of the dataset only"
            raise BindError(self._what + ", ".join(map(repr, missing[:_LISTED])) + more, hint)
        return np.array([numbers.get(key, 0) for key in keys], np.int64)


def _listed_values(context: ColumnContext, reached: ResolvedColumn) -> list[Any] | None:
    """Return the only values that a column has; None where they are all within its bounds."""
    column, data = reached.column, context.catalog.datasets
    if column.generator is None or reached.column.reference is not None:
        return None
    try:
        made = decode_generator(column)
    except BindError:
        return None  # reported where that column stands
    listed: list[Any] | None = None
    if isinstance(made, Choice):
        listed = [v.value if isinstance(v, Weighted) else v for v in made.values]
    elif isinstance(made, Constant):
        listed = [made.value]
    elif isinstance(made, FromDataset) and made.dataset in data:
        listed = _Rows(context, made).raw(made.column or column.name)
    return None if listed is None else [value for value in listed if value is not None]


# Cells


def weight_of(cell: object) -> float | None:
    """Return a weight, a number or its text; None when it is no positive number."""
    if isinstance(cell, str) and _NUMBER.fullmatch(cell.strip()):
        cell = float(cell)
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return None
    return float(cell) if 0 < cell <= _MOST_WEIGHT else None


def _key(cell: Any, family: str) -> str:
    """Return a cell as the text that equal values of a column have: 5 for "05" among integers."""
    text = _text(cell)
    if family == "integer" and _NUMBER.fullmatch(text):
        number = Decimal(text)
        return str(int(number)) if number == number.to_integral_value() else text
    if family == "boolean":
        return _text(_TRUTHS.get(text.lower(), text))
    return text


def _text(cell: Any) -> str:
    """Return a cell as text."""
    return cell if isinstance(cell, str) else msgspec.json.encode(cell).decode()


def _cell(cell: Any, kind: ColumnType, where: str) -> Any:
    """Return a cell as what a column of that type holds; BindError when it is none."""
    text = _text(cell)
    match kind.family:
        case "integer" | "decimal" | "float":
            if _NUMBER.fullmatch(text.strip()) and Decimal(text.strip()).adjusted() < _MOST_DIGITS:
                return Decimal(text.strip())
        case "boolean":
            if text.strip().lower() in _TRUTHS:
                return _TRUTHS[text.strip().lower()]
        case "date" | "timestamp":
            try:
                return _moment(text.strip(), kind)
            except BindError:
                pass
        case _:
            return _fitting(text, kind, where)
    raise BindError(f"{where} has {text!r}, which is no {kind}")


def _moment(text: str, kind: ColumnType) -> int:
    """Return the days or the seconds since 1970 of an ISO date or timestamp."""
    values = cast(dates_from_text([text]), kind)
    return values.low if isinstance(values, (Dates, Timestamps)) else 0


def _fitting(text: str, kind: ColumnType, where: str) -> str:
    if kind.max_length is not None and len(text) > kind.max_length:
        raise BindError(f"{where} has {text!r}, {len(text)} characters, and the column is {kind}")
    if "\0" in text:
        raise BindError(f"{where} has {text!r}, with a NUL, which no database stores")
    if kind.family == "uuid":
        from uuid import UUID

        try:
            return str(UUID(text))
        except ValueError:
            raise BindError(f"{where} has {text!r}, which is no uuid") from None
    return text


def _table(context: ColumnContext, cells: Sequence[Any]) -> Values:
    """Return cells as a column, one row each; where there is none, the first that there is."""
    stand_in = next((cell for cell in cells if cell is not None), None)
    if stand_in is None:
        raise BindError("the dataset has no value for the column in any row")
    values = [stand_in if cell is None else cell for cell in cells]
    match context.type.family:
        case "integer" | "decimal" | "float" | "boolean":
            return table_of(context, values)
        case "date":
            return Dates(np.array(values, np.int64), min(values), max(values))
        case "timestamp":
            return Timestamps(np.array(values, np.int64), min(values), max(values))
    pool = Pool(dict.fromkeys(values))
    place = {text: n for n, text in enumerate(pool.values)}
    picks = Dictionary(np.array([place[text] for text in values], np.int64), pool)
    return Text((picks,)) if context.type.family == "uuid" else picks


def _named(start: str, names: Iterable[str]) -> str:
    return f"{start} {', '.join(names)}"
