"""`outreach anchors design`: which weekly sessions to promise, worked out from nothing, as a file to
import."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outreach.cli.options import DataDir, day, installation, now, out
from outreach.policies import Policy
from outreach.store import programme
from outreach.tabular import WEEKDAYS, clock

WORK_PER_SECOND = 1000


def design(
    from_date: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")],
    write: Annotated[
        Path, typer.Option("--write", help="The CSV to write; `outreach anchors import` reads it.")
    ],
    weeks: Annotated[int, typer.Option(min=4, max=8, help="Weeks in which each session must hold.")] = 4,
    flex: Annotated[
        float, typer.Option(min=0.05, max=0.95, help="Share of service hours to keep free.")
    ] = 0.25,
    seconds: Annotated[
        int, typer.Option(min=1, max=600, help="About how long to search for each plan.")
    ] = 10,
    data_dir: DataDir = None,
) -> None:
    """Design sessions at sites with a host's agreement: same site, same time, every week."""
    from outreach.plan import designing  # loads the optimizer: seconds that only planning should pay

    first = day(from_date, "--from")
    with installation(data_dir) as (settings, store), store.reading() as session:
        made = designing.designed(
            session,
            programme(session).id,
            first,
            weeks,
            settings.city,
            now(),
            policy=Policy.load(settings.policy),
            flex=flex,
            work=seconds * WORK_PER_SECOND,
        )
    designing.write(write, [one.anchor for one in made.sessions])
    for one in made.sessions:
        when = f"{WEEKDAYS[one.anchor.weekday]} {clock(one.anchor.starts)} for {one.anchor.dwell_minutes} min"
        costs = f"freed {one.freed:+.2f}, moved {one.moved:+.2f}"
        out.print(f"  {one.site}, {when}: worth {one.worth:.2f} in the weakest week; {costs}")
    out.print(
        f"{len(made.sessions)} sessions leave {made.flex_share:.0%} of the hours free. A week is worth "
        f"{made.kept_value:.2f} with them kept, {made.free_value:.2f} planned freely."
    )
    out.print(f"Next: look at {write}, then outreach anchors import {write}")
