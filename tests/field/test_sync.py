"""What becomes of an event: stored once, known already, or held whole; and what it adds up to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from outreach import accounts, audit
from outreach.errors import Conflict, Invalid
from outreach.field import bulk, events, sorting, sync, visits
from outreach.field.events import Event
from outreach.field.sync import Receipt
from outreach.plan import stock
from outreach.risk import presence
from tests.field.test_taps import STRANGE
from tests.shift import NINE, Planned, Shift, morning, publish, tally, tap, uid

LATER = NINE + timedelta(hours=6)


def send(shift: Shift, batch: Sequence[object], account: int | None = None) -> list[Receipt]:
    with shift.town.store.transaction() as session:
        who = shift.crew if account is None else account
        return sync.receive(session, shift.town.programme_id, who, "tablet-1", batch, LATER)


def counts(shift: Shift, stop: str) -> dict[str, int]:
    with shift.town.store.reading() as session:
        found = visits.of_stops(session, shift.town.programme_id, [stop])
        return dict(visits.counted(session, shift.town.programme_id, found)[found[0].id]) if found else {}


def test_a_morning_at_the_mill_becomes_a_visit(shift_on_both: Shift):
    shift = shift_on_both
    receipts = send(shift, list(morning(shift)))
    assert {receipt.state for receipt in receipts} == {"stored"}
    assert [receipt.sequence for receipt in receipts] == list(range(1, 12))
    with shift.town.store.reading() as session:
        found = {
            v.stop_uid: v for v in visits.of_stops(session, shift.town.programme_id, [shift.mill, shift.yard])
        }
        mill, yard = found[shift.mill], found[shift.yard]
    assert (mill.outcome, mill.starts, mill.ends) == (
        "served",
        NINE + timedelta(minutes=5),
        NINE + timedelta(hours=2),
    )
    assert (yard.outcome, yard.reason, yard.starts) == ("skipped", "weather", None)
    assert counts(shift, shift.mill) == {
        "contacts": 12,
        "naloxone_kits": 3,
        "syringes_out": 40,
        "syringes_in": 25,
    }


def test_a_visit_sent_twice_is_stored_once(shift_on_both: Shift):
    batch = list(morning(shift_on_both))
    first = send(shift_on_both, batch)
    again = send(shift_on_both, batch)
    assert {receipt.state for receipt in again} == {"already"}
    assert [receipt.sequence for receipt in again] == [receipt.sequence for receipt in first]
    assert counts(shift_on_both, shift_on_both.mill)["contacts"] == 12


def test_an_event_twice_in_one_batch_is_stored_once(shift_on_both: Shift):
    twin = tally(1, shift_on_both.mill, "contacts", 2)
    assert [r.state for r in send(shift_on_both, [twin, dict(reversed(twin.items()))])] == [
        "stored",
        "already",
    ]
    assert counts(shift_on_both, shift_on_both.mill) == {"contacts": 2}


def test_the_same_id_with_other_content_is_held_and_both_bodies_are_kept(shift_on_both: Shift):
    shift = shift_on_both
    send(shift, [tally(1, shift.mill, "contacts", 2)])
    [receipt] = send(shift, [tally(1, shift.mill, "contacts", 3)])
    assert (receipt.state, receipt.code) == ("held", "other-content")
    assert counts(shift, shift.mill) == {"contacts": 2}
    [again] = send(shift, [tally(1, shift.mill, "contacts", 3)])
    assert (again.state, again.sequence) == ("held", receipt.sequence)
    with shift.town.store.reading() as session:
        kept = session.scalars(select(Event).order_by(Event.sequence)).all()
    assert [json.loads(event.body)["payload"]["quantity"] for event in kept] == [2, 3]


def test_of_two_contents_under_one_id_in_one_batch_the_first_counts(shift_on_both: Shift):
    shift = shift_on_both
    twins = [tally(1, shift.mill, "contacts", 2), tally(1, shift.mill, "contacts", 3)]
    assert [receipt.state for receipt in send(shift, twins)] == ["stored", "held"]
    assert counts(shift, shift.mill) == {"contacts": 2}


def test_what_cannot_be_counted_is_held_whole_and_keeps_nothing_else_out(shift_on_both: Shift):
    shift = shift_on_both
    receipts = send(shift, [*STRANGE.values(), tally(1, shift.mill, "contacts", 4)])
    assert [receipt.state for receipt in receipts] == ["held"] * len(STRANGE) + ["stored"]
    assert {receipt.reason for receipt in receipts[:-1]} <= set(sorting.WHY_HELD.values())
    "".join(receipt.id for receipt in receipts).encode()
    assert counts(shift, shift.mill) == {"contacts": 4}
    with shift.town.store.reading() as session:
        kept = [event.body for event in events.held(session, shift.town.programme_id)]
    assert kept == [
        json.dumps(strange, sort_keys=True, separators=(",", ":")) for strange in STRANGE.values()
    ]


@pytest.mark.parametrize("state", ["stored", "held"])
def test_the_database_itself_refuses_to_store_or_hold_an_event_twice(shift_on_both: Shift, state: str):
    shift = shift_on_both
    send(shift, [tally(1, shift.mill, "contacts", 1 if state == "stored" else -1)])
    with shift.town.store.transaction() as session:
        kept = session.scalars(select(Event)).one()
        assert kept.state == state
        names = [column.name for column in Event.__table__.columns if not column.primary_key]
        again = {name: getattr(kept, name) for name in names} | {"sequence": kept.sequence + 1}
        with pytest.raises(IntegrityError):
            events.store(session, [again])
        session.rollback()


def test_ids_with_any_sign_in_them_are_looked_for_as_they_are(shift_on_both: Shift):
    shift = shift_on_both
    odd = ["a,b", '{"', "'; --", "\\", "é\u2028", "{a,b}", "NULL"]
    with shift.town.store.reading() as session:
        told = select(Event.id).where(bulk.among(session, Event.subject, odd))
        assert session.scalars(told).all() == []
    held = [
        tap(10 + n, "tally", subject, {"item": "contacts", "quantity": 1}) for n, subject in enumerate(odd)
    ]
    assert {receipt.code for receipt in send(shift, held)} == {"unknown-stop"}
    with shift.town.store.reading() as session:
        for subject in odd:
            told = select(Event.subject).where(bulk.among(session, Event.subject, [subject]))
            assert session.scalars(told).all() == [subject]


def test_endless_nesting_and_endless_numbers_are_held_whole(shift: Shift):
    deep: list[object] = []
    for _ in range(50_000):
        deep = [deep]
    endless = tally(1, shift.mill, "contacts", 10**5000)
    receipts = send(shift, [{**tally(2, shift.mill, "contacts", 1), "payload": deep}, endless])
    assert [receipt.state for receipt in receipts] == ["held", "held"]
    with shift.town.store.reading() as session:
        bodies = [event.body for event in events.held(session, shift.town.programme_id)]
    assert any("[" * 50_000 in body for body in bodies)
    assert any(hex(10**5000) in body for body in bodies)


def test_words_a_newer_tablet_adds_are_kept_and_not_acted_on(shift: Shift):
    newer = {**tally(1, shift.mill, "contacts", 2), "mood": "\0 fine"}
    assert [receipt.state for receipt in send(shift, [newer])] == ["stored"]
    with shift.town.store.reading() as session:
        [kept] = session.scalars(select(Event)).all()
    assert json.loads(kept.body)["mood"] == "\0 fine"


def test_a_stop_nobody_published_is_held_until_it_is(shift_on_both: Shift):
    shift = shift_on_both
    stranger = uid(77)
    [receipt] = send(shift, [tally(1, stranger, "contacts", 2)])
    assert (receipt.state, receipt.reason) == ("held", "This stop is not in any published plan.")
    town = shift.town
    with town.store.transaction() as session, pytest.raises(Conflict):
        sync.reconsider(session, town.programme_id, receipt.sequence, "dispatch", LATER)
    with town.store.transaction() as session:
        publish(
            session,
            town,
            2,
            town.monday,
            town.monday,
            [Planned("east", "one", town.monday, 900, 960, stranger)],
        )
    with town.store.transaction() as session:
        sync.reconsider(session, town.programme_id, receipt.sequence, "dispatch", LATER)
    assert counts(shift, stranger) == {"contacts": 2}
    assert [r.state for r in send(shift, [tally(1, stranger, "contacts", 2)])] == ["already"]


def test_a_closed_account_can_still_hand_in_but_nothing_of_it_counts(shift_on_both: Shift):
    shift = shift_on_both
    with shift.town.store.transaction() as session:
        accounts.close(session, session.get_one(accounts.Account, shift.crew), actor="admin", now=LATER)
    receipts = send(shift, list(morning(shift)))
    assert {(receipt.state, receipt.code) for receipt in receipts} == {("held", "no-permission")}
    assert counts(shift, shift.mill) == {}


def test_a_manager_reads_and_does_not_log(shift: Shift):
    [receipt] = send(shift, [tally(1, shift.mill, "contacts", 1)], account=shift.manager)
    assert receipt.code == "no-permission"


def test_two_hundred_events_are_a_batch_and_one_more_is_not(shift: Shift):
    batch = [tally(number, shift.mill, "contacts", 1) for number in range(200)]
    assert len(send(shift, batch)) == 200
    with pytest.raises(Invalid):
        send(shift, [*batch, tally(200, shift.mill, "contacts", 1)])
    assert counts(shift, shift.mill) == {"contacts": 200}


def test_a_void_that_overtakes_its_event_still_takes_it_back(shift_on_both: Shift):
    shift = shift_on_both
    send(shift, [tap(2, "void", shift.mill, replaces=uid(1001))])
    send(shift, [tally(1, shift.mill, "naloxone_kits", 4)])
    assert counts(shift, shift.mill) == {}
    with shift.town.store.reading() as session:
        van = shift.town.vans["one"]
        assert stock.on_board(session, shift.town.programme_id, van)["naloxone_kits"] == 0


def test_a_correction_counts_instead_of_what_it_replaces(shift_on_both: Shift):
    shift = shift_on_both
    send(shift, [tally(1, shift.mill, "naloxone_kits", 40)])
    send(shift, [{**tally(2, shift.mill, "naloxone_kits", 4), "replaces": uid(1001)}])
    assert counts(shift, shift.mill) == {"naloxone_kits": 4}
    with shift.town.store.reading() as session:
        moves = session.execute(select(stock.StockEntry.delta).order_by(stock.StockEntry.id)).scalars().all()
    assert moves == [-40, 40, -4]


def test_a_held_event_takes_nothing_back(shift: Shift):
    send(shift, [tally(1, shift.mill, "contacts", 3)])
    [receipt] = send(
        shift, [tap(2, "tally", shift.mill, {"item": "sweets", "quantity": 1}, replaces=uid(1001))]
    )
    assert receipt.state == "held"
    assert counts(shift, shift.mill) == {"contacts": 3}


def test_a_voided_void_brings_nothing_back(shift: Shift):
    send(shift, [tally(1, shift.mill, "contacts", 3), tap(2, "void", shift.mill, replaces=uid(1001))])
    send(shift, [tap(3, "void", shift.mill, replaces=uid(1002))])
    assert counts(shift, shift.mill) == {}


def test_a_correction_may_move_a_count_to_another_stop(shift: Shift):
    send(shift, [tally(1, shift.mill, "contacts", 3)])
    send(shift, [{**tally(2, shift.yard, "contacts", 3), "replaces": uid(1001)}])
    assert (counts(shift, shift.mill), counts(shift, shift.yard)) == ({}, {"contacts": 3})


def test_what_is_counted_moves_the_vans_stock(shift_on_both: Shift):
    shift = shift_on_both
    send(shift, list(morning(shift)))
    with shift.town.store.reading() as session:
        held = stock.on_board(session, shift.town.programme_id, shift.town.vans["one"])
    assert held == {**dict.fromkeys(held, 0), "naloxone_kits": -3, "syringes": -40, "used_syringes": 25}


def test_presence_tells_risk_where_the_van_stood_and_whom_it_met(shift_on_both: Shift):
    shift = shift_on_both
    send(shift, [*morning(shift), tally(19, shift.mill, "could_not_provide", 2)])
    with shift.town.store.reading() as session:
        [stood] = presence.between(session, shift.town.programme_id, shift.town.monday, shift.town.monday)
    assert (stood.site_id, stood.contacts) == (shift.town.sites["mill"], 12)
    assert stood.could_not_provide == 2
    assert stood.ends - stood.starts == timedelta(hours=1, minutes=55)
    send(shift, [tap(20, "void", shift.mill, replaces=uid(1001))])
    with shift.town.store.reading() as session:
        assert presence.between(session, shift.town.programme_id, shift.town.monday, shift.town.monday) == []


def test_a_tablet_with_a_clock_days_off_is_believed_in_what_it_counts_not_when(shift: Shift):
    wrong = NINE + timedelta(days=400)
    send(shift, [tap(1, "stop.arrived", shift.mill, at=wrong), tally(2, shift.mill, "contacts", 3, at=wrong)])
    with shift.town.store.reading() as session:
        [visit] = visits.of_stops(session, shift.town.programme_id, [shift.mill])
        [event, *_] = session.scalars(select(Event).order_by(Event.sequence)).all()
    assert (visit.date, visit.starts, visit.ends) == (shift.town.monday, NINE, NINE + timedelta(hours=2))
    assert (event.occurred_at, event.received_at) == (wrong, LATER)


def test_every_batch_is_in_the_audit_without_what_was_counted(shift_on_both: Shift):
    shift = shift_on_both
    send(shift, [*morning(shift), "nonsense"])
    with shift.town.store.reading() as session:
        entry = audit.latest(session, shift.town.programme_id)[0]
        assert audit.verify(session).whole
    assert (entry.actor, entry.act, entry.subject) == ("crew", "visits.logged", "tablet-1")
    facts = json.loads(entry.body)
    assert (facts["stored"], facts["held"], facts["sequences"]) == (11, 1, [1, 12])
    assert set(facts["stops"]) == {shift.mill, shift.yard, shift.square}
    assert "contacts" not in entry.body


def test_a_batch_that_brings_nothing_new_leaves_no_trace(shift: Shift):
    send(shift, list(morning(shift)))
    with shift.town.store.reading() as session:
        before = audit.verify(session).count
    send(shift, list(morning(shift)))
    with shift.town.store.reading() as session:
        assert audit.verify(session).count == before


def test_the_epoch_stays_and_changes_after_a_restore(shift: Shift):
    pid = shift.town.programme_id
    with shift.town.store.reading() as session:
        assert events.epoch(session, pid) == "new"
    send(shift, [tally(1, shift.mill, "contacts", 1)])
    with shift.town.store.transaction() as session:
        first = events.epoch(session, pid)
        assert events.open_epoch(session, pid) == first
        assert events.open_epoch(session, pid, again=True) != first


def test_a_stored_event_without_a_kind_is_refused_by_the_database_itself(shift_on_both: Shift):
    from sqlalchemy.exc import IntegrityError

    nameless = Event(
        programme_id=shift_on_both.town.programme_id,
        uid=uid(1),
        digest="0" * 64,
        sequence=1,
        device="tablet-1",
        received_at=LATER,
        state="stored",
        body="{}",
    )
    with pytest.raises(IntegrityError), shift_on_both.town.store.transaction() as session:
        session.add(nameless)
