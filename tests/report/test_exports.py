"""Rows leave the house by two people, under a notice, for whoever consents on the day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from outreach import accounts, audit, consents, disclosures, participants
from outreach.accounts import Account
from outreach.errors import Conflict, Invalid, Missing, Refused
from outreach.participants import Participant
from outreach.policies import Policy
from outreach.report import exports
from outreach.report.exports import Export, Wish
from outreach.store import Programme, open_store
from tests.town import Town, build

DAY = date(2026, 11, 21)
MIA, NED, CEM = 1, 2, 3
WISH = Wish("participants", "funder", "funder", "State grant office", "Yearly count", DAY, DAY)


@pytest.fixture
def keyed(store_url: str, tmp_path: Path, now: datetime) -> Iterator[Town]:
    """The tiny town with two managers, a crew member, and three participants: one consents."""
    store = open_store(store_url, keys=tmp_path / "keys.db")
    town = build(store, tmp_path / "city")
    with store.transaction() as session:
        for login, role in (("mia", "manager"), ("ned", "admin"), ("cem", "crew")):
            accounts.create(session, town.programme_id, login, login.title(), role, "four plain words")
        for code in ("the first", "the second", "the third"):
            participants.met(session, town.programme_id, code, DAY)
        for number, scope in ((1, "funder"), (2, "research")):
            person = session.get_one(Participant, number)
            consents.give(session, person, scope, today=DAY, policy=Policy.load(), actor="cem", now=now)
    yield town
    store.close()


def _asked(town: Town, now: datetime, wish: Wish = WISH) -> int:
    with town.store.transaction() as session:
        mia = session.get_one(Account, MIA)
        return exports.ask(session, town.programme_id, wish, mia, policy=Policy.load(), now=now).id


def _approved(town: Town, number: int, now: datetime, by: int = NED) -> None:
    with town.store.transaction() as session:
        who, policy = session.get_one(Account, by), Policy.load()
        exports.approve(session, town.programme_id, number, who, policy=policy, now=now)


def _handed(town: Town, number: int, now: datetime, to: int = MIA) -> list[str]:
    with town.store.transaction() as session:
        who, policy = session.get_one(Account, to), Policy.load()
        text = exports.hand_over(
            session, town.programme_id, number, who, policy=policy, today=now.date(), now=now
        )
    return text.splitlines()


def test_only_who_consents_is_in_it_under_the_notice_of_the_day(keyed: Town, now: datetime):
    number = _asked(keyed, now)
    _approved(keyed, number, now)
    notice, purpose, header, *rows = _handed(keyed, number, now)
    assert notice == "# 42 CFR part 2 prohibits unauthorized use or disclosure of these records."
    assert purpose == "# For State grant office: Yearly count"
    assert header == "person,first_seen_month,consent,given_on,expires_on"
    [row] = rows
    assert row.split(",")[1:] == ["2026-11", "funder", "2026-11-21", "2027-11-21"]


def test_a_file_of_a_demonstration_says_that_it_is_invented(keyed: Town, now: datetime):
    with keyed.store.transaction() as session:
        session.get_one(Programme, keyed.programme_id).demo = True
    number = _asked(keyed, now)
    _approved(keyed, number, now)
    assert "# SYNTHETIC: everything here is invented for a demonstration." in _handed(keyed, number, now)


def test_consent_is_looked_at_when_it_is_handed_over(keyed: Town, now: datetime):
    number = _asked(keyed, now)
    _approved(keyed, number, now)
    with keyed.store.transaction() as session:
        consents.revoke(session, session.get_one(Participant, 1), "funder", actor="cem", now=now)
    assert len(_handed(keyed, number, now)) == 3, "notice, purpose and header only"


def test_two_recipients_cannot_link_their_rows(keyed: Town, now: datetime):
    names = []
    for recipient in ("State grant office", "City grant office", "state grant Office"):
        number = _asked(keyed, now, replace(WISH, recipient=recipient))
        _approved(keyed, number, now)
        names.append(_handed(keyed, number, now)[3].split(",")[0])
    assert names[0] == names[2] != names[1]


def test_nobody_approves_what_they_asked_for(keyed: Town, now: datetime):
    number = _asked(keyed, now)
    with pytest.raises(Refused, match="Somebody else"):
        _approved(keyed, number, now, by=MIA)
    with pytest.raises(Refused, match="managers"):
        _approved(keyed, number, now, by=CEM)
    with pytest.raises(Conflict, match="approve"):
        _handed(keyed, number, now)


def test_the_database_refuses_one_person_too(keyed: Town, now: datetime):
    """The planted fault: a rule forgotten in the code."""
    number = _asked(keyed, now)
    with pytest.raises(IntegrityError), keyed.store.transaction() as session:
        session.execute(update(Export).where(Export.id == number).values(approved_by=MIA, approved_at=now))


def test_it_is_handed_over_once_to_who_asked_within_a_week(keyed: Town, now: datetime):
    one, two = _asked(keyed, now), _asked(keyed, now)
    for number in (one, two):
        _approved(keyed, number, now)
    with pytest.raises(Refused, match="Only who asked"):
        _handed(keyed, one, now, to=NED)
    _handed(keyed, one, now)
    with pytest.raises(Conflict):
        _handed(keyed, one, now)
    with pytest.raises(Conflict):
        _handed(keyed, two, now + exports.GOOD_FOR + timedelta(seconds=1))


@pytest.mark.parametrize("kind", ["police", "law_enforcement", "court", "", "immigration"])
def test_there_is_no_export_for_law_enforcement(keyed: Town, now: datetime, kind: str):
    with pytest.raises(Refused, match="law enforcement"):
        _asked(keyed, now, replace(WISH, recipient_kind=kind))


@pytest.mark.parametrize(
    "said",
    [
        {"recipient": "Boston Police Department"},
        {"recipient": "F.B.I., Boston office"},
        {"recipient": "Policia de Lawrence"},
        {"recipient": "SUFFOLK COUNTY SHERIFF'S OFFICE"},
        {"purpose": "warrant 12"},
        {"purpose": "As the Fiscalía asked"},
        {"purpose": "Under a court-order of May"},
    ],
)
def test_law_enforcement_gets_no_rows_under_another_kind(keyed: Town, now: datetime, said: dict[str, str]):
    with pytest.raises(Refused, match="never go to law enforcement") as refused:
        _asked(keyed, now, replace(WISH, **said))
    assert refused.value.code == "law-enforcement"
    assert "docs/privacy.md" in refused.value.message


def _older(town: Town, number: int, **said: str) -> None:
    """As if it had been written before such words were refused."""
    with town.store.transaction() as session:
        session.execute(update(Export).where(Export.id == number).values(**said))


@pytest.mark.parametrize(
    "said", [{"recipient": "State police"}, {"purpose": "A subpoena"}, {"recipient_kind": "court"}]
)
def test_what_was_asked_for_before_a_word_was_refused_goes_no_further(
    keyed: Town, now: datetime, said: dict[str, str]
):
    asked, approved = _asked(keyed, now), _asked(keyed, now)
    _approved(keyed, approved, now)
    for number in (asked, approved):
        _older(keyed, number, **said)
    with pytest.raises(Refused, match="law enforcement"):
        _approved(keyed, asked, now)
    with pytest.raises(Refused, match="law enforcement"):
        _handed(keyed, approved, now)
    with keyed.store.reading() as session:
        assert exports.found(session, keyed.programme_id, asked).approved_at is None
        assert exports.found(session, keyed.programme_id, approved).handed_at is None
        assert disclosures.of(session, session.get_one(Participant, 1)) == []


@pytest.mark.parametrize("said", ["Office of Policy", "Health services", "Notice of fiscal year", "Price"])
def test_a_word_within_another_is_no_law_enforcement(keyed: Town, now: datetime, said: str):
    assert _asked(keyed, now, replace(WISH, recipient=said, purpose=said))


def test_who_it_is_about_can_ask_where_it_went(keyed: Town, now: datetime):
    number = _asked(keyed, now)
    _approved(keyed, number, now)
    _handed(keyed, number, now)
    with keyed.store.reading() as session:
        told = {n: disclosures.of(session, session.get_one(Participant, n)) for n in (1, 2, 3)}
    assert [(one.recipient, one.purpose, one.at) for one in told[1]] == [
        ("State grant office", "Yearly count", now)
    ]
    assert told[2] == told[3] == []


def test_the_audit_has_every_step_and_no_content(keyed: Town, now: datetime):
    number = _asked(keyed, now)
    _approved(keyed, number, now)
    row = _handed(keyed, number, now)[-1]
    with keyed.store.reading() as session:
        entries = [e for e in audit.latest(session, keyed.programme_id) if e.act.startswith("export.")]
    assert [e.act for e in entries] == ["export.handed_over", "export.approved", "export.asked"]
    assert [e.actor for e in entries] == ["mia", "ned", "mia"]
    assert '"rows":1' in entries[0].body
    assert not any(row.split(",")[0] in e.body or "grant office" in e.body for e in entries)


def test_visits_leave_row_by_row_the_same_way(keyed: Town, now: datetime):
    number = _asked(keyed, now, Wish("visits", None, "health_department", "DPH", "Audit", DAY, DAY))
    _approved(keyed, number, now)
    assert _handed(keyed, number, now)[2].startswith("date,site,outcome,contacts,naloxone_kits")


def test_what_cannot_be_asked_for_is_refused(keyed: Town, now: datetime):
    wrong = ({"kind": "names"}, {"scope": None}, {"purpose": " "}, {"until_date": DAY - timedelta(1)})
    for changed in wrong:
        with pytest.raises(Invalid):
            replace(WISH, **changed)
    with keyed.store.reading() as session, pytest.raises(Missing):
        exports.found(session, keyed.programme_id, 99)
