"""People: names, e-mail addresses, phone and social security numbers, passwords, jobs."""

from __future__ import annotations

import string
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from msgspec import Meta

from shardgen.columns import Integers, Part, Picks, Pool, Text
from shardgen.distributions import Uniform
from shardgen.generators.base import Generator, Maker, Refused, Site, generator
from shardgen.generators.wording import (
    PickMaker,
    Strings,
    first_that_fits,
    initialled,
    longest,
    mix,
    picks,
    serial_length,
    shorten,
    slug,
    slugged,
    text_sibling,
)
from shardgen.pools import load_pool

if TYPE_CHECKING:
    from collections.abc import Callable

    from shardgen.batch import Batch
    from shardgen.rng import Indices, Words

Sex = Literal["any", "female", "male"]


@cache
def first_names(sex: Sex = "any") -> Strings:
    """Return first names by how common they are; half are women's and half men's for any sex."""
    if sex != "any":
        return load_pool(f"first_name_{sex}")
    return mix((load_pool("first_name_female"), 0.5), (load_pool("first_name_male"), 0.5))


def last_names() -> Strings:
    """Return last names by how common they are."""
    return load_pool("last_name")


@generator("first_name")
class FirstName(Generator, frozen=True):
    """A US first name, by how common it is: a woman's, a man's, or either in equal shares."""

    sex: Sex = "any"

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        return site.pick(*first_names(self.sex))


@generator("last_name")
class LastName(Generator, frozen=True):
    """A US last name, by how common it is."""

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        return site.pick(*last_names())


@generator("full_name")
class FullName(Generator, frozen=True):
    """
    First and last name: the row's own where the table has them as columns, else drawn.

    Names that do not fit the column are left out, and then those of other columns are not used. A
    unique column draws its own names, with a middle initial, so that there are 18 million of them.
    """

    sex: Sex = "any"

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        if site.unique:
            return self._unique(site)
        fits = longest(first_names()) + 1 + longest(last_names()) <= (site.max_length or 1 << 30)
        if fits and text_sibling(site, "first_name", "last_name") is not None:
            first = _name_of_row(site, "first_name", sex=self.sex)
            last = _name_of_row(site, "last_name")
            return lambda batch: Text((first(batch), " ", last(batch)))
        draw = picks(site, *shorten(site.max_length, 1, first_names(self.sex), last_names()))

        def make(batch: Batch) -> Text:
            first, last = draw(batch)
            return Text((first, " ", last))

        return make

    def _unique(self, site: Site) -> Maker:
        letters = tuple(string.ascii_uppercase), (1.0,) * 26
        names = shorten(site.max_length, 3, first_names(self.sex), letters, last_names())
        draw = picks(site, *names)

        def make(batch: Batch) -> Text:
            first, middle, last = draw(batch)
            return Text((first, " ", middle, ". ", last))

        return make


def _name_of_row(
    site: Site, kind: Literal["first_name", "last_name"], *whole: str, sex: Sex = "any"
) -> PickMaker:
    """
    Return the maker of each row's first or last name, unshortened.

    It is that of the column made by `kind`, else that in the column made by one of `whole`, else
    the generator's own.
    """
    strings = first_names(sex) if kind == "first_name" else last_names()
    own = site.pick(*strings, purpose=kind, whole=False)
    column = text_sibling(site, kind) or text_sibling(site, *whole)
    if column is None:
        return own
    read = site.reads_column(column, "text")
    place = 0 if kind == "first_name" else -1

    def make(batch: Batch) -> Picks:
        values = read(batch)
        name = values.parts[place] if isinstance(values, Text) else values
        return name if isinstance(name, Picks) else own(batch)

    return make


@cache
def _longest_slug(kind: Literal["first_name", "last_name"]) -> int:
    strings = first_names() if kind == "first_name" else last_names()
    return max(len(slug(name)) for name in strings[0])


def _names_of_row(site: Site) -> tuple[PickMaker, PickMaker]:
    return (
        _name_of_row(site, "first_name", "full_name"),
        _name_of_row(site, "last_name", "full_name"),
    )


@generator("email")
class Email(Generator, frozen=True):
    """
    An e-mail address in ASCII, at a domain reserved for examples, from the row's own names.

    `ann.smith@example.com`, and `ann.smith4821@example.com` on a unique column, where the number is
    one that no other row has; it follows letters only, so no two addresses are alike. Where that is
    too long for the column, `a.smith…`, and then `u4821@example.com`. The names are those of the
    columns made by first_name and last_name, else by full_name, else drawn.
    """

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        domains = load_pool("reserved_domain")
        number = (site.serial(),) if site.unique else ()
        digits = serial_length(site)
        end = (digits if number else 0) + 1 + longest(domains)

        def address(*local: Callable[[Batch], Part]) -> Maker:
            domain = site.pick(*domains, purpose="domain", whole=False)
            return lambda batch: Text((*(part(batch) for part in local), "@", domain(batch)))

        def named(*, initial: bool) -> Maker:
            first, last = _names_of_row(site)
            short = initialled if initial else slugged
            return address(
                lambda batch: short(first(batch)), _dot, lambda batch: slugged(last(batch)), *number
            )

        last = _longest_slug("last_name")
        return first_that_fits(
            site,
            (_longest_slug("first_name") + 1 + last + end, lambda: named(initial=False)),
            (1 + 1 + last + end, lambda: named(initial=True)),
            (1 + digits + 1 + longest(domains), lambda: address(lambda _: "u", site.serial())),
        )


def _dot(batch: Batch) -> str:
    del batch
    return "."


@generator("username")
class Username(Generator, frozen=True):
    """
    A login name in ASCII from the row's own names: initial, last name, number (`asmith42`).

    On a unique column the number is one that no other row has. Where that is too long for the
    column, `u4821`. The names are those an `email` of the same row has.
    """

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        digits = serial_length(site)

        def named() -> Maker:
            first, last = _names_of_row(site)
            number = site.serial() if site.unique else _two_digits(site)
            return lambda batch: Text(
                (initialled(first(batch)), slugged(last(batch)), number(batch))
            )

        def numbered() -> Maker:
            number = site.serial()
            return lambda batch: Text(("u", number(batch)))

        end = digits if site.unique else 2
        return first_that_fits(
            site, (1 + _longest_slug("last_name") + end, named), (1 + digits, numbered)
        )


def _two_digits(site: Site) -> Callable[[Batch], Integers]:
    number = site.ticket(90, purpose="number")
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

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        if site.max_length is not None and self.length > site.max_length:
            what = f"length {self.length} is more than {site.type} holds"
            raise Refused(what, "choose a longer type or a smaller length")
        first = min(self.length, _WORD_SYMBOLS)
        ticket = site.ticket(64**first)
        sizes = [
            min(self.length - start, _WORD_SYMBOLS)
            for start in range(first, self.length, _WORD_SYMBOLS)
        ]
        more = [(site.words(f"word {n}"), size) for n, size in enumerate(sizes)]

        def make(batch: Batch) -> Text:
            parts = _symbols(ticket(batch), first)
            for words, size in more:
                parts += _symbols(_low_bits(words(batch)), size)
            return Text(tuple(parts))

        return make


def _low_bits(words: Words) -> Indices:
    return (words & np.uint64((1 << 6 * _WORD_SYMBOLS) - 1)).view(np.int64)


def _symbols(bits: Indices, count: int) -> list[Picks]:
    """Write the low 6·count bits as `count` symbols, two a pick."""
    pairs = [Picks((bits >> 12 * n) & 4095, _PAIRS) for n in range(count // 2)]
    if count % 2:
        pairs.append(Picks((bits >> 6 * (count - 1)) & 63, _SINGLES))
    return pairs


# The North American numbering plan: [2-9][0-8]x without x11, and [2-9]xx without x11.
_AREAS = tuple(str(n) for n in range(200, 990) if n // 10 % 10 != 9 and n % 100 != 11)
_EXCHANGES = tuple(str(n) for n in range(200, 1000) if n % 100 != 11)


@generator("phone")
class Phone(Generator, frozen=True):
    """
    A US phone number: `(212) 555-0147`, international `+1-212-555-0147`, digits `2125550147`.

    The exchange is 555, which hardly anybody has. A unique column takes any exchange, so that there
    are 5 billion numbers. Where only 12 characters fit, `us` is `212-555-0147`.
    """

    format: Literal["us", "international", "digits"] = "us"

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        exchanges = Pool(_EXCHANGES if site.unique else ("555",))
        areas = Pool(_AREAS)
        draw = site.combination(len(areas), len(exchanges), 10_000)

        def written(before: str, after: str, between: str) -> tuple[int, Callable[[], Maker]]:
            def make(batch: Batch) -> Text:
                area, exchange, line = draw(batch)
                return _joined(
                    before,
                    Picks(area, areas),
                    after,
                    Picks(exchange, exchanges),
                    between,
                    Integers(line, 0, 9999, digits=4),
                )

            return len(before + after + between) + 10, lambda: make

        return first_that_fits(site, *(written(*marks) for marks in _MARKS[self.format]))


_MARKS = {
    "us": (("(", ") ", "-"), ("", "-", "-")),
    "international": (("+1-", "-", "-"),),
    "digits": (("", "", ""),),
}


def _joined(*parts: Part) -> Text:
    """Return the parts as text, empty literals left out."""
    return Text(tuple(part for part in parts if not isinstance(part, str) or part))


_NO_AREA = 666


@generator("ssn")
class Ssn(Generator, frozen=True):
    """
    A US social security number, `123-45-6789`; where only nine characters fit, its digits.

    Area, group and serial are ones that can be issued: no area 000, 666 or 900 and above, no group
    00, no serial 0000.
    """

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        draw = site.combination(898, 99, 9999)

        def written(mark: str) -> Maker:
            def make(batch: Batch) -> Text:
                area, group, serial = draw(batch)
                area += 1
                area += area >= _NO_AREA
                return _joined(
                    Integers(area, 1, 899, digits=3),
                    mark,
                    Integers(group + 1, 1, 99, digits=2),
                    mark,
                    Integers(serial + 1, 1, 9999, digits=4),
                )

            return make

        return first_that_fits(site, (11, lambda: written("-")), (9, lambda: written("")))


@generator("ssn_last_4")
class SsnLast4(Generator, frozen=True):
    """The last four digits of a social security number: the row's own `ssn`, else 0001 to 9999."""

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        return first_that_fits(site, (4, lambda: self._bind(site)))

    def _bind(self, site: Site) -> Maker:
        own = site.units(Uniform(), 1, 9999, 0)
        column = None if site.unique else text_sibling(site, "ssn")
        if column is None:
            return lambda batch: Text((Integers(own(batch), 1, 9999, digits=4),))
        read = site.reads_column(column, "text")

        def make(batch: Batch) -> Text:
            number = read(batch)
            assert isinstance(number, Text), "the generator ssn makes text of parts"
            return Text(number.parts[-1:])

        return make


@generator("job_title")
class JobTitle(Generator, frozen=True):
    """An occupation, such as "Structural engineer"."""

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        return site.pick(*load_pool("job_title"))
