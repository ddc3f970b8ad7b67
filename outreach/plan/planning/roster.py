"""The roster: which position in a problem is which row of the programme, and what was left out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A site that was not even a candidate, and why."""

    site_id: int
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Explored:
    """How a run explored: surface `drawn` (by its `mark`) of `surfaces` that were as likely, at the
    moment `at`; `served`, by position of the site, how far vans had served the people around it (0 to 1)."""

    share: float
    drawn: int
    surfaces: int
    at: str
    mark: str
    served: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Roster:
    """`sites`, `vans` and `staff` are ids by position, `services` names; `notes` are sentences for people,
    `cells` the H3 cells of the risk; `explored` what was drawn to learn where vans rarely are."""

    from_date: date
    days: int
    sites: tuple[int, ...]
    vans: tuple[int, ...]
    staff: tuple[int, ...]
    services: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    explored: Explored | None = None

    def day(self, position: int) -> date:
        """The date of a day of the problem."""
        return self.from_date + timedelta(position)

    def document(self) -> dict[str, object]:
        """As it is kept with the run."""
        return asdict(self) | {"from_date": self.from_date.isoformat()}

    @classmethod
    def of(cls, document: Mapping[str, object]) -> Roster:
        """From what `document` gave."""
        return TypeAdapter(cls).validate_python(document)
