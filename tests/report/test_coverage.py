"""Coverage: what was planned, delivered and counted, and who may read it to the last person."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from outreach import audit
from outreach.accounts import Account
from outreach.errors import Invalid, Refused
from outreach.field import sync
from outreach.place.roads import Network
from outreach.report import sentence
from outreach.report.coverage import Coverage, Line, coverage
from tests.report.conftest import LATER
from tests.shift import NINE, Shift, tally, tap

SUNDAY = timedelta(6)


def read(
    shift: Shift,
    *,
    exact: bool = False,
    account: int | None = None,
    language: str = "en",
    now: datetime = LATER,
) -> Coverage:
    town = shift.town
    with town.store.transaction() as session:
        reader = session.get(Account, account or shift.manager) if exact else None
        return coverage(
            session,
            town.programme_id,
            Network.open(town.city),
            town.monday,
            town.monday + SUNDAY,
            now,
            exact_for=reader,
            language=language,
        )


def area(found: Coverage, name: str) -> Line:
    return next(line for line in found.areas if line.name == name)


def test_a_van_that_has_not_left_yet_has_been_there_until_now(risky: Shift):
    town = risky.town
    with town.store.transaction() as session:
        arrived = tap(900, "stop.arrived", risky.square, at=NINE + timedelta(hours=1))
        sync.receive(session, town.programme_id, risky.crew, "tablet-2", [arrived], NINE + timedelta(hours=2))
    early = read(risky, now=NINE + timedelta(hours=2)).total.hours_delivered
    late = read(risky, now=NINE + timedelta(hours=4)).total.hours_delivered
    assert late - early == pytest.approx(2)


def test_planned_stands_beside_delivered(risky: Shift):
    found = read(risky)
    assert (found.total.stops_planned, found.total.stops_delivered) == (3, 1)
    assert found.total.hours_planned == 8
    assert found.total.hours_delivered == pytest.approx(1 + 55 / 60)
    assert area(found, "Westside").stops_delivered == 1
    assert area(found, "Eastside").stops_delivered == 0


def test_a_stop_that_is_still_ahead_was_not_missed(shift: Shift):
    """The mill is served until 11:00, the yard and the square until 14:00."""
    ends = datetime.combine(shift.town.monday, time(14), ZoneInfo("America/New_York"))
    early, late = (read(shift, now=ends - timedelta(minutes=n)).sentence for n in (1, 0))
    assert "kept 0 of 3 planned stops, 2 of them still ahead (0 hours)" in early
    assert "kept 0 of 3 planned stops (0 hours)" in late


def test_weeks_before_anything_was_planned_are_said_to_be_in_it(shift: Shift):
    town = shift.town
    said = []
    for days in (0, 7):
        with town.store.reading() as session:
            network = Network.open(town.city)
            first = town.monday - timedelta(days)
            found = coverage(session, town.programme_id, network, first, town.monday, LATER)
        said.append("Nothing was planned before the week of 2026-11-23" in found.sentence)
    assert said == [False, True]


def test_what_is_recorded_is_not_ahead_any_more(logged: Shift):
    assert "ahead" not in read(logged, now=NINE).sentence


def test_a_morning_at_the_mill_meets_some_of_the_risk_around_it(risky: Shift):
    found = read(risky)
    west, east = area(found, "Westside"), area(found, "Eastside")
    assert west.risk > 1 < east.risk
    assert 0 < west.risk_hours_served < west.risk_hours_planned
    assert west.share_served == pytest.approx(west.risk_hours_served / west.risk)
    assert east.risk_hours_served == pytest.approx(0, abs=1e-3)
    assert found.total.risk == pytest.approx(sum(line.risk for line in found.areas))


def test_small_counts_are_hidden_and_larger_ones_shown(logged: Shift):
    total = read(logged).total
    assert total.contacts == 12
    assert total.naloxone_kits is None
    assert total.overdose_responses is None
    assert total.litter_syringes == 0
    assert set(total.hidden) == {"naloxone_kits", "overdose_responses"}


def test_no_total_stands_beside_a_single_hidden_area(logged: Shift):
    with logged.town.store.transaction() as session:
        few = [tally(50, logged.yard, "contacts", 4)]
        sync.receive(session, logged.town.programme_id, logged.crew, "tablet-1", few, LATER)
    found = read(logged)
    shown = [found.total.contacts, area(found, "Westside").contacts, area(found, "Eastside").contacts]
    assert shown.count(None) >= 2
    assert [line.contacts for line in found.trend] == [found.total.contacts]


def test_a_manager_sees_exact_figures_and_the_audit_says_so(logged: Shift):
    found = read(logged, exact=True)
    assert found.exact
    assert (found.total.naloxone_kits, found.total.overdose_responses) == (3, 1)
    assert found.total.hidden == ()
    with logged.town.store.reading() as session:
        entry = audit.latest(session, logged.town.programme_id)[0]
    assert (entry.actor, entry.act) == ("manager", "coverage.exact")
    assert json.loads(entry.body) == {"from": "2026-11-23", "until": "2026-11-29"}


def test_the_crew_may_not_read_exact_figures_and_the_reading_leaves_no_trace(logged: Shift):
    with logged.town.store.reading() as session:
        before = audit.verify(session).count
    with pytest.raises(Refused):
        read(logged, exact=True, account=logged.crew)
    with logged.town.store.reading() as session:
        assert audit.verify(session).count == before


def test_reading_without_exact_figures_leaves_the_audit_alone(logged: Shift):
    with logged.town.store.reading() as session:
        before = audit.verify(session).count
    read(logged)
    with logged.town.store.reading() as session:
        assert audit.verify(session).count == before


def test_the_report_starts_with_a_sentence_in_the_readers_language(risky: Shift):
    english, spanish = read(risky).sentence, read(risky, language="es").sentence
    assert english.startswith("From 2026-11-23 to 2026-11-29 the vans kept 1 of 3 planned stops (2 hours)")
    assert "meeting people 12 times" in english
    assert english.endswith("Westside had the most of its risk met, Eastside the least.")
    assert spanish.startswith("Del 2026-11-23 al 2026-11-29 las unidades cumplieron 1 de 3 paradas")


@pytest.mark.parametrize(("language", "said"), [("en", "2,138"), ("es", "2138")])
def test_the_sentence_writes_thousands_as_its_readers_do(shift: Shift, language: str, said: str):
    with shift.town.store.transaction() as session:
        many = [tally(1, shift.mill, "contacts", 2138)]
        sync.receive(session, shift.town.programme_id, shift.crew, "tablet-1", many, LATER)
    assert f" {said} " in read(shift, language=language).sentence


def test_spanish_points_and_commas_are_the_other_way_round():
    assert (sentence.whole(12345, "en"), sentence.percent(0.045, "en")) == ("12,345", "4.5 %")
    assert (sentence.whole(12345, "es"), sentence.percent(0.045, "es")) == ("12.345", "4,5 %")


def test_a_hidden_count_is_not_in_the_sentence(shift: Shift):
    with shift.town.store.transaction() as session:
        few = [tally(1, shift.mill, "contacts", 7)]
        sync.receive(session, shift.town.programme_id, shift.crew, "tablet-1", few, LATER)
    assert "7" not in read(shift).sentence.replace("2026-11-", "")


def test_a_period_without_anything_is_reported_as_such(shift: Shift):
    town = shift.town
    with town.store.reading() as session:
        found = coverage(
            session, town.programme_id, Network.open(town.city), date(2026, 1, 5), date(2026, 1, 11), LATER
        )
    assert found.sentence == "No stops were planned from 2026-01-05 to 2026-01-11."
    assert found.total.risk == 0
    assert found.total.share_served is None


@pytest.mark.parametrize(("first", "last"), [(1, 0), (0, 400)])
def test_a_period_that_cannot_be_is_refused(shift: Shift, first: int, last: int):
    town = shift.town
    with town.store.reading() as session, pytest.raises(Invalid):
        coverage(
            session,
            town.programme_id,
            Network.open(town.city),
            town.monday + timedelta(first),
            town.monday + timedelta(last),
            LATER,
        )


def test_the_map_shows_every_area_where_it_is(risky: Shift):
    found = read(risky).map
    features = found["features"]
    assert isinstance(features, list)
    assert [feature["properties"]["name"] for feature in features] == ["Eastside", "Westside"]
    assert features[1]["geometry"] == {"type": "Point", "coordinates": [-71.095, 42.33]}


def test_a_report_asks_the_database_as_often_for_many_stops_as_for_few(risky: Shift):
    asked: list[str] = []
    engine = risky.town.store.engine
    event.listen(engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    read(risky)
    few = len(asked)
    with risky.town.store.transaction() as session:
        more = [tally(100 + n, stop, "contacts", 2) for n, stop in enumerate((risky.yard, risky.square) * 40)]
        sync.receive(session, risky.town.programme_id, risky.crew, "tablet-1", more, LATER)
    asked.clear()
    read(risky)
    assert len(asked) <= few <= 20
