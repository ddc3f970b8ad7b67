"""What every row is: mapped, and a programme's own."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, MetaData, String, Text, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from outreach.errors import Invalid, Missing
from outreach.store.values import Document, Moment

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every mapped class. Relationships are `lazy="raise"`: load what you need."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment,
        dict[str, object]: Document,
        list[str]: Document,
        list[int]: Document,
    }


class Programme(Base):
    """Who runs the vans, in one city. Every other row belongs to a programme and is seen by no other.

    `folder` names the city's folder beside the installation's own (None: that one), `policy` the rules of
    another jurisdiction than the installation's. A `demo` has passwords that everybody knows.
    """

    __tablename__ = "programmes"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(Text)
    city: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(String(64))
    folder: Mapped[str | None] = mapped_column(String(80))
    policy: Mapped[str | None] = mapped_column(String(80))
    demo: Mapped[bool] = mapped_column(default=False)


class Owned:
    """Mix-in: a row of a programme, found by its number."""

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"), index=True)


def programme(session: Session) -> Programme:
    """The programme the session is for, or the one chosen by name, or the only one there is.

    Raises: `Missing` before one was created or when none has this name, `Invalid` when there are several and
    nobody said which.
    """
    ours, chosen = session.info.get("programme_id"), session.info.get("chosen")
    if ours is not None:
        return session.get_one(Programme, ours)
    known = {each.slug: each for each in session.scalars(select(Programme).order_by(Programme.id))}
    if chosen is not None and chosen in known:
        return known[chosen]
    if chosen is not None and known:
        raise Missing(f"There is no programme {chosen}. Known are: {', '.join(known)}.", code="no-programme")
    if len(known) > 1:
        raise Invalid(
            f"There are several programmes here: {', '.join(known)}. Say which with --programme.",
            code="which-programme",
        )
    if not known:
        raise Missing(
            "There is no city in this data folder yet. Run `outreach city create` or `outreach demo` first.",
            code="no-programme",
        )
    return next(iter(known.values()))
