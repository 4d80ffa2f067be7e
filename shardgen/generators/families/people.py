"""People: names, e-mail addresses, login names, jobs."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from msgspec import Meta

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext
from shardgen.generators.families.names import (
    KINDS,
    SEX_WORDS,
    RowName,
    Sex,
    first_names,
    initial_of,
    last_names,
    longest_own,
    name_in,
    name_of_row,
    slug_of,
)
from shardgen.generators.functions import ShiftedIndices
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.locales.locale import (
    Locale,
    locale_of,
    sibling_in,
)
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
from shardgen.generators.value_functions import (
    ElementFunction,
    IntegersFunction,
    PickFunction,
    SeparatePicks,
    TextFunction,
)
from shardgen.generators.weighted_strings import WeightedStrings, shorten
from shardgen.random.distributions import Weighted
from shardgen.random.overriding import override

if TYPE_CHECKING:
    from shardgen.generators.generator import Source

_INITIALS = WeightedStrings(string.ascii_uppercase)
Strings = Annotated[tuple[Weighted | str, ...], Meta(min_length=1)]
"""Texts, plain or {value, weight}."""


@generator("first_name")
class FirstName(Generator, frozen=True):
    """
    A first name, by how common it is: a woman's, a man's, or either in equal shares.

    `sex` may also be a column that says it, by a word that begins with F, W or M, or by a number of
    ISO 5218 (1 male, 2 female). With `born`, a column of dates, the name is of those which children
    were given then, from the 1920s to the 2010s; in en_US alone.
    """

    sex: str = "any"
    born: str | None = None

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        sex = SEX_WORDS.get(self.sex)
        if sex is not None and self.born is None:
            pick = context.pick(first_names(locale_of(context), sex))
            return BoundGenerator.of(pick.compute, pick)
        from shardgen.generators.families.names_by_birth import bind_by_birth  # late: few need it

        return bind_by_birth(context, self.sex, self.born)


@generator("last_name")
class LastName(Generator, frozen=True):
    """A last name, by how common it is."""

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        pick = context.pick(last_names(locale_of(context)))
        return BoundGenerator.of(pick.compute, pick)


@generator("full_name")
class FullName(Generator, frozen=True):
    """
    First and last name in the order of the locale: the row's own, else drawn.

    The row's own are those of columns of the same locale. Names that do not fit the column are left
    out, and then those of other columns are not used. A unique column draws its own names, with a
    middle initial (in Arabic the father's name, in Japanese none), so that there are 18 million of
    them; other locales have a million or more, Japanese 40,000.
    """

    beside: ClassVar[tuple[str, ...]] = ("first_name", "last_name")

    sex: Sex = "any"

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        locale = locale_of(context)
        if context.unique:
            return self._drawn(context, locale, Layout(locale.unique_name))
        layout = Layout(locale.full_name)
        length = first_names(locale).longest + layout.fixed + last_names(locale).longest
        fits = length <= (context.max_length or 1 << 30)
        own_first, own_last = (sibling_in(context, locale, kind) for kind in KINDS)
        if not fits or not (own_first or own_last):
            return self._drawn(context, locale, layout)
        if own_first:
            context.note_idle("sex", f"the first name is that of {own_first}")
        first = name_in(context, "first_name", own_first, first_names(locale, self.sex))
        last = name_in(context, "last_name", own_last, last_names(locale))
        names = SeparatePicks((first.compute, last.compute))
        text = LayoutText(layout, ("first", "last"), names)
        return BoundGenerator.of(text, *first.sources, *last.sources)

    def _drawn(self, context: ColumnContext, locale: Locale, layout: Layout) -> BoundGenerator:
        pools = {
            "first": first_names(locale, self.sex),
            "father": first_names(locale, "male"),
            "initial": _INITIALS,
            "last": last_names(locale),
        }
        names = [pools[slot] for slot in layout.slots]
        drawn = picks(context, *shorten(context.max_length, layout.fixed, *names))
        return BoundGenerator.of(LayoutText(layout, layout.slots, drawn.compute), drawn)


@generator("email")
class Email(Generator, frozen=True):
    """
    An e-mail address in ASCII, at a domain reserved for examples, from the row's own names.

    `ann.smith@example.com`, and `ann.smith4821@example.com` on a unique column, where the number is
    one that no other row has; it follows letters only, so no two addresses are alike. Where that is
    too long for the column, `a.smith…`, and then `u4821@example.com`. The names are those of the
    columns made by first_name and last_name, else by full_name, else drawn; names of other scripts
    are spelled in Latin letters.

    `patterns` are other ways to write it, plain or {value, weight}, or "usual": `{first}` and
    `{last}`, their first letters `{f}` and `{l}`, `{nick}` for what the person is called for short,
    and at the end `{yy}`, of the year of the date in the column `born`. On a unique column a number
    then follows an address that an earlier row has, and each from row 65,537 on. `domains` are
    others, or "providers": hosts named after providers, by their shares in the US, under
    `.example`, where mail reaches nobody.
    """

    beside: ClassVar[tuple[str, ...]] = ("first_name", "last_name", "full_name")
    names_columns: ClassVar[tuple[str, ...]] = ("born",)

    patterns: Strings | str | None = None
    domains: Strings | str | None = None
    born: str | None = None

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        domains = load_pool("reserved_domain")
        if self.domains is not None:
            domains = _listed("domains", self.domains, "providers", "mail_provider")
        if self.patterns is None:
            if self.born is not None:
                context.note_idle("born", "no pattern has the year of birth")
            return bind_email(context, domains)
        from shardgen.generators.families.email_patterns import bind_patterns  # late: few need it

        patterns = _listed("patterns", self.patterns, "usual", "mail_pattern")
        if self.patterns == "usual" and self.born is None:
            pairs = zip(patterns.values, patterns.weights, strict=True)
            without = [(text, weight) for text, weight in pairs if "{yy}" not in text]
            patterns = WeightedStrings(*zip(*without, strict=True))
        bound = bind_patterns(context, patterns, domains, self.born)
        return bound or bind_email(context, domains)


def _listed(name: str, given: Strings | str, word: str, pool: str) -> WeightedStrings:
    """Return strings that are listed, or those of a pool where a word stands for it."""
    if isinstance(given, str):
        if given != word:
            raise BindError(f"{name} is {given!r}", f'write "{word}", or a list')
        return load_pool(pool)
    entries = [e if isinstance(e, Weighted) else Weighted(e) for e in given]
    texts = [entry.value for entry in entries]
    wrong = next((text for text in texts if not isinstance(text, str)), None)
    if wrong is not None:
        raise BindError(f"{name} has {wrong!r}, which is no text", "list texts alone")
    return WeightedStrings([str(text) for text in texts], [entry.weight for entry in entries])


def bind_email(context: ColumnContext, domains: WeightedStrings) -> BoundGenerator:
    """Return addresses at one of the domains, from the row's own names."""
    digits = serial_length(context)
    end = (digits if context.unique else 0) + 1 + domains.longest
    last = longest_own(context, "last_name")
    first = longest_own(context, "first_name")
    return first_that_fits(
        context,
        TextForm(first + 1 + last + end, lambda: _email_of_names(context, domains, slug_of)),
        TextForm(1 + 1 + last + end, lambda: _email_of_names(context, domains, initial_of)),
        TextForm(
            1 + digits + 1 + domains.longest,
            lambda: _email(context, domains, ("u", context.serial())),
        ),
    )


def _email_of_names(
    context: ColumnContext, domains: WeightedStrings, short: Callable[[RowName], PickFunction]
) -> BoundGenerator:
    """Return addresses of the row's last name, and what `short` makes of its first one."""
    first, last = (name_of_row(context, kind) for kind in KINDS)
    number = (context.serial(),) if context.unique else ()
    local = (short(first), ".", slug_of(last), *number)
    return _email(context, domains, local, *first.sources, *last.sources)


def _email(
    context: ColumnContext,
    domains: WeightedStrings,
    local: tuple[str | ElementFunction, ...],
    *sources: Source,
) -> BoundGenerator:
    domain = context.pick_word(domains, "domain")
    return BoundGenerator.of(TextFunction((*local, "@", domain.compute)), domain, *sources)


@generator("username")
class Username(Generator, frozen=True):
    """
    A login name in ASCII from the row's own names: initial, last name, number (`asmith42`).

    On a unique column the number is one that no other row has. Where that is too long for the
    column, `u4821`. Where the table has columns of names, they are those an `email` of the row has.
    """

    beside: ClassVar[tuple[str, ...]] = ("first_name", "last_name", "full_name")

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        digits = serial_length(context)

        def of_names() -> BoundGenerator:
            first, last = (name_of_row(context, kind) for kind in KINDS)
            number: ElementFunction
            if context.unique:
                number = context.serial()
            else:
                drawn = context.unique_index(90, purpose="number")
                number = IntegersFunction(ShiftedIndices(drawn.compute, 10), 10, 99)
            text = TextFunction((initial_of(first), slug_of(last), number))
            return BoundGenerator.of(text, *first.sources, *last.sources)

        def of_number() -> BoundGenerator:
            return BoundGenerator(compute=TextFunction(("u", context.serial())))

        end = digits if context.unique else 2
        length = 1 + longest_own(context, "last_name") + end
        return first_that_fits(context, TextForm(length, of_names), TextForm(1 + digits, of_number))


@generator("job_title")
class JobTitle(Generator, frozen=True):
    """
    An occupation, such as "Structural engineer", in the locale's language.

    With a `level`, in English alone, it is one of those who begin (entry), of seniors and managers
    (mid), or of directors and chief officers (senior).
    """

    level: Literal["entry", "mid", "senior"] | None = None

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        locale = locale_of(context)
        if self.level is not None and not locale.name.startswith("en_"):
            what = f"there are no job titles by level in locale {context.locale!r}"
            raise BindError(what, "leave out level, or choose en_US or en_GB")
        name = "job_title" if self.level is None else f"job_title_{self.level}"
        pick = context.pick(locale.pool(name))
        return BoundGenerator.of(pick.compute, pick)
