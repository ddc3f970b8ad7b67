"""People due back: how many are to come again for a service at a site, and from which day to which.

A number, never who: crews add to it with a tap, coordinators by hand or from a file. What a plan owes them is
in `planning/owed`, whether it keeps that in `schedules/keeping`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach import audit
from outreach.errors import Invalid, Missing
from outreach.place.sites import Site
from outreach.plan import services
from outreach.store import Base
from outreach.tabular import ImportReport, Row, Table

COLUMNS = ("site", "service", "from_date", "until_date", "people")
LONGEST_DAYS = 366
MOST_PEOPLE = 1000


class Due(Base):
    """`people` are due at `site_id` for `service` on one of the days from `from_date` to `until_date`.

    `event_uid` is the tap that said so; None for what was written in the office.
    """

    __tablename__ = "people_due"
    __table_args__ = (
        UniqueConstraint("programme_id", "event_uid"),
        Index("ix_people_due_until", "programme_id", "until_date"),
        CheckConstraint("until_date >= from_date", name="dates"),
        CheckConstraint(f"people BETWEEN 1 AND {MOST_PEOPLE}", name="people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    service: Mapped[str] = mapped_column(String(40))
    from_date: Mapped[date]
    until_date: Mapped[date]
    people: Mapped[int]
    event_uid: Mapped[str | None] = mapped_column(String(36))

    def covers(self, day: date) -> bool:
        """True when they may come on `day`."""
        return self.from_date <= day <= self.until_date


@dataclass(frozen=True, slots=True)
class NewDue:
    """People due as a file describes them; `site` is the site's code."""

    site: str
    service: str
    from_date: date
    until_date: date
    people: int

    @property
    def code(self) -> str:
        """What makes it this window and no other."""
        return f"{self.site}/{self.service}/{self.from_date}/{self.until_date}"


def listed(session: Session, programme_id: int, from_date: date, until_date: date | None = None) -> list[Due]:
    """Everybody whose window touches the days from `from_date` on (to `until_date`), by last day."""
    asked = select(Due).where(Due.programme_id == programme_id, Due.until_date >= from_date)
    if until_date is not None:
        asked = asked.where(Due.from_date <= until_date)
    return list(session.scalars(asked.order_by(Due.until_date, Due.from_date, Due.id)))


def add(
    session: Session,
    programme_id: int,
    site_id: int,
    service: str,
    from_date: date,
    until_date: date,
    people: int,
    *,
    actor: str,
    now: datetime,
) -> Due:
    """Note that people are due, by hand.

    Raises: `Missing` for an unknown site, `Invalid` for an unknown service, number or window.
    """
    site = session.get(Site, site_id)
    if site is None or site.programme_id != programme_id:
        raise Missing("There is no such site.", code="no-site")
    _refuse_nonsense(service, from_date, until_date, people)
    due = Due(
        programme_id=programme_id,
        site_id=site_id,
        service=service,
        from_date=from_date,
        until_date=until_date,
        people=people,
    )
    session.add(due)
    session.flush()
    audit.record(session, programme_id, actor, "due.noted", f"site/{site.code}", _facts(due), now=now)
    return due


def remove(session: Session, programme_id: int, due_id: int, *, actor: str, now: datetime) -> None:
    """Take back what was noted. Raises: `Missing`."""
    due = session.get(Due, due_id)
    if due is None or due.programme_id != programme_id:
        raise Missing("This was taken back already.", code="no-due")
    session.delete(due)
    audit.record(session, programme_id, actor, "due.taken_back", f"due/{due.id}", _facts(due), now=now)


def forget_events(session: Session, programme_id: int, event_uids: Collection[str]) -> None:
    """What these taps said counts no more."""
    gone = delete(Due).where(Due.programme_id == programme_id, Due.event_uid.in_(sorted(event_uids)))
    session.execute(gone.execution_options(synchronize_session="fetch"))


def import_csv(session: Session, programme_id: int, path: Path, *, dry_run: bool = False) -> ImportReport:
    """Set the number of people by site, service and window; what crews noted is added to it.

    Raises: `Invalid` with every row's mistakes.
    """
    table = Table.open(path, required=COLUMNS, known=COLUMNS)
    places = {
        site.code: site for site in session.scalars(select(Site).where(Site.programme_id == programme_id))
    }
    news = [_read(row, places) for row in table]
    table.finish_unique([new.code for new in news])
    codes = {site.id: site.code for site in places.values()}
    asked = select(Due).where(Due.programme_id == programme_id, Due.event_uid.is_(None)).order_by(Due.id)
    held = {_as_new(due, codes[due.site_id]).code: due for due in session.scalars(asked)}
    known = {code: _as_new(due, codes[due.site_id]) for code, due in held.items()}
    report = ImportReport.counting(news, known)
    if not dry_run:
        for new in news:
            due = held.get(new.code) or Due(
                programme_id=programme_id,
                site_id=places[new.site].id,
                service=new.service,
                from_date=new.from_date,
                until_date=new.until_date,
            )
            due.people = new.people
            session.add(due)
        session.flush()
    return report


def _refuse_nonsense(service: str, from_date: date, until_date: date, people: int) -> None:
    if service not in services.names():
        raise Invalid(
            f"“{service}” is no service. Use one of: {', '.join(services.names())}.", code="service"
        )
    if not 0 <= (until_date - from_date).days < LONGEST_DAYS:
        raise Invalid(
            f"The last day {until_date} must not lie before the first {from_date}, nor a year after it.",
            code="due-dates",
        )
    if not 1 <= people <= MOST_PEOPLE:
        raise Invalid(f"Between 1 and {MOST_PEOPLE} people are due.", code="due-people")


def _read(row: Row, places: dict[str, Site]) -> NewDue:
    site = row.text("site", longest=40) or ""
    if site and site not in places:
        row.note(
            "site", f"“{site}” is no site's code", "Import the site first: `outreach sites import FILE`."
        )
    service = row.choice("service", services.names()) or ""
    if site in places and service and service not in places[site].services:
        row.note("service", f"the host of {places[site].name} does not allow {service}", "Name another site.")
    first, last = row.day("from_date"), row.day("until_date")
    if first and last and not 0 <= (last - first).days < LONGEST_DAYS:
        row.note(
            "until_date", "lies before from_date, or a year after it", "Write the last day they may come."
        )
    people = row.whole("people", least=1, most=MOST_PEOPLE)
    return NewDue(site, service, first or date.min, last or date.min, people or 0)


def _as_new(due: Due, site: str) -> NewDue:
    return NewDue(site, due.service, due.from_date, due.until_date, due.people)


def _facts(due: Due) -> dict[str, object]:
    return {
        "service": due.service,
        "from": due.from_date.isoformat(),
        "until": due.until_date.isoformat(),
        "people": due.people,
    }
