"""Names of things on the internet: addresses, slugs, files, browsers. None leads anywhere."""

from __future__ import annotations

from typing import Literal

import msgspec

from shardgen.generators.context import ColumnContext
from shardgen.generators.families.patterns import Pattern
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.locales.pools import load_pool
from shardgen.generators.registry import generator
from shardgen.generators.text_parts import (
    Layout,
    LayoutText,
    TextForm,
    first_that_fits,
    picks,
    serial_length,
)
from shardgen.generators.value_functions import ElementFunction, TextFunction
from shardgen.generators.weighted_strings import WeightedStrings
from shardgen.random.overriding import override

_OCTETS = WeightedStrings(tuple(map(str, range(256))))
_ENDINGS = WeightedStrings(
    ("pdf", "jpg", "png", "docx", "xlsx", "csv", "txt", "zip", "mp4"),
    (26.0, 20.0, 16.0, 12.0, 9.0, 7.0, 5.0, 3.0, 2.0),
)
_MIME_TYPES = WeightedStrings(
    (
        *("application/pdf", "image/jpeg", "image/png", "text/plain", "text/csv"),
        *("application/json", "application/zip", "text/html", "video/mp4", "image/gif"),
    ),
    (24.0, 22.0, 18.0, 8.0, 8.0, 7.0, 4.0, 4.0, 3.0, 2.0),
)
_SYSTEMS = WeightedStrings(
    (
        *("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7"),
        *("X11; Linux x86_64", "Linux; Android 10; K"),
    ),
    (52.0, 22.0, 6.0, 20.0),
)
_VERSIONS = WeightedStrings(tuple(map(str, range(110, 132))))


def _two_words(context: ColumnContext, before: str, between: str, *after: str) -> BoundGenerator:
    """Return text of two words, and a number that no other row has on a unique column."""
    pool = load_pool("domain_word")
    first, second = (context.pick_word(pool, purpose) for purpose in ("first", "second"))
    number: tuple[str | ElementFunction, ...] = ("-", context.serial()) if context.unique else ()
    elements = (first.compute, between, second.compute, *number, *after)
    if before:
        elements = (before, *elements)
    return BoundGenerator.of(TextFunction(elements), first, second)


def _numbered(context: ColumnContext, before: str, *after: str) -> BoundGenerator:
    return BoundGenerator(compute=TextFunction((before, context.serial(), *after)))


def _forms(context: ColumnContext, texts: tuple[str, str], short: str, end: str) -> BoundGenerator:
    """Return two words between these texts, or where that is too long a number after `short`."""
    before, between = texts
    longest = load_pool("domain_word").longest
    digits = serial_length(context)
    number = 1 + digits if context.unique else 0
    ends = (end,) if end else ()
    return first_that_fits(
        context,
        TextForm(
            len(before) + longest + len(between) + longest + number + len(end),
            lambda: _two_words(context, before, between, *ends),
        ),
        TextForm(len(short) + digits + len(end), lambda: _numbered(context, short, *ends)),
    )


@generator("url")
class Url(Generator, frozen=True):
    """
    An address of a page that cannot exist, such as `https://harbor.example/lantern`.

    A unique column has a number at the end that no other row has. Where that is too long for the
    column, `https://c.example/4821`.
    """

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        texts = ("https://", ".example/")
        return _forms(context, texts, "https://c.example/", "")


@generator("slug")
class Slug(Generator, frozen=True):
    """
    Two words as they stand in an address, such as `harbor-lantern`.

    A unique column has a number at the end that no other row has. Where that is too long for the
    column, `p4821`.
    """

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return _forms(context, ("", "-"), "p", "")


@generator("file_name")
class FileName(Generator, frozen=True):
    """
    The name of a file, such as `harbor-lantern.pdf`.

    A unique column has a number before the dot that no other row has. Where that is too long for
    the column, `f4821.bin`.
    """

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        pool, digits = load_pool("domain_word"), serial_length(context)

        def of_words() -> BoundGenerator:
            words = [context.pick_word(pool, purpose) for purpose in ("first", "second")]
            end = context.pick_word(_ENDINGS, "ending")
            number: tuple[str | ElementFunction, ...] = ()
            if context.unique:
                number = ("-", context.serial())
            first, second = (word.compute for word in words)
            text = TextFunction((first, "-", second, *number, ".", end.compute))
            return BoundGenerator.of(text, *words, end)

        number = 1 + digits if context.unique else 0
        length = 2 * pool.longest + 2 + number + _ENDINGS.longest
        short = TextForm(1 + digits + len(".bin"), lambda: _numbered(context, "f", ".bin"))
        return first_that_fits(context, TextForm(length, of_words), short)


@generator("mime_type")
class MimeType(Generator, frozen=True):
    """The kind of a file's contents, such as `application/pdf`."""

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        pick = context.pick(_MIME_TYPES)
        return BoundGenerator.of(pick.compute, pick)


@generator("ip_address")
class IpAddress(Generator, frozen=True):
    """
    An address of a private network: `10.84.2.17`, or with `version` 6 one for documentation.

    That begins with `2001:db8`. A unique column has at most 16,777,216 of version 4.
    """

    version: Literal[4, 6] = 4

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        if self.version == 6:
            group = ":[0-9a-f]{4}"
            return Pattern(pattern="2001:db8" + group * 6).bind(context)

        def of_octets() -> BoundGenerator:
            layout = Layout("10.{a}.{b}.{c}")
            words = picks(context, _OCTETS, _OCTETS, _OCTETS)
            return BoundGenerator.of(LayoutText(layout, ("a", "b", "c"), words.compute), words)

        return first_that_fits(context, TextForm(len("10.255.255.255"), of_octets))


@generator("mac_address")
class MacAddress(Generator, frozen=True):
    """The hardware address of a network card, such as `02:4a:9f:11:c0:5e`; no maker has these."""

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return Pattern(pattern="02" + ":[0-9a-f]{2}" * 5).bind(context)


@generator("user_agent")
class UserAgent(Generator, frozen=True):
    """What a browser says that it is: Chrome of some version on Windows, macOS, Linux, Android."""

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        layout = Layout(
            "Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/{version}.0.0.0 Safari/537.36"
        )

        def of_words() -> BoundGenerator:
            words = picks(context, _SYSTEMS, _VERSIONS)
            return BoundGenerator.of(
                LayoutText(layout, ("system", "version"), words.compute), words
            )

        length = layout.fixed + _SYSTEMS.longest + _VERSIONS.longest
        return first_that_fits(context, TextForm(length, of_words))


@generator("placeholder_secret")
class PlaceholderSecret(Generator, frozen=True):
    """
    What stands for a password, a token or a hash, and nobody can take for one: `not-a-secret-4821`.

    No other row has the number. Where that is too long for the column, `fake-4821`, and then the
    number alone.
    """

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        forms = []
        for word in ("not-a-secret-", "fake-", ""):
            elements: tuple[str | ElementFunction, ...] = (word,) if word else ()
            text = TextFunction((*elements, context.serial()))
            length = len(word) + serial_length(context)
            forms.append(TextForm(length, _Made(text)))
        return first_that_fits(context, *forms)


class _Made(msgspec.Struct, frozen=True, eq=False):
    """A generator that is bound without a draw."""

    text: TextFunction

    def __call__(self) -> BoundGenerator:
        """Return it."""
        return BoundGenerator(compute=self.text)
