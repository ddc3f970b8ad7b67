"""Which week's prices are asked for next: one week leads until its bound is calm, the others then begin with
what it came to, and all take turns."""

from __future__ import annotations

LEAD = 20
"""Rounds at most of one week before the others begin with its prices, as if they had had half of them."""
CALM_FOR, CALM_BY = 3, 0.03
"""The others begin sooner once so many rounds lowered the bound by less than this share."""
SETTLED_FOR, SETTLED_BY = 12, 3e-4
"""The bound has settled once so many rounds of each week lowered it by less than this share."""


class Turns:
    """Rounds `taken` by each week, and the bound after each round of any."""

    def __init__(self, weeks: int, lead: int) -> None:
        self.lead = lead
        self.taken = [0] * weeks
        self.bounds: list[float] = []

    @property
    def next(self) -> int:
        """The week whose turn it is."""
        behind = [week for week, taken in enumerate(self.taken) if not taken]
        if len(behind) == len(self.taken) - 1 and self.taken[self.lead] < LEAD and not self._calm:
            return self.lead
        return behind[0] if behind else self.taken.index(min(self.taken))

    @property
    def begun(self) -> bool:
        """Whether every week has prices of its own."""
        return min(self.taken) > 0

    @property
    def settled(self) -> bool:
        """Whether the last rounds have hardly lowered the bound any more."""
        return self.begun and self._fell_less(SETTLED_FOR * len(self.taken), SETTLED_BY)

    @property
    def _calm(self) -> bool:
        """Whether a round of the leading week promises less than the first round of another."""
        return self._fell_less(CALM_FOR, CALM_BY)

    def _fell_less(self, rounds: int, share: float) -> bool:
        last = self.bounds[-1] if self.bounds else 0.0
        return len(self.bounds) > rounds and self.bounds[-rounds] - last < share * abs(last)
