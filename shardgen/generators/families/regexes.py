"""Texts that match a regular expression."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from shardgen.errors import BindError
from shardgen.generators.context import ColumnContext
from shardgen.generators.families.patterns import (
    PatternElement,
    PatternText,
    elements_of,
    indices_of,
)
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.registry import generator
from shardgen.generators.regular_expressions import parts_of_regex
from shardgen.random.overriding import override

_LONGEST_PATTERN = 2000
_MOST_CHARACTERS = 1000  # of a text


@generator("regex")
class Regex(Generator, frozen=True):
    r"""
    Text that matches a regular expression, `pattern`: `^[A-Z]{3}-\d{4}$`.

    The pattern has characters, `.`, classes such as `[a-z]`, `\d \w \s` and `[:alpha:]`, groups,
    `|`, and `* + ? {2,5}`; `^` and `$` at its ends, and nothing that looks around or back. Repeats
    without an end have up to 8 more than their least. Texts have `min_length` to `max_length`
    characters, or as many as the column holds. On a unique column no text comes twice.
    """

    pattern: Annotated[str, Meta(min_length=1, max_length=_LONGEST_PATTERN)]
    min_length: Annotated[int, Meta(ge=0, le=_MOST_CHARACTERS)] = 0
    max_length: Annotated[int, Meta(ge=1, le=_MOST_CHARACTERS)] | None = None

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        if "\0" in self.pattern:
            raise BindError("the pattern has a NUL, which no database stores")
        limits = [n for n in (context.max_length, self.max_length, _MOST_CHARACTERS) if n]
        parts = parts_of_regex(
            self.pattern,
            shortest=self.min_length,
            longest=min(limits),
            unique=context.unique,
        )
        elements = tuple(elements_of(parts))
        indices = indices_of(context, [e.size for e in elements if isinstance(e, PatternElement)])
        return BoundGenerator.of(PatternText(elements, indices.compute), indices)
