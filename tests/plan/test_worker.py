from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from outreach import audit
from outreach.plan import runs, silence, stem, worker
from outreach.plan import workers as planners
from outreach.plan.planning.answers import Answer
from outreach.plan.runs import Run
from outreach.plan.workers import Workers
from outreach.policies import Policy
from outreach.settings import Settings
from outreach.store import open_store, programme
from solver.plan import Progress
from solver.problem import ProblemError
from tests.planned import solved
from tests.town import Town

PATIENCE_SECONDS = 60.0


def _run(town: Town, run_id: int) -> Run:
    with town.store.reading() as session:
        return runs.found(session, town.programme_id, run_id)


def _request(town: Town, budget_seconds: int = 1, days: int = 5) -> int:
    with town.store.transaction() as session:
        return runs.request(
            session,
            town.programme_id,
            town.monday,
            days,
            actor="dora",
            now=datetime.now(UTC),
            budget_seconds=budget_seconds,
        ).id


def _settings(town: Town) -> Settings:
    return Settings(data_dir=town.city.parent, database_url=town.store.url)


@contextmanager
def _worker_process(town: Town) -> Iterator[subprocess.Popen[bytes]]:
    settings = _settings(town)
    environment = os.environ | {
        "OUTREACH_DATA": str(settings.data_dir),
        "OUTREACH_DATABASE": settings.database_url,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "outreach.plan.stem"], stdin=subprocess.PIPE, env=environment
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _wait(until: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def _wait_until_at_work(town: Town, run_id: int) -> None:
    _wait(lambda: bool(_run(town, run_id).progress.get("trace")))


def test_a_run_ends_with_a_plan_its_value_and_a_bound_above_it(risky_town_on_both: Town, now: datetime):
    run_id = solved(risky_town_on_both, now)
    with risky_town_on_both.store.reading() as session:
        run = runs.found(session, risky_town_on_both.programme_id, run_id)
        assert run.state == "done", run.message
        assert run.result is not None
        answer = Answer.read(run.result)
    assert answer.van_days.van_days
    assert 0 < answer.value <= answer.bound
    assert run.progress["value"] == answer.value
    assert run.lease_until is None


def test_two_runs_of_the_same_inputs_give_the_same_plan(risky_town: Town, now: datetime):
    plans = []
    for run_id in (solved(risky_town, now), solved(risky_town, now)):
        with risky_town.store.reading() as session:
            run = runs.found(session, risky_town.programme_id, run_id)
            assert run.result is not None
            plans.append((run.fingerprint, Answer.read(run.result).plan))
    assert plans[0] == plans[1]


def test_progress_is_told_while_it_runs(risky_town: Town, now: datetime):
    told: list[Progress] = []
    with risky_town.store.transaction() as session:
        asked = runs.request(
            session, risky_town.programme_id, risky_town.monday, 5, actor="dora", now=now, budget_seconds=1
        )
        claim = runs.claim(session, now, asked.id)
    assert claim is not None
    worker.solve_run(risky_town.store, risky_town.city, claim, on_progress=told.append)
    assert told
    assert told[-1].bound >= told[-1].value > 0


def test_a_run_that_cannot_be_planned_fails_with_the_sentence(town: Town, now: datetime):
    run = _run(town, solved(town, now))
    assert run.state == "failed"
    assert "risk surface" in run.message


def test_a_stop_with_what_it_has_is_a_plan(risky_town: Town, now: datetime):
    run_id = _request(risky_town, budget_seconds=600)
    with _worker_process(risky_town):
        _wait_until_at_work(risky_town, run_id)
        with risky_town.store.transaction() as session:
            runs.cancel(session, risky_town.programme_id, run_id, actor="dora", now=datetime.now(UTC))
        _wait(lambda: _run(risky_town, run_id).state == "done")
    with risky_town.store.reading() as session:
        run = runs.found(session, risky_town.programme_id, run_id)
        assert run.result is not None
        answer = Answer.read(run.result)
    assert answer.van_days.van_days
    assert not answer.reproducible


def test_a_worker_killed_at_work_loses_the_run_to_the_next(risky_town: Town):
    """kill -9 in the middle of a solve; the next worker takes the run up and finishes it, once."""
    run_id = _request(risky_town, budget_seconds=600)
    with _worker_process(risky_town) as process:
        _wait_until_at_work(risky_town, run_id)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert _run(risky_town, run_id).state == "running"
    _let_the_lease_pass(risky_town, run_id)
    assert worker.work_once(risky_town.store, risky_town.city) == run_id
    run = _run(risky_town, run_id)
    assert (run.state, run.token) == ("done", 2)
    with risky_town.store.reading() as session:
        acts = [entry.act for entry in audit.latest(session, risky_town.programme_id)]
    assert acts.count("run.done") == 1


def test_the_run_of_a_killed_process_is_taken_up_long_before_its_lease_ends(risky_town_on_both: Town):
    town = risky_town_on_both
    run_id = _request(town, budget_seconds=600)
    with _worker_process(town) as process:
        _wait_until_at_work(town, run_id)
        os.kill(_branch(process.pid), signal.SIGKILL)
        _wait(lambda: _run(town, run_id).token == 2, seconds=runs.LEASE.total_seconds() * 0.7)


def test_a_process_that_stands_still_is_told_from_one_that_lives(town: Town, now: datetime):
    run_id = _request(town)
    with town.store.transaction() as session:
        claim = runs.claim(session, now)
    assert claim is not None
    looks = int(runs.LEASE.total_seconds() / 2 / worker.LOOK_EVERY_SECONDS)
    pulse = stem.Pulse()
    assert pulse.held is None
    pulse.holds(claim)
    assert pulse.held == (run_id, 1)
    for _ in range(2):
        pulse.beat()
        assert [pulse.stopped() for _ in range(looks)] == [False] * looks
    assert pulse.stopped()


def test_a_stem_that_rehearses_takes_up_nothing_and_does_not_mind_a_busy_database(
    risky_town: Town, monkeypatch: pytest.MonkeyPatch
):
    number = _request(risky_town)
    asked: list[str] = []

    def hear(session: Session, now: datetime) -> None:
        asked.append("claim")
        assert claim(session, now) is not None

    claim = runs.claim
    monkeypatch.setattr(runs, "claim", hear)
    stem._rehearse(risky_town.store)
    run = _run(risky_town, number)
    assert (asked, run.state, run.token, run.lease_until) == (["claim"], "queued", 0, None)

    def refuse(session: Session, now: datetime) -> None:
        raise OperationalError("", {}, Exception("database is locked"))

    monkeypatch.setattr(runs, "claim", refuse)
    stem._rehearse(risky_town.store)


def test_a_process_that_loses_the_database_ends_without_telling_what_was_in_the_statement(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def lost(*_: object) -> None:
        raise OperationalError("UPDATE runs SET message = 'canary'", {}, Exception("canary"))

    monkeypatch.setattr(stem, "work_once", lost)
    monkeypatch.setattr(stem, "_live_with_the_stem", lambda _: None)
    with pytest.raises(SystemExit) as ended:
        stem._branch(town.store, _settings(town), Policy.load(), stem.Pulse())
    assert ended.value.code == stem.LOST
    assert "lost the database: Exception" in caplog.text
    assert "canary" not in caplog.text


def test_a_worker_that_lost_its_run_stores_nothing(risky_town: Town, now: datetime):
    run_id = _request(risky_town)
    with risky_town.store.transaction() as session:
        slow = runs.claim(session, now)
    with risky_town.store.transaction() as session:
        quick = runs.claim(session, now + runs.LEASE + timedelta(seconds=1))
    assert slow is not None
    assert quick is not None
    worker.solve_run(risky_town.store, risky_town.city, slow)
    assert _run(risky_town, run_id).state == "running"
    worker.solve_run(risky_town.store, risky_town.city, quick)
    assert _run(risky_town, run_id).state == "done"


def test_a_worker_whose_database_was_away_for_a_beat_still_hears_the_stop(town: Town, now: datetime):
    run_id = _request(town)
    with town.store.transaction() as session:
        claim = runs.claim(session, now)
    assert claim is not None
    refused = threading.Event()

    def refuse(*_: object) -> None:
        refused.set()
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    event.listen(town.store.engine, "before_cursor_execute", refuse)
    with worker.Heart(town.store, claim) as heart:
        assert refused.wait(PATIENCE_SECONDS)
        event.remove(town.store.engine, "before_cursor_execute", refuse)
        with town.store.transaction() as session:
            runs.cancel(session, town.programme_id, run_id, actor="dora", now=now)
        _wait(heart.stop, seconds=5)
        assert not heart.lost


@pytest.mark.parametrize("slow", ["warm", "solve"])
def test_compiling_may_take_long_and_a_search_may_not(
    risky_town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, slow: str
):
    """A new installation on a busy machine compiles for minutes: its first plan died of that, wordless."""
    ends: list[int] = []

    def search(*_: object) -> None:
        raise ProblemError("enough")

    def take_long(*arguments: object) -> None:
        time.sleep(5)
        if slow == "solve":
            search()

    monkeypatch.setattr(worker, "solve", search)
    monkeypatch.setattr(worker, slow, take_long)
    monkeypatch.setattr(worker, "_patience", lambda _: 3.0)
    monkeypatch.setattr(worker, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr("os._exit", ends.append)
    run_id = _request(risky_town)
    assert worker.work_once(risky_town.store, risky_town.city) == run_id
    assert bool(ends) == (slow == "solve")
    assert ("far beyond its budget" in caplog.text) == (slow == "solve")


def test_the_watch_starts_a_dead_worker_again(risky_town: Town):
    with Workers(_settings(risky_town)) as workers:
        first = workers.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        _wait(lambda: workers.pid not in (None, first))
        run_id = _request(risky_town)
        _wait(lambda: _run(risky_town, run_id).state == "done")
        last = workers.pid
    assert last is not None
    assert not _alive(last)


@contextmanager
def _watched_at_work(town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Workers, int, int]]:
    """The watch, which waits three seconds for a sign of life; its worker's process and the run it is at."""
    monkeypatch.setattr(planners, "STILL_LOOKS", int(3 / planners.LOOK_EVERY_SECONDS))
    run_id = _request(town, budget_seconds=600)
    with Workers(_settings(town)) as workers:
        _wait_until_at_work(town, run_id)
        assert workers.pid is not None
        yield workers, workers.pid, run_id


def test_the_watch_ends_a_worker_that_stands_still_and_starts_another(
    risky_town: Town, monkeypatch: pytest.MonkeyPatch
):
    """Frozen with the process it has grown, which was at work; the run goes to the next."""
    with _watched_at_work(risky_town, monkeypatch) as (workers, first, run_id):
        branch = _branch(first)
        for still in (first, branch):
            os.kill(still, signal.SIGSTOP)
        _wait(lambda: workers.pid not in (None, first))
        assert not _alive(branch)
        _let_the_lease_pass(risky_town, run_id)
        _wait(lambda: _run(risky_town, run_id).state == "done")


def test_a_worker_that_works_is_not_taken_for_one_that_stands_still(
    risky_town: Town, monkeypatch: pytest.MonkeyPatch
):
    with _watched_at_work(risky_town, monkeypatch) as (workers, first, _):
        time.sleep(4)
        assert workers.pid == first


def test_it_is_said_that_no_worker_answers_and_no_more_when_one_does(risky_town_on_both: Town):
    """A worker really stopped. Its last sign of life is put four minutes back; a living one gives another."""
    town = risky_town_on_both
    run_id = _request(town, budget_seconds=600)
    with _worker_process(town) as process:
        _wait_until_at_work(town, run_id)
        group = (process.pid, _branch(process.pid))
        for still in group:
            os.kill(still, signal.SIGSTOP)
        _let_the_lease_pass(town, run_id, by=timedelta(minutes=4), asked=timedelta(hours=1))
        assert "has not answered for 4 minutes" in _silence(town)
        for still in group:
            os.kill(still, signal.SIGCONT)
        _wait(lambda: _silence(town) == "", seconds=runs.LEASE.total_seconds())


def test_nobody_is_said_to_be_silent_whom_no_run_waits_for(town_on_both: Town, now: datetime):
    town = town_on_both
    late = timedelta(minutes=5)
    assert _silence(town, now + late) == ""
    with town.store.transaction() as session:
        pid = town.programme_id
        first, second = (
            runs.request(session, pid, town.monday, 5, actor="dora", now=now).id for _ in range(2)
        )
    assert _silence(town, now + silence.LONGEST) == ""
    assert "for 5 minutes" in _silence(town, now + late)
    with town.store.transaction() as session:
        claim = runs.claim(session, now + late, first)
        assert claim is not None
        runs.fail(session, claim, "no risk surface", now + late)
    assert _silence(town, now + late) == "", "the second run waits, but somebody was at the first just now"
    with town.store.transaction() as session:
        runs.cancel(session, town.programme_id, second, actor="dora", now=now + 3 * late)
    assert _silence(town, now + 3 * late) == "", "nobody waits any more"


def test_a_worker_ends_with_the_process_that_started_it(risky_town: Town):
    with _worker_process(risky_town) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE_SECONDS) == 0


def test_a_worker_does_not_show_the_databases_password_to_the_machine(risky_town: Town):
    settings = Settings(risky_town.city.parent, risky_town.store.url + "?password=swordfish")
    with Workers(settings) as workers:
        assert "outreach.plan.stem" in workers.command
        assert not any("swordfish" in part for part in workers.command)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _branch(stem_pid: int) -> int:
    [branch] = Path(f"/proc/{stem_pid}/task/{stem_pid}/children").read_text().split()
    return int(branch)


def _silence(town: Town, now: datetime | None = None) -> str:
    with town.store.reading() as session:
        return silence.unanswered(session, now or datetime.now(UTC))


def _let_the_lease_pass(
    town: Town, run_id: int, by: timedelta = timedelta(seconds=1), asked: timedelta = timedelta(0)
) -> None:
    """What waiting would do: the last sign of life was a lease and `by` ago, and the run was `asked` for long
    ago; and a short budget, so that the second worker is quick."""
    now = datetime.now(UTC)
    with town.store.transaction() as session:
        session.execute(
            update(Run)
            .where(Run.id == run_id)
            .values(
                lease_until=now - by,
                created_at=Run.created_at if not asked else now - asked,
                budget_seconds=1,
            )
        )


def test_the_store_address_is_good_for_a_second_store(risky_town_on_both: Town):
    again = open_store(risky_town_on_both.store.url)
    with again.reading() as session:
        assert programme(session).slug == "tiny"
    again.close()
