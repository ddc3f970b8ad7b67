"""What leaves the house: exports of single rows, which take two people, and reports, which are remembered."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import Path, Response
from pydantic import Field, StringConstraints

from api.access import router
from api.request import Asking, AtDesk, Now, Reading, Writing
from api.wire import Asked, Day, MomentShown, PathKey, Told
from outreach.accounts import Account
from outreach.report import coverage, exports, releases
from outreach.report.exports import Export
from outreach.report.releases import Release

routes = router("/manage", tags=["leaving"])
ExportKey = Annotated[PathKey, Path()]
Words = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class NewExport(Asked):
    """Which rows, for whom, and why. Rows about participants need the consent that covers it."""

    kind: Literal["participants", "visits"]
    scope: Literal["follow_up", "treatment", "funder", "research"] | None = None
    recipient_kind: Annotated[str, StringConstraints(max_length=40)] = Field(examples=["funder"])
    recipient: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    purpose: Words
    from_: Day = Field(alias="from", validation_alias="from")
    until: Day


class ExportSeen(Told):
    """An export and what became of it."""

    id: int
    kind: str
    scope: str | None
    recipient_kind: str
    recipient: str
    purpose: str
    from_date: date
    until_date: date
    asked_at: MomentShown
    approved_at: MomentShown | None
    handed_at: MomentShown | None
    rows: int | None
    digest: str | None = Field(description="SHA-256 of the file that was handed over")


class NewRelease(Asked):
    """The days of the report to give out."""

    from_: Day = Field(alias="from", validation_alias="from")
    until: Day


class ReleaseSeen(Told):
    """A report that was given out."""

    id: int
    from_date: date
    until_date: date
    threshold: int
    released_by: str
    released_at: MomentShown


@routes.get("/exports", summary="The latest hundred exports")
def list_exports(session: Reading, desk: AtDesk) -> list[ExportSeen]:
    """Without their rows."""
    return [_export(each) for each in exports.listed(session, desk.programme_id)]


@routes.post("/exports", status_code=201, summary="Ask for an export of single rows")
def ask_for_export(asked: NewExport, session: Writing, desk: AtDesk, actor: Asking, now: Now) -> ExportSeen:
    """Somebody else has to approve it."""
    facts = asked.model_dump(exclude={"from_", "until"}) | {
        "from_date": asked.from_,
        "until_date": asked.until,
    }
    asker = session.get_one(Account, actor.id)
    wish = exports.Wish(**facts)
    return _export(exports.ask(session, desk.programme_id, wish, asker, policy=desk.policy, now=now))


@routes.post("/exports/{export_id}/approve", summary="Approve what somebody else asked for")
def approve_export(
    export_id: ExportKey, session: Writing, desk: AtDesk, actor: Asking, now: Now
) -> ExportSeen:
    """403 for your own."""
    approver = session.get_one(Account, actor.id)
    return _export(exports.approve(session, desk.programme_id, export_id, approver, now))


@routes.post(
    "/exports/{export_id}/hand-over",
    summary="Take the rows, once",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def hand_over(export_id: ExportKey, session: Writing, desk: AtDesk, actor: Asking, now: Now) -> Response:
    """CSV under its notice, to whoever asked. Consent is looked at now, not when it was asked for."""
    taker = session.get_one(Account, actor.id)
    today, policy = desk.today(), desk.policy
    text = exports.hand_over(
        session, desk.programme_id, export_id, taker, policy=policy, today=today, now=now
    )
    headers = {"Content-Disposition": f'attachment; filename="export-{export_id}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


@routes.get("/releases", summary="Every report that was given out")
def list_releases(session: Reading, desk: AtDesk) -> list[ReleaseSeen]:
    """By its first day."""
    return [_release(each) for each in releases.listed(session, desk.programme_id)]


@routes.post("/releases", status_code=201, summary="Give a report out")
def release_report(asked: NewRelease, session: Writing, desk: AtDesk, actor: Asking, now: Now) -> ReleaseSeen:
    """409 when this report and an earlier one could be subtracted to learn a small count."""
    threshold = desk.policy.suppression_threshold
    days = (asked.from_, asked.until)
    report = coverage.coverage(session, desk.programme_id, desk.network, *days, now, threshold=threshold)
    today, who = desk.today(), actor.login
    return _release(
        releases.release(session, desk.programme_id, report, threshold, actor=who, today=today, now=now)
    )


def _export(each: Export) -> ExportSeen:
    return ExportSeen.model_validate(each)


def _release(each: Release) -> ReleaseSeen:
    return ReleaseSeen.model_validate(each)
