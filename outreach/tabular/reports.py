"""Reports: what an import did, or would do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Coded(Protocol):
    """Anything a file describes under a code of its own."""

    @property
    def code(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do: `skipped` rows say what is stored already.

    `absent` are the columns the file does not have; what is stored of them stayed as it is.
    """

    rows: int
    added: int
    changed: int
    skipped: int
    absent: tuple[str, ...] = ()

    @classmethod
    def counting(
        cls, news: Sequence[Coded], stored: Mapping[str, object], absent: Sequence[str] = ()
    ) -> ImportReport:
        """Compare what a file says with what is `stored` under the same codes."""
        added = sum(new.code not in stored for new in news)
        same = sum(stored.get(new.code) == new for new in news)
        stayed = tuple(absent) if added < len(news) else ()
        return cls(len(news), added, changed=len(news) - added - same, skipped=same, absent=stayed)


def kept(stored: object | None, absent: Collection[str]) -> dict[str, Any]:
    """What is `stored` of the columns a file does not have; nothing of what is not stored yet."""
    return {} if stored is None else {column: getattr(stored, column) for column in absent}
