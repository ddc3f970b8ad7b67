"""`outreach risk`, `outreach spikes`: fit the surface, and judge it on any file's past."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from outreach.cli.city import timezone_named
from outreach.cli.options import DataDir, JsonFile, columns_named, day, installation, now, out, write_text
from outreach.risk import backtest as replays
from outreach.risk import equity, nightly, surface
from outreach.risk import spikes as watches
from outreach.risk.replay import Report
from outreach.store import programme

risk = typer.Typer(help="The risk surface, and how good it is.", no_args_is_help=True)
spikes = typer.Typer(help="Sudden clusters of overdoses.", no_args_is_help=True)

EventsFile = Annotated[Path, typer.Argument(help="CSV (also .csv.gz) with one row an incident.")]
TimeZone = Annotated[
    str, typer.Option(help="The zone of the file's clock, for example America/New_York or UTC.")
]
CityZone = Annotated[
    str | None, typer.Option(help="The city's own zone, where the file is written in another (UTC).")
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        help="time=…, lat=… and lon=… (or point=…), and id, status, weight, received where there are such; "
        "repeated. time=DATE+HOUR joins two columns."
    ),
]


def register(app: typer.Typer) -> None:
    """Hang this room's commands into the command line."""
    app.add_typer(risk, name="risk")
    app.add_typer(spikes, name="spikes")


@risk.command("fit")
def fit(data_dir: DataDir = None) -> None:
    """Fit the risk surface anew to every incident imported."""
    with installation(data_dir) as (_, store), store.transaction() as session:
        fitted = surface.fit(session, programme(session).id, now())
    out.print(f"The surface is fitted to everything known before {fitted.origin}.")


@risk.command("nightly")
def night(
    alarms_per_month: Annotated[float, typer.Option(help="How many alarms a month people will bear.")] = 1.0,
    data_dir: DataDir = None,
) -> None:
    """Fit, look for spikes, and enter new ones as alerts; for every night after `outreach feeds pull`."""
    with installation(data_dir) as (_, store), store.transaction() as session:
        found = nightly.run(session, programme(session).id, now(), alarms_per_month=alarms_per_month)
        out.print(f"The surface is fitted to everything known before {found.origin}.")
        for spike in found.on:
            out.print(f"Since {spike.first}: {spike.sentence}", markup=False)
        rung = found.alarms
        out.print(f"{len(found.new)} new {'alert' if len(found.new) == 1 else 'alerts'}.")
        span = "In one day" if rung.days == 1 else f"In {rung.days} days"
        rang = {0: "never", 1: "once"}.get(rung.raised, f"{rung.raised} times")
        out.print(
            f"{span} the watch rang {rang}, where {rung.promised:.1f} alarms were promised "
            f"({rung.least} to {rung.most} would be chance)."
        )


@risk.command("backtest")
def backtest(
    file: EventsFile,
    timezone: TimeZone,
    column: Columns = None,
    city_timezone: CityZone = None,
    from_date: Annotated[
        str | None, typer.Option("--from", help="First week to forecast, YYYY-MM-DD.")
    ] = None,
    horizon_weeks: Annotated[int, typer.Option(min=1, max=52)] = 1,
    resolution: Annotated[int, typer.Option(min=7, max=10, help="H3 resolution of the cells.")] = 9,
    area: Annotated[Path | None, typer.Option(help="GeoJSON polygons whose cells are forecast.")] = None,
    json_file: JsonFile = None,
) -> None:
    """Replay a file week by week: what would the surface have said, beside simple baselines?"""
    zone, columns = timezone_named(timezone), columns_named(column or [])
    first = day(from_date, "--from") if from_date else None
    with Progress(console=out, transient=True) as bar:
        task = bar.add_task("Weeks replayed", total=None)
        report = replays.run(
            file,
            timezone=zone,
            columns=columns,
            local=timezone_named(city_timezone) if city_timezone else None,
            now=now(),
            from_date=first,
            horizon_weeks=horizon_weeks,
            resolution=resolution,
            area=area,
            progress=lambda done, weeks: bar.update(task, completed=done, total=weeks),
        )
    _print_backtest(report)
    if json_file is not None:
        write_text(json_file, report.as_json())


def _print_backtest(report: Report) -> None:
    shares = list(next(iter(report.methods.values())).hit_rate)
    table = Table(
        title=f"{report.file}: {report.events:,} events in {report.weeks} weeks, {report.cells:,} cells"
    )
    for heading in ("method", *(f"hit rate, top {share}" for share in shares), "bits over KDE"):
        table.add_column(
            heading, justify="left" if heading == "method" else "right", no_wrap=heading == "method"
        )
    for name, line in report.methods.items():
        rates = [f"{line.hit_rate[share]:.1%}" for share in shares]
        table.add_row(name.replace("_", " "), *rates, f"{line.bits_over_kde:+.3f}")
    out.print(table)
    over = report.top5_points_over_best
    out.print(
        f"Top 5 % against {report.best_baseline.replace('_', ' ')}, the best simple baseline: "
        f"{over.estimate:+.1f} points (95 % interval {over.lower:+.1f} to {over.upper:+.1f})."
    )
    out.print(f"90 % intervals held {report.coverage90:.1%} of the time in the top 5 % of cells.")
    for note in report.notes:
        out.print(f"  {note}")


@risk.command("audit")
def audit(
    file: EventsFile,
    timezone: TimeZone,
    tracts: Annotated[Path, typer.Option(help="GeoJSON of census tracts with a measure of vulnerability.")],
    vulnerability: Annotated[
        str, typer.Option(help="The property that measures it: NAME, A+B, or a share A+B/POPULATION.")
    ],
    column: Columns = None,
    city_timezone: CityZone = None,
    from_date: Annotated[
        str | None, typer.Option("--from", help="First week to forecast, YYYY-MM-DD.")
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """Whom does the surface see less well, and what if half of the most vulnerable never called?"""
    report = equity.audit(
        file,
        timezone=timezone_named(timezone),
        local=timezone_named(city_timezone) if city_timezone else None,
        columns=columns_named(column or []),
        areas=tracts,
        measure=vulnerability,
        now=now(),
        from_date=day(from_date, "--from") if from_date else None,
    )
    _print_audit(report)
    if json_file is not None:
        write_text(json_file, report.as_json())


def _print_audit(report: equity.Audit) -> None:
    table = Table(title=f"{report.file}: {report.events:,.0f} events in {report.weeks} weeks")
    for heading in ("tracts", "events", "expected", "observed / expected", "recall, top 5%", "top cells"):
        table.add_column(heading, justify="left" if heading == "tracts" else "right")
    for third in report.thirds:
        over = third.observed_over_expected
        ratio = f"{over.estimate:.2f} ({over.lower:.2f} to {over.upper:.2f})"
        row = (f"{third.events:,.0f}", f"{third.expected:,.0f}", ratio)
        table.add_row(third.name, *row, f"{third.recall_top5:.1%}", f"{third.top_cells:.1%}")
    out.print(table)
    stress = report.stress
    out.print(
        f"If the most vulnerable third had reported every second event, recall there would be "
        f"{stress.recall_after:.1%} instead of {stress.recall_before:.1%}, and its part of the expected risk "
        f"{stress.expected_share_after:.1%} instead of {stress.expected_share_before:.1%}."
    )
    for one in report.ablation:
        rates = f"{one.hit_rate_without:.1%} instead of {one.hit_rate_with:.1%}"
        out.print(f"Without the feed {one.feed or '(no name)'}: {rates} of all events in the top 5 %.")
    for note in report.notes:
        out.print(f"  {note}")


@spikes.command("replay")
def replay(
    file: EventsFile,
    timezone: TimeZone,
    column: Columns = None,
    city_timezone: CityZone = None,
    alarms_per_month: Annotated[float, typer.Option(help="How many alarms a month people will bear.")] = 1.0,
    drills: Annotated[
        int, typer.Option(min=0, max=2000, help="Hide so many clusters and see when they ring.")
    ] = 0,
    without: Annotated[list[str] | None, typer.Option(help="No drill on FROM..UNTIL, repeated.")] = None,
    json_file: JsonFile = None,
) -> None:
    """Replay a file evening by evening: which alarms would have rung?"""
    spans = [
        (day(first, "--without"), day(last, "--without"))
        for first, _, last in (span.partition("..") for span in without or [])
    ]
    report = watches.replay(
        file,
        timezone=timezone_named(timezone),
        columns=columns_named(column or []),
        local=timezone_named(city_timezone) if city_timezone else None,
        now=now(),
        alarms_per_month=alarms_per_month,
        hidden=drills,
        without=spans,
    )
    _print_replay(report)
    if json_file is not None:
        write_text(json_file, report.as_json())


@spikes.command("look")
def look(
    raise_alerts: Annotated[bool, typer.Option("--raise", help="Also enter each as an alert.")] = False,
    alarms_per_month: Annotated[float, typer.Option(help="How many alarms a month people will bear.")] = 1.0,
    data_dir: DataDir = None,
) -> None:
    """Say which spikes are on this evening; run it every night after the import."""
    with installation(data_dir) as (_, store), store.transaction() as session:
        ours = programme(session).id
        found = watches.look(session, ours, now(), alarms_per_month=alarms_per_month)
        for spike in found if raise_alerts else ():
            watches.raise_alert(session, ours, spike, now())
    for spike in found:
        out.print(f"Since {spike.first}: {spike.sentence}", markup=False)
    if not found:
        out.print("No spike is on.")


def _print_replay(report: watches.Replay) -> None:
    low, high = report.likely
    out.print(
        f"{report.file}: {report.counted} alarms in {report.watched_days} days; "
        f"{report.promised:.1f} were promised ({low} to {high} would be chance)."
    )
    for spike in report.alarms:
        out.print(f"  {spike.first} to {spike.last}: {spike.sentence}")
    for drill in report.drills:
        delay = "never" if drill.median_delay_days is None else f"{drill.median_delay_days:.0f} days"
        out.print(
            f"  {drill.drills} clusters of +10 events hidden {drill.placed}: "
            f"{drill.power:.0%} caught within 8 days, median delay {delay}"
        )
