"""A second tablet of a van is told what the others recorded, and never what it sent itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from outreach.field import sync
from outreach.field.elsewhere import Elsewhere
from tests.shift import NINE, Shift, morning, tally, tap, uid

ONE, TWO, THREE = "tablet-1", "tablet-2", "tablet-3"


def send(shift: Shift, device: str, batch: Sequence[object]) -> None:
    with shift.town.store.transaction() as session:
        sync.receive(session, shift.town.programme_id, shift.crew, device, batch, NINE)


def elsewhere(shift: Shift, device: str | None) -> dict[str, Elsewhere]:
    """What the tablet is told of the others, by stop."""
    town = shift.town
    with town.store.reading() as session:
        found = sync.bundle(session, town.programme_id, town.monday, NINE, device=device)
    stops = [stop for day in found.days for stop in day.stops]
    return {stop.uid: stop.elsewhere for stop in stops if stop.elsewhere is not None}


def test_a_replaced_tablet_begins_with_what_the_broken_one_recorded(shift_on_both: Shift):
    shift = shift_on_both
    send(shift, ONE, list(morning(shift)))
    told = elsewhere(shift, TWO)
    assert told[shift.mill] == Elsewhere(
        arrived_at=NINE + timedelta(minutes=5),
        left_at=NINE + timedelta(hours=2),
        tallies={"contacts": 12, "naloxone_kits": 3, "syringes_out": 40, "syringes_in": 25},
    )
    assert told[shift.yard].skipped == "weather"
    assert told[shift.square].tallies["overdose_responses"] == 1


def test_a_tablet_is_never_told_what_it_sent_itself(shift_on_both: Shift):
    shift = shift_on_both
    send(shift, ONE, list(morning(shift)))
    send(shift, TWO, [tally(50, shift.mill, "contacts", 6)])
    assert elsewhere(shift, ONE) == {shift.mill: Elsewhere(tallies={"contacts": 6})}
    assert elsewhere(shift, TWO)[shift.mill].tallies["contacts"] == 12
    assert elsewhere(shift, THREE)[shift.mill].tallies["contacts"] == 18


def test_what_is_sent_twice_taken_back_or_held_is_not_told_twice_or_at_all(shift_on_both: Shift):
    shift = shift_on_both
    kept, gone = tally(50, shift.mill, "contacts", 6), tally(51, shift.mill, "contacts", 4)
    send(shift, ONE, [kept, gone])
    send(
        shift, ONE, [kept, tap(52, "void", shift.mill, replaces=uid(1051)), kept | {"payload": {"item": "x"}}]
    )
    assert elsewhere(shift, TWO) == {shift.mill: Elsewhere(tallies={"contacts": 6})}


def test_people_asked_back_on_another_tablet_are_told_at_their_stop_only(shift_on_both: Shift):
    shift = shift_on_both
    asked = {"service": "harm_reduction", "people": 4, "from_days": 1, "until_days": 7}
    send(shift, ONE, [tap(50, "come.back", shift.mill, asked), tap(51, "come.back", shift.yard, asked)])
    send(shift, TWO, [tap(52, "come.back", shift.mill, asked)])
    told = elsewhere(shift, TWO)
    assert {stop: each.tallies["asked_back"] for stop, each in told.items()} == {shift.mill: 4, shift.yard: 4}


def test_who_does_not_say_which_tablet_asks_is_told_nothing_of_others(shift: Shift):
    """Nobody could tell then what of it is the tablet's own."""
    send(shift, ONE, list(morning(shift)))
    assert elsewhere(shift, None) == {}
