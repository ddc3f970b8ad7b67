"""`outreach due list`: who is due back, and whether the schedule or a run's plan lets them come."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from outreach.cli.options import DataDir, installation, now, numbered, out
from outreach.errors import Missing
from outreach.plan import runs, schedules
from outreach.plan.schedules import Kept, Version
from outreach.store import programme


def list_due(
    run: Annotated[
        int | None,
        typer.Option("--run", parser=numbered, help="A run's plan; without, the draft or the schedule."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """People due back: kept at which stop, or missed and why. Numbers of people, never who."""
    with installation(data_dir) as (_, store), store.reading() as session:
        ours, moment = programme(session).id, now()
        version = _asked_for(session, ours, run, moment)
        if version is None:
            raise Missing("Nothing is planned yet. Ask for a plan: `outreach plan --from DATE`.")
        found = schedules.kept_due(session, ours, version, moment)
    for one in found:
        out.print(f"  {line(one)}", markup=False)
    out.print(schedules.counted(found) or "Nobody is due back on these days.")


def line(one: Kept) -> str:
    """One line of the list."""
    what = f"{one.people} for {one.service.replace('_', ' ')} at {one.site}"
    why = f". {one.sentence}" if one.sentence else ""
    return f"{one.state}: {what}, {one.from_date} to {one.until_date}{why}"


def _asked_for(session: Session, ours: int, run: int | None, moment: datetime) -> Version | None:
    """A run's plan, or else the open draft, or else what was published last."""
    if run is not None:
        return schedules.of_run(runs.found(session, ours, run), moment)
    return schedules.open_draft(session, ours) or schedules.newest(session, ours)
