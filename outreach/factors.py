"""Second factors: the six digits of an authenticator (TOTP, RFC 6238), each good once and for a minute."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

from sqlalchemy.orm import Session

from outreach import audit, sealing
from outreach.accounts import Account, SignedOut
from outreach.errors import Conflict, Invalid
from outreach.store import Programme

STEP_SECONDS: Final = 30
DIGITS: Final = 6
EARLIER_OR_LATER: Final = 1
"""Steps by which an authenticator's clock may be off."""
SECRET_BYTES: Final = 20
NEEDED_BY: Final = frozenset({"manager", "admin", "auditor", "operator"})
KEY: Final = "installation/factors"


class FactorWanted(SignedOut):
    """The password is right, and the six digits are missing or wrong (401)."""

    kind = "second-factor"


def needed(session: Session, account: Account) -> bool:
    """Whether this account must have one: whoever sees figures or changes rights, but not in a demonstration,
    whose passwords everybody knows anyhow."""
    return account.role in NEEDED_BY and not session.get_one(Programme, account.programme_id).demo


def offer(session: Session, account: Account) -> str:
    """A new secret, in the letters authenticators take; it counts once `confirm` has seen its digits."""
    if account.factor_since is not None:
        raise Conflict("A second factor is set up already. An administrator can take it off.", code="factor")
    secret = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()
    account.factor = sealing.seal(session, KEY, _about(account), secret)
    return secret


def confirm(session: Session, account: Account, digits: str, now: datetime) -> None:
    """Put the offered secret in force. Raises: `Invalid` when the digits are not its own."""
    if account.factor is None or account.factor_since is not None or not _take(session, account, digits, now):
        raise Invalid(
            "These digits do not fit. Look at the clock of your phone and try again.", code="digits"
        )
    account.factor_since = now
    audit.record(session, account.programme_id, account.login, "factor.confirmed", account.login, {}, now=now)


def check(session: Session, account: Account, digits: str | None, now: datetime) -> None:
    """Look at the digits of an account that has a second factor. Each is good once.

    Raises: `FactorWanted`.
    """
    if account.factor_since is not None and (not digits or not _take(session, account, digits, now)):
        raise FactorWanted("Enter the six digits that your authenticator shows now.")


def take_off(session: Session, account: Account, *, actor: str, now: datetime) -> None:
    """Forget a second factor, for a lost phone; the next log-in sets up another."""
    account.factor = account.factor_since = account.factor_step = None
    audit.record(session, account.programme_id, actor, "factor.taken_off", account.login, {}, now=now)


def opens(session: Session, account: Account) -> bool:
    """True when the key file opens the account's secret. Raises: `Refused` for another one's key file."""
    return sealing.unseal(session, _about(account), account.factor or "") is not None


def address(account: Account, secret: str) -> str:
    """The otpauth address that a phone opens in its authenticator."""
    label = quote(f"Outreach:{account.login}", safe="")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': 'Outreach'})}"


def digits_at(secret: str, moment: datetime, digits: int = DIGITS) -> str:
    """What an authenticator with this secret shows at the moment."""
    return _digits(secret, int(moment.timestamp()) // STEP_SECONDS, digits)


def _take(session: Session, account: Account, digits: str, now: datetime) -> bool:
    """True for digits of a step not used yet; that step and all before it are used then."""
    secret = sealing.unseal(session, _about(account), account.factor or "")
    step = int(now.timestamp()) // STEP_SECONDS
    for at in range(step - EARLIER_OR_LATER, step + EARLIER_OR_LATER + 1):
        fits = secret is not None and hmac.compare_digest(
            _digits(secret, at).encode(), digits.strip().encode()
        )
        if fits and at > (account.factor_step or 0):
            account.factor_step = at
            return True
    return False


def _digits(secret: str, step: int, digits: int = DIGITS) -> str:
    mac = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1)
    start = mac[-1] & 15
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def _about(account: Account) -> str:
    return f"accounts/{account.id}/factor"
