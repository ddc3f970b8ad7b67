"""What leaves the house: exports of single rows, which take two people, and reports, which are remembered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from fastapi import Path, Response
from pydantic import Field, StringConstraints
from sqlalchemy.orm import Session

from api.access import router
from api.desk import Actor
from api.manage import CoverageReport
from api.request import Asking, AtDesk, Now, Reading, Writing
from api.wire import Asked, Day, Language, MomentShown, PathKey, Told
from outreach import accounts
from outreach.accounts import Account
from outreach.report import coverage, exports, releases
from outreach.report.exports import Export
from outreach.report.releases import Release

routes = router("/manage", tags=["leaving"])
ExportKey = Annotated[PathKey, Path()]
ReleaseKey = Annotated[PathKey, Path()]
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
    asked_by: str
    yours: bool = Field(description="You asked for it: somebody else approves, and only you may take it")
    approved_at: MomentShown | None
    approved_by: str | None
    declined_at: MomentShown | None
    declined_by: str | None
    good_until: MomentShown = Field(description="Not approved or taken by then, it is over")
    handed_at: MomentShown | None
    rows: int | None
    digest: str | None = Field(description="SHA-256 of the file that was handed over")


class LeavingTerms(Told):
    """On what terms anything leaves here: the jurisdiction's and the house's."""

    recipients: list[str] = Field(
        description="The kinds of bodies that rows may go to", examples=[["funder"]]
    )
    scopes: list[str] = Field(description="What a participant can consent to here")
    notice: str = Field(description="The words of 42 CFR 2.32 in force today, which every file begins with")
    threshold: int = Field(description="Counts from 1 to this are hidden in reports")
    settled_after_days: int = Field(description="A report is released this long after its last day")


class NewRelease(Asked):
    """The days of the report to give out."""

    from_: Day = Field(alias="from", validation_alias="from")
    until: Day


class ReleaseSeen(Told):
    """A report that was given out. `digest` is the SHA-256 of its page, in the audit too."""

    id: int
    from_date: date
    until_date: date
    threshold: int
    released_by: str
    released_at: MomentShown
    digest: str


class ReleasedPage(Told):
    """A release and the report as it was given out, hidden figures hidden."""

    release: ReleaseSeen
    report: CoverageReport


@routes.get("/terms", summary="On what terms anything leaves")
def show_terms(desk: AtDesk) -> LeavingTerms:
    """404 where the jurisdiction has no notice for today: then no rows may leave."""
    rules = desk.policy
    return LeavingTerms(
        recipients=[*rules.recipients],
        scopes=[*rules.consent_days],
        notice=rules.part2_notice(desk.today()),
        threshold=rules.suppression_threshold,
        settled_after_days=releases.SETTLED_AFTER.days + 1,
    )


@routes.get("/exports", summary="The latest hundred exports")
def list_exports(session: Reading, desk: AtDesk, actor: Asking) -> list[ExportSeen]:
    """Without their rows."""
    people = _people(session, desk.programme_id)
    return [_export(each, actor, people) for each in exports.listed(session, desk.programme_id)]


@routes.post("/exports", status_code=201, summary="Ask for an export of single rows")
def ask_for_export(asked: NewExport, session: Writing, desk: AtDesk, actor: Asking, now: Now) -> ExportSeen:
    """Somebody else has to approve it."""
    facts = asked.model_dump(exclude={"from_", "until"}) | {
        "from_date": asked.from_,
        "until_date": asked.until,
    }
    asker = session.get_one(Account, actor.id)
    wish = exports.Wish(**facts)
    made = exports.ask(session, desk.programme_id, wish, asker, policy=desk.policy, now=now)
    return _export(made, actor, _people(session, desk.programme_id))


@routes.post("/exports/{export_id}/approve", summary="Approve what somebody else asked for")
def approve_export(
    export_id: ExportKey, session: Writing, desk: AtDesk, actor: Asking, now: Now
) -> ExportSeen:
    """403 for your own."""
    approver = session.get_one(Account, actor.id)
    approved = exports.approve(session, desk.programme_id, export_id, approver, policy=desk.policy, now=now)
    return _export(approved, actor, _people(session, desk.programme_id))


@routes.post("/exports/{export_id}/decline", summary="Let an export not go")
def decline_export(
    export_id: ExportKey, session: Writing, desk: AtDesk, actor: Asking, now: Now
) -> ExportSeen:
    """Your own too: then it is taken back. 409 when it is over."""
    who = session.get_one(Account, actor.id)
    declined = exports.decline(session, desk.programme_id, export_id, who, now)
    return _export(declined, actor, _people(session, desk.programme_id))


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


@routes.get("/releases/{release_id}", summary="A report exactly as it was given out")
def show_release(
    release_id: ReleaseKey, session: Reading, desk: AtDesk, language: Language = "en"
) -> ReleasedPage:
    """To the letter, whatever was logged or mended since; 409 when somebody changed it in the database."""
    given, report = releases.shown(session, desk.programme_id, release_id, language=language)
    return ReleasedPage(release=_release(given), report=CoverageReport.model_validate(report))


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


def _export(each: Export, actor: Actor, people: Mapping[int, str]) -> ExportSeen:
    facts = {name: getattr(each, name) for name in ExportSeen.model_fields if hasattr(each, name)}
    who = {step: _name(getattr(each, step), people) for step in ("asked_by", "approved_by", "declined_by")}
    more = {"yours": each.asked_by == actor.id, "good_until": exports.good_until(each)}
    return ExportSeen.model_validate(facts | who | more)


def _name(account_id: int | None, people: Mapping[int, str]) -> str | None:
    return None if account_id is None else people.get(account_id, "")


def _people(session: Session, programme_id: int) -> dict[int, str]:
    return {one.id: one.name for one in accounts.listed(session, programme_id)}


def _release(each: Release) -> ReleaseSeen:
    return ReleaseSeen.model_validate(each)
