"""`outreach replay`: the same plan from the same input, or a sentence on what is not the same."""

from __future__ import annotations

import typer

from outreach.cli.options import DataDir, installation, out
from outreach.cli.plan import RunNumber
from outreach.errors import Invalid
from outreach.plan import runs
from outreach.store import programme


def register(app: typer.Typer) -> None:
    """Hang this room's command into the command line."""
    app.command("replay")(replay)


def replay(run: RunNumber, data_dir: DataDir = None) -> None:
    """Solve a run's stored problem again and compare the plans, letter by letter."""
    from outreach.plan import replaying  # loads the optimizer: seconds that only planning should pay

    with installation(data_dir) as (_, store), store.reading() as session:
        again = replaying.replay(runs.found(session, programme(session).id, run))
    for sentence in again.differs:
        out.print(f"  {sentence}")
    if not again.identical:
        values = f"worth {again.value_then:.4f} then and {again.value_now:.4f} now"
        reason = "" if again.differs else " Nothing that was recorded differs: please report this."
        raise Invalid(f"The plan of run {run} is another one: {values}.{reason}", code="another-plan")
    out.print(f"The plan of run {run} is the same, letter by letter: worth {again.value_now:.4f}.")
