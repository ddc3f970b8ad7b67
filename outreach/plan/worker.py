"""The worker: takes up a run, solves it, and stores the result. Only this and `stem` load the optimizer.

`work_once` is what a worker process does; `solve_run` is the same work for a run that was claimed already,
in the caller's own process, for the command line.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from outreach.errors import Conflict, OutreachError
from outreach.plan import runs
from outreach.plan.planning import Roster, exploring, problem
from outreach.plan.planning.answers import Answer, Offered, trace
from outreach.plan.planning.uncertainty import interval
from outreach.plan.runs import Claim
from outreach.policies import Policy
from outreach.store import Programme, Store
from solver.check import check
from solver.files import problem_to_bytes
from solver.limits import Until
from solver.plan import Progress, Result
from solver.problem import Problem, ProblemError
from solver.solve import solve
from solver.warm import warm
from solver.whatif import offers

log = logging.getLogger("outreach.plan")

OnProgress = Callable[[Progress], None]
OnClaim = Callable[[Claim], None]
WORK_PER_SECOND = 1000
SLOWEST_SHARE = 3
SHORTEST_PATIENCE_SECONDS = 30.0
GRACE_SECONDS = 120.0
PREPARING_SECONDS = 1800.0
"""What asking and compiling may take, on a machine that has other work."""
LOOK_EVERY_SECONDS = 0.5
HUNG = 3


def work_once(
    store: Store, city: Path, policy: Policy | None = None, on_claim: OnClaim | None = None
) -> int | None:
    """Take up one run and see it through; its id, or None when nothing waits. `city` and `policy` are the
    installation's own, for a programme that has none itself. `on_claim` hears what was taken up."""
    with store.transaction() as session:
        claim = runs.claim(session, datetime.now(UTC))
    if claim is None:
        return None
    if on_claim is not None:
        on_claim(claim)
    with store.reading() as session:
        ours = session.get_one(Programme, claim.programme_id)
    city = city if ours.folder is None else city.parent / ours.folder
    solve_run(store, city, claim, policy=policy if ours.policy is None else Policy.load(ours.policy))
    return claim.run_id


def solve_run(
    store: Store,
    city: Path,
    claim: Claim,
    *,
    policy: Policy | None = None,
    on_progress: OnProgress | None = None,
) -> None:
    """See a claimed run through to done or failed. Nothing is raised for a run that cannot be planned: its
    row says why. A run that somebody else took up meanwhile is left to them."""
    try:
        with Heart(store, claim) as heart:
            asked, roster = _ask(store, city, claim, policy)
            result = _solve(claim, asked, heart, on_progress)
        if not heart.lost:
            _store(store, claim, asked, roster, result)
    except (OutreachError, ProblemError) as error:
        _fail(store, claim, error)


def _ask(store: Store, city: Path, claim: Claim, policy: Policy | None) -> tuple[Problem, Roster]:
    with store.reading() as session:
        asked, roster = problem(
            session,
            claim.programme_id,
            claim.from_date,
            claim.days,
            city,
            datetime.now(UTC),
            policy,
            claim.seed,
        )
    with store.transaction() as session:
        runs.keep_problem(session, claim, problem_to_bytes(asked), roster.document(), asked.fingerprint)
    return asked, roster


def _solve(claim: Claim, asked: Problem, heart: Heart, on_progress: OnProgress | None) -> Result:
    def tell(progress: Progress) -> None:
        heart.note(progress)
        if on_progress is not None:
            on_progress(progress)

    warm()  # compiling, after an installation, is no part of the run's patience
    heart.search_begins()
    until = Until(work=claim.budget_seconds * WORK_PER_SECOND, seconds=_patience(claim))
    return solve(asked, until, tell, heart.stop)


def _patience(claim: Claim) -> float:
    """The budget is work, so that every machine finds the same plan; this is the safety stop by the clock."""
    return max(SHORTEST_PATIENCE_SECONDS, claim.budget_seconds * SLOWEST_SHARE)


def _store(store: Store, claim: Claim, asked: Problem, roster: Roster, result: Result) -> None:
    broken = check(asked, result.plan).broken
    if any(fault.rule != "refills" for fault in broken):
        sentences = "; ".join(fault.sentence for fault in broken[:5])
        raise ProblemError(f"The judge refused the optimizer's plan: {sentences}. Please report this.")
    answer = Answer.of(result, roster)
    answer.notes += [f"{fault.sentence}. It cannot be published like this." for fault in broken]
    answer.notes += [conflict.sentence for conflict in result.conflicts]
    answer.offers = [
        Offered(kind=one.kind, sentence=one.sentence, facts=dict(one.facts), gain=one.gain)
        for one in offers(asked, result.plan)
    ]
    with store.reading() as session:
        worth = interval(session, claim.programme_id, asked, roster, result.plan)
        weighed = exploring.weighed(session, claim.programme_id, asked, roster, result.plan)
    if worth is not None:
        answer.value_low, answer.value_high = worth
    if weighed is not None:
        answer.expected_reach, answer.propensities = weighed.reach, list(weighed.propensities)
    if roster.explored is not None and (told := exploring.sentence(roster.explored, result.plan)):
        answer.notes.append(told)
    if not result.plan.van_days:
        answer.notes.append("No van goes out in this plan. The sites left out say why.")
    with store.transaction() as session:
        runs.finish(session, claim, answer.document(), trace(result.trace), datetime.now(UTC))


def _fail(store: Store, claim: Claim, error: OutreachError | ProblemError) -> None:
    if isinstance(error, Conflict) and error.code == "fenced":
        return
    try:
        with store.transaction() as session:
            runs.fail(session, claim, str(error), datetime.now(UTC))
    except Conflict:
        return  # another worker holds the run now, and will say what came of it


class Heart:
    """Renews the lease and writes the progress through, beside the work; learns when to stop. A beat the
    database does not take is tried again at the next.

    A search that goes on far beyond its budget is hung: the process ends, and the run is taken up again.
    """

    def __init__(self, store: Store, claim: Claim) -> None:
        self._store, self._claim = store, claim
        self._progress: list[Progress] = []
        self._told = 0
        self._wanted, self._over = threading.Event(), threading.Event()
        self._due = datetime.now(UTC)
        self._deadline = self._due + timedelta(seconds=PREPARING_SECONDS)
        self._thread = threading.Thread(target=self._beat, name="heart", daemon=True)
        self.lost = False

    def __enter__(self) -> Heart:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def search_begins(self) -> None:
        """From now on the run's patience counts."""
        self._deadline = datetime.now(UTC) + timedelta(seconds=_patience(self._claim) + GRACE_SECONDS)

    def note(self, progress: Progress) -> None:
        """Remember a line of the trace; the next beat writes it through."""
        self._progress.append(progress)

    def stop(self) -> bool:
        """True once somebody asked to stop, or the run is another's."""
        return self._wanted.is_set()

    def _beat(self) -> None:
        while not self._over.wait(LOOK_EVERY_SECONDS):
            now = datetime.now(UTC)
            if now > self._deadline:
                log.error("run %d went on far beyond its budget: its process ends", self._claim.run_id)
                os._exit(HUNG)
            try:
                if now >= self._due or len(self._progress) > self._told:
                    self._write(now)
                elif self._asked_to_stop():
                    self._wanted.set()
            except Conflict:
                self.lost = True
                self._wanted.set()
                return
            except DBAPIError:
                continue  # the database is busy or starts again; the lease outlasts many beats

    def _write(self, now: datetime) -> None:
        lines = list(self._progress)
        with self._store.transaction() as session:
            go_on = runs.beat(session, self._claim, trace(lines) if lines else None, now)
        self._told, self._due = len(lines), now + runs.LEASE / 4
        if not go_on:
            self._wanted.set()

    def _asked_to_stop(self) -> bool:
        with self._store.reading() as session:
            return runs.asked_to_stop(session, self._claim)
