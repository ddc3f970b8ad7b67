"""Passwords: which are good enough, the first ones that the house makes up, and the hashes that are kept.

Good enough is what nobody would try early (NIST SP 800-63B, 5.1.1.2): no rules about signs, but none of those
that everybody takes, and none made of what anybody knows about the person and the programme.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from outreach import codes
from outreach.errors import Invalid

SHORTEST: Final = 10
LONGEST: Final = 200
FEWEST_GUESSES: Final = 10**8
"""A century at the door's eight tries in five minutes; eight weeks of a processor for who has the hash."""
JUDGED: Final = 72
SHORTEST_NAME: Final = 3
FIRST_LIMIT: Final = timedelta(days=7)
FIRST_WORDS: Final = 4
HASHER = PasswordHasher()
"""Argon2id at the cost its authors recommend: a tenth of a second and 64 MB for each guess."""


def first() -> str:
    """Words to read out to somebody, who may only choose a password of their own with them."""
    return "-".join(
        [*(secrets.choice(codes.words()) for _ in range(FIRST_WORDS)), f"{secrets.randbelow(10_000):04}"]
    )


def refuse_easy(password: str, known: Iterable[str]) -> None:
    """Raises: `Invalid` for a password that would be guessed early; what is `known` of its owner and of the
    programme (names, log-in, city) counts for nothing in it."""
    if _guesses(password, known) < FEWEST_GUESSES:
        raise Invalid(
            "This password is among those that are tried first: much used, too regular, or made of your "
            "name, your log-in or the programme's. Take four words that do not belong together.",
            code="easy-password",
        )


def hashed(password: str) -> str:
    """What is kept of it. Raises: `Invalid` when it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(f"A password has {SHORTEST} to {LONGEST} characters. Try four words.", code="password")
    return HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether it is the password of this hash; takes as long for nobody's (None)."""
    try:
        return HASHER.verify(password_hash or _nobody(), password[:LONGEST]) and password_hash is not None
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


def _guesses(password: str, known: Iterable[str]) -> float:
    words = {word for text in known for word in (text, *re.findall(r"[^\W_]+", text))}
    rest = password.casefold()
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= SHORTEST_NAME:
            rest = rest.replace(word.casefold(), "")
    judged = (each[:JUDGED] for each in (password, rest) if each)
    return min((float(zxcvbn(each)["guesses"]) for each in judged), default=0.0) if rest else 0.0


@cache
def _nobody() -> str:
    return HASHER.hash(secrets.token_hex(16))
