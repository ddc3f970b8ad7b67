"""Repairing: the published schedule after a trouble, as the open draft, and how it differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy.orm import Session

from outreach import audit
from outreach.errors import Conflict, Invalid, Missing
from outreach.local_time import zone_of
from outreach.plan import absences
from outreach.plan.planning.prechecks import told
from outreach.plan.planning.roster import Roster
from outreach.plan.replanning.rewriting import Words, rewrite
from outreach.plan.schedules.editing import Bridge, copied, find_alternatives, plain_reason
from outreach.plan.schedules.judging import as_decided, frozen, met, plan_of
from outreach.plan.schedules.valuing import revalue
from outreach.plan.troubles import Kind, Moment, Trouble, faced, late, moment
from outreach.plan.versions import PlannedStop, Version, current, keep, open_draft
from outreach.risk import alerts, surface
from outreach.store import one_at_a_time
from solver.check import check
from solver.plan import Plan, Stop, VanDay
from solver.problem import Problem
from solver.replan import Repair
from solver.replan import replan as repaired

MINUTE = 60
DAY_MINUTES = 24 * 60
SPIKE_BUDGET = 3
MOST_CHANGES = 20


@dataclass(frozen=True, slots=True)
class Happened:
    """What a coordinator says: the van, person, site or alert in trouble `on` a date from minute `begins` on
    (None: from now), the `reason` people are told, how many unforced changes it may buy (None: none, after a
    spike three), and the bridge for refills that cannot be kept."""

    kind: Kind
    subject_id: int
    on: date
    reason: str
    begins: int | None = None
    budget: int | None = None
    bridge: Bridge = field(default_factory=Bridge)


@dataclass(frozen=True, slots=True)
class Replanned:
    """The draft, sentences on who goes with whom instead, the uids of sessions with refills due that wait for
    a bridge, the share of told stops that stand, the least number of changes any plan needs, and by how much
    the schedule is worth more (mostly: less)."""

    draft: Version
    crews: tuple[str, ...]
    unbridged: tuple[str, ...]
    kept: float
    fewest: int
    change: float


def replan(session: Session, programme_id: int, happened: Happened, actor: str, now: datetime) -> Replanned:
    """The schedule mended around a trouble, as the open draft. What has begun by the clock stays.

    Raises: `Conflict` while another draft is open, `Missing` where nothing is published on that day,
    `Invalid` for a day that is over, a reason that is none, or a van, person or site the schedule does not
    know.
    """
    one_at_a_time(session, "schedules")
    _refuse_open_draft(session, programme_id)
    base = current(session, programme_id, happened.on)
    if base is None:
        raise Missing(f"Nothing is published for {told(happened.on)}.", code="no-schedule")
    trouble = _trouble(session, base, happened, now)
    problem, roster = frozen(session, base)
    draft = copied(session, base, happened.on, now)
    draft.troubles = [*draft.troubles, trouble.document()]
    before = as_decided(problem, roster, draft), plan_of(draft, roster)
    missed = [stop for stop in draft.stops if _missed(stop, trouble)]
    repair, holds, known = _mended(session, draft, roster, happened, missed, before)
    words = Words(plain_reason(happened.reason), happened.bridge)
    crews = rewrite(session, draft, roster, holds, repair.plan, known, missed, words)
    keep(session, draft)
    find_alternatives(session, draft)
    revalue(session, draft)
    session.flush()
    _record(session, draft, trouble, words, actor, now)
    change = check(before[0], plan_of(draft, roster)).value - check(*before).value
    return Replanned(draft, crews, tuple(waiting(draft)), repair.kept, repair.fewest, change)


def waiting(draft: Version) -> list[str]:
    """The uids of sessions with refills due that cannot be kept and wait for a bridge."""
    return [stop.uid for stop in draft.stops if stop.unbridged]


def _mended(
    session: Session,
    draft: Version,
    roster: Roster,
    happened: Happened,
    missed: Sequence[PlannedStop],
    before: tuple[Problem, Plan],
) -> tuple[Repair, Problem, Moment]:
    decided, plan = before
    troubles = met(draft)
    known = moment(troubles, roster)
    problem, published = faced(decided, _without(plan, roster, missed), roster, troubles)
    away = _away(session, draft, roster, happened, published, known)
    if away:
        problem, _ = faced(problem, published, roster, away)
    if happened.kind == "spike":
        problem = _with_new_risk(session, draft.programme_id, problem, roster, happened)
    budget = happened.budget if happened.budget is not None else SPIKE_BUDGET * (happened.kind == "spike")
    on_the_road = late(published, roster, troubles)
    repair = repaired(problem, published, known.day, known.second, late=on_the_road, budget=budget)
    return repair, problem, known


def _refuse_open_draft(session: Session, programme_id: int) -> None:
    draft = open_draft(session, programme_id)
    if draft is not None:
        raise Conflict(
            f"A draft is open, for {draft.from_date} to {draft.until_date}. Publish or undo it first.",
            code="draft-open",
        )


def _trouble(session: Session, base: Version, happened: Happened, now: datetime) -> Trouble:
    here = now.astimezone(zone_of(session, base.programme_id))
    today, minute = here.date(), here.hour * 60 + here.minute
    if happened.on == today - timedelta(1) and _still_out(base, happened.on, minute):
        today, minute = happened.on, minute + DAY_MINUTES
    if happened.on < today:
        raise Invalid(f"{told(happened.on)} is over; what happened then is in its log.", code="past-days")
    begins = happened.begins
    if begins is None:
        begins = minute if happened.on == today else 0
    return Trouble(happened.kind, happened.subject_id, happened.on, begins, today, minute)


def _still_out(base: Version, day: date, minute: int) -> bool:
    return any(shift.date == day and shift.back > minute + DAY_MINUTES for shift in base.shifts)


def _missed(stop: PlannedStop, trouble: Trouble) -> bool:
    """A lost van did not come to a stop between the breakdown and the telephone call."""
    lost = trouble.kind == "van_lost" and stop.shift.van_id == trouble.subject_id
    passed = (stop.date, stop.arrive) <= (trouble.known_on, trouble.known)
    return (
        lost
        and stop.state != "cancelled"
        and stop.date == trouble.on
        and trouble.begins < stop.arrive
        and passed
    )


def _without(plan: Plan, roster: Roster, missed: Sequence[PlannedStop]) -> Plan:
    gone = {(one.shift.van_id, one.date, one.arrive * MINUTE) for one in missed}

    def stands(d: VanDay, stop: Stop) -> bool:
        return (roster.vans[d.van], roster.day(d.day), stop.arrive) not in gone

    left = (replace(d, stops=tuple(s for s in d.stops if stands(d, s))) for d in plan.van_days)
    return Plan(tuple(d for d in left if d.stops))


def _away(
    session: Session, draft: Version, roster: Roster, happened: Happened, plan: Plan, known: Moment
) -> list[Trouble]:
    """Absences entered for that day since the plan was made, of vans and people that are not out already: who
    is away is nobody's help."""
    under_way = [d for d in plan.van_days if d.day == known.day and known.passed(d, d.stops[0])]
    out = {("van", roster.vans[d.van]) for d in under_way}
    out |= {("staff", roster.staff[m]) for d in under_way for m in d.crew}
    at = (draft.from_date, 0) if known.day < 0 else (roster.day(known.day), known.second // MINUTE)
    kinds: dict[str, tuple[Kind, tuple[int, ...]]] = {
        "van": ("van_lost", roster.vans),
        "staff": ("member_sick", roster.staff),
    }
    return [
        Trouble(kinds[one.kind][0], one.subject_id, happened.on, 0, *at)
        for one in absences.listed(session, draft.programme_id, happened.on, happened.on)
        if (one.kind, one.subject_id) not in out and one.subject_id in kinds[one.kind][1]
    ]


def _with_new_risk(
    session: Session, programme_id: int, problem: Problem, roster: Roster, happened: Happened
) -> Problem:
    """The risk the plan was made with, raised by the alert. Raises: `Missing` where none holds then."""
    known = [a for a in alerts.active(session, programme_id, happened.on) if a.id == happened.subject_id]
    if not known:
        raise Missing("There is no such alert on that day. Enter it on the map first.", code="no-alert")
    dates = [roster.day(n) for n in range(roster.days)]
    times = surface.raised(roster.cells, dates, known)
    return replace(problem, risk=np.ascontiguousarray(problem.risk * times[:, :, None]))


def _record(
    session: Session, draft: Version, trouble: Trouble, words: Words, actor: str, now: datetime
) -> None:
    facts: dict[str, object] = {"kind": trouble.kind, "subject": trouble.subject_id, "reason": words.reason}
    facts |= {"date": trouble.on.isoformat(), "begins": trouble.begins, "unbridged": len(waiting(draft))}
    name = f"draft/{draft.id}"
    audit.record(session, draft.programme_id, actor, "schedule.replanned", name, facts, now=now)
