"""Which columns are read by others: circles of them, and an order in which each can be made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shardgen.generators.sources import Cell


def cycles(reads: Mapping[Cell, list[Cell]]) -> list[list[Cell]]:
    """Return each cycle once, as the cells along it, ending where it begins."""
    done: set[Cell] = set()
    cycles: list[list[Cell]] = []
    for start in reads:
        path: list[Cell] = []
        ahead = [(start, iter((start,)))] if start not in done else []
        while ahead:
            cell = next(ahead[-1][1], None)
            if cell is None:
                ahead.pop()
                if path:
                    done.add(path.pop())
            elif cell in path:
                cycles.append([*path[path.index(cell) :], cell])
            elif cell not in done:
                path.append(cell)
                ahead.append((cell, iter(reads.get(cell, ()))))
    return cycles


def sources_first(cells: Sequence[Cell], reads: Mapping[Cell, list[Cell]]) -> list[Cell]:
    """Return the cells so that each comes after all that it reads; there are no cycles."""
    order: dict[Cell, None] = {}
    for start in cells:
        ahead = [start]
        while ahead:
            waiting = [cell for cell in reads.get(ahead[-1], ()) if cell not in order]
            if waiting:
                ahead += waiting
            else:
                order.setdefault(ahead.pop())
    return list(order)
