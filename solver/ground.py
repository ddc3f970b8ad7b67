"""The problem laid out for the search: kinds of duty a van may work, and what each possible stay would win.

A *duty kind* is a day, a base, the hours in which a crew for a set of services can be on duty, and the van
shifts it may be driven on. Worth is Σ over *goods*: smooth ones (reach of a cell in a week) and capped ones
(profit, kept promise, follow-up, floor), each of a sum over stays, so one price list serves every search.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from solver.hours import duty_windows, levels
from solver.plan import Stop, VanDay
from solver.problem import BAND_SECONDS, FIRST_BAND_STARTS, HOUR, RISK_BANDS, Problem
from solver.vanday import Floats, Lattice, Route, leave_for

HARD = 1e4
"""The price of a session with refills due: more than any plan is worth, so it is never given up for reach."""


@dataclass(frozen=True)
class Stay:
    """A stop as the search sees it: site, day, start and length in seconds, and the services of its crew."""

    site: int
    day: int
    start: int
    dwell: int
    level: frozenset[int]


@dataclass(frozen=True)
class Kind:
    """One kind of duty; `shifts` are (van, shift) positions that may work it."""

    day: int
    base: int
    lattice: Lattice
    sites: NDArray[np.int64]
    level: frozenset[int]
    vans: tuple[int, ...]
    allowed: NDArray[np.bool_]
    group: int

    def seconds(self, slot: int) -> int:
        """When a slot begins."""
        return self.lattice.begin + slot * self.lattice.step


@dataclass
class Ground:
    """Everything that does not change while plans are searched."""

    problem: Problem
    kinds: list[Kind] = field(default_factory=list)
    groups: list[tuple[int, int, int, tuple[tuple[int, int], ...]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lay_groups()

    @cached_property
    def week_risk(self) -> Floats:
        """R[cell, week] in the currency of the objective."""
        p = self.problem
        total = np.zeros((p.risk.shape[0], p.weeks))
        for day in range(p.days if p.risk.size else 0):
            total[:, p.week_of(day)] += p.risk[:, day, :].sum(axis=1)
        return total * p.weights.reach

    @cached_property
    def access(self) -> list[tuple[NDArray[np.int32], Floats]]:
        """Cells within a walk of each site, and the share of people there who would walk it."""
        p = self.problem
        if len(p.access_starts) != len(p.sites) + 1:
            return [(np.zeros(0, np.int32), np.zeros(0)) for _ in p.sites]
        cuts = p.access_starts
        return [
            (p.access_cells[cuts[s] : cuts[s + 1]], p.access_share[cuts[s] : cuts[s + 1]])
            for s in range(len(p.sites))
        ]

    @cached_property
    def share(self) -> Floats:
        """share[cell, day, band]: the band's risk as a share of the week's, times the days of the week."""
        p = self.problem
        if not p.risk.size:
            return np.zeros((0, p.days, RISK_BANDS))
        weeks = np.array([p.week_of(day) for day in range(p.days)])
        raw = self.week_risk[:, weeks] / max(p.weights.reach, 1e-300)
        length = np.bincount(weeks, minlength=p.weeks)[weeks]
        scaled = p.risk[:, : p.days, :] * length[None, :, None]
        return np.asarray(
            np.divide(scaled, raw[:, :, None], out=np.zeros_like(scaled), where=raw[:, :, None] > 0)
        )

    def exposure(self, stay: Stay) -> tuple[NDArray[np.int32], Floats]:
        """Cells a stay reaches, and by how much it raises their exposure."""
        cells, walk = self.access[stay.site]
        hours = bands(np.array([stay.start]), np.array([stay.dwell]))[0]
        return cells, walk * (self.share[cells, stay.day, :] @ hours)

    def _lay_groups(self) -> None:
        p = self.problem
        keyed: dict[tuple[int, int, int, int, frozenset[int]], list[tuple[int, int]]] = {}
        restricted = {v for site in p.sites if site.vans is not None for v in range(len(p.vans))}
        for v, van in enumerate(p.vans):
            own = frozenset({v}) if v in restricted else frozenset()
            for n, shift in enumerate(van.shifts):
                if 0 <= shift.day < p.days:
                    key = (shift.day, shift.starts, shift.ends, van.base, own)
                    keyed.setdefault(key, []).append((v, n))
        for (day, starts, ends, base, _), shifts in sorted(keyed.items(), key=lambda item: item[1]):
            group = len(self.groups)
            self.groups.append((day, starts, ends, tuple(shifts)))
            for level in levels(p, day):
                for begin, end, longest in duty_windows(p, day, starts, ends, level):
                    self._lay_kind(group, day, base, begin, end, longest, level, shifts[0][0])

    def _lay_kind(
        self,
        group: int,
        day: int,
        base: int,
        begin: int,
        end: int,
        longest: int,
        level: frozenset[int],
        van: int,
    ) -> None:
        p = self.problem
        step = p.start_step
        opens, begin = begin, begin // step * step
        sites = [
            s for s, site in enumerate(p.sites)
            if (site.vans is None or van in site.vans)
            and (not p.services or 0 in site.services)
            and any(w.day == day and w.opens < end and w.closes > begin for w in site.windows)
        ]  # fmt: skip
        dwells = [self._lengths(s, day) for s in sites]
        options = max((len(d) for d in dwells), default=1)
        first = max(0, begin // HOUR)
        hours = range(first, max(first + 1, -(-end // HOUR)))
        rows = np.array([*sites, base], np.int64)
        drive = np.stack(
            [
                p.travel[p.travel_band[day, min(h, p.travel_band.shape[1] - 1)]][np.ix_(rows, rows)]
                for h in hours
            ]
        ).astype(np.int64)
        meal = p.meal_break
        length = np.full((len(sites), options), 1 << 30, np.int64)
        for i, choice in enumerate(dwells):
            length[i, : len(choice)] = [-(-d // step) for d in choice]
        lattice = Lattice(
            opens=opens, begin=begin, end=end, step=step, longest=longest,
            after=meal.after_seconds if meal else 0, rest=meal.seconds if meal else 0,
            first_hour=first, drive=np.minimum(drive, 1 << 30),
            setup=np.array([p.sites[s].setup_seconds for s in sites], np.int64),
            packdown=np.array([p.sites[s].packdown_seconds for s in sites], np.int64), length=length,
        )  # fmt: skip
        allowed = self._allowed(sites, day, lattice)
        if allowed.any():
            vans = tuple(v for v, _ in self.groups[group][3])
            self.kinds.append(
                Kind(day, base, lattice, np.array(sites, np.int64), level, vans, allowed, group)
            )

    def _lengths(self, site: int, day: int) -> list[int]:
        promised = {a.dwell for a in self.problem.anchors if (a.site, a.day) == (site, day)}
        return sorted(promised.union(self.problem.sites[site].dwell_options))

    def _allowed(self, sites: list[int], day: int, lattice: Lattice) -> NDArray[np.bool_]:
        starts = lattice.begin + np.arange(lattice.slots) * lattice.step
        shape = (len(sites), lattice.slots, lattice.length.shape[1])
        allowed = np.zeros(shape, np.bool_)
        dwell = lattice.length * lattice.step
        for i, s in enumerate(sites):
            ends = starts[:, None] + dwell[i][None, :] + lattice.packdown[i]
            for w in self.problem.sites[s].windows:
                if w.day == day:
                    early = starts[:, None] - lattice.setup[i] >= w.opens
                    allowed[i] |= early & (ends <= w.closes)
        return allowed


def bands(starts: NDArray[np.int64], dwells: NDArray[np.int64]) -> Floats:
    """hours[n, band] of each stay, the clock wrapping at 02:00."""
    hours = np.zeros((len(starts), RISK_BANDS))
    for lap in range(-1, 9):
        opens = FIRST_BAND_STARTS + lap * BAND_SECONDS
        inside = np.minimum(starts + dwells, opens + BAND_SECONDS) - np.maximum(starts, opens)
        hours[:, lap % RISK_BANDS] += np.maximum(inside, 0) / HOUR
    return hours


def back_at(kind: Kind, route: Route) -> int:
    """When a route's wheels stop at the base."""
    lattice = kind.lattice
    i, slot, option = route.stops[-1]
    leave = kind.seconds(slot) + int(lattice.length[i, option]) * lattice.step + int(lattice.packdown[i])
    hour = min(max(leave // HOUR - lattice.first_hour, 0), lattice.drive.shape[0] - 1)
    pause = lattice.rest if route.break_after == len(route.stops) - 1 else 0
    return leave + int(lattice.drive[hour, i, len(kind.sites)]) + pause


def van_day(problem: Problem, kind: Kind, route: Route, van: int) -> VanDay:
    """A route with its seconds filled in: out as late, away as soon as can be; the break where it was
    priced."""
    lattice, sites = kind.lattice, kind.sites
    stops = []
    for i, slot, option in route.stops:
        start, dwell = kind.seconds(slot), int(lattice.length[i, option]) * lattice.step
        site = int(sites[i])
        stops.append(
            Stop(
                site, start - int(lattice.setup[i]), start, dwell, start + dwell + int(lattice.packdown[i]),
                kind.level & problem.sites[site].services,
            )
        )  # fmt: skip
    first = route.stops[0][0]
    depart = int(leave_for(stops[0].arrive, lattice.first_hour, lattice.drive, len(sites), first))
    pause = stops[route.break_after].leave if route.break_after >= 0 else None
    back = back_at(kind, route)
    return VanDay(van, kind.day, depart, back, tuple(stops), (), pause)
