"""
The generators that a schema defines itself, by name, as what they stand for in each column.

Such a generator is another one with parameters; it may build on one that is custom too. A column's
own parameters go before it. One that has the name of a built-in generator takes its place in the
schema, and may build on it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from shardgen.errors import join_path, nearest, shown
from shardgen.schema.spellings.draft import Draft, Raw, place_in_list

_FIELDS = ("type", "description", "generator", "generator_params", "params", "distribution")


class Custom(msgspec.Struct, frozen=True):
    """A generator of the schema's own, and where each of its parameters stands."""

    generator: str
    parameters: dict[str, Any]
    distribution: Any
    path: str
    places: dict[str, str]


def with_custom_generators(raw: Raw, customs: Any, draft: Draft) -> Raw:
    """Return the file with the generators of its own resolved wherever a column names one."""
    if not isinstance(customs, dict):
        draft.refuse("custom_generators", f"{shown(customs)} is not an object")
        return raw
    known: dict[str, Custom | None] = {}
    for name, entry in customs.items():
        known[name] = _read(entry, join_path("custom_generators", name), draft)
    _refuse_circles(known, draft)
    if not isinstance(raw.get("tables"), list):
        return raw
    return {
        **raw,
        "tables": [_table(table, n, known, draft) for n, table in enumerate(raw["tables"])],
    }


def _read(entry: Any, path: str, draft: Draft) -> Custom | None:
    """Return a custom generator; None, with a mistake noted, where it cannot be read."""
    if not isinstance(entry, dict):
        draft.refuse(path, f"{shown(entry)} is not an object")
        return None
    for name in entry.keys() - set(_FIELDS):
        hint = nearest(name, _FIELDS) or f"known are {', '.join(_FIELDS)}"
        draft.refuse(join_path(path, name), f"unknown field {shown(name)}", hint)
    base = entry.get("generator")
    if not isinstance(base, str) or not base:
        what = f"{shown(base)} is not the name of a generator" if base else "'generator' is missing"
        draft.refuse(path if base is None else f"{path}.generator", what)
        return None
    parameters: dict[str, Any] = {}
    places: dict[str, str] = {}
    for holder in ("generator_params", "params"):
        given = entry.get(holder) or {}
        if not isinstance(given, dict):
            draft.refuse(f"{path}.{holder}", f"{shown(given)} is not an object")
            return None
        for name, value in given.items():
            place = join_path(f"{path}.{holder}", name)
            if name in parameters:
                what = f"{shown(name)} stands in generator_params too"
                draft.refuse(place, what, "keep one of them")
            parameters[name], places[name] = value, place
    return Custom(base, parameters, entry.get("distribution"), path, places)


def _chain(name: str, known: dict[str, Custom | None]) -> list[str]:
    """Return the custom generators that one is built of, itself first, at most once round."""
    names = [name]
    while True:
        custom = known[names[-1]]
        if custom is None or custom.generator == names[-1] or custom.generator not in known:
            return names
        names.append(custom.generator)
        if custom.generator in names[:-1]:
            return names


def _refuse_circles(known: dict[str, Custom | None], draft: Draft) -> None:
    """Note each circle of generators, once, and make its generators unusable."""
    for name in list(known):
        names = _chain(name, known)
        if names[-1] != name or len(names) == 1:
            continue
        path = join_path("custom_generators", name, "generator")
        drawn = " → ".join(map(shown, names))
        draft.refuse(path, f"custom generators are built on each other in a circle: {drawn}")
        known |= dict.fromkeys(names)


def _table(table: Any, position: int, known: dict[str, Custom | None], draft: Draft) -> Any:
    if not isinstance(table, dict) or not isinstance(table.get("columns"), list):
        return table
    path = f"tables{place_in_list(table, position)}.columns"
    columns = [
        _column(column, path + place_in_list(column, n), known, draft)
        if isinstance(column, dict) and column.get("generator") in known
        else column
        for n, column in enumerate(table["columns"])
    ]
    return {**table, "columns": columns}


def _column(column: Raw, path: str, known: dict[str, Custom | None], draft: Draft) -> Raw:
    """Return a column whose custom generator is the one that it is built on in the end."""
    customs = [known[name] for name in _chain(column["generator"], known)]
    own = column.get("generator_params") or {}
    if None in customs or not isinstance(own, dict):
        left = ("generator", "generator_params", "distribution")  # reported where it is defined
        return {name: value for name, value in column.items() if name not in left}
    made, parameters = dict(column), dict(own)
    for custom in customs:
        assert custom is not None, "columns with such a one are made above"
        made["generator"] = custom.generator
        draft.moved[f"{path}.generator"] = f"{custom.path}.generator"
        for name, value in custom.parameters.items():
            if name not in parameters:
                parameters[name] = value
                draft.moved[join_path(f"{path}.generator_params", name)] = custom.places[name]
        if custom.distribution is not None and made.get("distribution") is None:
            made["distribution"] = custom.distribution
            draft.moved[f"{path}.distribution"] = f"{custom.path}.distribution"
    return {**made, "generator_params": parameters}
