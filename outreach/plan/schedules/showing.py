"""Showing: a version as boards and tablets read it, in names, letters and times of day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from sqlalchemy.orm import Session

from outreach.place import sites
from outreach.place.ground import Position
from outreach.place.roads import Network
from outreach.place.sites import Site
from outreach.plan import staff, vans
from outreach.plan.planning.answers import Answer
from outreach.plan.planning.prechecks import told
from outreach.plan.runs import Run
from outreach.plan.schedules.valuing import reach_of, told_terms
from outreach.plan.staff import Member
from outreach.plan.vans import Van
from outreach.plan.versions import PlannedStop, ShiftPlan, Version, bridge_of, in_force, standing
from outreach.tabular import clock

Shown = dict[str, object]


@dataclass(frozen=True)
class Cast:
    """Who and what the ids in a version stand for."""

    sites: dict[int, Site]
    vans: dict[int, Van]
    letters: dict[int, str]
    staff: dict[int, Member]
    network: Network | None


def plan_json(session: Session, programme_id: int, version: Version, network: Network | None = None) -> Shown:
    """The version with routes (when a network is given), reasons for sites left out, and what it changes.

    `version` has its van-days and stops loaded, or comes from `of_run`.
    """
    cast = _cast(session, programme_id, network)
    run = session.get(Run, version.run_id) if version.run_id is not None else None
    score = version.score
    terms = score.get("terms")
    return {
        "version": version.number,
        "run_id": version.run_id,
        "state": version.state,
        "from_date": version.from_date.isoformat(),
        "until_date": version.until_date.isoformat(),
        "value": score.get("value"),
        "bound": score.get("bound"),
        "gap": score.get("gap"),
        "score": told_terms(terms) if isinstance(terms, dict) else {},
        "reach": round(reach_of(version), 4),
        "notes": _answer(run).notes if run is not None and run.result is not None else [],
        "van_days": [_van_day(session, shift, cast) for shift in _ordered(version, cast)],
        "unserved": _unserved(run, cast) if run is not None and run.result is not None else [],
        "changes": list(_changes(session, version, cast)) if version.state == "draft" else [],
    }


def _cast(session: Session, programme_id: int, network: Network | None) -> Cast:
    every_van = vans.listed(session, programme_id, every=True)
    everybody = staff.listed(session, programme_id, everybody=True)
    return Cast(
        sites={site.id: site for site in sites.listed(session, programme_id)},
        vans={van.id: van for van in every_van},
        letters={van.id: letter(position) for position, van in enumerate(every_van)},
        staff={member.id: member for member in everybody},
        network=network,
    )


def letter(position: int) -> str:
    """A, B, … Z, AA: the letter that names a van on map, bar and sheet."""
    high, low = divmod(position, 26)
    return ("" if high == 0 else letter(high - 1)) + chr(ord("A") + low)


def _ordered(version: Version, cast: Cast) -> list[ShiftPlan]:
    return sorted(version.shifts, key=lambda shift: (shift.date, cast.letters[shift.van_id], shift.depart))


def _van_day(session: Session, shift: ShiftPlan, cast: Cast) -> Shown:
    van, mark = cast.vans[shift.van_id], cast.letters[shift.van_id]
    return {
        "van": {"id": van.id, "code": van.code, "name": van.name, "letter": mark},
        "date": shift.date.isoformat(),
        "depart": _day_clock(shift.depart),
        "back": _day_clock(shift.back),
        "break": _pause(shift),
        "crew": [
            {"id": member, "name": cast.staff[member].name, "roles": cast.staff[member].roles}
            for member in shift.staff
        ],
        "route": _route(shift, cast),
        "stops": [_stop(session, stop, mark, cast) for stop in shift.stops],
    }


def _day_clock(minutes: int) -> str:
    """ "25:30" for half past one the next morning: on the wire a day's work runs on past 24:00."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _pause(shift: ShiftPlan) -> Shown | None:
    if shift.break_start is None:
        return None
    return {
        "starts": _day_clock(shift.break_start),
        "ends": _day_clock(shift.break_start + shift.break_minutes),
    }


def _stop(session: Session, stop: PlannedStop, mark: str, cast: Cast) -> Shown:
    bridge, contact = bridge_of(session, stop)
    return {
        "uid": stop.uid,
        "letter": f"{mark}{stop.sequence}",
        "sequence": stop.sequence,
        "site": _site(stop.site_id, cast),
        "arrive": _day_clock(stop.arrive),
        "starts": _day_clock(stop.starts),
        "ends": _day_clock(stop.ends),
        "leave": _day_clock(stop.leave),
        "services": stop.services,
        "state": stop.state,
        "reason": stop.reason or None,
        "anchor": stop.anchor,
        "reach": round(stop.reach, 4),
        "worth": None if stop.worth is None else round(stop.worth, 4),
        "refills_due": stop.refills_due,
        "bridge": bridge or None,
        "contact": contact or None,
        "alternative": alternative(stop),
    }


def alternative(stop: PlannedStop) -> Shown | None:
    """Where to go instead, as it is told: {name, date, starts, ends, metres}."""
    if stop.alternative is None:
        return None
    starts, ends = stop.alternative["starts"], stop.alternative["ends"]
    assert isinstance(starts, int)
    assert isinstance(ends, int)
    return {
        "name": stop.alternative["name"],
        "date": stop.alternative["date"],
        "starts": clock(starts),
        "ends": clock(ends),
        "metres": stop.alternative["metres"],
    }


def _site(site_id: int, cast: Cast) -> Shown:
    site = cast.sites[site_id]
    area = site.area.name if site.area is not None else None
    return {"id": site.id, "name": site.name, "lon": site.lon, "lat": site.lat, "area": area}


def _route(shift: ShiftPlan, cast: Cast) -> list[Position]:
    """Where the van drives, along the roads: out of its base, past every stop that stands, and back."""
    if cast.network is None:
        return []
    base = (cast.vans[shift.van_id].lon, cast.vans[shift.van_id].lat)
    standing = [cast.sites[stop.site_id] for stop in shift.stops if stop.state != "cancelled"]
    points = [base, *((site.lon, site.lat) for site in standing), base]
    return _joined([_leg(cast.network, a, b) for a, b in pairwise(points)])


@lru_cache(maxsize=4096)
def _leg(network: Network, a: Position, b: Position) -> list[Position]:
    """Boards ask for the same schedule again and again; its legs stay the same."""
    return network.drive_route(a, b)


def _joined(legs: Sequence[list[Position]]) -> list[Position]:
    line: list[Position] = []
    for leg in legs:
        line += leg[1:] if line and leg and line[-1] == leg[0] else leg
    return line


def _answer(run: Run) -> Answer:
    assert run.result is not None
    return Answer.read(run.result)


def _unserved(run: Run, cast: Cast) -> list[Shown]:
    return [
        {
            "site": _site(left.site_id, cast),
            "code": left.code,
            "sentence": left.sentence,
            "facts": left.facts,
        }
        for left in _answer(run).unserved
        if left.site_id in cast.sites
    ]


def _changes(session: Session, version: Version, cast: Cast) -> Iterator[Shown]:
    """What a draft would change in the published schedule, stop by stop."""
    by_day = in_force(session, version.programme_id, version.from_date, version.until_date)
    there = standing(session, version.programme_id, by_day)
    before = {stop.uid: stop for shift in there for stop in shift.stops}
    vans_before = {stop.uid: shift.van_id for shift in there for stop in shift.stops}
    vans_after = {stop.uid: shift.van_id for shift in version.shifts for stop in shift.stops}
    after = {stop.uid: stop for stop in version.stops}
    for uid, stop in after.items():
        kind, sentence = _difference(before.get(uid), stop, cast)
        if kind is None and vans_before[uid] != vans_after[uid] and stop.state != "cancelled":
            van = cast.vans[vans_after[uid]]
            kind, sentence = "handed_over", f"{_named(stop, cast)} comes with {van.name}."
        if kind is not None:
            yield {"uid": uid, "kind": kind, "sentence": sentence}
    for uid, stop in before.items():
        if uid not in after and stop.state != "cancelled":
            yield {"uid": uid, "kind": "dropped", "sentence": f"{_named(stop, cast)} is no longer planned."}


def _difference(before: PlannedStop | None, after: PlannedStop, cast: Cast) -> tuple[str | None, str]:
    if after.unbridged:
        lost = f"{after.refills_due} refills are due and no van can keep it: it needs a bridge"
        return "unbridged", f"{_named(after, cast)}: {lost}."
    if before is None:
        return "added", f"{_named(after, cast)} is new."
    if after.state == "cancelled" and before.state != "cancelled":
        return "cancelled", f"{_named(after, cast)} is cancelled: {after.reason}."
    if after.state == "shortened" and (before.state, before.ends) != ("shortened", after.ends):
        return "shortened", f"{_named(before, cast)} now ends at {clock(after.ends)}: {after.reason}."
    if (before.date, before.starts, before.ends) != (after.date, after.starts, after.ends):
        was = f"{clock(before.starts)}–{clock(before.ends)}"
        was = was if before.date == after.date else f"{told(before.date)} {was}"
        return "moved", f"{_named(after, cast)} was {was}."
    if after.state != "cancelled" and set(before.services) != set(after.services):
        gone = [name.replace("_", " ") for name in before.services if name not in after.services]
        return "reduced", f"{_named(after, cast)} is without {', '.join(gone)}." if gone else ""
    return None, ""


def _named(stop: PlannedStop, cast: Cast) -> str:
    return f"{cast.sites[stop.site_id].name}, {told(stop.date)} {clock(stop.starts)}–{clock(stop.ends)}"
