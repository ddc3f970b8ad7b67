"""Retention: each class for as long as the pack says; a dry run changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from outreach import accounts, audit, devices, participants, sessions
from outreach.accounts import Account
from outreach.devices import Enrolment
from outreach.errors import Invalid
from outreach.field import sync
from outreach.field.events import Event
from outreach.keeping.retention import CLASSES, retain
from outreach.participants import Participant
from outreach.plan import absences, due
from outreach.plan.absences import Absence
from outreach.plan.due import Due as PeopleDue
from outreach.policies import Policy
from outreach.risk import feeds
from outreach.risk.incidents import Incident
from outreach.sessions import LoginSession
from outreach.store import open_store
from tests.town import Town, build

LONG_AGO = timedelta(days=4000)


@pytest.fixture
def old(store_url: str, tmp_path: Path, now: datetime) -> Iterator[Town]:
    """A town where everything happened long ago, and once more yesterday."""
    store = open_store(store_url, keys=tmp_path / "keys.db")
    town = build(store, tmp_path / "city")
    for number, moment in enumerate((now - LONG_AGO, now - timedelta(days=1))):
        _live(town, number, moment)
    yield town
    store.close()


def _live(town: Town, number: int, moment: datetime) -> None:
    pid, day = town.programme_id, moment.date()
    with town.store.transaction() as session:
        who = accounts.create(session, pid, f"cem{number}", f"Cem {number}", "crew", "four plain words")
        sessions.sign_in(session, who, moment)
        accounts.close(session, who, actor="ada", now=moment)
        devices.offer(session, pid, "Tablet", actor="ada", now=moment)
        absences.mark(session, pid, "van", town.vans["one"], day, day, "brakes", actor="ada", now=moment)
        due.add(session, pid, town.sites["mill"], "moud", day, day, 2, actor="ada", now=moment)
        participants.met(session, pid, f"code number {number}", day)
        session.add(_incident(session, town, moment))
        tap = {"id": f"01932c6e-5b7a-7c3e-8f10-00000000000{number}", "kind": "unheard of", "payload": {}}
        sync.receive(session, pid, who.id, "tablet-1", [tap], moment)


def _incident(session, town: Town, moment: datetime) -> Incident:  # noqa: ANN001
    feed = feeds.register(session, town.programme_id, "ems", kind="ems")
    session.flush()
    return Incident(
        programme_id=town.programme_id,
        feed_id=feed.id,
        fingerprint=f"{moment.timestamp():.0f}",
        occurred_at=moment,
        received_at=moment,
        local_date=moment.date(),
        minute=600,
        lon=-71.08,
        lat=42.33,
        cell="892a3066a3bffff",
        precision_m=50.0,
        weight=1.0,
    )


def _count(town: Town) -> dict[str, int]:
    kinds = (LoginSession, Enrolment, Absence, PeopleDue, Incident, Event, Participant, Account)
    with town.store.reading() as session:
        return {k.__name__: session.scalar(select(func.count()).select_from(k)) or 0 for k in kinds}


def _retained(town: Town, now: datetime, *, dry_run: bool, policy: Policy | None = None) -> dict[str, int]:
    with town.store.transaction() as session:
        due = retain(
            session, town.programme_id, policy or Policy.load(), actor="ada", now=now, dry_run=dry_run
        )
    return {one.name: one.count for one in due}


ONE_OF_EACH = {
    "sessions": 1,
    "enrolments": 1,
    "held_events": 1,
    "absences": 1,
    "people_due": 1,
    "participants": 1,
    "incidents": 1,
    "closed_accounts": 1,
}


def test_a_dry_run_says_what_would_go_and_changes_nothing(old: Town, now: datetime):
    before = _count(old)
    assert _retained(old, now, dry_run=True) == ONE_OF_EACH
    assert _count(old) == before


def test_what_is_past_its_time_goes_and_the_rest_stays(old: Town, now: datetime):
    assert _retained(old, now, dry_run=False) == ONE_OF_EACH
    after = _count(old)
    assert {name: after[name] for name in ("LoginSession", "Enrolment", "Absence", "Incident")} == {
        "LoginSession": 1,
        "Enrolment": 1,
        "Absence": 1,
        "Incident": 1,
    }
    assert (after["Event"], after["Participant"], after["Account"]) == (2, 2, 2)
    with old.store.reading() as session:
        bodies = session.scalars(select(Event.body).order_by(Event.sequence)).all()
        assert (bodies[0], "unheard of" in bodies[1]) == ("{}", True)
        people = session.scalars(select(Participant).order_by(Participant.id)).all()
        assert [person.erased_at is None for person in people] == [False, True]
        assert session.scalars(select(Account.name).order_by(Account.id)).all() == ["cem0", "Cem 1"]
        assert audit.verify(session).whole
        assert audit.latest(session, old.programme_id)[0].act == "retention.applied"


def test_a_second_time_finds_nothing_more(old: Town, now: datetime):
    _retained(old, now, dry_run=False)
    assert set(_retained(old, now, dry_run=False).values()) == {0}


def test_a_day_before_its_time_nothing_goes(old: Town, now: datetime):
    """The planted fault would be a wrong sign."""
    days = dict.fromkeys(CLASSES, LONG_AGO.days + 1)
    kept = _retained(old, now, dry_run=False, policy=replace(Policy.load(), retention_days=days))
    assert set(kept.values()) == {0}


def test_a_class_that_there_is_not_is_named(old: Town, now: datetime):
    policy = replace(Policy.load(), retention_days={"names": 3})
    with pytest.raises(Invalid, match="names"):
        _retained(old, now, dry_run=True, policy=policy)


@pytest.mark.parametrize("pack", ["massachusetts", "rhode_island"])
def test_every_pack_says_how_long_each_class_is_kept(pack: str):
    assert Policy.load(pack).retention_days.keys() == CLASSES.keys()


def test_the_two_jurisdictions_differ_by_data_alone():
    assert Policy.load("massachusetts").retention_days["participants"] == 1095
    assert Policy.load("rhode_island").retention_days["participants"] == 730
    assert Policy.load().part2_notice(date(2024, 4, 15)) != Policy.load().part2_notice(date(2024, 4, 16))
