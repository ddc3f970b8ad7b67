"""Tablets of the programme: a code brings one in, it keeps itself signed in, and a word shuts it out."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Request, Response
from pydantic import Field, StringConstraints

from api.access import router
from api.cookies import hand_over, hand_over_secret, secret_of
from api.request import Asking, AtDesk, AtDoor, Now, Reading, Writing, WritingAll
from api.session import SignedIn
from api.wire import Asked, MomentShown, PathKey, Told
from outreach import devices, sessions
from outreach.accounts import SignedOut
from outreach.devices import Device
from outreach.sessions import Presence

routes = router("", tags=["devices"])

ANY_CODE: Final = "any tablet code"
Name = Annotated[str, StringConstraints(min_length=1, max_length=120), Field(examples=["Tablet 3"])]
Code = Annotated[str, StringConstraints(min_length=1, max_length=40), Field(examples=["7KQ2M-XW4RT"])]


class NewDevice(Asked):
    """What the tablet is to be called."""

    name: Name


class Offered(Told):
    """Type the code on the tablet at /enrol within half an hour; it is shown once."""

    code: str = Field(examples=["7KQ2M-XW4RT"])
    expires_at: MomentShown


class Enrolling(Asked):
    """The code that the office gave."""

    code: Code


class DeviceSeen(Told):
    """A tablet."""

    id: int
    name: str
    enrolled_at: MomentShown
    enrolled_by: str
    seen_at: MomentShown
    revoked_at: MomentShown | None


@routes.get("/devices", summary="The programme's tablets")
def list_devices(session: Reading, desk: AtDesk, now: Now) -> list[DeviceSeen]:
    """Those in use first."""
    present = sessions.presence(session, desk.programme_id, now)
    return [_seen(each, present.get(each.account_id)) for each in devices.listed(session, desk.programme_id)]


@routes.post("/devices/codes", status_code=201, summary="A code that brings in one tablet")
def offer_code(asked: NewDevice, session: Writing, desk: AtDesk, actor: Asking, now: Now) -> Offered:
    """Good once, for half an hour; only its hash is kept."""
    code = devices.offer(session, desk.programme_id, asked.name, actor=actor.login, now=now)
    return Offered(code=code, expires_at=now + devices.CODE_LIMIT)


@routes.delete("/devices/{device_id}", summary="Shut a tablet out at once")
def revoke_device(
    device_id: Annotated[PathKey, Path()], session: Writing, desk: AtDesk, actor: Asking, now: Now
) -> DeviceSeen:
    """It reads nothing more; what it still sends is kept whole for a coordinator."""
    gone = devices.revoke(session, desk.programme_id, device_id, actor=actor.login, now=now)
    return DeviceSeen.model_validate(gone)


@routes.post("/device", summary="Enrol this tablet with a code; sets its cookies")
def enrol_device(
    asked: Enrolling, request: Request, response: Response, session: WritingAll, desk: AtDoor, now: Now
) -> SignedIn:
    """After a few wrong codes, wait (429)."""
    address = request.client.host if request.client else ""
    desk.attempts.check(ANY_CODE, address, now)
    try:
        account, secret = devices.enrol(session, asked.code, now)
    except SignedOut:
        desk.attempts.failed(ANY_CODE, address, now)
        raise
    hand_over_secret(request, response, secret)
    hand_over(request, response, sessions.sign_in(session, account, now))
    return SignedIn.of(session, account)


@routes.post("/device/token", summary="Renew the tablet's short log-in")
def renew_token(request: Request, response: Response, session: WritingAll, now: Now) -> SignedIn:
    """With the cookie that only this address gets; 401 once the tablet was shut out."""
    account, token = devices.renew(session, secret_of(request), now)
    hand_over(request, response, token)
    return SignedIn.of(session, account)


def _seen(device: Device, present: Presence | None) -> DeviceSeen:
    """A tablet renews its log-in once a day; its session knows to a few minutes when it last asked."""
    seen_at = max(device.seen_at, present.seen_at) if present else device.seen_at
    return DeviceSeen.model_validate(device).model_copy(update={"seen_at": seen_at})
