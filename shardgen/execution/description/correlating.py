"""Spearman's rank correlation of columns of a sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from shardgen.execution.description.description import Correlation

LEAST_ROWS = 20
"""Rows of which a correlation says something."""

Numbers = npt.NDArray[np.float64]


def ranks(values: Numbers) -> Numbers:
    """Return the rank of each value, from 0; values that are the same share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    middles = np.cumsum(counts) - (counts + 1) / 2
    found: Numbers = middles[inverse]
    return found


def rank_correlation(one: Numbers, other: Numbers) -> float | None:
    """Return Spearman's rho of two columns of one length; None where one does not vary."""
    a, b = ranks(one), ranks(other)
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return None if size == 0 else float(a @ b) / size


def correlations(
    names: Sequence[str], values: Numbers, own: int, asked: dict[tuple[str, str], float]
) -> Iterator[Correlation]:
    """
    Yield the correlation of each of the first `own` columns with every other after it.

    `values` has a row for each of the sample, NaN for null.
    """
    given = ~np.isnan(values)
    for n in range(own):
        for m in range(n + 1, len(names)):
            both = given[:, n] & given[:, m]
            rows = int(both.sum())
            if rows < LEAST_ROWS:
                continue
            rho = rank_correlation(values[both, n], values[both, m])
            if rho is not None:
                pair = names[n], names[m]
                wanted = asked.get(pair, asked.get((pair[1], pair[0])))
                yield Correlation(
                    column=pair[0], other=pair[1], rho=round(rho, 3), rows=rows, asked=wanted
                )
