"""Whose office a request belongs to: that of the account that asks, or the one a stranger's address names."""

from __future__ import annotations

from typing import Final

from fastapi import Request
from sqlalchemy import select

from api.desk import Desk
from api.office import Office
from outreach.errors import Invalid, Missing
from outreach.store import Programme, programme

NAMED_BY: Final = "programme"
NO_PROGRAMME, WHICH_PROGRAMME = "no-programme", "which-programme"
OF_PROGRAMMES: Final = frozenset({NO_PROGRAMME, WHICH_PROGRAMME})
"""Codes of addresses that do not say, or say wrongly, whose page is meant."""


class Offices:
    """The offices opened so far."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._open: dict[int, Office] = {}

    def of(self, programme_id: int) -> Office:
        """The office of a programme. Raises: `Missing`."""
        if programme_id not in self._open:
            with self._desk.store.reading(programme_id) as session:
                self._open[programme_id] = Office(self._desk, session.get_one(Programme, programme_id))
        return self._open[programme_id]

    def for_strangers(self, request: Request) -> Office:
        """The programme that `?programme=` names; without it the only one.

        Raises: `Missing` for another name, `Invalid` when there are several and none is named.
        """
        slug = request.query_params.get(NAMED_BY)
        with self._desk.store.reading() as session:
            if slug is not None:
                found = session.scalar(select(Programme.id).where(Programme.slug == slug.replace("\0", "")))
                if found is None:
                    raise Missing("There is no such programme here.", code=NO_PROGRAMME)
                return self.of(found)
            try:
                return self.of(programme(session).id)
            except Invalid:
                raise Invalid(
                    "Several programmes share this server. Add ?programme=NAME to the address.",
                    code=WHICH_PROGRAMME,
                ) from None
