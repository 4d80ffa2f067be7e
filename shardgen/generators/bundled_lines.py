"""The data sets that come with shardgen, for generators by name: read when first used."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from shardgen.schema.datasets import parse_csv

_PACKAGE = Path(__file__).parent.parent
_FOLDERS = (_PACKAGE / "schemas", _PACKAGE.parent / "schemas")


_SHARES = {
    "healthcare-diagnoses": (
        "reason",
        {
            "Hypertension": 14, "Type 2 diabetes": 10, "High cholesterol": 8, "Minor illness": 10,
            "Annual physical": 8, "Asthma": 4, "COPD": 3, "Depression": 4, "Anxiety": 4,
            "Acid reflux": 3, "Osteoarthritis": 3, "Hypothyroidism": 3, "Migraine": 2,
            "Injury": 3, "Follow-up check": 3, "Flu symptoms": 2, "Acute pain": 2,
        },
    ),
}  # fmt: skip
"""How common the values of a field are, where its weights are those within one value; others: 1."""


class Lines(NamedTuple):
    """Lines of a data set, each as its fields by name, and the weight of each."""

    fields: tuple[dict[str, str], ...]
    weights: tuple[float, ...]


@cache
def load_lines(name: str) -> Lines:
    """Return the lines of the bundled data set of that name, such as `healthcare-diagnoses`."""
    path = next(p for folder in _FOLDERS if (p := folder / f"{name}.csv").exists())
    header, rows = parse_csv(path.read_bytes())
    fields = tuple(
        {key: value or "" for key, value in zip(header, row, strict=True)} for row in rows
    )
    weights = [float(line.get("weight") or 1) for line in fields]
    if name in _SHARES:
        field, shares = _SHARES[name]
        sums: dict[str, float] = {}
        for line, weight in zip(fields, weights, strict=True):
            sums[line[field]] = sums.get(line[field], 0) + weight
        weights = [
            weight / sums[line[field]] * shares.get(line[field], 1)
            for line, weight in zip(fields, weights, strict=True)
        ]
    return Lines(fields, tuple(weights))


@lru_cache(maxsize=64)
def lines_within(name: str, limits: tuple[tuple[str, int], ...], once: str | None) -> Lines:
    """
    Return the lines of which no field is longer than its limit.

    Where a field is `once`, each value of it is in the first of its lines alone.
    """
    lines = load_lines(name)
    kept: list[int] = []
    seen: set[str] = set()
    for n, line in enumerate(lines.fields):
        fits = all(len(line[field]) <= limit for field, limit in limits)
        if fits and (once is None or line[once] not in seen):
            kept.append(n)
            seen |= {line[once]} if once is not None else set()
    return Lines(tuple(lines.fields[n] for n in kept), tuple(lines.weights[n] for n in kept))
