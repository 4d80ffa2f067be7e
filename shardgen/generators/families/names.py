"""First and last names: how common they are, and the names that a row has in other columns."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

import msgspec

from shardgen.generators.context import ColumnContext
from shardgen.generators.locales.locale import Locale, locale_of, sibling_like
from shardgen.generators.parameters import decode_generator
from shardgen.generators.sources import ColumnFunction
from shardgen.generators.value_functions import MappedPicks, PickFunction
from shardgen.generators.weighted_strings import WeightedStrings, mix
from shardgen.tables.values import Dictionary, Text

if TYPE_CHECKING:
    from shardgen.generators.generator import Source
    from shardgen.tables.batch import Batch

Sex = Literal["any", "female", "male"]
SEX_WORDS: dict[str, Sex] = {"any": "any", "female": "female", "male": "male"}
Kind = Literal["first_name", "last_name"]
KINDS: tuple[Kind, Kind] = ("first_name", "last_name")


@cache
def first_names(locale: Locale, sex: Sex = "any") -> WeightedStrings:
    """Return first names by how common they are; half are women's and half men's for any sex."""
    if sex != "any":
        return locale.pool(f"first_name_{sex}")
    return mix((locale.pool("first_name_female"), 0.5), (locale.pool("first_name_male"), 0.5))


def last_names(locale: Locale) -> WeightedStrings:
    """Return last names by how common they are."""
    return locale.pool("last_name")


class NameOfColumn(msgspec.Struct, frozen=True, eq=False):
    """A name that another column has, alone or as an element of its text; else a drawn one."""

    column: ColumnFunction
    position: int
    drawn: PickFunction

    def __call__(self, batch: Batch) -> Dictionary:
        """Return the name of each row."""
        values = self.column(batch)
        name = values.elements[self.position] if isinstance(values, Text) else values
        return name if isinstance(name, Dictionary) else self.drawn(batch)


class RowName(msgspec.Struct, frozen=True, eq=False):
    """Each row's first or last name, unshortened, the locale it is of, and what it is made from."""

    compute: PickFunction
    locale: Locale
    sources: tuple[Source, ...]


def name_in(
    context: ColumnContext, kind: Kind, column: str | None, strings: WeightedStrings
) -> RowName:
    """Return the name that a column of the context's locale has; without one it is drawn."""
    return _named(context, kind, (column, locale_of(context)), strings)


def name_of_row(context: ColumnContext, kind: Kind) -> RowName:
    """
    Return each row's first or last name.

    It is that of the column made by the generator of that kind, else that in the column made by
    full_name, else a drawn one; columns of the context's locale go first.
    """
    column, locale = _column_with(context, kind)
    strings = first_names(locale) if kind == "first_name" else last_names(locale)
    return _named(context, kind, (column, locale), strings)


def _named(
    context: ColumnContext,
    kind: Kind,
    found: tuple[str | None, Locale],
    strings: WeightedStrings,
) -> RowName:
    column, locale = found
    drawn = context.pick_word(strings, kind)
    if column is None:
        return RowName(drawn.compute, locale, (drawn,))
    read = context.read_column(column, "text")
    position = 0 if (kind == "first_name") is not locale.family_first else -1
    return RowName(NameOfColumn(read.compute, position, drawn.compute), locale, (read, drawn))


def _column_with(context: ColumnContext, kind: Kind) -> tuple[str | None, Locale]:
    """Return the column that has the row's first or last name, None without one, and its locale."""
    column, locale = sibling_like(context, locale_of(context), kind)
    return (column, locale) if column else sibling_like(context, locale, "full_name")


@cache
def _longest_slug(locale: Locale, kind: Kind) -> int:
    strings = first_names(locale) if kind == "first_name" else last_names(locale)
    return max(len(locale.slug(name)) for name in strings.values)


def longest_own(context: ColumnContext, kind: Kind) -> int:
    """Return the length of the longest name of a row as a slug."""
    name, locale = _column_with(context, kind)
    if name is not None:
        from shardgen.generators.families.choice import Choice, texts_of

        made = decode_generator(context.table.column(name))
        if isinstance(made, Choice):  # names that the schema lists
            return max(len(locale.slug(text)) for text in texts_of(made.values))
    return _longest_slug(locale, kind)


def slug_of(name: RowName) -> PickFunction:
    """Return the name as a–z."""
    return MappedPicks(name.compute, name.locale.slugged)


def initial_of(name: RowName) -> PickFunction:
    """Return the first letter of the name as a–z."""
    return MappedPicks(name.compute, name.locale.initialled)
