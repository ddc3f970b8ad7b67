"""`outreach replan`: something happened today; the schedule mended around it, as a draft or published."""

from __future__ import annotations

from datetime import date
from typing import Annotated, get_args

import typer
from sqlalchemy.orm import Session

from outreach import local_time
from outreach.cli.options import ACTOR, DataDir, day, installation, now, out
from outreach.errors import Invalid, Missing
from outreach.place import sites
from outreach.plan import replanning, schedules, staff, vans
from outreach.plan.replanning import MOST_CHANGES, Happened, Kind, Replanned
from outreach.policies import Policy
from outreach.store import programme
from outreach.tabular import minutes

KINDS: tuple[Kind, ...] = get_args(Kind)


def register(app: typer.Typer) -> None:
    """Hang this room's command into the command line."""
    app.command("replan")(replan)


def replan(
    kind: Annotated[
        str, typer.Argument(help=f"What happened: {', '.join(k.replace('_', '-') for k in KINDS)}.")
    ],
    subject: Annotated[str, typer.Argument(help="The code of the van, person or site; an alert's number.")],
    note: Annotated[str, typer.Option(help="Why, in words that crews and the public notice show: no names.")],
    on: Annotated[str, typer.Option("--date", help="The day, YYYY-MM-DD (default: today here).")] = "",
    at: Annotated[str, typer.Option("--from", help="Since when, HH:MM; for a late van until when.")] = "",
    changes: Annotated[
        int | None, typer.Option(min=0, max=MOST_CHANGES, help="Stops to give up for others worth more.")
    ] = None,
    bridge: Annotated[str, typer.Option(help="How people get to their next dose, if refills are lost.")] = "",
    contact: Annotated[str, typer.Option(help="Who tells them.")] = "",
    publish: Annotated[
        bool, typer.Option("--publish", help="Publish at once, if the judge accepts it.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Mend the schedule around what happened; what has begun stays. Prints the changes, leaves a draft."""
    chosen = _kind(kind)
    with installation(data_dir) as (settings, store), store.transaction() as session:
        ours, moment = programme(session), now()
        when = day(on, "--date") if on else local_time.today(session, ours.id, moment)
        happened = Happened(
            chosen,
            _subject(session, ours.id, chosen, subject),
            when,
            note,
            begins=_minute(at) if at else None,
            budget=changes,
            bridge=schedules.Bridge(bridge, contact),
        )
        mended = replanning.replan(session, ours.id, happened, ACTOR, moment)
        _say(session, ours.id, mended, when)
        if publish:
            policy = Policy.load(settings.policy)
            version = schedules.publish(session, ours.id, mended.draft, ACTOR, moment, note, policy=policy)
            out.print(f"Version {version.number} is published.")
        else:
            out.print("Next: look at the draft on the board, and publish it or undo it there.")


def _kind(text: str) -> Kind:
    for kind in KINDS:
        if text.replace("-", "_") == kind:
            return kind
    names = ", ".join(kind.replace("_", "-") for kind in KINDS)
    raise Invalid(f"{text!r} is nothing a schedule can be mended around. Write one of {names}.")


def _minute(text: str) -> int:
    try:
        return minutes(text)
    except ValueError as wrong:
        raise Invalid(f"--from {text!r}: {wrong}.") from None


def _subject(session: Session, programme_id: int, kind: Kind, code: str) -> int:
    """The number of the row with this code. Raises: `Missing` where there is none."""
    if kind == "spike":
        if not code.isdecimal():
            raise Invalid(f"{code!r} is no alert's number. The board lists the alerts.")
        return int(code)
    found = _codes(session, programme_id, kind).get(code)
    if found is None:
        raise Missing(f"There is no {kind.split('_')[0]} with the code {code!r}.")
    return found


def _codes(session: Session, programme_id: int, kind: Kind) -> dict[str, int]:
    if kind == "member_sick":
        return {one.code: one.id for one in staff.listed(session, programme_id)}
    if kind == "site_closed":
        return {one.code: one.id for one in sites.listed(session, programme_id)}
    return {one.code: one.id for one in vans.listed(session, programme_id, every=True)}


def _say(session: Session, programme_id: int, mended: Replanned, when: date) -> None:
    told = schedules.plan_json(session, programme_id, mended.draft)
    changes = told["changes"]
    assert isinstance(changes, list)
    sentences = [change["sentence"] for change in changes]
    for sentence in (*sentences, *mended.crews):
        out.print(f"  {sentence}", markup=False)
    if mended.unbridged:
        out.print("  Give --bridge and --contact, so that nobody runs out of medication.")
    out.print(
        f"{len(sentences)} changes from {when} on; {mended.kept:.0%} of the stops stand as told; no plan "
        f"changes fewer than {mended.fewest}. Value {mended.change:+.2f}."
    )
