"""Participants who want to be known again: a code, what they allow, what was handed on, and being forgotten.

The code travels in a body, never in an address, so that no log of addresses holds one.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints

from api.access import router
from api.request import Asking, AtDesk, Now, Writing
from api.wire import Asked, MomentShown, Told
from outreach import codes, consents, disclosures, participants
from outreach.consents import Consent
from outreach.disclosures import Disclosure

routes = router("/crew/participants", tags=["participants"])

Code = Annotated[SecretStr, Field(min_length=1, max_length=200, examples=["otter-maple-48213"])]
Scope = Literal["follow_up", "treatment", "funder", "research"]


class Coded(Asked):
    """Whom it is about."""

    code: Code


class Consenting(Coded):
    """What a participant allows, or takes back."""

    scope: Scope
    given: bool = Field(True, description="false: everything of this scope is taken back at once")


class Noting(Coded):
    """A few words for the next visit, sealed with the participant's own key."""

    note: Annotated[str, StringConstraints(max_length=participants.LONGEST_NOTE)]


class NewCode(Told):
    """A code to offer: random, kept nowhere until it is used."""

    code: str = Field(examples=["otter-maple-48213"])


class ConsentSeen(Told):
    """One consent; it holds up to and with `expires_on` unless it was taken back."""

    scope: Scope
    given_on: date
    expires_on: date
    revoked_at: MomentShown | None


class DisclosureSeen(Told):
    """What was handed to somebody."""

    recipient: str
    purpose: str
    at: MomentShown


class ParticipantSeen(Told):
    """Everything that is kept about a participant."""

    first_seen: date
    last_seen: date
    note: str
    consents: list[ConsentSeen]
    disclosures: list[DisclosureSeen]


@routes.post("/code", summary="A random code to offer a participant")
def suggest_code() -> NewCode:
    """Nobody has to have one."""
    return NewCode(code=codes.make())


@routes.post("/look", summary="Everything kept about a participant, for themselves")
def look(asked: Coded, session: Writing, desk: AtDesk, actor: Asking, now: Now) -> ParticipantSeen:
    """The reading is in the audit, without the code and the content."""
    person = participants.known(session, desk.programme_id, asked.code.get_secret_value())
    participants.note_reading(session, person, actor=actor.login, now=now)
    return ParticipantSeen(
        first_seen=person.first_seen,
        last_seen=person.last_seen,
        note=participants.read(session, person),
        consents=[_consent(each) for each in consents.of(session, person)],
        disclosures=[_disclosure(each) for each in disclosures.of(session, person)],
    )


@routes.post("/consents", summary="Record or take back a consent")
def consent(asked: Consenting, session: Writing, desk: AtDesk, actor: Asking, now: Now) -> list[ConsentSeen]:
    """A new code becomes known by its first consent. Each scope is consented to by itself."""
    code, today = asked.code.get_secret_value(), desk.today()
    if asked.given:
        person = participants.met(session, desk.programme_id, code, today)
        consents.give(
            session, person, asked.scope, today=today, policy=desk.policy, actor=actor.login, now=now
        )
    else:
        person = participants.known(session, desk.programme_id, code)
        consents.revoke(session, person, asked.scope, actor=actor.login, now=now)
    return [_consent(each) for each in consents.of(session, person)]


@routes.post("/note", status_code=204, summary="Keep a few words for the next visit")
def write_note(asked: Noting, session: Writing, desk: AtDesk, actor: Asking, now: Now) -> None:
    """Only for whoever consented to being followed up."""
    person = participants.known(session, desk.programme_id, asked.code.get_secret_value())
    consents.require(session, person, "follow_up", desk.today())
    participants.write(session, person, asked.note)
    participants.note_writing(session, person, actor=actor.login, now=now)


@routes.post("/erase", status_code=204, summary="Forget a participant for good")
def erase(asked: Coded, session: Writing, desk: AtDesk, actor: Asking, now: Now) -> None:
    """Their key is destroyed: what it sealed opens nowhere any more, in no old backup either."""
    person = participants.known(session, desk.programme_id, asked.code.get_secret_value())
    participants.erase(session, person, actor=actor.login, now=now)


def _consent(each: Consent) -> ConsentSeen:
    return ConsentSeen.model_validate(each)


def _disclosure(each: Disclosure) -> DisclosureSeen:
    return DisclosureSeen.model_validate(each)
