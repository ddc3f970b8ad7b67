"""Runs: requests for a plan, who is working on them, and what came of it.

A worker holds a run by a lease it renews, and a fencing token: whoever takes an abandoned run up again gets
the next token, and nothing the earlier worker still says is believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    CursorResult,
    LargeBinary,
    String,
    Text,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, deferred, mapped_column

from outreach import audit
from outreach.errors import Conflict, Invalid, Missing
from outreach.store import Base, Document, Owned, let_go_when_silent, one_at_a_time

LEASE = timedelta(seconds=20)
LONGEST_DAYS = 28
FIRST_YEAR, LAST_YEAR = 2000, 2099
DEFAULT_BUDGET_SECONDS = 60
LONGEST_BUDGET_SECONDS = 3600
MOST_ATTEMPTS = 3
OPEN = ("queued", "running")
STATES = ("queued", "running", "done", "failed", "cancelled")


class Run(Owned, Base):
    """One request for a plan of `days` days from `from_date`.

    `progress` is {seconds, value, bound, gap, trace: [{seconds, value, bound}]} while it runs; `result`
    what `planning.draft` reads; `message` a sentence for the coordinator.
    """

    __tablename__ = "runs"
    __table_args__ = (
        CheckConstraint("kind IN ('plan', 'replan')", name="kind"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"days BETWEEN 1 AND {LONGEST_DAYS}", name="days"),
        CheckConstraint("budget_seconds > 0", name="budget"),
    )

    kind: Mapped[str] = mapped_column(String(10), default="plan")
    state: Mapped[str] = mapped_column(String(10), default="queued", index=True)
    from_date: Mapped[date]
    days: Mapped[int]
    seed: Mapped[int] = mapped_column(default=0)
    budget_seconds: Mapped[int] = mapped_column(default=DEFAULT_BUDGET_SECONDS)
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    problem: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    roster: Mapped[dict[str, object] | None] = deferred(mapped_column(Document))
    lease_until: Mapped[datetime | None]
    token: Mapped[int] = mapped_column(default=0)
    progress: Mapped[dict[str, object]] = mapped_column(default=dict)
    result: Mapped[dict[str, object] | None] = deferred(mapped_column(Document))
    message: Mapped[str] = mapped_column(Text, default="")
    requested_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    cancel_requested: Mapped[bool] = mapped_column(default=False)

    @property
    def until_date(self) -> date:
        """The last day planned."""
        return self.from_date + timedelta(self.days - 1)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a worker holds: the run, and the token that proves it is still the holder."""

    run_id: int
    programme_id: int
    token: int
    from_date: date
    days: int
    seed: int
    budget_seconds: int


def request(
    session: Session,
    programme_id: int,
    from_date: date,
    days: int,
    *,
    actor: str,
    now: datetime,
    budget_seconds: int = DEFAULT_BUDGET_SECONDS,
    seed: int = 0,
) -> Run:
    """Ask for a plan. Raises: `Invalid` for days or a budget out of bounds."""
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(f"A plan covers 1 to {LONGEST_DAYS} days, not {days}.", code="days")
    if not FIRST_YEAR <= from_date.year <= LAST_YEAR:
        raise Invalid(
            f"A plan begins from {FIRST_YEAR} to {LAST_YEAR}, not on {from_date}.", code="from-date"
        )
    if not 1 <= budget_seconds <= LONGEST_BUDGET_SECONDS:
        raise Invalid(f"A run may take 1 to {LONGEST_BUDGET_SECONDS} seconds.", code="budget")
    run = Run(
        programme_id=programme_id,
        from_date=from_date,
        days=days,
        budget_seconds=budget_seconds,
        seed=seed,
        requested_by=actor,
        created_at=now,
        progress={},
        state="queued",
    )
    session.add(run)
    session.flush()
    facts = {"from": from_date.isoformat(), "days": days, "budget_seconds": budget_seconds}
    audit.record(session, programme_id, actor, "run.requested", f"run/{run.id}", facts, now=now)
    return run


def found(session: Session, programme_id: int, run_id: int) -> Run:
    """One run. Raises: `Missing`."""
    run = session.get(Run, run_id)
    if run is None or run.programme_id != programme_id:
        raise Missing(f"There is no run {run_id}.", code="no-run")
    return run


def latest(session: Session, programme_id: int, limit: int = 20) -> list[Run]:
    """The newest runs first."""
    asked = select(Run).where(Run.programme_id == programme_id).order_by(Run.id.desc()).limit(limit)
    return list(session.scalars(asked))


def claim(session: Session, now: datetime, run_id: int | None = None) -> Claim | None:
    """Take up the oldest run that waits or whose worker fell silent (or just `run_id`), if any.

    A run whose workers died three times is failed instead, with a sentence.
    """
    let_go_when_silent(session, LEASE / 2)
    one_at_a_time(session, "runs")
    waiting = or_(Run.state == "queued", (Run.state == "running") & (Run.lease_until < now))
    asked = select(Run).where(waiting).order_by(Run.id).limit(1)
    while run := session.scalar(asked if run_id is None else asked.where(Run.id == run_id)):
        if run.token >= MOST_ATTEMPTS:
            _give_up(session, run, now)
            continue
        run.state, run.token, run.lease_until = "running", run.token + 1, now + LEASE
        run.started_at = run.started_at or now
        session.flush()
        return Claim(
            run.id, run.programme_id, run.token, run.from_date, run.days, run.seed, run.budget_seconds
        )
    return None


def beat(session: Session, claim: Claim, progress: Mapping[str, object] | None, now: datetime) -> bool:
    """Renew the lease and write the progress through; False when the worker should stop with what it has.

    Raises: `Conflict` when the run is no longer this worker's.
    """
    values: dict[str, object] = {"lease_until": now + LEASE}
    if progress is not None:
        values["progress"] = dict(progress)
    _guarded(session, claim, values)
    return not asked_to_stop(session, claim)


def give_back(session: Session, run_id: int, token: int, now: datetime) -> None:
    """Whoever held the run by this token is known to be dead: the next worker takes it up at once, and need
    not wait for the lease to end. Nothing happens to a run that is over or another's."""
    session.execute(
        update(Run)
        .where(Run.id == run_id, Run.token == token, Run.state == "running")
        .values(lease_until=now)
        .execution_options(synchronize_session=False)
    )


def asked_to_stop(session: Session, claim: Claim) -> bool:
    """True when somebody wants the run to end with what it has."""
    return bool(session.scalars(select(Run.cancel_requested).where(Run.id == claim.run_id)).one())


def keep_problem(
    session: Session, claim: Claim, problem: bytes, roster: Mapping[str, object], fingerprint: str
) -> None:
    """Store the frozen problem, so that the judge can check every later edit against it."""
    _guarded(session, claim, {"problem": problem, "roster": dict(roster), "fingerprint": fingerprint})


def finish(
    session: Session,
    claim: Claim,
    result: Mapping[str, object],
    progress: Mapping[str, object],
    now: datetime,
) -> None:
    """Store the result and `done` at once. Raises: `Conflict` when the run is no longer this worker's."""
    _guarded(
        session,
        claim,
        {
            "state": "done",
            "result": dict(result),
            "progress": dict(progress),
            "message": "",
            "finished_at": now,
            "lease_until": None,
        },
    )
    facts = {"value": progress.get("value"), "bound": progress.get("bound")}
    audit.record(session, claim.programme_id, "system", "run.done", f"run/{claim.run_id}", facts, now=now)


def fail(session: Session, claim: Claim, message: str, now: datetime) -> None:
    """Say why there is no plan. Raises: `Conflict` when the run is no longer this worker's."""
    _guarded(session, claim, {"state": "failed", "message": message, "finished_at": now, "lease_until": None})
    audit.record(
        session,
        claim.programme_id,
        "system",
        "run.failed",
        f"run/{claim.run_id}",
        {"message": message},
        now=now,
    )


def cancel(session: Session, programme_id: int, run_id: int, *, actor: str, now: datetime) -> Run:
    """Stop a run: one that waits is cancelled, one at work ends soon with the best plan it has.

    Raises: `Missing`, or `Conflict` when it is over already.
    """
    one_at_a_time(session, "runs")
    run = found(session, programme_id, run_id)
    if run.state not in OPEN:
        raise Conflict(f"Run {run_id} is over already ({run.state}).", code="run-over")
    run.cancel_requested = True
    if run.state == "queued":
        run.state, run.finished_at, run.message = "cancelled", now, "Cancelled before it began."
    session.flush()
    audit.record(session, programme_id, actor, "run.cancelled", f"run/{run_id}", {}, now=now)
    return run


def _give_up(session: Session, run: Run, now: datetime) -> None:
    run.state, run.finished_at, run.lease_until = "failed", now, None
    run.message = (
        f"The planning process ended {run.token} times without an answer; it may lack memory. "
        "Plan fewer days, or look at the server's log."
    )
    session.flush()
    audit.record(
        session, run.programme_id, "system", "run.failed", f"run/{run.id}", {"attempts": run.token}, now=now
    )


def _guarded(session: Session, claim: Claim, values: dict[str, Any]) -> None:
    let_go_when_silent(session, LEASE / 2)
    changed = session.execute(
        update(Run)
        .where(Run.id == claim.run_id, Run.token == claim.token, Run.state == "running")
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(changed, CursorResult)
    if changed.rowcount != 1:
        raise Conflict(
            f"Run {claim.run_id} was taken up by another worker or is over; this one stops.", code="fenced"
        )
