"""Signing in through the programme's own identity provider: OpenID Connect, code flow with PKCE.

Who may come in is decided here, by the account whose log-in is the verified e-mail address; the provider only
says who they are. From the first time on the account is bound to the provider's own name for them.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach import audit, factors, sealing
from outreach.accounts import Account, SignedOut
from outreach.errors import Missing, Refused
from outreach.settings import Settings

KEY: Final = "installation/oidc"
ABOUT: Final = "oidc/journey"
JOURNEY_SECONDS: Final = 600
PATIENCE_SECONDS: Final = 10
ALGORITHMS: Final = ["RS256", "PS256", "ES256", "EdDSA"]
STRONG: Final = frozenset({"mfa", "otp", "hwk", "swk", "fpt", "face", "sc"})
"""What a provider calls a second factor (RFC 8176)."""


@dataclass(frozen=True, slots=True)
class Journey:
    """What has to come back from the provider; it travels in a sealed cookie and ends after ten minutes."""

    state: str
    nonce: str
    verifier: str
    began: int


@dataclass(frozen=True, slots=True)
class Claims:
    """What the provider vouches for."""

    subject: str
    email: str | None
    strong: bool


class Provider:
    """The identity provider of this installation. Asks it on first use where its doors are."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[str, Any] | None = None

    @property
    def there(self) -> bool:
        """Whether one is set up."""
        return self._settings.oidc_issuer is not None

    def journey(self) -> Journey:
        """A new way to the provider and back."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return Journey(state, nonce, verifier, int(time.time()))

    def address(self, journey: Journey, back: str) -> str:
        """Where to send the browser. Raises: `Missing` when no provider is set up."""
        with self._client(back) as client:
            address, _ = client.create_authorization_url(
                self._door("authorization_endpoint"),
                state=journey.state,
                nonce=journey.nonce,
                code_verifier=journey.verifier,
            )
            return str(address)

    def claims(self, journey: Journey, code: str, back: str) -> Claims:
        """What the provider says about whoever came back. Raises: `SignedOut` when it does not hold."""
        from httpx import HTTPError

        try:
            with self._client(back) as client:
                told = client.fetch_token(
                    self._door("token_endpoint"), code=code, code_verifier=journey.verifier
                )
                keys = client.request("GET", self._door("jwks_uri"), withhold_token=True).json()
        except (HTTPError, ValueError, _oauth_error()) as error:
            kind = type(error).__name__
            raise SignedOut(f"The provider did not confirm this: {kind}.", code="oidc") from None
        return self._read(str(told.get("id_token", "")), keys, journey)

    def _read(self, token: str, keys: Any, journey: Journey) -> Claims:  # noqa: ANN401 — as the provider sends it
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        wanted: dict[str, Any] = {
            "iss": {"essential": True, "value": self._settings.oidc_issuer},
            "aud": {"essential": True, "value": self._settings.oidc_client},
            "nonce": {"essential": True, "value": journey.nonce},
            "exp": {"essential": True},
            "sub": {"essential": True},
        }
        try:
            claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS).claims
            jwt.JWTClaimsRegistry(leeway=60, **wanted).validate(claims)
        except (JoseError, ValueError, KeyError, TypeError):
            raise SignedOut("The provider's answer does not hold. Sign in again.", code="oidc") from None
        email = claims.get("email") if claims.get("email_verified") is True else None
        strong = bool(STRONG & set(claims.get("amr") or []))
        return Claims(str(claims["sub"]), str(email).strip().lower() if email else None, strong)

    def _client(self, back: str) -> Any:  # noqa: ANN401 — the library has no types
        if not self.there:
            raise Missing("No identity provider is set up here.", code="no-oidc")
        from authlib.integrations.httpx_client import OAuth2Client

        return OAuth2Client(
            self._settings.oidc_client,
            self._settings.oidc_secret,
            scope="openid email",
            redirect_uri=back,
            code_challenge_method="S256",
            timeout=PATIENCE_SECONDS,
        )

    def _door(self, name: str) -> str:
        """One of the provider's addresses, as its discovery document tells. Raises: `SignedOut`."""
        import httpx

        issuer = str(self._settings.oidc_issuer)
        try:
            if self._known is None:
                found = httpx.get(f"{issuer}/.well-known/openid-configuration", timeout=PATIENCE_SECONDS)
                self._known = found.raise_for_status().json()
            door, named = str(self._known[name]), self._known["issuer"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            self._known = None
            raise SignedOut(
                "The identity provider cannot be reached. Try again later.", code="oidc"
            ) from None
        if named != issuer or not _trusted(door):
            self._known = None
            raise SignedOut("The identity provider is not the one that was set up.", code="oidc")
        return door


def check(settings: Settings) -> None:
    """Raises: `Refused` for a provider that is half set up, not on https, or lacks its packages."""
    if settings.oidc_issuer is None:
        return
    if not settings.oidc_client or not settings.oidc_secret:
        raise Refused("Set OUTREACH_OIDC_CLIENT and OUTREACH_OIDC_SECRET beside OUTREACH_OIDC_ISSUER.")
    if not _trusted(settings.oidc_issuer):
        raise Refused("OUTREACH_OIDC_ISSUER must be an https address.")
    if find_spec("authlib") is None or find_spec("httpx") is None:
        raise Refused("An identity provider needs more packages: pip install 'outreach[oidc]'.")


def pack(session: Session, journey: Journey) -> str:
    """A journey as a cookie that only this installation can read."""
    return sealing.seal(session, KEY, ABOUT, json.dumps(asdict(journey)))


def unpack(session: Session, cookie: str, state: str) -> Journey:
    """The journey that ends here. Raises: `SignedOut` for another's, or one that took too long."""
    try:
        journey = Journey(**json.loads(sealing.unseal(session, ABOUT, cookie) or ""))
    except (ValueError, TypeError, Refused):
        journey = None
    late = journey is None or time.time() - journey.began > JOURNEY_SECONDS
    if journey is None or late or not secrets.compare_digest(journey.state.encode(), state.encode()):
        raise SignedOut("This was not begun in this browser, or took too long. Begin again.", code="oidc")
    return journey


def account_of(session: Session, claims: Claims, now: datetime) -> Account:
    """Whose account it is: bound to the provider's name for them, or the one with their verified address.

    Raises: `SignedOut` when there is none, or without a second factor that the role needs.
    """
    found = session.scalar(select(Account).where(Account.subject == claims.subject))
    if found is None and claims.email is not None:
        unbound = select(Account).where(Account.login == claims.email, Account.subject.is_(None))
        found = session.scalar(unbound)
        if found is not None and found.active:
            found.subject = claims.subject
            audit.record(session, found.programme_id, found.login, "account.bound", found.login, {}, now=now)
    if found is None or not found.active:
        raise SignedOut("Nobody here has your address. Ask for an account.", code="no-account")
    if factors.needed(session, found) and not claims.strong:
        raise SignedOut(
            "Your role needs a second factor, and your provider did not say that it asked for one. Sign in "
            "with your password here.",
            code="weak",
        )
    return found


def _trusted(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    )


def _oauth_error() -> type[Exception]:
    from authlib.integrations.base_client import OAuthError

    return OAuthError  # type: ignore[no-any-return]
