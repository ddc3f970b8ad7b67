"""Feeds: where incidents come from, how late and how one-sided each source is, and how its files are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.errors import Invalid, Missing
from outreach.store import Base

KINDS = ("ems", "deaths", "311", "hospital", "reversals", "other")
Use = Literal["hours", "places", "nothing"]
CLOCKS = ("unknown", "trusted", "suspect", "none")


class Feed(Base):
    """A source of incidents.

    `lag_days`: how long until a day is complete. `bias`: in words, who is missing from it. `weight`: how many
    overdoses one of its incidents stands for. `clock`: may its times of day shape the hour profile? Only EMS
    clocks tell when people overdose; a `suspect` clock (a wrong time zone) is worse than none.
    """

    __tablename__ = "feeds"
    __table_args__ = (
        UniqueConstraint("programme_id", "name"),
        CheckConstraint("kind IN ('ems', 'deaths', '311', 'hospital', 'reversals', 'other')", name="kind"),
        CheckConstraint("clock IN ('unknown', 'trusted', 'suspect', 'none')", name="clock"),
        CheckConstraint("lag_days BETWEEN 0 AND 3650", name="lag"),
        CheckConstraint("weight >= 0 AND weight <= 1000", name="weight"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(12))
    lag_days: Mapped[int] = mapped_column(default=0)
    bias: Mapped[str] = mapped_column(Text, default="")
    weight: Mapped[float] = mapped_column(default=1.0)
    clock: Mapped[str] = mapped_column(String(8), default="unknown")
    timezone: Mapped[str] = mapped_column(String(64), default="")
    mapping: Mapped[dict[str, object]] = mapped_column(default=dict)
    last_import: Mapped[datetime | None]

    @property
    def columns(self) -> dict[str, str]:
        """How its columns were named in the last import."""
        told = self.mapping.get("columns")
        return {str(ours): str(theirs) for ours, theirs in told.items()} if isinstance(told, dict) else {}

    @property
    def source(self) -> str:
        """The web address it was last fetched from; empty for files."""
        return str(self.mapping.get("source", ""))

    @property
    def use(self) -> Use:
        """What the surface uses: `hours` with places and days, `places` and days alone, or `nothing`."""
        if self.weight == 0:
            return "nothing"
        return "hours" if self.hours_count else "places"

    @property
    def hours_count(self) -> bool:
        """May its clock shape the hour profile?"""
        return self.kind == "ems" and self.clock == "trusted"


def register(
    session: Session,
    programme_id: int,
    name: str,
    *,
    kind: str = "ems",
    lag_days: int = 0,
    bias: str = "",
    weight: float = 1.0,
) -> Feed:
    """The feed of this name, made if it is new; what is known of an old one stays as it is.

    Raises:
        Invalid: the name is empty or too long, or the kind is none of `KINDS`.
    """
    if not 1 <= len(name.strip()) <= 80:
        raise Invalid("A feed needs a name of 1 to 80 letters, for example `ems`.", code="feed-name")
    found = _by_name(session, programme_id, name.strip())
    return found or _new(session, programme_id, name.strip(), kind, lag_days, bias, weight)


def one(session: Session, programme_id: int, name: str) -> Feed:
    """The feed of this name.

    Raises:
        Missing: nothing was ever imported under that name.
    """
    found = _by_name(session, programme_id, name)
    if found is None:
        raise Missing(f"There is no feed named {name!r}. Import its incidents first.", code="no-feed")
    return found


def listed(session: Session, programme_id: int) -> list[Feed]:
    """Every feed by name."""
    return list(session.scalars(select(Feed).where(Feed.programme_id == programme_id).order_by(Feed.name)))


@dataclass(frozen=True, slots=True)
class Changes:
    """What to change of a feed; None leaves it as it is."""

    kind: str | None = None
    lag_days: int | None = None
    weight: float | None = None
    bias: str | None = None
    clock: str | None = None


def change(session: Session, programme_id: int, name: str, changes: Changes) -> Feed:
    """Set what is known of a feed; the next fit uses it.

    Raises:
        Missing: there is no such feed.
        Invalid: a value is out of range, or the clock of a feed without hours is said to be right.
    """
    feed = one(session, programme_id, name)
    kind, clock = changes.kind or feed.kind, changes.clock
    lag = feed.lag_days if changes.lag_days is None else changes.lag_days
    weight = feed.weight if changes.weight is None else changes.weight
    _check(kind, lag, weight)
    if clock is not None and (clock not in CLOCKS or feed.clock == "none"):
        known = "it tells no hours" if feed.clock == "none" else f"use one of {', '.join(CLOCKS)}"
        raise Invalid(f"The clock of {name} cannot be {clock!r}: {known}.", code="feed-clock")
    feed.kind, feed.lag_days, feed.weight, feed.clock = kind, lag, weight, clock or feed.clock
    feed.bias = feed.bias if changes.bias is None else changes.bias
    session.flush()
    return feed


def _by_name(session: Session, programme_id: int, name: str) -> Feed | None:
    return session.scalar(select(Feed).where(Feed.programme_id == programme_id, Feed.name == name))


def _check(kind: str, lag_days: int, weight: float) -> None:
    if kind not in KINDS:
        raise Invalid(f"{kind!r} is no kind of feed. Use one of {', '.join(KINDS)}.", code="feed-kind")
    if not 0 <= lag_days <= 3650 or not 0 <= weight <= 1000:
        raise Invalid("A feed lags 0 to 3,650 days, and an incident weighs 0 to 1,000.", code="feed-numbers")


def _new(
    session: Session, programme_id: int, name: str, kind: str, lag_days: int, bias: str, weight: float
) -> Feed:
    _check(kind, lag_days, weight)
    feed = Feed(
        programme_id=programme_id,
        name=name,
        kind=kind,
        lag_days=lag_days,
        bias=bias,
        weight=weight,
        mapping={},
    )
    session.add(feed)
    session.flush()
    return feed
