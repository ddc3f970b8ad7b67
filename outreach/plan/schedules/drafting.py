"""Drafting: a run's answer as a schedule in the programme's own rows."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy.orm import Session

from outreach import audit
from outreach.errors import Conflict
from outreach.plan.planning.answers import Answer, proven
from outreach.plan.planning.roster import Roster
from outreach.plan.runs import Run
from outreach.plan.versions import PlannedStop, ShiftPlan, Version, keep, open_draft
from outreach.store import one_at_a_time
from solver.files import problem_from_bytes
from solver.plan import Stop, VanDay
from solver.problem import Anchor, Problem
from solver.score import hours_by_band, kept

MINUTE = 60
BAND_HOURS = 4
Known = tuple[Anchor | None, float | None]


def draft(session: Session, programme_id: int, run: Run, actor: str, now: datetime) -> Version:
    """The run's plan as the open draft; an earlier draft that nobody published makes way, and the audit
    says so.

    Raises: `Conflict` while the run has no plan.
    """
    one_at_a_time(session, "schedules")
    version = of_run(run, now)
    earlier = open_draft(session, programme_id)
    if earlier is not None:
        session.delete(earlier)
        session.flush()
        span = {"from": earlier.from_date.isoformat(), "until": earlier.until_date.isoformat()}
        facts = span | {"run": run.id}
        name = f"draft/{earlier.id}"
        audit.record(session, programme_id, actor, "schedule.draft_replaced", name, facts, now=now)
    return keep(session, version)


def of_run(run: Run, now: datetime) -> Version:
    """The run's plan as a version that is not stored yet.

    Raises: `Conflict` while the run has no plan.
    """
    if run.state != "done" or run.result is None or run.roster is None or run.problem is None:
        why = f": {run.message.rstrip('.')}" if run.message else ""
        raise Conflict(f"Run {run.id} has no plan; it is {run.state}{why}.", code="no-plan")
    answer, roster = Answer.read(run.result), Roster.of(run.roster)
    limit = proven(answer.bound)
    problem = problem_from_bytes(run.problem)
    return Version(
        programme_id=run.programme_id,
        number=None,
        from_date=run.from_date,
        until_date=run.until_date,
        run_id=run.id,
        state="draft",
        note="",
        score={
            "value": answer.value,
            "bound": limit,
            "gap": None if limit is None else answer.gap,
            "terms": answer.score,
        },
        created_at=now,
        shifts=_shifts(run.programme_id, answer, roster, problem),
    )


def _shifts(programme_id: int, answer: Answer, roster: Roster, problem: Problem) -> list[ShiftPlan]:
    plan = answer.van_days
    promised = kept(problem, plan)
    worths = iter(answer.worths)
    uids = Uids(programme_id)
    return [
        _shift(
            programme_id,
            roster,
            problem,
            van_day,
            [(promised.get((at, n)), next(worths, None)) for n in range(len(van_day.stops))],
            uids,
        )
        for at, van_day in enumerate(plan.van_days)
    ]


def _shift(
    programme_id: int, roster: Roster, problem: Problem, van_day: VanDay, known: list[Known], uids: Uids
) -> ShiftPlan:
    day = roster.day(van_day.day)
    pause = problem.meal_break.seconds // MINUTE if problem.meal_break else 0
    return ShiftPlan(
        programme_id=programme_id,
        van_id=roster.vans[van_day.van],
        date=day,
        depart=van_day.depart // MINUTE,
        back=-(-van_day.back // MINUTE),
        break_start=None if van_day.break_start is None else van_day.break_start // MINUTE,
        break_minutes=pause,
        staff=[roster.staff[member] for member in van_day.crew],
        stops=[
            planned_stop(programme_id, roster, problem, van_day, stop, sequence, one, uids)
            for sequence, (stop, one) in enumerate(zip(van_day.stops, known, strict=True), start=1)
        ],
    )


def planned_stop(
    programme_id: int,
    roster: Roster,
    problem: Problem,
    van_day: VanDay,
    stop: Stop,
    sequence: int,
    known: Known,
    uids: Uids,
) -> PlannedStop:
    """A stop of a plan as a row; `known` are the promise it keeps and its worth."""
    anchor, worth = known
    site_id, day = roster.sites[stop.site], roster.day(van_day.day)
    return PlannedStop(
        programme_id=programme_id,
        uid=uids.next(site_id, day),
        site_id=site_id,
        date=day,
        sequence=sequence,
        arrive=stop.arrive // MINUTE,
        starts=stop.start // MINUTE,
        ends=stop.end // MINUTE,
        leave=-(-stop.leave // MINUTE),
        services=[roster.services[service] for service in sorted(stop.services)],
        anchor=anchor is not None,
        refills_due=anchor.refills_due if anchor else 0,
        worth=worth,
        reach=risk_within_a_walk(problem, van_day.day, stop),
        state="planned",
        reason="",
        alternative=None,
        bridge="",
        contact="",
    )


class Uids:
    """Names for stops that stay the same from version to version: the n-th stay at a site on a date."""

    def __init__(self, programme_id: int) -> None:
        self._programme_id = programme_id
        self._stays: Counter[tuple[int, date]] = Counter()

    def next(self, site_id: int, day: date) -> str:
        """The next stay's uid."""
        self._stays[site_id, day] += 1
        name = f"outreach:{self._programme_id}/{site_id}/{day.isoformat()}/{self._stays[site_id, day]}"
        return str(uuid5(NAMESPACE_URL, name))


def risk_within_a_walk(problem: Problem, day: int, stop: Stop) -> float:
    """Expected overdoses of people within a walk while the van is there."""
    part = slice(int(problem.access_starts[stop.site]), int(problem.access_starts[stop.site + 1]))
    hourly = problem.risk[problem.access_cells[part], day, :] / BAND_HOURS
    return float(problem.access_share[part] @ (hourly @ hours_by_band(stop.start, stop.dwell)))
