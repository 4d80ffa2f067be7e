"""
verify(): what was written compared with what a run would write, and the first difference named.

Nothing is kept of it: a file is read once, in order, while the rows that it should have are made.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from shardgen.errors import DifferenceError, Mistake, PlanError
from shardgen.execution.verifying.difference import Difference, FoundDifferenceError
from shardgen.execution.verifying.dumps import dump_targets
from shardgen.execution.verifying.folders import folder_target
from shardgen.execution.verifying.reading import reading
from shardgen.execution.verifying.targets import File, Target
from shardgen.execution.verifying.texts import Comparison, Piece
from shardgen.plan.load import SchemaSource


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """
    What was found: nothing is wrong where `difference` is None.

    `how` is "whole", "quick" or "sample"; `compared` is how many of the `rows` were. `files` is how
    many there are, 0 for a database.
    """

    target: str
    schema: str
    format: str
    seed: int
    how: str
    rows: int
    compared: int
    files: int
    seconds: float
    difference: Difference | None = None


def verify(
    target: str | Path,
    schema: SchemaSource | None = None,
    *,
    quick: bool = False,
    sample: float | None = None,
    options: Mapping[str, Any] | None = None,
) -> Verified:
    """
    Compare a dump, a file or a folder with what a run would write, and return what was found.

    What it was made from is what its manifest or its header says; `schema` may be left out for a
    bundled one, and `options`, as a run takes them, say the rest. Where both say it, they have to
    agree. With `quick` files are looked for and measured, and no row is made; with `sample`, above
    0 and up to 1, that share of the shards is compared. DifferenceError where it cannot be known
    what was meant.
    """
    share = share_of(sample, quick=quick)
    path, started = Path(target), time.perf_counter()
    given = dict(options or {})
    best: tuple[int, Target, Verified] | None = None
    for candidate in _targets(path, schema, given):
        verified, reached = _verified(str(target), candidate, share)
        if best is None or reached > best[0]:
            best = reached, candidate, verified
        if verified.difference is None:
            best = reached, candidate, verified
            break
    assert best is not None, "there is a way in which it may have been made"
    _, chosen, verified = best
    if verified.difference is not None and share:
        verified, _ = _verified(str(target), chosen, None)
    return msgspec.structs.replace(verified, seconds=time.perf_counter() - started)


def share_of(sample: float | None, *, quick: bool) -> float | None:
    """Return the share of the shards that are compared; None for all."""
    if sample is not None and not 0 < sample <= 1:
        raise PlanError([Mistake("", f"a sample of {sample:g} is asked for", "say 0.01 to 1")])
    if quick and sample is not None:
        what = "a sample is asked for, and quick compares no rows"
        raise PlanError([Mistake("", what, "ask for one of the two")])
    return 0.0 if quick else sample


def _targets(path: Path, schema: SchemaSource | None, given: dict[str, Any]) -> Iterator[Target]:
    """Yield what it may be, the likeliest first."""
    if path.is_dir():
        yield folder_target(path, schema, given)
    else:
        yield from dump_targets(path, schema, given)


def _verified(name: str, target: Target, share: float | None) -> tuple[Verified, int]:
    """Return what is found if it is that, and how many bytes are right before a difference."""
    source, compared, reached, difference = target.source, 0, 0, target.difference
    choose = _chooser(target, share)
    for file in target.files if difference is None else ():
        if share == 0.0 and file.stored.size is not None:
            continue
        try:
            rows, size = _compare(file, choose)
            compared, reached = compared + rows, reached + size
        except FoundDifferenceError as error:
            difference = error.difference
        except DifferenceError as error:
            difference = Difference(file=file.name, what=str(error))
        if difference is not None:
            reached += file.reached
            break
    how = "whole" if share is None else "sample" if share else "quick"
    return Verified(
        target=name,
        schema=source.plan.schema.name,
        format=source.plan.format.name,
        seed=source.plan.seed,
        how=how,
        rows=source.plan.rows,
        compared=compared,
        files=len(target.files),
        seconds=0.0,
        difference=difference,
    ), reached


def _chooser(target: Target, share: float | None) -> Callable[[int], bool]:
    """Return whether a shard is looked at, by its index; those that are lie evenly."""
    return chosen_evenly(target.source.plan.shard_count(), share)


def chosen_evenly(count: int, share: float | None) -> Callable[[int], bool]:
    """Return which of so many things are a share of them, by their index; None for all."""
    if share is None or not count:
        return lambda _: True
    wanted = max(1, round(share * count)) if share else 0
    return lambda index: (index + 1) * wanted // count > index * wanted // count


def _compare(file: File, choose: Callable[[int], bool]) -> tuple[int, int]:
    """Compare a file; return its rows that were, and the bytes that were read."""
    pieces = (_with_choice(piece, choose) for piece in file.pieces())
    if file.is_columnar:
        from shardgen.execution.verifying.columnar import compare_columnar

        return compare_columnar(file.stored.path, file.name, file.source, pieces), 0
    comparison = Comparison(file.source, file.name)
    with reading(file.stored.path, file.stored.compression) as reader:
        try:
            comparison.compare(reader, pieces)
        finally:
            file.reached = comparison.reached
        return comparison.rows, comparison.reached


def _with_choice(piece: Piece, choose: Callable[[int], bool]) -> Piece:
    if piece.shard is None or choose(piece.shard.index):
        return piece
    return msgspec.structs.replace(piece, is_chosen=False)
