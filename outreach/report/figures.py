"""Figures before and after they are made safe to hand out: counts, the sums that tie them, what is hidden.

A figure is anything with a number on the page, cells and totals alike. How figures are hidden is in
`suppression`, what somebody outside could still work out is in `attack`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Key = tuple[str, ...]

ALL = "all"


@dataclass(frozen=True, slots=True)
class Sum:
    """`total` is the sum of `parts`, and everybody knows it is."""

    total: Key
    parts: tuple[Key, ...]


@dataclass(frozen=True)
class Figures:
    """True counts of people and what the reader knows about how they add up.

    `unpublished` figures are printed nowhere, but the printed ones are made of them, so they need the
    same protection (the contacts of one neighbourhood in one week behind a page that prints only
    neighbourhoods and weeks). A part that everybody knows to be zero, such as a week in which no van came,
    is left out of the sums.

    Raises `ValueError` when a count is negative or a sum does not add up.
    """

    counts: Mapping[Key, int]
    sums: tuple[Sum, ...] = ()
    unpublished: frozenset[Key] = frozenset()

    def __post_init__(self) -> None:
        for key, count in self.counts.items():
            if count < 0:
                raise ValueError(f"the figure {key} is {count}: a count of people is never negative")
        for each in self.sums:
            found = sum(self.counts[part] for part in each.parts)
            if found != self.counts[each.total]:
                raise ValueError(
                    f"{each.total} is {self.counts[each.total]}, but its parts add up to {found}"
                )

    def small(self, threshold: int) -> frozenset[Key]:
        """The figures nobody outside may learn: one person up to `threshold` people."""
        return frozenset(key for key, count in self.counts.items() if 1 <= count <= threshold)


@dataclass(frozen=True)
class Published:
    """What leaves the house: `shown` figures carry numbers, `hidden` ones only their place on the page."""

    shown: Mapping[Key, int]
    hidden: frozenset[Key]
    sums: tuple[Sum, ...] = ()
    unpublished: frozenset[Key] = frozenset()

    def figure(self, key: Key) -> int | None:
        """The number to print, or None for a hidden one."""
        return self.shown.get(key)


def table(
    cells: Mapping[tuple[str, str], int],
    *,
    known_zero: Iterable[tuple[str, str]] = (),
    only_margins: bool = False,
) -> Figures:
    """A table of row × column with row totals `(row, ALL)`, column totals `(ALL, column)` and `(ALL, ALL)`.

    Cells that are not given count zero. With `only_margins` the cells themselves are not printed, and
    those of `known_zero` (nobody was met there, and anybody may know it) are known to be zero.
    """
    empty = set(known_zero)
    if any(cells.get(cell, 0) for cell in empty):
        raise ValueError("a cell said to be zero because nobody was there has people in it")
    rows = sorted({row for row, _ in cells} | {row for row, _ in empty})
    columns = sorted({column for _, column in cells} | {column for _, column in empty})
    counts: dict[Key, int] = {
        (r, c): cells.get((r, c), 0) for r in rows for c in columns if (r, c) not in empty
    }
    inner = tuple(counts)
    sums: list[Sum] = []
    for row in rows:
        sums.append(Sum((row, ALL), tuple(key for key in inner if key[0] == row)))
    for column in columns:
        sums.append(Sum((ALL, column), tuple(key for key in inner if key[1] == column)))
    for each in sums:
        counts[each.total] = sum(counts[part] for part in each.parts)
    sums.append(Sum((ALL, ALL), tuple((row, ALL) for row in rows)))
    sums.append(Sum((ALL, ALL), tuple((ALL, column) for column in columns)))
    counts[(ALL, ALL)] = sum(counts[(row, ALL)] for row in rows)
    return Figures(counts, tuple(sums), frozenset(inner) if only_margins else frozenset())
