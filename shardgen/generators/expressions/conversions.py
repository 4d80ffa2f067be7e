"""Typed nodes as another kind: as text, and several of them as one kind."""

from __future__ import annotations

from collections.abc import Sequence

from shardgen.generators.expressions.constants import read_temporal
from shardgen.generators.expressions.operations import TO_TEXT, TO_TIMESTAMP
from shardgen.generators.expressions.typed import (
    INTERVAL_KINDS,
    KIND_NAMES,
    NUMBER_KINDS,
    TEMPORAL_KINDS,
    Kind,
    Typed,
)


def as_text(of: Typed) -> Typed:
    """Return any value as text; ExpressionError where it has no text."""
    if of.kind in ("text", "null"):
        return of
    overload = TO_TEXT.get("number" if of.kind in NUMBER_KINDS else of.kind)
    if overload is None:
        raise of.node.wrong(f"{KIND_NAMES[of.kind]} has no text", "add it to a date first")
    return overload.apply(of.node, [of])


def alike(args: Sequence[Typed]) -> list[Typed]:
    """
    Return arguments of a comparison or a choice as kinds that go together.

    Beside a date or a timestamp, text that is written out becomes one; beside a timestamp, a date
    becomes the timestamp that it begins with. ExpressionError where such a text is not a date.
    """
    if not any(arg.kind in TEMPORAL_KINDS for arg in args):
        return list(args)
    read = [read_temporal(arg) for arg in args]
    if any(arg.kind == "timestamp" for arg in read):
        read = [_as_timestamp(arg) for arg in read]
    return read


def _as_timestamp(of: Typed) -> Typed:
    return TO_TIMESTAMP.apply(of.node, [of]) if of.kind == "date" else of


def common_kind(args: Sequence[Typed]) -> Kind:
    """Return the kind that all of these have, nulls aside; ExpressionError if they differ."""
    of = [arg for arg in args if arg.kind != "null"]
    if not of:
        raise args[0].node.wrong("all of these values are null", "one of them needs a kind")
    kind = of[0].kind
    for arg in of[1:]:
        if kind in NUMBER_KINDS and arg.kind in NUMBER_KINDS:
            kind = max(kind, arg.kind, key=NUMBER_KINDS.index)
        elif arg.kind != kind:
            what = f"a value is {KIND_NAMES[kind]}, and this one is {KIND_NAMES[arg.kind]}"
            raise arg.node.wrong(what, "to_text(x) makes text of any value")
    if kind in INTERVAL_KINDS:
        raise of[0].node.wrong(
            "an interval cannot be chosen", "choose the number in it: days(case … end)"
        )
    return kind
