"""Codes that the world agrees on: currencies, languages, time zones, colours, accounts, places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from shardgen.generators.context import ColumnContext
from shardgen.generators.families.numbers import bind_number
from shardgen.generators.families.patterns import Pattern
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.registry import generator
from shardgen.generators.sources import IndexFunction
from shardgen.generators.text_parts import TextForm, first_that_fits
from shardgen.generators.weighted_strings import WeightedStrings
from shardgen.random.distributions import Uniform
from shardgen.random.overriding import override
from shardgen.tables.values import Integers, Text

if TYPE_CHECKING:
    from shardgen.tables.batch import Batch

_CURRENCIES = (
    ("USD", "US Dollar", 40), ("EUR", "Euro", 25), ("GBP", "Pound Sterling", 9),
    ("JPY", "Yen", 6), ("CNY", "Yuan Renminbi", 4), ("CAD", "Canadian Dollar", 4),
    ("AUD", "Australian Dollar", 4), ("CHF", "Swiss Franc", 3), ("INR", "Indian Rupee", 3),
    ("SEK", "Swedish Krona", 2), ("NOK", "Norwegian Krone", 2), ("DKK", "Danish Krone", 2),
    ("PLN", "Zloty", 2), ("BRL", "Brazilian Real", 2), ("MXN", "Mexican Peso", 2),
    ("SGD", "Singapore Dollar", 2), ("HKD", "Hong Kong Dollar", 2), ("KRW", "Won", 2),
    ("NZD", "New Zealand Dollar", 1), ("ZAR", "Rand", 1), ("CZK", "Czech Koruna", 1),
    ("HUF", "Forint", 1), ("RON", "Romanian Leu", 1), ("ILS", "New Israeli Sheqel", 1),
    ("AED", "UAE Dirham", 1), ("SAR", "Saudi Riyal", 1), ("EGP", "Egyptian Pound", 1),
    ("TRY", "Turkish Lira", 1), ("THB", "Baht", 1), ("IDR", "Rupiah", 1),
    ("MYR", "Malaysian Ringgit", 1), ("PHP", "Philippine Peso", 1), ("VND", "Dong", 1),
    ("ARS", "Argentine Peso", 1), ("CLP", "Chilean Peso", 1), ("COP", "Colombian Peso", 1),
    ("PEN", "Sol", 1), ("NGN", "Naira", 1), ("KES", "Kenyan Shilling", 1),
    ("MAD", "Moroccan Dirham", 1),
)  # fmt: skip
"""Code and name of ISO 4217, with a weight."""
_CURRENCY_CODES = WeightedStrings(
    tuple(code for code, _, _ in _CURRENCIES), tuple(float(w) for _, _, w in _CURRENCIES)
)
_CURRENCY_NAMES = WeightedStrings(
    tuple(name for _, name, _ in _CURRENCIES), tuple(float(w) for _, _, w in _CURRENCIES)
)
_LANGUAGES = WeightedStrings(
    (
        *("en", "es", "fr", "de", "pt", "zh", "ja", "it", "ar", "hi", "nl", "ko", "pl", "sv"),
        *("tr", "cs", "da", "fi", "no", "uk", "el", "he", "hu", "id", "ro", "th", "vi"),
    ),
    (*(40.0, 12.0, 8.0, 8.0, 6.0, 5.0, 4.0, 3.0, 3.0, 2.0, 2.0, 2.0, 2.0, 1.0), *[0.5] * 13),
)
_TIME_ZONES = WeightedStrings(
    (
        *("UTC", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
        *("America/Sao_Paulo", "Europe/London", "Europe/Paris", "Europe/Berlin", "Europe/Madrid"),
        *("Africa/Cairo", "Africa/Lagos", "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore"),
        *("Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland"),
    ),
    (*(12.0, 18.0, 10.0, 4.0, 12.0), *(4.0, 9.0, 6.0, 6.0, 3.0), *[1.5] * 9),
)
_COLORS = WeightedStrings(
    (
        *("black", "white", "blue", "red", "green", "gray", "navy", "silver", "yellow", "brown"),
        *("orange", "pink", "purple", "beige", "gold", "teal", "maroon", "olive", "ivory"),
    ),
    (*(20.0, 16.0, 14.0, 11.0, 8.0, 8.0, 6.0, 5.0, 4.0, 4.0), *[2.0] * 9),
)


def _pick(context: ColumnContext, strings: WeightedStrings) -> BoundGenerator:
    pick = context.pick(strings)
    return BoundGenerator.of(pick.compute, pick)


@generator("currency_code")
class CurrencyCode(Generator, frozen=True):
    """The three letters of a currency, such as `EUR`; a unique column has 40 of them."""

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return _pick(context, _CURRENCY_CODES)


@generator("currency")
class Currency(Generator, frozen=True):
    """The name of a currency, such as "Swiss Franc"."""

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return _pick(context, _CURRENCY_NAMES)


@generator("language_code")
class LanguageCode(Generator, frozen=True):
    """The two letters of a language, such as `fr`."""

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return _pick(context, _LANGUAGES)


@generator("time_zone")
class TimeZone(Generator, frozen=True):
    """A time zone by its name in the tz database, such as `Europe/Paris`."""

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return _pick(context, _TIME_ZONES)


@generator("color")
class Color(Generator, frozen=True):
    """The name of a colour, such as `navy`, or with `hex` its six digits: `#1e3fa8`."""

    hex: bool = False

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        if self.hex:
            return Pattern(pattern=r"\#[0-9a-f]{6}").bind(context)
        return _pick(context, _COLORS)


@generator("latitude")
class Latitude(Generator, frozen=True):
    """Degrees north of the equator, from `min` to `max`: where people live, unless said."""

    min: float = -55
    max: float = 70

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return _degrees(context, self.min, self.max)


@generator("longitude")
class Longitude(Generator, frozen=True):
    """Degrees east of Greenwich, from `min` to `max`."""

    min: float = -180
    max: float = 180

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return _degrees(context, self.min, self.max)


def _degrees(context: ColumnContext, low: float, high: float) -> BoundGenerator:
    scale = context.scale if context.type.family == "decimal" else 6  # a tenth of a metre
    return bind_number(context, Uniform(), low, high, scale)


_BANK = "90000000"  # no German bank's code begins with 9
_HALF = 100_000
_REST = int(_BANK + "0" * 10 + "131400") % 97  # D is 13, E is 14, and 00 stands for the check


@generator("iban")
class Iban(Generator, frozen=True):
    """
    An account number of German form with the right check digits, at a bank that does not exist.

    `DE51900000000123456789`: a unique column has ten thousand million of them.
    """

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        def of_number() -> BoundGenerator:
            account = context.unique_index(_HALF**2)
            return BoundGenerator.of(IbanText(account.compute), account)

        return first_that_fits(context, TextForm(22, of_number))


class IbanText(msgspec.Struct, frozen=True, eq=False):
    """Account numbers with their check digits (ISO 13616: the whole is 1 modulo 97)."""

    account: IndexFunction

    def __call__(self, batch: Batch) -> Text:
        """Return the text of each row."""
        account = self.account(batch)
        check = 98 - (account % 97 * (10**6 % 97) + _REST) % 97
        high, low = account // _HALF, account % _HALF
        numbers = (Integers(number, 0, _HALF - 1, digits=5) for number in (high, low))
        return Text(("DE", Integers(check, 2, 98, digits=2), _BANK, *numbers))
