"""From now on: what of a van-day has begun and stands, and what is still open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from solver.plan import Stop, VanDay
from solver.problem import Problem
from solver.score import keeps
from solver.timetable import lay


@dataclass(frozen=True)
class Today:
    """Second `now` of `day`. `late` says from which second a van on the road can roll today."""

    problem: Problem
    day: int
    now: int
    late: Mapping[int, int]

    def open_stops(self, d: VanDay) -> tuple[Stop, ...]:
        """The stops of a van-day at which the van has not arrived."""
        return tuple(s for s in d.stops if self.is_ahead(d.day, s))

    def is_ahead(self, day: int, stop: Stop) -> bool:
        """Whether no van has arrived at a stop of that day."""
        return day > self.day or (day == self.day and stop.arrive > self.now)

    def is_late(self, d: VanDay) -> bool:
        """Whether its van is held up on the road."""
        return d.day == self.day and d.van in self.late

    def weight(self, d: VanDay, stop: Stop) -> int:
        """How much it hurts to change a stop: 1, with a promise 10, with refills due 100."""
        kept = [a for a in self.problem.anchors if a.day == d.day and keeps(a, stop)]
        return max([100 if a.refills_due else 10 for a in kept], default=1)

    def open_there(self, d: VanDay, s: Stop) -> bool:
        """Whether the site is open for a stay on the van-day's date."""
        windows = self.problem.sites[s.site].windows
        return any(w.day == d.day and w.opens <= s.arrive and s.leave <= w.closes for w in windows)

    def has_begun(self, d: VanDay) -> bool:
        """Whether the van has arrived at one of its stops."""
        return len(self.open_stops(d)) < len(d.stops)

    def begun(self, d: VanDay) -> VanDay | None:
        """What has begun of a van-day, on its way home; the break stays where it is behind us."""
        if not self.has_begun(d):
            return None
        stops = d.stops[: len(d.stops) - len(self.open_stops(d))]
        pause = d.break_start if d.break_start is not None and d.break_start <= stops[-1].leave else None
        gone = replace(d, stops=stops, break_start=pause)
        free_from = self.free_from(d) if d.van in self.late else 0
        return lay(self.problem, d.van, d.day, (), d.crew, free_from=free_from, begun=gone) or gone

    def goes_on(self, d: VanDay, stops: Sequence[Stop], slack: int) -> VanDay | None:
        """What has begun of a van-day, and then these stops, each up to `slack` seconds later; None where
        the drive forbids it."""
        begun, free_from = self.begun(d), self.free_from(d)
        return lay(self.problem, d.van, d.day, stops, d.crew, slack=slack, free_from=free_from, begun=begun)

    def anew(self, d: VanDay, van: int, stops: Sequence[Stop], slack: int) -> VanDay | None:
        """These stops by a van from its base, with the crew of a van-day; None where the drive forbids it."""
        return lay(self.problem, van, d.day, stops, d.crew, slack=slack, free_from=self.free_from(d))

    def free_from(self, d: VanDay) -> int:
        """From which second wheels can roll on a van-day."""
        if d.day != self.day:
            return 0
        return max(self.late.get(d.van, 0), d.depart if d.depart <= self.now else self.now)
