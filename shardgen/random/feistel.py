"""
Keyed bijections of 0 … n-1 as a Feistel network, which walks where it leads outside.

The network is over pairs (l, r) with l < a and r < b, where a·b is the least such product above
n - 1 with a = ⌈√n⌉: fewer than one index in √n lands outside and is sent through again until it
is inside (Black and Rogaway, 2002, method 3). The round function is multiply-add-shift
(Dietzfelbinger, 1996), which is too weak on a handful of values.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from shardgen.random.streams import Indices, Words

ROUNDS = 6  # with 4, indices that share a half had images at uneven distances
_SIDE_OF_32_BITS = 1 << 16


class FeistelNetwork(msgspec.Struct, frozen=True, eq=False):
    """
    Bijections of the whole numbers below `size`, 2 to 2^62.

    `sides` are a and b, and `constants` a row of three numbers for each round: added to the half
    that is hashed, and multiplied with it twice. Where indices have keys of their own, uint64, the
    key is what is added. All of them are of one unsigned type, of which `half` is half the bits.
    """

    size: int
    sides: tuple[Any, Any]
    half: Any
    constants: tuple[tuple[Any, Any, Any], ...]

    def image(self, index: Indices, keys: Words | None = None) -> Indices:
        """Return the image of each index below `size`: int64, same shape."""
        return self._walk(self._forward, index, keys)

    def inverse(self, image: Indices) -> Indices:
        """Return the index of each image below `size`: int64, same shape; without keys only."""
        return self._walk(self._backward, image, None)

    def _walk(
        self,
        step: Callable[[Indices, Words | None], Indices],
        index: Indices,
        keys: Words | None,
    ) -> Indices:
        """Take a step, and further ones from wherever it led outside."""
        value = step(index, keys)
        outside = np.flatnonzero(value >= self.size)
        while outside.size:
            walked = step(value[outside], None if keys is None else keys[outside])
            value[outside] = walked
            outside = outside[walked >= self.size]
        return value

    def _forward(self, index: Indices, keys: Words | None) -> Indices:
        """Return the images under the network, in [0, a·b)."""
        a, b = self.sides
        left, right = self._split(index)
        for n in range(0, ROUNDS, 2):
            for to, of, side, m in ((left, right, a, n), (right, left, b, n + 1)):
                hashed = self._hash_below(of, side, m, keys)
                to += hashed  # noqa: PLW2901 -- in place
                np.subtract(to, side, out=hashed)  # wraps to a huge number where `to` is below
                np.minimum(to, hashed, out=to)
        return self._joined(left, right)

    def _backward(self, image: Indices, keys: Words | None) -> Indices:
        """Return what the network maps to these, in [0, a·b)."""
        a, b = self.sides
        left, right = self._split(image)
        for n in reversed(range(0, ROUNDS, 2)):
            for to, of, side, m in ((right, left, b, n + 1), (left, right, a, n)):
                hashed = self._hash_below(of, side, m, keys)
                to -= hashed  # noqa: PLW2901 -- in place; wraps to a huge number where it was below
                np.add(to, side, out=hashed)
                np.minimum(to, hashed, out=to)
        return self._joined(left, right)

    def _split(self, index: Indices) -> tuple[Any, Any]:
        _, b = self.sides
        whole = index.astype(b.dtype)
        left = whole // b
        return left, whole - left * b

    def _joined(self, left: Any, right: Any) -> Indices:
        _, b = self.sides
        joined: Indices = left.astype(np.int64)
        joined *= int(b)
        joined += right.view(np.int64) if right.dtype == np.uint64 else right
        return joined

    def _hash_below(self, of: Any, side: Any, n: int, keys: Words | None) -> Any:
        """Return hashes of `of` below `side`, as round n makes them."""
        add, first, second = self.constants[n]
        half = self.half
        hashed = of + (add if keys is None else keys)
        hashed *= first
        hashed ^= hashed >> half
        hashed *= second
        hashed >>= half
        hashed *= side
        hashed >>= half
        return hashed


def feistel_network(size: int, constants: Words, *, keyed: bool = False) -> FeistelNetwork:
    """
    Return the network for whole numbers below `size`, at most 2^62.

    `constants` are odd words of shape (6, 3); `keyed` says that indices have keys of their own.
    """
    a = math.isqrt(size - 1) + 1
    b = -(-size // a)
    # Half the bits hold a product of a side and a fraction: 32 bits serve sides to 2^16.
    narrow = a <= _SIDE_OF_32_BITS and not keyed
    unsigned: Any = np.uint32 if narrow else np.uint64
    half = unsigned(np.dtype(unsigned).itemsize * 4)
    rounds = tuple(tuple(row) for row in constants.astype(unsigned))
    return FeistelNetwork(size, (unsigned(a), unsigned(b)), half, rounds)
