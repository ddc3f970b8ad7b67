"""A published day in the tiny town and the taps of its crew: where tests of logging and reporting start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from outreach.accounts import Account
from outreach.plan.schedules import PlannedStop, ShiftPlan, Version
from tests.town import Town

NINE = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
"""Nine o'clock in the morning of the tiny town's Monday."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Monday: van one at the mill 9-11 and at the yard 12-14 o'clock, van two at the square 10-14 o'clock."""

    town: Town
    crew: int
    manager: int
    mill: str
    yard: str
    square: str


@dataclass(frozen=True, slots=True)
class Planned:
    """One stop to publish, in minutes after midnight."""

    site: str
    van: str
    day: date
    starts: int
    ends: int
    uid: str
    state: str = "planned"


def uid(number: int) -> str:
    """A stop's or an event's id that is easy to tell apart."""
    return str(UUID(int=0x01932C6E_0000_7000_8000_000000000000 + number))


def begin(town: Town) -> Shift:
    """Publish Monday and open an account for the crew."""
    mill, yard, square = uid(1), uid(2), uid(3)
    with town.store.transaction() as session:
        crew, manager = (account(session, town, role) for role in ("crew", "manager"))
        publish(
            session,
            town,
            1,
            town.monday,
            town.monday + timedelta(6),
            [
                Planned("mill", "one", town.monday, 540, 660, mill),
                Planned("yard", "one", town.monday, 720, 840, yard),
                Planned("square", "two", town.monday, 600, 840, square),
            ],
        )
    return Shift(town, crew, manager, mill, yard, square)


def account(session: Session, town: Town, role: str) -> int:
    """Without the second it takes to hash a password: nobody signs in here."""
    account = Account(programme_id=town.programme_id, login=role, name=role, role=role, password_hash="!")
    session.add(account)
    session.flush()
    return account.id


def publish(
    session: Session, town: Town, number: int, from_date: date, until_date: date, planned: list[Planned]
) -> Version:
    """A published version with these stops, straight into the tables."""
    version = Version(
        programme_id=town.programme_id,
        number=number,
        from_date=from_date,
        until_date=until_date,
        state="published",
        created_at=NINE - timedelta(2),
        published_at=NINE - timedelta(2),
        shifts=[],
    )
    session.add(version)
    session.flush()
    for van, day in sorted({(stop.van, stop.day) for stop in planned}):
        version.shifts.append(
            _shift(town, version.id, van, day, [s for s in planned if (s.van, s.day) == (van, day)])
        )
    session.flush()
    return version


def _shift(town: Town, version_id: int, van: str, day: date, planned: list[Planned]) -> ShiftPlan:
    shift = ShiftPlan(
        programme_id=town.programme_id,
        van_id=town.vans[van],
        date=day,
        depart=planned[0].starts - 30,
        back=planned[-1].ends + 30,
        staff=[town.staff["ben"], town.staff["dia"]],
        stops=[],
    )
    for number, stop in enumerate(planned, start=1):
        shift.stops.append(_stop(town, version_id, stop, number))
    return shift


def _stop(town: Town, version_id: int, stop: Planned, number: int) -> PlannedStop:
    return PlannedStop(
        programme_id=town.programme_id,
        version_id=version_id,
        uid=stop.uid,
        site_id=town.sites[stop.site],
        date=stop.day,
        sequence=number,
        arrive=stop.starts - 15,
        starts=stop.starts,
        ends=stop.ends,
        leave=stop.ends + 15,
        services=["harm_reduction"],
        state=stop.state,
    )


def tap(
    number: int,
    kind: str,
    subject: str | None,
    payload: dict[str, object] | None = None,
    *,
    at: datetime = NINE,
    replaces: str | None = None,
) -> dict[str, object]:
    """An event as the tablet sends it."""
    return {
        "id": uid(1000 + number),
        "kind": kind,
        "subject": subject,
        "replaces": replaces,
        "occurred_at": at.isoformat(),
        "payload": payload or {},
    }


def tally(number: int, subject: str, counter: str, quantity: int, at: datetime = NINE) -> dict[str, object]:
    """So many of something."""
    return tap(number, "tally", subject, {"item": counter, "quantity": quantity}, at=at)


def morning(shift: Shift) -> Iterator[dict[str, object]]:
    """What a crew logs at the mill: there 09:05-11:00, twelve people, three kits, one of them taken back."""
    yield tap(1, "stop.arrived", shift.mill, at=NINE + timedelta(minutes=5))
    yield tally(2, shift.mill, "contacts", 7)
    yield tally(3, shift.mill, "contacts", 5)
    yield tally(4, shift.mill, "naloxone_kits", 3)
    yield tally(5, shift.mill, "naloxone_kits", 1)
    yield tap(6, "void", shift.mill, replaces=uid(1005))
    yield tally(7, shift.mill, "syringes_out", 40)
    yield tally(8, shift.mill, "syringes_in", 25)
    yield tap(9, "stop.left", shift.mill, at=NINE + timedelta(hours=2))
    yield tap(10, "stop.skipped", shift.yard, {"reason": "weather"})
    yield tap(
        11, "overdose.response", shift.square, {"naloxone_doses": 2, "survived": True, "ems_called": None}
    )
