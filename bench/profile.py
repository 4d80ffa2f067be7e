"""
How well data made from a profile agrees with the data that was profiled.

    python bench/profile.py fintech-loans healthcare-patients retail-ecommerce --scale 20
    python bench/profile.py sqlite:///chinook.db --scale-made 5

A bundled schema is loaded into a file of SQLite and profiled; what the profile makes is loaded into
another one, and both are measured: distances of distributions (Kolmogorov and Smirnov's), shares of
values and nulls, rank correlations, and the moments of children per parent. It prints what lies
farthest apart, and ends with 1 where a bound is broken.
"""

from __future__ import annotations

import argparse
import sys
import tempfile

import numpy as np

import shardgen
from shardgen.execution.description.correlating import rank_correlation
from shardgen.execution.description.shapes import shapes_of_database
from shardgen.execution.profiling.doors import opened
from shardgen.execution.profiling.profile import Profiling, profile
from shardgen.execution.profiling.sql import ProfileQueries
from shardgen.importing.filtering import Filters
from shardgen.importing.writing import decoded

BOUNDS = {"KS": 0.02, "share": 0.005, "nulls": 0.005, "rho": 0.03, "children": 0.02, "spread": 0.02}
"""Of a distance, of shares, of a correlation; of a mean and a deviation the relative ones."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("sources", nargs="+", help="bundled schemas, or sqlite:/// URLs")
    parser.add_argument("--scale", type=float, default=10, help="of the bundled schema's rows")
    parser.add_argument("--scale-made", type=float, default=1, help="rows made for each there is")
    parser.add_argument("--all", action="store_true", help="print every line")
    asked = parser.parse_args()
    return max(agreement(source, asked) for source in asked.sources)


def agreement(source: str, asked: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as folder:
        url = source
        if "://" not in source:
            url = f"sqlite:///{folder}/real.db"
            shardgen.load(source, url, scale=asked.scale, seed=1)
        learned = profile(url, Profiling(scale=asked.scale_made, sample_rows=1_000_000))
        made = f"sqlite:///{folder}/made.db"
        shardgen.load(decoded(learned.schema), made, seed=2)
        lines = [*compared(learned, url, made)]
    print(f"\n{source}: {len(learned.tables)} tables, {sum(t.rows for t in learned.tables):,} rows")
    broken = 0
    for kind, bound in BOUNDS.items():
        found = sorted((line for line in lines if line[0] == kind), key=lambda line: -line[2])
        over = [line for line in found if line[2] > bound]
        broken += len(over)
        print(f"{kind:9} {len(found):4} compared, {len(found) - len(over)} within {bound:g}")
        for _, where, away, said in found if asked.all else over or found[:1]:
            print(f"    {away:7.4f} {'!' if away > bound else ' '} {where} {said}")
    return int(broken > 0)


def compared(learned, url: str, made: str):
    """Yield a kind, where, how far apart, and the numbers."""
    here, there = (measured(each, learned) for each in (url, made))
    for table in learned.tables:
        if table.rows:
            for column in table.columns:
                yield from compared_column(table, column, here[table.name], there[table.name])
            yield from compared_relations(table, here[table.name], there[table.name])


def compared_column(table, column, one, two):
    where = f"{table.name}.{column.name}"
    a, b = (each["nulls"][column.name] for each in (one, two))
    yield "nulls", where, abs(a - b), f"{a:.4f} {b:.4f}"
    if column.taken in ("quantiles", "gap", "values") and column.name in one["numbers"]:
        yield "KS", where, *distance(one["numbers"][column.name], two["numbers"][column.name])
    for value in column.values:
        a, b = (each["values"][column.name].get(str(value.value), 0.0) for each in (one, two))
        yield "share", f"{where} = {value.value}", abs(a - b), f"{a:.4f} {b:.4f}"


def compared_relations(table, one, two):
    for fact in table.correlations:
        if fact.other not in one["numbers"]:  # a number of children
            continue
        a, b = (rho(m["numbers"][fact.column], m["numbers"][fact.other]) for m in (one, two))
        yield "rho", f"{table.name}.{fact.column} ~ {fact.other}", abs(a - b), f"{a:.3f} {b:.3f}"
    for n, key in enumerate(table.keys):
        if key.mean and key.parents > 1:
            (mean, deviation), (other, others) = one["children"][n], two["children"][n]
            where = f"{table.name}.{', '.join(key.columns)}"
            yield "children", where, abs(other / mean - 1), f"{mean:.4g} {other:.4g}"
            if deviation:
                yield "spread", where, abs(others / deviation - 1), f"{deviation:.4g} {others:.4g}"


def measured(url: str, learned):
    """Return numbers, shares, nulls and children of each table."""
    found = {}
    with opened(url, Filters()) as door:
        shapes = shapes_of_database(learned.database)
        for table in learned.tables:
            shape = shapes[table.name]
            queries = ProfileQueries(door.sampling, shape, 1)
            ((rows, *given),) = door.ask(queries.counts())
            names = [c.name for c in shape.columns]
            own = [c for c in shape.columns if c.kind in ("number", "date", "timestamp")]
            parents = [
                (
                    key,
                    shapes[key.table],
                    [
                        c
                        for c in shapes[key.table].columns
                        if c.kind in ("number", "date", "timestamp")
                    ],
                )
                for key in shape.keys
                if key.table != shape.name
            ]
            labels = [c.name for c in own]
            labels += [
                f"{'_'.join(k.columns)}.{c.name}" for k, _, theirs in parents for c in theirs
            ]
            values = np.empty((0, len(labels)))
            if own:
                chunks = [
                    np.array([tuple(r) for r in rows], float)
                    for rows in door.stream(queries.numbers(own, parents))
                ]
                values = np.concatenate(chunks) if chunks else values
            taken = {c.name for c in table.columns if c.taken in ("values", "share")}
            shares = {}
            for column in shape.columns:
                if column.name in taken:
                    asked = [(str(v), int(n)) for v, n, _ in door.ask(queries.values(column, 1))]
                    total = sum(n for _, n in asked) or 1
                    shares[column.name] = {plain(v): n / total for v, n in asked}
            children = []
            for key in shape.keys:
                counts = [(int(n), int(p)) for n, p in door.ask(queries.children(key))]
                ((parents_there, *_),) = door.ask(
                    ProfileQueries(door.sampling, shapes[key.table], 1).counts()
                )
                mean = sum(n * p for n, p in counts) / max(1, parents_there)
                square = sum(n * n * p for n, p in counts) / max(1, parents_there)
                children.append((mean, max(0.0, square - mean**2) ** 0.5))
            found[table.name] = {
                "numbers": {name: values[:, n] for n, name in enumerate(labels)},
                "nulls": {n: 1 - g / max(1, rows) for n, g in zip(names, given, strict=True)},
                "values": shares,
                "children": children,
            }
    return found


def plain(value: str) -> str:
    """Return a number without a fraction of zeros."""
    return value.removesuffix(".0")


def distance(one, two):
    one, two = (np.sort(each[~np.isnan(each)]) for each in (one, two))
    if not len(one) or not len(two):
        return 1.0, "no values"
    at = np.concatenate((one, two))
    a, b = (each.searchsorted(at, "right") / len(each) for each in (one, two))
    return float(np.abs(a - b).max()), f"{len(one)} and {len(two)} values"


def rho(one, two) -> float:
    both = ~(np.isnan(one) | np.isnan(two))
    return rank_correlation(one[both], two[both]) or 0.0


if __name__ == "__main__":
    sys.exit(main())
