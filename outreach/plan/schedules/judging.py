"""Judging: a schedule as it stands in the rows, looked at by the optimizer's independent judge.

What a coordinator decided by hand is taken as given: a stay shortened to a length of its own is allowed that
length, and a promised session that was cancelled with a reason, or for which people got a bridge, is no
longer asked for. What happened since (a van lost at noon) holds, and what had begun by then is excused.
Every other rule holds as for the optimizer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from outreach.errors import Conflict, Invalid
from outreach.plan.planning.answers import Answer
from outreach.plan.planning.roster import Roster
from outreach.plan.runs import Run
from outreach.plan.troubles import Trouble, excused, faced, moment
from outreach.plan.versions import PlannedStop, ShiftPlan, Version
from solver.check import CertificateError, Verdict, check, confirm
from solver.files import certificate_from_json, problem_from_bytes
from solver.plan import Plan, Stop, VanDay
from solver.problem import Problem, ProblemError

MINUTE = 60


def judge(session: Session, version: Version) -> Verdict:
    """What the judge says of a version that came from a run, hand edits included.

    Raises: `Conflict` for a version without a run: nothing is kept to judge it by.
    """
    problem, roster = frozen(session, version)
    return judged(as_decided(problem, roster, version), roster, version, plan_of(version, roster))


def judged(decided: Problem, roster: Roster, version: Version, plan: Plan) -> Verdict:
    """What the judge says of a plan in place of the version's own, after the troubles the version met."""
    troubles = met(version)
    if not troubles:
        return check(decided, plan)
    problem, plan = faced(decided, plan, roster, troubles)
    verdict = check(problem, plan)
    forgiven = excused(problem, plan, moment(troubles, roster))
    return replace(verdict, broken=tuple(fault for fault in verdict.broken if not forgiven(fault)))


def refuse(what: str, broken: Sequence[str]) -> None:
    """Raises: `Invalid` when what somebody asked for breaks rules, with the first ten sentences on them."""
    if broken:
        rules = "a rule" if len(broken) == 1 else f"{len(broken)} rules"
        raise Invalid(f"{what} breaks {rules}: {'; '.join(broken[:10])}.", code="breaks-rules")


def met(version: Version) -> list[Trouble]:
    """What happened that the version was planned around."""
    return [Trouble.of(document) for document in version.troubles or ()]


def proven(run: Run) -> float:
    """The bound of a run's answer, proven anew from its certificate: seconds for a day, minutes for weeks.

    Raises: `Conflict` where there is no certificate, or where it does not prove the bound that is stated.
    """
    if run.problem is None or run.result is None:
        raise Conflict("This run has no answer yet; there is no bound to prove.", code="no-run")
    answer = Answer.read(run.result)
    if answer.certificate is None or not math.isfinite(answer.bound):
        raise Conflict("This run states no bound, so there is nothing to prove.", code="no-bound")
    try:
        certificate = certificate_from_json(answer.certificate)
        return confirm(problem_from_bytes(run.problem), certificate, answer.bound)
    except (CertificateError, ProblemError) as error:
        raise Conflict(f"The bound of run {run.id} is not proven: {error}.", code="no-bound") from None


def frozen(session: Session, version: Version) -> tuple[Problem, Roster]:
    """The problem as it was when the version's run was made. Raises: as `judge`."""
    run = session.get(Run, version.run_id) if version.run_id is not None else None
    if run is None or run.problem is None or run.roster is None:
        raise Conflict("This version was not made by a run; the judge has nothing to go by.", code="no-run")
    return problem_from_bytes(run.problem), Roster.of(run.roster)


def plan_of(version: Version, roster: Roster) -> Plan:
    """The stops that stand, in the optimizer's positions; a van-day without any is gone."""
    van_days = (_van_day(shift, roster) for shift in in_order(version, roster))
    return Plan(tuple(van_day for van_day in van_days if van_day.stops))


def in_order(version: Version, roster: Roster) -> list[ShiftPlan]:
    """The van-days as the optimizer orders them."""
    return sorted(
        version.shifts, key=lambda shift: (shift.date, roster.vans.index(shift.van_id), shift.depart)
    )


def as_decided(problem: Problem, roster: Roster, version: Version) -> Problem:
    """The problem on the version's days, with the coordinator's own decisions taken as given."""
    lengths: dict[int, set[int]] = {}
    for stop in version.stops:
        if stop.state == "shortened":
            site, length = roster.sites.index(stop.site_id), (stop.ends - stop.starts) * MINUTE
            lengths.setdefault(site, set()).add(length)
    given_up = {
        (roster.sites.index(stop.site_id), (stop.date - roster.from_date).days)
        for stop in version.stops
        if stop.anchor and (stop.state != "planned" or stop.bridge)
    }
    sites = [
        replace(site, dwell_options=tuple(sorted({*site.dwell_options, *lengths.get(n, set())})))
        for n, site in enumerate(problem.sites)
    ]
    first, last = ((day - roster.from_date).days for day in (version.from_date, version.until_date))
    anchors = tuple(
        anchor
        for anchor in problem.anchors
        if first <= anchor.day <= last and (anchor.site, anchor.day) not in given_up
    )
    return replace(problem, sites=tuple(sites), anchors=anchors)


def _van_day(shift: ShiftPlan, roster: Roster) -> VanDay:
    return VanDay(
        van=roster.vans.index(shift.van_id),
        day=(shift.date - roster.from_date).days,
        depart=shift.depart * MINUTE,
        back=shift.back * MINUTE,
        stops=tuple(_stop(stop, roster) for stop in shift.stops if stop.state != "cancelled"),
        crew=tuple(roster.staff.index(member) for member in shift.staff),
        break_start=None if shift.break_start is None else shift.break_start * MINUTE,
    )


def _stop(stop: PlannedStop, roster: Roster) -> Stop:
    return Stop(
        site=roster.sites.index(stop.site_id),
        arrive=stop.arrive * MINUTE,
        start=stop.starts * MINUTE,
        dwell=(stop.ends - stop.starts) * MINUTE,
        leave=stop.leave * MINUTE,
        services=frozenset(roster.services.index(name) for name in stop.services),
    )
