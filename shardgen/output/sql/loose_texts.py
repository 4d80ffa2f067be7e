"""
Texts of a key that a database takes for one, though they differ: in case, or after some letters.

Such a key is one under a collation without case, over `lower(x)`, or over the beginning of a text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from shardgen.errors import shown
from shardgen.output.sql.equality import Refusal
from shardgen.tables.text_lengths import max_length, may_end_in_space
from shardgen.tables.values import ColumnValues, Dictionary, HexDigits, Text, Union

_WAY_OUT = "use texts of small letters, such as those of a pattern or an email, or leave out unique"


def alike_without_case(values: ColumnValues, where: str, *, ascii_only: bool) -> Refusal | None:
    """
    Return why two texts may be one `where` case does not count; None where they never are.

    Where they are to be `ascii_only`, accents do not count either: other letters are refused.
    """
    if not isinstance(values, Dictionary | Text):
        return None
    parts = values.elements if isinstance(values, Text) else (values,)
    pools = [*_pools(parts)]
    if ascii_only:
        foreign = next((t for pool in pools for t in pool if not t.isascii()), None)
        if foreign is not None:
            what = f"yields texts such as {shown(foreign)}, of which letters may be one {where}"
            return what, "use plain letters without accents, or leave out unique"
    if len(parts) == 1 and len(pools) == 1:
        return _alike(pools[0], str.casefold, where)
    texts = [text for pool in pools for text in pool]
    if any(all(text == case(text) for text in texts) for case in (str.lower, str.upper)):
        return None
    return f"yields texts that may differ in case alone, which does not count {where}", _WAY_OUT


def alike_at_first(values: ColumnValues, letters: int) -> Refusal | None:
    """Return why two texts may begin with the same letters; None where so many tell them apart."""
    if not isinstance(values, Dictionary | Text) or max_length(values) <= letters:
        return None
    parts = values.elements if isinstance(values, Text) else (values,)
    where = f"in an index over {letters} characters"
    if len(parts) == 1 and isinstance(parts[0], Dictionary):
        return _alike(parts[0].pool.values, lambda text: text[:letters], where)
    what = f"yields up to {max_length(values)} characters, and {letters} are to tell them apart"
    return what, "choose a shorter type, or leave out unique"


def alike_without_spaces(values: ColumnValues, title: str) -> Refusal | None:
    """Return why two texts may differ in spaces at their end alone; None where they never do."""
    where = f"by its collation in {title}"
    if isinstance(values, Dictionary):
        return _alike(values.pool.values, lambda text: text.rstrip(" "), where)
    if not isinstance(values, Text) or not may_end_in_space(values.elements):
        return None
    what = f"yields texts that may end in spaces, which do not count {where}"
    return what, "leave them out, or leave out unique"


def _alike(texts: tuple[str, ...], kept: Callable[[str], str], where: str) -> Refusal | None:
    seen: dict[str, str] = {}
    for text in texts:
        first = seen.setdefault(kept(text), text)
        if first != text:
            return f"yields {shown(first)} and {shown(text)}, which are one value {where}", _WAY_OUT
    return None


def _pools(parts: object) -> Iterator[tuple[str, ...]]:
    """Yield the strings that each part draws from, where these have letters."""
    assert isinstance(parts, tuple)
    for part in parts:
        match part:
            case Dictionary(pool=pool):
                yield tuple(pool.values)
            case HexDigits():
                yield ("abcdef",)
            case Union():
                for branch in part.branches:
                    yield from _pools(tuple(branch))
                    yield from ((text,) for text in branch if isinstance(text, str))
