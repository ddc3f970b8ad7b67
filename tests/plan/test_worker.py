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

from outreach import audit
from outreach.plan import runs, stem, worker
from outreach.plan.planning.answers import Answer
from outreach.plan.runs import Run
from outreach.plan.workers import Workers
from outreach.policies import Policy
from outreach.settings import Settings
from outreach.store import open_store, programme
from solver.plan import Progress
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
        _wait(lambda: bool(_run(risky_town, run_id).progress.get("trace")))
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
        _wait(lambda: bool(_run(risky_town, run_id).progress.get("trace")))
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
        _wait(lambda: bool(_run(town, run_id).progress.get("trace")))
        [branch] = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(branch), signal.SIGKILL)
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


def test_a_worker_ends_with_the_process_that_started_it(risky_town: Town):
    with _worker_process(risky_town) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE_SECONDS) == 0


def test_a_worker_does_not_show_the_databases_password_to_the_machine(risky_town: Town):
    settings = Settings(risky_town.city.parent, risky_town.store.url + "?password=swordfish")
    with Workers(settings) as workers:
        assert workers.command[-1] == "outreach.plan.stem"
        assert not any("swordfish" in part for part in workers.command)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _let_the_lease_pass(town: Town, run_id: int) -> None:
    """What waiting twenty seconds would do; and a short budget, so that the second worker is quick."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    with town.store.transaction() as session:
        session.execute(update(Run).where(Run.id == run_id).values(lease_until=past, budget_seconds=1))


def test_the_store_address_is_good_for_a_second_store(risky_town_on_both: Town):
    again = open_store(risky_town_on_both.store.url)
    with again.reading() as session:
        assert programme(session).slug == "tiny"
    again.close()
