"""A tap as the tablet sent it, read and judged on its own: well formed or not, and why not. No database here.

Nothing a tablet can send raises: what cannot be understood comes back as a `Letter` with a fault and its
whole body, so that a coordinator can still read it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import NAMESPACE_OID, uuid5

from outreach.field.bodies import text_of
from outreach.field.forms import forms
from outreach.plan import services

FAULTS = {
    "not-understood": "This is not an event this version understands.",
    "unknown-kind": "This version does not know this kind of event.",
    "bad-id": "The event has no usable id.",
    "bad-time": "The event does not say when it happened.",
    "bad-payload": "What the event says does not fit its kind.",
    "bad-subject": "The event does not say which stop or event it is about.",
}
SHOWN_ID = 100
LONGEST_NAME = 64
LONGEST_REASON = 200
MOST_DOSES = 50
FURTHEST_BACK = 180
MOST_BACK = 200

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_UNCLEAN = re.compile("[\0\ud800-\udfff]")
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ComeBack:
    """So many `people` were asked to come again for a service, `from_days` to `until_days` after the stop."""

    service: str
    people: int
    from_days: int
    until_days: int


@dataclass(frozen=True, slots=True)
class Tap:
    """One thing that happened at a stop: `amounts` counted, the `reason` of a skip, who is to come `back`.

    `replaces` names the event it corrects or voids; `subject` is the stop's uid.
    """

    kind: str
    subject: str | None
    replaces: str | None
    occurred_at: datetime
    amounts: tuple[tuple[str, int], ...] = ()
    reason: str | None = None
    back: ComeBack | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """An event as it arrived: `name` to answer to, `uid` to store it under, the whole `body` as JSON text.

    Exactly one of `tap` and `fault` (a key of `FAULTS`) is there.
    """

    name: str
    uid: str
    body: str
    digest: str
    tap: Tap | None = None
    fault: str | None = None


class _FaultError(Exception):
    """Why a body is no tap: a key of `FAULTS`."""


def read(raw: object) -> Letter:
    """Read what a tablet sent, whatever it is. Two bodies with the same content have the same `digest`."""
    body = text_of(raw)
    digest = hashlib.sha256(body.encode()).hexdigest()
    given = raw.get("id") if isinstance(raw, dict) else None
    uid = _uuid(given)
    name = given if isinstance(given, str) and uid else _harmless(given)
    key = uid or str(uuid5(NAMESPACE_OID, digest))
    try:
        if not isinstance(raw, dict):
            raise _FaultError("not-understood")
        if uid is None:
            raise _FaultError("bad-id")
        return Letter(name, key, body, digest, tap=_tap(raw))
    except _FaultError as fault:
        return Letter(name, key, body, digest, fault=str(fault))


def reread(body: str) -> Letter:
    """The letter again, from the body that was kept."""
    return read(json.loads(body))


def _tap(raw: Mapping[str, object]) -> Tap:
    kind = raw.get("kind")
    if not isinstance(kind, str) or kind not in _MEANINGS:
        raise _FaultError("unknown-kind")
    payload = raw.get("payload", {})
    if not isinstance(payload, dict):
        raise _FaultError("bad-payload")
    meant = _MEANINGS[kind](payload)
    replaces = _optional_uuid(raw.get("replaces"))
    if kind == "void" and replaces is None:
        raise _FaultError("bad-subject")
    subject = _subject(raw.get("subject"), required=kind not in ("void", "schedule.seen"))
    return Tap(kind, subject, replaces, _moment(raw.get("occurred_at")), *meant)


class Meaning(NamedTuple):
    """What a payload says, as in `Tap`."""

    amounts: tuple[tuple[str, int], ...] = ()
    reason: str | None = None
    back: ComeBack | None = None


def _nothing_more(payload: Mapping[str, object]) -> Meaning:
    return Meaning()


def _skipped(payload: Mapping[str, object]) -> Meaning:
    reason = payload.get("reason")
    if not isinstance(reason, str) or not _clean(reason) or not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise _FaultError("bad-payload")
    return Meaning(reason=reason.strip())


def _counted(payload: Mapping[str, object]) -> Meaning:
    item = payload.get("item")
    if not isinstance(item, str) or item not in forms().countable:
        raise _FaultError("bad-payload")
    return Meaning(((item, _whole(payload.get("quantity"), 1, forms().most_at_once)),))


def _overdose(payload: Mapping[str, object]) -> Meaning:
    for answer in ("survived", "ems_called"):
        if payload.get(answer) not in (True, False, None):
            raise _FaultError("bad-payload")
    doses = _whole(payload.get("naloxone_doses", 0), 0, MOST_DOSES)
    used = (("naloxone_doses", doses),) if doses else ()
    return Meaning((("overdose_responses", 1), *used))


def _seen(payload: Mapping[str, object]) -> Meaning:
    _whole(payload.get("version"), 0, 2**31 - 1)
    return Meaning()


def _come_back(payload: Mapping[str, object]) -> Meaning:
    service = payload.get("service")
    if not isinstance(service, str) or service not in services.names():
        raise _FaultError("bad-payload")
    people = _whole(payload.get("people"), 1, MOST_BACK)
    from_days = _whole(payload.get("from_days"), 1, FURTHEST_BACK)
    until_days = _whole(payload.get("until_days"), from_days, FURTHEST_BACK)
    return Meaning((("asked_back", people),), back=ComeBack(service, people, from_days, until_days))


_MEANINGS: Mapping[str, Callable[[Mapping[str, object]], Meaning]] = {
    "stop.arrived": _nothing_more,
    "stop.left": _nothing_more,
    "stop.skipped": _skipped,
    "tally": _counted,
    "overdose.response": _overdose,
    "come.back": _come_back,
    "void": _nothing_more,
    "schedule.seen": _seen,
}
KINDS = tuple(_MEANINGS)


def _whole(value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise _FaultError("bad-payload")
    return value


def _subject(value: object, *, required: bool) -> str | None:
    if value is None and not required:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME or not _clean(value):
        raise _FaultError("bad-subject")
    return _uuid(value) or value


def _optional_uuid(value: object) -> str | None:
    if value is None:
        return None
    found = _uuid(value)
    if found is None:
        raise _FaultError("bad-subject")
    return found


def _uuid(value: object) -> str | None:
    if not isinstance(value, str) or len(value) != 36:
        return None
    lower = value.lower()
    return lower if _UUID.fullmatch(lower) else None


def _moment(value: object) -> datetime:
    if not isinstance(value, str) or len(value) > 40:
        raise _FaultError("bad-time")
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise _FaultError("bad-time")
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _FaultError("bad-time") from None
    if not _EARLIEST <= moment < _LATEST:
        raise _FaultError("bad-time")
    return moment


def _clean(text: str) -> bool:
    """Can both databases hold it? Neither NUL nor half a surrogate pair."""
    return _UNCLEAN.search(text) is None


def _harmless(given: object) -> str:
    """Something to call an event by that has no usable id: short, printable ASCII."""
    return text_of(given)[:SHOWN_ID].strip('"') if given is not None else ""
