"""Companies: invented names, and the domains and addresses that go with them."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, ClassVar

import msgspec

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext
from shardgen.generators.families.people import bind_email
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.locales.locale import Locale, locale_of, sibling_like
from shardgen.generators.locales.pools import load_pool
from shardgen.generators.registry import generator
from shardgen.generators.sources import ColumnFunction, ColumnRead
from shardgen.generators.text_parts import (
    Layout,
    LayoutText,
    TextForm,
    first_that_fits,
    picks,
    serial_length,
)
from shardgen.generators.value_functions import (
    ElementFunction,
    MappedPicks,
    PickFunction,
    TextFunction,
)
from shardgen.generators.weighted_strings import WeightedStrings, mix, shorten
from shardgen.random.overriding import override
from shardgen.tables.values import Dictionary, Text

if TYPE_CHECKING:
    from shardgen.generators.generator import Source
    from shardgen.tables.batch import Batch

_HOST = re.compile(
    r"(?!.{254})(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z][a-zA-Z0-9-]*[a-zA-Z0-9]"
)
_TLD = ".example"  # reserved by RFC 2606, as the pool reserved_domain is
_MAILBOXES = WeightedStrings(
    ("info", "sales", "office", "contact", "support"),
    (40.0, 20.0, 15.0, 15.0, 10.0),
)


@cache
def _stems(locale: Locale) -> WeightedStrings:
    """Return first words of company names: invented ones, and last names of founders."""
    return mix((locale.pool("company_stem"), 0.7), (locale.pool("last_name"), 0.3))


@cache
def _longest_stem(locale: Locale) -> int:
    """Return the length of the longest first word as a slug."""
    return max(map(len, map(locale.slug, _stems(locale).values)))


@cache
def _longest_kind(locale: Locale) -> int:
    """Return the length of the longest second word as a slug."""
    return max(map(len, map(locale.slug, locale.pool("company_kind").values)))


@generator("company", "company_name")
class Company(Generator, frozen=True):
    """
    A company name, such as "Bluefield Logistics LLC", with the legal forms of the locale's country.

    A unique column has 347,000 of them, and in other countries 28,000 or more. Words that do not
    fit the column are left out.
    """

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        locale = locale_of(context)
        layout = Layout(locale.company)
        pools = _stems(locale), locale.pool("company_kind"), locale.pool("company_suffix")
        words = picks(context, *shorten(context.max_length, layout.fixed, *pools))
        text = LayoutText(layout, ("stem", "kind", "suffix"), words.compute)
        return BoundGenerator.of(text, words)


_COMPANY = ("company", "company_name")


class CompanyWord(msgspec.Struct, frozen=True, eq=False):
    """One word of a company's name, by its position in the text of the generator `company`."""

    name: ColumnFunction
    position: int

    def __call__(self, batch: Batch) -> Dictionary:
        """Return the word of each row."""
        name = self.name(batch)
        assert isinstance(name, Text), "the generator company makes text of elements"
        word = name.elements[self.position]
        assert isinstance(word, Dictionary), "its words are picked"
        return word


class _Words(msgspec.Struct, frozen=True, eq=False):
    """The first two words of each row's company as slugs, and what they are made from."""

    stem: PickFunction
    kind: PickFunction
    sources: tuple[Source, ...]


def _words_of_row(context: ColumnContext) -> _Words:
    """Return the words of the row's company, else drawn ones."""
    column, locale = sibling_like(context, locale_of(context), *_COMPANY)
    sources: tuple[Source, ...]
    if column is None:
        drawn = (
            context.pick_word(_stems(locale), "stem"),
            context.pick_word(locale.pool("company_kind"), "kind"),
        )
        stem, kind = (draw.compute for draw in drawn)
        sources = drawn
    else:
        read = context.read_column(column, "text")
        layout = Layout(locale.company)
        stem = CompanyWord(read.compute, layout.position("stem"))
        kind = CompanyWord(read.compute, layout.position("kind"))
        sources = (read,)
    slugged = locale.slugged
    return _Words(MappedPicks(stem, slugged), MappedPicks(kind, slugged), sources)


def _serial(context: ColumnContext) -> tuple[ElementFunction, ...]:
    """Return a number that no other row has, on a unique column."""
    return (context.serial(),) if context.unique else ()


def _domain_length(context: ColumnContext, locale: Locale) -> int:
    """Return the most characters of the longest form of a domain, in or near a locale."""
    of_words = sibling_like(context, locale, *_COMPANY)[1]
    return (
        _longest_stem(of_words)
        + 1
        + _longest_kind(of_words)
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

    beside: ClassVar[tuple[str, ...]] = _COMPANY

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        def of_both_words() -> BoundGenerator:
            words = _words_of_row(context)
            text = TextFunction((words.stem, "-", words.kind, *_serial(context), _TLD))
            return BoundGenerator.of(text, *words.sources)

        def of_first_word() -> BoundGenerator:
            words = _words_of_row(context)
            text = TextFunction((words.stem, *_serial(context), _TLD))
            return BoundGenerator.of(text, *words.sources)

        def of_number() -> BoundGenerator:
            return BoundGenerator(compute=TextFunction(("c", context.serial(), _TLD)))

        locale = locale_of(context)
        length = _domain_length(context, locale)
        kind = 1 + _longest_kind(sibling_like(context, locale, *_COMPANY)[1])
        return first_that_fits(
            context,
            TextForm(length, of_both_words),
            TextForm(length - kind, of_first_word),
            TextForm(1 + serial_length(context) + len(_TLD), of_number),
        )


@generator("company_email")
class CompanyEmail(Generator, frozen=True):
    """
    An address of the row's own company, such as `info@bluefield.example.com`.

    It is at the row's own domain where the table has one, else at a host named after the company,
    else after a drawn one. On a unique column the host has a number that no other row has, or is
    the row's own unique domain. Where that is too long, `info@c4821.example.com`. With a `domain`
    it is that of one who works there, as an `email` of the row's own names.
    """

    beside: ClassVar[tuple[str, ...]] = (
        *_COMPANY, "domain", "first_name", "last_name", "full_name",
    )  # fmt: skip

    domain: str | None = None

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        if self.domain is not None:
            if not _HOST.fullmatch(self.domain):
                raise BindError(f"{self.domain!r} is no internet domain", 'such as "acme.example"')
            return bind_email(context, WeightedStrings((self.domain,)))
        return first_that_fits(
            context, *_at_own_domain(context), _at_company(context), _at_number(context)
        )


class AddressAt(msgspec.Struct, frozen=True, eq=False):
    """A mailbox at a domain that is text of elements itself."""

    mailbox: PickFunction
    domain: ColumnFunction

    def __call__(self, batch: Batch) -> Text:
        """Return the address of each row."""
        domain = self.domain(batch)
        assert isinstance(domain, Text), "the generator domain makes text of elements"
        return Text((self.mailbox(batch), "@", *domain.elements))


def _at_own_domain(context: ColumnContext) -> list[TextForm]:
    name, locale = sibling_like(context, locale_of(context), "domain")
    if name is None:
        return []
    column = context.table.column(name)
    if context.unique and not column.is_key:
        return []
    digits = serial_length(context) if column.is_key and not context.unique else 0
    length = min(_domain_length(context, locale) + digits, column.sql_type.max_length or 1 << 30)

    def bind() -> BoundGenerator:
        read: ColumnRead = context.read_column(name, "text")
        mailbox = context.pick_word(_MAILBOXES, "mailbox")
        return BoundGenerator.of(AddressAt(mailbox.compute, read.compute), read, mailbox)

    return [TextForm(_MAILBOXES.longest + 1 + length, bind)]


def _at_host(
    context: ColumnContext, *host: str | ElementFunction, sources: tuple[Source, ...] = ()
) -> BoundGenerator:
    """Return the address of a mailbox at a host of the domains that are reserved for examples."""
    domain = context.pick_word(load_pool("reserved_domain"), "domain")
    mailbox = context.pick_word(_MAILBOXES, "mailbox")
    text = TextFunction((mailbox.compute, "@", *host, ".", domain.compute))
    return BoundGenerator.of(text, mailbox, domain, *sources)


def _at_company(context: ColumnContext) -> TextForm:
    def bind() -> BoundGenerator:
        words = _words_of_row(context)
        return _at_host(context, words.stem, *_serial(context), sources=words.sources)

    digits = serial_length(context) if context.unique else 0
    locale = sibling_like(context, locale_of(context), *_COMPANY)[1]
    host = _longest_stem(locale) + digits + 1 + load_pool("reserved_domain").longest
    return TextForm(_MAILBOXES.longest + 1 + host, bind)


def _at_number(context: ColumnContext) -> TextForm:
    def bind() -> BoundGenerator:
        return _at_host(context, "c", context.serial())

    host = 1 + serial_length(context) + 1 + load_pool("reserved_domain").longest
    return TextForm(_MAILBOXES.longest + 1 + host, bind)
