"""Remedies: the smallest change to what a problem allows that would let one site be served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from solver.problem import Member, Problem, Shift, Window

Facts = Mapping[str, str | int | float]


@dataclass(frozen=True)
class Remedy:
    """`kind` says what would change: `open` (the site from `starts` to `ends`), `allow` (its host the base
    service), `van_shift`, `longer_shift` (of the van and of its crew), `crew` (people of the roles in
    `roles`). `van`, `day`, `starts` and `ends` say for whom and when."""

    kind: str
    site: int
    day: int
    starts: int
    ends: int
    van: int = -1
    roles: tuple[str, ...] = field(default=())

    def apply(self, problem: Problem) -> Problem:
        """The problem after the change. New people come last in `staff`, one a role."""
        if self.kind == "open":
            window = Window(self.day, self.starts, self.ends)
            return _with_site(problem, self.site, windows=(*problem.sites[self.site].windows, window))
        if self.kind == "allow":
            return _with_site(problem, self.site, services=problem.sites[self.site].services | {0})
        if self.kind == "crew":
            return replace(problem, staff=(*problem.staff, *map(self._newcomer, self.roles)))
        longer = _with_van(problem, self.van, self.day, self.starts, self.ends)
        longer = replace(longer, staff=(*longer.staff, *map(self._newcomer, self.roles)))
        if self.kind == "longer_shift":
            people = (_until(m, self.day, self.starts, self.ends) for m in problem.staff)
            return replace(longer, staff=tuple(people))
        return longer

    def _newcomer(self, role: str) -> Member:
        shift = Shift(self.day, self.starts, self.ends)
        return Member(
            f"one more {role.replace('_', ' ')}",
            ((role, frozenset({self.day})),),
            (shift,),
            max_day_seconds=86_400,
        )


def _with_site(problem: Problem, site: int, **change: object) -> Problem:
    sites = list(problem.sites)
    sites[site] = replace(sites[site], **change)  # type: ignore[arg-type]
    return replace(problem, sites=tuple(sites))


def _with_van(problem: Problem, van: int, day: int, starts: int, ends: int) -> Problem:
    vans = list(problem.vans)
    others = [s for s in vans[van].shifts if s.day != day or s.ends <= starts or ends <= s.starts]
    vans[van] = replace(vans[van], shifts=(*others, Shift(day, starts, ends)))
    return replace(problem, vans=tuple(vans))


def _until(member: Member, day: int, starts: int, ends: int) -> Member:
    """Whoever is on shift during a longer shift of the van may stay for all of it, whatever their week."""
    longer = tuple(
        replace(s, starts=min(s.starts, starts), ends=max(s.ends, ends))
        if s.day == day and s.starts < ends and starts < s.ends
        else s
        for s in member.shifts
    )
    more = sum(b.ends - b.starts - a.ends + a.starts for a, b in zip(member.shifts, longer, strict=True))
    return replace(
        member,
        shifts=longer,
        max_day_seconds=max(member.max_day_seconds, ends - starts),
        max_week_seconds=member.max_week_seconds + more,
    )
