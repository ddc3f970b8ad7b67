"""What anybody may ask for, without a log-in: where the vans will be, and whether the server is well."""

from __future__ import annotations

from datetime import date
from importlib.metadata import version

from pydantic import Field
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.access import router
from api.dispatch.plans import AlternativeSeen, StopState
from api.request import AtDesk, Now, Reading, ReadingAll
from api.wire import ClockShown, Told
from outreach.plan import silence
from outreach.report import notice as report

routes = router("", tags=["public"])


class NoticeRow(Told):
    """A stop as the public notice shows it."""

    site: str
    area: str | None
    date: date
    starts: ClockShown
    ends: ClockShown
    services: list[str]
    state: StopState
    reason: str | None = None
    alternative: AlternativeSeen | None = None


class Health(Told):
    """The server answers and its store opens."""

    ok: bool
    planning: bool = Field(description="False while a run waits and no planning process answers")
    version: str = Field(examples=["0.1.0"])


@routes.get("/health", summary="Is the server well?")
def show_health(session: ReadingAll, now: Now) -> Health:
    """Answers only when the database does."""
    session.execute(text("SELECT 1"))
    planning = not silence.unanswered(session, now)
    return Health(ok=True, planning=planning, version=version("outreach"))


@routes.get("/public/notice", summary="Where the vans will be in the coming two weeks")
def show_notice(session: Reading, desk: AtDesk) -> list[NoticeRow]:
    """What the notice on the wall says, as data; times are local."""
    return coming(session, desk.programme_id, desk.today())


def coming(session: Session, programme_id: int, today: date) -> list[NoticeRow]:
    """The published stops from today on, in order of time."""
    return [NoticeRow.model_validate(row) for row in report.notice(session, programme_id, today)]
