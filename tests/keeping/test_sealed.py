"""Words that may say something of a person lie sealed in the database, and open where they belong only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from outreach import accounts, factors, participants
from outreach.accounts import Account
from outreach.errors import Refused
from outreach.keeping import sealed
from outreach.keys import KeyRing
from outreach.participants import Participant
from outreach.plan import absences, versions
from outreach.plan.absences import Absence
from outreach.plan.versions import PlannedStop, ShiftPlan, Version
from outreach.risk import alerts
from outreach.risk.alerts import Alert
from outreach.store import Store, open_store
from tests.town import Town

SECRET = "migraine again, says Ana"


def _absent(session: Session, town: Town, now: datetime) -> Absence:
    ana, day = town.staff["ana"], town.monday
    return absences.mark(session, town.programme_id, "staff", ana, day, day, SECRET, actor="dora", now=now)


def _alarmed(session: Session, town: Town, now: datetime) -> Alert:
    days = {"starts": town.monday, "ends": town.monday + timedelta(6)}
    place = {"lon": -71.08, "lat": 42.33, "radius_m": 1000.0, "factor": 2.0}
    return alerts.enter(session, town.programme_id, kind="community", **place, **days, now=now, note=SECRET)  # type: ignore[arg-type]


def _bridged(session: Session, town: Town, now: datetime) -> PlannedStop:
    whose = {"programme_id": town.programme_id, "date": town.monday}
    stop = PlannedStop(
        **whose, uid="u", site_id=town.sites["mill"], sequence=1, arrive=535, starts=540, ends=600, leave=605
    )
    duty = ShiftPlan(**whose, van_id=town.vans["one"], depart=500, back=700, stops=[stop])
    version = Version(
        programme_id=town.programme_id, from_date=town.monday, until_date=town.monday, created_at=now,
        shifts=[duty],
    )  # fmt: skip
    versions.keep(session, version)
    versions.bridged(session, stop, SECRET, SECRET)
    return stop


def _published(session: Session, town: Town, now: datetime) -> Version:
    days = {"from_date": town.monday, "until_date": town.monday}
    version = Version(programme_id=town.programme_id, **days, created_at=now, shifts=[])
    versions.keep(session, version)
    versions.annotate(session, version, SECRET)
    return version


def _noted(session: Session, town: Town, now: datetime) -> Participant:
    person = participants.met(session, town.programme_id, "silent river", now.date())
    participants.write(session, person, SECRET)
    return person


WRITTEN: dict[str, tuple[Callable[[Session, Town, datetime], object], str, str]] = {
    "reasons of absences": (_absent, "absences", "reason"),
    "notes of alerts": (_alarmed, "alerts", "note"),
    "bridges over stops given up": (_bridged, "planned_stops", "bridge"),
    "who tells people of them": (_bridged, "planned_stops", "contact"),
    "notes of published plans": (_published, "versions", "note"),
    "words about participants": (_noted, "participants", "note"),
}


def _all_cells(store: Store) -> str:
    with store.engine.connect() as connection:
        tables = ("absences", "alerts", "planned_stops", "versions", "participants", "audit_entries")
        return "\n".join(str(row) for t in tables for row in connection.execute(text(f"SELECT * FROM {t}")))


@pytest.mark.parametrize("what", WRITTEN)
def test_the_database_keeps_no_clear_word_and_opens_it_for_who_has_the_key(
    town_on_both: Town, now: datetime, what: str
):
    town, (write, _, _) = town_on_both, WRITTEN[what]
    with town.store.transaction() as session:
        row = write(session, town, now)
    assert "migraine" not in _all_cells(town.store)
    with town.store.reading() as session:
        session.add(row)
        told = sealed.SEALED[what][1](session, row)
        assert told in (SECRET, (SECRET, SECRET))
        assert (sealed.count(session), sealed.shut(session)) == (2 if write is _bridged else 1, [])


@pytest.mark.parametrize("what", WRITTEN)
def test_a_lost_key_file_and_anothers_are_told_by_what_they_shut(
    town: Town, now: datetime, tmp_path: Path, what: str
):
    with town.store.transaction() as session:
        WRITTEN[what][0](session, town, now)
    other = open_store(town.store.url, keys=tmp_path / "other.db")
    with other.reading() as session:
        assert what in sealed.shut(session), "there is no key file"
        KeyRing(tmp_path / "other.db").make(f"p{town.programme_id}/words")
        assert what in sealed.shut(session), "a new one took its place"
    other.close()


@pytest.mark.parametrize("what", [name for name in WRITTEN if name != "words about participants"])
def test_sealed_words_do_not_open_in_another_row_nor_do_plain_ones_pass_for_sealed(
    town: Town, now: datetime, what: str
):
    write, table, column = WRITTEN[what]
    with town.store.transaction() as session:
        write(session, town, now)
    moved = "uid = 'v'" if write is _bridged else "id = id + 1"
    for planted in (f"UPDATE {table} SET {moved}", f"UPDATE {table} SET {column} = 'plain'"):
        with town.store.engine.begin() as connection:
            connection.execute(text(planted))
        with town.store.reading() as session:
            row = session.query(sealed.SEALED[what][0].class_).one()
            with pytest.raises(Refused, match="Sealed words do not open"):
                sealed.SEALED[what][1](session, row)


def test_second_factors_are_among_what_is_sealed(town: Town, tmp_path: Path):
    with town.store.transaction() as session:
        mia = accounts.create(session, town.programme_id, "mia", "Mia", "manager", "four plain words")
        factors.offer(session, mia)
    with town.store.reading() as session:
        assert (sealed.count(session), sealed.shut(session)) == (1, [])
    with town.store.transaction() as session:
        session.execute(update(Account).values(factor="sealed1:installation/factors:AAAA"))
    with town.store.reading() as session:
        assert sealed.shut(session) == ["second factors"]
