"""What a tablet takes along, and what the office has of the day."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta

from outreach.field import stops, sync
from outreach.field.forms import forms
from outreach.plan import schedules, stock
from outreach.policies import Policy
from tests.shift import NINE, Shift, morning


def test_a_tablet_takes_the_days_stops_of_every_van_along(shift: Shift):
    with shift.town.store.reading() as session:
        found = sync.bundle(session, shift.town.programme_id, shift.town.monday, NINE)
    assert found.version == 1
    assert [(day.van.letter, [stop.uid for stop in day.stops]) for day in found.days] == [
        ("A", [shift.mill, shift.yard]),
        ("B", [shift.square]),
    ]
    first = found.days[0].stops[0]
    assert (first.letter, first.site.name, first.site.area, first.starts) == ("A1", "Mill", "Westside", 540)
    assert [member.name for member in found.days[0].crew] == ["Ben", "Dia"]


def test_one_van_takes_only_its_own_stops(shift: Shift):
    with shift.town.store.reading() as session:
        van = shift.town.vans["two"]
        found = sync.bundle(session, shift.town.programme_id, shift.town.monday, NINE, van)
    assert [day.van.id for day in found.days] == [van]


def test_a_day_without_a_plan_has_counters_and_no_stops(shift: Shift):
    with shift.town.store.reading() as session:
        found = sync.bundle(session, shift.town.programme_id, shift.town.monday + timedelta(30), NINE)
    assert (found.version, found.days) == (None, ())
    assert found.items == forms().counters


def test_a_cancelled_stop_is_shown_with_the_nearest_alternative(shift: Shift):
    town, before = shift.town, NINE - timedelta(hours=3)
    with town.store.transaction() as session:
        draft = schedules.cancel_stop(session, town.programme_id, shift.yard, "No driver", "dispatch", before)
        schedules.publish(session, town.programme_id, draft, "dispatch", before, policy=Policy.load())
    with town.store.reading() as session:
        found = sync.bundle(session, town.programme_id, town.monday, before)
    assert found.version == 2
    yard = found.days[0].stops[1]
    assert (yard.state, yard.reason) == ("cancelled", "No driver")
    assert yard.alternative is not None
    assert yard.alternative.name == "Square"


def test_no_risk_and_no_map_of_need_is_on_a_tablet(shift: Shift):
    with shift.town.store.reading() as session:
        found = sync.bundle(session, shift.town.programme_id, shift.town.monday, NINE)
    words = json.dumps(asdict(found), default=str)
    assert "risk" not in words
    assert "reach" not in words


def test_the_office_says_what_it_has_of_the_day(shift: Shift):
    with shift.town.store.transaction() as session:
        batch = [*morning(shift), "nonsense"]
        sync.receive(session, shift.town.programme_id, shift.crew, "tablet-1", batch, NINE)
    with shift.town.store.reading() as session:
        found = sync.summary(session, shift.town.programme_id, shift.town.monday)
    by_uid = {stop.uid: stop for stop in found.stops}
    assert by_uid[shift.mill].tallies["contacts"] == 12
    assert by_uid[shift.yard].outcome == "skipped"
    assert by_uid[shift.square].outcome == "noted"
    assert found.held == 1
    assert len(found.epoch) == 16


def test_a_stop_is_read_in_the_programmes_own_time(shift: Shift):
    with shift.town.store.reading() as session:
        found = stops.published(session, shift.town.programme_id, [shift.mill])
    assert found[shift.mill].starts == NINE


def test_every_counter_has_words_in_both_languages_and_moves_a_supply_there_is():
    known = {supply.key for supply in stock.supplies()}
    for counter in forms().countable.values():
        assert counter.label_en
        assert counter.label_es
        assert counter.supply is None or (counter.supply in known and counter.per_unit in (-1, 1))
    assert len(forms().countable) == len(forms().counters) + len(forms().told)
