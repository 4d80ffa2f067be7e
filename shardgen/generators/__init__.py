"""
Generators, a file for each family; importing this package registers the built-in ones.

A new generator is a struct with `@generator("name")` in the file of its family, or in a package
of one's own that the entry-point group `shardgen.generators` names.
"""

from shardgen.generators import (
    choice,
    companies,
    datasets,
    derived,
    fintech,
    numbers,
    patterns,
    payments,
    people,
    places,
    sequels,
    texts,
    times,
)
from shardgen.generators.base import GENERATORS, Generator, Maker, Refused, Site, TooMany, generator
from shardgen.generators.by_type import default_generator
from shardgen.generators.params import decode_generator

__all__ = [
    "GENERATORS",
    "Generator",
    "Maker",
    "Refused",
    "Site",
    "TooMany",
    "choice",
    "companies",
    "datasets",
    "decode_generator",
    "default_generator",
    "derived",
    "fintech",
    "generator",
    "numbers",
    "patterns",
    "payments",
    "people",
    "places",
    "sequels",
    "texts",
    "times",
]
