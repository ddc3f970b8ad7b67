"""`outreach roads`: how long driving takes, and teaching it from driven legs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outreach.cli.options import DataDir, DryRun, installation, out
from outreach.place import calibrating, facts

roads = typer.Typer(help="Drive times.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang this room's commands into the command line."""
    app.add_typer(roads, name="roads")


@roads.command("calibrate")
def calibrate(
    legs: Annotated[
        Path,
        typer.Option(help="CSV: departed (local time), from_lon, from_lat, to_lon, to_lat, seconds."),
    ],
    dry_run: DryRun = False,
    data_dir: DataDir = None,
) -> None:
    """Fit the city's traffic factors to legs its vans have driven, where that does better."""
    with installation(data_dir) as (settings, _):
        report = calibrating.calibrate(settings.city, legs, dry_run=dry_run)
    out.print(
        f"{report.legs} legs, {report.left_out} left out as unbelievable or off the roads. "
        f"Mean error {report.before:.1%} before, {report.after:.1%} after (on legs not used for the fit)."
    )
    for note in report.notes:
        out.print(f"  {note}")


@roads.command("walker")
def walker(
    name: Annotated[str, typer.Argument(help="usual, or slow: 0.9 m/s, and no farther than 840 m.")],
    data_dir: DataDir = None,
) -> None:
    """Choose whom plans and reports count on to walk to a van."""
    with installation(data_dir) as (settings, _):
        facts.count_on(settings.city, name)
    out.print(f"Plans and reports now count on people who walk like the {name} walker.")
