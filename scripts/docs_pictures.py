"""
docs/pictures/: the distributions of every table of a schema, as figures of small multiples.

Histograms of numbers and dates, bars of choices, counts of children for each parent, and clouds
of points where a column follows another. The same rows give the same bytes.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docs_diagram
import matplotlib as mpl
import numpy as np
from docs_schemas import NUMBERS, Drawn
from matplotlib import dates as mdates
from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter, MaxNLocator

from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable
from shardgen.schema.references import Reference

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, GREY, INK, PALE = "#4878a8", "#b8c4d0", "#24292f", "#57606a"
ACROSS = 3  # pictures in a row
SIZE = 3.1, 2.1  # inches of each
MOST_BARS = 10
MOST_WHOLE = 64  # different whole numbers that get a bar each
MOST_POINTS = 250
LEAST_SHOWN = 0.2  # of the rows, by the bars of a column of many values
Draw = Callable[["Axes"], None]
Panel = tuple[str, Draw]

mpl.use("svg")
mpl.rcParams.update(
    {
        "svg.fonttype": "none",  # text stays text: small files, the reader's own fonts
        "svg.hashsalt": "shardgen",  # the same names of clips and markers every time
        "font.family": ["DejaVu Sans", "sans-serif"],
        "font.size": 8,
        "axes.titlesize": 9,
        "axes.titlelocation": "left",
        "axes.titlecolor": INK,
        "axes.edgecolor": GREY,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.labelcolor": PALE,
        "xtick.color": GREY,
        "ytick.color": GREY,
        "xtick.labelcolor": PALE,
        "ytick.labelcolor": PALE,
        "figure.facecolor": "white",
    }
)


def write(drawn: Drawn, folder: Path) -> None:
    """Write the diagram of a schema and a picture for each table."""
    folder.mkdir(exist_ok=True)
    text = docs_diagram.svg(drawn.catalog, [table.name for table in drawn.tables])
    (folder.parent / drawn.diagram).write_text(text, encoding="utf-8", newline="\n")
    for table in drawn.tables:
        _figure(list(_panels(drawn, table)), folder.parent / drawn.picture(table))


def _figure(panels: Sequence[Panel], path: Path) -> None:
    down = -(-len(panels) // ACROSS) or 1
    size = SIZE[0] * ACROSS, SIZE[1] * down
    figure, axes = plt.subplots(down, ACROSS, figsize=size, layout="constrained", squeeze=False)
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
    for place in axes.flat[len(panels) :]:
        place.axis("off")
    for (title, draw), place in zip(panels, axes.flat, strict=False):
        draw(place)
        place.set_title(title)
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)


def _panels(drawn: Drawn, table: CatalogTable) -> Iterator[Panel]:
    """Yield a title and a drawing for whatever of a table is worth a picture."""
    rows = drawn.many[table.name].rows
    for reference in table.references:
        panel = _children(drawn, table, reference)
        if panel is not None:
            yield panel
    for column in table.columns:
        if column.hidden:
            continue
        if column.is_key or column.reference is not None:
            continue
        panel = _column(column, [row[column.name] for row in rows])
        if panel is not None:
            yield panel
    for column in table.columns:
        if column.correlation is not None and not column.hidden:
            yield _cloud(drawn, table, column)


def _column(column: CatalogColumn, values: list[Any]) -> Panel | None:
    """Return the picture of a column; None where its values hardly repeat, as names do."""
    shown = [value for value in values if value is not None]
    missing = f"  ({1 - len(shown) / len(values):.0%} null)" if len(shown) < len(values) else ""
    title = column.name + missing
    family, kinds = column.sql_type.family, len(set(shown))
    if kinds < 2:
        return None
    if family in NUMBERS and (family != "integer" or kinds > MOST_WHOLE):
        return title, lambda axes: _histogram(axes, np.array(shown, float))
    if family == "integer":
        return title, lambda axes: _whole(axes, Counter(shown))
    if family in ("date", "timestamp"):
        return title, lambda axes: _dates(axes, shown)
    counts = Counter(map(_word, shown))
    if sum(count for _, count in counts.most_common(MOST_BARS)) >= LEAST_SHOWN * len(shown):
        return title, lambda axes: _bars(axes, counts)
    return None


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _children(drawn: Drawn, table: CatalogTable, reference: Reference) -> Panel | None:
    """Return how many children the parents have; None where it is one or none of each."""
    rows = drawn.many[table.name].rows
    found = Counter(tuple(row[name] for name in reference.columns) for row in rows)
    found.pop((None,) * len(reference.columns), None)
    parents = len(drawn.many[reference.table])
    counts = Counter(found.values())
    counts[0] += parents - len(found)
    if max(counts) < 2:
        return None

    def draw(axes: Axes) -> None:
        if max(counts) <= MOST_WHOLE:
            _whole(axes, +counts)
        else:
            _histogram(axes, np.array(list(counts.elements()), float))
        axes.set_xlabel(f"{table.name} for each row of {reference.table}")

    return reference.name, draw


def _histogram(axes: Axes, values: np.ndarray) -> None:
    """Draw a histogram; the longest tail, one value in 200, is cut off."""
    low, end = values.min(), _end(axes, values)
    axes.hist(values, bins=_bins(len(values)), range=(low, end), color=BLUE)
    _count_rows(axes)
    _scale(axes.xaxis, low)


def _end(axes: Axes, values: Any) -> float:
    """Return where to cut a long tail, and say on the picture how far it goes."""
    low, high, most = values.min(), np.quantile(values, 0.995), values.max()
    if not most > low + 1.5 * (high - low) > low:
        return float(most)
    note = f"up to {_number(most)}"
    axes.text(1, 0.9, note, transform=axes.transAxes, ha="right", color=PALE)
    return float(high)


def _count_rows(axes: Axes) -> None:
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(_number))


def _bins(values: int) -> int:
    """Return how many bars so many values can fill without their chance showing."""
    return min(30, max(10, round(1.5 * values**0.5)))


def _whole(axes: Axes, counts: Counter[int]) -> None:
    """Draw a bar for each whole number."""
    end = _end(axes, np.array(list(counts.elements()), float))
    counts = Counter({value: count for value, count in counts.items() if value <= end})
    axes.bar(list(counts), list(counts.values()), color=BLUE, width=_bar_width(counts))
    _count_rows(axes)
    if len(counts) <= 8:
        axes.set_xticks(sorted(counts))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))


def _bar_width(counts: Counter[int]) -> float:
    steps = np.diff(sorted(counts))
    return 0.8 * float(steps.min()) if len(steps) else 0.8


def _dates(axes: Axes, values: Sequence[dt.date]) -> None:
    """Draw a histogram by days, weeks, months or years: the finest with not too many bars."""
    days = np.array([mdates.date2num(value) for value in values])
    axes.hist(days, bins=_edges(days.min(), days.max(), _bins(len(values))), color=BLUE)
    _count_rows(axes)
    _scale(axes.xaxis, values[0])


def _edges(low: float, high: float, most: int) -> Any:
    """Return the limits of at most `most` bars, or a few more, each of as many calendar units."""
    for step in (1, 7):
        if high - low <= most * step * 1.2:
            return np.arange(np.floor(low), high + step, step)
    months = (high - low) / 30.44
    step = next((n for n in (1, 3, 12, 60, 120) if months <= most * n * 1.2), 1200)
    first, last = mdates.num2date(low), mdates.num2date(high)
    start = (first.year * 12 + first.month - 1) // step * step
    numbers = range(start, last.year * 12 + last.month + step, step)
    return mdates.date2num([dt.date(n // 12, n % 12 + 1, 1) for n in numbers])


def _bars(axes: Axes, counts: Counter[str]) -> None:
    """Draw the most frequent values as bars, each with its share."""
    total, kinds = counts.total(), len(counts)
    most = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:MOST_BARS]
    names = [_short(value) for value, _ in most]
    places = range(len(most))
    axes.barh(places, [count for _, count in most], color=BLUE, height=0.7)
    axes.set_yticks(places, names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(max(len(most), 4) - 0.5, -0.6)
    for place, (_, count) in enumerate(most):
        share = f"{count / total:.0%}" if count * 200 >= total else "<1%"
        beside = {"xytext": (3, 0), "textcoords": "offset points", "va": "center", "fontsize": 7}
        axes.annotate(share, (count, place), color=PALE, **beside)
    axes.set_xlim(0, most[0][1] * 1.15)
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    if kinds > len(most):
        note = f"{len(most)} of {kinds}"
        axes.text(1, 0.03, note, transform=axes.transAxes, ha="right", color=PALE)


def _short(text: str) -> str:
    return text if len(text) <= 20 else text[:19] + "…"


def _number(value: float, _: Any = None) -> str:
    """Return a number as short as an axis wants it: 25k, 1.5M."""
    for size, mark in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= 10 * size or (abs(value) >= size and value % (size / 10) == 0):
            return f"{value / size:.3g}{mark}"
    return f"{value:,.6g}"


# Correlations


def _cloud(drawn: Drawn, table: CatalogTable, column: CatalogColumn) -> Panel:
    """Return the column against the one that it follows, a point for each of some rows."""
    assert column.correlation is not None, "the caller looked"
    followed = column.correlation.column
    rows = drawn.many[table.name].rows
    pairs = [
        (x, row[column.name])
        for x, row in zip(_followed(drawn, table, followed), rows, strict=True)
        if x is not None and row[column.name] is not None
    ]
    pairs = pairs[:: -(-len(pairs) // MOST_POINTS)]

    def draw(axes: Axes) -> None:
        axes.plot(*zip(*pairs, strict=True), "o", ms=2.5, mew=0, color=BLUE, alpha=0.45)
        axes.set_xlabel(f"follows {followed}")
        _scale(axes.xaxis, pairs[0][0])
        _scale(axes.yaxis, pairs[0][1])

    return f"{column.name}, ρ = {column.correlation.rho:g}", draw


def _scale(axis: Any, value: Any) -> None:
    if isinstance(value, dt.date):
        locator = mdates.AutoDateLocator(minticks=2, maxticks=5)
        axis.set_major_locator(locator)
        axis.set_major_formatter(mdates.ConciseDateFormatter(locator, show_offset=False))
    elif not isinstance(value, str):
        axis.set_major_locator(MaxNLocator(5))
        axis.set_major_formatter(FuncFormatter(_number))


def _followed(drawn: Drawn, table: CatalogTable, path: str) -> list[Any]:
    """Return the values that a path such as `borrower.annual_income` has in every row."""
    rows = drawn.many[table.name].rows
    if path.startswith("count("):
        return _counted(drawn, table, path.removeprefix("count(").rstrip(")"))
    if "." not in path:
        return [row[path] for row in rows]
    word, _, rest = path.partition(".")
    for reference in table.references:
        if word in (reference.name, reference.name.removesuffix("_id"), reference.table):
            parent = drawn.catalog.table(reference.table)
            values = _followed(drawn, parent, rest)
            return _joined(
                drawn, (parent, reference.parent_columns, values), rows, reference.columns
            )
    child = drawn.catalog.table(word)
    reference = next(r for r in child.references if r.table == table.name)
    values = _followed(drawn, child, rest)
    return _joined(drawn, (child, reference.columns, values), rows, reference.parent_columns)


def _joined(
    drawn: Drawn,
    other: tuple[CatalogTable, Sequence[str], list[Any]],
    rows: list[dict[str, Any]],
    columns: Sequence[str],
) -> list[Any]:
    """Return the values of another table whose `keys` are those of the rows' columns."""
    table, keys, values = other
    others = drawn.many[table.name].rows
    by_key = {tuple(o[k] for k in keys): v for o, v in zip(others, values, strict=True)}
    return [by_key.get(tuple(row[name] for name in columns)) for row in rows]


def _counted(drawn: Drawn, table: CatalogTable, path: str) -> list[int]:
    name, _, column = path.partition(".")
    child = drawn.catalog.table(name)
    reference = next(
        r for r in child.references if r.table == table.name and column in ("", r.name)
    )
    rows = drawn.many[name].rows
    counts = Counter(tuple(row[n] for n in reference.columns) for row in rows)
    own = drawn.many[table.name].rows
    return [counts[tuple(row[k] for k in reference.parent_columns)] for row in own]
