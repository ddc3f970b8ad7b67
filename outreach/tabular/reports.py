"""Reports: what an import did, or would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class Coded(Protocol):
    """Anything a file describes under a code of its own."""

    @property
    def code(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do: `skipped` rows say what is stored already."""

    rows: int
    added: int
    changed: int
    skipped: int

    @classmethod
    def counting(cls, news: Sequence[Coded], stored: Mapping[str, object]) -> ImportReport:
        """Compare what a file says with what is `stored` under the same codes."""
        added = sum(new.code not in stored for new in news)
        same = sum(stored.get(new.code) == new for new in news)
        return cls(rows=len(news), added=added, changed=len(news) - added - same, skipped=same)
