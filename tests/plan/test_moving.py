"""A stop dragged on the board: it keeps its name, breaks no rule, is valued anew, and can be put back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from outreach import audit
from outreach.errors import Conflict, Invalid, Missing
from outreach.plan import schedules
from outreach.plan.schedules import Bridge, Edit, PlannedStop, ShiftPlan, Version
from outreach.policies import Policy
from tests.planned import published, stops
from tests.town import Town

BRIDGE = Bridge("Scripts at the pharmacy", "Nurse on call")


def of(version: Version, uid: str) -> PlannedStop:
    return next(stop for stop in stops(version) if stop.uid == uid)


def move(town: Town, now: datetime, edit: Edit, reason: str = "", bridge: Bridge | None = None) -> Version:
    with town.store.transaction() as session:
        version = schedules.move_stop(session, town.programme_id, edit, reason, "dora", now, bridge)
        return schedules.found(session, town.programme_id, version.id)


def rules(town: Town, edit: Edit) -> set[str]:
    with town.store.reading() as session:
        found = schedules.tried_on_schedule(session, town.programme_id, [edit])
    return {fault.rule for fault in found.broken}


def first(version: Version) -> tuple[ShiftPlan, PlannedStop]:
    """The first stop of a van's day, with nothing promised."""
    return next((shift, shift.stops[0]) for shift in version.shifts if not shift.stops[0].anchor)


def movable(town: Town, version: Version) -> tuple[PlannedStop, int]:
    """A stop and a later or earlier start at which no rule is broken, as the judge says beforehand."""
    for stop in stops(version):
        for minutes in (-30, -15, 15, 30, -60, 60) if not stop.anchor else ():
            with town.store.reading() as session:
                edit = Edit(stop.uid, starts=stop.starts + minutes)
                if not schedules.tried_on_schedule(session, town.programme_id, [edit]).broken:
                    return stop, stop.starts + minutes
    raise AssertionError("no stop of the tiny town can be moved")


def test_a_moved_stop_keeps_its_name_and_its_length_and_the_draft_says_so(solved_town: Town, now: datetime):
    stop, starts = movable(solved_town, published(solved_town, now))
    draft = move(solved_town, now, Edit(stop.uid, starts=starts))
    moved = of(draft, stop.uid)
    assert (draft.state, moved.starts, moved.ends - moved.starts) == (
        "draft",
        starts,
        stop.ends - stop.starts,
    )
    assert (moved.state, moved.reason) == ("planned", "")
    with solved_town.store.reading() as session:
        shown = schedules.plan_json(
            session, solved_town.programme_id, schedules.found(session, solved_town.programme_id, draft.id)
        )
    assert isinstance(shown["changes"], list)
    assert [(change["uid"], change["kind"]) for change in shown["changes"]] == [(stop.uid, "moved")]


def test_it_is_worth_what_was_said_beforehand(solved_town: Town, now: datetime):
    version = published(solved_town, now)
    stop, starts = movable(solved_town, version)
    with solved_town.store.reading() as session:
        edit = Edit(stop.uid, starts=starts)
        said = schedules.tried_on_schedule(session, solved_town.programme_id, [edit])
    draft = move(solved_town, now, edit)
    assert draft.score["value"] == pytest.approx(said.value)
    assert draft.score["bound"] is None
    [(van, day, depart, back)] = said.times
    there = next(s for s in draft.shifts if any(one.uid == stop.uid for one in s.stops))
    assert (there.van_id, there.date.isoformat()) == (van, day)
    assert (there.depart, there.back) == (depart, back)


def test_put_back_it_is_as_if_nothing_had_happened(solved_town: Town, now: datetime):
    version = published(solved_town, now)
    stop, starts = movable(solved_town, version)
    move(solved_town, now, Edit(stop.uid, starts=starts))
    draft = move(solved_town, now, Edit(stop.uid, starts=stop.starts))
    told = ("uid", "date", "arrive", "starts", "ends", "leave", "sequence", "state", "services", "anchor")
    assert [[getattr(s, key) for key in told] for s in stops(draft)] == [
        [getattr(s, key) for key in told] for s in stops(version)
    ]
    assert [(s.depart, s.back, s.break_start) for s in draft.shifts] == [
        (s.depart, s.back, s.break_start) for s in version.shifts
    ]


def test_a_moved_schedule_is_published_and_the_judge_accepts_it(solved_town: Town, now: datetime):
    stop, starts = movable(solved_town, published(solved_town, now))
    move(solved_town, now, Edit(stop.uid, starts=starts))
    pid = solved_town.programme_id
    with solved_town.store.transaction() as session:
        draft = schedules.open_draft(session, pid)
        assert draft is not None
        schedules.publish(session, pid, draft, "dora", now, policy=Policy.load())
        assert schedules.judge(session, schedules.found(session, pid, draft.id)).broken == ()


def test_what_breaks_a_rule_is_refused_by_name_and_nothing_is_kept(solved_town: Town, now: datetime):
    _, stop = first(published(solved_town, now))
    with pytest.raises(Invalid, match="is not open from"):
        move(solved_town, now, Edit(stop.uid, starts=7 * 60))
    with solved_town.store.reading() as session:
        assert schedules.open_draft(session, solved_town.programme_id) is None


def test_another_van_that_cannot_take_a_stop_is_refused_in_the_words_of_all_it_breaks(
    solved_town: Town, now: datetime
):
    version = published(solved_town, now)
    refused = 0
    for shift in version.shifts:
        [van] = set(solved_town.vans.values()) - {shift.van_id}
        for edit in (Edit(stop.uid, van_id=van) for stop in shift.stops if not stop.anchor):
            with solved_town.store.reading() as session:
                broken = schedules.tried_on_schedule(session, solved_town.programme_id, [edit]).broken
            if broken:
                with pytest.raises(Invalid) as refusal:
                    move(solved_town, now, edit)
                told = str(refusal.value)
                assert [f.sentence for f in broken if f.sentence not in told] == []
                refused += 1
    assert refused, "both vans are out all day, and neither has time for the other's stops"


def cleared(town: Town, now: datetime, those: list[PlannedStop]) -> None:
    """The draft without these stops."""
    with town.store.transaction() as session:
        for stop in those:
            schedules.cancel_stop(session, town.programme_id, stop.uid, "Street fair", "dora", now)


def test_another_van_takes_the_stop_with_the_crew_it_needs(solved_town: Town, now: datetime):
    version = published(solved_town, now)
    shift, stop = next((one, s) for one in version.shifts for s in one.stops if "moud" in s.services)
    other = next(one for one in version.shifts if one.date == shift.date and one.van_id != shift.van_id)
    assert solved_town.staff["ana"] in set(shift.staff) - set(other.staff), "nobody else may prescribe"
    cleared(solved_town, now, [s for s in (*shift.stops, *other.stops) if s is not stop])
    edit = Edit(stop.uid, van_id=other.van_id)
    assert rules(solved_town, edit) == set()
    draft = move(solved_town, now, edit)
    taker = next(one for one in draft.shifts if one.id == of(draft, stop.uid).shift_id)
    assert (taker.date, taker.van_id) == (shift.date, other.van_id)
    assert solved_town.staff["ana"] in taker.staff
    with solved_town.store.reading() as session:
        whole = schedules.found(session, solved_town.programme_id, draft.id)
        assert schedules.judge(session, whole).broken == ()


def test_another_day_takes_the_stop_with_its_name(solved_town: Town, now: datetime):
    version = published(solved_town, now)
    square = solved_town.sites["square"]
    shift, stop = next((one, s) for one in version.shifts for s in one.stops if s.site_id != square)
    later = next(
        other
        for other in version.shifts
        if other.date > shift.date and other.van_id == shift.van_id and not any(s.anchor for s in other.stops)
    )
    there = [s for other in version.shifts if other.date == later.date for s in other.stops if not s.anchor]
    cleared(solved_town, now, [*(s for s in shift.stops if s is not stop), *there])
    edit = Edit(stop.uid, date=later.date)
    assert rules(solved_town, edit) == set()
    draft = move(solved_town, now, edit)
    moved = of(draft, stop.uid)
    assert (moved.date, moved.starts) == (later.date, stop.starts)
    assert len(stops(draft)) == len(stops(version))
    with solved_town.store.reading() as session:
        whole = schedules.found(session, solved_town.programme_id, draft.id)
        assert schedules.judge(session, whole).broken == ()
        changes = schedules.plan_json(session, solved_town.programme_id, whole)["changes"]
    assert isinstance(changes, list)
    assert "moved" in [change["kind"] for change in changes if change["uid"] == stop.uid]


def test_a_day_outside_the_version_is_refused(solved_town: Town, now: datetime):
    _, stop = first(published(solved_town, now))
    with pytest.raises(Invalid, match="covers"):
        move(solved_town, now, Edit(stop.uid, date=date(2026, 12, 24)))


def test_shorter_needs_a_reason_and_says_so_to_everybody(solved_town: Town, now: datetime):
    _, stop = first(published(solved_town, now))
    shorter = Edit(stop.uid, minutes=stop.ends - stop.starts - 35)
    with pytest.raises(Invalid, match="Say why"):
        move(solved_town, now, shorter)
    moved = of(move(solved_town, now, shorter, "Street works"), stop.uid)
    assert (moved.state, moved.reason) == ("shortened", "Street works")
    back = of(move(solved_town, now, Edit(stop.uid, minutes=stop.ends - stop.starts)), stop.uid)
    assert (back.state, back.reason) == ("planned", "")


def test_a_session_with_refills_due_moves_only_with_a_bridge_and_never_to_another_day(
    solved_town: Town, now: datetime
):
    version = published(solved_town, now)
    session_stop = next(stop for stop in stops(version) if stop.anchor)
    home = next(shift for shift in version.shifts if session_stop in shift.stops)
    cleared(solved_town, now, [stop for stop in home.stops if stop is not session_stop])
    later = Edit(session_stop.uid, starts=session_stop.starts + 60)
    assert rules(solved_town, later) == {"refills"}
    with pytest.raises(Invalid, match="12 refills are due"):
        move(solved_town, now, later)
    with pytest.raises(Invalid, match="keeps its day"):
        move(solved_town, now, Edit(session_stop.uid, date=session_stop.date + timedelta(1)), bridge=BRIDGE)
    draft = move(solved_town, now, later, bridge=BRIDGE)
    assert of(draft, session_stop.uid).starts == later.starts
    pid = solved_town.programme_id
    with solved_town.store.transaction() as session:
        whole = schedules.open_draft(session, pid)
        assert whole is not None
        schedules.publish(session, pid, whole, "dora", now, policy=Policy.load())
        kept = schedules.found(session, pid, whole.id)
        assert of(kept, session_stop.uid).bridge
    back = move(solved_town, now, Edit(session_stop.uid, starts=session_stop.starts))
    assert of(back, session_stop.uid).bridge == ""


def test_what_has_begun_stays_and_nothing_moves_into_the_past(solved_town: Town, now: datetime):
    shift, stop = first(published(solved_town, now))
    midnight = datetime.combine(shift.date, time(5), UTC)
    with pytest.raises(Conflict, match="has begun"):
        move(
            solved_town,
            midnight + timedelta(minutes=stop.starts + 10),
            Edit(stop.uid, starts=stop.starts + 60),
        )
    with pytest.raises(Invalid, match="is over"):
        move(
            solved_town,
            midnight + timedelta(minutes=stop.starts - 30),
            Edit(stop.uid, starts=stop.starts - 60),
        )


def test_the_audit_tells_who_moved_what(solved_town: Town, now: datetime):
    stop, starts = movable(solved_town, published(solved_town, now))
    move(solved_town, now, Edit(stop.uid, starts=starts))
    with solved_town.store.reading() as session:
        acts = session.scalars(select(audit.Entry.act).where(audit.Entry.subject == f"stop/{stop.uid}")).all()
    assert acts == ["schedule.stop_moved"]


def test_an_unknown_stop_or_van_is_said(solved_town: Town, now: datetime):
    stop = stops(published(solved_town, now))[0]
    with pytest.raises(Missing, match="no such stop"):
        move(solved_town, now, Edit("0d8a4f0e-6c0a-4f7e-9a6e-0b8a5d1f2c3d", starts=600))
    with pytest.raises(Missing, match="no such van"):
        move(solved_town, now, Edit(stop.uid, van_id=999))
