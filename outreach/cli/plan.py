"""`outreach plan`, `check`, `publish`: from a question to a schedule that crews can pull."""

from __future__ import annotations

import json
import math
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from outreach.cli.due import line
from outreach.cli.options import ACTOR, DataDir, JsonFile, day, installation, now, numbered, out, write_text
from outreach.cli.progress import solving
from outreach.errors import Invalid
from outreach.place.roads import Network
from outreach.plan import runs, schedules
from outreach.plan.planning.answers import Answer
from outreach.plan.runs import DEFAULT_BUDGET_SECONDS, LONGEST_BUDGET_SECONDS, LONGEST_DAYS, Run
from outreach.policies import Policy
from outreach.settings import Settings
from outreach.store import Store, programme

RunNumber = Annotated[
    int, typer.Argument(parser=numbered, help="The run's number, as `outreach plan` printed it.")
]


def register(app: typer.Typer) -> None:
    """Hang this room's commands into the command line."""
    app.command("plan")(plan)
    app.command("check")(check)
    app.command("publish")(publish)


def plan(
    from_date: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")],
    days: Annotated[int, typer.Option(help=f"How many days, 1 to {LONGEST_DAYS}.")] = 14,
    seconds: Annotated[
        int, typer.Option(min=1, max=LONGEST_BUDGET_SECONDS, help="About how long to search.")
    ] = DEFAULT_BUDGET_SECONDS,
    seed: Annotated[int, typer.Option(help="The same seed and inputs give the same plan.")] = 0,
    json_file: JsonFile = None,
    data_dir: DataDir = None,
) -> None:
    """Plan the vans' stops; watch the best value, the proven bound and the gap."""
    first = day(from_date, "--from")
    with installation(data_dir) as (settings, store):
        number = solved(store, settings, first, days, seconds=seconds, seed=seed)
        if json_file is not None:
            _write_plan(store, settings, number, json_file)
    out.print(f"Next: outreach check {number}, then outreach publish {number}")


def solved(store: Store, settings: Settings, first: date, days: int, *, seconds: int, seed: int = 0) -> int:
    """Plan in this process, showing progress; the number of the run.

    Raises:
        Invalid: there is no plan; the run's own sentence says why.
    """
    from outreach.plan import worker  # loads the optimizer: seconds that only planning should pay

    policy = Policy.load(settings.policy)
    with store.transaction() as session:
        run = runs.request(
            session,
            programme(session).id,
            first,
            days,
            actor=ACTOR,
            now=now(),
            budget_seconds=seconds,
            seed=seed,
        )
        claim = runs.claim(session, now(), run.id)
    assert claim is not None, "a run requested in this transaction is free to be claimed"
    with _stoppable(store, claim), solving() as show:
        worker.solve_run(
            store,
            settings.city,
            claim,
            policy=policy,
            on_progress=lambda line: show(line.value, line.bound, line.gap),
        )
    _report(store, claim.run_id)
    return claim.run_id


@contextmanager
def _stoppable(store: Store, claim: runs.Claim) -> Iterator[None]:
    """Ctrl-C asks the search to stop with what it has; a second one ends the command at once."""

    def stop(*_: object) -> None:
        signal.signal(signal.SIGINT, before)
        out.print("  Stopping with the best plan so far …")
        # In a thread of its own: the handler runs wherever the search is, perhaps in a transaction.
        threading.Thread(target=_ask_to_stop, args=(store, claim), daemon=True).start()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _ask_to_stop(store: Store, claim: runs.Claim) -> None:
    with store.transaction() as session:
        runs.cancel(session, claim.programme_id, claim.run_id, actor=ACTOR, now=now())


def check(
    run: RunNumber,
    bound: Annotated[
        bool, typer.Option("--bound", help="Prove the bound anew from its certificate: seconds to minutes.")
    ] = False,
    json_file: JsonFile = None,
    data_dir: DataDir = None,
) -> None:
    """Let the independent judge look at a run's plan: times, crews, breaks, windows, and its value."""
    with installation(data_dir) as (_, store), store.reading() as session:
        found = runs.found(session, programme(session).id, run)
        verdict = schedules.judge(session, schedules.of_run(found, now()))
        proven = schedules.proven(found) if bound else None
    score = schedules.told_terms(verdict.score)
    if json_file is not None:
        sentences = [fault.sentence for fault in verdict.broken]
        document = {"run": run, "accepted": verdict.accepted, "broken": sentences, "score": score}
        _write_json(json_file, document | {"proven_bound": proven})
    if not verdict.accepted:
        broken = "\n".join(f"  {fault.rule}: {fault.sentence}" for fault in verdict.broken)
        raise Invalid(f"The judge refuses the plan of run {run}:\n{broken}")
    terms = ", ".join(f"{term.replace('_', ' ')} {worth:.2f}" for term, worth in score.items() if worth)
    out.print(f"The judge accepts the plan of run {run}: value {verdict.value:.2f} ({terms}).")
    if proven is not None:
        out.print(f"Its certificate proves that no plan is worth more than {proven:.4f}.")


def publish(
    run: RunNumber,
    note: Annotated[str, typer.Option(help="What crews should know about this version.")] = "",
    data_dir: DataDir = None,
) -> None:
    """Make a run's plan the schedule, if the judge accepts it."""
    with installation(data_dir) as (settings, store):
        published(store, settings, run, note, at=now())


def published(store: Store, settings: Settings, run: int, note: str = "", *, at: datetime) -> None:
    """Publish a run's plan as the next version and say so."""
    with store.transaction() as session:
        ours = programme(session).id
        draft = schedules.draft(session, ours, runs.found(session, ours, run), ACTOR, at)
        policy = Policy.load(settings.policy)
        version = schedules.publish(session, ours, draft, ACTOR, at, note, policy=policy)
    out.print(f"Version {version.number} is published: {version.from_date} to {version.until_date}.")


def _report(store: Store, number: int) -> None:
    with store.reading() as session:
        run = runs.found(session, programme(session).id, number)
        answer, version = _answer(run), schedules.of_run(run, now())
        reach = schedules.reach_of(version)
        back = schedules.kept_due(session, run.programme_id, version, now())
    stops = sum(len(van_day.stops) for van_day in answer.van_days.van_days)
    proven = (
        f"bound {answer.bound:.2f}, gap {answer.gap:.1%}" if math.isfinite(answer.bound) else "no bound yet"
    )
    out.print(
        f"Run {number}: {stops} stops on {len(answer.van_days.van_days)} van-days; "
        f"value {answer.value:.2f}, {proven}; "
        f"about {reach:.2f} expected overdoses within a walk of a van while it is there."
    )
    if answer.value_low is not None and answer.value_high is not None:
        between = f"{answer.value_low:.2f} to {answer.value_high:.2f}"
        out.print(f"  In 8 of 10 possible cities the plan is worth {between}.")
    if back:
        out.print(f"  {schedules.counted(back)}")
    for one in (one for one in back if one.state == "missed"):
        out.print(f"  {line(one)}", markup=False)
    for sentence in (*answer.notes, *(offer.sentence for offer in answer.offers)):
        out.print(f"  {sentence}")


def _answer(run: Run) -> Answer:
    if run.state != "done" or run.result is None:
        raise Invalid(f"There is no plan. {run.message}")
    return Answer.read(run.result)


def _write_plan(store: Store, settings: Settings, number: int, path: Path) -> None:
    with store.reading() as session:
        ours = programme(session).id
        version = schedules.of_run(runs.found(session, ours, number), now())
        document = schedules.plan_json(session, ours, version, Network.open(settings.city))
        due = [asdict(one) for one in schedules.kept_due(session, ours, version, now())]
        _write_json(path, {**document, "due": due})


def _write_json(path: Path, document: object) -> None:
    write_text(path, json.dumps(document, indent=2, ensure_ascii=False, default=str))
