"""The roads, with the ways already found kept: a board asks for the same few hundred again and again."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from outreach.place.ground import Position
from outreach.place.roads import Network

MOST_WAYS: Final = 20_000


class RememberedRoads(Network):
    """A network that finds each way once."""

    @cached_property
    def _ways(self) -> dict[tuple[Position, Position, int], list[Position]]:
        return {}

    def drive_route(self, a: Position, b: Position, band: int = 2) -> list[Position]:
        """As `Network.drive_route`."""
        known = self._ways.get((a, b, band))
        if known is None:
            if len(self._ways) >= MOST_WAYS:
                self._ways.clear()
            known = self._ways[a, b, band] = super().drive_route(a, b, band)
        return known
