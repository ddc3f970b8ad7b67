"""Moving: a stop dragged to another time, van or day, or made longer or shorter, on the one open draft.

What it would do is said beforehand (`trying`); here it is done, and a change that breaks a rule is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from outreach.errors import Conflict, Invalid
from outreach.local_time import moment, zone_of
from outreach.plan.planning.roster import Roster
from outreach.plan.schedules.editing import (
    SHIFT,
    Bridge,
    bridge_over,
    on_draft,
    plain_reason,
    settled,
)
from outreach.plan.schedules.judging import as_decided, frozen, judge, plan_of, refuse
from outreach.plan.schedules.trying import Edit, applied
from outreach.plan.versions import PlannedStop, ShiftPlan, Version, bridged, found
from outreach.tabular import clock
from solver.plan import Plan, Stop, VanDay
from solver.problem import Problem

MINUTE = 60


def move_stop(
    session: Session,
    programme_id: int,
    edit: Edit,
    reason: str,
    actor: str,
    now: datetime,
    bridge: Bridge | None = None,
) -> Version:
    """Serve a stop at another time, by another van, on another day or for longer, on the draft. It keeps its
    name. Shorter than it was told, it needs a reason; a session with refills due that is then no longer as
    promised, a bridge.

    Raises: `Missing` when the schedule has no such stop or van, `Conflict` when it is over, cancelled or
    under way, `Invalid` with the judge's sentences for rules that only the change breaks.
    """
    version, stop = on_draft(session, programme_id, edit.uid, now)
    home = {row.uid: shift for shift in version.shifts for row in shift.stops}
    _refuse_past(session, stop, home[stop.uid], edit, now)
    known = set(judge(session, version).broken)
    problem, roster = frozen(session, version)
    decided, before = as_decided(problem, roster, version), plan_of(version, roster)
    changed, _ = applied(decided, roster, version, before, [edit])
    _rewrite(version, roster, changed, home, stop, edit)
    _say(session, problem, roster, version, stop, reason, bridge or Bridge())
    session.flush()
    refuse("This change", [b.sentence for b in judge(session, version).broken if b not in known])
    return settled(session, version, stop, "schedule.stop_moved", actor, now)


def _refuse_past(session: Session, stop: PlannedStop, home: ShiftPlan, edit: Edit, now: datetime) -> None:
    """What has begun stays where it is; nothing is moved to before now."""
    if stop.refills_due and edit.date not in (None, stop.date):
        raise Invalid(
            "A session with refills due keeps its day. Cancel it and say how people get to their next dose.",
            code="refills-day",
        )
    zone = zone_of(session, stop.programme_id)
    begun = moment(stop.date, stop.starts, zone) <= now
    elsewhere = edit.van_id is not None and edit.van_id != home.van_id
    to = (edit.date or stop.date, stop.starts if edit.starts is None else edit.starts)
    if begun and (elsewhere or to != (stop.date, stop.starts)):
        raise Conflict("This stop has begun; only its end can change.", code="stop-begun")
    if not begun and moment(*to, zone) <= now:
        raise Invalid(f"{to[0]} at {clock(to[1])} is over. Choose a time to come.", code="past-time")


def _rewrite(
    version: Version,
    roster: Roster,
    plan: Plan,
    home: dict[str, ShiftPlan],
    stop: PlannedStop,
    edit: Edit,
) -> None:
    """Bring the draft's rows to the plan: the moved stop to its van-day, and their times to all of it."""
    rows = [row for shift in version.shifts for row in shift.stops if row.state != "cancelled"]
    van = home[stop.uid].van_id if edit.van_id is None else edit.van_id
    to = (van, edit.date or stop.date, stop.starts if edit.starts is None else edit.starts)
    placed: set[str] = set()
    for d in plan.van_days:
        shift = _shift(version, roster, d)
        for at in d.stops:
            left = [row for row in rows if row.uid not in placed]
            row = _row(left, home, roster, d, at, stop, to)
            placed.add(row.uid)
            if home[row.uid] is not shift:
                home[row.uid].stops.remove(row)
                shift.stops.append(row)
                home[row.uid] = shift
            _retime(row, roster, d, at)
        shift.staff = [roster.staff[member] for member in d.crew]
        shift.depart, shift.back = d.depart // MINUTE, -(-d.back // MINUTE)
        shift.break_start = None if d.break_start is None else d.break_start // MINUTE
    for shift in list(version.shifts):
        if not shift.stops:
            version.shifts.remove(shift)
    for shift in version.shifts:
        shift.stops.sort(key=lambda row: (row.starts, row.uid))
        for sequence, row in enumerate(shift.stops, start=1):
            row.sequence = sequence


def _shift(version: Version, roster: Roster, d: VanDay) -> ShiftPlan:
    """The rows' van-day, the nearest in time of several; a new one for a van that was to stay at its base."""
    van, day = roster.vans[d.van], roster.day(d.day)
    there = [shift for shift in version.shifts if (shift.van_id, shift.date) == (van, day)]
    crew = [roster.staff[member] for member in d.crew]
    same = [shift for shift in there if shift.staff == crew] or there
    if same:
        return min(same, key=lambda shift: abs(shift.depart * MINUTE - d.depart))
    pattern = {name: getattr(version.shifts[0], name) for name in SHIFT}
    made = ShiftPlan(**{**pattern, "van_id": van, "date": day, "staff": crew}, stops=[])
    made.depart = d.depart // MINUTE
    version.shifts.append(made)
    return made


def _row(
    left: Sequence[PlannedStop],
    home: Mapping[str, ShiftPlan],
    roster: Roster,
    d: VanDay,
    at: Stop,
    moved: PlannedStop,
    to: tuple[int, date, int],
) -> PlannedStop:
    """The row of a stop in the changed plan: the moved one where it was moved `to`, else the one that is
    there."""
    site, here = roster.sites[at.site], (roster.vans[d.van], roster.day(d.day), at.start // MINUTE)
    if moved in left and moved.site_id == site and to == here:
        return moved
    there = [row for row in left if row is not moved and (row.site_id, row.date) == (site, here[1])]
    return min(there, key=lambda row: (home[row.uid].van_id != here[0], abs(row.starts - here[2])))


def _retime(row: PlannedStop, roster: Roster, d: VanDay, at: Stop) -> None:
    row.date = roster.day(d.day)
    row.arrive, row.starts = at.arrive // MINUTE, at.start // MINUTE
    row.ends, row.leave = at.end // MINUTE, -(-at.leave // MINUTE)


def _say(
    session: Session,
    problem: Problem,
    roster: Roster,
    version: Version,
    stop: PlannedStop,
    reason: str,
    bridge: Bridge,
) -> None:
    """A stay cut short says why; a session with refills due that is not as promised any more, how people
    get over it."""
    shorter = _shorter(session, problem, roster, version, stop)
    if stop.refills_due and (shorter or not _kept(problem, roster, stop)):
        bridge_over(session, stop, bridge)
    elif stop.bridge:
        bridged(session, stop, "", "")
    if shorter:
        stop.reason, stop.state = plain_reason(reason), "shortened"
    else:
        stop.reason, stop.state = "", "planned"


def _shorter(session: Session, problem: Problem, roster: Roster, version: Version, stop: PlannedStop) -> bool:
    """Shorter than people were told; in a draft that nobody was told of, of a length nobody offers there."""
    length = stop.ends - stop.starts
    if version.base_id is None:
        return length * MINUTE not in problem.sites[roster.sites.index(stop.site_id)].dwell_options
    base = found(session, version.programme_id, version.base_id)
    return any(length < one.ends - one.starts for one in base.stops if one.uid == stop.uid)


def _kept(problem: Problem, roster: Roster, stop: PlannedStop) -> bool:
    """Whether the session is still what was promised: day, time within what was agreed, length."""
    site, day = roster.sites.index(stop.site_id), (stop.date - roster.from_date).days
    return any(
        (a.site, a.day) == (site, day)
        and abs(a.start - stop.starts * MINUTE) <= a.tolerance
        and a.dwell <= (stop.ends - stop.starts) * MINUTE
        for a in problem.anchors
        if a.refills_due
    )
