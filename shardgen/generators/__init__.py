"""
Generators, a file for each family, which the registry imports when a schema names one of its own.

A new generator is a struct with `@generator("name")` in the file of its family, and its name in
`registry.FAMILIES`; or in a package of one's own that the entry-point group `shardgen.generators`
names.
"""

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
    "decode_generator",
    "default_generator",
    "generator",
]
