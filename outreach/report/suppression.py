"""Small counts hidden so that they stay hidden: no figure of 1 to `threshold` people can be worked out.

Every small figure is hidden, and with it as little as possible of the rest: a mixed-integer programme
(HiGHS) chooses the cheapest further figures such that each small one might still be anything from one
person to `threshold` (Fischetti and Salazar's complementary cell suppression). Zeros always show.
`attack` proves the outcome and knows nothing of how it was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from outreach.report.attack import Range, leaks, unavoidable
from outreach.report.figures import Figures, Key, Published

SAFETY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class _Story:
    """A set of counts an outsider must still believe in: `key` at most `value`, or at least (`high`)."""

    key: Key
    high: bool
    value: int


def suppress(figures: Figures, threshold: int = 10) -> Published:
    """What of `figures` may leave the house: small ones hidden, and enough others that they stay so.

    The hidden set is the cheapest one (a total costs more than a cell, a large figure more than a small
    one); it is the same for the same figures. `attack.leaks` finds nothing in what is returned.
    """
    hidden = figures.small(threshold) - figures.unpublished
    needed = unavoidable(figures, threshold)
    stories: dict[_Story, None] = {}
    while True:
        page = _page(figures, hidden)
        leaking = leaks(page, figures, threshold)
        if not leaking:
            return page
        told = (story for key, found in leaking.items() for story in _stories(key, found, needed[key]))
        fresh = [story for story in told if story not in stories]
        if not fresh:
            return _page(figures, _every_one(figures))
        stories.update(dict.fromkeys(fresh))
        hidden = _cheapest(figures, threshold, tuple(stories))


def _stories(key: Key, found: Range, needed: Range) -> list[_Story]:
    """What the page must leave possible and does not."""
    low = [_Story(key, False, needed.lowest)] if found.lowest > needed.lowest else []
    highest = needed.highest or 0
    high = [_Story(key, True, highest)] if found.highest is not None and found.highest < highest else []
    return low + high


def _page(figures: Figures, hidden: frozenset[Key]) -> Published:
    secret = hidden | figures.unpublished
    shown = {key: count for key, count in figures.counts.items() if key not in secret}
    return Published(shown, hidden, figures.sums, figures.unpublished)


def _every_one(figures: Figures) -> frozenset[Key]:
    """Everything but the zeros: always safe, since nothing is left to subtract from."""
    return frozenset(key for key, count in figures.counts.items() if count) - figures.unpublished


def _loss(figures: Figures, key: Key) -> float:
    """What a reader misses when `key` is hidden: a total stands for its parts."""
    parts = sum(len(each.parts) for each in figures.sums if each.total == key)
    return 1.0 + 0.5 * parts + 0.05 * float(np.log1p(figures.counts[key]))


def _cheapest(figures: Figures, threshold: int, stories: Sequence[_Story]) -> frozenset[Key]:
    """The least loss of information for which every story can still be told."""
    choice = _Choice(figures, threshold)
    for story in stories:
        choice.must_allow(story)
    return choice.solved()


class _Choice:
    """The programme: one yes/no per figure (hide it?), and per story one set of counts to believe in.

    In a story a shown figure keeps its true count and a hidden one may differ by up to `threshold`:
    changes travel along rows and columns, so that none needs to be larger than the one wanted.
    """

    def __init__(self, figures: Figures, threshold: int) -> None:
        self.figures, self.threshold = figures, threshold
        self.keys = sorted(figures.counts)
        self.place = {key: i for i, key in enumerate(self.keys)}
        self.count = np.array([figures.counts[key] for key in self.keys], dtype=float)
        self.free = np.array([key in figures.unpublished for key in self.keys])
        small = figures.small(threshold)
        self.must = np.array([key in small for key in self.keys]) | self.free
        self.may = (self.count > 0) | self.free
        self.low: list[NDArray[np.float64]] = [self.must.astype(float)]
        self.high: list[NDArray[np.float64]] = [self.may.astype(float)]
        self.entries: list[tuple[int, int, float]] = []
        self.least: list[float] = []
        self.most: list[float] = []

    def must_allow(self, story: _Story) -> None:
        """One more set of counts: adds up, agrees with what is shown, and makes the story true."""
        first = len(self.low) * len(self.keys)
        floor = np.where(self.free, 0.0, np.minimum(self.count, 1.0))
        down = np.minimum(self.count - floor, self.threshold)
        low, high = self.count - down, self.count + np.where(self.may, self.threshold, 0.0)
        at = self.place[story.key]
        if story.high:
            low[at] = story.value
        else:
            high[at] = story.value
        self.low.append(low)
        self.high.append(high)
        for i in np.flatnonzero(self.may & ~self.must).tolist():
            self._rule([(first + i, 1.0), (i, float(down[i]))], self.count[i], np.inf)
            self._rule([(first + i, 1.0), (i, -float(self.threshold))], -np.inf, self.count[i])
        for each in self.figures.sums:
            parts = [(first + self.place[part], -1.0) for part in each.parts]
            self._rule([(first + self.place[each.total], 1.0), *parts], 0.0, 0.0)

    def _rule(self, terms: list[tuple[int, float]], least: float, most: float) -> None:
        row = len(self.least)
        self.entries.extend((row, int(column), factor) for column, factor in terms)
        self.least.append(least)
        self.most.append(most)

    def solved(self) -> frozenset[Key]:
        """The figures to hide; everything but the zeros when no answer is found in time."""
        low, high = np.concatenate(self.low), np.concatenate(self.high)
        row, column, factor = (np.array(part) for part in zip(*self.entries, strict=True))
        rules = coo_array((factor, (row, column)), shape=(len(self.least), len(low))).tocsr()
        cost = np.zeros(len(low))
        cost[: len(self.keys)] = [
            0.0 if f else _loss(self.figures, k) for k, f in zip(self.keys, self.free, strict=True)
        ]
        whole = np.zeros(len(low), dtype=np.int64)
        whole[: len(self.keys)] = 1
        answer = milp(
            cost,
            constraints=LinearConstraint(rules, np.array(self.least), np.array(self.most)),
            bounds=Bounds(low, high),
            integrality=whole,
            options={"time_limit": SAFETY_SECONDS},
        )
        if answer.x is None:
            return _every_one(self.figures)
        chosen = answer.x[: len(self.keys)] > 0.5
        return (
            frozenset(key for key, hide in zip(self.keys, chosen, strict=True) if hide)
            - self.figures.unpublished
        )
