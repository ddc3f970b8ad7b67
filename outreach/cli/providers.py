"""`outreach providers import`: who else offers help in the city, and when."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outreach.cli.options import DataDir, DryRun, installation, out
from outreach.place import providers

group = typer.Typer(help="Other providers of help in the city, and their hours.", no_args_is_help=True)


@group.command("import")
def import_providers(
    file: Annotated[Path, typer.Argument(help=f"CSV: {', '.join(providers.COLUMNS)}.")],
    dry_run: DryRun = False,
    data_dir: DataDir = None,
) -> None:
    """Read other providers' hours, instead of all that were there before."""
    with installation(data_dir) as (settings, _):
        hours = providers.import_csv(settings.city, file, dry_run=dry_run)
    names = len({one.name for one in hours})
    done = "would be imported" if dry_run else "imported"
    out.print(f"{len(hours)} opening hours of {names} providers {done}.")
    out.print("Set `other_provider_factor` in the policy pack (0.5, say) for plans to take account of them.")
