"""Keyed bijections of 0 … n-1: where uniqueness comes from, without memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from shardgen.random.feistel import ROUNDS, FeistelNetwork, feistel_network
from shardgen.random.streams import GOLDEN, finalise, words

if TYPE_CHECKING:
    from shardgen.random.streams import Indices, Words

_SMALL = 4096


class Bijection(Protocol):
    """A bijection of 0 … n-1."""

    @property
    def n(self) -> int:
        """The number of indices."""

    def __call__(self, index: Indices) -> Indices:
        """Return the image of each index: int64, same shape."""

    def inverse(self, image: Indices) -> Indices:
        """Return the index of each image: int64, same shape."""


class Permutation:
    """
    A keyed bijection of 0 … n-1 for n <= 2^62: where uniqueness comes from, without memory.

    A Feistel network, which is too weak on a handful of values: up to 4,096 of them are shuffled
    into a table instead.
    """

    def __init__(self, n: int, key: int) -> None:
        """Draw the permutation of n values that belongs to the 64-bit `key`."""
        self.n = n
        self._table: Indices | None = None
        if n <= _SMALL:
            self._table = words(key, np.arange(n)).argsort(kind="stable")
            self._table_back = self._table.argsort()
            return
        constants = words(key, np.arange(3 * ROUNDS)) | np.uint64(1)
        self._network = feistel_network(n, constants.reshape(ROUNDS, 3))

    def __call__(self, index: Indices) -> Indices:
        """Return the image of each index, all of which lie in [0, n): int64, same shape."""
        if self._table is not None:
            return self._table.take(index)
        return self._network.image(index)

    def inverse(self, image: Indices) -> Indices:
        """Return the index of each image, all of which lie in [0, n): int64, same shape."""
        if self._table is not None:
            return self._table_back.take(image)
        return self._network.inverse(image)


def keyed_network(n: int) -> FeistelNetwork:
    """Return the network of n values, 1 to 2^62, for indices that have a key each, any words."""
    first = finalise(np.arange(1, ROUNDS + 1, dtype=np.uint64)) | np.uint64(1)
    return feistel_network(n, _of_keys(first), keyed=True)


def _of_keys(first: Words) -> Words:
    """Return the constants of rounds that add a key."""
    constants = np.empty((ROUNDS, 3), np.uint64)
    constants[:, 0], constants[:, 1], constants[:, 2] = 0, first, GOLDEN
    return constants
