"""
Parameters of a schema → a generator, with every spelling that real schemas use.

A distribution may be a string beside its parameters or {type, params}, inside `generator_params`
or beside it; `ranges` or `values` alone mean a weighted distribution.
"""

from __future__ import annotations

import math
import sys
from functools import cache
from typing import Any

import msgspec

from shardgen.errors import BindError, join_path, nearest, shown
from shardgen.generators.foreign import foreign_code, foreign_errors, is_foreign, raised_by
from shardgen.generators.generator import Generator
from shardgen.generators.registry import GENERATORS, prefix_of
from shardgen.random.bounds import centre_outside
from shardgen.random.distributions import (
    DISTRIBUTIONS,
    SPELLINGS,
    Distribution,
    Quantiles,
    WeightedRanges,
    WeightedValues,
    decode_distribution,
)
from shardgen.schema.catalog_tables import CatalogColumn
from shardgen.schema.messages import STEP, Fault, explain, suggestion
from shardgen.schema.struct_fields import fields_of

COMMON = ("null_probability", "edge_case_probability")
"""Parameters of every generator: the binder reads them, not the generator."""
_KNOWN = ", ".join(DISTRIBUTIONS)
_FAR = sys.float_info.max


class ParametersError(BindError):
    """A generator that does not exist or cannot take its parameters; `faults` holds them all."""

    def __init__(self, faults: list[Fault]) -> None:
        """Keep the faults, at least one."""
        where, what, hint = faults[0]
        super().__init__(f"{where.lstrip('.')}: {what}", hint)
        self.faults = tuple(faults)


def decode_generator(column: CatalogColumn) -> Generator:
    """Return the generator that `column` names, with its parameters; else ParametersError."""
    assert column.generator is not None, "columns without a generator have none to decode"
    kind = generator_kind(column.generator)
    prefix = prefix_of(column.generator)
    if not prefix and column.generator not in _MADE and _lists_values(column, kind):
        kind = generator_kind("choice")
    decoder = _Decoder(column, kind)
    parameters = decoder.respelt(column.generator_params)
    for name in COMMON:
        parameters.pop(name, None)
    if column.distribution is not None:
        parameters.setdefault("distribution", column.distribution)
    if prefix:
        parameters["method"] = column.generator.removeprefix(prefix)
    return decoder.decode(parameters)


_MADE = frozenset({"uuid", "sequence", "ordinal", "expression", "dataset", "pattern"})
"""Generators whose values are made: a list in their place would be another generator."""


def _lists_values(column: CatalogColumn, kind: type[Generator]) -> bool:
    """Return whether the column lists values for a generator that draws from its own."""
    if {"values", "distribution"} & set(kind.__struct_fields__):
        return False
    said = column.generator_params
    inside: list[Any] = [said]
    for form in (said.get("distribution"), column.distribution):
        inside += [form, form.get("params")] if isinstance(form, dict) else []
    return any(isinstance(holder, dict) and "values" in holder for holder in inside)


def generator_kind(name: str) -> type[Generator]:
    """Return the generator of that name, also of a plugin; ParametersError for an unknown name."""
    if name not in GENERATORS:
        from shardgen.generators.plugins import load_plugins

        broken = load_plugins()
        if name not in GENERATORS:
            hint = nearest(name, GENERATORS) or "see `shardgen generators` for all of them"
            hint = "; ".join([hint, *broken])
            raise ParametersError([(".generator", f"unknown generator {shown(name)}", hint)])
    return GENERATORS[name]


def bound_spellings(kind: type[Generator]) -> dict[str, str]:
    """Let `min` and `max` of a distribution mean, say, `min_age` and `days_ago_max`."""
    fields = kind.__struct_fields__
    found: dict[str, str] = {}
    for bound in {"min", "max"}.difference(fields):
        fits = [name for name in fields if bound in (name.split("_")[0], name.split("_")[-1])]
        if len(fits) == 1:
            found[bound] = fits[0]
    return found


@cache
def _has_whole_bounds(kind: type[Generator]) -> bool:
    """Return whether the generator's `min` is a whole number."""
    return any(field.name == "min" and field.type is int for field in fields_of(kind))


class _Decoder:
    """Decodes the parameters of one column's generator, and knows where each of them stands."""

    def __init__(self, column: CatalogColumn, kind: type[Generator]) -> None:
        self.column = column
        self.kind = kind
        self.fields = set(kind.__struct_fields__) - {"method"}
        bounds = bound_spellings(kind)
        self.spellings = kind.spellings | bounds
        self.narrower = {bounds.get("min", "min"): max, bounds.get("max", "max"): min}
        self.narrowed = False

    def respelt(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return parameters by their own names; ParametersError when one is given under two."""
        own: dict[str, Any] = {}
        first: dict[str, str] = {}
        has_law = self.column.distribution is not None or "distribution" in parameters
        for name, value in parameters.items():
            key = self.spellings.get(name, name)
            if key in own and has_law and {name, first[key]} & {"min", "max"}:
                own[key] = self._both(key, own[key], value)
                continue
            if key in own:
                what = f"{shown(name)} is another name of {shown(first[key])}"
                raise ParametersError(
                    [(join_path(".generator_params", name), what, "keep one of them")]
                )
            own[key], first[key] = value, name
        return own

    def _both(self, name: str, first: Any, second: Any) -> Any:
        """Return the narrower of two bounds: of the generator's own, and its distribution's."""
        self.narrowed = True
        numbers = all(isinstance(bound, (int, float)) for bound in (first, second))
        return self.narrower[name](first, second) if numbers else second

    def decode(self, parameters: dict[str, Any]) -> Generator:
        """Return the generator, or raise ParametersError with everything that is wrong."""
        distribution: Distribution | None = None
        faults: list[Fault] = []
        if "distribution" in self.fields:
            distribution, parameters = self._take_distribution(parameters, faults)
        elif "values" in self.fields:
            parameters = self._flatten(parameters)
            self._check_listed(parameters.pop("distribution", None), faults)
        for name in sorted(parameters.keys() - self.fields - {"method"}):
            faults.append(self._unknown(name, self.fields | set(COMMON)))
            del parameters[name]
        if distribution is not None:
            self._check_overlap(distribution, faults)
            parameters = self._extent(distribution) | parameters
        if not faults:
            self._check_both_bounds(parameters, faults)
        made = self._converted(parameters, faults)
        if made is None or faults:
            raise ParametersError(sorted(faults))
        if distribution is None:
            return made
        self._check_centre(made, distribution)
        return msgspec.structs.replace(made, distribution=distribution)

    def _converted(self, parameters: dict[str, Any], faults: list[Fault]) -> Generator | None:
        """Return the generator; None where it takes no such parameters, and `faults` says why."""
        try:
            with foreign_code():
                return msgspec.convert(parameters, self.kind)
        except msgspec.ValidationError as error:
            faults.append(self._fault(error, parameters, self.kind))
        except foreign_errors() as error:
            if not is_foreign(self.kind):
                raise
            faults.append((".generator", raised_by(self.kind, error), ""))
        return None

    def _check_listed(self, form: Any, faults: list[Fault]) -> None:
        """Refuse any law for listed values but that of their weights."""
        if form not in (None, "weighted", "uniform"):
            what = f"listed values have weights, and no distribution {shown(form)}"
            faults.append((self._path("distribution"), what, "leave it out"))

    def _extent(self, distribution: Distribution) -> dict[str, Any]:
        """
        Return the bounds that a distribution has, if the generator has bounds.

        Those of listed ranges and values go before the generator's own; those of a law, in whole
        numbers, are for a generator that has none.
        """
        if not {"min", "max"} <= self.fields:
            return {}
        extent = distribution.extent()
        is_listed = isinstance(distribution, Quantiles | WeightedRanges | WeightedValues)
        if extent is None or (self.kind.own_bounds and not is_listed):
            return {}
        if not is_listed or _has_whole_bounds(self.kind):
            low, high = (min(max(bound, -_FAR), _FAR) for bound in extent)
            return {"min": math.floor(low), "max": math.ceil(high)}
        return {"min": extent[0], "max": extent[1]}

    def _check_both_bounds(self, parameters: dict[str, Any], faults: list[Fault]) -> None:
        """Refuse one bound without the other, where no other has a meaning."""
        given = sorted({"min", "max"} & parameters.keys())
        if not self.kind.own_bounds and len(given) == 1:
            missing = "max" if given == ["min"] else "min"
            what = f"{given[0]!r} is given, and {missing!r} is missing"
            hint = "give both, or a distribution that has bounds of its own"
            faults.append((self._path(given[0]), what, hint))

    def _check_overlap(self, distribution: Distribution, faults: list[Fault]) -> None:
        """Refuse ranges of which a value lies in two: nobody could say which weight it has."""
        twice = distribution.overlap() if isinstance(distribution, WeightedRanges) else None
        if twice is None or not isinstance(distribution, WeightedRanges):
            return
        first, second = (distribution.ranges[n] for n in twice)
        what = f"{second.min:g} to {second.max:g} overlaps {first.min:g} to {first.max:g}"
        faults.append((f"{self._path('ranges')}[{twice[1]}]", what, "let ranges follow each other"))

    def _check_centre(self, made: Any, distribution: Distribution) -> None:
        """Refuse a law whose middle lies outside the bounds: nearly all values would be one."""
        if not {"min", "max"} <= self.fields:
            return
        if not all(isinstance(bound, int | float) for bound in (made.min, made.max)):
            return  # bounds that hang on the column's type: the generator looks when it has them
        found = centre_outside(distribution, made.min, made.max)
        if found is not None:
            name, centre = found
            what = f"{centre} is not within min {made.min:g} to max {made.max:g}"
            raise ParametersError([(self._path(name), what, "give min and max")])

    def _flatten(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Bring {"distribution": {"type": …, "params": {…}}} to one level."""
        form = parameters.get("distribution")
        if not isinstance(form, dict):
            return dict(parameters)
        inner = {k: v for k, v in form.items() if k not in ("type", "params")}
        given = form.get("params") or {}
        if not isinstance(given, dict):
            where = self._path("distribution")
            raise ParametersError([(f"{where}.params", f"{shown(given)} is not an object", "")])
        inner = {self.spellings.get(k, k): v for k, v in {**inner, **given}.items()}
        rest = {k: v for k, v in parameters.items() if k != "distribution"}
        if "type" in form:
            rest["distribution"] = form["type"]
        elif inner.keys().isdisjoint(("ranges", "values")):
            where = self._path("distribution")
            raise ParametersError([(where, "the distribution has no type", f"known are {_KNOWN}")])
        twice = rest.keys() & inner.keys() & self.narrower.keys()
        return {**rest, **inner, **{k: self._both(k, rest[k], inner[k]) for k in twice}}

    def _take_distribution(
        self, parameters: dict[str, Any], faults: list[Fault]
    ) -> tuple[Distribution | None, dict[str, Any]]:
        """Split parameters into the distribution and what is the generator's own."""
        flat = self._flatten(parameters)
        if self.narrowed:
            self._check_narrowed(flat, faults)
        own = {k: v for k, v in flat.items() if k in self.fields and k != "distribution"}
        rest = {k: v for k, v in flat.items() if k not in self.fields}
        form = flat.get("distribution")
        if form is None and "ranges" in rest:
            form = "weighted_ranges"
        if form is None and "values" in rest:
            form = "weighted"
        if form is None:
            return None, {**own, **rest}  # what is left over is unknown to the generator too
        form = SPELLINGS.get(form, form) if isinstance(form, str) else form
        kind = DISTRIBUTIONS.get(form) if isinstance(form, str) else None
        if kind is None:
            what = f"unknown distribution {shown(form)}"
            hint = suggestion(str(form), list(DISTRIBUTIONS))
            faults.append((self._path("distribution"), what, hint))
            return None, own
        if form == "weighted" and "ranges" in rest:
            kind = DISTRIBUTIONS["weighted_ranges"]
        if isinstance(rest.get("values"), list):
            values = rest["values"]
            rest["values"] = [v if isinstance(v, dict) else {"value": v} for v in values]
        names = set(kind.__struct_fields__)
        for name in sorted(rest.keys() - names):
            faults.append(self._unknown(name, self.fields | names | set(COMMON)))
            del rest[name]
        try:
            return decode_distribution(form, rest), own
        except msgspec.ValidationError as error:
            faults.append(self._fault(error, rest, kind))
            return None, own

    def _check_narrowed(self, parameters: dict[str, Any], faults: list[Fault]) -> None:
        """Refuse bounds of a generator and of its distribution that leave nothing between them."""
        low, high = (parameters.get(name) for name in self.narrower)
        if not isinstance(low, (int, float)) or not isinstance(high, (int, float)):
            return
        if low > high:
            name = next(iter(self.narrower))
            what = f"{name} {low} is above the other bound, {high}"
            faults.append((self._path(name), what, "give each bound once"))

    def _unknown(self, name: str, known: set[str]) -> Fault:
        hint = nearest(name, known) or f"known are {', '.join(sorted(known))}"
        return self._path(name), f"unknown parameter {shown(name)}", hint

    def _fault(self, error: msgspec.ValidationError, raw: Any, kind: Any) -> Fault:
        path, what, hint = explain(str(error), raw, kind)
        first = STEP.match(path)
        if first is None:
            return self._path(""), what, hint
        return self._path(first[1]) + path[first.end() :], what, hint

    def _path(self, parameter: str) -> str:
        """Return where the schema gives a parameter, by the name that it has there."""
        spelt = {parameter, *(k for k, own in self.spellings.items() if own == parameter)}
        inside = [(".generator_params", self.column.generator_params)]
        for where, holder in (*inside, ("", {"distribution": self.column.distribution})):
            form = holder.get("distribution")
            if isinstance(form, dict):
                inside.append((f"{where}.distribution", form))
                if isinstance(form.get("params"), dict):
                    inside.append((f"{where}.distribution.params", form["params"]))
        if self.column.distribution is not None:
            inside.append(("", {"distribution": None}))
        for where, holder in inside:
            for name in sorted(spelt & holder.keys()):
                return join_path(where, name)
        return ".generator_params"
