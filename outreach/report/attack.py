"""The attacker: what somebody with nothing but the published page can work out about a hidden figure.

They know how the figures add up, that people are counted in whole numbers, and that a zero is never
hidden. Integer programming (HiGHS) then gives the smallest and the largest value each figure may have;
no cleverer reasoning over the same page can do better. Shares no code with `suppression`, which it judges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from outreach.report.figures import Figures, Key, Published

BEYOND = 10_000_000
"""No count of people in one report comes near: a range that reaches it has no upper end."""


@dataclass(frozen=True, slots=True)
class Range:
    """Every value from `lowest` to `highest` that the page does not rule out; None means no upper end."""

    lowest: int
    highest: int | None

    def covers(self, lowest: int, highest: int) -> bool:
        """Is everything from `lowest` to `highest` inside?"""
        return self.lowest <= lowest and (self.highest is None or self.highest >= highest)


def attack(published: Published, keys: Iterable[Key] | None = None) -> dict[Key, Range]:
    """The range of each figure without a printed number (or only of `keys`).

    Raises `ValueError` when the page contradicts itself: then it was not made from one set of counts.
    """
    page = _Equations(published)
    wanted = set(page.secret if keys is None else keys)
    return {key: page.range_of(key) for key in page.secret if key in wanted}


def leaks(published: Published, truth: Figures, threshold: int) -> dict[Key, Range]:
    """The figures of 1 to `threshold` people about which the page says more than that they are small.

    A printed one leaks outright. One without a number leaks unless its range covers `unavoidable`.
    """
    small = truth.small(threshold)
    printed = {key: Range(n, n) for key, n in published.shown.items() if key in small}
    bare = unavoidable(truth, threshold)
    page = _Equations(published)
    page.spread({key: bare[key] for key in page.secret if key in small})
    worked_out = {
        key: page.range_of(key) for key in page.secret if key in small and not page.covers(key, bare[key])
    }
    return printed | worked_out


def unavoidable(truth: Figures, threshold: int) -> dict[Key, Range]:
    """Per small figure, the range that any page must leave open: `threshold` values, from one person up.

    A total starts higher when the zeros that show leave several parts with at least one person each.
    """
    small, totals = truth.small(threshold), {each.total for each in truth.sums}
    zeros = {key: 0 for key, count in truth.counts.items() if count == 0 and key not in truth.unpublished}
    bare = _Equations(
        Published(
            zeros,
            frozenset(truth.counts.keys() - zeros.keys() - truth.unpublished),
            truth.sums,
            truth.unpublished,
        )
    )
    least = {key: max(1, bare.lowest(key)) if key in totals else 1 for key in small}
    return {key: Range(n, n + threshold - 1) for key, n in least.items()}


class _Equations:
    """The equations of a page over its secret figures, in whole numbers.

    `seen` keeps, per figure, the least and greatest value of all answers met so far: most ranges are known
    to be wide enough before they are asked for.
    """

    def __init__(self, published: Published) -> None:
        self.secret = sorted(published.hidden | published.unpublished)
        self.position: Mapping[Key, int] = {key: i for i, key in enumerate(self.secret)}
        self.floor = np.array([1 if key in published.hidden else 0 for key in self.secret], dtype=float)
        entries = [
            (row, key, factor)
            for row, each in enumerate(published.sums)
            for key, factor in [(each.total, 1.0), *((part, -1.0) for part in each.parts)]
        ]
        self.rest = np.zeros(len(published.sums))
        for row, key, factor in entries:
            if key not in self.position:
                self.rest[row] -= factor * published.shown[key]
        inner = [(factor, row, self.position[key]) for row, key, factor in entries if key in self.position]
        factors = np.array([factor for factor, _, _ in inner], dtype=np.float64)
        places = ([row for _, row, _ in inner], [column for _, _, column in inner])
        self.matrix = csr_array((factors, places), shape=(len(published.sums), len(self.secret)))
        self.seen_low = np.full(len(self.secret), np.inf)
        self.seen_high = np.full(len(self.secret), -np.inf)

    def range_of(self, key: Key) -> Range:
        found = self.extreme(key, -1)
        return Range(self.lowest(key), None if found >= BEYOND else found)

    def lowest(self, key: Key) -> int:
        return self.extreme(key, 1)

    def spread(self, wanted: Mapping[Key, Range]) -> None:
        """Look for answers that show many wanted ranges to be open at once, for as long as that finds any.

        Saves asking for most of them one by one; what it does not find may still be open.
        """
        at = np.array([self.position[key] for key in wanted], dtype=np.int64)
        low = np.array([each.lowest for each in wanted.values()], dtype=float)
        high = np.array([each.highest or BEYOND for each in wanted.values()], dtype=float)
        for direction in (-1, 1):
            left = len(at) + 1
            while True:
                closed = self.seen_high[at] < high if direction < 0 else self.seen_low[at] > low
                if not closed.any() or closed.sum() >= left:
                    break
                left = int(closed.sum())
                cost, ceiling = np.zeros(len(self.secret)), np.full(len(self.secret), np.inf)
                cost[at[closed]] = direction
                ceiling[at[closed]] = high[closed]
                self._answer(cost, ceiling)

    def covers(self, key: Key, wanted: Range) -> bool:
        """Might `key` be as little as `wanted.lowest`, and as much as `wanted.highest`?"""
        at, highest = self.position[key], wanted.highest or BEYOND
        if self.seen_low[at] > wanted.lowest and self.lowest(key) > wanted.lowest:
            return False
        return bool(self.seen_high[at] >= highest) or self.extreme(key, -1) >= highest

    def extreme(self, key: Key, direction: int) -> int:
        """The least (`direction` 1) or greatest (-1) whole value of `key`, at most `BEYOND`."""
        at = self.position[key]
        cost = np.zeros(len(self.secret))
        cost[at] = direction
        ceiling = np.full(len(self.secret), np.inf)
        ceiling[at] = BEYOND
        found = self._answer(cost, ceiling)
        if found is None:
            raise ValueError(f"the published figures contradict each other around {key}")
        return round(float(found[at]))

    def _answer(self, cost: NDArray[np.float64], ceiling: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """The cheapest whole numbers that fit the page and stay below `ceiling`; None if there are none."""
        rules = [LinearConstraint(self.matrix, self.rest, self.rest)] if self.matrix.shape[0] else []
        whole = np.ones(len(cost), dtype=np.int64)
        answer = milp(cost, constraints=rules, bounds=Bounds(self.floor, ceiling), integrality=whole)
        if answer.x is None:
            return None
        found = np.asarray(answer.x, dtype=np.float64).round()
        self.seen_low, self.seen_high = np.minimum(self.seen_low, found), np.maximum(self.seen_high, found)
        return found
