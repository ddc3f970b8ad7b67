"""Editing: cancelling or shortening a published stop, on the one open draft that copies the schedule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from outreach import audit, codes
from outreach.errors import Conflict, Invalid, Missing
from outreach.local_time import moment, zone_of
from outreach.place import sites
from outreach.place.ground import metres_between
from outreach.place.sites import Site
from outreach.plan.schedules.valuing import revalue
from outreach.plan.versions import (
    PlannedStop,
    ShiftPlan,
    Version,
    bridged,
    in_force,
    keep,
    open_draft,
    with_stop,
)
from outreach.store import canonical, one_at_a_time
from outreach.tabular import clock

ALTERNATIVE_DAYS = 7
METRES_A_DAY = 1500
METRES_A_SERVICE = 1000
LONGEST_BRIDGE = 200
LONGEST_CONTACT = 120
SHIFT = ("programme_id", "van_id", "date", "depart", "back", "break_start", "break_minutes", "staff")
"""What a copy of a van-day keeps beside its stops."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """How people get over a session with refills due that is given up: `how` they come to their next dose,
    and `contact`, who tells them. Raises: `Invalid` for more letters than it takes."""

    how: str = ""
    contact: str = ""

    def __post_init__(self) -> None:
        if len(self.how.strip()) > LONGEST_BRIDGE or len(self.contact.strip()) > LONGEST_CONTACT:
            raise Invalid(
                f"The bridge takes {LONGEST_BRIDGE} letters at most, the contact {LONGEST_CONTACT}.",
                code="bridge",
            )

    @property
    def whole(self) -> bool:
        """Whether there is a way and somebody who tells people."""
        return bool(self.how.strip() and self.contact.strip())


def cancel_stop(
    session: Session,
    programme_id: int,
    uid: str,
    reason: str,
    actor: str,
    now: datetime,
    bridge: Bridge | None = None,
) -> Version:
    """Take a stop out of the draft, with a reason people are told and the nearest stop to go to instead.

    Raises: `Missing` when the schedule has no such stop, `Conflict` when it is over or cancelled already,
    `Invalid` without a reason, or for a session with refills due without a bridge.
    """
    version, stop = on_draft(session, programme_id, uid, now)
    bridge_over(session, stop, bridge or Bridge())
    stop.reason = plain_reason(reason)
    stop.state = "cancelled"
    return settled(session, version, stop, "schedule.stop_cancelled", actor, now)


def shorten_stop(
    session: Session,
    programme_id: int,
    uid: str,
    new_end: int,
    reason: str,
    actor: str,
    now: datetime,
    bridge: Bridge | None = None,
) -> Version:
    """End a stop's service at `new_end` (minutes after midnight) on the draft, with a reason people are told.

    Raises: as `cancel_stop`, and `Invalid` when `new_end` is not between the stop's start and end.
    """
    version, stop = on_draft(session, programme_id, uid, now)
    if not stop.starts < new_end < stop.ends:
        raise Invalid(
            f"The stop runs from {clock(stop.starts)} to {clock(stop.ends)}; a new end lies in between.",
            code="new-end",
        )
    bridge_over(session, stop, bridge or Bridge())
    stop.reason = plain_reason(reason)
    packdown = stop.leave - stop.ends
    stop.ends, stop.leave, stop.state = new_end, new_end + packdown, "shortened"
    return settled(session, version, stop, "schedule.stop_shortened", actor, now)


def settled(
    session: Session, version: Version, stop: PlannedStop, act: str, actor: str, now: datetime
) -> Version:
    """The draft with its figures and alternatives anew, and the change in the audit."""
    find_alternatives(session, version)
    revalue(session, version)
    session.flush()
    facts = {
        "date": stop.date.isoformat(),
        "site": stop.site_id,
        "starts": stop.starts,
        "ends": stop.ends,
        "reason": stop.reason,
    }
    if stop.refills_due:
        facts |= {"refills_due": stop.refills_due, "bridge": stop.bridge, "contact": stop.contact}
    audit.record(session, version.programme_id, actor, act, f"stop/{stop.uid}", facts, now=now)
    return version


def on_draft(session: Session, programme_id: int, uid: str, now: datetime) -> tuple[Version, PlannedStop]:
    """The open draft, copied from the schedule where there is none, and its stop that may still change.

    Raises: `Missing` when the schedule has no such stop, `Conflict` when it is over or cancelled already.
    """
    one_at_a_time(session, "schedules")
    version = open_draft(session, programme_id) or _copy(session, programme_id, uid, now)
    stop = next((stop for stop in version.stops if stop.uid == uid), None)
    if stop is None:
        raise _not_on_draft(session, version, uid)
    if stop.state == "cancelled":
        raise Conflict("This stop is cancelled already.", code="stop-cancelled")
    if _over(session, programme_id, stop, now):
        raise Conflict("This stop is over; what happened there is in its log.", code="stop-over")
    return version, stop


def _not_on_draft(session: Session, draft: Version, uid: str) -> Missing | Conflict:
    if with_stop(session, draft.programme_id, uid) is None:
        return _no_such_stop()
    return Conflict(
        f"Another draft is open, for {draft.from_date} to {draft.until_date}. Publish or undo it first.",
        code="draft-open",
    )


def _no_such_stop() -> Missing:
    return Missing("The schedule has no such stop; it may have been replanned. Reload it.", code="no-stop")


def _copy(session: Session, programme_id: int, uid: str, now: datetime) -> Version:
    """The days around the stop on which its version is in force: what a newer one covers stays as it is."""
    standing = with_stop(session, programme_id, uid)
    if standing is None:
        raise _no_such_stop()
    return keep(session, copied(session, *standing, now))


def copied(session: Session, base: Version, day: date, now: datetime) -> Version:
    """The days around `day` on which a version is in force, as a draft that is not stored yet."""
    first, last = _span(session, base, day)
    return Version(
        programme_id=base.programme_id,
        number=None,
        from_date=first,
        until_date=last,
        run_id=base.run_id,
        base_id=base.id,
        state="draft",
        note="",
        score=dict(base.score),
        troubles=list(base.troubles),
        created_at=now,
        shifts=[_shift_copy(shift) for shift in base.shifts if first <= shift.date <= last],
    )


def _span(session: Session, base: Version, day: date) -> tuple[date, date]:
    ours = in_force(session, base.programme_id, base.from_date, base.until_date)
    first = last = day
    while ours.get(first - timedelta(1)) == base.id:
        first -= timedelta(1)
    while ours.get(last + timedelta(1)) == base.id:
        last += timedelta(1)
    return first, last


def _shift_copy(shift: ShiftPlan) -> ShiftPlan:
    return ShiftPlan(
        **{name: getattr(shift, name) for name in SHIFT},
        stops=[_stop_copy(stop) for stop in shift.stops],
    )


def _stop_copy(stop: PlannedStop) -> PlannedStop:
    left = ("id", "version_id", "shift_id")
    return PlannedStop(
        **{c.key: getattr(stop, c.key) for c in PlannedStop.__table__.columns if c.key not in left}
    )


def find_alternatives(session: Session, version: Version) -> None:
    """Every cancelled or shortened stop names the nearest one that still stands."""
    places = {site.id: site for site in sites.listed(session, version.programme_id)}
    for stop in version.stops:
        if stop.state != "planned":
            stop.alternative = _nearest(stop, version, places)


def _nearest(stop: PlannedStop, version: Version, places: dict[int, Site]) -> dict[str, object] | None:
    """By walking distance, where a day's wait counts like 1.5 km and a lacking service like 1 km."""
    others = [
        other
        for other in version.stops
        if other.state == "planned"
        and _begins_after(stop, other)
        and (other.date - stop.date).days <= ALTERNATIVE_DAYS
    ]
    best = min(others, key=lambda other: (_effort(stop, other, places), other.date, other.uid), default=None)
    return None if best is None else _told(best, stop, places)


def _effort(stop: PlannedStop, other: PlannedStop, places: dict[int, Site]) -> float:
    lacking = len(set(stop.services) - set(other.services))
    days = (other.date - stop.date).days
    return _metres(stop, other, places) + METRES_A_DAY * days + METRES_A_SERVICE * lacking


def _told(other: PlannedStop, stop: PlannedStop, places: dict[int, Site]) -> dict[str, object]:
    return {
        "uid": other.uid,
        "site_id": other.site_id,
        "name": places[other.site_id].name,
        "date": other.date.isoformat(),
        "starts": other.starts,
        "ends": other.ends,
        "metres": round(_metres(stop, other, places)),
    }


def _metres(stop: PlannedStop, other: PlannedStop, places: dict[int, Site]) -> float:
    here, there = places[stop.site_id], places[other.site_id]
    return metres_between((here.lon, here.lat), (there.lon, there.lat))


def _begins_after(stop: PlannedStop, other: PlannedStop) -> bool:
    """Somebody who came for the hours that are lost still finds the van at `other` for half an hour."""
    lost = stop.ends if stop.state == "shortened" else stop.starts
    return (other.date, other.ends) > (stop.date, lost + 30) and other.uid != stop.uid


def _over(session: Session, programme_id: int, stop: PlannedStop, now: datetime) -> bool:
    return moment(stop.date, stop.ends, zone_of(session, programme_id)) <= now


def bridge_over(session: Session, stop: PlannedStop, bridge: Bridge) -> None:
    """Keep how people get over a session that is given up. Raises: `Invalid` where refills are due and
    nobody said."""
    if stop.refills_due and not bridge.whole:
        raise Invalid(
            f"{stop.refills_due} refills are due at this session. Say how people get to their next dose (the "
            "bridge) and who contacts them.",
            code="bridge",
        )
    bridged(session, stop, bridge.how, bridge.contact)


def plain_reason(text: str) -> str:
    """Why, as everybody may read it. Raises: `Invalid` for nothing, too much, or a participant's code."""
    reason = text.strip()
    canonical(codes.refuse_in(reason))
    if not 1 <= len(reason) <= 200:
        raise Invalid("Say why, in 1 to 200 letters: crews and the public notice show it.", code="reason")
    return reason
