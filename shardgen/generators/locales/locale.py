"""
Locales: how a country writes names, addresses, postal codes, phone numbers and companies.

What differs from country to country is said here, in one table; the words themselves are pools in
the folder of the same name. So a new locale is a folder of pools and an entry of `LOCALES`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from string import Formatter
from typing import TYPE_CHECKING

import msgspec

from shardgen.errors import BindError, nearest
from shardgen.generators.column_streams import DEFAULT_LOCALE
from shardgen.generators.context import ColumnContext
from shardgen.generators.locales.pools import load_pool, load_rows
from shardgen.generators.text_parts import SlotValues, slug, text_sibling
from shardgen.generators.value_functions import EachString
from shardgen.generators.weighted_strings import WeightedStrings

if TYPE_CHECKING:
    from shardgen.schema.catalog_tables import CatalogColumn


class PhoneNumbers(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """
    Phone numbers: what varies in them, and the layouts around it, `{0}` for the first slot.

    Of the `national` layouts the first that fits is used. `{area}` is an area code of the row's
    city, of those that the pool of cities has.
    """

    slots: tuple[SlotValues, ...]
    national: tuple[str, ...]
    international: str

    @property
    def has_area(self) -> bool:
        """Whether the numbers begin with the area code of a city."""
        return "{area}" in self.international

    def without_marks(self) -> PhoneNumbers:
        """Return the same numbers written as digits alone."""
        slots = tuple(s if isinstance(s, int) else tuple(map(_bare, s)) for s in self.slots)
        national = "".join(f"{_bare(mark)}{{{slot}}}" for mark, slot in _marks(self.national[0]))
        return PhoneNumbers(slots=slots, national=(national,), international=self.international)


def _bare(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _marks(layout: str) -> list[tuple[str, str]]:
    """Return each slot of a layout that ends in one, after the text before it."""
    return [(mark, slot or "") for mark, slot, _, _ in Formatter().parse(layout)]


class PostalCodeForm(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """
    Postal codes: a layout around `{code}`, a number of `digits` digits or more that the city gives.

    `{letters}` are those that stand before it in the pool of cities; `slots` vary within a city.
    """

    layout: str = "{code}"
    digits: int = 5
    slots: dict[str, SlotValues] = {}


class AddressForm(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A street and house: a layout of `numbers`, each from 1 up to a highest one, and of pools."""

    layout: str
    numbers: dict[str, int]
    pools: tuple[str, ...] = ("street_name", "street_suffix")


class Locale(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """
    A language and country.

    `folders` hold its pools, the first that has one; `country` is its line in the pool `countries`
    of en_US, which has the same countries in the same order as the others. `unique_name` is the
    layout of full names in a unique column, where `{father}` is a man's first name. `phone` numbers
    belong to nobody where the country has such; a unique column needs more, and takes
    `unique_phone` numbers. `letters` are those that ASCII writes otherwise than without accents.
    `faker` is Faker's name for the locale with the most data.
    """

    name: str
    country: str
    folders: tuple[str, ...]
    faker: str
    full_name: str = "{first} {last}"
    unique_name: str = "{first} {initial}. {last}"
    address: AddressForm
    postal_codes: PostalCodeForm = PostalCodeForm()
    company: str = "{stem} {kind} {suffix}"
    phone: PhoneNumbers
    unique_phone: PhoneNumbers
    letters: dict[str, str] = {}

    @property
    def family_first(self) -> bool:
        """Whether a full name begins with the last name."""
        return self.full_name.startswith("{last}")

    def pool(self, name: str) -> WeightedStrings:
        """Return the values and weights of a pool in this language."""
        return load_pool(name, *self.folders)

    def rows(self, name: str) -> tuple[tuple[str, ...], ...]:
        """Return the lines of a pool in this language."""
        return load_rows(name, *self.folders)

    def slug(self, text: str) -> str:
        """Return a name as a–z: as its pool spells it in Latin letters, else without accents."""
        return slug(_latin(self).get(text, text), self.letters)

    @property
    def slugged(self) -> EachString:
        """The function from a pool to the slugs of its strings."""
        return _slugged(self)

    @property
    def initialled(self) -> EachString:
        """The function from a pool to the first letters of the slugs of its strings."""
        return _initialled(self)

    def __reduce__(self) -> tuple[Callable[[str], Locale], tuple[str]]:
        return find_locale, (self.name,)


class LocaleSlug(msgspec.Struct, frozen=True):
    """The function from a name to its slug in a locale."""

    locale: Locale

    def __call__(self, text: str) -> str:
        """Return the name as a–z."""
        return self.locale.slug(text)


class LocaleInitial(msgspec.Struct, frozen=True):
    """The function from a name to the first letter of its slug in a locale."""

    locale: Locale

    def __call__(self, text: str) -> str:
        """Return one of a–z."""
        return self.locale.slug(text)[0]


@cache
def _latin(locale: Locale) -> dict[str, str]:
    """Return the Latin spelling of each name whose pool gives one as a third field."""
    pools = ("first_name_female", "first_name_male", "last_name", "company_stem", "company_kind")
    return {row[0]: row[2] for name in pools for row in locale.rows(name) if len(row) > 2}


@cache
def _slugged(locale: Locale) -> EachString:
    return EachString(LocaleSlug(locale))


@cache
def _initialled(locale: Locale) -> EachString:
    return EachString(LocaleInitial(locale))


def find_locale(name: str) -> Locale:
    """
    Return the locale of that name: `de_DE`, `de-DE`, or `de` alone for the language's first.

    BindError for an unknown name.
    """
    wanted = name.replace("-", "_").lower()
    for locale in LOCALES.values():
        if wanted in (locale.name.lower(), locale.name.partition("_")[0]):
            return locale
    known = f"known are {', '.join(LOCALES)}"
    hint = " ".join(filter(None, (nearest(wanted, LOCALES), known)))
    raise BindError(f"unknown locale {name!r}", hint)


def locale_of(context: ColumnContext, column: CatalogColumn | None = None) -> Locale:
    """Return the locale of the column, or of another of its table; BindError when unknown."""
    if column is None:
        return find_locale(context.locale)
    return find_locale(column.locale or context.catalog.locale or DEFAULT_LOCALE)


def sibling_in(context: ColumnContext, locale: Locale, *generators: str) -> str | None:
    """Return the first other text column that one of `generators` makes in `locale`."""
    return text_sibling(context, *generators, accept=lambda c: locale_of(context, c) is locale)


def sibling_like(
    context: ColumnContext, locale: Locale, *generators: str
) -> tuple[str | None, Locale]:
    """
    Return the other text column that one of `generators` makes, and its locale.

    That is the first in `locale`, else the first in any. Without one, None and `locale`.
    """
    name = sibling_in(context, locale, *generators) or text_sibling(context, *generators)
    return name, (locale if name is None else locale_of(context, context.table.column(name)))


def _digits(first: int, last: int) -> tuple[str, ...]:
    return tuple(str(n) for n in range(first, last + 1))


# The North American numbering plan: [2-9]xx without x11.
_EXCHANGES = tuple(str(n) for n in range(200, 1000) if n % 100 != 11)


def _american(exchanges: tuple[str, ...]) -> PhoneNumbers:
    return PhoneNumbers(
        slots=(exchanges, 4),
        national=("({area}) {0}-{1}", "{area}-{0}-{1}"),
        international="+1-{area}-{0}-{1}",
    )


_EN_US = Locale(
    name="en_US",
    country="United States",
    folders=("en_US",),
    faker="en_US",
    address=AddressForm(layout="{house} {street_name} {street_suffix}", numbers={"house": 9999}),
    phone=_american(("555",)),
    unique_phone=_american(_EXCHANGES),
)

_CONSONANTS = "ABDEFGHJLNPQRSTUWXYZ"  # the letters that the second half of a postcode may have

_EN_GB = Locale(
    name="en_GB",
    country="United Kingdom",
    folders=("en_GB", "en_US"),
    faker="en_GB",
    address=AddressForm(layout="{house} {street_name} {street_suffix}", numbers={"house": 250}),
    postal_codes=PostalCodeForm(
        layout="{letters}{code} {sector}{unit}",
        digits=1,
        slots={"sector": 1, "unit": tuple(a + b for a in _CONSONANTS for b in _CONSONANTS)},
    ),
    # Ofcom's numbers for drama: https://www.ofcom.org.uk, "Telephone numbers for use in TV and
    # radio drama programmes".
    phone=PhoneNumbers(
        slots=(
            (
                *("20 7946 0", "113 496 0", "114 496 0", "115 496 0", "116 496 0", "117 496 0"),
                *("118 496 0", "121 496 0", "131 496 0", "141 496 0", "151 496 0", "161 496 0"),
                *("191 498 0", "28 9649 6", "29 2018 0", "1632 960", "7700 900"),
            ),
            3,
        ),
        national=("0{0}{1}",),
        international="+44 {0}{1}",
    ),
    unique_phone=PhoneNumbers(
        slots=((*_digits(7300, 7599), *_digits(7700, 7999)), 6),
        national=("0{0} {1}",),
        international="+44 {0} {1}",
    ),
)

_DE_DE = Locale(
    name="de_DE",
    country="Germany",
    folders=("de_DE",),
    faker="de_DE",
    address=AddressForm(layout="{street_name}{street_suffix} {house}", numbers={"house": 199}),
    # The Bundesnetzagentur's numbers for media productions: Mitteilung 148/2021, Amtsblatt 7/2021.
    phone=PhoneNumbers(
        slots=(("30 23125", "40 66969", "69 90009", "89 99998", "221 4710"), 3),
        national=("0{0}{1}",),
        international="+49 {0}{1}",
    ),
    unique_phone=PhoneNumbers(
        slots=(("151", "152", "157", "159", "176"), 8),
        national=("0{0} {1}",),
        international="+49 {0} {1}",
    ),
    letters={"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"},
)

_FR_FR = Locale(
    name="fr_FR",
    country="France",
    folders=("fr_FR",),
    faker="fr_FR",
    address=AddressForm(layout="{house} {street_suffix} {street_name}", numbers={"house": 150}),
    # The Arcep's numbers for audiovisual works: its numbering plan, decision 2018-0881.
    phone=PhoneNumbers(
        slots=(("1 99 00", "2 61 91", "3 53 01", "4 65 71", "5 36 49", "6 39 98"), 2, 2),
        national=("0{0} {1} {2}",),
        international="+33 {0} {1} {2}",
    ),
    unique_phone=PhoneNumbers(
        slots=(("6", "7"), 2, 2, 2, 2),
        national=("0{0} {1} {2} {3} {4}",),
        international="+33 {0} {1} {2} {3} {4}",
    ),
    letters={"œ": "oe", "æ": "ae"},
)

_JA_JP = Locale(
    name="ja_JP",
    country="Japan",
    folders=("ja_JP",),
    faker="ja_JP",
    full_name="{last} {first}",
    unique_name="{last} {first}",
    address=AddressForm(
        layout="{town}{ward}-{block}-{house}",
        numbers={"ward": 6, "block": 30, "house": 25},
        pools=("town",),
    ),
    postal_codes=PostalCodeForm(layout="{code}-00{end}", digits=3, slots={"end": 2}),
    company="{suffix}{stem}{kind}",
    # No numbers are reserved in Japan. What follows the area code or 070, 080 or 090 never begins
    # with 0 in the numbering plan (総務省, 電気通信番号計画), so that these cannot be dialled.
    phone=PhoneNumbers(
        slots=(("90", "80", "70", "3", "6"), 3, 4),
        national=("0{0}-0{1}-{2}",),
        international="+81-{0}-0{1}-{2}",
    ),
    unique_phone=PhoneNumbers(
        slots=(("90", "80", "70"), _digits(1, 9), 3, 4),
        national=("0{0}-{1}{2}-{3}",),
        international="+81-{0}-{1}{2}-{3}",
    ),
)

_AR_EG = Locale(
    name="ar_EG",
    country="Egypt",
    folders=("ar_EG",),
    faker="ar_AA",
    unique_name="{first} {father} {last}",
    address=AddressForm(
        layout="{house} شارع {street_name}", numbers={"house": 200}, pools=("street_name",)
    ),
    company="شركة {stem} {kind} {suffix}",
    # No numbers are reserved in Egypt. The mobile codes 016, 017 and 018 were given up on
    # 6 October 2011 (NTRA), before numbers had eleven digits.
    phone=PhoneNumbers(
        slots=(("16", "17", "18"), 4, 4),
        national=("0{0} {1} {2}",),
        international="+20 {0} {1} {2}",
    ),
    unique_phone=PhoneNumbers(
        slots=(("10", "11", "12", "15"), 4, 4),
        national=("0{0} {1} {2}",),
        international="+20 {0} {1} {2}",
    ),
)

LOCALES = {locale.name: locale for locale in (_EN_US, _EN_GB, _DE_DE, _FR_FR, _JA_JP, _AR_EG)}
"""Every locale by its name; of two of one language the first is what the language alone means."""
