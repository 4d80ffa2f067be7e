"""
A description as one page of HTML that opens from a file: no scripts, nothing from elsewhere.

It is XML too, so that a test can read it. A page of more than a megabyte is drawn with less detail.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from shardgen.cli.description import charts
from shardgen.cli.description.charts import plain
from shardgen.cli.description.diagram import diagram
from shardgen.cli.description.style import STYLE
from shardgen.cli.description.words import (
    fan_out,
    key_text,
    promise_mark,
    promise_text,
    promises_text,
    rows_text,
    share,
    summary_of,
)
from shardgen.execution.description.description import (
    ColumnDescription,
    Description,
    Promise,
    Relation,
    TableDescription,
)
from shardgen.execution.description.differing import Comparison, Difference

MOST_BYTES = 1_000_000
_STRONG = 0.15
_MOST_PAIRS = 12
_MOST_SQUARES = 16  # columns of a heat map
_LEAST_SHOWN = 0.1  # of the rows, by the bars of a column of many values
_MOST_DIFFERENCES = 100


class Detail(msgspec.Struct, frozen=True):
    """How much of a table is drawn: steps of a histogram, frequent values, first rows, columns."""

    steps: int
    top: int
    rows: int
    columns: int = 10_000
    pictures: bool = True


_DETAILS = (
    Detail(40, 10, 10), Detail(20, 6, 5), Detail(10, 4, 3), Detail(0, 0, 2, 60, pictures=False),
    Detail(0, 0, 0, 8, pictures=False), Detail(0, 0, 0, 0, pictures=False),
)  # fmt: skip


def page(description: Description, comparison: Comparison | None = None) -> str:
    """Return the page of a description, or of how another differs from it."""
    made = ""
    for number, detail in enumerate(_DETAILS):
        made = _Page(description, comparison, detail, is_cut=number > 0).text()
        if len(made.encode()) < MOST_BYTES:
            break
    return made


class _Page:
    """A page in the making, at one level of detail."""

    def __init__(
        self, here: Description, comparison: Comparison | None, detail: Detail, *, is_cut: bool
    ) -> None:
        """Keep what is shown, and how much of it."""
        self._here, self._comparison, self._detail = here, comparison, detail
        self._there = None if comparison is None else comparison.there
        self._is_cut = is_cut

    def text(self) -> str:
        """Return all of it."""
        title = plain(self._here.name)
        tables = [line for n, t in enumerate(self._here.tables) for line in self._table(n, t)]
        return "\n".join(
            [
                '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/>',
                '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
                f"<title>{title}</title><style>{STYLE}</style></head><body>",
                *self._head(),
                *self._differences(),
                *self._diagram(),
                *tables,
                *self._rules(),
                "</body></html>\n",
            ]
        )

    def _head(self) -> Iterator[str]:
        here = self._here
        rows, columns = (
            sum(t.planned for t in here.tables), sum(len(t.columns) for t in here.tables)
        )  # fmt: skip
        yield f"<header><h1>{plain(here.name)}</h1>"
        yield f'<p class="faint">{plain(here.about)} {plain(here.origin)}</p>'
        yield from (f"<p>{plain(note)}</p>" for note in here.notes)
        if here.sample:
            yield f'<p class="note">This page is drawn from {plain(here.sample)}.</p>'
        if self._there is not None:
            there = self._there
            text = f"{there.name} ({there.origin}){', ' if there.sample else ''}{there.sample}"
            yield f'<p class="note">Outlines in another colour are of {plain(text)}.</p>'
        if self._is_cut:
            yield '<p class="note">It has so many tables that some detail is left out.</p>'
        yield '<div class="facts">'
        for number, word in (
            (len(here.tables), "tables"), (columns, "columns"), (rows, "rows"),
        ):  # fmt: skip
            yield f"<div><b>{number:,}</b>{word}</div>"
        yield "</div>"
        broken = any(promise.broken for promise in here.promises)
        yield f'<p class="{"bad" if broken else "good"}">{promises_text(here)}</p>'
        names = (f'<a href="#t{n}">{plain(t.name)}</a>' for n, t in enumerate(here.tables))
        yield f"<nav>{' '.join(names)}</nav></header>"

    def _diagram(self) -> Iterator[str]:
        if len(self._here.tables) > 1:
            yield "<h2>Tables and keys</h2>"
            yield '<p class="faint">Beside a foreign key stand the children per parent.</p>'
            yield f'<div class="wide">{diagram(self._here)}</div>'

    def _differences(self) -> Iterator[str]:
        if self._comparison is None:
            return
        found = self._comparison.differences
        yield f"<h2>Differences</h2><p>{len(found) or 'No'} differences, the greatest first.</p>"
        if found:
            yield '<div class="wide"><table class="wrapped"><tr><th>of</th><th>what</th>'
            yield '<th class="number">here</th><th class="number">there</th>'
            yield '<th class="number size">apart</th></tr>'
            yield from map(_difference_row, found[:_MOST_DIFFERENCES])
            yield "</table></div>"

    # A table

    def _table(self, number: int, table: TableDescription) -> Iterator[str]:
        yield f'<section id="t{number}"><h2>{plain(table.name)}</h2>'
        about = f" {plain(table.about)}" if table.about else ""
        yield f'<p><span class="faint">{rows_text(table)}.</span>{about}</p>'
        yield from self._promises(table)
        other = None if self._there is None else self._there.table(table.name)
        if table.relations and self._detail.pictures:
            yield '<h3>Children per parent</h3><div class="cards">'
            yield from (self._relation(table, r, other) for r in table.relations)
            yield "</div>"
        if self._detail.columns:
            shown = table.columns[: self._detail.columns]
            yield '<h3>Columns</h3><div class="cards">'
            yield from (self._column(table, column, other) for column in shown)
            yield "</div>"
            if len(shown) < len(table.columns):
                yield f'<p class="faint">and {len(table.columns) - len(shown)} more</p>'
        yield from self._correlations(table)
        yield from self._first_rows(table)
        yield "</section>"

    def _promises(self, table: TableDescription) -> Iterator[str]:
        found = [p for p in self._here.promises if p.table == table.name]
        if found and (self._detail.rows or any(p.broken for p in found)):
            never = [p.what for p in found if p.kind == "not null" and p.broken == 0]
            shown = [_promise(p) for p in found if p.kind != "not null" or p.broken]
            if never:
                all_of = "every column" if len(never) == len(table.columns) else ", ".join(never)
                shown.append(f'<span class="good">✓</span> never null: {plain(all_of)}')
            yield f'<ul class="chips">{"".join(f"<li>{each}</li>" for each in shown)}</ul>'

    def _rules(self) -> Iterator[str]:
        found = [p for p in self._here.promises if not p.table]
        if found:
            yield "<h2>Rules</h2><ul>"
            yield from (f"<li>{_promise(p)}</li>" for p in found)
            yield "</ul>"

    def _relation(
        self, table: TableDescription, relation: Relation, other: TableDescription | None
    ) -> str:
        same = None
        if other is not None:
            keys = (r for r in other.relations if r.columns == relation.columns)
            same = next((r for r in keys if r.table == relation.table), None)
        said = [f"{fan_out(relation)} for each of {relation.parents:,} {relation.table}"]
        said += [f"null in {share(relation.nulls, table.rows)}"] if relation.nulls else []
        law = f'<p class="made">{plain(relation.law)}</p>' if relation.law else ""
        drawn = ""
        if relation.fans and (len(relation.fans) > 1 or same is not None):
            fans = relation.fans
            drawn = charts.fans(key_text(relation), fans, None if same is None else same.fans)
        return (
            f'<div class="card"><h4><span>{plain(key_text(relation))}</span></h4>{law}'
            f"<p>{plain('; '.join(said))}</p>{drawn}</div>"
        )

    def _column(
        self, table: TableDescription, column: ColumnDescription, other: TableDescription | None
    ) -> str:
        tags = ["key"] if column.name in table.primary_key else []
        tags += ["key to another"] if any(column.name in r.columns for r in table.relations) else []
        tags += [f"null {share(column.nulls, table.rows)}"] if column.nulls else []
        marks = "".join(f' <span class="tag">{tag}</span>' for tag in tags)
        made = f'<p class="made">{plain(column.made_by)}</p>' if column.made_by else ""
        about = f"<p>{plain(column.about)}</p>" if column.about else ""
        same = None if other is None else other.column(column.name)
        drawn = ""
        if self._detail.pictures and table.rows > column.nulls:
            drawn = self._picture(table, column, same, 0 if other is None else other.rows)
        return (
            f'<div class="card"><h4><span>{plain(column.name)}{marks}</span>'
            f"<small>{plain(column.type)}</small></h4>{about}{made}"
            f"<p>{plain(summary_of(column, table.rows))}</p>{drawn}</div>"
        )

    def _picture(
        self,
        table: TableDescription,
        column: ColumnDescription,
        other: ColumnDescription | None,
        others: int,
    ) -> str:
        """Return a histogram, or bars of frequent values, where a column has either."""
        keys = {name for r in table.relations for name in r.columns} | {*table.primary_key}
        given = table.rows - column.nulls
        if column.histogram is not None:
            is_counter = column.name in keys and column.kind == "number"
            if is_counter or column.low == column.high:
                return ""
            same = None if other is None else other.histogram
            return charts.histogram(column, column.histogram, same, self._detail.steps)
        top = column.top[: self._detail.top]
        if not top or column.name in keys or top[0].rows == 1 < given:
            return ""
        if sum(v.rows for v in top) < _LEAST_SHOWN * given:
            return ""
        shares = None
        if other is not None:
            theirs = max(1, others - other.nulls)
            shares = {value.value: value.rows / theirs for value in other.top}
        return charts.top_values(column, top, given, shares)

    def _correlations(self, table: TableDescription) -> Iterator[str]:
        found = sorted(table.correlations, key=lambda c: -abs(c.rho))
        strong = [c for c in found if abs(c.rho) >= _STRONG or c.asked is not None][:_MOST_PAIRS]
        if not strong or not self._detail.pictures:
            return
        own = [c.name for c in table.columns]
        met = {n for c in found if abs(c.rho) >= _STRONG for n in (c.column, c.other)}
        names = [name for name in own if name in met][:_MOST_SQUARES]
        yield '<h3>Correlations</h3><p class="faint">Spearman, of a sample.</p>'
        yield '<div class="wide"><table><tr><th>column</th><th>and</th><th class="number">ρ</th>'
        yield '<th class="number">asked</th></tr>'
        for c in strong:
            asked = "" if c.asked is None else f"{c.asked:+g}"
            yield f"<tr><td>{plain(c.column)}</td><td>{plain(c.other)}</td>"
            yield f'<td class="number">{c.rho:+.2f}</td><td class="number">{asked}</td></tr>'
        yield "</table></div>"
        if len(names) > 2:
            yield f'<div class="wide">{charts.heat_map(names, found)}</div>'

    def _first_rows(self, table: TableDescription) -> Iterator[str]:
        rows = table.head[: self._detail.rows]
        if not rows:
            return
        numbers = [column.kind == "number" for column in table.columns]
        names = "".join(f"<th>{plain(column.name)}</th>" for column in table.columns)
        yield f'<h3>First rows</h3><div class="wide"><table><tr>{names}</tr>'
        yield from (_row(row, numbers) for row in rows)
        yield "</table></div>"


def _row(row: Sequence[str | None], numbers: Sequence[bool]) -> str:
    cells = (
        '<td class="faint">NULL</td>'
        if value is None
        else f'<td class="number">{plain(value)}</td>'
        if is_number
        else f"<td>{plain(_cut(value))}</td>"
        for value, is_number in zip(row, numbers, strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>"


def _cut(text: str) -> str:
    return text if len(text) <= 48 else text[:47] + "…"


def _promise(promise: Promise) -> str:
    kind = "faint" if promise.broken is None else "bad" if promise.broken else "good"
    mark, text = promise_mark(promise), promise_text(promise)
    end = f' class="{kind}"' if promise.broken else ""
    return f'<span class="{kind}">{mark}</span> <span{end}>{plain(text)}</span>'


def _difference_row(found: Difference) -> str:
    return (
        f"<tr><td><b>{plain(found.table)}</b> {plain(found.of)}</td>"
        f'<td>{plain(found.what)}</td><td class="number">{plain(found.here)}</td>'
        f'<td class="number">{plain(found.there)}</td>'
        f'<td class="number size">{found.size:.2f}</td></tr>'
    )
