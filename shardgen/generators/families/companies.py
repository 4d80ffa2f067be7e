"""Companies: invented names, and the domains and addresses that go with them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from shardgen.generators.context import ColumnContext, ColumnFunction, Generator, generator
from shardgen.generators.locales.locale import Locale, locale_of, sibling_like
from shardgen.generators.locales.pools import load_pool
from shardgen.generators.text_parts import (
    Form,
    Layout,
    Strings,
    first_that_fits,
    longest,
    mix,
    picks,
    serial_length,
    shorten,
)
from shardgen.tables.values import Dictionary, Part, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from shardgen.tables.batch import Batch

_TLD = ".example"  # reserved by RFC 2606, as the pool reserved_domain is
_MAILBOXES: Strings = (
    ("info", "sales", "office", "contact", "support"),
    (40.0, 20.0, 15.0, 15.0, 10.0),
)


@cache
def _stems(locale: Locale) -> Strings:
    """Return first words of company names: invented ones, and last names of founders."""
    return mix((locale.pool("company_stem"), 0.7), (locale.pool("last_name"), 0.3))


@cache
def _longest_slug(locale: Locale, *, kind: bool) -> int:
    strings = locale.pool("company_kind") if kind else _stems(locale)
    return max(map(len, map(locale.slug, strings[0])))


@generator("company", "company_name")
class Company(Generator, frozen=True):
    """
    A company name, such as "Bluefield Logistics LLC", with the legal forms of the locale's country.

    A unique column has 347,000 of them, and in other countries 28,000 or more. Words that do not
    fit the column are left out.
    """

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        locale = locale_of(context)
        layout, slots = Layout(locale.company), ("stem", "kind", "suffix")
        pools = _stems(locale), locale.pool("company_kind"), locale.pool("company_suffix")
        draw = picks(context, *shorten(context.max_length, layout.fixed, *pools))
        return lambda batch: layout.text(dict(zip(slots, draw(batch), strict=True)))


_COMPANY = ("company", "company_name")


def _words_of_row(
    context: ColumnContext,
) -> tuple[Callable[[Batch], tuple[Dictionary, Dictionary]], Locale]:
    """Return the maker of stem and kind of the row's company, else drawn ones, and their locale."""
    column, locale = sibling_like(context, locale_of(context), *_COMPANY)
    if column is None:
        stem = context.pick(*_stems(locale), purpose="stem", whole=False)
        kind = context.pick(*locale.pool("company_kind"), purpose="kind", whole=False)
        return lambda batch: (stem(batch), kind(batch)), locale
    read = context.reads_column(column, "text")
    places = [Layout(locale.company).place(slot) for slot in ("stem", "kind")]

    def make(batch: Batch) -> tuple[Dictionary, Dictionary]:
        name = read(batch)
        assert isinstance(name, Text), "the generator company makes text of parts"
        stem, kind = (name.parts[place] for place in places)
        assert isinstance(stem, Dictionary), "its first word is picked"
        assert isinstance(kind, Dictionary), "its second word is picked"
        return stem, kind

    return make, locale


def _domain_length(context: ColumnContext, locale: Locale) -> int:
    """Return the most characters of the longest form of a domain, in or near a locale."""
    of_words = sibling_like(context, locale, *_COMPANY)[1]
    return (
        _longest_slug(of_words, kind=False)
        + 1
        + _longest_slug(of_words, kind=True)
        + (serial_length(context) if context.unique else 0)
        + len(_TLD)
    )


@generator("domain")
class Domain(Generator, frozen=True):
    """
    An internet domain that cannot exist, from the row's own company: `bluefield-logistics.example`.

    A unique column has a number before the dot that no other row has. Where that is too long for
    the column, `bluefield.example`, and then `c4821.example`.
    """

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        number = (context.serial(),) if context.unique else ()

        def named(*, kind: bool) -> ColumnFunction:
            words, locale = _words_of_row(context)

            def make(batch: Batch) -> Text:
                stem, line = map(locale.slugged, words(batch))
                more: tuple[Part, ...] = ("-", line) if kind else ()
                return Text((stem, *more, *(n(batch) for n in number), _TLD))

            return make

        def numbered() -> ColumnFunction:
            serial = context.serial()
            return lambda batch: Text(("c", serial(batch), _TLD))

        locale = locale_of(context)
        length = _domain_length(context, locale)
        kind = 1 + _longest_slug(sibling_like(context, locale, *_COMPANY)[1], kind=True)
        return first_that_fits(
            context,
            (length, lambda: named(kind=True)),
            (length - kind, lambda: named(kind=False)),
            (1 + serial_length(context) + len(_TLD), numbered),
        )


@generator("company_email")
class CompanyEmail(Generator, frozen=True):
    """
    An address of the row's own company, such as `info@bluefield.example.com`.

    It is at the row's own domain where the table has one, else at a host named after the company,
    else after a drawn one. On a unique column the host has a number that no other row has, or is
    the row's own unique domain. Where that is too long, `info@c4821.example.com`.
    """

    def bind(self, context: ColumnContext) -> ColumnFunction:
        """See Generator."""
        return first_that_fits(
            context, *_at_own_domain(context), _at_company(context), _at_number(context)
        )


def _mailbox(context: ColumnContext, host: Callable[[Batch], tuple[Part, ...]]) -> ColumnFunction:
    mailbox = context.pick(*_MAILBOXES, purpose="mailbox", whole=False)
    return lambda batch: Text((mailbox(batch), "@", *host(batch)))


def _at_own_domain(context: ColumnContext) -> list[Form]:
    name, locale = sibling_like(context, locale_of(context), "domain")
    if name is None:
        return []
    column = context.table.column(name)
    if context.unique and not column.is_key:
        return []
    digits = serial_length(context) if column.is_key and not context.unique else 0
    length = min(_domain_length(context, locale) + digits, column.sql_type.max_length or 1 << 30)

    def bind() -> ColumnFunction:
        read = context.reads_column(name, "text")

        def host(batch: Batch) -> tuple[Part, ...]:
            domain = read(batch)
            assert isinstance(domain, Text), "the generator domain makes text of parts"
            return domain.parts

        return _mailbox(context, host)

    return [(longest(_MAILBOXES) + 1 + length, bind)]


def _at_company(context: ColumnContext) -> Form:
    domains = load_pool("reserved_domain")

    def bind() -> ColumnFunction:
        words, locale = _words_of_row(context)
        number = (context.serial(),) if context.unique else ()
        domain = context.pick(*domains, purpose="domain", whole=False)

        def host(batch: Batch) -> tuple[Part, ...]:
            stem, _ = words(batch)
            return locale.slugged(stem), *(n(batch) for n in number), ".", domain(batch)

        return _mailbox(context, host)

    digits = serial_length(context) if context.unique else 0
    locale = sibling_like(context, locale_of(context), *_COMPANY)[1]
    name = _longest_slug(locale, kind=False) + digits
    return longest(_MAILBOXES) + 1 + name + 1 + longest(domains), bind


def _at_number(context: ColumnContext) -> Form:
    domains = load_pool("reserved_domain")

    def bind() -> ColumnFunction:
        serial = context.serial()
        domain = context.pick(*domains, purpose="domain", whole=False)
        return _mailbox(context, lambda batch: ("c", serial(batch), ".", domain(batch)))

    return longest(_MAILBOXES) + 2 + serial_length(context) + 1 + longest(domains), bind
