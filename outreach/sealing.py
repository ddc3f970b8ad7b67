"""Sealing: words that the database keeps but cannot read (AES-256-GCM), bound to the row they belong to."""

from __future__ import annotations

import base64
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import Session

from outreach.errors import Refused
from outreach.keys import KeyRing
from outreach.store import canonical

MARK: Final = "sealed1"
NONCE_BYTES: Final = 12


def ring_of(session: Session) -> KeyRing:
    """The installation's key ring. Raises: `Refused` where the store was opened without one."""
    ring = session.info.get("keys")
    if not isinstance(ring, KeyRing):
        raise Refused("This store was opened without its key file. Set OUTREACH_KEYS.", code="no-keys")
    return ring


def seal(session: Session, key: str, about: str, words: str) -> str:
    """The words, sealed with the named key. `about` names the row and column: elsewhere they do not open."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(ring_of(session).make(key)).encrypt(nonce, words.encode(), about.encode())
    return f"{MARK}:{key}:{base64.b64encode(nonce + sealed).decode()}"


def unseal(session: Session, about: str, sealed: str) -> str | None:
    """The words again; None once their key was destroyed.

    Raises: `Refused` when the key is another one, or the words were moved or changed.
    """
    try:
        mark, name, text = sealed.split(":", 2)
        if mark != MARK:
            raise InvalidTag
        key = ring_of(session).find(name)
        if key is None:
            return None
        raw = base64.b64decode(text)
        return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], about.encode()).decode()
    except (InvalidTag, ValueError):
        raise Refused(
            "Sealed words do not open: the key file is another installation's, or somebody changed them. "
            "Put the right key file back.",
            code="wrong-key",
        ) from None


def kept(session: Session, programme_id: int, about: str, words: str) -> str:
    """A few words as a column keeps them: sealed with their programme's own key. Empty stays empty."""
    canonical(words)
    return seal(session, f"p{programme_id}/words", about, words) if words else ""


def told(session: Session, about: str, words: str) -> str:
    """What `kept` gave, clear again; empty for nothing, or when the key is gone. Raises: as `unseal`."""
    return (unseal(session, about, words) or "") if words else ""
