"""Why a site was not chosen: the first rule that blocks every stay there with the smallest change that
would lift it, or what serving it would displace and cost. A reason is a code and facts; the sentence is one
way to say them.

Every statement holds if it is applied: the plan with the placing named passes the judge, and its value is
that much more or less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from solver.check import clock
from solver.crews import holds
from solver.placing import Placer, Placing, windows
from solver.plan import Plan, Reason
from solver.problem import HOUR, Problem
from solver.remedies import Remedy

Facts = Mapping[str, str | int | float]
Block = tuple[str, Facts]
LATEST = 30 * HOUR


@dataclass(frozen=True)
class Explained:
    """A reason with what makes it true: `remedy` is what would have to be allowed (None: nothing),
    `placing` how the site would then be served (None: not at all)."""

    reason: Reason
    remedy: Remedy | None = None
    placing: Placing | None = None


def why_not(problem: Problem, plan: Plan) -> tuple[Reason, ...]:
    """One reason for each site that the plan does not visit."""
    return tuple(one.reason for one in explain(problem, plan))


def explain(problem: Problem, plan: Plan) -> tuple[Explained, ...]:
    """The same with everything needed to try each statement out."""
    chosen = {stop.site for d in plan.van_days for stop in d.stops}
    placer = Placer(problem, plan)
    return tuple(_explained(placer, s) for s in range(len(problem.sites)) if s not in chosen)


def _explained(placer: Placer, site: int) -> Explained:
    p = placer.problem
    for question in (_never_open, _not_allowed, _too_short, _no_van, _too_far, _no_crew):
        block = question(p, site)
        if block is not None:
            return _blocked(placer, site, *block)
    found = placer.best(site)
    if found is None:
        return _said(p, site, "no_room", {})
    if found.out:
        return _said(p, site, "outbid", _facts(p, found), None, found)
    code = "could_add" if found.gain > 0 else "not_worth"
    return _said(p, site, code, _facts(p, found), None, found)


def _blocked(placer: Placer, site: int, code: str, facts: Facts) -> Explained:
    """The rule that blocks it, and the smallest change found that would let it be served."""
    for remedy in _remedies(placer.problem, site, code):
        found = placer.best(site, remedy.apply(placer.problem))
        if found is not None:
            smallest = _smallest(remedy, found)
            told = {"remedy": smallest.kind, "until": clock(smallest.ends), "from": clock(smallest.starts)}
            told |= {"crew": "one more crew" if smallest.roles else "its crew"}
            return _said(
                placer.problem,
                site,
                code,
                {**facts, **told, **_facts(placer.problem, found)},
                smallest,
                found,
            )
    return _said(placer.problem, site, code, facts)


# what blocks it


def _never_open(p: Problem, site: int) -> Block | None:
    return None if windows(p, site) else ("closed", {})


def _not_allowed(p: Problem, site: int) -> Block | None:
    if not p.services or 0 in p.sites[site].services:
        return None
    return "host", {"service": p.services[0].name}


def _too_short(p: Problem, site: int) -> Block | None:
    longest = max(w.closes - w.opens for w in windows(p, site))
    need = _shortest(p, site)
    return (
        None if longest >= need else ("window", {"open_minutes": longest // 60, "needed_minutes": need // 60})
    )


def _no_van(p: Problem, site: int) -> Block | None:
    out = (_overlap(p, site, v, s.day, s.starts, s.ends) for v, van in enumerate(p.vans) for s in van.shifts)
    return None if any(out) else ("no_van", {})


def _too_far(p: Problem, site: int) -> Block | None:
    short = [
        _there_and_back(p, site, van.base) - (s.ends - s.starts)
        for v, van in enumerate(p.vans)
        for s in van.shifts
        if _overlap(p, site, v, s.day, s.starts, s.ends)
    ]
    least = min(short, default=0)
    return None if least <= 0 else ("too_far", {"over_minutes": -(-least // 60)})


def _no_crew(p: Problem, site: int) -> Block | None:
    for role, _ in p.services[0].crew if p.services else ():
        if not {w.day for w in windows(p, site)} & _days_with(p, role):
            return "no_crew", {"role": role}
    return None


# what would lift it


def _remedies(p: Problem, site: int, code: str) -> Iterator[Remedy]:
    days = sorted({w.day for w in windows(p, site)}) or range(p.days)
    if code == "host":
        yield Remedy("allow", site, days[0], 0, 0)
    elif code in ("closed", "window"):
        for day in days:
            yield Remedy("open", site, day, 0, LATEST)
    elif code == "no_crew":
        for w in windows(p, site):
            lacking = tuple(
                role
                for role, count in p.services[0].crew
                if w.day not in _days_with(p, role)
                for _ in range(count)
            )
            yield Remedy("crew", site, w.day, 0, LATEST, roles=lacking)
    else:
        yield from _more_van(p, site, code)


def _more_van(p: Problem, site: int, code: str) -> Iterator[Remedy]:
    allowed = p.sites[site].vans
    for v, van in enumerate(p.vans):
        if allowed is not None and v not in allowed:
            continue
        need = _there_and_back(p, site, van.base) + 2 * p.start_step
        for w in windows(p, site):
            away = int(p.travel[:, van.base, site].max())
            starts = max(0, w.opens - away)
            if code == "no_van":
                crew = (
                    tuple(role for role, count in p.services[0].crew for _ in range(count))
                    if p.services
                    else ()
                )
                for roles in ((), crew):
                    yield Remedy("van_shift", site, w.day, starts, min(LATEST, w.closes + need), v, roles)
            else:
                for s in [s for s in van.shifts if s.day == w.day]:
                    yield Remedy("longer_shift", site, w.day, s.starts, max(s.ends, s.starts + need), v)


def _smallest(remedy: Remedy, found: Placing) -> Remedy:
    """The remedy cut down to what the placing needs of it."""
    if remedy.kind == "open":
        return replace(remedy, day=found.van_day.day, starts=found.stop.arrive, ends=found.stop.leave)
    if remedy.kind in ("crew", "van_shift", "longer_shift"):
        shift = (found.van_day.depart, found.van_day.back)
        if remedy.kind == "longer_shift":
            shift = (remedy.starts, remedy.ends)
        return replace(remedy, starts=shift[0], ends=shift[1])
    return remedy


# how it is said


def _said(
    p: Problem,
    site: int,
    code: str,
    facts: Facts,
    remedy: Remedy | None = None,
    placing: Placing | None = None,
) -> Explained:
    whole = {"site": p.sites[site].name, **facts}
    return Explained(Reason(site, code, sentence(code, whole), whole), remedy, placing)


def _facts(p: Problem, found: Placing) -> dict[str, str | int | float]:
    d, stop = found.van_day, found.stop
    facts: dict[str, str | int | float] = {
        "van": p.vans[d.van].name, "day": d.day, "date": p.told(d.day), "start": clock(stop.start),
        "minutes": stop.dwell // 60, "gain": round(found.gain, 6),
    }  # fmt: skip
    return facts | ({"instead_of": ", ".join(p.sites[s.site].name for s in found.out)} if found.out else {})


BLOCKED = {
    "closed": "{site} is not open to vans on any of these days.",
    "host": "The host of {site} does not allow {service}.",
    "window": "{site} is open for {open_minutes} minutes, and the shortest stay takes {needed_minutes}.",
    "no_van": "No van that may stand at {site} is out while it is open.",
    "too_far": "Going to {site} and back takes {over_minutes} minutes more than a shift.",
    "no_crew": "Nobody in the role of {role} is on shift on a day when {site} is open.",
    "no_room": "No van's day has room for {site}, and no single stop could make room for it at its time.",
}
REMEDIES = {
    "open": "Were it open on {date} from {from} to {until}",
    "allow": "Were it allowed",
    "van_shift": "Were {van} out on {date} from {from} to {until}, with {crew}",
    "longer_shift": "Were the shift of {van} on {date} from {from} to {until}",
    "crew": "Were somebody there on {date} from {from} to {until}",
}
SERVED = "{van} could serve it on {date} at {start} for {minutes} minutes"


def sentence(code: str, facts: Facts) -> str:
    """A reason in English, from its code and facts."""
    words = {key: str(fact).replace("_", " ") for key, fact in facts.items()}
    parts = [BLOCKED[code].format(**words)] if code in BLOCKED else []
    if "gain" in facts:
        gain = float(facts["gain"])
        served = SERVED.format(**words) + (
            f" instead of {words['instead_of']}" if "instead_of" in facts else ""
        )
        if "remedy" in facts:
            served = f"{REMEDIES[str(facts['remedy'])].format(**words)}, {served}"
        else:
            served = served.replace("serve it", f"serve {words['site']}")
        parts.append(f"{served}; the plan would be worth {abs(gain):.2f} {'more' if gain > 0 else 'less'}.")
    return " ".join(parts)


def _days_with(p: Problem, role: str) -> set[int]:
    return {s.day for m, person in enumerate(p.staff) for s in person.shifts if holds(p, m, role, s.day)}


def _shortest(p: Problem, site: int) -> int:
    place = p.sites[site]
    return place.setup_seconds + min(place.dwell_options) + place.packdown_seconds


def _there_and_back(p: Problem, site: int, base: int) -> int:
    """Seconds of the shortest van-day with this stop alone, the meal it takes included."""
    drive = int(p.travel[:, base, site].min()) + int(p.travel[:, site, base].min())
    work, meal = drive + _shortest(p, site), p.meal_break
    return work + (meal.seconds if meal and work > meal.after_seconds else 0)


def _overlap(p: Problem, site: int, van: int, day: int, starts: int, ends: int) -> bool:
    allowed, need = p.sites[site].vans, _shortest(p, site)
    return (allowed is None or van in allowed) and any(
        w.day == day and min(w.closes, ends) - max(w.opens, starts) >= need for w in windows(p, site)
    )
