"""`outreach feeds`: the register of sources, and fetching what is new from their portals."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy.orm import Session

from outreach.cli.city import city_bounds, timezone_named
from outreach.cli.options import DataDir, DryRun, columns_named, installation, now, out
from outreach.cli.records import print_report
from outreach.errors import Invalid
from outreach.risk import feeds, health, incidents, portals, surface
from outreach.risk.feeds import Changes, Feed
from outreach.store import programme

USED = {
    "hours": "places, days and hours",
    "places": "places and days: only trusted clocks of EMS calls tell hours",
    "nothing": "nothing: its weight is 0",
}
FeedName = Annotated[str, typer.Argument(help="The source's name, as given to --feed.")]

register_of_feeds = typer.Typer(
    help="Where incidents come from, and how far to trust each.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Hang this room's commands into the command line."""
    app.add_typer(register_of_feeds, name="feeds")


@register_of_feeds.command("list")
def listed(data_dir: DataDir = None) -> None:
    """Every source: its lag, weight, clock and bias, what of it is used, and how fresh it is."""
    with installation(data_dir) as (_, store), store.reading() as session:
        ours = programme(session).id
        known = {feed.name: feed for feed in feeds.listed(session, ours)}
        for told in health.of_feeds(session, ours, now()):
            out.print(_table(known[told.name], told))


def _table(feed: Feed, told: health.FeedHealth) -> Table:
    table = Table(title=feed.name, show_header=False, title_justify="left")
    rows = {
        "kind": feed.kind,
        "used": USED[feed.use],
        "lag": f"{feed.lag_days} days",
        "weight": f"{feed.weight:g}",
        "clock": feed.clock,
        "bias": feed.bias or "not said",
        "events": f"{told.events:,} from {told.first_event} to {told.last_event}",
        "silent days": f"{told.empty_days:,}",
        "last import": str(told.last_import or "never"),
        "columns": ", ".join(f"{ours}={theirs}" for ours, theirs in feed.columns.items()),
        "source": feed.source or "files",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table


@register_of_feeds.command("set")
def change(
    name: FeedName,
    kind: Annotated[str | None, typer.Option(help=f"{', '.join(feeds.KINDS)}.")] = None,
    lag_days: Annotated[int | None, typer.Option(help="How many days until a day is complete.")] = None,
    weight: Annotated[
        float | None, typer.Option(help="How many overdoses one row stands for; 0: unused.")
    ] = None,
    bias: Annotated[str | None, typer.Option(help="In words: who is missing from it.")] = None,
    clock: Annotated[str | None, typer.Option(help="trusted, suspect or unknown.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Say what is known of a source, and fit the risk surface anew."""
    with installation(data_dir) as (_, store), store.transaction() as session:
        ours = programme(session).id
        feed = feeds.change(session, ours, name, Changes(kind, lag_days, weight, bias, clock))
        if feed.last_import is not None:
            surface.fit(session, ours, now())
        out.print(
            _table(feed, next(one for one in health.of_feeds(session, ours, now()) if one.name == name))
        )


@register_of_feeds.command("pull")
def pull(
    name: FeedName,
    url: Annotated[
        str | None, typer.Option(help="A Socrata, CKAN or ArcGIS address, or a file's. Kept for next time.")
    ] = None,
    timezone: Annotated[str | None, typer.Option(help="The zone of its clock. Kept for next time.")] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="time=…, lat=…, lon=…, id=…, repeated. Kept for next time.")
    ] = None,
    kind: Annotated[str, typer.Option(help="What a new feed holds.")] = "ems",
    dry_run: DryRun = False,
    data_dir: DataDir = None,
) -> None:
    """Fetch what a source holds and fit the surface anew; a few wrong rows are left out and told."""
    with installation(data_dir) as (settings, store), tempfile.TemporaryDirectory() as folder:
        with store.reading() as session:
            address, zone, columns = _asked(session, name, url, timezone, columns_named(column or []))
        path = portals.fetch(address, Path(folder), name="answer")
        with store.transaction() as session:
            ours = programme(session).id
            report = incidents.import_csv(
                session,
                ours,
                path,
                feed=name,
                kind=kind,
                timezone=zone,
                columns=columns,
                city_bounds=city_bounds(settings),
                now=now(),
                dry_run=dry_run,
                forgiving=True,
                address=address,
            )
            if not dry_run:
                surface.fit(session, ours, now())
    print_report(report)


def _asked(
    session: Session, name: str, url: str | None, timezone: str | None, columns: dict[str, str]
) -> tuple[str, str, dict[str, str]]:
    """The address, zone and columns asked for, else those of last time."""
    kept = next((feed for feed in feeds.listed(session, programme(session).id) if feed.name == name), None)
    address = url or (kept.source if kept else "")
    zone = timezone or (kept.timezone if kept else "")
    if not address or not zone:
        raise Invalid(
            f"{name} was never fetched before: give --url and --timezone, and --column where needed."
        )
    return address, timezone_named(zone), columns or (kept.columns if kept else {})
