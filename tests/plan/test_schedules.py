from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from outreach import audit
from outreach.errors import Conflict, Invalid, Missing
from outreach.place import sites
from outreach.place.roads import Network
from outreach.plan import absences, runs, schedules
from outreach.plan.schedules import Version
from outreach.plan.versions import bridge_of
from outreach.policies import Policy
from tests.planned import published, solved, spare, stops
from tests.town import LAT, Town

SOLVED = 1
BRIDGE = schedules.Bridge("Scripts for a week at the square's pharmacy", "Ana, by telephone")


def _draft(town: Town, run_id: int, now: datetime) -> Version:
    with town.store.transaction() as session:
        run = runs.found(session, town.programme_id, run_id)
        return schedules.draft(session, town.programme_id, run, "dora", now)


def _publish_refused(town: Town, now: datetime, spoil: Callable[[Version], None]) -> Invalid:
    draft = _draft(town, SOLVED, now)
    with town.store.transaction() as session:
        spoil(schedules.found(session, town.programme_id, draft.id))
    with town.store.transaction() as session:
        version = schedules.found(session, town.programme_id, draft.id)
        with pytest.raises(Invalid) as refusal:
            schedules.publish(session, town.programme_id, version, "dora", now, policy=Policy.load())
    assert refusal.value.code == "breaks-rules"
    return refusal.value


def test_a_run_becomes_a_draft_and_then_version_one(risky_town_on_both: Town, now: datetime):
    town = risky_town_on_both
    version = published(town, now)
    assert (version.number, version.state, version.published_by) == (1, "published", "dora")
    with town.store.reading() as session:
        current = schedules.current(session, town.programme_id, town.monday)
        assert current is not None
        assert current.id == version.id
        assert len(stops(current)) == len(stops(version)) > 0


def test_the_promised_session_is_kept_on_time_with_its_prescriber(solved_town: Town, now: datetime):
    version = published(solved_town, now)
    promised = [stop for stop in stops(version) if stop.anchor]
    assert len(promised) == 1
    assert (promised[0].site_id, promised[0].starts, promised[0].ends) == (
        solved_town.sites["square"],
        600,
        840,
    )
    assert "moud" in promised[0].services
    shift = next(shift for shift in version.shifts if promised[0] in shift.stops)
    assert solved_town.staff["ana"] in shift.staff


def test_whole_minutes_lose_nothing_so_the_judge_accepts_the_rows(solved_town: Town, now: datetime):
    version = _draft(solved_town, SOLVED, now)
    with solved_town.store.reading() as session:
        verdict = schedules.judge(session, schedules.found(session, solved_town.programme_id, version.id))
    assert verdict.broken == ()
    assert verdict.value == pytest.approx(version.score["value"])


def test_a_run_without_a_plan_cannot_be_drafted(town: Town, now: datetime):
    with pytest.raises(Conflict, match="has no plan"):
        _draft(town, solved(town, now), now)


def test_there_is_one_open_draft(solved_town: Town, now: datetime):
    first, second = (_draft(solved_town, SOLVED, now) for _ in range(2))
    with solved_town.store.reading() as session:
        draft = schedules.open_draft(session, solved_town.programme_id)
        assert draft is not None
        assert draft.id == second.id != first.id


def test_a_new_version_takes_the_place_of_what_it_covers(solved_town: Town, now: datetime):
    published(solved_town, now)
    second = published(solved_town, now)
    assert second.number == 2
    with solved_town.store.reading() as session:
        states = {v.number: v.state for v in schedules.latest(session, solved_town.programme_id)}
    assert states == {1: "superseded", 2: "published"}


def test_a_version_stands_while_a_day_is_its_own(solved_town: Town, now: datetime):
    published(solved_town, now, days=5)
    published(solved_town, now, days=3)
    with solved_town.store.reading() as session:
        wednesday = schedules.current(session, solved_town.programme_id, solved_town.monday + timedelta(2))
        friday = schedules.current(session, solved_town.programme_id, solved_town.monday + timedelta(4))
    assert wednesday is not None
    assert friday is not None
    assert (wednesday.number, friday.number) == (2, 1)


def test_a_stop_keeps_its_name_from_version_to_version(solved_town: Town, now: datetime):
    first, second = published(solved_town, now), published(solved_town, now)
    before, after = ({(s.site_id, s.date): s.uid for s in stops(version)} for version in (first, second))
    both = before.keys() & after.keys()
    assert len(both) > 1
    assert {stay: before[stay] for stay in both} == {stay: after[stay] for stay in both}


def _too_early(version: Version) -> None:
    stop = spare(version)
    stop.arrive, stop.starts = stop.arrive - 600, stop.starts - 600


def _no_crew(version: Version) -> None:
    version.shifts[0].staff = version.shifts[0].staff[:1]


def _no_set_up(version: Version) -> None:
    spare(version).arrive = spare(version).starts


def _promise_moved(version: Version) -> None:
    stop = next(stop for stop in stops(version) if stop.anchor)
    stop.starts, stop.ends, stop.leave = stop.starts + 60, stop.ends + 60, stop.leave + 60


def _odd_length(version: Version) -> None:
    spare(version).ends -= 35


def _prescriber_left_behind(version: Version) -> None:
    shift = next(shift for shift in version.shifts if any("moud" in stop.services for stop in shift.stops))
    shift.staff = shift.staff[1:]


def _teleported(version: Version) -> None:
    shift = next(shift for shift in version.shifts if len(shift.stops) > 1)
    first, second = shift.stops[:2]
    late = second.arrive - first.leave
    first.arrive, first.starts, first.ends, first.leave = (
        value + late for value in (first.arrive, first.starts, first.ends, first.leave)
    )


@pytest.mark.parametrize(
    "spoil",
    [_too_early, _no_crew, _no_set_up, _promise_moved, _odd_length, _prescriber_left_behind, _teleported],
)
def test_a_spoilt_draft_is_refused_and_nothing_is_published(
    solved_town: Town, now: datetime, spoil: Callable[[Version], None]
):
    _publish_refused(solved_town, now, spoil)
    with solved_town.store.reading() as session:
        assert schedules.latest(session, solved_town.programme_id) == []


def test_a_cancelled_stop_is_told_with_the_nearest_one_to_go_to(risky_town_on_both: Town, now: datetime):
    town = risky_town_on_both
    version = published(town, now)
    stop = spare(version)
    with town.store.transaction() as session:
        draft = schedules.cancel_stop(session, town.programme_id, stop.uid, "Street fair", "dora", now)
        shown = schedules.plan_json(session, town.programme_id, draft)
    changed = next(s for s in stops(draft) if s.uid == stop.uid)
    assert (changed.state, changed.reason) == ("cancelled", "Street fair")
    assert changed.alternative is not None
    assert changed.alternative["uid"] in {s.uid for s in stops(version)} - {stop.uid}
    assert [(change["uid"], change["kind"]) for change in shown["changes"]] == [(stop.uid, "cancelled")]
    with town.store.transaction() as session:
        draft = schedules.found(session, town.programme_id, draft.id)
        schedules.publish(session, town.programme_id, draft, "dora", now, "street fair", policy=Policy.load())
    with town.store.reading() as session:
        told = schedules.current(session, town.programme_id, stop.date)
    assert told is not None
    assert next(s for s in stops(told) if s.uid == stop.uid).state == "cancelled"


def test_an_older_versions_day_can_still_be_changed_and_what_a_newer_one_covers_stays(
    solved_town: Town, now: datetime
):
    town = solved_town
    older = published(town, now, days=5)
    newer = published(town, now, days=3)
    friday = next(
        stop for stop in stops(older) if stop.date == town.monday + timedelta(4) and not stop.anchor
    )
    with town.store.transaction() as session:
        draft = schedules.cancel_stop(session, town.programme_id, friday.uid, "Street fair", "dora", now)
        assert (draft.from_date, draft.until_date) == (town.monday + timedelta(3), town.monday + timedelta(4))
        shown = schedules.plan_json(session, town.programme_id, draft)
        assert [change["uid"] for change in shown["changes"]] == [friday.uid]
        schedules.publish(session, town.programme_id, draft, "dora", now, policy=Policy.load())
    with town.store.reading() as session:
        monday = schedules.current(session, town.programme_id, town.monday)
        assert monday is not None
        assert monday.id == newer.id
        on_friday = schedules.current(session, town.programme_id, friday.date)
        assert on_friday is not None
        assert {stop.state for stop in stops(on_friday) if stop.uid == friday.uid} == {"cancelled"}


def test_the_published_version_itself_never_changes(solved_town: Town, now: datetime):
    version = published(solved_town, now)
    stop = spare(version)
    with solved_town.store.transaction() as session:
        schedules.cancel_stop(session, solved_town.programme_id, stop.uid, "Street fair", "dora", now)
    with solved_town.store.reading() as session:
        same = schedules.found(session, solved_town.programme_id, version.id)
        assert {s.state for s in stops(same)} == {"planned"}


def test_a_stop_is_shortened_within_itself(solved_town: Town, now: datetime):
    version = published(solved_town, now)
    stop = spare(version)
    with solved_town.store.transaction() as session:
        draft = schedules.shorten_stop(
            session, solved_town.programme_id, stop.uid, stop.ends - 35, "Nurse leaves early", "dora", now
        )
        schedules.publish(session, solved_town.programme_id, draft, "dora", now, policy=Policy.load())
    changed = next(s for s in stops(draft) if s.uid == stop.uid)
    assert (changed.state, changed.ends, changed.leave) == ("shortened", stop.ends - 35, stop.leave - 35)
    if changed.alternative is not None and changed.alternative["date"] == stop.date.isoformat():
        instead = next(s for s in stops(draft) if s.uid == changed.alternative["uid"])
        assert instead.ends > changed.ends + 30, "the van is still there when people find out"


@pytest.mark.parametrize("shift", [0, 1, -10_000])
def test_a_new_end_outside_the_stop_is_refused(solved_town: Town, now: datetime, shift: int):
    stop = spare(published(solved_town, now))
    with pytest.raises(Invalid, match="in between"), solved_town.store.transaction() as session:
        schedules.shorten_stop(
            session, solved_town.programme_id, stop.uid, stop.ends + shift, "Rain", "dora", now
        )


def test_a_promised_session_can_be_cancelled_by_a_person_with_a_reason(solved_town: Town, now: datetime):
    version = published(solved_town, now)
    stop = next(stop for stop in stops(version) if stop.anchor)
    with solved_town.store.transaction() as session:
        draft = schedules.cancel_stop(
            session, solved_town.programme_id, stop.uid, "Van broke", "dora", now, BRIDGE
        )
        schedules.publish(session, solved_town.programme_id, draft, "dora", now, policy=Policy.load())
    assert draft.number == 2
    kept = next(s for s in stops(draft) if s.uid == stop.uid)
    with solved_town.store.reading() as session:
        told = audit.latest(session, solved_town.programme_id, 20)
        assert (kept.refills_due, *bridge_of(session, kept)) == (12, BRIDGE.how, BRIDGE.contact)
    body = next(entry.body for entry in told if entry.act == "schedule.stop_cancelled")
    assert "Ana" not in body, "the audit stays for good, and so would her name"
    assert {"bridge": kept.bridge, "contact": kept.contact}.items() <= json.loads(body).items()


@pytest.mark.parametrize("words", [("x" * 201, "Ana"), ("Scripts at the pharmacy", "x" * 121)])
def test_a_bridge_has_its_limits_wherever_it_is_given(words: tuple[str, str]):
    with pytest.raises(Invalid, match="200 letters at most, the contact 120") as refusal:
        schedules.Bridge(*words)
    assert refusal.value.code == "bridge"
    assert schedules.Bridge(f"  {'x' * 200}  ", "x" * 120).whole


@pytest.mark.parametrize(
    "half", [None, schedules.Bridge("Scripts at the pharmacy", " "), schedules.Bridge(" ", "Ana")]
)
def test_a_session_with_refills_due_is_given_up_only_with_a_bridge_and_a_contact(
    solved_town: Town, now: datetime, half: schedules.Bridge | None
):
    stop = next(stop for stop in stops(published(solved_town, now)) if stop.anchor)
    pid = solved_town.programme_id
    with (
        pytest.raises(Invalid, match="12 refills are due") as refusal,
        solved_town.store.transaction() as session,
    ):
        schedules.cancel_stop(session, pid, stop.uid, "Van broke", "dora", now, half)
    assert refusal.value.code == "bridge"
    with pytest.raises(Invalid, match="12 refills are due"), solved_town.store.transaction() as session:
        schedules.shorten_stop(session, pid, stop.uid, stop.starts + 60, "Rain", "dora", now, half)
    with solved_town.store.reading() as session:
        assert schedules.open_draft(session, pid) is None


def test_a_cancellation_needs_a_reason(solved_town: Town, now: datetime):
    stop = spare(published(solved_town, now))
    with pytest.raises(Invalid, match="Say why"), solved_town.store.transaction() as session:
        schedules.cancel_stop(session, solved_town.programme_id, stop.uid, "  ", "dora", now)


def test_a_stop_is_cancelled_once(solved_town: Town, now: datetime):
    stop = spare(published(solved_town, now))
    with solved_town.store.transaction() as session:
        schedules.cancel_stop(session, solved_town.programme_id, stop.uid, "Rain", "dora", now)
    with pytest.raises(Conflict, match="already"), solved_town.store.transaction() as session:
        schedules.cancel_stop(session, solved_town.programme_id, stop.uid, "Rain", "dora", now)


def test_a_stop_that_is_over_cannot_be_cancelled(solved_town: Town, now: datetime):
    stop = spare(published(solved_town, now))
    with pytest.raises(Conflict, match="over"), solved_town.store.transaction() as session:
        schedules.cancel_stop(
            session, solved_town.programme_id, stop.uid, "Rain", "dora", now + timedelta(days=9)
        )


def test_a_stop_nobody_planned_is_missing(solved_town: Town, now: datetime):
    published(solved_town, now)
    with pytest.raises(Missing, match="no such stop"), solved_town.store.transaction() as session:
        schedules.cancel_stop(session, solved_town.programme_id, "nowhere", "Rain", "dora", now)


def test_undo_throws_the_draft_away_and_the_schedule_stands(risky_town_on_both: Town, now: datetime):
    town = risky_town_on_both
    version = published(town, now)
    with town.store.transaction() as session:
        schedules.cancel_stop(session, town.programme_id, spare(version).uid, "Rain", "dora", now)
    with town.store.transaction() as session:
        schedules.undo(session, town.programme_id, "dora", now)
    with town.store.reading() as session:
        assert schedules.open_draft(session, town.programme_id) is None
        current = schedules.current(session, town.programme_id, town.monday)
    assert current is not None
    assert current.number == 1


def test_a_draft_made_before_another_publication_is_refused(solved_town: Town, now: datetime):
    version = published(solved_town, now)
    with solved_town.store.transaction() as session:
        draft = schedules.cancel_stop(
            session, solved_town.programme_id, spare(version).uid, "Rain", "dora", now
        )
        draft.base_id = version.id
    with solved_town.store.transaction() as session:
        _publish_behind_its_back(session, solved_town, now)
    with solved_town.store.transaction() as session:
        stale = schedules.found(session, solved_town.programme_id, draft.id)
        with pytest.raises(Conflict, match="meanwhile"):
            schedules.publish(session, solved_town.programme_id, stale, "dora", now, policy=Policy.load())


def _publish_behind_its_back(session: Session, town: Town, now: datetime) -> None:
    other = Version(
        programme_id=town.programme_id,
        number=2,
        from_date=town.monday,
        until_date=town.monday,
        state="published",
        score={},
        created_at=now,
        published_at=now,
    )
    session.add(other)


def test_a_plan_is_shown_with_letters_times_and_routes(solved_town: Town, now: datetime):
    version = published(solved_town, now)
    with solved_town.store.reading() as session:
        whole = schedules.found(session, solved_town.programme_id, version.id)
        shown = schedules.plan_json(session, solved_town.programme_id, whole, Network.open(solved_town.city))
    day = shown["van_days"][0]
    assert day["van"]["letter"] in "AB"
    assert day["stops"][0]["letter"] == day["van"]["letter"] + "1"
    assert day["route"][0] == day["route"][-1] == (-71.08, 42.33)
    assert shown["value"] <= shown["bound"]


def test_a_site_without_a_stop_is_shown_with_the_reason(risky_town: Town, now: datetime):
    pid, week = risky_town.programme_id, (risky_town.monday, risky_town.monday + timedelta(6))
    with risky_town.store.transaction() as session:
        mill = sites.one(session, pid, risky_town.sites["mill"])
        sites.close(session, mill, *week, "Roof repair")
        hours = tuple(sites.Opening(day, 480, 1200) for day in range(5))
        sites.add(session, pid, sites.NewSite("Afar", -71.30, LAT, ("harm_reduction",), hours, host="Parish"))
    version = published(risky_town, now)
    with risky_town.store.reading() as session:
        shown = schedules.plan_json(session, pid, schedules.found(session, pid, version.id))
    left = {each["site"]["name"]: each["code"] for each in shown["unserved"]}
    assert (left.keys(), left["Mill"]) == ({"Afar", "Mill"}, "closed")
    assert all(each["site"]["name"] in each["sentence"] for each in shown["unserved"])
    named = {stop["site"]["name"] for day in shown["van_days"] for stop in day["stops"]}
    assert not left.keys() & named


def test_a_runs_plan_can_be_looked_at_without_a_draft(solved_town: Town, now: datetime):
    run_id = SOLVED
    with solved_town.store.reading() as session:
        run = runs.found(session, solved_town.programme_id, run_id)
        shown = schedules.plan_json(session, solved_town.programme_id, schedules.of_run(run, now))
        assert schedules.open_draft(session, solved_town.programme_id) is None
    assert shown["version"] is None
    assert shown["van_days"]


def test_publishing_and_editing_are_in_the_audit(solved_town: Town, now: datetime):
    version = published(solved_town, now)
    with solved_town.store.transaction() as session:
        schedules.cancel_stop(session, solved_town.programme_id, spare(version).uid, "Rain", "dora", now)
    with solved_town.store.reading() as session:
        acts = [entry.act for entry in audit.latest(session, solved_town.programme_id)]
        assert audit.verify(session).whole
    assert acts[:2] == ["schedule.stop_cancelled", "schedule.published"]


def test_whoever_replaces_somebodys_draft_is_in_the_audit(solved_town: Town, now: datetime):
    version = published(solved_town, now)
    with solved_town.store.transaction() as session:
        pid = solved_town.programme_id
        lost = schedules.cancel_stop(session, pid, spare(version).uid, "Rain", "dora", now)
    with solved_town.store.transaction() as session:
        schedules.draft(session, pid, runs.found(session, pid, SOLVED), "emil", now)
    with solved_town.store.reading() as session:
        entry = audit.latest(session, pid)[0]
    assert (entry.actor, entry.act) == ("emil", "schedule.draft_replaced")
    assert entry.subject == f"draft/{lost.id}"


def test_the_plan_breaks_no_meal_break_of_the_policy(solved_town: Town, now: datetime):
    policy = Policy.load()
    version = published(solved_town, now)
    for shift in version.shifts:
        assert policy.meal_after_minutes is not None
        long = shift.back - shift.depart > policy.meal_after_minutes
        assert not long or shift.break_start is not None


def test_a_session_with_refills_due_and_nobody_to_prescribe_is_told_and_not_published(
    risky_town: Town, now: datetime
):
    tuesday = risky_town.monday + timedelta(1)
    with risky_town.store.transaction() as session:
        ana = risky_town.staff["ana"]
        absences.mark(
            session, risky_town.programme_id, "staff", ana, tuesday, tuesday, "ill", actor="dora", now=now
        )
    run_id = solved(risky_town, now)
    draft = _draft(risky_town, run_id, now)
    with risky_town.store.transaction() as session:
        version = schedules.found(session, risky_town.programme_id, draft.id)
        notes = schedules.plan_json(session, risky_town.programme_id, version)["notes"]
        assert any("12 refills are due at Square" in note for note in notes)
        with pytest.raises(Invalid, match="12 refills are due at Square"):
            schedules.publish(session, risky_town.programme_id, version, "dora", now, policy=Policy.load())


def test_a_changed_schedule_is_valued_anew_and_claims_no_gap(risky_town_on_both: Town, now: datetime):
    town = risky_town_on_both
    version = published(town, now)
    stop = spare(version)
    assert version.score["gap"] is not None
    with town.store.transaction() as session:
        draft = schedules.cancel_stop(session, town.programme_id, stop.uid, "Street fair", "dora", now)
        assert draft.score["value"] == pytest.approx(schedules.judge(session, draft).value)
        assert draft.score["value"] != version.score["value"]
        assert (draft.score["bound"], draft.score["gap"]) == (None, None)
        shown = schedules.plan_json(session, town.programme_id, draft)
        schedules.publish(session, town.programme_id, draft, "dora", now, policy=Policy.load())
    assert draft.score["value"] == shown["value"]
    assert schedules.reach_of(draft) == pytest.approx(schedules.reach_of(version) - stop.reach)
    assert shown["reach"] == pytest.approx(
        sum(s["reach"] for d in shown["van_days"] for s in d["stops"] if s["state"] != "cancelled"), abs=1e-3
    )


def test_a_shortened_stop_reaches_less(risky_town_on_both: Town, now: datetime):
    town = risky_town_on_both
    stop = spare(published(town, now))
    half = stop.starts + (stop.ends - stop.starts) // 2
    with town.store.transaction() as session:
        draft = schedules.shorten_stop(session, town.programme_id, stop.uid, half, "Rain", "dora", now)
    shorter = next(s for s in stops(draft) if s.uid == stop.uid)
    assert 0 < shorter.reach < stop.reach


def test_a_plan_that_is_the_schedule_already_is_not_published_again(solved_town: Town, now: datetime):
    version = published(solved_town, now)
    run_id = version.run_id
    assert run_id is not None
    draft = _draft(solved_town, run_id, now)
    with solved_town.store.transaction() as session:
        same = schedules.found(session, solved_town.programme_id, draft.id)
        with pytest.raises(Conflict, match="already, as version 1") as refusal:
            schedules.publish(session, solved_town.programme_id, same, "dora", now, policy=Policy.load())
    assert refusal.value.code == "published-already"
