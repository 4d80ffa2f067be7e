"""Companies: invented names, and the domains and addresses that go with them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from shardgen.columns import Part, Picks, Text
from shardgen.generators.base import Generator, Maker, Site, generator
from shardgen.generators.locales import Locale, locale_of, sibling_like
from shardgen.generators.wording import (
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
from shardgen.pools import load_pool

if TYPE_CHECKING:
    from collections.abc import Callable

    from shardgen.batch import Batch

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

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        locale = locale_of(site)
        layout, slots = Layout(locale.company), ("stem", "kind", "suffix")
        pools = _stems(locale), locale.pool("company_kind"), locale.pool("company_suffix")
        draw = picks(site, *shorten(site.max_length, layout.fixed, *pools))
        return lambda batch: layout.text(dict(zip(slots, draw(batch), strict=True)))


_COMPANY = ("company", "company_name")


def _words_of_row(site: Site) -> tuple[Callable[[Batch], tuple[Picks, Picks]], Locale]:
    """Return the maker of stem and kind of the row's company, else drawn ones, and their locale."""
    column, locale = sibling_like(site, locale_of(site), *_COMPANY)
    if column is None:
        stem = site.pick(*_stems(locale), purpose="stem", whole=False)
        kind = site.pick(*locale.pool("company_kind"), purpose="kind", whole=False)
        return lambda batch: (stem(batch), kind(batch)), locale
    read = site.reads_column(column, "text")
    places = [Layout(locale.company).place(slot) for slot in ("stem", "kind")]

    def make(batch: Batch) -> tuple[Picks, Picks]:
        name = read(batch)
        assert isinstance(name, Text), "the generator company makes text of parts"
        stem, kind = (name.parts[place] for place in places)
        assert isinstance(stem, Picks), "its first word is picked"
        assert isinstance(kind, Picks), "its second word is picked"
        return stem, kind

    return make, locale


def _domain_length(site: Site, locale: Locale) -> int:
    """Return the most characters of the longest form of a domain, in or near a locale."""
    of_words = sibling_like(site, locale, *_COMPANY)[1]
    return (
        _longest_slug(of_words, kind=False)
        + 1
        + _longest_slug(of_words, kind=True)
        + (serial_length(site) if site.unique else 0)
        + len(_TLD)
    )


@generator("domain")
class Domain(Generator, frozen=True):
    """
    An internet domain that cannot exist, from the row's own company: `bluefield-logistics.example`.

    A unique column has a number before the dot that no other row has. Where that is too long for
    the column, `bluefield.example`, and then `c4821.example`.
    """

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        number = (site.serial(),) if site.unique else ()

        def named(*, kind: bool) -> Maker:
            words, locale = _words_of_row(site)

            def make(batch: Batch) -> Text:
                stem, line = map(locale.slugged, words(batch))
                more: tuple[Part, ...] = ("-", line) if kind else ()
                return Text((stem, *more, *(n(batch) for n in number), _TLD))

            return make

        def numbered() -> Maker:
            serial = site.serial()
            return lambda batch: Text(("c", serial(batch), _TLD))

        locale = locale_of(site)
        length = _domain_length(site, locale)
        kind = 1 + _longest_slug(sibling_like(site, locale, *_COMPANY)[1], kind=True)
        return first_that_fits(
            site,
            (length, lambda: named(kind=True)),
            (length - kind, lambda: named(kind=False)),
            (1 + serial_length(site) + len(_TLD), numbered),
        )


@generator("company_email")
class CompanyEmail(Generator, frozen=True):
    """
    An address of the row's own company, such as `info@bluefield.example.com`.

    It is at the row's own domain where the table has one, else at a host named after the company,
    else after a drawn one. On a unique column the host has a number that no other row has, or is
    the row's own unique domain. Where that is too long, `info@c4821.example.com`.
    """

    def bind(self, site: Site) -> Maker:
        """See Generator."""
        return first_that_fits(site, *_at_own_domain(site), _at_company(site), _at_number(site))


def _mailbox(site: Site, host: Callable[[Batch], tuple[Part, ...]]) -> Maker:
    mailbox = site.pick(*_MAILBOXES, purpose="mailbox", whole=False)
    return lambda batch: Text((mailbox(batch), "@", *host(batch)))


def _at_own_domain(site: Site) -> list[Form]:
    name, locale = sibling_like(site, locale_of(site), "domain")
    if name is None:
        return []
    column = site.table.column(name)
    if site.unique and not site.table.is_key(column):
        return []
    digits = serial_length(site) if site.table.is_key(column) and not site.unique else 0
    length = min(_domain_length(site, locale) + digits, column.sql_type.max_length or 1 << 30)

    def bind() -> Maker:
        read = site.reads_column(name, "text")

        def host(batch: Batch) -> tuple[Part, ...]:
            domain = read(batch)
            assert isinstance(domain, Text), "the generator domain makes text of parts"
            return domain.parts

        return _mailbox(site, host)

    return [(longest(_MAILBOXES) + 1 + length, bind)]


def _at_company(site: Site) -> Form:
    domains = load_pool("reserved_domain")

    def bind() -> Maker:
        words, locale = _words_of_row(site)
        number = (site.serial(),) if site.unique else ()
        domain = site.pick(*domains, purpose="domain", whole=False)

        def host(batch: Batch) -> tuple[Part, ...]:
            stem, _ = words(batch)
            return locale.slugged(stem), *(n(batch) for n in number), ".", domain(batch)

        return _mailbox(site, host)

    digits = serial_length(site) if site.unique else 0
    locale = sibling_like(site, locale_of(site), *_COMPANY)[1]
    name = _longest_slug(locale, kind=False) + digits
    return longest(_MAILBOXES) + 1 + name + 1 + longest(domains), bind


def _at_number(site: Site) -> Form:
    domains = load_pool("reserved_domain")

    def bind() -> Maker:
        serial = site.serial()
        domain = site.pick(*domains, purpose="domain", whole=False)
        return _mailbox(site, lambda batch: ("c", serial(batch), ".", domain(batch)))

    return longest(_MAILBOXES) + 2 + serial_length(site) + 1 + longest(domains), bind
