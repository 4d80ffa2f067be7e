"""Pictures as SVG within a page: histograms, bars, heat maps; numbers stand in their titles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from shardgen.cli.description.words import share
from shardgen.execution.description.cells import point
from shardgen.execution.description.description import (
    ColumnDescription,
    Correlation,
    Fan,
    Histogram,
    Kind,
    TopValue,
)

_WIDE, _HIGH = 260, 84
_FOOT = 14  # below the bars, for the ends of the axis
_LEAST = 1.2  # pixels of a bar that is not empty
_LINE = 17
_LABEL = 106  # pixels for the names of values
_LETTERS = 16
_CELL = 26


def plain(text: str) -> str:
    """Return a text for HTML, without anything that is no character of it."""
    shown = text if text.isprintable() else "".join(c if c.isprintable() else "�" for c in text)
    return escape(shown)


def _svg(width: float, height: float, label: str, parts: Iterable[str], kind: str = "") -> str:
    """Return a picture as wide as its place, up to a limit, or of its own size with a `kind`."""
    size = f' class="{kind}" width="{_n(width)}" height="{_n(height)}"' if kind else ""
    return (
        f'<svg{size} viewBox="0 0 {_n(width)} {_n(height)}" role="img" '
        f'aria-label="{plain(label)}">{"".join(parts)}</svg>'
    )


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _bar(x: float, high: float, width: float, title: str, kind: str) -> str:
    """Return an upright bar; `high` is a share of the greatest height."""
    if high <= 0:
        return ""
    tall = max(_LEAST, high * (_HIGH - _FOOT - 4))
    y = _HIGH - _FOOT - tall
    place = f'x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(tall)}"'
    return f'<rect class="{kind}" {place}><title>{plain(title)}</title></rect>'


def _axis(left: str, right: str) -> str:
    at = _HIGH - 2
    line = _HIGH - _FOOT
    ends = f'<text x="0" y="{at}">{plain(left)}</text>'
    if right:
        ends += f'<text x="{_WIDE}" y="{at}" text-anchor="end">{plain(right)}</text>'
    return f'<path class="axis" d="M0 {line}H{_WIDE}"/>{ends}'


def _upright(
    label: str, ends: tuple[str, str], bars: Sequence[tuple[str, int, int | None]], note: str = ""
) -> str:
    """Return bars side by side, each with its title and rows; those of another lie over them."""
    ours = sum(rows for _, rows, _ in bars) or 1
    theirs = sum(other or 0 for _, _, other in bars) or 1
    most = max(max(rows / ours, (other or 0) / theirs) for _, rows, other in bars) or 1
    step = _WIDE / len(bars)
    width = min(step * 0.88, 40.0)
    parts = [_axis(*ends)]
    for n, (title, rows, other) in enumerate(bars):
        x = n * step + (step - width) / 2
        said = f"{title}: {rows:,} ({share(rows, ours)})"
        if other is not None:
            said += f", there {other:,} ({share(other, theirs)})"
        parts.append(_bar(x, rows / ours / most, width, said, "bar"))
        if other:
            parts.append(_bar(x, other / theirs / most, width, said, "other"))
    if note:
        parts.append(f'<text x="{_WIDE}" y="10" text-anchor="end">{plain(note)}</text>')
    return _svg(_WIDE, _HIGH, label, parts)


def histogram(
    column: ColumnDescription, found: Histogram, other: Histogram | None, steps: int
) -> str:
    """Return a histogram of at most about so many steps, with one of the same steps over it."""
    each = -(-len(found.rows) // steps)
    kind = column.kind
    bars = []
    for n in range(0, len(found.rows), each):
        low = found.low + n * found.width
        high = min(low + each * found.width, found.high)
        theirs = None if other is None else sum(other.rows[n : n + each])
        title = _between(low, high, kind, is_one=column.is_whole and high - low == 1)
        bars.append((title, sum(found.rows[n : n + each]), theirs))
    last = found.high - (1 if column.is_whole and kind == "number" else 0)
    said: Kind = "date" if kind == "timestamp" else kind
    ends = point(found.low, said), point(last, said) if len(bars) > 1 else ""
    beyond = found.below + found.above
    note = f"{beyond:,} beyond, up to {point(column.high or 0, kind)}" if beyond else ""
    return _upright(f"Histogram of {column.name}", ends, bars, note)


def _between(low: float, high: float, kind: Kind, *, is_one: bool) -> str:
    return point(low, kind) if is_one else f"{point(low, kind)} to {point(high, kind)}"


def fans(name: str, found: Sequence[Fan], other: Sequence[Fan] | None) -> str:
    """Return how many parents have how many children."""
    ours = {(fan.low, fan.high): fan.parents for fan in found}
    theirs = None if other is None else {(fan.low, fan.high): fan.parents for fan in other}
    ranges = sorted(ours.keys() | (theirs or {}).keys())
    bars = []
    for low, high in ranges:
        title = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        beside = None if theirs is None else theirs.get((low, high), 0)
        bars.append((f"{title} children", ours.get((low, high), 0), beside))
    ends = f"{ranges[0][0]:,}", f"{ranges[-1][1]:,}" if len(ranges) > 1 else ""
    return _upright(f"Children per parent along {name}", ends, bars)


def top_values(
    column: ColumnDescription,
    found: Sequence[TopValue],
    given: int,
    other: dict[str, float] | None,
) -> str:
    """Return the most frequent values as lying bars; `other` has shares of the same values."""
    shares = [(v.value, v.rows / given if given else 0.0, v.rows) for v in found]
    seen = [s for _, s, _ in shares] + [*((other or {}).get(v, 0.0) for v, _, _ in shares)]
    most, room = max(seen) or 1, _WIDE - _LABEL - 42
    parts = []
    for n, (value, part, rows) in enumerate(shares):
        y, text = n * _LINE, value if len(value) <= _LETTERS else value[: _LETTERS - 1] + "…"
        theirs = None if other is None else other.get(value, 0.0)
        said = f"{value}: {rows:,} rows ({share(part, 1)})"
        said += "" if theirs is None else f", there {share(theirs, 1)}"
        wide = max(_LEAST, room * part / most)
        parts.append(
            f"<g><title>{plain(said)}</title>"
            f'<text class="ink" x="0" y="{y + 12}">{plain(text)}</text>'
            f'<rect class="bar" x="{_LABEL}" y="{y + 2}" width="{_n(wide)}" height="12"/>'
        )
        if theirs:
            w = _n(room * theirs / most)
            parts.append(f'<rect class="other" x="{_LABEL}" y="{y + 2}" width="{w}" height="12"/>')
        end = _LABEL + max(wide, room * (theirs or 0) / most) + 4
        parts.append(f'<text x="{_n(end)}" y="{y + 12}">{share(part, 1)}</text></g>')
    return _svg(_WIDE, _LINE * len(shares), f"Frequent values of {column.name}", parts)


def heat_map(names: Sequence[str], found: Iterable[Correlation]) -> str:
    """Return the correlations of the columns of a table as squares, each with its number."""
    by_pair = {(c.column, c.other): c for c in found}
    by_pair |= {(c.other, c.column): c for c in by_pair.values()}
    label = 7 * max(min(len(name), 24) for name in names) + 8
    parts = []
    for i, one in enumerate(names):
        y = i * _CELL
        short = one if len(one) <= 24 else one[:23] + "…"
        parts.append(f'<text class="ink" x="0" y="{y + 17}">{plain(short)}</text>')
        for j, other in enumerate(names[:i]):
            each = by_pair.get((one, other))
            if each is None:
                continue
            kind = "warm" if each.rho >= 0 else "cold"
            x = label + j * _CELL
            said = f"{one} and {other}: ρ = {each.rho:+.2f}, {each.rows:,} rows"
            parts.append(
                f"<g><title>{plain(said)}</title>"
                f'<rect class="{kind}" x="{x}" y="{y}" width="{_CELL - 2}" height="{_CELL - 2}" '
                f'fill-opacity="{max(0.04, abs(each.rho)):.2f}"/>'
                f'<text class="ink" x="{x + 12}" y="{y + 16}" text-anchor="middle" '
                f'font-size="9">{f"{each.rho:+.1f}".replace("0.", ".")}</text></g>'
            )
        parts.append(
            f'<text x="{label + i * _CELL + 12}" y="{y + 16}" text-anchor="middle">·</text>'
        )
    return _svg(label + len(names) * _CELL, len(names) * _CELL, "Rank correlations", parts, "heat")
