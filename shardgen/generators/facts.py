"""
What a column is drawn by, noted while its generator is bound: for whoever asks why it has a value.

Everything random, unique or extreme goes through the column's context, which notes it here: so it
is known of every generator, of a plug-in's too, and none has to tell.
"""

from __future__ import annotations

import msgspec

from shardgen.random.distributions import Distribution


class Fact(msgspec.Struct, frozen=True):
    """One draw; `words` says it."""

    def words(self) -> str:
        """Return it as a clause."""
        raise NotImplementedError


class NumberFact(Fact, frozen=True):
    """A number within low … high, in units of 10^-scale, by a law."""

    distribution: Distribution
    low: int
    high: int
    scale: int

    def words(self) -> str:
        """Return the law and the bounds."""
        low, high = (_number(bound, self.scale) for bound in (self.low, self.high))
        return f"a number from {low} to {high}: {self.distribution.words()}"


class IndexFact(Fact, frozen=True):
    """One of so many possibilities, each as likely."""

    size: int

    def words(self) -> str:
        """Return how many there are."""
        return f"one of {self.size:,} possibilities, each as likely as the others"


class UniqueFact(Fact, frozen=True):
    """One of so many possibilities that no other row has."""

    size: int
    rows: int

    def words(self) -> str:
        """Return how many there are, and for how many rows."""
        rows = f"{self.rows:,} rows"
        return (
            f"one of {self.size:,} possibilities, by a permutation: no two of {rows} have the same"
        )


class JointFact(Fact, frozen=True):
    """One of so many possibilities, which columns that are unique together share out."""

    size: int

    def words(self) -> str:
        """Return how many there are."""
        of = f"one of {self.size:,} possibilities"
        return f"{of}, by the row's own combination of the columns that are unique together"


class WeightsFact(Fact, frozen=True):
    """One of so many alternatives, by weight."""

    count: int

    def words(self) -> str:
        """Return how many there are."""
        return f"one of {self.count:,}, each by its weight"


class EdgeFact(Fact, frozen=True):
    """A share of the rows takes an extreme."""

    share: float

    def words(self) -> str:
        """Return the share."""
        return f"in {self.share:.4g} of all rows the least or the greatest instead"


def _number(units: int, scale: int) -> str:
    """Return units of 10^-scale as a number."""
    if not scale:
        return f"{units:,}"
    whole, rest = divmod(abs(units), 10**scale)
    return f"{'-' if units < 0 else ''}{whole:,}.{rest:0{scale}d}"
