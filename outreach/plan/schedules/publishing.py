"""Publishing: a draft the judge accepts becomes the schedule, and takes the place of what it covers."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach import audit, local_time
from outreach.errors import Conflict, Invalid, Missing
from outreach.place import sites
from outreach.plan.planning.prechecks import told
from outreach.plan.runs import Run
from outreach.plan.schedules.borders import broken_at_borders
from outreach.plan.schedules.judging import judge, refuse
from outreach.plan.schedules.meanwhile import broken_meanwhile
from outreach.plan.versions import Version, annotate, in_force, last_number, open_draft
from outreach.policies import Policy
from outreach.store import one_at_a_time
from outreach.tabular import clock


def publish(
    session: Session,
    programme_id: int,
    version: Version,
    actor: str,
    now: datetime,
    note: str = "",
    *,
    policy: Policy,
) -> Version:
    """Make a draft the schedule under the next number, within the hours of `policy`.

    A draft copied from the schedule only takes stops away: a change for today never waits for what else
    was entered for other days since.

    Raises: `Conflict` when it is no draft any more or another version came between, `Invalid` with the
    judge's sentences when it breaks a rule, what was entered since its run does not allow it, or a run's
    plan begins before today.
    """
    one_at_a_time(session, "schedules")
    _refuse_stale(session, programme_id, version)
    _refuse_same(session, version)
    if version.run_id is not None:
        _refuse_past(session, version, now)
        _refuse_unbridged(session, version)
        _refuse_broken(session, version, policy)
    version.number = last_number(session, programme_id) + 1
    version.state, version.published_at, version.published_by = "published", now, actor
    if note.strip():
        annotate(session, version, note.strip())
    session.flush()
    _supersede(session, version)
    audit.record(
        session,
        programme_id,
        actor,
        "schedule.published",
        f"version/{version.number}",
        _facts(session, version),
        now=now,
    )
    return version


def undo(session: Session, programme_id: int, actor: str, now: datetime) -> None:
    """Throw the open draft away; the published schedule stands. Raises: `Missing` when there is none."""
    version = open_draft(session, programme_id)
    if version is None:
        raise Missing("There is no open draft to throw away.", code="no-draft")
    session.delete(version)
    facts = {"from": version.from_date.isoformat(), "until": version.until_date.isoformat()}
    audit.record(session, programme_id, actor, "schedule.draft_undone", f"draft/{version.id}", facts, now=now)


def _refuse_stale(session: Session, programme_id: int, version: Version) -> None:
    if version.state != "draft" or version.programme_id != programme_id:
        raise Conflict("This version was published already. Look at the schedule again.", code="not-a-draft")
    if version.base_id is None:
        return
    standing = in_force(session, programme_id, version.from_date, version.until_date)
    if set(standing.values()) != {version.base_id}:
        raise Conflict(
            "Another version was published for these days meanwhile. Undo this draft and change it again.",
            code="stale-draft",
        )


def _refuse_same(session: Session, version: Version) -> None:
    """A run's plan that is in force on all of its days already would come out as the same version again."""
    if version.run_id is None or version.base_id is not None:
        return
    standing = in_force(session, version.programme_id, version.from_date, version.until_date)
    known = {session.get_one(Version, one) for one in set(standing.values())}
    days = (version.until_date - version.from_date).days + 1
    for same in known if len(known) == 1 and len(standing) == days else ():
        if same.run_id == version.run_id and same.base_id is None:
            raise Conflict(
                f"The plan of run {version.run_id} is the schedule already, as version {same.number}. "
                "There is nothing to publish.",
                code="published-already",
            )


def _refuse_past(session: Session, version: Version, now: datetime) -> None:
    """What was planned for a day already worked stands; only a copy of it may begin there."""
    today = local_time.today(session, version.programme_id, now)
    if version.base_id is None and version.from_date < today:
        raise Invalid(
            f"This plan begins on {told(version.from_date)}, and today is {told(today)}. Days that are over "
            "stay as they were planned: plan again from today on.",
            code="past-days",
        )


def _refuse_unbridged(session: Session, version: Version) -> None:
    """Nobody's medication is given up in silence, whatever happened."""
    waiting = [stop for stop in version.stops if stop.unbridged]
    names = {site.id: site.name for site in sites.listed(session, version.programme_id)} if waiting else {}
    for stop in waiting:
        raise Invalid(
            f"{stop.refills_due} refills are due at {names[stop.site_id]} on {told(stop.date)} at "
            f"{clock(stop.starts)}, and no van can keep the session. Cancel it and say how people get to "
            "their next dose (the bridge) and who contacts them; then publish.",
            code="bridge",
        )


def _refuse_broken(session: Session, version: Version, policy: Policy) -> None:
    verdict = judge(session, version)
    broken = [fault.sentence for fault in verdict.broken]
    if not broken and version.base_id is None:
        broken = broken_meanwhile(session, version)
    refuse("This schedule", broken or broken_at_borders(session, version, policy))


def _supersede(session: Session, version: Version) -> None:
    """An older version stands only while some day is still its own."""
    asked = select(Version).where(
        Version.programme_id == version.programme_id, Version.state == "published", Version.id != version.id
    )
    newer = [(version.from_date, version.until_date)]
    for older in session.scalars(asked.order_by(Version.number.desc())):
        if _covered(older.from_date, older.until_date, newer):
            older.state = "superseded"
        newer.append((older.from_date, older.until_date))
    session.flush()


def _covered(first: date, last: date, spans: list[tuple[date, date]]) -> bool:
    days = (first + timedelta(step) for step in range((last - first).days + 1))
    return all(any(begins <= day <= ends for begins, ends in spans) for day in days)


def _facts(session: Session, version: Version) -> dict[str, object]:
    fingerprint = session.scalar(select(Run.fingerprint).where(Run.id == version.run_id))
    return {
        "from": version.from_date.isoformat(),
        "until": version.until_date.isoformat(),
        "run": version.run_id,
        "problem": fingerprint,
        "value": version.score.get("value"),
        "gap": version.score.get("gap"),
        "stops": len(version.stops),
    }
