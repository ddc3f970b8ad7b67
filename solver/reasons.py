"""Why a site was not chosen: the first rule that blocks every stay there, or what the best stay there would
add
beside the plan as it is. Every sentence is checked by adding that very stay to the plan and asking the judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from solver.check import check, clock
from solver.plan import Plan, Reason, Stop, VanDay
from solver.problem import Problem, Window
from solver.score import score, travel_seconds

Facts = Mapping[str, str | int | float]
MOST_JUDGED = 4
MOST_SWAPS = 12


def why_not(problem: Problem, plan: Plan) -> tuple[Reason, ...]:
    """One reason for each site that the plan does not visit."""
    chosen = {stop.site for d in plan.van_days for stop in d.stops}
    value = sum(score(problem, plan).values())
    return tuple(_reason(problem, plan, value, s) for s in range(len(problem.sites)) if s not in chosen)


def _reason(p: Problem, plan: Plan, value: float, site: int) -> Reason:
    for question in (_never_open, _not_allowed, _too_short, _no_van, _too_far, _no_crew):
        answer = question(p, site)
        if answer is not None:
            code, sentence, facts = answer
            return Reason(site, code, sentence, {"site": p.sites[site].name, **facts})
    return _beside_the_plan(p, plan, value, site)


def _never_open(p: Problem, site: int) -> tuple[str, str, Facts] | None:
    if _windows(p, site):
        return None
    return "closed", f"{p.sites[site].name} is not open on any day of this plan.", {}


def _not_allowed(p: Problem, site: int) -> tuple[str, str, Facts] | None:
    if not p.services or 0 in p.sites[site].services:
        return None
    service = p.services[0].name
    return "host", f"{p.sites[site].name} does not allow {service}.", {"service": service}


def _too_short(p: Problem, site: int) -> tuple[str, str, Facts] | None:
    place = p.sites[site]
    need = place.setup_seconds + min(place.dwell_options) + place.packdown_seconds
    longest = max(w.closes - w.opens for w in _windows(p, site))
    if longest >= need:
        return None
    facts = {"open_minutes": longest // 60, "needed_minutes": need // 60}
    return (
        "window",
        f"{place.name} is open {longest // 60} minutes; the shortest stay takes {need // 60}.",
        facts,
    )


def _no_van(p: Problem, site: int) -> tuple[str, str, Facts] | None:
    if any(_overlap(p, site, v, s.day, s.starts, s.ends) for v, van in enumerate(p.vans) for s in van.shifts):
        return None
    return "no_van", f"No van that may stand at {p.sites[site].name} is out while it is open.", {}


def _too_far(p: Problem, site: int) -> tuple[str, str, Facts] | None:
    place = p.sites[site]
    least = None
    for v, van in enumerate(p.vans):
        for s in van.shifts:
            if _overlap(p, site, v, s.day, s.starts, s.ends):
                away = int(p.travel[:, van.base, site].min()) + int(p.travel[:, site, van.base].min())
                need = away + place.setup_seconds + min(place.dwell_options) + place.packdown_seconds
                short = need - (s.ends - s.starts)
                least = short if least is None else min(least, short)
    if least is None or least <= 0:
        return None
    minutes = -(-least // 60)
    return (
        "too_far",
        f"There and back, {place.name} takes {minutes} minutes more than a shift.",
        {"minutes": minutes},
    )


def _no_crew(p: Problem, site: int) -> tuple[str, str, Facts] | None:
    if not p.services:
        return None
    days = {w.day for w in _windows(p, site)}
    wanted = dict(p.services[0].crew)
    for role in wanted:
        on = {s.day for m in p.staff for s in m.shifts if any(r == role and s.day in d for r, d in m.roles)}
        if not days & on:
            word = role.replace("_", " ")
            return (
                "no_crew",
                f"No {word} is on shift on a day when {p.sites[site].name} is open.",
                {"role": role},
            )
    return None


def _beside_the_plan(p: Problem, plan: Plan, value: float, site: int) -> Reason:
    """Put the site into the plan as well as a hand could, and say what that would do."""
    name = p.sites[site].name
    added = _best(p, plan, value, _additions(p, plan, site))
    if added is not None:
        gain, d, stop, _ = added
        facts = {"site": name, **_place(p, d, stop), "gain": round(gain, 6)}
        where = f"{p.vans[d.van].name} at {clock(stop.start)} on day {d.day + 1}"
        if gain > 0:
            return Reason(site, "could_add", f"{name} could be added to {where} for {gain:+.3f}.", facts)
        return Reason(site, "not_worth", f"Adding {name} to {where} changes the score by {gain:+.3f}.", facts)
    swapped = _best(p, plan, value, _swaps(p, plan, site))
    if swapped is None:
        lost = f"{name} fits into no van-day of this plan, nor in place of a stop near it."
        return Reason(site, "no_room", lost, {"site": name})
    gain, d, stop, out = swapped
    other = p.sites[out].name
    facts = {"site": name, "instead_of": other, **_place(p, d, stop), "gain": round(gain, 6)}
    why = f"In place of {other} on day {d.day + 1}, {name} would change the score by {gain:+.3f}."
    return Reason(site, "outbid", why, facts)


Change = tuple[int, VanDay, Stop, int]


def _place(p: Problem, d: VanDay, stop: Stop) -> dict[str, str | int | float]:
    return {"van": p.vans[d.van].name, "day": d.day, "start": clock(stop.start), "minutes": stop.dwell // 60}


def _best(
    p: Problem, plan: Plan, value: float, changes: Iterator[Change]
) -> tuple[float, VanDay, Stop, int] | None:
    """The change worth most that breaks no rule the plan does not break already; van-days that break one by
    themselves fall out first."""
    best: tuple[float, VanDay, Stop, int] | None = None
    judged, excused = 0, set(check(p, plan).broken)
    for at, van_day, stop, out in changes:
        alone = check(p, Plan((van_day,))).broken
        if any(fault.rule != "refills" for fault in alone):
            continue
        verdict = check(p, Plan((*plan.van_days[:at], van_day, *plan.van_days[at + 1 :])))
        judged += 1
        if excused.issuperset(verdict.broken) and (best is None or verdict.value - value > best[0]):
            best = (verdict.value - value, van_day, stop, out)
        if judged >= MOST_JUDGED:
            break
    return best


def _additions(p: Problem, plan: Plan, site: int) -> Iterator[Change]:
    """The shortest stay after the last stop of a van-day, or before its first."""
    for at, d in enumerate(plan.van_days):
        for w in _windows(p, site):
            if w.day == d.day:
                base, last, first = p.vans[d.van].base, d.stops[-1], d.stops[0]
                roll = travel_seconds(p, d.day, last.leave, last.site, site)
                after = _stay(p, d, site, w, max(last.leave, _pause_end(p, d, last)) + roll)
                if after is not None:
                    home = after.leave + travel_seconds(p, d.day, after.leave, site, base)
                    yield at, replace(d, stops=(*d.stops, after), back=home), after, -1
                place = p.sites[site]
                away = travel_seconds(p, d.day, first.arrive, site, first.site)
                needs = place.setup_seconds + min(place.dwell_options) + place.packdown_seconds
                early = _stay(p, d, site, w, first.arrive - away - needs - p.start_step)
                if early is not None:
                    depart = early.arrive - travel_seconds(p, d.day, early.arrive, base, site)
                    yield at, replace(d, stops=(early, *d.stops), depart=depart), early, -1


def _swaps(p: Problem, plan: Plan, site: int) -> Iterator[Change]:
    """The site in place of a stop of the plan, the nearest by road first."""
    stops = [(at, n, s) for at, d in enumerate(plan.van_days) for n, s in enumerate(d.stops)]
    stops.sort(key=lambda item: (int(p.travel[0, item[2].site, site]), item[0], item[1]))
    for at, n, out in stops[:MOST_SWAPS]:
        d = plan.van_days[at]
        base = p.vans[d.van].base
        before, leave = (d.stops[n - 1].site, d.stops[n - 1].leave) if n else (base, d.depart)
        for w in _windows(p, site):
            if w.day != d.day:
                continue
            stop = _stay(p, d, site, w, leave + travel_seconds(p, d.day, leave, before, site), out.dwell)
            if stop is not None:
                stops_then = (*d.stops[:n], stop, *d.stops[n + 1 :])
                changed = replace(d, stops=stops_then)
                if n == len(d.stops) - 1:
                    home = travel_seconds(p, d.day, stop.leave, site, base) + _pause_after(p, d, stop)
                    changed = replace(changed, back=stop.leave + home)
                yield at, changed, stop, out.site


def _stay(p: Problem, d: VanDay, site: int, w: Window, arrive: int, most: int = 0) -> Stop | None:
    """The first stay from `arrive` on, no longer than `most` where that is possible."""
    place = p.sites[site]
    start = -(-(max(arrive, w.opens) + place.setup_seconds) // p.start_step) * p.start_step
    fitting = [n for n in place.dwell_options if n <= most] or [min(place.dwell_options)]
    leave = start + max(fitting) + place.packdown_seconds
    if leave > w.closes or arrive < 0:
        return None
    crewed = frozenset(n for s in d.stops for n in s.services)
    services = crewed & place.services if p.services else frozenset()
    return Stop(site, start - place.setup_seconds, start, max(fitting), leave, services)


def _pause_after(p: Problem, d: VanDay, last: Stop) -> int:
    return p.meal_break.seconds if p.meal_break and d.break_start and d.break_start >= last.leave else 0


def _pause_end(p: Problem, d: VanDay, last: Stop) -> int:
    if p.meal_break is None or d.break_start is None or d.break_start < last.leave:
        return 0
    return d.break_start + p.meal_break.seconds


def _windows(p: Problem, site: int) -> list[Window]:
    return [w for w in p.sites[site].windows if 0 <= w.day < p.days]


def _overlap(p: Problem, site: int, van: int, day: int, starts: int, ends: int) -> bool:
    allowed = p.sites[site].vans
    place = p.sites[site]
    need = place.setup_seconds + min(place.dwell_options) + place.packdown_seconds
    return (allowed is None or van in allowed) and any(
        w.day == day and min(w.closes, ends) - max(w.opens, starts) >= need for w in _windows(p, site)
    )
