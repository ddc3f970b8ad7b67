"""The audit, for those who answer for it: what was done by whom, and whether anybody touched the record."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from pydantic import Field

from api.access import router
from api.request import Asking, AtDesk, Now, Reading, desk_of
from api.wire import MAX_KEY, MomentShown, Told
from outreach import audit
from outreach.audit import GENESIS, Entry

routes = router("/manage/audit", tags=["audit"])


async def _turn(request: Request) -> AsyncIterator[None]:
    async with desk_of(request).verifiers.turn():
        yield


AloneAtIt = Annotated[None, Depends(_turn, scope="function")]
"""Reading a whole chain takes seconds: one at a time; whoever else asks is told to come back."""


class AuditEntry(Told):
    """One link of the audit chain."""

    number: int
    at: MomentShown
    actor: str = Field(examples=["dispatch"])
    act: str = Field(examples=["schedule.published"])
    subject: str
    body: dict[str, Any]
    digest: str = Field(description="SHA-256 over this entry and the one before")


class Verified(Told):
    """Somebody read the chain again: how many entries, up to which head, and where it breaks if it does."""

    at: MomentShown
    by: str
    count: int
    head: str
    broken_at: int | None


class AuditState(Told):
    """How long the chain is, its newest hash, and when it was last read again from the pages."""

    count: int
    head: str = Field(description="Write it down elsewhere: it proves later that no end was cut off")
    last: Verified | None


@routes.get("", summary="The audit, 200 entries at a time, latest first")
def list_audit(
    session: Reading,
    desk: AtDesk,
    before: Annotated[int | None, Query(ge=1, le=MAX_KEY, description="Only earlier numbers")] = None,
) -> list[AuditEntry]:
    """Who did what, without the content of what was read."""
    return [_entry(entry) for entry in audit.latest(session, desk.programme_id, 200, before=before)]


@routes.get("/state", summary="How long the audit is and when it was last verified")
def show_audit_state(session: Reading, desk: AtDesk) -> AuditState:
    """Reads two entries, not the chain."""
    newest = audit.latest(session, desk.programme_id, 1)
    last = audit.last_verified(session, desk.programme_id)
    count, head = (newest[0].number, newest[0].digest) if newest else (0, GENESIS)
    return AuditState(count=count, head=head, last=_verified(last) if last else None)


@routes.post("/verify", summary="Read the whole audit again: has anybody touched it?")
def verify_audit(_: AloneAtIt, desk: AtDesk, actor: Asking, now: Now) -> Verified:
    """That it was read, and what came of it, is an entry of its own. The chain is read on a snapshot: nobody
    who writes waits for it."""
    with desk.store.reading(desk.programme_id) as session:
        verdict = audit.verify_one(session, desk.programme_id)
    return _noted(desk, verdict, actor.login, now)


def _noted(desk: AtDesk, verdict: audit.Verdict, who: str, now: datetime) -> Verified:
    with desk.store.transaction(desk.programme_id) as session:
        return _verified(audit.note_verified(session, desk.programme_id, verdict, actor=who, now=now))


def _entry(entry: Entry) -> AuditEntry:
    facts = {name: getattr(entry, name) for name in ("number", "at", "actor", "act", "subject", "digest")}
    return AuditEntry.model_validate(facts | {"body": json.loads(entry.body)})


def _verified(entry: Entry) -> Verified:
    return Verified.model_validate(json.loads(entry.body) | {"at": entry.at, "by": entry.actor})
