"""Many tablets, one writer: batches that wait together share a transaction, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from outreach import audit
from outreach.audit import Entry
from outreach.field import inbox as rooms
from outreach.field import sync
from outreach.field.events import Event
from outreach.field.inbox import Answer, Inbox
from outreach.field.sync import Parcel, Receipt
from outreach.store import Store
from tests.shift import NINE, Shift, tally


def parcel(shift: Shift, tablet: int, *, stop: str | None = None) -> Parcel:
    """One tap of a tablet."""
    tap = tally(100 + tablet, stop or shift.mill, "contacts", 1)
    return sync.parcel(shift.town.programme_id, shift.crew, f"tablet-{tablet}", [tap], NINE)


@contextmanager
def held_up(store: Store) -> Iterator[Inbox]:
    """An inbox whose writer waits until every batch was handed in."""
    inbox = Inbox(store)
    go = threading.Event()
    inbox._writer.submit(go.wait)
    yield inbox
    go.set()
    inbox.close()


def posted(store: Store, parcels: list[Parcel]) -> list[Future[Answer]]:
    """Hand them in so that they wait together; their answers, done."""
    with held_up(store) as inbox:
        answers = [inbox.post(each) for each in parcels]
    wait(answers)
    return answers


@contextmanager
def commits(store: Store) -> Iterator[list[object]]:
    """Every transaction that was committed."""
    found: list[object] = []
    note = found.append
    event.listen(store.engine, "commit", note)
    yield found
    event.remove(store.engine, "commit", note)


def test_batches_that_wait_together_are_one_transaction_and_each_is_audited(shift_on_both: Shift):
    store = shift_on_both.town.store
    with commits(store) as found:
        answers = posted(store, [parcel(shift_on_both, number) for number in range(5)])
    assert len(found) == 1
    assert [[r.state for r in each.result().receipts] for each in answers] == [["stored"]] * 5
    assert [each.result().receipts[0].sequence for each in answers] == [1, 2, 3, 4, 5]
    with store.reading() as session:
        asked = select(Entry.subject).where(Entry.act == "visits.logged").order_by(Entry.number)
        assert list(session.scalars(asked)) == [f"tablet-{number}" for number in range(5)]
        assert audit.verify(session).whole


def test_the_same_tap_in_two_waiting_batches_is_stored_once(shift_on_both: Shift):
    answers = posted(shift_on_both.town.store, [parcel(shift_on_both, 1), parcel(shift_on_both, 1)])
    assert [each.result().receipts[0].state for each in answers] == ["stored", "already"]


def test_a_batch_that_fails_takes_no_other_with_it(shift_on_both: Shift, monkeypatch: pytest.MonkeyPatch):
    def refuses_three(session: Session, parcels: list[Parcel]) -> list[list[Receipt]]:
        receipts = stored(session, parcels)
        if any(each.device == "tablet-3" for each in parcels):
            raise OperationalError("INSERT", {}, Exception("not this one"))
        return receipts

    stored = sync.receive_all
    monkeypatch.setattr(sync, "receive_all", refuses_three)
    answers = posted(shift_on_both.town.store, [parcel(shift_on_both, number) for number in range(5)])
    assert [each.exception() is None for each in answers] == [True, True, True, False, True]
    with shift_on_both.town.store.reading() as session:
        devices = session.scalars(select(Event.device).order_by(Event.sequence)).all()
    assert list(devices) == ["tablet-0", "tablet-1", "tablet-2", "tablet-4"]


def test_nobody_is_answered_before_the_commit(shift_on_both: Shift):
    store = shift_on_both.town.store
    seen: list[bool] = []
    with held_up(store) as inbox:
        answers = [inbox.post(parcel(shift_on_both, number)) for number in range(3)]

        def look(_: object) -> None:
            seen.extend(each.done() for each in answers)

        event.listen(store.engine, "commit", look)
    wait(answers)
    event.remove(store.engine, "commit", look)
    assert seen == [False] * 3


def test_a_line_too_long_for_one_transaction_is_cut(shift: Shift, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rooms, "MOST_EVENTS", 2)
    with commits(shift.town.store) as found:
        answers = posted(shift.town.store, [parcel(shift, number) for number in range(5)])
    assert len(found) == 3
    assert all(each.result().receipts[0].state == "stored" for each in answers)


def test_who_gave_up_waiting_holds_nobody_up(shift: Shift):
    with held_up(shift.town.store) as inbox:
        answers = [inbox.post(parcel(shift, number)) for number in range(3)]
        assert answers[0].cancel()
    assert [each.result(30).receipts[0].state for each in answers[1:]] == ["stored"] * 2
