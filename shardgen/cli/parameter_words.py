"""A generator's parameters in words: name, type and default of each."""

from __future__ import annotations

import typing
from typing import Any

import msgspec

from shardgen.generators.generator import Generator
from shardgen.random.distributions import DISTRIBUTIONS, Distribution, Weighted
from shardgen.schema.messages import type_arms

HEAD = ("parameter", "type", "default")
COMMON_ROWS = (
    ("null_probability", "number 0 to 1", "0.1 where nullable"),
    ("edge_case_probability", "number 0 to 1", "that of the run"),
)
"""What every generator takes."""

_TYPE_WORDS = {int: "whole number", float: "number", str: "text", bool: "true or false"}

Row = tuple[str, str, str]


def parameter_rows(kind: type[Generator]) -> list[Row]:
    """Return a row as in HEAD for each parameter: the generator's own, then COMMON_ROWS."""
    return [*own_parameter_rows(kind), *COMMON_ROWS]


def own_parameter_rows(kind: type[Generator]) -> list[Row]:
    """Return a row as in HEAD for each parameter that is the generator's own."""
    fields = msgspec.structs.fields(kind)
    return [
        (field.name, _type_text(field), _default_text(field))
        for field in fields
        if field.name != "method"  # of Faker: it stands in the generator's name
    ]


def _type_text(field: msgspec.structs.FieldInfo) -> str:
    """Return a parameter's type, such as `whole number 0 to 150`."""
    if "Weighted" in str(field.type):
        return "values, plain or {value, weight}"
    arms = [_arm_text(arm) for arm in type_arms(field.type)]
    return " or ".join(arm for arm in arms if arm)


def _arm_text(arm: Any) -> str:
    """Return one type of a union, "" for None."""
    limits = [m for m in getattr(arm, "__metadata__", ()) if isinstance(m, msgspec.Meta)]
    kind = arm.__origin__ if limits else arm
    if typing.get_origin(kind) is typing.Literal:
        return " | ".join(map(str, typing.get_args(kind)))
    kind = typing.get_origin(kind) or kind
    if kind is type(None):
        return ""
    text = _TYPE_WORDS.get(kind, "object" if kind is dict else kind.__name__.lower())
    return " ".join([text, *(limit for m in limits if (limit := _limit_text(m)))])


def _limit_text(meta: msgspec.Meta) -> str:
    if meta.ge is not None and meta.le is not None:
        return f"{meta.ge:g} to {meta.le:g}"
    words = (("above", meta.gt), ("from", meta.ge), ("to", meta.le), ("below", meta.lt))
    bounds = [f"{word} {limit:g}" for word, limit in words if limit is not None]
    if meta.max_length is not None:
        bounds.append(f"of at most {meta.max_length} characters")
    return " ".join(bounds)


def _default_text(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    default = field.default
    if default is msgspec.NODEFAULT:
        default = field.default_factory()
    if isinstance(default, Distribution):
        return _distribution_text(default)
    if isinstance(default, tuple) and default:
        return ", ".join(f"{e.value}:{e.weight:g}" for e in default if isinstance(e, Weighted))
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None or default in ({}, ()) else str(default)


def _distribution_text(distribution: Distribution) -> str:
    """Return a distribution as it would be called: `normal(mean=680, std_dev=80)`."""
    name = next(n for n, kind in DISTRIBUTIONS.items() if kind is type(distribution))
    values = msgspec.to_builtins(distribution)
    if ranges := values.pop("ranges", None):
        words = [f"{r['min']:g}–{r['max']:g}:{r['weight']:g}" for r in ranges]
    else:
        words = [f"{field}={value:g}" for field, value in values.items()]
    return f"{name}({', '.join(words)})" if words else name
