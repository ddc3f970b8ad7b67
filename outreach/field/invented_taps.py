"""What invented crews log at a stop of the demonstration, as their tablets would send it."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from outreach.field.forms import forms
from outreach.field.stops import Stop

SKIPPED, FORGOTTEN, MISCOUNTED = 0.05, 0.02, 0.06
CONTACTS_PER_HOUR = 3.2
PER_CONTACT = {"naloxone_kits": 0.35, "test_strips": 0.8, "wound_kits": 0.08, "could_not_provide": 0.03}
SYRINGES_PER_CONTACT = 6.0
RETURNED_SHARE = 0.8
LITTER_PER_HOUR = 1.5
OVERDOSE_PER_HOUR = 0.006
ASKED_BACK = {"moud": (2.0, ((6, 8), (13, 15))), "wound_care": (0.25, ((1, 3), (1, 7)))}
"""How many a stop asks to come back for a service, and in how many days: from, until."""

Tapped = dict[str, object]


def taps(stop: Stop, services: Sequence[str], busy: float, luck: random.Random) -> Iterator[Tapped]:
    """The taps of one stop with these services in order of time; `busy` is how many people come compared to
    an average stop."""
    chance = luck.random()
    if chance < FORGOTTEN:
        return
    if chance < FORGOTTEN + SKIPPED:
        reason = luck.choice(forms().skip_reasons).key
        yield _tap("stop.skipped", stop, stop.starts, {"reason": reason}, luck)
        return
    arrived = stop.starts + timedelta(minutes=luck.choice((-5, 0, 0, 5, 10, 20)))
    left = stop.ends + timedelta(minutes=luck.choice((-30, -10, 0, 0, 5)))
    yield _tap("stop.arrived", stop, arrived, {}, luck)
    yield from _counted(stop, arrived, left, busy, luck)
    yield from _asked_back(stop, services, left, luck)
    yield _tap("stop.left", stop, left, {}, luck)


def _counted(
    stop: Stop, arrived: datetime, left: datetime, busy: float, luck: random.Random
) -> Iterator[Tapped]:
    """People come hour by hour; what is handed out follows from how many came."""
    hour = timedelta(hours=1)
    now = arrived
    while now + hour / 2 <= left:
        contacts = _poisson(CONTACTS_PER_HOUR * busy, luck)
        when = now + timedelta(minutes=luck.randrange(10, 50))
        for counter, quantity in _handed_out(contacts, luck).items():
            if quantity:
                yield from _tally(stop, when, counter, quantity, luck)
        if luck.random() < OVERDOSE_PER_HOUR:
            answer: dict[str, object] = {
                "naloxone_doses": luck.randint(1, 3),
                "survived": True,
                "ems_called": None,
            }
            yield _tap("overdose.response", stop, when, answer, luck)
        now += hour


def _asked_back(stop: Stop, services: Sequence[str], left: datetime, luck: random.Random) -> Iterator[Tapped]:
    """Some are to come again: a number, a service and a window."""
    for service, (mean, windows) in ASKED_BACK.items():
        people = _poisson(mean, luck) if service in services else 0
        if people:
            first, last = luck.choice(windows)
            back: dict[str, object] = {
                "service": service,
                "people": people,
                "from_days": first,
                "until_days": last,
            }
            yield _tap("come.back", stop, left - timedelta(minutes=5), back, luck)


def _handed_out(contacts: int, luck: random.Random) -> Mapping[str, int]:
    out = 10 * _poisson(contacts * SYRINGES_PER_CONTACT / 10, luck)
    counted = {
        "contacts": contacts,
        "syringes_out": out,
        "syringes_in": round(out * RETURNED_SHARE * luck.random()),
    }
    counted |= {counter: _poisson(contacts * share, luck) for counter, share in PER_CONTACT.items()}
    return counted | {"litter_syringes": _poisson(LITTER_PER_HOUR, luck)}


def _tally(stop: Stop, when: datetime, counter: str, quantity: int, luck: random.Random) -> Iterator[Tapped]:
    """A count; now and then a wrong one first, taken back at once."""
    if luck.random() < MISCOUNTED:
        wrong = _tap("tally", stop, when, {"item": counter, "quantity": quantity + 1}, luck)
        yield wrong
        yield _tap("void", stop, when + timedelta(seconds=20), {}, luck, replaces=str(wrong["id"]))
        when += timedelta(seconds=30)
    yield _tap("tally", stop, when, {"item": counter, "quantity": quantity}, luck)


def _tap(
    kind: str,
    stop: Stop,
    when: datetime,
    payload: dict[str, object],
    luck: random.Random,
    replaces: str | None = None,
) -> Tapped:
    return {
        "id": _uuid7(when, luck),
        "kind": kind,
        "subject": stop.uid,
        "replaces": replaces,
        "occurred_at": when.isoformat(timespec="milliseconds"),
        "payload": payload,
    }


def _uuid7(when: datetime, luck: random.Random) -> str:
    """A UUIDv7 of the moment, its random bits from the seed."""
    milliseconds = round(when.timestamp() * 1000)
    return str(
        UUID(int=milliseconds << 80 | 7 << 76 | luck.getrandbits(12) << 64 | 2 << 62 | luck.getrandbits(62))
    )


def _poisson(mean: float, luck: random.Random) -> int:
    """Knuth's way: fine for the small means here."""
    limit, product, count = math.exp(-mean), luck.random(), 0
    while product > limit:
        product *= luck.random()
        count += 1
    return count
