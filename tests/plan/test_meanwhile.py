"""What is entered after a run was made: its plan is not published as if nothing had happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from outreach.errors import Invalid
from outreach.place import sites
from outreach.plan import absences, runs, schedules, staff, vans
from outreach.plan.planning.prechecks import told
from outreach.plan.schedules import PlannedStop, ShiftPlan, Version
from outreach.plan.staff import Certificate
from outreach.policies import Policy
from tests.planned import published
from tests.town import Town

Happening = Callable[[Session, Town, ShiftPlan, PlannedStop, datetime], str]
BEFORE = date(2026, 11, 22)


def _a_member_is_away(
    session: Session, town: Town, shift: ShiftPlan, stop: PlannedStop, now: datetime
) -> str:
    member = staff.found(session, town.programme_id, shift.staff[0])
    _away(session, town, "staff", member.id, shift.date, now)
    return f"{member.name} is away on {told(shift.date)}, yet Van "


def _the_van_is_away(session: Session, town: Town, shift: ShiftPlan, stop: PlannedStop, now: datetime) -> str:
    _away(session, town, "van", shift.van_id, shift.date, now)
    return f"{vans.found(session, town.programme_id, shift.van_id).name} is away on {told(shift.date)}"


def _a_member_left(session: Session, town: Town, shift: ShiftPlan, stop: PlannedStop, now: datetime) -> str:
    member = staff.found(session, town.programme_id, shift.staff[0])
    member.active = False
    return f"{member.name} left"


def _the_van_was_put_away(
    session: Session, town: Town, shift: ShiftPlan, stop: PlannedStop, now: datetime
) -> str:
    van = vans.found(session, town.programme_id, shift.van_id)
    van.active = False
    return f"{van.name} is out of service"


def _the_site_is_closed(
    session: Session, town: Town, shift: ShiftPlan, stop: PlannedStop, now: datetime
) -> str:
    site = sites.one(session, town.programme_id, stop.site_id)
    sites.close(session, site, stop.date, stop.date, "Street fair")
    return f"{site.name} is closed to vans on {told(stop.date)}"


def _the_permit_ends(session: Session, town: Town, shift: ShiftPlan, stop: PlannedStop, now: datetime) -> str:
    site = sites.one(session, town.programme_id, stop.site_id)
    site.permit_until = BEFORE
    return f"{site.name} is closed to vans on {told(stop.date)}"


def _the_site_opens_later(
    session: Session, town: Town, shift: ShiftPlan, stop: PlannedStop, now: datetime
) -> str:
    site = sites.one(session, town.programme_id, stop.site_id)
    next(w for w in site.windows if w.weekday == stop.date.weekday()).opens = stop.arrive + 5
    return f"{site.name} is open to vans"


def _the_site_is_retired(
    session: Session, town: Town, shift: ShiftPlan, stop: PlannedStop, now: datetime
) -> str:
    site = sites.one(session, town.programme_id, stop.site_id)
    site.status = "retired"
    return f"{site.name} is retired"


def _everybodys_certificates_run_out(
    session: Session, town: Town, shift: ShiftPlan, stop: PlannedStop, now: datetime
) -> str:
    for member in staff.listed(session, town.programme_id):
        member.certificates = [
            Certificate(programme_id=town.programme_id, role=role, expires=BEFORE) for role in member.roles
        ]
    return "may not work as driver"


HAPPENINGS: list[Happening] = [
    _a_member_is_away,
    _the_van_is_away,
    _a_member_left,
    _the_van_was_put_away,
    _the_site_is_closed,
    _the_permit_ends,
    _the_site_opens_later,
    _the_site_is_retired,
    _everybodys_certificates_run_out,
]


@pytest.mark.parametrize("happen", HAPPENINGS)
def test_what_happened_since_the_run_is_told_and_nothing_is_published(
    solved_town: Town, now: datetime, happen: Happening
):
    town = solved_town
    with town.store.transaction() as session:
        draft = _drafted(session, town, now)
        shift = draft.shifts[0]
        sentence = happen(session, town, shift, shift.stops[0], now)
    with town.store.transaction() as session:
        version = schedules.found(session, town.programme_id, draft.id)
        with pytest.raises(Invalid) as refusal:
            _publish(session, town, version, now)
    assert refusal.value.code == "breaks-rules"
    assert sentence in refusal.value.message


def test_a_certificate_the_crew_does_without_does_not_matter(solved_town: Town, now: datetime):
    """No stop of the week needs an outreach worker."""
    town = solved_town
    with town.store.transaction() as session:
        draft = _drafted(session, town, now)
        aboard = {member for shift in draft.shifts for member in shift.staff}
        workers = [m for m in staff.listed(session, town.programme_id) if "outreach_worker" in m.roles]
        assert any(member.id in aboard for member in workers)
        for member in workers:
            member.certificates = [
                Certificate(programme_id=town.programme_id, role="outreach_worker", expires=BEFORE)
            ]
    with town.store.transaction() as session:
        version = schedules.found(session, town.programme_id, draft.id)
        assert _publish(session, town, version, now).number == 1


def test_the_van_day_that_was_cancelled_needs_nobody(solved_town: Town, now: datetime):
    """Ana is away; once the stops she was planned for are cancelled on the draft, it is published."""
    town = solved_town
    with town.store.transaction() as session:
        draft = _drafted(session, town, now)
        shift = draft.shifts[0]
        _a_member_is_away(session, town, shift, shift.stops[0], now)
        for stop in shift.stops:
            stop.state, stop.reason = "cancelled", "Nobody to drive"
    with town.store.transaction() as session:
        version = schedules.found(session, town.programme_id, draft.id)
        assert _publish(session, town, version, now).number == 1


def test_a_change_for_today_does_not_wait_for_another_days_absence(solved_town: Town, now: datetime):
    """A street is closed this morning, and somebody is away on Friday: the cancelling goes out at once."""
    town = solved_town
    version = published(town, now)
    first, last = version.shifts[0], version.shifts[-1]
    with town.store.transaction() as session:
        _away(session, town, "staff", last.staff[0], last.date, now)
        spare = next(stop for stop in first.stops if not stop.anchor)
        draft = schedules.cancel_stop(session, town.programme_id, spare.uid, "Street fair", "dora", now)
        assert _publish(session, town, draft, now).number == 2


def test_a_plan_of_days_that_are_over_is_not_published(solved_town: Town, now: datetime):
    town, tuesday = solved_town, now + timedelta(3)
    with town.store.transaction() as session:
        draft = _drafted(session, town, now)
        with pytest.raises(Invalid, match="begins on Mon 23 Nov, and today is Tue 24 Nov"):
            _publish(session, town, draft, tuesday)


def test_today_is_the_programmes_own(solved_town: Town, now: datetime):
    """At eleven on Monday night in New York it is Tuesday in London."""
    town, late = solved_town, datetime.fromisoformat("2026-11-24T04:00:00+00:00")
    with town.store.transaction() as session:
        assert _publish(session, town, _drafted(session, town, now), late).number == 1


def test_a_stop_is_cancelled_on_a_schedule_that_began_before_today(solved_town: Town, now: datetime):
    town, tuesday = solved_town, now + timedelta(2, hours=20)
    version = published(town, now)
    spare = next(s for shift in version.shifts[::-1] for s in shift.stops if not s.anchor)
    with town.store.transaction() as session:
        draft = schedules.cancel_stop(session, town.programme_id, spare.uid, "Street fair", "dora", tuesday)
        assert draft.from_date == town.monday
        assert _publish(session, town, draft, tuesday).number == 2


def _drafted(session: Session, town: Town, now: datetime) -> Version:
    return schedules.draft(session, town.programme_id, runs.found(session, town.programme_id, 1), "dora", now)


def _publish(session: Session, town: Town, version: Version, now: datetime) -> Version:
    return schedules.publish(session, town.programme_id, version, "dora", now, policy=Policy.load())


def _away(session: Session, town: Town, kind: str, subject: int, day: date, now: datetime) -> None:
    absences.mark(session, town.programme_id, kind, subject, day, day, "ill", actor="dora", now=now)
