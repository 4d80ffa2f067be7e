"""People: names, e-mail addresses, phone and social security numbers, passwords, jobs."""

from __future__ import annotations

import string
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import numpy as np
from msgspec import Meta

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext, ColumnFunction, Generator, generator
from shardgen.generators.locales.locale import LOCALES, Locale, locale_of, sibling_like
from shardgen.generators.locales.pools import load_pool
from shardgen.generators.text_parts import (
    Layout,
    PickMaker,
    Strings,
    first_that_fits,
    longest,
    mix,
    picks,
    serial_length,
    shorten,
    slot_filler,
    slot_length,
    slot_size,
    text_sibling,
)
from shardgen.random.distributions import Uniform
from shardgen.tables.values import Dictionary, Integers, Part, Pool, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from shardgen.random.streams import Indices, Words
    from shardgen.tables.batch import Batch

Sex = Literal["any", "female", "male"]
Kind = Literal["first_name", "last_name"]


@cache
def first_names(locale: Locale, sex: Sex = "any") -> Strings:
    """Return first names by how common they are; half are women's and half men's for any sex."""
    if sex != "any":
        return locale.pool(f"first_name_{sex}")
    return mix((locale.pool("first_name_female"), 0.5), (locale.pool("first_name_male"), 0.5))


def last_names(locale: Locale) -> Strings:
    """Return last names by how common they are."""
    return locale.pool("last_name")


@generator("first_name")
class FirstName(Generator, frozen=True):
    """A first name, by how common it is: a woman's, a man's, or either in equal shares."""

    sex: Sex = "any"

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        return context.pick(*first_names(locale_of(context), self.sex))


@generator("last_name")
class LastName(Generator, frozen=True):
    """A last name, by how common it is."""

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        return context.pick(*last_names(locale_of(context)))


@generator("full_name")
class FullName(Generator, frozen=True):
    """
    First and last name in the order of the locale: the row's own, else drawn.

    The row's own are those of columns of the same locale. Names that do not fit the column are left
    out, and then those of other columns are not used. A unique column draws its own names, with a
    middle initial (in Arabic the father's name, in Japanese none), so that there are 18 million of
    them; other locales have a million or more, Japanese 40,000.
    """

    sex: Sex = "any"

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        locale = locale_of(context)
        if context.unique:
            return self._drawn(context, locale, Layout(locale.unique_name))
        layout = Layout(locale.full_name)
        length = longest(first_names(locale)) + layout.fixed + longest(last_names(locale))
        fits = length <= (context.max_length or 1 << 30)
        own = sibling_like(context, locale, "first_name", "last_name", only=True)[0]
        if not fits or own is None:
            return self._drawn(context, locale, layout)
        first = _name_of_row(context, "first_name", sex=self.sex, only=True)[0]
        last = _name_of_row(context, "last_name", only=True)[0]
        return lambda batch: layout.text({"first": first(batch), "last": last(batch)})

    def _drawn(self, context: ColumnContext, locale: Locale, layout: Layout) -> ColumnFunction:
        pools = {
            "first": first_names(locale, self.sex),
            "father": first_names(locale, "male"),
            "initial": (tuple(string.ascii_uppercase), (1.0,) * 26),
            "last": last_names(locale),
        }
        names = [pools[slot] for slot in layout.slots]
        draw = picks(context, *shorten(context.max_length, layout.fixed, *names))
        return lambda batch: layout.text(dict(zip(layout.slots, draw(batch), strict=True)))


def _name_of_row(
    context: ColumnContext, kind: Kind, *whole: str, sex: Sex = "any", only: bool = False
) -> tuple[PickMaker, Locale]:
    """
    Return the maker of each row's first or last name, unshortened, and the locale it is of.

    It is that of the column made by `kind`, else that in the column made by one of `whole`, else
    the generator's own; columns of the context's locale go first, and are the `only` ones if so said.
    """
    column, locale = _source(context, kind, *whole, only=only)
    strings = first_names(locale, sex) if kind == "first_name" else last_names(locale)
    own = context.pick(*strings, purpose=kind, whole=False)
    if column is None:
        return own, locale
    read = context.reads_column(column, "text")
    place = 0 if (kind == "first_name") is not locale.family_first else -1

    def make(batch: Batch) -> Dictionary:
        values = read(batch)
        name = values.parts[place] if isinstance(values, Text) else values
        return name if isinstance(name, Dictionary) else own(batch)

    return make, locale


def _source(
    context: ColumnContext, kind: Kind, *whole: str, only: bool = False
) -> tuple[str | None, Locale]:
    """Return the column that has the row's first or last name, None for none, and its locale."""
    column, locale = sibling_like(context, locale_of(context), kind, only=only)
    return (column, locale) if column else sibling_like(context, locale, *whole, only=only)


@cache
def _longest_slug(locale: Locale, kind: Kind) -> int:
    strings = first_names(locale) if kind == "first_name" else last_names(locale)
    return max(len(locale.slug(name)) for name in strings[0])


class _Names:
    """The row's own names as a–z: those of its columns, in whichever locale they are."""

    def __init__(self, context: ColumnContext) -> None:
        """Find them; nothing is read yet."""
        self._site = context
        self.longest_first, self.longest_last = (
            _longest_slug(_source(context, kind, "full_name")[1], kind) for kind in get_args(Kind)
        )

    def parts(self, *, initial: bool) -> tuple[PickMaker, PickMaker]:
        """Return the makers of first name, or its initial, and last name."""
        first, of_first = _name_of_row(self._site, "first_name", "full_name")
        last, of_last = _name_of_row(self._site, "last_name", "full_name")
        short = of_first.initialled if initial else of_first.slugged
        return lambda batch: short(first(batch)), lambda batch: of_last.slugged(last(batch))


@generator("email")
class Email(Generator, frozen=True):
    """
    An e-mail address in ASCII, at a domain reserved for examples, from the row's own names.

    `ann.smith@example.com`, and `ann.smith4821@example.com` on a unique column, where the number is
    one that no other row has; it follows letters only, so no two addresses are alike. Where that is
    too long for the column, `a.smith…`, and then `u4821@example.com`. The names are those of the
    columns made by first_name and last_name, else by full_name, else drawn; names of other scripts
    are spelled in Latin letters.
    """

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        domains = load_pool("reserved_domain")
        number = (context.serial(),) if context.unique else ()
        digits = serial_length(context)
        end = (digits if number else 0) + 1 + longest(domains)

        def address(*local: Callable[[Batch], Part]) -> ColumnFunction:
            domain = context.pick(*domains, purpose="domain", whole=False)
            return lambda batch: Text((*(part(batch) for part in local), "@", domain(batch)))

        def named(*, initial: bool) -> ColumnFunction:
            first, last = names.parts(initial=initial)
            return address(first, _dot, last, *number)

        names = _Names(context)
        last = names.longest_last
        return first_that_fits(
            context,
            (names.longest_first + 1 + last + end, lambda: named(initial=False)),
            (1 + 1 + last + end, lambda: named(initial=True)),
            (1 + digits + 1 + longest(domains), lambda: address(lambda _: "u", context.serial())),
        )


def _dot(batch: Batch) -> str:
    del batch
    return "."


@generator("username")
class Username(Generator, frozen=True):
    """
    A login name in ASCII from the row's own names: initial, last name, number (`asmith42`).

    On a unique column the number is one that no other row has. Where that is too long for the
    column, `u4821`. Where the table has columns of names, they are those an `email` of the row has.
    """

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        digits = serial_length(context)
        names = _Names(context)

        def named() -> ColumnFunction:
            first, last = names.parts(initial=True)
            number = context.serial() if context.unique else _two_digits(context)
            return lambda batch: Text((first(batch), last(batch), number(batch)))

        def numbered() -> ColumnFunction:
            number = context.serial()
            return lambda batch: Text(("u", number(batch)))

        end = digits if context.unique else 2
        return first_that_fits(
            context, (1 + names.longest_last + end, named), (1 + digits, numbered)
        )


def _two_digits(context: ColumnContext) -> Callable[[Batch], Integers]:
    number = context.ticket(90, purpose="number")
    return lambda batch: Integers(number(batch) + 10, 10, 99)


_SYMBOLS = string.ascii_letters + string.digits + "!#"  # 64, none of which SQL must escape
_PAIRS = Pool(map("".join, product(_SYMBOLS, repeat=2)))
_SINGLES = Pool(_SYMBOLS)
_WORD_SYMBOLS = 10  # of 6 bits each, from one 64-bit word


@generator("password")
class Password(Generator, frozen=True):
    """
    `length` random characters of a–z, A–Z, 0–9, "!" and "#".

    On a unique column the first ten (or all, when there are fewer) are a permutation of the rows,
    so that no two are alike.
    """

    length: Annotated[int, Meta(ge=4, le=128)] = 12

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        if context.max_length is not None and self.length > context.max_length:
            what = f"length {self.length} is more than {context.type} holds"
            raise BindError(what, "choose a longer type or a smaller length")
        first = min(self.length, _WORD_SYMBOLS)
        ticket = context.ticket(64**first)
        sizes = [
            min(self.length - start, _WORD_SYMBOLS)
            for start in range(first, self.length, _WORD_SYMBOLS)
        ]
        more = [(context.words(f"word {n}"), size) for n, size in enumerate(sizes)]

        def make(batch: Batch) -> Text:
            parts = _symbols(ticket(batch), first)
            for words, size in more:
                parts += _symbols(_low_bits(words(batch)), size)
            return Text(tuple(parts))

        return make


def _low_bits(words: Words) -> Indices:
    return (words & np.uint64((1 << 6 * _WORD_SYMBOLS) - 1)).view(np.int64)


def _symbols(bits: Indices, count: int) -> list[Dictionary]:
    """Write the low 6·count bits as `count` symbols, two a pick."""
    pairs = [Dictionary((bits >> 12 * n) & 4095, _PAIRS) for n in range(count // 2)]
    if count % 2:
        pairs.append(Dictionary((bits >> 6 * (count - 1)) & 63, _SINGLES))
    return pairs


@generator("phone")
class Phone(Generator, frozen=True):
    """
    A phone number as the locale's country writes it: `(212) 555-0147`, `030 23125147`.

    `international` is `+1-212-555-0147`, `digits` `2125550147`, `us` an American number in any
    locale. Nobody has these numbers, or hardly anybody: the exchange 555 in the US, the ranges that
    Britain, France and Germany reserve for films, and in Egypt and Japan such as cannot be dialled.
    A unique column takes any number, so that there are 5 billion, and 200 million or more in other
    countries. Where only 12 characters fit, an American one
    is `212-555-0147`.
    """

    format: Literal["national", "us", "international", "digits"] = "national"

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        locale = LOCALES["en_US"] if self.format == "us" else locale_of(context)
        numbers = locale.unique_phone if context.unique else locale.phone
        if self.format == "digits":
            numbers = numbers.without_marks()
        slots = numbers.slots
        fill = slot_filler(slots)
        draw = context.combination(*map(slot_size, slots))

        def written(layout: Layout) -> tuple[int, Callable[[], ColumnFunction]]:
            def make(batch: Batch) -> Text:
                return layout.text(fill(draw(batch)))

            return layout.fixed + sum(map(slot_length, slots)), lambda: make

        of_format = (numbers.international,) if self.format == "international" else numbers.national
        return first_that_fits(context, *(written(Layout(layout)) for layout in of_format))


_NO_AREA = 666


@generator("ssn")
class Ssn(Generator, frozen=True):
    """
    A US social security number, `123-45-6789`; where only nine characters fit, its digits.

    It is an American one in every locale. Area, group and serial are ones that can be issued: no
    area 000, 666 or 900 and above, no group 00, no serial 0000.
    """

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        draw = context.combination(898, 99, 9999)

        def written(layout: Layout) -> ColumnFunction:
            def make(batch: Batch) -> Text:
                area, group, serial = draw(batch)
                area += 1
                area += area >= _NO_AREA
                parts = (
                    Integers(area, 1, 899, digits=3),
                    Integers(group + 1, 1, 99, digits=2),
                    Integers(serial + 1, 1, 9999, digits=4),
                )
                return layout.text(dict(zip(layout.slots, parts, strict=True)))

            return make

        forms = Layout("{area}-{group}-{serial}"), Layout("{area}{group}{serial}")
        return first_that_fits(
            context, (11, lambda: written(forms[0])), (9, lambda: written(forms[1]))
        )


@generator("ssn_last_4")
class SsnLast4(Generator, frozen=True):
    """The last four digits of a US social security number: the row's `ssn`, else 0001 to 9999."""

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        return first_that_fits(context, (4, lambda: self._bind(context)))

    def _bind(self, context: ColumnContext) -> ColumnFunction:
        own = context.units(Uniform(), 1, 9999, 0)
        column = None if context.unique else text_sibling(context, "ssn")
        if column is None:
            return lambda batch: Text((Integers(own(batch), 1, 9999, digits=4),))
        read = context.reads_column(column, "text")

        def make(batch: Batch) -> Text:
            number = read(batch)
            assert isinstance(number, Text), "the generator ssn makes text of parts"
            return Text(number.parts[-1:])

        return make


@generator("job_title")
class JobTitle(Generator, frozen=True):
    """An occupation, such as "Structural engineer", in the locale's language."""

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        return context.pick(*locale_of(context).pool("job_title"))
