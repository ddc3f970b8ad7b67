"""Codes of participants: how a random one is made, and whether a text holds what looks like one.

Words that many may read, such as a tablet's name or why a stop is cancelled, are kept as they are written. A
code in them would tell of somebody who never agreed to it, so such a text is refused.
"""

from __future__ import annotations

import re
import secrets
from functools import cache
from typing import Final

from outreach.errors import Invalid
from outreach.settings import packaged

MADE: Final = re.compile(r"([a-z]+)-([a-z]+)-(\d{4})(\d)")
SPOKEN: Final = re.compile(r"(?<![a-z])([a-z]+)[\W_]+([a-z]+)[\W_]+\d{5}(?!\d)", re.I)
LETTERS_AND_A_YEAR: Final = re.compile(
    r"(?<![a-z\d])[a-z]{4}-?(?:19[2-9]\d|20(?:0\d|1[0-2]))(?![a-z\d])", re.I
)
LETTERS_AND_A_DAY: Final = re.compile(
    r"(?<![a-z\d])[a-z]{3}-?(?:0[1-9]|[12]\d|3[01])[pwxyz](?![a-z\d])", re.I
)


def make() -> str:
    """A random code to offer, like otter-maple-48213: two words, four digits, and one that catches a slip."""
    two = "-".join(secrets.choice(words()) for _ in range(2))
    body = f"{two}-{secrets.randbelow(10_000):04}"
    return f"{body}{_check_digit(body)}"


def mistyped(code: str) -> bool:
    """True for a code of ours whose last digit does not fit the rest."""
    ours = MADE.fullmatch(code)
    return bool(ours and _both_ours(ours) and _check_digit(code[:-1]) != code[-1])


def refuse_in(text: str) -> str:
    """The text as it is. Raises: `Invalid` where a part of it looks like a participant's code: one of ours,
    mistyped too, or one as other programmes make them, of four letters and a year of birth (MAKO1993) or
    three letters, a day and P, W, X, Y or Z (SMA14P).

    It knows shapes, not people: nobody can find out with it who has a code.
    """
    if looks_like_one(text):
        raise Invalid(
            "Something in this text looks like a participant's code, and others read it. Say it without.",
            code="participant-code",
        )
    return text


def looks_like_one(text: str) -> bool:
    """Whether a part of a text has the shape of a participant's code."""
    spoken = any(_both_ours(found) for found in SPOKEN.finditer(text))
    return spoken or bool(LETTERS_AND_A_YEAR.search(text) or LETTERS_AND_A_DAY.search(text))


@cache
def words() -> tuple[str, ...]:
    """Words that can be read out and are hard to mistake."""
    return tuple(packaged("code_words.txt").read_text("utf-8").split())


def _both_ours(found: re.Match[str]) -> bool:
    return {found[1].casefold(), found[2].casefold()} <= set(words())


def _check_digit(body: str) -> str:
    return str(sum(place * ord(sign) for place, sign in enumerate(body, start=1)) % 97 % 10)
