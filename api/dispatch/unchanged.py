"""Changing the schedule on what one has seen of it: whoever was first is not written over."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, Query

from api.request import AtDesk, Writing
from outreach.plan import schedules

MadeOn = Annotated[
    str | None,
    Query(
        max_length=80,
        description="The `mark` of the schedule or draft that this is made on: 409 `changed-meanwhile` when "
        "somebody changed it since. Without it nobody is asked",
        examples=["8-12-6f1d0c2b9a7e4d35"],
    ),
]


def _refuse_changed(session: Writing, desk: AtDesk, made_on: MadeOn = None) -> None:
    if made_on is not None:
        schedules.refuse_changed(session, desk.programme_id, made_on)


UNCHANGED: Final = Depends(_refuse_changed)
"""For every route that changes the schedule; in the same transaction as the change."""
