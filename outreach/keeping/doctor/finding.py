"""What the doctor says of one thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: `what` in a sentence, and what to do when it is not good."""

    level: Level
    topic: str
    what: str
    remedy: str = ""
