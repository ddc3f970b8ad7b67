"""What is sealed: every column whose words open with the key file only, and whether they still do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from outreach import factors, participants
from outreach.accounts import Account
from outreach.errors import Refused
from outreach.participants import Participant
from outreach.plan import absences, versions
from outreach.plan.absences import Absence
from outreach.plan.versions import PlannedStop, Version
from outreach.risk import alerts
from outreach.risk.alerts import Alert

Opens = Callable[[Session, Any], object]

SEALED: Final[dict[str, tuple[InstrumentedAttribute[Any], Opens]]] = {
    "second factors": (Account.factor, factors.opens),
    "words about participants": (Participant.note, participants.read),
    "reasons of absences": (Absence.reason, absences.reason_of),
    "notes of alerts": (Alert.note, alerts.note_of),
    "notes of published plans": (Version.note, versions.note_of),
    "bridges over stops given up": (PlannedStop.bridge, versions.bridge_of),
    "who tells people of them": (PlannedStop.contact, versions.bridge_of),
}
"""By what it is called: the column, and what opens it in a row."""


def count(session: Session) -> int:
    """How many cells hold something sealed."""
    asked = (select(func.count()).where(_filled(column)) for column, _ in SEALED.values())
    return sum(session.scalar(each) or 0 for each in asked)


def shut(session: Session) -> list[str]:
    """What of it does not open with the key file there is: the oldest and the newest of each were tried."""
    return [
        name
        for name, (column, opens) in SEALED.items()
        if not all(_opened(session, row, opens) for row in _ends(session, column))
    ]


def _ends(session: Session, column: InstrumentedAttribute[Any]) -> Iterator[object]:
    kind = column.class_
    for order in (kind.id, kind.id.desc()):
        yield from session.scalars(select(kind).where(_filled(column)).order_by(order).limit(1))


def _opened(session: Session, row: object, opens: Opens) -> bool:
    try:
        found = opens(session, row)
    except Refused:
        return False
    return all(found) if isinstance(found, tuple) else bool(found)


def _filled(column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    return column.is_not(None) & (column != "")
