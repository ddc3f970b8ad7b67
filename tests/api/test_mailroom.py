"""Where tablets hand in their batches: as many may wait as there is room for, and no answer is lost."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest
from fastapi import FastAPI

from api import mailroom
from api.mailroom import Mailroom
from tests.api.conftest import House
from tests.shift import tally

SENDERS = 6


def test_who_comes_when_too_many_wait_is_told_to_come_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailroom, "TABLETS", 2)
    room = Mailroom(house.town.store)
    cast(FastAPI, house.app).state.mailroom = room
    browser, writing = house.browser("crew"), threading.Event()
    room._inbox._writer.submit(writing.wait)

    def send(number: int) -> tuple[int, str]:
        body = {"device": f"tablet-{number}", "events": [tally(number, "x", "contacts", 1)]}
        answer = browser.post("/api/v1/crew/events", json=body)
        if answer.status_code == 503:
            writing.set()  # all places are taken: the others may go on
        return answer.status_code, answer.headers.get("Retry-After", "")

    with ThreadPoolExecutor(SENDERS) as pool:
        told = list(pool.map(send, range(SENDERS)))
    room.close()
    assert {status for status, _ in told} == {200, 503}
    assert all(seconds for status, seconds in told if status == 503)


def test_what_was_loaded_by_the_start_is_not_looked_through_for_garbage(house: House) -> None:
    assert house.browser("crew").get("/api/v1/session").status_code == 200
    assert gc.get_freeze_count() > 10_000
