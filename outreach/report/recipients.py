"""Recipients: whether a name or a purpose says law enforcement (`data/law_enforcement.txt`).

It reads words; it does not notice a lie. That is for the second person, who approves.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from outreach.settings import packaged

WORD: Final = re.compile(r"[^\W_]+")
ACCENT: Final = re.compile(r"[\u0300-\u036f]")


def law_enforcement_in(text: str) -> str | None:
    """The first words of the list that stand in a text as whole words, as the list writes them; None when
    none do. Capitals, accents and the dots of F.B.I. do not count."""
    said = f" {_words(text)} | {_words(text.replace('.', ''))} "
    return next((name for name in _names() if f" {_words(name)} " in said), None)


def _words(text: str) -> str:
    plain = ACCENT.sub("", unicodedata.normalize("NFKD", text)).casefold()
    return " ".join(WORD.findall(plain))


@cache
def _names() -> tuple[str, ...]:
    lines = packaged("law_enforcement.txt").read_text("utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))
