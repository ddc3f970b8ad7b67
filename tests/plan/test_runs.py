from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta

import pytest

from outreach import audit
from outreach.errors import Conflict, Invalid, Missing
from outreach.plan import runs
from outreach.plan.runs import Claim, Run
from tests.town import Town


def _request(town: Town, now: datetime) -> int:
    with town.store.transaction() as session:
        return runs.request(session, town.programme_id, town.monday, 7, actor="dora", now=now).id


def _claim(town: Town, now: datetime) -> Claim | None:
    with town.store.transaction() as session:
        return runs.claim(session, now)


def _run(town: Town, run_id: int) -> Run:
    with town.store.reading() as session:
        return runs.found(session, town.programme_id, run_id)


def test_a_run_is_claimed_by_one_worker_only(town_on_both: Town, now: datetime):
    run_id = _request(town_on_both, now)
    claim = _claim(town_on_both, now)
    assert claim is not None
    assert claim.run_id == run_id
    assert _claim(town_on_both, now) is None


def test_runs_are_taken_up_in_order(town_on_both: Town, now: datetime):
    first, second = _request(town_on_both, now), _request(town_on_both, now)
    claims = [_claim(town_on_both, now), _claim(town_on_both, now)]
    assert [claim.run_id for claim in claims if claim] == [first, second]


def test_a_silent_workers_run_is_taken_up_again_with_the_next_token(town_on_both: Town, now: datetime):
    _request(town_on_both, now)
    first = _claim(town_on_both, now)
    late = now + runs.LEASE + timedelta(seconds=1)
    second = _claim(town_on_both, late)
    assert first is not None
    assert second is not None
    assert (second.run_id, second.token) == (first.run_id, first.token + 1)


def test_a_run_given_back_waits_for_no_lease_and_only_its_holder_gives_it_back(
    town_on_both: Town, now: datetime
):
    run_id = _request(town_on_both, now)
    assert _claim(town_on_both, now) is not None
    soon = now + timedelta(seconds=1)
    for token, again in ((2, None), (1, run_id)):
        with town_on_both.store.transaction() as session:
            runs.give_back(session, run_id, token, now)
        claim = _claim(town_on_both, soon)
        assert (claim and claim.run_id) == again


def test_a_worker_that_beats_keeps_its_run(town_on_both: Town, now: datetime):
    _request(town_on_both, now)
    claim = _claim(town_on_both, now)
    assert claim is not None
    later = now + runs.LEASE - timedelta(seconds=1)
    with town_on_both.store.transaction() as session:
        assert runs.beat(session, claim, {"value": 1.0}, later)
    assert _claim(town_on_both, now + runs.LEASE + timedelta(seconds=1)) is None


def test_a_worker_that_came_back_to_life_is_not_believed(town_on_both: Town, now: datetime):
    run_id = _request(town_on_both, now)
    slow = _claim(town_on_both, now)
    late = now + runs.LEASE + timedelta(seconds=1)
    quick = _claim(town_on_both, late)
    assert slow is not None
    assert quick is not None
    for act in (
        lambda session: runs.beat(session, slow, None, late),
        lambda session: runs.finish(session, slow, {"plan": "stale"}, {}, late),
        lambda session: runs.fail(session, slow, "stale", late),
        lambda session: runs.keep_problem(session, slow, b"stale", {}, "stale"),
    ):
        with pytest.raises(Conflict, match="another worker"), town_on_both.store.transaction() as session:
            act(session)
    with town_on_both.store.transaction() as session:
        runs.finish(session, quick, {"plan": "fresh"}, {"value": 2.0}, late)
    with town_on_both.store.reading() as session:
        run = runs.found(session, town_on_both.programme_id, run_id)
        assert (run.state, run.result) == ("done", {"plan": "fresh"})


def test_a_run_is_finished_once(town_on_both: Town, now: datetime):
    _request(town_on_both, now)
    claim = _claim(town_on_both, now)
    assert claim is not None
    with town_on_both.store.transaction() as session:
        runs.finish(session, claim, {}, {}, now)
    with pytest.raises(Conflict), town_on_both.store.transaction() as session:
        runs.finish(session, claim, {}, {}, now)


def test_a_run_whose_workers_keep_dying_is_failed_with_a_sentence(town_on_both: Town, now: datetime):
    run_id = _request(town_on_both, now)
    for attempt in range(runs.MOST_ATTEMPTS + 1):
        _claim(town_on_both, now + attempt * (runs.LEASE + timedelta(seconds=1)))
    run = _run(town_on_both, run_id)
    assert run.state == "failed"
    assert "ended 3 times" in run.message


def test_a_waiting_run_is_cancelled_at_once(town_on_both: Town, now: datetime):
    run_id = _request(town_on_both, now)
    with town_on_both.store.transaction() as session:
        runs.cancel(session, town_on_both.programme_id, run_id, actor="dora", now=now)
    assert _run(town_on_both, run_id).state == "cancelled"
    assert _claim(town_on_both, now) is None


def test_a_run_taken_up_while_it_is_cancelled_stays_its_workers(town_on_both: Town, now: datetime):
    """The cancelling waits for the claim, and then asks the worker to stop: the row is not overwritten."""
    run_id = _request(town_on_both, now)
    with ThreadPoolExecutor(1) as desk:
        with town_on_both.store.transaction() as session:
            assert runs.claim(session, now) is not None
            cancelling = desk.submit(_cancel, town_on_both, run_id, now)
            wait([cancelling], timeout=0.5)
        cancelling.result(30)
    run = _run(town_on_both, run_id)
    assert (run.state, run.cancel_requested) == ("running", True)


def _cancel(town: Town, run_id: int, now: datetime) -> None:
    with town.store.transaction() as session:
        runs.cancel(session, town.programme_id, run_id, actor="dora", now=now)


def test_a_run_at_work_is_asked_to_stop(town_on_both: Town, now: datetime):
    run_id = _request(town_on_both, now)
    claim = _claim(town_on_both, now)
    assert claim is not None
    with town_on_both.store.transaction() as session:
        runs.cancel(session, town_on_both.programme_id, run_id, actor="dora", now=now)
    with town_on_both.store.transaction() as session:
        assert not runs.beat(session, claim, None, now)
    assert _run(town_on_both, run_id).state == "running"


def test_a_run_that_is_over_cannot_be_cancelled(town_on_both: Town, now: datetime):
    run_id = _request(town_on_both, now)
    claim = _claim(town_on_both, now)
    assert claim is not None
    with town_on_both.store.transaction() as session:
        runs.fail(session, claim, "no vans", now)
    with pytest.raises(Conflict, match="over already"), town_on_both.store.transaction() as session:
        runs.cancel(session, town_on_both.programme_id, run_id, actor="dora", now=now)


@pytest.mark.parametrize("days", [0, 29])
def test_days_out_of_bounds_are_refused(town: Town, now: datetime, days: int):
    with pytest.raises(Invalid, match="1 to 28 days"), town.store.transaction() as session:
        runs.request(session, town.programme_id, town.monday, days, actor="dora", now=now)


def test_a_run_of_nobody_is_missing(town: Town):
    with pytest.raises(Missing), town.store.reading() as session:
        runs.found(session, town.programme_id, 4711)


def test_what_happens_to_a_run_is_in_the_audit(town: Town, now: datetime):
    run_id = _request(town, now)
    with town.store.transaction() as session:
        runs.cancel(session, town.programme_id, run_id, actor="dora", now=now)
    with town.store.reading() as session:
        acts = [(entry.act, entry.actor) for entry in audit.latest(session, town.programme_id)]
    assert acts[:2] == [("run.cancelled", "dora"), ("run.requested", "dora")]
