"""Keyed bijections of 0 … n-1: where uniqueness comes from, without memory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from shardgen.random.streams import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from shardgen.random.streams import Indices


_ROUNDS = 6  # with 4, indices that share a half had images at uneven distances


_SMALL = 4096


class Permutation:
    """
    A keyed bijection of 0 … n-1 for n <= 2^62: where uniqueness comes from, without memory.

    A Feistel network over pairs (l, r) with l < a and r < b, where a·b is the least such product
    above n - 1 with a = ⌈√n⌉: fewer than one index in √n lands outside and is sent through again
    until it is inside (Black and Rogaway, 2002, method 3). The round function is multiply-add-shift
    (Dietzfelbinger, 1996), which is too weak on a handful of values; up to 4,096 of them are
    shuffled into a table instead.
    """

    def __init__(self, n: int, key: int) -> None:
        """Draw the permutation of n values that belongs to the 64-bit `key`."""
        self.n = n
        self._table = None
        if n <= _SMALL:
            self._table = words(key, np.arange(n)).argsort(kind="stable")
            self._table_back = self._table.argsort()
            return
        self._a = math.isqrt(n - 1) + 1
        self._b = -(-n // self._a)
        # Half the bits hold a product of a side and a fraction: 32 bits serve sides to 2^16.
        self._type = np.uint32 if self._a <= 1 << 16 else np.uint64
        self._half = self._type(np.dtype(self._type).itemsize * 4)
        constants = words(key, np.arange(3 * _ROUNDS)) | np.uint64(1)
        self._constants = constants.astype(self._type).reshape(_ROUNDS, 3)

    def __call__(self, index: Indices) -> Indices:
        """Return the image of each index, all of which lie in [0, n): int64, same shape."""
        if self._table is not None:
            return self._table.take(index)
        return self._walked(self._once, index)

    def inverse(self, image: Indices) -> Indices:
        """Return the index of each image, all of which lie in [0, n): int64, same shape."""
        if self._table is not None:
            return self._table_back.take(image)
        return self._walked(self._back, image)

    def _walked(self, step: Callable[[Indices], Indices], index: Indices) -> Indices:
        """Take a step, and further ones from wherever it led outside."""
        value = step(index)
        outside = np.flatnonzero(value >= self.n)
        while outside.size:
            walked = step(value[outside])
            value[outside] = walked
            outside = outside[walked >= self.n]
        return value

    def _once(self, index: Indices) -> Indices:
        """Return the images under the network, in [0, a·b)."""
        a, b, half = self._type(self._a), self._type(self._b), self._half
        index = index.astype(self._type)
        left = index // b
        right = index - left * b
        for n in range(0, _ROUNDS, 2):
            _add_hash(left, right, a, half, self._constants[n])
            _add_hash(right, left, b, half, self._constants[n + 1])
        image = left.astype(np.int64)
        image *= self._b
        image += right.view(np.int64) if self._type is np.uint64 else right
        return image

    def _back(self, image: Indices) -> Indices:
        """Return what the network maps to these, in [0, a·b)."""
        a, b, half = self._type(self._a), self._type(self._b), self._half
        image = image.astype(self._type)
        left = image // b
        right = image - left * b
        for n in reversed(range(0, _ROUNDS, 2)):
            _take_hash(right, left, b, half, self._constants[n + 1])
            _take_hash(left, right, a, half, self._constants[n])
        index = left.astype(np.int64)
        index *= self._b
        index += right.view(np.int64) if self._type is np.uint64 else right
        return index


def _add_hash(to: Any, of: Any, size: Any, half: Any, constants: Any) -> None:
    """Add a number below `size` that is a hash of `of` to `to`, modulo `size`, in place."""
    hashed = _hash_below(of, size, half, constants)
    to += hashed
    np.subtract(to, size, out=hashed)  # wraps to a huge number where `to` is below `size`
    np.minimum(to, hashed, out=to)


def _take_hash(to: Any, of: Any, size: Any, half: Any, constants: Any) -> None:
    """Undo `_add_hash`, in place."""
    hashed = _hash_below(of, size, half, constants)
    to -= hashed  # wraps to a huge number where it was below
    np.add(to, size, out=hashed)
    np.minimum(to, hashed, out=to)


def _hash_below(of: Any, size: Any, half: Any, constants: Any) -> Any:
    hashed = of + constants[0]
    hashed *= constants[1]
    hashed ^= hashed >> half
    hashed *= constants[2]
    hashed >>= half
    hashed *= size
    hashed >>= half
    return hashed
