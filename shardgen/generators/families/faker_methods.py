"""
Every other provider method of Faker, by name: `faker.<method>`.

Calling Faker for each row would be slow, and would need its state. So a pool is made of many calls
when the column is bound, from a seed that belongs to the column, and rows pick from it. Unlike the
bundled pools, its values change with the release of Faker.
"""

from __future__ import annotations

import datetime as dt
import inspect
import re
import sys
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

from shardgen.errors import BindError, nearest
from shardgen.generators.context import ColumnContext
from shardgen.generators.foreign import foreign_code, foreign_errors, told
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.locales.locale import locale_of
from shardgen.generators.value_functions import ListedValues
from shardgen.generators.weighted_strings import WeightedStrings
from shardgen.random.overriding import override
from shardgen.tables.calendar import EPOCH, days_of
from shardgen.tables.values import (
    Booleans,
    ColumnValues,
    Dates,
    Decimals,
    Integers,
    Timestamps,
)

if TYPE_CHECKING:
    from faker.generator import Generator as Engine

_MAX_DECIMAL_PLACES = 9  # of a float column
_BOUND = 1 << 63


class FakerMethod(Generator, frozen=True):
    """
    A value of the Faker provider method `method`, called with `args` in `locale`.

    The locale may be any of Faker's; not given, it is that of the column or the schema. Rows pick
    from the distinct results of `pool_size` calls, each as often as it came up; on a unique column
    each at most once. "Now" is the run's as-of date at 00:00 UTC. Results may be text, numbers,
    dates, times or booleans, whichever the column stores; a text column takes any of them.
    """

    method: str
    locale: str | None = None
    args: dict[str, Any] | list[Any] = msgspec.field(default_factory=dict)
    pool_size: Annotated[int, Meta(ge=1, le=100_000)] = 1000

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        results = self._results(context)
        family = context.type.family
        if family in ("text", "enum", "json", "uuid"):
            return _bind_strings(context, results)
        if family not in _CONVERTERS:
            raise BindError(f"faker fills no column of type {context.type}")
        try:
            return _bind_table(context, _CONVERTERS[family](results, context))
        except (TypeError, OverflowError) as error:
            what = f"faker.{self.method} yields {error}, and the column is {context.type}"
            raise BindError(what) from None

    def _results(self, context: ColumnContext) -> list[Any]:
        as_of = EPOCH + dt.timedelta(context.as_of)
        engine = _engine(self.locale or _locale_of(context))
        engine.seed_instance(context.key("faker"))
        method = _method(engine, self.method)
        args = _ordered(self.args)
        named, listed = (args, []) if isinstance(args, dict) else ({}, args)
        self._check_amounts(_by_name(method, listed) | named)
        results: list[Any] = []
        with _clock_at(as_of):
            try:
                for _ in range(self.pool_size):
                    with foreign_code():
                        results.append(method(*listed, **named))
            except foreign_errors() as error:
                reason = error if isinstance(error, Exception) else told(error)
                what = f"faker.{self.method} with args {self.args!r}: {reason}"
                raise BindError(what, f"it takes {_signature(method)}") from None
        return results

    def _check_amounts(self, args: Mapping[str, Any]) -> None:
        """
        Refuse arguments by which Faker would make texts or lists without end.

        They say how much is to be made, in characters, digits or entries, unless their name tells
        that they are a bound of values.
        """
        for name, value in args.items():
            if _VALUE_NAME.search(name):
                continue
            most = max(map(abs, _numbers_in(value)), default=0)
            if most * self.pool_size > _MOST_MADE or most > _MOST_AMOUNT:
                what = f"faker.{self.method} is asked for {name} {most:g}, {self.pool_size} times"
                hint = f"ask for at most {_MOST_AMOUNT}, and {_MOST_MADE} with all of pool_size"
                raise BindError(what, hint)


_MOST_AMOUNT = 10_000  # characters, digits or entries of one value
_MOST_MADE = 10_000_000  # of all calls together: some seconds
_VALUE_NAME = re.compile(
    r"^(min|max|step|start|end)$|value|date|time|year|age$|epoch|radius|center"
)
"""Arguments that bound what a value is, and not how long."""


def _by_name(method: Callable[..., Any], listed: list[Any]) -> dict[str, Any]:
    """Return arguments that are given in order by their names, as far as the method has such."""
    try:
        names = list(inspect.signature(method).parameters)
    except (TypeError, ValueError):
        names = []
    return {
        names[n] if n < len(names) else f"argument {n + 1}": value for n, value in enumerate(listed)
    }


def _numbers_in(value: Any) -> Iterator[float]:
    """Yield the numbers of decoded JSON; it is at most 64 deep."""
    if isinstance(value, (int, float)):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _numbers_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _numbers_in(inner)


def _locale_of(context: ColumnContext) -> str:
    """Return the column's locale as Faker calls it, which knows more of them than we do."""
    try:
        return locale_of(context).faker
    except BindError:
        return context.locale.replace("-", "_")


def _ordered(value: Any) -> Any:
    """Return decoded JSON with ordered dicts, the only ones that Faker takes for weights."""
    if isinstance(value, dict):
        return OrderedDict((key, _ordered(inner)) for key, inner in value.items())
    return [_ordered(inner) for inner in value] if isinstance(value, list) else value


def _engine(locale: str) -> Engine:
    from faker import Factory
    from faker.config import AVAILABLE_LOCALES

    try:
        return Factory.create(locale)
    except AttributeError:
        hint = nearest(locale.replace("-", "_"), AVAILABLE_LOCALES)
        raise BindError(f"Faker has no locale {locale!r}", hint) from None


def _method(engine: Engine, name: str) -> Callable[..., Any]:
    names = {
        attribute
        for provider in engine.get_providers()
        for attribute in dir(provider)
        if not attribute.startswith("_") and callable(getattr(provider, attribute))
    }
    if name not in names:
        raise BindError(f"Faker has no method {name!r}", nearest(name, sorted(names)))
    method: Callable[..., Any] = getattr(engine, name)
    return method


def _signature(method: Callable[..., Any]) -> str:
    return str(inspect.signature(method)).split(" -> ", maxsplit=1)[0]


@contextmanager
def _clock_at(day: dt.date) -> Iterator[None]:
    """
    Let Faker's providers believe that it is `day`, 00:00, in UTC.

    Many of them count from now and say so nowhere, and a value that depends on the clock would be
    another one tomorrow. Only names in the providers' own modules are replaced, and put back; a
    thread that calls Faker at the same moment sees them too.
    """
    stand_ins = _stand_ins(day)
    replaced: list[tuple[ModuleType, str, Any]] = []
    for name, module in list(sys.modules.items()):
        if name.startswith("faker.providers."):
            replaced += [(module, k, v) for k, v in vars(module).items() if id(v) in stand_ins]
    try:
        for module, attribute, value in replaced:
            setattr(module, attribute, stand_ins[id(value)])
        yield
    finally:
        for module, attribute, value in replaced:
            setattr(module, attribute, value)


class _AsBase(type):
    """The class of a stand-in, of which every object of its base is an instance."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.__mro__[1])


def _stand_ins(day: dt.date) -> dict[int, Any]:
    """Return what replaces the module datetime and its classes, each by id."""

    class Date(dt.date, metaclass=_AsBase):
        @classmethod
        def today(cls) -> Date:
            return cls(day.year, day.month, day.day)

    class Datetime(dt.datetime, metaclass=_AsBase):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Datetime:
            return cls(day.year, day.month, day.day, tzinfo=tz)

        today = now

        def astimezone(self, tz: dt.tzinfo | None = None) -> Datetime:
            if self.tzinfo is None and tz is None:
                return self.replace(tzinfo=dt.UTC)  # not the zone of this machine
            return super().astimezone(tz)

    module = SimpleNamespace(**{**vars(dt), "date": Date, "datetime": Datetime})
    return {id(dt): module, id(dt.date): Date, id(dt.datetime): Datetime}


def _bind_strings(context: ColumnContext, results: list[Any]) -> BoundGenerator:
    shares = Counter(map(_string, results))
    pick = context.pick(WeightedStrings(list(shares), list(shares.values())))
    return BoundGenerator.of(pick.compute, pick)


def _string(value: object) -> str:
    if not isinstance(value, (str, int, float, Decimal, dt.date, dt.time)):
        raise BindError(f"Faker yields {_kind(value)}, which no column takes")
    if isinstance(value, int) and abs(value) >= _WIDEST:
        raise BindError(f"Faker yields {_kind(value)}, which no column takes")
    return str(value)


_WIDEST = 10**4000  # below what Python converts to text


def _kind(value: object) -> str:
    """Return what a value is; of a number with thousands of digits Python makes no text."""
    is_wide = isinstance(value, int) and abs(value) >= _WIDEST
    example = "one of over 4,000 digits" if is_wide else f"{value!r:.40}"
    return f"{type(value).__name__} values such as {example}"


def _bind_table(context: ColumnContext, table: Converted) -> BoundGenerator:
    """Return numbers as often as they occur among those of `table`, as its kind."""
    numbers, kind = table
    shares = sorted(Counter(numbers).items())
    listed = kind(np.array([number for number, _ in shares], np.int64))
    if context.unique:
        index = context.unique_index(len(shares))
    else:
        index = context.weighted([share for _, share in shares])
        index = context.with_edges(index, 0, len(shares) - 1)
    return BoundGenerator.of(ListedValues(listed, index.compute), index)


def _only(values: Iterable[Any], wanted: type | tuple[type, ...], *, boolean: bool = False) -> None:
    """Raise TypeError, naming the value, unless all are `wanted`; a bool is not a number."""
    for value in values:
        if not isinstance(value, wanted) or isinstance(value, bool) is not boolean:
            raise TypeError(_kind(value))


def _bounds(numbers: list[int]) -> tuple[int, int]:
    low, high = min(numbers), max(numbers)
    if low < -_BOUND or high >= _BOUND:
        worst = low if low < -_BOUND else high
        shown = _kind(worst) if abs(worst) >= _WIDEST else f"numbers such as {worst}"
        raise OverflowError(shown)
    return low, high


Converted = tuple[list[int], Callable[[Any], ColumnValues]]
"""Whole numbers, and what makes a column of an array of them."""


def _integers(results: list[Any], context: ColumnContext) -> Converted:
    del context
    _only(results, int)
    low, high = _bounds(results)
    return results, lambda array: Integers(array, low, high)


def _decimals(results: list[Any], context: ColumnContext) -> Converted:
    _only(results, (int, float, Decimal))
    exact = [Decimal(str(value)) for value in results]
    if not all(value.is_finite() for value in exact):
        raise TypeError(_kind(next(v for v in exact if not v.is_finite())))
    scale = context.scale if context.type.family == "decimal" else _decimal_places(exact)
    units = [round(value.scaleb(scale)) for value in exact]
    low, high = _bounds(units)
    return units, lambda array: Decimals(array, scale, low, high)


def _decimal_places(values: list[Decimal]) -> int:
    """Return the decimal places a float column keeps: all, up to 9, and to 18 digits in all."""
    whole = max(value.adjusted() for value in values) + 1
    places = max(-int(value.as_tuple().exponent) for value in values)
    return max(0, min(places, _MAX_DECIMAL_PLACES, 18 - whole))


def _dates(results: list[Any], context: ColumnContext) -> Converted:
    del context
    _only(results, dt.date)
    days = [days_of(v.date() if isinstance(v, dt.datetime) else v) for v in results]
    low, high = _bounds(days)
    return days, lambda array: Dates(array, low, high)


def _timestamps(results: list[Any], context: ColumnContext) -> Converted:
    del context
    _only(results, dt.date)
    seconds = [_seconds(value) for value in results]
    low, high = _bounds(seconds)
    return seconds, lambda array: Timestamps(array, low, high)


def _seconds(value: dt.date) -> int:
    if not isinstance(value, dt.datetime):
        return days_of(value) * 86_400
    utc = value if value.tzinfo is None else value.astimezone(dt.UTC).replace(tzinfo=None)
    return (utc - dt.datetime(1970, 1, 1)) // dt.timedelta(seconds=1)


def _booleans(results: list[Any], context: ColumnContext) -> Converted:
    del context
    _only(results, bool, boolean=True)
    return [int(value) for value in results], lambda array: Booleans(array == 1)


_CONVERTERS: dict[str, Callable[[list[Any], ColumnContext], Converted]] = {
    "integer": _integers,
    "decimal": _decimals,
    "float": _decimals,
    "date": _dates,
    "timestamp": _timestamps,
    "boolean": _booleans,
}
