"""Rewriting: a mended plan back into the rows of a draft. A stop that stands or moves keeps its row and its
uid, one that is lost keeps its row as cancelled, with the reason."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from outreach.plan import staff, vans
from outreach.plan.planning.prechecks import told
from outreach.plan.planning.roster import Roster
from outreach.plan.schedules.drafting import Uids, planned_stop, risk_within_a_walk
from outreach.plan.schedules.editing import SHIFT, Bridge
from outreach.plan.troubles import Moment
from outreach.plan.versions import PlannedStop, ShiftPlan, Version, bridged
from solver.plan import Plan, Stop, VanDay
from solver.problem import Problem
from solver.score import unkept

MINUTE = 60
Rows = Mapping[tuple[int, int], PlannedStop]


@dataclass(frozen=True, slots=True)
class Words:
    """What people are told: why, and how they come to their next dose."""

    reason: str
    bridge: Bridge


def rewrite(
    session: Session,
    draft: Version,
    roster: Roster,
    problem: Problem,
    plan: Plan,
    known: Moment,
    missed: Sequence[PlannedStop],
    words: Words,
) -> tuple[str, ...]:
    """Bring the draft's rows to the plan; sentences on crews that change."""
    stops = draft.stops
    before = {stop.uid: stop.shift for stop in stops}
    rows = _paired(roster, plan, [s for s in stops if s.state != "cancelled" and s not in missed])
    served = {row.uid for row in rows.values()}
    idle = [stop for stop in stops if stop.uid not in served]
    uids = Uids(draft.programme_id)
    made = [_shift(draft, roster, problem, d, at, rows, known, words, uids, before) for at, d in _days(plan)]
    for stop in idle:
        if stop.state != "cancelled":
            _give_up(session, stop, words)
    due = [row for row in rows.values() if row.refills_due]
    _bridge_the_moved(session, roster, problem, plan, due, words)
    draft.shifts = _with_idle(made, idle, before)
    return tuple(_crews(session, draft, before))


def _days(plan: Plan) -> Iterable[tuple[int, VanDay]]:
    return enumerate(plan.van_days)


def _paired(
    roster: Roster, plan: Plan, standing: Sequence[PlannedStop]
) -> dict[tuple[int, int], PlannedStop]:
    """By van-day and place in it, the row of a stop: of those at its site that day the nearest in time."""
    by_stay: dict[tuple[int, date], list[PlannedStop]] = defaultdict(list)
    for row in standing:
        by_stay[row.site_id, row.date].append(row)
    near = sorted(
        (abs(row.starts * MINUTE - stop.start), row.uid, at, n)
        for at, d in _days(plan)
        for n, stop in enumerate(d.stops)
        for row in by_stay[roster.sites[stop.site], roster.day(d.day)]
    )
    known = {row.uid: row for row in standing}
    found: dict[tuple[int, int], PlannedStop] = {}
    for _, uid, at, n in near:
        if uid in known and (at, n) not in found:
            found[at, n] = known.pop(uid)
    return found


def _shift(
    draft: Version,
    roster: Roster,
    problem: Problem,
    d: VanDay,
    at: int,
    rows: Rows,
    known: Moment,
    words: Words,
    uids: Uids,
    before: Mapping[str, ShiftPlan],
) -> ShiftPlan:
    stops = []
    for n, stop in enumerate(d.stops):
        row = rows.get((at, n))
        if row is None:
            row = _new(draft, roster, problem, d, stop, uids, before)
        elif not known.passed(d, stop):
            _retime(row, roster, problem, d, stop, words)
        stops.append(row)
    pause = problem.meal_break.seconds // MINUTE if problem.meal_break else 0
    return ShiftPlan(
        programme_id=draft.programme_id,
        van_id=roster.vans[d.van],
        date=roster.day(d.day),
        depart=d.depart // MINUTE,
        back=-(-d.back // MINUTE),
        break_start=None if d.break_start is None else d.break_start // MINUTE,
        break_minutes=pause,
        staff=[roster.staff[member] for member in d.crew],
        stops=stops,
    )


def _new(
    draft: Version,
    roster: Roster,
    problem: Problem,
    d: VanDay,
    stop: Stop,
    uids: Uids,
    before: Mapping[str, ShiftPlan],
) -> PlannedStop:
    """A stop nobody was told of, under the first name its site has not had that day."""
    row = planned_stop(draft.programme_id, roster, problem, d, stop, 1, (None, None), uids)
    while row.uid in before:
        row.uid = uids.next(row.site_id, row.date)
    return row


def _retime(row: PlannedStop, roster: Roster, problem: Problem, d: VanDay, stop: Stop, words: Words) -> None:
    shorter = stop.dwell < (row.ends - row.starts) * MINUTE
    row.services = [roster.services[service] for service in sorted(stop.services)]
    if (row.starts * MINUTE, row.ends * MINUTE) != (stop.start, stop.end):
        row.reach = risk_within_a_walk(problem, d.day, stop)
    row.arrive, row.starts = stop.arrive // MINUTE, stop.start // MINUTE
    row.ends, row.leave = stop.end // MINUTE, -(-stop.leave // MINUTE)
    if shorter and not row.refills_due:
        row.state, row.reason = "shortened", words.reason


def _give_up(session: Session, stop: PlannedStop, words: Words) -> None:
    """Cancelled; but where refills are due and nobody said how people get over it, the session waits."""
    stop.reason = words.reason
    if stop.refills_due and not words.bridge.whole:
        return
    if stop.refills_due:
        bridged(session, stop, words.bridge.how, words.bridge.contact)
    stop.state = "cancelled"


def _bridge_the_moved(
    session: Session, roster: Roster, problem: Problem, plan: Plan, rows: Sequence[PlannedStop], words: Words
) -> None:
    """A session with refills due that takes place in another way than promised needs its bridge, too."""
    lost = {(roster.sites[a.site], roster.day(a.day)) for a in unkept(problem, plan) if a.refills_due}
    for row in rows:
        if (row.site_id, row.date) in lost and not row.bridge:
            row.reason = words.reason
            if words.bridge.whole:
                bridged(session, row, words.bridge.how, words.bridge.contact)


def _with_idle(
    made: list[ShiftPlan], idle: Sequence[PlannedStop], before: Mapping[str, ShiftPlan]
) -> list[ShiftPlan]:
    """Rows that no van serves stay with their van: on its van-day, else on one of their own."""
    shifts = list(made)
    for stop in idle:
        was = before[stop.uid]
        there = [s for s in shifts if (s.van_id, s.date) == (was.van_id, was.date)]
        home = min(there, key=lambda s: abs(s.depart - was.depart), default=None)
        if home is None:
            home = ShiftPlan(**{name: getattr(was, name) for name in SHIFT}, stops=[])
            shifts.append(home)
        home.stops.append(stop)
    for shift in shifts:
        for sequence, stop in enumerate(sorted(shift.stops, key=lambda s: (s.starts, s.uid)), start=1):
            stop.sequence = sequence
    return shifts


def _crews(session: Session, draft: Version, before: Mapping[str, ShiftPlan]) -> Iterator[str]:
    names = {one.id: one.name for one in staff.listed(session, draft.programme_id, everybody=True)}
    fleet = {van.id: van.name for van in vans.listed(session, draft.programme_id, every=True)}
    for shift in draft.shifts:
        origins = Counter(before[s.uid] for s in shift.stops if s.uid in before and s.state != "cancelled")
        if not origins:
            continue
        was = max(origins, key=lambda one: (one.van_id == shift.van_id, origins[one]))
        come = [member for member in shift.staff if member not in was.staff]
        go = [member for member in was.staff if member not in shift.staff]
        if was.van_id == shift.van_id and (come or go):
            changed = [f"with {_all(names[m] for m in come)}"] if come else []
            changed += [f"without {_all(names[m] for m in go)}"] if go else []
            yield f"{fleet[shift.van_id]} on {told(shift.date)} goes {' and '.join(changed)}."


def _all(names: Iterable[str]) -> str:
    return ", ".join(names)
