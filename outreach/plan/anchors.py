"""Anchors: promised sessions, same site and same time every week. The plan keeps them before all else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.place.sites import Site
from outreach.place.sites.adding import STEP_MINUTES
from outreach.plan import services
from outreach.store import Base, Owned
from outreach.tabular import ImportReport, Row, Table, kept, minutes, weekday

COLUMNS = (
    "site",
    "weekday",
    "starts",
    "dwell_minutes",
    "tolerance_minutes",
    "services",
    "refills_due",
    "from_date",
    "until_date",
)


class Anchor(Owned, Base):
    """Every `weekday` service starts at `site_id` within `tolerance_minutes` of `starts` for `dwell_minutes`.

    With `refills_due` people's medication depends on it: no plan drops or moves it.
    """

    __tablename__ = "anchors"
    __table_args__ = (
        UniqueConstraint("site_id", "weekday", "starts"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("starts BETWEEN 0 AND 1800", name="starts"),
        CheckConstraint("dwell_minutes BETWEEN 15 AND 1440", name="dwell"),
        CheckConstraint("tolerance_minutes BETWEEN 0 AND 240", name="tolerance"),
        CheckConstraint("refills_due >= 0", name="refills"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    weekday: Mapped[int]
    starts: Mapped[int]
    dwell_minutes: Mapped[int]
    tolerance_minutes: Mapped[int] = mapped_column(default=0)
    services: Mapped[list[str]] = mapped_column(default=list)
    refills_due: Mapped[int] = mapped_column(default=0)
    from_date: Mapped[date | None]
    until_date: Mapped[date | None]


@dataclass(frozen=True, slots=True)
class NewAnchor:
    """A promise as a file describes it; `site` is the site's code."""

    site: str
    weekday: int
    starts: int
    dwell_minutes: int
    tolerance_minutes: int = 0
    services: tuple[str, ...] = ()
    refills_due: int = 0
    from_date: date | None = None
    until_date: date | None = None

    @property
    def code(self) -> str:
        """What makes it this promise and no other."""
        return f"{self.site}/{self.weekday}/{self.starts}"


def listed(session: Session, programme_id: int) -> list[Anchor]:
    """Every promise, by weekday and time."""
    return list(
        session.scalars(
            select(Anchor)
            .where(Anchor.programme_id == programme_id)
            .order_by(Anchor.weekday, Anchor.starts, Anchor.id)
        )
    )


def promised_on(anchor: Anchor, day: date) -> bool:
    """True when the promise holds on `day`."""
    begun = anchor.from_date is None or anchor.from_date <= day
    over = anchor.until_date is not None and anchor.until_date < day
    return anchor.weekday == day.weekday() and begun and not over


def import_csv(session: Session, programme_id: int, path: Path, *, dry_run: bool = False) -> ImportReport:
    """Add or change promises by site, weekday and start; of one that is there, what the file has no column
    for stays. Raises: `Invalid` with every row's mistakes."""
    table = Table.open(path, required=("site", "weekday", "starts", "dwell_minutes"), known=COLUMNS)
    site_ids = _site_ids(session, programme_id)
    read = [_read(row, site_ids) for row in table]
    table.finish_unique([new.code for new in read])
    codes = {site_id: code for code, site_id in site_ids.items()}
    held = {(a.site_id, a.weekday, a.starts): a for a in listed(session, programme_id)}
    stored = {new.code: new for new in (_as_new(anchor, codes[anchor.site_id]) for anchor in held.values())}
    news = [replace(new, **kept(stored.get(new.code), table.absent)) for new in read]
    report = ImportReport.counting(news, stored, table.absent)
    if not dry_run:
        for new in news:
            site_id = site_ids[new.site]
            anchor = held.get((site_id, new.weekday, new.starts)) or Anchor(
                programme_id=programme_id, site_id=site_id, weekday=new.weekday, starts=new.starts
            )
            _describe(anchor, new)
            session.add(anchor)
        session.flush()
    return report


def _site_ids(session: Session, programme_id: int) -> dict[str, int]:
    asked = select(Site.code, Site.id).where(Site.programme_id == programme_id)
    return {site.code: site.id for site in session.execute(asked)}


def _read(row: Row, site_ids: dict[str, int]) -> NewAnchor:
    site = row.text("site", longest=40) or ""
    if site and site not in site_ids:
        row.note(
            "site", f"“{site}” is no site's code", "Import the site first: `outreach sites import FILE`."
        )
    day = row.read("weekday", weekday, "Write Mon, Tue, Wed, Thu, Fri, Sat or Sun.")
    starts = row.read("starts", minutes, "Write the time as HH:MM, for example 10:00.")
    dwell = row.whole("dwell_minutes", least=15, most=1440)
    _on_the_step(row, "starts", starts)
    _on_the_step(row, "dwell_minutes", dwell)
    return NewAnchor(
        site=site,
        weekday=day or 0,
        starts=starts or 0,
        dwell_minutes=dwell or 0,
        tolerance_minutes=row.whole("tolerance_minutes", least=0, most=240, default=0) or 0,
        services=tuple(row.several("services", services.names())),
        refills_due=row.whole("refills_due", least=0, most=10_000, default=0) or 0,
        from_date=row.day("from_date", required=False),
        until_date=row.day("until_date", required=False),
    )


def _on_the_step(row: Row, column: str, found: int | None) -> None:
    """Plans know no shorter step: one promise off it would stop every plan."""
    if found is not None and found % STEP_MINUTES:
        what = f"“{row.cells[column][:40]}” is no multiple of {STEP_MINUTES} minutes"
        row.note(column, what, f"Round it to {STEP_MINUTES} minutes.")


def _describe(anchor: Anchor, new: NewAnchor) -> None:
    anchor.dwell_minutes, anchor.tolerance_minutes = new.dwell_minutes, new.tolerance_minutes
    anchor.services, anchor.refills_due = list(new.services), new.refills_due
    anchor.from_date, anchor.until_date = new.from_date, new.until_date


def _as_new(anchor: Anchor, site: str) -> NewAnchor:
    return NewAnchor(
        site=site,
        weekday=anchor.weekday,
        starts=anchor.starts,
        dwell_minutes=anchor.dwell_minutes,
        tolerance_minutes=anchor.tolerance_minutes,
        services=tuple(anchor.services),
        refills_due=anchor.refills_due,
        from_date=anchor.from_date,
        until_date=anchor.until_date,
    )
