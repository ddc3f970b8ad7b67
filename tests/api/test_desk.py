"""Whose turn it is, and what is remembered between requests."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from api.attempts import REMEMBERED, Attempts, TooManyAttempts
from api.desk import Turns
from api.problems import ComeBack
from api.remembered import RememberedRoads
from tests.api.conftest import STILL


def test_beyond_the_queue_people_are_told_to_come_back() -> None:
    async def crowded() -> list[str]:
        turns, told = Turns(1, queue=1), []

        async def ask(name: str) -> None:
            try:
                async with turns.turn():
                    await anyio.sleep(0.01)
                    told.append(f"{name} served")
            except ComeBack as error:
                told.append(f"{name} {error.status}")

        async with anyio.create_task_group() as group:
            for name in ("first", "second", "third"):
                group.start_soon(ask, name)
        return told

    assert anyio.run(crowded) == ["third 503", "first served", "second served"]


def test_wrong_passwords_are_forgiven_after_the_window() -> None:
    attempts = Attempts()
    for _ in range(8):
        attempts.failed("crew", "10.0.0.1", STILL)
    with pytest.raises(TooManyAttempts):
        attempts.check("CREW ", "10.0.0.1", STILL + timedelta(minutes=4))
    attempts.check("crew", "10.0.0.2", STILL)
    attempts.check("crew", "10.0.0.1", STILL + timedelta(minutes=6))


def test_one_address_cannot_try_every_name() -> None:
    attempts = Attempts()
    for number in range(40):
        attempts.failed(f"name-{number}", "10.0.0.1", STILL)
    with pytest.raises(TooManyAttempts):
        attempts.check("somebody-new", "10.0.0.1", STILL)


def test_what_is_remembered_of_strangers_is_bounded() -> None:
    attempts = Attempts()
    for number in range(REMEMBERED + 50):
        attempts.failed(f"name-{number}", f"address-{number}", STILL)
    assert len(attempts._failed) == REMEMBERED


def test_a_way_is_found_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    roads = RememberedRoads.open(tmp_path)
    first = roads.drive_route((-71.1, 42.3), (-71.0, 42.3))
    assert roads.drive_route((-71.1, 42.3), (-71.0, 42.3)) is first
    assert roads.drive_route((-71.0, 42.3), (-71.1, 42.3)) == first[::-1]
