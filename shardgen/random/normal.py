"""
The normal law on whole arrays, the same to the last bit on every machine with the same `math`.

Φ⁻¹ is algorithm AS 241 (Wichura, "The percentage points of the normal distribution", Applied
Statistics 37, 1988), in the order of operations of Python's `statistics`, and gives its numbers:
NumPy rounds + − × ÷ and √ exactly, and logarithms come from `math`, one by one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_CENTRE = 0.425  # shares within that of a half
_FAR = 5.0  # √(-ln) of a share: beyond, the far tail begins

# Numerator and denominator of each range, the highest power first.
_NEAR_MEAN = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.3871328727963666080),
    (5226.4952788528545610, 28729.085735721942674, 39307.895800092710610, 21213.794301586595867,
     5394.1960214247511077, 687.18700749205790830, 42.313330701600911252, 1.0),
)  # fmt: skip
_TAIL = (
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 0.241780725177450611770,
     1.27045825245236838258, 3.64784832476320460504, 5.76949722146069140550,
     4.63033784615654529590, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
     0.148103976427480074590, 0.689767334985100004550, 1.67638483018380384940,
     2.05319162663775882187, 1.0),
)  # fmt: skip
_FAR_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
     2.65321895265761230930e-2, 0.296560571828504891230, 1.78482653991729133580,
     5.46378491116411436990, 6.65790464350110377720),
    (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
     7.86869131145613259100e-4, 1.48753612908506148525e-2, 0.136929880922735805310,
     0.599832206555887937690, 1.0),
)  # fmt: skip


def normal_ppf(shares: Floats) -> Floats:
    """Return Φ⁻¹: how many standard deviations above the mean a share of all values ends."""
    below = shares - 0.5
    made = np.empty_like(below)
    centre = np.abs(below) <= _CENTRE
    q = below[centre]
    r = 0.180625 - q * q
    made[centre] = _polynomial(_NEAR_MEAN[0], r) * q / _polynomial(_NEAR_MEAN[1], r)
    outer = ~centre
    tail = np.where(below <= 0, shares, 1.0 - shares)[outer]
    r = np.sqrt([-math.log(share) for share in tail.tolist()])
    x = np.where(r <= _FAR, _ratio(_TAIL, r - 1.6), _ratio(_FAR_TAIL, r - _FAR))
    made[outer] = np.where(below[outer] < 0, -x, x)
    return made


def normal_cdf(deviate: Floats) -> Floats:
    """Return Φ: the share of all values that lie below so many standard deviations."""
    root = math.sqrt(2.0)
    return np.array([0.5 * (1.0 + math.erf(x / root)) for x in deviate.tolist()])


def _ratio(of: tuple[Sequence[float], Sequence[float]], r: Floats) -> Floats:
    return _polynomial(of[0], r) / _polynomial(of[1], r)


def _polynomial(factors: Sequence[float], r: Floats) -> Floats:
    total = np.full(r.shape, factors[0])
    for factor in factors[1:]:
        total = total * r + factor
    return total
