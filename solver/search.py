"""Plans: a draft that knows what is still to be won, and moves that take van-days out and put better ones
in."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from solver.goods import Goods, stay_worth
from solver.ground import HARD, Ground, Kind, van_day
from solver.plan import Plan, VanDay
from solver.problem import HOUR
from solver.roster import Duty, assign, envelope
from solver.vanday import NEVER, Floats, Lattice, Route, best_days, leave_for

MOST_LOOKED_AT = 250
"""Sites among which a likely van-day is looked for."""


@dataclass(frozen=True)
class Tour:
    """A planned van-day: the kind of duty, its route, the van's shift, the crew, and
    the hours (begin, end, longest duty) in which that crew can work it."""

    kind: int
    route: Route
    slot: tuple[int, int]
    span: tuple[int, int, int]
    crew: tuple[int, ...] = ()


@dataclass(frozen=True)
class Share:
    """What one route adds to the goods: exposures by cell × week and the sum of what each stay would win of
    the
    cell alone, amounts by capped good, plain worth."""

    cells: NDArray[np.int64]
    exposure: Floats
    single: Floats
    goods: tuple[tuple[int, float], ...]
    plain: float


class Draft:
    """A set of tours with all sums kept up to date."""

    def __init__(self, ground: Ground, goods: Goods) -> None:
        self.ground, self.goods = ground, goods
        self.saturation = ground.problem.saturation
        self.risk = ground.week_risk.ravel()
        self.exposure = np.zeros_like(self.risk)
        self.amount = np.zeros(len(goods.weight))
        self.plain = 0.0
        self.tours: dict[tuple[int, int], Tour] = {}
        self.shares: dict[tuple[int, int], Share] = {}
        self.free_stays: dict[int, list[int]] = {}

    @property
    def value(self) -> float:
        """What the judge's score will be, up to rounding (with the price of hard promises still in)."""
        reach = float((self.risk * -np.expm1(-self.saturation * self.exposure)).sum())
        capped = float((self.goods.weight * np.minimum(self.amount, self.goods.cap)).sum())
        return reach + capped + self.plain - self.goods.given

    def put(self, tour: Tour) -> None:
        """Add a tour to an empty slot."""
        share = self.share(tour.kind, tour.route)
        self.tours[tour.slot], self.shares[tour.slot] = tour, share
        self._book(tour, share, 1)

    def take(self, slot: tuple[int, int]) -> Tour:
        """Take a tour out."""
        tour, share = self.tours.pop(slot), self.shares.pop(slot)
        self._book(tour, share, -1)
        return tour

    def worth(self, share: Share) -> float:
        """What a route would add to the value of this draft, exactly."""
        now = self.exposure[share.cells]
        left = self.risk[share.cells] * np.exp(-self.saturation * now)
        gain = float((left * -np.expm1(-self.saturation * share.exposure)).sum())
        for good, amount in share.goods:
            room = max(0.0, self.goods.cap[good] - self.amount[good])
            gain += self.goods.weight[good] * min(room, amount)
        return gain + share.plain

    def share(self, kind: int, route: Route) -> Share:
        """What a route of a kind adds, whatever else is planned."""
        k, y = self.ground.kinds[kind], self.goods.yields[kind]
        sums: dict[int, float] = {}
        singles: dict[int, float] = {}
        amounts: dict[int, float] = {}
        plain = -self.ground.problem.weights.travel_hour * _driven(k, route) / HOUR
        for i, slot, option in route.stops:
            at = slice(int(y.cells_at[i]), int(y.cells_at[i + 1]))
            rise = y.walk[at] * (y.share[at] @ y.hours[y.lengths[i, option], slot])
            for cell, more in zip(y.cells[at].tolist(), rise.tolist(), strict=True):
                sums[cell] = sums.get(cell, 0.0) + more
                singles[cell] = singles.get(cell, 0.0) - math.expm1(-self.saturation * more)
            hours = float(k.lattice.length[i, option]) * k.lattice.step / HOUR
            plain += float(y.service[i]) * hours
            for good in y.once[i]:
                amounts[good] = amounts.get(good, 0.0) + 1
            for good in y.hourly[i]:
                amounts[good] = amounts.get(good, 0.0) + hours
            for pledge in y.pledges:
                if pledge.at == i and pledge.fits[slot, option]:
                    amounts[self.goods.anchor + pledge.anchor] = 1.0
                    break
            for told in y.told:
                if told.at == i and told.fits[slot, option]:
                    amounts[self.goods.told + told.anchor] = 1.0
        cells = np.fromiter(sums, np.int64, len(sums))
        exposure = np.fromiter(sums.values(), np.float64, len(sums))
        single = np.fromiter(singles.values(), np.float64, len(sums))
        return Share(cells, exposure, single, tuple(amounts.items()), plain)

    def fits(self, tour: Tour) -> bool:
        """Whether no stay of a tour is at a site whose days are taken."""
        kind = self.ground.kinds[tour.kind]
        pledged = {(p.at) for p in self.goods.yields[tour.kind].pledges}
        return not any(
            self._closed(int(kind.sites[i]), kind.day) and i not in pledged for i, _, _ in tour.route.stops
        ) and all(
            self.amount[self.goods.anchor + a] == 0 for a in self.pledges(self.share(tour.kind, tour.route))
        )

    def pledges(self, share: Share) -> frozenset[int]:
        """The anchors that a route would keep."""
        first = self.goods.anchor
        return frozenset(good - first for good, _ in share.goods if first <= good < self.goods.told)

    def prizes(self, kind: int) -> Floats:
        """Exact marginal worth of each single stay of a kind on top of this draft; `NEVER` where a rule
        forbids."""
        k, y = self.ground.kinds[kind], self.goods.yields[kind]
        left = self.risk * np.exp(-self.saturation * self.exposure)
        out = stay_worth(
            left, self.saturation, y.hours, y.same, y.lengths, k.lattice.length, y.cells_at, y.cells, y.walk,
            y.share, k.allowed,
        )  # fmt: skip
        room = np.maximum(0.0, self.goods.cap - self.amount)
        hours = k.lattice.length * (k.lattice.step / HOUR)
        for i, site in enumerate(k.sites):
            flat = sum(self.goods.weight[g] * min(1.0, room[g]) for g in y.once[i])
            rate = float(y.service[i]) + sum(
                self.goods.weight[g] * min(1.0, room[g] / max(1.0, hours[i].min())) for g in y.hourly[i]
            )
            if flat or rate:
                out[i] += flat + rate * hours[i][None, :]
            if self._closed(int(site), k.day):
                out[i] = NEVER
        for pledge in y.pledges:
            good = self.goods.anchor + pledge.anchor
            if self.amount[good] == 0:
                kept = self._pledged(kind, pledge.at, pledge.fits)
                out[pledge.at] = np.where(pledge.fits, kept + self.goods.weight[good], out[pledge.at])
        for told in y.told:
            good = self.goods.told + told.anchor
            out[told.at] += np.where(told.fits, self.goods.weight[good] * (self.amount[good] == 0), 0.0)
        out[~k.allowed] = NEVER
        return np.asarray(out)

    def best(self, kind: int, lattice: Lattice, count: int = 3) -> tuple[float, Route] | None:
        """The best route for a kind within a crew's hours on top of this draft: priced by single stays,
        chosen
        among the best few by exact worth."""
        k = self.ground.kinds[kind]
        cost = self.ground.problem.weights.travel_hour / HOUR
        prizes = within(self.prizes(kind), k.lattice, lattice)
        found = likely_days(lattice, prizes, cost, count)
        routes = [shifted(route, (lattice.begin - k.lattice.begin) // lattice.step) for route in found]
        scored = [(self.worth(self.share(kind, r)), n) for n, r in enumerate(routes)]
        if not scored:
            return None
        worth, n = max(scored, key=lambda pair: (pair[0], -pair[1]))
        return worth, routes[n]

    def plan(self) -> Plan:
        """The draft as a plan, ordered by day, then van."""
        days = [
            replace(self.van_day(tour), crew=tour.crew)
            for tour in sorted(self.tours.values(), key=lambda t: (self.ground.kinds[t.kind].day, t.slot))
        ]
        return Plan(tuple(sorted(days, key=lambda d: (d.day, d.van, d.depart))))

    def route(self, kind: int, stops: tuple[tuple[int, int, int], ...], pause: int) -> Route:
        """The route along some stops of a kind, leaving its base as late as can be."""
        k = self.ground.kinds[kind]
        first, slot, _ = stops[0]
        arrive = k.seconds(slot) - int(k.lattice.setup[first])
        depart = int(leave_for(arrive, k.lattice.first_hour, k.lattice.drive, len(k.sites), first))
        return Route(0.0, depart, stops, pause)

    def van_day(self, tour: Tour) -> VanDay:
        """A tour with its seconds filled in."""
        return van_day(self.ground.problem, self.ground.kinds[tour.kind], tour.route, tour.slot[0])

    def _closed(self, site: int, day: int) -> bool:
        """Whether spacing forbids one more stay there that keeps no promise."""
        p = self.ground.problem
        if (site, day) in self.goods.promised:
            return True
        days = self.free_stays.get(site, [])
        return (
            any(0 < abs(day - d) < p.sites[site].spacing_days for d in days)
            or days.count(day) >= p.sites[site].max_vans
        )

    def _pledged(self, kind: int, at: int, fits: NDArray[np.bool_]) -> Floats:
        k, y = self.ground.kinds[kind], self.goods.yields[kind]
        left = self.risk * np.exp(-self.saturation * self.exposure)
        only = np.zeros_like(k.allowed)
        only[at] = fits
        worth = stay_worth(
            left, self.saturation, y.hours, y.same, y.lengths, k.lattice.length, y.cells_at, y.cells, y.walk,
            y.share, only,
        )[at]  # fmt: skip
        return np.asarray(worth)

    def _book(self, tour: Tour, share: Share, sign: int) -> None:
        self.exposure[share.cells] += sign * share.exposure
        if sign < 0:
            self.exposure[share.cells] = np.maximum(self.exposure[share.cells], 0.0)
        for good, amount in share.goods:
            self.amount[good] = max(0.0, self.amount[good] + sign * amount)
            if abs(self.amount[good]) < 1e-9:
                self.amount[good] = 0.0
        self.plain += sign * share.plain
        kind = self.ground.kinds[tour.kind]
        for i, _, _ in tour.route.stops:
            site = int(kind.sites[i])
            if (site, kind.day) not in self.goods.promised:
                days = self.free_stays.setdefault(site, [])
                days.append(kind.day) if sign > 0 else days.remove(kind.day)


def within(prizes: Floats, whole: Lattice, part: Lattice) -> Floats:
    """The prizes of a day's grid, as seen from the crew's hours in it."""
    first = (part.begin - whole.begin) // whole.step
    return np.ascontiguousarray(prizes[:, first : first + part.slots])


def shifted(route: Route, slots: int) -> Route:
    """The route as seen from a grid that begins so many slots earlier."""
    return replace(route, stops=tuple((i, slot + slots, option) for i, slot, option in route.stops))


def narrowed(lattice: Lattice, opens: int, end: int, longest: int) -> Lattice:
    """The lattice between two seconds of the day, for duties no longer than that; those that need no meal
    break have none."""
    opens, end, longest = max(opens, lattice.opens), min(end, lattice.end), min(longest, lattice.longest)
    begin = max(lattice.begin, lattice.begin + (opens - lattice.begin) // lattice.step * lattice.step)
    drop = max(0, min(begin // HOUR - lattice.first_hour, lattice.drive.shape[0] - 1))
    return replace(
        lattice,
        opens=opens,
        begin=begin,
        end=end,
        longest=longest,
        rest=lattice.rest if longest > lattice.after else 0,
        first_hour=lattice.first_hour + drop,
        drive=np.ascontiguousarray(lattice.drive[drop:]),
    )


def likely_days(
    lattice: Lattice, prizes: Floats, drive_cost: float, count: int = 1, clock: Floats | None = None
) -> list[Route]:
    """The best van-days among the sites that fetch most; no bound, but a thousand sites cost no more than a
    few hundred."""
    chosen = np.arange(len(prizes))
    if len(prizes) > MOST_LOOKED_AT:
        top = prizes.max(axis=(1, 2), initial=NEVER)
        chosen = np.sort(np.argsort(-top, kind="stable")[:MOST_LOOKED_AT])
        rows = np.append(chosen, len(prizes))
        lattice = replace(
            lattice,
            drive=np.ascontiguousarray(lattice.drive[:, rows[:, None], rows[None, :]]),
            setup=lattice.setup[chosen],
            packdown=lattice.packdown[chosen],
            length=lattice.length[chosen],
        )
        prizes = np.ascontiguousarray(prizes[chosen])
    found, _ = best_days(lattice, prizes, drive_cost=drive_cost, clock=clock, count=count, nodes=20_000)
    return [replace(r, stops=tuple((int(chosen[i]), slot, o) for i, slot, o in r.stops)) for r in found]


@dataclass(frozen=True)
class Option:
    """A van shift worked as one kind of duty along one route; its worth beside the anchors it would keep.
    `crew` is one that is known to do."""

    slot: tuple[int, int]
    kind: int
    route: Route
    worth: float
    pledges: frozenset[int] = frozenset()
    crew: tuple[int, ...] = ()


def undominated(ground: Ground, options: list[Option]) -> list[Option]:
    """Without the options that another of the same shift beats: within its hours, with no more services."""
    best: dict[tuple[object, ...], Option] = {}
    for o in options:
        day = van_day(ground.problem, ground.kinds[o.kind], o.route, o.slot[0])
        key = (o.slot, ground.kinds[o.kind].level, o.pledges, day.depart // 1800, -(-day.back // 1800))
        if key not in best or o.worth > best[key].worth:
            best[key] = o
    return list(best.values())


def alone(draft: Draft) -> list[Option]:
    """What each van shift could win by itself on top of the draft, as each kind of duty; second vans less."""
    found = []
    for number, kind in enumerate(draft.ground.kinds):
        best = draft.best(number, kind.lattice, count=1)
        if best is not None and best[0] > 0:
            shifts = draft.ground.groups[kind.group][3]
            pledges = draft.pledges(draft.share(number, best[1]))
            worth = best[0] - sum(draft.goods.weight[draft.goods.anchor + a] for a in pledges)
            found += [Option(slot, number, best[1], worth * 0.9**n, pledges) for n, slot in enumerate(shifts)]
    return found


def staffed(draft: Draft, options: list[Option], effort: float) -> list[Tour]:
    """The options that CP-SAT finds crews for, worth most in all, each with its crew's envelope."""
    problem, kinds = draft.ground.problem, draft.ground.kinds
    duties = []
    for option in options:
        kind = kinds[option.kind]
        day = van_day(problem, kind, option.route, option.slot[0])
        duties.append(
            Duty(
                kind.day,
                day.depart,
                day.back,
                kind.level,
                option.worth,
                option.pledges,
                option.slot,
                option.crew,
            )
        )
    crews, _ = assign(problem, duties, effort=effort)
    chosen = [(o, d, c) for o, d, c in zip(options, duties, crews, strict=True) if c is not None]
    whole = envelope(problem, [d for _, d, _ in chosen], [c for _, _, c in chosen])
    return [
        Tour(o.kind, o.route, o.slot, span, crew) for (o, _, crew), span in zip(chosen, whole, strict=True)
    ]


def _driven(kind: Kind, route: Route) -> int:
    lattice, n = kind.lattice, len(kind.sites)
    if not route.stops:
        return 0
    places = [n, *(i for i, _, _ in route.stops), n]
    leaves = [route.depart] + [
        kind.seconds(slot) + int(lattice.length[i, o]) * lattice.step + int(lattice.packdown[i])
        for i, slot, o in route.stops
    ]
    hours = [min(max(t // HOUR - lattice.first_hour, 0), lattice.drive.shape[0] - 1) for t in leaves]
    return sum(int(lattice.drive[h, a, b]) for h, (a, b) in zip(hours, pairwise(places), strict=True))


__all__ = [
    "HARD",
    "Draft",
    "Share",
    "Tour",
    "alone",
    "likely_days",
    "narrowed",
    "shifted",
    "staffed",
    "undominated",
    "within",
]
