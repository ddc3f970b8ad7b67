"""What a price list proves about reach: two ways in which the worth of a cell is less than a sum over stays.

With F(z) = 1 − exp(−σz) and exposures z₁, z₂, … of the stays near a cell, both of these hold for any plan:

* tangent: F(Σz) ≤ 1 − p + p·ln p + p·σ·Σz, for every p in (0, 1];
* chord: F(Σz) ≤ max over n of (1 − uⁿ − l·n·(1 − u)) + l·ΣF(z), for every l ≥ 0, where 1 − u is the most that
  any single stay wins of the cell (the left side less l·ΣF is affine in each exp(−σz), so it is greatest
  when each stay wins nothing or the most).

The tangent is sharp for cells served many times, the chord for cells served once or twice; a share `theta` of
the one and the rest of the other is true as well, and convex in all three prices together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.vanday import Floats

COUNTS = 8


@dataclass(frozen=True)
class Prices:
    """By cell × week: `tangent` (p·θ), `chord` (l·(1 − θ)), `theta`; by capped good; by row."""

    tangent: Floats
    chord: Floats
    theta: Floats
    good: Floats
    row: Floats

    def mixed(self, other: Prices, share: float) -> Prices:
        """This with a share of the other; what both prove, the mixture proves at least as well on average."""
        return Prices(*(
            mine + share * (theirs - mine)
            for mine, theirs in zip(self.parts, other.parts, strict=True)
        ))  # fmt: skip

    @property
    def parts(self) -> tuple[Floats, ...]:
        """The five arrays in order."""
        return self.tangent, self.chord, self.theta, self.good, self.row


def tangent_kept(tangent: Floats, theta: Floats) -> tuple[Floats, Floats, Floats]:
    """θ·(1 − p + p·ln p) with p = tangent / θ, and its slopes by tangent and theta."""
    ratio = np.clip(tangent / theta, 1e-300, 1.0)
    logs = np.log(ratio)
    return theta * (1 - ratio + ratio * logs), logs, 1 - ratio


def wins(most: Floats) -> Floats:
    """1 − uⁿ for n = 0 … COUNTS, the last standing for any greater number, too."""
    table = 1 - (1 - most)[:, None] ** np.arange(COUNTS + 1)[None, :]
    table[:, -1] = 1.0
    return np.asarray(table)


def chord_kept(
    chord: Floats, theta: Floats, most: Floats, table: Floats, blur: float
) -> tuple[Floats, Floats, Floats]:
    """max over n of (1 − θ)(1 − uⁿ) − chord·n·(1 − u), and its slopes; a soft maximum where `blur` > 0."""
    counts = np.arange(COUNTS + 1)
    each = (1 - theta)[:, None] * table - (chord * most)[:, None] * counts
    peak = each.max(axis=1)
    if blur <= 0:
        weight = (each == peak[:, None]).astype(float)
        weight /= weight.sum(axis=1, keepdims=True)
        value = peak
    else:
        weight = np.exp((each - peak[:, None]) / blur)
        total = weight.sum(axis=1)
        weight /= total[:, None]
        value = peak + blur * np.log(total)
    return value, -(weight @ counts) * most, -(weight * table).sum(axis=1)
