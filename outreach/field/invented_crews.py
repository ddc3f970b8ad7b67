"""Who went out in an invented past: people on their own shifts, within their hours of a day and a week, and
rested, as a real roster would have had them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

from outreach.plan.planning.before import DAY_MINUTES, least_rest_minutes, most_week_minutes
from outreach.plan.staff import Member
from outreach.policies import Policy

ROLES = ("driver", "harm_reduction")
Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Crew:
    """A pair who could be out from `starts` to `ends`, minutes after midnight, for `most` minutes of it."""

    people: list[int]
    starts: int
    ends: int
    most: int

    @property
    def minutes(self) -> int:
        """How long they could be out."""
        return min(self.ends - self.starts, self.most)

    def until(self, out: int) -> int:
        """When they must be back if they leave at `out`."""
        return min(self.ends, out + self.most)


class Crews:
    """The crews of a stretch of days, a driver and somebody for harm reduction each, as they fill up."""

    def __init__(self, staff: Sequence[Member], policy: Policy) -> None:
        self.policy = policy
        self.on = {role: [m for m in staff if role in m.roles and not m.remote] for role in ROLES}
        self.duties: dict[int, list[tuple[date, int, int]]] = {member.id: [] for member in staff}

    def free(self, day: date, hours: Window) -> list[Crew]:
        """Every pair that could go out within `hours`, who has the longest day left first."""
        pairs = [pair for pair in product(*self.on.values()) if len({member.id for member in pair}) == 2]
        found = (self._crew(pair, day, hours) for pair in pairs)
        return sorted(
            (crew for crew in found if crew.minutes > 0), key=lambda crew: (-crew.minutes, crew.people)
        )

    def send(self, people: Sequence[int], day: date, depart: int, back: int) -> None:
        """They were out from `depart` to `back`."""
        for member_id in people:
            self.duties[member_id].append((day, depart, back))

    def _crew(self, pair: Sequence[Member], day: date, hours: Window) -> Crew:
        windows = [self._window(member, day, hours) for member in pair]
        return Crew(
            people=[member.id for member in pair],
            starts=max(hours[0], *(starts for starts, _ in windows)),
            ends=min(hours[1], *(ends for _, ends in windows)),
            most=min(self._left(member, day) for member in pair),
        )

    def _window(self, member: Member, day: date, hours: Window) -> Window:
        """When the member can be out on the day: on shift, on no other van, rested before and after."""
        starts, ends = max(
            ((s.starts, s.ends) for s in member.shifts if s.weekday == day.weekday()),
            key=lambda shift: min(shift[1], hours[1]) - max(shift[0], hours[0]),
            default=(0, 0),
        )
        rest = least_rest_minutes(member, self.policy)
        for other, depart, back in self.duties[member.id]:
            away = (other - day).days * DAY_MINUTES
            if other <= day:
                starts = max(starts, away + back + rest)
            else:
                ends = min(ends, away + depart - rest)
        return starts, ends

    def _left(self, member: Member, day: date) -> int:
        """How many minutes the member may still work on the day."""
        left = most_week_minutes(member, self.policy) - self._worked(member, day)
        return min(round(member.max_day_hours * 60), left)

    def _worked(self, member: Member, day: date) -> int:
        monday = day - timedelta(day.weekday())
        week = [(d, b) for on, d, b in self.duties[member.id] if monday <= on < monday + timedelta(7)]
        return sum(back - depart for depart, back in week)
