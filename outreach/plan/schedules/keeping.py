"""Keeping: whether a schedule keeps what people due back are owed: at which stop they can come, or why not.

Reasons are looked for in the schedule as it stands, hand edits included, for whoever is due by now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from outreach.errors import Conflict
from outreach.place import sites
from outreach.plan.due import Due
from outreach.plan.planning import owed
from outreach.plan.planning.roster import Roster
from outreach.plan.schedules.judging import as_decided, frozen, plan_of
from outreach.plan.versions import PlannedStop, Version
from outreach.tabular import clock
from solver.missed import why_missed
from solver.problem import FollowUp

State = Literal["kept", "later", "missed"]
Facts = Mapping[str, str | int | float]
MOST_REASONS = 40
"""Each takes milliseconds; beyond, it is only said that no van stops there."""


@dataclass(frozen=True, slots=True)
class Kept:
    """People due, and what a schedule does for them: `kept` at the stop `uid`, to be served `later` (their
    window is longer than the schedule), or `missed` for the reason in `code`, `facts` and `sentence`.
    `ids` are those of the rows added up in it, `crew` says that a crew noted some of them."""

    ids: tuple[int, ...]
    site_id: int
    site: str
    service: str
    from_date: date
    until_date: date
    people: int
    crew: bool
    state: State = "missed"
    uid: str | None = None
    code: str = ""
    sentence: str = ""
    facts: Facts = field(default_factory=dict)


def kept_due(session: Session, programme_id: int, version: Version, now: datetime) -> list[Kept]:
    """Everybody due on the days of a version whom nothing published before it serves, the missed first.

    `version` has its van-days and stops loaded, or comes from `of_run`.
    """
    days = (version.until_date - version.from_date).days + 1
    dates = [version.from_date + timedelta(step) for step in range(days)]
    waiting = owed.waiting(session, programme_id, dates, now)
    names = {site.id: site.name for site in sites.listed(session, programme_id)}
    found = [_served(rows, names[rows[0].site_id], version) for rows in _alike(waiting)]
    found = _with_reasons(session, version, found)
    order = ("missed", "later", "kept")
    return sorted(found, key=lambda one: (order.index(one.state), one.until_date, one.site, one.service))


def counted(found: Sequence[Kept]) -> str:
    """How many of those due can come, in a sentence; empty when nobody is due."""
    total = sum(one.people for one in found)
    if not total:
        return ""
    kept, later = (sum(one.people for one in found if one.state == state) for state in ("kept", "later"))
    after = f"; {later} can still come after it" if later else ""
    return f"{_people(total)} due back: {kept} can come to a stop of this plan{after}."


def _people(count: int) -> str:
    return "1 person is" if count == 1 else f"{count} people are"


def _alike(waiting: Sequence[Due]) -> Iterator[list[Due]]:
    """Rows of one site, service and window, whoever wrote them."""
    together: dict[tuple[int, str, date, date], list[Due]] = {}
    for one in waiting:
        together.setdefault((one.site_id, one.service, one.from_date, one.until_date), []).append(one)
    yield from together.values()


def _served(rows: Sequence[Due], name: str, version: Version) -> Kept:
    """Whether a stop that stands serves them; a cancelled one is the reason why not."""
    one = rows[0]
    plain = Kept(
        ids=tuple(row.id for row in rows),
        site_id=one.site_id,
        site=name,
        service=one.service,
        from_date=one.from_date,
        until_date=one.until_date,
        people=sum(row.people for row in rows),
        crew=any(row.event_uid is not None for row in rows),
    )
    there = [
        stop
        for stop in version.stops
        if stop.site_id == one.site_id and one.covers(stop.date) and one.service in stop.services
    ]
    at = next((stop for stop in there if stop.state != "cancelled"), None)
    if at is not None:
        return replace(plain, state="kept", uid=at.uid)
    if one.until_date > version.until_date:
        return replace(plain, state="later")
    return _cancelled(plain, there[0]) if there else plain


def _cancelled(missed: Kept, stop: PlannedStop) -> Kept:
    facts = {"date": stop.date.isoformat(), "start": clock(stop.starts), "reason": stop.reason}
    sentence = f"The stop there on {stop.date} at {clock(stop.starts)} is cancelled: {stop.reason}."
    return replace(missed, code="cancelled", sentence=sentence, facts=facts)


def _with_reasons(session: Session, version: Version, found: list[Kept]) -> list[Kept]:
    """Those missed with why."""
    missed = [one for one in found if one.state == "missed" and not one.code]
    told = {
        one.ids: replace(one, code="no_stop", sentence=f"No van stops at {one.site} on these days.")
        for one in missed
    }
    told |= _explained(session, version, missed)
    return [told.get(one.ids, one) for one in found]


def _explained(session: Session, version: Version, missed: list[Kept]) -> dict[tuple[int, ...], Kept]:
    """Those that the optimizer's tables have a reason for; none where no run made the version."""
    if not missed:
        return {}
    try:
        problem, roster = frozen(session, version)
    except Conflict:
        return {}
    left_out = {left.site_id: left for left in roster.left_out}
    told = {
        one.ids: replace(one, code=left.code, sentence=left.sentence)
        for one in missed
        if (left := left_out.get(one.site_id)) is not None
    }
    asked = [(one, due) for one in missed if (due := _follow_up(one, roster, version)) is not None]
    due_now = replace(
        as_decided(problem, roster, version), follow_ups=tuple(due for _, due in asked[:MOST_REASONS])
    )
    for why in why_missed(due_now, plan_of(version, roster)):
        one = asked[why.follow_up][0]
        told[one.ids] = replace(one, code=why.code, sentence=why.sentence, facts=why.facts)
    return told


def _follow_up(one: Kept, roster: Roster, version: Version) -> FollowUp | None:
    """As the optimizer is asked; None where the site was no candidate, or the service is not known."""
    first, last = max(one.from_date, version.from_date), min(one.until_date, version.until_date)
    days = frozenset(range((first - roster.from_date).days, (last - roster.from_date).days + 1))
    if one.site_id not in roster.sites or one.service not in roster.services:
        return None
    site, service = roster.sites.index(one.site_id), roster.services.index(one.service)
    return FollowUp(site, days, service, one.people)
