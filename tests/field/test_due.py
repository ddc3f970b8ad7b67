"""Crews ask people to come back: a number, a service and a window, never who. Sent twice it counts once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from outreach.field import sync
from outreach.field.sync import Receipt
from outreach.plan import due
from tests.shift import NINE, Shift, tap, uid

LATER = NINE + timedelta(hours=6)


def asked_back(number: int, stop: str, people: int = 1, first: int = 6, last: int = 8) -> dict[str, object]:
    back = {"service": "moud", "people": people, "from_days": first, "until_days": last}
    return tap(number, "come.back", stop, back)


def send(shift: Shift, batch: Sequence[object]) -> list[Receipt]:
    with shift.town.store.transaction() as session:
        return sync.receive(session, shift.town.programme_id, shift.crew, "tablet-1", batch, LATER)


def waiting(shift: Shift) -> list[tuple[int, str, int, int, int]]:
    """Site, service, first and last day counted from the Monday, and how many."""
    town = shift.town
    with town.store.reading() as session:
        rows = due.listed(session, town.programme_id, town.monday)
    days = [(row.from_date - town.monday, row.until_date - town.monday) for row in rows]
    return [
        (row.site_id, row.service, first.days, last.days, row.people)
        for row, (first, last) in zip(rows, days, strict=True)
    ]


def test_whoever_is_asked_back_is_due_at_the_stops_site(shift_on_both: Shift):
    shift = shift_on_both
    send(shift, [asked_back(1, shift.mill), asked_back(2, shift.mill, people=2, first=1, last=3)])
    mill = shift.town.sites["mill"]
    assert waiting(shift) == [(mill, "moud", 1, 3, 2), (mill, "moud", 6, 8, 1)]


def test_a_tap_sent_twice_asks_nobody_twice(shift_on_both: Shift):
    batch = [asked_back(1, shift_on_both.mill)]
    send(shift_on_both, batch)
    send(shift_on_both, batch)
    assert [people for *_, people in waiting(shift_on_both)] == [1]


@pytest.mark.parametrize("backwards", [False, True])
def test_what_is_taken_back_asks_nobody_in_whatever_order_it_comes(shift_on_both: Shift, backwards: bool):
    shift = shift_on_both
    tapped, taken_back = asked_back(1, shift.mill), tap(2, "void", shift.mill, replaces=uid(1001))
    for one in (taken_back, tapped) if backwards else (tapped, taken_back):
        send(shift, [one])
    assert waiting(shift) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"service": "surgery"},
        {"people": 0},
        {"people": 1.5},
        {"from_days": 0},
        {"until_days": 5},
        {"until_days": 10**9},
        {"service": None},
    ],
)
def test_what_cannot_be_understood_is_held_and_asks_nobody(shift: Shift, wrong: dict[str, object]):
    body = asked_back(1, shift.mill)
    assert isinstance(body["payload"], dict)
    [receipt] = send(shift, [body | {"payload": body["payload"] | wrong}])
    assert (receipt.state, receipt.code) == ("held", "bad-payload")
    assert waiting(shift) == []
