"""However a tablet's events arrive, in whatever order and how often, the office ends up with the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.field import elsewhere, events, sync, visits
from outreach.field.events import Event
from outreach.field.visits import Tally, Visit
from outreach.plan.stock import StockEntry
from outreach.risk.presence import Presence
from tests.shift import NINE, Shift, begin, tap, uid
from tests.town import Town

LATER = NINE + timedelta(hours=9)
STOPS = (uid(1), uid(2), uid(3), uid(99))
"""The last one was never published."""
TABLETS = ("tablet-1", "tablet-2", "tablet-3")


class _UndoError(Exception):
    """Ends a trial: nothing of it is kept."""


@pytest.fixture
def shift(town: Town) -> Shift:
    """A published Monday."""
    return begin(town)


minutes = st.integers(-30, 400).map(lambda m: NINE + timedelta(minutes=m))
kinds = st.one_of(
    st.tuples(st.sampled_from(["stop.arrived", "stop.left"]), st.just({})),
    st.tuples(st.just("stop.skipped"), st.sampled_from([{"reason": "weather"}, {"reason": "other"}, {}])),
    st.tuples(
        st.just("tally"),
        st.fixed_dictionaries(
            {
                "item": st.sampled_from(["naloxone_kits", "syringes_in", "contacts"]),
                "quantity": st.integers(1, 40) | st.just(0),
            }
        ),
    ),
    st.tuples(st.just("overdose.response"), st.just({"naloxone_doses": 2, "survived": True})),
    st.tuples(st.just("void"), st.just({})),
    st.tuples(st.just("schedule.seen"), st.just({"version": 1})),
)


@st.composite
def days(draw: st.DrawFn) -> list[dict[str, object]]:
    """Up to twelve events with ids of their own; some take others back, before or after them."""
    drawn = draw(st.lists(st.tuples(kinds, st.sampled_from(STOPS), minutes), min_size=2, max_size=12))
    names = st.integers(0, len(drawn) - 1).map(lambda number: uid(1000 + number))
    return [
        tap(number, kind, stop, dict(payload), at=at, replaces=draw(_replaced(kind, names)))
        for number, ((kind, payload), stop, at) in enumerate(drawn)
    ]


def _replaced(kind: str, names: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    """A void always takes something back, anything else now and then."""
    return names if kind == "void" else st.none() | st.none() | names


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[dict[str, object]], list[list[dict[str, object]]]]:
    """A day's events, and the batches in which they arrive: shuffled, repeated, cut anywhere."""
    day = draw(days())
    again = draw(st.lists(st.sampled_from(day), max_size=8))
    order = draw(st.permutations([*day, *again]))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=5)))
    edges = [0, *cuts, len(order)]
    return day, [list(order[a:b]) for a, b in pairwise(edges)]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries())
def test_any_order_cut_and_repetition_gives_the_same_visits(
    shift: Shift, delivery: tuple[list[dict[str, object]], list[list[dict[str, object]]]]
):
    day, batches = delivery
    with trial(shift) as session:
        receive(session, shift, day)
        expected = picture(session)
    with trial(shift) as session:
        for batch in batches:
            receive(session, shift, batch)
        assert picture(session) == expected


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries())
def test_every_event_with_a_receipt_is_there_and_the_ledger_balances(
    shift: Shift, delivery: tuple[list[dict[str, object]], list[list[dict[str, object]]]]
):
    _, batches = delivery
    with trial(shift) as session:
        for batch in batches:
            receipts = receive(session, shift, batch)
            assert [receipt.id for receipt in receipts] == [sent["id"] for sent in batch]
            for receipt in receipts:
                [kept] = events.named(session, shift.town.programme_id, [receipt.id])
                assert kept.sequence == receipt.sequence
                assert kept.state == ("held" if receipt.state == "held" else "stored")
        numbers = session.scalars(select(Event.sequence).order_by(Event.sequence)).all()
        assert list(numbers) == list(range(1, len(numbers) + 1))
        for supply, counter, sign in (
            ("naloxone_kits", "naloxone_kits", -1),
            ("used_syringes", "syringes_in", 1),
        ):
            moved = session.scalar(select(func.sum(StockEntry.delta)).where(StockEntry.supply == supply))
            counted = session.scalar(
                select(func.sum(Tally.quantity)).where(Tally.counter == counter, Tally.voided.is_(False))
            )
            assert (moved or 0) == sign * (counted or 0)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries())
def test_what_tablets_are_told_of_each_other_stands_in_nobodys_own(
    shift: Shift, delivery: tuple[list[dict[str, object]], list[list[dict[str, object]]]]
):
    """Each of three tablets sends its events in any order and again: what is counted is told to two of them,
    once, and never to the third, which shows it as its own."""
    _, batches = delivery
    with trial(shift) as session:
        for batch in batches:
            for tablet in TABLETS:
                own = [sent for sent in batch if TABLETS[int(str(sent["id"])[-1], 16) % 3] == tablet]
                receive(session, shift, own, tablet)
        told: Counter[tuple[str, str]] = Counter()
        for tablet in TABLETS:
            others = elsewhere.recorded(session, shift.town.programme_id, STOPS, tablet)
            told.update({(uid, c): n for uid, each in others.items() for c, n in each.tallies.items()})
        found = list(session.scalars(select(Visit)))
        counted = visits.counted(session, shift.town.programme_id, found)
        assert told == Counter({(v.stop_uid, c): 2 * n for v in found for c, n in counted[v.id].items()})


def receive(
    session: Session, shift: Shift, batch: Sequence[object], device: str = TABLETS[0]
) -> list[sync.Receipt]:
    return sync.receive(session, shift.town.programme_id, shift.crew, device, batch, LATER)


def picture(session: Session) -> dict[str, object]:
    """Everything the office knows, without the numbers it gave in passing."""
    found = session.scalars(select(Visit).order_by(Visit.stop_uid)).all()
    counted = visits.counted(session, found[0].programme_id, found) if found else {}
    stood = {visit.id: visit.stop_uid for visit in found}
    return {
        "events": set(session.execute(select(Event.uid, Event.digest, Event.state))),
        "visits": [
            (v.stop_uid, v.outcome, v.reason, v.arrived_at, v.left_at, v.starts, v.ends, counted[v.id])
            for v in found
        ],
        "tallies": set(session.execute(select(Tally.event_uid, Tally.counter, Tally.quantity, Tally.voided))),
        "stock": {
            (van, supply): total
            for van, supply, total in session.execute(
                select(StockEntry.van_id, StockEntry.supply, func.sum(StockEntry.delta)).group_by(
                    StockEntry.van_id, StockEntry.supply
                )
            )
            if total
        },
        "presence": {
            (stood[p.visit_id], p.starts, p.ends, p.contacts) for p in session.scalars(select(Presence))
        },
    }


@contextmanager
def trial(shift: Shift) -> Iterator[Session]:
    """A transaction that leaves nothing behind."""
    try:
        with shift.town.store.transaction() as session:
            yield session
            raise _UndoError
    except _UndoError:
        pass
