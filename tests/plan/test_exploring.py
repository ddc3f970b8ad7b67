"""A part of every plan goes to where vans have rarely been; how likely each choice was is kept with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from outreach.errors import Invalid
from outreach.plan import planning, runs
from outreach.plan.planning import Roster, exploring
from outreach.plan.planning.answers import Answer
from outreach.plan.planning.roster import Explored
from outreach.policies import Policy
from outreach.risk import presence
from outreach.risk.presence import Stay
from solver.files import problem_from_bytes
from solver.plan import Plan, Stop, VanDay
from solver.problem import Problem
from tests.town import Town

PLAIN = replace(Policy.load(), exploring_share=0.0)
HALF = replace(Policy.load(), exploring_share=0.5)


def _ask(town: Town, now: datetime, policy: Policy, seed: int = 0) -> tuple[Problem, Roster]:
    with town.store.reading() as session:
        return planning.problem(session, town.programme_id, town.monday, 5, town.city, now, policy, seed)


def _stood(town: Town, code: str, now: datetime) -> None:
    """A van stood there for eight hours on each of the last twenty days."""
    with town.store.transaction() as session:
        for days in range(1, 21):
            ends = now - timedelta(days)
            stay = Stay(days, town.sites[code], ends.date(), ends - timedelta(hours=8), ends, 3)
            presence.record(session, town.programme_id, [stay])


def _reach(asked: Problem, site: int) -> float:
    here = slice(asked.access_starts[site], asked.access_starts[site + 1])
    daily = asked.risk.sum(axis=(1, 2))[asked.access_cells[here]]
    return float(daily @ asked.access_share[here])


def test_a_site_that_vans_have_served_gives_way_to_one_they_have_not(risky_town: Town, now: datetime) -> None:
    _stood(risky_town, "east", now)
    plain, roster = _ask(risky_town, now, PLAIN)
    learning, _ = _ask(risky_town, now, HALF)
    east, west = (roster.sites.index(risky_town.sites[code]) for code in ("east", "west"))
    assert _reach(learning, east) < 0.8 * _reach(plain, east)
    assert _reach(learning, west) > 1.2 * _reach(plain, west)
    assert roster.explored is not None
    assert roster.explored.served[east] > 0.9 > exploring.RARELY > roster.explored.served[west]


def test_a_tenth_is_explored_unless_the_programme_sets_another_share(risky_town: Town, now: datetime) -> None:
    with risky_town.store.reading() as session:
        town = risky_town
        usual, roster = planning.problem(session, town.programme_id, town.monday, 5, town.city, now)
    assert roster.explored is not None
    assert roster.explored.share == 0.10
    assert usual.fingerprint == _ask(risky_town, now, Policy.load())[0].fingerprint
    assert usual.fingerprint != _ask(risky_town, now, PLAIN)[0].fingerprint


def test_the_seed_of_the_run_decides_what_is_explored(risky_town: Town, now: datetime) -> None:
    first, roster = _ask(risky_town, now, HALF, seed=1)
    again, _ = _ask(risky_town, now, HALF, seed=1)
    other, elsewhere = _ask(risky_town, now, HALF, seed=2)
    assert first.fingerprint == again.fingerprint
    assert roster.explored is not None
    assert elsewhere.explored is not None
    assert roster.explored.drawn != elsewhere.explored.drawn
    assert (first.risk != other.risk).any()


def test_how_likely_each_choice_was_is_kept_with_the_run(solved_town: Town) -> None:
    with solved_town.store.reading() as session:
        run = runs.found(session, solved_town.programme_id, 1)
        roster, answer = Roster.of(run.roster or {}), Answer.read(run.result or {})
        asked = problem_from_bytes(run.problem or b"")
        weighed = exploring.weighed(session, solved_town.programme_id, asked, roster, answer.van_days)
        assert roster.explored is not None
        changed = replace(roster, explored=replace(roster.explored, mark="another surface"))
        other = exploring.weighed(session, solved_town.programme_id, asked, changed, answer.van_days)
    assert weighed is not None
    assert answer.propensities == list(weighed.propensities)
    assert len(answer.propensities) == len(roster.sites)
    assert answer.propensities[roster.sites.index(solved_town.sites["square"])] == 1.0  # promised
    assert answer.expected_reach == pytest.approx(answer.score["reach"], rel=0.1)
    assert answer.expected_reach != answer.score["reach"]
    assert other is None
    assert roster.explored is not None
    assert exploring.time_share(roster.explored, answer.van_days) == 1.0  # vans never stood anywhere


def test_a_promised_site_is_no_choice(solved_town: Town) -> None:
    with solved_town.store.reading() as session:
        run = runs.found(session, solved_town.programme_id, 1)
        roster, asked = Roster.of(run.roster or {}), problem_from_bytes(run.problem or b"")
        alone = Plan((VanDay(0, 0, 8 * 3600, 12 * 3600, (Stop(0, 30000, 30000, 7200, 38000),)),))
        weighed = exploring.weighed(session, solved_town.programme_id, asked, roster, alone)
        bare = replace(asked, anchors=())
        unpromised = exploring.weighed(session, solved_town.programme_id, bare, roster, alone)
    square = roster.sites.index(solved_town.sites["square"])
    assert weighed is not None
    assert unpromised is not None
    assert sum(unpromised.propensities) == pytest.approx(1.0, abs=0.01)
    assert unpromised.propensities[square] < weighed.propensities[square] == 1.0


def test_a_run_from_before_has_no_propensities(solved_town: Town) -> None:
    with solved_town.store.reading() as session:
        kept = dict(runs.found(session, solved_town.programme_id, 1).roster or {})
    del kept["explored"]
    assert Roster.of(kept).explored is None


def test_a_plan_that_explores_too_little_says_so() -> None:
    stops = (Stop(0, 0, 0, 7200, 7200), Stop(1, 8000, 8000, 600, 9000))
    plan = Plan((VanDay(0, 0, 0, 9000, stops),))
    explored = Explored(0.1, 3, 64, "", "", (0.9, 0.1))
    assert exploring.time_share(explored, plan) == pytest.approx(600 / 7800)
    assert "8% of the time" in (exploring.sentence(explored, plan) or "")
    assert exploring.sentence(replace(explored, served=(0.9, 0.6)), plan) is not None
    assert exploring.sentence(replace(explored, served=(0.1, 0.1)), plan) is None
    assert exploring.sentence(explored, Plan(())) is None


def test_a_share_beyond_a_half_is_refused(tmp_path: Path) -> None:
    pack = tmp_path / "ours.toml"
    pack.write_text('name = "Ours"\nexploring_share = 0.9\n')
    with pytest.raises(Invalid, match="exploring_share"):
        Policy.load(str(pack))
