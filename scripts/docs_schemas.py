"""docs/<schema>.md: what a bundled schema models, its tables, rows, rules and pictures."""

from __future__ import annotations

import datetime as dt
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
from docs_generators import anchor, row

import shardgen
from shardgen.plan.load import load_schema
from shardgen.plan.nulls import null_share
from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable, may_be_null
from shardgen.schema.model import TreeFanOut, UniqueFanOut
from shardgen.schema.references import Reference

SEED = 42
SAMPLE = 10  # rows of each table
SCALE = 10  # of the rows that pictures are drawn from
WIDTH = 100  # characters of a line of rows
LONGEST = 36  # characters of a value in them
LISTED = 8  # choices of a column that are listed with their weights
NUMBERS = ("integer", "decimal", "float")
WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Drawn:
    """A bundled schema, its rows at seed 42, and where its page finds what."""

    def __init__(self, path: Path) -> None:
        """Load the schema; its rows are made when they are asked for."""
        self.path = path
        self.schema = load_schema(path)
        self.name = self.schema.name
        self.catalog = Catalog(self.schema).as_written  # hidden columns are in no row
        self.tables = sorted(self.catalog.tables, key=lambda table: self._order.index(table.name))

    @cached_property
    def data(self) -> dict[str, shardgen.TableData]:
        """The rows of every table, in the order of the dump."""
        return shardgen.generate(self.schema, seed=SEED).tables

    @cached_property
    def many(self) -> dict[str, shardgen.TableData]:
        """The rows of the pictures: more of them, as their shapes show better."""
        return shardgen.generate(self.schema, seed=SEED, scale=SCALE).tables

    @cached_property
    def _order(self) -> list[str]:
        return list(self.data)

    @property
    def diagram(self) -> str:
        """The path of the entity diagram, from docs/."""
        return f"pictures/{self.name}.svg"

    def picture(self, table: CatalogTable) -> str:
        """Return the path of a table's picture, from docs/."""
        return f"pictures/{self.name}-{table.name}.svg"


def pictures_in(page: str) -> list[str]:
    """Return the paths of the pictures that a page shows."""
    return re.findall(r"!\[[^\]]*\]\((pictures/[^)]+)\)", page)


def page(drawn: Drawn) -> str:
    """Return the whole page of a schema."""
    parts = [_head(drawn), *(_table(drawn, table) for table in drawn.tables)]
    rules = drawn.path.with_suffix(".rules.sql")
    if rules.exists():
        parts.append(_rules(rules))
    return "\n".join(parts)


def _head(drawn: Drawn) -> str:
    schema, name = drawn.schema, drawn.name
    rows = sum(table.record_count for table in schema.tables)
    tables = len(schema.tables)
    count = WORDS[tables] if tables < len(WORDS) else tables
    link = f"[schemas/{drawn.path.name}](../schemas/{drawn.path.name})"
    about = f"{schema.description.rstrip('.')}. {rows:,} rows in {count} tables: {link}."
    about = textwrap.fill(about, WIDTH, break_on_hyphens=False)
    return f"""\
# {name}

<!-- Written by scripts/make-docs from schemas/{drawn.path.name}. Change the descriptions there. -->

{about}

```sh
shardgen run {name} --seed {SEED}
shardgen preview {name} --seed {SEED}
```

![Tables of {name} and the keys between them]({drawn.diagram})

Below are the first rows of every table at seed {SEED}, and pictures of {SCALE} times as many rows
as the schema has. What makes a column is described in [generators.md](generators.md), the rest in
[schema.md](schema.md).
{_figures(name)}"""


def _figures(name: str) -> str:
    """Return where the figures of a schema are, measured against public ones, if there are any."""
    figures = f"{name}-figures.md"
    there = (Path(__file__).resolve().parent.parent / "docs" / figures).exists()
    return f"How close it comes to the field: [{figures}]({figures}).\n" if there else ""


def rules_of(path: Path) -> list[str]:
    """Return the sentences of a rules file: the comments that stand right above a query."""
    sentences: list[str] = []
    comment: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("--"):
            comment.append(line.removeprefix("--").strip())
            continue
        if comment and line.strip():
            sentences.append(" ".join(comment))
        comment = []
    return sentences


def _rules(path: Path) -> str:
    link = f"[schemas/{path.name}](../schemas/{path.name})"
    lines = [
        "## How the values hang together",
        "",
        f"Each of these is a query in {link}, for SQLite,",
        "that finds the rows which break it, and there are none:",
        "",
    ]
    return "\n".join([*lines, *(f"- {sentence}" for sentence in rules_of(path)), ""])


# A table


def _table(drawn: Drawn, table: CatalogTable) -> str:
    """Return the section of a table: its columns, its picture, its first rows."""
    description = table.description.rstrip(".")
    width = 4 if any(column.description for column in table.columns) else 3
    head = ("column", "type", "what makes it", "")[:width]
    lines = [
        f"## {table.name}",
        "",
        f"{description}. {table.record_count:,} rows." if description else "",
        "",
        row(head),
        row(["---"] * len(head)),
        *(row(_column(table, column)[:width]) for column in table.columns),
        "",
    ]
    if table.unique_sets:
        sets = (", ".join(f"`{name}`" for name in names) for names in table.unique_sets)
        lines += ["Unique together: " + "; ".join(sets) + ".", ""]
    lines += [
        f"![Distributions of {table.name}]({drawn.picture(table)})",
        "",
        "```text",
        *rows_text(table, drawn.data[table.name].slice(0, SAMPLE)),
        "```",
        "",
    ]
    return "\n".join(lines)


def _column(table: CatalogTable, column: CatalogColumn) -> tuple[str, str, str, str]:
    marks = [column.type]
    if column.primary_key:
        marks.append("primary key")
    elif column.unique:
        marks.append("unique")
    if column.nullable:
        marks.append("null")
    if column.hidden:
        marks.append("hidden")
    made = "; ".join(_made_by(table, column))
    return f"`{column.name}`", ", ".join(marks), made, column.description


def _made_by(table: CatalogTable, column: CatalogColumn) -> Iterator[str]:
    """Yield what makes a column, a clause each."""
    reference = column.reference
    numbered = column.numbers_children
    if column.counts_rows:
        yield "the row's number"
    elif reference is not None:
        yield _key(table, reference, column)
    elif numbered is not None:
        yield f"numbers the rows of each `{numbered.name}` from 1"
    elif column.generator is None:
        yield "a plausible value of its type"
    else:
        yield _generator(column)
    if column.correlation is not None:
        yield f"follows `{column.correlation.column}`, ρ = {column.correlation.rho:g}"
    yield from _nulls(table, column, reference)


def _nulls(
    table: CatalogTable, column: CatalogColumn, reference: Reference | None
) -> Iterator[str]:
    computed = column.generator == "expression"  # is null where the expression is
    if isinstance(getattr(reference, "shape", None), TreeFanOut):
        return  # its roots are
    if reference is not None:
        share = null_share(column) if may_be_null(table, reference) else 0.0
    else:
        share = null_share(column) if column.nullable and not computed else 0.0
    if share:
        yield f"null in {share:.0%}"


def _key(table: CatalogTable, reference: Reference, column: CatalogColumn) -> str:
    """Return where a foreign key leads, and how its rows spread over the parents."""
    to = f"→ `{reference.table}.{reference.parent_columns[reference.columns.index(column.name)]}`"
    shape = reference.shape
    if shape is None:
        unique = table.is_key_together(reference.columns)
        return f"{to}, unique" if unique else to
    if isinstance(shape, UniqueFanOut):
        return f"{to}, unique"
    facts = msgspec.to_builtins(shape)
    kind = facts.pop("type")
    law = facts.pop("distribution", None)
    words = [kind, *([law] if law not in {None, "even", "uniform"} else [])]
    words += [
        name
        if value is True
        else f"{name} {value}"
        if isinstance(value, str)
        else f"{name} {value:g}"
        for name, value in facts.items()
        if value
    ]
    return f"{to}, {' '.join(words)}"


def _generator(column: CatalogColumn) -> str:
    """Return the generator, with a link to it, and its parameters."""
    name = column.generator or ""
    parameters = {
        key: value for key, value in column.generator_params.items() if key != "null_probability"
    }
    if name == "expression":
        return f"`{_cut(parameters['expression'], WIDTH)}`"
    link = f"[`{name}`](generators.md#{anchor(name)})"
    if column.distribution is not None and "distribution" not in parameters:
        parameters["distribution"] = column.distribution
    said = ", ".join(_parameter(key, value) for key, value in parameters.items())
    return f"{link}: {said}" if said else link


def _parameter(key: str, value: Any) -> str:
    if key in ("values", "ranges"):
        weights = [_weighted(each) for each in value]
        more = [f"… ({len(weights)} in all)"] if len(weights) > LISTED else []
        return ", ".join([*weights[:LISTED], *more])
    return f"{key} {_plain(value)}"


def _weighted(each: Any) -> str:
    if not isinstance(each, dict):
        return str(each)
    name = each["value"] if "value" in each else f"{each['min']:g}–{each['max']:g}"
    weight = each.get("weight")
    return f"{name} {weight:g}" if isinstance(weight, (int, float)) else str(name)


def _plain(value: Any) -> str:
    """Return a parameter as a person would say it: `normal(mean 680, std_dev 80)`."""
    if isinstance(value, dict):
        kind = value.get("type")
        rest = value.get("params", {k: v for k, v in value.items() if k != "type"})
        inner = ", ".join(f"{k} {_plain(v)}" for k, v in rest.items())
        return f"{kind}({inner})" if kind else inner
    if isinstance(value, bool):
        return str(value).lower()
    return f"`{value}`" if isinstance(value, str) and not value.isalnum() else str(value)


# Rows as text


def rows_text(table: CatalogTable, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return rows as lines: columns side by side as far as they fit, the others below them."""
    columns = [_cells(column, rows) for column in table.columns if not column.hidden]
    key = columns[0]
    lines: list[str] = []
    for group in _groups(columns):
        shown = group if group[0] is key else [key, *group]
        lines += [""] if lines else []
        lines += ["  ".join(line).rstrip() for line in zip(*shown, strict=True)]
    return lines


def _groups(columns: list[list[str]]) -> Iterator[list[list[str]]]:
    """Yield the columns in groups that fit a line, each but the first beside the key again."""
    key, room = columns[0], WIDTH
    group: list[list[str]] = []
    for column in columns:
        width = len(column[0]) + 2
        if group and width > room:
            yield group
            group, room = [], WIDTH - len(key[0]) - 2
        group.append(column)
        room -= width
    yield group


def _cells(column: CatalogColumn, rows: Iterable[dict[str, Any]]) -> list[str]:
    """Return a column's name and values, all of one width; numbers stand to the right."""
    cells = [column.name, *(_cell(each[column.name]) for each in rows)]
    width = max(map(len, cells))
    to_right = column.sql_type.family in NUMBERS
    return [cell.rjust(width) if to_right else cell.ljust(width) for cell in cells]


def _cell(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ")
    text = str(value)
    text = text if text.isprintable() else text.encode("unicode_escape").decode()
    return _cut(text, LONGEST)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
