"""
E-mail addresses of several patterns, where digits follow only a name that is taken.

Whether an address is taken hangs on the rows before it. Of the first rows of a table all are looked
at, once: 64 bits of each address are enough, since two that differ and have the same bits only cost
one of them its digits. Rows after these all have digits, as late comers to a large provider do.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext
from shardgen.generators.families.names import (
    KINDS,
    RowName,
    initial_of,
    longest_own,
    name_of_row,
    slug_of,
)
from shardgen.generators.families.names_by_birth import birthdays
from shardgen.generators.generator import BoundGenerator
from shardgen.generators.locales.locale import Locale
from shardgen.generators.locales.pools import load_rows
from shardgen.generators.sources import ColumnFunction, IndexFunction
from shardgen.generators.text_parts import serial_length
from shardgen.generators.value_functions import EachString, ElementFunction, MappedPicks
from shardgen.generators.weighted_strings import WeightedStrings
from shardgen.random.overriding import override
from shardgen.tables.batch import BATCH_ROWS, Batch
from shardgen.tables.calendar import civil
from shardgen.tables.values import Dictionary, Element, Integers, Pool, PoolFunction, Text, Union

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shardgen.generators.generator import Source
    from shardgen.generators.value_functions import PickFunction
    from shardgen.random.streams import Truths, Words

LOOKED_AT = 1 << 16
"""Rows whose addresses are compared with those before them."""
_NAME = r"(?:\{(?:first|last|f|l|nick)\}|[a-z])"
_SHAPE = re.compile(rf"(?P<stem>{_NAME}(?:[._-]?{_NAME})*)(?P<year>[._-]?\{{yy\}})?")
_PARTS = re.compile(r"\{(\w+)\}|([^{]+)")
_DOMAIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_BASE = 0x100000001B3  # an odd number: that of FNV-1a of 64 bits
_64_BITS = (1 << 64) - 1


class Pattern(msgspec.Struct, frozen=True):
    """What a local part is put together from: a stem of names, and what joins a year to it."""

    stem: str
    year: str | None = None

    def slots(self) -> set[str]:
        """Return the names of the slots of the stem."""
        return {slot for slot, _ in _PARTS.findall(self.stem) if slot}


def pattern_of(text: str) -> Pattern:
    """Read a pattern; BindError where it makes no address of a name."""
    found = _SHAPE.fullmatch(text)
    if found is None or "{" not in found["stem"]:
        what = f"{text!r} is no pattern of an e-mail address"
        hint = "write {first}, {last}, {f}, {l} or {nick} with small letters, dots, hyphens and "
        raise BindError(what, hint + "underscores between them, and {yy} at the end alone")
    year = found["year"]
    return Pattern(found["stem"], None if year is None else year.removesuffix("{yy}"))


def check_domains(domains: WeightedStrings) -> None:
    """Refuse what is no domain in small letters."""
    for domain in domains.values:
        if not _DOMAIN.fullmatch(domain):
            raise BindError(f"{domain!r} is no domain", "write one such as mail.example.com")


def bind_patterns(
    context: ColumnContext, patterns: WeightedStrings, domains: WeightedStrings, born: str | None
) -> BoundGenerator | None:
    """
    Return addresses of these patterns, by weight, of those that fit the column; None: none does.

    On a unique column no two are alike. BindError where one is no pattern, or needs the column
    `born` and there is none.
    """
    read = [pattern_of(text) for text in patterns.values]
    if born is None and any(pattern.year is not None for pattern in read):
        raise BindError("a pattern has {yy}, and born names no column", 'add "born"')
    check_domains(domains)
    lengths = {kind[0]: longest_own(context, kind) for kind in KINDS}
    end = 1 + domains.longest
    fitting = [
        (pattern, weight)
        for pattern, weight in zip(read, patterns.weights, strict=True)
        if _longest(context, pattern, lengths) + end <= (context.max_length or _64_BITS)
    ]
    if not fitting:
        return None
    return _bound(context, [p for p, _ in fitting], [w for _, w in fitting], domains, born)


def _longest(context: ColumnContext, pattern: Pattern, lengths: dict[str, int]) -> int:
    names = lengths | {"first": lengths["f"], "last": lengths["l"], "nick": lengths["f"]}
    names |= {"f": 1, "l": 1}
    stem = sum(names[slot] if slot else len(text) for slot, text in _PARTS.findall(pattern.stem))
    year = 0 if pattern.year is None else len(pattern.year) + 2
    return stem + max(year, serial_length(context) if context.unique else 0)


def _bound(
    context: ColumnContext,
    patterns: Sequence[Pattern],
    weights: Sequence[float],
    domains: WeightedStrings,
    born: str | None,
) -> BoundGenerator:
    """Return addresses of patterns that all fit."""
    first, last = (name_of_row(context, kind) for kind in KINDS)
    sources: list[Source] = [*first.sources, *last.sources]
    years: ElementFunction | None = None
    if any(pattern.year is not None for pattern in patterns):
        assert born is not None, "checked before"
        read = context.read_path(born, "date", "timestamp")
        sources.append(read)
        years = YearsOfBirth(read.compute)
    elif born is not None:
        context.note_idle("born", "no pattern has the year of birth")
    domain = context.pick_word(domains, "domain")
    kind = context.weighted(weights, purpose="pattern")
    slots: dict[str, PickFunction] = {
        "first": slug_of(first),
        "last": slug_of(last),
        "f": initial_of(first),
        "l": initial_of(last),
        "nick": nick_of(first),
    }
    stems = [_elements(pattern.stem, slots) for pattern in patterns]
    plain = tuple(
        (*stem, *((pattern.year, years) if pattern.year is not None and years else ()))
        for stem, pattern in zip(stems, patterns, strict=True)
    )
    if not context.unique:
        return BoundGenerator.of(Addresses(plain, kind.compute, domain.compute), *sources)
    serial = context.serial()
    numbered = tuple((*stem, serial) for stem in stems)
    taken = TakenAddresses(Addresses(plain, kind.compute, domain.compute), context.rows)
    text = UniqueAddresses(plain, numbered, kind.compute, domain.compute, taken)
    return BoundGenerator.of(text, domain, kind, *sources)


Part = str | ElementFunction


def _elements(stem: str, slots: dict[str, PickFunction]) -> tuple[Part, ...]:
    return tuple(slots[slot] if slot else text for slot, text in _PARTS.findall(stem))


class YearsOfBirth(msgspec.Struct, frozen=True, eq=False):
    """The last two digits of the year of a date."""

    born: ColumnFunction

    def __call__(self, batch: Batch) -> Integers:
        """Return them for each row."""
        return Integers(civil(birthdays(self.born(batch)))[0] % 100, 0, 99, digits=2)


class ShortName(msgspec.Struct, frozen=True):
    """The function from a first name to what its bearers are called for short, as a–z."""

    locale: Locale

    def __call__(self, text: str) -> str:
        """Return it; the name itself where nothing shorter is usual."""
        return _short_names().get(text) or self.locale.slug(text)


@cache
def _short_names() -> dict[str, str]:
    return {name: short for name, _, short in load_rows("short_name")}


@cache
def _shortened(locale: Locale) -> EachString:
    return EachString(ShortName(locale))


def nick_of(name: RowName) -> PickFunction:
    """Return the usual short form of the first name as a–z."""
    return MappedPicks(name.compute, _shortened(name.locale))


def _made(parts: Sequence[Part], batch: Batch, known: dict[int, Element]) -> tuple[Element, ...]:
    """Return what parts are in a batch, those of `known` by their identity as they are."""
    made: list[Element] = []
    for part in parts:
        if isinstance(part, str):
            made += [part] if part else []
            continue
        if id(part) not in known:
            known[id(part)] = part(batch)
        made.append(known[id(part)])
    return tuple(made)


class Addresses(msgspec.Struct, frozen=True, eq=False):
    """Addresses that may be alike: a local part in one of several ways, and a domain."""

    ways: tuple[tuple[Part, ...], ...]
    which: IndexFunction
    domain: PickFunction

    def __call__(self, batch: Batch) -> Text:
        """Return the address of each row."""
        known: dict[int, Element] = {}
        branches = tuple(_made(way, batch, known) for way in self.ways)
        return Text((Union(branches, self.which(batch)), "@", self.domain(batch)))

    def bits(self, batch: Batch) -> Words:
        """Return 64 bits of each row's address: the same for the same text."""
        text = self(batch)
        union, _, domain = text.elements
        assert isinstance(union, Union), "made above"
        hashes = [_hashed(branch) for branch in union.branches]
        local = np.choose(union.which, hashes) if len(hashes) > 1 else hashes[0]
        return _appended(_appended(local, "@"), domain)


class UniqueAddresses(msgspec.Struct, frozen=True, eq=False):
    """Addresses that all differ: a number that is the row's own follows a name that is taken."""

    plain: tuple[tuple[Part, ...], ...]
    numbered: tuple[tuple[Part, ...], ...]
    which: IndexFunction
    domain: PickFunction
    taken: TakenAddresses

    def __call__(self, batch: Batch) -> Text:
        """Return the address of each row."""
        known: dict[int, Element] = {}
        branches = tuple(_made(way, batch, known) for way in (*self.plain, *self.numbered))
        which = self.which(batch) + self.taken(batch) * len(self.plain)
        return Text((Union(branches, which), "@", self.domain(batch)))


class TakenRows:
    """Which of the first rows have an address that is taken; found when first asked for."""

    def __init__(self) -> None:
        """Begin without knowing."""
        self.known: Truths | None = None

    def __reduce__(self) -> tuple[type[TakenRows], tuple[()]]:
        return TakenRows, ()


class TakenAddresses(msgspec.Struct, frozen=True, eq=False):
    """Whether a row of another number, and a lower one, has the same plain address."""

    addresses: Addresses
    rows: int
    found: TakenRows = msgspec.field(default_factory=TakenRows)

    def __call__(self, batch: Batch) -> Truths:
        """Return it for each row; true for all that are not looked at."""
        known = self.found.known
        if known is None:
            known = self.found.known = self._look(batch)
        taken = np.ones(len(batch), bool)
        early = np.flatnonzero(batch.numbers < len(known))
        taken[early] = known.take(batch.numbers.take(early))
        return taken

    def _look(self, batch: Batch) -> Truths:
        table = batch.table
        count = min(self.rows, table.total, LOOKED_AT)
        bits = [np.empty(0, np.uint64)]
        for start in range(0, count, BATCH_ROWS):
            numbers = np.arange(start, min(start + BATCH_ROWS, count))
            bits.append(self.addresses.bits(Batch(table, numbers - table.first)))
        taken = np.ones(count, bool)
        taken[np.unique(np.concatenate(bits), return_index=True)[1]] = False
        return taken


# 64 bits of a text: its bytes are the digits of a number of base _BASE, modulo 2^64.


class BitsOfPool(PoolFunction["tuple[Words, Words]"], frozen=True):
    """The number of each string of a pool, and the power of the base that its length is."""

    @override
    def __call__(self, pool: Pool) -> tuple[Words, Words]:
        numbers, powers = zip(*map(_bits_of, pool.values), strict=True)
        return np.array(numbers, np.uint64), np.array(powers, np.uint64)


def _bits_of(text: str) -> tuple[int, int]:
    number, power = 0, 1
    for byte in text.encode():
        number, power = (number * _BASE + byte + 1) & _64_BITS, (power * _BASE) & _64_BITS
    return number, power


_BITS = BitsOfPool()  # a pool keeps its bits as long as this is there
_TWO_DIGITS = Pool([f"{n:02d}" for n in range(100)])


def _hashed(elements: Sequence[Element]) -> Words:
    bits = np.zeros(1, np.uint64)
    for element in elements:
        bits = _appended(bits, element)
    return bits


def _appended(bits: Words, element: Element) -> Words:
    """Return the bits of texts that go on with an element."""
    if isinstance(element, str):
        number, power = _bits_of(element)
        return bits * np.uint64(power) + np.uint64(number)
    if isinstance(element, Integers):
        element = Dictionary(element.values, _TWO_DIGITS)  # a year: nothing else is numbers here
    assert isinstance(element, Dictionary), "addresses are put together from these alone"
    numbers, powers = element.pool.mapped(_BITS)
    return bits * powers.take(element.indices) + numbers.take(element.indices)
