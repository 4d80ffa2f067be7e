"""How many rows of which tables are asked for, by name and by scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from shardgen.errors import Mistake, PlanError, nearest
from shardgen.plan.job import MAX_COUNT
from shardgen.schema.catalog import Catalog


def wrong_rows(catalog: Catalog, rows: Mapping[str, int]) -> Iterator[Mistake]:
    """Yield what is wrong with the numbers of rows that are asked for."""
    names = [table.name for table in catalog.tables]
    for name, count in rows.items():
        if name not in names:
            hint = nearest(name, names) or f"the tables are {', '.join(names)}"
            yield Mistake("", f"rows are asked for in an unknown table {name!r}", hint)
        elif isinstance(count, bool) or not isinstance(count, int):
            yield Mistake("", f"{count!r} rows of {name!r}: that is not a whole number")
        elif count < 0:
            yield Mistake("", f"{count} rows of {name!r} are asked for", "ask for 0 or more")


def unknown_tables(catalog: Catalog, tables: Sequence[str]) -> Iterator[Mistake]:
    """Yield the tables that are to be written and that there are not."""
    names = [table.name for table in catalog.tables]
    for name in dict.fromkeys(tables):
        if name not in names:
            hint = nearest(name, names) or f"the tables are {', '.join(names)}"
            yield Mistake("", f"there is no table {name!r} to write", hint)


def asked_counts(catalog: Catalog, rows: Mapping[str, int], scale: float) -> dict[str, int]:
    """Return how many rows each table is asked for, by name; PlanError where they are too many."""
    counts: dict[str, int] = {}
    mistakes: list[Mistake] = []
    for table in catalog.tables:
        count = rows.get(table.name)
        if count is None:
            count = round(table.record_count * min(scale, 1e18))
            count = max(count, min(table.record_count, 1))
        if count > MAX_COUNT:
            what = f"{count} rows of {table.name!r} are asked for"
            mistakes.append(Mistake("", what, f"ask for at most {MAX_COUNT}"))
        counts[table.name] = count
    if mistakes:
        raise PlanError(mistakes)
    return counts
