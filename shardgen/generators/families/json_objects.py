"""JSON objects by a schema of their keys, written so that every value is valid JSON."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

import msgspec

from shardgen.errors import BindError, nearest, shown
from shardgen.generators.context import ColumnContext
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.locales.pools import load_pool
from shardgen.generators.registry import generator
from shardgen.generators.value_functions import TextFunction
from shardgen.generators.weighted_strings import WeightedStrings
from shardgen.random.distributions import Weighted
from shardgen.random.overriding import override
from shardgen.tables.calendar import EPOCH

if TYPE_CHECKING:
    from shardgen.generators.generator import Source
    from shardgen.generators.value_functions import ElementFunction

_KINDS = (
    *("string", "integer", "number", "boolean", "array", "object", "null"),
    *("date", "timestamp"),
)
_SPELLINGS = {
    "text": "string", "str": "string", "varchar": "string",
    "int": "integer", "bigint": "integer",
    "float": "number", "decimal": "number", "double": "number",
    "bool": "boolean", "list": "array", "datetime": "timestamp",
}  # fmt: skip
_MOST_DEEP = 8  # objects in each other
_COUNT = 100  # the greatest number that is drawn, where nothing says which
_MOST_NUMBERS = 1000
_LIMIT = 1e15  # beyond, a float is not exact to the cent


@generator("json_object")
class JsonObject(Generator, frozen=True):
    """
    A JSON object by a `schema` of its keys: `{"source": "string", "level": {"values": [1, 2]}}`.

    A key has a kind (string, integer, number, boolean, array, object, date, timestamp, null),
    an object with `values`, plain or {value, weight}, of which it has one, or a schema again.
    `{"type": "integer", "min": 1, "max": 5}` is a kind with bounds, `{"type": "array", "items":
    "integer"}` a list of two, and what it holds. Without a schema it is a small object. On a unique
    column it is refused: an object of a few kinds comes again.
    """

    schema: dict[str, Any] = msgspec.field(default_factory=dict)

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        context.refuse_unique()
        if not self.schema:
            from shardgen.generators.by_type import JsonObject as SmallObject

            return SmallObject().bind(context)
        writer = _Writer(context)
        elements = writer.object(self.schema, "schema", 1)
        return BoundGenerator.of(TextFunction(tuple(_joined(elements))), *writer.sources)


class _Writer:
    """Elements of the text of an object: what is fixed, and what is drawn for each row."""

    def __init__(self, context: ColumnContext) -> None:
        self.context = context
        self.sources: list[Source] = []

    def object(self, keys: dict[str, Any], where: str, depth: int) -> list[str | ElementFunction]:
        """Return an object of these keys."""
        if depth > _MOST_DEEP:
            raise BindError(f"{where} has more than {_MOST_DEEP} objects in each other")
        elements: list[str | ElementFunction] = ["{"]
        for n, (key, facts) in enumerate(keys.items()):
            elements.append((", " if n else "") + f"{_encoded(key)}: ")
            elements += self.value(facts, f"{where}.{key}", depth)
        return [*elements, "}"]

    def value(self, facts: Any, where: str, depth: int) -> list[str | ElementFunction]:
        """Return a value as the schema of its key says."""
        if isinstance(facts, str):
            return self._kind(facts, {}, where, depth)
        if not isinstance(facts, dict):
            raise BindError(f"{where} is {shown(facts)}, no kind and no object", _known())
        if isinstance(facts.get("values"), list):
            return self._listed(facts["values"], where)
        if isinstance(facts.get("type"), str):
            return self._kind(facts["type"], facts, where, depth)
        return self.object(facts, where, depth + 1)

    def _listed(self, values: list[Any], where: str) -> list[str | ElementFunction]:
        if not values:
            raise BindError(f"{where}.values is empty")
        texts, weights = [], []
        for value in values:
            entry = Weighted(value)
            if isinstance(value, dict) and value.keys() <= {"value", "weight"}:
                try:
                    entry = msgspec.convert(value, Weighted)
                except msgspec.ValidationError as error:
                    raise BindError(f"{where}.values: {error}") from None
            texts.append(_encoded(entry.value))
            weights.append(entry.weight)
        return self._pick(texts, where, weights)

    def _pick(
        self, texts: list[str], where: str, weights: list[float] | None = None
    ) -> list[str | ElementFunction]:
        """Return one of the texts, each of which is a JSON value."""
        draw = self.context.pick_word(WeightedStrings(texts, weights), where)
        self.sources.append(draw)
        return [draw.compute]

    def _kind(  # noqa: PLR0911 -- a line for each kind
        self, name: str, facts: dict[str, Any], where: str, depth: int
    ) -> list[str | ElementFunction]:
        kind = _SPELLINGS.get(name.lower(), name.lower())
        match kind:
            case "string":
                words = load_pool("domain_word").values
                return self._pick([_encoded(word) for word in words], where)
            case "integer" | "number":
                return self._pick(_numbers(facts, where, whole=kind == "integer"), where)
            case "boolean":
                return self._pick(["false", "true"], where)
            case "null":
                return ["null"]
            case "array":
                return self._array(facts, where, depth)
            case "object":
                keys = facts.get("properties") or facts.get("schema") or {}
                if not isinstance(keys, dict):
                    raise BindError(f"{where} has {shown(keys)} for its keys, which is no object")
                return self.object(keys, where, depth + 1)
            case "date" | "timestamp":
                return self._pick(self._moments(is_date=kind == "date"), where)
        hint = nearest(name, _KINDS) or _known()
        raise BindError(f"{where} is of the unknown kind {shown(name)}", hint)

    def _array(self, facts: dict[str, Any], where: str, depth: int) -> list[str | ElementFunction]:
        """Return a list of two values."""
        if depth > _MOST_DEEP:
            raise BindError(f"{where} has more than {_MOST_DEEP} lists in each other")
        items = facts.get("items", "string")
        first, second = (self.value(items, f"{where}[{n}]", depth + 1) for n in range(2))
        return ["[", *first, ", ", *second, "]"]

    def _moments(self, *, is_date: bool) -> list[str]:
        """Return the days of the year before as-of, or their noons."""
        as_of = EPOCH + dt.timedelta(self.context.as_of)
        days = [(as_of - dt.timedelta(n)).isoformat() for n in range(1, 366)]
        return [_encoded(text if is_date else f"{text}T12:00:00Z") for text in days]


def _numbers(facts: dict[str, Any], where: str, *, whole: bool) -> list[str]:
    """Return numbers from `min` to `max` as text, at most a thousand of them, evenly spread."""
    low, high = facts.get("min", 1), facts.get("max", _COUNT)
    for bound in (low, high):
        if isinstance(bound, bool) or not isinstance(bound, (int, float)) or abs(bound) >= _LIMIT:
            raise BindError(f"{where} has the bound {shown(bound)}, which is no number below 1e15")
    scale = 1 if whole else 100
    least, most = math.ceil(low * scale), math.floor(high * scale)
    if least > most:
        raise BindError(f"{where}: min {low:g} is above max {high:g}")
    step = (most - least) // _MOST_NUMBERS + 1
    units = range(least, most + 1, step)
    return [str(n) if whole else f"{n / scale:.2f}" for n in units]


def _encoded(value: Any) -> str:
    """Return a value as JSON in ASCII; BindError where a database refuses it."""
    if isinstance(value, str) and "\0" in value:
        raise BindError(f"{shown(value)} has a NUL, which no database stores in JSON")
    return msgspec.json.encode(value).decode()


def _known() -> str:
    return f"known are {', '.join(_KINDS)}, or an object with values"


def _joined(elements: list[str | ElementFunction]) -> list[str | ElementFunction]:
    """Return elements with neighbouring fixed texts as one."""
    made: list[str | ElementFunction] = []
    for element in elements:
        if made and isinstance(element, str) and isinstance(made[-1], str):
            made[-1] += element
        else:
            made.append(element)
    return made
